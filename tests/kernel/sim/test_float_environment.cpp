// The mode of the caller's floating-point unit changes no result, and is the caller's again after
// every call.
#include "reference/spiking/scenario.hpp"

#include <cfenv>
#include <functional>

#if defined(__SSE__)
#include <xmmintrin.h>
#endif

using namespace reference;
using support::Hash;
using support::Network;
using support::Packed;
using support::Sim;

namespace {

#if defined(__SSE__)
using Mode = unsigned;
Mode mode() { return _mm_getcsr(); }
void set_mode(Mode m) { _mm_setcsr(m); }
const Mode kModes[] = {
    0x1F80,          // the default
    0x1F80 | 0x8040, // denormal numbers are zeros, as operands and as results
    0x1F80 | 0x6000, // towards zero
    0x1F80 | 0x4000, // upwards
    0x0000,          // every exception traps
    0x1FBF,          // every exception has happened
};
#elif defined(__aarch64__)
using Mode = std::uint64_t;
Mode mode() {
    Mode m;
    __asm__ volatile("mrs %0, fpcr" : "=r"(m));
    return m;
}
void set_mode(Mode m) { __asm__ volatile("msr fpcr, %0" ::"r"(m)); }
const Mode kModes[] = {0, 1 << 24, 3 << 22, 1 << 22}; // default, flush, towards zero, upwards
#else
using Mode = int;
Mode mode() { return FE_TONEAREST; }
void set_mode(Mode) {}
const Mode kModes[] = {FE_TONEAREST};
#endif

// Calls in a mode; nothing else is computed in it.
class InMode {
  public:
    explicit InMode(Mode m) : mode_(m) {}
    template <class Call> auto operator()(Call call) const {
        const Mode before = mode();
        set_mode(mode_);
        const auto result = call();
        const Mode after = mode();
        set_mode(before);
        CHECK(after == mode_);
        return result;
    }

