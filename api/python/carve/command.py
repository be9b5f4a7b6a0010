"""The `carve` command, which searches, simulates tasks and knows the rules of the literature."""
import functools
import json
import os
import pathlib
import shutil
import subprocess
import sysconfig
from typing import Any, Dict, List, Sequence


class CommandError(Exception):
    """The command refused, or ended before it was done.

    Attributes
    ----------
    code : int
        Its exit code (docs/cli.md, Errors and exit codes).
    """

    def __init__(self, code: int, text: str):
        super().__init__(code, text)
        self.code = code

    def __str__(self) -> str:
        return str(self.args[1])


def find_command() -> str:
    """The path of the command: what $CARVE names, else beside this package or among the programs of this Python's environment, else
    in PATH.

    Raises
    ------
    FileNotFoundError
    """
    if os.environ.get("CARVE"):
        return os.environ["CARVE"]
    for folder in (pathlib.Path(__file__).resolve().parent, pathlib.Path(sysconfig.get_path("scripts"))):
        if os.access(folder / "carve", os.X_OK) and (folder / "carve").is_file():
            return str(folder / "carve")
    found = shutil.which("carve")
    if not found:
        raise FileNotFoundError("the command carve was not found: install it, or set CARVE to its path")
    return found


def message_of(code: int, errors: str) -> str:
    """What the command said, without its warnings."""
    lines = [line for line in errors.splitlines() if line.strip()]
    first = next((i for i, line in enumerate(lines) if "error: " in line), None)
    return "\n".join(lines[first:]) if first is not None else f"carve ended with exit code {code}\n{errors}".strip()


def output_of(arguments: Sequence[Any], accept: Sequence[int] = (0,)) -> str:
    """The standard output of `carve ARGUMENTS`. accept: exit codes that are no error."""
    done = subprocess.run([find_command(), *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    if done.returncode not in accept:
        raise CommandError(done.returncode, message_of(done.returncode, done.stderr))
    return done.stdout


@functools.lru_cache(maxsize=None)
def preset_list() -> List[Dict[str, Any]]:
    """What `carve rules --json` prints."""
    presets: List[Dict[str, Any]] = json.loads(output_of(["rules", "--json"]))
    return presets
