#!/bin/sh
# Builds the networks of api/c/embedded for microcontrollers, each with the features that it needs, runs them in qemu,
# and compares what they print with the same programs on this machine: ./scripts/embedded.sh [--quick] [TARGET...], targets
# cortex-m4f, cortex-m7 and cortex-m55, all of them without arguments; scripts/setup.sh machines installs what they need.
# Builds in $EMBEDDED_BUILD (build/embedded), by $OPTIMIZATION (s). $CARVE is the command, whose exported rules run, too; without
# it they are skipped. $CARVE_LIBRARY is the library of this machine, which else is built. --quick: Oja's rule on a Cortex-M7 alone.
# Prints a row for each: target | program | bytes of flash | static memory | stack used | largest frame, of a function | holds or not.
# Exit status 1 if the bits differ, if a frame is larger than 2 KiB, functions are recursive, or Oja's rule takes more than
# 24 KiB of flash or 8 KiB of memory (with -Os); 77 if all was skipped.
set -u
cd "$(dirname "$0")/.."
root=$PWD
base=${EMBEDDED_BUILD:-build/embedded}
case $base in /*) ;; *) base=$root/$base ;; esac
optimization=${OPTIMIZATION:-s}
networks='oja third_factor inhibition'
quick=false
if [ "${1:-}" = --quick ]; then
  quick=true
  networks=oja
  set -- cortex-m7
fi
[ $# -gt 0 ] || set -- cortex-m4f cortex-m7 cortex-m55
example=$root/api/c/embedded
warnings='-std=c99 -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror'

for program in arm-none-eabi-g++ qemu-system-arm; do
  command -v "$program" >/dev/null && continue
  echo "embedded | - | - | - | - | - | skipped: scripts/setup.sh machines installs $program"
  exit 77
done

features_of() { # NETWORK: features, and the elements that it has at most
  case $1 in
    oja) echo f32,rates,forward 2 ;;
    third_factor) echo f32,rates,third_factors 4 ;;
    inhibition) echo f32,spikes 3 ;;
  esac
}
build_library() { # DIR FEATURES ELEMENTS OPTION...
  dir=$1
  features=$2
  elements=$3
  shift 3
  [ -f "$dir/build.ninja" ] || meson setup "$dir" -Dwerror=true -Dcli=disabled -Dmpi=disabled -Dpython=disabled -Dbench=disabled \
    -Dtests=disabled -Dfeatures="$features" -Dmax_elements="$elements" "$@" || return
  ninja -C "$dir" lib/libcarve.a
}
# On this machine: the blocks of all networks, what they become, and what builds of few features refuse.
host() {
  library=${CARVE_LIBRARY:-$base/host/lib/libcarve.a}
  [ -n "${CARVE_LIBRARY:-}" ] || build_library "$base/host" models,f32,rates,spikes,forward,third_factors 4 -Disa=scalar,neon,softfma ||
    return
  here="${CC:-cc} $warnings -I$root/api -I$example"
  for network in $networks; do
    out=$base/$network
    mkdir -p "$out"
    $here "$example/$network.c" "$example/write_block.c" "$example/show.c" "$library" -lm -o "$out/write_block" &&
      "$out/write_block" >"$out/block.h" &&
      $here -DNETWORK_BLOCK="\"$out/block.h\"" "$example/$network.c" "$example/main.c" "$example/show.c" "$library" -lm \
        -o "$out/here" && "$out/here" >"$out/expected" || return
  done
}
refusals() {
  refuse models models,f32,rates 2 && refuse spikes models,f64,spikes 3 &&
    refuse blocks f32,rates,forward 2 -DNETWORK_BLOCK="\"$base/oja/block.h\""
}
refuse() { # NAME FEATURES ELEMENTS OPTION...
  name=$1
  build_library "$base/$name" "$2" "$3" -Disa=softfma || return
  shift 3
  $here "$@" "tests/embedded/refused_$name.c" "$base/$name/lib/libcarve.a" -lm -o "$base/$name/refused" && "$base/$name/refused"
}
exported() {
  mkdir -p "$base/exported"
  for rule in oja vogels_istdp; do
    "$CARVE" export "$rule" --to c --force --out "$base/exported/$rule.h" || return
  done
  $here -I"$base/exported" tests/embedded/exported.c "$example/show.c" "$library" -lm -o "$base/exported/here" &&
    "$base/exported/here" >"$base/exported/expected"
}

cross() { # TARGET: its cross file
  file=scripts/cross/$1.ini
  board=$(sed -n "s/^exe_wrapper = .*'-M', '\([^']*\)'.*/\1/p" "$file")
  there="arm-none-eabi-gcc $(sed -n "/^cpu = \[/s/.*\[\(.*\)\].*/\1/p" "$file" | tr -d "',") -O$optimization $warnings -ffreestanding \
    -ffunction-sections -fdata-sections -fcallgraph-info=su -I$root/api -I$example"
}
link_and_run() { # DIR SOURCE...: in DIR, with its library if it has one
  dir=$1
  shift
  rm -rf "$dir/program" && mkdir -p "$dir/program" || return
  library=
  [ ! -f "$dir/lib/libcarve.a" ] || library=$dir/lib/libcarve.a
  # shellcheck disable=SC2086 # word splitting is what makes the options
  (cd "$dir/program" && for source in "$@" "$example/show.c" "$example/cortex_m.c"; do $there $block -c "$source" || exit; done &&
    $there -nostartfiles -Wl,--gc-sections -Wl,-Map=map -T "$example/cortex_m.ld" ./*.o $library -lm -o program.elf &&
    timeout 60 qemu-system-arm -M "$board" -nographic -semihosting -kernel program.elf </dev/null 2>printed)
}
judge() { # TARGET PROGRAM DIR EXPECTED: its row
  numbers=$(python3 scripts/embedded_sizes.py "$3/program/map" "$3") || return
  grep -q "^stack [0-9a-f]" "$3/program/printed" || return
  # shellcheck disable=SC2086 # word splitting is what makes the numbers
  set -- "$1" "$2" "$3" "$4" $numbers
  stack=$((0x$(sed -n 's/^stack //p' "$3/program/printed")))
  holds=holds
  sed '/^stack /d' "$3/program/printed" | cmp -s - "$4" || holds='does not hold: other bits'
  [ "$7" -le 2048 ] || holds='does not hold: a frame of more than 2 KiB'
  [ "$9" = none ] || holds="does not hold: recursion of $9"
  if [ "$2$optimization" = ojas ] && { [ "$5" -gt 24576 ] || [ $(($6 + stack)) -gt 8192 ]; }; then
    holds='does not hold: more than 24 KiB of flash or 8 KiB of memory'
  fi
  echo "$1 | $2 | $5 | $6 | $stack | $7 $8 | $holds"
}

worst=0
failed() { # TARGET PROGRAM
  tail -n 20 "$log" >&2
  echo "$1 | $2 | - | - | - | - | does not hold: see $log"
  worst=1
}
print() { # ROW
  echo "$1"
  case $1 in *'does not hold'*) worst=1 ;; esac
}

mkdir -p "$base"
log=$base/host.log
host >"$log" 2>&1 || { failed host 'all networks'; exit 1; }
if ! $quick; then
  if refusals >"$log" 2>&1; then echo 'host | refusals | - | - | - | - | holds'; else failed host refusals; fi
fi
programs=$networks
if [ -n "${CARVE:-}" ]; then
  if exported >"$log" 2>&1; then programs="$networks exported"; else failed host exported; fi
elif ! $quick; then
  echo 'host | exported | - | - | - | - | skipped: $CARVE is to be the command'
fi
for target; do
  [ -f "scripts/cross/$target.ini" ] || { echo "embedded.sh: no target '$target'; targets are cortex-m4f, cortex-m7, cortex-m55" >&2; exit 2; }
  cross "$target"
  for program in $programs; do
    dir=$base/$target-$optimization/$program
    log=$base/$target-$program.log
    block=
    if [ "$program" = exported ]; then
      block=-I$base/exported
      link_and_run "$dir" "$root/tests/embedded/exported.c" >"$log" 2>&1 || { failed "$target" "$program"; continue; }
    else
      block=-DNETWORK_BLOCK="\"$base/$program/block.h\""
      # shellcheck disable=SC2046
      { build_library "$dir" $(features_of "$program") --cross-file "scripts/cross/$target.ini" -Disa=scalar \
          -Doptimization="$optimization" -Db_ndebug=true && link_and_run "$dir" "$example/$program.c" "$example/main.c"; } >"$log" 2>&1 ||
        { failed "$target" "$program"; continue; }
    fi
    row=$(judge "$target" "$program" "$dir" "$base/$program/expected" 2>>"$log") || { failed "$target" "$program"; continue; }
    print "$row"
  done
done
exit $worst
