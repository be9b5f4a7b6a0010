// Structs of any content and any size, right before a guard page.
#include "check.hpp"
#include "run.hpp"

#include <numeric>

namespace nets {

namespace {

// A size for a struct that has `room` bytes. A size of more than there is would be read as the caller
// claims it, up to 4096 bytes; larger ones are refused unread.
std::uint32_t any_size(Choices& c, std::uint32_t room) {
    const std::uint32_t size = std::uint32_t(c.bits(4));
    return size > 4096 ? size : std::min(size, room);
}

// Copies of structs with a stride of their own, what is behind them zero or not.
template <class T> const T* strewn(Choices& c, Guarded& memory, const std::vector<T>& structs) {
    std::uint32_t stride = sizeof(T);
    if (c.one_in(4))
        stride += 8 * c.below(4);
    if (c.one_in(24))
        // Less than struct_size itself would make the sizes of neighbours one number, which claims more.
        stride = std::max<std::uint32_t>(std::uint32_t(c.bits(2)), sizeof stride);
    const std::size_t room =
        std::max<std::size_t>(std::size_t{stride} * structs.size(), sizeof stride);
    unsigned char* const at = memory.place(room, 8, true);
    std::memset(at, 0, room);
    if (c.one_in(16))
        at[c.below(std::uint32_t(room))] = std::uint8_t(c.bits(1));
    for (std::size_t i = 0; i < structs.size(); ++i) {
        T one = structs[i];
        one.struct_size = c.one_in(40) ? any_size(c, stride) : stride;
        std::memcpy(at + i * stride, &one, std::min<std::size_t>(stride, sizeof one));
    }
    return c.one_in(60) ? nullptr : reinterpret_cast<const T*>(at);
}

// first: bytes of its first version.
template <class T>
void check_init(Choices& c, carve_status (*init)(T*, std::size_t), std::size_t first = sizeof(T)) {
    auto* const object = reinterpret_cast<T*>(arena().value.place(sizeof(T), 8, true));
    std::memset(object, 0x5A, sizeof(T));
    const std::size_t size = sizeof(T) + c.below(40) - 20;
    const carve_status status = init(object, size);
    arena().value.check("around a struct");
    if (status != (size >= first && size <= sizeof(T) ? CARVE_OK : CARVE_E_VERSION))
        fail("defaults of a struct of %zu bytes in %zu: %s", sizeof(T), size,
             carve_status_string(status));
}

void check_inits(Choices& c) {
    check_init(c, carve_model_init);
    check_init(c, carve_population_init);
    check_init(c, carve_projection_init);
    check_init(c, carve_input_init);
    check_init(c, carve_gaussian_init);
    check_init(c, carve_rate_init, offsetof(carve_rate, tau));
    check_init(c, carve_poisson_init);
    check_init(c, carve_lif_init);
    check_init(c, carve_tif_init);
    check_init(c, carve_if_init);
    check_init(c, carve_cvaif_init);
    check_init(c, carve_eif_init);
    check_init(c, carve_plasticity_init, offsetof(carve_plasticity, modulator));
    check_init(c, carve_in_degree_init);
    check_init(c, carve_csr_init);
    check_init(c, carve_rule_init);
    check_init(c, carve_polynomial_init, offsetof(carve_polynomial, eligibility));
    check_init(c, carve_mlp_init, offsetof(carve_mlp, at_spikes));
    check_init(c, carve_product_init);
    check_init(c, carve_probe_init);
    check_init(c, carve_rate_probe_init);
    check_init(c, carve_trajectory_probe_init, offsetof(carve_trajectory_probe, sums));
    check_init(c, carve_loss_init);
}

// The status, and a fault that has words exactly if it is one.
carve_status check_fault(const carve_model* model, std::size_t* bytes) {
    auto* const fault =
        reinterpret_cast<carve_fault*>(arena().target.place(sizeof(carve_fault), 8, true));
    std::memset(fault, 0x5A, sizeof *fault);
    const carve_status status = carve_sim_required_bytes(model, bytes, fault);
    arena().target.check("around a fault");
    const std::size_t n_where = ::strnlen(fault->where, sizeof fault->where),
                      n_expected = ::strnlen(fault->expected, sizeof fault->expected);
    if (n_where == sizeof fault->where || n_expected == sizeof fault->expected)
        fail("a fault's text has no end");
    if (fault->status != status || (status == CARVE_OK) != (n_where == 0) ||
        (status == CARVE_OK) != (n_expected == 0))
        fail("status %d, but the fault says: %d, '%s' '%s'", int(status), int(fault->status),
             fault->where, fault->expected);
    return status;
}

// Those of one rule, which are of any content, and of its kind or of polynomials.
void spoil_parameters(Choices& c, flat::Description& d) {
    const auto strew = [&](const auto& part) {
        return strewn(c, arena().derivative, std::vector{part});
    };
    const std::size_t i = c.below(std::uint32_t(d.rules.size()));
    carve_rule& rule = d.rules[i];
    if (!c.one_in(3))
        rule.parameters = strew(d.polynomials[i]);
    else if (rule.kind == CARVE_RULE_MLP)
        rule.parameters = strew(d.mlps[i]);
    else if (rule.kind == CARVE_RULE_PRODUCT)
        rule.parameters = strew(d.products[i]);
    else if (d.mlps[i].at_spikes == 0) // or what is there is where a polynomial has a pointer
        rule.parameters = &d.mlps[i];
}

// Puts one of the structs that an element points to before a guard page, of any size and content, or
// takes it away.
void spoil_one_part(Choices& c, flat::Description& d) {
    const auto one_of = [&](auto& elements) -> auto& {
        return elements[c.below(std::uint32_t(elements.size()))];
    };
    const auto strew = [&](const auto& part) {
        return strewn(c, arena().derivative, std::vector{part});
    };
    carve_population& population = one_of(d.populations);
    const std::size_t i = std::size_t(&population - d.populations.data());
    const std::size_t k = c.below(std::uint32_t(d.projections.size()));
    switch (c.below(7)) {
    case 5: // of its own kind, of another, or of none
        if (d.projections[k].connectivity == CARVE_CONNECT_LIST)
            d.projections[k].connections = strew(d.csrs[k]);
        else
            d.projections[k].connections = strew(d.in_degrees[k]);
        return;
    case 6: // any number in a graph, but none behind it
        for (std::vector<std::uint32_t>* part : {&d.row_starts[k], &d.pres[k]})
            if (!part->empty() && c.below(2))
                (*part)[c.below(std::uint32_t(part->size()))] =
                    std::uint32_t(c.one_in(2) ? c.bits(4) : c.below(9));
        return;
    case 0:
        population.parameters =
            population.kind == CARVE_POPULATION_INPUT ? static_cast<const void*>(strew(d.inputs[i]))
            : population.kind == CARVE_POPULATION_GAUSSIAN
                ? static_cast<const void*>(strew(d.gaussians[i]))
            : population.kind == CARVE_POPULATION_POISSON
                ? static_cast<const void*>(strew(d.poissons[i]))
            : population.kind == CARVE_POPULATION_LIF ? static_cast<const void*>(strew(d.lifs[i]))
            : population.kind == CARVE_POPULATION_TIF ? static_cast<const void*>(strew(d.tifs[i]))
            : population.kind == CARVE_POPULATION_IF  ? static_cast<const void*>(strew(d.ifs[i]))
            : population.kind == CARVE_POPULATION_CVAIF
                ? static_cast<const void*>(strew(d.cvaifs[i]))
            : population.kind == CARVE_POPULATION_EIF ? static_cast<const void*>(strew(d.eifs[i]))
                                                      : static_cast<const void*>(strew(d.rates[i]));
        return;
    case 1: {
        carve_projection& projection = one_of(d.projections);
        if (projection.n_plasticity < 2)
            projection.plasticity = strew(one_of(d.plasticity));
        return;
    }
    case 2:
        if (!d.rules.empty())
            spoil_parameters(c, d);
        return;
    case 3: // counts and what they count
        d.lifs[i].n_receptors = d.ifs[i].n_receptors = c.below(6);
        for (carve_polynomial& p : d.polynomials) // fewer than there are, or more than there may be
            if (c.below(2))
                p.n_terms = c.below(2) ? 193 + c.below(9) : c.below(p.n_terms + 1);
        if (c.below(2)) {
            std::uint32_t& n = one_of(d.projections).n_plasticity;
            n = c.below(2) ? CARVE_MAX_PLASTICITY + 1 + c.below(9) : c.below(n + 1);
        }
        if (c.below(2))
            d.lifs[i].receptors = d.cvaifs[i].receptors = nullptr;
        return;
    default: { // any bytes of a term
        for (auto& terms : d.terms)
            for (carve_term& term : terms)
                if (c.one_in(3))
                    reinterpret_cast<std::uint8_t*>(&term)[c.below(sizeof term)] =
                        std::uint8_t(c.below(4));
        return;
    }
    }
}

void use(Program& p) {
    Variant v;
    v.name = "any structs";
    v.isa = p.model.model.isa;
    v.lane_bytes = p.model.model.lane_bytes;
    v.gradient = p.model.model.gradient;
    v.form = p.model.model.form;
    v.layout = p.model.model.layout;
    v.lanes.resize(p.model.model.n_replicas);
    std::iota(v.lanes.begin(), v.lanes.end(), 0u);
    Run(p, v, arena()).all_calls();
}

} // namespace

bool check_structs(Choices& c) {
    Program p = random_program(c);
    for (std::uint32_t n = c.below(4); n > 0; --n)
        spoil(c, p.model);
    now_trying(describe(p));
    check_inits(c);
    carve_model given = *p.model.description();
    flat::Description& structs = p.model.structs;
    if (c.below(2))
        spoil_one_part(c, structs);
    given.populations = strewn(c, arena().inputs[0], structs.populations);
    given.projections = strewn(c, arena().inputs[1], structs.projections);
    given.rules = strewn(c, arena().inputs[2], structs.rules);
    const carve_model* const model = strewn(c, arena().inputs[3], std::vector<carve_model>{given});
    std::size_t bytes = 77;
    const carve_status status = check_fault(model, &bytes);
    const bool valid = status == CARVE_OK;
    if (!valid && bytes != 77)
        fail("a model is %s, its size %zu, but its explanation is: %s", carve_status_string(status),
             bytes, explain(p.model).c_str());
    if (valid && !fits(p.model, bytes))
        return true;
    const std::size_t room = valid ? bytes : 4096;
    unsigned char* const memory = arena().block[0].place(room, CARVE_ALIGNMENT, c.below(2));
    std::memset(memory, 0x5A, room);
    carve_sim* sim = nullptr;
    const carve_status built = carve_sim_init(memory, room, model, &sim, nullptr);
    arena().block[0].check("around a block");
    if (!valid || built == CARVE_E_ISA) {
        if (built != status && built != CARVE_E_ISA)
            fail("carve_sim_init: %s after %s", carve_status_string(built),
                 carve_status_string(status));
        if (sim || std::count(memory, memory + room, 0x5A) != std::ptrdiff_t(room))
            fail("a model that was refused changed memory");
        return false;
    }
    if (built != CARVE_OK)
        fail("carve_sim_init of a valid model: %s", carve_status_string(built));
    for (const flat::Population& population : p.model.populations)
        if (population.n_units > 100) // too much for the inputs of a test
            return true;
    if (p.model.model.n_replicas <= 64 && p.model.model.batch <= 100 && explain(p.model).empty())
        use(p);
    return true;
}

} // namespace nets
