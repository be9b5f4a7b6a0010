// Fixed memory: exact sizes, nothing touched outside of them, no allocation, and blocks that come
// from elsewhere are checked before they are used.
#include "reference/rates/random_scenario.hpp"

#include <cstring>
#include <memory>
#include <sys/mman.h>
#include <unistd.h>

using namespace reference;
using support::Block;
using support::Sim;

#if !CARVE_SANITIZED // the sanitizers bring their own
namespace {
std::size_t n_allocations = 0;
}
extern "C" {
void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void* malloc(std::size_t n) {
    ++n_allocations;
    return __libc_malloc(n);
}
void* calloc(std::size_t n, std::size_t size) {
    ++n_allocations;
    return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t n) {
    ++n_allocations;
    return __libc_realloc(p, n);
}
void* aligned_alloc(std::size_t alignment, std::size_t n) {
    ++n_allocations;
    return __libc_memalign(alignment, n);
}
}
#endif

namespace {

constexpr unsigned char kFence = 0xA5;

// Pages between two that may not be touched.
class Guarded {
  public:
    explicit Guarded(std::size_t bytes) : page_(std::size_t(sysconf(_SC_PAGESIZE))) {
        inside_ = (bytes + page_ - 1) / page_ * page_;
        base_ = static_cast<unsigned char*>(
            mmap(nullptr, inside_ + 2 * page_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
        REQUIRE(base_ != MAP_FAILED);
        REQUIRE(mprotect(begin(), inside_, PROT_READ | PROT_WRITE) == 0);
        std::memset(begin(), kFence, inside_);
    }
    ~Guarded() { munmap(base_, inside_ + 2 * page_); }
    Guarded(const Guarded&) = delete;
    Guarded& operator=(const Guarded&) = delete;
    unsigned char* begin() { return base_ + page_; }
    unsigned char* end() { return begin() + inside_; }

  private:
    std::size_t page_, inside_ = 0;
    unsigned char* base_ = nullptr;
};

bool all_fence(const unsigned char* from, const unsigned char* to) {
    return std::all_of(from, to, [](unsigned char c) { return c == kFence; });
}

// Back through all steps, if the sim has an adjoint and the inputs are those of all steps.
void sweep_back(carve_sim* sim, Network& network, const std::vector<carve_stream>& inputs,
                std::uint64_t n_steps) {
    carve_sim_info info{};
    info.struct_size = sizeof info;
    REQUIRE(carve_sim_get_info(sim, &info, nullptr) == CARVE_OK);
    if (network.model.gradient != CARVE_GRADIENT_ADJOINT || info.steps != n_steps)
        return;
    std::vector<std::vector<double>> slopes;
    std::vector<const double*> pointers;
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        slopes.emplace_back(std::size_t(network.n_post(p)) * network.n_pre(p) *
                            network.model.n_replicas);
        pointers.push_back(slopes[p].data());
    }
    std::vector<double> gradient(network.n_coefficients() * network.model.n_replicas);
    CHECK(support::adjoint(sim, inputs, n_steps, pointers.data(), gradient.data()) == CARVE_OK);
}

// Every call that works on a sim, once.
void use(carve_sim* sim, Network& network, const std::vector<carve_stream>& inputs,
         std::uint64_t n_steps) {
    const carve_status status = support::step(sim, inputs, n_steps);
    CHECK(status == CARVE_OK);
    const std::size_t lanes = network.model.n_replicas, n_coefficients = network.n_coefficients();
    for (std::uint32_t p = 0; p < network.projections.size(); ++p) {
        const std::size_t n = std::size_t(network.n_post(p)) * network.n_pre(p);
        const std::vector<double> target(n, 0.5), d(n * lanes, 1.0);
        std::vector<double> value(lanes), gradient(n_coefficients * lanes);
        carve_loss loss;
        REQUIRE(carve_loss_init(&loss, sizeof loss) == CARVE_OK);
        loss.projection = p;
        loss.target = target.data();
        const bool has_gradient =
            network.plastic(p) && network.model.gradient == CARVE_GRADIENT_FORWARD;
        CHECK(carve_sim_loss(sim, &loss, value.data(), has_gradient ? gradient.data() : nullptr,
                             nullptr) == CARVE_OK);
        if (has_gradient)
            CHECK(carve_sim_chain(sim, p, d.data(), gradient.data(), nullptr) == CARVE_OK);
        std::vector<double> slopes(n * lanes);
        CHECK(carve_sim_loss_slopes(sim, &loss, value.data(), slopes.data(), nullptr) == CARVE_OK);
    }
    sweep_back(sim, network, inputs, n_steps);
}

// The sim of s in `memory`, with its inputs so that they end at a page that may not be read.
void use_in(unsigned char* memory, std::size_t bytes, Scenario& s) {
    carve_sim* sim = nullptr;
    REQUIRE(carve_sim_init(memory, bytes, s.network.description(), &sim, nullptr) == CARVE_OK);
    CHECK(reinterpret_cast<unsigned char*>(sim) >= memory);
    CHECK(reinterpret_cast<unsigned char*>(sim) < memory + bytes);
    const Inputs packed(s.network, s, 0, s.n_steps);
    std::vector<std::unique_ptr<Guarded>> guards;
    std::vector<carve_stream> inputs;
    for (std::size_t i = 0; i < packed.streams().size(); ++i) {
        guards.push_back(std::make_unique<Guarded>(packed.bytes(i)));
        unsigned char* at = guards.back()->end() - packed.bytes(i);
        std::memcpy(at, packed.streams()[i].data, packed.bytes(i));
        inputs.push_back(packed.streams()[i]);
        inputs.back().data = at;
    }
    REQUIRE(carve_sim_reset(sim, 3, nullptr, nullptr) == CARVE_OK);
    use(sim, s.network, inputs, s.n_steps);
    REQUIRE(carve_sim_attach(memory, bytes, &sim, nullptr) == CARVE_OK);
    use(sim, s.network, inputs, s.n_steps);
}

Scenario any_scenario(std::uint64_t seed) {
    Ranges ranges;
    ranges.max_units = 20;
    ranges.max_work = 1e6;
    ranges.max_lanes = 9;
    const bool afferents = seed % 5 == 2;
    ranges.lateral = seed % 5 != 1 && !afferents; // which an adjoint does not have
    ranges.max_batch = afferents ? 1 : ranges.max_batch;
    Scenario s = random_scenario(seed, ranges);
    s.network.model.precision = seed % 2 ? CARVE_F32 : CARVE_F64;
    const std::uint32_t sizes[] = {seed % 2 ? 4u : 8u, 32, 64};
    s.network.model.lane_bytes = sizes[seed / 2 % 3];
    if (seed % 5 == 0) {
        s.network.model.gradient = CARVE_GRADIENT_NONE;
        for (flat::Projection& p : s.network.projections)
            if (p.rule != flat::kStatic && p.pre != p.post)
                p.presynaptic = std::uint32_t(seed / 5 % 3);
    }
    if (seed % 5 == 1) {
        s.network.model.gradient = CARVE_GRADIENT_ADJOINT;
        s.network.model.max_steps = 2 * s.n_steps;
    }
    if (afferents)
        s.network.model.layout = CARVE_LAYOUT_AFFERENTS;
    return s;
}

Network moment_network(bool lateral) {
    Network n = support::single_layer(5, 2);
    if (lateral) {
        n.projection(1, 1, n.rule());
        n.projections[1].inference = CARVE_INFERENCE_SWEEPS;
    }
    n.model.batch = 9;
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    n.model.form = CARVE_FORM_MOMENTS;
    n.populations[0].fixed = 1;
    return n;
}

} // namespace

TEST_SUITE_BEGIN("memory");

TEST_CASE("a sim in exactly the required bytes touches nothing outside of them") {
    const std::vector<std::uint32_t> isas = support::usable_isas();
    for (std::uint64_t seed = 1; seed <= 44; ++seed) {
        CAPTURE(seed);
        Scenario s = any_scenario(seed);
        if (seed > 36) { // and the form that keeps moments
            s.network = moment_network(seed > 40);
            s.network.model.precision = seed % 2 ? CARVE_F32 : CARVE_F64;
            support::Random r(seed);
            s.weights.clear();
            s.theta.clear();
            s.inputs.clear();
            s.means.clear();
            s.factors.clear();
            detail::fill(s, r);
            detail::fill_sources(s, r);
        }
        INFO(describe(s.network));
        const std::size_t bytes = Sim::required(s.network);
        for (const std::uint32_t isa : isas) {
            s.network.model.isa = isa;
            CHECK(Sim::required(s.network) == bytes);
            Guarded low(bytes), high(bytes);
            use_in(low.begin(), bytes, s); // right after a page that may not be touched
            CHECK(all_fence(low.begin() + bytes, low.end()));
            unsigned char* at = high.end() - (bytes + CARVE_ALIGNMENT - 1) / CARVE_ALIGNMENT *
                                                 CARVE_ALIGNMENT; // right before one
            use_in(at, bytes, s);
            CHECK(all_fence(high.begin(), at));
            CHECK(all_fence(at + bytes, high.end()));
        }
    }
}

TEST_CASE("the memory of an adjoint grows with the square root of its steps") {
    Network n = support::single_layer(50, 2);
    n.model.gradient = CARVE_GRADIENT_ADJOINT;
    n.model.n_replicas = 9; // three lane blocks
    const auto bytes_for = [&](std::uint64_t steps) {
        n.model.max_steps = steps;
        return Sim::required(n);
    };
    // 3 x (checkpoints + 1) + segment, of 100 weights and, for the segment, 2 rates
    const std::size_t lanes = 32, root = 1000;
    const std::size_t large = bytes_for(root * root), small = bytes_for(100);
    CHECK(large - small == lanes * (3 * 100 * (root - 10) + 102 * (root - 10)));
    CHECK(bytes_for(root * root - 1) <= large);
}

TEST_CASE("a block one byte short is refused and left untouched") {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
        CAPTURE(seed);
        Scenario s = any_scenario(seed);
        const std::size_t bytes = Sim::required(s.network);
        Block block(bytes);
        for (const std::size_t size : {bytes - 1, bytes / 2, std::size_t(1), std::size_t(0)}) {
            std::memset(block.data(), kFence, bytes);
            carve_sim* const before = reinterpret_cast<carve_sim*>(&block);
            carve_sim* sim = before;
            CHECK(carve_sim_init(block.data(), size, s.network.description(), &sim, nullptr) ==
                  CARVE_E_SPACE);
            CHECK(sim == before);
            CHECK(all_fence(block.data(), block.data() + bytes));
        }
    }
}

