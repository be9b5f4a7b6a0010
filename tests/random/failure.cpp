#include "failure.hpp"

#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__)
#define CARVE_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define CARVE_SANITIZED 1
#endif
#endif
#ifdef CARVE_SANITIZED
#include <sanitizer/common_interface_defs.h>
#endif

namespace nets {

namespace {

char tried[16384], seed_line[64];
unsigned limit = 0;

void print(const char* text) { // by write, which a signal handler may call
    const ssize_t ignored = write(STDERR_FILENO, text, std::strlen(text));
    (void)ignored;
}
void print_tried() {
    print(seed_line);
    print(tried);
}
void on_signal(int number) {
    const char* const name = number == SIGPROF  ? "FAILED: endless loop\n"
                             : number == SIGFPE ? "FAILED: floating-point trap\n"
                                                : "FAILED: invalid memory access\n";
    print(name);
    print_tried();
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
}

} // namespace

void set_seed(unsigned long long seed) {
    std::snprintf(seed_line, sizeof seed_line, "seed %llu\n", seed);
}

void now_trying(const std::string& what) {
    const std::size_t n = what.size() < sizeof tried - 1 ? what.size() : sizeof tried - 1;
    std::memcpy(tried, what.data(), n);
    tried[n] = '\0';
    if (limit) {
        const itimerval timer = {{0, 0}, {static_cast<time_t>(limit), 0}};
        setitimer(ITIMER_PROF, &timer, nullptr);
    }
}

void fail(const char* format, ...) {
    std::fputs("FAILED: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
    std::fflush(stderr);
    print_tried();
    std::abort();
}

void report_signals(unsigned seconds) {
    limit = seconds;
    std::signal(SIGPROF, on_signal);
#ifdef CARVE_SANITIZED
    __sanitizer_set_death_callback(print_tried);
#else
    for (const int number : {SIGSEGV, SIGBUS, SIGFPE, SIGILL})
        std::signal(number, on_signal);
#endif
}

} // namespace nets
