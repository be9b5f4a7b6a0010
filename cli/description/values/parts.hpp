// parts.hpp: the parts of a value that is a table, like { mean = 0, sd = 0.1 }.
#pragma once
#include "read_value.hpp"

#include <initializer_list>

namespace carve::cli::task {

class Parts {
  public:
    explicit Parts(const Slot& slot) : slot_(slot), good_(slot.value.table() != nullptr) {}

    bool has(const char* name) const { return slot_.value.find(name) != nullptr; }
    // Reads a part if it is there; its numbers are from low to high.
    template <class T>
    void read(const char* name, T& out, double low = -kInfinity, double high = kInfinity,
              bool above = false) {
        known_.push_back(name);
        const TomlValue* part = slot_.value.find(name);
        if (!part)
            return;
        const Key key{name, "", {}, low, high, above};
        good_ = read_value(Slot{key, slot_.path + "." + name, *part, slot_.faults}, out) && good_;
    }
    // Names a part that the caller reads.
    void note(const char* name) { known_.push_back(name); }
    // Refuses parts that no read has named, and says whether all was well.
    bool done();

  private:
    const Slot& slot_;
    std::vector<std::string> known_;
    bool good_;
};

// A table to be written, part by part; absent values are left out.
class WrittenParts {
  public:
    template <class T> WrittenParts& add(const std::string& name, const T& value) {
        if (Written written = write_value(value))
            add_value(name, std::move(*written));
        return *this;
    }
    WrittenParts& add_value(const std::string& name, TomlValue value);
    TomlValue table() const;

  private:
    TomlTable parts_;
};

TomlValue text_value(const std::string& text);
TomlValue number_value(double number);

} // namespace carve::cli::task
