// libFuzzer: any bytes as a checkpoint, whose size and checksum are made right first, are a
// checkpoint or an error; a checkpoint survives being written and read again. If the first byte is
// '+', the second chooses one that a search has left, and the rest changes it: two bytes are the
// place of a word, eight the word. What is taken, the search continues from.
#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "error.hpp"
#include "snapshot.hpp"
#include "trial_source.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

using namespace carve::cli;

namespace {

void put(std::string& bytes, std::size_t at, std::uint64_t value) { // little-endian
    for (std::size_t k = 0; k < 8; ++k)
        bytes[at + k] = static_cast<char>(value >> (8 * k));
}
void make_right(std::string& bytes) {
    constexpr std::size_t header = 32, size_at = 24;
    if (bytes.size() < header + 8)
        return;
    put(bytes, size_at, bytes.size());
    put(bytes, bytes.size() - 8, checksum(bytes.substr(0, bytes.size() - 8)));
}

Task small_task() {
    return parse_task(R"(format = 2
extends = "layer"
[simulation]
duration = 5
[data.x]
spectrum = [1, 0.5, 0]
samples = 5
[rule.feedforward]
terms = ["y^2 w", "x y"]
[trials]
search = 2
validation = 2
held_out = 2
[search]
iterations = 2
restarts = 2
refit_iterations = 1
[search.stage.evolution]
method = "cma_es"
[search.stage.descent]
method = "adam"
[search.stage.end]
method = "gauss_newton"
[run]
threads = 1
)",
                      "fuzz.toml", {});
}

struct Searched { // and the checkpoints that the search has left
    Task task = small_task();
    TrialSource source{task};
    std::vector<std::string> checkpoints;
    Searched() {
        SearchHooks hooks;
        hooks.save = [this](const Snapshot& snapshot, bool) {
            checkpoints.push_back(
                encode_checkpoint({1, 3.0, snapshot, "format = 2\n", {"y^2 w", "x y"}}));
        };
        search(task, source, hooks);
    }
};

std::string changed(const std::vector<std::string>& checkpoints, const std::uint8_t* data,
                    std::size_t size) {
    std::string bytes = checkpoints[size ? *data % checkpoints.size() : 0];
    for (std::size_t k = 1; k + 10 <= size; k += 10) {
        const std::size_t words = bytes.size() / 8, place = data[k] + 256u * data[k + 1];
        std::memcpy(&bytes[place % words * 8], data + k + 2, 8);
    }
    return bytes;
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Searched searched;
    std::string bytes = size && *data == '+'
                            ? changed(searched.checkpoints, data + 1, size - 1)
                            : std::string(reinterpret_cast<const char*>(data), size);
    make_right(bytes);
    try {
        const Checkpoint taken = decode_checkpoint(bytes, "fuzz");
        const std::string again = encode_checkpoint(taken);
        if (encode_checkpoint(decode_checkpoint(again, "fuzz")) != again)
            std::abort();
        check_snapshot(searched.task, taken.search);
        search(searched.task, searched.source, {}, nullptr, &taken.search);
    } catch (const Error& error) {
        if (std::string(error.what()).empty())
            std::abort();
    } catch (const BadSnapshot& bad) {
        if (std::string(bad.what()).empty())
            std::abort();
    }
    return 0;
}
