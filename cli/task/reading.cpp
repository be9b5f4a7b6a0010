#include "reading.hpp"

#include "rule_terms.hpp"
#include "spike_terms.hpp"
#include "suggest.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {

void Reading::unsupported(const Place& place, const std::string& what, const std::string& help) {
    faults_.add(place, what + " cannot be simulated yet", help);
}

void Reading::unless(bool supported, const Place& place, const std::string& what,
                     const std::string& help) {
    if (!supported)
        unsupported(place, what, help);
}

Place Reading::place_of(const std::string& path, const Place& table) const {
    const auto at = from_.places.find(path);
    return at != from_.places.end() ? at->second
           : table.file.empty()     ? Place{from_.file, 0, 0}
                                    : table;
}

std::string Reading::reference(const task::Rule& r, bool spikes) {
    std::vector<std::string> known;
    for (const Preset& preset : presets()) {
        const bool alone = preset.lateral.empty() && preset.presynaptic.empty();
        if (!preset.terms.empty() && alone && (preset.terms[0].spike != 0) == spikes)
            known.push_back(preset.name);
    }
    const bool good =
        r.reference.empty() || std::find(known.begin(), known.end(), r.reference) != known.end();
    if (!good && find_preset(r.reference))
        faults_.add(place_of("rule." + r.name + ".reference", r.place),
                    fmt::format("rule.{}.reference = {}: no angle can be measured to this preset",
                                r.name, toml_text(r.reference)),
                    fmt::format("one of {}", fmt::join(known, ", ")));
    else if (!good)
        faults_.add(
            place_of("rule." + r.name + ".reference", r.place),
            fmt::format("rule.{}.reference = {}: there is no preset of that name for {}", r.name,
                        toml_text(r.reference), spikes ? "spikes" : "rates"),
            did_you_mean(r.reference, known, fmt::format("there are {}", fmt::join(known, ", "))));
    return r.reference;
}

} // namespace carve::cli
