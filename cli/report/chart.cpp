#include "chart.hpp"

#include "figures.hpp"
#include "printable.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

// Line charts: size of the drawing and of its margins, in the units of the view box.
constexpr double kWidth = 812, kHeight = 300, kLeft = 64, kRight = 92, kTop = 26, kBottom = 42;
constexpr double kLabelGap = 15;     // least distance of two labels' baselines
constexpr double kCharacter = 6.4;   // width of a small letter
constexpr std::size_t kPoints = 400; // of a line; more are thinned out

// Heat maps.
constexpr double kCellWidth = 72, kCellHeight = 40, kPanelGap = 50;
constexpr double kMapLeft = 46, kMapTop = 34, kMapBottom = 34;

std::string coordinate(double v) { return fmt::format("{:.1f}", v); }

std::string figure_start(const std::string& id, const std::string& title,
                         const std::string& description, double width, double height) {
    return fmt::format("<svg viewBox=\"0 0 {0:.0f} {1:.0f}\" role=\"img\" "
                       "aria-labelledby=\"{2}-title {2}-desc\" style=\"max-width:{0:.0f}px\">\n"
                       "<title id=\"{2}-title\">{3}</title><desc id=\"{2}-desc\">{4}</desc>\n",
                       width, height, escape_html(id), escape_html(title),
                       escape_html(description));
}

std::string text(double x, double y, const std::string& style, const std::string& content) {
    return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", coordinate(x),
                       coordinate(y), style, escape_html(content));
}

std::string line(double x1, double y1, double x2, double y2, const std::string& style) {
    return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n",
                       coordinate(x1), coordinate(y1), coordinate(x2), coordinate(y2), style);
}

struct Axis {
    double lo = 0, hi = 1; // of the values, or of their decimal logarithms
    bool log = false;
    std::vector<double> ticks; // values

    bool shows(double v) const { return std::isfinite(v) && (!log || v > 0); }
    double fraction(double v) const { return ((log ? std::log10(v) : v) - lo) / (hi - lo); }
};

// 1, 2 or 5 times a power of ten.
double round_step(double step) {
    const double power = std::pow(10.0, std::floor(std::log10(step)));
    for (const double m : {1.0, 2.0, 5.0})
        if (m * power >= step * 0.999)
            return m * power;
    return 10 * power;
}

void linear_ticks(Axis& axis, double steps) {
    const double step = round_step((axis.hi - axis.lo) / steps);
    axis.lo = std::floor(axis.lo / step + 1e-9) * step;
    axis.hi = std::ceil(axis.hi / step - 1e-9) * step;
    const auto n = static_cast<int>(std::lround((axis.hi - axis.lo) / step));
    const int zero = static_cast<int>(std::lround(axis.lo / step));
    for (int i = 0; i <= n; ++i)
        axis.ticks.push_back((zero + i) * step);
}

void log_ticks(Axis& axis) {
    const bool fine = axis.hi - axis.lo < 2; // decades
    for (double d = std::floor(axis.lo); d <= std::ceil(axis.hi); ++d)
        for (const double m : {1.0, 2.0, 5.0})
            if (const double at = d + std::log10(m);
                (fine || m == 1.0) && at >= axis.lo - 1e-9 && at <= axis.hi + 1e-9)
                axis.ticks.push_back(m * std::pow(10.0, d));
}

Axis value_axis(const LineChart& chart) {
    Axis axis;
    axis.log = chart.log_y;
    bool any = false;
    for (const Series& s : chart.series)
        for (const double v : s.values)
            if (axis.shows(v)) {
                const double at = axis.log ? std::log10(v) : v;
                axis.lo = any ? std::min(axis.lo, at) : at;
                axis.hi = any ? std::max(axis.hi, at) : at;
                any = true;
            }
    if (axis.log) {
        const double pad = std::max(0.04 * (axis.hi - axis.lo), 0.05);
        axis.lo -= pad;
        axis.hi += pad;
        log_ticks(axis);
    } else {
        if (!(axis.hi - axis.lo > 1e-12 * std::abs(axis.hi))) {
            axis.lo -= 0.5;
            axis.hi += 0.5;
        }
        linear_ticks(axis, 8);
    }
    return axis;
}

