// What the suites share: random numbers, tolerances, the instruction sets of this machine, and thin
// owners of a sim's memory and of packed inputs. All through the C ABI.
#ifndef CARVE_TESTS_SUPPORT_HPP
#define CARVE_TESTS_SUPPORT_HPP

#include "hash.hpp"
#include "network.hpp"

#include <carve.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace support {

template <class Real> constexpr std::uint32_t precision_of() {
    return sizeof(Real) == 4 ? CARVE_F32 : CARVE_F64;
}

// ---- Tolerances -----------------------------------------------------------------------------

// How far two computations of one number may be apart, relative to its natural scale. ulps counts
// units in the last place of Real; CARVE_TEST_TOLERANCE scales all (0 shows every residual).
template <class Real> double tolerance(double ulps) {
    const char* scale = std::getenv("CARVE_TEST_TOLERANCE");
    return ulps * double(std::numeric_limits<Real>::epsilon()) * (scale ? std::atof(scale) : 1.0);
}

// One value per precision where the two are not the same multiple of the last place.
template <class Real> double tolerance(double in_float, double in_double) {
    const double eps = double(std::numeric_limits<Real>::epsilon());
    return tolerance<Real>((sizeof(Real) == 4 ? in_float : in_double) / eps);
}

// The largest |a - b| over the largest |b|; infinity where one of the two is not a number.
inline double relative_error(const std::vector<double>& a, const std::vector<double>& b) {
    REQUIRE(a.size() == b.size());
    double difference = 0, scale = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
        const double d = std::fabs(a[i] - b[i]);
        if (!(d <= std::numeric_limits<double>::max()))
            return std::numeric_limits<double>::infinity();
        difference = std::fmax(difference, d);
        scale = std::fmax(scale, std::fabs(b[i]));
    }
    return difference == 0 ? 0 : difference / scale;
}

// ---- Random numbers of the tests ------------------------------------------------------------

class Random { // equal on every machine, unlike the distributions of the standard library
  public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}
    std::uint64_t bits() { return engine_(); }
    double uniform() { return double(engine_() >> 11) * 0x1p-53; }
    double uniform(double low, double high) { return low + (high - low) * uniform(); }
    double normal() { // nearly: variance 1, but bounded; additions alone, the same everywhere
        double sum = -6;
        for (int i = 0; i < 12; ++i)
            sum += uniform();
        return sum;
    }
    std::uint32_t below(std::uint32_t n) { return std::uint32_t(engine_() % n); }
    std::uint32_t between(std::uint32_t low, std::uint32_t high) {
        return low + below(high - low + 1);
    }
    bool chance(double p) { return uniform() < p; }

  private:
    std::mt19937_64 engine_;
};

// Rounded to what both precisions hold, so that one reference serves both.
inline double as_float(double x) { return double(float(x)); }

// ---- Instruction sets -----------------------------------------------------------------------

inline std::vector<std::uint32_t> usable_isas() {
    std::vector<std::uint32_t> isas;
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa) {
        if (carve_isa_usable(isa) == 1)
            isas.push_back(isa);
        else
            MESSAGE("skipped: instruction set "
                    << std::string(carve_isa_name(isa)) + (carve_isa_compiled(isa)
                                                               ? " (not on this machine)"
                                                               : " (not compiled in)"));
    }
    REQUIRE(!isas.empty());
    return isas;
}

template <class Real> std::vector<std::uint32_t> lane_sizes() { return {sizeof(Real), 32, 64}; }

// ---- Sim ------------------------------------------------------------------------------------

// "projections[1].w_max is 0; it must be above w_min"; "" without a fault.
inline std::string sentence(const carve_fault& fault) {
    if (fault.status == CARVE_OK)
        return "";
    char value[32];
    std::snprintf(value, sizeof value, "%g", fault.value);
    return std::string(fault.where) + " is " + (fault.status == CARVE_E_NULL ? "null" : value) +
           "; it " + fault.expected;
}
// What is wrong with a model.
inline std::string explain(const carve_model* model) {
    std::size_t bytes;
    carve_fault fault;
    (void)carve_sim_required_bytes(model, &bytes, &fault);
    return sentence(fault);
}

