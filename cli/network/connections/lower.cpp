// "lower": within a population, from units of lower numbers.
#include "connections.hpp"

namespace carve::cli {
namespace {

void tell(const Ends& ends, Parameters&, carve_projection& out) {
    out.connectivity = CARVE_CONNECT_LOWER;
    out.mask_from = ends.projection.mask_from == task::MaskFrom::start
                        ? CARVE_MASK_FROM_START
                        : CARVE_MASK_FROM_FIRST_UPDATE;
}

bool has(const Ends&, std::size_t post, std::size_t pre) { return pre < post; }

} // namespace

ConnectionKind lower_connections() { return {task::Pattern::lower, tell, nullptr, has}; }

} // namespace carve::cli
