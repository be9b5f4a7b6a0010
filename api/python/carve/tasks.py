"""Tasks of the command, and their searches, run by the command itself."""
import ctypes
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from typing import Any, Callable, Dict, Iterator, List, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

import numpy as np

from .command import CommandError, find_command, message_of, output_of
from .runs import Run, load_run
from .toml import value_of

Path = Union[str, "os.PathLike[str]"]
_DONE = (0, 1, 5)  # exit codes of a search that has a result: docs/cli.md
_POLL = 0.05  # s, how often the log is looked at


class Progress(NamedTuple):
    """An iteration of a search, as log.jsonl has it (docs/files.md).

    Attributes
    ----------
    phase : str
        The part of the search: "stage 1", "refit".
    iteration, total : int
        Within this part, and how many there are at most.
    loss : float or None
        On the search's trials.
    diverged, evaluations : int
        Replicas that diverged in this iteration; replicas simulated so far.
    angle : float or None
        Degrees to the reference rule.
    coefficients : dict
        By name.
    """
    phase: str
    iteration: int
    total: int
    loss: Optional[float]
    diverged: int
    evaluations: int
    angle: Optional[float]
    coefficients: Dict[str, float]


class Task:
    """A task file that has been checked, with other values of some keys.

    Parameters
    ----------
    path : path
    settings : dict
        Values by the path of the key, ``{"search.l1": 0.01}``.

    Attributes
    ----------
    resolved : dict
        The task with all defaults, table in table.
    memory_bytes : int
        Of the simulations of a search.
    """

    def __init__(self, path: Path, settings: Optional[Mapping[str, Any]] = None):
        self.path, self.settings = pathlib.Path(path), dict(settings or {})
        checked = json.loads(output_of(["check", self.path, "--json", *set_options(self.settings)]))
        self.resolved: Dict[str, Any] = tomllib.loads(checked["resolved"])
        self.name: str = checked["task"]
        self.memory_bytes: int = checked["memory_bytes"]

    def __repr__(self) -> str:
        return f"<Task {self.name}: {self.path}>"


def load_task(path: Path, settings: Optional[Mapping[str, Any]] = None) -> Task:
    """Reads and checks a task file (docs/task.md).

    Parameters
    ----------
    path : path
    settings : dict, optional
        Other values of keys, ``{"search.l1": 0.01, "data.x.path": "rates.npy"}``.

    Returns
    -------
    Task

    Raises
    ------
    CommandError
        With every fault of the task, its line and column.
    """
    return Task(path, settings)


def train(task: Union[Task, Path], out: Path, *, data: Optional[Mapping[str, Any]] = None, settings: Optional[Mapping[str, Any]] = None,
          seed: Optional[int] = None, threads: Optional[int] = None, init: Optional[Path] = None, force: bool = False,
          progress: Optional[Callable[[Progress], Any]] = None) -> Run:
    """Searches for a rule that does a task, by the command, as `carve train` does.

    Ctrl-C, or an error in `progress`, ends the search as soon as it has saved a checkpoint; `resume` continues it, with the same result as
    if it had not been interrupted. On Linux a search ends likewise when Python is ended by a signal, or the thread that called `train` ends.

    Parameters
    ----------
    task : Task or path
    out : path
        The run directory.
    data : dict, optional
        In the place of what the task says of its data, by the name of `[data.NAME]`: arrays [sample][unit] or
        [trial][step][unit], or dicts of arrays by name. They are written beside the run directory, to OUT.NAME.npy or .npz, and
        must stay there as long as the run is resumed. If the search is refused they are removed, and those of an earlier run stay.
    settings : dict, optional
        Other values of keys, on top of those of the Task.
    seed, threads : int, optional
        In the place of run.seed and run.threads.
    init : path, optional
        The rule from which the search starts: a preset, a rule.toml, a run directory.
    force : bool
        Replaces an earlier run in `out`.
    progress : callable, optional
        Called with a Progress after each iteration.

    Returns
    -------
    Run

    Raises
    ------
    CommandError
        What the command refuses, in its words.
    KeyboardInterrupt
    """
    path, known = (task.path, task.settings) if isinstance(task, Task) else (task, {})
    log, saved = _Log(pathlib.Path(out), resumed=False), _SavedData(data or {}, pathlib.Path(out), force)
    arguments: List[Any] = ["train", path, "--out", out, *set_options({**known, **(settings or {}), **saved.settings})]
    for option, value in (("--seed", seed), ("--threads", threads), ("--init", init)):
        arguments += [] if value is None else [option, value]
    try:
        run = _searched(arguments + ["--force"] * force, pathlib.Path(out), progress, log)
    except BaseException:
        # A search that had begun reads its data again when it is resumed.
        if log.has_begun():
            saved.keep()
        else:
            saved.undo()
        raise
    saved.keep()
    return run


def resume(out: Path, *, threads: Optional[int] = None, progress: Optional[Callable[[Progress], Any]] = None) -> Run:
    """Continues a search that was interrupted.

    Parameters
    ----------
    out : path
        The run directory.
    threads : int, optional
    progress : callable, optional
        Called with a Progress after each iteration.

    Returns
    -------
    Run
    """
    arguments = ["resume", out] + ([] if threads is None else ["--threads", threads])
    return _searched(arguments, pathlib.Path(out), progress, _Log(pathlib.Path(out), resumed=True))


