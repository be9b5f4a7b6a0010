#include "trial_source.hpp"

#include "columns_used.hpp"
#include "components.hpp"
#include "error.hpp"
#include "paths.hpp"
#include "read_value.hpp"
#include "rule_factors.hpp"
#include "schedule.hpp"
#include "schema.hpp"
#include "table.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace carve::cli {
namespace {

constexpr std::uint64_t kStreams = 4503599627370496; // 2^52

// The values of one path of trials.vary: taken in turn, or drawn.
struct Varied {
    std::string path;
    std::vector<TomlValue> turns;
    task::Draw draw;
};

Varied varied(const task::Setting& setting, Faults& faults) {
    Varied out;
    out.path = setting.path;
    if (const TomlList* list = setting.value.list()) {
        out.turns = *list;
        return out;
    }
    const task::Key key{setting.path, ""};
    read_value(task::Slot{key, setting.path, setting.value, faults}, out.draw);
    return out;
}

} // namespace

struct TrialSource::Impl {
    std::uint64_t seed;
    std::map<std::string, std::unique_ptr<DataTable>> tables;
    std::map<std::string, std::set<std::string>> columns; // by table
    std::vector<std::string> warnings;
    // Of the search's last draw, by index: its data stay the same if only weights are drawn again.
    struct Kept {
        std::shared_ptr<const task::Task> described;
        std::uint64_t round = 0;
        std::map<std::uint64_t, decltype(Trial::columns)> columns;
    };
    mutable Kept last;
    // What varies of a description, and what was made of it for the trials drawn last: the next ones that
    // get the same values share the object, and with it a simulation.
    struct Made {
        std::shared_ptr<const task::Task> base;
        std::vector<Varied> all;
        std::map<std::string, std::shared_ptr<const task::Task>> before, now; // by values
    };
    mutable Made made;

    explicit Impl(const Task& task) : seed(task.run.seed) {
        fix_order_of_sums();
        for (const std::string& name : columns_used(task.described)) {
            const std::size_t dot = name.find('.');
            columns[name.substr(0, dot)].insert(dot == std::string::npos ? ""
                                                                         : name.substr(dot + 1));
        }
        for (const task::Data& d : task.described.data)
            if (const auto used = columns.find(d.name); used != columns.end())
                tables[d.name] =
                    make_table(d, task.described, {used->second.begin(), used->second.end()}, seed);
        for (const auto& entry : tables)
            for (const std::string& warning : entry.second->warnings())
                warnings.push_back(warning);
    }

    struct At {
        Role role;
        std::uint64_t round, weights_round, index;
    };

    Draws draws(const std::string& path, const At& at, std::uint64_t round) const {
        return Draws(seed, path, static_cast<std::uint64_t>(at.role), round, at.index);
    }

    void start(const std::shared_ptr<const task::Task>& base) const {
        made.before.clear();
        made.before.swap(made.now);
        if (made.base == base)
            return;
        made = {base, {}, {}, {}};
        Faults faults;
        for (const task::Setting& setting : base->trials.vary.of)
            made.all.push_back(varied(setting, faults));
        faults.raise(Exit::usage);
    }

    // The values of what varies, by the paths in trials.vary.
    std::vector<task::Setting> values(const At& at) const {
        std::vector<task::Setting> out = made.base->trials.vary.of;
        std::uint64_t turn = at.index; // lists are crossed, the first path slowest
        for (std::size_t i = out.size(); i-- > 0;) {
            const Varied& of = made.all[i];
            if (!of.turns.empty()) {
                out[i].value = of.turns[turn % of.turns.size()];
                turn /= of.turns.size();
            } else {
                Draws numbers = draws("vary." + of.path, at, at.round);
                out[i].value.value = drawn(of.draw, numbers);
            }
        }
        return out;
    }