TEST_CASE("memory that is not on a 64-byte boundary is refused and left untouched") {
    Scenario s = any_scenario(1);
    const std::size_t bytes = Sim::required(s.network);
    Block block(bytes + 64);
    for (std::size_t offset = 1; offset < 64; ++offset) {
        CAPTURE(offset);
        std::memset(block.data(), kFence, bytes + 64);
        carve_sim* sim = nullptr;
        CHECK(carve_sim_init(block.data() + offset, bytes, s.network.description(), &sim,
                             nullptr) == CARVE_E_ALIGN);
        CHECK(carve_sim_attach(block.data() + offset, bytes, &sim, nullptr) == CARVE_E_ALIGN);
        CHECK(sim == nullptr);
        CHECK(all_fence(block.data(), block.data() + bytes + 64));
    }
}

// The memory is cleared before the model is laid out in it.
TEST_CASE("memory that holds a part of its own model is refused and left untouched") {
    Network n = any_scenario(3).network;
    n.description();
    const std::size_t bytes = Sim::required(n);
    Block block(bytes + 4096);
    const auto refused = [&](std::size_t at, std::size_t size, const auto& point) {
        CAPTURE(at);
        std::memset(block.data(), kFence, block.size());
        carve_model m = *n.description();
        const carve_model* from = point(block.data() + at, m);
        std::vector<unsigned char> before(block.data(), block.data() + block.size());
        carve_sim* sim = nullptr;
        const carve_status status = carve_sim_init(block.data(), bytes, from, &sim, nullptr);
        CHECK(status == (at < bytes ? CARVE_E_RANGE : CARVE_OK));
        if (status != CARVE_OK)
            CHECK(std::equal(before.begin(), before.end(), block.data()));
        CHECK(at + size <= block.size());
    };
    const std::size_t behind = (bytes + 63) / 64 * 64;
    for (const std::size_t at : {std::size_t{0}, std::size_t{64}, bytes - 8, behind}) {
        refused(at, sizeof(carve_model), [](unsigned char* to, const carve_model& m) {
            std::memcpy(to, &m, sizeof m);
            return reinterpret_cast<const carve_model*>(to);
        });
        const auto array = [&](auto carve_model::*field, std::uint32_t count) {
            const std::size_t size = sizeof *(n.description()->*field) * count;
            if (count)
                refused(at, size, [&](unsigned char* to, carve_model& m) {
                    std::memcpy(to, m.*field, size);
                    m.*field = reinterpret_cast<std::decay_t<decltype(m.*field)>>(to);
                    return static_cast<const carve_model*>(&m);
                });
        };
        array(&carve_model::populations, n.description()->n_populations);
        array(&carve_model::projections, n.description()->n_projections);
        array(&carve_model::rules, n.description()->n_rules);
    }
}

