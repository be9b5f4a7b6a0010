// .npy as NumPy documents it: magic, version, length of the header, header (a Python dictionary),
// data.
#include "npy.hpp"
#include "data.hpp"
#include "error.hpp"
#include "utf8.hpp"

#include <cctype>
#include <cmath>
#include <cstring>
#include <fmt/ranges.h>
#include <string_view>
#include <type_traits>

namespace carve::cli {
namespace {

// Reads the dictionary; false where it is not one that NumPy would write for a plain array.
class HeaderReader {
  public:
    explicit HeaderReader(std::string_view text) : text_(text) {}

    bool read(NpyHeader& header) {
        if (!take('{'))
            return false;
        while (!take('}')) {
            std::string key;
            if (!quoted(key) || !take(':') || !value(key, header))
                return false;
            if (!take(',') && peek() != '}')
                return false;
        }
        skip_space();
        return at_ == text_.size() && !header.type.empty() && header.has_order && header.has_shape;
    }

  private:
    bool value(const std::string& key, NpyHeader& header) {
        if (key == "descr") {
            header.records = peek() == '[';
            return quoted(header.type);
        }
        if (key == "fortran_order") {
            header.has_order = true;
            header.fortran = word("True");
            return header.fortran || word("False");
        }
        return key == "shape" && shape(header);
    }

    bool shape(NpyHeader& header) {
        header.has_shape = true;
        header.shape.clear();
        if (!take('('))
            return false;
        while (!take(')')) {
            std::size_t n = 0;
            if (!integer(n) || header.shape.size() == 64) // NumPy's own limit
                return false;
            header.shape.push_back(n);
            if (!take(',') && peek() != ')')
                return false;
        }
        return true;
    }

    bool integer(std::size_t& n) {
        skip_space();
        const std::size_t first = at_;
        for (; at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9'; ++at_)
            if (__builtin_mul_overflow(n, std::size_t{10}, &n) ||
                __builtin_add_overflow(n, static_cast<std::size_t>(text_[at_] - '0'), &n))
                return false;
        return at_ > first;
    }

    bool quoted(std::string& out) {
        skip_space();
        const char quote = peek();
        if (quote != '\'' && quote != '"')
            return false;
        const std::size_t end = text_.find(quote, at_ + 1);
        if (end == std::string_view::npos)
            return false;
        out = text_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
        return true;
    }

    bool word(std::string_view w) {
        skip_space();
        if (text_.substr(at_, w.size()) != w)
            return false;
        at_ += w.size();
        return true;
    }

    bool take(char c) {
        if (peek() != c)
            return false;
        ++at_;
        return true;
    }

    char peek() {
        skip_space();
        return at_ < text_.size() ? text_[at_] : '\0';
    }

    void skip_space() {
        while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])))
            ++at_;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

// The bits of the next `bytes` bytes, whatever the order of this machine's own.
std::uint64_t bits_at(const char* at, std::size_t bytes, bool big_endian) {
    std::uint64_t bits = 0;
    for (std::size_t i = 0; i < bytes; ++i)
        bits = bits << 8 | static_cast<unsigned char>(at[big_endian ? i : bytes - 1 - i]);
    return bits;
}

template <class T> T with_bits(std::uint64_t bits) {
    T value;
    const auto narrow =
        static_cast<std::conditional_t<sizeof(T) == 4, std::uint32_t, std::uint64_t>>(bits);
    static_assert(sizeof narrow == sizeof value);
    std::memcpy(&value, &narrow, sizeof value);
    return value;
}

// IEEE 754 half precision: 1 bit of sign, 5 of the exponent, 10 of the fraction.
double half(std::uint64_t bits) {
    const auto fraction = static_cast<double>(bits & 0x3FF);
    const int exponent = static_cast<int>(bits >> 10 & 0x1F);
    double magnitude =
        exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    if (exponent == 0x1F)
        magnitude = fraction == 0 ? HUGE_VAL : std::nan("");
    return bits >> 15 ? -magnitude : magnitude;
}

// The type that a header names; without bytes where it is none that can be read.
NpyType type_of(const std::string& t) {
    if (t.size() != 3 || std::string_view("<>|").find(t[0]) == std::string_view::npos)
        return {};
    const std::string_view sizes = t[1] == 'f'                  ? "248"
                                   : t[1] == 'i' || t[1] == 'u' ? "1248"
                                   : t[1] == 'b'                ? "1"
                                                                : "";
    const auto bytes = static_cast<std::size_t>(t[2] - '0');
    if (sizes.find(t[2]) == std::string_view::npos || (t[0] == '|' && bytes != 1))
        return {};
    return {t[0] == '>', t[1], bytes};
}

// What values of a type that cannot be read are, and how they become numbers.
struct OtherType {
    char kind;
    const char *values, *help;
};
constexpr OtherType kOtherTypes[] = {
    {'c', "complex numbers", "save the parts, array.real.astype('f8') and array.imag.astype('f8')"},
    {'U', "texts",
     "array.astype('f8') makes numbers of their digits, numpy.unique(array, "
     "return_inverse=True)[1] a number of each word; save that"},
    {'S', "texts",
     "array.astype('f8') makes numbers of their digits, numpy.unique(array, "
     "return_inverse=True)[1] a number of each word; save that"},
    {'O', "Python objects",
     "objects are not loaded; make numbers of them with array.astype('f8') before they are saved"},
    {'M', "dates", "array.astype('i8') counts their unit; save that"},
    {'m', "durations", "array.astype('i8') counts their unit; save that"},
};

} // namespace

