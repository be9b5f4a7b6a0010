#include "slots.hpp"

#include "interrupt.hpp"
#include "thread_pool.hpp"
#include "workers.hpp"

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

namespace carve::cli {

Slots::Slots(std::size_t count, std::size_t threads, const Work& work) : work_(work) {
    threads_.reserve(count);
    try {
        for (std::size_t slot = 0; slot < count; ++slot) {
            const Range mine = static_range(threads, slot, count);
            const std::size_t n = std::max<std::size_t>(1, mine.end - mine.begin);
            threads_.emplace_back([this, n] { loop(n); });
        }
    } catch (const std::system_error& error) {
        const std::size_t started = threads_.size();
        stop();
        throw too_few_threads(std::max<std::size_t>(1, started), count, error);
    }
}

Slots::~Slots() { stop(); }

void Slots::stop() {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        stopping_ = true;
    }
    start_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void Slots::start(std::size_t job) {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        waiting_.push_back(job);
    }
    start_.notify_one();
}

std::vector<Slots::Ended> Slots::ended(std::chrono::milliseconds wait) {
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait_for(lock, wait, [this] { return !ended_.empty(); });
    return std::exchange(ended_, {});
}

void Slots::rethrow() {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!failed_.empty())
        std::rethrow_exception(failed_.begin()->second);
}

void Slots::loop(std::size_t threads) {
    for (;;) {
        std::size_t job;
        {
            std::unique_lock<std::mutex> lock(mutex_);
            start_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
            if (waiting_.empty())
                return;
            job = waiting_.front();
            waiting_.pop_front();
        }
        Ended ended = run(job, threads);
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            ended_.push_back(std::move(ended));
        }
        done_.notify_one();
    }
}

Slots::Ended Slots::run(std::size_t job, std::size_t threads) {
    try {
        return {job, work_(job, threads)};
    } catch (const Interrupted&) {
    } catch (...) {
        const std::lock_guard<std::mutex> lock(mutex_);
        failed_[job] = std::current_exception();
        interrupt(SIGTERM);
    }
    return {job, std::nullopt};
}

} // namespace carve::cli
