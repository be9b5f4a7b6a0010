// eliminate.cpp: what the sums of a trajectory are of the coefficients alone, where initial weights are
// free (M24).
#include "sim.hpp"

namespace carve {

namespace {

// Of one unit: gradient and matrix over the coefficients and, behind them, the initial weights of its row.
// The matrix is packed, entries (k, l <= k) by k.
class UnitEquations {
  public:
    UnitEquations(Sim& sim, std::uint32_t population, std::size_t first) noexcept
        : sim_(sim), population_(population), p_(populations(sim)[population]),
          n_(sim.n_coefficients), first_(first), rows_(trajectory_rows(n_)),
          values_(array<double>(sim, p_.elimination)) {}

    void load(std::size_t unit, std::size_t lane, double precision) noexcept {
        for (std::size_t i = 0; i < rows_; ++i)
            values_[i] = p_.trajectory ? sum_of(p_.trajectory, unit * rows_ + i, lane) : 0;
        for (std::uint32_t k = 0; k < sim_.model.n_projections; ++k) {
            const ProjectionPlan& q = projections(sim_)[k];
            for (std::size_t i = 0; q.trajectory && q.model.post == population_ && i < rows_; ++i)
                values_[i] += sum_of(q.trajectory, unit * rows_ + i, lane);
        }
        for (std::size_t j = first_; j < n_; ++j)
            row(j)[j] += precision;
    }
    // The last initial weight first: what is left is of those before it. One that the observations, and the
    // weights behind it, leave nothing but rounding of stays where it is.
    void eliminate() noexcept {
        const double rounding = sim_.model.precision == CARVE_F32 ? 1e-5 : 1e-12;
        for (std::size_t j = first_; j < n_; ++j)
            least_of(j) = rounding * row(j)[j];
        for (std::size_t j = n_; j-- > first_;) {
            double* const own = row(j);
            if (!(own[j] - own[j] == 0)) // it overflowed: what is left is not known
                own[j] = __builtin_nan("");
            else if (!(own[j] > least_of(j)))
                own[j] = 0;
            if (own[j] == 0)
                continue;
            for (std::size_t i = 0; i < j; ++i) {
                const double share = own[i] / own[j];
                gradient()[i] -= share * gradient()[j];
                for (std::size_t l = 0; l <= i; ++l)
                    row(i)[l] -= share * own[l];
            }
        }
    }
    // Of the initial weights, for one of the coefficients, which is before them in `step`.
    void solve(double* step) noexcept {
        for (std::size_t j = first_; j < n_; ++j) {
            const double* const own = row(j);
            double slope = gradient()[j];
            for (std::size_t l = 0; l < j; ++l)
                slope += own[l] * step[l];
            step[j] = own[j] == 0 ? 0 : -slope / own[j];
        }
    }
    double loss() const noexcept { return values_[0]; }
    double* gradient() noexcept { return values_ + 1; }
    double* row(std::size_t k) noexcept { return values_ + 1 + n_ + k * (k + 1) / 2; }
    double* step() noexcept { return values_ + rows_; } // [coefficient]
    double& least_of(std::size_t j) noexcept { return step()[j]; }

  private:
    double sum_of(Offset trajectory, std::size_t i, std::size_t lane) const noexcept {
        return element_of(sim_, trajectory, p_.model.n_units * rows_, i, lane);
    }
    const Sim& sim_;
    std::uint32_t population_;
    const PopulationPlan& p_;
    std::size_t n_, first_, rows_;
    double* values_;
};

void fill_lane(double* out, std::size_t n, std::size_t lanes, std::size_t lane,
               double value) noexcept {
    for (std::size_t k = 0; out && k < n; ++k)
        out[k * lanes + lane] = value;
}

// Adds one unit's to the sums of a lane.
void add_unit(UnitEquations& unit, const Eliminated& out, std::size_t K, std::size_t lanes,
              std::size_t lane) noexcept {
    if (out.value)
        out.value[lane] += unit.loss();
    for (std::size_t k = 0; k < K; ++k) {
        if (out.gradient)
            out.gradient[k * lanes + lane] += unit.gradient()[k];
        for (std::size_t l = 0; out.matrix && l <= k; ++l) {
            double& here = out.matrix[(k * K + l) * lanes + lane];
            here += unit.row(k)[l];
            out.matrix[(l * K + k) * lanes + lane] = here;
        }
    }
}

} // namespace

Fault eliminate_sim(Sim& sim, std::uint32_t population, double precision, const double* dtheta,
                    const Eliminated& out) noexcept {
    if (population >= sim.model.n_populations)
        return fault_of(CARVE_E_RANGE, "population", population,
                        "must be the index of a population");
    const PopulationPlan& p = populations(sim)[population];
    if (p.elimination == 0)
        return fault_of(CARVE_E_UNAVAILABLE, "population", population,
                        "must be one onto which a projection has CARVE_INITIAL_FREE");
    if (!(precision >= 0 && precision <= __DBL_MAX__))
        return fault_of(CARVE_E_RANGE, "precision", precision, "must be at least 0, and finite");
    const std::size_t n = sim.n_coefficients, free = count_free_columns(model_of(sim)),
                      K = n - free, units = p.model.n_units, lanes = sim.model.n_replicas;
    UnitEquations unit(sim, population, K);
    for (std::size_t lane = 0; lane < lanes; ++lane) {
        const double start = is_frozen(sim, lane) ? __builtin_nan("") : 0;
        fill_lane(out.value, 1, lanes, lane, start);
        fill_lane(out.gradient, K, lanes, lane, start);
        fill_lane(out.matrix, K * K, lanes, lane, start);
        fill_lane(out.dw, units * free, lanes, lane, start);
        for (std::size_t i = 0; i < units && !is_frozen(sim, lane); ++i) {
            unit.load(i, lane, precision);
            unit.eliminate();
            add_unit(unit, out, K, lanes, lane);
            double* const step = unit.step();
            for (std::size_t k = 0; out.dw && k < K; ++k)
                step[k] = dtheta ? dtheta[k * lanes + lane] : 0;
            if (out.dw)
                unit.solve(step);
            for (std::size_t l = 0; out.dw && l < free; ++l)
                out.dw[(i * free + l) * lanes + lane] = step[K + l];
        }
    }
    return {};
}

} // namespace carve