class LinePlot {
  public:
    explicit LinePlot(const LineChart& chart) : chart_(chart), y_(value_axis(chart)) {
        std::size_t n = 2;
        for (const Series& s : chart.series)
            n = std::max(n, s.values.size());
        x_.hi = static_cast<double>(n - 1);
        const double step = std::max(1.0, round_step(x_.hi / 8));
        for (double at = 0; at <= x_.hi; at += step)
            x_.ticks.push_back(at);
    }

    std::string svg() const {
        std::string out =
            figure_start(chart_.id, chart_.title, chart_.description, kWidth, kHeight);
        out += phases() + axes();
        for (const Series& s : chart_.series)
            out += path(s);
        return out + labels() + "</svg>\n";
    }

  private:
    double px(double v) const { return kLeft + x_.fraction(v) * (kWidth - kLeft - kRight); }
    double py(double v) const {
        return kHeight - kBottom - y_.fraction(v) * (kHeight - kTop - kBottom);
    }

    std::string axes() const {
        std::string out;
        for (const double v : y_.ticks) {
            out += line(kLeft, py(v), kWidth - kRight, py(v), v == 0 ? "zero" : "grid");
            out += text(kLeft - 8, py(v) + 4, "tick end", display(std::abs(v) < 1e-12 ? 0 : v, 6));
        }
        for (const double v : x_.ticks)
            out += text(px(v), kHeight - kBottom + 17, "tick middle", fmt::format("{:.0f}", v));
        out += text((kLeft + kWidth - kRight) / 2, kHeight - 6, "axis middle", "iteration");
        out +=
            fmt::format("<text transform=\"translate(14 {}) rotate(-90)\" class=\"axis middle\">{}"
                        "</text>\n",
                        coordinate((kTop + kHeight - kBottom) / 2), escape_html(chart_.y_label));
        return out;
    }

    std::string phases() const {
        std::string out;
        double free_from = 0;
        for (const auto& [first, name] : chart_.phases) {
            const double x = px(static_cast<double>(first));
            if (first > 0)
                out += line(x, kTop, x, kHeight - kBottom, "phase");
            if (x >= free_from && x + kCharacter * static_cast<double>(name.size()) < kWidth) {
                out += text(x + 3, kTop - 8, "tick", name);
                free_from = x + kCharacter * static_cast<double>(name.size()) + 12;
            }
        }
        return out;
    }

    std::string path(const Series& s) const {
        const std::size_t n = s.values.size(), stride = n / kPoints + 1;
        std::string d;
        bool pen_down = false;
        std::size_t drawn = 0;
        const auto draw_to = [&](std::size_t i) {
            const bool shown = y_.shows(s.values[i]);
            if (shown)
                d += fmt::format("{}{} {}", pen_down ? "L" : "M",
                                 coordinate(px(static_cast<double>(i))),
                                 coordinate(py(s.values[i])));
            drawn += shown;
            pen_down = shown;
        };
        for (std::size_t i = 0; i + 1 < n; i += stride)
            draw_to(i);
        if (n > 0)
            draw_to(n - 1);
        if (drawn == 1)
            d += "h0.1"; // a round cap makes it a dot
        return d.empty() ? "" : fmt::format("<path d=\"{}\" class=\"line c{}\"/>\n", d, s.colour);
    }

    // At the ends of the lines, pushed apart where they would overlap.
    std::string labels() const {
        std::vector<std::pair<double, const Series*>> placed;
        for (const Series& s : chart_.series)
            if (!s.label.empty() && !s.values.empty() && y_.shows(s.values.back()))
                placed.emplace_back(py(s.values.back()), &s);
        std::stable_sort(placed.begin(), placed.end(),
                         [](const auto& a, const auto& b) { return a.first < b.first; });
        for (std::size_t i = 1; i < placed.size(); ++i)
            placed[i].first = std::max(placed[i].first, placed[i - 1].first + kLabelGap);
        double lowest = kHeight - kBottom + 4;
        for (std::size_t i = placed.size(); i-- > 0; lowest -= kLabelGap)
            lowest = placed[i].first = std::min(placed[i].first, lowest);
        std::string out;
        for (const auto& [y, s] : placed)
            out += text(kWidth - kRight + 8, y + 4, fmt::format("label t{}", s->colour), s->label);
        return out;
    }

