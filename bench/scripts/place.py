#!/usr/bin/env python3
"""COMMAND | bench/scripts/place.py NAME FILE.md puts what COMMAND prints into FILE.md, in place of what is there
between the lines <!-- begin NAME --> and <!-- end NAME -->."""
import pathlib
import sys

name, document = sys.argv[1], pathlib.Path(sys.argv[2])
begin, end = f"<!-- begin {name} -->\n", f"<!-- end {name} -->\n"
old = document.read_text()
if begin not in old or end not in old:
    sys.exit(f"{document} has no lines {begin.strip()} and {end.strip()}")
text = sys.stdin.read().strip("\n")
if not text:
    sys.exit(f"there is nothing to put into {document}")
document.write_text(old.split(begin)[0] + begin + "\n" + text + "\n\n" + end + old.split(end)[1])
