"""What an installed Python package has to be and do, wherever it was installed."""
import json
import os
import pathlib
import subprocess
import tempfile

SOURCE = pathlib.Path(__file__).resolve().parents[2]
# Oja's rule by the package and by NumPy, and where the package and its library are.
PROGRAM = """
import json
import carve, numpy as np
from carve import library
model = carve.Model([carve.Input(3, shared=1), carve.Rate(1)], [carve.Projection(rule=0, eta=0.1)],
                    [carve.Rule([(1, 1, 0), (0, 2, 1)])])
sim = carve.Sim(model)
sim.put(carve.View.THETA, 0, [-1, 1])
sim.put(carve.View.WEIGHTS, 0, 0.2)
x, w = np.random.default_rng(1).normal(size=(20, 3)), np.full(3, 0.2)
sim.step([x[:, None]])
for xt in x:
    w = w + 0.1 * (xt * (w @ xt) - (w @ xt)**2 * w)
error = float(abs(sim.get(carve.View.WEIGHTS)[0, :, 0] - w).max())
print(json.dumps({"package": carve.__file__, "library": library.lib._name, "version": carve.__version__, "error": error}))
"""


def modules():
    """The paths of the package's files in the source tree, and of the library beside them."""
    package = SOURCE / "api" / "python" / "carve"
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.suffix in (".py", ".typed")}
    return files | {"libcarve.so.2"}


def run(*command, **options):
    print("$", *command, flush=True)
    return subprocess.run(list(map(str, command)), check=True, text=True, stdout=subprocess.PIPE, **options).stdout


def environment():
    """That of somebody who does not know of a source tree."""
    return {name: value for name, value in os.environ.items() if name not in ("CARVE_LIBRARY", "PYTHONPATH", "PYTHONHOME")}


def make_venv(folder, *options):
    run("/usr/bin/python3", "-m", "venv", "--system-site-packages", *options, folder)
    return folder / "bin" / "python"


def check_package(test, python, version):
    """Runs PROGRAM by this interpreter in an empty folder; returns the folder of the package."""
    with tempfile.TemporaryDirectory() as empty:
        said = json.loads(run(python, "-c", PROGRAM, cwd=empty, env=environment()))
    folder = pathlib.Path(said["package"]).parent
    test.assertEqual(pathlib.Path(said["library"]), folder / "libcarve.so.2")
    test.assertEqual(said["version"], version)
    test.assertLess(said["error"], 1e-14)
    return folder
