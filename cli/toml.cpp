// The only file that includes toml++. Upstream 3.3.0 reaches an assertion on "[`" and undefined
// behaviour on some bytes outside of ASCII; hence the first definition and refuse_non_ascii().
#include "toml.hpp"

#include "atomic_file.hpp"

#define TOML_ASSERT(expression) static_cast<void>(0)
#define TOML_EXCEPTIONS 0
#define TOML_MAX_NESTED_VALUES 16
#include <toml++/toml.h>

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

namespace carve::cli {
namespace {

constexpr std::uint64_t kMaxBytes = 1u << 20;

template <class... Cases> struct Overloaded : Cases... { using Cases::operator()...; };
template <class... Cases> Overloaded(Cases...) -> Overloaded<Cases...>;

Place place_of(const toml::source_region& source, const std::string& name) {
    return {name, source.begin.line, source.begin.column};
}

TomlValue convert(const toml::node& node, const std::string& name) {
    TomlValue result;
    result.place = place_of(node.source(), name);
    if (const auto* table = node.as_table()) {
        TomlTable members;
        for (const auto& [key, value] : *table)
            members.push_back(
                {std::string(key.str()), place_of(key.source(), name), convert(value, name)});
        const auto position = [](const TomlMember& m) {
            return std::pair(m.key_place.line, m.key_place.column);
        };
        std::stable_sort(members.begin(), members.end(),
                         [&](const auto& a, const auto& b) { return position(a) < position(b); });
        result.value = std::move(members);
    } else if (const auto* array = node.as_array()) {
        TomlList list;
        for (const toml::node& element : *array)
            list.push_back(convert(element, name));
        result.value = std::move(list);
    } else if (const auto* text = node.as_string())
        result.value = std::string(text->get());
    else if (const auto* integer = node.as_integer())
        result.value = std::int64_t(integer->get());
    else if (const auto* real = node.as_floating_point())
        result.value = real->get();
    else if (const auto* flag = node.as_boolean())
        result.value = flag->get();
    else
        result.value = TomlOther{};
    return result;
}

bool refuse_non_ascii(const std::string& text, const std::string& name, Faults& faults) {
    unsigned line = 1, column = 1;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 0x80) {
            faults.add({name, line, column}, fmt::format("byte 0x{:02X} is not ASCII", byte),
                       "write it as an escape in a string (\"\\u00E9\"), or leave it out");
            return true;
        }
        column = c == '\n' ? 1 : column + 1;
        line += c == '\n';
    }
    return false;
}

// Null, with a fault, if the text is not TOML.
bool parse(const std::string& text, const std::string& name, TomlValue& root, Faults& faults) {
    if (refuse_non_ascii(text, name, faults))
        return false;
    const toml::parse_result parsed = toml::parse(std::string_view(text));
    if (!parsed) {
        std::string message(parsed.error().description());
        constexpr std::string_view opening = "Error while parsing ";
        if (message.rfind(opening, 0) == 0)
            message = "in the " + message.substr(opening.size());
        faults.add(place_of(parsed.error().source(), name), message);
        return false;
    }
    root = convert(parsed.table(), name);
    return true;
}

// Every place of an override is the override itself.
void relocate(TomlValue& value, const Place& place) {
    value.place = place;
    if (auto* list = std::get_if<TomlList>(&value.value))
        for (TomlValue& element : *list)
            relocate(element, place);
    if (auto* table = std::get_if<TomlTable>(&value.value))
        for (TomlMember& member : *table) {
            member.key_place = place;
            relocate(member.value, place);
        }
}

TomlValue parse_override(const std::string& text, const Place& place) {
    TomlValue document, result;
    Faults ignored;
    if (parse("value = " + text, place.file, document, ignored) && document.table()->size() == 1 &&
        document.table()->front().key == "value")
        result = document.table()->front().value;
    else
        result.value = text;
    result.raw = text;
    relocate(result, place);
    return result;
}

// The value of `key` in the table, made (as an empty table) if it is not there.
TomlValue& member(TomlTable& table, const std::string& key, const Place& place) {
    for (TomlMember& m : table)
        if (m.key == key)
            return m.value;
    table.push_back({key, place, TomlValue{TomlTable{}, place, {}}});
    return table.back().value;
}

} // namespace

