#!/bin/sh
# Builds the library and its tests for other machines and optimisation levels, and runs them, foreign
# ones in qemu: ./scripts/machines.sh [--quick] [MACHINE...], machines aarch64, i686, s390x, cortex-m7,
# wasm32 and levels O0, O3, Os, all of them without arguments. scripts/setup.sh machines wasm installs what they need.
# Builds in $MACHINES_BUILD (build/machines). --quick: the fingerprints alone, by one instruction set.
# Prints a row for each: machine | instruction sets | tests | fingerprints | holds, does not hold, skipped.
# Exit status 1 if one does not hold, 77 if all were skipped.
set -u
cd "$(dirname "$0")/.."
base=${MACHINES_BUILD:-build/machines}
quick=false
[ "${1:-}" != --quick ] || { quick=true; shift; }
[ $# -gt 0 ] || set -- aarch64 i686 s390x cortex-m7 wasm32 O0 O3 Os

# What a cross file names and this machine lacks.
missing_of() {
  for program in $(sed -n "s/^cpp = '\(.*\)'/\1/p; s/^exe_wrapper = \['\([^']*\)'.*/\1/p" "$1"); do
    command -v "$program" >/dev/null || echo "$program"
  done
}

configure() { # DIR MACHINE
  options='-Dwerror=true -Dcli=disabled -Dmpi=disabled -Dbench=disabled -Doptimization=1'
  case $2 in
    # After what meson says of a target, so that it is the kernels' level, too.
    O?) options="$options -Dc_args=-$2 -Dcpp_args=-$2" ;;
    *) options="$options --cross-file scripts/cross/$2.ini" ;;
  esac
  ! $quick || options="$options -Disa=$(quick_isa "$2")"
  # shellcheck disable=SC2086 # word splitting is what makes the options
  [ -f "$1/build.ninja" ] || meson setup "$1" $options
}
quick_isa() { if [ "$1" = aarch64 ]; then echo neon; else echo softfma; fi; }

targets_of() { # MACHINE
  echo tests/machines/fingerprints
  case $1 in
    cortex-m7|wasm32) ;;
    *) $quick || echo tests/carve_tests ;; # which needs a system
  esac
}

run() { # DIR MACHINE: prints the columns after the machine
  log=$1.log
  rm -f "$1/meson-logs/testlog.json" "$1/meson-logs/testlog.txt"
  # shellcheck disable=SC2046
  if ! { configure "$1" "$2" && ninja -C "$1" $(targets_of "$2"); } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    echo "- | not built, see $log | - | does not hold"
    return
  fi
  tests='--suite kernel'
  ! $quick || tests=fingerprints
  # shellcheck disable=SC2086
  meson test -C "$1" --no-rebuild --timeout-multiplier 30 $tests >>"$log" 2>&1
  status=$?
  isas=$(sed -n 's/^instruction sets: //p' "$1/meson-logs/testlog.txt" | head -n 1)
  equal=differ
  ! grep '"name": "[^"]*fingerprints"' "$1/meson-logs/testlog.json" | grep -q '"result": "OK"' || equal=equal
  holds='does not hold'
  [ $status != 0 ] || holds=holds
  counts=$(python3 scripts/count_tests.py "$1" | tail -n 1)
  echo "$isas | $counts | $equal | $holds"
}

worst=77
for machine; do
  cross=scripts/cross/$machine.ini
  case $machine in
    O0|O3|Os) missing= ;;
    cortex-m4f|cortex-m55) echo "machines.sh: the fingerprints have no start-up code for $machine; scripts/embedded.sh runs programs there" >&2; exit 2 ;;
    *) [ -f "$cross" ] || { echo "machines.sh: no machine '$machine'; $cross does not exist" >&2; exit 2; }
       missing=$(missing_of "$cross" | tr '\n' ' ') ;;
  esac
  if [ -n "$missing" ]; then
    echo "$machine | - | - | - | skipped: scripts/setup.sh machines wasm installs $missing"
    continue
  fi
  mkdir -p "$base"
  row=$(run "$base/$machine" "$machine")
  echo "$machine | $row"
  case $row in
    *'does not hold') worst=1 ;;
    *) [ $worst = 1 ] || worst=0 ;;
  esac
done
exit $worst
