#!/bin/sh
# Whether every C and C++ file is laid out as clang-format 14 does it (.clang-format); names those that
# are not. With --fix it lays them out.
cd "$(dirname "$0")/.." || exit 1
format=$(command -v clang-format-14 || command -v clang-format) || { echo "skipped: clang-format is not installed"; exit 77; }
case $("$format" --version) in
    *"version 14."*) ;;
    *) echo "skipped: clang-format 14 ($("$format" --version); other versions lay out other ways)"; exit 77 ;;
esac
what='--dry-run --Werror'
[ "${1:-}" != --fix ] || what=-i
# shellcheck disable=SC2086 # word splitting is what makes the options
find api bench cli lib tests \( -name '*.c' -o -name '*.h' -o -name '*.cpp' -o -name '*.hpp' \) -print0 |
    xargs -0 "$format" $what
