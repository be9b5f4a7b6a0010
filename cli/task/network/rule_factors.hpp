// rule_factors.hpp: what the factors of a rule's terms stand for where a projection uses it.
#pragma once
#include "description.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

// What the kernel has for a factor beside x, y and w of its own.
enum class FactorKind {
    modulator, // a population's rate, or a streamed data column
    pre_mean,  // running means of x, y and y^2
    post_mean,
    post_square,
    weight_sum, // of all weights onto the postsynaptic unit
    presynaptic // what stands in the place of x: a residual
};
std::optional<FactorKind> kind_of_factor(const task::Factor& factor);

// The factors of a rule, replaced by those that the projection binds, in the order of the text.
std::vector<task::Factor> factors_of(const task::Rule& rule, const task::Projection& use);

// The rules of a projection: those that it names, else the one of its name, else none.
std::vector<const task::Rule*> rules_of(const task::Task& task, const task::Projection& projection);
// The first projection that uses it; null if none does.
const task::Projection* first_use(const task::Task& task, const task::Rule& rule);

// The third factor of a use: the one of its terms, or the rule's modulator, which multiplies all of them.
struct ThirdFactor {
    task::Factor factor;
    bool outside = false; // it multiplies the sum of the terms
};
std::optional<ThirdFactor> third_factor(const task::Rule& rule, const task::Projection& use);

const task::Population* find_population(const task::Task& task, const std::string& name);
// "E" of "population.E" or "population.E.memory", and of "E" where there is such a population; else "".
std::string population_of(const task::Task& task, const std::string& source);
// The same where a plain name is a data column: "" unless it is a population.
std::string source_population(const task::Task& task, const std::string& source);
// Whether a column of data is a stream of spikes.
bool gives_spikes(const task::Task& task, const std::string& column);
// Whether it spikes, by itself or as recorded.
bool is_of_spikes(const task::Task& task, const task::Population& population);
// Whether its rules act at spikes.
bool is_of_spikes(const task::Task& task, const task::Projection& projection);

} // namespace carve::cli
