// carve bench: the headline layer (100 inputs, one neuron, 32 replicas, 27 coefficients) on this
// machine, for every instruction set and width of a lane block, beside the roof.
#include "host.hpp"
#include "json.hpp"
#include "output.hpp"
#include "verbs.hpp"

#include "measure/peak.hpp"
#include "setup.hpp"

#include <algorithm>
#include <carve.h>
#include <ctime>
#include <fmt/format.h>

namespace carve::cli {
namespace {

enum class Kind { value, sensitivities, adjoint };
constexpr Kind kKinds[] = {Kind::value, Kind::sensitivities, Kind::adjoint};
constexpr std::uint32_t kPrecisions[] = {CARVE_F32, CARVE_F64};
constexpr std::uint32_t kLaneBytes[] = {32, 64};

const char* name_of(Kind kind) {
    return kind == Kind::value           ? "value"
           : kind == Kind::sensitivities ? "sensitivities"
                                         : "adjoint";
}
const char* name_of_precision(std::uint32_t precision) {
    return precision == CARVE_F32 ? "float" : "double";
}

struct Measured {
    ::bench::Case layer;
    Kind kind;
    double nanoseconds; // for one synapse of one replica in one step
    double flops() const { return 1e9 * layer.flops_per_synapse_step() / nanoseconds; }
};

// The least processor time of a run: interruptions only ever add to it.
Measured measure(const ::bench::Case& c, Kind kind, double seconds) {
    ::bench::Layer layer(c);
    double least = 1e9, spent = 0;
    do {
        const std::clock_t start = std::clock();
        if (!layer.run() || (c.adjoint && !layer.sweep()))
            throw Error(Exit::internal, "the layer of carve bench failed: " + c.name());
        const double taken = double(std::clock() - start) / CLOCKS_PER_SEC;
        least = std::min(least, taken);
        spent += taken;
    } while (spent < seconds);
    return {c, kind, 1e9 * least / c.synapse_steps()};
}

std::vector<Measured> measure_all(std::uint32_t precision, double seconds) {
    std::vector<Measured> all;
    for (std::uint32_t isa = CARVE_ISA_SOFTFMA; isa <= CARVE_ISA_NEON; ++isa) {
        if (carve_isa_usable(isa) != 1)
            continue;
        for (const std::uint32_t lane_bytes : kLaneBytes)
            for (const Kind kind : kKinds) {
                ::bench::Case c;
                c.precision = precision;
                c.isa = isa;
                c.lane_bytes = lane_bytes;
                c.coefficients = kind == Kind::value ? 0 : 27;
                c.adjoint = kind == Kind::adjoint;
                if (isa == CARVE_ISA_SOFTFMA)
                    c.steps = 10; // about a hundred times slower
                all.push_back(measure(c, kind, seconds));
            }
    }
    return all;
}

const Measured& fastest(const std::vector<Measured>& all, Kind kind) {
    const Measured* best = nullptr;
    for (const Measured& m : all)
        if (m.kind == kind && (!best || m.nanoseconds < best->nanoseconds))
            best = &m;
    return *best;
}

// Bytes that a lane block goes over again and again, without and with sensitivities.
std::vector<std::size_t> working_sets() {
    ::bench::Case value, gradient;
    value.coefficients = 0;
    return {::bench::Layer(value).bytes_per_block(), ::bench::Layer(gradient).bytes_per_block()};
}

std::string table(std::uint32_t precision, const std::vector<Measured>& all) {
    const double peak = ::bench::fma_peak(precision);
    std::string out = fmt::format("{:11} {:>10}", name_of_precision(precision), "lane bytes");
    for (const Kind kind : kKinds)
        out += fmt::format(" {:>20}", name_of(kind));
    for (std::size_t i = 0; i < all.size(); ++i) {
        const Measured& m = all[i];
        if (m.kind == Kind::value)
            out += fmt::format("\n  {:9} {:>10}", carve_isa_name(m.layer.isa), m.layer.lane_bytes);
        const std::string share =
            peak > 0 ? fmt::format("{:3.0f} %", 100 * m.flops() / peak) : std::string();
        out += fmt::format(" {:>11.3g} ns {:>5}", m.nanoseconds, share);
    }
    for (const Kind kind : kKinds) {
        const Measured& m = fastest(all, kind);
        out += fmt::format("\n  fastest {}: {}, {} lane bytes", name_of(kind),
                           carve_isa_name(m.layer.isa), m.layer.lane_bytes);
    }
    return out + "\n";
}

Json cases_json(const std::vector<Measured>& all) {
    Json cases = Json::array();
    for (const Measured& m : all)
        cases.push_back({{"precision", name_of_precision(m.layer.precision)},
                         {"isa", carve_isa_name(m.layer.isa)},
                         {"lane_bytes", m.layer.lane_bytes},
                         {"kind", name_of(m.kind)},
                         {"ns_per_synapse_step", m.nanoseconds},
                         {"flop_per_s", m.flops()},
                         {"fastest", &fastest(all, m.kind) == &m}});
    return cases;
}

} // namespace

Exit bench(double seconds, bool json) {
    std::string text = fmt::format("carve {}\nbuild {}\none thread; ns: per synapse, replica and "
                                   "step; %: of the multiply-add peak\n",
                                   carve_version(), build_text());
    Json document{{"carve", carve_version()}, {"build", build_text()}},
        cases = Json::array(), peaks, reads = Json::array(), updates = Json::array();
    for (const std::size_t bytes : working_sets()) {
        const auto [read, update] = ::bench::bandwidth_of(bytes);
        reads.push_back({{"bytes", bytes}, {"bytes_per_s", read}});
        updates.push_back({{"bytes", bytes}, {"bytes_per_s", update}});
        text += fmt::format("{:.0f} KiB: reading {:.0f} GB/s, updating {:.0f} GB/s each way\n",
                            double(bytes) / 1024, 1e-9 * read, 1e-9 * update);
    }
    for (const std::uint32_t precision : kPrecisions) {
        const std::vector<Measured> all = measure_all(precision, seconds);
        const double peak = ::bench::fma_peak(precision);
        peaks[name_of_precision(precision)] = peak;
        text += fmt::format("\nmultiply-add peak, {}: {:.1f} Gflop/s\n",
                            name_of_precision(precision), 1e-9 * peak) +
                table(precision, all);
        for (Json& one : cases_json(all))
            cases.push_back(std::move(one));
    }
    document["fma_flop_per_s"] = peaks;
    document["read_bandwidth"] = reads;
    document["update_bandwidth"] = updates;
    document["cases"] = cases;
    print(json ? dump(document, 2) : text);
    return Exit::ok;
}

} // namespace carve::cli
