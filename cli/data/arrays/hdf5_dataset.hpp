// hdf5_dataset.hpp: one dataset of an HDF5 file that is open.
#pragma once
#include "hdf5_arrays.hpp"

#include <cstdint>
#include <hdf5.h>
#include <utility>

namespace carve::cli {

// An identifier of HDF5's, and how it is closed; below 0 where it could not be opened.
class Hdf5Handle {
  public:
    Hdf5Handle(hid_t id, herr_t (*close)(hid_t)) : id_(id), close_(close) {}
    Hdf5Handle(Hdf5Handle&& other) noexcept
        : id_(std::exchange(other.id_, -1)), close_(other.close_) {}
    Hdf5Handle(const Hdf5Handle&) = delete;
    Hdf5Handle& operator=(const Hdf5Handle&) = delete;
    ~Hdf5Handle() {
        if (id_ >= 0)
            close_(id_);
    }
    operator hid_t() const { return id_; }

  private:
    hid_t id_;
    herr_t (*close_)(hid_t);
};

struct Hdf5Source {
    hid_t dataset;
    Hdf5Kind kind;
    std::uint64_t file_bytes;
    std::string what; // how messages call it: "dataset 'x' of 'a.h5'"
};

bool holds_numbers(const Hdf5Source& source);
// Throws Error(data) for what holds no real numbers, is larger than its file can hold, or cannot be
// read.
NamedArray read_dataset(const Hdf5Source& source, std::string name);

} // namespace carve::cli
