#include "simulated.hpp"

#include "paths.hpp"
#include "reading.hpp"
#include "schedule.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

class Whole : private Reading {
  public:
    using Reading::Reading;

    Task task() {
        to_.name = from_.name;
        to_.description = from_.description;
        to_.described = from_;
        read_network(from_, to_, faults_);
        common();
        return to_;
    }

  private:
    void common() {
        const task::Search& s = to_.described.search;
        std::vector<std::string> keys;
        for (const task::Field<task::Search>& field : task::schema<task::Search>().fields)
            keys.push_back(field.key.name);
        for (const char* key : {"parameters", "uncertainty"})
            keys.erase(std::find(keys.begin(), keys.end(), key));
        reads(task::schema<task::Search>(), "search", s, keys);
        check_method(s, "search");
        check_prior(s);
        to_.search = search_of(s);
        for (const task::Stage& stage : from_.stages)
            add_stage(stage);
        if (to_.search.stages.empty())
            add_values(whole_stage(to_), s.l1.of);
        to_.run = {from_.run.seed, from_.run.threads,
                   from_.run.precision == task::Precision::single_, from_.run.isa,
                   from_.run.lane_bytes};
    }

    // As often as it is repeated: "full", "full 2", ...
    void add_stage(const task::Stage& stage) {
        StageSettings out = stage_of(stage);
        for (std::uint64_t r = 1; r <= stage.repeat; ++r) {
            out.name = r == 1 ? stage.name : fmt::format("{} {}", stage.name, r);
            add_values(out, stage.search.l1.of);
        }
    }

    // A stage for each value of l1, with its part of the iterations: the first ones have one more where they
    // do not divide. What the last leaves is what is accepted.
    void add_values(StageSettings stage, const std::vector<double>& l1) {
        const std::string name = stage.name;
        const std::uint64_t n = l1.size(), iterations = stage.iterations;
        const std::optional<double> accept = stage.accept;
        const bool ranges = stage.ranges;
        stage.number = to_.search.stages.empty() ? 0 : to_.search.stages.back().number + 1;
        for (std::size_t i = 0; i < n; ++i) {
            stage.l1 = l1[i];
            stage.listed = n > 1;
            if (stage.listed)
                stage.name = fmt::format("{}, l1 = {}", name, l1[i]);
            stage.iterations = iterations / n + (i < iterations % n ? 1 : 0);
            stage.accept = i + 1 == n ? accept : std::nullopt;
            stage.ranges = i + 1 == n && ranges;
            to_.search.stages.push_back(stage);
        }
    }

    // What the search and each of its stages may say.
    void check_method(const task::Search& s, const std::string& path) {
        unless(s.method != task::Method::filter, place_of(path + ".method"),
               path + ".method = \"filter\"");
        check_l1(s, path);
        check_accept(s.accept, path);
    }

    // What has to hold needs a range.
    void check_accept(const task::Accept& accept, const std::string& path) {
        const auto has_range = [](const task::Measure& m) { return m.accept.has_value(); };
        if (accept.all && std::none_of(from_.probes.begin(), from_.probes.end(), has_range))
            faults_.add(place_of(path + ".accept"),
                        path + ".accept = \"all\", but no probe has a range",
                        "[probe.NAME] with accept = [low, high]");
        for (const task::Measure& m : from_.probes)
            if (names(accept, m.name) && !m.accept)
                faults_.add(
                    place_of(path + ".accept"),
                    fmt::format("{}.accept names [probe.{}], which has no range", path, m.name),
                    fmt::format("probe.{}.accept = [low, high]", m.name));
    }

    static bool names(const task::Accept& accept, const std::string& probe) {
        return std::count(accept.probes.begin(), accept.probes.end(), probe) > 0;
    }

    static bool is_of_ranges(const task::Accept& accept) {
        return accept.all || !accept.probes.empty();
    }

    // The task without the ranges of probes that are not named.
    static task::Task with_ranges(task::Task task, const task::Accept& accept) {
        for (task::Measure& m : task.probes)
            if (!accept.probes.empty() && !names(accept, m.name))
                m.accept.reset();
        return task;
    }

    // What starts elsewhere has none (docs/search.md, Prior).
    void check_prior(const task::Search& s) {
        bool any = false;
        for (const RuleSettings& rule : to_.rules)
            for (std::size_t k = 0; k < rule.terms.size(); ++k)
                any = any || (!is_time_constant(rule.terms[k]) &&
                              (std::holds_alternative<double>(rule.starts[k].from) ||
                               std::holds_alternative<task::Normal>(rule.starts[k].from)));
        if (s.prior && !to_.rules.empty() && !any)
            faults_.add(place_of("search.prior"),
                        "search.prior has no effect: no coefficient starts at a number or from a "
                        "normal distribution",
                        "remove it, or theta = { mean = 0, sd = 0.01 }");
    }

