"""Installs carve into an empty prefix and builds and runs the example with static memory from there.

usage: static_memory.py BUILD_DIR EXAMPLE_DIR CC MESON PKG_CONFIG MAKE NM
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

from consumer import run


def check_heap(nm, program):
    undefined = run(nm, "--undefined-only", str(program))
    used = set(re.findall(r"\b(malloc|calloc|realloc|aligned_alloc|free)\b", undefined))
    if used:
        sys.exit(f"the program with static memory uses the heap: {', '.join(sorted(used))}")


def check_size(size):
    """What cannot be printed is an error that names it, and no constant."""
    one = ["population", "kind=0", "population", "projection"]
    answer = run(size, "ONE", *one)
    for constant in "ONE_BYTES [0-9]+u", "ONE_ALIGNMENT 64u":
        if not re.search(rf"^#define {constant}$", answer, re.MULTILINE):
            sys.exit(f"no constant {constant}: {answer}")
    spiking = ["population", "kind=3", "n_units=50", "population", "kind=4", "n_units=9", "projection"]
    sizes = [run(size, "ONE", *spiking, *graph)
             for graph in (["in_degree", "in_degree=20"], ["csr", "n_synapses=180"])]
    if sizes[0] != sizes[1]:
        sys.exit(f"graphs with as many synapses take {sizes[0]} and {sizes[1]}")
    for wrong, named in [(["ONE", *spiking, "csr", "n_synapses=451"], "n_synapses"), (["ONE", "csr"], "csr"),
                         (["1x", *one], "1x"), (["ONE"], "ONE"), (["ONE", "n_units=3"], "n_units=3"),
                         (["ONE", *one, "units=3"], "units=3"), (["ONE", *one, "post=-1"], "post=-1"),
                         (["ONE", *one, "gain=x"], "gain=x"), (["ONE", *one, "post=4294967296"], "post="),
                         (["ONE", *one, "post=7"], "projections[0].post"),
                         (["ONE", "model", "max_steps=0x10000000000000001"], "max_steps="),
                         (["ONE", *one, "rule", "polynomial", "term", "pre=256"], "pre="),
                         (["ONE", *one, "rule", "term"], "term"), (["ONE", "polynomial"], "polynomial"),
                         (["ONE", "population", "input"], "input"), (["ONE", "plasticity"], "plasticity"),
                         (["ONE", "population", "kind=4", "receptor"], "receptor"),
                         (["ONE", *one, "gain=1e999"], "gain="), ([], "nothing"),
                         (["ONE", *["population"] * 65], "population")]:
        bad = subprocess.run([size, *wrong], text=True, capture_output=True)
        if bad.returncode != 2 or bad.stdout or named not in bad.stderr:
            sys.exit(f"carve_size {wrong}: {bad.returncode}, {bad.stdout!r}, {bad.stderr!r}")


BEFORE = {"input": ["population", "kind=0"], "gaussian": ["population", "kind=1"], "rate": ["population"],
          "poisson": ["population", "kind=3"], "lif": ["population", "kind=4"],
          "tif": ["population", "kind=5"], "if": ["population", "kind=6"], "cvaif": ["population", "kind=7"],
          "eif": ["population", "kind=8"],
          "receptor": ["population", "kind=4", "lif"], "plasticity": ["projection"],
          "in_degree": ["projection"], "csr": ["projection"], "polynomial": ["rule"], "mlp": ["rule"], "product": ["rule"],
          "term": ["rule", "polynomial"], "rate_probe": ["probe"],
          "trajectory_probe": ["probe"]}  # what a part belongs to


def check_fields(size, header):
    """Each number of the headers' descriptions is a field that carve_size knows."""
    for part, text in re.findall(r"typedef struct carve_(\w+) {(.*?)} carve_\1;", header, re.DOTALL):
        if part == "distribution":
            continue
        text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
        names = [name.strip() for names in re.findall(r"(?:uint\d+_t|double)\s+([^;]*);", text)
                 for name in names.split(",")]
        names += ["weights.distribution", "weights.a", "weights.b"] if part == "projection" else []
        counts = {"struct_size", "isa", "n_populations", "n_projections", "n_rules", "n_probes", "n_receptors", "n_plasticity",
                  "n_terms"}
        for name in {n for n in names if not n.startswith("reserved")} - counts:
            answer = subprocess.run([size, "N", *BEFORE.get(part, []), part, f"{name}=x"], text=True,
                                    capture_output=True)
            if answer.returncode != 2 or f"{name}=x" not in answer.stderr or "no such field" in answer.stderr:
                sys.exit(f"carve_size does not know {part} {name}: {answer.stderr}")


def check_examples(size):
    """What --help shows can be run as it stands."""
    text = run(size, "--help")
    examples = re.findall(r"^  carve_size (.*)$", text.replace("\\\n", " "), re.MULTILINE)
    if len(examples) < 2:
        sys.exit("no examples in carve_size --help")
    for example in examples:
        run(size, *example.split())


def check_document(size, document):
    """What docs/memory.md shows is what the program prints."""
    lines = [line.strip() for line in document.read_text(encoding="utf-8").replace("\\\n", " ").splitlines()]
    at = next(i for i, line in enumerate(lines) if line.startswith("$ carve_size "))
    printed = run(size, *lines[at].split()[2:]).split("\n")
    if [line for line in printed if line.startswith("#")] != lines[at + 1:at + 3]:
        sys.exit(f"{document}: carve_size prints {printed}")


def main(build_dir, example, cc, meson, pkg_config, make, nm):
    with tempfile.TemporaryDirectory() as scratch:
        root = pathlib.Path(scratch) / "root"
        run(meson, "install", "-C", build_dir, "--no-rebuild", "--quiet", "--destdir", str(root))
        [pc] = root.rglob("carve.pc")
        [header] = root.rglob("carve.h")
        [size] = root.rglob("carve_size")
        check_size(str(size))
        check_fields(str(size), "".join(
            path.read_text() for path in header.parent.glob("carve/*.h") if path.stem not in ("loss", "sim", "status")))
        check_examples(str(size))
        check_document(str(size), pathlib.Path(example).parents[2] / "docs" / "memory.md")
        work = pathlib.Path(scratch) / "work"
        shutil.copytree(example, work)
        libdir = pc.parent.parent
        env = dict(os.environ, PKG_CONFIG_PATH=str(pc.parent), LD_LIBRARY_PATH=str(libdir))
        run(make, "-C", str(work), f"CC={cc}", f"CARVE_SIZE={size}",
            f"PKG_CONFIG={pkg_config} --define-variable=prefix={header.parent.parent}", env=env)
        run(str(work / "static_memory"), env=env)
        check_heap(nm, work / "static_memory")


if __name__ == "__main__":
    main(*sys.argv[1:])
