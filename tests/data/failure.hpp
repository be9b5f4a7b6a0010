// What an action fails with, as one text to look for things in.
#ifndef CARVE_TESTS_DATA_FAILURE_HPP
#define CARVE_TESTS_DATA_FAILURE_HPP

#include "error.hpp"

#include <string>

struct Failure {
    carve::cli::Exit code = carve::cli::Exit::ok;
    std::string text; // message and help

    bool says(const std::string& part) const { return text.find(part) != std::string::npos; }
};

template <class Action> Failure failure_of(Action&& action) {
    try {
        action();
    } catch (const carve::cli::Error& e) {
        return {e.code(), std::string(e.what()) + "\n" + e.help()};
    }
    return {};
}

#endif
