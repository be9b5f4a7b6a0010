"""What all contenders solve: data of the cases, as NumPy arrays."""
import numpy as np


def powers(values):
    """[..][n] to [..][3][n]: orders 0, 1, 2."""
    return np.ascontiguousarray(np.stack([np.ones_like(values), values, values**2], -2))


def rules_near(theta, n, rng):
    """n variants of a rule [3][3][3]: no contender may save the terms that are 0."""
    return theta + 0.002 * rng.standard_normal((n, 3, 3, 3))


def hebb_with_decay():
    theta = np.zeros((3, 3, 3)) # [a][b][c] of x^a y^b w^c
    theta[1, 1, 0], theta[0, 2, 1] = 1, -1 # Oja's rule
    return theta


def anti_hebb():
    theta = np.zeros((3, 3, 3))
    theta[1, 1, 0] = -1
    return theta


def correlated(steps, replicas, n, rng):
    """Inputs [step][replica][n] with one dominant direction each, and these, [replica][n]."""
    direction = rng.standard_normal((replicas, n))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    x = (rng.standard_normal((steps, replicas, 1)) * direction
         + rng.standard_normal((steps, replicas, n)) * np.sqrt(0.5 / n))
    return x, direction


class OneLayer:
    """System 1, online: value [1], and gradient [27], of the mean over replicas of
    min |w - s target|^2, s = +-1."""
    eta = 0.01

    def __init__(self, n, replicas, steps, gradient, dtype=np.float32):
        rng = np.random.default_rng(1)
        x, target = correlated(steps, replicas, n, rng)
        self.x = x.astype(dtype) # [step][replica][n]
        self.target = target.astype(dtype) # [replica][n]
        self.w0 = (rng.standard_normal((replicas, n)) * 0.5 / np.sqrt(n)).astype(dtype)
        self.theta = rules_near(hebb_with_decay(), 1, rng)[0].astype(dtype)
        self.n, self.replicas, self.steps = n, replicas, steps
        self.gradient, self.dtype = gradient, dtype
        self.synapse_steps = n * replicas * steps
        self.name = f"{'gradient' if gradient else 'value'}/n:{n}/replicas:{replicas}"

    def short(self, dtype):
        return OneLayer(min(self.n, 10), min(self.replicas, 3), 100, self.gradient, dtype)


class TwoLayer:
    """System 2, online: the weights [candidate][post][pre] and the lateral ones, strictly lower,
    [candidate][post][post] that each candidate pair of rules ends with, on the same inputs."""
    eta = 0.005

    def __init__(self, n, m, candidates, steps, dtype=np.float32):
        rng = np.random.default_rng(2)
        self.x = correlated(steps, 1, n, rng)[0][:, 0].astype(dtype) # [step][n]
        self.w0 = (rng.standard_normal((m, n)) * 0.3 / np.sqrt(n)).astype(dtype)
        self.theta = rules_near(hebb_with_decay(), candidates, rng).astype(dtype)
        self.phi = rules_near(anti_hebb(), candidates, rng).astype(dtype)
        self.n, self.m, self.candidates, self.steps, self.dtype = n, m, candidates, steps, dtype
        self.synapse_steps = (n * m + m * (m - 1) // 2) * candidates * steps
        self.name = f"two layers/n:{n}/m:{m}/candidates:{candidates}"

    def short(self, dtype):
        return TwoLayer(min(self.n, 10), self.m, 3, 100, dtype)


class Generation:
    """One generation of the 2020 protocol on system 1, full batch: the weights
    [data set][candidate][n] that each candidate rule ends with on each data set."""
    eta = 0.1

    def __init__(self, n=3, samples=100, data_sets=20, candidates=51, epochs=200,
                 dtype=np.float32):
        rng = np.random.default_rng(3)
        x = correlated(samples, data_sets, n, rng)[0].swapaxes(0, 1)
        self.x = np.ascontiguousarray(x, dtype) # [data set][sample][n]
        self.w0 = (rng.standard_normal((data_sets, n)) * 0.3).astype(dtype)
        self.theta = rules_near(hebb_with_decay(), candidates, rng).astype(dtype)
        self.n, self.samples, self.data_sets = n, samples, data_sets
        self.candidates, self.epochs, self.dtype = candidates, epochs, dtype
        self.synapse_steps = n * data_sets * candidates * epochs
        self.name = f"generation/n:{n}/samples:{samples}/data sets:{data_sets}/rules:{candidates}"

    def short(self, dtype):
        return Generation(self.n, 10, 2, 3, 20, dtype)


class Spiking:
    """System 3: the mean weight of each of ten parts of the inhibitory afferents, [rule][10], and the
    number of output spikes, [rule], after some seconds of Vogels' cell under each of the rules, all on
    the same precomputed spikes."""
    excitatory, inhibitory, parts = 800, 200, 10
    dt, rate, eta, tau = 1e-4, 10.0, 5e-3, 0.02 # s, Hz, 1, s
    gains, weights = (0.014, 0.035), (3.0, 4.8) # excitatory, inhibitory; near the set point

    def __init__(self, rules, seconds=10, dtype=np.float32):
        rng = np.random.default_rng(4)
        steps = round(seconds / self.dt)
        self.spikes = [] # of each population [n][2]: step, unit; sorted
        for units in (self.excitatory, self.inhibitory):
            raster = rng.random((steps, units), np.float32) < self.rate * self.dt
            self.spikes.append(np.argwhere(raster))
        targets = 5 * (1 + 0.01 * np.arange(rules)) # Hz
        self.alpha, self.kappa, self.beta, self.gamma = (
            -2 * targets * self.tau, np.ones(rules), np.zeros(rules), np.ones(rules))
        self.rules, self.steps, self.dtype = rules, steps, dtype
        n_events = sum(len(spikes) for spikes in self.spikes)
        self.synapse_steps = n_events * rules # synaptic events
        self.name = f"spikes/rules:{rules}"

    def short(self, dtype):
        return Spiking(min(self.rules, 3), 0.5, dtype)

    def result(self, weights, n_spikes):
        """weights [rule][inhibitory], n_spikes [rule]"""
        means = np.reshape(weights, (self.rules, self.parts, -1)).mean(-1)
        return np.concatenate([means.ravel(), np.asarray(n_spikes, float).ravel()])
