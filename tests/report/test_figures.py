"""Pages of several runs and of explorations, and figures as files."""
import json
import math
import os
import re
import shutil
import subprocess
import unittest
import xml.etree.ElementTree

import numpy as np

import page
from runs import CARVE, SOURCE, Runs, carve, load


class Figures(Runs):
    def test_several_runs_are_compared(self):
        carve("train", SOURCE + "/tasks/oja-identified.toml", "--out", "many", "--seeds", "1..3", "-q")
        self.assertEqual(carve("report", "many").stdout, "many/report.html\n")
        root, _ = page.read("many/report.html")
        results = [load(f"many/seed-{n}/result.json") for n in (1, 2, 3)]
        rows = page.table(root, "Runs")[1:]
        for row, result in zip(rows, results):
            self.assertTrue(page.shows(row[2], result["loss"]["held_out"], 2), row)
            self.assertTrue(page.shows(row[4], result["iterations"], 4), row)
        self.assertEqual([row[0] for row in rows[:3]], ["seed-1", "seed-2", "seed-3"])
        self.assertIn("side by side, in many/", root.one("p", style="brand").text())
        losses = sorted(r["loss"]["held_out"] for r in results)
        self.assertTrue(page.shows(rows[3][2].split(" (")[0], losses[1], 4), rows[3])
        met = sum(r["goal_met"] for r in results)
        self.assertIn(f"{met} of 3 runs meet their goal", root.one("div", style="verdict").text())
        theta = [{t["name"]: t["theta"] for t in r["rules"][0]["terms"]} for r in results]
        names = {"xy": "x y", "x y": "x y", "y2 w": "y^2 w"}
        for row in page.table(root, "Coefficients")[1:]:
            if row[0] not in names:
                continue
            values = [t.get(names[row[0]], 0) for t in theta]
            for cell, value in zip(row[1:4], values):
                self.assertTrue(page.shows(cell, value, 4), row)
            mean, deviation = row[4].split("±")
            self.assertTrue(page.shows(deviation, np.std(values, ddof=1), 2), row)
            self.assertAlmostEqual(page.number(mean), np.mean(values), delta=0.06 * np.std(values, ddof=1))
        chart = [e for e in root.all("figure") if e.get("id") == "loss"][0].one("svg", style="chart")
        self.assertEqual(len(chart.all("path")), 3)
        self.assertIn("--out", carve("report", "oja", "isp", code=2).stderr)
        carve("report", "oja", "many", "--out", "four.html")
        rows = page.table(page.read("four.html")[0], "Runs")
        self.assertEqual([row[0] for row in rows[1:-1]], ["oja", "many/seed-1", "many/seed-2", "many/seed-3"])

    def test_an_exploration_shows_its_manifold(self):
        carve("explore", SOURCE + "/tasks/isp-rate-only.toml", "--restarts", "5", "--out", "explored", "-q", "--set",
              "search.iterations=10", "simulation.duration=10", "loss.rate.window=5", "trials.held_out=6")
        root, first = page.read("explored/report.html")
        carve("report", "explored")
        self.assertEqual(page.read("explored/report.html")[1], first)
        with open("explored/restarts.jsonl", encoding="utf-8") as file:
            restarts = [json.loads(line) for line in file]
        met = [r for r in restarts if r["met"]]
        self.assertIn(f"{len(met)} of {len(restarts)} restarts", root.one("div", style="verdict").text())
        self.assertTrue(met)
        near = [r for r in restarts if all(abs(rate / 10 - 1) <= 0.1 for rate in r["rate"])]
        low = [r for r in restarts if r["loss"] <= 0.1]
        rows = page.table(root, "Requirements")[1:]
        self.assertEqual([int(row[1]) for row in rows], [len(low), len(near), len(met)], rows)
        for row, some in zip(rows, (low, near, met)):
            self.assertEqual(row[2], f"{100 * len(some) / len(restarts):.0f} %")
        seconds = sum(r["seconds"] for r in restarts) / len(met)
        self.assertAlmostEqual(float(rows[-1][3].split("\u00a0")[0]), seconds, delta=0.06 * seconds)
        chart = [e for e in root.all("figure") if e.get("id") == "manifold"][0].one("svg", style="chart")
        x, y = page.scale(chart, False, False), page.scale(chart, False, True)
        wanted = []
        for r in met:
            t = r["theta"]
            g = t["gamma"] * math.exp(t["tau_pre"]) + t["kappa"] * math.exp(t["tau_post"])
            wanted.append((t["beta"] / g, t["alpha"] / g))
        drawn = [piece[0] for path in chart.all("path", style="dots") for piece in page.points(path)]
        self.assertEqual(len(drawn), len(wanted))
        for (a, b), (u, v) in zip(drawn, wanted):
            self.assertAlmostEqual(x(a), u, delta=0.002 * (x(2000) - x(0)))
            self.assertAlmostEqual(y(b), v, delta=0.004 * (y(0) - y(1000)))
        target = load("explored/summary.json")["target"]
        (a, b), (c, d) = (lambda p: (p[0], p[-1]))(page.points(chart.all("path", style="dashed")[0])[0])
        rate = met[0]["afferent_rate"][0]
        for at, height in ((a, b), (c, d)):
            self.assertAlmostEqual(y(height), -target * (1 + x(at) / rate), delta=0.02 * (y(0) - y(1000)))
        names = {"τpre": "tau_pre", "τpost": "tau_post", "α": "alpha", "κ": "kappa", "β": "beta", "γ": "gamma"}
        for row in page.table(root, "Ranges of coefficients")[1:]:
            values = sorted(r["theta"][names[row[0]]] for r in met)
            if row[0].startswith("τ"):
                values = [1e3 * math.exp(v) for v in values]
            for cell, value in zip(row[1:4], (values[0], np.median(values), values[-1])):
                self.assertTrue(page.shows(cell, value, 3), (row, values))

    def test_figures_stand_alone(self):
        """Each figure of the page is an SVG of its own, with the same lines, that needs no style sheet of a page."""
        for run in ("oja", "pca", "isp", "ei"):
            listed = [f["what"] for f in json.loads(carve("plot", run, "--json").stdout)]
            root = self.page_of(run)
            drawn = [e for e in root.all("figure") if e.all("svg", style="chart")]
            self.assertEqual(sorted(listed), sorted(e.get("id") for e in drawn))
            for figure in drawn:
                name = figure.get("id")
                self.assertEqual(carve("plot", run, "--what", name, "--out", "figure.svg", "--force").stdout, "figure.svg\n")
                tree = xml.etree.ElementTree.parse("figure.svg").getroot()
                self.assertEqual(tree.get("width"), "560")
                space = "{http://www.w3.org/2000/svg}"
                styles = tree.find(space + "style").text
                self.assertNotIn("var(", styles)
                lines = [e for e in tree.iter(space + "svg") if e.get("class") == "lines"][0]
                wide, tall = (float(v) for v in lines.get("viewBox").split()[2:])
                own, ours = list(lines.iter(space + "path")), figure.one("svg", style="lines").all("path")
                self.assertEqual(len(own), len(ours), name)
                for a, b in zip(own, ours):
                    self.assertEqual(a.get("class"), b.get("class"))
                    first, second = page.points(a)[0], page.points(b)[0]
                    self.assertEqual(len(first), len(second))
                    for p, q in zip(first, second):
                        self.assertAlmostEqual(p[0] / wide, q[0] / 2000, delta=0.0006)
                        self.assertAlmostEqual(p[1] / tall, q[1] / 1000, delta=0.0011)
        self.assertIn("did you mean 'loss'?", carve("plot", "oja", "--what", "los", code=2).stderr)
        self.assertIn("--force", carve("plot", "oja", "--what", "loss", "--out", "figure.svg", code=2).stderr)
        self.assertIn("differ", carve("plot", "oja", "--what", "loss", "--format", "png", "--out", "other.svg", code=2).stderr)
        self.assertIn("svg, pdf and png", carve("plot", "oja", "--what", "loss", "--out", "figure.gif", code=2).stderr)
        self.assertIn("--what", carve("plot", "oja", "--out", "figure.svg", code=2).stderr)

    def test_the_picture_of_the_readme_is_that_of_its_run(self):
        carve("plot", "oja", "--what", "weights-of-feedforward-1", "--out", "weights.svg")
        with open("weights.svg", "rb") as file, open(SOURCE + "/docs/pictures/oja-weights.svg", "rb") as shown:
            self.assertEqual(file.read(), shown.read())

    def test_figures_as_pdf_and_png(self):
        if not shutil.which("rsvg-convert"):
            self.assertIn("librsvg2-bin", carve("plot", "oja", "--what", "loss", "--out", "figure.pdf", code=2).stderr)
            return
        for name, start in (("figure.pdf", b"%PDF-"), ("figure.png", b"\x89PNG")):
            carve("plot", "oja", "--what", "loss", "--width", "400", "--out", name, "--force")
            with open(name, "rb") as file:
                self.assertEqual(file.read(len(start)), start)
        with open("figure.png", "rb") as file:
            self.assertEqual(int.from_bytes(file.read(20)[16:20], "big"), 1200)  # three dots a px
        self.assertFalse([name for name in os.listdir() if name.endswith(".partial")])
        environment = dict(os.environ, PATH="/nonexistent")
        done = subprocess.run([CARVE, "plot", "oja", "--what", "loss", "--out", "none.pdf"], capture_output=True, text=True, env=environment)
        self.assertEqual(done.returncode, 2)
        self.assertIn("librsvg2-bin", done.stderr)
        self.assertFalse(os.path.exists("none.pdf"))


if __name__ == "__main__":
    unittest.main()
