// Files: the checkpoint of a search, tables in, arrays out.
#include "checkpoint.hpp"
#include "data.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

namespace bench {
namespace {

using namespace carve::cli;

constexpr std::size_t kRows = 2000, kColumns = 100;

void count_bytes(benchmark::State& state, std::size_t bytes) {
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes) * state.iterations());
}

std::vector<double> numbers(std::size_t n) {
    std::mt19937_64 engine(1);
    std::normal_distribution<double> normal;
    std::vector<double> values(n);
    for (double& value : values)
        value = normal(engine);
    return values;
}

// In the middle of a refit: 54 coefficients and the evaluations of some iterations.
Checkpoint checkpoint() {
    constexpr Eigen::Index n = 54;
    Checkpoint c;
    c.search.candidate.theta = Eigen::VectorXd::Ones(n);
    c.search.candidate.support.resize(n);
    Evaluation evaluation;
    evaluation.losses.assign(50, 0.5);
    evaluation.frozen.assign(50, -1);
    evaluation.gradient = Eigen::VectorXd::Ones(n);
    evaluation.hessian = Eigen::MatrixXd::Identity(n, n);
    c.search.journal.assign(10, evaluation);
    return c;
}

void encode(benchmark::State& state) {
    const Checkpoint c = checkpoint();
    std::size_t bytes = 0;
    for (auto _ : state)
        benchmark::DoNotOptimize(bytes = encode_checkpoint(c).size());
    count_bytes(state, bytes);
}

void decode(benchmark::State& state) {
    const std::string bytes = encode_checkpoint(checkpoint());
    for (auto _ : state)
        benchmark::DoNotOptimize(decode_checkpoint(bytes, "checkpoint"));
    count_bytes(state, bytes.size());
}

void read_npy(benchmark::State& state) {
    const std::vector<double> values = numbers(kRows * kColumns);
    std::string header = fmt::format(
        "{{'descr': '<f8', 'fortran_order': False, 'shape': ({}, {}), }}", kRows, kColumns);
    header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
    header += '\n';
    std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
    bytes += static_cast<char>(header.size() % 256);
    bytes += static_cast<char>(header.size() / 256);
    bytes += header;
    bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(double));
    for (auto _ : state)
        benchmark::DoNotOptimize(parse_npy(bytes, "table.npy", {}));
    count_bytes(state, bytes.size());
}

void read_csv(benchmark::State& state) {
    const std::vector<double> values = numbers(kRows * kColumns);
    std::string bytes;
    for (std::size_t i = 0; i < values.size(); ++i)
        bytes += fmt::format("{:.6g}{}", values[i], (i + 1) % kColumns == 0 ? '\n' : ',');
    for (auto _ : state)
        benchmark::DoNotOptimize(parse_csv(bytes, "table.csv", {}));
    count_bytes(state, bytes.size());
}

void write_arrays(benchmark::State& state) {
    const std::vector<Array> arrays{{"weights", {kRows, kColumns}, numbers(kRows * kColumns)}};
    const std::filesystem::path path =
        std::filesystem::temp_directory_path() / "carve_bench_arrays.npz";
    for (auto _ : state)
        write_npz(path.string(), arrays);
    count_bytes(state, kRows * kColumns * sizeof(double));
    std::filesystem::remove(path);
}

BENCHMARK(encode)->Name("files/checkpoint/write/coefficients:54");
BENCHMARK(decode)->Name("files/checkpoint/read/coefficients:54");
BENCHMARK(read_npy)->Name("files/npy/read/rows:2000/columns:100");
BENCHMARK(read_csv)->Name("files/csv/read/rows:2000/columns:100");
BENCHMARK(write_arrays)->Name("files/npz/write/rows:2000/columns:100")->UseRealTime();

} // namespace
} // namespace bench
