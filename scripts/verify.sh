#!/bin/sh
# Runs what takes longer than ./test.sh: ./scripts/verify.sh [NAME...], names
#   machines   the kernel's tests on aarch64, i686, s390x, a Cortex-M7, in qemu, and as WebAssembly (scripts/machines.sh)
#   levels     the same on this machine at -O0, -O3 and -Os
#   clang      all tests of the library, the long ones in full, as clang compiles it for a release
#   models     $MODELS random models (1000000), every instruction set against every other
#   fuzzing    each target for $FUZZ_SECONDS (120) seconds (scripts/fuzz.sh)
#   rust       the crates in debug and release, linked to either library, without a heap, and what clippy and rustdoc say
#   coverage   of the library and the command by their tests (scripts/coverage.sh)
#   report     pages of carve report in Chromium, at six widths, light and dark (tests/report/browser.mjs)
#   python     a wheel by pip, installed, used and removed in a virtual environment (tests/python/wheel.py)
#   debian     Debian packages: lintian, installed, used and removed (scripts/debian.sh)
#   embedded   three networks and exported rules on a Cortex-M4F, M7 and M55, in qemu, and their sizes (scripts/embedded.sh)
#   wasm       carve for JavaScript under Node.js and in Chromium, its types, the demo page (tests/javascript)
#   mutation   $MUTANTS planted errors (160) in each of lib/ and cli/ (scripts/mutate.py)
# all without arguments: some hours. Prints one table at its end: promise, figure, and whether it holds.
# What each did is in build/verify/NAME.log. Exit status 1 if a promise does not hold.
set -u
cd "$(dirname "$0")/.."
logs=build/verify
mkdir -p "$logs"
rows=$logs/rows.txt
: >"$rows"
[ $# -gt 0 ] || set -- machines levels clang models fuzzing rust coverage report python debian embedded wasm mutation

row() { # PROMISE FIGURE RESULT
  echo "$1|$2|$3" >>"$rows"
}
result() { # STATUS
  if [ "$1" = 0 ]; then echo holds; else echo 'does not hold'; fi
}
# What the command says is the log, from which FIGURE, a function below, takes the figure.
run() { # NAME PROMISE FIGURE COMMAND...
  log=$logs/$1.log
  promise=$2
  figure=$3
  shift 3
  "$@" >"$log" 2>&1
  status=$?
  figure=$("$figure" <"$log")
  row "$promise" "${figure:-see $log}" "$(result $status)"
}
figure_of_models() { grep ' models, ' | tail -n 1; }
figure_of_clang() { sed -n 's/^Ok: *\([0-9]*\).*/\1 suites/p'; }
figure_of_rust() { awk '/^test result:/ { n += $4 } END { print n " tests" }'; }
figure_of_report() { grep ' pages in Chromium, ' | tail -n 1; }
figure_of_python() { grep '\.whl, ' | tail -n 1; }
figure_of_debian() { grep ' packages built, ' | tail -n 1; }
figure_of_wasm() { grep ' of the demo page in Chromium, ' | tail -n 1; }
figure_of_mutation() { grep ' mutants, ' | tail -n 1; }
figure_of_fuzzing() {
  awk '/^stat::number_of_executed_units/ { n += $2; ++targets }
       END { if (targets) printf "%d executions of %d targets", n, targets }'
}
figure_of_coverage() {
  sed -n 's/^\(lines\|branches\): \([0-9.]*%\).*/\2 of \1/p' | paste -s -d , | sed 's/,/, /'
}

check_machines() { # NAME MACHINE...
  log=$logs/$1.log
  shift
  scripts/machines.sh "$@" >"$log"
  while IFS='|' read -r machine isas tests equal holds; do
    figure="$isas:$tests, fingerprints$equal"
    case $holds in *skipped*) figure=- ;; esac
    row "the same bits and passing tests: $machine" "${figure# }" "${holds# }"
  done <"$log"
}
check_clang() {
  if ! command -v clang++ >/dev/null; then
    row 'the same tests pass with clang' - 'skipped: scripts/setup.sh tests installs clang'
    return
  fi
  run clang 'the same tests pass with clang' figure_of_clang test_with_clang
}
test_with_clang() {
  CC=clang CXX=clang++ scripts/build.sh build/verify/clang -Dwerror=true -Dcli=disabled -Dbench=disabled \
    -Dtests=enabled -Disa=softfma,avx2,neon && CARVE_TEST_LONG=1 meson test -C build/verify/clang --no-rebuild --timeout-multiplier 3
}
check_models() {
  program=build/tests/tests/random/random_models
  if [ -x "$program" ]; then
    run models 'instruction sets agree on random models' figure_of_models "$program" --count "${MODELS:-1000000}"
  else
    row 'instruction sets agree on random models' - 'skipped: ./test.sh builds build/tests'
  fi
}
check_fuzzing() {
  if ! command -v clang++ >/dev/null; then
    row 'no input breaks a reader' - 'skipped: scripts/setup.sh tests installs clang'
    return
  fi
  run fuzzing 'no input breaks a reader' figure_of_fuzzing scripts/fuzz.sh "${FUZZ_SECONDS:-120}"
}
check_rust() {
  promise='the Rust crates pass their tests, shared and static, and lint clean'
  if ! command -v cargo >/dev/null || ! command -v cargo-clippy >/dev/null; then
    row "$promise" - 'skipped: scripts/setup.sh rust installs cargo and clippy'
    return
  fi
  run rust "$promise" figure_of_rust test_rust
}
test_rust() {
  export CARVE_LIB_DIR="$PWD/build/tests/lib" CARVE_LAYOUT="$PWD/build/tests/tests/api/layout" # of ./test.sh
  if [ ! -x "$CARVE_LAYOUT" ]; then
    echo './test.sh builds build/tests'
    return 1
  fi
  target=$PWD/$logs/rust
  python3 tests/api/rust.py "$target" && python3 tests/api/rust.py "$target" --release &&
    CARVE_STATIC=1 python3 tests/api/rust.py "$target" --release &&
    python3 tests/api/rust.py "$target" --package carve --no-default-features --tests &&
    for features in '--no-default-features' '--no-default-features --features alloc' --all-targets; do
      # shellcheck disable=SC2086 # word splitting is what makes the options
      cargo clippy --offline --locked --manifest-path api/rust/carve/Cargo.toml --target-dir "$target" $features -- -D warnings || return
    done && RUSTDOCFLAGS='-D warnings' cargo doc --offline --locked --manifest-path api/rust/Cargo.toml --target-dir "$target"
}
check_coverage() {
  if ! command -v gcovr >/dev/null; then
    row 'tests run through the lines of lib/ and cli/' - 'skipped: scripts/setup.sh coverage installs gcovr'
    return
  fi
  run coverage-lib 'tests run through 98 % of the lines of lib/, 90 % of branches' figure_of_coverage scripts/coverage.sh lib
  run coverage-cli 'tests run through 92 % of the lines of cli/' figure_of_coverage scripts/coverage.sh cli
}
check_report() {
  promise='reports draw, fit, ask for nothing and can be read by all (axe-core), in Chromium'
  if ! command -v chromium >/dev/null || ! command -v npm >/dev/null; then
    row "$promise" - 'skipped: scripts/setup.sh browser installs chromium, node and npm'
    return
  fi
  run report "$promise" figure_of_report test_reports
}
# One of each kind of page; tools that only this test needs come from npm, into the build folder.
test_reports() {
  pages=$PWD/$logs/pages
  rm -rf "$pages"
  mkdir -p "$pages/shots" "$logs/tools"
  npm install --silent --no-audit --no-fund --prefix "$logs/tools" puppeteer-core@23 axe-core@4 || return
  carve=$PWD/build/tests/cli/carve # of ./test.sh
  if [ ! -x "$carve" ]; then
    scripts/build.sh build/verify/command -Dbench=disabled -Dtests=disabled || return
    carve=$PWD/build/verify/command/cli/carve
  fi
  for task in oja-identified pca-identified isp ei bcm; do
    "$carve" train tasks/$task.toml --out "$pages/$task" -q # 1 where the goal is missed
    "$carve" report "$pages/$task" --out "$pages/$task.html" || return
  done
  "$carve" train tasks/oja.toml --seeds 1..4 --out "$pages/seeds" -q && "$carve" report "$pages/seeds" --out "$pages/seeds.html" &&
    "$carve" explore tasks/isp-rate-only.toml --restarts 8 --out "$pages/explored" -q &&
    "$carve" report "$pages/explored" --out "$pages/explored.html" &&
    node tests/report/browser.mjs "$logs/tools" "$pages/shots" "$pages"/*.html
}
check_python() {
  if ! /usr/bin/python3 -c 'import mesonpy, numpy, pip, venv, ensurepip' 2>/dev/null; then
    row 'pip builds, installs and removes the Python package' - 'skipped: scripts/setup.sh python installs python3-mesonpy'
    return
  fi
  run python 'pip builds, installs and removes the Python package' figure_of_python /usr/bin/python3 tests/python/wheel.py
}
check_debian() {
  promise='Debian packages build, install, work and can be removed'
  if ! command -v dpkg-buildpackage >/dev/null || ! command -v lintian >/dev/null || ! command -v dh_python3 >/dev/null; then
    row "$promise" - 'skipped: scripts/setup.sh debian installs debhelper, dh-python and lintian'
    return
  fi
  run debian "$promise" figure_of_debian scripts/debian.sh
}
check_embedded() {
  log=$logs/embedded.log
  carve=$PWD/build/tests/cli/carve # of ./test.sh
  [ ! -x "$carve" ] || export CARVE="$carve"
  status=0
  EMBEDDED_BUILD=$logs/embedded scripts/embedded.sh >"$log" || status=$?
  while IFS='|' read -r target program flash memory stack _ holds; do
    figure="${flash# }bytes of flash,${memory}of memory,${stack}of stack"
    [ "$flash" != ' - ' ] || figure=-
    row "the same bits on a microcontroller: $target${program# }" "$figure" "${holds# }"
  done <"$log"
  # It may end before it has a row.
  case $status in 0|77) return ;; esac
  grep -q 'does not hold' "$log" || row 'the same bits on a microcontroller' "see $log" 'does not hold'
}
check_wasm() {
  promise='carve for JavaScript passes its tests, and the demo page works and can be read by all (axe-core), in Chromium'
  if ! command -v em++ >/dev/null || ! command -v chromium >/dev/null || ! command -v npm >/dev/null; then
    row "$promise" - 'skipped: scripts/setup.sh wasm browser installs em++, chromium, node and npm'
    return
  fi
  run wasm "$promise" figure_of_wasm test_wasm
}
# As for reports, tools come from npm.
test_wasm() {
  built=$logs/wasm
  mkdir -p "$logs/tools" "$logs/demo"
  npm install --silent --no-audit --no-fund --prefix "$logs/tools" puppeteer-core@23 axe-core@4 typescript@5 &&
    tests/javascript/all.sh "$built" &&
    "$logs/tools/node_modules/.bin/tsc" --noEmit --strict --target es2022 --module nodenext --lib es2022,dom \
      tests/javascript/types.mts &&
    node tests/javascript/browser.mjs "$logs/tools" "$logs/demo" "$built/demo"
}
check_mutation() {
  for area in lib cli; do
    run "mutation-$area" "planted errors in $area/ are noticed" figure_of_mutation \
      python3 scripts/mutate.py --area $area --count "${MUTANTS:-160}"
  done
}

for name; do
  echo "$name ..." >&2
  case $name in
    machines) check_machines machines aarch64 i686 s390x cortex-m7 wasm32 ;;
    levels) check_machines levels O0 O3 Os ;;
    clang|models|fuzzing|rust|coverage|report|python|debian|embedded|wasm|mutation) "check_$name" ;;
    *) echo "verify.sh: there is no '$name'; names are machines, levels, clang, models, fuzzing, rust, coverage, report, python, debian, embedded, wasm, mutation" >&2
       exit 2 ;;
  esac
done
{ echo 'promise|figure|result'; cat "$rows"; } | awk -F'|' '
  { for (i = 1; i <= 3; ++i) { cell[NR, i] = $i; if (length($i) > width[i]) width[i] = length($i) } }
  END { for (r = 1; r <= NR; ++r) printf "%-*s  %-*s  %s\n", width[1], cell[r, 1], width[2], cell[r, 2], cell[r, 3] }'
! grep -q '|does not hold' "$rows"
