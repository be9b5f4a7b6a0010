#include "paths.hpp"

#include "element.hpp"

namespace carve::cli::task {
namespace {

std::vector<std::string> split(const std::string& path) {
    std::vector<std::string> words(1);
    for (const char c : path)
        if (c == '.')
            words.emplace_back();
        else
            words.back() += c;
    return words;
}

class PathReader {
  public:
    PathReader(const Setting& setting, Faults& faults) : setting_(setting), faults_(faults) {}

    bool refuse(const std::string& message, const std::string& help = {}) {
        faults_.add(setting_.value.place, fmt::format("{}: {}", toml_text(setting_.path), message),
                    help);
        return false;
    }

    // Calls act(schema, element, path) with what the path leads to; false, with a fault, if it leads
    // nowhere.
    template <class Act> bool follow(Task& task, Act&& act) {
        const std::vector<std::string> words = split(setting_.path);
        const auto in = [&](const char* table) { return words[0] == table; };
        if (in("population"))
            return named(schema<Population>(), task.populations, words, act);
        if (in("projection"))
            return named(schema<Projection>(), task.projections, words, act);
        if (in("rule"))
            return named(schema<Rule>(), task.rules, words, act);
        if (in("data"))
            return named(schema<Data>(), task.data, words, act);
        if (in("phase"))
            return named(schema<Phase>(), task.phases, words, act);
        if (in("loss"))
            return named(loss_schema(), task.losses, words, act);
        if (in("probe"))
            return named(probe_schema(), task.probes, words, act);
        if (in("simulation"))
            return single(schema<Simulation>(), task.simulation, words, act);
        if (in("trials"))
            return single(schema<Trials>(), task.trials, words, act);
        return refuse("a path begins with the name of a table",
                      did_you_mean(words[0],
                                   {"population", "projection", "rule", "data", "phase", "loss",
                                    "probe", "simulation", "trials"},
                                   "for example \"population.E.rate\""));
    }

  private:
    template <class T, class Act>
    bool named(const Schema<T>& schema, std::vector<T>& elements,
               const std::vector<std::string>& words, Act&& act) {
        std::vector<std::string> names;
        for (T& element : elements) {
            names.push_back(element.name);
            if (words.size() < 2 || element.name != words[1])
                continue;
            return keyed(schema, element, {words.begin() + 2, words.end()}, act);
        }
        const std::string name = words.size() < 2 ? "" : words[1];
        return refuse(fmt::format("there is no [{}.{}]", words[0], name.empty() ? "NAME" : name),
                      did_you_mean(name, names));
    }

    template <class T, class Act>
    bool single(const Schema<T>& schema, T& element, const std::vector<std::string>& words,
                Act&& act) {
        return keyed(schema, element, {words.begin() + 1, words.end()}, act);
    }

    template <class T, class Act>
    bool keyed(const Schema<T>& schema, T& element, const std::vector<std::string>& rest,
               Act&& act) {
        const TableInfo& info = table_info(schema.table);
        const Field<T>* field = rest.empty() ? nullptr : schema.find(rest[0]);
        if (!field || rest[0] == "kind" || !field->key.is_of(kind_of(element)))
            return refuse(rest.empty() ? "which key?"
                                       : fmt::format("'{}' is no key that it leads to", rest[0]),
                          did_you_mean(rest.empty() ? "" : rest[0], info.names(kind_of(element))));
        return act(*field, element, std::vector<std::string>(rest.begin() + 1, rest.end()));
    }

    const Setting& setting_;
    Faults& faults_;
};

// The value of a key with one of its parts replaced.
TomlValue with_part(TomlValue whole, const std::vector<std::string>& parts,
                    const TomlValue& value) {
    if (parts.empty())
        return value;
    if (!whole.table())
        whole.value = TomlTable{};
    auto& members = std::get<TomlTable>(whole.value);
    const std::vector<std::string> rest(parts.begin() + 1, parts.end());
    for (TomlMember& member : members)
        if (member.key == parts[0]) {
            member.value = with_part(member.value, rest, value);
            return whole;
        }
    members.push_back({parts[0], value.place, with_part({}, rest, value)});
    return whole;
}

void put_at(TomlValue& value, const Place& place) {
    value.place = place;
    if (auto* table = std::get_if<TomlTable>(&value.value))
        for (TomlMember& member : *table) {
            member.key_place = place;
            put_at(member.value, place);
        }
    if (auto* list = std::get_if<TomlList>(&value.value))
        for (TomlValue& element : *list)
            put_at(element, place);
}

} // namespace

bool assign(Task& task, const Setting& setting, Faults& faults) {
    PathReader reader(setting, faults);
    return reader.follow(task, [&](const auto& field, auto& element, const auto& parts) {
        TomlValue whole = field.write(element).value_or(TomlValue{});
        whole = with_part(std::move(whole), parts, setting.value);
        put_at(whole, setting.value.place);
        return field.read(Slot{field.key, setting.path, whole, faults}, element);
    });
}

namespace {

const char* words_of(SetBy by) {
    return by == SetBy::phase ? "a phase" : by == SetBy::vary ? "trials" : "a search";
}

// Only vary takes a list of values, in turn; all others take one value.
std::vector<TomlValue> values_of(const Setting& setting, SetBy by) {
    const TomlList* list = setting.value.list();
    return by == SetBy::vary && list ? *list : std::vector<TomlValue>{setting.value};
}

bool is_draw(const TomlValue& value) {
    for (const char* part : {"uniform", "log_uniform", "mean", "sd", "choice", "data"})
        if (value.find(part))
            return true;
    return false;
}

} // namespace

bool check_path(const Task& task, const Setting& setting, SetBy by, Faults& faults) {
    Task copy = task;
    PathReader reader(setting, faults);
    const auto in_phase = [&](const auto& field, auto&, const auto&) {
        return by != SetBy::phase || field.key.in_phases ||
               reader.refuse(fmt::format("{} cannot set it", words_of(by)),
                             "what changes within a trial: rates, data, weights, gains, bounds, "
                             "learning rates, coefficients");
    };
    if (!reader.follow(copy, in_phase))
        return false;
    // A draw is tried with a number that it may give.
    for (TomlValue value : values_of(setting, by)) {
        if (is_draw(value) && by != SetBy::phase && by != SetBy::stage) {
            const Key key{setting.path, ""};
            Draw draw;
            if (!read_value(Slot{key, setting.path, value, faults}, draw))
                return false;
            if (const auto* uniform = std::get_if<Uniform>(&draw.from))
                value.value = uniform->high;
            else
                continue;
        }
        Task tried = task;
        if (!assign(tried, {setting.path, value}, faults))
            return false;
    }
    return true;
}

} // namespace carve::cli::task
