#!/bin/sh
# Installs what is missing, builds carve three times and runs all tests: everything with g++, the
# library with clang and the address and undefined-behaviour sanitizers, and the library with clang as
# it is released, which must give the same bits. The last line says how many tests passed, failed and
# were skipped.
set -eu
cd "$(dirname "$0")"
scripts/setup.sh core cli mpi hdf5 tests bench rust

options='-Dwerror=true -Dcli=disabled -Dbench=disabled -Dtests=enabled'
sanitizers='-Db_sanitize=address,undefined -Db_lundef=false -Db_ndebug=false'
# shellcheck disable=SC2086 # word splitting is what makes the options
{
  scripts/build.sh build/tests $options -Dcli=enabled -Dbench=enabled
  export CC=clang CXX=clang++ # g++ takes three times as long to compile sanitized kernels
  # Whether its bits are the same takes two of the tests; scripts/verify.sh runs all of them.
  TARGETS='tests/machines/fingerprints tests/random/random_models' \
    scripts/build.sh build/clang $options -Disa=softfma,avx2,neon
  scripts/build.sh build/sanitized $options $sanitizers -Disa=avx2,neon
}

# A failing test is reported by the count below, not by stopping here.
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for build in build/tests build/clang build/sanitized; do
  rm -f "$build/meson-logs/testlog.json"
  case $build in # which of them; none named: all
    build/clang) set -- fingerprints 'random models' ;;
    *) set -- ;;
  esac
  meson test -C "$build" --no-rebuild --timeout-multiplier 3 "$@" || true
done

if [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; else python=python3; fi
exec "$python" scripts/count_tests.py build/tests build/clang build/sanitized
