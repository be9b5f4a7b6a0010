// json.hpp: numbers and texts in the JSON that carve writes (docs/files.md).
#pragma once
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace carve::cli {

using Json = nlohmann::ordered_json;

// Doubles read back identically; those that are not finite are the strings "nan", "inf", "-inf":
// JSON has none of them, and null reads as "not there".
Json number(double value);
Json numbers(const std::vector<double>& values);
// Back; NaN for what is no number.
double real(const Json& value);
std::vector<double> reals(const Json& list);
// With a newline. Text that is not UTF-8 (an argument, a path) is replaced (printable.hpp).
std::string dump(const Json& json, int indent);

} // namespace carve::cli
