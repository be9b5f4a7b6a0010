// settings_access.hpp: a setting's get and set from a pointer to the member that holds it; the words
// in which settings/ writes its rows.
#pragma once
#include "settings.hpp"

#include <limits>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

namespace carve::cli::old {

constexpr double kInf = std::numeric_limits<double>::infinity();
using Texts = std::vector<std::string>;

template <class Class, class Member> Class class_of(Member Class::*);
template <auto M> using ClassOf = decltype(class_of(M));

template <auto M> auto& member(void* object) { return static_cast<ClassOf<M>*>(object)->*M; }
template <auto M> const auto& member(const void* object) {
    return static_cast<const ClassOf<M>*>(object)->*M;
}

struct Range {
    double low, high;
    bool above = false;
    const char* unit = "";
};

template <auto M> Setting plain(const char* key, Type type, const char* help) {
    Setting s;
    s.key = key;
    s.type = type;
    s.help = help;
    s.get = [](const void* object) -> SettingValue { return member<M>(object); };
    using Value = std::decay_t<decltype(member<M>(static_cast<const void*>(nullptr)))>;
    s.set = [](void* object, const SettingValue& value) {
        member<M>(object) = std::get<Value>(value);
    };
    s.fault = nullptr;
    return s;
}

inline Setting ranged(Setting s, const Range& range) {
    s.low = range.low;
    s.high = range.high;
    s.above = range.above;
    s.unit = range.unit;
    return s;
}

template <auto M> Setting flag(const char* key, const char* help) {
    return plain<M>(key, Type::flag, help);
}
template <auto M>
Setting integer(const char* key, double low, double high, const char* unit, const char* help) {
    return ranged(plain<M>(key, Type::integer, help), {low, high, false, unit});
}
template <auto M> Setting real(const char* key, const Range& range, const char* help) {
    return ranged(plain<M>(key, Type::real, help), range);
}
template <auto M> Setting reals(const char* key, const Range& range, const char* help) {
    return ranged(plain<M>(key, Type::reals, help), range);
}
template <auto M> Setting text(const char* key, const char* help, const Texts& choices = {}) {
    Setting s = plain<M>(key, Type::text, help);
    s.choices = choices;
    return s;
}

// An enum (or bool) whose values are the indices of Names.
template <auto M, const auto& Names> Setting choice(const char* key, const char* help) {
    Setting s;
    s.key = key;
    s.type = Type::text;
    s.help = help;
    s.choices.assign(Names.begin(), Names.end());
    s.get = [](const void* object) -> SettingValue {
        return std::string(Names[static_cast<std::size_t>(member<M>(object))]);
    };
    s.set = [](void* object, const SettingValue& value) {
        using Enum = std::decay_t<decltype(member<M>(object))>;
        for (std::size_t i = 0; i < Names.size(); ++i)
            if (std::get<std::string>(value) == Names[i])
                member<M>(object) = static_cast<Enum>(i);
    };
    s.fault = nullptr;
    return s;
}

} // namespace carve::cli::old
