"""What users read of the Python package: signatures, docstrings, reprs, errors, types; and what they pickle.

CARVE_LIBRARY is the library under test, CARVE_CC a C compiler. Without NumPy the tests are skipped, without mypy those of types."""
import copy
import importlib.util
import inspect
import math
import os
import pathlib
import pickle
import pydoc
import re
import subprocess
import sys
import tempfile
import unittest

from binding import ROOT, carve, np

POPULATIONS = ["Input", "Gaussian", "Rate", "Poisson", "Lif", "Tif", "If", "Cvaif", "Eif"]
# The arguments that a class needs.
NEEDED = {**{name: (2,) for name in POPULATIONS}, "Plasticity": (3,), "Projection": (), "Rule": (), "Mlp": (), "SpikeRule": (),
          "Product": (), "SpikeMlp": (), "RateProbe": (1,), "TrajectoryProbe": (1, 2), "WeightsProbe": (1, 2)}


def rates():
    """With a part of every kind that a model of rates may have."""
    graph = carve.Projection(pre=0, post=1, weights=carve.Uniform(0.1, 0.2), gain=1, plasticity=[
        carve.Plasticity(0, eta=0.05, modulator=2, baseline=carve.Baseline.WINDOW, window=3), carve.Plasticity(1, gate=3)])
    populations = [carve.Input(3, shared=1), carve.Rate(2, activation=carve.Activation.TANH),
                   carve.Input(1, shared=1), carve.Input(1, shared=1), carve.Input(2, shared=1), carve.Gaussian(2, random_id=7), carve.Rate(2, tau=3)]
    return carve.Model(populations, [graph, carve.Projection(rule=2, pre=5, post=6, eta=-0.1, w_min=-1, w_max=1)],
                       [carve.Rule([(1, 1, 0, 1), (0, 2, 1)]), carve.Rule([{"pre": 1, "post_mean": 1}], eligibility=1, shared=0),
                        carve.Mlp(["weight", "pre"], n_hidden=3, activation=carve.Activation.SIGMOID)],
                       [carve.TrajectoryProbe(1, 4, noise=0.5)], n_replicas=3, precision=carve.Precision.F32, bound=50)


def spikes():
    """The same of a spiking model."""
    receptors = [carve.Receptor(0.004), carve.Receptor(0.01, -0.08),
                 carve.Receptor(0.1, kind=carve.ReceptorKind.FILTERED, source=0, share=0.25)]
    populations = [carve.Poisson(6, source=carve.Source.STREAMED), carve.Cvaif(3, receptors, tau_m=0.01), carve.Poisson(2, rate=40.0)]
    projections = [carve.Projection(connections=carve.Csr([0, 2, 2, 5], [1, 5, 0, 2, 3]), weights=carve.Normal(1, 0.1), rule=0),
                   carve.Projection(pre=1, post=1, delay=2, connections=carve.InDegree(2), weights=carve.LogUniform(0.1, 1), rule=1),
                   carve.Projection(pre=2, rule=2, receptor=carve.DefaultReceptor.INHIBITORY)]
    rules = [carve.SpikeRule([("pre", 1, 0, 1), ("post", 1, 1, 0)], coincidence=carve.Coincidence.BLIND),
             carve.Product(["voltage", "inhibitory"], released=1), carve.SpikeMlp(["weight", "pre"], n_hidden=2, n_second=1)]
    return carve.Model(populations, projections, rules, [carve.RateProbe(1, target=5.0), carve.TransmittedProbe(2)], n_replicas=2, dt=2e-4)


def stepped(model):
    """The block of a sim after a few steps: it holds the model, and the checksum of it."""
    sim, rng = carve.Sim(model), np.random.default_rng(3)
    for rule, _ in enumerate(model.described[2]):
        theta = sim.get(carve.View.THETA, rule)
        sim.put(carve.View.THETA, rule, 0.1 * rng.normal(size=theta.shape))
    if model.described[0][0].kind == 0:
        sim.step([rng.normal(size=(6, 1, n)) for n in (3, 1, 1, 2)])
    else:
        sim.step([[(1, 0), (2, 5), (4, 1)]], 20)
    return sim


