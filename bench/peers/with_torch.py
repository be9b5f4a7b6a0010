"""PyTorch: autograd through all steps; the time loop in Python, and compiled by torch.jit."""
import numpy as np
import torch
from problems import powers

SYSTEMS = ["OneLayer", "TwoLayer", "Generation"]
VERSIONS = [f"PyTorch {torch.__version__}"]

torch.set_num_threads(1)


def monomials(x, x_powers, w, by_y):
    """As one writes it first: the 27 monomials of every synapse, times the coefficients."""
    theta = by_y.permute(2, 0, 1).reshape(27)
    for t in range(x.shape[0]):
        y = (x[t] * w).sum(1)
        ys = torch.stack([torch.ones_like(y), y, y * y], 1)
        ws = torch.stack([torch.ones_like(w), w, w * w], 1)
        terms = torch.einsum("raj,rb,rcj->rjabc", x_powers[t], ys, ws)
        w = w + terms.reshape(w.shape[0], w.shape[1], 27) @ theta
    return w


def quadratics(x, x_powers, w, by_y):
    """A quadratic in w, whose coefficients are quadratics in x, whose are quadratics in y."""
    c0, c1, c2 = by_y[0], by_y[1], by_y[2]
    for t in range(x.shape[0]):
        y = (x[t] * w).sum(1)[:, None, None]
        by_x = torch.addcmul(c0, y, torch.addcmul(c1, y, c2)) # [replica][c][a]
        k0, k1, k2 = torch.bmm(by_x, x_powers[t]).unbind(1)
        w = w + torch.addcmul(k0, w, torch.addcmul(k1, w, k2))
    return w


def sums_of_products(x, x_powers, w, by_y):
    """The same without batched matrix products."""
    c0, c1, c2 = by_y[0], by_y[1], by_y[2]
    for t in range(x.shape[0]):
        y = (x[t] * w).sum(1)[:, None, None]
        by_x = torch.addcmul(c0, y, torch.addcmul(c1, y, c2))
        k0, k1, k2 = (by_x[:, :, :, None] * x_powers[t][:, None]).sum(2).unbind(1)
        w = w + torch.addcmul(k0, w, torch.addcmul(k1, w, k2))
    return w


def one_layer(problem, loop):
    x, w0 = torch.from_numpy(problem.x), torch.from_numpy(problem.w0)
    target = torch.from_numpy(problem.target)
    x_powers = torch.from_numpy(powers(problem.x))
    theta = torch.from_numpy(problem.theta.copy()).requires_grad_(problem.gradient)

    def loss():
        by_y = (problem.eta * theta).permute(1, 2, 0) # [b][c][a]
        w = loop(x, x_powers, w0, by_y)
        sign = torch.where((w * target).sum(1, keepdim=True) >= 0, 1.0, -1.0).to(w.dtype)
        return ((w - sign * target)**2).sum() / len(w)

    def run():
        if not problem.gradient:
            with torch.no_grad():
                return np.array([float(loss())])
        theta.grad = None
        value = loss()
        value.backward()
        return np.append(value.detach().numpy(), theta.grad.numpy().ravel())
    return run


def two_layer_loop(x, x_powers, w, lateral, lower, theta, phi):
    p, m, n = w.shape[0], w.shape[1], w.shape[2]
    for t in range(x.shape[0]):
        y = torch.matmul(w, x[t])
        for i in range(1, m):
            y[:, i] += (lateral[:, i, :i] * y[:, :i]).sum(1)
        each = y[:, :, None, None]
        by_x = torch.addcmul(theta[0], each, torch.addcmul(theta[1], each, theta[2]))
        k = torch.matmul(by_x.reshape(p * m * 3, 3), x_powers[t]).reshape(p, m, 3, n)
        w = w + torch.addcmul(k[:, :, 0], w, torch.addcmul(k[:, :, 1], w, k[:, :, 2]))
        ys = torch.stack([torch.ones_like(y), y, y * y], 1)
        by_k = torch.addcmul(phi[0], each, torch.addcmul(phi[1], each, phi[2]))
        k = torch.bmm(by_k.reshape(p, m * 3, 3), ys).reshape(p, m, 3, m)
        lateral = lateral + lower * torch.addcmul(
            k[:, :, 0], lateral, torch.addcmul(k[:, :, 1], lateral, k[:, :, 2]))
    return w, lateral


def two_layer(problem, loop):
    def by_y(theta): # [b][candidate][1][c][a]
        scaled = problem.dtype(problem.eta) * theta
        return torch.from_numpy(scaled.transpose(2, 0, 3, 1)[:, :, None])
    x, x_powers = torch.from_numpy(problem.x), torch.from_numpy(powers(problem.x))
    theta, phi = by_y(problem.theta), by_y(problem.phi)
    w0 = torch.from_numpy(np.repeat(problem.w0[None], problem.candidates, 0))
    lateral = torch.zeros(problem.candidates, problem.m, problem.m, dtype=w0.dtype)
    lower = torch.tril(torch.ones_like(lateral[0]), -1)

    def run():
        with torch.no_grad():
            ends = loop(x, x_powers, w0, lateral, lower, theta, phi)
        return np.concatenate([end.numpy().ravel() for end in ends])
    return run


def generation_loop(x_transposed, x_powers, w, theta, epochs: int):
    d, r, n = w.shape[0], w.shape[1], w.shape[2]
    for _ in range(epochs):
        y = torch.bmm(w, x_transposed) # [data set][rule][sample]
        ys = torch.stack([torch.ones_like(y), y, y * y], 2)
        sums = torch.bmm(ys.reshape(d, 3 * r, y.shape[2]), x_powers).reshape(d, r, 9, n)
        k = torch.matmul(theta, sums) # [data set][rule][c][n]
        w = w + torch.addcmul(k[:, :, 0], w, torch.addcmul(k[:, :, 1], w, k[:, :, 2]))
    return w


def generation(problem, loop):
    scale = problem.dtype(problem.eta / problem.samples)
    # sums are [b][a], theta [rule][c][b][a]
    theta = torch.from_numpy(scale * problem.theta.transpose(0, 3, 2, 1).reshape(-1, 3, 9))
    x_powers = powers(problem.x) # [data set][sample][a][n]
    x_powers = torch.from_numpy(x_powers.reshape(problem.data_sets, problem.samples, -1))
    x_transposed = torch.from_numpy(np.ascontiguousarray(problem.x.swapaxes(1, 2)))
    w0 = torch.from_numpy(np.repeat(problem.w0[:, None], problem.candidates, 1))

    def run():
        with torch.no_grad():
            return loop(x_transposed, x_powers, w0, theta, problem.epochs).numpy().ravel()
    return run


def _warm(run):
    for _ in range(3): # torch.jit compiles and specialises during the first calls
        run()
    return run


def contenders(problem):
    kind = type(problem).__name__
    script = torch.jit.script
    if kind == "TwoLayer":
        return [("PyTorch", two_layer(problem, two_layer_loop)),
                ("PyTorch, jit", _warm(two_layer(problem, script(two_layer_loop))))]
    if kind == "Generation":
        return [("PyTorch", generation(problem, generation_loop)),
                ("PyTorch, jit", _warm(generation(problem, script(generation_loop))))]
    loops = [("PyTorch, quadratics", quadratics),
             ("PyTorch, jit, quadratics", script(quadratics)),
             ("PyTorch, jit, sums", script(sums_of_products))]
    if problem.gradient:
        loops = [("PyTorch, monomials", monomials)] + loops
    return [(name, _warm(one_layer(problem, loop)) if "jit" in name else one_layer(problem, loop))
            for name, loop in loops]
