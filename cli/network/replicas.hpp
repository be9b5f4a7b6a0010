// replicas.hpp: networks of a task side by side in one sim, through the C ABI: their data sets,
// rules and initial weights, their inner loop, and what they are judged by.
#pragma once
#include "networks.hpp"

#include <Eigen/Dense>
#include <carve.h>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace carve::cli {

class Replicas final : public Networks {
  public:
    // Networks like those of `example`. Lanes that are data sets must fit one lane block
    // (lanes_per_block); there may be any number of candidates. keep_rates: rates can be read,
    // which moment form would not compute.
    Replicas(const Task& task, const DataSet& example, const Lanes& lanes, Derivatives derivatives,
             bool keep_rates = false);
    Replicas(Replicas&&) noexcept;
    ~Replicas() override;

    void load(const std::vector<const DataSet*>& data) override;
    void set_theta(const Eigen::VectorXd& theta) override;
    void set_theta(std::size_t lane, const Eigen::VectorXd& theta) override;
    void reset() override;
    void advance(std::uint64_t steps) override;
    std::vector<double> losses() const override;
    std::int64_t frozen(std::size_t lane) const override;
    std::vector<Contribution> derivatives() const override;
    std::vector<double> observe(std::size_t lane) const override;
    std::size_t bytes() const override;
    carve_sim_info info() const override;

    double weight(std::size_t lane, std::size_t output, std::size_t input) const;
    // Of the last step, sample 0 .. batch - 1 (online: 0).
    double rate(std::size_t lane, std::size_t sample, std::size_t output) const;
    std::size_t batch() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The data sets from `data` on, at most a lane block of them, under the rules that the task states,
// at their initial weights.
Replicas start_replicas(const Task& task, const DataSet* data, std::size_t count,
                        bool keep_rates = false);

// |cos| between an output's weights and its principal component.
double cosine(const Replicas& replicas, std::size_t lane, const DataSet& set, std::size_t output);

} // namespace carve::cli
