#!/bin/sh
# Builds carve for JavaScript: ./scripts/build_wasm.sh [DIR], by Emscripten, which scripts/setup.sh wasm installs.
# In DIR (build/wasm) there are then two folders that need nothing else, and the programs of the tests:
#   carve/   the package: carve.mjs, carve.wasm, their types, examples/
#   demo/    the page docs/demo, for any web server: python3 -m http.server -d build/wasm/demo
set -eu
cd "$(dirname "$0")/.."
dir=${1:-build/wasm}
command -v em++ >/dev/null || { echo 'build_wasm.sh: em++ is not installed: scripts/setup.sh wasm' >&2; exit 1; }

[ -f "$dir/build.ninja" ] || meson setup "$dir" --cross-file scripts/cross/wasm32.ini -Dwerror=true -Disa=softfma \
  -Dcli=disabled -Dmpi=disabled -Dbench=disabled
ninja -C "$dir"

rm -rf "$dir/carve" "$dir/demo"
mkdir -p "$dir/carve" "$dir/demo"
version=$(sed -n "s/^ *version: '\([0-9.]*\)'.*/\1/p" meson.build | head -n 1)
cp -R api/javascript/*.mjs api/javascript/*.d.mts api/javascript/examples LICENSE "$dir/api/javascript/carve.wasm" "$dir/carve"
sed "s/\"name\": \"carve\",/&\n  \"version\": \"$version\",/" api/javascript/package.json >"$dir/carve/package.json"
cp docs/demo/* "$dir"/carve/*.mjs "$dir/carve/carve.wasm" "$dir/demo"
echo "$dir/carve and $dir/demo: carve.wasm has $(wc -c <"$dir/carve/carve.wasm") bytes, $(gzip -9 -c "$dir/carve/carve.wasm" | wc -c) by gzip"
