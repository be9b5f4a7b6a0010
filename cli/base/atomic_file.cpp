#include "atomic_file.hpp"
#include "error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

namespace carve::cli {
namespace {

std::string reason(int error) { return std::strerror(error); }

[[noreturn]] void fail_write(const std::string& path, int error) {
    throw Error(Exit::io, fmt::format("cannot write '{}': {}", path, reason(error)));
}

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0)
            ::close(fd_);
    }
    int get() const { return fd_; }
    // What close() says: on some file systems the first that is heard of a failed write.
    int close() {
        const int fd = fd_;
        fd_ = -1;
        return ::close(fd);
    }

  private:
    int fd_;
};

// 0, or errno.
int write_all(int fd, const std::string& bytes) {
    for (std::size_t at = 0; at < bytes.size();) {
        const ssize_t n = ::write(fd, bytes.data() + at, bytes.size() - at);
        if (n < 0 && errno != EINTR)
            return errno;
        at += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    return 0;
}

// 0, or errno. Devices and pipes know no fsync; that is no failure.
int write_and_sync(const std::string& path, const std::string& bytes, int flags) {
    // Not waiting: a pipe that nobody reads is an error.
    Descriptor file(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK | flags, 0666));
    if (file.get() < 0 || ::fcntl(file.get(), F_SETFL, 0) != 0)
        return errno;
    if (const int error = write_all(file.get(), bytes))
        return error;
    if (::fsync(file.get()) != 0 && errno != EINVAL && errno != EROFS)
        return errno;
    return file.close() == 0 ? 0 : errno;
}

// The standard input, or what a shell has opened: <(command).
bool is_open_already(const std::string& path) {
    return path == "/dev/stdin" || path.rfind("/dev/fd/", 0) == 0 ||
           path.rfind("/proc/self/fd/", 0) == 0;
}

// A file, a device or a pipe that is open to read. Throws Error(data) naming it and the reason.
class InputFile {
  public:
    // Not waiting for one who writes to a pipe, which may never come.
    explicit InputFile(const std::string& path)
        : path_(path), file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
        struct stat status {};
        if (file_.get() < 0 || ::fstat(file_.get(), &status) != 0 ||
            ::fcntl(file_.get(), F_SETFL, 0) != 0)
            throw failure(reason(errno));
        if (S_ISFIFO(status.st_mode) && !is_open_already(path))
            throw failure("it is a pipe; write it into a file first, or give /dev/stdin");
        if (S_ISDIR(status.st_mode))
            throw failure("it is a directory");
        size_ = static_cast<std::uint64_t>(status.st_size);
    }
    Error failure(const std::string& why) const {
        return Error(Exit::data, fmt::format("cannot read '{}': {}", path_, why));
    }
    std::uint64_t size() const { return size_; }
    // So many of the next bytes, at most n; 0 at the end.
    std::size_t read(char* to, std::size_t n) {
        ssize_t count = -1;
        do
            count = ::read(file_.get(), to, n);
        while (count < 0 && errno == EINTR);
        if (count < 0)
            throw failure(reason(errno));
        return static_cast<std::size_t>(count);
    }

  private:
    const std::string& path_;
    Descriptor file_;
    std::uint64_t size_ = 0;
};

void sync_folder_of(const std::string& path) {
    const std::size_t slash = path.rfind('/');
    const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
    const Descriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Folders that may be written but not read, and file systems that cannot sync one, stay as they
    // are.
    if (descriptor.get() >= 0 && ::fsync(descriptor.get()) != 0 && errno == EIO)
        fail_write(path, errno);
}

} // namespace

std::string read_file(const std::string& path, std::uint64_t limit) {
    InputFile file(path);
    const auto too_large = [&] {
        return file.failure(fmt::format("it is larger than {} bytes", limit));
    };
    if (file.size() > limit)
        throw too_large();
    // The size is only the first guess: pipes have none.
    std::string bytes(static_cast<std::size_t>(file.size()) + 1, '\0');
    std::size_t at = 0;
    while (const std::size_t n = file.read(bytes.data() + at, bytes.size() - at)) {
        at += n;
        if (at > limit)
            throw too_large();
        if (at == bytes.size())
            bytes.resize(2 * bytes.size());
    }
    bytes.resize(at);
    return bytes;
}

std::string read_start(const std::string& path, std::size_t most) {
    InputFile file(path);
    std::string bytes(most, '\0');
    std::size_t at = 0;
    while (at < most) {
        const std::size_t n = file.read(bytes.data() + at, most - at);
        if (n == 0)
            break;
        at += n;
    }
    bytes.resize(at);
    return bytes;
}

void write_file_atomically(const std::string& path, const std::string& bytes, Previous previous) {
    struct stat status {};
    const bool exists = ::stat(path.c_str(), &status) == 0;
    if (exists && !S_ISREG(status.st_mode)) { // a device or a pipe is written to, not replaced
        if (const int error = write_and_sync(path, bytes, 0))
            fail_write(path, error);
        return;
    }
    const std::string partial = path + ".partial";
    // Whatever has that name, a link to another file or what a process that was killed has left, is
    // removed and not written through.
    if (::unlink(partial.c_str()) != 0 && errno != ENOENT)
        fail_write(partial, errno);
    int error = write_and_sync(partial, bytes, O_CREAT | O_EXCL);
    if (!error && exists && previous == Previous::keep &&
        ::rename(path.c_str(), (path + ".prev").c_str()) != 0)
        error = errno;
    if (!error && ::rename(partial.c_str(), path.c_str()) != 0)
        error = errno;
    if (error) {
        ::unlink(partial.c_str());
        fail_write(path, error);
    }
    sync_folder_of(path);
}

std::uint64_t checksum(const std::string& bytes) { return XXH3_64bits(bytes.data(), bytes.size()); }

std::uint64_t checksum_of_file(const std::string& path) {
    InputFile file(path);
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    std::string block(1 << 20, '\0');
    while (const std::size_t n = file.read(block.data(), block.size()))
        XXH3_64bits_update(&state, block.data(), n);
    return XXH3_64bits_digest(&state);
}

} // namespace carve::cli
