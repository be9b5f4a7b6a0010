// The calls of a program on one sim: some instruction set, some arrangement of lanes and memory.
#ifndef CARVE_TESTS_RUN_HPP
#define CARVE_TESTS_RUN_HPP

#include "guarded.hpp"
#include "program.hpp"
#include "views.hpp"

#include <map>
#include <tuple>

namespace nets {

struct Variant {
    const char* name = "";
    std::uint32_t isa = 0, lane_bytes = 0, gradient = 0, form = 0, layout = 0;
    std::vector<std::uint32_t> lanes; // the program's lanes that take part, in this order
    bool at_end = true;               // the block, right before a guard page
    bool modes = false;               // calls are made in their floating-point modes
    bool cut = false;                 // steps in two calls
    bool own_spikes = false;          // lists hold nothing but what belongs to the call
    bool dirty_padding = false;
    bool forged = false; // the block: any status will do
};

// What became visible, by call: what (a view's number or one of those below), index, lane.
enum Seen : std::uint32_t {
    kStatus = 100,
    kValue,
    kGradient,
    kSlopes,
    kResiduals,
    kJacobian,
    kChain,
    kAdjoint,
    kEliminated,
    kSpikes
};
constexpr std::uint32_t kAllLanes = 0xFFFFFFFFu;
using Key = std::tuple<std::uint32_t, std::uint32_t, std::uint32_t, std::uint32_t>;
using Trace = std::map<Key, std::vector<std::uint64_t>>;

// The memory that all runs use in turn.
struct Arena {
    Guarded block[2] = {Guarded(kMostBytes), Guarded(kMostBytes)};
    Guarded inputs[4] = {Guarded(kMostInput), Guarded(kMostInput), Guarded(kMostInput),
                         Guarded(kMostInput)};
    Guarded value{kMostInput}, derivative{kMostInput}, target{kMostInput};
    Guarded recorded{std::size_t{4096} * sizeof(carve_spike)};
    static constexpr std::size_t kMostBytes = 1 << 20, kMostInput = 1 << 24;
};
Arena& arena();
// Whether they hold a sim of so many bytes, and the inputs of its steps: one that nothing reads takes no
// memory in the sim.
bool fits(const Model& model, std::size_t bytes);

class Run {
  public:
    Run(const Program& program, const Variant& variant, Arena& arena);
    // Empty if the sim would need more memory than the arena has.
    Trace all_calls();
    // The same on a sim that is there already, in one of the arena's blocks.
    void calls_on(carve_sim* sim, unsigned char* block, std::size_t bytes, std::size_t in_block);
    const carve_sim_info& info() const { return info_; }

  private:
    void begin();
    void make_all();
    // Ends the process unless the call was to fail in this way.
    void expect(bool as_promised, const char* call, carve_status status) const;
    void make(const Call& call);
    void step(const Call& call);
    void reset(std::uint64_t seed, const Call* call);
    void write(const Call& call);
    void overwrite(const Call& call);
    void move();
    void losses(const Call& call);
    void loss_value(const Call& call, const carve_loss& loss);
    void residuals(const Call& call, const carve_loss& loss);
    void adjoint(const Call& call);
    void eliminate(const Call& call);
    void misuse(const Call& call);
    carve_status misused(const Call& call);

    void read_info();
    void read_arrays();
    void compare_read(std::uint32_t which, std::uint32_t i, std::uint32_t lane,
                      const Elements& elements) const;
    template <class Visit> void for_all_arrays(Visit visit);
    void keep(std::uint32_t what, std::uint32_t index, std::uint32_t lane,
              std::vector<std::uint64_t> bits);
    void keep_by_lane(std::uint32_t what, const double* values, std::size_t n);
    void keep_spikes(const carve_recorder& recorder);
    void keep_status(carve_status status);
    // The arrays or lists for n_steps from the sim's step on.
    std::vector<carve_stream> inputs(const Call& call, std::uint64_t first, std::uint64_t n_steps);
    carve_stream input(std::uint32_t population, Guarded& memory, std::uint64_t first,
                       std::uint64_t n_steps);
    const double* targets(const Call& call, const carve_loss& loss);
    std::uint32_t lane_of(std::size_t position) const { return variant_.lanes[position]; }
    void remember() { before_.assign(block_, block_ + bytes_); }
    void expect_unchanged(const char* what) const;
    void expect_same_weights();

    const Program& program_;
    Variant variant_;
    Arena& arena_;
    Model model_; // the variant's
    carve_sim* sim_ = nullptr;
    carve_sim_info info_{};
    std::size_t bytes_ = 0, in_block_ = 0;
    unsigned char* block_ = nullptr;
    std::vector<unsigned char> before_;
    std::uint32_t call_ = 0;
    bool to_be_refused_ = false; // the lists that inputs() made last
    Trace trace_;
};

// What carve_sim_step is to do with these inputs.
carve_step steps(const std::vector<carve_stream>& inputs, std::uint64_t n_steps);

} // namespace nets

#endif
