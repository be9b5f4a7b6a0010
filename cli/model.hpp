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

// Owns the arrays that model points to, so it is moved, never copied.
struct NetworkModel {
    carve_model model;
    std::vector<carve_population> populations;
    std::vector<carve_projection> projections;
    std::vector<carve_rule> rules;

    NetworkModel(const Task& task, std::size_t units, std::size_t samples, const Lanes& lanes,
                 Derivatives derivatives);
    NetworkModel(NetworkModel&&) = default;
    NetworkModel& operator=(NetworkModel&&) = default;
    NetworkModel(const NetworkModel&) = delete;
    NetworkModel& operator=(const NetworkModel&) = delete;

    std::size_t bytes() const; // of a sim; throws Error(usage) with what is wrong
    std::size_t lanes_per_block() const;
};

// Of run.lane_bytes; where that has not been chosen (host.hpp), the library's own default.
std::uint32_t lane_bytes_of(const RunSettings& run);
// Of run.isa.
std::uint32_t isa_of(const std::string& name);
// Of a sim of the model; throws Error(usage) with what is wrong.
std::size_t required_bytes(const carve_model& model);

// Throws Error(internal) that names the call, unless status is CARVE_OK or CARVE_E_DIVERGED.
void check_status(carve_status status, const char* call);

} // namespace carve::cli