def other_than(value):
    """Another value of the same type."""
    if isinstance(value, carve.constants.IntEnum):
        return type(value)((value + 1) % len(type(value)))
    if value is None or isinstance(value, int):
        return 1 - value if value in (0, 1) else 3
    return value / 2 + 0.25 if math.isfinite(value) else math.copysign(3.0, value)


def parameters_in(text):
    """The names under "Parameters" of a NumPy docstring."""
    found = re.search(r"Parameters\n\s*-+\n(.*?)(?:\n\n|\Z)", inspect.cleandoc(text), re.DOTALL)
    lines = found[1].splitlines() if found else []
    return [name for line in lines if line and not line.startswith(" ") for name in re.split(r" :|, ", line)[0:]
            if re.fullmatch(r"\w+", name) and name in re.split(r" :", line)[0].split(", ")]


@unittest.skipIf(np is None, "NumPy is not installed")
class Descriptions(unittest.TestCase):
    def test_a_repr_is_the_call_that_makes_the_same_model(self):
        for model in rates(), spikes():
            again = eval(repr(model), {"carve": carve})
            self.assertEqual(stepped(again)._memory.tobytes(), stepped(model)._memory.tobytes())
            self.assertEqual(repr(again), repr(model))

    def test_a_pickled_and_a_copied_model_are_the_same(self):
        for model in rates(), spikes():
            expected = stepped(model)._memory.tobytes()
            for again in pickle.loads(pickle.dumps(model)), copy.deepcopy(model), copy.copy(model):
                self.assertIsNot(again, model)
                self.assertEqual(stepped(again)._memory.tobytes(), expected)
        *parts, fields = rates()._arguments()[0] + [rates()._arguments()[1]]
        self.assertNotEqual(stepped(carve.Model(*parts, **{**fields, "bound": 49}))._memory.tobytes(), stepped(rates())._memory.tobytes())

    def test_every_field_of_every_class_is_shown_pickled_and_has_the_default_of_its_signature(self):
        n_fields = 0
        for name, arguments in NEEDED.items():
            kind = getattr(carve, name)
            keywords = {parameter.name: parameter.default for parameter in inspect.signature(kind).parameters.values()
                        if parameter.kind == parameter.KEYWORD_ONLY and parameter.name != "rule"}
            plain = kind(*arguments)
            for field, default in keywords.items():
                with self.subTest(name=name, field=field):
                    value = other_than(default)
                    of_rule = name == "Projection" and field in inspect.signature(carve.Plasticity).parameters
                    described = kind(*arguments, **{"rule": 0} if of_rule else {}, **{field: value})
                    for again in pickle.loads(pickle.dumps(described)), eval(repr(described), {"carve": carve}):
                        self.assertEqual(getattr(again.uses[0] if of_rule else again, field), value)
                    self.assertIn(f"{field}={value!r}", repr(described))
                    self.assertNotIn(field + "=", repr(plain))
                    if not of_rule:
                        self.assertEqual(getattr(plain, field), 0xFFFFFFFF if default is None else default)
                    n_fields += 1
        self.assertGreater(n_fields, 100)

    def test_a_pickled_sim_continues_as_the_original_does(self):
        sim = stepped(spikes())
        again = pickle.loads(pickle.dumps(sim))
        for one in sim, again:
            one.step([[(1, 0), (2, 5), (4, 1), (22, 3)]], 20)
        self.assertEqual(again._memory.tobytes(), sim._memory.tobytes())

    def test_fields_that_a_class_does_not_have_are_refused_by_name(self):
        for wrong, kind, arguments in (("n_rules", carve.Model, ([], [])), ("trace_jump", carve.Rule, ()), ("tau_pre", carve.Mlp, ()),
                                       ("at_spikes", carve.Mlp, ()), ("likelihood", carve.WeightsProbe, (0, 1))):
            with self.subTest(wrong=wrong), self.assertRaisesRegex(TypeError, f"{kind.__name__} has no field '{wrong}'; it has"):
                kind(*arguments, **{wrong: 1})
        with self.assertRaisesRegex(TypeError, "connectivity beside connections"):
            carve.Projection(connectivity=carve.Connectivity.ALL, connections=carve.InDegree(3))
        with self.assertRaisesRegex(TypeError, "kinds are Input, Gaussian"):
            carve.Population(3)
        for kind in carve.Rule, carve.SpikeRule:
            with self.assertRaisesRegex(ValueError, "terms is empty"):
                kind([])

    def test_a_model_and_its_parts_cannot_be_changed_under_a_sim(self):
        unit, model = carve.Rate(1), rates()
        connections = carve.Csr([0, 1], [0])
        carve.Model([carve.Input(3), unit], [carve.Projection(pre=0, post=1, connections=connections)])
        for part, field in ((model, "n_replicas"), (unit, "n_units"), (unit, "tau"), (model.described[1][0], "post"), (connections, "n_synapses")):
            with self.subTest(field=field), self.assertRaisesRegex(AttributeError, f"{field} of a .* part of, a Model.*make another"):
                setattr(part, field, 2)
        with self.assertRaises((TypeError, AttributeError)):
            model.described[0].append(unit)

    def test_attributes_that_do_not_exist_cannot_be_set(self):
        for part in carve.Rate(1), carve.Plasticity(0), carve.Projection(), carve.Normal(), carve.Rule():
            with self.subTest(part=part), self.assertRaisesRegex(AttributeError, f"{type(part).__name__} has no field 'taau'"):
                part.taau = 5

    def test_what_is_no_part_of_a_model_is_named(self):
        for arguments, words in ((([3], []), r"populations\[0\] is 3, not a carve.Population"),
                                 (([carve.Rate(1)], [carve.Rate(1)]), r"projections\[0\] is carve.Rate\(1\), not a carve.Projection")):
            with self.subTest(words=words), self.assertRaisesRegex(TypeError, words):
                carve.Model(*arguments)

    def test_none_stands_for_no_population_and_for_the_index(self):
        use = carve.Plasticity(0, gate=2)
        use.gate = None
        self.assertEqual(repr(use), "carve.Plasticity(0)")
        self.assertEqual(carve.Gaussian(1, random_id=None).random_id, 0xFFFFFFFF)

    def test_a_repr_of_a_sim_says_what_it_is(self):
        self.assertRegex(repr(stepped(rates())), r"^<carve.Sim: 3 replicas \(0 frozen\) of 7 populations and 2 projections, 6 steps")
        info = stepped(rates()).info()
        self.assertEqual((info.precision, info.steps), (carve.Precision.F32, 6))
        self.assertIn("precision=carve.Precision.F32", repr(info))


