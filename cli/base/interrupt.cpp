#include "interrupt.hpp"

#include <csignal>
#include <initializer_list>

namespace carve::cli {
namespace {

volatile std::sig_atomic_t signal_number = 0;

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

} // namespace carve::cli
