#include "zip.hpp"
#include "error.hpp"
#include "utf8.hpp"

#include <algorithm>
#include <fmt/format.h>
#include <limits>
#include <zlib.h>

namespace carve::cli {
namespace {

constexpr std::size_t kEnd = 22, kEnd64 = 56, kLocator = 20, kEntry = 46, kLocal = 30; // bytes
constexpr std::size_t kLongestComment = 65535;
constexpr unsigned kStored = 0, kDeflated = 8;

struct Directory {
    std::size_t start = 0, size = 0, entries = 0;
};

class ZipReader {
  public:
    ZipReader(std::string_view bytes, const std::string& path) : bytes_(bytes), path_(path) {}

    std::vector<ZipMember> members() const {
        const Directory directory = find_directory();
        std::vector<ZipMember> members;
        std::size_t at = directory.start, packed = 0;
        for (std::size_t i = 0; i < directory.entries; ++i) {
            members.push_back(entry(at, directory));
            packed += members.back().packed;
            if (packed > directory.start)
                throw corrupt("its members overlap");
        }
        return members;
    }

  private:
    Error corrupt(const std::string& why) const {
        return Error(Exit::data, fmt::format("'{}' is not an intact zip archive: {}", path_, why),
                     "it may have been cut off; write it again with numpy.savez(file, x=array)");
    }

    std::size_t number(std::size_t at, std::size_t n) const {
        std::size_t value = 0;
        while (n-- > 0)
            value = value << 8 | static_cast<unsigned char>(bytes_[at + n]);
        return value;
    }

    bool holds(std::size_t at, std::size_t n, std::size_t end) const {
        return at <= end && n <= end - at;
    }

    bool is_signed(std::size_t at, std::string_view signature) const {
        return bytes_.substr(at, 4) == signature;
    }

    // The record at the end, behind which there may be a comment.
    std::size_t find_end() const {
        if (bytes_.size() >= kEnd) {
            const std::size_t last = bytes_.size() - kEnd;
            for (std::size_t comment = 0; comment <= std::min(last, kLongestComment); ++comment)
                if (is_signed(last - comment, "PK\5\6") &&
                    number(last - comment + 20, 2) == comment)
                    return last - comment;
        }
        throw corrupt("it does not end with a directory");
    }

    Directory find_directory() const {
        std::size_t end = find_end();
        Directory directory = {number(end + 16, 4), number(end + 12, 4), number(end + 10, 2)};
        std::size_t disks = number(end + 4, 4), here = number(end + 8, 2);
        if (end >= kLocator && is_signed(end - kLocator, "PK\6\7")) { // zip64
            const std::size_t limit = end - kLocator;
            end = number(limit + 8, 8);
            if (!holds(end, kEnd64, limit) || !is_signed(end, {"PK\6\6", 4}))
                throw corrupt("its directory is not where it says");
            directory = {number(end + 48, 8), number(end + 40, 8), number(end + 32, 8)};
            disks = number(end + 16, 8);
            here = number(end + 24, 8);
        }
        if (disks != 0 || here != directory.entries)
            throw corrupt("it is one of several parts");
        if (!holds(directory.start, directory.size, end) ||
            directory.entries > directory.size / kEntry)
            throw corrupt("its directory is not where it says");
        return directory;
    }

    // The entry of the directory at `at`, which moves to the next.
    ZipMember entry(std::size_t& at, const Directory& directory) const {
        const std::size_t end = directory.start + directory.size;
        if (!holds(at, kEntry, end) || !is_signed(at, "PK\1\2"))
            throw corrupt("its directory is damaged");
        const std::size_t name = number(at + 28, 2), extra = number(at + 30, 2),
                          comment = number(at + 32, 2);
        if (!holds(at + kEntry, name + extra + comment, end))
            throw corrupt("its directory is damaged");
        ZipMember member;
        member.name = bytes_.substr(at + kEntry, name);
        member.flags = static_cast<unsigned>(number(at + 8, 2));
        member.method = static_cast<unsigned>(number(at + 10, 2));
        member.crc = static_cast<std::uint32_t>(number(at + 16, 4));
        member.packed = number(at + 20, 4);
        member.size = number(at + 24, 4);
        std::size_t local = number(at + 42, 4);
        read_long_numbers(at + kEntry + name, extra, {&member.size, &member.packed, &local});
        member.data = start_of_data(local, member, directory.start);
        at += kEntry + name + extra + comment;
        return member;
    }

