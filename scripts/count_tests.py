"""Adds up what `meson test` ran in the given build directories; the last line says

    N passed, N failed[, N skipped]

doctest programs, unittest scripts and crates count with each of their cases, other programs as one test. A
program counts as failed, beyond its failed cases, when it ended otherwise than its cases say (a
crash, a timeout). Skipped tests are listed by name: meson's, unittest's, and every line
"skipped: NAME" that a test prints. Exits with 1 when a test failed or none ran.
"""
import collections
import json
import pathlib
import re
import sys

DOCTEST = re.compile(r"^\[doctest\] test cases: *(\d+) \| *(\d+) passed \| *(\d+) failed", re.M)
UNITTEST = re.compile(r"^Ran (\d+) tests? in [\d.]+s\n+(OK|FAILED)(?: \((.*)\))?", re.M)
UNITTEST_SKIPPED = re.compile(r"^(\w+) \([\w.]+\)(?:\n.*)? \.\.\. skipped (.*)$", re.M)
CRATES = re.compile(r"^test result: \w+\. (\d+) passed; (\d+) failed;", re.M)  # of each program of `cargo test`
SKIPPED_LINE = re.compile(r"\bskipped: (.+)$", re.M)

Count = collections.namedtuple("Count", "passed failed skipped")


def count_cases(output):
    """(passed, failed, names of skipped) that the program itself reports, None if it does not."""
    skipped = SKIPPED_LINE.findall(output)
    found = DOCTEST.search(output)
    if found:
        return int(found[2]), int(found[3]), skipped
    found = UNITTEST.search(output)
    if found:
        numbers = dict(re.findall(r"(\w[\w ]*)=(\d+)", found[3] or ""))
        failed = sum(int(numbers.get(key, 0))
                     for key in ("failures", "errors", "unexpected successes"))
        names = [f"{name} ({reason})" for name, reason in UNITTEST_SKIPPED.findall(output)]
        return int(found[1]) - failed - int(numbers.get("skipped", 0)), failed, skipped + names
    found = CRATES.findall(output)
    if found:
        return sum(int(passed) for passed, _ in found), sum(int(failed) for _, failed in found), skipped
    return None


def count_program(test):
    output = test.get("stdout", "") + "\n" + test.get("stderr", "")
    result = test["result"]
    if result == "SKIP":
        reason = SKIPPED_LINE.search(output)
        return Count(0, 0, [test["name"] + (f" ({reason[1]})" if reason else "")])
    good = result in ("OK", "EXPECTEDFAIL")
    cases = count_cases(output) if result != "EXPECTEDFAIL" else None
    if cases is None:
        return Count(int(good), int(not good), SKIPPED_LINE.findall(output))
    passed, failed, skipped = cases
    if not good and failed == 0:
        failed = 1
    return Count(passed, failed, skipped)


def count_build(build):
    log = pathlib.Path(build) / "meson-logs" / "testlog.json"
    total, failed_names, skipped = Count(0, 0, 0), [], {}
    if log.exists():
        for line in log.read_text(encoding="utf-8").splitlines():
            test = json.loads(line)
            count = count_program(test)
            total = Count(total.passed + count.passed, total.failed + count.failed, 0)
            failed_names += [test["name"]] if count.failed else []
            skipped.update(dict.fromkeys(count.skipped)) # each once
    if total.passed + total.failed == 0:
        total, failed_names = Count(0, 1, 0), ["no test ran"]
    print(f"\n{build}: {total.passed} passed, {total.failed} failed, {len(skipped)} skipped")
    for name in failed_names:
        print(f"  failed: {name} (see {log.with_name('testlog.txt')})")
    for name in skipped:
        print(f"  skipped: {name}")
    return Count(total.passed, total.failed, len(skipped))


def main(builds):
    counts = [count_build(build) for build in builds]
    passed, failed, skipped = (sum(column) for column in zip(*counts))
    print(f"\n{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
