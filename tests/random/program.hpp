// A random model and the calls that are made on its sim. All numbers that a call hands over follow
// from the seed, the lane and the index, so that the same calls can be made on any arrangement of
// the lanes.
#ifndef CARVE_TESTS_PROGRAM_HPP
#define CARVE_TESTS_PROGRAM_HPP

#include "control.hpp"
#include "model/drawn_model.hpp"

namespace nets {

enum class Lists : std::uint32_t { sorted, swapped, foreign_unit, shuffled, garbage_behind };

struct Call {
    enum Kind : std::uint32_t {
        step,
        reset,
        write,     // coefficients, means, factors, weights
        overwrite, // single elements of any array, by anything
        move,      // the block to another address
        loss,      // value and gradient, slopes, residuals and their Jacobian, chain
        adjoint,
        misuse, // a call that must fail
        n_kinds
    };
    Kind kind = step;
    std::uint64_t seed = 0; // of its numbers
    Mode mode = Mode::usual;
    std::uint32_t n_steps = 0, plastic = 1;
    Lists lists = Lists::sorted;
    std::uint32_t capacity = 0; // of a recorder, 0: none
    carve_loss loss_of{};
    std::uint32_t misuse_of = 0;
};

struct Program {
    Model model;
    std::vector<Call> calls;
    std::uint64_t seed = 0;
    bool wild_inputs = false;
    double work = 0; // about, in synapses times coefficients times steps
};

Program random_program(Choices& choices);
std::string describe(const Program& program);

inline double number(std::uint64_t seed) { // -1 .. 1, exact in both precisions
    return double(std::int64_t(mix(seed) >> 44) - (1 << 19)) / double(1 << 19);
}
inline double wild_number(std::uint64_t seed) { return Choices(seed).wild(); }

// The spikes of a streamed population for a call of n_steps from step `first` on.
std::vector<carve_spike> random_spikes(const Program& program, const Call& call,
                                       std::uint32_t population, std::uint64_t first);

} // namespace nets

#endif
