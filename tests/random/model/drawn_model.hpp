// Random models, mostly valid, from the table of fields.
#ifndef CARVE_TESTS_RANDOM_MODEL_HPP
#define CARVE_TESTS_RANDOM_MODEL_HPP

#include "choices.hpp"
#include "fields.hpp"

#include <string>
#include <vector>

namespace nets {

struct Model { // owns what its carve_model points to
    carve_model model;
    std::vector<flat::Population> populations;
    std::vector<flat::Projection> projections;
    std::vector<flat::Rule> rules;
    flat::Description structs; // those of carve.h, of the last description()

    const carve_model* description();
    bool spiking() const { // inputs may come first
        bool any = false;
        for (const flat::Population& p : populations)
            any = any || p.kind >= CARVE_POPULATION_POISSON;
        return any;
    }
    bool plastic(const flat::Projection& p) const { return p.rule < rules.size(); }
    std::uint32_t n_pre(std::size_t p) const { return populations[projections[p].pre].n_units; }
    std::uint32_t n_post(std::size_t p) const { return populations[projections[p].post].n_units; }
    std::uint32_t n_coefficients() const;
    bool is_general(const flat::Projection& p) const {
        return p.rule != flat::kStatic && (!p.more.empty() || flat::is_general(rules[p.rule]));
    }
    bool modulation_possible() const {
        return model.batch == 1 && model.gradient != CARVE_GRADIENT_ADJOINT;
    }
    bool spikes_modulated() const { return model.gradient == CARVE_GRADIENT_NONE; } // possible
    std::vector<std::uint32_t> inputs() const {
        std::vector<std::uint32_t> of;
        for (std::uint32_t i = 0; i < populations.size(); ++i)
            if (populations[i].kind == CARVE_POPULATION_INPUT)
                of.push_back(i);
        return of;
    }
};

Model random_model(Choices& choices);
flat::Rule random_rule(Choices& choices, bool spiking, bool modulation);
// Up to three further rules of a plastic projection.
void add_uses(Choices& choices, const Model& model, flat::Projection& p);
// Third factors, of those of its rules that have one, and gates.
void modulate(Choices& choices, const Model& model, flat::Projection& p);
// One field at the edge of its range or beyond, wherever it is read or not.
void spoil(Choices& choices, Model& model);
carve_loss random_loss(Choices& choices);
void draw(Choices& choices, Struct of, void* object, unsigned readers);

// Every field that is not at its default, one struct a line.
std::string describe(const Model& model);
// What is wrong with a model, in words; "" if nothing is.
std::string explain(Model& model);

} // namespace nets

#endif
