#include "program.hpp"

#include <algorithm>
#include <cstdio>

namespace nets {

namespace {

double work_per_step(const Model& m) {
    double synapses = 0;
    for (std::size_t k = 0; k < m.projections.size(); ++k) {
        const double n = double(m.n_pre(k)) * m.n_post(k);
        synapses += m.projections[k].pre == m.projections[k].post ? 4 * n : n;
    }
    const double forward = m.model.gradient == CARVE_GRADIENT_FORWARD ? m.n_coefficients() : 2;
    const double sparse = m.spiking() ? 0.2 : 1;
    return 1 + sparse * synapses * (4 + forward) * m.model.n_replicas * m.model.batch;
}

std::uint32_t random_steps(Choices& c, const Model& m, double budget) {
    const std::uint32_t longer = m.spiking() ? 5 : 1; // much of it is silence
    const std::uint32_t lengths[] = {0, 1, 5, 20 * longer, 70 * longer, 180 * longer};
    const std::uint32_t longest = lengths[c.below(6)];
    const double most = budget / work_per_step(m);
    return c.below(1 + std::min(longest, std::uint32_t(std::min(most, 1e4))));
}

Call random_call(Choices& c, const Program& p, Call::Kind kind, double budget) {
    Call call;
    call.kind = kind;
    call.seed = c.bits(4);
    call.mode = c.one_in(3) ? Mode(c.below(kModes)) : Mode::usual;
    call.n_steps = random_steps(c, p.model, budget);
    call.plastic = !c.one_in(6);
    if (c.one_in(3))
        call.lists = Lists(c.below(5));
    if (p.model.spiking() && c.one_in(3))
        call.capacity = 1 + c.below(c.one_in(2) ? 2000 : 20);
    call.loss_of = random_loss(c);
    call.misuse_of = c.below(14);
    return call;
}

} // namespace

Program random_program(Choices& c) {
    Program p;
    p.model = random_model(c);
    p.seed = c.bits(4);
    p.wild_inputs = c.one_in(12);
    const double budget = c.one_in(4) ? 1e6 : 1e5;
    p.calls.push_back(random_call(c, p, Call::write, budget));
    p.calls.push_back(random_call(c, p, Call::step, budget));
    static constexpr Call::Kind kinds[] = {
        Call::step, Call::step, Call::step, Call::write, Call::overwrite, Call::reset,
        Call::move, Call::loss, Call::loss, Call::loss,  Call::adjoint,   Call::misuse};
    for (std::uint32_t n = 1 + c.below(8); n > 0; --n)
        p.calls.push_back(random_call(c, p, kinds[c.below(12)], budget / 4));
    for (const Call& call : p.calls)
        p.work += call.kind == Call::step ? call.n_steps * work_per_step(p.model) : 0;
    return p;
}

std::string describe(const Program& p) {
    static const char* const names[] = {"step", "reset", "write",   "overwrite",
                                        "move", "loss",  "adjoint", "misuse"};
    std::string out = describe(p.model) + "calls";
    for (const Call& call : p.calls) {
        out += std::string(" ") + names[call.kind];
        char text[100] = "";
        if (call.kind == Call::step)
            std::snprintf(text, sizeof text,
                          "(%u steps, plastic %u, lists %u, recorder %u, mode %u)", call.n_steps,
                          call.plastic, unsigned(call.lists), call.capacity, unsigned(call.mode));
        if (call.kind == Call::loss)
            std::snprintf(text, sizeof text, "(kind %u of projection %u)", call.loss_of.kind,
                          call.loss_of.projection);
        if (call.kind == Call::misuse)
            std::snprintf(text, sizeof text, "(%u)", call.misuse_of);
        out += text;
    }
    return out + '\n';
}

std::vector<carve_spike> random_spikes(const Program& p, const Call& call, std::uint32_t population,
                                       std::uint64_t first) {
    const std::uint64_t n_units = p.model.populations[population].n_units;
    const std::uint64_t end = first + call.n_steps;
    std::vector<carve_spike> spikes;
    for (std::uint64_t t = first < 30 ? 0 : first - 30; t < end + 30; ++t)
        for (std::uint64_t u = 0; u < n_units; ++u)
            if (mix(mix(p.seed, population), t * n_units + u) % (4 * n_units) == 0)
                spikes.push_back({t, 0, std::uint32_t(u), 0, 1});
    std::vector<std::size_t> inside;
    for (std::size_t k = 0; k < spikes.size(); ++k)
        if (spikes[k].step >= first && spikes[k].step < end)
            inside.push_back(k);
    const std::uint64_t pick = mix(call.seed, population);
    switch (call.lists) {
    case Lists::swapped:
        if (inside.size() >= 2) {
            const std::size_t k = inside[pick % (inside.size() - 1)];
            std::swap(spikes[k], spikes[k + 1]);
        }
        break;
    case Lists::foreign_unit:
        if (!inside.empty())
            spikes[inside[pick % inside.size()]].unit = std::uint32_t(n_units + (pick >> 40));
        break;
    case Lists::shuffled:
        for (std::size_t k = spikes.size(); k > 1; --k)
            std::swap(spikes[k - 1], spikes[mix(pick, k) % k]);
        break;
    case Lists::garbage_behind:
        spikes.push_back({end + 1000000, 0, 0, 0, 1});
        for (std::uint64_t k = 0; k < 2000; ++k)
            spikes.push_back(
                {mix(pick, 2 * k) % (2 * end + 2), 0, std::uint32_t(mix(pick, 2 * k + 1)), 0, 0});
        if (pick % 2)
            std::sort(spikes.end() - 2000, spikes.end(),
                      [](const carve_spike& a, const carve_spike& b) { return a.step < b.step; });
        break;
    default:
        break;
    }
    return spikes;
}

} // namespace nets
