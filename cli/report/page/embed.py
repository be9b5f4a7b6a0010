#!/usr/bin/env python3
"""Writes a C++ file with the texts of the report's page: embed.py OUTPUT FILE..."""
import os
import sys

output, *files = sys.argv[1:]
entries = []
for path in sorted(files, key=os.path.basename):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    if ')PAGE"' in text:
        sys.exit(f"{path}: its text ends a raw string")
    # A compiler has to take literals of 65536 characters, and need not take longer ones.
    parts = [text[at:at + 16000] for at in range(0, len(text), 16000)]
    literals = ",\n        ".join(f'R"PAGE({part})PAGE"' for part in parts)
    entries.append(f'    {{"{os.path.basename(path)}",\n     {{{literals}}}}},\n')
with open(output, "w", encoding="utf-8") as out:
    out.write('#include "page_file.hpp"\n\n#include <map>\n#include <vector>\n\nnamespace carve::cli {\n\n'
              "std::string page_file(const std::string& name) {\n"
              "    static const std::map<std::string, std::vector<const char*>> all = {\n" + "".join(entries) +
              "    };\n    std::string text;\n    for (const char* part : all.at(name))\n        text += part;\n"
              "    return text;\n}\n\n} // namespace carve::cli\n")
