// model.hpp: the network of a task, as the C ABI wants it described.
#pragma once
#include "task.hpp"

#include <carve.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace carve::cli {

enum class Derivatives { no, yes };

// What differs between the lanes of a sim: the data sets under one rule, or the candidate rules on
// one data set.
enum class LanesAre { data_sets, candidates };
struct Lanes {
    std::size_t count;
    LanesAre are = LanesAre::data_sets;
};

// Owns what model points to, so it is neither moved nor copied.
struct NetworkModel {
    carve_model model;
    std::vector<carve_population> populations;
    std::vector<carve_projection> projections;
    carve_input input;
    carve_rate rate;
    std::vector<carve_plasticity> plasticity;
    std::vector<carve_rule> rules;
    std::vector<carve_polynomial> polynomials;
    std::vector<std::vector<carve_term>> terms;

    NetworkModel(const Task& task, std::size_t units, std::size_t samples, const Lanes& lanes,
                 Derivatives derivatives);
    NetworkModel(const NetworkModel&) = delete;
    NetworkModel& operator=(const NetworkModel&) = delete;

    std::size_t bytes() const; // of a sim; throws Error(usage) with what is wrong
    std::size_t lanes_per_block() const;

  private:
    void describe_rule(const RuleSettings& settings, const Lanes& lanes, std::uint32_t i);
};
// A rule of these terms, which are kept by the caller.
void describe_polynomial(const std::vector<carve_term>& terms, carve_polynomial& polynomial,
                         carve_rule& rule);

// Of run.lane_bytes; where that has not been chosen (host.hpp), the library's own default.
std::uint32_t lane_bytes_of(const RunSettings& run);
// Of run.isa.
std::uint32_t isa_of(const std::string& name);
// Of a sim of the model; throws Error(usage) with what is wrong.
std::size_t required_bytes(const carve_model& model);

// What n_steps steps of a network without inputs take.
carve_step steps_of(std::uint64_t n_steps);
// Throws Error(internal) that names the call, unless status is CARVE_OK.
void check_status(carve_status status, const char* call);

} // namespace carve::cli
