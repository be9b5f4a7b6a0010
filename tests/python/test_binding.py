"""The Python binding: struct layouts against the C compiler's, arrays and calls against NumPy.

CARVE_LIBRARY is the library under test, CARVE_LAYOUT the program that prints the C layouts. Without
NumPy (SciPy for the example) the tests are skipped, by name."""
import importlib.util
import os
import re
import subprocess
import unittest

from binding import ROOT, carve, library, np

try:
    import scipy.optimize
except ImportError:
    scipy = None

OJA = {(1, 1, 0): 1.0, (0, 2, 1): -1.0}


def oja_model(n_replicas, gradient=None, **fields):
    if gradient is None:
        gradient = carve.Gradient.FORWARD
    return carve.Model([carve.Input(3), carve.Rate(1)],
                       [carve.Projection(pre=0, post=1, rule=0, eta=0.05, weights=carve.Normal(0, 0.1))],
                       [carve.Rule(OJA)], n_replicas=n_replicas,
                       gradient=gradient, **fields)


def oja_sim(n_replicas, **fields):
    sim = carve.Sim(oja_model(n_replicas, **fields))
    sim.view(carve.View.THETA)[:] = [OJA[term] for term in sorted(OJA)]
    sim.reset(seed=1)
    return sim


def oja_weights(w, x, eta=0.05):
    """The same in NumPy, one sample a step: w [pre][lane], x [step][unit][lane]."""
    for xt in x:
        y = (w * xt).sum(axis=0)
        w = w + eta * (xt * y - y * y * w)
    return w


def c_says():
    """[name, number...]: offset and size of structs and their fields, values of constants."""
    text = subprocess.run([os.environ["CARVE_LAYOUT"]], check=True, capture_output=True, text=True).stdout
    for line in text.splitlines():
        name, *numbers = line.split()
        yield [name, *map(int, numbers)]


@unittest.skipIf(np is None, "NumPy is not installed")
class Layout(unittest.TestCase):
    def test_structs_are_laid_out_as_the_c_compiler_does(self):
        expected = {name: tuple(numbers) for name, *numbers in c_says() if len(numbers) == 2}
        actual = {}
        for struct in (library.Model, library.Population, library.Input, library.Gaussian,
                       library.Rate, library.Poisson, library.Receptor, library.Lif, library.Tif, library.If, library.Cvaif, library.Eif, library.Term,
                       library.Polynomial, library.Mlp, library.Product, library.Rule, library.Plasticity, library.InDegree, library.Csr, library.Distribution, library.Projection, library.Probe, library.RateProbe, library.TrajectoryProbe,
                       library.View, library.SimInfo, library.Loss, library.Spike,
                       library.Stream, library.Step, library.Fault, library.Recorder):
            words = library.name_in_c(struct)
            actual["carve_" + words] = (0, library.ctypes.sizeof(struct))
            for name, _ in struct._fields_:
                field = getattr(struct, name)
                actual[f"carve_{words}.{name}"] = (field.offset, field.size)
        self.assertEqual(actual, expected)

    # What stands before the names of an enum's members in the header, where it is not the enum's own name.
    PREFIXES = {"Status": "E_", "Precision": "", "ElementType": "", "DefaultReceptor": "", "Connectivity": "CONNECT_",
                "InitialWeights": "INITIAL_", "DistributionKind": "WEIGHTS_", "ProductFactor": "PRODUCT_",
                "NeuronState": "STATE_", "StreamLayout": "STREAM_"}
    # Versions, limits, and what has one value only.
    NOT_NUMBERS_OF_A_CHOICE = {"ABI", "ALIGNMENT", "ID_OF_INDEX", "MAX_RECEPTORS", "MAX_PLASTICITY", "NO_POPULATION", "OK",
                               "STEP_WHOLE"}

    def test_enums_have_the_numbers_of_the_header_and_all_of_them(self):
        expected = {name.removeprefix("CARVE_"): numbers[0] for name, *numbers in c_says() if len(numbers) == 1}
        actual = {}
        for enum in vars(carve.constants).values():
            if isinstance(enum, type) and issubclass(enum, int) and len(enum):
                words = re.sub("(?<!^)([A-Z])", r"_\1", enum.__name__.replace("Kind", "")).upper() + "_"
                prefix = self.PREFIXES.get(enum.__name__, words)
                actual.update({prefix + member.name: member.value for member in enum if member.name != "OK"})
        self.assertEqual(actual, {name: value for name, value in expected.items() if name not in self.NOT_NUMBERS_OF_A_CHOICE})
        self.assertEqual(carve.constants.NO_POPULATION, expected["NO_POPULATION"])

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
            carve.Rate(3, n_unit=3)

    def test_a_term_of_order_four_is_refused(self):
        for term in (4, 0, 0), (1, 1, 0, 3):
            self.assertRaisesRegex(ValueError, ", ".join(map(str, term)), carve.Rule, [term])

    def test_terms_come_back_in_the_order_of_the_coefficients(self):
        self.assertEqual(carve.Rule(OJA).term_list(), sorted(OJA))
        self.assertEqual(carve.Rule([(1, 0, 0, 2), (0, 2, 1), (0, 0, 0, 1), (1, 1, 0, 0)]).term_list(),
                         [(0, 2, 1), (1, 1, 0), (0, 0, 0, 1), (1, 0, 0, 2)])


