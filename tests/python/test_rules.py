"""Rules in Python: from text, from files, from the presets.

CARVE_LIBRARY is the library under test; CARVE the command, which knows the presets: without it their tests are
skipped, and without NumPy all are."""
import os
import pathlib
import tempfile
import unittest

from binding import carve, np


def network():
    net = carve.Network()
    net.input("x", 3)
    net.rate("y", 1)
    return net


@unittest.skipIf(np is None, "NumPy is not installed")
class Text(unittest.TestCase):
    def coefficients(self, text, **options):
        return carve.PlasticityRule(text, **options).coefficients

    def test_brackets_are_multiplied_out_and_equal_products_added_up(self):
        for text in ("x y - y^2 w", "y (x - y w)", "-w*y**2 + x*y", "2 x y/2 - y y w", "dw = eta (x y - y^2 w)",
                     "0.25 x y - w y^2 + 7.5e-1 y x"):
            with self.subTest(text=text):
                self.assertEqual(self.coefficients(text), {"x y": 1, "y^2 w": -1})
        self.assertEqual(self.coefficients("(x - 0.5) (y - 0.5)"), {"1": 0.25, "x": -0.5, "y": -0.5, "x y": 1})
        self.assertEqual(self.coefficients("x - x + 1"), {"1": 1})

    def test_the_same_rule_by_products(self):
        self.assertEqual(self.coefficients({"y^2 w": -1, "y x": 1}), {"x y": 1, "y^2 w": -1})
        self.assertEqual(self.coefficients(["x y"]), {"x y": 0})
        self.assertEqual(len(carve.PlasticityRule.of_powers().names), 27)

    def test_coefficients_have_the_order_of_the_kernel(self):
        rule = carve.PlasticityRule("w + x y m - 2 y n", factors={"m": {"of": "y^2", "tau": 50}, "n": {"of": "x", "tau": 20}})
        self.assertEqual(rule.names, ["tau_n", "tau_m", "w", "y n", "x y m"])
        np.testing.assert_allclose(rule.theta, [np.log(20), np.log(50), 1, -2, 1])

    def test_rules_at_spikes_have_the_names_of_results(self):
        rule = carve.PlasticityRule("pre: y1 - 0.12; post: x1 (1 + 2 y2 w)", tau={"tau_pre": 0.03})
        self.assertEqual(rule.names, ["tau_pre", "tau_post", "tau_post2", "alpha", "kappa", "gamma", "gamma_o_w"])
        np.testing.assert_allclose(rule.theta, [np.log(0.03), np.log(0.02), np.log(0.02), -0.12, 1, 1, 2])
        self.assertEqual(carve.PlasticityRule(["alpha", "beta_o", "kappa_r_w2"]).names,
                         carve.PlasticityRule(["pre: 1", "post: y2", "pre: y1 x2 w^2"]).names)

    def test_a_mistake_is_shown_with_its_column_and_the_way_out(self):
        for text, options, words in (
                ("x y - z", {}, r"column 7: there is no factor 'z', there are x, y, w; PlasticityRule"),
                ("xy", {}, "did you mean 'x y'"),
                ("x y -", {}, "column 6: a number, a factor or a bracket is missing"),
                ("(x", {}, "column 1: a bracket is not closed"),
                ("x^y", {}, "a power is a whole number"),
                ("x / y", {}, "only a number"),
                ("x @ y", {}, "column 3: unexpected '@'"),
                ("x^4", {}, "power can be 0 to 3"),
                ("0 x", {}, "no products"),
                (["x + y"], {}, "not one product"),
                (["x y", "y x"], {}, "there twice"),
                ("post: y1", {}, "there is no factor 'y1', there are x1, y2, w"),
                ("x; pre: 1", {}, 'needs to begin with "pre:"'),
                (["x y", "pre: 1"], {}, "for rates or for spikes"),
                ("x y", {"tau": 0.1}, "has no effect"),
                ("pre: y1", {"tau": {"tau_pre": 0.1}}, "tau of tau_pre has no effect; the rule reads tau_post"),
                ("pre: y1", {"tau": -1}, "tau_post is -1"),
                ("x y", {"factors": {"r": "reward"}}, "'r' is in no product"),
                ("x r", {"factors": {"r": {"of": "y^3", "tau": 5, "sum": 1}}}, "it can be the name of a population"),
                ("x r s", {"factors": {"r": "a", "s": "b"}}, "at most one"),
                ("x r^3", {"factors": {"r": "a"}}, "0 to 2"),
                ("x y", {"factors": {"x": "a"}}, "choose another name"),
                ("x y", {"presynaptic": "residuals"}, "did you mean 'residual'")):
            with self.subTest(text=text), self.assertRaisesRegex(ValueError, words):
                carve.PlasticityRule(text, **options)
        with self.assertRaisesRegex(ValueError, "no coefficient 'x z'.*did you mean 'x y'"):
            carve.PlasticityRule("x y + w").set({"x z": 1})

    def test_an_equation_is_text_that_gives_the_rule_again(self):
        for text in ("x y - y^2 w", "-0.5 + 2 x - w^2", "0.25 x^2 y^3"):
            rule = carve.PlasticityRule(text)
            self.assertEqual(carve.PlasticityRule(rule.equation()).coefficients, rule.coefficients)


