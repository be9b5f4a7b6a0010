"""carve.Network: what it computes, against NumPy.

CARVE_LIBRARY is the library under test. Without NumPy the tests are skipped, without matplotlib those of figures."""
import copy
import importlib.util
import os
import signal
import threading
import time
import unittest

from binding import carve, np


def oja_network(replicas=5, **options):
    net = carve.Network(replicas=replicas, seed=3, **options)
    net.input("x", 3)
    net.rate("y", 1)
    net.project("x", "y", rule="x y - y^2 w", eta=0.1, weights=carve.Normal(0, 0.1), name="w")
    return net


def oja_course(w, data):
    """Weights [replica][step][post][pre] before each step and after the last, and rates, by the equation."""
    weights, rates = [w], []
    for x in data:
        y = np.einsum("rij,rj->ri", w, np.broadcast_to(x, (len(w), 3)))
        w = w + 0.1 * (y[:, :, None] * np.reshape(x, (-1, 1, 3)) - y[:, :, None] ** 2 * w)
        weights.append(w)
        rates.append(y)
    return np.stack(weights, 1), np.stack(rates, 1)


@unittest.skipIf(np is None, "NumPy is not installed")
class Rates(unittest.TestCase):
    def setUp(self):
        self.rng = np.random.default_rng(1)

    def test_rates_and_weights_are_those_of_the_equation(self):
        net, data = oja_network(), self.rng.normal(size=(200, 3))
        rates, weights = net.monitor("y", at=range(100)), net.monitor("w", every=50)
        start = net["w"].weights
        net.run(data)
        w, y = oja_course(start, data)
        self.assertEqual(rates.values.shape, (5, 100, 1))
        np.testing.assert_allclose(rates.values, y[:, :100], rtol=1e-12)
        np.testing.assert_array_equal(weights.steps, [0, 50, 100, 150, 200])
        np.testing.assert_allclose(weights.values, w[:, ::50], rtol=1e-12)
        np.testing.assert_allclose(net["w"].weights, w[:, -1], rtol=1e-12)

    def test_replicas_may_have_data_of_their_own(self):
        net, data = oja_network(), self.rng.normal(size=(5, 40, 3))
        start = net["w"].weights
        net.run(data)
        w, _ = oja_course(start, np.moveaxis(data, 0, 1))
        np.testing.assert_allclose(net["w"].weights, w[:, -1], rtol=1e-12)

    def test_a_run_continues_where_the_last_one_ended_and_a_reset_begins_again(self):
        net, other, data = oja_network(), oja_network(), self.rng.normal(size=(60, 3))
        monitor = net.monitor("w", at=[10, 35, 60])
        net.run(data[:35])
        net.run(data[35:])
        other.run(data)
        self.assertEqual(net.step_count, 60)
        np.testing.assert_array_equal(net["w"].weights, other["w"].weights)
        np.testing.assert_array_equal(monitor.steps, [10, 35, 60])
        np.testing.assert_array_equal(monitor.values[:, -1], other["w"].weights)
        net.reset()
        self.assertEqual((net.step_count, len(monitor)), (0, 0))
        net.run(data)
        np.testing.assert_array_equal(net["w"].weights, other["w"].weights)
        net.reset(seed=4)
        self.assertTrue((net["w"].weights != other["w"].weights).all())

    def test_shared_and_fixed_inputs_and_batches(self):
        data, results = self.rng.normal(size=(30, 4, 3)), []
        for shared in (False, True):
            net = carve.Network(replicas=3, seed=1, batch=4)
            net.input("x", 3, shared=shared)
            net.rate("y", 2, activation="tanh")
            net.project("x", "y", rule="x y - y^2 w", eta=0.1, weights=carve.Normal(0, 0.3), name="w")
            start = w = net["w"].weights
            net.run(data)
            for x in data:
                y = np.tanh(np.einsum("rij,sj->rsi", w, x))
                w = w + 0.1 * (np.einsum("rsi,sj->rij", y, x) / 4 - (y ** 2).mean(1)[:, :, None] * w)
            np.testing.assert_allclose(net["w"].weights, w, rtol=1e-11)
            results.append(net["w"].weights)
        np.testing.assert_array_equal(*results)
        fixed = carve.Network(replicas=3, seed=1, batch=4)
        fixed.input("x", 3, fixed=True)
        fixed.rate("y", 2, activation="tanh")
        fixed.project("x", "y", rule="x y - y^2 w", eta=0.1, weights=start, name="w")
        fixed.run(data[0], steps=30)
        net.reset()
        net.run(np.broadcast_to(data[0], (30, 4, 3)))
        np.testing.assert_allclose(fixed["w"].weights, net["w"].weights, rtol=1e-11)

    def test_a_third_factor_less_its_mean_and_a_gate(self):
        for minus in {"tau": 10}, {"last": 4}:
            with self.subTest(minus=minus):
                self.check_third_factor(minus)

    def check_third_factor(self, minus):
        net = carve.Network()
        net.input("x", 3)
        net.input("reward", 1)
        net.input("open", 1)
        net.rate("y", 2)
        rule = carve.PlasticityRule("x y r", factors={"r": {"of": "reward", "minus": minus}})
        net.project("x", "y", rule=rule, eta=0.1, weights=carve.Normal(0, 0.3), name="w", gate="open")
        data = {"x": self.rng.normal(size=(40, 3)), "reward": self.rng.normal(size=40), "open": self.rng.integers(0, 2, 40)}
        w, b, last = net["w"].weights[0], 0.0, np.zeros(4)
        net.run(data)
        for x, reward, is_open in zip(*data.values()):
            w = w + is_open * 0.1 * np.outer(w @ x, x) * (reward - b)
            last = np.append(last[1:], reward)
            b = b + (reward - b) / 10 if "tau" in minus else last.mean()
        np.testing.assert_allclose(net["w"].weights[0], w, rtol=1e-11)

    def test_running_means_eligibility_and_several_rules(self):
        net = carve.Network(replicas=2)
        net.input("x", 3)
        net.rate("y", 2)
        bcm = carve.PlasticityRule("x y (y - m)", factors={"m": {"of": "y^2", "tau": 20}})
        slow = carve.PlasticityRule("x y", eligibility=5)
        net.project("x", "y", rule=[bcm, slow], eta=[0.02, 0.01], weights=carve.Normal(0, 0.3), name="w")
        data, w = self.rng.normal(size=(40, 3)), net["w"].weights
        net.run(data)
        mean, trace = np.zeros((2, 2)), np.zeros((2, 2, 3))
        for x in data:
            y = w @ x
            trace = np.exp(-1 / 5) * trace + y[:, :, None] * x
            w = w + 0.02 * (y * (y - mean))[:, :, None] * x + 0.01 * trace
            mean = np.exp(-1 / 20) * mean + (1 - np.exp(-1 / 20)) * y ** 2
        np.testing.assert_allclose(net["w"].weights, w, rtol=1e-10)
        self.assertEqual(list(net.coefficients), ["w[0]: tau_m", "w[0]: x y m", "w[0]: x y^2", "w[1]: tau_eligibility", "w[1]: x y"])

    def test_lateral_synapses_delays_and_gaussian_inputs(self):
        net = carve.Network(replicas=400, seed=2)
        covariance = np.array([[1.0, 0.5], [0.5, 2.0]])
        net.gaussian("x", 2, covariance=covariance, mean=[1.0, -1.0])
        net.rate("y", 2)
        net.project("x", "y", weights=np.eye(2), name="w")
        net.project("y", "y", weights=[[0, 0], [0.5, 0]], connect="lower", name="lateral")
        rates = net.monitor("y")
        net.run(steps=50)
        y = rates.values.reshape(-1, 2)
        mix = np.array([[1, 0], [0.5, 1]])
        np.testing.assert_allclose(y.mean(0), mix @ [1, -1], atol=0.05)
        np.testing.assert_allclose(np.cov(y.T), mix @ covariance @ mix.T, rtol=0.05)
        late = carve.Network()
        late.input("x", 1)
        late.rate("y", 1)
        late.project("x", "y", weights=1.0, delay=3)
        rates = late.monitor("y")
        late.run(np.arange(1.0, 8))
        np.testing.assert_array_equal(rates.values[0, :, 0], [0, 0, 0, 1, 2, 3, 4])

    def test_what_is_added_does_not_redraw_the_rest(self):
        net = carve.Network(replicas=2, seed=3)
        net.input("u", 2)
        net.input("x", 3)
        net.rate("y", 1)
        net.project("u", "y", weights=carve.Normal(0, 0.1), name="v")
        net.project("x", "y", rule="x y", weights=carve.Normal(0, 0.1), name="w")
        np.testing.assert_array_equal(net["w"].weights, oja_network(2)["w"].weights)

    def test_weights_coefficients_and_learning_rates_can_be_set(self):
        net, data = oja_network(), self.rng.normal(size=(1, 3))
        net["w"].weights = [[1.0, 2.0, 3.0]]
        self.assertEqual(net["w"].coefficients, {"y^2 w": -1, "x y": 1})
        net.theta = [0.0, 2.0]
        net["w"].eta = np.arange(5) / 10
        net.run(data)
        x = data[0]
        expected = np.array([1, 2, 3]) + np.arange(5)[:, None] / 10 * 2 * x * (x @ [1, 2, 3])
        np.testing.assert_allclose(net["w"].weights[:, 0], expected, rtol=1e-12)

    def test_projections_share_the_coefficients_of_one_rule(self):
        net, rule = carve.Network(), carve.PlasticityRule("x y - w")
        net.input("x", 2)
        net.rate("a", 1)
        net.rate("b", 1)
        net.project("x", "a", rule=rule)
        net.project("a", "b", rule=rule)
        self.assertEqual(net.coefficients, {"w": -1, "x y": 1})
        self.assertEqual(net.sim.model.n_rules, 1)

    def test_a_rule_of_the_kernel_may_take_the_place_of_text(self):
        net = carve.Network()
        net.input("x", 2)
        net.rate("y", 1)
        mlp = carve.KernelRule(carve.Mlp(["pre", "post"], n_hidden=1), theta=[0.5, -0.5, 0.1, 2.0, 0.3])
        net.project("x", "y", rule=mlp, eta=0.1, weights=0.2, name="w")
        net.run([[1.0, 2.0]])
        y = 0.6
        np.testing.assert_allclose(net["w"].weights[0, 0],
                                   [0.2 + 0.1 * (2 * np.tanh(0.5 * x - 0.5 * y + 0.1) + 0.3) for x in (1, 2)], rtol=1e-12)

    def test_replicas_that_diverge_are_told_at_the_end_of_the_run(self):
        net, data = oja_network(bound=100.0), self.rng.normal(size=(5, 20, 3))
        data[2, 7] = np.inf
        weights = net.monitor("w", at=[20])
        with self.assertRaisesRegex(carve.Diverged, r"2 \(step 7\)$"):
            net.run(data)
        self.assertEqual(net.diverged.tolist(), [False, False, True, False, False])
        self.assertEqual(net.step_count, 20)
        self.assertEqual(np.isnan(weights.values[:, 0, 0, 0]).tolist(), net.diverged.tolist())
        net.run(self.rng.normal(size=(5, 3))) # the others continue

    def test_a_copy_is_a_network_of_its_own(self):
        net, data = oja_network(), self.rng.normal(size=(20, 3))
        net.run(data)
        other = net.copy()
        other.theta = [0, 0]
        other.rate("z", 1)
        self.assertEqual(net.coefficients, {"y^2 w": -1, "x y": 1})
        self.assertEqual(other.step_count, 0)
        other.run(data)
        np.testing.assert_array_equal(other["w"].weights, oja_network()["w"].weights)


