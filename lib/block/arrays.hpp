// arrays.hpp: the one table of a sim's arrays. The plan, reset, freezing and views are made from it: an
// array is a row here and an Offset in plan.hpp.
#pragma once
#include "plan.hpp"

namespace carve {

enum class Owner : std::uint8_t { rule, projection, population, sim };

enum class Element : std::uint8_t {
    lanes,    // [lane]: a number of each replica of a block, or of kAfferents units of one replica
    replicas, // [lane]: a number of each replica of a block, whatever the lanes are
    real,     // one number, of all replicas
    f64,
    u64,
    u32,
    u16,          // [kAfferents]: of neighbours
    column_entry, // ColumnEntry
    source,       // SourceState
    term_row,     // TermRow
    raw_spike,
    spike
};

enum class Dim : std::uint8_t {
    one, // no dimension
    two,
    block,
    lane,
    sample,
    unit, // of the population
    row,  // of lanes that its units take
    group,
    receptor,
    state, // rows of a neuron's
    score,
    history_step,
    word,           // of 64 units of the population
    trajectory_row, // trajectory_rows(): of K coefficients with a gradient, else of none
    elimination,    // trajectory_row, and K more
    observation,    // kObserved
    observed_row,   // 2 + coefficient
    post,
    pre,          // units
    pre_row,      // of lanes
    synapse,      // of a sparse projection
    synapse_row,  // of kAfferents, and one of padding
    row_bound,    // post + 1
    column_bound, // pre + 1
    trace,        // x and r, or y and o
    term,
    listed_term, // of a general polynomial
    coefficient,
    checkpoint, // and one more
    segment_step,
    lane_group,
    spike_step,    // of a chunk
    event_sum,     // 1, x, o, x o
    segment_trace, // 2 + kSegment post
    pending_step,  // kSegment
    rule,          // the numbers below are the sim's
    projection,
    use,            // of a rule by a projection
    baseline_step,  // of a modulator's baseline: one, or its window
    modulation_row, // kModulationRows, or kGateRows
    general_row,    // of a general rule
    power,          // of the third factor: 3, or 1 if no rule has one
    dense_term,     // 64
    moment,         // of MomentLayout
    gaussian_unit,  // of the largest gaussian population
    explained_unit, // of the largest population that a residual is of
    lateral_unit,   // of the largest population that is solved by sweeps
    lateral_number, // of each of them
    solved_unit,    // of the largest population that is solved for
    afferent,       // of the largest presynaptic population
    drive_part,     // 1 + coefficient
    tile_row,
    tile,
    chunk_sample,
    spike,       // of a chunk
    spike_bound, // kSpikeSteps + 1
    spike_row,
    spike_theta
};
constexpr std::size_t kDims = static_cast<std::size_t>(Dim::spike_theta) + 1;

enum class Reset : std::uint8_t {
    none, // scratch, or kept
    zero,
    one,
    rest,       // v_rest
    waits,      // steps that a neuron still has to wait: 0, of padding the largest number
    state,      // of neurons: v_rest in some rows, else 0
    rate_start, // the filtered rate's
    baseline,   // baseline_start
    drawn,      // weights
    start       // derivatives of weights: 1 by its own initial weight where that is free, else 0
};
// What a frozen lane holds.
enum class Hold : std::uint8_t { none, zero, nan, largest };

constexpr std::uint8_t kNoView = 255;
constexpr std::uint32_t kNoPart = 0; // only a reset sets it

struct Array {
    Owner owner;
    std::uint32_t member; // offset of its Offset in the owner's plan, of the sim's in Sim
    Element element;
    Dim dims[5]; // outermost first, filled up with Dim::one
    std::uint64_t needs, excludes = 0;
    std::uint8_t view = kNoView; // CARVE_VIEW_...
    Reset reset = Reset::none;
    std::uint32_t part = kNoPart; // CARVE_PART_..., of what is reset
    // A frozen lane of a spiking network while others run, and of any network after the call.
    // Padding lanes: a network of rates sets them to 0 after a call. In a spiking network a reset sets
    // `largest` and NaN in them, which keep their neurons from spiking.
    Hold in_work = Hold::none, after_call = Hold::none;
};

struct ArrayRange {
    const Array *first, *last;
    const Array* begin() const noexcept { return first; }
    const Array* end() const noexcept { return last; }
};
ArrayRange arrays() noexcept;

// How long each dimension is, for one element of an owner; 0 where it has no meaning.
struct Sizes {
    std::uint64_t of[kDims];
    std::uint64_t& operator[](Dim d) noexcept { return of[static_cast<std::size_t>(d)]; }
    std::uint64_t operator[](Dim d) const noexcept { return of[static_cast<std::size_t>(d)]; }
};
Sizes sizes_of(const Sim& sim) noexcept; // of the sim, without what only scratch needs
void add_sizes(Sizes& sizes, const PopulationPlan& p) noexcept;
void add_sizes(Sizes& sizes, const ProjectionPlan& q, const PopulationPlan& pre,
               const PopulationPlan& post, const Rule& rule) noexcept;
void add_sizes(Sizes& sizes, const RulePlan& r) noexcept;
Sizes sizes_of(const Sim& sim, Owner owner, std::uint32_t i) noexcept; // of element i

std::uint64_t element_bytes(const Array& a, const Sim& sim) noexcept;
std::uint32_t count_of(const Sim& sim, Owner owner) noexcept; // of its elements
inline bool exists(const Array& a, std::uint64_t facts) noexcept {
    return (a.needs & ~facts) == 0 && (a.excludes & facts) == 0;
}
// Where the array of element i is; 0: it does not exist.
Offset offset_of(const Sim& sim, const Array& a, std::uint32_t i) noexcept;

// Elements of element i's array; of one lane group: without the dimensions that groups are numbered by.
std::uint64_t count(const Array& a, const Sim& sim, std::uint32_t i) noexcept;
std::uint64_t count_in_group(const Array& a, const Sim& sim, std::uint32_t i) noexcept;

// Calls work(array, i, offset) for every array that exists.
template <class Work> void for_each_array(const Sim& sim, Work work) noexcept {
    for (const Array& a : arrays())
        for (std::uint32_t i = 0; i < count_of(sim, a.owner); ++i)
            if (const Offset at = offset_of(sim, a, i))
                work(a, i, at);
}

} // namespace carve