class Block { // memory on a 64-byte boundary
  public:
    explicit Block(std::size_t bytes) : storage_(bytes + CARVE_ALIGNMENT), bytes_(bytes) {}
    unsigned char* data() {
        const auto at = reinterpret_cast<std::uintptr_t>(storage_.data());
        return storage_.data() + (CARVE_ALIGNMENT - at % CARVE_ALIGNMENT) % CARVE_ALIGNMENT;
    }
    std::size_t size() const { return bytes_; }

  private:
    std::vector<unsigned char> storage_;
    std::size_t bytes_;
};

// Element (lane; i, j, k) of a view, whatever its layout and type.
class Array {
  public:
    Array(const carve_view& view, bool per_lane) : v_(view), per_lane_(per_lane) {}
    Array(carve_sim* sim, std::uint32_t which, std::uint32_t index, bool per_lane = true)
        : per_lane_(per_lane) {
        REQUIRE(carve_sim_view(sim, which, index, &v_, nullptr) == CARVE_OK);
    }
    // Sensitivities where lanes are afferents, so many of them: [replica][post][row][k][afferent].
    Array of_afferents(std::size_t n_pre) const {
        Array array = *this;
        array.n_pre_ = n_pre;
        return array;
    }
    double get(std::size_t lane, std::size_t i = 0, std::size_t j = 0, std::size_t k = 0) const {
        const std::size_t e = element(lane, i, j, k);
        switch (v_.type) {
        case CARVE_F32:
            return double(static_cast<const float*>(v_.data)[e]);
        case CARVE_F64:
            return static_cast<const double*>(v_.data)[e];
        case CARVE_U32:
            return double(static_cast<const std::uint32_t*>(v_.data)[e]);
        case CARVE_U16:
            return double(static_cast<const std::uint16_t*>(v_.data)[e]);
        default:
            return double(static_cast<const std::uint64_t*>(v_.data)[e]);
        }
    }
    void set(double value, std::size_t lane, std::size_t i = 0, std::size_t j = 0) const {
        const std::size_t e = element(lane, i, j, 0);
        if (v_.type == CARVE_F32)
            static_cast<float*>(v_.data)[e] = float(value);
        else
            static_cast<double*>(v_.data)[e] = value;
    }
    const carve_view& view() const { return v_; }
    // All elements of one lane, row-major.
    std::vector<double> lane(std::size_t l) const {
        std::size_t n[3] = {1, 1, 1};
        const std::uint32_t first = per_lane_ ? 1 : 0, inner = v_.ndim - (per_lane_ ? 2 : 0);
        for (std::uint32_t d = 0; d < inner; ++d)
            n[d] = v_.shape[first + d];
        if (n_pre_)
            n[1] = n_pre_;
        std::vector<double> out;
        for (std::size_t i = 0; i < n[0]; ++i)
            for (std::size_t j = 0; j < n[1]; ++j)
                for (std::size_t k = 0; k < n[2]; ++k)
                    out.push_back(get(l, i, j, k));
        return out;
    }

  private:
    std::size_t element(std::size_t lane, std::size_t i, std::size_t j, std::size_t k) const {
        const std::size_t index[3] = {i, n_pre_ ? j / CARVE_AFFERENTS : j, k};
        std::size_t at = 0;
        std::uint32_t first = 0, inner = v_.ndim;
        if (per_lane_) {
            const std::size_t w = v_.shape[v_.ndim - 1];
            at = lane / w * v_.stride[0] + lane % w * v_.stride[v_.ndim - 1];
            if (n_pre_)
                at = lane * v_.stride[0] + j % CARVE_AFFERENTS;
            first = 1;
            inner = v_.ndim - 2;
        }
        for (std::uint32_t d = 0; d < inner; ++d)
            at += index[d] * v_.stride[first + d];
        return at;
    }
    carve_view v_{};
    bool per_lane_;
    std::size_t n_pre_ = 0;
};

