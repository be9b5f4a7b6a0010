// fields.hpp: one row for each field of the caller's structs: where it goes, its default and its range.
#pragma once
#include "description.hpp"
#include "fault.hpp"

namespace carve {

enum class Type : std::uint32_t { u32, u64, real };

// What reads a field, beside the kind that its struct belongs to. An element is several at once.
namespace reader {
enum : std::uint32_t {
    kNothing = 0,
    kAny = ~0u,
    // populations
    kDrawing = 1 << 0, // draws random numbers
    kNotStreamed = 1 << 1,
    kSignal = 1 << 2,
    // projections
    kPlasticProjection = 1 << 4,
    kLateralRates = 1 << 5,
    kSweeps = 1 << 6,
    kLower = 1 << 7,
    kFeedforwardRates = 1 << 8,
    kOntoNeurons = 1 << 9,
    kModulatedProjection = 1 << 15, // by a modulator
    kBaselinedProjection = 1 << 16, // whose modulator has a baseline
    // rules and models
    kSpikeRule = 1 << 11,
    kRateRule = 1 << 17,
    kGaussianProbe = 1 << 18,
    kSpikingModulator = 1 << 19, // projection whose modulator spikes
    kRateModel = 1 << 12,
    kSpikingModel = 1 << 13,
    kSpikingGradient = 1 << 14
};
} // namespace reader

struct Field {
    const char* name;
    std::uint32_t at, to; // offsets in the caller's struct and in the description's
    Type type;
    double standard;  // the default
    double low, high; // both included
    const char* range;
    std::uint32_t flags, readers;
    const char* unread; // why it keeps its default where nothing reads it
};
enum FieldFlag : std::uint32_t {
    kPlain = 0,
    kAbove = 1,   // low is excluded
    kFloat = 2,   // in CARVE_F32 it is a number that a float holds
    kReserved = 4 // is nowhere in the description
};

// A struct of carve.h.
struct Struct {
    const char* name;
    std::uint32_t size, first_size; // now, and in its first version
    const Field *begin_, *end_;
    const Field* begin() const noexcept { return begin_; }
    const Field* end() const noexcept { return end_; }
};
extern const Struct model_struct, population_struct, input_struct, gaussian_struct, rate_struct,
    poisson_struct, lif_struct, tif_struct, if_struct, cvaif_struct, eif_struct, projection_struct,
    plasticity_struct, in_degree_struct, csr_struct, rule_struct, polynomial_struct, mlp_struct,
    product_struct, probe_struct, rate_probe_struct, trajectory_probe_struct, weights_probe_struct;
// Of carve_population.parameters.
const Struct& parameters_of(std::uint32_t kind) noexcept;
// Of carve_projection.connections, null if the connectivity has none.
const Struct* connections_of(std::uint32_t connectivity) noexcept;

// Writes the defaults into a caller's struct of `size` bytes, as many fields as it has. False if it is
// shorter than the first version's, or longer than ours.
bool write_defaults(const Struct& of, void* object, std::size_t size) noexcept;
// Copies a caller's struct of any version into a description; null: the defaults. It is too short, or
// has something beyond what is known, in a reserved field too: a fault.
Fault read_fields(const Struct& of, const void* from, void* onto, const Place& place) noexcept;
// Whether each field is in its range, and if nothing reads it at its default.
Fault check_fields(const Struct& of, const void* description, std::uint32_t readers,
                   std::uint32_t precision, const Place& place) noexcept;
// Copies only what belongs to the struct.
void copy_fields(const Struct& of, const void* from, void* onto) noexcept;

} // namespace carve
