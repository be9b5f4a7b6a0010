// prior.cpp: the normal prior of search.prior about the means that coefficients start from (docs/search.md).
#include "optimizer.hpp"

#include <variant>

namespace carve::cli {

void Prior::add_to(Evaluation& evaluation, const Eigen::VectorXd& theta) const {
    if (mean.size() == 0)
        return;
    const Eigen::VectorXd slope = precision.cwiseProduct(theta - mean);
    evaluation.prior = 0.5 * slope.dot(theta - mean);
    if (evaluation.gradient.size() == 0)
        return;
    evaluation.gradient += slope;
    evaluation.hessian.diagonal() += precision;
}

// A uniform start is a distribution of its own, flat within its bounds; time constants have only these.
Prior prior_of(const SearchSettings& search, const std::vector<RuleSettings>& rules) {
    if (!search.prior)
        return {};
    std::vector<double> mean, precision;
    for (const RuleSettings& rule : rules)
        for (std::size_t k = 0; k < rule.terms.size(); ++k) {
            const auto* number = std::get_if<double>(&rule.starts[k].from);
            const auto* normal = std::get_if<task::Normal>(&rule.starts[k].from);
            const bool has_one = (number || normal) && !is_time_constant(rule.terms[k]);
            mean.push_back(normal ? normal->mean : number ? *number : 0);
            precision.push_back(has_one ? 1 / (*search.prior * *search.prior) : 0);
        }
    const auto n = static_cast<Eigen::Index>(mean.size());
    return {Eigen::Map<Eigen::VectorXd>(mean.data(), n),
            Eigen::Map<Eigen::VectorXd>(precision.data(), n)};
}

} // namespace carve::cli
