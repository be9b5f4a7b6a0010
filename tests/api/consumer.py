"""Installs carve into an empty prefix and builds the C example from there, as a user would.

usage: consumer.py {shared|static} BUILD_DIR EXAMPLE CC MESON PKG_CONFIG
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


def main(kind, build_dir, example, cc, meson, pkg_config_program):
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
        program = pathlib.Path(scratch) / "first_steps"
        run(cc, "-std=c99", "-pedantic-errors", "-Werror", example, "-o", str(program), *flags,
            "-lm")
        env = dict(os.environ)
        if kind == "shared":
            env["LD_LIBRARY_PATH"] = str(libdir)
            if not (libdir / "libcarve.so.2").exists():
                sys.exit("libcarve.so.2, the soname, is not installed")
        run(str(program), env=env)
        needs_library = b"libcarve.so.2" in program.read_bytes()
        if needs_library != (kind == "shared"):
            sys.exit(f"the {kind} program {'needs' if needs_library else 'does not need'} "
                     "libcarve.so.2")


if __name__ == "__main__":
    main(*sys.argv[1:])
