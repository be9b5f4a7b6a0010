#include "json.hpp"

#include "printable.hpp"

#include <cmath>

namespace carve::cli {

// The library writes null for a double that is not finite.
std::string dump(const Json& json, int indent) {
    return printable(json.dump(indent, ' ', false, Json::error_handler_t::replace)) + "\n";
}

double real(const Json& value) { return value.is_number() ? value.get<double>() : std::nan(""); }

std::vector<double> reals(const Json& list) {
    std::vector<double> values;
    for (const Json& value : list)
        values.push_back(real(value));
    return values;
}

std::string reason(const Json::exception& fault) {
    const std::string text = fault.what(); // "[json.exception.parse_error.101] parse error at ..."
    const std::size_t name = text.find("] ");
    return name == std::string::npos ? text : text.substr(name + 2);
}

} // namespace carve::cli
