// [data.NAME] kind = "spikes": recorded spike trains, arrays NAME_time (s) and NAME_unit (from 0) of a file, with
// one axis of a trial that all trials have, with two, [trial][spike], of as many, padded with NaN.
#include "error.hpp"
#include "file_set.hpp"
#include "schedule.hpp"
#include "table.hpp"
#include "trials_of_file.hpp"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

struct Stream {
    std::vector<std::shared_ptr<SpikeTrains>> trials;
    std::uint64_t late = 0; // spikes after the end of a trial
};

// What is known of a stream while it is read.
struct Reader {
    std::string path, stream;
    double dt;
    std::uint64_t steps;                // of a trial
    std::optional<std::uint64_t> units; // that its population has

    [[noreturn]] void refuse(std::size_t trial, std::size_t spike, const std::string& what,
                             const std::string& help) const {
        throw Error(Exit::data,
                    fmt::format("'{}', stream \"{}\", trial {}, spike {}: {}", path, stream,
                                trial + 1, spike + 1, what),
                    help);
    }

    void check(std::size_t trial, std::size_t i, double time, double unit) const {
        if (std::isnan(time) || std::isnan(unit))
            refuse(trial, i, "it has no time or no unit",
                   "only behind the last spike of a trial may be missing values");
        if (time < 0)
            refuse(trial, i, fmt::format("its time is {} s", time),
                   "times are seconds since a trial begins");
        if (!(unit >= 0) || unit != std::floor(unit) || unit >= 4294967295.0)
            refuse(trial, i, fmt::format("its unit is {}", unit), "units are 0, 1, 2, ...");
        if (units && unit >= static_cast<double>(*units))
            refuse(trial, i, fmt::format("its unit is {}, of {} units from 0", unit, *units),
                   "units of the population that say how many there are, or none: they follow "
                   "from the file");
    }

    std::shared_ptr<SpikeTrains> trial(std::size_t number, const double* times, const double* which,
                                       std::size_t n, std::uint64_t& late) const {
        while (n > 0 && std::isnan(times[n - 1]) && std::isnan(which[n - 1]))
            --n;
        auto out = std::make_shared<SpikeTrains>();
        std::vector<std::uint64_t> next; // [unit] step from which it may spike
        for (std::size_t i = 0; i < n; ++i) {
            check(number, i, times[i], which[i]);
            if (i > 0 && times[i] < times[i - 1])
                refuse(number, i,
                       fmt::format("its time is {} s, before the {} s of the one above", times[i],
                                   times[i - 1]),
                       "spikes in order of time: i = numpy.argsort(time), time[i] and unit[i]");
            // Rounding does not move a spike on the border of two steps to the one before.
            constexpr double kBorder = 1e-6;
            const auto step = static_cast<std::uint64_t>(times[i] / dt + kBorder);
            const auto unit = static_cast<std::uint32_t>(which[i]);
            next.resize(std::max<std::size_t>(next.size(), unit + std::size_t{1}), 0);
            if (step < next[unit])
                refuse(number, i, fmt::format("unit {} spikes twice in a step of {} s", unit, dt),
                       "a smaller simulation.dt, or one of the two spikes");
            next[unit] = step + 1;
            late += step >= steps;
            carve_spike spike{};
            spike.step = step;
            spike.unit = unit;
            spike.count = 1;
            out->spikes.push_back(spike);
        }
        out->units = next.size();
        std::sort(out->spikes.begin(), out->spikes.end(), [](const auto& a, const auto& b) {
            return a.step != b.step ? a.step < b.step : a.unit < b.unit;
        });
        return out;
    }

