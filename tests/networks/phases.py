"""The phases of a trial, run on a network of rates.py in the order that docs/task.md gives them."""
import copy

import numpy as np


class Run:
    """A repetition of a phase as it was: its weights before the first step and after the last, its rates."""

    def __init__(self, phase):
        self.phase, self.rates, self.steps = phase, {}, []
        self.first = self.last = None


class Trial:
    """A trial with phases, step by step as it is recorded: `weights` before each step, and after the last."""

    def __init__(self, network):
        self.network = network
        self.rates = {name: [] for name in network.populations}
        self.weights = {name: [] for name in network.weights}
        self.numbers, self.runs = [], []  # of the run of each step; all runs

    def advance(self, steps, plastic=True, run=None):
        run = run or Run("")
        self.runs.append(run)
        run.first = dict(self.network.weights)
        for _ in range(steps):
            self.numbers.append(len(self.runs) - 1)
            for name, w in self.network.weights.items():
                self.weights[name].append(w)
            for name, values in self.network.advance(plastic).items():
                self.rates[name].append(values)
                run.rates.setdefault(name, []).append(values)
            run.steps.append(self.network.step - 1)
        run.last = dict(self.network.weights)

    def finish(self):
        for name, w in self.network.weights.items():
            self.weights[name].append(w)


def hold(network, path, value):
    """A setting of a phase that starts: values hold, weights are written or scaled."""
    table, name, key = path.split(".")
    if (table, key) != ("projection", "weights"):
        network.settings[path] = value
    elif isinstance(value, dict) and "scale" in value:
        w = network.weights[name].copy()
        rows, columns = (slice(*group_of(network, value.get(end))) for end in ("to", "from"))
        w[rows, columns] *= value["scale"]
        network.weights[name] = w
    else:
        network.weights[name] = np.full_like(network.weights[name], value)


def group_of(network, group):
    """First and end of the units of "h.first"; of all without a group."""
    if group is None:
        return 0, None
    population, _, name = group.partition(".")
    return network.populations[population]["groups"][name]


def repetition(trial, phase, number):
    network = trial.network
    if phase.get("reset") == "activity":  # what rules remember of it, too
        network.reset_activity()
        network.reset_rules()
    if phase.get("reset") == "weights":
        network.weights = {name: w.copy() for name, w in network.first_weights.items()}
    network.settings = {}
    for path, value in phase.get("set", {}).items():
        hold(network, path, value)
    duration = phase["duration"]
    run = Run(phase["name"])
    trial.advance(int(duration[number] if isinstance(duration, list) else duration), phase.get("plastic", True), run)


def state_of(trial):
    return copy.deepcopy(trial.network.__dict__)


def restore(trial, state):
    trial.network = copy.copy(trial.network)
    trial.network.__dict__ = copy.deepcopy(state)
    for uses in trial.network.uses.values():
        for use in uses:
            use.network = trial.network


def run_trial(network):
    """A whole trial of the network's task."""
    trial = Trial(network)
    if "phase" not in network.task:
        trial.advance(int(network.task["simulation"]["duration"]))
        trial.finish()
        return trial
    phases = [dict(p, name=name) for name, p in network.task["phase"].items()]
    ends = {}
    for phase in phases:
        if "after_each" in phase:
            continue
        if "after" in phase:
            restore(trial, ends[phase["after"]])
        for number in range(phase.get("repeat", 1)):
            repetition(trial, phase, number)
            branches(trial, phase, phases)
        ends[phase["name"]] = state_of(trial)
    trial.finish()
    return trial


def branches(trial, phase, phases):
    """The phases that start from each end of a repetition, and leave no trace."""
    end = state_of(trial)
    for other in phases:
        if other.get("after_each") == phase["name"]:
            for number in range(other.get("repeat", 1)):
                repetition(trial, other, number)
            restore(trial, end)