    // Numbers that take more than 32 bits, all of whose bits are 1, are in an extra field of type 1.
    void read_long_numbers(std::size_t at, std::size_t bytes,
                           std::initializer_list<std::size_t*> numbers) const {
        const std::size_t end = at + bytes;
        while (holds(at, 4, end) && number(at, 2) != 1)
            at += 4 + number(at + 2, 2);
        const std::size_t field = holds(at, 4, end) ? number(at + 2, 2) : 0;
        const std::size_t last = holds(at + 4, field, end) ? at + 4 + field : at;
        at += 4;
        for (std::size_t* n : numbers) {
            if (*n != 0xFFFFFFFF)
                continue;
            if (!holds(at, 8, last))
                throw corrupt("its directory is damaged");
            *n = number(at, 8);
            at += 8;
        }
    }

    std::size_t start_of_data(std::size_t local, const ZipMember& member, std::size_t end) const {
        if (!holds(local, kLocal, end) || !is_signed(local, "PK\3\4"))
            throw corrupt(fmt::format("'{}' is not where it says", excerpt(member.name)));
        const std::size_t name = number(local + 26, 2), extra = number(local + 28, 2);
        const std::size_t start = local + kLocal + name + extra;
        if (!holds(start, member.packed, end) || bytes_.substr(local + kLocal, name) != member.name)
            throw corrupt(fmt::format("'{}' is not where it says", excerpt(member.name)));
        return start;
    }

    std::string_view bytes_;
    const std::string& path_;
};

// False where the bytes do not become just those that `to` has room for.
bool inflate_to(std::string& to, std::string_view from) {
    constexpr std::size_t most = std::numeric_limits<uInt>::max();
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) // without a header of zlib's own
        throw std::bad_alloc();
    std::size_t read = 0, written = 0;
    int status = Z_OK;
    while (status == Z_OK) {
        // zlib counts in 32 bits, and writes nothing to what it reads.
        const std::size_t in = std::min(most, from.size() - read),
                          out = std::min(most, to.size() - written);
        stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(from.data() + read));
        stream.next_out = reinterpret_cast<Bytef*>(to.data() + written);
        stream.avail_in = static_cast<uInt>(in);
        stream.avail_out = static_cast<uInt>(out);
        status = inflate(&stream, Z_NO_FLUSH);
        read += in - stream.avail_in;
        written += out - stream.avail_out;
    }
    inflateEnd(&stream);
    return status == Z_STREAM_END && read == from.size() && written == to.size();
}

} // namespace

std::vector<ZipMember> zip_members(std::string_view bytes, const std::string& path) {
    return ZipReader(bytes, path).members();
}

std::string unzipped(std::string_view bytes, const ZipMember& member, const std::string& path) {
    const std::string what = fmt::format("'{}' in '{}'", excerpt(member.name), path);
    if (member.flags & 1)
        throw Error(Exit::data, what + " is encrypted", "write it without a password");
    if (member.method != kStored && member.method != kDeflated)
        throw Error(Exit::data,
                    fmt::format("{} is packed by method {} of zip", what, member.method),
                    "members are stored or deflated: write the file with numpy.savez or "
                    "numpy.savez_compressed");
    const std::string again = "the file was damaged; write it again";
    const bool stored = member.method == kStored;
    if (stored ? member.size != member.packed : member.size / kMostDeflated > member.packed)
        throw Error(Exit::data,
                    fmt::format("{} cannot be of {} bytes, for {} are packed", what, member.size,
                                member.packed),
                    again);
    const std::string_view packed = bytes.substr(member.data, member.packed);
    std::string out = stored ? std::string(packed) : std::string(member.size, '\0');
    if (!stored && !inflate_to(out, packed))
        throw Error(Exit::data, what + " cannot be unpacked", again);
    if (::crc32_z(0, reinterpret_cast<const Bytef*>(out.data()), out.size()) != member.crc)
        throw Error(Exit::data, what + " has another checksum than its data", again);
    return out;
}

} // namespace carve::cli