#if !CARVE_SANITIZED
TEST_CASE("no call on a sim allocates") {
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        Scenario s = any_scenario(seed);
        const std::size_t bytes = Sim::required(s.network);
        Block block(bytes);
        const Inputs inputs(s.network, s, 0, s.n_steps);
        const carve_model* model = s.network.description();
        const carve_step steps = support::steps(inputs.streams(), s.n_steps);
        std::vector<double> value(s.network.model.n_replicas), gradient(4096);
        const std::vector<double> target(400, 0.5);
        carve_loss loss;
        carve_loss_init(&loss, sizeof loss);
        loss.target = target.data();
        const bool with_gradient =
            s.network.plastic(0) && s.network.model.gradient == CARVE_GRADIENT_FORWARD;
        carve_sim* sim = nullptr;
        carve_view view;
        std::size_t size = 0;
        const std::size_t before = n_allocations;
        carve_sim_required_bytes(model, &size, nullptr);
        const carve_status built = carve_sim_init(block.data(), bytes, model, &sim, nullptr);
        carve_sim_reset(sim, 1, nullptr, nullptr);
        carve_sim_step(sim, &steps, nullptr);
        carve_sim_view(sim, CARVE_VIEW_WEIGHTS, 0, &view, nullptr);
        carve_sim_loss(sim, &loss, value.data(), with_gradient ? gradient.data() : nullptr,
                       nullptr);
        carve_sim_attach(block.data(), bytes, &sim, nullptr);
        const std::size_t after = n_allocations;
        CHECK(built == CARVE_OK);
        CHECK(after == before);
    }
    const std::size_t before = n_allocations;
    void* volatile p = std::malloc(1); // the counter does count
    CHECK(n_allocations > before);
    std::free(p);
}
#else
TEST_CASE("no call on a sim allocates") { MESSAGE("skipped: a sanitizer owns malloc"); }
#endif