@unittest.skipIf(np is None, "NumPy is not installed")
class Errors(unittest.TestCase):
    def test_a_fault_has_the_kernels_words_and_the_field(self):
        with self.assertRaises(carve.CarveError) as caught:
            carve.Sim(carve.Model([carve.Input(3), carve.Rate(2, tau=0.5)], [carve.Projection()]))
        for error in caught.exception, pickle.loads(pickle.dumps(caught.exception)):
            self.assertIs(error.status, carve.Status.RANGE)
            self.assertEqual((error.where, error.value), ("populations[1].rate.tau", 0.5))
            self.assertEqual(str(error), f"{error.where} is 0.5; it {error.expected}")

    def test_diverged_has_the_lanes_and_their_steps(self):
        sim = carve.Sim(carve.Model([carve.Input(1), carve.Rate(1)], [carve.Projection(weights=carve.Normal(1))], n_replicas=3))
        x = np.ones((4, 1, 1, 3))
        x[2, ..., 1] = np.inf
        with self.assertRaises(carve.Diverged) as caught:
            sim.step([x])
        for error in caught.exception, pickle.loads(pickle.dumps(caught.exception)):
            self.assertEqual((error.lanes, error.steps), ([1], [2]))
            self.assertEqual(str(error), "lanes left the bound or the finite numbers and are frozen: 1 (step 2)")


    def test_a_library_that_lacks_a_function_is_named_with_its_version(self):
        with tempfile.TemporaryDirectory() as folder:
            source, library = pathlib.Path(folder) / "old.c", pathlib.Path(folder) / "libcarve.so.2"
            source.write_text('unsigned carve_abi_version(void) { return 2; } const char* carve_version(void) { return "0.0.9"; }')
            subprocess.run([*os.environ["CARVE_CC"].split(), "-shared", "-fPIC", "-o", library, source], check=True)
            done = subprocess.run([sys.executable, "-c", "import carve"], text=True, capture_output=True,
                                  env={**os.environ, "PYTHONPATH": str(ROOT), "CARVE_LIBRARY": str(library)})
        self.assertRegex(done.stderr, f"ImportError: {library} is of carve 0.0.9, which does not have carve_\\w+: .* CARVE_LIBRARY")


