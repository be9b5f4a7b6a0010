#!/bin/sh
# Installs what is missing, builds carve, and lets it find Oja's rule: the result is in
# runs/oja-identified. Arguments are handed on to `carve train`.
set -eu
cd "$(dirname "$0")"
scripts/setup.sh core cli
# Each folder of the command as one source file: about half of the time.
scripts/build.sh build/release -Dunity=on -Dunity_size=16 -Dcli=enabled -Dtests=disabled -Dbench=disabled
exec build/release/cli/carve train tasks/oja-identified.toml --out runs/oja-identified --force "$@"
