"""The Python binding: struct layouts against the C compiler's, arrays and calls against NumPy.

CARVE_LIBRARY is the library under test, CARVE_LAYOUT the program that prints the C layouts. Without
NumPy (SciPy for the example) the tests are skipped, by name."""
import importlib.util
import os
import pathlib
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2] / "api" / "python"
sys.path.insert(0, str(ROOT))

try:
    import numpy as np
except ImportError:
    np = None
try:
    import scipy.optimize
except ImportError:
    scipy = None
if np:
    import carve
    from carve import library

OJA = {(1, 1, 0): 1.0, (0, 2, 1): -1.0}


def oja_model(n_lanes, gradient=carve.GRADIENT_FORWARD, **fields):
    return carve.Model([carve.Input(3), carve.Rate(1)],
                       [carve.Projection(pre=0, post=1, rule=0, eta=0.05, w_sd=0.1)],
                       [carve.Rule(OJA)], n_lanes=n_lanes,
                       gradient=gradient, **fields)


def oja_sim(n_lanes, **fields):
    sim = carve.Sim(oja_model(n_lanes, **fields))
    sim.view(carve.VIEW_THETA)[:] = [OJA[term] for term in sorted(OJA)]
    sim.reset(seed=1)
    return sim


def oja_weights(w, x, eta=0.05):
    """The same in NumPy, one sample a step: w [pre][lane], x [step][unit][lane]."""
    for xt in x:
        y = (w * xt).sum(axis=0)
        w = w + eta * (xt * y - y * y * w)
    return w


@unittest.skipIf(np is None, "NumPy is not installed")
class Layout(unittest.TestCase):
    def test_structs_are_laid_out_as_the_c_compiler_does(self):
        text = subprocess.run([os.environ["CARVE_LAYOUT"]], check=True, capture_output=True,
                              text=True).stdout
        expected = {}
        for line in text.splitlines():
            name, offset, size = line.split()
            expected[name] = (int(offset), int(size))
        actual = {}
        for struct in (library.Model, library.Population, library.Projection, library.Rule,
                       library.View, library.SimInfo, library.Loss, library.Spike,
                       library.SpikeList, library.Recorder):
            words = {"SimInfo": "sim_info", "SpikeList": "spike_list"}.get(struct.__name__, struct.__name__.lower())
            actual["carve_" + words] = (0, library.ctypes.sizeof(struct))
            for name, _ in struct._fields_:
                field = getattr(struct, name)
                actual[f"carve_{words}.{name}"] = (field.offset, field.size)
        self.assertEqual(actual, expected)

    def test_constants_are_those_of_the_header(self):
        header = (ROOT.parent / "carve.h").read_text()
        for name in dir(carve.constants):
            if name.isupper() and name not in ("TERMS_27", "TERMS_PAIR", "STATIC"):
                self.assertRegex(header, rf"\bCARVE_{name}\s*=\s*{getattr(carve, name)}\b")


@unittest.skipIf(np is None, "NumPy is not installed")
class Descriptions(unittest.TestCase):
    def test_an_invalid_model_is_refused_in_the_librarys_words(self):
        model = oja_model(1, bound=-1.0)
        with self.assertRaises(carve.CarveError) as caught:
            carve.Sim(model)
        self.assertEqual(caught.exception.status, 3)
        self.assertEqual(str(caught.exception), carve.explain(model))
        self.assertIn("bound", str(caught.exception))

    def test_an_unknown_field_is_a_type_error_that_names_it(self):
        with self.assertRaisesRegex(TypeError, "n_unit"):
            carve.Population(n_unit=3)

    def test_a_term_of_order_four_is_refused(self):
        with self.assertRaisesRegex(ValueError, r"\(4, 0, 0\)"):
            carve.Rule([(4, 0, 0)])

    def test_terms_come_back_in_the_order_of_the_coefficients(self):
        self.assertEqual(carve.Rule(OJA).term_list(), sorted(OJA))


