#!/bin/sh
# Installs what is missing, builds carve twice and runs all tests: everything with g++, and the library with clang
# and the address and undefined-behaviour sanitizers, where its results are the same bits. The last line says how
# many tests passed, failed and were skipped. scripts/verify.sh clang runs them as clang compiles a release.
set -eu
cd "$(dirname "$0")"
scripts/setup.sh core cli mpi hdf5 tests bench rust

options='-Dwerror=true -Dcli=disabled -Dbench=disabled -Dtests=enabled'
sanitizers='-Db_sanitize=address,undefined -Db_lundef=false -Db_ndebug=false'
# shellcheck disable=SC2086 # word splitting is what makes the options
{
  # Each folder of the command as one source file: about half of the time.
  scripts/build.sh build/tests $options -Dcli=enabled -Dbench=enabled -Dunity=on -Dunity_size=16
  export CC=clang CXX=clang++ # g++ takes three times as long to compile sanitized kernels
  scripts/build.sh build/sanitized $options $sanitizers -Disa=avx2,neon
}

# A failing test is reported by the count below, not by stopping here.
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
for build in build/tests build/sanitized; do
  rm -f "$build/meson-logs/testlog.json"
  meson test -C "$build" --no-rebuild --timeout-multiplier 3 || true
done

if [ -x /usr/bin/python3 ]; then python=/usr/bin/python3; else python=python3; fi
exec "$python" scripts/count_tests.py build/tests build/sanitized
