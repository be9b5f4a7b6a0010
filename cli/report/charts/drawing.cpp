#include "drawing.hpp"

#include "html.hpp"
#include "json.hpp"

#include <algorithm>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr double kLabelGap = 15;          // px, least distance of two labels' baselines
constexpr std::size_t kLongestEnd = 13;   // characters, in the margin of .with-ends (page.css)
constexpr std::size_t kZoomPoints = 4000; // of one to zoom into
constexpr std::size_t kPoints = 400;      // of a line; more are thinned out
constexpr double kCharacter = 7, kTypical = 700; // px: a letter; the width of a plot on a desk

std::string percent(double fraction) { return fmt::format("{:.2f}%", 100 * fraction); }
std::string px(double v) { return fmt::format("{:.1f}", v); }

std::string text(const std::string& x, double y, const std::string& style,
                 const std::string& content) {
    return fmt::format("<text x=\"{}\" y=\"{}\" class=\"{}\">{}</text>\n", x, px(y), style,
                       escape_html(content));
}

std::string line(const std::string& x1, double y1, const std::string& x2, double y2,
                 const std::string& style) {
    return fmt::format("<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\" class=\"{}\"/>\n", x1, px(y1),
                       x2, px(y2), style);
}

std::size_t characters(const std::string& utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

Json rounded(double v) { return Json::parse(fmt::format("{:.5g}", v)); }

} // namespace

bool names_at_ends(const Plot& plot) {
    std::size_t longest = 0;
    for (const Series& s : plot.series)
        longest = std::max(longest, characters(s.label));
    return plot.ends && longest > 0 && longest <= kLongestEnd;
}

std::string Drawing::x_at(double v) const { return percent(x_.fraction(v)); }

Drawing::Drawing(const Plot& plot, double wide, double tall)
    : plot_(plot), wide_(wide), tall_(tall) {
    std::vector<double> xs{plot.from, plot.to}, ys{plot.low, plot.high};
    for (const Series& s : plot.series)
        for (std::size_t i = 0; i < s.y.size(); ++i)
            if (std::isfinite(s.y[i])) {
                xs.push_back(s.x[i]);
                ys.push_back(s.y[i]);
            }
    for (const Level& level : plot.levels)
        ys.push_back(level.y);
    for (const Span& span : plot.spans) {
        xs.push_back(span.from);
        xs.push_back(span.to);
    }
    x_ = axis_of(xs, plot.log_x, 5, false);
    y_ = axis_of(ys, plot.log_y, 5, plot.y_ticks);
}

std::string Drawing::svg() const {
    std::string lines;
    for (const Series& s : plot_.series)
        lines += s.mark == Mark::bars ? bars(s) : s.mark == Mark::dots ? dots(s) : path(s);
    return fmt::format("<svg class=\"chart\" width=\"100%\" height=\"{0}\" overflow=\"visible\" "
                       "role=\"img\" "
                       "aria-labelledby=\"{1}-title {1}-desc\">\n"
                       "<title id=\"{1}-title\">{2}</title><desc id=\"{1}-desc\">{3}</desc>\n",
                       plot_.height, escape_html(plot_.id), escape_html(plot_.title),
                       escape_html(plot_.description)) +
           spans() + axes() + levels() +
           fmt::format("<svg width=\"100%\" height=\"{}\" viewBox=\"0 0 {} {}\" "
                       "preserveAspectRatio=\"none\" class=\"lines\">\n",
                       plot_.height, wide_, tall_) +
           lines + "</svg>\n" + level_names() + rings() + (names_at_ends(plot_) ? ends() : "") +
           "</svg>\n";
}

std::string Drawing::legend() const {
    std::string out;
    for (const Series& s : plot_.series)
        if (!s.label.empty())
            out = fmt::format("<li><span class=\"key k{}{}\"></span>{}</li>", s.colour,
                              s.mark == Mark::dashed ? " dashed"
                              : s.mark == Mark::line ? ""
                                                     : " dot",
                              escape_html(s.label)) +
                  out; // those on top come first
    return out.empty() ? ""
                       : fmt::format("<ul class=\"legend{}\">{}</ul>\n",
                                     names_at_ends(plot_) ? " narrow" : "", out);
}

std::string Drawing::data() const {
    Json all = Json::array();
    for (const Series& s : plot_.series) {
        Json x = Json::array(), y = Json::array();
        const std::size_t stride = s.y.size() / kZoomPoints + 1;
        for (std::size_t i = 0; i < s.y.size(); i += stride)
            if (shows(s, i)) {
                x.push_back(rounded(s.x[i]));
                y.push_back(rounded(s.y[i]));
            }
        all.push_back({{"label", s.label},
                       {"colour", s.colour},
                       {"dots", s.mark == Mark::dots},
                       {"dashed", s.mark == Mark::dashed},
                       {"x", x},
                       {"y", y}});
    }
    std::string json = dump(Json{{"log", plot_.log_y}, {"x", plot_.x_label}, {"series", all}}, -1);
    for (std::size_t at = 0; (at = json.find('<', at)) != std::string::npos;)
        json.replace(at, 1, "\\u003c");
    return fmt::format("<script type=\"application/json\" data-plot=\"{}\">{}</script>\n",
                       escape_html(plot_.id), json);
}

bool Drawing::shows(const Series& s, std::size_t i) const {
    return x_.shows(s.x[i]) && y_.shows(s.y[i]);
}

