#include "order.hpp"

#include "error.hpp"
#include "rule_factors.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli {

std::vector<std::size_t> evaluation_order(const task::Task& task) {
    const std::size_t n = task.populations.size();
    const auto index_of = [&](const std::string& name) {
        for (std::size_t i = 0; i < n; ++i)
            if (task.populations[i].name == name)
                return i;
        return n;
    };
    std::vector<std::size_t> order;
    std::vector<bool> done(n, false);
    const auto is_ready = [&](std::size_t i) {
        for (const task::Projection& p : task.projections) {
            const std::size_t from = index_of(p.from), to = index_of(p.to);
            if (to == i && from != i && from < n && p.delay.value_or(0) == 0 && !done[from] &&
                !is_of_spikes(task, task.populations[from]))
                return false;
        }
        return true;
    };
    while (order.size() < n) {
        std::size_t next = 0;
        while (next < n && (done[next] || !is_ready(next)))
            ++next;
        if (next == n) {
            std::vector<std::string> loop;
            for (std::size_t i = 0; i < n; ++i)
                if (!done[i])
                    loop.push_back(task.populations[i].name);
            throw Error(Exit::usage,
                        fmt::format("populations {} depend on one another within a step",
                                    fmt::join(loop, ", ")),
                        "delay = 1 on a projection of the loop");
        }
        done[next] = true;
        order.push_back(next);
    }
    return order;
}

} // namespace carve::cli
