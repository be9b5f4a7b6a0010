"""The optimizers of docs/search.md with derivatives, written apart from the command."""
import numpy as np


def soft(x, threshold):
    return np.sign(x) * max(abs(x) - threshold, 0.0)


def lasso_step(hessian, gradient, theta, l1):
    """The minimum of gradient.d + d.hessian d / 2 + l1 |theta + d|_1 (S1), as theta + d."""
    if l1 == 0:
        return theta - np.linalg.solve(hessian, gradient)
    at = theta.copy()
    for _ in range(20000):
        before = at.copy()
        for k in range(len(at)):
            slope = gradient[k] + hessian[k] @ (at - theta)
            at[k] = soft(at[k] - slope / hessian[k, k], l1 / hessian[k, k])
        if np.max(np.abs(at - before)) <= 1e-13 * (1 + np.max(np.abs(at))):
            break
    return at


class GaussNewton:
    def __init__(self, damping):
        self.damping = damping

    def iterate(self, search, objective, theta, l1):
        loss, diverged, gradient, hessian = objective(theta, True)
        gradient, hessian = gradient + search.precision * theta, hessian + search.precision * np.eye(len(theta))
        now = loss + search.prior(theta) + l1 * np.sum(np.abs(theta))
        while self.damping < 1e9:
            trial = lasso_step(hessian + self.damping * np.eye(len(theta)), gradient, theta, l1)
            if np.array_equal(trial, theta):
                break
            there, lost = objective(trial, False)[:2]
            then = there + search.prior(trial) + l1 * np.sum(np.abs(trial))
            if lost <= diverged and then < now:
                self.damping = max(self.damping / 3, 1e-9)
                return trial, there, now - then > 1e-6 * now
            self.damping = max(self.damping, 1e-9) * 4
        self.damping = min(self.damping, 1.0)
        return theta, loss, False


class Adam:
    def __init__(self, settings):
        self.rate, self.clip, self.t = settings["learning_rate"], settings["clip"], 0

    def iterate(self, search, objective, theta, l1):
        loss, _, gradient, _ = objective(theta, True)
        gradient = gradient + search.precision * theta
        self.t += 1
        if self.t == 1:
            self.mean, self.square = np.zeros_like(theta), np.zeros_like(theta)
        scale = min(1.0, self.clip / np.linalg.norm(gradient))
        self.mean = 0.9 * self.mean + 0.1 * scale * gradient
        self.square = 0.999 * self.square + 0.001 * (scale * gradient) ** 2
        rate = self.rate / (np.sqrt(self.square / (1 - 0.999**self.t)) + 1e-8)
        step = theta - rate * self.mean / (1 - 0.9**self.t)
        moved = np.array([soft(s, r * scale * l1) for s, r in zip(step, rate)])
        return moved, loss, not np.array_equal(moved, theta)
