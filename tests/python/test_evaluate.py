"""carve.evaluate: losses and derivatives against NumPy, whose derivatives are those of complex numbers.

CARVE_LIBRARY is the library under test. Without NumPy the tests are skipped; without SciPy or python3-cmaes those of the examples."""
import importlib.util
import unittest

from binding import ROOT, carve, np

TERMS = ["w", "y^2 w", "x y", "x y^2"]
ETA, REPLICAS, STEPS = 0.02, 11, 40


def course(theta, start, data):
    """Weights [replica][post][pre] at the end and rates [replica][step][post] of tanh units, theta in the order of TERMS."""
    w, rates = start.astype(theta.dtype), []
    for step in range(STEPS):
        x = data[:, step][:, None, :]
        y = np.tanh((w * x).sum(-1))
        rates.append(y)
        y = y[:, :, None]
        w = w + ETA * (theta[0] * w + theta[1] * y ** 2 * w + theta[2] * x * y + theta[3] * x * y ** 2)
    return w, np.stack(rates, 1)


def derivative(function, theta):
    """[...][K] of a function of theta, without differences: Im f(theta + ih) / h."""
    steps = 1e-30j * np.eye(len(theta))
    return np.stack([function(theta + step).imag / 1e-30 for step in steps], axis=-1)


