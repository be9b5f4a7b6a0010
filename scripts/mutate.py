#!/usr/bin/env python3
"""Plants errors in lib/ and cli/, one at a time, and says which ones no test notices.

    scripts/mutate.py [--area lib|cli] [--count N] [--seed S] [--minutes M] [--files PATTERN ...]
                      [--only ID ...] [--list]

Works in a copy under build/mutants. A mutant changes one operator, constant, bound or condition, or
leaves one statement out; it is killed if it does not compile, or if a test of its area fails or hangs.
The sample is drawn by the seed, so that a run can be repeated. What survives is printed with its ID;
tests/mutants.txt lists survivors that change nothing that was promised, each with its reason. The last
line is a row for scripts/verify.sh. Exit status 1 if there is a survivor without a reason.
"""
import argparse
import collections
import fnmatch
import hashlib
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutants"
REASONS = ROOT / "tests" / "mutants.txt"
KERNEL_SUITES = ["abi", "memory", "model errors", "kernels", "rule", "neurons", "sensitivities", "adjoint", "afferents",
                 "moments", "loss", "freezing", "leaps", "determinism", "closed forms", "random", "spiking", "replica values",
                 "steps", "third factor", "eligibility", "general rules", "rate memory", "trajectory"]
# Files, and the tests that answer for them. The first pattern that fits a file counts.
AREAS = {
    "lib": [("lib/*.cpp", KERNEL_SUITES), ("lib/*.hpp", KERNEL_SUITES)],
    "cli": [
        ("cli/base/text/figures.cpp", ["figures", "rules", "search: explore"]),
        ("cli/base/text/json.cpp", ["result", "report", "networks, runs", "show"]),
        ("cli/base/text/printable.cpp", ["printable", "bad tasks", "errors"]),
        ("cli/base/text/suggest.cpp", ["suggestions", "bad tasks"]),
        ("cli/base/text/utf8.cpp", ["utf8"]),
        ("cli/base/archive.hpp", ["checkpoint"]),
        ("cli/base/atomic_file.cpp", ["run directory", "faults"]),
        ("cli/base/exp_log.cpp", ["search: exp and log"]),
        ("cli/base/interrupt.cpp", ["signals", "interrupt"]),
        ("cli/base/toml.cpp", ["toml", "bad tasks", "rules"]),
        ("cli/compute/*.cpp", ["search: threads", "search: side by side", "roof", "terminal", "limits", "explore", "errors"]),
        ("cli/rule/*.cpp", ["rules", "bad tasks", "verbs", "spikes"]),
        ("cli/description/*.cpp", ["bad tasks", "task files", "task", "errors", "networks, trials", "networks, rates"]),
        ("cli/task/network/*.cpp", ["bad tasks", "networks, rules", "networks, phases", "networks, trials", "networks, measures", "networks"]),
        ("cli/task/*.cpp", ["task", "bad tasks", "tasks", "networks"]),
        ("cli/old_format/*.cpp", ["old tasks", "names"]),
        ("cli/data/draws.cpp", ["trials", "oracle, search"]),
        ("cli/data/components.cpp", ["trials", "preprocess"]),
        ("cli/data/preprocess.cpp", ["preprocess"]),
        ("cli/data/csv*.cpp", ["csv", "arrays"]),
        ("cli/data/data.cpp", ["tables", "csv"]),
        ("cli/data/npy.cpp", ["npy", "arrays"]),
        ("cli/data/npz.cpp", ["npz"]),
        ("cli/data/arrays/patterns.cpp", ["patterns"]),
        ("cli/data/arrays/[!p]*.cpp", ["arrays"]),
        ("cli/data/tables/*.cpp", ["trials", "split", "networks, trials", "networks, measures", "networks, recorded_spikes", "networks"]),
        ("cli/data/trials/*.cpp", ["trials", "networks, trials", "networks", "oracle, search"]),
        ("cli/network/kernel/*.cpp", ["networks, rates", "networks, rules", "networks, spikes", "networks, gradients", "networks, measures", "errors"]),
        ("cli/network/measures/*.cpp", ["networks, measures", "networks, spikes", "networks, gradients", "search: cell"]),
        ("cli/network/simulation/*.cpp", ["simulation", "networks, phases", "networks, rates", "networks, trials", "networks, spikes", "networks, measures", "networks, runs", "search: evaluation"]),
        ("cli/network/populations/*.cpp", ["networks, rates", "networks, spikes", "networks, measures", "search: cell"]),
        ("cli/network/connections/*.cpp", ["networks, rates", "networks, measures", "networks, spikes", "bad tasks"]),
        ("cli/network/*.cpp", ["lane bytes", "search: memory need", "simulation", "limits"]),
        ("cli/search/optimizers/cmaes*.cpp", ["search: cmaes", "search: cmaes stop", "search: cmaes medians", "search: forged"]),
        ("cli/search/optimizers/interval.cpp", ["search: cmaes"]),
        ("cli/search/optimizers/cma_search.cpp", ["search: optimizers", "search: search", "search: resume"]),
        ("cli/search/optimizers/adam.cpp", ["search: optimizers", "oracle, search"]),
        ("cli/search/optimizers/gauss_newton.cpp", ["search: optimizers", "oracle, search"]),
        ("cli/search/evaluation/evaluate.cpp", ["search: evaluation", "search: cell", "oracle, search", "oracle, eval"]),
        ("cli/search/evaluation/*.cpp", ["search: further trials", "search: cell", "oracle, eval", "networks, runs"]),
        ("cli/search/identifiability.cpp", ["search: search", "search: explore", "oracle, search"]),
        ("cli/search/snapshot.cpp", ["search: forged", "checkpoint", "search: resume"]),
        ("cli/search/*.cpp", ["search: search", "search: resume", "oracle, search"]),
        ("cli/analysis/*.cpp", ["search: explore", "search: cost", "search: memory need", "explore", "train", "tasks", "networks, gradients"]),
        ("cli/run/checkpoint.cpp", ["checkpoint", "search: resume"]),
        ("cli/run/*.cpp", ["run directory", "result", "show", "seeds", "networks, runs", "verbs"]),
        ("cli/report/exports/*.cpp", ["exports"]),
        ("cli/report/text/*.cpp", ["progress", "curve", "show", "verbs", "terminal", "run directory", "train"]),
        ("cli/report/*.cpp", ["report", "progress", "report pages", "report figures", "explore", "show", "verbs", "terminal"]),
        ("cli/verbs/eval.cpp", ["oracle, eval", "verbs"]),
        ("cli/verbs/runs/*.cpp", ["show", "exports", "seeds", "report figures", "terminal"]),
        ("cli/verbs/*.cpp", ["errors", "begin", "verbs", "explore", "networks, runs", "places"]),
    ],
}
OPERATORS = [
    (r"(?<![<>=!-])<(?![<=])(?= )", "<="), (r"(?<![<>=-])>(?![>=])(?= )", ">="), (r"<=", "<"), (r">=", ">"),
    (r"==", "!="), (r"!=", "=="), (r"&&", "||"), (r"\|\|", "&&"),
    (r"(?<=[\w)\]]) \+ (?=[\w(])", " - "), (r"(?<=[\w)\]]) - (?=[\w(])", " + "),
    (r"(?<=[\w)\]]) \* (?=[\w(])", " / "), (r"(?<=[\w)\]]) / (?=[\w(])", " * "),
    (r"\+=", "-="), (r"-=", "+="), (r"\*=", "/="),
    (r"\bstd::min\b", "std::max"), (r"\bstd::max\b", "std::min"), (r"\bfalse\b", "true"), (r"\btrue\b", "false"),
    (r"(?<![\w.\"'])0(?![\w.xX])", "1"), (r"(?<![\w.\"'])1(?![\w.])", "2"),
    (r"(?<![\w.\"'])([2-9]|[1-9]\d+)(?![\w.xX])", lambda m: str(int(m.group()) + 1)),
    (r"(?<![\w.\"'])\d+\.\d+(?![\w.])", lambda m: repr(2 * float(m.group()))),
    (r"\bif \((.*)\)(?=( \{)?$)", r"if (!(\1))"), (r"\bcontinue;", "break;"),
]
SKIPPED_LINE = re.compile(r"^\s*(//|#|\*|template|using|namespace|static_assert|typedef|case |default:|enum|friend)|"
                          r"throw|assert|fmt::format|\"|#include|operator|noexcept;|->")
