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

SharedProgressLine::SharedProgressLine(ProgressLine line, std::string each, std::string all,
                                       std::uint64_t iterations)
    : line_(std::move(line)), each_(std::move(each)), all_(std::move(all)),
      iterations_(iterations) {}

void SharedProgressLine::update(std::uint64_t number, const Progress& progress, double now) {
    const std::lock_guard<std::mutex> lock(mutex_);
    Search& search = running_[number];
    search.last = progress;
    ++search.done;
    line_.update(summary(), now);
}

void SharedProgressLine::end(std::uint64_t number) {
    const std::lock_guard<std::mutex> lock(mutex_);
    running_.erase(number);
}

void SharedProgressLine::finish() {
    const std::lock_guard<std::mutex> lock(mutex_);
    line_.finish();
}

// Of searches one after the other what each says; of several their mean, with all replicas that
// diverged.
Progress SharedProgressLine::summary() {
    const auto& [first, only] = *running_.begin();
    const std::uint64_t last = running_.rbegin()->first;
    several_ = several_ || first != last;
    if (!several_) {
        Progress progress = only.last;
        progress.phase = fmt::format("{} {}{}, {}", each_, first, all_, progress.phase);
        return progress;
    }
    Progress mean;
    mean.phase = first == last ? fmt::format("{} {}{}", each_, first, all_)
                               : fmt::format("{}s {} to {}{}", each_, first, last, all_);
    mean.total = iterations_;
    const auto n = static_cast<double>(running_.size());
    double done = 0;
    for (const auto& [number, search] : running_) {
        done += static_cast<double>(search.done) / n;
        mean.loss += search.last.loss / n;
        mean.angle += search.last.angle / n;
        mean.diverged += search.last.diverged;
    }
    mean.iteration = static_cast<std::uint64_t>(std::llround(done));
    return mean;
}

} // namespace carve::cli