def example(name):
    spec = importlib.util.spec_from_file_location(name, ROOT / "examples" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def has(name):
    return importlib.util.find_spec(name) is not None


@unittest.skipIf(np is None, "NumPy is not installed")
class Rates(unittest.TestCase):
    def setUp(self):
        rng = self.rng = np.random.default_rng(1)
        self.start = rng.normal(size=(REPLICAS, 2, 3))
        self.data = rng.normal(size=(REPLICAS, STEPS, 3))
        self.theta = rng.normal(size=4)
        self.target = rng.normal(size=(2, 3))
        self.net = carve.Network(replicas=REPLICAS)
        self.net.input("x", 3)
        self.net.rate("y", 2, "tanh")
        self.net.project("x", "y", rule=carve.PlasticityRule(TERMS), eta=ETA, weights=self.start, name="w")
        self.assertEqual(list(self.net.coefficients), TERMS)

    def check(self, loss, function, **options):
        """function: value of theta, complex, too."""
        found = carve.evaluate(self.net, self.theta, self.data, loss, **options)
        np.testing.assert_allclose(found.loss, function(self.theta), rtol=1e-11)
        np.testing.assert_allclose(found.gradient, derivative(function, self.theta), rtol=1e-9, atol=1e-12)
        return found

    def residuals(self, theta, target):
        w, _ = course(theta, self.start, self.data)
        real = course(self.theta, self.start, self.data)[0]
        sign = np.where((real * target).sum(-1, keepdims=True) >= 0, 1, -1)
        return w - sign * target

    def test_distances_their_gradients_and_jacobians(self):
        for target in self.target, self.rng.normal(size=self.start.shape):
            found = self.check(carve.DistanceLoss("w", target),
                               lambda theta: (self.residuals(theta, target) ** 2).sum(-1).mean())
            jacobian = derivative(lambda theta: self.residuals(theta, target).ravel(), self.theta) / np.sqrt(2 * REPLICAS)
            np.testing.assert_allclose(found.jacobian, jacobian, rtol=1e-9, atol=1e-12)
            np.testing.assert_allclose((found.residuals ** 2).sum(), found.loss, rtol=1e-13)
            np.testing.assert_allclose(2 * found.residuals @ found.jacobian, found.gradient, rtol=1e-10)
        self.check(carve.DistanceLoss("w", target, squared=False),
                   lambda theta: np.sqrt((self.residuals(theta, target) ** 2).sum(-1)).mean())
        for loss in carve.SubspaceLoss("w", np.eye(2, 3)), carve.DistanceLoss("w", target):
            found = carve.evaluate(self.net, self.theta, self.data, loss)
            np.testing.assert_allclose((found.residuals ** 2).sum(), found.loss, rtol=1e-10)

    def test_the_likelihood_of_recorded_rates(self):
        observed, mask = self.rng.normal(size=(REPLICAS, STEPS, 2)), self.rng.integers(0, 3, (STEPS, 2))

        def misfit(theta):
            _, rates = course(theta, self.start, self.data)
            return (mask * ((rates - observed) / 0.5) ** 2).sum((1, 2)).mean() / 2
        found = self.check(carve.TrajectoryLoss("y", observed, noise=0.5, mask=mask), misfit)
        slopes = derivative(lambda theta: course(theta, self.start, self.data)[1], self.theta)
        np.testing.assert_allclose(found.matrix, np.einsum("ti,rtik,rtil->kl", mask, slopes, slopes) / 0.25 / REPLICAS, rtol=1e-9)
        self.check(carve.TrajectoryLoss("y", observed[0], mask=mask[:, 0]), lambda theta: (
            mask[:, :1] * (course(theta, self.start, self.data)[1] - observed[0]) ** 2).sum((1, 2)).mean() / 2)

    def test_functions_of_weights_and_of_rates(self):
        goal = self.rng.normal(size=self.start.shape)
        self.check(carve.WeightLoss("w", lambda w: (((w - goal) ** 4).sum((1, 2)), 4 * (w - goal) ** 3)),
                   lambda theta: ((course(theta, self.start, self.data)[0] - goal) ** 4).sum((1, 2)).mean())
        at, wanted = [3, 20, STEPS - 1], self.rng.normal(size=(REPLICAS, 3, 2))
        loss = carve.ActivityLoss("y", lambda y: (((y - wanted) ** 4).sum((1, 2)), 4 * (y - wanted) ** 3), at)
        self.check(loss, lambda theta: ((course(theta, self.start, self.data)[1][:, at] - wanted) ** 4).sum((1, 2)).mean())
        only = carve.ActivityLoss("y", lambda y: y.sum((1, 2)), at)
        found = carve.evaluate(self.net, self.theta, self.data, only, gradient=False)
        np.testing.assert_allclose(found.loss, course(self.theta, self.start, self.data)[1][:, at].sum((1, 2)).mean(), rtol=1e-12)
        self.assertIsNone(found.gradient)

    def test_the_bits_do_not_depend_on_threads_or_on_other_candidates(self):
        losses = (carve.DistanceLoss("w", self.rng.normal(size=(37, 2, 3))), carve.TrajectoryLoss("y", self.rng.normal(size=(37, STEPS, 2))),
                  carve.WeightLoss("w", lambda w: ((w ** 2).sum((1, 2)), 2 * w)),
                  carve.ActivityLoss("y", lambda y: ((y ** 2).sum((1, 2)), 2 * y), [5]))
        theta = self.rng.normal(size=(5, 4))
        net = self.net.copy()
        net.replicas, net.streams = 37, range(37)
        net.projections.clear()
        net.project("x", "y", rule=carve.PlasticityRule(TERMS), eta=ETA, weights=carve.Normal(0, 1), name="w")
        for loss in losses:
            results = [carve.evaluate(net, theta, self.data[0], loss, threads=threads) for threads in (1, 2, 7)]
            results.append([carve.evaluate(net, one, self.data[0], loss, threads=4) for one in theta])
            for name in ("loss", "gradient", "jacobian", "residuals", "matrix", "losses"):
                arrays = [getattr(result, name) for result in results[:3]]
                single = [getattr(one, name) for one in results[3]]
                if arrays[0] is not None:
                    for other in (*arrays[1:], np.stack(single)):
                        np.testing.assert_array_equal(arrays[0], other)

    def test_candidates_that_diverge_have_an_infinite_loss(self):
        theta = np.array([[0.0, 0, 1, 0], [1e3, 0, 0, 0]])
        found = carve.evaluate(self.net, theta, self.data, carve.DistanceLoss("w", self.target))
        self.assertTrue(np.isfinite(found.loss[0]))
        self.assertEqual(found.loss[1], np.inf)
        self.assertEqual(found.diverged.tolist(), [0, REPLICAS])
        self.assertTrue(np.isnan(found.gradient[1]).all() and np.isfinite(found.gradient[0]).all())

    def test_a_target_or_an_observation_that_is_missing_is_named_with_the_mask(self):
        observed = self.rng.normal(size=(STEPS, 2))
        mask = np.ones(STEPS)
        expected = carve.evaluate(self.net, self.theta, self.data, carve.TrajectoryLoss("y", observed, mask=np.arange(STEPS) != 5))
        observed[5, 1] = np.nan
        with self.assertRaisesRegex(ValueError, "not finite: mask, 0 where nothing was observed"):
            carve.TrajectoryLoss("y", observed)
        with self.assertRaisesRegex(ValueError, "'y' have numbers that are not finite where mask is not 0"):
            carve.evaluate(self.net, self.theta, self.data, carve.TrajectoryLoss("y", observed, mask=mask))
        mask[5] = 0
        found = carve.evaluate(self.net, self.theta, self.data, carve.TrajectoryLoss("y", observed, mask=mask))
        self.assertEqual((found.loss, found.diverged), (expected.loss, 0))

    def test_an_evaluator_keeps_copies_of_what_it_is_given(self):
        data, target = self.data.copy(), self.target.copy()
        evaluate = carve.Evaluator(self.net, data, carve.DistanceLoss("w", target), threads=1)
        data[:], target[:] = 0, 0
        expected = carve.evaluate(self.net, self.theta, self.data, carve.DistanceLoss("w", self.target), threads=1)
        self.assertEqual(evaluate(self.theta).loss, expected.loss)

    def test_a_function_that_calls_its_own_evaluator_is_refused(self):
        evaluate = carve.Evaluator(self.net, self.data, carve.WeightLoss("w", lambda w: evaluate(self.theta)), threads=1)
        with self.assertRaisesRegex(RuntimeError, "calls the evaluator that calls it"):
            evaluate(self.theta)

    def test_the_network_itself_is_left_as_it_is(self):
        before = self.net["w"].weights
        loss, gradient, jacobian = carve.evaluate(self.net, self.theta, self.data, carve.DistanceLoss("w", self.target))
        self.assertEqual((np.shape(loss), gradient.shape, jacobian.shape), ((), (4,), (REPLICAS * 6, 4)))
        self.assertEqual((self.net.step_count, list(self.net.theta)), (0, [0] * 4))
        np.testing.assert_array_equal(self.net["w"].weights, before)

    def test_mistakes_are_told_by_name(self):
        distance = carve.DistanceLoss("w", self.target)

        def evaluate(loss=distance, theta=self.theta, data=self.data, **options):
            return carve.evaluate(self.net, theta, data, loss, **options)
        for call, error, words in (
                (lambda: evaluate(loss=None), TypeError, "loss is None, not a DistanceLoss"),
                (lambda: evaluate(theta=[1, 2]), ValueError, r"shape \(2,\), not \[4\].*: w, y\^2 w, x y, x y\^2"),
                (lambda: evaluate(theta=np.zeros((0, 4))), ValueError, "no candidates"),
                (lambda: evaluate(threads=0), ValueError, "threads is 0"),
                (lambda: evaluate(threads=-1), ValueError, "threads is -1"),
                (lambda: evaluate(data=None), ValueError, "array for each of x"),
                (lambda: evaluate(carve.DistanceLoss("v", self.target)), KeyError, "no population or projection 'v'"),
                (lambda: evaluate(carve.DistanceLoss("w", np.zeros((3, 2)))), ValueError, r"target of the DistanceLoss of 'w' has shape \(3, 2\), not \(2, 3\) or \(11, 2, 3\)"),
                (lambda: evaluate(carve.DistanceLoss("w", np.zeros((40, 2, 3)))), ValueError, r"target .* has shape \(40, 2, 3\)"),
                (lambda: evaluate(carve.DistanceLoss("y", self.target)), ValueError, "DistanceLoss: 'y' is not a projection"),
                (lambda: evaluate(carve.WeightLoss("y", sum)), ValueError, "WeightLoss: 'y' is not a projection"),
                (lambda: evaluate(carve.TrajectoryLoss("w", self.data)), ValueError, "TrajectoryLoss: 'w' is not a population of rate units"),
                (lambda: carve.DistanceLoss("w", [[np.nan]]), ValueError, "target of a DistanceLoss has numbers that are not finite"),
                (lambda: evaluate(theta=["a"] * 4), TypeError, "theta is list .* real numbers"),
                (lambda: evaluate(data=self.data * 1j), TypeError, r"data\['x'\] is ndarray .* real numbers"),
                (lambda: evaluate(data=np.ma.masked_array(self.data, mask=True)), TypeError, r"data\['x'\] is a masked array"),
                (lambda: evaluate(carve.WeightLoss("w", lambda w: w.sum((1, 2)))), TypeError, "needs to return"),
                (lambda: evaluate(carve.WeightLoss("w", lambda w: (w.sum((1, 2)), w[0]))), ValueError, r"derivative of shape \(2, 3\), not"),
                (lambda: evaluate(carve.WeightLoss("w", lambda w: (w.sum(), w))), ValueError, r"the WeightLoss of 'w' returned a value of shape \(\), not"),
                (lambda: evaluate(carve.WeightLoss("w", lambda w: (w.sum(1), w))), ValueError, r"returned a value of shape \(11, 3\), not"),
                (lambda: evaluate(carve.WeightLoss("w", lambda w: (w.sum((1, 2)) * np.nan, w))), ValueError, "returned NaN for replica 0"),
                (lambda: evaluate(carve.ActivityLoss("y", lambda y: (y.mean(), y), [0])), ValueError, r"the ActivityLoss of 'y' returned a value of shape"),
                (lambda: evaluate(carve.ActivityLoss("x", lambda y: (1.0, y), [0])), ValueError, "'x' is not a population of rate units"),
                (lambda: evaluate(carve.ActivityLoss("y", lambda y: (1.0, y), [STEPS])), ValueError, "steps of 0 to 39"),
                (lambda: evaluate(carve.RateLoss("y", 5.0)), ValueError, "'y' is not a population of neurons"),
                (lambda: evaluate(carve.TrajectoryLoss("y", self.data)), ValueError, r"observations of y.* shape"),
                (lambda: carve.TrajectoryLoss("y", self.data, likelihood="gausian"), ValueError, "did you mean 'gaussian'")):
            with self.subTest(words=words), self.assertRaisesRegex(error, words):
                call()


@unittest.skipIf(np is None, "NumPy is not installed")
class Others(unittest.TestCase):
    def test_third_factors_and_batches(self):
        rng = np.random.default_rng(2)
        reward, data, target = rng.normal(size=30), rng.normal(size=(30, 2)), rng.normal(size=(1, 2))
        net = carve.Network(replicas=3, seed=5)
        net.input("x", 2)
        net.input("reward", 1)
        net.rate("y", 1)
        rule = carve.PlasticityRule("x y r + w m", factors={"r": "reward", "m": {"of": "y", "tau": 10}})
        net.project("x", "y", rule=rule, eta=0.1, weights=carve.Normal(0, 0.5), name="w")
        start = net["w"].weights

        def value(theta):
            w, mean, decay = start.astype(theta.dtype), 0, np.exp(-np.exp(-theta[0]))
            for x, r in zip(data, reward):
                y = (w * x).sum(-1, keepdims=True)
                w, mean = w + 0.1 * (theta[1] * w * mean + theta[2] * x * y * r), decay * mean + (1 - decay) * y
            return ((w - target) ** 2).sum((1, 2)).mean()
        theta = np.array([np.log(8), -0.7, 0.9])
        loss = carve.WeightLoss("w", lambda w: (((w - target) ** 2).sum((1, 2)), 2 * (w - target)))
        found = carve.evaluate(net, theta, {"x": data, "reward": reward}, loss)
        self.assertEqual(list(net.coefficients), ["tau_m", "w m", "x y r"])
        np.testing.assert_allclose(found.loss, value(theta), rtol=1e-12)
        np.testing.assert_allclose(found.gradient, derivative(value, theta), rtol=1e-9)
        batch = carve.Network(replicas=2, seed=5, batch=4)
        batch.input("x", 2)
        batch.rate("y", 1)
        batch.project("x", "y", rule="x y - y^2 w", eta=0.1, weights=carve.Normal(0, 0.5), name="w")
        data = rng.normal(size=(30, 4, 2))

        def of_batch(theta):
            w, total = batch["w"].weights.astype(theta.dtype), 0
            for step, x in enumerate(data):
                y = np.einsum("rij,sj->rsi", w, x)
                total = total + (y ** 3).sum((1, 2)) * (step in (4, 9))
                w = w + 0.1 * (theta[1] * np.einsum("rsi,sj->rij", y, x) / 4 + theta[0] * (y ** 2).mean(1)[:, :, None] * w)
            return total.mean()
        found = carve.evaluate(batch, [-1, 1], data, carve.ActivityLoss("y", lambda y: ((y ** 3).sum((1, 2, 3)), 3 * y ** 2), [4, 9]))
        np.testing.assert_allclose(found.loss, of_batch(np.array([-1.0, 1])), rtol=1e-12)
        np.testing.assert_allclose(found.gradient, derivative(of_batch, np.array([-1.0, 1])), rtol=1e-9)

    def spiking(self, replicas=16):
        net = carve.Network(replicas=replicas, seed=2, dt=1e-3)
        net.poisson("x", 40, rate=20.0)
        net.neurons("y", 1)
        net.project("x", "y", rule="pre: -0.1 + y1; post: x1", eta=0.05, weights=carve.Uniform(0, 0.4), gain=1.0, bounds=(0, 2), name="w")
        return net

    def test_the_rate_of_neurons_that_share_drawn_spikes(self):
        net, loss = self.spiking(), carve.RateLoss("y", 8.0, window=(200, 1000))
        theta = np.stack([net.theta, net.theta])
        theta[1, 2] = 0.2
        results = [carve.evaluate(net, theta, None, loss, seconds=1.0, threads=threads) for threads in (1, 2, 8)]
        for result in results[1:]:
            np.testing.assert_array_equal(result.losses, results[0].losses)
            np.testing.assert_array_equal(result.gradient, results[0].gradient)
        single = carve.evaluate(net, theta[1], None, loss, seconds=1.0, threads=8)
        np.testing.assert_array_equal(single.losses, results[0].losses[1])
        self.assertGreater(results[0].loss[0], 0)
        self.assertTrue((results[0].gradient != 0).any())

    def test_weights_of_sparse_projections_have_the_same_losses_for_any_threads(self):
        weights, graph = np.random.default_rng(3).random((16, 4)), carve.Csr([0, 4], [0, 1, 2, 3])
        for given in weights, weights[0]:
            net = carve.Network(replicas=16, dt=1e-3)
            net.spikes("x", 4)
            net.neurons("y", 1)
            net.project("x", "y", rule="pre: -0.1 + y1; post: x1", eta=0.05, weights=given, connect=graph, name="w")
            spikes = np.argwhere(np.random.default_rng(4).random((100, 4)) < 0.2)
            losses = [carve.evaluate(net, net.theta, spikes, carve.RateLoss("y", 8.0), steps=100, gradient=False, threads=threads).losses
                      for threads in (1, 2)]
            np.testing.assert_array_equal(*losses)

    def test_a_window_is_two_steps_of_the_run(self):
        for window, words in (((5, -1), "window is -1"), (5, "window of a RateLoss is 5; it is two steps"), ((100, 50), "first step is before"),
                              ((1, 2, 3), "it is two steps")):
            with self.subTest(window=window), self.assertRaisesRegex(ValueError, words):
                carve.RateLoss("y", 8.0, window=window)
        with self.assertRaisesRegex(TypeError, "window is 0.5, not an integer"):
            carve.RateLoss("y", 8.0, window=(0.5, 10))
        net = self.spiking()
        with self.assertRaisesRegex(ValueError, r"window of the RateLoss of 'y' is \(0, 11\); the second is at most 10"):
            carve.evaluate(net, net.theta, None, carve.RateLoss("y", 8.0, window=(0, 11)), steps=10)

    def test_networks_without_derivatives_say_how_to_evaluate_them(self):
        net = self.spiking()
        net.neurons("z", 5)
        net.project("y", "z", weights=0.1, delay=1)
        net.project("x", "z", connect={"in_degree": 3}, weights=0.1)
        loss = carve.RateLoss("y", 8.0)
        with self.assertRaisesRegex(carve.CarveError, "gradient=False evaluates without"):
            carve.evaluate(net, net.theta, None, loss, steps=10)
        found = carve.evaluate(net, net.theta, None, loss, steps=10, gradient=False)
        self.assertIsNone(found.gradient)


@unittest.skipIf(np is None, "NumPy is not installed")
class Examples(unittest.TestCase):
    @unittest.skipUnless(has("scipy"), "SciPy is not installed")
    def test_ojas_rule_is_found_from_rates_with_gradients(self):
        found = example("oja_from_rates").search()
        self.assertAlmostEqual(found.pop("x y"), 1, delta=0.01)
        self.assertAlmostEqual(found.pop("y^2 w"), -1, delta=0.01)
        self.assertLess(max(map(abs, found.values())), 0.02)

    @unittest.skipUnless(has("cmaes"), "python3-cmaes is not installed")
    def test_ojas_rule_is_found_without_gradients(self):
        found, loss = example("oja_by_cmaes").search()
        theta = np.array([found[name] for name in ("x", "w", "x y", "y^2 w")])
        self.assertLess(loss, 0.01)
        self.assertGreater(theta @ [0, 0, 1, -1] / np.linalg.norm(theta) / np.sqrt(2), np.cos(np.radians(10)))


if __name__ == "__main__":
    unittest.main()
