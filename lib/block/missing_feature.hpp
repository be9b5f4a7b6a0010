// missing_feature.hpp: whether this build can simulate a model.
#pragma once
#include "fault.hpp"
#include "features.hpp"
#include "plan.hpp"

namespace carve {

// Of a field that is the name of a feature.
constexpr const char* kLacking = "is a feature that this build lacks: see meson's -Dfeatures";

// The first thing of a valid model that needs what is not built. head: as choose() makes it.
Fault missing_feature(const Model& model, const Sim& head) noexcept;

} // namespace carve
