// trajectory.hpp: sums over a population's rates and what they are compared with, as the kernel takes them
// while the steps pass (M40, M44, M46).
#pragma once
#include "measure.hpp"

namespace carve::cli {

// Sums of units (M46), added up over those that are measured.
struct UnitSums {
    double m = 0, y = 0, yy = 0, o = 0, oy = 0, oo = 0;
    double spread = 0;         // of the observations about the mean of each unit, squared
    Eigen::VectorXd Y, yY, oY; // empty without derivatives
    Eigen::MatrixXd YY;        // lower triangle
};

Eigen::Index coefficients(const Look& look); // of the kernel
Contribution no_slopes(Eigen::Index coefficients);

// The sums of a window are those at its end less those at its start.
class OfTrajectory : public Measure {
  public:
    using Measure::Measure;

    void open(const Look& look) override;

  protected:
    // Of a normal comparison.
    UnitSums sums_of_units(const Look& look, std::size_t lane, Eigen::Index coefficients) const;
    // The mean square of what rates and observations differ by, with its derivatives; without the loss.
    Measured of_squares(const Look& look) const;
    // The mean over observations of another likelihood (M44), the same.
    Measured of_loss_sums(const Look& look) const;

  private:
    std::uint32_t index(const Look& look) const;
    std::vector<double> sums(const Look& look, std::size_t lane) const;
    std::vector<double> in_window(const Look& look, std::size_t lane) const;

    std::vector<std::vector<double>> start_;
};

} // namespace carve::cli
