// What calls are given, and the calls that only read a sim.
#include "run.hpp"

#include <cmath>

namespace nets {

namespace {

bool refused(carve_status status) {
    return status == CARVE_E_RANGE || status == CARVE_E_UNAVAILABLE;
}

bool in_order(const carve_spike& a, const carve_spike& b) {
    return a.step < b.step || (a.step == b.step && a.unit < b.unit);
}
bool in_order(const std::vector<carve_spike>& spikes) {
    for (std::size_t k = 1; k < spikes.size(); ++k)
        if (!in_order(spikes[k - 1], spikes[k]))
            return false;
    return true;
}

// Whether a call must refuse a list: it is not in order and the first since the reset, or what it
// has of steps first .. end is next to each other, and not in order or of no unit.
bool to_be_refused(const std::vector<carve_spike>& spikes, Lists how, std::uint32_t n_units,
                   std::uint64_t first, std::uint64_t end) {
    std::vector<carve_spike> own;
    for (const carve_spike& s : spikes)
        if (s.step >= first && s.step < end)
            own.push_back(s);
    const bool together = how == Lists::swapped || how == Lists::foreign_unit;
    const bool foreign = std::any_of(own.begin(), own.end(),
                                     [&](const carve_spike& s) { return s.unit >= n_units; });
    return end > first &&
           ((first == 0 && !in_order(spikes)) || (together && (foreign || !in_order(own))));
}

// What belongs to steps first .. end of a list, if there is only one stretch of it that does.
void keep_own(std::vector<carve_spike>& spikes, std::uint64_t first, std::uint64_t end) {
    std::size_t begin = spikes.size(), n_begins = 0;
    for (std::size_t k = spikes.size(); k-- > 0;)
        if (spikes[k].step >= first && (k == 0 || spikes[k - 1].step < first)) {
            begin = k;
            ++n_begins;
        }
    if (n_begins != 1 || (first == 0 && !in_order(spikes)))
        return;
    std::size_t stop = begin;
    while (stop < spikes.size() && spikes[stop].step < end)
        ++stop;
    spikes.erase(spikes.begin() + std::ptrdiff_t(stop), spikes.end());
    spikes.erase(spikes.begin(), spikes.begin() + std::ptrdiff_t(begin));
}

} // namespace

bool fits(const Model& model, std::size_t bytes) {
    bool narrow = true;
    for (const flat::Population& p : model.populations)
        narrow = narrow && p.n_units <= 4096;
    return narrow && bytes <= Arena::kMostBytes;
}

carve_step steps(const std::vector<carve_stream>& inputs, std::uint64_t n_steps) {
    carve_step s;
    if (carve_step_init(&s, sizeof s) != CARVE_OK)
        fail("carve_step_init");
    s.n_inputs = std::uint32_t(inputs.size());
    s.inputs = inputs.data();
    s.n_steps = n_steps;
    return s;
}

std::vector<carve_stream> Run::inputs(const Call& call, std::uint64_t first,
                                      std::uint64_t n_steps) {
    std::vector<carve_stream> streams;
    to_be_refused_ = false;
    for (std::uint32_t i = 0; i < model_.populations.size(); ++i) {
        const flat::Population& p = model_.populations[i];
        if (p.kind == CARVE_POPULATION_INPUT)
            streams.push_back(input(i, arena_.inputs[streams.size()], first, n_steps));
        if (p.kind == CARVE_POPULATION_POISSON && p.source == CARVE_SOURCE_STREAMED) {
            std::vector<carve_spike> spikes = random_spikes(program_, call, i, info_.steps);
            to_be_refused_ = to_be_refused_ ||
                             to_be_refused(spikes, call.lists, p.n_units, first, first + n_steps);
            if (variant_.own_spikes)
                keep_own(spikes, first, first + n_steps);
            const std::size_t bytes = spikes.size() * sizeof(carve_spike);
            unsigned char* const at =
                arena_.inputs[streams.size()].place(bytes, alignof(carve_spike), true);
            std::copy(spikes.begin(), spikes.end(), reinterpret_cast<carve_spike*>(at));
            streams.push_back({CARVE_SPIKES, CARVE_STREAM_BLOCKS, spikes.size(), at});
        }
    }
    return streams;
}

// [block][step][sample][unit][lane]; padding lanes are NaN.
carve_stream Run::input(std::uint32_t population, Guarded& memory, std::uint64_t first,
                        std::uint64_t n_steps) {
    const flat::Population& p = model_.populations[population];
    const std::size_t width = p.shared ? 1 : info_.lanes_per_block;
    const std::size_t lanes = p.shared ? 1 : variant_.lanes.size();
    const std::size_t steps = p.fixed ? 1 : std::size_t(n_steps), batch = model_.model.batch;
    const std::size_t real = info_.precision == CARVE_F32 ? 4 : 8;
    const std::size_t blocks = (lanes + width - 1) / width;
    unsigned char* const data =
        memory.place(blocks * width * steps * batch * p.n_units * real, real, variant_.at_end);
    unsigned char* at = data;
    for (std::size_t b = 0; b < blocks; ++b)
        for (std::size_t t = 0; t < steps; ++t)
            for (std::size_t row = 0; row < batch * p.n_units; ++row)
                for (std::size_t l = b * width; l < (b + 1) * width; ++l, at += real) {
                    const std::uint64_t step = p.fixed ? 0 : first + t;
                    const std::uint64_t lane = p.shared || l >= lanes ? kAllLanes : lane_of(l);
                    const std::uint64_t seed =
                        mix(mix(mix(program_.seed, population), lane), step * 100000 + row);
                    double x = l >= lanes ? std::nan("") : number(seed);
                    if (program_.wild_inputs && seed % 512 == 0 && l < lanes)
                        x = wild_number(seed);
                    const float single = float(x);
                    if (real == 4)
                        std::memcpy(at, &single, real);
                    else
                        std::memcpy(at, &x, real);
                }
    return {info_.precision, CARVE_STREAM_BLOCKS, blocks * width * steps * batch * p.n_units, data};
}

const double* Run::targets(const Call& call, const carve_loss& loss) {
    if (loss.projection >= model_.projections.size() || loss.kind > CARVE_LOSS_DECORRELATION)
        return nullptr;
    const std::size_t pre = model_.n_pre(loss.projection), post = model_.n_post(loss.projection);
    const bool square = loss.kind == CARVE_LOSS_DECORRELATION;
    const std::size_t rows = square ? pre : post;
    const std::size_t lanes = loss.target_shared ? 1 : variant_.lanes.size();
    auto* const out = reinterpret_cast<double*>(
        arena_.target.place(rows * pre * lanes * sizeof(double), sizeof(double), variant_.at_end));
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < pre; ++j)
            for (std::size_t l = 0; l < lanes; ++l) {
                const std::uint64_t lane = loss.target_shared ? kAllLanes : lane_of(l);
                const std::size_t low = square && j < i ? j : i, high = square && j < i ? i : j;
                const double x = number(mix(mix(call.seed, lane), low * pre + high));
                out[(i * pre + j) * lanes + l] =
                    loss.kind == CARVE_LOSS_SUBSPACE ? double(i == j) : x;
            }
    return out;
}

