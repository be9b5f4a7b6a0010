"""What a page shows of networks beside what carve simulate records: weights and components, outputs, tuning."""
import re
import unittest

import numpy as np

import page
from runs import Runs, carve


def figure(root, name):
    return [e for e in root.all("figure") if e.get("id") == name][0]


def shares(image):
    """Of a heat map [row][column]: the share of its cells, with their sign."""
    width, height = map(int, (image.get("viewbox") or image.get("viewBox")).split()[2:])
    out = np.full((height, width), np.nan)
    for cell in image.all("rect"):
        sign = -1 if "neg" in cell.classes() else 1
        out[int(cell.get("y")), int(cell.get("x"))] = sign * float(cell.get("fill-opacity"))
    return out


class Networks(Runs):
    def test_weights_are_drawn_against_components(self):
        count = 20
        carve("simulate", "pca/task.toml", "--rule", "pca", "--out", "w.npz", "--replicas", str(count), "--every", "150", "--force")
        arrays = np.load("w.npz")
        chart = figure(self.page_of("pca"), "targets-of-feedforward").one("svg", style="chart")
        x, y = page.scale(chart, False, False), page.scale(chart, False, True)
        paths = chart.all("path", style="dots")
        self.assertEqual(len(paths), 2)  # a colour for each unit
        for unit, path in enumerate(paths):
            drawn = np.array(sorted((x(a), y(b)) for piece in page.points(path) for a, b in piece[:1]))
            wanted = []
            for trial in range(count):
                w = arrays["projection.feedforward"][trial, -1, unit]
                component = np.linalg.eigh(np.cov(arrays["data.x"][trial].T))[1][:, -1 - unit]
                wanted += zip(component * np.sign(component @ w), w)
            self.assertEqual(len(drawn), 3 * count)
            for u, v in wanted:
                near = np.hypot((drawn[:, 0] - u) / (x(2000) - x(0)), (drawn[:, 1] - v) / (y(0) - y(1000)))
                self.assertLess(near.min(), 0.004)

    def test_covariances_of_outputs_are_those_of_recorded_rates(self):
        carve("simulate", "pca/task.toml", "--rule", "pca", "--out", "y.npz", "--replicas", "1", "--every", "1", "--force")
        outputs = np.load("y.npz")["population.y"][0]  # [step][sample][unit]
        rows = page.table(self.page_of("pca"), "Covariance of outputs of y")
        region = [e for e in self.page_of("pca").all("div", style="wide") if e.get("aria-label") == "Covariance of outputs of y"][0]
        matrices = [np.cov(outputs[step].T, bias=True) for step in (0, -1)]
        largest = max(np.abs(m).max() for m in matrices)
        for image, matrix in zip(region.all("svg", style="strip"), matrices):
            np.testing.assert_allclose(shares(image), matrix / largest, atol=0.0051)
        for column, matrix in enumerate(matrices, start=1):
            self.assertTrue(page.shows(rows[2][column], np.trace(matrix), 3), rows)
            self.assertTrue(page.shows(rows[3][column], abs(matrix[0, 1]), 3), rows)
        self.assertFalse([e for e in self.page_of("oja").all("div", style="wide") if "Covariance" in (e.get("aria-label") or "")])

    def test_tuning_curves_are_means_of_recorded_weights(self):
        carve("simulate", "isp/task.toml", "--rule", "isp", "--out", "t.npz", "--replicas", "1", "--every", "20000", "--force")
        arrays = np.load("t.npz")
        found = figure(self.page_of("isp"), "tuning")
        self.assertIn("Tuning curves", found.text())
        chart = found.one("svg", style="chart")
        x, y = page.scale(chart, False, False), page.scale(chart, False, True)
        curves = {name: arrays["projection." + name][0].reshape(-1, 8, size // 8).mean(axis=2)  # [time][group]
                  for name, size in (("excitatory", 800), ("inhibitory", 200))}
        lines = [p for p in chart.all("path") if "dashed" not in p.classes()]
        dashed = [p for p in chart.all("path") if "dashed" in p.classes()]
        self.assertEqual((len(lines), len(dashed)), (2, 1))
        wanted = [(lines[0], curves["excitatory"][-1], "excitatory"), (lines[1], curves["inhibitory"][-1], "inhibitory"),
                  (dashed[0], curves["inhibitory"][0], "inhibitory")]
        for path, curve, name in wanted:
            points = page.points(path)[0]
            np.testing.assert_allclose([x(a) for a, _ in points], range(1, 9), atol=0.01)
            np.testing.assert_allclose([y(b) for _, b in points], curve / curves[name][-1].max(), atol=0.004 * (y(0) - y(1000)))


if __name__ == "__main__":
    unittest.main()
