"""Pages of carve report beside the files of their runs and NumPy's own computation."""
import json
import math
import os
import re
import shutil
import subprocess
import unittest

import numpy as np

import page
from runs import CARVE, Runs, carve, load, log_of


class Pages(Runs):
    def test_the_page_can_be_written_again(self):
        for run in ("oja", "pca", "isp", "ei"):
            with open(run + "/report.html", "rb") as file:
                first = file.read()
            self.assertEqual(carve("report", run).stdout, run + "/report.html\n")
            with open(run + "/report.html", "rb") as file:
                self.assertEqual(file.read(), first, run)
            carve("report", run, "--out", "copy.html", "--force", "-q")
            with open("copy.html", "rb") as file:
                self.assertEqual(file.read(), first, run)
            self.assertIn("--force", carve("report", run, "--out", "copy.html", code=2).stderr)

    def test_the_losses_are_those_of_the_result(self):
        for run in ("oja", "pca", "isp", "ei"):
            root, result = self.page_of(run), load(run + "/result.json")
            rows = {row.all("th")[0].text(): row.all("td")[0].text() for row in root.one("table", style="losses").one("tbody").all("tr")}
            loss = result["loss"]
            self.assertTrue(page.shows(rows["this rule"], loss["held_out"], 2), rows)
            self.assertTrue(page.shows(rows["without plasticity"], loss["silent"], 3), rows)
            if loss["reference"] is not None:
                self.assertTrue(page.shows(rows["oja" if run == "oja" else "oja, anti_hebb"], loss["reference"], 3), rows)
            self.assertEqual(loss["chance"] is not None, run in ("oja", "pca"), run)  # the other searches are short
            self.assertEqual("random rules" in rows, loss["chance"] is not None)
            if loss["chance"] is not None:
                self.assertTrue(page.shows(rows["random rules"], loss["chance"], 3), rows)
                self.assertGreater(loss["chance"], loss["held_out"])
            error = result["held_out_losses"]["standard_error"]
            self.assertIn("±" if error else "", rows["this rule"])
            shown = dict(row[:2] for row in page.table(root, "Losses")[1:])
            self.assertTrue(page.shows(shown["of the search"], loss["train"], 4))
            self.assertTrue(page.shows(shown["of validation"], loss["validation"], 4))

    def test_the_verdict_follows_goal_and_yardsticks(self):
        self.assertIn("verdict good", self.page_of("oja").all("div", style="verdict")[0].get("class"))
        sentence = self.page_of("isp").one("div", style="verdict").text()
        self.assertNotIn("Good", sentence)
        self.assertIn("goal", sentence)
        result = load("isp/result.json")
        self.assertEqual("No better than no plasticity" in sentence, result["loss"]["held_out"] >= result["loss"]["silent"])

    def test_many_rules_follow_the_verdict(self):
        for run, first in (("oja", "rules"), ("pca", "rules"), ("isp", "rules"), ("ei", "verdict")):
            parts = [c for e in self.page_of(run).all("div") for c in e.classes() if c in ("rules", "verdict")]
            self.assertEqual((parts[0], len(parts)), (first, 2), run)

    def test_the_equation_has_the_coefficients(self):
        root, rules = self.page_of("oja"), load("oja/result.json")["rules"]
        text = root.one("div", style="equation").text().replace("−", "-")
        for term in rules[0]["terms"]:
            name = "x y" if term["x"] else "y2 w"
            value, error = re.search(r"\(([\d.]+) ± ([\d.]+)\) " + name, text).groups()
            self.assertLess(abs(float(value) - abs(term["theta"])), 0.06 * float(error))
            table = {row[0].replace(" ", ""): row[1] for row in page.table(root, "Coefficients of feedforward")[1:]}
            self.assertEqual(table[name.replace(" ", "")].lstrip("−"), f"{value} ± {error}")
        root, rules = self.page_of("isp"), load("isp/result.json")["rules"]
        lines = [e.text() for e in root.one("div", style="equation").all("span", style="change")]
        values = {term["name"]: term["theta"] for term in rules[0]["terms"]}
        for line, names in zip(lines, (("alpha", "kappa"), ("beta", "gamma"))):
            for name in names:
                self.assertIn(f"{abs(values[name]):.4g}", line)
        for name in ("tau_pre", "tau_post"):
            self.assertIn(f"{1e3 * math.exp(values[name]):.3g}\u00a0ms", root.one("div", style="equation").text())

    def test_error_bars_are_those_that_numpy_finds(self):
        root, result = self.page_of("oja"), load("oja/result.json")
        terms = [term["name"] for term in result["rules"][0]["terms"]]
        h = np.zeros((len(terms), len(terms)))
        for d in result["identifiability"]:
            v = np.array([next((p["coefficient"] for p in d["combination"] if p["name"] == name), 0.0) for name in terms])
            h += d["eigenvalue"] * np.outer(v, v)
        bars = np.sqrt(result["identifiability_losses"]["standard_error"] * np.diag(np.linalg.inv(h)))
        rows = page.table(root, "Coefficients of feedforward")
        by_name = {"xy": "x y", "x y": "x y", "y2 w": "y^2 w"}
        shown = {by_name[row[0]]: row[1] for row in rows[1:1 + len(terms)]}
        for name, bar, term in zip(terms, bars, result["rules"][0]["terms"]):
            value, error = shown[name].split("±")
            self.assertTrue(page.shows(error, bar, 2), (name, shown[name], bar))
            self.assertLess(abs(page.number(value) - term["theta"]), 0.06 * bar)

    def test_time_constants_are_in_ms(self):
        root, result = self.page_of("isp"), load("isp/result.json")
        rows = {row[0]: row[1] for row in page.table(root, "Coefficients of inhibitory")[1:]}
        values = {term["name"]: term["theta"] for term in result["rules"][0]["terms"]}
        self.assertTrue(page.shows(rows["τpre"], 1e3 * math.exp(values["tau_pre"]), 4), rows)
        chart = [e for e in root.all("figure") if e.get("id") == "time-constants"][0].one("svg", style="chart")
        at = page.scale(chart, False, True)
        ends = sorted(at(page.points(p)[-1][-1][1]) for p in chart.all("path"))
        wanted = sorted(1e3 * math.exp(log_of("isp")[-1]["theta"][name]) for name in ("tau_pre", "tau_post"))
        np.testing.assert_allclose(ends, wanted, atol=0.01 * (max(wanted) + 1))

    def test_the_loss_chart_is_the_log(self):
        root, log = self.page_of("oja"), log_of("oja")
        figure = [e for e in root.all("figure") if e.get("id") == "loss"][0]
        chart = figure.one("svg", style="chart")
        x, y = page.scale(chart, False, False), page.scale(chart, True, True)
        course = [(i + 1, p["loss"]) for i, p in enumerate(log) if not p["phase"].endswith("eliminate")]
        trials = [(i + 1, p["loss"]) for i, p in enumerate(log) if p["phase"].endswith("eliminate")]
        self.assertTrue(trials)
        def drawn(paths):
            return [(x(a), y(b)) for path in paths for piece in page.points(path) for a, b in piece]
        line = drawn(chart.all("path", style="line"))
        dots = [p for path in chart.all("path", style="dots") for p in page.points(path)]
        dots = [(x(piece[0][0]), y(piece[0][1])) for piece in dots]
        for found, wanted in ((line, course), (dots, trials)):
            self.assertEqual(len(found), len(wanted))
            np.testing.assert_allclose([p[0] for p in found], [p[0] for p in wanted], atol=0.05)
            np.testing.assert_allclose(np.log10([p[1] for p in found]), np.log10([p[1] for p in wanted]), atol=0.02)
        # The ring: the iteration whose coefficients are the nearest to the final ones.
        terms = list(log[0]["theta"])
        final = {t["name"]: t["theta"] for t in load("oja/result.json")["rules"][0]["terms"]}
        distance = [sum((p["theta"][t] - final.get(t, 0)) ** 2 for t in terms) for p in log]
        usable = [i for i, p in enumerate(log) if not p["phase"].endswith("eliminate")]
        kept = min(reversed(usable), key=lambda i: distance[i])
        ring = chart.one("circle", style="ring")
        self.assertAlmostEqual(x(float(ring.get("cx")[:-1]) * 20), kept + 1, delta=0.1)
        # What a script zooms into is the same.
        data = page.zoom_data(root, "loss")
        found = [s for s in data["series"] if s["label"] == "loss"][0]
        self.assertEqual(found["x"], [p[0] for p in course])
        np.testing.assert_allclose(found["y"], [p[1] for p in course], rtol=1e-4)

    def test_directions_are_folded_after_ten(self):
        root, result = self.page_of("oja"), load("oja/result.json")
        section = [e for e in root.all("section") if e.get("id") == "identifiability"][0]
        pinned = sum(d["pinned"] for d in result["identifiability"])
        self.assertIn(f"{pinned} of {len(result['identifiability'])} directions", section.text())
        tables = [region.all("tr")[1:] for region in section.all("div", style="wide")]
        self.assertEqual([len(rows) for rows in tables], [10, len(result["identifiability"]) - 10])
        largest = result["identifiability"][0]["eigenvalue"]
        for row, d in zip(tables[0] + tables[1], result["identifiability"]):
            shown = row.all("td")[0].text()
            rounding = abs(d["eigenvalue"]) < 1e-12 * largest
            self.assertTrue(shown == "0" if rounding else page.shows(shown, d["eigenvalue"], 3), (shown, d["eigenvalue"]))
        self.assertNotRegex(section.text(), "10⁻[¹²³][³⁴⁵⁶⁷⁸⁹]")  # what rounding leaves

    def test_weights_end_at_the_components(self):
        """What carve simulate records of the first held-out trial, and NumPy's own components of its data."""
        carve("simulate", "oja/task.toml", "--rule", "oja", "--out", "oja.npz", "--replicas", "1", "--force")
        arrays = np.load("oja.npz")
        weights, x = arrays["projection.feedforward"][0][:, 0, :], arrays["data.x"][0]
        values, vectors = np.linalg.eigh(np.cov(x.T))
        component = vectors[:, -1] * np.sign(vectors[:, -1] @ weights[-1])
        chart = [e for e in self.page_of("oja").all("figure") if e.get("id") == "weights-of-feedforward-1"][0].one("svg", style="chart")
        y = page.scale(chart, False, True)
        lines = [p for p in chart.all("path") if "dashed" not in p.classes()]
        targets = [p for p in chart.all("path") if "dashed" in p.classes()]
        span = y(0) - y(1000)
        self.assertEqual(len(lines), 3)
        for k, (line, target) in enumerate(zip(lines[::-1], targets[::-1])):
            drawn = [y(b) for _, b in page.points(line)[0]]
            self.assertAlmostEqual(drawn[0], weights[0, k], delta=0.003 * span)
            self.assertAlmostEqual(drawn[-1], weights[-1, k], delta=0.003 * span)
            self.assertAlmostEqual(y(page.points(target)[0][0][1]), component[k], delta=0.003 * span)

    def test_components_have_the_sign_that_fits_each_unit(self):
        carve("simulate", "pca/task.toml", "--rule", "pca", "--out", "signs.npz", "--replicas", "1", "--every", "150", "--force")
        arrays = np.load("signs.npz")
        _, vectors = np.linalg.eigh(np.cov(arrays["data.x"][0].T))
        for unit, w in enumerate(arrays["projection.feedforward"][0, -1]):
            component = vectors[:, -1 - unit] * np.sign(vectors[:, -1 - unit] @ w)
            name = f"weights-of-feedforward-{unit + 1}"
            chart = [e for e in self.page_of("pca").all("figure") if e.get("id") == name][0].one("svg", style="chart")
            y = page.scale(chart, False, True)
            drawn = [y(page.points(p)[0][0][1]) for p in chart.all("path") if "dashed" in p.classes()][::-1]
            np.testing.assert_allclose(drawn, component, atol=0.003 * (y(0) - y(1000)))

    def test_weights_of_square_inputs_are_images(self):
        rng = np.random.default_rng(3)
        np.save("square.npy", rng.normal(size=(200, 16)) * np.linspace(2, 0.5, 16))
        with open("square.toml", "w", encoding="utf-8") as file:
            file.write('format = 2\nextends = "oja"\n[data.x]\nkind = "file"\npath = "square.npy"\nstandardize = "leading"\n[search]\niterations = 3\n')
        carve("train", "square.toml", "--out", "square", "-q", "--init", "oja", "--set", "simulation.duration=60", "search.goal=2")
        carve("simulate", "square/task.toml", "--rule", "square", "--out", "square.npz", "--replicas", "1", "--every", "60")
        w = np.load("square.npz")["projection.feedforward"][0]
        images = [e for e in self.page_of("square").all("svg", style="strip")]
        self.assertEqual([e.get("viewbox") or e.get("viewBox") for e in images], ["0 0 4 4"] * 3)
        for image, wanted in zip(images, (w[0, 0], w[-1, 0])):
            cells = image.all("rect")
            self.assertEqual([(int(c.get("x")), int(c.get("y"))) for c in cells], [(k % 4, k // 4) for k in range(16)])
            shown = np.array([float(c.get("fill-opacity")) * (-1 if "neg" in c.classes() else 1) for c in cells])
            scale = max(float(c.get("fill-opacity")) for e in images for c in e.all("rect"))
            self.assertEqual(scale, 1)
            big = np.argmax(np.abs(w[-1, 0]))
            self.assertTrue(np.all(np.sign(shown[np.abs(shown) > 0.02]) == np.sign(wanted[np.abs(shown) > 0.02])))
        after = np.array([float(c.get("fill-opacity")) for c in images[1].all("rect")])
        np.testing.assert_allclose(after / after[big], np.abs(w[-1, 0]) / np.abs(w[-1, 0, big]), atol=0.02)

    def test_cosines_are_those_of_recorded_weights(self):
        count = 20
        carve("simulate", "pca/task.toml", "--rule", "pca", "--out", "pca.npz", "--replicas", str(count), "--every", "150", "--force")
        arrays = np.load("pca.npz")
        w = arrays["projection.feedforward"][:, -1]
        units = w.shape[1]
        cosines = np.empty((count, units))
        for trial in range(count):
            x = arrays["data.x"][trial]
            _, vectors = np.linalg.eigh(np.cov(x.T))
            for unit in range(units):
                cosines[trial, unit] = abs(vectors[:, -1 - unit] @ w[trial, unit]) / np.linalg.norm(w[trial, unit])
        rows = page.table(self.page_of("pca"), "Cosines")[1:]
        self.assertEqual(len(rows), units)
        for unit, row in enumerate(rows):
            self.assertAlmostEqual(float(row[1]), np.median(cosines[:, unit]), delta=6e-5)
            self.assertAlmostEqual(float(row[2]), np.min(cosines[:, unit]), delta=6e-5)

    def test_rates_are_the_spikes_in_windows(self):
        carve("simulate", "isp/task.toml", "--rule", "isp", "--out", "isp.npz", "--replicas", "3", "--every", "1000", "--force")
        arrays = np.load("isp.npz")
        root = self.page_of("isp")
        figure = [e for e in root.all("figure") if e.get("id") == "rates"][0]
        window = float(re.search(r"windows of ([\d.]+) s", figure.one("figcaption").text())[1])
        chart = figure.one("svg", style="chart")
        x, y = page.scale(chart, False, False), page.scale(chart, False, True)
        lines = chart.all("path")
        self.assertEqual(len(lines), 3)  # a trial for each factor
        for trial, path in enumerate(reversed(lines)):  # the first is drawn last
            times = 1e-4 * arrays["population.cell.time"][arrays["population.cell.trial"] == trial]
            counts, edges = np.histogram(times, bins=np.arange(0, 2 + window / 2, window))
            drawn = page.points(path)[0]
            np.testing.assert_allclose([x(a) for a, _ in drawn], edges[:-1] + window / 2, atol=0.01)
            np.testing.assert_allclose([y(b) for _, b in drawn], counts / window, atol=0.005 * (y(0) - y(1000)))
        self.assertIn("the target, 10 Hz", chart.text())

    def test_the_raster_has_every_spike_of_its_window(self):
        carve("simulate", "ei/task.toml", "--rule", "ei", "--out", "ei.npz", "--replicas", "1", "--every", "1000", "--force")
        arrays = np.load("ei.npz")
        figures = [e for e in self.page_of("ei").all("figure") if e.get("id") == "raster"]
        end = 0.5
        spikes = {name: (1e-4 * arrays[f"population.{name}.time"], arrays[f"population.{name}.unit"]) for name in ("E", "I")}
        if sum(len(times) for times, _ in spikes.values()) == 0:
            self.assertFalse(figures)
            return
        shown = float(re.search(r"last ([\d.]+) s", figures[0].one("figcaption").text())[1])
        bars = figures[0].one("svg", style="chart").all("path", style="bars")
        drawn = sum(len(page.points(path)) for path in bars)
        wanted = sum(int(np.sum((times >= end - shown - 1e-9) & (units < 40))) for times, units in spikes.values())
        self.assertEqual(drawn, wanted)

    def test_sections_of_another_kind_are_absent(self):
        oja = {e.get("id") for e in self.page_of("oja").all("section")}
        isp = {e.get("id") for e in self.page_of("isp").all("section")}
        self.assertIn("weights", oja)
        self.assertNotIn("spikes", oja)
        self.assertIn("spikes", isp)
        self.assertNotIn("weights", isp)
        self.assertNotIn("identifiability", isp)

    def test_provenance_is_that_of_carve_json(self):
        for run in ("oja", "isp"):
            root, facts = self.page_of(run), load(run + "/carve.json")
            text = [e for e in root.all("section") if e.get("id") == "provenance"][0].text()
            for word in (facts["carve"], facts["build"], facts["isa"], facts["task"]["xxh3"], load(run + "/result.json")["fingerprint"],
                         " ".join(facts["argv"][:2])):
                self.assertIn(word, text)
            if facts["revision"]:
                self.assertIn(facts["revision"], text)
            self.assertEqual("--init init.toml" in text, run == "isp")
            # The command that repeats it does.
            repeat = re.search(r"carve (train task\.toml.*--out again)", text)[1].split()
            done = subprocess.run([CARVE, *repeat, "-q"], cwd=run, capture_output=True, check=False)
            self.assertIn(done.returncode, (0, 1))
            self.assertEqual(load(run + "/again/result.json")["fingerprint"], load(run + "/result.json")["fingerprint"])
            shutil.rmtree(run + "/again")

    def test_changed_data_leave_out_the_picture(self):
        np.save("x.npy", np.random.default_rng(1).normal(size=(300, 3)) * [2, 1, 0.5])
        with open("own.toml", "w", encoding="utf-8") as file:
            file.write('format = 2\nextends = "oja"\n[data.x]\nkind = "file"\npath = "x.npy"\n[search]\niterations = 3\n')
        carve("train", "own.toml", "--out", "own", "-q", "--set", "simulation.duration=60", code=1)
        root, text = page.read("own/report.html")
        checksum = load("own/carve.json")["inputs"][0]["xxh3"]
        self.assertIn(checksum, text)
        self.assertTrue([e for e in root.all("figure") if e.get("id").startswith("weights-of-")])
        np.save("x.npy", np.random.default_rng(2).normal(size=(300, 3)))
        said = carve("report", "own", "--out", "other.html").stderr
        self.assertIn("x.npy' has changed since the run", said)
        root, _ = page.read("other.html")
        self.assertFalse([e for e in root.all("figure") if e.get("id").startswith("weights-of-")])
        os.remove("x.npy")
        self.assertIn("no picture", carve("report", "own", "--out", "other.html", "--force").stderr)

    def test_sizes(self):
        for run in ("oja", "pca", "isp", "ei"):
            self.assertLess(os.path.getsize(run + "/report.html"), 250 * 1024, run)
        # What every page has, without figures, tables and data.
        text = re.sub(r"<main.*</main>", "", self.page_of("oja") and self.text, flags=re.S)
        self.assertLess(len(text.encode()), 150 * 1024)

    def test_a_long_log_makes_no_large_page(self):
        shutil.copytree("oja", "long")
        first = log_of("oja")[0]
        with open("long/log.jsonl", "w", encoding="utf-8") as file:
            for i in range(100_000):
                first.update(iteration=i + 1, total=100_000, loss=round(0.01 + 1 / (1 + 1e-3 * i) + 1e-3 * (i * 7919 % 997 / 997), 6))
                first["theta"] = {name: round((k + 1) * i * 1e-5, 5) for k, name in enumerate(first["theta"])}
                file.write(json.dumps(first) + "\n")
        carve("report", "long")
        self.assertLess(os.path.getsize("long/report.html"), 700 * 1024)
        chart = [e for e in self.page_of("long").all("figure") if e.get("id") == "loss"][0].one("svg", style="chart")
        x = page.scale(chart, False, False)
        line = page.points(chart.all("path", style="line")[0])[0]
        self.assertAlmostEqual(x(line[-1][0]), 100_000, delta=200)  # to its end

    def test_what_is_no_run_is_refused(self):
        self.assertIn("no run directory", carve("report", "nothing", code=2).stderr)
        os.makedirs("begun", exist_ok=True)
        for name in ("carve.json", "task.toml", "log.jsonl"):
            with open("oja/" + name, "rb") as source, open("begun/" + name, "wb") as copy:
                copy.write(source.read())
        self.assertIn("is not finished", carve("report", "begun", code=2).stderr)


if __name__ == "__main__":
    unittest.main()
