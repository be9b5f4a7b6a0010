"""Installs carve into an empty prefix and builds the examples in C and C++ from there, as a user would.

usage: consumer.py {shared|static} BUILD_DIR EXAMPLE.c EXAMPLE.cpp CC CXX MESON PKG_CONFIG
"""
import os
import pathlib
import subprocess
import sys
import tempfile


def run(*command, **options):
    print("$", *command, flush=True)
    return subprocess.run(command, check=True, text=True, **options)


def pkg_config(program, pc, prefix, *request):
    env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent))
    answer = run(program, f"--define-variable=prefix={prefix}", *request, "carve", env=env,
                 stdout=subprocess.PIPE).stdout
    print(answer.strip())
    return answer.split()


def build_and_run(program, compiler, example, flags, kind, env):
    run(*compiler, "-pedantic-errors", "-Wall", "-Wextra", "-Werror", example, "-o", str(program), *flags, "-lm")
    said = run(str(program), env=env, stdout=subprocess.PIPE).stdout
    print(said)
    needs_library = b"libcarve.so.2" in program.read_bytes()
    if needs_library != (kind == "shared"):
        sys.exit(f"the {kind} program {'needs' if needs_library else 'does not need'} libcarve.so.2")
    return said


def main(kind, build_dir, c_example, cpp_example, cc, cxx, meson, pkg_config_program):
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch) / "root"
        run(meson, "install", "-C", build_dir, "--no-rebuild", "--quiet", "--destdir", str(root),
            stdout=subprocess.DEVNULL)
        [pc] = root.rglob("carve.pc")
        [header] = root.rglob("carve.h")
        prefix = header.parent.parent
        flags = pkg_config(pkg_config_program, pc, prefix, "--cflags", "--libs")
        libdir = pc.parent.parent
        if kind == "static":
            flags = [str(libdir / "libcarve.a") if f == "-lcarve" else f for f in flags]
        env = dict(os.environ)
        if kind == "shared":
            env["LD_LIBRARY_PATH"] = str(libdir)
            if not (libdir / "libcarve.so.2").exists():
                sys.exit("libcarve.so.2, the soname, is not installed")
        said = [build_and_run(pathlib.Path(scratch) / name, compiler, example, flags, kind, env) for name, compiler, example in (
            ("first_steps", [cc, "-std=c99"], c_example), ("first_steps_cpp", [cxx, "-std=c++17"], cpp_example))]
        if said[0] != said[1]:
            sys.exit(f"the examples in C and C++ find different weights: {said}")


if __name__ == "__main__":
    main(*sys.argv[1:])
