#!/bin/sh
# Installs what is missing to build carve on Debian 12: ./scripts/setup.sh [GROUP...], groups core, cli,
# mpi, hdf5, tests, bench, rust (all these without arguments), python (pip install .), debian (scripts/debian.sh), coverage,
# browser (scripts/verify.sh report), machines (scripts/machines.sh, scripts/embedded.sh), wasm (scripts/build_wasm.sh) and
# peers, what carve is compared with (bench/peers,
# tests/python/test_brian2.py).
# Needs root or sudo only if something is missing.
set -eu

# Nothing where there is a toolchain already, of rustup for instance.
rust_packages() {
  command -v cargo >/dev/null && command -v rustfmt >/dev/null && command -v cargo-clippy >/dev/null ||
    echo cargo rustc rustfmt rust-clippy
}
packages_of() {
  case $1 in
    core) echo g++ meson ninja-build pkg-config libxsimd-dev ;;
    cli) echo libcli11-dev libtomlplusplus-dev nlohmann-json3-dev libeigen3-dev libfmt-dev \
              libxxhash-dev zlib1g-dev ;;
    mpi) echo libopenmpi-dev openmpi-bin ;;
    hdf5) echo libhdf5-dev ;;
    tests) echo doctest-dev librandom123-dev clang clang-format libclang-rt-dev abigail-tools python3 python3-numpy python3-scipy python3-matplotlib python3-cmaes python3-h5py python3-mypy strace librsvg2-bin ;;
    bench) echo libbenchmark-dev ;;
    python) echo python3 python3-numpy python3-pip python3-venv python3-mesonpy ;;
    debian) echo debhelper dh-python dpkg-dev fakeroot lintian ;;
    rust) rust_packages ;;
    coverage) echo gcovr ;;
    # Where npm comes with another vendor's Node.js, Debian's conflicts with it.
    browser) echo chromium; command -v npm >/dev/null || echo nodejs npm ;;
    wasm) echo emscripten chromium; command -v node >/dev/null || echo nodejs ;;
    machines) echo g++-aarch64-linux-gnu g++-i686-linux-gnu g++-s390x-linux-gnu qemu-user gcc-arm-none-eabi \
                   libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib qemu-system-arm ;;
    peers) echo python3 python3-numpy python3-torch python3-brian python3-cmaes libpagmo-dev ;;
    *) echo "setup.sh: there is no group '$1'; groups are core, cli, mpi, hdf5, tests, bench, rust, python, debian, coverage, browser, machines, wasm, peers" >&2; exit 2 ;;
  esac
}

[ $# -gt 0 ] || set -- core cli mpi hdf5 tests bench rust
wanted=
for group in "$@"; do
  more=$(packages_of "$group")
  wanted="$wanted $more"
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "setup.sh: no apt-get here; carve needs what Debian calls:$wanted" >&2
  exit 0
fi

missing=
for package in $wanted; do
  status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
  [ "$status" = installed ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=
elif command -v sudo >/dev/null; then
  as_root=sudo
else
  echo "setup.sh: neither root nor sudo; as root, run: apt-get install$missing" >&2
  exit 1
fi

install() {
  # shellcheck disable=SC2086 # word splitting is what makes the list
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
}
# The package lists may be absent (a fresh system) or stale.
install || { $as_root apt-get update && install; } || {
  echo "setup.sh: could not install:$missing" >&2
  exit 1
}