@unittest.skipIf(np is None, "NumPy is not installed")
class Spikes(unittest.TestCase):
    def network(self, replicas=2):
        net = carve.Network(replicas=replicas, dt=1e-4)
        net.spikes("pre", 3)
        net.neurons("post", 1, t_ref=0.0)
        net.project("pre", "post", rule="pre: -0.25", eta=1.0, weights=10.0, gain=100.0, name="w")
        return net

    def test_given_spikes_change_weights_and_drive_neurons(self):
        net = self.network()
        spikes, voltages = net.monitor("post"), net.monitor("post", "voltages", every=2)
        net.run({"pre": [(2, 0), (2, 2), (5, 1), (7, 0)]}, steps=10)
        np.testing.assert_array_equal(net["w"].weights[:, 0], [[9.5, 9.75, 9.75]] * 2)
        self.assertEqual(spikes.steps[0], 2)
        self.assertEqual(spikes.counts().shape, (2, 1))
        np.testing.assert_array_equal(spikes.counts()[:, 0], net.sim.get(carve.View.SPIKE_COUNTS, 1)[0])
        np.testing.assert_allclose(spikes.times, spikes.steps * 1e-4)
        self.assertEqual(voltages.values.shape, (2, 5, 1))
        np.testing.assert_allclose(voltages.times, [0, 2e-4, 4e-4, 6e-4, 8e-4])

    def test_spikes_of_a_run_are_counted_from_its_start(self):
        one, other = self.network(), self.network()
        one.run([(2, 0), (13, 1)], seconds=2e-3)
        other.run([(2, 0)], steps=10)
        other.run([(3, 1)], steps=10)
        np.testing.assert_array_equal(one["w"].weights, other["w"].weights)
        np.testing.assert_array_equal(one.sim.get(carve.View.VOLTAGES, 1), other.sim.get(carve.View.VOLTAGES, 1))

    def test_a_passive_membrane_follows_its_closed_form(self):
        net = carve.Network(dt=1e-4)
        net.spikes("pre", 1)
        net.neurons("post", 1, receptors={"current": carve.Receptor(0.005, kind=carve.ReceptorKind.CURRENT)}, drive=0.005)
        net.project("pre", "post", receptor="current")
        voltages = net.monitor("post", "voltages", at=[199])
        net.run({"pre": []}, seconds=0.02)
        self.assertAlmostEqual(voltages.values[0, 0, 0], -0.06 + 0.005 * (1 - np.exp(-1)), delta=1e-5)

    def test_mistakes_are_told_by_name(self):
        net, other = self.network(), self.network()
        for call, error, words in (
                (lambda: net.run({"pre": []}), ValueError, r"steps is needed.*seconds"),
                (lambda: net.run({"pre": []}, seconds=1.5e-4), ValueError, "not a multiple of dt"),
                (lambda: net.run({"pre": []}, 1, seconds=1e-4), TypeError, "give one of them"),
                (lambda: net.run({"pre": [(0, 3)]}, 1), ValueError, r"data\['pre'\]\[0\] = \(0, 3\) is not a unit"),
                (lambda: other.project("pre", "post", "x y"), ValueError, "'pre_to_post' is for rates, and 'post' is a population of neurons"),
                (lambda: net.run({"pre": [(0, 1), (5, 0)]}, 5), ValueError, r"data\['pre'\] has a spike in step 5; the run has the steps 0 to 4"),
                (lambda: other.project("pre", "post", connect=carve.Csr([0], [])), ValueError, "connect of 'pre_to_post': row_start has 1 numbers, not"),
                (lambda: net.monitor("pre"), ValueError, "'pre' is a population of given or drawn spikes"),
                (lambda: net.monitor("post", every=2), TypeError, "no effect on spikes"),
                (lambda: net.monitor("post", "rates"), ValueError, "no array 'rates'; there are 'voltages'")):
            with self.subTest(words=words), self.assertRaisesRegex(error, words):
                call()


