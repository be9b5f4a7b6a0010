#include "progress.hpp"

#include "figures.hpp"
#include "printable.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace carve::cli {
namespace {

constexpr double kRedraw = 0.1; // seconds between two drawings of the bar
constexpr double kPlain = 10.0; // and between two plain lines
constexpr std::size_t kBarWidth = 20;

std::string bar(double part) {
    const auto full = static_cast<std::size_t>(std::lround(part * static_cast<double>(kBarWidth)));
    return "[" + std::string(full, '#') + std::string(kBarWidth - full, '-') + "]";
}

} // namespace

std::string duration(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::llround(std::max(seconds, 0.0)));
    const std::uint64_t hours = whole / 3600, minutes = whole / 60 % 60;
    return hours > 0 ? fmt::format("{}:{:02}:{:02}", hours, minutes, whole % 60)
                     : fmt::format("{}:{:02}", minutes, whole % 60);
}

std::size_t columns_of_stderr() {
    constexpr std::size_t kUsual = 80;
    winsize size{};
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    const char* variable = std::getenv("COLUMNS");
    const unsigned long columns = variable ? std::strtoul(variable, nullptr, 10) : 0;
    return columns > 0 ? columns : kUsual;
}

ProgressLine::ProgressLine(std::ostream& out, Style style, std::uint64_t iterations,
                           std::function<std::size_t()> columns)
    : out_(out), style_(style), iterations_(iterations), columns_(std::move(columns)) {}

ProgressLine::Style ProgressLine::style_for_stderr(bool quiet) {
    if (quiet)
        return Style::quiet;
    const char* terminal = std::getenv("TERM");
    const bool dumb = !terminal || std::strcmp(terminal, "dumb") == 0;
    return isatty(STDERR_FILENO) && !dumb ? Style::bar : Style::lines;
}

std::string ProgressLine::line(const Progress& p, double now) const {
    const double seconds = now - start_;
    const auto timed = static_cast<double>(done_ - 1); // nothing is known of the first
    std::string text = fmt::format("{} {}/{}  loss {}", printable(p.phase), p.iteration, p.total,
                                   figure(p.loss, "{:.4g}"));
    if (!std::isnan(p.angle))
        text += fmt::format("  angle {:.2f}", p.angle);
    text += fmt::format("  diverged {}", p.diverged);
    if (seconds > 0)
        text += fmt::format("  {:.3g} it/s", timed / seconds);
    if (seconds > 0 && iterations_ >= done_)
        text += "  ETA " + duration(static_cast<double>(iterations_ - done_) * seconds / timed);
    return text;
}

void ProgressLine::update(const Progress& progress, double now) {
    if (style_ == Style::quiet)
        return;
    const bool first = start_ < 0;
    if (first)
        start_ = now;
    ++done_;
    const bool stage = progress.phase != phase_;
    phase_ = progress.phase;
    if (style_ == Style::lines) {
        if (first || stage || now - drawn_ >= kPlain) {
            out_ << line(progress, now) << '\n' << std::flush;
            drawn_ = now;
        }
        return;
    }
    if (!first && !stage && now - drawn_ < kRedraw)
        return;
    drawn_ = now;
    const double part =
        iterations_ == 0
            ? 0.0
            : std::min(1.0, static_cast<double>(done_) / static_cast<double>(iterations_));
    // A line that reaches the last column would wrap, and the next begin below it. Where the
    // terminal has become narrower, what is left of the longer line is above.
    const std::size_t room = std::max<std::size_t>(columns_(), 2) - 1;
    const std::string text = cut_to_columns(bar(part) + " " + line(progress, now), room);
    const std::size_t width = columns_of(text), before = std::min(width_, room);
    out_ << '\r' << text << std::string(before > width ? before - width : 0, ' ') << std::flush;
    width_ = width;
}

void ProgressLine::finish() {
    if (width_ > 0)
        out_ << '\n' << std::flush;
    width_ = 0;
}

} // namespace carve::cli
