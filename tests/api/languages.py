"""Runs first_steps in every language: the same sentence and the same weights, bit for bit, as in the first one.

usage: languages.py NAME COMMAND... [-- NAME COMMAND...]...
A language whose command is not installed is skipped, by name."""
import shutil
import subprocess
import sys


def split(arguments):
    groups = [[]]
    for argument in arguments:
        if argument == "--":
            groups.append([])
        else:
            groups[-1].append(argument)
    return groups


def run(name, command):
    """What it says, and the weights that it has found."""
    done = subprocess.run(command, text=True, stdout=subprocess.PIPE)
    lines = done.stdout.splitlines()
    if done.returncode or len(lines) != 2:
        sys.exit(f"{name}: {' '.join(command)} ended with {done.returncode} and {len(lines)} lines, not 0 and 2")
    return lines[0], [float(number) for number in lines[1].split()]


def main(arguments):
    found = {}
    for name, *command in split(arguments):
        if not shutil.which(command[0]):
            print(f"skipped: first steps in {name} ({command[0]} is not installed)")
            continue
        found[name] = run(name, command)
        print(f"{name}: {found[name][0]}")
    first, *others = found
    if len(found[first][1]) != 8:
        sys.exit(f"{first} finds {len(found[first][1])} weights, not 8")
    different = [name for name in others if found[name] != found[first]]
    for name in different:
        print(f"{name} finds {found[name]},\nbut {first} {found[first]}")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
