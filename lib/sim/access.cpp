// access.cpp: the array of one replica, read and written element by element, by its view.
#include "real.hpp"
#include "sim.hpp"

namespace carve {

namespace {

// Where the elements of one replica are, in the order of their indices.
class ReplicaArray {
  public:
    ReplicaArray(const Sim& sim, std::uint32_t which, std::uint32_t index, std::uint32_t replica,
                 const carve_view& view) noexcept {
        const bool by_replica = !is_shared(sim, which, index);
        const std::uint32_t last = view.ndim - (by_replica ? 1 : 0);
        for (std::uint32_t d = by_replica ? 1 : 0; d < last; ++d) {
            shape_[n_dims_] = view.shape[d];
            stride_[n_dims_++] = view.stride[d];
        }
        if (by_replica)
            start_ = replica / sim.lanes_per_block * view.stride[0] + replica % sim.lanes_per_block;
        // [replica][post][row of afferents][coefficient][afferent]
        if (which == CARVE_VIEW_SENSITIVITIES && sim.facts & kAfferentLanes) {
            const std::uint32_t pre = projections(sim)[index].model.pre;
            shape_[1] = populations(sim)[pre].model.n_units;
            row_stride_ = stride_[1];
        }
    }
    std::size_t count() const noexcept {
        std::size_t n = 1;
        for (std::uint32_t d = 0; d < n_dims_; ++d)
            n *= shape_[d];
        return n;
    }
    std::size_t at(std::size_t element) const noexcept {
        std::size_t where = start_;
        for (std::uint32_t d = n_dims_; d-- > 0; element /= shape_[d]) {
            const std::size_t i = element % shape_[d];
            where += row_stride_ && d == 1 ? i / kAfferents * row_stride_ + i % kAfferents
                                           : i * stride_[d];
        }
        return where;
    }

  private:
    // Whether an array has no lanes: one for all replicas.
    static bool is_shared(const Sim& sim, std::uint32_t which, std::uint32_t index) noexcept {
        switch (which) {
        case CARVE_VIEW_THETA:
            return rules(sim)[index].model.shared != 0;
        case CARVE_VIEW_MEAN:
        case CARVE_VIEW_FACTOR:
            return populations(sim)[index].model.shared != 0;
        case CARVE_VIEW_GROUPS:
        case CARVE_VIEW_WINDOW:
        case CARVE_VIEW_LAST_SPIKES:
        case CARVE_VIEW_ROW_START:
        case CARVE_VIEW_PRE_UNITS:
        case CARVE_VIEW_COLUMN_START:
        case CARVE_VIEW_POST_UNITS:
            return true;
        default:
            return false;
        }
    }

    std::size_t shape_[5] = {}, stride_[5] = {}, start_ = 0, row_stride_ = 0;
    std::uint32_t n_dims_ = 0;
};

// The largest below 2^64 that a double holds; above it lies what stands for no end.
constexpr double kWholes = 18446744073709549568.0;

Fault find(Sim& sim, std::uint32_t which, std::uint32_t index, std::uint32_t replica,
           carve_view& view) noexcept {
    const Fault fault = view_sim(sim, which, index, view);
    if (fault || replica < sim.model.n_replicas)
        return fault;
    return fault_of(CARVE_E_RANGE, "replica", replica, "must be below n_replicas of the model");
}
Fault other_count(std::size_t n) noexcept {
    return fault_of(CARVE_E_RANGE, "n", static_cast<double>(n),
                    "must be the number of elements of one replica's array");
}

} // namespace

Fault read_array(const Sim& sim, std::uint32_t which, std::uint32_t index, std::uint32_t replica,
                 double* values, std::size_t n) noexcept {
    carve_view view;
    const Fault fault = find(const_cast<Sim&>(sim), which, index, replica, view);
    if (fault)
        return fault;
    const ReplicaArray elements(sim, which, index, replica, view);
    if (n != elements.count())
        return other_count(n);
    for (std::size_t e = 0; e < n; ++e) {
        const std::size_t at = elements.at(e);
        values[e] = view.type == CARVE_U64
                        ? static_cast<double>(static_cast<const std::uint64_t*>(view.data)[at])
                    : view.type == CARVE_U32
                        ? static_cast<double>(static_cast<const std::uint32_t*>(view.data)[at])
                    : view.type == CARVE_U16
                        ? static_cast<double>(static_cast<const std::uint16_t*>(view.data)[at])
                    : view.type == CARVE_F32
                        ? static_cast<double>(static_cast<const float*>(view.data)[at])
                        : static_cast<const double*>(view.data)[at];
    }
    return {};
}

Fault write_array(Sim& sim, std::uint32_t which, std::uint32_t index, std::uint32_t replica,
                  const double* values, std::size_t n) noexcept {
    carve_view view;
    const Fault fault = find(sim, which, index, replica, view);
    if (fault)
        return fault;
    // A graph stays the one that its index by columns was made of.
    if (which == CARVE_VIEW_FROZEN || which == CARVE_VIEW_STREAMS || view.type == CARVE_U32 ||
        view.type == CARVE_U16)
        return fault_of(CARVE_E_UNAVAILABLE, "which", which,
                        "must be an array that can be written: this "
                        "one can only be read");
    const ReplicaArray elements(sim, which, index, replica, view);
    if (n != elements.count())
        return other_count(n);
    const auto whole = [](double x) noexcept { // x is not negative
        return x > kWholes ? ~std::uint64_t{0} : static_cast<std::uint64_t>(x);
    };
    for (std::size_t e = 0; view.type == CARVE_U64 && e < n; ++e)
        if (!(values[e] >= 0) ||
            (values[e] <= kWholes && static_cast<double>(whole(values[e])) != values[e]))
            return fault_of(CARVE_E_RANGE, "values", values[e],
                            "must be whole numbers of at least 0");
    for (std::size_t e = 0; e < n; ++e) {
        const std::size_t at = elements.at(e);
        if (view.type == CARVE_U64)
            static_cast<std::uint64_t*>(view.data)[at] = whole(values[e]);
        else if (view.type == CARVE_F32)
            static_cast<float*>(view.data)[at] = to_real<float>(values[e]);
        else
            static_cast<double*>(view.data)[at] = values[e];
    }
    return {};
}

} // namespace carve
