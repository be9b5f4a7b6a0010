// A rule as functions of NumPy arrays.
#include "exports.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {
namespace {

// Of an argument; a learning rate that is not stated has none.
std::string default_of(double eta) { return eta > 0 ? "=" + number_text(eta) : ""; }

std::string rates(const ExportedRule& rule) {
    std::string arguments, shapes;
    for (const std::string& other : rule.others) {
        arguments += ", " + other;
        shapes += ", " + other;
    }
    const std::string others =
        rule.others.empty()
            ? ""
            : fmt::format("\n    {}: numbers, or arrays that fit w; the task says what they are.",
                          fmt::join(rule.others, ", "));
    return fmt::format(R"(def {}(x, y, w{}, eta{}):
    """The change of weights w [post][pre] by rates x [pre] and y [post].

    Of a batch, take the mean over its samples.{}
    """
    x, y, w = np.asarray(x)[None, :], np.asarray(y)[:, None], np.asarray(w)
    return eta * ({}) + 0 * w
)",
                       rule.name, arguments, default_of(rule.eta), others,
                       sum_text(rule.step, repeated));
}

std::string spikes(const ExportedRule& rule) {
    std::string taus, traces, decays, after_pre, after_post, unpack_pre, unpack_post, others;
    for (const auto& [tau, value] : rule.taus) {
        const std::string trace = trace_of(tau);
        const bool pre = is_presynaptic(trace);
        taus += fmt::format(", {}={}", tau, tau_text(value));
        traces += fmt::format("        self.{} = np.zeros({})\n", trace, pre ? "n_pre" : "n_post");
        traces += fmt::format("        self.decay_{} = np.exp(-dt / {})\n", trace, tau);
        decays += fmt::format("        self.{0} *= self.decay_{0}\n", trace);
        (pre ? after_pre : after_post) +=
            fmt::format("        self.{}[{}] += 1\n", trace, pre ? "pre" : "post");
        unpack_pre += trace == "y1"   ? "        y1 = self.y1[:, None]\n"
                      : trace == "x2" ? "        x2 = self.x2[None, pre]\n"
                                      : "";
        unpack_post += trace == "x1"   ? "        x1 = self.x1[None, :]\n"
                       : trace == "y2" ? "        y2 = self.y2[post, None]\n"
                                       : "";
    }
    for (const std::string& other : rule.others)
        others += ", " + other;
    return fmt::format(R"(class {0}:
    """Weights w [post][pre] that change at spikes, in steps of dt (s)."""

    def __init__(self, n_pre, n_post, dt, eta{1}, w_min=-np.inf, w_max=np.inf{2}):
        self.eta, self.w_min, self.w_max = eta, w_min, w_max
{3}
    def step(self, w, pre, post{4}):
        """Changes w in place. pre, post: indices of the units whose spikes arrive, and of those that spike."""
        pre, post = np.asarray(pre, int), np.asarray(post, int)
{5}        w[:, pre] = self.clipped(w[:, pre], lambda w: {6})
{7}{8}        w[post, :] = self.clipped(w[post, :], lambda w: {9})
{10}{11}
    def clipped(self, w, change):
        return np.clip(w + self.eta * (change(w) + 0 * w), self.w_min, self.w_max)
)",
                       rule.name, default_of(rule.eta), taus, traces, others, unpack_pre,
                       sum_text(rule.pre, repeated), after_pre, unpack_post,
                       sum_text(rule.post, repeated), after_post, decays);
}

} // namespace

std::string to_python(const Export& exported) {
    std::string out =
        fmt::format("\"\"\"Plasticity rule: {}.\"\"\"\nimport numpy as np\n",
                    exported.source.empty() ? "no source is stated" : exported.source);
    for (const ExportedRule& rule : exported.rules)
        out += "\n\n" + (rule.spikes ? spikes(rule) : rates(rule));
    return out;
}

} // namespace carve::cli