double NpyType::load(const char* at) const {
    const std::uint64_t bits = bits_at(at, bytes, big_endian);
    switch (kind) {
    case 'f':
        return bytes == 8   ? with_bits<double>(bits)
               : bytes == 4 ? static_cast<double>(with_bits<float>(bits))
                            : half(bits);
    case 'i': {
        const std::size_t unused = 64 - 8 * bytes; // the sign is moved to the top and back
        return static_cast<double>(static_cast<std::int64_t>(bits << unused) >> unused);
    }
    case 'b':
        return bits != 0;
    default:
        return static_cast<double>(bits);
    }
}

bool NpyHeader::holds_numbers() const { return type_of(type).bytes > 0; }

NpyType read_npy_type(const NpyHeader& header, const std::string& what) {
    if (header.records)
        throw Error(Exit::data, fmt::format("{} holds records with named fields", what),
                    "numpy.lib.recfunctions.structured_to_unstructured(array) makes columns of "
                    "them; save that");
    const std::string& t = header.type;
    const NpyType type = type_of(t);
    if (type.bytes > 0)
        return type;
    const std::size_t kind = t.find_first_not_of("<>|=");
    for (const OtherType& other : kOtherTypes)
        if (kind != std::string::npos && t[kind] == other.kind)
            throw Error(
                Exit::data,
                fmt::format("{} holds {}, values of type '{}'", what, other.values, excerpt(t)),
                other.help);
    throw Error(Exit::data, fmt::format("{} holds values of type '{}'", what, excerpt(t)),
                "real numbers are read: float16 to float64, all integers, bool; convert with "
                "array.astype('f8') before numpy.save");
}

NpyHeader read_npy_header(std::string_view bytes, const std::string& what) {
    const auto corrupt = [&](const char* why) {
        return Error(Exit::data, fmt::format("{} is not an intact .npy file: {}", what, why),
                     "write it with numpy.save(file, array)");
    };
    const auto byte = [&](std::size_t i) {
        return static_cast<std::size_t>(static_cast<unsigned char>(bytes[i]));
    };
    if (bytes.size() < 10 || bytes.compare(0, 6, "\x93NUMPY") != 0)
        throw corrupt("it does not start as one");
    const std::size_t version = byte(6), start = version == 1 ? 10 : 12;
    if (version < 1 || version > 3 || bytes.size() < start)
        throw corrupt("its version is none of 1, 2, 3");
    std::size_t length = byte(8) | byte(9) << 8;
    if (version > 1)
        length |= byte(10) << 16 | byte(11) << 24;
    if (length > bytes.size() - start)
        throw corrupt("it ends within its header");
    NpyHeader header;
    header.start = start + length;
    if (!HeaderReader(bytes.substr(start, length)).read(header) && !header.records)
        throw corrupt("its header does not describe a plain array");
    return header;
}

void check_npy_size(const NpyHeader& header, const NpyType& type, std::string_view bytes,
                    const std::string& what) {
    const std::size_t available = bytes.size() - header.start;
    std::size_t needed = type.bytes;
    bool fits = true;
    for (const std::size_t n : header.shape)
        fits = !__builtin_mul_overflow(needed, n, &needed) && fits;
    if (!fits || needed != available)
        throw Error(Exit::data,
                    fmt::format("{} has {} bytes of data, which is not what {} values of {} bytes "
                                "take",
                                what, available,
                                header.shape.empty()
                                    ? "1"
                                    : fmt::format("{}", fmt::join(header.shape, " x ")),
                                type.bytes),
                    "the file was probably cut off; write it again");
}

Table parse_npy(const std::string& bytes, const std::string& name,
                const std::vector<std::string>& selection) {
    const std::string what = fmt::format("'{}'", name);
    const NpyHeader header = read_npy_header(bytes, what);
    const NpyType type = read_npy_type(header, what);
    if (header.shape.size() != 2)
        throw Error(Exit::data,
                    fmt::format("'{}' has {} dimension{}, not 2", name, header.shape.size(),
                                header.shape.size() == 1 ? "" : "s"),
                    "reshape the array to [samples][columns] before numpy.save");
    const std::size_t rows = header.shape[0], columns = header.shape[1];
    if (rows == 0 || columns == 0)
        throw Error(Exit::data,
                    fmt::format("'{}' is empty: {} rows of {} columns", name, rows, columns));
    check_npy_size(header, type, bytes, what);

    std::vector<std::string> names(columns);
    for (std::size_t j = 0; j < columns; ++j)
        names[j] = std::to_string(j + 1);
    const std::vector<std::size_t> selected = select_columns(selection, names, name);
    const std::size_t row_stride = header.fortran ? 1 : columns;
    const std::size_t column_stride = header.fortran ? rows : 1;

    Table table;
    table.rows.resize(static_cast<Eigen::Index>(rows), static_cast<Eigen::Index>(selected.size()));
    for (std::size_t k = 0; k < selected.size(); ++k)
        table.columns.push_back(names[selected[k]]);
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t k = 0; k < selected.size(); ++k) {
            const std::size_t j = selected[k];
            const double v = type.load(bytes.data() + header.start +
                                       type.bytes * (i * row_stride + j * column_stride));
            if (!std::isfinite(v))
                throw Error(Exit::data,
                            fmt::format("'{}': row {}, column {}: {} is not a finite number", name,
                                        i + 1, j + 1, v));
            table.rows(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(k)) = v;
        }
    return table;
}

} // namespace carve::cli