inline carve_step steps(const std::vector<carve_stream>& inputs, std::uint64_t n_steps,
                        carve_recorder* recorder = nullptr) {
    carve_step s;
    REQUIRE(carve_step_init(&s, sizeof s) == CARVE_OK);
    s.n_inputs = std::uint32_t(inputs.size());
    s.inputs = inputs.data();
    s.n_steps = n_steps;
    s.recorder = recorder;
    return s;
}
inline carve_status step(carve_sim* sim, const std::vector<carve_stream>& inputs,
                         std::uint64_t n_steps, carve_recorder* recorder = nullptr) {
    const carve_step s = steps(inputs, n_steps, recorder);
    return carve_sim_step(sim, &s, nullptr);
}
inline carve_status adjoint(carve_sim* sim, const std::vector<carve_stream>& inputs,
                            std::uint64_t n_steps, const double* const* dloss_dw,
                            double* gradient) {
    const carve_step s = steps(inputs, n_steps);
    return carve_sim_adjoint(sim, &s, dloss_dw, gradient, nullptr);
}

class Sim { // a sim in memory of exactly the required size
  public:
    explicit Sim(Network& network) : network_(network), block_(required(network)) {
        REQUIRE(carve_sim_init(block_.data(), block_.size(), network.description(), &sim_,
                               nullptr) == CARVE_OK);
    }
    carve_sim* get() const { return sim_; }
    Block& block() { return block_; }
    // Random bytes in place of all arrays: from the first of them to the block's end.
    void scramble(Random& r) {
        unsigned char *const end = block_.data() + block_.size(), *first = end;
        for (std::uint32_t which = 0; which <= CARVE_VIEW_TRACE_SCALES; ++which)
            for (std::uint32_t i = 0; i < 8; ++i) {
                carve_view v;
                if (carve_sim_view(sim_, which, i, &v, nullptr) == CARVE_OK)
                    first = std::min(first, static_cast<unsigned char*>(v.data));
            }
        std::generate(first, end, [&] { return static_cast<unsigned char>(r.bits()); });
    }
    carve_status step(const std::vector<carve_stream>& inputs, std::uint64_t n_steps) {
        return support::step(sim_, inputs, n_steps);
    }
    // Steps, and whether a replica is frozen then.
    bool freezes(const std::vector<carve_stream>& inputs, std::uint64_t n_steps) {
        REQUIRE(step(inputs, n_steps) == CARVE_OK);
        return info().n_frozen > 0;
    }
    Array weights(std::uint32_t p) const { return Array(sim_, CARVE_VIEW_WEIGHTS, p); }
    Array sensitivities(std::uint32_t p) const {
        const Array array(sim_, CARVE_VIEW_SENSITIVITIES, p);
        return network_.afferents() ? array.of_afferents(network_.n_pre(p)) : array;
    }
    Array rates(std::uint32_t p) const { return Array(sim_, CARVE_VIEW_RATES, p); }
    Array theta(std::uint32_t r) const {
        return Array(sim_, CARVE_VIEW_THETA, r, network_.rules[r].shared == 0);
    }
    Array mean(std::uint32_t p) const {
        return Array(sim_, CARVE_VIEW_MEAN, p, network_.populations[p].shared == 0);
    }
    Array factor(std::uint32_t p) const {
        return Array(sim_, CARVE_VIEW_FACTOR, p, network_.populations[p].shared == 0);
    }
    std::uint64_t frozen(std::size_t lane) const {
        return std::uint64_t(Array(sim_, CARVE_VIEW_FROZEN, 0).get(lane));
    }
    carve_sim_info info() const {
        carve_sim_info i{};
        i.struct_size = sizeof i;
        REQUIRE(carve_sim_get_info(sim_, &i, nullptr) == CARVE_OK);
        return i;
    }
    const Network& network() const { return network_; }

    static std::size_t required(Network& network) {
        std::size_t bytes = 0;
        carve_fault fault;
        const carve_status status = carve_sim_required_bytes(network.description(), &bytes, &fault);
        INFO(sentence(fault));
        REQUIRE(status == CARVE_OK);
        return bytes;
    }

