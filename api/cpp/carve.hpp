/* carve.hpp: carve for C++17, made of carve.h alone. Structs come with their defaults, a Model keeps what its parts
 * point to, a Sim owns its memory or borrows the caller's, and a call that fails throws. What a call does, its
 * units, its cost and which calls may run at once are said in carve.h; nothing here has a state of its own. */
#ifndef CARVE_HPP
#define CARVE_HPP

#include "carve.h"

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace carve {
inline namespace cpp { /* its names are none of those inside of a static libcarve */

/* "projections[1].w_max is 0; it must be above w_min" */
class Error : public std::runtime_error {
  public:
    Error(carve_status status, const carve_fault& fault)
        : std::runtime_error(text(status, fault)), status_(status), fault_(fault) {}
    carve_status status() const noexcept { return status_; }
    const carve_fault& fault() const noexcept { return fault_; }

  private:
    static std::string text(carve_status status, const carve_fault& fault) {
        char out[sizeof fault + 32] = "";
        std::snprintf(out, sizeof out, "%s is %g; it %s", fault.where, fault.value, fault.expected);
        return fault.where[0] == '\0' ? carve_status_string(status) : out;
    }
    carve_status status_;
    carve_fault fault_;
};

inline void check(carve_status status, const carve_fault& fault = {}) {
    if (status != CARVE_OK)
        throw Error(status, fault);
}

/* auto rate = carve::make<carve_rate>(): a struct of carve.h with its defaults. */
template <class Struct> Struct make();
// clang-format off
#define CARVE_HPP_STRUCTS(X)                                                                       \
    X(model) X(population) X(input) X(gaussian) X(rate) X(poisson) X(lif) X(tif) X(if) X(cvaif)    \
    X(eif) X(projection) X(in_degree) X(csr) X(plasticity) X(rule) X(polynomial) X(mlp) X(product) \
    X(probe) X(rate_probe) X(trajectory_probe) X(loss) X(step)
// clang-format on
#define CARVE_HPP_MAKE(name)                                                                       \
    template <> inline carve_##name make<carve_##name>() {                                         \
        carve_##name object;                                                                       \
        check(carve_##name##_init(&object, sizeof object));                                        \
        return object;                                                                             \
    }
CARVE_HPP_STRUCTS(CARVE_HPP_MAKE)
#undef CARVE_HPP_STRUCTS
#undef CARVE_HPP_MAKE

/* A description of a network. What is added is copied; add returns its index, from 0 on, of its kind. */
class Model {
  public:
    /* precision, n_replicas, gradient, ...; its arrays and their lengths are those of what was added. */
    carve_model settings = make<carve_model>();

    /* A copy of an array that lasts as long as any copy of the model: for the pointers of structs. */
    template <class T> const T* keep(std::vector<T> values) {
        auto kept = std::make_shared<const std::vector<T>>(std::move(values));
        kept_.push_back(kept);
        return kept->data();
    }
    std::uint32_t add(const carve_population& one) { return add_to(populations_, one); }
    std::uint32_t add(const carve_rule& one) { return add_to(rules_, one); }
    std::uint32_t add(const carve_probe& one) { return add_to(probes_, one); }
    /* A population, rule or probe and the struct of its kind: carve_rate, carve_lif, carve_mlp, ... */
    template <class Part, class Parameters>
    std::uint32_t add(Part part, const Parameters& parameters) {
        part.parameters = keep(std::vector<Parameters>{parameters});
        return add(part);
    }
    std::uint32_t add(carve_projection projection, std::vector<carve_plasticity> plasticity = {}) {
        projection.n_plasticity = static_cast<std::uint32_t>(plasticity.size());
        projection.plasticity = plasticity.empty() ? nullptr : keep(std::move(plasticity));
        return add_to(projections_, projection);
    }
    /* dw = eta sum_k theta_k term_k */
    std::uint32_t add_rule(std::vector<carve_term> terms, carve_rule rule = make<carve_rule>(),
                           carve_polynomial polynomial = make<carve_polynomial>()) {
        polynomial.n_terms = static_cast<std::uint32_t>(terms.size());
        polynomial.terms = keep(std::move(terms));
        return add(rule, polynomial);
    }

    /* Its pointers are valid until something is added, or the model ends. */
    carve_model get() const {
        carve_model model = settings;
        point(model.populations, model.n_populations, populations_);
        point(model.projections, model.n_projections, projections_);
        point(model.rules, model.n_rules, rules_);
        point(model.probes, model.n_probes, probes_);
        return model;
    }

  private:
    template <class T> static std::uint32_t add_to(std::vector<T>& all, const T& one) {
        all.push_back(one);
        return static_cast<std::uint32_t>(all.size() - 1);
    }
    template <class T>
    static void point(const T*& first, std::uint32_t& n, const std::vector<T>& all) {
        first = all.empty() ? nullptr : all.data();
        n = static_cast<std::uint32_t>(all.size());
    }

    std::vector<carve_population> populations_;
    std::vector<carve_projection> projections_;
    std::vector<carve_rule> rules_;
    std::vector<carve_probe> probes_;
    std::vector<std::shared_ptr<const void>> kept_;
};

/* An array inside of a sim: T is float, double, std::uint64_t or std::uint32_t. Valid as long as the sim's memory. */
template <class T> struct View {
    carve_view of;
    /* By as many indices as it has dimensions; those that are left out are 0. */
    T& operator()(std::size_t i, std::size_t j = 0, std::size_t k = 0, std::size_t l = 0,
                  std::size_t m = 0) const noexcept {
        return static_cast<T*>(of.data)[i * of.stride[0] + j * of.stride[1] + k * of.stride[2] +
                                        l * of.stride[3] + m * of.stride[4]];
    }
};

/* A network in memory. Two sims may be used by two threads; of one sim, see carve.h. */
class Sim {
  public:
    static std::size_t required_bytes(const Model& model) {
        const carve_model described = model.get();
        std::size_t n = 0;
        call([&](carve_fault* f) { return carve_sim_required_bytes(&described, &n, f); });
        return n;
    }
    explicit Sim(const Model& model) : Sim(required_bytes(model)) { build(model, own_.get()); }
    /* In memory of the caller's, aligned to CARVE_ALIGNMENT, which has to last as long as the sim. */
    Sim(const Model& model, void* memory, std::size_t bytes) : bytes_(bytes) {
        build(model, memory);
    }
    /* From the bytes of another one, block() and bytes(): a copy. */
    Sim(const void* block, std::size_t bytes) : Sim(bytes) {
        std::memcpy(own_.get(), block, bytes);
        call([&](carve_fault* f) { return carve_sim_attach(own_.get(), bytes, &sim_, f); });
        block_ = own_.get();
    }
    Sim(const Sim& other) : Sim(other.block_, other.bytes_) {}
    Sim& operator=(const Sim& other) { return *this = Sim(other); }
    Sim(Sim&&) noexcept = default;
    Sim& operator=(Sim&&) noexcept = default;

    carve_sim* get() const noexcept { return sim_; }
    const void* block() const noexcept { return block_; }
    std::size_t bytes() const noexcept { return bytes_; }
    carve_sim_info info() const {
        carve_sim_info info{};
        info.struct_size = sizeof info;
        call([&](carve_fault* f) { return carve_sim_get_info(sim_, &info, f); });
        return info;
    }

    /* Of each replica its own random stream, by its number. */
    void reset(std::uint64_t seed = 0) {
        call([&](carve_fault* f) { return carve_sim_reset(sim_, seed, nullptr, f); });
    }
    void step(const carve_step& step) {
        call([&](carve_fault* f) { return carve_sim_step(sim_, &step, f); });
    }
    void step(std::uint64_t n_steps, const std::vector<carve_stream>& inputs = {}) {
        carve_step what = make<carve_step>();
        what.n_steps = n_steps;
        what.n_inputs = static_cast<std::uint32_t>(inputs.size());
        what.inputs = inputs.empty() ? nullptr : inputs.data();
        step(what);
    }

    /* which: CARVE_VIEW_...; throws std::invalid_argument where its elements are no T. */
    template <class T> View<T> view(std::uint32_t which, std::uint32_t index = 0) const {
        View<T> view{};
        call([&](carve_fault* f) { return carve_sim_view(sim_, which, index, &view.of, f); });
        constexpr std::uint32_t types[] = {CARVE_U32, CARVE_U64, CARVE_F32, CARVE_F64};
        constexpr std::uint32_t type =
            sizeof(T) == 2 ? std::uint32_t{CARVE_U16}
                           : types[2 * std::is_floating_point_v<T> + (sizeof(T) == 8)];
        if (view.of.type != type)
            throw std::invalid_argument("carve: the view has elements of another type");
        return view;
    }
    /* An array of one replica, as many numbers as it has: `values` comes with that size. */
    void read(std::uint32_t which, std::uint32_t index, std::uint32_t replica,
              std::vector<double>& values) const {
        call([&](carve_fault* f) {
            return carve_sim_read(sim_, which, index, replica, values.data(), values.size(), f);
        });
    }
    void write(std::uint32_t which, std::uint32_t index, std::uint32_t replica,
               const std::vector<double>& values) {
        call([&](carve_fault* f) {
            return carve_sim_write(sim_, which, index, replica, values.data(), values.size(), f);
        });
    }

    /* Of each replica; and, unless it is null, dL/dtheta into gradient, [n_coefficients][n_replicas]. */
    std::vector<double> loss(const carve_loss& of, std::vector<double>* gradient = nullptr) const {
        const carve_sim_info about = info();
        std::vector<double> values(about.n_replicas);
        if (gradient)
            gradient->resize(std::size_t{about.n_coefficients} * about.n_replicas);
        double* const slopes = gradient ? gradient->data() : nullptr;
        call([&](carve_fault* f) { return carve_sim_loss(sim_, &of, values.data(), slopes, f); });
        return values;
    }

  private:
    struct Release {
        void operator()(void* memory) const noexcept {
            ::operator delete (memory, std::align_val_t{CARVE_ALIGNMENT});
        }
    };
    explicit Sim(std::size_t bytes)
        : own_(::operator new (bytes, std::align_val_t{CARVE_ALIGNMENT})), bytes_(bytes) {}

    void build(const Model& model, void* memory) {
        const carve_model described = model.get();
        call([&](carve_fault* f) { return carve_sim_init(memory, bytes_, &described, &sim_, f); });
        block_ = memory;
    }
    template <class Call> static void call(const Call& with_fault) {
        carve_fault fault{};
        check(with_fault(&fault), fault);
    }

    std::unique_ptr<void, Release> own_; /* null: the caller's */
    void* block_ = nullptr;
    std::size_t bytes_ = 0;
    carve_sim* sim_ = nullptr;
};

} // namespace cpp
} // namespace carve

#endif
