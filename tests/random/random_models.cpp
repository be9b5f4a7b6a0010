// Random differential tests of the ABI: random_models [--seed S] [--count N]. Every seed is a model
// with a few calls, or structs or a block of any content. A failure names its seed; --seed S --count
// 1 repeats it.
#include "checks/check.hpp"
#include "failure.hpp"

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

int main(int argc, char** argv) {
    std::uint64_t seed = 1, count = 2000;
    for (int i = 1; i + 1 < argc; i += 2) {
        std::uint64_t& value = std::strcmp(argv[i], "--seed") == 0 ? seed : count;
        if (&value == &count && std::strcmp(argv[i], "--count") != 0)
            argc = 0;
        value = std::strtoull(argv[i + 1], nullptr, 10);
    }
    if (argc % 2 == 0) {
        std::fputs("usage: random_models [--seed S] [--count N]\n", stderr);
        return 2;
    }
    nets::report_signals(20);
    std::uint64_t n_valid = 0, n_attached = 0;
    for (std::uint64_t k = seed; k < seed + count; ++k) {
        nets::set_seed(k);
        nets::Choices calls(k), structs(k), block(k);
        n_valid += nets::check_calls(calls);
        if (k % 4 == 0) {
            nets::check_structs(structs);
            n_attached += nets::check_attach(block);
        }
    }
    std::printf("%" PRIu64 " models, %" PRIu64 " of them valid, %" PRIu64
                " blocks forged and taken\n",
                count, n_valid, n_attached);
    return count > 20 && n_valid * 2 < count; // else the net has become blind
}
