#include "thread_pool.hpp"

#include <algorithm>
#include <fmt/format.h>
#ifdef __linux__
#include <sched.h>
#endif

namespace carve::cli {

std::vector<int> usable_processors() {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) {
        std::vector<int> usable(CPU_SETSIZE);
        for (std::size_t i = 0; i < usable.size(); ++i)
            usable[i] = CPU_ISSET(i, &set) ? 1 : 0;
        return usable;
    }
#endif
    return std::vector<int>(std::thread::hardware_concurrency(), 1);
}

std::size_t usable_threads() {
    const std::vector<int> usable = usable_processors();
    return std::max<std::size_t>(
        1, static_cast<std::size_t>(std::count(usable.begin(), usable.end(), 1)));
}

Error too_few_threads(std::size_t started, std::size_t wanted, const std::system_error& why) {
    return Error(
        Exit::resource,
        fmt::format("only {} of {} threads can be started: {}", started, wanted,
                    why.code().message()),
        fmt::format("--threads {} runs with these, or raise the limit (ulimit -u)", started));
}

ThreadPool::ThreadPool(std::size_t n_threads) {
    const std::size_t n = n_threads ? n_threads : usable_threads();
    errors_.resize(n);
    threads_.reserve(n);
    try {
        for (std::size_t thread = 1; thread < n; ++thread)
            threads_.emplace_back([this, thread] { loop(thread); });
    } catch (const std::system_error& error) {
        const std::size_t started = threads_.size() + 1;
        stop();
        throw too_few_threads(started, n, error);
    }
}

ThreadPool::~ThreadPool() { stop(); }

void ThreadPool::stop() {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        stopping_ = true;
    }
    start_.notify_all();
    for (std::thread& thread : threads_)
        thread.join();
}

void ThreadPool::run(const std::function<void(std::size_t)>& work) {
    {
        const std::lock_guard<std::mutex> lock(mutex_);
        work_ = &work;
        unfinished_ = threads_.size();
        ++round_;
    }
    start_.notify_all();
    call(0);
    std::unique_lock<std::mutex> lock(mutex_);
    done_.wait(lock, [this] { return unfinished_ == 0; });
    for (std::exception_ptr& error : errors_)
        if (error)
            std::rethrow_exception(error);
}

void ThreadPool::loop(std::size_t thread) {
    for (std::uint64_t seen = 0;;) {
        {
            std::unique_lock<std::mutex> lock(mutex_);
            start_.wait(lock, [&] { return stopping_ || round_ != seen; });
            if (stopping_)
                return;
            seen = round_;
        }
        call(thread);
        {
            const std::lock_guard<std::mutex> lock(mutex_);
            --unfinished_;
        }
        done_.notify_one();
    }
}

void ThreadPool::call(std::size_t thread) {
    errors_[thread] = nullptr;
    try {
        (*work_)(thread);
    } catch (...) {
        errors_[thread] = std::current_exception();
    }
}

} // namespace carve::cli
