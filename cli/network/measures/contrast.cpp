// kind = "contrast": 2 (a - b) / (a + b) of what two others measured.
#include "kinds.hpp"

#include "toml.hpp"

#include <fmt/format.h>

namespace carve::cli {
namespace {

class Contrast final : public Measure {
  public:
    using Measure::Measure;

    Measured close(const Look&) override { return {}; }
    bool is_of_others() const override { return true; }
    Measured combine(const std::map<std::string, Measured>& others,
                     std::size_t lanes) const override {
        const Measured &a = find(others, settings_.of.of[0]), &b = find(others, settings_.of.of[1]);
        Measured out;
        for (std::size_t lane = 0; lane < lanes; ++lane)
            out.raw.push_back(2 * (a.raw[lane] - b.raw[lane]) / (a.raw[lane] + b.raw[lane]));
        score(settings_, out);
        return out;
    }

  private:
    const Measured& find(const std::map<std::string, Measured>& others,
                         const std::string& name) const {
        const auto found = others.find(name);
        if (found == others.end())
            refuse_at(settings_.place, Exit::usage,
                      fmt::format("kind = \"contrast\" of {}, which measures nothing itself", name),
                      "of = [\"loss.A\", \"loss.B\"]");
        return found->second;
    }
};

} // namespace

MadeMeasure make_contrast(const task::Task&, const task::Measure& settings) {
    return std::make_unique<Contrast>(settings);
}

} // namespace carve::cli
