"""Figures of what networks did and searches found, by matplotlib, which the rest of the package does without."""
from typing import Any, Optional

import numpy as np


def axes(ax: Optional[Any], xlabel: str, ylabel: str) -> Any:
    """The axes that are given, or those of a new figure, with labels.

    Raises
    ------
    ImportError
        Without matplotlib.
    """
    if ax is None:
        try:
            from matplotlib import pyplot  # type: ignore[import]
        except ImportError:
            raise ImportError("figures need matplotlib, which is not installed (Debian: python3-matplotlib); the arrays are "
                              "there without it") from None
        ax = pyplot.subplots(figsize=(5.2, 3.2), layout="constrained")[1]
        for side in ("top", "right"):
            ax.spines[side].set_visible(False)
    ax.set_xlabel(xlabel)
    ax.set_ylabel(ylabel)
    return ax


def plot_curves(monitor: Any, ax: Optional[Any], replica: int) -> Any:
    """One curve for each element of an ArrayMonitor."""
    seconds = monitor.in_seconds
    values = monitor.values[replica]
    ax = axes(ax, "time (s)" if seconds else "step", f"{monitor.what} of {monitor.name}")
    ax.plot(monitor.times if seconds else monitor.steps, values.reshape(len(values), -1))
    return ax


def plot_raster(monitor: Any, ax: Optional[Any], replica: int) -> Any:
    """A dot for each spike of a SpikeMonitor."""
    chosen = monitor.replicas == replica
    ax = axes(ax, "time (s)", f"unit of {monitor.name}")
    ax.plot(monitor.times[chosen], monitor.units[chosen], linestyle="", marker=".", markersize=2)
    return ax


def plot_losses(run: Any, ax: Optional[Any]) -> Any:
    """The loss over the iterations of a search, without those that try to do without a term."""
    ax = axes(ax, "iteration", "loss")
    losses = np.where([entry["phase"] == "eliminate" for entry in run.log], np.nan, run.losses)
    ax.plot(np.arange(1, len(losses) + 1), losses)
    if np.nanmin(losses) > 0:
        ax.set_yscale("log")
    return ax


def plot_coefficients(run: Any, ax: Optional[Any]) -> Any:
    """Bars of the coefficients, the first one at the top."""
    names, values = list(run.coefficients), list(run.coefficients.values())
    ax = axes(ax, "coefficient", "")
    ax.barh(np.arange(len(names)), values)
    ax.set_yticks(np.arange(len(names)), names)
    ax.invert_yaxis()
    return ax


def plot_weights(run: Any, ax: Optional[Any], projection: str, trial: int, every: int) -> Any:
    """Weights of a projection over the steps of one held-out trial."""
    found = run.simulate(every=every)
    weights = found[f"projection.{projection}"][trial]
    ax = axes(ax, "step", f"weights of {projection}")
    ax.plot(found["step"], weights.reshape(len(weights), -1))
    return ax
