// Python as an oracle.
#ifndef CARVE_TESTS_DATA_PYTHON_HPP
#define CARVE_TESTS_DATA_PYTHON_HPP

#include <cstdlib>
#include <string>

// The command of a Python that has such modules; empty without one.
inline std::string python_with(const std::string& modules) {
    for (const std::string candidate : {"python3", "/usr/bin/python3"})
        if (std::system((candidate + " -c 'import " + modules + "' 2>/dev/null").c_str()) == 0)
            return candidate;
    return {};
}

inline std::string python_with_numpy() { return python_with("numpy"); }

#endif
