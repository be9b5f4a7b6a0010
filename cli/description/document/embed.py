#!/usr/bin/env python3
"""Writes a C++ file with the texts of task files: embed.py OUTPUT FILE..."""
import os
import sys

output, *files = sys.argv[1:]
entries = []
for path in sorted(files, key=os.path.basename):
    name = os.path.splitext(os.path.basename(path))[0]
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if ')TASK"' in text:
        sys.exit(f"{path}: its text ends a raw string")
    entries.append(f'    {{"{name}", R"TASK({text})TASK"}},\n')
with open(output, "w", encoding="utf-8") as out:
    out.write('#include "shipped.hpp"\n\nnamespace carve::cli::task {\n\n'
              "const std::vector<ShippedTask>& shipped_tasks() {\n"
              "    static const std::vector<ShippedTask> all = {\n" + "".join(entries) +
              "    };\n    return all;\n}\n\n} // namespace carve::cli::task\n")
