#!/bin/sh
# Fuzzes: ./scripts/fuzz.sh [SECONDS] [TARGET...], 60 s each and all targets without arguments. Needs
# clang; builds in build/fuzz. What a target learns is kept in build/fuzz/corpora/TARGET and used again;
# an input that breaks it is left in build/fuzz as TARGET-crash-..., and `build/fuzz/tests/fuzz/
# replay_TARGET FILE` runs it once. FUZZ_RUNS=N ends each target after N executions.
set -eu
cd "$(dirname "$0")/.."
seconds=60
case ${1:-} in
  [0-9]*) seconds=$1; shift ;;
esac
scripts/setup.sh core cli tests
export CC="${CC:-clang}" CXX="${CXX:-clang++}"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# Filling and keeping freed memory takes half of the time of short calls.
export ASAN_OPTIONS="${ASAN_OPTIONS:-max_malloc_fill_size=0:quarantine_size_mb=16}"
if [ $# = 0 ]; then
  for source in tests/fuzz/fuzz_*.cpp; do
    target=${source##*/fuzz_}
    set -- "$@" "${target%.cpp}"
  done
fi
programs=
for target; do
  programs="$programs tests/fuzz/fuzz_$target tests/fuzz/replay_$target"
done
[ -f build/fuzz/build.ninja ] ||
  meson setup build/fuzz -Dfuzz=true -Dcli=enabled -Dmpi=disabled -Dtests=enabled -Dbench=disabled \
    -Dbuildtype=release -Db_ndebug=false -Db_sanitize=address,undefined -Db_lundef=false \
    -Disa=softfma,avx2,neon \
    -Dcpp_args=-fsanitize=fuzzer-no-link -Dc_args=-fsanitize=fuzzer-no-link
# shellcheck disable=SC2086 # word splitting is what makes the list
ninja -C build/fuzz $programs
python3 tests/fuzz/make_corpora.py build/fuzz/made
for target; do
  kept=build/fuzz/corpora/$target
  mkdir -p "$kept"
  seeds=
  for folder in "tests/fuzz/corpus/$target" "build/fuzz/made/$target"; do
    [ ! -d "$folder" ] || seeds="$seeds $folder"
  done
  echo "$target"
  # shellcheck disable=SC2086
  "build/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -runs="${FUZZ_RUNS:--1}" -max_len=4096 -len_control=0 \
    -timeout=60 -artifact_prefix="build/fuzz/$target-" -print_final_stats=1 -verbosity=0 "$kept" $seeds
done
