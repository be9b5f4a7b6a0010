// trials_of_file.hpp: how the trials that files have are shared out: the search takes the first ones, then
// validation, then the rest.
#pragma once
#include "table.hpp"

#include <array>
#include <string>

namespace carve::cli {

// 0, 1 or 2: the search's part of data, validation's or what is held out, which further sets see, too.
std::size_t part_of(Role role);

class TrialsOfFile {
  public:
    // `path`: how messages call it.
    TrialsOfFile(const task::Task& task, const std::string& path);

    // Whether there are enough of them. Throws Error(usage).
    void check(const task::Task& task, std::size_t trials) const;
    // Which of them a trial is. Throws Error(usage) where none is left for it.
    std::size_t trial(const DrawnFor& of) const;
    std::uint64_t search() const { return counts_[0]; }

  private:
    std::string path_;
    std::array<std::uint64_t, 3> counts_;
};

} // namespace carve::cli
