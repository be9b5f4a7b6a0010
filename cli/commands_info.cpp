// carve rules, info, new: what needs no simulation.
#include "atomic_file.hpp"
#include "commands.hpp"
#include "host.hpp"
#include "json.hpp"
#include "ranks.hpp"
#include "suggest.hpp"
#include "thread_pool.hpp"

#include <algorithm>
#include <carve.h>
#include <filesystem>
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
        "rules (x: presynaptic rate, y: postsynaptic rate, w: weight; of spikes, pre and "
        "post: what a\npre- or postsynaptic spike adds to w, x and y: traces, r and o: second "
        "traces of the same)\n";
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

Exit info(bool json) {
    Json sets = Json::array();
    std::string lines;
    for (const Isa& isa : instruction_sets()) {
        sets.push_back({{"name", isa.name}, {"compiled", isa.compiled}, {"usable", isa.usable}});
        lines += fmt::format("  {:8} {}\n", isa.name,
                             isa.usable     ? "usable"
                             : isa.compiled ? "compiled, not usable on this machine"
                                            : "not compiled");
    }
    const Task defaults;
    const std::string best = isa_to_use(defaults);
    const std::uint64_t threads = threads_to_use(defaults);
    const std::string mpi = mpi_library();
    if (json)
        print(dump(Json{{"carve", carve_version()},
                        {"abi", carve_abi_version()},
                        {"isa", best},
                        {"instruction_sets", sets},
                        {"threads", threads},
                        {"mpi", mpi.empty() ? Json(nullptr) : Json(mpi)},
                        {"build", build_text()}},
                   2));
    else
        print(fmt::format("carve {}\nABI {}\nbuild {}\nMPI {}\nthreads {}\ninstruction set {}\n{}",
                          carve_version(), carve_abi_version(), build_text(),
                          mpi.empty() ? "not compiled in" : mpi, threads, best, lines));
    return Exit::ok;
}

Exit new_task(const std::string& name, bool force) {
    namespace fs = std::filesystem;
    const fs::path path =
        fs::path(name).extension() == ".toml" ? fs::path(name) : fs::path(name + ".toml");
    const std::string stem = path.stem().string();
    const auto plain = [](unsigned char c) { return c > ' ' && c < 0x7F && c != '"' && c != '\\'; };
    if (!name_fault(stem).empty() || !std::all_of(stem.begin(), stem.end(), plain))
        throw Error(Exit::usage, "a task cannot be called '" + name + "'",
                    "letters, digits, - and _ make a name");
    if (!force && fs::exists(fs::symlink_status(path)))
        throw Error(Exit::usage, path.string() + " is there already", "--force replaces it");
    write_file_atomically(path.string(), new_task_toml(stem));
    print(path.string() + "\n");
    return Exit::ok;
}

} // namespace carve::cli
