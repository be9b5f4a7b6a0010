#!/bin/sh
# How much of the library its tests run through, or of the command: ./scripts/coverage.sh [lib|cli]. Builds with
# gcov in build/coverage-AREA and prints a table; its report/ has every line. Exit status 1 below 98 % of the
# library's lines or 90 % of its branches (lib/, api/), or 92 % of the command's lines (cli/). Plain kernels
# of the library only: those of other instruction sets are the same source.
set -eu
cd "$(dirname "$0")/.."
area=${1:-lib}
build=build/coverage-$area
case $area in
  lib)
    scripts/setup.sh core tests coverage
    set -- -Disa=softfma,scalar -Dcli=disabled
    # What a shared library exports and how it is installed is not what an instrumented one does.
    of_area() { grep -vE ' / (symbols|installed prefix.*|brian2|python.*)$'; }
    bounds='--filter lib/ --filter api/ --fail-under-line 98 --fail-under-branch 90' ;;
  cli)
    scripts/setup.sh core cli mpi tests coverage
    set -- -Disa=scalar,avx2 -Dcli=enabled
    # Instrumented programs write more than a full disk holds, and have no time to spare.
    of_area() { grep -E ':(cli|data) / | / search_' | grep -vE ' / (faults|limits|mpi)$'; }
    bounds='--filter cli/ --fail-under-line 92' ;;
  *) echo "coverage.sh: lib or cli, not $area" >&2; exit 2 ;;
esac
scripts/build.sh "$build" -Db_coverage=true -Dtests=enabled -Dbench=disabled "$@"
find "$build" -name '*.gcda' -delete
tests=$(meson test -C "$build" --list 2>/dev/null | of_area | sed 's|.* / ||')
echo "$tests" | tr '\n' '\0' | xargs -0 meson test -C "$build" --no-rebuild --timeout-multiplier 20 \
    >"$build/tests.txt" 2>&1 || { tail -n 30 "$build/tests.txt" >&2; exit 1; }
mkdir -p "$build/report"
# shellcheck disable=SC2086 # several words
exec gcovr --root . --object-directory "$build" $bounds \
    --exclude-unreachable-branches --exclude-throw-branches --print-summary --gcov-ignore-parse-errors \
    --html-details "$build/report/index.html"