TEST_CASE("a header with any flipped byte is refused or harmless") {
    Scenario s = one_of_everything(CARVE_F32);
    Sim sim(s.network);
    load(sim, s);
    const Inputs inputs(s.network, s, 0, 1);
    REQUIRE(sim.step(inputs.streams(), 1) == CARVE_OK);
    const std::size_t bytes = sim.block().size();
    const unsigned char* original = sim.block().data();
    Block copy(bytes);
    std::size_t refused = 0;
    for (std::size_t at = 0; at < std::min<std::size_t>(bytes, 4096); ++at)
        for (const int flip : {0x01, 0x80, 0xFF}) {
            CAPTURE(at);
            std::memcpy(copy.data(), original, bytes);
            copy.data()[at] = static_cast<unsigned char>(copy.data()[at] ^ flip);
            carve_sim* attached = nullptr;
            const carve_status status = carve_sim_attach(copy.data(), bytes, &attached, nullptr);
            if (status == CARVE_OK) {
                use(attached, s.network, inputs.streams(), 1);
            } else {
                CHECK((status == CARVE_E_CORRUPT || status == CARVE_E_SPACE));
                CHECK(attached == nullptr);
                ++refused;
            }
            if (at < 8)
                CHECK(status != CARVE_OK); // the magic number
        }
    CHECK(refused > 3 * 64); // at the least the model itself is under the checksum
}

TEST_CASE("arrays may hold anything") {
    Scenario s = one_of_everything(CARVE_F32);
    support::Random r(11);
    for (int round = 0; round < 20; ++round) {
        Sim sim(s.network);
        sim.scramble(r);
        carve_sim* attached = nullptr;
        REQUIRE(carve_sim_attach(sim.block().data(), sim.block().size(), &attached, nullptr) ==
                CARVE_OK);
        const Inputs inputs(s.network, s, 0, s.n_steps);
        use(attached, s.network, inputs.streams(), s.n_steps);
    }
}

TEST_SUITE_END();