@unittest.skipIf(np is None, "NumPy is not installed")
class Help(unittest.TestCase):
    def test_the_package_exports_classes_and_functions(self):
        self.assertEqual(sorted(carve.__all__), carve.__all__)
        for name in carve.__all__:
            self.assertNotIsInstance(getattr(carve, name), int, name)
        text = pydoc.plain(pydoc.render_doc(carve))
        self.assertIn("class View(", text)
        self.assertIsNone(re.search(r"^    [A-Z_0-9]+ = \d+$", text.split("\nDATA\n")[-1], re.MULTILINE))

    def test_signatures_have_the_defaults_of_the_header(self):
        self.assertIn("tau_m: float = 0.02, v_rest: float = -0.06,", str(inspect.signature(carve.Lif)))
        self.assertIn("activation: carve.constants.Activation = carve.Activation.LINEAR", str(inspect.signature(carve.Rate)))
        self.assertIn("n_replicas: int = 1", str(inspect.signature(carve.Model)))

    def test_docstrings_name_the_parameters_of_the_signature(self):
        for name in carve.__all__:
            thing = getattr(carve, name)
            if isinstance(thing, list) or (inspect.isclass(thing) and issubclass(thing, int)):
                continue
            self.assertTrue(thing.__doc__, name)
            if inspect.isclass(thing) and (issubclass(thing, (Exception, tuple)) or name == "Population"):
                continue
            with self.subTest(name=name):
                self.assertEqual(set(parameters_in(thing.__doc__)), set(inspect.signature(thing).parameters))

    def test_methods_of_a_sim_name_their_parameters_and_what_they_return(self):
        for name, method in inspect.getmembers(carve.Sim, inspect.isfunction):
            if name.startswith("_"):
                continue
            signature = inspect.signature(method)
            with self.subTest(name=name):
                self.assertEqual(set(parameters_in(method.__doc__)), set(signature.parameters) - {"self"})
                returns = signature.return_annotation not in (None, "None", str)
                self.assertEqual("Returns\n" in method.__doc__, returns)


PROGRAM = """
import carve
model = carve.Model([carve.Input(3, shared=1), carve.Rate(1)], [carve.Projection(rule=0)], [carve.Rule([(1, 1, 0)])], n_replicas=4)
sim = carve.Sim(model)
sim.step([[[[0.0, 1.0, 2.0]]]])
loss, gradient = sim.loss([[1.0, 0.0, 0.0]], carve.Loss.DISTANCE)
lost: int = sim.step_recording([], 10)[1]
"""


@unittest.skipIf(np is None or importlib.util.find_spec("mypy") is None, "mypy is not installed")
class Types(unittest.TestCase):
    def test_the_package_and_a_program_that_uses_it_pass_mypy_and_a_mistake_does_not(self):
        with tempfile.TemporaryDirectory() as folder:
            def mypy(*paths):
                return subprocess.run([sys.executable, "-m", "mypy", "--strict", "--cache-dir", folder, *map(str, paths)], text=True,
                                      capture_output=True, env={**os.environ, "MYPYPATH": str(ROOT)})
            right, wrong = pathlib.Path(folder) / "right.py", pathlib.Path(folder) / "wrong.py"
            right.write_text(PROGRAM)
            wrong.write_text(PROGRAM + "sim.step(n_step=3)\ntext: str = sim.get(carve.View.WEIGHT)\n")
            done = mypy(ROOT / "carve", right)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            done = mypy(wrong)
            self.assertRegex(done.stdout, 'Unexpected keyword argument "n_step"')
            self.assertRegex(done.stdout, 'has no attribute "WEIGHT"')
            self.assertEqual(done.returncode, 1)


if __name__ == "__main__":
    unittest.main()