    // The description with what varies put in, the same object for equal values.
    std::shared_ptr<const task::Task> described(const At& at, Trial& trial) const {
        if (made.all.empty())
            return made.base;
        const std::vector<task::Setting> settings = values(at);
        std::string key;
        for (const task::Setting& setting : settings) {
            trial.at.push_back(task::inline_toml(setting.value));
            key += trial.at.back() + ";";
        }
        std::shared_ptr<const task::Task>& kept = made.now[key];
        if (const auto known = made.before.find(key); !kept && known != made.before.end())
            kept = known->second;
        if (kept)
            return kept;
        auto copy = std::make_shared<task::Task>(*made.base);
        Faults faults;
        for (const task::Setting& setting : settings)
            assign(*copy, setting, faults);
        faults.raise(Exit::usage);
        kept = std::move(copy);
        return kept;
    }

    void draw_tables(const task::Task& task, const At& at, std::uint64_t steps,
                     Trial& trial) const {
        decltype(Trial::columns)* const keep = kept_columns(task, at, trial);
        if (keep && !keep->empty()) {
            trial.columns = *keep;
            return;
        }
        for (const task::Data& d : task.data) {
            const auto table = tables.find(d.name);
            if (table == tables.end())
                continue;
            DrawnFor of{seed,     at.role, at.round,
                        at.index, steps,   task.simulation.batch.samples == 0};
            if (d.redraw)
                of.round = *d.redraw == task::Redraw::iteration ? at.weights_round
                           : *d.redraw == task::Redraw::never   ? 0
                                                                : at.round;
            if (d.shared) {
                of.role = Role::search;
                of.round = of.index = 0;
            }
            for (auto& [name, values] : table->second->draw(d, of))
                trial.columns[name.empty() ? d.name : d.name + "." + name] =
                    std::make_shared<const RowMatrix>(std::move(values));
        }
        if (keep)
            *keep = trial.columns;
    }

    void draw_trains(const task::Task& task, const At& at, Trial& trial) const {
        for (const task::Data& d : task.data)
            if (const auto table = tables.find(d.name); table != tables.end())
                for (auto& [name, trains] :
                     table->second->draw_trains({seed, at.role, at.round, at.index, 0, false}))
                    trial.trains[d.name + "." + name] = trains;
    }

    // Where a trial's columns are kept; null where they are not.
    decltype(Trial::columns)* kept_columns(const task::Task& task, const At& at,
                                           const Trial& trial) const {
        const bool changes = std::any_of(task.data.begin(), task.data.end(), [](const auto& d) {
            return d.redraw == task::Redraw::iteration;
        });
        if (at.role != Role::search || changes || !task.trials.vary.of.empty())
            return nullptr;
        if (last.described != trial.described || last.round != at.round)
            last = {trial.described, at.round, {}};
        return &last.columns[at.index];
    }

    // Weights that the kernel does not draw.
    void draw_weights(const task::Task& task, const At& at, Trial& trial) const {
        for (const task::Projection& p : task.projections) {
            const auto* draw = std::get_if<task::Draw>(&p.weights.of);
            const auto* tuned = std::get_if<task::TunedProfile>(&p.weights.of);
            if (draw && std::get_if<task::Column>(&draw->from)) {
                trial.weights[p.name] = trial.column(std::get<task::Column>(draw->from).name);
                continue;
            }
            if (!tuned && !(draw && std::get_if<task::OneOf>(&draw->from)))
                continue;
            const auto post = static_cast<Eigen::Index>(units_of(task, p.to, trial)),
                       pre = static_cast<Eigen::Index>(units_of(task, p.from, trial));
            Draws numbers = draws("projection." + p.name + ".weights", at, weights_round(task, at));
            RowMatrix w(post, pre);
            const double groups = groups_of(task, p.from);
            const double peak = tuned ? drawn(tuned->peak, numbers) : 0;
            for (Eigen::Index i = 0; i < post; ++i)
                for (Eigen::Index j = 0; j < pre; ++j) {
                    if (draw) {
                        w(i, j) = drawn(*draw, numbers);
                        continue;
                    }
                    const double group =
                        std::floor(static_cast<double>(j) * groups / static_cast<double>(pre)) + 1;
                    const double square = (group - peak) * (group - peak);
                    w(i, j) = tuned->base + tuned->tuned / (1 + square * square) +
                              tuned->noise * numbers.uniform(1)[0];
                }
            trial.weights[p.name] = std::move(w);
        }
    }

