// { in_degree } and { probability }: so many presynaptic units for each postsynaptic one, drawn by the kernel.
#include "connections.hpp"

#include <algorithm>
#include <cmath>

namespace carve::cli {
namespace {

void tell(const Ends& ends, Parameters& parameters, carve_projection& out) {
    const task::Projection& p = ends.projection;
    const auto pre = static_cast<double>(ends.pre);
    const double most = p.from == p.to ? pre - 1 : pre;
    const double degree = p.connect.pattern == task::Pattern::in_degree
                              ? p.connect.number
                              : std::floor(p.connect.number * most + 0.5);
    carve_in_degree& sparse = parameters.add(carve_in_degree_init);
    sparse.in_degree = static_cast<std::uint32_t>(std::min(std::max(degree, 1.0), most));
    out.connectivity = CARVE_CONNECT_IN_DEGREE;
    out.connections = &sparse;
}

} // namespace

ConnectionKind in_degree_connections(task::Pattern pattern) {
    return {pattern, tell, nullptr, nullptr};
}

} // namespace carve::cli