def set_options(settings: Mapping[str, Any]) -> List[str]:
    """Of the command."""
    return [word for key, value in settings.items() for word in ("--set", f"{key}={value_of(value)}")]


class _SavedData:
    """Arrays beside the run directory. They replace those of an earlier run when the search has begun, and are removed if it is refused."""

    def __init__(self, data: Mapping[str, Any], out: pathlib.Path, force: bool):
        self.settings: Dict[str, str] = {}
        self._before: Dict[pathlib.Path, pathlib.Path] = {}  # where an earlier file is kept until then
        self._files = {name: out.parent / f"{out.name}.{name}.{'npz' if isinstance(arrays, Mapping) else 'npy'}" for name, arrays in data.items()}
        for path in self._files.values():
            if path.exists() and not force:
                raise FileExistsError(f"{path} is there already: force=True replaces it, or choose another run directory")
        try:
            for name, path in self._files.items():
                self._write(path, name, data[name])
                self.settings[f"data.{name}.path"] = str(path)
        except BaseException:
            self.undo()
            raise

    def _write(self, path: pathlib.Path, name: str, arrays: Any) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            kept = path.with_name(path.name + ".before")
            os.replace(path, kept)
            self._before[path] = kept
        if isinstance(arrays, Mapping):
            np.savez(path, **{key: _array(f"data[{name!r}][{key!r}]", array) for key, array in arrays.items()})
        else:
            np.save(path, _array(f"data[{name!r}]", arrays))

    def keep(self) -> None:
        for kept in self._before.values():
            kept.unlink(missing_ok=True)
        self._before.clear()

    def undo(self) -> None:
        for path in self._files.values():
            path.unlink(missing_ok=True)
            if path in self._before:
                os.replace(self._before.pop(path), path)


def _array(name: str, values: Any) -> "np.ndarray[Any, Any]":
    if isinstance(values, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array, whose mask would have no effect: give an array, as values.filled(...)")
    return np.asarray(values)


class _Log:
    """Follows log.jsonl of a run that is being written."""

    def __init__(self, out: pathlib.Path, resumed: bool):
        self._path, self._first = out / "log.jsonl", out / "carve.json"
        self._before = None if resumed else self._stamp()
        self._at = self._path.stat().st_size if resumed and self._path.exists() else 0
        self._rest = b""

    def _stamp(self) -> Optional[Tuple[int, int]]:
        """Which run the directory holds: carve.json is the first of its files."""
        try:
            status = self._first.stat()
        except FileNotFoundError:
            return None
        return status.st_ino, status.st_mtime_ns

    def has_begun(self) -> bool:
        """Whether the directory holds another run than before."""
        return self._stamp() not in (self._before, None)

    def entries(self) -> Iterator[Progress]:
        """Those since the last call."""
        if self._before is not None and self._stamp() in (self._before, None):
            return
        try:
            with open(self._path, "rb") as file:
                if file.seek(0, os.SEEK_END) < self._at:  # cut to the checkpoint
                    self._at, self._rest = file.tell(), b""
                file.seek(self._at)
                text = file.read()
        except FileNotFoundError:
            return
        self._at += len(text)
        *lines, self._rest = (self._rest + text).split(b"\n")
        for line in lines:
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # the rest of one that began before
            yield Progress(entry["phase"], entry["iteration"], entry["total"], entry["loss"], entry["diverged"], entry["evaluations"],
                           entry["angle"], entry["theta"])


def _searched(arguments: Sequence[Any], out: pathlib.Path, progress: Optional[Callable[[Progress], Any]], log: _Log) -> Run:
    with tempfile.TemporaryFile() as errors:
        # A session of its own: Ctrl-C in a terminal reaches this process alone, which passes it on once.
        search = subprocess.Popen([find_command(), *map(str, arguments), "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=errors, start_new_session=True, preexec_fn=_ends_with_parent())
        try:
            running = True
            while running:
                running = search.poll() is None
                for entry in log.entries() if progress else ():
                    progress(entry)  # type: ignore[misc]
                if running:
                    time.sleep(_POLL)
        except BaseException:
            _end(search)
            raise
        errors.seek(0)
        said = errors.read().decode(errors="replace")
    if search.returncode in _DONE:
        return load_run(out)
    if search.returncode in (75, 130, 143):
        raise CommandError(search.returncode, f"the search was interrupted; carve.resume({str(out)!r}) continues it")
    raise CommandError(search.returncode, message_of(search.returncode, said))


def _ends_with_parent() -> Optional[Callable[[], Any]]:
    """On Linux the kernel ends a search, which saves a checkpoint, when the process that began it ends in whatever way."""
    if not sys.platform.startswith("linux"):
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def ask() -> None:
        prctl(1, signal.SIGTERM, 0, 0, 0)  # PR_SET_PDEATHSIG
        if os.getppid() != parent:  # it has ended in between
            os._exit(143)
    return ask


def _end(search: "subprocess.Popen[bytes]") -> None:
    """Lets the search save a checkpoint and waits for its end; a second Ctrl-C does not wait for the checkpoint."""
    if search.poll() is not None:
        return
    search.send_signal(signal.SIGINT)
    try:
        search.wait()
    except KeyboardInterrupt:
        search.send_signal(signal.SIGINT)
        search.wait()
