#!/bin/sh
# Configures and builds: ./scripts/build.sh DIR [MESON OPTION...], e.g. build/debug --buildtype=debug
set -eu
dir=$1
shift
cd "$(dirname "$0")/.."
if [ -f "$dir/build.ninja" ]; then
  [ $# = 0 ] || meson configure "$dir" "$@"
else
  meson setup "$dir" "$@"
fi
ninja -C "$dir"
