// A fuzz target without a fuzzer, for `./test.sh`: runs it on the files given, on the files of the
// folders given, and on fixed mutations of them.
//   replay [--mutations N] [--random N] FILE OR FOLDER...
// --random: inputs of random bytes, for targets whose bytes are decisions. An input that ends the
// process is left in the file `replayed`.
#include "model/choices.hpp"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

using Bytes = std::vector<std::uint8_t>;

const Bytes* current = nullptr;

void keep_input() {
    if (!current)
        return;
    std::fputs("an input of the fuzz target ended the process: see the file `replayed`\n", stderr);
    std::ofstream out("replayed", std::ios::binary);
    out.write(reinterpret_cast<const char*>(current->data()),
              static_cast<std::streamsize>(current->size()));
}

void on_signal(int number) { // the process is lost: writing a file may fail, no more
    keep_input();
    std::signal(number, SIG_DFL);
    std::raise(number);
}

void run(const Bytes& bytes) {
    const Bytes exact(bytes); // no room behind, which a sanitizer watches
    current = &exact;
    LLVMFuzzerTestOneInput(exact.data(), exact.size());
    current = nullptr;
}

Bytes read(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return Bytes(std::istreambuf_iterator<char>(in), {});
}

void mutate_once(nets::Choices& c, Bytes& b, const Bytes& other) {
    const auto position = [&](std::size_t n) { return std::ptrdiff_t(c.bits(4) % (n + 1)); };
    static const char* const words[] = {"nan", "-inf", "1e999", "-1", "0", "18446744073709551616",
                                        "\"",  "\n",   ",",     "[",  "]", "#"};
    switch (c.below(7)) {
    case 0: // one byte
        if (!b.empty())
            b[std::size_t(position(b.size() - 1))] = std::uint8_t(c.bits(1));
        return;
    case 1: // one bit
        if (!b.empty())
            b[std::size_t(position(b.size() - 1))] ^= std::uint8_t(1u << c.below(8));
        return;
    case 2: { // a piece less
        const auto from = position(b.size()), to = position(b.size());
        b.erase(b.begin() + std::min(from, to), b.begin() + std::max(from, to));
        return;
    }
    case 3: { // a piece of another
        const auto from = position(other.size()), to = position(other.size());
        b.insert(b.begin() + position(b.size()), other.begin() + std::min(from, to),
                 other.begin() + std::max(from, to));
        return;
    }
    case 4: { // a word
        const std::string word = words[c.below(12)];
        b.insert(b.begin() + position(b.size()), word.begin(), word.end());
        return;
    }
    case 5: { // a number of eight bytes
        if (b.size() < 8)
            return;
        const std::uint64_t numbers[] = {
            0, 1, c.below(100), ~std::uint64_t{0}, std::uint64_t{1} << c.below(64), c.bits()};
        const std::uint64_t value = numbers[c.below(6)];
        std::memcpy(b.data() + position(b.size() - 8) / 8 * 8, &value, 8);
        return;
    }
    default:
        b.resize(std::size_t(position(b.size())));
    }
}

} // namespace

int main(int argc, char** argv) {
    std::size_t mutations = 0, random = 0;
    std::vector<std::filesystem::path> files;
    for (int i = 1; i < argc; ++i) {
        const std::string word = argv[i];
        if ((word == "--mutations" || word == "--random") && i + 1 < argc)
            (word == "--random" ? random : mutations) = std::strtoul(argv[++i], nullptr, 10);
        else if (std::filesystem::is_directory(word))
            for (const auto& entry : std::filesystem::directory_iterator(word)) {
                if (entry.is_regular_file())
                    files.push_back(entry.path());
            }
        else
            files.emplace_back(word);
    }
    std::sort(files.begin(), files.end());
    for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE})
        std::signal(number, on_signal);
    std::vector<Bytes> corpus;
    for (const auto& file : files) {
        corpus.push_back(read(file));
        run(corpus.back());
    }
    for (std::size_t k = 0; k < random; ++k) {
        nets::Choices c(nets::mix(k));
        Bytes bytes(100 + c.below(300));
        for (std::uint8_t& byte : bytes)
            byte = std::uint8_t(c.bits(1));
        run(bytes);
    }
    for (std::size_t k = 0; k < mutations && !corpus.empty(); ++k) {
        nets::Choices c(nets::mix(k, 1));
        Bytes bytes = corpus[c.below(std::uint32_t(corpus.size()))];
        for (std::uint32_t n = 1 + c.below(6); n > 0; --n)
            mutate_once(c, bytes, corpus[c.below(std::uint32_t(corpus.size()))]);
        run(bytes);
    }
    std::printf("%zu files, %zu random inputs, %zu mutations\n", corpus.size(), random,
                corpus.empty() ? 0 : mutations);
    return corpus.empty() && random == 0;
}
