#include "output.hpp"

#include "error.hpp"
#include "printable.hpp"
#include "ranks.hpp"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fmt/format.h>

namespace carve::cli {
namespace {

thread_local std::string* held_back = nullptr;

} // namespace

HeldBack::HeldBack() { held_back = &text_; }
HeldBack::~HeldBack() { held_back = nullptr; }

void print_bytes(const std::string& text) {
    if (rank() > 0)
        return;
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0)
        throw Error(Exit::io,
                    fmt::format("cannot write to the standard output: {}", std::strerror(errno)));
}

void print(const std::string& text) { print_bytes(printable(text)); }

void say(bool quiet, const std::string& text) {
    if (!quiet && held_back)
        *held_back += text + "\n";
    else if (!quiet && rank() == 0)
        std::fputs((printable(text) + "\n").c_str(), stderr);
}

} // namespace carve::cli
