"""carve beside Brian2 (Debian's python3-brian): the same input spikes, the same neuron, the same rule.

With exponential Euler and the conventions below the two give the same spikes. Brian2 takes a step in
the order state, thresholds, synapses, resets, so that

  - a spike that arrives in step t acts on the membrane in step t + 1: carve's step t is its step t + 1;
  - it handles a postsynaptic spike of carve's step t together with the arrivals of step t + 1: before
    them (the pathways' order), but with traces that are a step older. The factors exp(-dt/tau) in the
    synapses' code put that right;
  - a refractory period of n steps keeps n - 1 steps clamped after the spike's own.

With forward Euler, as in many of its examples, voltages differ by an error of the first order in dt.
"""
import pathlib
import sys
import unittest
import warnings

try:
    warnings.simplefilter("ignore") # of its dependencies about each other
    import brian2
except ImportError:
    print("skipped: brian2 is not installed")
    sys.exit(77)
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).parents[2] / "api" / "python"))
import carve

brian2.prefs.codegen.target = "numpy"
ms, second, volt = brian2.ms, brian2.second, brian2.volt
N_EXC, N_INH = 80, 20
GAIN_EXC, GAIN_INH = 0.14, 0.35
TAU, ALPHA, ETA = 0.02, -0.4, 0.02

EQUATIONS = """
dv/dt = (v_rest - v + ge*(0*volt - v) + gi*(-80*mV - v))/(20*ms) : volt (unless refractory)
dge/dt = -ge/(5*ms) : 1
dgi/dt = -gi/(10*ms) : 1
"""
SYNAPSE = """
w : 1
dx/dt = -x/tau : 1 (event-driven)
dy/dt = -y/tau : 1 (event-driven)
"""
ON_PRE = """
gi_post += gain*w
w = clip(w + eta*(alpha + y*lag), 0, 1e9)
x += 1
"""
ON_POST = """
w = clip(w + eta*x/lag, 0, 1e9)
y += 1
"""


def trains(rng, n_units, rate, dt, n_steps):
    """(steps, units), sorted, at most a spike a unit and step."""
    return np.nonzero(rng.random((n_steps, n_units)) < rate * dt)


def carve_sim(dt, plastic, threshold=-0.05):
    model = carve.Model(
        [carve.Poisson(N_EXC, source=carve.Source.STREAMED),
         carve.Poisson(N_INH, source=carve.Source.STREAMED), carve.Lif(1, v_threshold=threshold)],
        [carve.Projection(pre=0, post=2, gain=GAIN_EXC),
         carve.Projection(pre=1, post=2, gain=GAIN_INH, receptor=carve.DefaultReceptor.INHIBITORY,
                          **({"rule": 0, "eta": ETA, "w_min": 0.0} if plastic else {}))],
        [carve.SpikeRule()] if plastic else [], dt=dt, precision=carve.Precision.F64)
    sim = carve.Sim(model)
    sim.reset()
    sim.put(carve.View.WEIGHTS, 0, 0.5)
    sim.put(carve.View.WEIGHTS, 1, 0.1)
    if plastic:
        theta = [np.log(TAU), np.log(TAU), ALPHA, 1, 0, 1]
        sim.put(carve.View.THETA, 0, np.reshape(theta, np.shape(sim.get(carve.View.THETA, 0))))
    return sim


