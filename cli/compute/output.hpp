// output.hpp: what a command prints. Of several ranks, the first one speaks.
#pragma once
#include <string>

namespace carve::cli {

// Writes to stdout and throws Error(io) if that fails. Characters that a terminal would act on are
// escaped (printable.hpp), as in say.
void print(const std::string& text);
// The same without escapes, for a script.
void print_bytes(const std::string& text);
// A sentence to stderr, unless quiet.
void say(bool quiet, const std::string& text);

// While there is one, what its thread says is kept and not written. One a thread.
class HeldBack {
  public:
    HeldBack();
    ~HeldBack();
    HeldBack(const HeldBack&) = delete;
    HeldBack& operator=(const HeldBack&) = delete;
    const std::string& text() const { return text_; } // lines, each with its end

  private:
    std::string text_;
};

} // namespace carve::cli
