// archive.hpp: values as bytes, little-endian whatever the machine, and back: one walk over a
// struct serves both directions.
#pragma once
#include <Eigen/Dense>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <vector>

namespace carve::cli {

class Writer {
  public:
    std::string bytes;

    void operator()(std::uint64_t value) {
        for (int shift = 0; shift < 64; shift += 8)
            bytes.push_back(static_cast<char>(value >> shift));
    }
    void operator()(std::int64_t value) { (*this)(static_cast<std::uint64_t>(value)); }
    void operator()(bool value) { (*this)(std::uint64_t{value}); }
    void operator()(double value) {
        std::uint64_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        (*this)(bits);
    }
    void operator()(const std::string& text) {
        (*this)(std::uint64_t{text.size()});
        bytes += text;
    }
    template <class T, class Each> void list(const std::vector<T>& values, Each each) {
        (*this)(std::uint64_t{values.size()});
        for (const T& value : values)
            each(value);
    }
    template <class T> void operator()(const std::vector<T>& values) {
        list(values, [this](const T& value) { (*this)(value); });
    }
    void operator()(const Eigen::VectorXd& v) { (*this)(std::vector<double>(v.begin(), v.end())); }
    void operator()(const Eigen::MatrixXd& m) {
        (*this)(std::uint64_t(m.rows()));
        (*this)(std::vector<double>(m.data(), m.data() + m.size()));
    }
    template <class T, class Each> void optional(const std::optional<T>& value, Each each) {
        (*this)(value.has_value());
        if (value)
            each(*value);
    }
};

// Reading past the end gives zeros and makes good() false. Sizes are checked against what is left
// before anything is allocated.
class Reader {
  public:
    explicit Reader(const std::string& bytes) : bytes_(bytes) {}
    bool good() const { return good_; }
    bool at_end() const { return at_ == bytes_.size(); }

    void operator()(std::uint64_t& value) {
        value = 0;
        if (bytes_.size() - at_ < 8) {
            good_ = false;
            at_ = bytes_.size();
            return;
        }
        for (int shift = 0; shift < 64; shift += 8)
            value |= std::uint64_t{static_cast<unsigned char>(bytes_[at_++])} << shift;
    }
    void operator()(std::int64_t& value) {
        std::uint64_t bits = 0;
        (*this)(bits);
        value = static_cast<std::int64_t>(bits);
    }
    void operator()(bool& value) {
        std::uint64_t bits = 0;
        (*this)(bits);
        value = bits != 0;
    }
    void operator()(double& value) {
        std::uint64_t bits = 0;
        (*this)(bits);
        std::memcpy(&value, &bits, sizeof value);
    }
    void operator()(std::string& text) {
        const std::size_t n = size(1);
        text = bytes_.substr(at_, n);
        at_ += n;
    }
    template <class T, class Each> void list(std::vector<T>& values, Each each) {
        values.resize(size(8)); // nothing in a list takes less
        for (T& value : values)
            each(value);
    }
    template <class T> void operator()(std::vector<T>& values) {
        list(values, [this](T& value) { (*this)(value); });
    }
    void operator()(Eigen::VectorXd& v) {
        std::vector<double> values;
        (*this)(values);
        v = Eigen::Map<const Eigen::VectorXd>(values.data(),
                                              static_cast<Eigen::Index>(values.size()));
    }
    void operator()(Eigen::MatrixXd& m) {
        std::uint64_t rows = 0;
        std::vector<double> values;
        (*this)(rows);
        (*this)(values);
        const std::size_t columns = rows == 0 ? 0 : values.size() / rows;
        good_ = good_ && rows <= values.size() && columns * rows == values.size();
        m = good_ ? Eigen::MatrixXd(Eigen::Map<const Eigen::MatrixXd>(
                        values.data(), static_cast<Eigen::Index>(rows),
                        static_cast<Eigen::Index>(columns)))
                  : Eigen::MatrixXd();
    }
    template <class T, class Each> void optional(std::optional<T>& value, Each each) {
        bool present = false;
        (*this)(present);
        value.reset();
        if (present)
            each(value.emplace());
    }

  private:
    std::size_t size(std::size_t least) { // of a list, of elements of at least so many bytes
        std::uint64_t n = 0;
        (*this)(n);
        if (n > (bytes_.size() - at_) / least) {
            good_ = false;
            n = 0;
        }
        return static_cast<std::size_t>(n);
    }

    const std::string& bytes_;
    std::size_t at_ = 0;
    bool good_ = true;
};

} // namespace carve::cli
