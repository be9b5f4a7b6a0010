// fields.hpp: which fields of the caller's structs anything reads.
#pragma once
#include "model.hpp"

namespace carve {

// A field that nothing in the model reads must keep its default: what has no effect today could not
// get a meaning tomorrow. Every element of the model passes its own checks.
Fault check_fields_are_read(const carve_model& model) noexcept;

} // namespace carve
