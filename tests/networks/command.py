"""The built command: task and rule files written into a folder, run, and what it recorded read back."""
import re
import json
import os
import pathlib
import subprocess
import tomllib

import numpy as np

CARVE = os.environ["CARVE"]


def run(folder, *arguments, expect=0):
    """The standard output of the command, which must end with the code `expect`."""
    done = subprocess.run([CARVE, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == expect, "carve %s: exit code %d\n%s%s" % (
        " ".join(map(str, arguments)), done.returncode, done.stdout, done.stderr)
    return done.stdout


def said(folder, code, *arguments):
    """The standard error of the command, which must end with that code."""
    done = subprocess.run([CARVE, *map(str, arguments)], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == code, "exit code %d\n%s" % (done.returncode, done.stderr)
    return done.stderr


def rule_text(theta):
    """A rule file of coefficients by rule and term: products of x, y and w have powers, others a name."""
    lines = ["format = 1", 'source = "test"']
    for rule, terms in theta.items():
        lines += ["[rule.%s]" % rule, "terms = ["]
        for text, value in terms.items():
            powers = {"x": 0, "y": 0, "w": 0}
            for word in text.split():
                base, _, power = word.partition("^")
                powers[base] = powers.get(base, 0) + int(power or 1)
            if set(powers) - {"1"} == {"x", "y", "w"} and not text.startswith("tau_"):
                lines.append("{ x = %d, y = %d, w = %d, theta = %r }," % (
                    powers["x"], powers["y"], powers["w"], float(value)))
            else:
                of_spikes = re.fullmatch("(tau_(pre|post)2?|(alpha|kappa|beta|gamma)(_[ro])?(_w2?)?)", text)
                lines.append("{ %s = \"%s\", theta = %r }," % ("name" if of_spikes else "term", text, float(value)))
        lines.append("]")
    return "\n".join(lines) + "\n"


def write(folder, task, theta=None, name="task"):
    pathlib.Path(folder, name + ".toml").write_text(task)
    if theta is not None:
        pathlib.Path(folder, name + ".rule.toml").write_text(rule_text(theta))
    return tomllib.loads(task)


def simulate(folder, task, theta, replicas=2, name="task", options=()):
    """The task as a dict, and what was recorded of each of its trials, by name."""
    read = write(folder, task, theta, name)
    run(folder, "simulate", name + ".toml", "--rule", name + ".rule.toml", "--out", name + ".npz",
        "--replicas", replicas, "--force", "-q", *options)
    with np.load(pathlib.Path(folder, name + ".npz")) as arrays:
        return read, {key: arrays[key] for key in arrays}


def json_of(folder, *arguments, expect=0):
    return json.loads(run(folder, *arguments, "--json", expect=expect))
