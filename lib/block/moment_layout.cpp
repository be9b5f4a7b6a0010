// moment_layout.cpp: where the arrays of the moment form lie.
#include "plan.hpp"

namespace carve {

MomentLayout moment_layout(std::uint64_t n, std::uint64_t p, std::uint64_t k, bool lateral,
                           bool plastic) noexcept {
    MomentLayout out{};
    const auto take = [&](std::uint64_t packs) noexcept {
        const std::uint64_t here = out.size;
        out.size += packs;
        return here;
    };
    const std::uint64_t synapses = n > p ? n : p, effective = lateral ? p * n : 0;
    out.pairs = n * (n + 1) / 2;
    out.linear_rows = 1 + n + (k ? out.pairs : n);
    out.quadratic_rows = n + (plastic ? out.pairs : n);
    out.linear = take(out.linear_rows * n);
    out.quadratic = take(out.quadratic_rows * out.pairs);
    out.fourth = take(k ? n * n * n : 0);
    out.monomials = take(p * out.pairs);
    out.by_rate = take(p * out.linear_rows);
    out.by_square = take(p * out.quadratic_rows);
    out.squares = take(p);
    out.source = take(n * 4);
    out.next = take(synapses);
    out.effective = take(effective);
    out.before = take(effective);
    out.coupling = take(k ? n * (n > 2 ? n : 2) : 0);
    out.next_sens = take(synapses * k);
    out.effective_sens = take(effective * k);
    out.before_sens = take(effective * k);
    return out;
}

} // namespace carve
