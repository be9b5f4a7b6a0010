// json.hpp: numbers and texts in the JSON that carve writes (docs/files.md).
#pragma once
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace carve::cli {

using Json = nlohmann::ordered_json;

// With a newline. Doubles read back identically; those that are not finite, for JSON has none of
// them, are null. Text that is not UTF-8 (an argument, a path) is replaced (printable.hpp).
std::string dump(const Json& json, int indent);
// Back: NaN for null and for what else is no number.
double real(const Json& value);
std::vector<double> reals(const Json& list);
// What the library says of a text or a value, without its own name and numbers.
std::string reason(const Json::exception& fault);

} // namespace carve::cli