void Run::losses(const Call& call) {
    carve_loss loss = call.loss_of;
    loss.target = targets(call, loss);
    loss_value(call, loss);
    expect_unchanged("carve_sim_loss, _loss_slopes or _chain");
    residuals(call, loss);
    expect_unchanged("carve_sim_residuals");
    eliminate(call);
    arena_.value.check("around a loss");
    arena_.derivative.check("around its derivatives");
}

void Run::loss_value(const Call& call, const carve_loss& loss) {
    const std::size_t lanes = variant_.lanes.size(), n = info_.n_coefficients;
    const auto doubles = [&](Guarded& in, std::size_t count) {
        return reinterpret_cast<double*>(
            in.place(count * sizeof(double), sizeof(double), variant_.at_end));
    };
    double* const value = doubles(arena_.value, lanes);
    double* out = doubles(arena_.derivative, n * lanes);
    carve_status status[4];
    {
        const InMode mode(variant_.modes ? call.mode : Mode::usual);
        status[0] = carve_sim_loss(sim_, &loss, value, nullptr, nullptr);
        status[1] = carve_sim_loss(sim_, &loss, value, out, nullptr);
    }
    if (status[0] == CARVE_OK)
        keep_by_lane(kValue, value, 1);
    if (status[1] == CARVE_OK)
        keep_by_lane(kGradient, out, n);
    arena_.derivative.check("around a gradient");
    status[2] = status[3] = CARVE_E_RANGE;
    if (loss.projection < model_.projections.size()) {
        const std::size_t weights =
            std::size_t{model_.n_post(loss.projection)} * model_.n_pre(loss.projection);
        out = doubles(arena_.derivative, weights * lanes);
        std::memset(out, 0, weights * lanes * sizeof(double));
        {
            const InMode mode(variant_.modes ? call.mode : Mode::usual);
            status[2] = carve_sim_loss_slopes(sim_, &loss, value, out, nullptr);
        }
        if (status[2] == CARVE_OK)
            keep_by_lane(kSlopes, out, weights);
        std::vector<double> gradient(n * lanes + 1);
        status[3] = carve_sim_chain(sim_, loss.projection, out, gradient.data(), nullptr);
        if (status[3] == CARVE_OK)
            keep_by_lane(kChain, gradient.data(), n);
    }
    for (const carve_status s : status)
        if (s != CARVE_OK && !refused(s))
            fail("%s: a loss: %s", variant_.name, carve_status_string(s));
    if (loss.kind >= CARVE_LOSS_RATE && status[2] == CARVE_OK)
        fail("%s: slopes of a loss that is not one of weights", variant_.name);
    keep(kStatus, 1, kAllLanes, {std::uint64_t(status[0]), std::uint64_t(status[2])});
}

