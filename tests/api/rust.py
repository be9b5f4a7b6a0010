"""Runs the tests of the Rust crates: rust.py BUILD_FOLDER [OPTIONS OF CARGO TEST].

CARVE_LIB_DIR and CARVE_LAYOUT as in api/rust/carve-sys say where the library is, and how C lays out its structs."""
import os
import pathlib
import shutil
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def main(target, *options):
    if not shutil.which("cargo"):
        print("skipped: the Rust crates (cargo is not installed: scripts/setup.sh rust)")
        return 77
    env = dict(os.environ, LD_LIBRARY_PATH=os.environ["CARVE_LIB_DIR"], CARGO_PROFILE_DEV_DEBUG="0") # faster to compile
    return subprocess.run(["cargo", "test", "--offline", "--locked", "--manifest-path", str(ROOT / "api/rust/Cargo.toml"),
                           "--target-dir", target, *options, "--", "--include-ignored"], env=env).returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