@unittest.skipIf(np is None, "NumPy is not installed")
class Course(unittest.TestCase):
    def test_weights_that_are_set_between_runs_are_recorded(self):
        net = carve.Network()
        net.input("x", 1)
        net.rate("y", 1)
        net.project("x", "y", weights=1.0, name="w")
        monitor = net.monitor("w", every=2)
        net.run(np.zeros((4, 1)))
        net["w"].weights = 5.0
        net.run(np.zeros((2, 1)))
        self.assertEqual((monitor.steps.tolist(), monitor.values[0, :, 0, 0].tolist()), ([0, 2, 4, 6], [1, 1, 5, 5]))

    def test_a_copy_is_a_network_of_its_own(self):
        net = carve.Network()
        net.input("x", 1)
        net.rate("y", 1)
        net.project("x", "y", "x y", weights=1.0, name="w")
        net.run(np.ones((4, 1)))
        other = copy.copy(net)
        other.theta = [7.0]
        self.assertEqual((net.step_count, other.step_count, net.theta.tolist()), (4, 0, [1.0]))

    def test_time_constants_are_any_real_numbers(self):
        rule = carve.PlasticityRule("x y m", factors={"m": {"of": "y", "tau": np.int64(50)}})
        self.assertEqual(rule.coefficients["tau_m"], np.log(50))
        self.assertEqual(carve.PlasticityRule("pre: y1", tau=np.float32(0.5)).coefficients["tau_post"], np.log(0.5))

    @unittest.skipIf(os.name != "posix", "signals are those of POSIX")
    def test_ctrl_c_ends_a_run_soon_and_loses_no_recording(self):
        def network():
            net = carve.Network(seed=1)
            net.poisson("p", 200, rate=20.0)
            net.neurons("c", 100)
            net.project("p", "c", weights=0.4, gain=0.05)
            return net, net.monitor("c"), net.monitor("c", "voltages", every=1000)
        for delay in 0.15, 0.3, 0.4:
            net, spikes, voltages = network()
            net.run(steps=1) # built
            timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            begin = time.monotonic()
            with self.assertRaises(KeyboardInterrupt):
                net.run(steps=1 << 40)
            self.assertLess(time.monotonic() - begin, 30) # of years
            self.assertGreater(net.step_count, 0)
            other, expected, _ = network()
            other.run(steps=net.step_count)
            np.testing.assert_array_equal(spikes.steps, expected.steps)
            at = net.step_count
            net.run(steps=2000)
            np.testing.assert_array_equal(voltages.steps, np.arange(0, at + 2000, 1000))