void Run::residuals(const Call& call, const carve_loss& loss) {
    const std::size_t lanes = variant_.lanes.size(), coefficients = info_.n_coefficients;
    std::size_t n = 0;
    if (carve_sim_residuals(sim_, &loss, &n, nullptr, nullptr, nullptr) != CARVE_OK)
        return;
    const std::size_t bytes = n * lanes * sizeof(double);
    if (bytes * (coefficients + 1) > arena_.derivative.capacity())
        return;
    auto* const r =
        reinterpret_cast<double*>(arena_.value.place(bytes, sizeof(double), variant_.at_end));
    auto* const jacobian = reinterpret_cast<double*>(
        arena_.derivative.place(bytes * coefficients, sizeof(double), variant_.at_end));
    const InMode mode(variant_.modes ? call.mode : Mode::usual);
    if (carve_sim_residuals(sim_, &loss, &n, r, nullptr, nullptr) == CARVE_OK)
        keep_by_lane(kResiduals, r, n);
    if (carve_sim_residuals(sim_, &loss, &n, r, jacobian, nullptr) == CARVE_OK)
        keep_by_lane(kJacobian, jacobian, n * coefficients);
}

// Of each population, and of one that there is not.
void Run::eliminate(const Call& call) {
    const std::size_t lanes = variant_.lanes.size(), n = info_.n_coefficients;
    std::size_t K = 0;
    for (const flat::Rule& r : model_.rules)
        K += flat::n_coefficients_of(r);
    for (std::uint32_t i = 0; i <= model_.populations.size(); ++i) {
        const std::size_t units = i < model_.populations.size() ? model_.populations[i].n_units : 0,
                          rows = 1 + K + K * K + units * (n - K);
        if (rows * lanes * sizeof(double) > arena_.derivative.capacity())
            continue;
        auto* const value = reinterpret_cast<double*>(arena_.derivative.place(
            rows * lanes * sizeof(double), sizeof(double), variant_.at_end));
        double *const gradient = value + lanes, *const matrix = gradient + K * lanes;
        carve_status status;
        {
            const InMode mode(variant_.modes ? call.mode : Mode::usual);
            status = carve_sim_eliminate(sim_, i, double(call.seed % 2), nullptr, value, gradient,
                                         matrix, matrix + K * K * lanes, nullptr);
        }
        if (status != CARVE_OK && !refused(status))
            fail("%s: carve_sim_eliminate: %s", variant_.name, carve_status_string(status));
        arena_.derivative.check("around a reduced gradient");
        if (status == CARVE_OK)
            keep_by_lane(kEliminated, value, rows);
    }
}

