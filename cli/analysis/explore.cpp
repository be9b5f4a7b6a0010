// explore.cpp: what follows from the restarts of an exploration. See explore.hpp.
#include "explore.hpp"

#include "exp_log.hpp"
#include "mean_field.hpp"
#include "spike_terms.hpp"
#include "task_terms.hpp"

#include <Eigen/QR>
#include <carve.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <optional>

namespace carve::cli {
namespace {

constexpr std::uint64_t kSeedStream = 0x6578706c; // "expl"

Eigen::MatrixXd gauss_newton_matrix(const std::vector<Direction>& directions) {
    const auto n = static_cast<Eigen::Index>(directions.size());
    Eigen::MatrixXd sum = Eigen::MatrixXd::Zero(n, n);
    for (const Direction& d : directions) {
        const Eigen::Map<const Eigen::VectorXd> v(d.combination.data(), n);
        sum += d.eigenvalue * v * v.transpose();
    }
    return sum;
}

// The coefficients of rules over all terms of the task.
std::vector<double> over_all_terms(const Task& task, const std::vector<ProjectionRule>& rules) {
    std::vector<double> theta;
    for (const TaskTerm& wanted : task_terms(task)) {
        theta.push_back(0);
        for (const ProjectionRule& rule : rules)
            for (const Term& term : rule.terms)
                if (rule.projection == wanted.projection && is_same_term(term, wanted.term))
                    theta.back() = term.theta;
    }
    return theta;
}

// By r of the afferents: the gradient of alpha r + beta r_t + g r r_t by the coefficients, where
// g = gamma tau_pre + kappa tau_post. Other terms do not enter the mean field.
Eigen::MatrixXd manifold_gradients(const Task& task, const Restart& restart) {
    const std::vector<TaskTerm> terms = task_terms(task);
    const auto value = [&](std::uint64_t bit) {
        for (std::size_t k = 0; k < terms.size(); ++k)
            if (terms[k].term.spike == bit)
                return restart.theta[k];
        for (const Term& fixed : all_terms(task.rules.front()))
            if (fixed.spike == bit)
                return fixed.theta;
        return 0.0;
    };
    const double target = restart.cell.target;
    const double tau_pre = exp_of(value(kTauPre)), tau_post = exp_of(value(kTauPost));
    const double gamma = value(at_post(1, 0, 0)), kappa = value(at_pre(1, 0, 0));
    const auto slope = [&](std::uint64_t bit, double r) {
        return bit == kTauPre            ? r * target * gamma * tau_pre
               : bit == kTauPost         ? r * target * kappa * tau_post
               : bit == at_pre(0, 0, 0)  ? r
               : bit == at_post(0, 0, 0) ? target
               : bit == at_post(1, 0, 0) ? r * target * tau_pre
               : bit == at_pre(1, 0, 0)  ? r * target * tau_post
                                         : 0;
    };
    const std::vector<double>& rates = restart.cell.afferent_rates;
    Eigen::MatrixXd gradients(static_cast<Eigen::Index>(terms.size()),
                              static_cast<Eigen::Index>(rates.size()));
    for (Eigen::Index f = 0; f < gradients.cols(); ++f)
        for (Eigen::Index k = 0; k < gradients.rows(); ++k)
            gradients(k, f) = slope(terms[static_cast<std::size_t>(k)].term.spike,
                                    rates[static_cast<std::size_t>(f)]);
    return gradients;
}

// Of the coefficients of all solutions about their mean.
Eigen::MatrixXd covariance_of(const std::vector<const Restart*>& solutions, std::size_t terms) {
    const auto n = static_cast<Eigen::Index>(terms);
    const auto count = static_cast<double>(solutions.size());
    Eigen::VectorXd mean = Eigen::VectorXd::Zero(n);
    Eigen::MatrixXd covariance = Eigen::MatrixXd::Zero(n, n);
    for (const Restart* s : solutions)
        mean += Eigen::Map<const Eigen::VectorXd>(s->theta.data(), n) / count;
    for (const Restart* s : solutions) {
        const Eigen::VectorXd d = Eigen::Map<const Eigen::VectorXd>(s->theta.data(), n) - mean;
        covariance += d * d.transpose() / count;
    }
    return covariance;
}

bool is_loss(const Task& task, task::MeasureKind kind) {
    const std::vector<task::Measure>& losses = task.described.losses;
    return std::any_of(losses.begin(), losses.end(),
                       [&](const task::Measure& m) { return m.kind == kind; });
}

// NaN where nothing of that kind is measured.
double mean_of(const std::vector<MeasuredSpread>& measured, const std::string& name) {
    for (const MeasuredSpread& m : measured)
        if (m.name == name)
            return m.mean;
    return std::nan("");
}

// Of a neuron whose rule has a mean field; else empty.
CellReport cell_report(const Task& task, const HeldOut& held_out) {
    CellReport out;
    const std::optional<MeanField> field = mean_field_of(task);
    if (!field)
        return out;
    out.target = field->target;
    for (const Condition& c : held_out.conditions) {
        out.afferent_rates.push_back(c.afferent_rate);
        out.rates.push_back(mean_of(c.measured, "loss." + field->loss));
        out.set_points.push_back(c.set_point);
    }
    out.tuning = std::nan("");
    for (const auto* list : {&task.described.losses, &task.described.probes})
        for (const task::Measure& m : *list)
            if (m.kind == task::MeasureKind::tuning)
                out.tuning =
                    mean_of(held_out.measured,
                            (list == &task.described.losses ? "loss." : "probe.") + m.name);
    return out;
}

} // namespace

std::uint64_t restart_seed(std::uint64_t seed, std::uint64_t index) {
    constexpr double kSeeds = 9007199254740992; // 2^53: run.seed's range
    double u = 0;
    carve_random_uniform(seed, kSeedStream, index, &u, 1);
    return static_cast<std::uint64_t>(u * kSeeds);
}

Restart restart_of(const Task& task, std::uint64_t index, const SearchResult& result,
                   double seconds) {
    Restart r;
    r.index = index;
    r.seed = task.run.seed;
    r.theta = over_all_terms(task, result.rules);
    r.held_out = result.held_out.loss;
    for (const MeasuredSpread& m : result.held_out.measured)
        if (m.accept)
            r.accepted[m.name] = m.holds();
    r.angle = result.angle;
    r.cell = cell_report(task, result.held_out);
    r.local = has_covariance(task) ? result.covariance
                                   : gauss_newton_matrix(result.identifiability.directions);
    r.evaluations = result.counters.evaluations;
    r.diverged = result.counters.diverged;
    r.seconds = seconds;
    r.fingerprint = result.fingerprint;
    return r;
}

bool has_mean_field(const Task& task) { return mean_field_of(task).has_value(); }

bool has_covariance(const Task& task) { return task.slopes != Slopes::exact; }

std::vector<std::string> ranged_probes(const Task& task) {
    std::vector<std::string> out;
    for (const task::Measure& probe : task.described.probes)
        if (probe.accept)
            out.push_back("probe." + probe.name);
    return out;
}

std::vector<Requirement> requirements(const Task& task, const Restart& restart) {
    std::vector<Requirement> out;
    for (const task::Measure& probe : task.described.probes)
        if (probe.accept) {
            const auto held = restart.accepted.find("probe." + probe.name);
            out.push_back({fmt::format("probe.{} in [{}, {}]", probe.name, probe.accept->low,
                                       probe.accept->high),
                           held != restart.accepted.end() && held->second});
        }
    if (task.search.goal)
        out.push_back({fmt::format("held-out loss at most {}", *task.search.goal),
                       restart.held_out <= *task.search.goal});
    if (const std::optional<MeanField> field = mean_field_of(task)) {
        const std::vector<double>& rates = restart.cell.rates;
        out.push_back(
            {fmt::format("every rate within {:.0f} % of {} Hz", 100 * kRateWithin, field->target),
             std::all_of(rates.begin(), rates.end(), [&](double rate) {
                 return std::abs(rate / restart.cell.target - 1) <= kRateWithin;
             })});
    }
    if (is_loss(task, task::MeasureKind::tuning))
        out.push_back({fmt::format("correlation of the tuning at least {}", kTuned),
                       restart.cell.tuning >= kTuned});
    return out;
}

bool meets_target(const Task& task, const Restart& restart) {
    const std::vector<Requirement> all = requirements(task, restart);
    return std::all_of(all.begin(), all.end(), [](const Requirement& r) { return r.met; });
}

double manifold_distance(const Restart& restart) {
    double largest = restart.cell.set_points.empty() ? std::nan("") : 0;
    for (const double set_point : restart.cell.set_points) {
        const double distance = std::abs(set_point / restart.cell.target - 1);
        if (std::isnan(distance))
            return distance;
        largest = std::max(largest, distance);
    }
    return largest;
}

double across_manifold(const Task& task, const Restart& restart, const Eigen::VectorXd& direction) {
    const Eigen::MatrixXd gradients = manifold_gradients(task, restart);
    const Eigen::ColPivHouseholderQR<Eigen::MatrixXd> qr(gradients);
    const Eigen::MatrixXd basis = Eigen::MatrixXd(qr.householderQ()).leftCols(qr.rank());
    return (basis.transpose() * direction).norm();
}

Summary summarize(const Task& task, const std::vector<Restart>& restarts) {
    Summary summary;
    const std::size_t terms = task_terms(task).size();
    const auto n = static_cast<Eigen::Index>(terms);
    Eigen::MatrixXd local = Eigen::MatrixXd::Zero(n, n);
    std::size_t with_local = 0;
    std::vector<double> distances, across;
    for (const Restart& r : restarts) {
        if (!meets_target(task, r))
            continue;
        summary.solutions.push_back(&r);
        distances.push_back(manifold_distance(r));
        summary.on_manifold += distances.back() <= kOnManifold;
        if (r.local.rows() != n || !(r.local.trace() > 0))
            continue;
        local += r.local / r.local.trace();
        ++with_local;
        if (!r.cell.set_points.empty()) {
            const std::vector<double> tight = directions_of(r.local).back().combination;
            across.push_back(
                across_manifold(task, r, Eigen::Map<const Eigen::VectorXd>(tight.data(), n)));
        }
    }
    summary.distance = Spread(distances);
    summary.across = Spread(across);
    if (with_local > 0)
        summary.local = directions_of(local / static_cast<double>(with_local));
    if (summary.solutions.size() > 1)
        summary.spread = directions_of(covariance_of(summary.solutions, terms));
    return summary;
}

} // namespace carve::cli