    void draw_signs(const task::Task& task, const At& at, Trial& trial) const {
        for (const task::Projection& p : task.projections) {
            if (!p.weights.antithetic)
                continue;
            const std::uint64_t units = find_population(task, p.to)->units.value_or(1);
            const std::vector<double> u =
                draws("projection." + p.name + ".signs", at, weights_round(task, at))
                    .uniform(units);
            Eigen::VectorXd signs(static_cast<Eigen::Index>(units));
            for (std::size_t i = 0; i < units; ++i)
                signs[static_cast<Eigen::Index>(i)] = units == 1 || u[i] < 0.5 ? -1 : 1;
            if ((signs.array() > 0).all())
                signs = -signs;
            trial.signs[p.name] = std::move(signs);
        }
    }

    static double groups_of(const task::Task& task, const std::string& population) {
        const task::Population* const p = find_population(task, population);
        return p ? static_cast<double>(std::max<std::uint64_t>(p->groups.equal, 1)) : 1;
    }

    std::shared_ptr<const Trial> trial(const At& at, const Trial* first_of_pair) const {
        auto out = std::make_shared<Trial>();
        if (first_of_pair) { // which has the same but for the signs
            *out = *first_of_pair;
            draw_signs(*out->described, at, *out);
            return out;
        }
        out->described = described(at, *out);
        const task::Task& task = *out->described;
        Draws numbers = draws("trial", at, weights_round(task, at));
        out->stream =
            static_cast<std::uint64_t>(numbers.uniform(1)[0] * static_cast<double>(kStreams));
        Faults faults;
        out->steps = total_steps(task, faults);
        faults.raise(Exit::usage);
        draw_tables(task, at, out->steps, *out);
        draw_trains(task, at, *out);
        draw_weights(task, at, *out);
        return out;
    }

    // Weights and spikes are drawn by one stream: with each iteration where one of the weights is.
    static std::uint64_t weights_round(const task::Task& task, const At& at) {
        for (const task::Projection& p : task.projections)
            if (const auto* draw = std::get_if<task::Draw>(&p.weights.of))
                if (draw->redraw == task::Redraw::iteration)
                    return at.weights_round;
        return at.round;
    }
};

TrialSource::TrialSource(const Task& task) : impl_(std::make_unique<Impl>(task)) {}
TrialSource::TrialSource(TrialSource&&) noexcept = default;
TrialSource& TrialSource::operator=(TrialSource&&) noexcept = default;
TrialSource::~TrialSource() = default;

Trials TrialSource::draw(const std::shared_ptr<const task::Task>& described,
                         const Which& which) const {
    const bool pairs = is_antithetic(*described);
    impl_->start(described);
    Trials trials;
    std::shared_ptr<const Trial> first; // of a pair
    for (std::size_t i = which.first; i < which.first + which.count; ++i) {
        const Impl::At at{which.role, which.round, which.weights_round, pairs ? i / 2 : i};
        const bool second = pairs && i % 2 == 1;
        if (!second || !first)
            first = impl_->trial(at, nullptr);
        trials.push_back(second ? impl_->trial(at, first.get()) : first);
    }
    return trials;
}

const std::vector<std::string>& TrialSource::warnings() const { return impl_->warnings; }

std::vector<std::pair<std::string, std::uint64_t>> TrialSource::files() const {
    std::vector<std::pair<std::string, std::uint64_t>> files;
    for (const auto& entry : impl_->tables)
        for (const auto& file : entry.second->files())
            files.push_back(file);
    return files;
}

std::uint64_t TrialSource::checksum() const {
    std::uint64_t sum = 0;
    for (const auto& [path, of_file] : files())
        sum = sum * 31 + of_file;
    return sum;
}

} // namespace carve::cli