    Stream all() const {
        const std::vector<NamedArray> arrays =
            read_arrays(path, {stream + "_time", stream + "_unit"});
        const NamedArray &time = arrays[0], &unit = arrays[1];
        if (time.trials != 1 || unit.trials != 1 || time.steps != unit.steps ||
            time.units != unit.units)
            throw Error(Exit::data,
                        fmt::format("'{}': {}_time and {}_unit are not of the same shape, [spike] "
                                    "or [trial][spike]",
                                    path, stream, stream),
                        "a time and a unit of each spike");
        const bool one = time.units == 1;
        const std::size_t trials = one ? 1 : time.steps, n = one ? time.steps : time.units;
        Stream out;
        for (std::size_t t = 0; t < trials; ++t)
            out.trials.push_back(
                trial(t, time.values.data() + t * n, unit.values.data() + t * n, n, out.late));
        return out;
    }
};

class SpikeTable final : public DataTable {
  public:
    SpikeTable(const task::Data& d, const task::Task& task, const std::vector<std::string>& streams)
        : path_(d.path), files_(with_checksums(d.path)), shared_out_(task, d.path) {
        Faults faults;
        const std::uint64_t steps = total_steps(task, faults);
        faults.raise(Exit::usage);
        for (const std::string& name : streams) {
            Reader reader{path_, name, step_of(task), steps, {}};
            Stream& stream = streams_[name];
            for (const task::Population& p : task.populations)
                if (p.data == d.name + "." + name && p.units)
                    reader.units = std::min(*p.units, reader.units.value_or(*p.units));
            for (const auto& file : files_) {
                reader.path = file.first;
                add(reader.all(), file.first, stream);
            }
            check_trials(task, name, stream);
            std::size_t units = 1;
            for (const auto& trial : stream.trials)
                units = std::max(units, trial->units);
            for (const auto& trial : stream.trials)
                trial->units = units;
            if (stream.late > 0)
                warnings_.push_back(fmt::format(
                    "'{}': {} spikes of stream \"{}\" come after the {} s of a trial: nothing sees "
                    "them",
                    path_, stream.late, name, static_cast<double>(steps) * reader.dt));
        }
    }

    Columns draw(const task::Data&, const DrawnFor&) const override { return {}; }

    Trains draw_trains(const DrawnFor& of) const override {
        Trains out;
        for (const auto& [name, stream] : streams_)
            out[name] = stream.trials[stream.trials.size() == 1 ? 0 : shared_out_.trial(of)];
        return out;
    }

    std::vector<std::string> warnings() const override { return warnings_; }
    std::vector<std::pair<std::string, std::uint64_t>> files() const override { return files_; }

  private:
    // Of several files, each is a trial.
    void add(const Stream& more, const std::string& file, Stream& stream) const {
        if (files_.size() > 1 && more.trials.size() > 1)
            throw Error(
                Exit::data,
                fmt::format("'{}' has {} trials, and is itself one", file, more.trials.size()),
                "one trial per file, or the name of one file with all trials");
        stream.trials.insert(stream.trials.end(), more.trials.begin(), more.trials.end());
        stream.late += more.late;
    }

    void check_trials(const task::Task& task, const std::string& name, const Stream& stream) {
        if (stream.trials.size() == 1)
            return;
        shared_out_.check(task, stream.trials.size());
        for (const auto& [other, of_other] : streams_)
            if (of_other.trials.size() != stream.trials.size() && of_other.trials.size() > 1)
                throw Error(Exit::data,
                            fmt::format("'{}': stream \"{}\" has {} trials, \"{}\" {}", path_, name,
                                        stream.trials.size(), other, of_other.trials.size()),
                            "streams of one [data.NAME] have the same trials");
    }

    std::string path_;
    std::vector<std::pair<std::string, std::uint64_t>> files_;
    TrialsOfFile shared_out_;
    std::map<std::string, Stream> streams_;
    std::vector<std::string> warnings_;
};

} // namespace

std::unique_ptr<DataTable> make_spike_table(const task::Data& settings, const task::Task& task,
                                            const std::vector<std::string>& streams) {
    return std::make_unique<SpikeTable>(settings, task, streams);
}

} // namespace carve::cli
