"""The Python package as `meson install` leaves it, in a virtual environment that sees nothing else of carve.

CARVE_BUILD is the build folder, CARVE_MESON the program that installs, CARVE_VERSION the version of the project. Without
NumPy the tests are skipped."""
import importlib.util
import os
import pathlib
import tempfile
import unittest

from installed import check_package, environment, make_venv, modules, run


@unittest.skipIf(importlib.util.find_spec("numpy") is None, "NumPy is not installed")
class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        scratch = pathlib.Path(cls.folder.name)
        cls.root = scratch / "root"
        run(os.environ["CARVE_MESON"], "install", "-C", os.environ["CARVE_BUILD"], "--no-rebuild", "--quiet", "--destdir", cls.root)
        [library] = cls.root.rglob("carve/libcarve.so.2")
        cls.package = library.parent
        cls.python = make_venv(scratch / "venv", "--without-pip")
        [site] = (scratch / "venv").rglob("site-packages")
        (site / "staged.pth").write_text(f"{cls.package.parent}\n")

    def test_every_module_is_installed_beside_the_library(self):
        self.assertEqual({str(path.relative_to(self.package)) for path in self.package.rglob("*") if path.is_file()}, modules())

    def test_it_is_where_debians_python_looks_for_packages(self):
        if not (self.root / "usr/local").is_dir() or not pathlib.Path("/etc/debian_version").exists():
            self.skipTest("for prefix /usr/local on Debian")
        folders = run("/usr/bin/python3", "-c", "import site; print(*site.getsitepackages())").split()
        self.assertIn("/" + str(self.package.parent.relative_to(self.root)), folders)

    def test_it_steps_a_network_by_its_own_library(self):
        self.assertEqual(check_package(self, self.python, os.environ["CARVE_VERSION"]), self.package)

    def test_the_command_beside_it_has_the_same_version(self):
        commands = list(self.root.rglob("bin/carve"))
        if not commands:
            self.skipTest("the command is not built")
        self.assertIn(os.environ["CARVE_VERSION"], run(commands[0], "--version", env=environment()))


if __name__ == "__main__":
    unittest.main()
