// .npz: a zip archive of .npy members, stored without compression.
#include "atomic_file.hpp"
#include "data.hpp"
#include "error.hpp"

#include <cstring>
#include <fmt/ranges.h>
#include <zlib.h>

namespace carve::cli {
namespace {

std::uint32_t crc32_of(const std::string& bytes) {
    return static_cast<std::uint32_t>(
        ::crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

void put(std::string& out, std::size_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        out.push_back(static_cast<char>(value >> (8 * i)));
}

std::string npy(const Array& array) {
    std::string header = "{'descr': '<f8', 'fortran_order': False, 'shape': (";
    header += fmt::format("{}", fmt::join(array.shape, ", "));
    header += array.shape.size() == 1 ? ",), }" : "), }";
    header.resize((10 + header.size() + 1 + 63) / 64 * 64 - 10,
                  ' '); // data starts at a multiple of 64
    header.back() = '\n';
    std::string out("\x93NUMPY\x01\x00", 8);
    put(out, header.size(), 2);
    out += header;
    for (const double value : array.values) { // as the machine has them: little-endian
        char bytes[8];
        std::memcpy(bytes, &value, sizeof bytes);
        out.append(bytes, sizeof bytes);
    }
    return out;
}

struct Member {
    std::string name;
    std::size_t offset, size;
    std::uint32_t crc;
};

// The fields that the local and the central header share.
void put_common(std::string& out, const Member& m) {
    put(out, 20, 2);     // version needed
    put(out, 0, 2);      // flags
    put(out, 0, 2);      // stored
    put(out, 0, 2);      // time
    put(out, 0x0021, 2); // date: 1980-01-01, so that equal arrays make equal files
    put(out, m.crc, 4);
    put(out, m.size, 4);
    put(out, m.size, 4);
    put(out, m.name.size(), 2);
    put(out, 0, 2); // extra field
}

void put_directory(std::string& out, const std::vector<Member>& members) {
    const std::size_t start = out.size();
    for (const Member& m : members) {
        put(out, 0x02014b50, 4);
        put(out, 20, 2); // made by
        put_common(out, m);
        put(out, 0, 2); // comment
        put(out, 0, 2); // disk
        put(out, 0, 2); // internal attributes
        put(out, 0, 4); // external attributes
        put(out, m.offset, 4);
        out += m.name;
    }
    const std::size_t end = out.size();
    put(out, 0x06054b50, 4);
    put(out, 0, 4); // disks
    put(out, members.size(), 2);
    put(out, members.size(), 2);
    put(out, end - start, 4);
    put(out, start, 4);
    put(out, 0, 2); // comment
}

} // namespace

void write_npz(const std::string& path, const std::vector<Array>& arrays) {
    std::string out;
    std::vector<Member> members;
    for (const Array& array : arrays) {
        const std::string bytes = npy(array);
        members.push_back({array.name + ".npy", out.size(), bytes.size(), crc32_of(bytes)});
        put(out, 0x04034b50, 4);
        put_common(out, members.back());
        out += members.back().name;
        out += bytes;
        if (out.size() > 0xFFFF0000u)
            throw Error(Exit::io, fmt::format("cannot write '{}': more than 4 GiB", path),
                        "record fewer steps or fewer trials");
    }
    put_directory(out, members);
    write_file_atomically(path, out);
}

} // namespace carve::cli
