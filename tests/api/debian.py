"""debian/ says what the build does: version, the library's number, and that what is built is in a package: debian.py
BUILD VERSION. scripts/verify.sh debian builds the packages."""
import fnmatch
import json
import pathlib
import re
import subprocess
import sys

build, version = sys.argv[1:]
debian = pathlib.Path(__file__).resolve().parents[2] / "debian"
control = (debian / "control").read_text()
packages = re.findall(r"^Package: (.*)$", control, re.M)

found = re.match(r"carve \(([^)]*)\)", (debian / "changelog").read_text()).group(1)
assert found == version, f"debian/changelog says {found}; meson.build says {version}"

installed = json.loads(subprocess.run(["meson", "introspect", "--installed", build], check=True, capture_output=True, text=True).stdout).values()
soname = {re.search(r"\.so\.(\d+)$", path).group(1) for path in installed if re.search(r"/libcarve\.so\.\d+$", path)}
assert soname, "no shared library is installed"
for number in soname:
    assert f"libcarve{number}" in packages, f"the library is libcarve.so.{number}; debian/control has {packages}"

# Where Debian has what `meson install` puts below its prefix: python3*/dist-packages, and lib/ARCHITECTURE.
patterns = [line for name in packages for line in (debian / f"{name}.install").read_text().split()]
prefix = json.loads(subprocess.run(["meson", "introspect", "--buildoptions", build], check=True, capture_output=True, text=True).stdout)
prefix = next(option["value"] for option in prefix if option["name"] == "prefix")
for path in installed:
    place = "usr/" + str(pathlib.PurePath(path).relative_to(prefix)) if path.startswith(prefix) else path
    parents = [place, *map(str, pathlib.PurePath(place).parents)]
    parents += [parent.replace("site-packages", "dist-packages") for parent in parents]
    assert any(fnmatch.fnmatch(parent, pattern) for parent in parents for pattern in patterns), f"{path} is in no Debian package"
