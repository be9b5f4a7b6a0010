"""Builds a wheel by pip, installs it in a fresh virtual environment, uses it, and removes it again. No network.

usage: wheel.py [PIP WHEEL OPTION...]

Needs Debian's python3-mesonpy, python3-pip and python3-venv."""
import pathlib
import re
import sys
import tempfile
import unittest
import zipfile

from installed import SOURCE, check_package, environment, make_venv, modules, run

OPTIONS = []


class Wheel(unittest.TestCase):
    def test_a_wheel_is_built_installed_used_and_removed(self):
        version = re.search(r"version: '([0-9.]+)'", (SOURCE / "meson.build").read_text())[1]
        with tempfile.TemporaryDirectory() as scratch:
            scratch = pathlib.Path(scratch)
            python = make_venv(scratch / "venv")
            pip = [python, "-m", "pip", "--no-input"]
            run(*pip, "wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", scratch, *OPTIONS, SOURCE)
            [wheel] = scratch.glob("*.whl")
            self.check_contents(wheel, version)
            run(*pip, "install", "--no-index", "--no-deps", wheel)
            folder = check_package(self, python, version)
            self.assertTrue(folder.is_relative_to(scratch / "venv"))
            self.assertIn(version, run(python.parent / "carve", "--version", env=environment()))
            run(*pip, "uninstall", "--yes", "carve")
            self.assertEqual([path for path in (scratch / "venv").rglob("*carve*")], [])

    def check_contents(self, wheel, version):
        expected = {f"carve/{name}" for name in modules()} | {f"carve-{version}.data/scripts/carve"} | {
            f"carve-{version}.dist-info/{name}" for name in ("LICENSE", "METADATA", "RECORD", "WHEEL")}
        with zipfile.ZipFile(wheel) as files:
            self.assertEqual(set(files.namelist()), expected)
            metadata = files.read(f"carve-{version}.dist-info/METADATA").decode()
        self.assertIn(f"\nVersion: {version}\n", metadata)
        self.assertIn("\nRequires-Dist: numpy", metadata)
        print(f"{wheel.name}, {wheel.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    OPTIONS = sys.argv[1:]
    unittest.main(argv=sys.argv[:1])
