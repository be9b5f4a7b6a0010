#include "interrupt.hpp"

#include <atomic>
#include <csignal>
#include <initializer_list>

namespace carve::cli {
namespace {

std::atomic<int> signal_number{0};
static_assert(std::atomic<int>::is_always_lock_free, "a signal handler sets it");

extern "C" void note(int number) { signal_number = number; }

} // namespace

void watch_interrupts() {
    struct sigaction action = {};
    action.sa_handler = note;
    sigemptyset(&action.sa_mask);
    action.sa_flags = static_cast<int>(SA_RESTART | SA_RESETHAND);
    for (const int number : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2})
        sigaction(number, &action, nullptr);
}

int interrupted() { return signal_number; }
void interrupt(int signal) { signal_number = signal; }

Exit exit_of_signal(int signal) {
    return signal == SIGINT    ? Exit::interrupted
           : signal == SIGTERM ? Exit::terminated
                               : Exit::resumable;
}

} // namespace carve::cli
