"""The Python binding of this source tree, for its tests; without NumPy all names but ROOT are None."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2] / "api" / "python"
sys.path.insert(0, str(ROOT))

try:
    import numpy as np
    import carve
    from carve import library
except ImportError as error:
    if error.name != "numpy":
        raise
    np = carve = library = None
