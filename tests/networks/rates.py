"""Trials of a network of rates, step by step in NumPy, from a task as a dict and what a trial was given.

Equations are those of docs/model.md, cited by number. Nothing here is fast: one trial, one sample after the other.
"""
import numpy as np

ACTIVATIONS = {
    "linear": lambda u: u,
    "relu": lambda u: np.maximum(u, 0.0),
    "tanh": np.tanh,
    "sigmoid": lambda u: 1.0 / (1.0 + np.exp(-u)),
}


def kept_share(tau):
    """What a mean of time constant tau keeps in a step (M41)."""
    return np.exp(-1.0 / tau)


class Baseline:
    """What a third factor is measured from (M35, M36)."""

    def __init__(self, minus):
        self.minus = minus or {}
        self.value = 0.0
        self.past = [0.0] * self.minus.get("last", 0)

    def observe(self, rate):
        if "tau" in self.minus:
            self.value += (rate - self.value) / self.minus["tau"]
        elif "last" in self.minus:
            self.past = self.past[1:] + [rate]
            self.value = sum(self.past) / len(self.past)


class Use:
    """A rule of a projection, with the state that belongs to the two: means, trace, baseline."""

    def __init__(self, network, projection, name):
        rule = network.task["rule"][name]
        self.network, self.projection, self.name, self.rule = network, projection, name, rule
        self.factors = dict(rule.get("factors", {}))
        self.factors.update(network.task["projection"][projection].get("factors", {}))
        self.theta = network.theta[name]
        n, m = network.shape(projection)
        self.means = {"x": np.zeros(m), "y": np.zeros(n), "y^2": np.zeros(n)}
        self.trace = np.zeros((n, m))
        third = rule.get("modulator")
        if third is None:
            third = next((f for f in self.factors.values() if self.kind(f) == "third"), None)
        self.third = {"of": third} if isinstance(third, str) else third
        self.baseline = Baseline(self.third.get("minus") if self.third else None)

    @staticmethod
    def kind(factor):
        of = factor if isinstance(factor, str) else factor["of"]
        if of in ("x", "y", "y^2"):
            return "mean of " + of
        if of == "w":
            return "sum of w"
        return "residual" if of.startswith("residual") else "third"

    def modulation(self):
        """r of (M35): the mean rate of the modulator less its baseline, and that rate."""
        if not self.third:
            return 1.0, 0.0
        rate = self.third.get("scale", 1.0) * float(np.mean(self.network.source(self.third["of"])))
        return rate - self.baseline.value, rate

    def is_open(self):
        gate = self.rule.get("when")
        return gate is None or self.network.source(gate)[0] != 0

    def drive(self, x, y, w, r):
        """G of (M3), (M41) or (M43)."""
        n, m = w.shape
        values = {"x": self.left_over(x, y, w), "y": np.broadcast_to(y[:, None], (n, m)), "w": w}
        for name, factor in self.factors.items():
            kind = self.kind(factor)
            if kind == "mean of x":
                values[name] = np.broadcast_to(self.means["x"], (n, m))
            elif kind.startswith("mean of"):
                values[name] = np.broadcast_to(self.means[kind[8:]][:, None], (n, m))
            elif kind == "sum of w":
                values[name] = np.broadcast_to(w.sum(axis=1)[:, None], (n, m))
            elif kind == "third":
                values[name] = np.full((n, m), r)
        if self.rule.get("kind") == "mlp":
            return self.hidden_layer(values)
        total = np.zeros((n, m))
        for text, theta in self.theta.items():
            if text.startswith("tau_"):
                continue
            product = np.full((n, m), float(theta))
            for word in text.split():
                base, _, power = word.partition("^")
                if base != "1":
                    product = product * values[base] ** int(power or 1)
            total = total + product
        return total

    def left_over(self, x, y, w):
        """x [post][pre], or what is left of it where the rule reads a residual (M3)."""
        explained = np.zeros(w.shape)
        of = self.factors.get("x")
        if of == "residual":
            explained = np.broadcast_to(y @ w, w.shape)
        elif of == "residual_below":
            explained = np.cumsum(y[:, None] * w, axis=0) - y[:, None] * w
        return np.broadcast_to(x, w.shape) - explained

    def hidden_layer(self, values):
        f = ACTIVATIONS[self.rule.get("activation", "tanh")]
        out = self.theta["c"]
        for h in range(self.rule["hidden"][0]):
            u = self.theta["b%d" % h]
            for name in self.rule.get("inputs", ["x", "y", "w"]):
                u = u + self.theta["u%d_%s" % (h, name)] * values[name]
            out = out + self.theta["v%d" % h] * f(u)
        return out

    def change(self, pairs, w, eta):
        """eta times what the rule adds, the mean over the samples' pairs (x, y) of rates."""
        r, _ = self.modulation()
        total = sum(self.drive(x, y, w, r) for x, y in pairs) / len(pairs)
        if "eligibility" in self.rule:  # (M42)
            self.trace = kept_share(np.exp(self.theta["tau_eligibility"])) * self.trace + total
            total = self.trace
        if "modulator" in self.rule:
            total = r * total
        return eta * total

    def observe(self, pairs):
        """Takes the step's rates into the means and the baseline."""
        (x, y) = pairs[0]
        now = {"x": x, "y": y, "y^2": y * y}
        for name, factor in self.factors.items():
            kind = self.kind(factor)
            if kind.startswith("mean of") and "tau_" + name in self.theta:
                keep = kept_share(np.exp(self.theta["tau_" + name]))
                of = kind[8:]
                self.means[of] = keep * self.means[of] + (1 - keep) * now[of]
        self.baseline.observe(self.modulation()[1])