    void check_l1(const task::Search& s, const std::string& path) {
        const std::vector<double>& l1 = s.l1.of;
        const bool of_search = path == "search", own = from_.places.count(path + ".l1") > 0;
        const Place place = place_of(own ? path + ".l1" : "search.l1");
        for (std::size_t i = 1; (of_search || own) && i < l1.size(); ++i)
            if (!(l1[i] < l1[i - 1])) {
                faults_.add(place,
                            fmt::format("{}.l1 = [{}] does not fall: {} is followed by {}", path,
                                        fmt::join(l1, ", "), l1[i - 1], l1[i]),
                            "values from the largest to the smallest");
                return;
            }
        if (s.iterations < l1.size() && (!of_search || from_.stages.empty()))
            faults_.add(place,
                        fmt::format("{0}.iterations = {1} cannot be divided among the {2} values "
                                    "of l1",
                                    path, s.iterations, l1.size()),
                        fmt::format("at least {} iterations, or fewer values", l1.size()));
    }

    SearchSettings search_of(const task::Search& s) {
        SearchSettings out;
        unless(s.eliminate != task::Eliminate::bic, place_of("search.eliminate"),
               "search.eliminate = \"bic\"");
        out.method = static_cast<Method>(s.method);
        out.iterations = s.iterations;
        out.l1 = s.l1.of;
        out.early_stop = s.early_stop.iterations;
        out.learning_rate = s.learning_rate;
        out.clip = s.clip;
        out.damping = s.damping;
        out.population = s.population;
        out.sigma = s.sigma;
        out.cma_restarts = static_cast<Restarts>(s.cma_restarts);
        out.aggregate = static_cast<Aggregate>(s.aggregate);
        out.prune = s.prune;
        out.eliminate = s.eliminate == task::Eliminate::loss;
        out.refit = s.refit;
        out.refit_iterations = s.refit_iterations;
        out.margin = s.margin;
        out.restarts = s.restarts;
        out.accept = s.accept.loss;
        if (is_of_ranges(s.accept))
            out.ranges = std::make_shared<const task::Task>(with_ranges(to_.described, s.accept));
        out.prior = s.prior;
        out.blow_up = s.diverged.candidate ? BlowUp::candidate : BlowUp::replica;
        out.goal = s.goal;
        return out;
    }

    StageSettings stage_of(const task::Stage& stage) {
        task::Task there = from_;
        for (const task::Setting& s : stage.set.of)
            assign(there, s, faults_);
        const std::string path = "search.stage." + stage.name;
        for (const task::Field<task::Search>& field : task::schema<task::Search>().fields) {
            const std::string& key = field.key.name;
            const bool read = key == "method" || key == "iterations" || key == "l1" ||
                              key == "early_stop" || key == "accept";
            if (!read && from_.places.count(path + "." + key))
                faults_.add(place_of(path + "." + key),
                            fmt::format("{}.{}: stages share one {}", path, key, key),
                            fmt::format("search.{}; a stage has method, iterations, l1, "
                                        "early_stop, accept, repeat and set",
                                        key));
        }
        check_method(stage.search, path);
        // What a stage sets does not change its coefficients.
        for (const task::Setting& s : stage.set.of)
            unless(s.path.rfind("rule.", 0) != 0, s.value.place,
                   fmt::format("a stage that sets {} (search.stage.{})", s.path, stage.name));
        StageSettings out;
        out.method = static_cast<Method>(stage.search.method);
        out.iterations = stage.search.iterations;
        out.early_stop = stage.search.early_stop.iterations;
        out.accept = stage.search.accept.loss;
        out.ranges = is_of_ranges(stage.search.accept);
        if (faults_.empty()) // what is wrong may be why
            out.steps = total_steps(there, faults_);
        if (!whole_)
            whole_ = std::make_shared<const task::Task>(to_.described);
        const bool same = stage.set.of.empty() && stage.search.accept.probes.empty();
        out.described = same ? whole_
                             : std::make_shared<const task::Task>(
                                   with_ranges(std::move(there), stage.search.accept));
        return out;
    }

    Task to_;
    std::shared_ptr<const task::Task> whole_; // of stages that set nothing
};

} // namespace

Task simulated(const task::Task& described, Faults& faults) {
    return Whole(described, faults).task();
}

} // namespace carve::cli