    const LineChart& chart_;
    Axis x_, y_;
};

std::string power_text(const char* variable, unsigned exponent) {
    static const char* const powers[] = {"", "", "\u00B2", "\u00B3"};
    return exponent == 0 ? "" : variable + std::string(powers[std::min(exponent, 3u)]);
}

// Coloured by the share that the coefficient has of the largest; a dot where there is no such term.
std::string cell(double x, double y, const Term* term, double largest) {
    const auto rectangle = [&](const std::string& attributes) {
        return fmt::format("<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" {}/>\n",
                           coordinate(x), coordinate(y), kCellWidth, kCellHeight, attributes);
    };
    const double theta = term ? term->theta : 0;
    const double strength = largest > 0 ? std::abs(theta) / largest : 0;
    std::string out = rectangle("class=\"cell\"");
    if (theta != 0)
        out += rectangle(fmt::format("class=\"{}\" fill-opacity=\"{:.3f}\"",
                                     theta > 0 ? "pos" : "neg", strength));
    return out + text(x + kCellWidth / 2, y + kCellHeight / 2 + 4,
                      strength > 0.75 ? "value middle strong" : "value middle",
                      term ? display(theta, 3) : "\u00B7");
}

} // namespace

std::string escape_html(const std::string& text) {
    std::string out;
    for (const char c : printable(text)) {
        switch (c) {
        case '&':
            out += "&amp;";
            break;
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '"':
            out += "&quot;";
            break;
        case '\'':
            out += "&#39;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

std::string display(double value, int digits) {
    const std::string out = figure(std::abs(value), fmt::format("{{:.{}g}}", digits));
    return value < 0 ? "\u2212" + out : out;
}

std::string term_text(const Term& term) {
    if (term.spike || !term.name.empty())
        return monomial(term);
    std::string out;
    for (const std::string& factor :
         {power_text("x", term.x), power_text("y", term.y), power_text("w", term.w)})
        if (!factor.empty())
            out += (out.empty() ? "" : " ") + factor;
    return out.empty() ? "1" : out;
}

std::string line_chart(const LineChart& chart) { return LinePlot(chart).svg(); }

std::string heat_map(const std::string& id, const std::string& title,
                     const std::vector<Term>& terms) {
    unsigned order = 2;
    double largest = 0;
    for (const Term& t : terms) {
        order = std::max({order, t.x, t.y, t.w});
        largest = std::max(largest, std::abs(t.theta));
    }
    const unsigned n = order + 1;
    const double panel = n * kCellWidth, width = kMapLeft + n * panel + order * kPanelGap + 4;
    std::string out = figure_start(
        id, title, "One grid per exponent of w; columns are exponents of x, rows exponents of y.",
        width, kMapTop + n * kCellHeight + kMapBottom);
    for (unsigned w = 0; w < n; ++w) {
        const double left = kMapLeft + w * (panel + kPanelGap);
        out += text(left + panel / 2, kMapTop - 14, "axis middle",
                    w == 0 ? "without w" : "times " + power_text("w", w));
        for (unsigned k = 0; k < n; ++k) {
            const std::string x = k == 0 ? "1" : power_text("x", k);
            const std::string y = k == 0 ? "1" : power_text("y", k);
            out += text(left + (k + 0.5) * kCellWidth, kMapTop + n * kCellHeight + 18,
                        "tick middle", x);
            out += text(left - 8, kMapTop + (k + 0.5) * kCellHeight + 4, "tick end", y);
        }
        for (unsigned y = 0; y < n; ++y)
            for (unsigned x = 0; x < n; ++x) {
                const auto found = std::find_if(terms.begin(), terms.end(), [&](const Term& t) {
                    return t.x == x && t.y == y && t.w == w;
                });
                out += cell(left + x * kCellWidth, kMapTop + y * kCellHeight,
                            found == terms.end() ? nullptr : &*found, largest);
            }
    }
    return out + "</svg>\n";
}

} // namespace carve::cli
