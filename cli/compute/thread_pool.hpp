// thread_pool.hpp: the same few threads over and over, each with its own static range of indices.
// Nothing is stolen or balanced at run time, so what a thread computes does not depend on timing.
#pragma once
#include "error.hpp"

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace carve::cli {

class ThreadPool {
  public:
    // n_threads: 0 means all that this process may use. The caller's thread is one of them.
    explicit ThreadPool(std::size_t n_threads);
    ~ThreadPool();
    ThreadPool(const ThreadPool&) = delete;
    ThreadPool& operator=(const ThreadPool&) = delete;

    std::size_t size() const { return errors_.size(); }
    // Calls work(thread) once for every thread and waits. If calls throw, the exception of the
    // thread with the smallest index is thrown here.
    void run(const std::function<void(std::size_t thread)>& work);

  private:
    void stop();
    void loop(std::size_t thread);
    void call(std::size_t thread);

    std::mutex mutex_;
    std::condition_variable start_, done_;
    const std::function<void(std::size_t)>* work_ = nullptr;
    std::uint64_t round_ = 0;
    std::size_t unfinished_ = 0;
    bool stopping_ = false;
    std::vector<std::exception_ptr> errors_; // [thread]
    std::vector<std::thread> threads_;
};

// The part of [0, n) that `part` of n_parts owns: contiguous, sizes differ by at most one.
struct Range {
    std::size_t begin, end;
};
inline Range static_range(std::size_t n, std::size_t part, std::size_t n_parts) {
    return {n * part / n_parts, n * (part + 1) / n_parts};
}

// Of a process that may start no more threads than `started` of those that it wants.
Error too_few_threads(std::size_t started, std::size_t wanted, const std::system_error& why);

std::vector<int> usable_processors(); // 1 for each that this process may run on, 0 for the others
std::size_t usable_threads();         // their number, at least 1

} // namespace carve::cli
