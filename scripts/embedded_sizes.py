#!/usr/bin/env python3
"""What a program for a microcontroller takes: embedded_sizes.py MAP FOLDER...

MAP is the linker's, of functions in sections of their own; the folders hold what g++ -fcallgraph-info=su has written of all
objects. Prints bytes of flash and of static memory, the largest stack frame of a function that is linked and that function, and a
cycle of calls, or "none". What a library that was compiled elsewhere takes (libc, libgcc) is in flash, but its frames are unknown.
"""
import pathlib
import re
import subprocess
import sys


def output_sections(text):
    """Of the map: name -> (address, bytes)."""
    sections = {}
    for name, address, size in re.findall(r"^(\.[\w.]+)\s+0x([0-9a-f]+)\s+0x([0-9a-f]+)", text, re.MULTILINE):
        sections.setdefault(name, (int(address, 16), int(size, 16)))
    return sections


def linked_functions(text):
    linked = text[text.index("Linker script and memory map"):]
    return {name for name, size in re.findall(r"^ \.text\.(?:startup\.|unlikely\.)?(\S+)\s+0x[0-9a-f]+\s+0x([0-9a-f]+)", linked, re.MULTILINE) if int(size, 16)}


def read_graph(folders, linked):
    """Frames of linked functions, and who calls whom, both by symbol."""
    frames, calls = {}, {}
    for folder in folders:
        for path in pathlib.Path(folder).rglob("*.ci"):
            text = path.read_text()
            for title, frame in re.findall(r'^node: \{ title: "([^"]*)" label: "[^"]*\\n(\d+) bytes', text, re.MULTILINE):
                symbol = title.rsplit(":", 1)[-1]
                if symbol in linked:
                    frames[symbol] = max(int(frame), frames.get(symbol, 0))
            for source, target in re.findall(r'^edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"', text, re.MULTILINE):
                calls.setdefault(source.rsplit(":", 1)[-1], set()).add(target.rsplit(":", 1)[-1])
    return frames, calls


def find_cycle(frames, calls):
    """Functions that call one another in a circle, or an empty list."""
    done = set()
    for start in frames:
        path, waiting = [], [(start, 0)]
        while waiting:
            function, depth = waiting.pop()
            del path[depth:]
            if function in path:
                return path[path.index(function):]
            if function in done or function not in frames:
                continue
            path.append(function)
            waiting.append((None, depth + 1))  # when all that it calls is done
            waiting.extend((called, depth + 1) for called in calls.get(function, ()))
            while waiting and waiting[-1][0] is None:
                depth = waiting.pop()[1] - 1
                done.add(path[depth])
    return []


def demangle(symbol):
    name = subprocess.run(["arm-none-eabi-c++filt", symbol], capture_output=True, text=True, check=False).stdout.strip() or symbol
    name = re.sub(r"carve::|\(anonymous namespace\)::|<.*>|\(.*\)|\[.*\]|\bconst\b", "", name)
    return name.split()[-1] if name.split() else symbol


def main():
    text = pathlib.Path(sys.argv[1]).read_text()
    sections = output_sections(text)
    frames, calls = read_graph(sys.argv[2:], linked_functions(text))
    if not frames:
        sys.exit(f"no function of {sys.argv[1]} is in the call graphs of {' '.join(sys.argv[2:])}")
    size = lambda *names: sum(sections.get(name, (0, 0))[1] for name in names)
    largest = max(frames, key=frames.get)
    cycle = find_cycle(frames, calls)
    print(size(".text", ".ARM.exidx", ".data"), size(".data", ".bss"), frames[largest], demangle(largest),
          " ".join(map(demangle, cycle)) if cycle else "none")


main()
