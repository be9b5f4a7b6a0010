#!/bin/sh
# How much of lib/ and api/ the library's tests run through: ./scripts/coverage.sh. Builds with gcov in
# build/coverage and prints a table; build/coverage/report has every line. Exit status 1 below 98 % of the
# lines or 90 % of the branches. Plain kernels only: those of other instruction sets are the same source.
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh core tests coverage
scripts/build.sh build/coverage -Db_coverage=true -Disa=softfma,scalar -Dtests=enabled -Dcli=disabled -Dbench=disabled
find build/coverage -name '*.gcda' -delete
# What a shared library exports and how it is installed is not what an instrumented one does.
tests=$(meson test -C build/coverage --list 2>/dev/null | sed 's|.* / ||' | grep -vE '^(symbols|installed prefix.*|brian2|python.*)$')
echo "$tests" | tr '\n' '\0' | xargs -0 meson test -C build/coverage --no-rebuild --timeout-multiplier 20 \
    >build/coverage/tests.txt 2>&1 || { tail -n 30 build/coverage/tests.txt >&2; exit 1; }
mkdir -p build/coverage/report
exec gcovr --root . --object-directory build/coverage --filter 'lib/' --filter 'api/' \
    --exclude-unreachable-branches --exclude-throw-branches --print-summary --gcov-ignore-parse-errors --fail-under-line 98 --fail-under-branch 90 \
    --html-details build/coverage/report/index.html
