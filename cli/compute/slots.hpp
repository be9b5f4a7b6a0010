// slots.hpp: threads that each do one whole job after another, such as a search with threads of its
// own, while the thread that made them hands out the jobs.
#pragma once
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace carve::cli {

class Slots {
  public:
    // Does a job with `threads` threads, including its own, and returns its result. May throw
    // Interrupted; any other exception interrupts this process, so that the other jobs also end.
    using Work = std::function<std::string(std::size_t job, std::size_t threads)>;
    struct Ended {
        std::size_t job;
        std::optional<std::string> result; // none: it was interrupted or failed
    };

    // threads: of all slots together, at least one for each. Throws Error(resource).
    Slots(std::size_t count, std::size_t threads, const Work& work);
    ~Slots(); // waits for jobs that have been started
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    std::size_t count() const { return threads_.size(); }
    void start(std::size_t job); // in the first slot that is idle
    // Those that have ended since the last call; none after `wait`.
    std::vector<Ended> ended(std::chrono::milliseconds wait);
    // Throws what the first of the jobs that failed has thrown.
    void rethrow();

  private:
    void stop();
    void loop(std::size_t threads);
    Ended run(std::size_t job, std::size_t threads);

    const Work& work_;
    std::mutex mutex_;
    std::condition_variable start_, done_;
    std::deque<std::size_t> waiting_;
    std::vector<Ended> ended_;
    std::map<std::size_t, std::exception_ptr> failed_; // [job]
    bool stopping_ = false;
    std::vector<std::thread> threads_;
};

} // namespace carve::cli
