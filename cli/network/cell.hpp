// cell.hpp: the neuron of a spiking task, side by side under many rules in one sim, through the C
// ABI: a trial's afferents and weights, the rules, its steps, and what it is judged by.
#pragma once
#include "networks.hpp"

namespace carve::cli {

class Cell final : public Networks {
  public:
    // Lanes are candidates; as data sets there is one.
    Cell(const Task& task, const Lanes& lanes, Derivatives derivatives);
    Cell(Cell&&) noexcept;
    ~Cell() override;

    void load(const std::vector<const DataSet*>& data) override;
    void set_theta(const Eigen::VectorXd& theta) override;
    void set_theta(std::size_t lane, const Eigen::VectorXd& theta) override;
    void reset() override;
    void advance(std::uint64_t steps) override;
    std::vector<double> losses() const override;
    std::int64_t frozen(std::size_t lane) const override;
    std::vector<Contribution> derivatives() const override; // of the rate loss, by the surrogate
    // Mean rate in the window, Hz; correlation over groups of excitation and inhibition in it.
    std::vector<double> observe(std::size_t lane) const override;
    std::size_t bytes() const override;
    carve_sim_info info() const override;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Of an inhibitory afferent, Hz, by a count of its population's spikes.
double inhibitory_rate(const Task& task, double factor);
// Where the mean field has the neuron's rate, Hz: -alpha r / (beta + g r) with
// g = gamma tau_pre + kappa tau_post, for afferents of rate r. Other terms do not count.
double set_point(const std::vector<Term>& terms, double afferent_rate);

} // namespace carve::cli
