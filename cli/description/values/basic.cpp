// Numbers, texts, ranges and lists of them.
#include "parts.hpp"

#include "suggest.hpp"

#include <cmath>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace carve::cli::task {

std::string in_range_words(const Key& key) {
    if (key.low == -kInfinity && key.high == kInfinity)
        return {};
    const bool open = key.above || key.low == -kInfinity;
    return fmt::format("{}{}, {}{}", open ? "(" : "[", key.low, key.high,
                       key.high == kInfinity ? ")" : "]");
}

bool is_in_range(const Key& key, double value) {
    return (key.above ? value > key.low : value >= key.low) && value <= key.high;
}

bool Slot::refuse(const std::string& message, const std::string& help) const {
    faults.add(value.place, path + message, help);
    return false;
}

namespace {

// "200 ms", "5%".
bool is_with_unit(const std::string& text) {
    const std::size_t end = text.find_first_not_of("+-.0123456789eE");
    const std::size_t unit = text.find_first_not_of(" ", end);
    return end > 0 && end != std::string::npos && unit != std::string::npos &&
           text.size() - unit <= 3 && text.find_first_of("0123456789") < end &&
           text.find("..") == std::string::npos;
}

} // namespace

bool Slot::refuse_type(const std::string& needed) const {
    const auto* text = std::get_if<std::string>(&value.value);
    const bool of_list = needed.find("list") != std::string::npos;
    const std::string help = !text                   ? ""
                             : of_list               ? "a list has brackets: [1, 0.5]"
                             : text->empty()         ? "there is nothing after ="
                             : value.place.line == 0 ? ""
                             : is_with_unit(*text) ? "a number alone: its unit is the key's, which "
                                                     "`carve help KEY` says"
                             : needed.find("number") != std::string::npos ? "numbers have no quotes"
                                                                          : "";
    return refuse(fmt::format(" needs {}, not {}", needed, value.describe()), help);
}

TomlValue text_value(const std::string& text) {
    TomlValue value;
    value.value = text;
    return value;
}

TomlValue number_value(double number) {
    TomlValue value;
    value.value = number;
    return value;
}

bool Parts::done() {
    if (!slot_.value.table())
        return false;
    for (const TomlMember& member : *slot_.value.table())
        if (std::find(known_.begin(), known_.end(), member.key) == known_.end()) {
            slot_.faults.add(member.key_place,
                             fmt::format("{} has no part '{}'", slot_.path, member.key),
                             did_you_mean(member.key, known_,
                                          fmt::format("it has: {}", fmt::join(known_, ", "))));
            good_ = false;
        }
    return good_;
}

WrittenParts& WrittenParts::add_value(const std::string& name, TomlValue value) {
    parts_.push_back({name, {}, std::move(value)});
    return *this;
}

TomlValue WrittenParts::table() const {
    TomlValue value;
    value.value = parts_;
    return value;
}

bool read_value(const Slot& slot, bool& out) {
    const auto* flag = std::get_if<bool>(&slot.value.value);
    if (!flag)
        return slot.refuse_type("true or false");
    out = *flag;
    return true;
}

bool read_value(const Slot& slot, double& out) {
    double number = 0;
    if (const auto* integer = std::get_if<std::int64_t>(&slot.value.value))
        number = static_cast<double>(*integer);
    else if (const auto* real = std::get_if<double>(&slot.value.value))
        number = *real;
    else
        return slot.refuse_type("a number");
    if (std::isnan(number))
        return slot.refuse(" is not a number");
    if (!is_in_range(slot.key, number))
        return slot.refuse(fmt::format(" = {} is outside of {}{}", number, in_range_words(slot.key),
                                       slot.key.unit.empty() ? "" : " " + slot.key.unit));
    out = number;
    return true;
}

bool read_value(const Slot& slot, std::uint64_t& out) {
    const auto* integer = std::get_if<std::int64_t>(&slot.value.value);
    if (!integer) {
        const auto* real = std::get_if<double>(&slot.value.value);
        return real && *real == std::floor(*real) && std::abs(*real) < 1e15
                   ? slot.refuse(" needs a whole number, not " + slot.value.describe(),
                                 fmt::format("written {:.0f}", *real))
                   : slot.refuse_type("a whole number");
    }
    const double number = static_cast<double>(*integer);
    constexpr std::int64_t kExact = std::int64_t{1} << 53; // integers up to it are doubles
    const bool exact = *integer <= kExact;
    if (!is_in_range(slot.key, number) || number < 0 || !exact) {
        Key key = slot.key;
        key.low = std::max(key.low, 0.0);
        return slot.refuse(fmt::format(" = {} is outside of {}{}", *integer, in_range_words(key),
                                       key.unit.empty() ? "" : " " + key.unit));
    }
    out = static_cast<std::uint64_t>(*integer);
    return true;
}

