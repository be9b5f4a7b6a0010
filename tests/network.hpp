// A model of the ABI as the tests write it.
#ifndef CARVE_TESTS_NETWORK_HPP
#define CARVE_TESTS_NETWORK_HPP

#include "flat_model.hpp"

#include <carve.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace support {

struct Network { // a model, flat
    carve_model model{};
    std::vector<flat::Population> populations;
    std::vector<flat::Projection> projections;
    std::vector<flat::Rule> rules;
    flat::Description structs; // those of carve.h, of the last description()

    Network() { REQUIRE(carve_model_init(&model, sizeof model) == CARVE_OK); }

    std::uint32_t population(std::uint32_t kind, std::uint32_t n_units,
                             std::uint32_t activation = CARVE_ACTIVATION_LINEAR) {
        populations.emplace_back();
        populations.back().kind = kind;
        populations.back().n_units = n_units;
        populations.back().activation = activation;
        return std::uint32_t(populations.size() - 1);
    }
    std::uint32_t projection(std::uint32_t pre, std::uint32_t post, std::uint32_t rule) {
        projections.emplace_back();
        projections.back().pre = pre;
        projections.back().post = post;
        projections.back().rule = rule;
        return std::uint32_t(projections.size() - 1);
    }
    void make_static(std::size_t i) { // what only a plastic projection reads is at its default
        const flat::Projection p;
        projections[i].rule = flat::kStatic;
        projections[i].w_min = p.w_min;
        projections[i].w_max = p.w_max;
    }
    std::uint32_t rule(std::uint64_t terms = flat::kTerms27) {
        rules.emplace_back();
        rules.back().terms = terms;
        return std::uint32_t(rules.size() - 1);
    }
    const carve_model* description() {
        structs.make(model, populations, projections, rules);
        return &model;
    }
    std::uint32_t n_pre(std::size_t p) const { return populations[projections[p].pre].n_units; }
    std::uint32_t n_post(std::size_t p) const { return populations[projections[p].post].n_units; }
    bool sparse(std::size_t p) const {
        return projections[p].connectivity >= CARVE_CONNECT_IN_DEGREE;
    }
    // Whether a listed projection, or one of spikes with all, has a synapse from unit j to unit i.
    bool connected(std::size_t p, std::uint32_t i, std::uint32_t j) const {
        const flat::Projection& q = projections[p];
        if (!sparse(p))
            return q.pre != q.post || i != j;
        return i < q.rows.size() && std::count(q.rows[i].begin(), q.rows[i].end(), j) > 0;
    }
    bool plastic(std::size_t p) const { return projections[p].rule != flat::kStatic; }
    std::uint32_t n_terms(std::size_t r) const { return flat::n_coefficients_of(rules[r]); }
    std::uint32_t n_coefficients() const {
        std::uint32_t n = 0;
        for (std::size_t r = 0; r < rules.size(); ++r)
            n += n_terms(r);
        return n;
    }
    bool afferents() const { return model.layout == CARVE_LAYOUT_AFFERENTS; }
    std::uint32_t lanes_per_block() const {
        return afferents() || model.layout == CARVE_LAYOUT_TARGETS
                   ? 1
                   : model.lane_bytes / (model.precision == CARVE_F32 ? 4 : 8);
    }
};

// A single layer: input -> rate, one plastic projection, one rule.
inline Network single_layer(std::uint32_t n_pre, std::uint32_t n_post,
                            std::uint32_t activation = CARVE_ACTIVATION_LINEAR,
                            std::uint64_t terms = flat::kTerms27) {
    Network n;
    n.population(CARVE_POPULATION_INPUT, n_pre);
    n.population(CARVE_POPULATION_RATE, n_post, activation);
    n.projection(0, 1, n.rule(terms));
    return n;
}

} // namespace support
#endif
