#!/bin/sh
# Builds Debian packages in build/debian, checks them with lintian, and, as root, installs, uses and removes them:
# ./scripts/debian.sh. What is built is what is committed. Exit status 1 if lintian finds an error, or a package
# leaves something behind. $BUILT: packages that are there already, to be checked only.
set -eu
cd "$(dirname "$0")/.."
folder=$PWD/build/debian
if [ -z "${BUILT:-}" ]; then
  rm -rf "$folder"
  mkdir -p "$folder"
  git archive --prefix=carve/ HEAD | tar -x -C "$folder"
  (cd "$folder/carve" && dpkg-buildpackage -us -uc -b)
  BUILT=$folder
fi
lintian --fail-on error "$BUILT"/*.changes

if [ "$(id -u)" != 0 ]; then
  echo 'skipped: installation (not root)'
  exit 0
fi
packages='libcarve2 libcarve-dev carve python3-carve'
# shellcheck disable=SC2086 # word splitting is what makes the list
dpkg-query -W $packages >/dev/null 2>&1 && { echo 'debian.sh: carve is installed; remove it first' >&2; exit 1; }
mkdir -p "$folder"
find /usr /etc | sort >"$folder/before"
files=
for package in $packages; do
  files="$files $BUILT/${package}_*.deb"
done
# shellcheck disable=SC2086 # word splitting, and the version
DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $files
failed=
work=$(mktemp -d)
(cd "$work" && carve train oja-identified -q --set search.iterations=3 --out run || [ $? = 1 ]) || failed="the command"
(cd "$work" && /usr/bin/python3 -c 'import carve; print(carve.__version__, carve.load_run("run"))') || failed="$failed Python"
cp api/c/first_steps.c "$work"
# shellcheck disable=SC2046 # options
(cd "$work" && cc first_steps.c $(pkg-config --cflags --libs carve) -lm -o first_steps && ./first_steps >/dev/null) || failed="$failed C"
man -w carve >/dev/null 2>&1 || [ -f /usr/share/man/man1/carve.1.gz ] || failed="$failed manual"
rm -rf "$work"
# shellcheck disable=SC2086 # word splitting is what makes the list
DEBIAN_FRONTEND=noninteractive apt-get purge -y $packages
left=$(find /usr /etc | sort | comm -23 - "$folder/before" | grep -i carve || true)
[ -z "$failed" ] || { echo "debian.sh: what does not work when installed: $failed" >&2; exit 1; }
[ -z "$left" ] || { printf 'debian.sh: left behind:\n%s\n' "$left" >&2; exit 1; }
echo "4 packages built, without errors of lintian, installed, used and removed"
