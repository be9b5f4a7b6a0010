#include "names.hpp"

#include "element.hpp"
#include "paths.hpp"

#include <cmath>
#include <set>

namespace carve::cli::task {
namespace {

template <class T> std::vector<std::string> names_of(const std::vector<T>& elements) {
    std::vector<std::string> names;
    for (const T& element : elements)
        names.push_back(element.name);
    return names;
}

template <class T> const T* find(const std::vector<T>& elements, const std::string& name) {
    for (const T& element : elements)
        if (element.name == name)
            return &element;
    return nullptr;
}

std::string before_dot(const std::string& text) { return text.substr(0, text.find('.')); }
std::string after_dot(const std::string& text) {
    const std::size_t dot = text.find('.');
    return dot == std::string::npos ? "" : text.substr(dot + 1);
}

class References {
  public:
    References(const Task& task, Faults& faults) : task_(task), faults_(faults) {}

    void check() {
        if (task_.populations.empty())
            faults_.add({task_.file, 0, 0},
                        "there is no [population.NAME]: a task needs a network");
        for (const Population& p : task_.populations)
            population(p);
        for (const Projection& p : task_.projections)
            projection(p);
        for (const Rule& r : task_.rules)
            rule(r);
        for (const Phase& p : task_.phases)
            phase(p);
        for (const Measure& m : task_.losses)
            measure(m, "loss");
        for (const Measure& m : task_.probes)
            measure(m, "probe");
        settings();
        unused();
    }

  private:
    void add(const Place& place, const std::string& message, const std::string& help = {}) {
        faults_.add(place, message, help);
    }
    // At the key, where the text has it, else at its table.
    void add_at(const std::string& path, const Place& table, const std::string& message,
                const std::string& help = {}) {
        const auto at = task_.places.find(path);
        faults_.add(at == task_.places.end() ? table : at->second, message, help);
    }

    void needs(const Place& place, const std::string& where, const std::string& name,
               const std::vector<std::string>& known, const char* what) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            add_at(
                where, place,
                fmt::format("{} = {}: there is no {} of that name", where, toml_text(name), what),
                did_you_mean(name, known,
                             known.empty() ? ""
                                           : fmt::format("there are: {}", fmt::join(known, ", "))));
    }

    // A data column, "session.x", or all of a data table, "x".
    void column(const Place& place, const std::string& where, const std::string& name) {
        if (name.empty())
            return;
        used_data_.insert(before_dot(name));
        needs(place, where, before_dot(name), names_of(task_.data), "[data.NAME]");
    }

    // A data column, or "population.NAME".
    void source(const Place& place, const std::string& where, const std::string& name) {
        if (before_dot(name) == "population" && !after_dot(name).empty()) {
            read_populations_.insert(before_dot(after_dot(name)));
            needs(place, where, before_dot(after_dot(name)), names_of(task_.populations),
                  "[population.NAME]");
        } else {
            column(place, where, name);
        }
    }

    void draw(const Place& place, const std::string& where, const Draw& value) {
        if (const auto* from = std::get_if<Column>(&value.from))
            column(place, where, from->name);
    }

    void unit_range(const Place& place, const std::string& where, const std::string& name) {
        const std::vector<std::string> known = names_of(task_.populations);
        const Population* p = find(task_.populations, before_dot(name));
        if (name.empty())
            add(place, where + " is needed", "the name of a population");
        else if (!p)
            needs(place, where, before_dot(name), known, "population");
        else if (!after_dot(name).empty() && !find(p->groups.named, after_dot(name)))
            add_at(where, place,
                   fmt::format("{} = {}: [population.{}] has no group '{}'", where, toml_text(name),
                               p->name, after_dot(name)),
                   did_you_mean(after_dot(name), names_of(p->groups.named)));
    }

    void population(const Population& p) {
        const std::string path = "population." + p.name;
        if (p.kind == PopulationKind::input && p.data.empty() && !p.value)
            add(p.place, fmt::format("[{}] needs data or a value", path));
        if (!p.data.empty() && p.value)
            add(p.place, fmt::format("[{}] has both data and a value", path));
        column(p.place, path + ".data", p.data);
        source(p.place, path + ".clamp", p.clamp);
        if (p.rate)
            draw(p.place, path + ".rate", *p.rate);
        if (p.signal && !p.signal->of.empty())
            needs(p.place, path + ".signal.of", p.signal->of, names_of(task_.populations),
                  "population");
        const std::uint64_t units = p.units.value_or(0);
        if (units > 0 && p.groups.equal > 0 && units % p.groups.equal != 0)
            add_at(
                path + ".groups", p.place,
                fmt::format("{}: {} groups do not divide {} units", path, p.groups.equal, units));
        for (const Group& group : p.groups.named)
            if (units > 0 && group.end > units)
                add_at(path + ".groups", p.place,
                       fmt::format("{}.groups.{} ends at unit {}, beyond the {} units", path,
                                   group.name, group.end, units));
    }

