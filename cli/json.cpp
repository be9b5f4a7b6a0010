// json.cpp: see json.hpp.
#include "json.hpp"

#include "printable.hpp"

#include <cmath>
#include <limits>

namespace carve::cli {

Json number(double value) {
    if (std::isfinite(value))
        return value;
    return std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

Json numbers(const std::vector<double>& values) {
    Json list = Json::array();
    for (const double v : values)
        list.push_back(number(v));
    return list;
}

double real(const Json& value) {
    if (value.is_number())
        return value.get<double>();
    const double inf = std::numeric_limits<double>::infinity();
    return value == "inf" ? inf : value == "-inf" ? -inf : std::nan("");
}

std::vector<double> reals(const Json& list) {
    std::vector<double> values;
    for (const Json& value : list)
        values.push_back(real(value));
    return values;
}

std::string dump(const Json& json, int indent) {
    return printable(json.dump(indent, ' ', false, Json::error_handler_t::replace)) + "\n";
}

} // namespace carve::cli
