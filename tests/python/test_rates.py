"""Third factors, memory and recordings of rates by the Python binding, against NumPy. CARVE_LIBRARY is the
library under test. Without NumPy the tests are skipped."""
import unittest

from binding import carve, np

OJA = {(1, 1, 0): 1.0, (0, 2, 1): -1.0}


@unittest.skipIf(np is None, "NumPy is not installed")
class Rates(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)

    def test_a_third_factor_and_a_gate_do_what_they_do_in_numpy(self):
        plastic = carve.Projection(rule=0, eta=0.1, modulator=2, gate=3, window=4, baseline_start=0.5,
                                   baseline=carve.Baseline.EXPONENTIAL)
        inputs = [carve.Input(n, shared=1) for n in (3, 1, 1)]
        sim = carve.Sim(carve.Model([inputs[0], carve.Rate(1), *inputs[1:]], [plastic],
                                    [carve.Rule([(1, 1, 0, 1), (0, 2, 1)])]))
        sim.put(carve.View.THETA, 0, [-0.7, 1.3])
        sim.put(carve.View.WEIGHTS, 0, 0.2)
        x, reward, gate = (self.rng.normal(size=(40, n)) for n in (3, 1, 1))
        gate[::3] = 0
        sim.step([values[:, None] for values in (x, reward, gate)])
        w, mean = np.full(3, 0.2), 0.5
        for t in range(40):
            y, r = w @ x[t], reward[t, 0] - mean
            w = w + 0.1 * (gate[t, 0] != 0) * (-0.7 * y**2 * w + 1.3 * x[t] * y * r)
            mean += r / 4
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS)[0, :, 0], w, rtol=1e-12)
        np.testing.assert_allclose(sim.get(carve.View.BASELINE), [[mean]], rtol=1e-12)

    def test_a_sliding_threshold_and_an_eligibility_trace_do_what_they_do_in_numpy(self):
        rule = carve.Rule([{"pre": 1, "post": 2, "modulator": 1},
                           {"pre": 1, "post": 1, "post_square": 1, "modulator": 1}], eligibility=1)
        self.assertEqual(rule.term_list(),
                         ["tau_post_square", "tau_eligibility", (1, 2, 0, 1),
                          (("pre", 1), ("post", 1), ("modulator", 1), ("post_square", 1))][:2]
                         + [rule.term_list()[2], rule.term_list()[3]])
        inputs = [carve.Input(n, shared=1) for n in (3, 1)]
        sim = carve.Sim(carve.Model([inputs[0], carve.Rate(1), inputs[1]],
                                    [carve.Projection(rule=0, eta=0.1, modulator=2)], [rule]))
        threshold, bcm = [rule.term_list().index(term) for term in
                          ((("pre", 1), ("post", 1), ("modulator", 1), ("post_square", 1)), (1, 2, 0, 1))]
        theta = np.empty(4)
        theta[:2], theta[threshold], theta[bcm] = np.log([5, 3]), -0.7, 0.4
        sim.put(carve.View.THETA, 0, theta)
        sim.put(carve.View.WEIGHTS, 0, 0.2)
        x, reward = (self.rng.normal(size=(40, n)) for n in (3, 1))
        sim.step([x[:, None], reward[:, None]])
        w, square, trace = np.full(3, 0.2), 0.0, np.zeros(3)
        for t in range(40):
            y = w @ x[t]
            trace = np.exp(-1 / 3) * trace + 0.4 * x[t] * y**2 - 0.7 * x[t] * y * square
            w = w + 0.1 * reward[t, 0] * trace
            square = np.exp(-1 / 5) * square + (1 - np.exp(-1 / 5)) * y**2
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS)[0, :, 0], w, rtol=1e-12)
        np.testing.assert_allclose(sim.get(carve.View.ELIGIBILITY)[0, :, 0], trace, rtol=1e-12)
        np.testing.assert_allclose(sim.get(carve.View.POST_TRACES)[0, 1, 0], square, rtol=1e-12)

    def test_a_rule_with_a_hidden_layer_does_what_it_does_in_numpy(self):
        rule = carve.Mlp(("weight", "pre", "post"), n_hidden=4)
        self.assertEqual(rule.term_list()[:3], ["hidden[0].pre", "hidden[0].post", "hidden[0].weight"])
        self.assertEqual(len(rule.term_list()), 4 * 5 + 1)
        for inputs in ((), ("rate",)):
            with self.assertRaisesRegex(ValueError, "at least one; not " + (inputs[0] if inputs else "none")):
                carve.Mlp(inputs)
        sim = carve.Sim(carve.Model([carve.Input(3, shared=1), carve.Rate(1)],
                                    [carve.Projection(rule=0, eta=0.1)], [rule]))
        u, b, v, c = (self.rng.normal(size=shape) for shape in ((4, 3), 4, 4, 1))
        sim.put(carve.View.THETA, 0, np.concatenate([u.ravel(), b, v, c]))
        sim.put(carve.View.WEIGHTS, 0, 0.2)
        x = self.rng.normal(size=(20, 3))
        sim.step([x[:, None]])
        w = np.full(3, 0.2)
        for xt in x:
            z = np.stack([xt, np.full(3, w @ xt), w])
            w = w + 0.1 * (v @ np.tanh(u @ z + b[:, None]) + c)
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS)[0, :, 0], w, rtol=1e-12)

    def test_rules_of_one_projection_add_up_as_in_numpy(self):
        uses = [carve.Plasticity(rule=0, eta=0.1), carve.Plasticity(1, eta=0.3, gate=2)]
        sim = carve.Sim(carve.Model([carve.Input(3, shared=1), carve.Rate(1), carve.Input(1, shared=1)],
                                    [carve.Projection(plasticity=uses)],
                                    [carve.Rule([(1, 1, 0)]), carve.Rule([(0, 2, 1)])]))
        sim.put(carve.View.THETA, 0, 1)
        sim.put(carve.View.THETA, 1, -1)
        sim.put(carve.View.ETA, 1, 0.2) # of the second rule
        sim.put(carve.View.WEIGHTS, 0, 0.2)
        x, gate = self.rng.normal(size=(20, 3)), np.arange(20) % 3 > 0
        sim.step([x[:, None], gate.astype(float)[:, None, None]])
        w = np.full(3, 0.2)
        for xt, is_open in zip(x, gate):
            y = w @ xt
            w = w + 0.1 * xt * y - 0.2 * is_open * y**2 * w
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS)[0, :, 0], w, rtol=1e-12)
        with self.assertRaisesRegex(TypeError, "eta beside plasticity"):
            carve.Projection(plasticity=uses, eta=0.1)
        with self.assertRaisesRegex(carve.CarveError, "n_plasticity"):
            carve.Sim(carve.Model([carve.Input(3), carve.Rate(1)], [carve.Projection(plasticity=[uses[0]] * 5)],
                                  [carve.Rule([(1, 1, 0)])]))

    def test_free_initial_weights_are_eliminated_as_by_numpy(self):
        x, o = self.rng.normal(size=(12, 3)), self.rng.normal(size=(12, 2))
        w, theta = self.rng.normal(size=(2, 3)), 0.2

        def rates(theta, w):
            y = []
            for row in x:
                y.append(w @ row)
                w = w + 0.1 * theta * np.outer(y[-1], row)
            return np.array(y)

        projection = carve.Projection(rule=0, initial_weights=carve.InitialWeights.FREE)
        sim = carve.Sim(carve.Model([carve.Input(3, shared=1), carve.Rate(2), carve.Input(2, shared=1)], [projection],
                                    [carve.Rule([(1, 1, 0)])], [carve.TrajectoryProbe(1, observations=2)],
                                    gradient=carve.Gradient.FORWARD))
        sim.put(carve.View.WEIGHTS, 0, w[..., None])
        sim.put(carve.View.THETA, 0, [theta])
        sim.step([x[:, None], o[:, None]])
        h = 1e-6
        columns = [(rates(theta + h, w) - rates(theta - h, w)) / (2 * h)]
        columns += [(rates(theta, w + d) - rates(theta, w - d)) / (2 * h) for d in h * np.eye(6).reshape(6, 2, 3)]
        J = np.array(columns).reshape(7, -1).T
        r = (rates(theta, w) - o).ravel()
        rest = J[:, 1:] @ np.linalg.lstsq(J[:, 1:], np.column_stack([J[:, 0], r]), rcond=None)[0]
        sums = sim.trajectory(1)
        np.testing.assert_allclose(sums.loss, r @ r / 2, rtol=1e-10)
        np.testing.assert_allclose(sums.matrix.ravel(), J[:, 0] @ (J[:, 0] - rest[:, 0]), rtol=1e-6)
        np.testing.assert_allclose(sums.gradient.ravel(), J[:, 0] @ (r - rest[:, 1]), rtol=1e-5)
        np.testing.assert_allclose(sums.weight, 24)
        step = 0.01
        np.testing.assert_allclose(sim.initial_steps(1, [step]).ravel(),
                                   np.linalg.lstsq(J[:, 1:], -r - J[:, 0] * step, rcond=None)[0], rtol=1e-5)
        with self.assertRaisesRegex(carve.CarveError, "InitialWeights.FREE"):
            sim.initial_steps(2)

    def test_choices_have_the_likelihood_that_they_have_in_numpy(self):
        sim = carve.Sim(carve.Model([carve.Input(2, shared=1), carve.Rate(3), carve.Input(3, shared=1)],
                                    [carve.Projection()],
                                    probes=[carve.TrajectoryProbe(
                                        1, observations=2, likelihood=carve.Likelihood.CATEGORICAL)]))
        w, x = self.rng.normal(size=(3, 2)), self.rng.normal(size=(30, 2))
        sim.put(carve.View.WEIGHTS, 0, w[..., None])
        chosen = self.rng.integers(3, size=30)
        sim.step([x[:, None], np.eye(3)[chosen][:, None]])
        logits = x @ w.T
        expected = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(30), chosen]
        sums = sim.trajectory(1)
        np.testing.assert_allclose(sums.loss, expected.sum(), rtol=1e-12)
        np.testing.assert_allclose(sums.weight, 30)
        self.assertIsNone(sums.gradient)

    def test_a_leaky_network_with_delays_does_what_it_does_in_numpy(self):
        unit = carve.Rate(2, tau=4, activation=carve.Activation.TANH)
        sim = carve.Sim(carve.Model([carve.Input(3, shared=1), unit],
                                    [carve.Projection(), carve.Projection(pre=1, post=1, delay=2)]))
        x, w, m = (self.rng.normal(size=shape) for shape in ((30, 3), (2, 3), (2, 2)))
        sim.put(carve.View.WEIGHTS, 0, w[..., None])
        sim.put(carve.View.WEIGHTS, 1, m[..., None])
        sim.step([x[:, None]])
        u, y = np.zeros(2), [np.zeros(2), np.zeros(2)]
        for xt in x:
            u = u + (w @ xt + m @ y[-2] - u) / 4
            y.append(np.tanh(u))
        np.testing.assert_allclose(sim.get(carve.View.RATES, 1)[0, :, 0], y[-1], rtol=1e-12)
        np.testing.assert_allclose(sim.get(carve.View.DRIVE, 1)[0, :, 0], u, rtol=1e-12)

    def test_gains_and_offsets_of_units_are_those_of_least_squares(self):
        rng, n = self.rng, 40
        x, o, m = rng.normal(size=(n, 1, 3)), rng.normal(size=(n, 1, 2)), rng.random((n, 1, 1)) - 0.3
        def sim_at(theta):
            sim = carve.Sim(carve.Model([carve.Input(3, shared=1), carve.Rate(2), carve.Input(2, shared=1),
                                         carve.Input(1, shared=1)], [carve.Projection(rule=0, eta=0.05)],
                                        [carve.Rule([(1, 1, 0), (0, 2, 1)])], gradient=carve.Gradient.FORWARD,
                                        probes=[carve.TrajectoryProbe(1, 2, selection=3, sums=carve.Sums.OF_UNITS)]))
            sim.put(carve.View.WEIGHTS, 0, np.array([[0.3, -0.2, 0.4], [0.1, 0.5, -0.3]])[..., None])
            sim.put(carve.View.THETA, 0, theta)
            rates, sens = [], []
            for t in range(n):
                sens.append(sim.get(carve.View.SENSITIVITIES)[..., 0])
                sim.step([x[t:t + 1], o[t:t + 1], m[t:t + 1]])
                rates.append(sim.get(carve.View.RATES, 1)[0, :, 0])
            derivatives = np.einsum("tj,tijk->tik", x[:, 0], np.array(sens))
            return sim, np.array(rates), derivatives
        theta = np.array([0.7, -0.8])
        sim, y, dy = sim_at(theta)
        got, sums = sim.trajectory(1), sim.unit_sums(1)
        w = np.where(m[:, 0, 0] > 0, m[:, 0, 0], 0)
        np.testing.assert_allclose(got.weight, 2 * w.sum(), rtol=1e-12)
        loss, jacobian = 0, []
        for i in range(2):
            design = np.sqrt(w)[:, None] * np.stack([y[:, i], np.ones(n)], 1)
            (a, b), rest, *_ = np.linalg.lstsq(design, np.sqrt(w) * o[:, 0, i], rcond=None)
            np.testing.assert_allclose([v[i, 0] for v in sums.gain_and_offset()], [a, b], rtol=1e-10)
            loss += rest[0] / 2
            basis = np.linalg.qr(design)[0]
            slopes = np.sqrt(w)[:, None] * a * dy[:, i]
            jacobian.append(slopes - basis @ (basis.T @ slopes))
        np.testing.assert_allclose(got.loss[0], loss, rtol=1e-10)
        jacobian = np.concatenate(jacobian)
        np.testing.assert_allclose(got.matrix[..., 0], jacobian.T @ jacobian, rtol=1e-8)
        step = 1e-6
        differences = [(sim_at(theta + step * e)[0].trajectory(1).loss[0] - sim_at(theta - step * e)[0].trajectory(1).loss[0])
                       / (2 * step) for e in np.eye(2)]
        np.testing.assert_allclose(got.gradient[:, 0], differences, rtol=1e-6)

    def test_a_unit_that_was_not_observed_or_does_not_vary_leaves_the_others_as_they_are(self):
        numbers = self.rng.normal(size=(3, 7, 1))
        y, o, slopes = numbers[:2, :, 0].T[None], numbers[2, :, :1], self.rng.normal(size=(7, 2))
        def sums(y, o, d):
            rows = [np.array([[v.sum()]]) for v in (y * 0 + 1, y, y * y, o, o * y, o * o)]
            tail = [(f[:, None] * d).sum(0)[None, :, None] for f in (y * 0 + 1, y, o)]
            return [*rows, *tail, (d.T @ d)[None, :, :, None]]
        one = sums(y[0, :, 0], o[:, 0], slopes)
        nothing = [0 * part for part in one]
        constant = sums(np.full(7, 0.1), o[:, 0], slopes)
        alone = carve.UnitSums(*one).trajectory()
        beside = carve.UnitSums(*map(np.concatenate, zip(one, nothing, constant))).trajectory()
        spread = ((o - o.mean())**2).sum() / 2
        np.testing.assert_allclose(beside.loss, alone.loss + spread, rtol=1e-12)
        np.testing.assert_allclose(beside.gradient, alone.gradient, rtol=1e-12)
        np.testing.assert_allclose(beside.matrix, alone.matrix, rtol=1e-12)
        self.assertEqual(beside.weight[0], 14)

    def test_recorded_weights_have_the_sums_of_numpy_and_free_ones_are_fitted(self):
        # dw = 0.1 theta x y, observed after every third step
        x, theta, w0 = self.rng.normal(size=(9, 2)), 0.3, np.array([0.5, -0.4])
        o, seen = self.rng.normal(size=(9, 2)), (np.arange(9) % 3 == 0).astype(float)

        def weights(theta, w):
            all_of = []
            for row in x:
                all_of.append(w)
                w = w + 0.1 * theta * row * (w @ row)
            return np.array(all_of)[seen == 1].ravel()

        def run(**fields):
            inputs = [carve.Input(n, shared=1) for n in (2, 2, 1)]
            sim = carve.Sim(carve.Model([inputs[0], carve.Rate(1), *inputs[1:]], [carve.Projection(rule=0, **fields)],
                                        [carve.Rule([(1, 1, 0)])],
                                        [carve.WeightsProbe(0, observations=2, selection=3, noise=0.5)],
                                        gradient=carve.Gradient.FORWARD))
            sim.put(carve.View.WEIGHTS, 0, w0[None, :, None])
            sim.put(carve.View.THETA, 0, [theta])
            sim.step([values[:, None] for values in (x, o, seen[:, None])])
            return sim

        h = 1e-6
        r = (weights(theta, w0) - o[seen == 1].ravel()) / 0.5
        J = np.array([(weights(theta + h, w0) - weights(theta - h, w0)) / (2 * h)]
                     + [(weights(theta, w0 + d) - weights(theta, w0 - d)) / (2 * h) for d in h * np.eye(2)]).T / 0.5
        sums = run().weight_trajectory(0)
        np.testing.assert_allclose(sums.loss, r @ r / 2, rtol=1e-12)
        np.testing.assert_allclose(sums.gradient.ravel(), J[:, 0] @ r, rtol=1e-7)
        np.testing.assert_allclose(sums.matrix.ravel(), J[:, 0] @ J[:, 0], rtol=1e-7)
        np.testing.assert_allclose(sums.weight, 6)
        free = run(initial_weights=carve.InitialWeights.FREE)
        rest = J[:, 1:] @ np.linalg.lstsq(J[:, 1:], np.column_stack([J[:, 0], r]), rcond=None)[0]
        reduced = free.trajectory(1)
        np.testing.assert_allclose(reduced.matrix.ravel(), J[:, 0] @ (J[:, 0] - rest[:, 0]), rtol=1e-6)
        np.testing.assert_allclose(reduced.gradient.ravel(), J[:, 0] @ (r - rest[:, 1]), rtol=1e-5)
        np.testing.assert_allclose(reduced.weight, 6)
        with self.assertRaisesRegex(ValueError, "Sim.trajectory"):
            free.weight_trajectory(0)
        with self.assertRaisesRegex(carve.CarveError, "WeightsProbe"):
            carve.Sim(carve.Model([carve.Input(2), carve.Rate(1)], [carve.Projection(rule=0)],
                                  [carve.Rule([(1, 1, 0)])])).weight_trajectory(0)

    def test_gauss_newton_steps_find_the_rule_that_made_a_recording(self):
        # The output is recorded in every other step; the rule is Oja's.
        x, recorded = self.rng.normal(size=(80, 3)), np.arange(80) % 2
        y, w = [], np.full(3, 0.3)
        for xt in x:
            y.append(w @ xt)
            w = w + 0.05 * (xt * y[-1] - y[-1]**2 * w)
        inputs = [carve.Input(n, shared=1) for n in (3, 1, 1)]
        sim = carve.Sim(carve.Model([inputs[0], carve.Rate(1), *inputs[1:]],
                                    [carve.Projection(rule=0, eta=0.05)], [carve.Rule(OJA)],
                                    probes=[carve.TrajectoryProbe(1, observations=2, selection=3, noise=0.1)],
                                    gradient=carve.Gradient.FORWARD))
        theta = np.array([0.2, 0.2])
        for _ in range(8):
            sim.reset(seed=0)
            sim.put(carve.View.WEIGHTS, 0, 0.3)
            sim.put(carve.View.THETA, 0, theta)
            sim.step([values[:, None] for values in (x, np.array(y)[:, None], recorded[:, None])])
            loss, gradient, matrix, _ = sim.trajectory(1)
            theta = theta - np.linalg.solve(matrix[..., 0], gradient[:, 0])
        self.assertLess(loss[0], 1e-20)
        np.testing.assert_allclose(theta, [OJA[term] for term in sorted(OJA)], rtol=1e-9)


if __name__ == "__main__":
    unittest.main()