STATEMENT = re.compile(r"^\s+[\w.\[\]>()-]+(\(.*\)| = .*| [+*-]= .*);$")


def mutants_of(path, suites):
    """[(id, path, line number, new line, suites)] of one file."""
    found, seen = [], collections.Counter()
    for number, line in enumerate((ROOT / path).read_text().splitlines()):
        code = line.split("//")[0]
        if SKIPPED_LINE.search(line) or "template" in code or not code.strip():
            continue
        changed = []
        for pattern, replacement in OPERATORS:
            for match in re.finditer(pattern, code):
                with_it = replacement(match) if callable(replacement) else match.expand(replacement)
                changed.append(code[:match.start()] + with_it + code[match.end():])
        if STATEMENT.match(code) and "return" not in code:
            changed.append("")
        for new in changed:
            key = f"{path}|{line.strip()}|{new.strip()}"
            seen[key] += 1
            name = hashlib.sha256(f"{key}|{seen[key]}".encode()).hexdigest()[:8]
            found.append((name, path, number, new, suites))
    return found


def all_mutants(area):
    found = []
    for name, patterns in AREAS.items():
        if area not in (None, name):
            continue
        seen = set()
        for pattern, suites in patterns:
            for path in sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / name).rglob("*")):
                if fnmatch.fnmatch(path, pattern) and path not in seen:
                    seen.add(path)
                    found += mutants_of(path, suites)
    return found


