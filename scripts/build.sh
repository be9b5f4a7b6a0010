#!/bin/sh
# Configures and builds: ./scripts/build.sh DIR [MESON OPTION...], e.g. build/debug --buildtype=debug
# $TARGETS: files to build, all without it.
set -eu
dir=$1
shift
cd "$(dirname "$0")/.."
if [ -f "$dir/build.ninja" ]; then
  [ $# = 0 ] || meson configure "$dir" "$@"
else
  meson setup "$dir" "$@"
fi
# shellcheck disable=SC2086 # a list of files
ninja -C "$dir" ${TARGETS:-}
