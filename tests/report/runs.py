"""The command, and runs of four tasks that all tests of a module look at. CARVE in the environment is the command."""
import json
import os
import subprocess
import tempfile
import unittest

import page

CARVE = os.path.abspath(os.environ["CARVE"])
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def carve(*arguments, code=0):
    done = subprocess.run([CARVE, *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == code, (arguments, done.returncode, done.stdout, done.stderr)
    return done


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def log_of(run):
    with open(run + "/log.jsonl", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


class Runs(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        os.chdir(cls.folder.name)
        tasks = SOURCE + "/tasks/"
        carve("train", tasks + "oja-identified.toml", "--out", "oja", "-q")
        carve("train", tasks + "pca.toml", "--out", "pca", "-q", "--set", "search.iterations=4", "simulation.duration=150",
              "search.eliminate=false", "search.refit=false", "trials.held_out=20", code=1)
        carve("train", tasks + "isp.toml", "--out", "isp", "-q", "--init", "vogels_istdp", "--set", "search.iterations=2", "simulation.duration=2",
              "search.population=4", "search.sigma=0.05", "trials.validation=3", "trials.held_out=6", "search.goal=1e-9", code=1)
        carve("train", tasks + "ei.toml", "--out", "ei", "-q", "--set", "search.iterations=1", "search.population=4",
              "phase.settle.duration=0.2", "phase.record.duration=0.3")

    @classmethod
    def tearDownClass(cls):
        os.chdir("/")
        cls.folder.cleanup()

    def page_of(self, run):
        root, self.text = page.read(run + "/report.html")
        return root
