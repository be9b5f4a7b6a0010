"""A test case with a folder of its own, and the tables that its tasks share."""
import tempfile
import unittest

import compare

# Tests of words that are refused as something that cannot be simulated yet: they are skipped.
REFUSED = {
    "Layers.test_a_gain", "Layers.test_no_unit_onto_itself", "OneRule.test_a_modulator_with_a_scale",
    "OneRule.test_an_mlp_of_linear_units", "OneRule.test_an_mlp_with_a_modulator_or_a_trace",
    "Phases.test_a_bound_that_there_was_none_of", "Phases.test_weights_of_a_group_that_a_phase_scales",
    "Trials.test_a_duration_that_varies", "Trials.test_shared_weights_are_those_of_all_trials",
    "Measures.test_a_target_that_a_phase_sets", "Measures.test_masks_of_selectivity_and_readouts",
    "Measures.test_one_time", "Measures.test_readouts_of_a_population", "Steps.test_a_drive_that_a_phase_sets",
    "Gradients.test_weights_that_phases_set", "OneRule.test_a_group_as_a_modulator",
    "OneRule.test_a_mean_whose_time_constant_is_no_whole_number", "Measures.test_values_of_a_group_to_as_many_columns",
    "Gradients.test_weights_relative_to_a_target", "Phases.test_traces_of_what_is_not_plastic_wait",
}

# A trial of 12 steps on 8 samples of three units: the data go round.
HEAD = """
format = 2
[simulation]
duration = %d
batch = %s
[data.x]
kind = "gaussian"
spectrum = [1, 0.7, 0.4]
samples = 8
[population.x]
kind = "input"
data = "x"
"""
TAIL = """
[trials]
search = 2
validation = 2
held_out = 4
[search]
method = "cma_es"
iterations = 1
refit = false
"""
LOSS = """
[loss.any]
kind = "weights"
of = "%s"
"""


def network(duration=12, batch="1"):
    return HEAD % (duration, batch)


class Case(unittest.TestCase):
    def setUp(self):
        name = "%s.%s" % (type(self).__name__, self._testMethodName)
        if name in REFUSED:
            self.skipTest("refused")
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = holder.name

    def task(self, text, duration=12, batch="1"):
        """The text with the tables that all tasks have; a loss, if it has none."""
        if "[loss." not in text:
            text += LOSS % text.split("[projection.")[1].split("]")[0]
        return network(duration, batch) + text + ("" if "[trials]" in text else TAIL)

    def check(self, text, theta, duration=12, batch="1", replicas=2):
        return compare.check(self.folder, self.task(text, duration, batch), theta, replicas)
