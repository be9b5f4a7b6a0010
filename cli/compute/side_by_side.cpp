// side_by_side.cpp: the first rank hands out jobs, its own slots' and those that other ranks ask for
// by messages: "KIND SIGNAL JOB", a newline, and the job's result. To the first rank: "free" (a slot
// has no job), "done", "lost" (interrupted or failed), "signal", "bye"; from it: "job", "stop" and
// "over", which "bye" answers, after which there are no messages under way.
#include "side_by_side.hpp"

#include "interrupt.hpp"
#include "ranks.hpp"
#include "workers.hpp"

#include <algorithm>
#include <csignal>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <sstream>

namespace carve::cli {
namespace {

constexpr std::chrono::milliseconds kPoll{1}; // of messages

struct Parsed {
    std::string kind;
    int signal = 0;
    std::size_t job = 0;
    std::string result;
};

std::string message(const std::string& kind, int signal, std::size_t job = 0,
                    const std::string& result = {}) {
    return fmt::format("{} {} {}\n{}", kind, signal, job, result);
}

Parsed parse(const std::string& text) {
    const std::size_t end = text.find('\n');
    std::istringstream head(text.substr(0, end));
    Parsed parsed;
    head >> parsed.kind >> parsed.signal >> parsed.job;
    parsed.result = text.substr(end + 1);
    return parsed;
}

// What is left of the jobs, and their results until it is their turn.
class Queue {
  public:
    Queue(const std::vector<std::size_t>& jobs, const Taken& taken) : jobs_(jobs), taken_(taken) {}

    // None where all are handed out, or after an interrupt.
    std::optional<std::size_t> next() {
        if (interrupted() || next_ == jobs_.size())
            return std::nullopt;
        ++running_;
        return jobs_[next_++];
    }

    void end(std::size_t job, const std::optional<std::string>& result) {
        --running_;
        if (result)
            results_[job] = *result;
        try {
            for (; due_ < jobs_.size() && results_.count(jobs_[due_]) > 0; ++due_) {
                taken_(jobs_[due_], results_[jobs_[due_]]);
                results_.erase(jobs_[due_]);
            }
        } catch (...) { // the others are to end before it is thrown on
            failed_ = std::current_exception();
            due_ = jobs_.size();
            interrupt(SIGTERM);
        }
    }

    bool is_over() const { return running_ == 0 && (interrupted() || next_ == jobs_.size()); }
    void rethrow() const {
        if (failed_)
            std::rethrow_exception(failed_);
    }

  private:
    const std::vector<std::size_t>& jobs_;
    const Taken& taken_;
    std::size_t next_ = 0, due_ = 0, running_ = 0;
    std::map<std::size_t, std::string> results_; // of jobs after the one that is due
    std::exception_ptr failed_;
};

void send_to_others(std::size_t ranks, const std::string& text) {
    for (std::size_t other = 1; other < ranks; ++other)
        send_to_rank(other, text);
}

void answer(const Message& from, Queue& queue) {
    const Parsed said = parse(from.text);
    if (said.signal && !interrupted())
        interrupt(said.signal);
    if (said.kind == "done")
        queue.end(said.job, said.result);
    else if (said.kind == "lost")
        queue.end(said.job, std::nullopt);
    else if (said.kind != "free")
        return;
    if (const std::optional<std::size_t> job = queue.next())
        send_to_rank(from.from, message("job", 0, *job));
}

void lead(Slots& slots, Queue& queue, std::size_t ranks) {
    for (std::size_t i = 0; i < slots.count(); ++i)
        if (const std::optional<std::size_t> job = queue.next())
            slots.start(*job);
    for (bool told = false; !queue.is_over();) {
        for (const Slots::Ended& ended : slots.ended(kPoll)) {
            queue.end(ended.job, ended.result);
            if (const std::optional<std::size_t> job = queue.next())
                slots.start(*job);
        }
        while (const std::optional<Message> from = received_message())
            answer(*from, queue);
        if (interrupted() && !told) {
            send_to_others(ranks, message("stop", interrupted()));
            told = true;
        }
    }
    send_to_others(ranks, message("over", 0));
    for (std::size_t left = 1; left < ranks;) {
        slots.ended(kPoll); // waits a moment
        while (const std::optional<Message> from = received_message())
            left += parse(from->text).kind == "bye";
    }
}

void follow(Slots& slots) {
    for (std::size_t i = 0; i < slots.count(); ++i)
        send_to_rank(0, message("free", interrupted()));
    for (bool told = false;;) {
        for (const Slots::Ended& ended : slots.ended(kPoll))
            send_to_rank(0, message(ended.result ? "done" : "lost", interrupted(), ended.job,
                                    ended.result.value_or("")));
        if (interrupted() && !told) {
            send_to_rank(0, message("signal", interrupted()));
            told = true;
        }
        while (const std::optional<Message> from = received_message()) {
            const Parsed said = parse(from->text);
            if (said.kind == "job")
                slots.start(said.job);
            else if (said.kind == "stop" && !interrupted())
                interrupt(said.signal);
            else if (said.kind == "over") {
                send_to_rank(0, message("bye", 0));
                return;
            }
        }
    }
}

// Each by all ranks.
int one_after_another(const SideBySide& plan, std::size_t count, const Slots::Work& work,
                      const Taken& taken) try {
    for (std::size_t i = 0; i < count; ++i) {
        const auto job =
            static_cast<std::size_t>(of_first_rank(rank() == 0 ? std::uint64_t{plan.jobs[i]} : 0));
        const std::string result = work(job, plan.threads);
        if (rank() == 0)
            taken(job, result);
        if (const int signal = largest_of_ranks(interrupted()))
            return signal;
    }
    return 0;
} catch (const Interrupted& stopped) {
    return stopped.signal;
}

} // namespace

int side_by_side(const SideBySide& plan, const Slots::Work& work, const Taken& taken) {
    const std::size_t me = rank(), ranks = rank_count();
    const auto count = static_cast<std::size_t>(of_first_rank(plan.jobs.size()));
    if (ranks > 1 && 2 * count <= ranks)
        return one_after_another(plan, count, work, taken);
    const std::size_t of_rank = (count + ranks - 1) / ranks;
    const std::size_t at_once =
        std::max<std::size_t>(1, std::min({plan.threads, plan.most, of_rank}));
    Queue queue(plan.jobs, taken);
    Slots slots(at_once, plan.threads, work);
    largest_of_ranks(0); // all have their threads: from here on none fails before it is over
    {
        const Apart apart;
        if (me == 0)
            lead(slots, queue, ranks);
        else
            follow(slots);
    }
    slots.rethrow();
    queue.rethrow();
    return largest_of_ranks(interrupted());
}

} // namespace carve::cli
