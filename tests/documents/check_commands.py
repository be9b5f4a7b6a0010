"""Every command and every part of a task that documents show: verbs, options, keys, tasks and rules exist, and so
do the files and sections that they link to.

    check_commands.py ROOT [DOCUMENT...]     default: README.md, CONTRIBUTING.md and docs/

Commands are those in fences, in indented blocks and in `code` that begins with carve; what they would do is not
tried (run_blocks.py does that for the documents that it is given). CARVE is the command.
"""
import functools
import glob
import json
import os
import re
import shlex
import subprocess
import sys
import tomllib

import blocks

PLACEHOLDER = re.compile(r"\[?[A-Z]+\]?|\.\.\.")  # TASK, [NAME]: words that stand for others


@functools.lru_cache(maxsize=None)
def carve(*words):
    done = subprocess.run([os.environ["CARVE"], *words], capture_output=True, text=True, timeout=60)
    return done.stdout if done.returncode == 0 else None


@functools.lru_cache(maxsize=None)
def options():
    """From each verb to its options, as the shell completes them."""
    found = {}
    for verb, words in re.findall(r"^ +([a-z]+)\) words='([^']*)'", carve("completion", "bash"), re.M):
        found.setdefault(verb, set()).update(words.split())
    return found


@functools.lru_cache(maxsize=None)
def schema():
    return json.loads(carve("schema"))


def step_into(node, key):
    """The schema of a key; None if there is no such key; {} if any is allowed."""
    named = node.get("properties", {})
    if key in named:
        return named[key]
    return node["additionalProperties"] or None if "additionalProperties" in node else None if named else {}


def unknown_keys(table, node, path=""):
    for key, value in table.items():
        inner = step_into(node, key)
        if inner is None:
            yield path + key
        elif isinstance(value, dict) and ("properties" in inner or "additionalProperties" in inner):
            yield from unknown_keys(value, inner, f"{path}{key}.")


def faults_of_task(text):
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        return [f"not TOML: {error}"]
    return [f"no key {path}" for path in unknown_keys(table, schema())]


def known_path(path):
    node = schema()
    for key in path.split("."):
        node = step_into(node, key)
        if not node:
            return node is not None
    return True


def word_faults(verb, words, root):
    """Of the arguments of one command."""
    known = options()[verb]
    setting = False
    for word in words:
        if word.startswith("-"):
            setting = word == "--set"
            if re.match("-[-a-z]", word) and word.split("=")[0] not in known:
                yield f"carve {verb} has no option {word}"
        elif setting:
            path = word.split("=")[0]
            if "=" not in word or not (PLACEHOLDER.fullmatch(path) or known_path(path)):
                yield f"--set {word}: no such key"
        elif re.match(r"(tasks|data|api)/", word) and not os.path.exists(os.path.join(root, word)):
            yield f"{word} is not there"
        elif verb in ("help", "tasks", "rules") and not PLACEHOLDER.fullmatch(word) and carve(verb, word) is None:
            yield f"carve {verb} {word}: no such thing"


def faults_of_command(text, root):
    """Of every carve in a line of shell."""
    try:
        parts = shlex.shlex(text, posix=True, punctuation_chars=";|&<>")
        parts.whitespace_split = True
        words = list(parts)
    except ValueError as error:
        yield str(error)
        return
    ends = {"|", ">", ">>", "<", "&&", "||", ";", "&"}
    at = 0
    while at < len(words):
        if words[at].rsplit("/", 1)[-1] != "carve" or at + 1 == len(words):
            at += 1
            continue
        end = next((k for k in range(at, len(words)) if words[k] in ends), len(words))
        verb, rest = words[at + 1], words[at + 2:end]
        if verb in options() or verb == "help":
            yield from word_faults(verb, rest, root)
        elif not PLACEHOLDER.fullmatch(verb) and verb not in ("--version", "--help"):
            yield f"carve has no verb {verb}"
        at = end


def commands(text, name):
    """(line number, line of shell)"""
    for block in blocks.fenced(text, name):
        if block.language == "sh":
            yield from ((block.line + k, line) for k, line in enumerate(block.lines, 1))
        elif block.language == "console":
            yield from ((number, command) for number, command, _ in blocks.shown(block))
    for number, line in blocks.indented(text):
        line = line.removeprefix("$ ")
        if re.match(r"(\S+=\S+ |mpirun .*|srun .*)*(\S*/)?carve ", line):
            yield number, line
    for found in re.finditer(r"`(carve [^`]*)`", text):
        yield text.count("\n", 0, found.start()) + 1, found.group(1).replace("\n", " ")


def tasks(text, name):
    """(line number, text of TOML)"""
    for block in blocks.fenced(text, name):
        if block.language == "toml":
            yield block.line, "\n".join(block.lines)
    numbered = blocks.indented(text)
    parts, lines = [], text.splitlines()
    for number, line in numbered:
        if parts and not any(between.strip() for between in lines[parts[-1][1]:number - 1]):
            parts[-1][2].extend([""] * (number - 1 - parts[-1][1]) + [line])
            parts[-1][1] = number
        else:
            parts.append([number, number, [line]])
    for first, _, part in parts:
        if re.match(r"\[[a-z.A-Z]+\]$|format = 2$", part[0]):
            yield first, "\n".join(part)


@functools.lru_cache(maxsize=None)
def anchors(path):
    """Of the headings of a document, as web pages make them."""
    with open(path, encoding="utf-8") as file:
        heads = re.findall("^#+ (.*)", file.read(), re.M)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def dead_links(text, path):
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        file, _, anchor = link.partition("#")
        target = os.path.join(os.path.dirname(path), file) if file else path
        if not re.match("https?:", link) and not (os.path.exists(target) and (not anchor or anchor in anchors(target))):
            yield link


def faults_of(path, root):
    name = os.path.relpath(path, root)
    text = open(path, encoding="utf-8").read()
    count = 0
    for number, command in commands(text, name):
        count += 1
        for fault in faults_of_command(command, root):
            yield f"{name}:{number}: {command}: {fault}"
    for number, task in tasks(text, name):
        if "format = 1" in task:  # a rule
            continue
        count += 1
        for fault in faults_of_task(task):
            yield f"{name}:{number}: {fault}"
    yield from (f"{name}: {link} leads nowhere" for link in dead_links(text, path))
    print(f"{name}: {count}")


def main(root, *documents):
    if not documents:
        documents = [os.path.join(root, name) for name in ("README.md", "CONTRIBUTING.md")]
        documents += sorted(glob.glob(os.path.join(root, "docs", "*.md")))
    faults = [fault for path in documents for fault in faults_of(path, root)]
    print(*faults, sep="\n")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
