"""The searches of docs/search.md by Gauss-Newton and Adam, written apart from the command: same task,
same seed, the same course to rounding."""
import copy

import numpy as np

import datasets
import network
from draws import THETA_STREAM, Draws, normal
from optimizers import Adam, GaussNewton

ELIMINATE_ITERATIONS, HOPELESS_AFTER, HOPELESS, MAX_RISE = 8, 3, 3.0, 0.01
LEAST_GAIN, MOST_FAILURES = 1e-3, 3


class Search:
    """task: the resolved task file as a dictionary."""

    def __init__(self, task):
        self.task, self.settings = task, task["search"]
        self.trials, self.steps = task["trials"], task["simulation"]["duration"]
        self.stages = [part for number, (name, stage) in enumerate(self.settings.get("stage", {"stage 1": {}}).items())
                       for part in self._values(name, number, self._whole() | self._stage(stage))]
        self.names = [name for name in ("feedforward", "lateral") if name in task["rule"]]
        # Coefficients come in the order of powers, whatever that of the text.
        self.terms = [(name, t) for name in self.names
                      for t in sorted(task["rule"][name]["terms"], key=lambda t: tuple(powers_of(t).values()))]
        # Of the normal prior, about the 0 that coefficients start near.
        self.precision = self.settings["prior"] ** -2 if "prior" in self.settings else 0.0
        self.log, self.evaluations, self.validation_sets = [], 0, {}
        self.iterations_of_start = sum(s["iterations"] for s in self.stages)

    def prior(self, theta):
        return self.precision * np.sum(theta**2) / 2

    def _whole(self):
        s = self.settings
        return {"method": s.get("method"), "iterations": s.get("iterations"), "steps": self.steps, "l1": s.get("l1"),
                "early_stop": s.get("early_stop"), "samples": self.task["data"]["x"]["samples"], "accept": 0, "names": [], "data_sets": self.trials["search"],
                "outputs": datasets.units_of_layer(self.task)}

    def _values(self, name, number, stage):
        """A stage for each value of l1, with its part of the iterations, the first with what is left over."""
        values = stage["l1"] if isinstance(stage["l1"], list) else [stage["l1"]]
        each, rest = divmod(stage["iterations"], len(values))
        for i, value in enumerate(values):
            last = i + 1 == len(values)
            yield stage | {"l1": value, "iterations": each + (i < rest), "number": number, "listed": len(values) > 1,
                           "name": f"{name}, l1 = {value:g}" if len(values) > 1 else name,
                           "accept": stage["accept"] if last else 0,
                           "judged": last}

    def _stage(self, stage):
        names = {"simulation.duration": "steps", "population.y.units": "outputs", "data.x.samples": "samples",
                 "trials.search": "data_sets"}
        own = {key: value for key, value in stage.items() if key != "set"}
        if not isinstance(own.get("accept", 0), float | int):
            own |= {"accept": 0, "names": own["accept"]}
        return own | {names[path]: value for path, value in stage.get("set", {}).items()}

    # ---- Candidates: {index among all terms: coefficient}

    def random_start(self, start):
        theta, seed = {}, self.task["run"]["seed"]
        for k, (name, _) in enumerate(self.terms):
            sd = self.task["rule"][name]["theta"]["sd"]
            theta[k] = sd * normal(seed, THETA_STREAM + start, k, 1)[0]
        return theta

    def rules(self, candidate):
        rules = []
        for name in self.names:
            terms = [{**powers_of(t), "theta": candidate[k]} for k, (rule, t) in enumerate(self.terms)
                     if rule == name and k in candidate]
            rules.append({"eta": self.task["rule"][name]["eta"], "terms": terms})
        return rules

    def removable(self, candidate, k):
        return any(j != k and self.terms[j][0] == self.terms[k][0] for j in candidate)

    def drop(self, candidate, threshold):
        for k in sorted(candidate, reverse=True):
            if abs(candidate[k]) <= threshold and self.removable(candidate, k):
                del candidate[k]

    # ---- Losses

    def evaluate(self, candidate, sets, steps, derivatives=False):
        rules = self.rules(candidate)
        self.evaluations += len(sets)
        if derivatives:
            of_sets, frozen, gradient, hessian = network.derivatives(self.task, rules, sets, steps)
            gradient, hessian = np.mean(gradient, axis=0), np.mean(hessian, axis=0)
        else:
            w, frozen = network.simulate(self.task, rules, sets, steps)
            of_sets, gradient, hessian = network.losses(self.task, w, frozen, sets, steps), None, None
        return (network.total(of_sets, frozen, steps, self.settings), np.sum(frozen >= 0), gradient, hessian)

    def objective(self, keys, sets, steps):
        return lambda theta, derivatives: self.evaluate(dict(zip(keys, theta)), sets, steps, derivatives)

    def missed(self, rules, sets, steps, stage):
        """By how many widths the mean |cos| misses the ranges of probes; those that the stage names, or all."""
        ranges = [probe["accept"] for name, probe in self.task.get("probe", {}).items()
                  if "accept" in probe and name in (stage["names"] or [name])]
        if not ranges:
            return 0
        w, frozen = network.simulate(self.task, rules, sets, steps)
        if np.any(frozen >= 0):
            return np.inf # as search.diverged = "candidate" has it
        mean = np.mean(network.cosines(w, sets))
        return sum(max(0, low - mean, mean - high) / (high - low) for low, high in ranges)

    def validation(self, candidate, stage):
        """The rule's verdict, smaller is better: what it misses, and its loss."""
        shape = stage["samples"], stage["outputs"]
        if shape not in self.validation_sets:
            self.validation_sets[shape] = datasets.draw(self.task, "validation", 0, 0, 0, self.trials["validation"],
                                                        *shape)
        sets = self.validation_sets[shape]
        return (self.missed(self.rules(candidate), sets, stage["steps"], stage),
                self.evaluate(candidate, sets, stage["steps"])[0])

    def held_out(self, candidate):
        self.evaluations += self.trials["held_out"]
        return self.held_out_of(self.rules(candidate))

    def stable_variance(self, rules, silent):
        """Up to how many times the inputs' variance no set diverges and the mean loss is below `silent`."""
        stable = 0
        for k in range(13):
            _, losses, _, frozen = self.held_out_of(rules, 2 ** (k / 2))
            if np.any(frozen >= 0) or not np.mean(losses) < silent:
                break
            stable = 2 ** (k / 2)
        return stable

    def held_out_of(self, rules, variance=1):
        """The loss, the losses of the sets, their |cos| [set][output], and where sets diverged; in portions of 20,
        with inputs of so many times their variance."""
        count, of_sets, frozen, cosines = self.trials["held_out"], [], [], []
        for first in range(0, count, 20):
            sets = datasets.draw(self.task, "held_out", 0, 0, first, min(20, count - first))
            for one in sets:
                one.samples = one.samples * np.sqrt(variance)
            w, lost = network.simulate(self.task, rules, sets, self.steps)
            of_sets.append(network.losses(self.task, w, lost, sets, self.steps))
            frozen.append(lost)
            cosines.append(network.cosines(w, sets))
        of_sets, frozen, cosines = map(np.concatenate, (of_sets, frozen, cosines))
        return network.total(of_sets, frozen, self.steps, self.settings), of_sets, cosines, frozen

    def spread(self, losses):
        """What result.json says of the losses of single sets; a pair with flipped outputs is one set."""
        pairs = self.independent(losses)
        return {"mean": np.mean(losses), "standard_error": np.std(pairs, ddof=1) / np.sqrt(len(pairs)),
                "median": np.median(losses), "worst": np.max(losses), "independent_trials": len(pairs)}

    def yardsticks(self):
        """Held-out losses of no plasticity, and of the rules that the task names as references."""
        references = {"oja": {"x y": 1.0, "y^2 w": -1.0}, "anti_hebb": {"x y": -1.0}}
        silent = [{"eta": 0.0, "terms": [{**powers_of("x"), "theta": 0.0}]} for _ in self.names]
        named = [{"eta": self.task["rule"][name]["eta"],
                  "terms": [{**powers_of(term), "theta": theta}
                            for term, theta in references[self.task["rule"][name]["reference"]].items()]}
                 for name in self.names]
        return {"silent": self.held_out_of(silent)[0], "reference": self.held_out_of(named)[0]}

    # ---- The course

    def optimize(self, candidate, sets, stage, phase, go_on=None):
        optimizer, keys = GaussNewton(1e-3), sorted(candidate)
        objective = self.objective(keys, sets, stage["steps"])
        for _ in range(stage["iterations"]):
            theta = np.array([candidate[k] for k in keys])
            theta, loss, moved = optimizer.iterate(self, objective, theta, stage["l1"])
            candidate.update(zip(keys, theta))
            self.log.append((phase, loss, dict(candidate)))
            if not moved or (go_on and not go_on(loss)):
                break

    def run_stage(self, candidate, start, index, iteration):
        stage, redraw = self.stages[index], self.trials["redraw"]
        first = start * (self.iterations_of_start + 1)
        optimizer = Adam(self.settings) if stage["method"] == "adam" else GaussNewton(self.settings["damping"])
        keys = sorted(candidate)
        patience = 10 if stage["early_stop"] is True else int(stage["early_stop"])
        best = None
        for _ in range(stage["iterations"]):
            round_ = {"never": 0, "stage": first + stage["number"], "iteration": iteration}[redraw]
            sets = datasets.draw(self.task, "search", round_, iteration, 0, stage["data_sets"], stage["samples"],
                                 stage["outputs"])
            objective = self.objective(keys, sets, stage["steps"])
            theta = np.array([candidate[k] for k in keys])
            theta, loss, _ = optimizer.iterate(self, objective, theta, stage["l1"])
            candidate.update(zip(keys, theta))
            name = stage["name"]
            self.log.append((name if start == 0 else "restart %d " % start + name, loss, dict(candidate)))
            iteration += 1
            if patience:
                here = self.validation(candidate, stage)
                if best is None or here < best[0]:
                    best = here, loss, dict(candidate), iteration
                if iteration - best[3] >= patience:
                    break
        if best:
            loss = best[1]
            candidate.update(best[2])
        if stage["listed"]:
            self.path.append({"phase": stage["name"], "l1": stage["l1"], "loss": loss,
                              "validation": self.validation(candidate, stage)[1],
                              "terms": sum(v != 0 for v in candidate.values())})
        return iteration

    def run_start(self, start):
        """The candidate, or None where a stage did not accept it."""
        self.path = []
        candidate, iteration = self.random_start(start), start * (self.iterations_of_start + 1)
        for index, stage in enumerate(self.stages):
            iteration = self.run_stage(candidate, start, index, iteration)
            last = start + 1 == self.settings["restarts"]
            if last or not stage["judged"] or not (stage["accept"] or stage["names"]):
                continue
            missed, loss = self.validation(candidate, stage)
            if missed > 0 if stage["names"] else loss > stage["accept"]:
                return None
        return candidate

    def run(self):
        last = self.stages[-1]
        whole = last | {key: self._whole()[key] for key in ("steps", "data_sets", "samples", "outputs")}
        round_ = 0 if self.trials["redraw"] == "never" else self.iterations_of_start
        sets, self.final_sets = (
            datasets.draw(self.task, "search", round_, round_, 0, stage["data_sets"], stage["samples"],
                          stage["outputs"]) for stage in (last, whole))
        best = None
        for start in range(self.settings["restarts"]):
            candidate = self.run_start(start)
            if candidate is not None:
                found = self.finish(candidate, sets, last, whole) | {"path": self.path}
                best = found if best is None or found["validation"] < best["validation"] else best
            if best and best["validation"][0] == 0 and best["validation"][1] <= self.settings.get("accept", 0):
                break
        best["missed"], best["validation"] = best["validation"]
        steps = whole["steps"]
        sets = self.final_sets
        if self.settings["refit"]:
            best["held_out_before_refit"] = self.held_out(best["before_refit"])[0]
        best["train"] = self.evaluate(best["found"], sets, steps)[0]
        best["held_out"], losses, cosines, frozen = self.held_out(best["found"])
        best["cosines"] = cosines[frozen < 0]
        best["spread"] = self.spread(losses)
        best |= self.yardsticks()
        best["stable_variance"] = self.stable_variance(self.rules(best["found"]), best["silent"])
        best["identifiability"] = self.identifiability(best["found"])
        return best

    def identifiability(self, candidate):
        """What result.json says of the directions, on sets of a round of validation that nothing else sees."""
        theta = {k: candidate.get(k, 0.0) for k in range(len(self.terms))}
        count, steps, matrices, losses = self.trials["validation"], self.steps, [], []
        for first in range(0, count, 20):
            sets = datasets.draw(self.task, "validation", 1, 1, first, min(20, count - first))
            of_sets, _, _, hessians = network.derivatives(self.task, self.rules(theta), sets, steps, "squared")
            losses.append(of_sets)
            matrices.append(hessians / 2)
        self.evaluations += count
        losses, matrices = self.independent(np.concatenate(losses)), self.independent(np.concatenate(matrices))
        noise = np.std(losses, ddof=1) / np.sqrt(len(losses))
        values, vectors = np.linalg.eigh(np.mean(matrices, axis=0))
        step, m = 0.1 * np.linalg.norm(list(theta.values())), len(losses)
        picks = np.array([np.floor(m * Draws(self.task["run"]["seed"], "identifiability.bootstrap", "search", 0,
                                             b).uniform(m)) for b in range(200)]).astype(int)
        directions = []
        for value, v in zip(values[::-1], vectors.T[::-1]):
            forms = np.einsum("rkl,k,l->r", matrices, v, v)
            low, high = np.quantile(np.mean(forms[picks], axis=1), [0.05, 0.95])
            directions.append({"eigenvalue": value, "standard_error": np.std(forms, ddof=1) / np.sqrt(m),
                               "low": low, "high": high, "rise": step**2 * value, "pinned": step**2 * low > noise})
        return {"directions": directions, "step": step, "loss": np.mean(losses), "noise": noise, "independent": m}

    def independent(self, of_sets):
        """A pair with flipped outputs is one set."""
        if not datasets.weights_of(self.task).get("antithetic"):
            return of_sets
        return of_sets.reshape(-1, 2, *of_sets.shape[1:]).mean(axis=1)

    def finish(self, candidate, sets, last, whole):
        if self.settings["prune"] > 0:
            self.drop(candidate, self.settings["prune"] * max(map(abs, candidate.values())))
        if self.settings["eliminate"]:
            candidate = self.eliminate(candidate, sets, last)
        before = dict(candidate)
        if self.settings["refit"]:
            candidate = self.refit(candidate, self.final_sets, whole)
        return {"before_refit": before, "found": candidate, "validation": self.validation(candidate, whole)}

    def eliminate(self, candidate, sets, stage):
        quick = stage | {"iterations": ELIMINATE_ITERATIONS}
        self.optimize(candidate, sets, quick, "eliminate")
        self.drop(candidate, 0)
        validation = self.validation(candidate, stage)
        while True:
            rest, loss = self.eliminate_one(candidate, sets, quick, validation)
            if rest is None:
                return candidate
            candidate, validation = rest, loss

    def eliminate_one(self, candidate, sets, quick, validation):
        keys = sorted(candidate)
        at, _, _, hessian = self.evaluate(candidate, sets, quick["steps"], True)
        ridge = 1e-9 * (np.trace(hessian) / len(keys) + 1e-300)
        inverse = np.linalg.inv(hessian + ridge * np.eye(len(keys)))
        rise = {k: candidate[k] ** 2 / inverse[i, i] for i, k in enumerate(keys)}
        for k in sorted(keys, key=rise.get):
            if not self.removable(candidate, k):
                continue
            rest = {j: value for j, value in candidate.items() if j != k}
            seen = []
            self.optimize(rest, sets, quick, "eliminate", lambda loss: seen.append(loss) or (
                len(seen) < HOPELESS_AFTER or loss < HOPELESS * at))
            missed, loss = self.validation(rest, quick)
            if loss < (1 + MAX_RISE) * validation[1] and missed <= validation[0]:
                self.drop(rest, 0)
                return rest, (missed, loss)
        return None, None

    def refit(self, candidate, sets, stage):
        def larger(c):
            return {k: self.settings["margin"] * value for k, value in c.items()}

        most = []

        def safe(c):
            missed, loss = self.validation(c, stage)
            most.append(missed)
            loss = max(loss, self.validation(larger(c), stage)[1], self.evaluate(c, sets, stage["steps"])[0])
            return loss if missed <= most[0] else np.inf

        here = safe(candidate)
        while (there := safe(larger(candidate))) < here - LEAST_GAIN:
            candidate, here = larger(candidate), there
        best, failures = [dict(candidate), here], 0

        def go_on(_):
            nonlocal best, failures
            loss = safe(candidate)
            if loss < best[1] - LEAST_GAIN:
                best, failures = [dict(candidate), loss], 0
            else:
                failures += 1
            return failures < MOST_FAILURES

        free = stage | {"l1": 0, "iterations": self.settings["refit_iterations"]}
        candidate = copy.copy(candidate)
        self.optimize(candidate, sets, free, "refit", go_on)
        return best[0]


def powers_of(monomial):
    """{"x": a, "y": b, "w": c} of a monomial such as "x y^2 w"."""
    powers = {"x": 0, "y": 0, "w": 0}
    for factor in monomial.split():
        if factor != "1":
            name, _, power = factor.partition("^")
            powers[name] = int(power or 1)
    return powers