@unittest.skipIf(np is None or importlib.util.find_spec("matplotlib") is None, "matplotlib is not installed")
class Figures(unittest.TestCase):
    def setUp(self):
        import matplotlib
        matplotlib.use("Agg")

    def test_curves_and_rasters_have_the_recorded_values(self):
        net = oja_network()
        weights = net.monitor("w", every=5)
        net.run(np.random.default_rng(1).normal(size=(20, 3)))
        lines = weights.plot(replica=2).get_lines()
        self.assertEqual(len(lines), 3)
        np.testing.assert_array_equal(lines[1].get_xydata(), np.stack([[0, 5, 10, 15, 20], weights.values[2, :, 0, 1]], 1))
        net = carve.Network(replicas=2)
        net.spikes("pre", 1)
        net.neurons("post", 3)
        net.project("pre", "post", weights=5.0)
        spikes, voltages = net.monitor("post"), net.monitor("post", "voltages")
        net.run([(0, 0), (150, 0)], seconds=0.03)
        axes = spikes.plot(replica=1)
        self.assertGreater(len(spikes), 0)
        np.testing.assert_array_equal(axes.get_lines()[0].get_xydata(),
                                      np.stack([spikes.times, spikes.units], 1)[spikes.replicas == 1])
        self.assertEqual(axes.get_xlabel(), "time (s)")
        self.assertIs(voltages.plot(axes), axes)


if __name__ == "__main__":
    unittest.main()
