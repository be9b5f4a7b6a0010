#!/bin/sh
# Whether every C and C++ file is laid out as clang-format 14 does it (.clang-format), every Rust file as rustfmt
# does it, if that is installed, and cli/ and lib/ include no file by `..`; names those that are not or do. With
# --fix it lays them out.
cd "$(dirname "$0")/.." || exit 1
# By `..` an include would pass by what its folder may see (lib/meson.build, cli/meson.build).
if grep -rn '#include "\.\./' cli lib; then
    echo "includes are written from a folder that meson.build lists, without .."
    exit 1
fi
if command -v rustfmt >/dev/null && command -v cargo >/dev/null; then
    rust_check='-- --check'
    [ "${1:-}" != --fix ] || rust_check=
    # shellcheck disable=SC2086 # word splitting is what makes the options
    cargo fmt --all --quiet --manifest-path api/rust/Cargo.toml $rust_check || exit 1
fi
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
