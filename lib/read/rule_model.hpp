// rule_model.hpp: the rules of a model, read from the caller's structs and checked.
#pragma once
#include "description.hpp"
#include "fault.hpp"

namespace carve {

Fault read_rule(const void* from, Rule& onto, std::uint32_t index) noexcept;
// The terms of a general polynomial of a model that has been read, as words (terms.hpp).
void list_terms(const carve_model* from, std::uint32_t rule, std::uint32_t* words) noexcept;
Fault check_rule(const Model& m, std::uint32_t i) noexcept;

} // namespace carve
