// A block that is forged: a fresh copy of an intact one, changed, with the old checksum and with a right one, is refused
// and unchanged, or a sim that works. Memory ends where the block ends: a read behind it is a crash.
#ifndef CARVE_TESTS_KERNEL_SIM_FORGERY_HPP
#define CARVE_TESTS_KERNEL_SIM_FORGERY_HPP

#include "../../support.hpp"

#include "plan.hpp"

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace forgery {

// A block between two pages that may not be touched, at the very end of its own.
class BlockAtEnd {
  public:
    explicit BlockAtEnd(std::size_t bytes)
        : bytes_(bytes), page_(std::size_t(sysconf(_SC_PAGESIZE))) {
        inside_ = (bytes + page_ - 1) / page_ * page_;
        void* const base =
            mmap(nullptr, inside_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        REQUIRE(base != MAP_FAILED);
        base_ = static_cast<unsigned char*>(base);
        REQUIRE(mprotect(base_ + page_, inside_, PROT_READ | PROT_WRITE) == 0);
    }
    ~BlockAtEnd() { munmap(base_, inside_ + 2 * page_); }
    BlockAtEnd(const BlockAtEnd&) = delete;
    BlockAtEnd& operator=(const BlockAtEnd&) = delete;
    unsigned char* data() { return base_ + page_ + inside_ - bytes_; }

  private:
    std::size_t bytes_, page_, inside_ = 0;
    unsigned char* base_ = nullptr;
};

// Where plan_checksum reads.
inline bool has_checksum(const carve::Sim& s, std::size_t bytes) {
    const auto inside = [&](std::uint64_t at, std::uint64_t n) {
        return at % 8 == 0 && at <= bytes && n <= bytes - at;
    };
    const carve::Settings& m = s.model;
    return m.n_populations <= 64 && m.n_projections <= 64 && m.n_further_uses <= 64 &&
           m.n_rules <= 16 &&
           inside(s.populations, sizeof(carve::PopulationPlan) * m.n_populations) &&
           inside(s.projections, sizeof(carve::ProjectionPlan) * count_uses(m)) &&
           inside(s.rules, sizeof(carve::RulePlan) * m.n_rules);
}

class Forgery {
  public:
    explicit Forgery(support::Network network)
        : network_(std::move(network)), intact_(support::Sim::required(network_)),
          block_(intact_.size()) {
        carve_sim* sim = nullptr;
        REQUIRE(carve_sim_init(block_.data(), size(), network_.description(), &sim, nullptr) ==
                CARVE_OK);
        std::memcpy(intact_.data(), block_.data(), size());
    }
    std::size_t size() const { return intact_.size(); }
    const carve::Sim& head() const { return *reinterpret_cast<const carve::Sim*>(intact_.data()); }

    // change(bytes): what is forged in a fresh copy of the block. under_checksum: this changes what
    // the old checksum is of
    template <class Change> void attach(Change change, bool under_checksum = false) {
        for (const bool right_checksum : {false, true}) {
            CAPTURE(right_checksum);
            std::memcpy(block_.data(), intact_.data(), size());
            change(block_.data());
            carve::Sim& forged = *reinterpret_cast<carve::Sim*>(block_.data());
            if (right_checksum && has_checksum(forged, size()))
                forged.checksum = carve::plan_checksum(forged);
            const std::vector<unsigned char> before(block_.data(), block_.data() + size());
            carve_sim* sim = nullptr;
            const carve_status status = carve_sim_attach(block_.data(), size(), &sim, nullptr);
            CHECK((status != CARVE_OK || right_checksum || !under_checksum));
            if (status == CARVE_OK) {
                ++accepted;
                use(sim);
                continue;
            }
            CHECK((status == CARVE_E_CORRUPT || status == CARVE_E_SPACE));
            CHECK(sim == nullptr);
            CHECK(std::equal(before.begin(), before.end(), block_.data()));
        }
    }
    std::size_t accepted = 0, stepped = 0;

    // The intact block is one that works.
    void use_intact() {
        std::memcpy(block_.data(), intact_.data(), size());
        carve_sim* sim = nullptr;
        REQUIRE(carve_sim_attach(block_.data(), size(), &sim, nullptr) == CARVE_OK);
        REQUIRE(step(sim) == CARVE_OK);
        for (std::uint32_t k = 0; k < head().model.n_projections; ++k) {
            if (!projections(head())[k].trajectory)
                continue;
            const auto sums = support::Array(sim, CARVE_VIEW_WEIGHT_TRAJECTORY, k).lane(0);
            CHECK(std::count(sums.begin(), sums.end(), 0.0) < std::ptrdiff_t(sums.size()));
        }
    }

  private:
    // Two steps of whatever the block says that it is, its free weights, and a reset.
    void use(carve_sim* sim) {
        const carve_status status = step(sim);
        CHECK((status == CARVE_OK || status == CARVE_E_RANGE));
        stepped += status == CARVE_OK;
        eliminate(sim);
        CHECK(carve_sim_reset(sim, 1, nullptr, nullptr) == CARVE_OK);
    }
    static carve_status step(carve_sim* sim) {
        const carve::Sim& head = *reinterpret_cast<const carve::Sim*>(sim);
        const std::uint64_t n_steps = 2;
        static const std::vector<double> ones(4096, 1);
        static const std::vector<float> ones_in_float(4096, 1);
        std::vector<carve_stream> inputs;
        for (std::uint32_t i = 0; i < head.model.n_populations; ++i) {
            const carve::Population& p = populations(head)[i].model;
            if (p.kind == CARVE_POPULATION_POISSON && p.source == CARVE_SOURCE_STREAMED)
                inputs.push_back({CARVE_SPIKES, CARVE_STREAM_BLOCKS, 0, nullptr});
            if (p.kind != CARVE_POPULATION_INPUT)
                continue;
            std::uint64_t n = std::uint64_t{p.n_units} * head.model.batch;
            n *= p.shared ? 1 : std::uint64_t{head.n_blocks} * head.lanes_per_block;
            n *= p.fixed ? 1 : n_steps;
            const bool single = head.model.precision == CARVE_F32;
            inputs.push_back(
                {head.model.precision, CARVE_STREAM_BLOCKS,
                 n <= ones.size() ? n : 0, // 0: refused
                 single ? static_cast<const void*>(ones_in_float.data()) : ones.data()});
        }
        return support::step(sim, inputs, n_steps);
    }
    static void eliminate(carve_sim* sim) {
        const carve::Sim& head = *reinterpret_cast<const carve::Sim*>(sim);
        const std::size_t lanes = head.model.n_replicas, K = head.n_coefficients;
        for (std::uint32_t i = 0; i < head.model.n_populations; ++i) {
            const carve::PopulationPlan& p = populations(head)[i];
            if (!p.elimination)
                continue;
            std::vector<double> value(lanes), gradient(K * lanes), matrix(K * K * lanes),
                dw(p.model.n_units * K * lanes), dtheta(K * lanes, 1);
            CHECK(carve_sim_eliminate(sim, i, 0, dtheta.data(), value.data(), gradient.data(),
                                      matrix.data(), dw.data(), nullptr) == CARVE_OK);
        }
    }
    support::Network network_;
    std::vector<unsigned char> intact_;
    BlockAtEnd block_;
};

} // namespace forgery
#endif