class Network:
    """A trial. `columns` are its data, by name [row][unit]; `weights` those before the first step."""

    def __init__(self, task, theta, columns, weights):
        self.task, self.theta, self.columns = task, theta, columns
        self.populations, self.projections = task["population"], task["projection"]
        self.batch_of_all = task.get("simulation", {}).get("batch") == "all"
        self.weights = {name: np.array(w) for name, w in weights.items()}
        self.first_weights = {name: w.copy() for name, w in self.weights.items()}
        self.step, self.updates = 0, 0
        self.settings = {}
        self.reset_activity()
        self.uses = {name: [Use(self, name, rule) for rule in self.rules_of(name)]
                     for name in self.projections}

    def reset_activity(self):
        """Rates, what they remember, and what comes after delays start anew."""
        longest = 1 + int(max([p.get("delay", 0) for p in self.projections.values()]))
        samples = self.samples()
        self.past = {name: [np.zeros((samples, self.units(name)))] * longest for name in self.populations}
        self.memory = {name: np.zeros((samples, self.units(name))) for name in self.populations}

    def reset_rules(self):
        for name in self.uses:
            self.uses[name] = [Use(self, name, use.name) for use in self.uses[name]]

    def set(self, path, otherwise=None):
        """A value of the task, or the one that a phase has set."""
        if path in self.settings:
            return self.settings[path]
        table, name, key = path.split(".")
        return self.task[table][name].get(key, otherwise)

    def samples(self):
        if not self.batch_of_all:
            return 1
        return max(c.shape[0] for c in self.columns.values())

    def units(self, population):
        p = self.populations[population]
        if "units" in p:
            return p["units"]
        return self.columns[p["data"]].shape[1] if "data" in p else 1

    def shape(self, projection):
        p = self.projections[projection]
        return self.units(p["to"]), self.units(p["from"])

    def rules_of(self, projection):
        names = self.projections[projection].get("rule", [projection])
        names = [names] if isinstance(names, str) else names
        return [name for name in names if name in self.task["rule"]]

    def row(self, column):
        values = self.columns[column]
        return values if self.batch_of_all else values[[self.step % len(values)]]

    def source(self, name):
        """The values of a data column or of a population in this step."""
        if name.startswith("population."):
            _, population, *group = name.split(".")
            units = self.populations[population]["groups"][group[0]] if group else [0, None]
            return self.rates[population][0][slice(*units)]
        return self.row(name)[0]

    def presynaptic(self, projection):
        """[sample][unit], of as many steps ago as the delay says (M39)."""
        p = self.projections[projection]
        delay = int(p.get("delay", 0))
        return self.past[p["from"]][-delay] if delay else self.rates[p["from"]]

    def gain(self, projection):
        return self.set("projection.%s.gain" % projection, 1.0)

    def is_lateral(self, projection):
        p = self.projections[projection]
        return p["from"] == p["to"] and not p.get("delay", 0)

    def mask(self, projection):
        shape = self.shape(projection)
        connect = self.projections[projection].get("connect", "all")
        if isinstance(connect, dict) and not connect.get("self", True):
            return 1.0 - np.eye(*shape)
        if isinstance(connect, dict) and "field" in connect:
            return self.field(shape, connect["field"])
        if connect == "lower":
            return np.tril(np.ones(shape), -1)
        return np.eye(*shape) if connect == "one_to_one" else np.ones(shape)

    @staticmethod
    def field(shape, side):
        """Both populations are square grids; a unit sees `side` units a side around its own place."""
        posts, pres = (int(round(n ** 0.5)) for n in shape)
        near = np.zeros((posts, pres), dtype=bool)
        for post in range(posts):
            middle = (post + 0.5) * pres / posts
            for pre in range(pres):
                near[post, pre] = -side / 2 <= pre + 0.5 - middle < side / 2
        return np.kron(near, near).astype(float)

    def input(self, name):
        data = self.set("population.%s.data" % name)
        value = self.set("population.%s.value" % name)
        if "population.%s.value" % name in self.settings or data is None:
            return np.full((self.samples(), self.units(name)), float(value))
        return self.row(data)

    def evaluate(self, name):
        """The rates of a population, after those that drive it without a delay (M1, M2, M38)."""
        if name in self.rates:
            return
        p = self.populations[name]
        if p["kind"] == "input":
            self.rates[name] = np.array(self.input(name), dtype=float)
            return
        onto = [q for q in self.projections if self.projections[q]["to"] == name]
        u = np.zeros((self.samples(), self.units(name)))
        for q in onto:
            if self.is_lateral(q):
                continue
            if not self.projections[q].get("delay", 0):
                self.evaluate(self.projections[q]["from"])
            u = u + self.gain(q) * self.presynaptic(q) @ (self.mask(q) * self.weights[q]).T
        u = self.memory[name] + (u - self.memory[name]) / p.get("tau", 1)
        self.memory[name] = u
        lateral = [q for q in onto if self.is_lateral(q)]
        self.rates[name] = self.settle(lateral[0], u, p) if lateral else self.activation(p)(u)

    @staticmethod
    def activation(population):
        if population["kind"] == "choice":
            return ACTIVATIONS["sigmoid" if population.get("units", 1) == 1 else "linear"]
        return ACTIVATIONS[population.get("activation", "linear")]

    def settle(self, projection, u, population):
        f, settings = self.activation(population), self.projections[projection]
        m = self.gain(projection) * self.weights[projection]
        if settings.get("mask_from", "start") == "start" or self.updates > 0:
            m = m * self.mask(projection)
        inference = settings.get("inference", "sequential")
        if inference == "solve":
            return np.linalg.solve(np.eye(len(m)) - m, u.T).T
        if inference == "sequential":
            y = np.zeros_like(u)
            for i in range(u.shape[1]):
                y[:, i] = f(u[:, i] + y[:, :i] @ m[i, :i])
            return y
        y = f(u)
        for _ in range(inference["sweeps"]):
            y = f(u + y @ m.T)
        return y

    def advance(self, plastic=True):
        """One step: evaluation, then the update. `plastic`: true, false or projections."""
        self.rates = {}
        for name in self.populations:
            self.evaluate(name)
        names = list(self.projections) if plastic is True else plastic or []
        new = {q: self.updated(q) for q in names if self.uses[q]}
        for q, uses in self.uses.items():
            for use in uses:
                use.observe(self.pairs(q))
        for q, w in new.items():
            self.weights[q] = w
        if plastic:
            self.updates += 1
        for name in self.populations:
            self.past[name] = self.past[name][1:] + [self.rates[name]]
        self.step += 1
        return self.rates

    def pairs(self, projection):
        y = self.rates[self.projections[projection]["to"]]
        return list(zip(self.presynaptic(projection), y))

    def updated(self, projection):
        """(M3), (M45): the sum of what all rules add, then the bounds."""
        w, pairs = self.weights[projection], self.pairs(projection)
        uses = [use for use in self.uses[projection] if use.is_open()]
        if not uses:
            return w
        masked = w * self.mask(projection)
        out = w + sum(use.change(pairs, w, self.set("rule.%s.eta" % use.name, 1.0)) for use in uses)
        low = self.set("projection.%s.w_min" % projection, -np.inf)
        high = self.set("projection.%s.w_max" % projection, np.inf)
        return np.where(self.mask(projection) > 0, np.clip(out, low, high), masked)
