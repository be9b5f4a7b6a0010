#!/bin/sh
# Compares the C ABI, as the debug information of lib/abi.cpp tells it, with tests/golden/carve.abi. What
# differs breaks callers that are compiled already: abi_dump.sh SOURCE_ROOT CXX [--store].
# --store takes the present ABI as the golden one.
set -eu
root=$1
cxx=$2
golden=$root/tests/golden/carve.abi
command -v abidw >/dev/null && command -v abidiff >/dev/null ||
  { echo "abi_dump.sh: abidw and abidiff (abigail-tools) are not installed" >&2; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
includes=
for folder in api lib lib/model lib/read lib/block lib/simd lib/random lib/isa lib/sim lib/loss; do
  includes="$includes -I$root/$folder"
done
# What the functions call is not there, and not needed: their types are looked at.
# shellcheck disable=SC2086 # word splitting is what makes the lists
$cxx -std=c++17 -g -O0 -fPIC -shared -fvisibility=hidden -DCARVE_BUILDING '-DCARVE_VERSION="0"' $includes \
  -nostdlib -Wl,--unresolved-symbols=ignore-all "$root/lib/abi.cpp" -o "$work/libcarve.so"
abidw --headers-dir "$root/api" --drop-private-types --no-show-locs --no-corpus-path --no-comp-dir-path \
  --no-parameter-names "$work/libcarve.so" --out-file "$work/carve.abi"
if [ "${3:-}" = --store ]; then
  cp "$work/carve.abi" "$golden"
  exit 0
fi
abidiff --no-show-locs "$golden" "$work/carve.abi" && exit 0
echo "The ABI is not that of $golden. If that is on purpose (CHANGELOG says how to move, the soname rises" >&2
echo "with a release): $0 . c++ --store" >&2
exit 1