@unittest.skipIf(np is None, "NumPy is not installed")
class Sims(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)

    def test_weights_follow_the_same_rule_written_in_numpy(self):
        for n_replicas in (1, 4, 11): # part of a block, a whole one, several
            with self.subTest(n_replicas=n_replicas):
                sim = oja_sim(n_replicas)
                x = self.rng.normal(size=(50, 1, 3, n_replicas))
                before = sim.get(carve.View.WEIGHTS)[0]
                sim.step([x])
                after = sim.get(carve.View.WEIGHTS)[0]
                self.assertEqual(after.shape, (3, n_replicas))
                np.testing.assert_allclose(after, oja_weights(before, x[:, 0]), rtol=1e-12)

    def test_replicas_have_their_own_learning_rates_and_steps_may_leave_the_weights_alone(self):
        sim, x = oja_sim(5), self.rng.normal(size=(1, 1, 3, 5))
        before = sim.get(carve.View.WEIGHTS)[0]
        sim.step([x], plastic=False)
        np.testing.assert_array_equal(sim.get(carve.View.WEIGHTS)[0], before)
        eta = np.arange(5) / 50
        self.assertEqual(sim.get(carve.View.ETA).shape, eta.shape)
        sim.put(carve.View.ETA, 0, eta)
        sim.step([x])
        y = (before * x[0, 0]).sum(0)
        expected = before + eta * (x[0, 0] * y - y * y * before)
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS)[0], expected, rtol=1e-12)
        with self.assertRaisesRegex(carve.CarveError, "View.BOUNDS of 0.*bounds the weights"):
            sim.get(carve.View.BOUNDS)

    def test_a_view_is_the_sims_own_memory(self):
        sim = oja_sim(3)
        view = sim.view(carve.View.WEIGHTS)
        self.assertEqual(view.shape, (1, 1, 3, 3)) # without the padding lane
        self.assertTrue(np.shares_memory(view, sim._memory))
        view[...] = 0.25
        np.testing.assert_array_equal(sim.get(carve.View.WEIGHTS), 0.25)

    def test_a_view_keeps_the_memory_alive(self):
        view = oja_sim(4).view(carve.View.WEIGHTS)
        view += 1 # faults if the block was released
        self.assertTrue(np.isfinite(view).all())

    def test_put_and_get_are_inverse_for_several_blocks(self):
        sim, values = oja_sim(11), self.rng.normal(size=(1, 3, 11))
        for given in values, (2 * values).tolist(): # an array, nested lists
            sim.put(carve.View.WEIGHTS, 0, given)
            np.testing.assert_array_equal(sim.get(carve.View.WEIGHTS), given)

    def test_packed_inputs_are_not_copied_and_give_the_same(self):
        x = self.rng.normal(size=(20, 1, 3, 11))
        one, other = oja_sim(11), oja_sim(11)
        packed = one.pack_inputs(x)
        array, steps = one._input("x", one.model.described[0][0], packed)
        self.assertTrue(np.shares_memory(array, packed))
        self.assertEqual(steps, 20)
        one.step([packed])
        other.step([x])
        np.testing.assert_array_equal(one.get(carve.View.WEIGHTS), other.get(carve.View.WEIGHTS))

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
        np.testing.assert_array_equal(copy.get(carve.View.WEIGHTS), sim.get(carve.View.WEIGHTS))
        self.assertEqual(copy.info().steps, 40)

    def test_lanes_with_one_stream_start_alike(self):
        sim = oja_sim(4)
        sim.reset(seed=3, streams=[7, 7, 8, 9])
        w = sim.get(carve.View.WEIGHTS)
        np.testing.assert_array_equal(w[..., 0], w[..., 1])
        self.assertTrue((w[..., 1] != w[..., 2]).all())

    def test_divergence_is_an_exception_and_spares_the_other_lanes(self):
        sim = oja_sim(4, bound=100.0)
        x = self.rng.normal(size=(5, 1, 3, 4))
        x[2, ..., 1] = np.inf
        with self.assertRaisesRegex(carve.Diverged, r"frozen: 1 \(step 2\)$") as caught:
            sim.step([x])
        self.assertEqual(caught.exception.lanes, [1])
        np.testing.assert_array_equal(sim.get(carve.View.FROZEN), [0, 3, 0, 0])
        np.testing.assert_array_equal(np.isnan(sim.get(carve.View.WEIGHTS)[0, 0]),
                                      [False, True, False, False])

    def test_loss_gradient_residuals_and_chain_agree_with_numpy(self):
        sim = oja_sim(6)
        sim.step([self.rng.normal(size=(30, 1, 3, 6))])
        target = self.rng.normal(size=(1, 3, 6))
        w = sim.get(carve.View.WEIGHTS)
        sens = sim.get(carve.View.SENSITIVITIES) # [post][pre][coefficient][lane]
        sign = np.where((w * target).sum(axis=1) >= 0, 1, -1)
        residual = w - sign * target
        dloss = 2 * residual
        gradient = (dloss[:, :, None] * sens).sum(axis=(0, 1))
        value, actual = sim.loss(target, carve.Loss.DISTANCE_SQUARED)
        np.testing.assert_allclose(value, (residual ** 2).sum(axis=(0, 1)), rtol=1e-12)
        np.testing.assert_allclose(actual, gradient, rtol=1e-10, atol=1e-14)
        np.testing.assert_allclose(sim.chain(0, dloss), gradient, rtol=1e-10, atol=1e-14)
        r, jacobian = sim.residuals(target)
        np.testing.assert_allclose(r, residual[0], rtol=1e-12)
        np.testing.assert_allclose(jacobian, sens[0], rtol=1e-12, atol=1e-15)

    def test_afferents_for_lanes_have_the_arrays_of_replicas(self):
        x = 0.2 * self.rng.normal(size=(30, 1, 37, 2))
        arrays = []
        for layout in (carve.Layout.REPLICAS, carve.Layout.AFFERENTS):
            model = carve.Model([carve.Input(37), carve.Rate(2)],
                                [carve.Projection(rule=0, weights=carve.Normal(0, 0.1))], [carve.Rule()], n_replicas=2,
                                layout=layout, gradient=carve.Gradient.FORWARD)
            sim = carve.Sim(model)
            sim.put(carve.View.THETA, 0, 0.01)
            sim.step([x])
            self.assertEqual(sim.info().layout, layout)
            arrays.append([sim.get(which) for which in (carve.View.WEIGHTS,
                                                        carve.View.SENSITIVITIES)]
                          + [sim.get(carve.View.RATES, 1)])
        for replicas, afferents in zip(*arrays):
            self.assertEqual(afferents.shape, replicas.shape)
            np.testing.assert_allclose(afferents, replicas, rtol=1e-9, atol=1e-14)
        # Of the last sim, whose lanes are afferents: what is put is what there is.
        values = self.rng.normal(size=sim.get(carve.View.SENSITIVITIES).shape)
        sim.put(carve.View.SENSITIVITIES, 0, values)
        np.testing.assert_array_equal(sim.get(carve.View.SENSITIVITIES), values)
        self.assertEqual(np.count_nonzero(sim.view(carve.View.SENSITIVITIES)), values.size)

    def test_decorrelation_takes_the_inputs_second_moments(self):
        model = carve.Model([carve.Input(3), carve.Rate(2)],
                            [carve.Projection(pre=0, post=1, weights=carve.Normal(0, 0.5)),
                             carve.Projection(pre=1, post=1, weights=carve.Normal(0, 0.5),
                                              connectivity=carve.Connectivity.LOWER)], [], n_replicas=4)
        sim = carve.Sim(model)
        sim.reset(seed=3)
        x = self.rng.normal(size=(10, 3))
        c = x.T @ x / 10
        value, _ = sim.loss(c, carve.Loss.DECORRELATION)
        w, m = sim.get(carve.View.WEIGHTS, 0), sim.get(carve.View.WEIGHTS, 1)
        second = w[1] + m[1, 0] * w[0] # [pre][lane]
        covariance = np.einsum("jl,jk,kl->l", w[0], c, second)
        np.testing.assert_allclose(value, covariance ** 2, rtol=1e-12)
        np.testing.assert_allclose(sim.residuals(c, carve.Loss.DECORRELATION)[0][0], covariance,
                                   rtol=1e-12)

    def test_an_adjoint_finds_the_gradient_of_the_sensitivities(self):
        inputs = [self.rng.normal(size=(30, 1, 3, 6))]
        target = self.rng.normal(size=(1, 3, 6))
        forward = oja_sim(6)
        forward.step(inputs)
        adjoint = oja_sim(6, gradient=carve.Gradient.ADJOINT, max_steps=40)
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

    def test_many_diverged_lanes_are_counted(self):
        sim = oja_sim(11, bound=100.0)
        with self.assertRaisesRegex(carve.Diverged, r"0 \(step 1\), 1 \(step 1\),.*7 \(step 1\) and 3 more$"):
            sim.step([np.stack([np.ones((1, 3, 11)), np.full((1, 3, 11), np.inf)])])

    def test_an_error_names_the_given_shape_and_the_expected_one(self):
        sim = oja_sim(11)
        for call, given, wanted in (
                (lambda a: sim.step([a]), (20, 1, 2, 11), "(n_steps, 1, 3, 11)"),
                (lambda a: sim.put(carve.View.WEIGHTS, 0, a), (2, 11), "(1, 3, 11)"),
                (lambda a: sim.put(carve.View.THETA, 0, a), (3,), "(2,)"),
                (lambda a: sim.chain(0, a), (3, 3, 11), "(1, 3, 11)"),
                (lambda a: sim.loss(a), (3, 1), "(1, 3)"),
                (lambda a: sim.loss_slopes(a), (1, 3, 4), "(1, 3, 11)"),
                (lambda a: sim.residuals(a), (4,), "(1, 3)"),
                (lambda a: sim.reset(0, np.zeros(4, int)), (4,), "(11,)"),
                (lambda a: sim.adjoint([np.zeros((0, 1, 3, 11))], {0: a}), (5,), "(1, 3, 11)")):
            with self.subTest(wanted=wanted, given=given), self.assertRaises(ValueError) as caught:
                call(np.zeros(given))
            self.assertIn(str(given), str(caught.exception))
            self.assertIn(wanted, str(caught.exception))
        shared = carve.Sim(carve.Model([carve.Input(3, shared=1), carve.Input(2, fixed=1), carve.Rate(1)],
                                       [carve.Projection(pre=0, post=2), carve.Projection(pre=1, post=2)],
                                       batch=4, n_replicas=2))
        fixed = np.zeros((4, 2, 2))
        shared.step([np.zeros((5, 4, 3)), fixed])
        for inputs, wanted in (([np.zeros((5, 4, 3, 2)), fixed], r"inputs\[0\].*not \(n_steps, 4, 3\)"),
                               ([np.zeros((5, 4, 3)), fixed[1:]], r"inputs\[1\].*not \(4, 2, 2\)")):
            with self.assertRaisesRegex(ValueError, wanted):
                shared.step(inputs)

    def test_an_unavailable_call_is_named_with_what_it_needs(self):
        sim = oja_sim(2, gradient=carve.Gradient.NONE)
        ones = np.ones((1, 3))
        for call, words in ((lambda: sim.view(carve.View.SENSITIVITIES), ("View.SENSITIVITIES", "Gradient.FORWARD")),
                            (lambda: sim.chain(0, 1.0), ("chain", "Gradient.FORWARD")),
                            (lambda: sim.adjoint([np.zeros((0, 1, 3, 2))], {}), ("adjoint", "Gradient.ADJOINT")),
                            (lambda: sim.view(carve.View.VOLTAGES, 1), ("View.VOLTAGES", "neurons"))):
            with self.subTest(words=words), self.assertRaises(carve.CarveError) as caught:
                call()
            for word in words:
                self.assertIn(word, str(caught.exception))
        with self.assertRaisesRegex(ValueError, "step_recording is not available.*spiking"):
            sim.step_recording([np.zeros((0, 1, 3, 2))], 0)
        self.assertEqual(sim.loss(ones)[1], None)

    def test_integers_that_do_not_fit_are_refused_by_name(self):
        sim = oja_sim(2)
        for least in (-1, -2 ** 31, -2 ** 63):
            for name, call in self.calls_with_integers(sim):
                with self.subTest(name=name, least=least), self.assertRaisesRegex(ValueError, f"^{name} is {least}"):
                    call(least)
        for name, call in self.calls_with_integers(sim):
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, f"^{name} is "):
                call(2 ** 64)
            for wrong in (1.5, 1.0, "1", None):
                if wrong is None and name in ("streams", "n_steps"):
                    continue
                with self.subTest(name=name, wrong=wrong), self.assertRaisesRegex(TypeError, f"^{name} is "):
                    call(wrong)
        self.assertEqual(oja_model(np.int64(3)).n_replicas, 3)
        self.assertEqual(carve.Input(3, shared=True).shared, 1)
        self.assertEqual(oja_model(2 ** 32 - 1).n_replicas, 2 ** 32 - 1)
        sim.reset(2 ** 64 - 1, [0, 2 ** 64 - 1])

    @staticmethod
    def calls_with_integers(sim):
        x = np.zeros((5, 1, 3, 2))
        ones = np.ones((1, 3))
        return (("n_replicas", oja_model), ("n_units", carve.Input), ("n_units", lambda v: setattr(carve.Rate(1), "n_units", v)),
                ("pre", lambda v: carve.Projection(pre=v)), ("max_steps", lambda v: oja_model(1, max_steps=v)),
                ("seed", sim.reset), ("streams", lambda v: sim.reset(0, [0, v])),
                ("n_steps", lambda v: sim.step([x], v)), ("index", lambda v: sim.view(carve.View.WEIGHTS, v)),
                ("which", sim.view), ("projection", lambda v: sim.loss(ones, projection=v)),
                ("kind", lambda v: sim.loss(ones, kind=v)), ("index", lambda v: sim.chain(v, 1.0)),
                ("population", sim.rate_loss), ("other", lambda v: sim.tuning_loss(0, v)),
                ("seed", lambda v: carve.random_normal(v, 0, 0, 1)), ("stream", lambda v: carve.random_uniform(0, v, 0, 1)),
                ("first", lambda v: carve.random_normal(0, 0, v, 1)), ("n", lambda v: carve.random_normal(0, 0, 0, v)))

    def test_random_numbers_continue_where_the_last_call_ended(self):
        whole = carve.random_normal(1, 2, 0, 10)
        np.testing.assert_array_equal(carve.random_normal(1, 2, 5, 5), whole[5:])
        uniform = carve.random_uniform(1, 2, 0, 1000)
        self.assertTrue(((uniform > 0) & (uniform < 1)).all())


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
