#include "interrupt.hpp"

#include <csignal>

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
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

int interrupted() { return signal_number; }

} // namespace carve::cli
