#!/bin/sh
# Builds carve for JavaScript in a folder, and runs all of its tests: all.sh DIR [FIRST_STEPS]. The fingerprints of the
# kernel as WebAssembly are those of every machine, carve.mjs works under Node.js and in Chromium, and so does the demo
# page. FIRST_STEPS: the example in C, whose weights that in JavaScript finds, too.
set -eu
for program in em++ node; do
  command -v "$program" >/dev/null || { echo "skipped: WebAssembly ($program is not installed: scripts/setup.sh wasm)"; exit 77; }
done
"$(dirname "$0")/../../scripts/build_wasm.sh" "$1"
meson test -C "$1" --no-rebuild --print-errorlogs
[ $# -lt 2 ] ||
  python3 "$(dirname "$0")/../api/languages.py" C "$2" -- JavaScript node "$1/carve/examples/first_steps.mjs"
