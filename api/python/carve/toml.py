"""Values as TOML, for settings of the command and rule files."""
import json
import os
from typing import Any, Mapping

import numpy as np


def quoted(text: Any) -> str:
    """A basic string. JSON's differ in one character only: it leaves DEL as it is."""
    return json.dumps(os.fspath(text), ensure_ascii=False).replace("\x7f", "\\u007f")


def value_of(value: Any) -> str:
    """A table, a list, a number or a text."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{quoted(str(key))} = {value_of(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, (list, tuple)) or isinstance(value, np.ndarray) and value.ndim:
        return "[" + ", ".join(map(value_of, value)) + "]"
    if isinstance(value, np.ndarray):
        return value_of(value.item())
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return repr(float(value))
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"a value of a task is a number, a text, a list or a dict, not {value!r}")
    return quoted(value)
