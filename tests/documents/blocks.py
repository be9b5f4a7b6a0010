"""The blocks of code of a Markdown file, and how a shown output is compared with what a command prints.

A fence opens with its language and attributes:

    ```toml title="mine.toml"     a file of this name; the same for python, c, rust and csv
    ```sh                         commands, of which each must succeed
    ```console                    commands behind "$ ", each followed by what it prints
    ```toml                       a part of a task: its keys exist
    ```sh no-run                  commands that need more than the test has: their verbs and options exist
    ```console needs="brian2"     left out where Python has no such module; "mpi": or where mpirun, "c": a C compiler, "cargo": cargo is not there

`...` in a shown output stands for any text within its line, and as a line of its own for any number of lines.
A command whose shown output has a line with "error: " must fail, and its standard error is compared.
"""
import re
from dataclasses import dataclass

FILES = {"toml", "python", "c", "rust"}
COMMANDS = {"sh", "console"}


@dataclass
class Block:
    language: str
    title: str  # name of the file, or ""
    run: bool
    needs: str  # a module of Python, or ""
    lines: list
    line: int  # of the fence, from 1


class Fault(Exception):
    """What is wrong in a document, with its place."""


def fenced(text, name):
    """All fenced blocks, in order."""
    blocks, block = [], None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith("```"):
            if block:
                block.lines.append(line)
        elif block:
            blocks.append(block)
            block = None
        else:
            block = opened(line[3:], number, name)
    if block:
        raise Fault(f"{name}:{block.line}: the fence is not closed")
    return blocks


def opened(head, number, name):
    found = re.fullmatch(r'(\w+)(?: title="([\w.-]+)")?( no-run)?(?: needs="(\w+)")?', head)
    language = found.group(1) if found else ""
    if language not in FILES | COMMANDS:
        raise Fault(f"{name}:{number}: ```{head}: see tests/documents/blocks.py")
    title = found.group(2) or ""
    if (language in COMMANDS and title) or (language in ("python", "c", "rust") and not title):
        raise Fault(f"{name}:{number}: ```{head}: files have a title, commands none")
    return Block(language, title, not found.group(3), found.group(4) or "", [], number)


def indented(text):
    """Lines of blocks that are indented by four blanks, outside of fences, as (line number, text)."""
    inside, found = False, []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            inside = not inside
        elif not inside and line.startswith("    "):
            found.append((number, line[4:]))
    return found


def shown(block):
    """Of a console: (line number, command, lines of its output)."""
    steps = []
    for offset, line in enumerate(block.lines, 1):
        if line.startswith("$ "):
            steps.append((block.line + offset, line[2:], []))
        elif steps:
            steps[-1][2].append(line)
    return steps


def agrees(wanted, got):
    """Whether the lines `got` are what the lines `wanted` say, in which `...` stands for any text."""
    parts = []
    for line in wanted:
        if line.strip() == "...":
            parts.append("(?:[^\n]*\n)*?")
        else:
            parts.append("[^\n]*?".join(re.escape(part) for part in line.rstrip().split("...")) + " *\n")
    return re.fullmatch("".join(parts), "".join(line.rstrip() + "\n" for line in got)) is not None