std::string Drawing::axes() const {
    std::string out;
    for (const double v : y_.ticks)
        if (plot_.y_ticks) {
            out += line("0", y_px(v), "100%", y_px(v), v == 0 ? "zero" : "grid");
            out += text("-8", y_px(v) + 4, "end", tick_text(v));
        }
    const double h = plot_.height;
    out += line("0", h, "100%", h, "base");
    for (const double v : x_.ticks) {
        out += line(x_at(v), h, x_at(v), h + 4, "base");
        out += text(x_at(v), h + 18, "middle", tick_text(v));
    }
    out += text("50%", h + 36, "middle name", plot_.x_label);
    return out + text("-46", plot_.spans.empty() ? -12 : -24, "name", plot_.y_label);
}

std::string Drawing::spans() const {
    std::string out;
    double free_from = 0; // px
    for (const Span& span : plot_.spans) {
        const double from = x_.fraction(span.from), to = x_.fraction(span.to);
        if (span.shaded)
            out +=
                fmt::format("<rect x=\"{}\" y=\"0\" width=\"{}\" height=\"{}\" class=\"shade\"/>\n",
                            percent(from), percent(to - from), plot_.height);
        if (from > 0)
            out += line(percent(from), 0, percent(from), plot_.height, "span");
        const double room = kTypical * (to - from);
        const double needs = kCharacter * static_cast<double>(span.name.size());
        if (needs < room + 20 && kTypical * from >= free_from) {
            out += text(percent(from), -6, "span-name", span.name);
            free_from = kTypical * from + needs + 6;
        }
    }
    return out;
}

std::string Drawing::levels() const {
    std::string out;
    for (const Level& level : plot_.levels) {
        out += line("0", y_px(level.y), "100%", y_px(level.y), "level");
    }
    return out;
}

std::string Drawing::level_names() const {
    std::string out;
    for (const Level& level : plot_.levels)
        out += text("4", y_px(level.y) - 6, "level-name", level.label);
    return out;
}

std::string Drawing::path(const Series& s) const {
    const std::size_t n = s.y.size(), stride = n / kPoints + 1;
    std::string d;
    bool pen_down = false;
    std::size_t in_a_row = 0; // points since the last gap
    long x = 0, y = 0;
    const auto end_of_line = [&] {
        if (in_a_row == 1)
            d += "h1"; // a round cap makes it a dot
        in_a_row = 0;
    };
    const auto draw_to = [&](std::size_t i) {
        const bool shown = shows(s, i);
        if (shown) {
            const long to_x = across(s.x[i]), to_y = down(s.y[i]);
            d += pen_down ? fmt::format("l{} {}", to_x - x, to_y - y)
                          : fmt::format("M{} {}", to_x, to_y);
            x = to_x, y = to_y;
        }
        if (shown)
            ++in_a_row;
        else
            end_of_line();
        pen_down = shown;
    };
    for (std::size_t i = 0; i + 1 < n; i += stride)
        draw_to(i);
    if (n > 0)
        draw_to(n - 1);
    end_of_line();
    return d.empty() ? ""
                     : fmt::format("<path d=\"{}\" class=\"line c{}{}\"/>\n", d, s.colour,
                                   s.mark == Mark::dashed ? " dashed" : "");
}

std::string Drawing::dots(const Series& s) const {
    std::string d;
    for (std::size_t i = 0; i < s.y.size(); ++i)
        if (shows(s, i))
            d += fmt::format("M{} {}h0", across(s.x[i]), down(s.y[i]));
    return d.empty() ? "" : fmt::format("<path d=\"{}\" class=\"dots c{}\"/>\n", d, s.colour);
}

std::string Drawing::bars(const Series& s) const {
    const double tall = 0.7 * tall_ / (y_.hi - y_.lo);
    std::string d;
    long x = 0, y = 0;
    for (std::size_t i = 0; i < s.y.size(); ++i) {
        const long to_x = across(s.x[i]);
        const long to_y = std::lround(tall_ * (1 - y_.fraction(s.y[i])) - tall / 2);
        d += fmt::format("m{} {}v{:.0f}", to_x - x, to_y - y, std::max(1.0, tall));
        x = to_x, y = to_y + std::lround(std::max(1.0, tall));
    }
    return d.empty() ? "" : fmt::format("<path d=\"{}\" class=\"bars c{}\"/>\n", d, s.colour);
}

std::string Drawing::rings() const {
    std::string out;
    for (const Ring& ring : plot_.rings) {
        if (!x_.shows(ring.x) || !y_.shows(ring.y))
            continue;
        const double at = x_.fraction(ring.x), y = y_px(ring.y);
        out += fmt::format("<circle cx=\"{}\" cy=\"{}\" r=\"5\" class=\"ring\"/>\n", percent(at),
                           px(y));
        out += fmt::format("<text x=\"{}\" y=\"{}\" dx=\"{}\" class=\"{}ring-name\">{}</text>\n",
                           percent(at), px(y < 24 ? y + 22 : y - 11), at > 0.6 ? 6 : -6,
                           at > 0.6 ? "end " : "", escape_html(ring.label));
    }
    return out;
}

std::string Drawing::ends() const {
    std::vector<std::pair<double, const Series*>> placed;
    for (const Series& s : plot_.series)
        if (!s.label.empty() && !s.y.empty() && shows(s, s.y.size() - 1))
            placed.emplace_back(y_px(s.y.back()), &s);
    std::stable_sort(placed.begin(), placed.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    for (std::size_t i = 1; i < placed.size(); ++i)
        placed[i].first = std::max(placed[i].first, placed[i - 1].first + kLabelGap);
    double lowest = plot_.height + 4;
    for (std::size_t i = placed.size(); i-- > 0; lowest -= kLabelGap)
        lowest = placed[i].first = std::min(placed[i].first, lowest);
    std::string out;
    for (const auto& [y, s] : placed)
        out += fmt::format("<text x=\"100%\" dx=\"8\" y=\"{}\" class=\"ending t{}\">{}</text>\n",
                           px(y + 4), s->colour, escape_html(s->label));
    return out;
}

} // namespace carve::cli
