"""Does what a document says, from its first block to its last, in an empty folder, and compares shown outputs.

    run_blocks.py DOCUMENT [LINK...]

LINK is a file or folder that the document takes for granted; the folder has a link of its name. CARVE is the
command, whose folder leads PATH. How a block is written: blocks.py.
"""
import importlib.util
import os
import subprocess
import sys
import tempfile
import time

import blocks


class Folder:
    def __init__(self, path, links):
        self.path = path
        self.faults = []
        commands = os.path.join(path, ".commands")
        os.mkdir(commands)
        os.symlink(os.environ["CARVE"], os.path.join(commands, "carve"))
        os.symlink(sys.executable, os.path.join(commands, "python3"))
        for link in links:
            os.symlink(os.path.abspath(link), os.path.join(path, os.path.basename(link)))
        self.environment = dict(os.environ, PATH=commands + os.pathsep + os.environ["PATH"], LC_ALL="C.UTF-8")
        # As root, without ssh, more ranks than processors, in a folder that no other mpirun removes at its end.
        self.environment.update(OMPI_ALLOW_RUN_AS_ROOT="1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM="1", OMPI_MCA_plm="isolated",
                                OMPI_MCA_btl_vader_single_copy_mechanism="none", OMPI_MCA_rmaps_base_oversubscribe="1",
                                OMPI_MCA_orte_tmpdir_base=commands)
        for name in ("CARVE_THREADS", "SLURM_CPUS_PER_TASK"):
            self.environment.pop(name, None)

    def command(self, text):
        return subprocess.run(["sh", "-c", text], cwd=self.path, env=self.environment, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, timeout=240)

    def has(self, what):
        if what == "mpi":
            return self.command("command -v mpirun && ! carve info | grep 'MPI not'").returncode == 0
        if what == "c":
            return self.command("command -v cc && pkg-config --exists carve").returncode == 0
        if what == "cargo":
            return self.command("command -v cargo && pkg-config --exists carve").returncode == 0
        return importlib.util.find_spec(what) is not None

    def fault(self, place, what, *texts):
        self.faults.append(place)
        print(f"{place}: {what}", *texts, sep="\n")

    def write(self, block):
        with open(os.path.join(self.path, block.title), "w") as file:
            file.write("\n".join(block.lines) + "\n")

    def run(self, block, name):
        if block.language == "console":
            steps = blocks.shown(block)
            if not steps:
                raise blocks.Fault(f"{name}:{block.line}: a console without a command")
            for number, command, wanted in steps:
                self.compare(f"{name}:{number}", command, wanted)
            return
        done = self.command("set -e\n" + "\n".join(block.lines))
        if done.returncode:
            self.fault(f"{name}:{block.line}", f"exit code {done.returncode}", done.stdout, done.stderr)

    def compare(self, place, command, wanted):
        done = self.command(command)
        fails = any("error: " in line for line in wanted)
        if fails != (done.returncode != 0):
            self.fault(place, f"{command}: exit code {done.returncode}", done.stdout, done.stderr)
            return
        got = (done.stderr if fails else done.stdout).splitlines()
        if not blocks.agrees(wanted, got):
            self.fault(place, f"{command}: prints", *("    " + line for line in got))


def main(document, *links):
    name = os.path.basename(document)
    found = blocks.fenced(open(document, encoding="utf-8").read(), name)
    if not any(block.run and block.language in blocks.COMMANDS for block in found):
        raise blocks.Fault(f"{name}: no commands")
    with tempfile.TemporaryDirectory() as path:
        folder = Folder(path, links)
        for block in found:
            began = time.monotonic()
            if block.title:
                folder.write(block)
            elif block.needs and not folder.has(block.needs):
                print(f"skipped: {name}:{block.line} (no {block.needs})")
            elif block.run and block.language in blocks.COMMANDS:
                folder.run(block, name)
            print(f"{name}:{block.line}: {block.language}, {time.monotonic() - began:.1f} s")
    return 1 if folder.faults else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except blocks.Fault as fault:
        sys.exit(str(fault))
