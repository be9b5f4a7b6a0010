"""Installs carve into an empty prefix and builds the examples in C and C++ from there, as users would: with a compiler
and pkg-config, by meson, and by CMake where it is installed.

usage: consumer.py {shared|static} BUILD_DIR EXAMPLE.c EXAMPLE.cpp CC CXX MESON PKG_CONFIG VERSION [CMAKE]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

NAMES = "first_steps", "first_steps_cpp"
OF_MESON = """project('uses_carve', 'c', 'cpp', default_options: ['c_std=c99', 'cpp_std=c++17'])
needs = [dependency('carve', static: {static}), meson.get_compiler('c').find_library('m')]
executable('first_steps', 'first_steps.c', dependencies: needs)
executable('first_steps_cpp', 'first_steps.cpp', dependencies: needs)
"""
OF_CMAKE = """cmake_minimum_required(VERSION 3.20)
project(uses_carve C CXX)
set(CMAKE_CXX_STANDARD 17)
find_package(carve {version} REQUIRED)
add_executable(first_steps first_steps.c)
add_executable(first_steps_cpp first_steps.cpp)
target_link_libraries(first_steps PRIVATE {target} m)
target_link_libraries(first_steps_cpp PRIVATE {target} m)
"""


def run(*command, **options):
    print("$", *command, flush=True)
    return subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, **options).stdout


class Prefix:
    """Where carve is installed, and what is built against it in folders of scratch."""

    def __init__(self, kind, build_dir, examples, meson, scratch):
        self.kind, self.examples, self.scratch = kind, examples, scratch
        root = scratch / "root"
        run(meson, "install", "-C", build_dir, "--no-rebuild", "--quiet", "--destdir", str(root))
        [pc] = root.rglob("carve.pc")
        [header] = root.rglob("carve.h")
        self.path, self.libdir = header.parent.parent, pc.parent.parent
        for what in "carve/tasks/oja.toml", "carve/data/digits.csv", "doc/carve/README.md", "doc/carve/docs/abi.md":
            if not (self.path / "share" / what).is_file():
                sys.exit(f"share/{what} is not installed")
        # As if it had been configured for this prefix.
        pc.write_text(re.sub("(?m)^prefix=.*$", f"prefix={self.path}", pc.read_text()))
        self.env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent))
        if kind == "shared":
            self.env["LD_LIBRARY_PATH"] = str(self.libdir)
            if not (self.libdir / "libcarve.so.2").exists():
                sys.exit("libcarve.so.2, the soname, is not installed")

    def project(self, tool, **files):
        folder = self.scratch / tool
        folder.mkdir()
        for example in self.examples:
            shutil.copy(example, folder)
        for name, text in files.items():
            (folder / name.replace("_", ".")).write_text(text)
        return folder

    def by_compilers(self, compilers, pkg_config):
        flags = run(pkg_config, "--cflags", "--libs", "carve", env=self.env).split()
        if self.kind == "static":
            flags = [str(self.libdir / "libcarve.a") if f == "-lcarve" else f for f in flags]
        folder = self.project("compilers")
        for name, compiler, example in zip(NAMES, compilers, self.examples):
            run(*compiler, "-pedantic-errors", "-Wall", "-Wextra", "-Werror", example, "-o", str(folder / name), *flags, "-lm")
        return folder

    def by_meson(self, meson):
        static = "true" if self.kind == "static" else "false"
        folder = self.project("meson", meson_build=OF_MESON.format(static=static))
        run(meson, "setup", "build", cwd=folder, env=self.env)
        run(meson, "compile", "-C", "build", cwd=folder)
        return folder / "build"

    def by_cmake(self, cmake, version):
        target = "carve::carve" if self.kind == "shared" else "carve::carve_static"
        folder = self.project("cmake", CMakeLists_txt=OF_CMAKE.format(version=version, target=target))
        run(cmake, "-S", ".", "-B", "build", f"-DCMAKE_PREFIX_PATH={self.path}", cwd=folder)
        run(cmake, "--build", "build", cwd=folder)
        return folder / "build"

    def outputs(self, folder):
        """What the examples print; they need the shared library only where they are asked to."""
        for name in NAMES:
            program = folder / name
            needs_library = b"libcarve.so.2" in program.read_bytes()
            if needs_library != (self.kind == "shared"):
                sys.exit(f"the {self.kind} program {'needs' if needs_library else 'does not need'} libcarve.so.2")
            yield run(str(program), env=self.env)


def refused_version(prefix, cmake, version):
    """Another minor version than that of the package, as CMake asks for it."""
    major, minor, _ = version.split(".")
    try:
        prefix.scratch.joinpath("cmake").rename(prefix.scratch / "of_this_version")
        prefix.by_cmake(cmake, f"{major}.{int(minor) + 1}")
    except subprocess.CalledProcessError:
        return
    sys.exit("find_package accepts another version")


def main(kind, build_dir, c_example, cpp_example, cc, cxx, meson, pkg_config, version, cmake=None):
    with tempfile.TemporaryDirectory() as scratch:
        prefix = Prefix(kind, build_dir, (c_example, cpp_example), meson, pathlib.Path(scratch))
        built = [prefix.by_compilers(([cc, "-std=c99"], [cxx, "-std=c++17"]), pkg_config), prefix.by_meson(meson)]
        if cmake:
            built.append(prefix.by_cmake(cmake, version))
        said = [output for folder in built for output in prefix.outputs(folder)]
        print(said[0])
        if len(set(said)) != 1:
            sys.exit(f"the examples find different weights: {said}")
        if cmake:
            refused_version(prefix, cmake, version)


if __name__ == "__main__":
    main(*sys.argv[1:])
