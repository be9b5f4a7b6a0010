#!/bin/sh
# Every benchmark for a moment. Google Benchmark ends with 0 also when a case reports an error.
set -eu
report=$("$1" --benchmark_min_time=0.001 --benchmark_format=json)
printf '%s\n' "$report"
case $report in
  *'"error_occurred": true'*) echo "a case failed" >&2; exit 1 ;;
  *'"name": "step/'*) ;;
  *) echo "no case ran" >&2; exit 1 ;;
esac