    void projection(const Projection& p) {
        const std::string path = "projection." + p.name;
        unit_range(p.place, path + ".from", p.from);
        unit_range(p.place, path + ".to", p.to);
        read_populations_.insert(before_dot(p.from));
        read_populations_.insert(before_dot(p.to)); // of recorded spikes on both sides
        if (const auto* of = std::get_if<Draw>(&p.weights.of))
            draw(p.place, path + ".weights", *of);
        column(p.place, path + ".connect.data", p.connect.data);
        if (p.rule)
            for (const std::string& name : p.rule->of) {
                used_rules_.insert(name);
                needs(p.place, path + ".rule", name, names_of(task_.rules), "rule");
            }
        else if (find(task_.rules, p.name))
            used_rules_.insert(p.name);
        for (const Factor& factor : p.factors.of)
            of_factor(p.place, fmt::format("{}.factors.{}", path, factor.name), factor);
        if (p.w_min.value_or(-kInfinity) >= p.w_max.value_or(kInfinity))
            add_at(path + ".w_min", p.place,
                   fmt::format("{}: w_min = {} needs to be below w_max = {}", path, *p.w_min,
                               *p.w_max));
        if (p.factors.of.size() > 0 && !p.rule && !find(task_.rules, p.name))
            add_at(path + ".factors", p.place,
                   fmt::format("{}.factors has no effect: no rule reads them", path));
    }

    void of_factor(const Place& place, const std::string& where, const Factor& factor) {
        static const std::vector<std::string> own = {
            "x", "y", "w", "x1", "x2", "y1", "y2", "residual", "residual_below"};
        if (std::find(own.begin(), own.end(), factor.of) == own.end())
            source(place, where, factor.of);
    }

    void rule(const Rule& r) {
        const std::string path = "rule." + r.name;
        for (const Factor& factor : r.factors.of)
            of_factor(r.place, fmt::format("{}.factors.{}", path, factor.name), factor);
        if (r.modulator)
            of_factor(r.place, path + ".modulator", *r.modulator);
        column(r.place, path + ".when", r.when);
        if (!used_rules_.count(r.name))
            add(r.place, fmt::format("[{}] has no effect: no projection uses it", path),
                did_you_mean(r.name, names_of(task_.projections),
                             "a projection of its name does, or one that says rule = \"" + r.name +
                                 "\""));
    }

    void phase(const Phase& p) {
        const std::string path = "phase." + p.name;
        for (const auto& [key, name] :
             {std::pair("after", p.after), std::pair("after_each", p.after_each)})
            if (!name.empty())
                needs(p.place, path + "." + key, name, names_of(task_.phases), "phase");
        if (!p.after.empty() && !p.after_each.empty())
            add(p.place, fmt::format("[{}] has both after and after_each", path));
        if (p.duration.of.size() > 1 && p.duration.of.size() != p.repeat)
            add_at(path + ".duration", p.place,
                   fmt::format("{}.duration has {} values for repeat = {}", path,
                               p.duration.of.size(), p.repeat));
        if (p.duration.of.empty())
            add(p.place, fmt::format("[{}] needs a duration", path));
        if (p.plastic.projections)
            for (const std::string& name : *p.plastic.projections)
                needs(p.place, path + ".plastic", name, names_of(task_.projections), "projection");
    }

    void measure(const Measure& m, const char* table) {
        const std::string path = fmt::format("{}.{}", table, m.name);
        if (m.of.of.empty())
            add(m.place, fmt::format("[{}] does not say what it measures", path));
        for (const std::string& name : m.of.of)
            measured(m, path, name);
        for (const std::string& name : m.when.of)
            needs(m.place, path + ".when", name, names_of(task_.phases), "phase");
        for (const auto& [key, name] : {std::pair("to", m.to), std::pair("mask", m.mask)})
            if (!name.empty())
                source(m.place, path + "." + key, name);
        if (const auto* name = std::get_if<std::string>(&m.noise.of))
            if (*name != "estimated")
                column(m.place, path + ".noise", *name);
        if (m.accept && std::isinf(m.accept->low) && std::isinf(m.accept->high))
            add_at(path + ".accept", m.place,
                   fmt::format("{}.accept has no effect: every number is in it", path));
        const bool labelled =
            m.kind == MeasureKind::selectivity; // `to` says which pattern is shown
        if (!m.to.empty() && m.target && !labelled)
            add(m.place, fmt::format("[{}] has both to and target", path));
    }

