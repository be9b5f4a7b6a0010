#include "run.hpp"
#include "views.hpp"

#include <cmath>

namespace nets {

namespace {

template <class T> T element(const void* at) {
    T x;
    std::memcpy(&x, at, sizeof x);
    return x;
}
double number_at(const void* at, std::uint32_t type) {
    switch (type) {
    case CARVE_F32:
        return double(element<float>(at));
    case CARVE_U64:
        return double(element<std::uint64_t>(at));
    case CARVE_U32:
        return element<std::uint32_t>(at);
    case CARVE_U16:
        return element<std::uint16_t>(at);
    default:
        return element<double>(at);
    }
}
// Bits of an element; one NaN is as good as another.
std::uint64_t bits_at(const void* at, std::uint32_t type) {
    switch (type) {
    case CARVE_F32:
        return std::isnan(element<float>(at)) ? 0x7fc00000u : element<std::uint32_t>(at);
    case CARVE_U32:
        return element<std::uint32_t>(at);
    case CARVE_U16:
        return element<std::uint16_t>(at);
    case CARVE_F64:
        return std::isnan(element<double>(at)) ? 0x7ff8000000000000u : element<std::uint64_t>(at);
    default:
        return element<std::uint64_t>(at);
    }
}
void put(void* at, std::uint32_t type, double value) {
    const float single = float(value);
    if (type == CARVE_F32)
        std::memcpy(at, &single, sizeof single);
    else
        std::memcpy(at, &value, sizeof value);
}

} // namespace

Arena& arena() {
    static Arena one;
    return one;
}

Run::Run(const Program& program, const Variant& variant, Arena& arena)
    : program_(program), variant_(variant), arena_(arena), model_(program.model) {
    model_.model.isa = variant.isa;
    model_.model.lane_bytes = variant.lane_bytes;
    model_.model.gradient = variant.gradient;
    if (variant.gradient == CARVE_GRADIENT_NONE) { // what nothing reads then
        model_.model.surrogate = 10;
        for (flat::Projection& p : model_.projections)
            p.initial_weights = CARVE_INITIAL_GIVEN;
    }
    model_.model.form = variant.form;
    model_.model.layout = variant.layout;
    model_.model.n_replicas = std::uint32_t(variant.lanes.size());
}

Trace Run::all_calls() {
    if (carve_sim_required_bytes(model_.description(), &bytes_, nullptr) != CARVE_OK)
        fail("%s: %s", variant_.name, explain(model_).c_str());
    if (!fits(model_, bytes_))
        return {};
    begin();
    make_all();
    return std::move(trace_);
}

void Run::calls_on(carve_sim* sim, unsigned char* block, std::size_t bytes, std::size_t in_block) {
    sim_ = sim;
    block_ = block;
    bytes_ = bytes;
    in_block_ = in_block;
    read_info();
    make_all();
}

void Run::make_all() {
    for (call_ = 0; call_ < program_.calls.size(); ++call_) {
        remember();
        make(program_.calls[call_]);
        arena_.block[in_block_].check("around the block");
    }
    call_ = 1000;
    read_arrays();
}

void Run::begin() {
    block_ = arena_.block[0].place(bytes_, CARVE_ALIGNMENT, variant_.at_end);
    std::memset(block_, 0x5A, bytes_);
    const carve_status status =
        carve_sim_init(block_, bytes_, model_.description(), &sim_, nullptr);
    if (status != CARVE_OK)
        fail("%s: carve_sim_init: %s", variant_.name, carve_status_string(status));
    read_info();
    if (info_.bytes != bytes_)
        fail("%s: a sim of %zu bytes says that it has %zu", variant_.name, bytes_,
             std::size_t(info_.bytes));
    reset(0, nullptr);
}

void Run::make(const Call& call) {
    switch (call.kind) {
    case Call::step:
        return step(call);
    case Call::reset:
        return reset(call.seed, &call);
    case Call::write:
        return write(call);
    case Call::overwrite:
        return overwrite(call);
    case Call::move:
        return move();
    case Call::loss:
        return losses(call);
    case Call::adjoint:
        return adjoint(call);
    default:
        return misuse(call);
    }
}

void Run::read_info() {
    info_.struct_size = sizeof info_;
    if (carve_sim_get_info(sim_, &info_, nullptr) != CARVE_OK)
        fail("%s: carve_sim_get_info", variant_.name);
}

void Run::expect(bool as_promised, const char* call, carve_status status) const {
    if (!as_promised && !variant_.forged)
        fail("%s: %s: %s", variant_.name, call, carve_status_string(status));
}
void Run::expect_unchanged(const char* what) const {
    if (std::memcmp(before_.data(), block_, bytes_) != 0)
        fail("%s: %s changed the block", variant_.name, what);
}

void Run::step(const Call& call) {
    const std::uint64_t limit = model_.model.max_steps, first = info_.steps;
    const bool too_far = limit && first + call.n_steps > limit;
    const bool sorted = call.lists == Lists::sorted;
    carve_recorder recorder{sizeof(carve_recorder), 0, nullptr, call.capacity, 0, 0, 0};
    if (call.capacity)
        recorder.spikes = reinterpret_cast<carve_spike*>(arena_.recorded.place(
            call.capacity * sizeof(carve_spike), sizeof(carve_spike), variant_.at_end));
    const std::uint64_t halves[2] = {
        variant_.cut && sorted && !too_far ? mix(call.seed) % (call.n_steps + 1) : 0, call.n_steps};
    carve_status status = CARVE_OK;
    std::uint64_t at = 0;
    for (const std::uint64_t end : halves) {
        if (end == at && end != call.n_steps)
            continue;
        const std::vector<carve_stream> given = inputs(call, first + at, end - at);
        carve_step some = steps(given, end - at);
        some.recorder = call.capacity ? &recorder : nullptr;
        some.plastic = call.plastic;
        const InMode mode(variant_.modes ? call.mode : Mode::usual);
        status = carve_sim_step(sim_, &some, nullptr);
        at = end;
    }
    const bool done = status == CARVE_OK;
    const bool adjoint = model_.model.gradient == CARVE_GRADIENT_ADJOINT;
    if (!call.plastic && adjoint && !too_far)
        expect(status == CARVE_E_UNAVAILABLE, "carve_sim_step that is not plastic", status);
    else
        expect(too_far || to_be_refused_ ? status == CARVE_E_RANGE
                                         : done || (status == CARVE_E_RANGE && !sorted),
               "carve_sim_step", status);
    if (!done)
        expect_unchanged("a step that was refused");
    if (done && !call.plastic && !variant_.forged)
        expect_same_weights();
    for (const Guarded& input : arena_.inputs)
        input.check("around inputs");
    arena_.recorded.check("around a recorder's spikes");
    read_info();
    keep_status(status);
    if (call.capacity)
        keep_spikes(recorder);
    read_arrays();
}

// Of a step that is not plastic: weights, eligibility traces and sensitivities of replicas that are not frozen.
void Run::expect_same_weights() {
    carve_view frozen;
    if (carve_sim_view(sim_, CARVE_VIEW_FROZEN, 0, &frozen, nullptr) != CARVE_OK)
        fail("%s: carve_sim_view of frozen lanes", variant_.name);
    const Elements flags(frozen, view_rows()[CARVE_VIEW_FROZEN], 0);
    for_all_arrays([&](std::uint32_t which, std::uint32_t i, const Elements& elements) {
        if (which != CARVE_VIEW_WEIGHTS && which != CARVE_VIEW_SENSITIVITIES &&
            which != CARVE_VIEW_ELIGIBILITY && which != CARVE_VIEW_ELIGIBILITY_SENSITIVITIES)
            return;
        for (std::size_t l = 0; l < variant_.lanes.size(); ++l) {
            if (number_at(flags.of(l)[0], CARVE_U64) != 0)
                continue;
            for (const void* at : elements.of(l)) {
                const std::ptrdiff_t offset = static_cast<const unsigned char*>(at) - block_;
                const double was = number_at(before_.data() + offset, elements.type()),
                             is = number_at(at, elements.type());
                if (was != is && (was == was || is == is))
                    fail("%s: a step that is not plastic changed %s of %u from %.17g to %.17g",
                         variant_.name, view_rows()[which].name, i, was, is);
            }
        }
    });
}

void Run::reset(std::uint64_t seed, const Call* call) {
    std::vector<std::uint64_t> streams;
    const bool shuffled = call && call->seed % 2;
    for (const std::uint32_t lane : variant_.lanes)
        streams.push_back(shuffled ? mix(seed, lane) % 3 : lane);
    const InMode mode(variant_.modes && call ? call->mode : Mode::usual);
    if (carve_sim_reset(sim_, seed, streams.data(), nullptr) != CARVE_OK)
        fail("%s: carve_sim_reset", variant_.name);
    read_info();
}

// visit(what, index, elements)
template <class Visit> void Run::for_all_arrays(Visit visit) {
    std::size_t n_uses = 0; // of rules; a projection has an index without any, too
    for (const flat::Projection& p : model_.projections)
        n_uses += 1 + p.more.size();
    const std::size_t counts[] = {1, model_.populations.size(), n_uses, model_.rules.size()};
    for (std::uint32_t which = 0; which < view_rows().size(); ++which) {
        const ViewRow& row = view_rows()[which];
        for (std::uint32_t i = 0; i < counts[std::size_t(row.owner)]; ++i) {
            carve_view view;
            if (carve_sim_view(sim_, which, i, &view, nullptr) != CARVE_OK)
                continue;
            const bool rows_of_units =
                which == CARVE_VIEW_SENSITIVITIES && info_.layout == CARVE_LAYOUT_AFFERENTS;
            visit(which, i, Elements(view, row, rows_of_units ? model_.n_pre(i) : 0));
        }
    }
}

void Run::read_arrays() {
    for_all_arrays([&](std::uint32_t which, std::uint32_t i, const Elements& elements) {
        if (which == CARVE_VIEW_LAST_SPIKES && info_.n_frozen == info_.n_replicas)
            return; // nobody is left to transmit them: they are not drawn any more
        const std::size_t lanes = elements.of_all_lanes() ? 1 : variant_.lanes.size();
        for (std::size_t l = 0; l < lanes; ++l) {
            std::vector<std::uint64_t> bits;
            for (const void* at : elements.of(l)) {
                const auto* byte = static_cast<const unsigned char*>(at);
                if (byte < block_ || byte + elements.size() > block_ + bytes_)
                    fail("%s: view %s of %u leaves the block", variant_.name,
                         view_rows()[which].name, i);
                bits.push_back(bits_at(at, elements.type()));
            }
            compare_read(which, i, std::uint32_t(l), elements);
            keep(which, i, elements.of_all_lanes() ? kAllLanes : lane_of(l), std::move(bits));
        }
    });
}

// What carve_sim_read says of a replica is what its view holds.
void Run::compare_read(std::uint32_t which, std::uint32_t i, std::uint32_t lane,
                       const Elements& elements) const {
    const std::vector<void*> at = elements.of(lane);
    auto* const values = reinterpret_cast<double*>(
        arena_.value.place(at.size() * sizeof(double), sizeof(double), true));
    const carve_status status = carve_sim_read(sim_, which, i, lane, values, at.size(), nullptr);
    if (status != (at.empty() ? CARVE_E_NULL : CARVE_OK) && status != CARVE_OK)
        fail("%s: carve_sim_read of %s of %u: %s", variant_.name, view_rows()[which].name, i,
             carve_status_string(status));
    arena_.value.check("around what was read");
    for (std::size_t e = 0; e < at.size(); ++e) {
        const double x = number_at(at[e], elements.type()), seen = values[elements.in_order(e)];
        if (seen != x && (seen == seen || x == x))
            fail("%s: carve_sim_read of %s of %u: element %zu is %.17g, not %.17g", variant_.name,
                 view_rows()[which].name, i, e, seen, x);
    }
}

void Run::keep(std::uint32_t what, std::uint32_t index, std::uint32_t lane,
               std::vector<std::uint64_t> bits) {
    trace_[Key(call_, what, index, lane)] = std::move(bits);
}
void Run::keep_status(carve_status status) {
    keep(kStatus, 0, kAllLanes, {std::uint64_t(status), info_.steps});
}
void Run::keep_by_lane(std::uint32_t what, const double* values, std::size_t n) {
    const std::size_t lanes = variant_.lanes.size();
    for (std::size_t l = 0; l < lanes; ++l) {
        std::vector<std::uint64_t> bits;
        for (std::size_t k = 0; k < n; ++k)
            bits.push_back(bits_at(values + k * lanes + l, CARVE_F64));
        keep(what, 0, lane_of(l), std::move(bits));
    }
}
void Run::keep_spikes(const carve_recorder& r) {
    if (r.n_written > r.capacity || (r.n_lost && r.n_written != r.capacity))
        fail("%s: a recorder of %u spikes holds %u and lost %u", variant_.name,
             unsigned(r.capacity), unsigned(r.n_written), unsigned(r.n_lost));
    if (r.n_lost)
        return;
    std::vector<std::vector<std::uint64_t>> by_lane(variant_.lanes.size());
    for (std::uint64_t k = 0; k < r.n_written; ++k) {
        const carve_spike& s = r.spikes[k];
        if (s.replica >= by_lane.size() || s.population >= model_.populations.size() ||
            s.unit >= model_.populations[s.population].n_units || s.step >= info_.steps)
            fail("%s: a recorded spike of nobody", variant_.name);
        by_lane[s.replica].push_back(s.step << 20 | s.population << 12 | s.unit);
    }
    for (std::size_t l = 0; l < by_lane.size(); ++l) {
        std::sort(by_lane[l].begin(), by_lane[l].end());
        keep(kSpikes, 0, lane_of(l), by_lane[l]);
    }
}

void Run::write(const Call& call) {
    const double scale = call.seed % 9 == 8 ? 100 : call.seed % 3 == 2 ? 2 : 0.3;
    for_all_arrays([&](std::uint32_t which, std::uint32_t i, const Elements& elements) {
        const bool weights = which == CARVE_VIEW_WEIGHTS && call.seed % 2;
        if (!weights && which != CARVE_VIEW_THETA && which != CARVE_VIEW_MEAN &&
            which != CARVE_VIEW_FACTOR && (which < CARVE_VIEW_ETA || call.seed % 5))
            return;
        const std::uint32_t n_logs =
            which == CARVE_VIEW_THETA && model_.spiking()
                ? std::uint32_t(__builtin_popcountll(model_.rules[i].terms & 15))
                : 0;
        for (std::size_t l = 0; l < elements.n_replicas(); ++l) {
            const bool padding = !elements.of_all_lanes() && l >= variant_.lanes.size();
            if (padding && !variant_.dirty_padding)
                continue;
            const std::uint32_t lane = elements.of_all_lanes() ? kAllLanes
                                       : padding               ? 0
                                                               : lane_of(l);
            std::uint64_t seed = mix(mix(call.seed, which * 64 + i), lane);
            std::uint32_t k = 0;
            for (void* at : elements.of(l)) {
                const double x = number(++seed);
                put(at, elements.type(),
                    padding        ? std::nan("")
                    : k++ < n_logs ? 2 * x - 4
                                   : scale * x);
            }
        }
    });
}

void Run::overwrite(const Call& call) {
    const std::uint32_t n_replicas = program_.model.model.n_replicas;
    for_all_arrays([&](std::uint32_t which, std::uint32_t i, const Elements& elements) {
        const std::uint64_t draw = mix(mix(call.seed, 1), which * 64 + i);
        if (!view_rows()[which].writable || draw % 8)
            return;
        for (std::size_t l = 0; l < (elements.of_all_lanes() ? 1 : variant_.lanes.size()); ++l) {
            if (!elements.of_all_lanes() && lane_of(l) != (draw >> 8) % n_replicas)
                continue;
            const std::vector<void*> all = elements.of(l);
            if (all.empty())
                continue;
            void* const at = all[(draw >> 16) % all.size()];
            const std::uint64_t word = draw >> 32 & 1 ? mix(draw) : mix(draw) % 700;
            if (elements.type() == CARVE_U64 || elements.type() == CARVE_U32)
                std::memcpy(at, &word, elements.size());
            else
                put(at, elements.type(), wild_number(draw));
        }
    });
}

void Run::move() {
    in_block_ = 1 - in_block_;
    variant_.at_end = !variant_.at_end;
    unsigned char* const from = block_;
    block_ = arena_.block[in_block_].place(bytes_, CARVE_ALIGNMENT, variant_.at_end);
    std::memcpy(block_, from, bytes_);
    std::memset(from, 0xEE, bytes_);
    const carve_status status = carve_sim_attach(block_, bytes_, &sim_, nullptr);
    if (status != CARVE_OK)
        fail("%s: carve_sim_attach of an intact block: %s", variant_.name,
             carve_status_string(status));
}

} // namespace nets