bool read_value(const Slot& slot, std::string& out) {
    if (!slot.key.words.empty()) {
        const int index = read_word(slot, slot.key.words);
        if (index >= 0)
            out = slot.key.words[static_cast<std::size_t>(index)];
        return index >= 0;
    }
    if (const auto* text = std::get_if<std::string>(&slot.value.value))
        out = *text;
    else if (!slot.value.raw.empty() && !slot.value.list() && !slot.value.table())
        out = slot.value.raw; // of an override: what was typed
    else if (const auto* number = std::get_if<std::int64_t>(&slot.value.value);
             number && slot.key.digits)
        out = std::to_string(*number);
    else
        return slot.refuse_type("a text");
    return true;
}

int read_word(const Slot& slot, const std::vector<std::string>& words) {
    const auto* text = std::get_if<std::string>(&slot.value.value);
    const std::string given = text ? *text : slot.value.raw;
    const auto at = std::find(words.begin(), words.end(), given);
    if (at != words.end())
        return static_cast<int>(at - words.begin());
    if (given.empty() && !text)
        slot.refuse(
            fmt::format(" needs one of {}, not {}", fmt::join(words, ", "), slot.value.describe()),
            "in quotes");
    else
        slot.refuse(fmt::format(" = {} is none of: {}", toml_text(given), fmt::join(words, ", ")),
                    did_you_mean(given, words));
    return -1;
}

bool read_value(const Slot& slot, Range& out) {
    std::vector<double> ends;
    if (!slot.value.list() || slot.value.list()->size() != 2)
        return slot.refuse_type("two numbers, [low, high]");
    if (!read_value(slot, ends))
        return false;
    if (!(ends[0] < ends[1]))
        return slot.refuse(
            fmt::format(" = [{}, {}]: the first needs to be below the second", ends[0], ends[1]));
    out = {ends[0], ends[1]};
    return true;
}

bool read_value(const Slot& slot, Names& out) {
    Names names;
    if (slot.value.list()) {
        if (!read_value(slot, names.of))
            return false;
    } else {
        names.of.resize(1);
        if (!read_value(slot, names.of[0]))
            return false;
        if (names.of[0].empty())
            return slot.refuse(" is empty");
    }
    for (std::size_t i = 0; i < names.of.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (names.of[i] == names.of[j])
                return slot.refuse(fmt::format(" lists '{}' twice", names.of[i]));
    out = names;
    return true;
}

bool read_value(const Slot& slot, Numbers& out) {
    Numbers numbers;
    if (slot.value.list() ? !read_value(slot, numbers.of)
                          : (numbers.of.resize(1), !read_value(slot, numbers.of[0])))
        return false;
    if (numbers.of.empty())
        return slot.refuse(" needs at least one number");
    out = numbers;
    return true;
}

bool read_value(const Slot& slot, Batch& out) {
    if (const auto* text = std::get_if<std::string>(&slot.value.value)) {
        if (*text != "all")
            return slot.refuse(
                fmt::format(" = {} is neither a whole number nor \"all\"", toml_text(*text)));
        out.samples = 0;
        return true;
    }
    return read_value(slot, out.samples);
}

Written write_value(bool value) {
    TomlValue written;
    written.value = value;
    return written;
}
Written write_value(double value) { return number_value(value); }
Written write_value(std::uint64_t value) {
    TomlValue written;
    written.value = static_cast<std::int64_t>(value);
    return written;
}
Written write_value(const std::string& value) {
    return value.empty() ? std::nullopt : Written(text_value(value));
}
Written write_value(const Range& value) {
    return write_value(std::vector<double>{value.low, value.high});
}
Written write_value(const Names& value) {
    return value.of.size() == 1 ? write_value(value.of[0]) : write_value(value.of);
}
Written write_value(const Numbers& value) {
    return value.of.size() == 1 ? write_value(value.of[0]) : write_value(value.of);
}
Written write_value(const Batch& value) {
    return value.samples == 0 ? write_value(std::string("all")) : write_value(value.samples);
}

} // namespace carve::cli::task
