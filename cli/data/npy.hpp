// npy.hpp: the parts of the reader of .npy files: what a header says, and the values behind it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace carve::cli {

struct NpyHeader {
    std::string type; // as NumPy writes it: "<f8"
    bool fortran = false, has_order = false, has_shape = false;
    bool records = false; // of named fields, without a type and a shape
    std::vector<std::size_t> shape;
    std::size_t start = 0; // of the data

    bool holds_numbers() const; // of a type that can be read
};

// `what` is how messages call the array: "'a.npy'", "array 'x' of 'a.npz'". Throws Error(data) for
// what is no intact .npy file; types and sizes are not looked at.
NpyHeader read_npy_header(std::string_view bytes, const std::string& what);

// A type of NumPy's: order of bytes, kind, size. "<f8": little-endian, floating point, 8 bytes.
struct NpyType {
    bool big_endian = false;
    char kind = 0;
    std::size_t bytes = 0;

    double load(const char* at) const;
};

// Throws Error(data), with the way out, for a type that holds no real numbers.
NpyType read_npy_type(const NpyHeader& header, const std::string& what);

// Throws Error(data) unless the shape takes just the bytes that there are behind the header.
void check_npy_size(const NpyHeader& header, const NpyType& type, std::string_view bytes,
                    const std::string& what);

} // namespace carve::cli
