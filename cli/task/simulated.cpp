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
        for (const char* key : {"parameters", "prior", "early_stop", "uncertainty"})
            keys.erase(std::find(keys.begin(), keys.end(), key));
        reads(task::schema<task::Search>(), "search", s, keys);
        check_method(s, "search");
        to_.search = search_of(s);
        for (const task::Stage& stage : from_.stages)
            add_stage(stage);
        if (to_.search.stages.empty())
            to_.search.stages.push_back(whole_stage(to_));
        to_.run = {from_.run.seed, from_.run.threads,
                   from_.run.precision == task::Precision::single_, from_.run.isa,
                   from_.run.lane_bytes};
    }

    // As often as it is repeated: "full", "full 2", ...
    void add_stage(const task::Stage& stage) {
        StageSettings out = stage_of(stage);
        for (std::uint64_t r = 1; r <= stage.repeat; ++r) {
            out.name = r == 1 ? stage.name : fmt::format("{} {}", stage.name, r);
            to_.search.stages.push_back(out);
        }
    }

    // What the search and each of its stages may say.
    void check_method(const task::Search& s, const std::string& path) {
        unless(s.method != task::Method::filter, place_of(path + ".method"),
               path + ".method = \"filter\"");
        unless(s.l1.of.size() == 1, place_of(path + ".l1"), "a list in " + path + ".l1");
        unless(!s.accept.all && s.accept.probes.empty(), place_of(path + ".accept"),
               path + ".accept of probes", "a validation loss");
    }

    SearchSettings search_of(const task::Search& s) {
        SearchSettings out;
        unless(s.eliminate != task::Eliminate::bic, place_of("search.eliminate"),
               "search.eliminate = \"bic\"");
        out.method = static_cast<Method>(s.method);
        out.iterations = s.iterations;
        out.l1 = s.l1.of[0];
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
        out.accept = s.accept.loss.value_or(0);
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
            const bool read =
                key == "method" || key == "iterations" || key == "l1" || key == "accept";
            unless(read || !from_.places.count(path + "." + key), place_of(path + "." + key),
                   path + "." + key, "[search] has it for all stages");
        }
        check_method(stage.search, path);
        // What a stage sets does not change its coefficients.
        for (const task::Setting& s : stage.set.of)
            unless(s.path.rfind("rule.", 0) != 0, s.value.place,
                   fmt::format("a stage that sets {} (search.stage.{})", s.path, stage.name));
        StageSettings out;
        out.method = static_cast<Method>(stage.search.method);
        out.iterations = stage.search.iterations;
        out.l1 = stage.search.l1.of[0];
        out.accept = stage.search.accept.loss.value_or(0);
        if (faults_.empty()) // what is wrong may be why
            out.steps = total_steps(there, faults_);
        if (!whole_)
            whole_ = std::make_shared<const task::Task>(to_.described);
        out.described =
            stage.set.of.empty() ? whole_ : std::make_shared<const task::Task>(std::move(there));
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
