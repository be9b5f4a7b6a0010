// carve watch: the search of a run directory, as its log grows.
#include "curve.hpp"
#include "figures.hpp"
#include "interrupt.hpp"
#include "output.hpp"
#include "printable.hpp"
#include "progress.hpp"
#include "result.hpp"
#include "run_verbs.hpp"
#include "stored_run.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <fmt/format.h>
#include <fstream>
#include <optional>
#include <sys/ioctl.h>
#include <thread>
#include <unistd.h>
#include <vector>

namespace carve::cli {
namespace {

using Clock = std::chrono::steady_clock;

// The lines of a log, read as they come. One that is still being written is left for the next time.
class Log {
  public:
    explicit Log(const std::string& directory) : path_(directory + "/log.jsonl") {}

    void read() {
        std::ifstream file(path_, std::ios::binary);
        file.seekg(read_);
        for (std::string line; std::getline(file, line) && !file.eof();) {
            read_ = file.tellg();
            if (std::optional<Progress> progress = parse_progress(line, {})) {
                losses_.push_back(progress->loss);
                diverged_ += progress->diverged > 0;
                last_ = std::move(progress);
            }
        }
    }

    const std::vector<double>& losses() const { return losses_; }
    const std::optional<Progress>& last() const { return last_; }
    std::size_t diverged() const { return diverged_; } // iterations

  private:
    std::string path_;
    std::streamoff read_ = 0;
    std::vector<double> losses_;
    std::size_t diverged_ = 0;
    std::optional<Progress> last_;
};

// Rows and columns of the terminal that stdout is.
std::pair<std::size_t, std::size_t> size_of_terminal() {
    constexpr std::size_t kRows = 24, kColumns = 80;
    winsize size{};
    if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0)
        return {size.ws_row, size.ws_col};
    return {kRows, kColumns};
}

// How fast the log has grown since it is watched.
struct Pace {
    Clock::time_point since = Clock::now();
    std::size_t iterations = 0; // that were there then

    std::string text(const Log& log) const {
        const double seconds = std::chrono::duration<double>(Clock::now() - since).count();
        const auto done = static_cast<double>(log.losses().size() - iterations);
        if (done < 1 || seconds <= 0)
            return "";
        const double left =
            static_cast<double>(log.last()->total - log.last()->iteration) * seconds / done;
        return fmt::format("  {:.3g} it/s  ETA of {} {}", done / seconds,
                           printable(log.last()->phase), duration(left));
    }
};

std::string frame(const StoredRun& run, const Log& log, const std::string& pace, std::size_t rows,
                  std::size_t columns) {
    std::string out = fmt::format("{}: {}, seed {}, {}\n", printable(run.path),
                                  printable(run.task.name), run.seed, state_name(run.state));
    if (!log.last())
        return out + "no iteration yet\n";
    const Progress& p = *log.last();
    out += fmt::format("{} {} of {}  loss {}{}{}\n", printable(p.phase), p.iteration, p.total,
                       figure(p.loss, "{:.4g}"),
                       std::isnan(p.angle) ? "" : fmt::format("  angle {:.2f}", p.angle), pace);
    if (log.diverged() > 0)
        out += fmt::format("trials diverged in {} of {} iterations\n", log.diverged(),
                           log.losses().size());
    constexpr std::size_t kText = 5, kMost = 20;
    const std::size_t free = rows > kText + 3 ? rows - kText : 3;
    out += curve(log.losses(), columns, std::min(free, kMost));
    return out + fmt::format("{:>10} loss of {} iterations\n", "", log.losses().size());
}

} // namespace

Exit watch(const std::string& directory, bool once) {
    if (kind_of_directory(directory) != StoredKind::search)
        throw no_run(directory);
    const bool again = !once && isatty(STDOUT_FILENO);
    Log log(directory);
    log.read();
    const Pace pace{Clock::now(), log.losses().size()};
    watch_interrupts();
    for (std::size_t drawn = 0;;) {
        const StoredRun run = read_run(directory);
        log.read();
        const auto [rows, columns] = size_of_terminal();
        const std::string text = frame(run, log, pace.text(log), rows, columns);
        if (drawn > 0) // over the frame before it
            print_bytes(fmt::format("\033[{}F\033[J", drawn));
        print_bytes(text);
        drawn = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
        if (!again || run.state != RunState::running)
            return Exit::ok;
        constexpr int kLooks = 10;
        for (int i = 0; i < kLooks; ++i) {
            if (interrupted()) // ends the watching; the search continues
                return Exit::ok;
            std::this_thread::sleep_for(std::chrono::milliseconds(100));
        }
    }
}

} // namespace carve::cli
