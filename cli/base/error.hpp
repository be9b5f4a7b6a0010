// error.hpp: what a command may fail with. Every Error becomes one message and one exit code.
#pragma once
#include <stdexcept>
#include <string>
#include <utility>

namespace carve::cli {

enum class Exit : int {
    ok = 0,
    goal_missed = 1, // the run finished, its goal was not reached
    usage = 2,       // command line or task file
    data = 3,        // an input file or a run directory cannot be read or is corrupt
    io = 4,          // disk full, permissions
    numerics = 5,    // every replica diverged
    version = 6,     // written by an incompatible version
    internal = 70,
    resource = 71,     // memory or threads that the machine or a limit does not give
    resumable = 75,    // by SIGUSR1 or SIGUSR2, the search is saved
    interrupted = 130, // by Ctrl-C, the search is saved
    terminated = 143,  // by SIGTERM, the search is saved
};

// message says what is wrong and names the thing ("no preset is called 'ojaa'"); help, when not
// empty, says the way out ("did you mean 'oja'?").
class Error : public std::runtime_error {
  public:
    Error(Exit code, const std::string& message, std::string help = {})
        : std::runtime_error(message), code_(code), help_(std::move(help)) {}
    Exit code() const { return code_; }
    const std::string& help() const { return help_; }

  private:
    Exit code_;
    std::string help_;
};

// All the faults of one file. what() is ready to print, a fault a line:
//     run.toml:5:1: error: unknown key 'sigmaa' in [search]
//     help: did you mean 'sigma'?
class FileErrors : public Error {
  public:
    using Error::Error;
};

} // namespace carve::cli