    void measured(const Measure& m, const std::string& path, const std::string& name) {
        const std::string head = before_dot(name);
        if (head == "loss" || head == "probe") {
            needs(m.place, path + ".of", after_dot(name),
                  names_of(head == "loss" ? task_.losses : task_.probes), head.c_str());
            return;
        }
        std::vector<std::string> known = names_of(task_.populations);
        for (const std::string& projection : names_of(task_.projections))
            known.push_back(projection);
        read_populations_.insert(head);
        const bool is_there = std::find(known.begin(), known.end(), head) != known.end();
        needs(m.place, path + ".of", is_there ? head : name, known, "population or projection");
    }

    // The data that what it sets names.
    void columns(const Setting& s) {
        for (const TomlValue& value : s.value.list() ? *s.value.list() : TomlList{s.value})
            if (const auto* text = std::get_if<std::string>(&value.value))
                if (find(task_.data, before_dot(*text)))
                    used_data_.insert(before_dot(*text));
    }

    void accepted(const std::string& table, const Place& place, const Accept& accept) {
        for (const std::string& name : accept.probes)
            needs(place, table + ".accept", name, names_of(task_.probes), "probe");
    }

    void settings() {
        for (const Setting& s : task_.trials.vary.of) {
            columns(s);
            check_path(task_, s, SetBy::vary, faults_);
        }
        for (const TrialSet& set : task_.trials.sets)
            for (const Setting& s : set.vary.of) {
                columns(s);
                check_path(task_, s, SetBy::vary, faults_);
            }
        for (const Phase& phase : task_.phases)
            for (const Setting& s : phase.set.of) {
                if (const auto* text = std::get_if<std::string>(&s.value.value))
                    column(s.value.place, s.path, *text);
                check_path(task_, s, SetBy::phase, faults_);
            }
        for (const Stage& stage : task_.stages) {
            for (const Setting& s : stage.set.of) {
                columns(s);
                check_path(task_, s, SetBy::stage, faults_);
            }
            accepted("search.stage." + stage.name, stage.place, stage.search.accept);
        }
        accepted("search", {}, task_.search.accept);
        for (const Setting& s : task_.search.parameters.of)
            check_path(task_, s, SetBy::search, faults_);
        if (!task_.trials.from.empty())
            column(task_.place_of("trials.from"), "trials.from", task_.trials.from);
    }

    void data(const Data& d) {
        using K = DataKind;
        const bool file = d.kind == K::file || d.kind == K::spikes;
        const std::vector<std::pair<const char*, bool>> needed = {
            {"spectrum",
             d.kind == K::gaussian && d.spectrum.eigenvalues.empty() && !d.spectrum.drawn},
            {"path", file && d.path.empty()},
            {"streams", d.kind == K::spikes && d.streams.empty()},
            {"active", d.kind == K::patterns && !d.active.value},
            {"units", d.kind == K::patterns && d.units == 0},
            {"lag", d.kind == K::pairing && !d.lag},
            {"frequency", d.kind == K::pairing && !d.frequency},
            {"of", d.kind == K::bandit && d.of.empty()},
            {"blocks", d.kind == K::bandit && d.blocks.empty()}};
        for (const auto& [key, missing] : needed)
            if (missing)
                add(d.place,
                    fmt::format("[data.{}] of kind = \"{}\" needs {}", d.name, word_of(d.kind),
                                key),
                    std::string(key) == "spectrum"
                        ? "spectrum = [1, 0.5, 0], an eigenvalue per unit"
                    : std::string(key) == "path" ? "path = \"data.csv\""
                                                 : "");
    }

    // What nothing refers to has no effect.
    void unused() {
        for (const Data& d : task_.data) {
            data(d);
            for (const auto& [key, value] :
                 {std::pair("lag", d.lag), std::pair("frequency", d.frequency)})
                if (value)
                    draw(d.place, fmt::format("data.{}.{}", d.name, key), *value);
        }
        for (const Data& d : task_.data)
            if (!used_data_.count(d.name))
                add(d.place, fmt::format("[data.{}] has no effect: nothing uses it", d.name));
        for (const Population& p : task_.populations)
            if (p.kind == PopulationKind::input && !read_populations_.count(p.name))
                add(p.place,
                    fmt::format("[population.{}] has no effect: nothing reads this input", p.name),
                    "a projection from it, a factor, a gate, a loss or a probe does");
    }

    const Task& task_;
    Faults& faults_;
    std::set<std::string> used_rules_, used_data_, read_populations_;
};

} // namespace

void check_names(const Task& task, Faults& faults) { References(task, faults).check(); }

} // namespace carve::cli::task
