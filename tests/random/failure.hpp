// How the random tests end when something is wrong: what was tried is printed, whether a check or a
// signal ends it.
#ifndef CARVE_TESTS_FAILURE_HPP
#define CARVE_TESTS_FAILURE_HPP

#include <string>

namespace nets {

// What is being tried now: printed with a failure.
void now_trying(const std::string& what);
[[noreturn]] void fail(const char* format, ...) __attribute__((format(printf, 1, 2)));
void set_seed(unsigned long long seed); // printed, too
// From now on crashes and endless loops (more than `seconds` of processor time since the last
// now_trying) print what was tried, too.
void report_signals(unsigned seconds);

} // namespace nets

#endif