void Run::adjoint(const Call& call) {
    const std::size_t lanes = variant_.lanes.size();
    std::vector<std::vector<double>> slopes(model_.projections.size());
    const double* pointers[64] = {};
    bool any_plastic = false;
    for (std::size_t k = 0; k < slopes.size(); ++k) {
        if (!model_.plastic(model_.projections[k]))
            continue;
        any_plastic = true;
        if (mix(call.seed, k) % 4 == 0)
            continue;
        for (std::size_t e = 0; e < std::size_t{model_.n_post(k)} * model_.n_pre(k); ++e)
            for (std::size_t l = 0; l < lanes; ++l)
                slopes[k].push_back(number(mix(mix(call.seed, k), e * 4096 + lane_of(l))));
        pointers[k] = slopes[k].data();
    }
    auto* const gradient = reinterpret_cast<double*>(arena_.derivative.place(
        info_.n_coefficients * lanes * sizeof(double), sizeof(double), variant_.at_end));
    const bool possible = variant_.gradient == CARVE_GRADIENT_ADJOINT;
    const std::vector<carve_stream> given =
        possible ? inputs(call, 0, info_.steps) : std::vector<carve_stream>();
    const carve_step all = steps(given, info_.steps);
    carve_status status;
    {
        const InMode mode(variant_.modes ? call.mode : Mode::usual);
        status = carve_sim_adjoint(sim_, &all, pointers, gradient, nullptr);
    }
    const bool nothing_to_derive = possible && status == CARVE_E_UNAVAILABLE && !any_plastic;
    expect(nothing_to_derive || status == (possible ? CARVE_OK : CARVE_E_UNAVAILABLE),
           "carve_sim_adjoint", status);
    if (status != CARVE_OK)
        return expect_unchanged("an adjoint that was refused");
    keep_by_lane(kAdjoint, gradient, info_.n_coefficients);
    arena_.derivative.check("around a gradient");
    read_arrays();
}

carve_status Run::misused(const Call& call) {
    carve_loss loss = call.loss_of;
    double x[64] = {};
    loss.target = x;
    carve_recorder recorder{sizeof(carve_recorder), 0, nullptr, 1, 0, 0, 0};
    carve_step step = steps({}, 1);
    carve_view view;
    switch (call.misuse_of) {
    case 0:
        step = steps({}, ~std::uint64_t{0} - call.seed % 2);
        return carve_sim_step(info_.steps >= 2 ? sim_ : nullptr, &step, nullptr);
    case 1:
        return carve_sim_view(sim_, std::uint32_t(view_rows().size() + call.seed % 3), 0, &view,
                              nullptr);
    case 2:
        return carve_sim_view(sim_, std::uint32_t(call.seed % view_rows().size()), 64, &view,
                              nullptr);
    case 3:
        loss.kind = 6 + std::uint32_t(call.seed % 3);
        return carve_sim_loss(sim_, &loss, x, nullptr, nullptr);
    case 4:
        loss.struct_size -= 1 + std::uint32_t(call.seed % 40);
        return carve_sim_loss_slopes(sim_, &loss, x, x, nullptr);
    case 5:
        loss.projection = std::uint32_t(model_.projections.size());
        return carve_sim_loss(sim_, &loss, x, nullptr, nullptr);
    case 6:
        return carve_sim_step(sim_, nullptr, nullptr);
    case 7:
        step.recorder = &recorder;
        return carve_sim_step(sim_, &step, nullptr);
    case 8:
        step.n_steps = info_.steps + 1;
        return carve_sim_adjoint(sim_, &step, nullptr, x, nullptr);
    case 9:
        return carve_sim_chain(sim_, std::uint32_t(model_.projections.size()), x, x, nullptr);
    case 10:
        return carve_sim_attach(block_, bytes_ - 1 - call.seed % bytes_, &sim_, nullptr);
    case 11:
        return carve_sim_attach(block_ + 1 + call.seed % 63, bytes_ - 64, &sim_, nullptr);
    case 12:
        return carve_sim_init(block_, bytes_ - 1, model_.description(), &sim_, nullptr);
    default:
        return carve_sim_view(nullptr, 0, 0, &view, nullptr);
    }
}

void Run::misuse(const Call& call) {
    carve_sim* const sim = sim_;
    if (misused(call) == CARVE_OK)
        fail("%s: misuse %u succeeded", variant_.name, call.misuse_of);
    if (sim != sim_)
        fail("%s: misuse %u moved the sim", variant_.name, call.misuse_of);
    expect_unchanged("a call that failed");
}

} // namespace nets