@unittest.skipIf(np is None, "NumPy is not installed")
class Sims(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)

    def test_weights_follow_the_same_rule_written_in_numpy(self):
        for n_lanes in (1, 4, 11): # part of a block, a whole one, several
            with self.subTest(n_lanes=n_lanes):
                sim = oja_sim(n_lanes)
                x = self.rng.normal(size=(50, 1, 3, n_lanes))
                before = sim.get(carve.VIEW_WEIGHTS)[0]
                sim.step([x])
                after = sim.get(carve.VIEW_WEIGHTS)[0]
                self.assertEqual(after.shape, (3, n_lanes))
                np.testing.assert_allclose(after, oja_weights(before, x[:, 0]), rtol=1e-12)

    def test_a_view_is_the_sims_own_memory(self):
        sim = oja_sim(3)
        view = sim.view(carve.VIEW_WEIGHTS)
        self.assertEqual(view.shape, (1, 1, 3, 3)) # without the padding lane
        self.assertTrue(np.shares_memory(view, sim._memory))
        view[...] = 0.25
        np.testing.assert_array_equal(sim.get(carve.VIEW_WEIGHTS), 0.25)

    def test_a_view_keeps_the_memory_alive(self):
        view = oja_sim(4).view(carve.VIEW_WEIGHTS)
        view += 1 # faults if the block was released
        self.assertTrue(np.isfinite(view).all())

    def test_put_and_get_are_inverse_for_several_blocks(self):
        sim = oja_sim(11)
        values = self.rng.normal(size=(1, 3, 11))
        sim.put(carve.VIEW_WEIGHTS, 0, values)
        np.testing.assert_array_equal(sim.get(carve.VIEW_WEIGHTS), values)

    def test_packed_inputs_are_not_copied_and_give_the_same(self):
        x = self.rng.normal(size=(20, 1, 3, 11))
        one, other = oja_sim(11), oja_sim(11)
        packed = one.pack_inputs(x)
        array, steps = one._input("x", one.model.populations[0], packed)
        self.assertTrue(np.shares_memory(array, packed))
        self.assertEqual(steps, 20)
        one.step([packed])
        other.step([x])
        np.testing.assert_array_equal(one.get(carve.VIEW_WEIGHTS), other.get(carve.VIEW_WEIGHTS))

    def test_inputs_of_another_shape_are_refused_before_the_library_reads_them(self):
        sim = oja_sim(11)
        for shape in ((20, 1, 2, 11), (20, 1, 3, 10), (20, 2, 3, 11), (20, 3, 11), (3,), ()):
            with self.subTest(shape=shape), self.assertRaisesRegex(ValueError, "inputs"):
                sim.step([np.zeros(shape)])
        with self.assertRaisesRegex(ValueError, "0 inputs"):
            sim.step()
        with self.assertRaisesRegex(ValueError, "for 20 steps, not 21"):
            sim.step([np.zeros((20, 1, 3, 11))], 21)

    def test_a_copy_goes_on_as_the_original_does(self):
        x = self.rng.normal(size=(40, 1, 3, 4))
        sim = oja_sim(4)
        sim.step([x[:20]])
        copy = sim.copy()
        sim.step([x[20:]])
        copy.step([x[20:]])
        np.testing.assert_array_equal(copy.get(carve.VIEW_WEIGHTS), sim.get(carve.VIEW_WEIGHTS))
        self.assertEqual(copy.info().steps, 40)

    def test_lanes_with_one_stream_start_alike(self):
        sim = oja_sim(4)
        sim.reset(seed=3, streams=[7, 7, 8, 9])
        w = sim.get(carve.VIEW_WEIGHTS)
        np.testing.assert_array_equal(w[..., 0], w[..., 1])
        self.assertTrue((w[..., 1] != w[..., 2]).all())

    def test_divergence_is_an_exception_and_spares_the_other_lanes(self):
        sim = oja_sim(4, bound=100.0)
        x = self.rng.normal(size=(5, 1, 3, 4))
        x[2, ..., 1] = np.inf
        with self.assertRaises(carve.Diverged):
            sim.step([x])
        np.testing.assert_array_equal(sim.get(carve.VIEW_FROZEN), [0, 3, 0, 0])
        np.testing.assert_array_equal(np.isnan(sim.get(carve.VIEW_WEIGHTS)[0, 0]),
                                      [False, True, False, False])

    def test_loss_gradient_residuals_and_chain_agree_with_numpy(self):
        sim = oja_sim(6)
        sim.step([self.rng.normal(size=(30, 1, 3, 6))])
        target = self.rng.normal(size=(1, 3, 6))
        w = sim.get(carve.VIEW_WEIGHTS)
        sens = sim.get(carve.VIEW_SENSITIVITIES) # [post][pre][coefficient][lane]
        sign = np.where((w * target).sum(axis=1) >= 0, 1, -1)
        residual = w - sign * target
        dloss = 2 * residual
        gradient = (dloss[:, :, None] * sens).sum(axis=(0, 1))
        value, actual = sim.loss(target, carve.LOSS_DISTANCE_SQUARED)
        np.testing.assert_allclose(value, (residual ** 2).sum(axis=(0, 1)), rtol=1e-12)
        np.testing.assert_allclose(actual, gradient, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(sim.chain(0, dloss), gradient, rtol=1e-10, atol=1e-14)
        r, jacobian = sim.residuals(target)
        np.testing.assert_allclose(r, residual[0], rtol=1e-12)
        np.testing.assert_allclose(jacobian, sens[0], rtol=1e-12, atol=1e-15)

    def test_afferents_for_lanes_have_the_arrays_of_replicas(self):
        x = 0.2 * self.rng.normal(size=(30, 1, 37, 2))
        arrays = []
        for lanes in (carve.LANES_REPLICAS, carve.LANES_AFFERENTS):
            model = carve.Model([carve.Input(37), carve.Rate(2)],
                                [carve.Projection(rule=0, w_sd=0.1)], [carve.Rule()], n_lanes=2,
                                lanes=lanes, gradient=carve.GRADIENT_FORWARD)
            sim = carve.Sim(model)
            sim.put(carve.VIEW_THETA, 0, 0.01)
            sim.step([x])
            self.assertEqual(sim.info().lanes, lanes)
            arrays.append([sim.get(which) for which in (carve.VIEW_WEIGHTS,
                                                        carve.VIEW_SENSITIVITIES)]
                          + [sim.get(carve.VIEW_RATES, 1)])
        for replicas, afferents in zip(*arrays):
            self.assertEqual(afferents.shape, replicas.shape)
            np.testing.assert_allclose(afferents, replicas, rtol=1e-9, atol=1e-14)
        # Of the last sim, whose lanes are afferents: what is put is what there is.
        values = self.rng.normal(size=sim.get(carve.VIEW_SENSITIVITIES).shape)
        sim.put(carve.VIEW_SENSITIVITIES, 0, values)
        np.testing.assert_array_equal(sim.get(carve.VIEW_SENSITIVITIES), values)
        self.assertEqual(np.count_nonzero(sim.view(carve.VIEW_SENSITIVITIES)), values.size)

    def test_decorrelation_takes_the_inputs_second_moments(self):
        model = carve.Model([carve.Input(3), carve.Rate(2)],
                            [carve.Projection(pre=0, post=1, w_sd=0.5),
                             carve.Projection(pre=1, post=1, w_sd=0.5,
                                              connectivity=carve.LOWER)], [], n_lanes=4)
        sim = carve.Sim(model)
        sim.reset(seed=3)
        x = self.rng.normal(size=(10, 3))
        c = x.T @ x / 10
        value, _ = sim.loss(c, carve.LOSS_DECORRELATION)
        w, m = sim.get(carve.VIEW_WEIGHTS, 0), sim.get(carve.VIEW_WEIGHTS, 1)
        second = w[1] + m[1, 0] * w[0] # [pre][lane]
        covariance = np.einsum("jl,jk,kl->l", w[0], c, second)
        np.testing.assert_allclose(value, covariance ** 2, rtol=1e-12)
        np.testing.assert_allclose(sim.residuals(c, carve.LOSS_DECORRELATION)[0][0], covariance,
                                   rtol=1e-12)

    def test_an_adjoint_finds_the_gradient_of_the_sensitivities(self):
        inputs = [self.rng.normal(size=(30, 1, 3, 6))]
        target = self.rng.normal(size=(1, 3, 6))
        forward = oja_sim(6)
        forward.step(inputs)
        adjoint = oja_sim(6, gradient=carve.GRADIENT_ADJOINT, max_steps=40)
        adjoint.step(inputs)
        value, slopes = adjoint.loss_slopes(target)
        expected, gradient = forward.loss(target)
        np.testing.assert_array_equal(value, expected)
        np.testing.assert_allclose(adjoint.adjoint(inputs, {0: slopes}), gradient, rtol=1e-10,
                                   atol=1e-13)
        with self.assertRaisesRegex(ValueError, "29 steps, not 30"):
            adjoint.adjoint([inputs[0][:29]], {0: slopes})

    def test_a_target_of_another_shape_is_refused(self):
        with self.assertRaisesRegex(ValueError, "target"):
            oja_sim(4).loss(np.zeros(3))

    def test_random_numbers_continue_where_the_last_call_ended(self):
        whole = carve.random_normal(1, 2, 0, 10)
        np.testing.assert_array_equal(carve.random_normal(1, 2, 5, 5), whole[5:])
        uniform = carve.random_uniform(1, 2, 0, 1000)
        self.assertTrue(((uniform > 0) & (uniform < 1)).all())


@unittest.skipIf(np is None, "NumPy is not installed")
class Spikes(unittest.TestCase):
    def setUp(self):
        self.model = carve.Model(
            [carve.Poisson(3, source=carve.SPIKES_STREAMED), carve.Lif(1, scored=1, t_ref=0)],
            [carve.Projection(pre=0, post=1, rule=0, eta=1.0, gain=100.0)],
            [carve.SpikeRule(shared=0)], n_lanes=2)
        self.sim = carve.Sim(self.model)
        self.sim.put(carve.VIEW_WEIGHTS, 0, 10.0)
        self.theta = np.array([[np.log(0.02)] * 2, [np.log(0.02)] * 2, [-0.25, -0.5], [0, 0],
                               [0, 0], [0, 0]])
        self.sim.put(carve.VIEW_THETA, 0, self.theta)

    def test_streamed_spikes_act_and_change_the_weights(self):
        spikes = [(2, 0), (2, 2), (5, 1), (7, 0)]
        recorded, lost = self.sim.step_recording([spikes], 10)
        self.assertEqual(lost, 0)
        self.assertEqual(sorted(set(recorded["step"]))[0], 2)
        self.assertEqual(set(recorded["lane"]), {0, 1})
        w = self.sim.get(carve.VIEW_WEIGHTS)[0]
        np.testing.assert_allclose(w, [[9.5, 9.0], [9.75, 9.5], [9.75, 9.5]])
        counts = self.sim.get(carve.VIEW_SPIKE_COUNTS, 1)[0]
        np.testing.assert_array_equal(counts, [(recorded["lane"] == l).sum() for l in (0, 1)])
        self.assertTrue((self.sim.rate_loss(1)[0] > 0).all())

    def test_a_list_that_is_not_sorted_is_refused(self):
        with self.assertRaises(carve.CarveError):
            self.sim.step([[(5, 0), (2, 0)]], 10)

    def test_terms_come_back_in_the_order_of_the_coefficients(self):
        terms = ["tau_post", ("pre", 0, 0, 0), ("pre", 1, 0, 1), ("post", 0, 0, 2)]
        self.assertEqual(carve.SpikeRule(terms[::-1]).term_list(), terms)
        with self.assertRaisesRegex(ValueError, "tau_x"):
            carve.SpikeRule(["tau_x"])


@unittest.skipIf(np is None, "NumPy is not installed")
@unittest.skipIf(scipy is None, "SciPy is not installed")
class Example(unittest.TestCase):
    def setUp(self):
        path = ROOT / "examples" / "least_squares.py"
        spec = importlib.util.spec_from_file_location("least_squares", path)
        self.example = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.example)

    def test_least_squares_finds_ojas_rule(self):
        self.assertLess(self.example.angle_to_oja(self.example.search()), 2)

    def test_the_jacobian_is_that_of_the_residuals(self):
        rng = np.random.default_rng(2)
        objective = self.example.Objective(rng)
        objective.n_steps = 20
        theta = 0.1 * rng.normal(size=27)
        numeric = scipy.optimize.approx_fprime(theta, objective.residuals, 1e-7)
        np.testing.assert_allclose(objective.jacobian(theta), numeric, atol=1e-5)


if __name__ == "__main__":
    unittest.main()
