// libFuzzer: any bytes as a checkpoint, whose size and checksum are made right first, are a
// checkpoint or an error; a checkpoint survives being written and read again. If the first byte is
// '+', the second chooses one that a search has left, and the rest changes it: two bytes are the
// place of a word, eight the word. What is taken, the search continues from.
#include "atomic_file.hpp"
#include "checkpoint.hpp"
#include "dataset.hpp"
#include "error.hpp"
#include "snapshot.hpp"

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
    Task task;
    task.name = "fuzz";
    task.input.spectrum = {1, 0.5, 0};
    task.input.samples = 5;
    task.rules = {default_rule("feedforward")};
    task.rules[0].terms = {{0, 2, 1, 0.0}, {1, 1, 0, 0.0}};
    for (const Method method : {Method::cma_es, Method::adam, Method::gauss_newton}) {
        StageSettings stage;
        stage.method = method;
        stage.steps = stage.samples = 5;
        stage.iterations = stage.data_sets = 2;
        task.search.stages.push_back(stage);
    }
    task.search.restarts = 2;
    task.search.refit_iterations = 1;
    task.search.validation_sets = task.search.held_out_sets = 2;
    task.run.threads = 1;
    return task;
}

struct Searched { // and the checkpoints that the search has left
    Task task = small_task();
    DataSource source{task};
    std::vector<std::string> checkpoints;
    Searched() {
        SearchHooks hooks;
        hooks.save = [this](const Snapshot& snapshot, bool) {
            checkpoints.push_back(encode_checkpoint({1, 2, 3.0, snapshot}));
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
