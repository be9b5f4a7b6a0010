// carve rules: the presets.
#include "json.hpp"
#include "output.hpp"
#include "rule.hpp"
#include "suggest.hpp"
#include "verbs.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

Json preset_json(const Preset& preset) {
    const auto list = [](const std::vector<Term>& terms) {
        Json json = Json::array();
        for (const Term& t : terms)
            if (t.spike)
                json.push_back({{"name", monomial(t)}, {"theta", t.theta}});
            else
                json.push_back({{"x", t.x}, {"y", t.y}, {"w", t.w}, {"theta", t.theta}});
        return json;
    };
    return {{"name", preset.name},
            {"equation", preset.equation},
            {"note", preset.note},
            {"expressible", !preset.terms.empty()},
            {"terms", list(preset.terms)},
            {"lateral", list(preset.lateral)},
            {"presynaptic", preset.presynaptic},
            {"eta", preset.eta > 0 ? Json(preset.eta) : Json(nullptr)}};
}

std::string preset_table() {
    std::size_t width = 0;
    for (const Preset& p : presets())
        width = std::max(width, p.name.size());
    std::string out =
        "rules (x: presynaptic rate, y: postsynaptic rate, w: weight; at spikes, pre and "
        "post: what a\npre- or postsynaptic spike adds to w, x and y: traces, r and o: their "
        "second "
        "traces)\n";
    for (const bool expressible : {true, false}) {
        if (!expressible)
            out += "\nknown, but not simulated here\n";
        for (const Preset& p : presets())
            if (p.terms.empty() != expressible)
                out += fmt::format("  {:{}} {}\n  {:{}} {}\n", p.name, width, p.equation, "", width,
                                   p.note);
    }
    return out;
}

} // namespace

Exit rules(const std::string& name, bool json) {
    if (name.empty()) {
        Json list = Json::array();
        for (const Preset& preset : presets())
            list.push_back(preset_json(preset));
        print(json ? dump(list, 2) : preset_table());
        return Exit::ok;
    }
    const Preset* preset = find_preset(name);
    if (!preset) {
        std::vector<std::string> names;
        for (const Preset& p : presets())
            names.push_back(p.name);
        throw Error(Exit::usage, "there is no preset '" + name + "'",
                    did_you_mean(name, names, "carve rules lists them"));
    }
    if (json) {
        print(dump(preset_json(*preset), 2));
        return Exit::ok;
    }
    print("# " + preset->equation + "\n# " + preset->note + "\n" + to_toml(load_rule(name)));
    return Exit::ok;
}

} // namespace carve::cli
