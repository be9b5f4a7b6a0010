"""What carve.Network says of mistakes.

CARVE_LIBRARY is the library under test. Without NumPy the tests are skipped."""
import unittest

from binding import carve, np


@unittest.skipIf(np is None, "NumPy is not installed")
class Mistakes(unittest.TestCase):
    def test_each_names_the_thing_and_the_nearest_name(self):
        net = carve.Network()
        net.input("input", 3)
        net.rate("output", 1)
        for call, error, words in (
                (lambda: net.project("input", "ouput"), ValueError, "no population 'ouput'.*did you mean 'output'"),
                (lambda: net.project("input", "output", dely=1), TypeError, "no option 'dely'.*did you mean 'delay'"),
                (lambda: net.project("input", "output", eta=1), TypeError, "eta of 'input_to_output' without a rule"),
                (lambda: net.project("input", "output", bounds=(0, 1)), TypeError, "bounds of"),
                (lambda: net.project("input", "output", "x y", eta=[1, 2]), ValueError, "2 learning rates for 1 rules"),
                (lambda: net.project("input", "output", connect="lowr"), ValueError, "did you mean 'lower'"),
                (lambda: net.project("input", "output", connect=3), TypeError, "in_degree"),
                (lambda: net.project("input", "output", weights=[1.0]), ValueError, r"shape \(1,\)"),
                (lambda: net.project("input", "output", receptor="excitatory"), ValueError, "'output' is not a population of neurons"),
                (lambda: net.project("input", "output", "x y", bounds=5), ValueError, r"bounds of 'input_to_output' is 5; it is \(low, high\)"),
                (lambda: net.project("input", "output", "x y", bounds=(2, 0)), ValueError, "low below high"),
                (lambda: net.project("input", "output", "x y", bounds=(0, 2), weights=[[1, 200, 1]]), ValueError, r"pass their bounds \(0.0, 2.0\)"),
                (lambda: net.project("input", "output", "x y", bounds=(0, 2), weights=3), ValueError, "pass their bounds"),
                (lambda: net.project("input", "output", weights=[[np.nan, 1, 1]]), ValueError, "not finite"),
                (lambda: net.project("output", "output", connect="lower", weights=[[1.0]]), ValueError, "others are 0"),
                (lambda: net.monitor("input"), ValueError, "no array 'rates', the values of an input are the caller's"),
                (lambda: net.monitor("output", "drive"), ValueError, "a drive is of a population with tau above 1"),
                (lambda: carve.Network(bond=3), TypeError, "no option 'bond'.*did you mean 'bound'"),
                (lambda: carve.PlasticityRule("x y r", factors={"r": "input"}, eligibility=0), ValueError, "eligibility is 0; it is a number above 0"),
                (lambda: carve.KernelRule(carve.Rule([(1, 1, 0), (0, 2, 1)]), [1, 2, 3]), ValueError, r"theta of a KernelRule has shape \(3,\)"),
                (lambda: net.project("input", "output", 3), TypeError, "rule is 3"),
                (lambda: net.project("input", "output", carve.PlasticityRule("x r", factors={"r": "reward"})), ValueError,
                 "no population 'reward'"),
                (lambda: net.project("input", "output", "pre: 1"), ValueError, "'input_to_output' is for spikes, and 'output' is a population of rates"),
                (lambda: net.rate("output", 1), ValueError, "already"),
                (lambda: net.rate("z", 1, "tan"), ValueError, "did you mean 'tanh'"),
                (lambda: net.rate("z", -1), ValueError, "units is -1"),
                (lambda: net.neurons("z", 1, "lyf"), ValueError, "did you mean 'lif'"),
                (lambda: net.gaussian("z", 1, covarience=2), TypeError, "covarience"),
                (lambda: net["outpu"], KeyError, "did you mean 'output'"),
                (lambda: carve.Network(precision="float"), ValueError, "double"),
                (lambda: carve.Network(replicas=1.5), TypeError, "replicas is 1.5")):
            with self.subTest(words=words), self.assertRaisesRegex(error, words):
                call()
        net.project("input", "output", "x y", name="w")
        data = np.zeros((10, 3))
        for call, error, words in (
                (lambda: net.rate("z", 1), RuntimeError, "has been built"),
                (net.run, ValueError, "array for each of input"),
                (lambda: net.run(data[:, :2]), ValueError, r"shape \(10, 2\), not \[step\]\[3\] or \[1\]\[step\]\[3\]"),
                (lambda: net.run({"inputs": data}), ValueError, "did you mean 'input'"),
                (lambda: net.run({}), ValueError, "nothing for 'input'"),
                (lambda: net.run(data, 11), ValueError, "10 steps, not 11"),
                (lambda: net.run(data, seconds=1), ValueError, "only steps"),
                (lambda: net.monitor("w", "weight"), ValueError, "did you mean 'weights'"),
                (lambda: net.monitor("w", "sensitivities"), ValueError, "in a Network\\(gradient=True\\)"),
                (lambda: net.monitor("w", "eligibility"), ValueError, "has an eligibility trace"),
                (lambda: setattr(net, "replicas", 5), AttributeError, "replicas of a network that has been built cannot be set"),
                (lambda: setattr(net, "replica", 5), AttributeError, "no attribute 'replica'.*did you mean 'replicas'"),
                (lambda: setattr(net["w"], "weigths", 1), AttributeError, "NamedProjection: there is no attribute 'weigths'"),
                (lambda: setattr(carve.PlasticityRule("x y"), "tau_pre", 1), AttributeError, "PlasticityRule: there is no attribute 'tau_pre'"),
                (lambda: net.theta.__setitem__(0, 1), ValueError, "read-only"),
                (lambda: net["w"].theta.__setitem__(0, 1), ValueError, "read-only"),
                (lambda: net["w"].weights.__setitem__(0, 1), ValueError, "read-only"),
                (lambda: net.monitor("w", at=[1], every=1), TypeError, "give one"),
                (lambda: net.monitor("w", every=0), ValueError, "at least 1"),
                (lambda: net.monitor("w").values, ValueError, "recorded nothing yet"),
                (lambda: net.monitor("w").times, ValueError, "no seconds"),
                (lambda: setattr(net, "theta", [1, 2]), ValueError, r"shape \(2,\), not \(1,\): x y"),
                (lambda: setattr(net["w"], "weights", np.zeros((2, 3))), ValueError, r"\(2, 3\), not \(1, 3\)")):
            with self.subTest(words=words):
                len(net.populations) and net.sim
                with self.assertRaisesRegex(error, words):
                    call()

    def test_arrays_of_whole_numbers_take_no_others(self):
        sim = carve.Sim(carve.Model([carve.Poisson(2), carve.Lif(1)], [carve.Projection(pre=0, post=1)], probes=[carve.RateProbe(1)]))
        for values, error, words in (([0.5, 10], TypeError, "values takes whole numbers, not float64"), ([0, -1], ValueError, "not from 0 to"),
                                     ([1j, 2], TypeError, "real numbers, not complex128"), (["a", "b"], TypeError, "real numbers, not <U1")):
            with self.subTest(words=words), self.assertRaisesRegex(error, words):
                sim.put(carve.View.WINDOW, 1, values)
        sim.put(carve.View.WINDOW, 1, [0, 1e6])

    def test_the_kernels_words_name_populations_and_projections(self):
        net = carve.Network()
        net.input("signal", 3)
        net.rate("response", 1, tau=0.5)
        net.project("signal", "response")
        with self.assertRaisesRegex(carve.CarveError, "population 'response'.*tau"):
            net.run(np.zeros((1, 3)))

    def test_singular_covariances_are_refused(self):
        net = carve.Network()
        for covariance, words in (([[1, 2], [2, 1]], "is not positive definite"), ([[1, 0.9], [0, 1]], "is not symmetric"),
                                  (np.eye(3), r"has shape \(3, 3\); it is a variance, \[2\] variances"), (np.nan, "has numbers that are not finite")):
            with self.subTest(words=words), self.assertRaisesRegex(ValueError, "covariance of 'x' " + words):
                net.gaussian("x", 2, covariance=covariance)
        net.gaussian("x", 2, covariance=[4, 9])
        net.rate("y", 1)
        net.project("x", "y")
        np.testing.assert_array_equal(net.sim.get(carve.View.FACTOR, 0)[..., 0], [[2, 0], [0, 3]])


if __name__ == "__main__":
    unittest.main()
