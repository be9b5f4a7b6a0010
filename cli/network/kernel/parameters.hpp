// parameters.hpp: what a model of the C ABI points to.
#pragma once
#include "calls.hpp"

#include <memory>
#include <vector>

namespace carve::cli {

// Owns structs of any kind, each at the address where it was made.
class Parameters {
  public:
    // A struct with the library's defaults.
    template <class T> T& add(carve_status (*init)(T*, std::size_t)) {
        T& out = add(T{});
        check_status(init(&out, sizeof out), "an _init function");
        return out;
    }
    template <class T> T& add(T value) {
        const auto made = std::make_shared<T>(std::move(value));
        kept_.push_back(made);
        return *made;
    }

  private:
    std::vector<std::shared_ptr<void>> kept_;
};

} // namespace carve::cli