def sample(mutants, count, seed):
    """The same share of every file, at least one."""
    rng, by_file, chosen = random.Random(seed), {}, []
    for mutant in mutants:
        by_file.setdefault(mutant[1], []).append(mutant)
    for some in by_file.values():
        wanted = max(1, round(count * len(some) / len(mutants)))
        chosen += rng.sample(some, min(wanted, len(some)))
    rng.shuffle(chosen)
    return chosen


def run(command, **options):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", **options)


def prepare(area):
    """A copy of what git knows, built once. Only the plain kernels: they compile the fastest."""
    tree = WORK / "tree"
    files = run(["git", "ls-files"], cwd=ROOT).stdout.split()
    for path in files:
        source, copy = ROOT / path, tree / path
        if source.is_file() and (not copy.exists() or copy.read_bytes() != source.read_bytes()):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, copy)
    build = WORK / f"build-{area}"
    options = ["-Disa=scalar", "-Dbench=disabled", "-Dmpi=disabled", "-Dtests=enabled",
               "-Dcli=" + ("enabled" if area == "cli" else "disabled")]
    programs = "cli/carve tests/cli/cli_tests tests/data/test_data tests/search/search_tests" if area == "cli" else ""
    environment = {**os.environ, "TARGETS": programs}
    done = run([str(tree / "scripts" / "build.sh"), str(build), *options], cwd=tree, env=environment)
    if done.returncode:
        sys.exit(done.stdout[-4000:])
    known = {test["name"]: test for test in json.loads(
        run(["meson", "introspect", "--tests", str(build)]).stdout)}
    return tree, build, known


def programs_of(build, tests):
    """The programs that tests are made of, and the command, as ninja names them."""
    words = [word for test in tests for word in test["cmd"]]
    paths = {os.path.relpath(word, build) for word in words if word.startswith(f"{build}/") and os.access(word, os.X_OK)}
    command = {"cli/carve"} if (build / "cli" / "carve").exists() else set()
    return sorted({path for path in paths if (build / path).is_file()} | command)


def is_killed(build, known, suites):
    """What noticed: "compiler", a test's name, or None."""
    missing = [suite for suite in suites if suite.replace(":", "_") not in known]
    if missing:
        sys.exit(f"mutate.py: there is no test '{missing[0]}'")
    tests = {suite: known[suite.replace(":", "_")] for suite in suites}
    if run(["ninja", "-C", str(build), *programs_of(build, tests.values())]).returncode:
        return "compiler"
    for suite, test in tests.items():
        try:
            environment = {**os.environ, **test["env"], "UBSAN_OPTIONS": "halt_on_error=1"}
            if run(test["cmd"], env=environment, cwd=test["workdir"] or build, timeout=240).returncode not in (0, 77):
                return suite
        except subprocess.TimeoutExpired:
            return suite + " (hangs)"
    return None


def reasons():
    """{ID: reason} of tests/mutants.txt."""
    lines = REASONS.read_text().splitlines() if REASONS.exists() else []
    return dict(line.split(None, 1) for line in lines if line.strip() and not line.startswith("#"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--area", choices=sorted(AREAS))
    parser.add_argument("--count", type=int, default=160)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=float("inf"))
    parser.add_argument("--files", nargs="+", metavar="PATTERN", help="of these files only, such as 'cli/data/csv*'")
    parser.add_argument("--only", nargs="+", metavar="ID")
    parser.add_argument("--list", action="store_true")
    arguments = parser.parse_args()
    mutants = [m for m in all_mutants(arguments.area)
               if not arguments.files or any(fnmatch.fnmatch(m[1], p) for p in arguments.files)]
    chosen = sample(mutants, arguments.count, arguments.seed)
    if arguments.only:
        chosen = [m for m in mutants if m[0] in arguments.only]
    if arguments.list:
        for name, path, number, new, _ in chosen:
            print(f"{name} {path}:{number + 1}: {new.strip() or '(left out)'}")
        return 0
    built, killed, excused, survived, end = {}, 0, 0, [], time.monotonic() + 60 * arguments.minutes
    for name, path, number, new, suites in chosen:
        if time.monotonic() > end:
            break
        area = path.split("/")[0]
        if area not in built:
            built[area] = prepare(area)
        tree, build, known = built[area]
        lines = (ROOT / path).read_text().splitlines(keepends=True)
        lines[number] = new + "\n"
        (tree / path).write_text("".join(lines))
        by = is_killed(build, known, suites)
        shutil.copy(ROOT / path, tree / path)
        killed += by is not None
        if by is None and name in reasons():
            excused += 1
        elif by is None:
            survived.append(name)
        print(f"{name} {path}:{number + 1}: {new.strip() or '(left out)'}: "
              + (f"killed by {by}" if by else "survived" + (", with a reason" if name in reasons() else "")), flush=True)
    print(f"{killed + excused + len(survived)} mutants, {killed} killed, {excused} survived with a reason, "
          f"{len(survived)} without: {' '.join(survived)}")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
