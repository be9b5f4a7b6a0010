// The presets; those of rules for rates, over x (presynaptic rate), y (postsynaptic rate) and w
// (weight), with their parameters at the values that the equation shows.
#include "spike_terms.hpp"

namespace carve::cli {
namespace {

std::vector<Preset> rate_presets() {
    return {
        {"hebb", "dw = eta x y", "Hebb; grows without bound", {{1, 1, 0, 1}}},
        {"anti_hebb", "dw = -eta x y", "decorrelates; for lateral synapses", {{1, 1, 0, -1}}},
        {"oja",
         "dw = eta (x y - y^2 w)",
         "Oja 1982; first principal component, |w| = 1",
         {{0, 2, 1, -1}, {1, 1, 0, 1}}},
        {"oja_norm",
         "dw = eta (x y - y^2 w / s^2), s = 2",
         "as oja, |w| = s",
         {{0, 2, 1, -0.25}, {1, 1, 0, 1}}},
        {"oja_family",
         "dw = eta (p x y + q w - (p + q) y^2 w), p = 0.75, q = -0.25",
         "ends where oja does if the leading variance is 1",
         {{0, 0, 1, -0.25}, {0, 2, 1, -0.5}, {1, 1, 0, 0.75}}},
        {"hebb_decay",
         "dw = eta (x y - l w), l = 0.1",
         "Hebb with weight decay",
         {{0, 0, 1, -0.1}, {1, 1, 0, 1}}},
        {"hebb_trace",
         "dw = eta (x y - w)",
         "w is a running mean of x y",
         {{0, 0, 1, -1}, {1, 1, 0, 1}}},
        {"instar",
         "dw = eta y (x - w)",
         "Grossberg, Kohonen; w moves towards the inputs of an active unit",
         {{0, 1, 1, -1}, {1, 1, 0, 1}}},
        {"outstar",
         "dw = eta x (y - w)",
         "Grossberg; w moves towards the outputs of an active input",
         {{1, 0, 1, -1}, {1, 1, 0, 1}}},
        {"covariance",
         "dw = eta (x - tx) (y - ty), tx = ty = 0.5",
         "Sejnowski 1977",
         {{0, 0, 0, 0.25}, {0, 1, 0, -0.5}, {1, 0, 0, -0.5}, {1, 1, 0, 1}}},
        {"covariance_pre",
         "dw = eta (x - tx) y, tx = 0.5",
         "presynaptic threshold",
         {{0, 1, 0, -0.5}, {1, 1, 0, 1}}},
        {"covariance_post",
         "dw = eta x (y - ty), ty = 0.5",
         "postsynaptic threshold",
         {{1, 0, 0, -0.5}, {1, 1, 0, 1}}},
        {"bcm_fixed",
         "dw = eta x y (y - t), t = 1",
         "Bienenstock, Cooper and Munro 1982 with a fixed threshold",
         {{1, 1, 0, -1}, {1, 2, 0, 1}}},
        {"foldiak_ff",
         "dw = eta b (x y - y w), b = 1",
         "Foldiak 1990, feedforward",
         {{0, 1, 1, -1}, {1, 1, 0, 1}}},
        {"foldiak_lat",
         "dw = -eta a (x y - p^2), a = 1, p = 0.1",
         "Foldiak 1990, lateral",
         {{0, 0, 0, 0.01}, {1, 1, 0, -1}}},
        {"inhibitory_rate",
         "dw = eta x (y - r0), r0 = 1",
         "rate form of Vogels et al. 2011; w is the strength of inhibition",
         {{1, 0, 0, -1}, {1, 1, 0, 1}}},
        {"homeostatic_add",
         "dw = eta (r0 - y), r0 = 1",
         "additive scaling of excitation",
         {{0, 0, 0, 1}, {0, 1, 0, -1}}},
        {"homeostatic_mult",
         "dw = eta w (r0 - y), r0 = 1",
         "multiplicative scaling of excitation",
         {{0, 0, 1, 1}, {0, 1, 1, -1}}},
        {"abcd",
         "dw = eta (A x y + B x + C y + D), A = 1, B = C = D = 0.1",
         "Najarro and Risi 2020",
         {{0, 0, 0, 0.1}, {0, 1, 0, 0.1}, {1, 0, 0, 0.1}, {1, 1, 0, 1}}},
        {"bcm_sliding",
         "dw = eta x y (y - t), tau dt/dt = y^2 / y0 - t",
         "its threshold t is a state of the postsynaptic unit",
         {}},
        {"sanger",
         "dw = eta y (x - sum over k <= i of y_k w_k)",
         "Sanger 1989; components in order. Oja's rule on what earlier outputs leave of x: "
         "the factor x is \"residual_below\", which eval and simulate set by themselves",
         {{0, 2, 1, -1}, {1, 1, 0, 1}},
         {},
         "residual_below"},
        {"subspace",
         "dw = eta y (x - W^T y)",
         "Williams 1985, Oja 1989; the principal subspace. Hebb's rule on what all outputs leave "
         "of x: the factor x is \"residual\", which eval and simulate set by themselves",
         {{1, 1, 0, 1}},
         {},
         "residual"},
        {"rubner_tavan",
         "feedforward dw = eta (x y - y^2 w), lateral dw = -eta x y",
         "Rubner and Tavan 1989; components in order, lateral synapses hierarchical",
         {{0, 2, 1, -1}, {1, 1, 0, 1}},
         {{1, 1, 0, -1}}},
        {"foldiak_1989",
         "as rubner_tavan with symmetric lateral synapses",
         "its outputs inhibit one another both ways, and lateral synapses here are hierarchical",
         {}},
    };
}

} // namespace

const std::vector<Preset>& presets() {
    static const std::vector<Preset> table = [] {
        std::vector<Preset> all = rate_presets();
        for (Preset& preset : spike_presets())
            all.push_back(std::move(preset));
        return all;
    }();
    return table;
}

const Preset* find_preset(const std::string& name) {
    for (const Preset& preset : presets())
        if (preset.name == name)
            return &preset;
    return nullptr;
}

} // namespace carve::cli
