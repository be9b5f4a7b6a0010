"""What a search has found: the run directory (docs/files.md), as arrays and rules."""
import json
import os
import pathlib
import tempfile
import tomllib
from typing import Any, Callable, Dict, List, Optional, Tuple, Union

import numpy as np

from .command import output_of
from .network import PlasticityRule
from .network.rule_files import rules_of
from .network.rule_text import unknown
from .sim.arrays import Array

Path = Union[str, "os.PathLike[str]"]


class Run:
    """A run directory.

    Parameters
    ----------
    path : path

    Attributes
    ----------
    finished : bool
        Whether there is a result; else `carve.resume` continues the search.
    result : dict or None
        result.json.
    task : dict
        task.toml, table in table: the task with all defaults.
    log : list of dict
        log.jsonl, an entry for each iteration.
    """

    def __init__(self, path: Path):
        self.path = pathlib.Path(path)
        result = self.path / "result.json"
        self.finished = result.exists()
        self.result: Optional[Dict[str, Any]] = json.loads(result.read_text(encoding="utf-8")) if self.finished else None
        self.task: Dict[str, Any] = tomllib.loads((self.path / "task.toml").read_text(encoding="utf-8"))
        self.log = self._log()
        self._simulated: Dict[Tuple[int, Optional[int]], Dict[str, Array]] = {}

    def _log(self) -> List[Dict[str, Any]]:
        path = self.path / "log.jsonl"
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        return [json.loads(line) for line in text.split("\n")[:-1]]  # the last line may be incomplete

    # ---- What was found

    @property
    def coefficients(self) -> Dict[str, float]:
        """By name, "x y", with several rules "lateral: x y": those that were found, or of an unfinished search those of its
        last iteration. Those of time constants are natural logarithms."""
        if self.result is None:
            return dict(self.log[-1]["theta"]) if self.log else {}
        rules = self.result["rules"]
        return {(f"{rule['projection']}: " if len(rules) > 1 else "") + term["name"]: term["theta"]
                for rule in rules for term in rule["terms"]}

    @property
    def rules(self) -> Dict[str, PlasticityRule]:
        """By name, with what the task says of them: each can be the rule of `Network.project`. What a factor is of, a
        population or a column of data, is there by its name: the network needs a population of that name."""
        if not self.finished:
            raise ValueError(f"{self.path} is not finished and has no rule yet: carve.resume continues the search")
        return rules_of(self.path)

    @property
    def losses(self) -> Array:
        """[iteration], on the search's trials; NaN where there was none."""
        return np.array([np.nan if entry["loss"] is None else entry["loss"] for entry in self.log])

    @property
    def course(self) -> Dict[str, Array]:
        """[iteration], the course of each coefficient of the search, by name."""
        names = list(self.log[0]["theta"]) if self.log else []
        return {name: np.array([entry["theta"].get(name, 0.0) for entry in self.log], float) for name in names}

    # ---- What the network became

    def simulate(self, every: int = 1, replicas: Optional[int] = None) -> Dict[str, Array]:
        """Simulates the rule in held-out trials by the command, and remembers what it recorded.

        Parameters
        ----------
        every : int
            Every so many steps are recorded, and the last one.
        replicas : int, optional
            How many trials; by default as many as the search has.

        Returns
        -------
        dict of ndarray
            "step" [time]; "projection.NAME" [trial][time][post][pre], weights before the step; "population.NAME"
            [trial][time - 1][unit]; and the others of docs/files.md, Recorded arrays.
        """
        key = every, replicas
        if key not in self._simulated:
            with tempfile.TemporaryDirectory() as folder:
                file = os.path.join(folder, "simulated.npz")
                count = [] if replicas is None else ["--replicas", replicas]
                output_of(["simulate", self.path / "task.toml", "--rule", self.path, "--out", file, "--every", every, *count])
                with np.load(file) as arrays:
                    self._simulated[key] = dict(arrays)
        return self._simulated[key]

    def weights(self, projection: Optional[str] = None, every: int = 1) -> Array:
        """Weights over time in held-out trials, [trial][time][post][pre].

        Parameters
        ----------
        projection : str, optional
            By default the one that has a rule.
        every : int
            Every so many steps; `simulate(every)["step"]` are the times.
        """
        return self.simulate(every)[f"projection.{self._projection(projection)}"]

    def _projection(self, name: Optional[str]) -> str:
        plastic = [key for key, table in self.task["projection"].items() if "rule" in table or key in self.task.get("rule", {})]
        if name is None and len(plastic) != 1:
            raise ValueError(f"projection is needed: {', '.join(plastic)} have rules")
        name = plastic[0] if name is None else name
        if name not in self.task["projection"]:
            raise ValueError(unknown("projection", name, self.task["projection"]))
        return name

    # ---- Figures

    def plot(self, what: str = "loss", ax: Any = None, *, projection: Optional[str] = None, trial: int = 0, every: int = 1) -> Any:
        """Draws by matplotlib.

        Parameters
        ----------
        what : {"loss", "coefficients", "weights"}
            The loss over the iterations of the search; the coefficients that were found; weights over the steps of a trial.
        ax : matplotlib axes, optional
            By default those of a new figure.
        projection : str, optional
        trial, every : int
            Of weights.

        Returns
        -------
        matplotlib axes
        """
        from . import figures
        drawn: Dict[str, Callable[[], Any]] = {
            "loss": lambda: figures.plot_losses(self, ax), "coefficients": lambda: figures.plot_coefficients(self, ax),
            "weights": lambda: figures.plot_weights(self, ax, self._projection(projection), trial, every)}
        if what not in drawn:
            raise ValueError(unknown("figure", what, drawn))
        return drawn[what]()

    def __repr__(self) -> str:
        if self.result is None:
            return f"<Run {self.path}: not finished, {len(self.log)} iterations>"
        equations = "; ".join(f"{rule['projection']}: {rule['equation']}" for rule in self.result["rules"])
        return f"<Run {self.path}: {equations}, held-out loss {self.result['loss']['held_out']:.4g}>"


def load_run(path: Path) -> Run:
    """Reads a run directory, of a search that is finished or not.

    Parameters
    ----------
    path : path

    Returns
    -------
    Run

    Raises
    ------
    ValueError
        If the directory holds no run, or several.
    """
    folder = pathlib.Path(path)
    for file, what in (("seeds.json", "several seeds: load_run(.../seed-N)"), ("restarts.jsonl", "an exploration: solutions.npz has its rules")):
        if (folder / file).exists():
            raise ValueError(f"{folder} holds {what}")
    if not (folder / "carve.json").exists() or not (folder / "task.toml").exists():
        raise ValueError(f"{folder} holds no run")
    return Run(folder)
