"""NumPy, vectorised over synapses and replicas, no array allocated twice that can be kept."""
import numpy as np
from problems import powers

SYSTEMS = ["OneLayer", "TwoLayer", "Generation"]
VERSIONS = [f"NumPy {np.__version__}"]


def _by_y(theta, eta):
    """eta theta [..][a][b][c] as a quadratic in y: three arrays [..][c][a]."""
    return [np.ascontiguousarray(eta * np.swapaxes(theta[..., b, :], -1, -2)) for b in range(3)]


def _loss(problem, w):
    sign = np.where((w * problem.target).sum(1, keepdims=True) >= 0, 1, -1).astype(w.dtype)
    rest = w - sign * problem.target
    return (rest**2).sum() / len(w), 2 * rest / len(w)


def _step(w, y, x_powers, by_y, buffer):
    """w [replica][n] under the rates y [replica][1][1]."""
    by_w = np.matmul(by_y[0] + y * (by_y[1] + y * by_y[2]), x_powers)
    np.multiply(by_w[:, 2], w, out=buffer)
    buffer += by_w[:, 1]
    buffer *= w
    buffer += by_w[:, 0]
    w += buffer


def value(problem):
    x_powers, by_y = powers(problem.x), _by_y(problem.theta, problem.dtype(problem.eta))
    buffer = np.empty_like(problem.w0)

    def run():
        w = problem.w0.copy()
        for x, x_power in zip(problem.x, x_powers):
            _step(w, np.einsum("rj,rj->r", x, w)[:, None, None], x_power, by_y, buffer)
        return np.array([_loss(problem, w)[0]])
    return run


def forward(problem):
    """Sensitivities S [replica][27][n] beside the weights."""
    eta = problem.dtype(problem.eta)
    x_powers, by_y = powers(problem.x), _by_y(problem.theta, eta)
    replicas, n = problem.w0.shape
    w_powers = np.ones((replicas, 3, n), problem.dtype)
    y_powers = np.ones((replicas, 3), problem.dtype)
    buffer = np.empty((replicas, 27, n), problem.dtype)
    terms = buffer.reshape(replicas, 3, 3, 3, n)

    def run():
        w, s = problem.w0.copy(), np.zeros_like(buffer)
        for x, x_power in zip(problem.x, x_powers):
            y = np.einsum("rj,rj->r", x, w)
            y_powers[:, 1], y_powers[:, 2] = y, y * y
            w_powers[:, 1] = w
            np.multiply(w, w, out=w_powers[:, 2])
            y = y[:, None, None]
            by_w = np.matmul(by_y[0] + y * (by_y[1] + y * by_y[2]), x_power)
            slope_y = np.matmul(by_y[1] + 2 * y * by_y[2], x_power)
            slope_y = slope_y[:, 0] + w * (slope_y[:, 1] + w * slope_y[:, 2])
            y_sens = np.matmul(s, x[:, :, None])
            s *= (1 + by_w[:, 1] + 2 * w * by_w[:, 2])[:, None]
            np.multiply(y_sens, slope_y[:, None], out=buffer)
            s += buffer
            xw = x_power[:, :, None] * w_powers[:, None] # [replica][a][c][n]
            np.multiply(xw[:, :, None], (eta * y_powers)[:, None, :, None, None], out=terms)
            s += buffer
            w += by_w[:, 0] + w * (by_w[:, 1] + w * by_w[:, 2])
        loss, dloss_dw = _loss(problem, w)
        return np.append(loss, np.einsum("rkj,rj->k", s, dloss_dw))
    return run


