"""A layer of linear neurons under Volterra rules, full batch (docs/model.md, M1 to M5 and M10), for
all data sets side by side, by complex arithmetic: derivatives are complex steps."""
import numpy as np

STEP = 1e-30  # of the complex step: no cancellation, so no reason for a larger one


def simulate(task, rules, sets, steps, theta=None):
    """Final feedforward weights [set][output][unit], the step at which a set froze (-1), and with
    theta [set][..., coefficient] in place of the rules' own numbers the weights for each."""
    bound, lateral = task["simulation"]["bound"], task["projection"].get("lateral")
    if theta is None:
        theta = np.concatenate([[t["theta"] for t in rule["terms"]] for rule in rules])
    x = np.stack([s.samples for s in sets])
    w = np.stack([s.w0 for s in sets]).astype(theta.dtype)
    m = np.stack([s.m0 for s in sets]).astype(theta.dtype)
    mask = np.tril(np.ones(m.shape[1:]), -1)
    if lateral and lateral["mask_from"] == "start":
        m = m * mask
    frozen = np.full(len(sets), -1)
    n_first = len(rules[0]["terms"])
    with np.errstate(all="ignore"):
        for t in range(steps):
            u = np.einsum("rij,rsj->rsi", w, x)
            y, drive = _settle(lateral, u, m)
            rms = np.sqrt(np.mean(np.abs(drive) ** 2, axis=1))
            frozen[(frozen < 0) & ~np.all(rms <= bound, axis=1)] = t
            change = _change(rules[0], theta[:n_first], x, y, w)
            if lateral:
                m = (m + rules[1]["eta"] * _change(rules[1], theta[n_first:], y, y, m)) * mask
            w = w + rules[0]["eta"] * change
            if (t + 1) % 64 == 0:
                inside = np.all(np.abs(w) <= bound, axis=(1, 2)) & np.all(np.abs(m) <= bound, axis=(1, 2))
                frozen[(frozen < 0) & ~inside] = t
    return w, frozen


def _settle(lateral, u, m):
    """Rates, and the drives that they were computed from."""
    if not lateral:
        return u, u
    if lateral["inference"] == "solve":
        y = np.linalg.solve(np.eye(m.shape[1]) - m, u.transpose(0, 2, 1)).transpose(0, 2, 1)
    elif isinstance(lateral["inference"], dict):
        y = u
        for _ in range(lateral["inference"]["sweeps"]):
            y = u + np.einsum("rij,rsj->rsi", m, y)
    else:
        y = np.zeros_like(u)
        for i in range(u.shape[2]):
            y[:, :, i] = u[:, :, i] + np.einsum("rj,rsj->rs", m[:, i, :i], y[:, :, :i])
    return y, y


def _change(rule, theta, x, y, w):
    total = np.zeros_like(w)
    for term, coefficient in zip(rule["terms"], theta):
        mean = np.einsum("rsj,rsi->rij", x ** term["x"], y ** term["y"]) / x.shape[1]
        total = total + coefficient * mean * w ** term["w"]
    return total


def score_of(task):
    """"distance" or "squared"."""
    return task["loss"]["components"]["as"]


def residuals(task, w, sets):
    """w - s target of each row, [set][output][unit], s the better sign."""
    target = np.stack([s.target for s in sets])
    sign = np.where(np.sum(w.real * target, axis=2, keepdims=True) >= 0, 1.0, -1.0)
    return w - sign * target


def losses(task, w, frozen, sets, steps, score=None):
    """One a set; docs/search.md's score where it diverged."""
    norms = np.linalg.norm(residuals(task, w, sets), axis=2)
    of_rows = norms if (score or score_of(task)) == "distance" else norms**2
    diverged = frozen >= 0
    return np.where(diverged, 1 + (steps - frozen) / steps, np.mean(of_rows, axis=1))


def cosines(w, sets):
    """|cos| of each output and its component, [set][output]."""
    target = np.stack([s.target for s in sets])
    with np.errstate(all="ignore"):
        return np.abs(np.sum(w * target, axis=2)) / np.linalg.norm(w, axis=2)


def total(losses_, frozen, steps, search):
    """The loss of a candidate from those of its sets."""
    diverged = frozen >= 0
    if search["diverged"] == "candidate" and np.any(diverged):
        return 1 + (steps - np.min(frozen[diverged])) / steps
    if search["aggregate"] == "mean":
        return np.mean(losses_)
    ordered, n = np.sort(losses_), len(losses_)
    cut = (n - 1) // 2 if search["aggregate"] == "median" else n // 5
    robust = np.mean(ordered[cut:n - cut])
    return max(robust, np.mean(losses_)) if np.any(diverged) else robust


def derivatives(task, rules, sets, steps, score=None):
    """Losses, steps of freezing, and gradient and Gauss-Newton matrix of the loss of each set, 0 where it
    diverged."""
    score = score or score_of(task)
    theta = np.concatenate([[t["theta"] for t in rule["terms"]] for rule in rules])
    w, frozen = simulate(task, rules, sets, steps)
    jacobian = []
    for k in range(len(theta)):
        shifted = theta.astype(complex)
        shifted[k] += 1j * STEP
        jacobian.append(simulate(task, rules, sets, steps, shifted)[0].imag / STEP)
    jacobian = np.stack(jacobian, axis=-1)  # [set][output][unit][coefficient]
    r = residuals(task, w, sets)
    norms = np.linalg.norm(r, axis=2)
    weight = (1 / np.maximum(norms, 1e-3) if score == "distance" else np.full_like(norms, 2.0)) / norms.shape[1]
    weight = np.where(frozen[:, None] >= 0, 0, weight)
    diverged = frozen >= 0
    r[diverged], jacobian[diverged] = 0, 0
    gradient = np.einsum("rp,rpj,rpjk->rk", weight, r, jacobian)
    hessian = np.einsum("rp,rpjk,rpjl->rkl", weight, jacobian, jacobian)
    return losses(task, w, frozen, sets, steps, score), frozen, gradient, hessian