  private:
    Network network_;
    Block block_;
    carve_sim* sim_ = nullptr;
};

// Coefficient (a, b, c) of a rule in all lanes.
inline void set_theta(const Sim& sim, std::uint32_t rule, unsigned a, unsigned b, unsigned c,
                      double value) {
    const std::uint64_t terms = sim.network().rules[rule].terms, bit = flat::term(a, b, c);
    REQUIRE((terms & bit) != 0);
    const auto k = std::size_t(__builtin_popcountll(terms & (bit - 1)));
    const std::uint32_t n_replicas =
        sim.network().rules[rule].shared ? 1 : sim.network().model.n_replicas;
    for (std::uint32_t l = 0; l < n_replicas; ++l)
        sim.theta(rule).set(value, l, k);
}

// ---- Inputs ---------------------------------------------------------------------------------

// One input population's array. value(lane, step, sample, unit); what a shared or fixed population
// leaves out of the layout is asked as lane or step 0. Padding lanes are NaN: nothing may read them
// into a result.
class Packed {
  public:
    template <class Value>
    Packed(const Network& network, std::uint32_t population, std::uint64_t n_steps, Value value)
        : type_(network.model.precision) {
        const flat::Population& p = network.populations[population];
        const std::size_t width = p.shared ? 1 : network.lanes_per_block();
        const std::size_t lanes = p.shared ? 1 : network.model.n_replicas;
        const std::size_t blocks = (lanes + width - 1) / width;
        const std::size_t steps = p.fixed ? 1 : std::size_t(n_steps);
        const bool single = network.model.precision == CARVE_F32;
        for (std::size_t b = 0; b < blocks; ++b)
            for (std::size_t t = 0; t < steps; ++t)
                for (std::size_t s = 0; s < network.model.batch; ++s)
                    for (std::size_t u = 0; u < p.n_units; ++u)
                        for (std::size_t l = b * width; l < (b + 1) * width; ++l)
                            append(l < lanes ? value(l, t, s, u) : std::nan(""), single);
    }
    carve_stream stream() const {
        return {type_, CARVE_STREAM_BLOCKS, bytes_.size() / (type_ == CARVE_F32 ? 4 : 8),
                bytes_.data()};
    }
    std::size_t size() const { return bytes_.size(); } // in bytes

  private:
    void append(double value, bool single) {
        const float f = float(value);
        const std::size_t at = bytes_.size(), n = single ? sizeof f : sizeof value;
        bytes_.resize(at + n);
        if (single)
            std::memcpy(&bytes_[at], &f, n);
        else
            std::memcpy(&bytes_[at], &value, n);
    }
    std::uint32_t type_;
    std::vector<unsigned char> bytes_;
};

// ---- Hashes ---------------------------------------------------------------------------------

// Everything that a lane has become, bit by bit: weights, sensitivities, rates, frozen step.
inline std::uint64_t lane_hash(const Sim& sim, std::size_t lane) {
    const Network& network = sim.network();
    Hash hash;
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        hash.add(sim.weights(p).lane(lane));
        if (network.plastic(p) && network.model.gradient == CARVE_GRADIENT_FORWARD)
            hash.add(sim.sensitivities(p).lane(lane));
    }
    for (std::uint32_t i = 0; i < network.populations.size(); ++i) {
        carve_view view;
        if (carve_sim_view(sim.get(), CARVE_VIEW_RATES, i, &view, nullptr) == CARVE_OK &&
            network.populations[i].kind != CARVE_POPULATION_INPUT)
            hash.add(Array(view, true).lane(lane));
    }
    hash.add(double(sim.frozen(lane)));
    return hash.value();
}

inline std::vector<std::uint64_t> lane_hashes(const Sim& sim) {
    std::vector<std::uint64_t> hashes;
    for (std::size_t l = 0; l < sim.network().model.n_replicas; ++l)
        hashes.push_back(lane_hash(sim, l));
    return hashes;
}

} // namespace support
#endif