@unittest.skipIf(np is None, "NumPy is not installed")
class Files(unittest.TestCase):
    def test_rules_are_saved_and_loaded_with_the_same_bits(self):
        rules = {"w": carve.PlasticityRule("0.1 x y - y^2 w / 3", eta=0.05),
                 "v": carve.PlasticityRule("x r - 0.5 m", factors={"r": "reward", "m": {"of": "x", "tau": 7}}),
                 "s": carve.PlasticityRule("pre: y1 - 0.12; post: x1", tau=0.013)}
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rule.toml"
            carve.save_rules(path, rules, source='a "test"')
            loaded = carve.load_rules(path, v={"factors": rules["v"].factors})
            with self.assertRaisesRegex(ValueError, r"\[rule.v\]: rule 'm'.*there is no factor 'm'"):
                carve.load_rules(path)
            for name, rule in rules.items():
                self.assertEqual(loaded[name].coefficients, rule.coefficients)
            self.assertEqual(loaded["w"].eta, 0.05)
            net = network()
            carve.save_rules(path, {"w": rules["w"]})
            projection = net.project("x", "y", rule=path, name="other")
            self.assertEqual((projection.coefficients, projection.eta), (rules["w"].coefficients, 0.05))
            carve.save_rules(path, {"a": rules["w"], "b": rules["w"]})
            with self.assertRaisesRegex(ValueError, "rules a, b, none for the projection 'third'"):
                net.project("x", "y", rule=str(path), name="third")
            path.write_text("format = 2\n")
            with self.assertRaisesRegex(ValueError, "no rule file of format 1"):
                carve.load_rules(path)

    def test_what_a_file_cannot_say_is_not_saved(self):
        for options, text in (({"presynaptic": "residual"}, "x y"), ({"modulator": "reward"}, "x y"),
                              ({"coincidence": "blind"}, "pre: y1"), ({"trace_jump": "inverse_tau"}, "pre: y1")):
            with tempfile.TemporaryDirectory() as folder, self.subTest(options=options):
                path = pathlib.Path(folder) / "rule.toml"
                with self.assertRaisesRegex(ValueError, f"rule 'w' has {next(iter(options))} = '.*', which a rule.toml cannot say"):
                    carve.save_rules(path, {"w": carve.PlasticityRule(text, **options)})
                self.assertFalse(path.exists())
        with self.assertRaisesRegex(ValueError, "rules is empty"):
            carve.save_rules(path, {})
        with self.assertRaisesRegex(TypeError, "rule 'w' is <Rule of 1 coefficients>; a rule.toml holds PlasticityRules"):
            carve.save_rules(path, {"w": carve.KernelRule(carve.Rule([(1, 1, 0)]))})

    def test_any_name_and_any_source_are_saved(self):
        rule = carve.PlasticityRule("x y")
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "rule.toml"
            for name in "my rule", "ä", "a.b", 'say "w"', "a\nb\x7f":
                with self.subTest(name=name):
                    carve.save_rules(path, {name: rule}, source=name)
                    loaded = carve.load_rules(path)
                    self.assertEqual((list(loaded), loaded[name].source), ([name], name))
            with self.assertRaisesRegex(ValueError, "there is no rule 'v'; there is"):
                carve.load_rules(path, v={})

    def test_a_run_directory_gives_rules_with_what_its_task_says(self):
        with tempfile.TemporaryDirectory() as folder:
            carve.save_rules(pathlib.Path(folder) / "rule.toml", {"w": carve.PlasticityRule("x y - w")})
            (pathlib.Path(folder) / "task.toml").write_text(
                '[rule.w]\nterms = ["x y", "w"]\nfactors = { x = "residual" }\nmodulator = "population.x"\n')
            [rule] = network().project("x", "y", rule=folder, name="w").rules
        self.assertEqual((rule.presynaptic, rule.modulator), ("residual", "x"))

    @unittest.skipUnless(os.environ.get("CARVE"), "the command is not built")
    def test_names_and_sums_come_before_folders_of_that_name(self):
        with tempfile.TemporaryDirectory() as folder:
            self.addCleanup(os.chdir, os.getcwd())
            os.chdir(folder)
            for name, expected in ("oja", {"y^2 w": -1, "x y": 1}), ("x y", {"x y": 1}):
                os.mkdir(name)
                self.assertEqual(network().project("x", "y", rule=name, name="v").coefficients, expected)

    @unittest.skipUnless(os.environ.get("CARVE"), "the command is not built")
    def test_presets_come_by_name(self):
        net = network()
        self.assertEqual(net.project("x", "y", rule="oja", name="v").coefficients, {"y^2 w": -1, "x y": 1})
        self.assertEqual(carve.preset("sanger").presynaptic, "residual_below")
        rule = carve.preset("vogels_istdp")
        self.assertEqual(rule.names, ["tau_pre", "tau_post", "alpha", "kappa", "gamma"])
        np.testing.assert_allclose(np.exp(rule.theta[:2]), 0.02)
        with self.assertRaisesRegex(ValueError, "no preset 'ojaa'.*did you mean 'oja'"):
            net.project("x", "y", rule="ojaa", name="u")
        with self.assertRaisesRegex(ValueError, "cannot be simulated"):
            carve.preset("bcm_sliding")


if __name__ == "__main__":
    unittest.main()
