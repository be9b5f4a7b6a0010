"""The Python binding of spiking models. CARVE_LIBRARY is the library under test. Without NumPy the tests
are skipped."""
import unittest

from binding import carve, np


@unittest.skipIf(np is None, "NumPy is not installed")
class Spikes(unittest.TestCase):
    def setUp(self):
        self.model = carve.Model(
            [carve.Poisson(3, source=carve.Source.STREAMED), carve.Lif(1, t_ref=0)],
            [carve.Projection(pre=0, post=1, rule=0, eta=1.0, gain=100.0)],
            [carve.SpikeRule(shared=0)], [carve.RateProbe(1)], n_replicas=2)
        self.sim = carve.Sim(self.model)
        self.sim.put(carve.View.WEIGHTS, 0, 10.0)
        self.theta = np.array([[np.log(0.02)] * 2, [np.log(0.02)] * 2, [-0.25, -0.5], [0, 0],
                               [0, 0], [0, 0]])
        self.sim.put(carve.View.THETA, 0, self.theta)

    def test_streamed_spikes_act_and_change_the_weights(self):
        spikes = [(2, 0), (2, 2), (5, 1), (7, 0)]
        recorded, lost = self.sim.step_recording([spikes], 10)
        self.assertEqual(lost, 0)
        self.assertEqual(sorted(set(recorded["step"]))[0], 2)
        self.assertEqual(set(recorded["replica"]), {0, 1})
        w = self.sim.get(carve.View.WEIGHTS)[0]
        np.testing.assert_allclose(w, [[9.5, 9.0], [9.75, 9.5], [9.75, 9.5]])
        counts = self.sim.get(carve.View.SPIKE_COUNTS, 1)[0]
        np.testing.assert_array_equal(counts, [(recorded["replica"] == l).sum() for l in (0, 1)])
        self.assertTrue((self.sim.rate_loss(1)[0] > 0).all())

    def test_a_product_of_factors_changes_weights_by_its_coefficients(self):
        rule = carve.Product()
        self.assertEqual(len(rule.term_list()), 21)
        self.assertEqual(rule.term_list()[12], "post.weight")
        self.assertEqual(carve.Product(["voltage"]).term_list()[:5],
                         ["pre.size", "pre.offset", "pre.weight", "pre.weight^2", "pre.voltage"])
        with self.assertRaisesRegex(ValueError, "names among voltage, excitatory, inhibitory"):
            carve.Product(["weight"])
        model = carve.Model([carve.Poisson(1, source=carve.Source.STREAMED), carve.Cvaif(1)],
                            [carve.Projection(pre=0, post=1, rule=0, eta=0.5, weights=carve.Normal(2))], [rule])
        sim = carve.Sim(model)
        terms = rule.term_list()
        theta = np.zeros((21, 1))
        for name, value in (("pre.size", 0.25), ("pre.weight", 3), ("pre.pre2", 0.5)):
            theta[terms.index(name)] = value
        sim.put(carve.View.THETA, 0, theta[:, 0])
        sim.step_recording([[(1, 0), (1001, 0)]], 1002)
        r = np.exp(-1000 * 1e-4 / 0.1)
        first = 2 + 0.5 * 0.25 * (1 + 3 * 2)
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS).ravel()[0],
                                   first + 0.5 * 0.25 * (1 + 3 * first) * (1 + 0.5 * 2 * r), rtol=1e-5)

    def test_spikes_in_other_forms_are_refused_by_name_with_what_is_expected(self):
        raster = np.zeros((20, 3), bool)
        raster[[2, 7, 7], [1, 0, 2]] = True
        before = self.sim.info().steps
        for spikes, error, words in (
                (np.array([[0.0123, 0], [0.5, 2]]), TypeError, "float64; a time in s is step"),
                (np.array([[1.0, 0], [2.0, 1]], np.float32), TypeError, "float32"),
                ([(2.0, 0)], TypeError, "float64"),
                (raster, TypeError, "bool"),
                ([("2", "0")], TypeError, "not <U1"),
                ([(2 ** 70, 0)], TypeError, "object"),
                ([(None, 0)], TypeError, "object"),
                (np.nonzero(raster), ValueError, r"np.argwhere\(raster\), not np.nonzero"),
                (tuple(a[:2] for a in np.nonzero(raster)), ValueError, "np.argwhere"),
                (np.array(np.nonzero(raster)), ValueError, r"its shape is \(2, 3\)"),
                ([2, 5], ValueError, r"its shape is \(2,\)"),
                ([(2, 0, 1)], ValueError, r"its shape is \(1, 3\)"),
                ([[(2, 0)]], ValueError, r"its shape is \(1, 1, 2\)"),
                (3, ValueError, r"its shape is \(\)"),
                ([(2, 0), (3,)], ValueError, "different lengths"),
                ([(-1, 0), (3, 1)], ValueError, r"inputs\[0\]\[0\] = \(-1, 0\) is negative"),
                ([(1, 0), (3, -1)], ValueError, r"inputs\[0\]\[1\] = \(3, -1\) is negative"),
                ([(1, 0), (3, 3)], ValueError, r"inputs\[0\]\[1\] = \(3, 3\) is not a unit of 0 to 2"),
                ([(5, 0), (2, 0)], ValueError, r"inputs\[0\]\[1\] = \(2, 0\) does not come after"),
                ([(5, 1), (5, 0)], ValueError, "does not come after"),
                ([(1, 0), (5, 1), (5, 1)], ValueError, r"inputs\[0\]\[2\].*without duplicates"),
                (np.array([(5, 1), (4, 2)], np.uint64), ValueError, "does not come after"),
                (np.array([(5, 1), (4, 2)], np.uint8), ValueError, "does not come after")):
            with self.subTest(words=words):
                for call in (self.sim.step, self.sim.step_recording):
                    with self.assertRaisesRegex(error, words) as caught:
                        call([spikes], 10)
                    self.assertTrue(str(caught.exception).startswith("inputs[0]"))
        self.assertEqual(self.sim.info().steps, before)
        for n_steps in (-1, 2 ** 64):
            with self.assertRaisesRegex(ValueError, "n_steps is "):
                self.sim.step([[]], n_steps)
        with self.assertRaisesRegex(ValueError, "capacity is -1"):
            self.sim.step_recording([[]], 1, -1)

    def test_every_integer_type_is_taken_as_it_is(self):
        pairs = [(0, 2), (2, 0), (2, 1), (9, 0)]
        for spikes in (pairs, tuple(pairs), [list(p) for p in pairs], np.array(pairs),
                       *(np.array(pairs, kind) for kind in "bBhHiIlL"), np.array(pairs, ">i4"),
                       np.argwhere(np.array([[s, u] in np.array(pairs).tolist() for s in range(10)
                                             for u in range(3)]).reshape(10, 3))):
            self.sim.reset()
            self.sim.step([spikes], 10)
            np.testing.assert_array_equal(self.sim.get(carve.View.LAST_SPIKES), [10, 3, 1])
        for nothing in ([], (), np.zeros((0, 2)), np.zeros((0, 2), int)):
            self.sim.step([nothing], 1)

    def test_a_loss_names_what_it_needs(self):
        for call in (lambda: self.sim.tuning_loss(0, 0),
                     lambda: carve.Sim(carve.Model([carve.Poisson(3), carve.Lif(1)], [carve.Projection(pre=0, post=1)])).rate_loss(1)):
            with self.assertRaisesRegex(carve.CarveError, "not available.*RateProbe.*TransmittedProbe"):
                call()

    def test_terms_come_back_in_the_order_of_the_coefficients(self):
        terms = [("pre", 0, 0, 0), ("pre", 1, 0, 1), ("post", 0, 0, 2)]
        self.assertEqual(carve.SpikeRule(terms[::-1]).term_list(), ["tau_post", *terms])
        with self.assertRaisesRegex(ValueError, "tau_x"):
            carve.SpikeRule(["tau_x"])
        self.assertEqual(carve.SpikeRule([("post", 1, 1, 0), ("pre", 0, 1, 0)]).term_list(),
                         ["tau_pre", "tau_pre2", "tau_post2", ("pre", 0, 1, 0), ("post", 1, 1, 0)])

    def test_a_network_at_spikes_changes_weights(self):
        rule = carve.SpikeMlp(["weight", "pre"], n_hidden=2, n_second=1, activation=carve.Activation.SIGMOID)
        terms = rule.term_list()
        self.assertEqual(terms, ["hidden[0].pre", "hidden[0].weight", "hidden[1].pre", "hidden[1].weight",
                                 "hidden[0].bias", "hidden[1].bias", "second[0].hidden[0]", "second[0].hidden[1]",
                                 "second[0].bias", "pre.second[0]", "pre.bias", "post.second[0]", "post.bias"])
        with self.assertRaisesRegex(ValueError, "inputs must be names among pre, post"):
            carve.SpikeMlp(["modulator"])
        model = carve.Model([carve.Poisson(1, source=carve.Source.STREAMED), carve.Lif(1)],
                            [carve.Projection(pre=0, post=1, rule=0, eta=0.5, weights=carve.Normal(2))], [rule])
        sim = carve.Sim(model)
        theta = np.linspace(-1, 1, len(terms))
        theta[11:] = 0  # the neuron spikes, too
        sim.put(carve.View.THETA, 0, theta)
        sim.step([[(1, 0), (1001, 0)]], 1002)
        w, sigmoid = 2.0, lambda u: 1 / (1 + np.exp(-u))
        for trace in (0, np.exp(-1000 * 1e-4 / 0.1)):
            hidden = sigmoid(theta[:4].reshape(2, 2) @ [trace, w] + theta[4:6])
            w += 0.5 * (theta[9] * sigmoid(theta[6:8] @ hidden + theta[8]) + theta[10])
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS).ravel()[0], w, rtol=1e-5)

    def test_sums_of_weights_are_factors_of_terms_at_spikes(self):
        rule = carve.SpikeRule([("pre", 0, 0, 0, 0, 1), ("pre", 0, 0, 0), ("post", 0, 0, 0, 1, 2)])
        self.assertEqual(rule.term_list(), [("pre", 0, 0, 0), ("pre", 0, 0, 0, 0, 1), ("post", 0, 0, 0, 1, 2)])
        with self.assertRaisesRegex(ValueError, "not a term of a spike rule"):
            carve.SpikeRule([("pre", 0, 0, 0, 0, 3)])
        rule = carve.SpikeRule([("pre", 0, 0, 0), ("pre", 0, 0, 0, 0, 2)])
        model = carve.Model([carve.Poisson(3, source=carve.Source.STREAMED), carve.Lif(1)],
                            [carve.Projection(pre=0, post=1, rule=0, eta=0.5, weights=carve.Normal(2))], [rule])
        sim = carve.Sim(model)
        sim.put(carve.View.THETA, 0, [0.25, -0.125])
        sim.step([[(1, 0), (1, 2), (3, 1)]], 4)
        w = np.full(3, 2.0)
        for unit in (0, 2, 1):
            w[unit] += 0.5 * (0.25 - 0.125 * w.sum() ** 2)
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS).ravel(), w, rtol=1e-5)

    def test_third_factors_and_gates_of_spikes_change_weights_by_replica(self):
        rule = carve.SpikeRule([("pre", 0, 0, 0, 1), ("pre", 0, 0, 1, 0), ("post", 1, 0, 0, 2)])
        self.assertEqual(rule.term_list(), ["tau_pre", ("pre", 0, 0, 1), ("pre", 0, 0, 0, 1), ("post", 1, 0, 0, 2)])
        cell = [carve.Poisson(1, source=carve.Source.STREAMED), carve.Lif(1)]
        def sim(*others, **fields):
            model = carve.Model([*cell, *others], [carve.Projection(pre=0, post=1, rule=0, eta=1.0, **fields)],
                                [rule], n_replicas=2)
            sim = carve.Sim(model)
            sim.put(carve.View.THETA, 0, [np.log(0.02), 0, 1, 0])
            return sim
        spikes = [(step, 0) for step in range(4)]
        reward = np.arange(8.0).reshape(4, 1, 1, 2)
        gate = np.array([1, 0, 1, 1.0]).reshape(4, 1, 1)
        gated = sim(carve.Input(1), carve.Input(1, shared=1), modulator=2, gate=3)
        gated.step([spikes, reward, gate], 4)
        np.testing.assert_allclose(gated.get(carve.View.WEIGHTS), [[[0 + 4 + 6, 1 + 5 + 7]]])
        with self.assertRaisesRegex(ValueError, r"inputs\[2\] is of 4 steps, not 5"):
            gated.step([spikes, np.zeros((5, 1, 1, 2)), gate], 5)
        filtered = sim(carve.Poisson(2, source=carve.Source.STREAMED), modulator=2, modulator_tau=0.1)
        filtered.step([spikes, [(0, 1), (2, 0)]], 4)
        jump, decay = 1 / (2 * 0.1), np.exp(-1e-3)
        np.testing.assert_allclose(filtered.get(carve.View.WEIGHTS)[0, 0], jump * (1 + decay + decay ** 2 + 1))
        np.testing.assert_allclose(filtered.get(carve.View.MODULATOR_RATE)[0], jump * (decay ** 3 + decay))
        with self.assertRaisesRegex(carve.CarveError, "whose modulator is a population that spikes"):
            gated.get(carve.View.MODULATOR_RATE)

    def test_eligibility_waits_for_a_reward_beside_a_rule_that_acts_at_once(self):
        traced = carve.SpikeRule([("pre", 0, 0, 0, 1)], eligibility=1)
        self.assertEqual(traced.term_list(), ["tau_eligibility", ("pre", 0, 0, 0, 1)])
        at_once = carve.SpikeRule([("pre", 0, 0, 0)])
        sim = carve.Sim(carve.Model(
            [carve.Poisson(2, source=carve.Source.STREAMED), carve.Lif(1), carve.Input(1, shared=1)],
            [carve.Projection(pre=0, post=1, plasticity=[carve.Plasticity(0, eta=2.0, modulator=2),
                                                         carve.Plasticity(1, eta=-0.5)])],
            [traced, at_once]))
        sim.put(carve.View.THETA, 0, [np.log(0.05), 1])
        sim.put(carve.View.THETA, 1, [1])
        reward = np.zeros((100, 1, 1))
        reward[60] = 3
        sim.step([[(10, 0), (40, 0), (80, 1)], reward], 100)
        left = np.exp(-np.array([50, 20]) * 1e-4 / 0.05).sum()
        np.testing.assert_allclose(sim.get(carve.View.WEIGHTS)[0, :, 0], [2 * 3 * left - 2 * 0.5, -0.5])
        np.testing.assert_allclose(sim.get(carve.View.ELIGIBILITY)[0, 1, 0], np.exp(-20 * 1e-4 / 0.05))
        self.assertEqual(sim.get(carve.View.POST_TRACES, 1).shape, (1, 2, 1)) # of the second rule

    def test_receptors_and_initial_weights_reach_the_sim(self):
        receptors = [carve.Receptor(0.004, kind=carve.ReceptorKind.CURRENT), carve.Receptor(0.02, kind=carve.ReceptorKind.CURRENT)]
        model = carve.Model([carve.Poisson(3, rate=2000.0, t_ref=0.0), carve.Lif(1, receptors=receptors)],
                            [carve.Projection(receptor=r, gain=1e-4, weights=carve.Uniform(1, 2)) for r in (0, 1)])
        sim = carve.Sim(model)
        sim.step(n_steps=400)
        before = sim.get(carve.View.CONDUCTANCES, 1)[0, :, 0]
        self.assertTrue((before > 0).all())
        weights = np.concatenate([sim.get(carve.View.WEIGHTS, p).ravel() for p in (0, 1)])
        self.assertTrue(((weights > 1) & (weights < 2)).all())
        self.assertEqual(len(set(weights)), 6)
        lowest = carve.Sim(carve.Model([carve.Input(50), carve.Rate(1)], [carve.Projection(weights=carve.LogUniform(1e-3, 1e3))]))
        logs = np.log10(lowest.get(carve.View.WEIGHTS).ravel())
        self.assertTrue((np.abs(logs) < 3).all() and np.ptp(logs) > 4)

    def test_every_kind_of_neuron_can_be_described(self):
        for neurons, rows in ((carve.Tif, 0), (carve.If, 1), (carve.Cvaif, 5), (carve.Eif, 0)):
            sim = carve.Sim(carve.Model([carve.Poisson(3), neurons(2, tau_m=0.01)], [carve.Projection()]))
            sim.step(n_steps=5, plastic=False)
            self.assertEqual(sim.get(carve.View.CONDUCTANCES, 1).shape[1], 3 if rows else 2)
            if rows:
                self.assertEqual(sim.get(carve.View.NEURON_STATE, 1).shape[1], rows)
            alone = carve.Model([neurons(3, drive=0.05)], [carve.Projection(pre=0, post=0, delay=1)])
            self.assertGreater(len(carve.Sim(alone).step_recording(n_steps=1000)[0]), 0)
        slow = carve.Receptor(0.1, kind=carve.ReceptorKind.FILTERED, source=0, share=0.25)
        self.assertEqual(carve.If(1, receptors=[carve.Receptor(0.005), slow]).n_receptors, 2)

    def test_a_sparse_projection_has_the_graph_that_was_listed_or_drawn(self):
        def sim(connections):
            populations = [carve.Poisson(6, source=carve.Source.STREAMED), carve.Lif(3)]
            return carve.Sim(carve.Model(populations, [carve.Projection(
                weights=carve.Normal(0, 1), connections=connections)], n_replicas=2))
        graph = sim(carve.Csr([0, 2, 2, 5], np.array([1, 5, 0, 2, 3])))
        self.assertEqual(graph.get(carve.View.WEIGHTS).shape, (5, 2))
        np.testing.assert_array_equal(graph.get(carve.View.ROW_START), [0, 2, 2, 5])
        np.testing.assert_array_equal(graph.view(carve.View.PRE_UNITS), [1, 5, 0, 2, 3])
        all_pairs = sim(None).get(carve.View.WEIGHTS)
        np.testing.assert_array_equal(graph.get(carve.View.WEIGHTS),
                                      all_pairs[[0, 0, 2, 2, 2], [1, 5, 0, 2, 3]])
        rows = sim(carve.InDegree(4)).get(carve.View.PRE_UNITS).reshape(3, 4)
        self.assertTrue((np.diff(rows.astype(int)) > 0).all() and rows.max() < 6)
        for wrong, error in [(([0.5], [0]), TypeError), (([0, 1], [-1]), ValueError)]:
            with self.assertRaises(error):
                carve.Csr(*wrong)
        with self.assertRaisesRegex(carve.CarveError, r"projections\[0\].csr.pre\[1\] is 1; it must be above"):
            sim(carve.Csr([0, 2, 2, 2], [1, 1]))
        for rows in [0, 2], [], [0, 1, 1, 2, 2]: # of three units
            with self.subTest(rows=rows), self.assertRaisesRegex(ValueError, rf"projections\[\d\].connections: row_start has {len(rows)} numbers, not 4"):
                sim(carve.Csr(np.array(rows, int), [1, 1]))

    def test_a_csr_is_independent_of_the_arrays_it_was_made_of(self):
        row_start, pre = np.array([0, 1, 2], np.uint32), np.array([0, 1], np.uint32)
        connections = carve.Csr(row_start, pre)
        row_start[2], pre[1] = 5, 9
        self.assertEqual(repr(connections), "carve.Csr([0, 1, 2], [0, 1])")
        with self.assertRaises(ValueError):
            connections.arrays[0][2] = 5

    def test_a_learning_rate_without_a_rule_is_refused(self):
        with self.assertRaisesRegex(TypeError, "eta without rule"):
            carve.Projection(eta=0.1)

    def test_parameters_of_a_population_are_its_attributes(self):
        lif = carve.Lif(1, tau_m=0.01)
        self.assertEqual(lif.tau_m, 0.01)
        lif.tau_m = 0.03
        self.assertEqual(lif.own.tau_m, 0.03)
        with self.assertRaises(AttributeError):
            lif.activation


if __name__ == "__main__":
    unittest.main()
