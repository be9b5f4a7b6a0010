// view.cpp: where a caller finds an array, by the table of arrays.
#include "arrays.hpp"
#include "sim.hpp"

namespace carve {

namespace {

std::uint32_t type_of(const Array& a, const Sim& sim) noexcept {
    switch (a.element) {
    case Element::u64:
        return CARVE_U64;
    case Element::u32:
        return CARVE_U32;
    case Element::u16:
        return CARVE_U16;
    case Element::f64:
        return CARVE_F64;
    default:
        return sim.model.precision;
    }
}

// What is in rows of neighbours.
Dim counted_in(Dim rows) noexcept {
    return rows == Dim::row           ? Dim::unit
           : rows == Dim::pre_row     ? Dim::pre
           : rows == Dim::synapse_row ? Dim::synapse
                                      : Dim::one;
}

void show(Sim& sim, const Array& a, std::uint32_t i, Offset at, carve_view& view) noexcept {
    const Sizes sizes = sizes_of(sim, a.owner, i);
    std::size_t stride[5] = {1, 1, 1, 1, 1}, held[5]; // held: elements that a dimension takes
    view = {};
    view.data = array<char>(sim, at);
    view.type = type_of(a, sim);
    for (const Dim d : a.dims)
        if (d != Dim::one)
            held[view.ndim++] = static_cast<std::size_t>(sizes[d]);
    for (std::uint32_t d = 0; d < 5; ++d)
        view.shape[d] = d < view.ndim ? held[d] : 1;
    // The units of a row of lanes are neighbours, and padded to whole rows.
    const Dim last = a.dims[view.ndim - 1], counted = counted_in(last);
    const bool neighbours = sim.neighbours > 1 && counted != Dim::one;
    if (neighbours) {
        view.shape[view.ndim - 1] = static_cast<std::size_t>(sizes[counted]);
        held[view.ndim - 1] *= sim.neighbours;
    }
    if (a.element == Element::lanes || a.element == Element::replicas) {
        std::size_t lanes = sim.lanes_per_block;
        if (!neighbours && a.element == Element::lanes)
            lanes *= sim.neighbours;
        held[view.ndim] = view.shape[view.ndim] = lanes;
        ++view.ndim;
    }
    for (std::uint32_t d = view.ndim; d-- > 1;)
        stride[d - 1] = stride[d] * held[d];
    for (std::uint32_t d = 0; d < 5; ++d)
        view.stride[d] = stride[d];
}

} // namespace

Fault view_sim(Sim& sim, std::uint32_t which, std::uint32_t index, carve_view& view) noexcept {
    Fault fault = fault_of(CARVE_E_RANGE, "which", which, "must be CARVE_VIEW_...");
    for (const Array& a : arrays()) {
        if (a.view == kNoView || a.view != which)
            continue;
        if (index >= count_of(sim, a.owner))
            return fault_of(
                CARVE_E_RANGE, "index", index,
                "must be the index of a population, projection or rule of the model, or, "
                "behind the projections, of a further rule of one, or 0 for what belongs to the "
                "sim");
        fault = fault_of(CARVE_E_UNAVAILABLE, "which", which,
                         "must be an array that this model has: see CARVE_VIEW_... in carve/sim.h");
        if (const Offset at = offset_of(sim, a, index)) {
            show(sim, a, index, at, view);
            return {};
        }
    }
    return fault;
}

} // namespace carve