void Faults::add(const Place& place, const std::string& message, const std::string& help) {
    faults_.emplace_back(place, message + (help.empty() ? "" : "\nhelp: " + help));
}

void Faults::raise(Exit code) const {
    if (faults_.empty())
        return;
    auto sorted = faults_;
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return std::pair(a.first.line, a.first.column) < std::pair(b.first.line, b.first.column);
    });
    std::string text;
    for (const auto& [place, message] : sorted) {
        text += text.empty() ? "" : "\n";
        text += place.file;
        if (place.line > 0)
            text += fmt::format(":{}:{}", place.line, place.column);
        text += ": error: " + message;
    }
    throw FileErrors(code, text);
}

const TomlTable* TomlValue::table() const { return std::get_if<TomlTable>(&value); }
const TomlList* TomlValue::list() const { return std::get_if<TomlList>(&value); }

const TomlValue* TomlValue::find(const std::string& key) const {
    if (const TomlTable* members = table())
        for (const TomlMember& m : *members)
            if (m.key == key)
                return &m.value;
    return nullptr;
}

std::string TomlValue::describe() const {
    return std::visit(Overloaded{[](bool v) { return std::string(v ? "true" : "false"); },
                                 [](std::int64_t v) { return fmt::format("{}", v); },
                                 [](double v) { return toml_real(v); },
                                 [](const std::string& v) { return "the text " + toml_text(v); },
                                 [](const TomlList&) { return std::string("a list"); },
                                 [](const TomlTable&) { return std::string("a table"); },
                                 [](TomlOther) { return std::string("a date or time"); }},
                      value);
}

std::string read_text(const std::string& path, Exit code) {
    try {
        return read_file(path, kMaxBytes);
    } catch (const Error& error) {
        throw Error(code, error.what(), error.help());
    }
}

TomlValue parse_toml(const std::string& text, const std::string& name, Exit code) {
    Faults faults;
    TomlValue root;
    if (text.size() > kMaxBytes)
        faults.add({name, 0, 0}, fmt::format("{} bytes; at most 1 MiB is read", text.size()));
    else
        parse(text, name, root, faults);
    faults.raise(code);
    return root;
}

bool apply_override(TomlValue& root, const std::string& assignment, Faults& faults) {
    const Place place{"--set " + assignment, 0, 0};
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0) {
        faults.add(place, "an override is key=value", "for example --set input.samples=200");
        return false;
    }
    TomlValue* at = &root;
    for (std::size_t begin = 0; begin <= equals;) {
        const std::size_t end = std::min(assignment.find('.', begin), equals);
        const std::string key = assignment.substr(begin, end - begin);
        auto* table = std::get_if<TomlTable>(&at->value);
        if (key.empty() || !table) {
            faults.add(place, key.empty()
                                  ? "a part of the key is empty"
                                  : "'" + assignment.substr(0, begin - 1) + "' has no keys");
            return false;
        }
        at = &member(*table, key, place);
        begin = end + 1;
    }
    *at = parse_override(assignment.substr(equals + 1), place);
    return true;
}

std::string toml_text(const std::string& text) {
    std::string out = "\"";
    for (std::size_t i = 0; i < text.size();) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x80) {
            if (byte == '"' || byte == '\\')
                out += {'\\', text[i]};
            else if (byte < 0x20 || byte == 0x7F)
                out += fmt::format("\\u{:04X}", byte);
            else
                out += text[i];
            ++i;
            continue;
        }
        // UTF-8: the length by the leading byte, then six bits a byte. A stray byte becomes U+FFFD.
        const std::size_t length = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC0 ? 2 : 1;
        std::uint32_t point = length == 1 ? 0xFFFD : byte & (0x7Fu >> length);
        std::size_t used = 1;
        for (; used < length && i + used < text.size() && (text[i + used] & 0xC0) == 0x80; ++used)
            point = point << 6 | (static_cast<unsigned char>(text[i + used]) & 0x3Fu);
        const bool scalar = point < 0xD800 || (point > 0xDFFF && point <= 0x10FFFF);
        out += fmt::format("\\U{:08X}", used == length && scalar ? point : 0xFFFD);
        i += used;
    }
    return out + '"';
}

std::string toml_real(double value) {
    if (std::isnan(value))
        return "nan";
    std::string text = fmt::format("{}", value);
    if (text.find_first_of(".en") == std::string::npos)
        text += ".0";
    return text;
}

} // namespace carve::cli