def brian_net(dt, inputs, plastic, method="exponential_euler", threshold=-0.05):
    """The network, its spikes, its voltages and its inhibitory synapses."""
    brian2.defaultclock.dt = dt * second
    names = dict(v_rest=-0.06 * volt, v_threshold=threshold * volt, mV=brian2.mV, volt=volt)
    cell = brian2.NeuronGroup(1, EQUATIONS, threshold="v > v_threshold", reset="v = v_rest",
                              refractory=5 * ms + dt * second, method=method, namespace=names)
    cell.v = -0.06 * volt
    sources = [brian2.SpikeGeneratorGroup(n, units, steps * dt * second)
               for n, (steps, units) in zip((N_EXC, N_INH), inputs)]
    exc = brian2.Synapses(sources[0], cell, on_pre=f"ge_post += {GAIN_EXC}*0.5")
    names = dict(gain=GAIN_INH, eta=ETA, alpha=ALPHA, tau=TAU * second, lag=np.exp(-dt / TAU))
    if plastic:
        inh = brian2.Synapses(sources[1], cell, SYNAPSE, on_pre=ON_PRE, on_post=ON_POST,
                              namespace=names)
    else:
        inh = brian2.Synapses(sources[1], cell, "w : 1", on_pre="gi_post += gain*w", namespace=names)
    for synapses in (exc, inh):
        synapses.connect()
    if plastic:
        inh.post.order, inh.pre.order = -1, 1
    inh.w = 0.1
    spikes, voltage = brian2.SpikeMonitor(cell), brian2.StateMonitor(cell, "v", record=True)
    net = brian2.Network(cell, *sources, exc, inh, spikes, voltage)
    return net, spikes, voltage, inh


class Brian2(unittest.TestCase):
    def check_same_spikes(self, plastic):
        dt, n_steps = 1e-4, 30000
        rng = np.random.default_rng(4)
        inputs = [trains(rng, n, 20, dt, n_steps) for n in (N_EXC, N_INH)]
        sim = carve_sim(dt, plastic)
        recorded, lost = sim.step_recording([np.transpose(i) for i in inputs], n_steps)
        self.assertEqual(lost, 0)
        net, spikes, _, inh = brian_net(dt, inputs, plastic)
        net.run((n_steps + 1) * dt * second)
        theirs = np.round(np.asarray(spikes.t) / dt).astype(int) - 1
        self.assertGreater(len(theirs), 20)
        np.testing.assert_array_equal(recorded["step"], theirs)
        weights = sim.get(carve.View.WEIGHTS, 1)[0, :, 0]
        np.testing.assert_allclose(weights, np.asarray(inh.w), rtol=1e-9)
        if plastic:
            self.assertGreater(np.ptp(weights), 0.01)

    def test_the_same_input_spikes_give_the_same_output_spikes(self):
        self.check_same_spikes(False)

    def test_vogels_rule_gives_the_same_spikes_and_weights(self):
        self.check_same_spikes(True)

    def test_voltages_of_forward_euler_approach_carve_s_with_the_step(self):
        coarse, seconds = 4e-4, 0.4
        rng = np.random.default_rng(5)
        grid = [trains(rng, n, 20, coarse, int(seconds / coarse)) for n in (N_EXC, N_INH)]
        errors = []
        for halving in (1, 2, 4, 8):
            dt, n_steps = coarse / halving, int(round(seconds / coarse)) * halving
            inputs = [(steps * halving, units) for steps, units in grid]
            sim = carve_sim(dt, False, threshold=1.0)
            ours = []
            for step in range(0, n_steps, halving): # voltages at the end of each coarse step
                some = [np.transpose(i)[(i[0] >= step) & (i[0] < step + halving)] for i in inputs]
                sim.step(some, halving)
                ours.append(sim.get(carve.View.VOLTAGES, 2)[0, 0])
            net, _, voltage, _ = brian_net(dt, inputs, False, "euler", threshold=1.0)
            net.run((n_steps + 2) * dt * second)
            theirs = np.asarray(voltage.v)[0][halving + 1::halving] # recorded before the step
            n = min(len(ours), len(theirs))
            errors.append(np.max(np.abs(np.array(ours[:n]) - theirs[:n])))
        orders = np.log2(np.array(errors[:-1]) / errors[1:])
        self.assertLess(errors[-1], 1e-3, errors)
        self.assertTrue(np.all((orders > 0.8) & (orders < 1.3)), (errors, orders))


if __name__ == "__main__":
    unittest.main(verbosity=2)