  private:
    Mode mode_;
};

void add(Hash& hash, const support::Array& array) {
    const carve_view& v = array.view();
    hash.add(v.data, v.shape[0] * v.stride[0] * (v.type == CARVE_F32 ? 4 : 8));
}
void add(Hash& hash, carve_status status) { hash.add(&status, sizeof status); }

// All that is computed of a network of rates whose weights decay into the denormal numbers.
void add_rates(Hash& hash, const InMode& in_mode, std::uint32_t gradient) {
    Network n;
    n.population(CARVE_POPULATION_GAUSSIAN, 3);
    n.population(CARVE_POPULATION_RATE, 2, CARVE_ACTIVATION_TANH);
    n.projection(0, 1, n.rule(flat::term(0, 0, 1) | flat::term(1, 1, 0)));
    n.projections[0].w_sd = 1;
    n.projections[0].eta = 0.5;
    n.model.precision = CARVE_F32;
    n.model.gradient = gradient;
    n.model.max_steps = 200;
    n.model.n_replicas = 3;
    const carve_model* const model = n.description();
    std::size_t bytes = 0;
    add(hash, in_mode([&] { return carve_sim_required_bytes(model, &bytes, nullptr); }));
    support::Block block(bytes);
    carve_sim *built = nullptr, *sim = nullptr;
    add(hash, in_mode([&] { return carve_sim_init(block.data(), bytes, model, &built, nullptr); }));
    add(hash, in_mode([&] { return carve_sim_attach(block.data(), bytes, &sim, nullptr); }));
    REQUIRE(sim == built);
    add(hash, in_mode([&] { return carve_sim_reset(sim, 7, nullptr, nullptr); }));
    const support::Array theta(sim, CARVE_VIEW_THETA, 0, false);
    theta.set(-1, 0, 0);
    theta.set(1e-3, 0, 1);
    const carve_step steps = support::steps({}, 135);
    add(hash, in_mode([&] { return carve_sim_step(sim, &steps, nullptr); }));
    add(hash, support::Array(sim, CARVE_VIEW_WEIGHTS, 0));
    const std::vector<double> target{1e-310, -1e-320, 0.1, 1e-40, 0.3, 1e-30};
    carve_loss loss;
    REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
    loss.target = target.data();
    std::vector<double> value(3), slopes(18), residuals(60), jacobian(120);
    double derivatives[6] = {}, *const or_null = gradient == 1 ? derivatives : nullptr;
    const double* const dloss_dw[] = {slopes.data()};
    std::size_t count = 0;
    add(hash, in_mode([&] { return carve_sim_loss(sim, &loss, value.data(), or_null, nullptr); }));
    hash.add(value);
    add(hash, in_mode([&] {
            return carve_sim_loss_slopes(sim, &loss, value.data(), slopes.data(), nullptr);
        }));
    hash.add(slopes);
    add(hash, in_mode([&] {
            return carve_sim_residuals(sim, &loss, &count, residuals.data(),
                                       gradient == 1 ? jacobian.data() : nullptr, nullptr);
        }));
    hash.add(residuals);
    hash.add(jacobian);
    add(hash, in_mode([&] {
            return gradient == 1 ? carve_sim_chain(sim, 0, slopes.data(), derivatives, nullptr)
                                 : carve_sim_adjoint(sim, &steps, dloss_dw, derivatives, nullptr);
        }));
    hash.add(derivatives, sizeof derivatives);
}

void add_spikes(Hash& hash, const InMode& in_mode) {
    Network n = spiking_network(20, 8, 2);
    n.model.precision = CARVE_F32;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.populations[2].tau_exc = 2e-4;
    n.populations[0].n_groups = 1;
    const SpikingScenario s = fill_scenario(n, 8, 800, 30);
    Sim sim(n);
    load(sim, s);
    const SpikeLists lists(s.spikes);
    std::vector<carve_spike> buffer(1000);
    carve_recorder recorder{sizeof(carve_recorder), 0, buffer.data(), buffer.size(), 0, 0, 0};
    add(hash, in_mode([&] { return support::step(sim.get(), lists.streams(), 800, &recorder); }));
    hash.add(&recorder.n_written, sizeof recorder.n_written);
    hash.add(lane_state(sim, 0));
}

void add_rest(Hash& hash, const InMode& in_mode) {
    std::vector<double> draws(1000);
    for (const auto draw : {carve_random_uniform, carve_random_normal}) {
        add(hash, in_mode([&] { return draw(3, 5, 7, draws.data(), draws.size()); }));
        hash.add(draws);
    }
    Network n = support::single_layer(2, 1);
    n.projections[0].w_min = 5e-324; // above 0, unless denormal numbers are
    n.projections[0].w_max = 0;
    const carve_model* const model = n.description();
    std::size_t bytes = 0;
    carve_fault fault;
    add(hash, in_mode([&] { return carve_sim_required_bytes(model, &bytes, &fault); }));
    CHECK(fault.status == CARVE_E_RANGE);
    hash.add(fault.value);
    hash.add(fault.where, std::strlen(fault.where));
}

} // namespace

TEST_SUITE_BEGIN("determinism");

TEST_CASE("the mode of the caller's floating-point unit changes no result, and stays") {
    const auto parts = [](Mode m) {
        const InMode in_mode(m);
        Hash rates, adjoint, spikes, rest;
        add_rates(rates, in_mode, CARVE_GRADIENT_FORWARD);
        add_rates(adjoint, in_mode, CARVE_GRADIENT_ADJOINT);
        add_spikes(spikes, in_mode);
        add_rest(rest, in_mode);
        return std::vector<std::uint64_t>{rates.value(), adjoint.value(), spikes.value(),
                                          rest.value()};
    };
    const std::vector<std::uint64_t> expected = parts(kModes[0]);
    for (const Mode m : kModes) {
        CAPTURE(m);
        CHECK(parts(m) == expected);
    }
}

TEST_SUITE_END();