def adjoint(problem):
    """A sweep back over the stored trajectory."""
    eta = problem.dtype(problem.eta)
    x_powers, by_y = powers(problem.x), _by_y(problem.theta, eta)
    trajectory, buffer = np.empty_like(problem.x), np.empty_like(problem.w0)
    rates = np.empty(problem.x.shape[:2], problem.dtype)
    w_powers = np.ones((problem.replicas, 3, problem.n), problem.dtype)

    def run():
        w = problem.w0.copy()
        for x, x_power, kept, y in zip(problem.x, x_powers, trajectory, rates):
            kept[...] = w
            np.einsum("rj,rj->r", x, w, out=y)
            _step(w, y[:, None, None], x_power, by_y, buffer)
        loss, slope = _loss(problem, w)
        gradient = np.zeros((3, 3, 3))
        for x, x_power, w, y in zip(problem.x[::-1], x_powers[::-1], trajectory[::-1],
                                    rates[::-1]):
            w_powers[:, 1] = w
            np.multiply(w, w, out=w_powers[:, 2])
            sums = np.matmul(slope[:, None] * x_power, w_powers.swapaxes(1, 2))
            gradient += np.einsum("rac,rb->abc", sums, np.stack([np.ones_like(y), y, y * y], 1))
            y = y[:, None, None]
            slope_w = np.matmul((by_y[0] + y * (by_y[1] + y * by_y[2]))[:, 1:], x_power)
            slope_y = np.matmul(by_y[1] + 2 * y * by_y[2], x_power)
            slope_y = slope_y[:, 0] + w * (slope_y[:, 1] + w * slope_y[:, 2])
            dloss_dy = np.einsum("rj,rj->r", slope, slope_y)
            slope = slope * (1 + slope_w[:, 0] + 2 * w * slope_w[:, 1]) + dloss_dy[:, None] * x
        return np.append(loss, eta * gradient.ravel())
    return run


def two_layer(problem):
    n, m, candidates = problem.n, problem.m, problem.candidates
    eta = problem.dtype(problem.eta)
    theta = [t[:, None] for t in _by_y(problem.theta, eta)] # [candidate][1][c][a]
    phi = [t[:, None] for t in _by_y(problem.phi, eta)]
    x_powers = powers(problem.x)
    lower = np.tril(np.ones((m, m), problem.dtype), -1)
    buffer = np.empty((candidates, m, n), problem.dtype)

    def run():
        w = np.repeat(problem.w0[None], candidates, 0)
        lateral = np.zeros((candidates, m, m), problem.dtype)
        for x, x_power in zip(problem.x, x_powers):
            y = w @ x
            for i in range(1, m):
                y[:, i] += np.einsum("pk,pk->p", lateral[:, i, :i], y[:, :i])
            each = y[:, :, None, None]
            # one matrix product for all candidates: their inputs are the same
            by_w = (theta[0] + each * (theta[1] + each * theta[2])).reshape(-1, 3) @ x_power
            by_w = by_w.reshape(candidates, m, 3, n)
            np.multiply(by_w[:, :, 2], w, out=buffer)
            np.add(buffer, by_w[:, :, 1], out=buffer)
            np.multiply(buffer, w, out=buffer)
            w += by_w[:, :, 0]
            w += buffer
            by_l = (phi[0] + each * (phi[1] + each * phi[2])) @ powers(y)[:, None]
            lateral += lower * (by_l[:, :, 0]
                                + lateral * (by_l[:, :, 1] + lateral * by_l[:, :, 2]))
        return np.concatenate([w.ravel(), lateral.ravel()])
    return run


def generation(problem):
    """All rules and data sets at once; the samples' sums of x^a y^b as one matrix product."""
    x = problem.x # [data set][sample][n]
    data_sets, samples, n = x.shape
    x_powers = powers(x).swapaxes(1, 2).reshape(data_sets, 3, samples, n)
    x_powers = np.ascontiguousarray(np.moveaxis(x_powers, 1, 2)).reshape(data_sets, samples, 3 * n)
    scale = problem.dtype(problem.eta / samples)
    theta = np.ascontiguousarray(scale * np.moveaxis(problem.theta, -1, 0)) # [c][rule][a][b]

    def run():
        w = np.repeat(problem.w0[:, None], problem.candidates, 1)
        for _ in range(problem.epochs):
            y = w @ x.swapaxes(1, 2) # [data set][rule][sample]
            y_powers = np.stack([np.ones_like(y), y, y * y], 2)
            sums = (y_powers.reshape(data_sets, -1, samples) @ x_powers).reshape(
                data_sets, problem.candidates, 3, 3, n) # [data set][rule][b][a][n]
            by_w = np.einsum("krab,drban->kdrn", theta, sums, optimize=True)
            w += by_w[0] + w * (by_w[1] + w * by_w[2])
        return w.ravel()
    return run


def contenders(problem):
    kind = type(problem).__name__
    if kind == "OneLayer" and problem.gradient:
        return [("NumPy, forward", forward(problem)), ("NumPy, adjoint", adjoint(problem))]
    if kind == "OneLayer":
        return [("NumPy", value(problem))]
    return [("NumPy", two_layer(problem) if kind == "TwoLayer" else generation(problem))]
