"""Writes a C program that prints "struct.field offset size" of every struct of the ABI and "CONSTANT value" of every
constant, for bindings to compare with: layout.py OUT.c"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))
from headers import Constant, Struct, all_of

lines = ["#include <carve.h>", "#include <stdio.h>", "int main(void) {"]
for struct in all_of(Struct):
    if struct.fields:
        lines.append(f'    printf("{struct.name} 0 %zu\\n", sizeof({struct.name}));')
    for field in struct.fields:
        lines.append(f'    printf("{struct.name}.{field.name} %zu %zu\\n", offsetof({struct.name}, {field.name}), '
                     f"sizeof((({struct.name}*)0)->{field.name}));")
for constant in all_of(Constant):
    lines.append(f'    printf("{constant.name} %lld\\n", (long long){constant.name});')
pathlib.Path(sys.argv[1]).write_text("\n".join([*lines, "    return 0;", "}", ""]), encoding="utf-8")
