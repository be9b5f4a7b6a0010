// [data.NAME] kind = "patterns": what is shown, and the column "index" that says which pattern it is.
#include "patterns.hpp"
#include "schedule.hpp"
#include "table.hpp"

namespace carve::cli {
namespace {

RowMatrix matrix(const NamedArray& array) {
    return Eigen::Map<const RowMatrix>(array.values.data(), static_cast<Eigen::Index>(array.steps),
                                       static_cast<Eigen::Index>(array.units));
}

class PatternTable final : public DataTable {
  public:
    explicit PatternTable(const task::Task& task) : dt_(step_of(task)) {}

    Columns draw(const task::Data& d, const DrawnFor& of) const override {
        PatternSettings settings;
        settings.units = d.units;
        settings.count = d.count;
        settings.active = d.active;
        settings.on = static_cast<std::size_t>(d.on / dt_ + 0.5);
        settings.off = static_cast<std::size_t>(d.off / dt_ + 0.5);
        settings.order = d.order;
        const Draws draws(of.seed, "data." + d.name, static_cast<std::uint64_t>(of.role), of.round,
                          0);
        const std::uint64_t steps = of.batch ? d.samples : of.steps;
        Columns columns;
        for (const NamedArray& array :
             draw_patterns(settings, steps, draws.seed(), draws.stream(), of.index))
            columns[array.name] = matrix(array);
        return columns;
    }

  private:
    double dt_;
};

} // namespace

std::unique_ptr<DataTable> make_pattern_table(const task::Task& task) {
    return std::make_unique<PatternTable>(task);
}

} // namespace carve::cli
