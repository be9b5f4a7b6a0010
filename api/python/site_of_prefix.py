"""Prints where this Python looks for packages below a prefix; nothing if it looks nowhere there.

usage: site_of_prefix.py PREFIX
"""
import pathlib
import site
import sys

prefix = pathlib.Path(sys.argv[1])
for folder in map(pathlib.Path, [*site.getsitepackages(), site.getusersitepackages()]):
    if folder.parent.parent.parent == prefix: # /usr/lib/python3/dist-packages is of /usr
        print(folder)
        break
