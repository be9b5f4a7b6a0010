#include "arrays.hpp"
#include "atomic_file.hpp"
#include "failure.hpp"
#include "python.hpp"
#include "temporary.hpp"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <sstream>

using namespace carve::cli;

namespace {

using Lines = std::vector<std::vector<std::string>>;

// The values between the tabs of each line.
Lines lines_of(const std::string& text) {
    Lines lines;
    std::istringstream all(text);
    for (std::string line; std::getline(all, line);) {
        lines.emplace_back();
        std::istringstream parts(line + "\t");
        for (std::string part; std::getline(parts, part, '\t');)
            lines.back().push_back(part);
    }
    return lines;
}

// What a program of this folder writes and says in its manifest; empty without what it needs.
Lines written_by(const std::string& program, const Temporary& folder) {
    const std::string with_h5py = CARVE_HDF5 ? python_with("numpy, h5py") : "";
    const std::string python = with_h5py.empty() ? python_with_numpy() : with_h5py;
    if (python.empty()) {
        MESSAGE("skipped: python3 with NumPy is not installed");
        return {};
    }
    if (with_h5py.empty())
        MESSAGE("without HDF5: its library or h5py is not installed");
    const std::string command = python + " -W ignore " + CARVE_SOURCE_ROOT + "/tests/data/arrays/" +
                                program + " " + (folder / "") + (with_h5py.empty() ? "" : " hdf5");
    REQUIRE(std::system(command.c_str()) == 0);
    return lines_of(contents(folder / "manifest.txt"));
}

// NaN may have any of its bits.
bool same(const std::vector<double>& a, const std::vector<double>& b) {
    bool equal = a.size() == b.size();
    for (std::size_t i = 0; equal && i < a.size(); ++i)
        equal = std::isnan(b[i]) ? std::isnan(a[i]) : std::memcmp(&a[i], &b[i], sizeof a[i]) == 0;
    return equal;
}

std::vector<double> numbers_of(const std::string& path) {
    const std::string bytes = contents(path);
    std::vector<double> values(bytes.size() / sizeof(double));
    std::memcpy(values.data(), bytes.data(), bytes.size());
    return values;
}

// A line of the manifest: file, name, trials, steps, units, file of the values.
void check_array(const NamedArray& array, const std::vector<std::string>& line,
                 const Temporary& folder) {
    CHECK(array.name == line[1]);
    CHECK(array.trials == std::stoul(line[2]));
    CHECK(array.steps == std::stoul(line[3]));
    CHECK(array.units == std::stoul(line[4]));
    CHECK(same(array.values, numbers_of(folder / line[5])));
}

std::vector<NamedArray> of_text(const std::string& text, const std::vector<std::string>& wanted) {
    const Temporary folder;
    return read_arrays(folder.file("a.csv", text), wanted);
}

std::vector<std::string> names(const std::vector<NamedArray>& arrays) {
    std::vector<std::string> names;
    for (const NamedArray& array : arrays)
        names.push_back(array.name);
    return names;
}

using Names = std::vector<std::string>;
const double kMissing = std::nan("");

} // namespace

TEST_SUITE_BEGIN("arrays");

TEST_CASE("arrays of one to three axes are read as NumPy and h5py write them, one by its name") {
    const Temporary folder;
    const Lines lines = written_by("write_arrays.py", folder);
    for (const auto& line : lines) {
        CAPTURE(line[0]);
        CAPTURE(line[1]);
        const std::vector<NamedArray> read = read_arrays(folder / line[0], {line[1]});
        REQUIRE(read.size() == 1);
        check_array(read[0], line, folder);
    }
}

TEST_CASE("without names all arrays that hold numbers are read, in the order of the file") {
    const Temporary folder;
    const Lines lines = written_by("write_arrays.py", folder);
    for (std::size_t i = 0; i < lines.size();) {
        CAPTURE(lines[i][0]);
        const std::vector<NamedArray> all = read_arrays(folder / lines[i][0], {});
        std::size_t k = 0;
        for (const std::string file = lines[i][0]; i < lines.size() && lines[i][0] == file; ++i) {
            REQUIRE(k < all.size());
            check_array(all[k++], lines[i], folder);
        }
        CHECK(k == all.size());
    }
}

TEST_CASE("arrays come in the order in which they are asked for, also twice") {
    const Temporary folder;
    if (written_by("write_arrays.py", folder).empty())
        return;
    const Names wanted = {"f8-4x3", "in/a folder", "?-5", "f8-4x3"};
    CHECK(names(read_arrays(folder / "stored.npz", wanted)) == wanted);
    if (std::filesystem::exists(folder / "a.h5")) {
        const Names paths = {"/processing/signals/f8-5", "soft", "processing/signals/i1-5"};
        const std::vector<NamedArray> read = read_arrays(folder / "a.h5", paths);
        CHECK(names(read) == paths);
        CHECK(same(read[0].values, read[1].values));
    }
}

TEST_CASE("what cannot be read is refused with the place and the way out") {
    const Temporary folder;
    for (const auto& line : written_by("write_bad_arrays.py", folder)) {
        CAPTURE(line[0]);
        CAPTURE(line[1]);
        std::istringstream words(line[1]);
        Names wanted;
        if (line[1].rfind(' ', 0) == 0)
            wanted.push_back("");
        for (std::string word; words >> word;)
            wanted.push_back(word);
        Failure f =
            failure_of([&] { read_arrays(folder / (line[0] == "." ? "" : line[0]), wanted); });
        CHECK(f.code == Exit::data);
        const std::string path = folder / "";
        for (std::size_t at = 0; (at = f.text.find(path)) != std::string::npos;)
            f.text.erase(at, path.size());
        CHECK(f.text == line[2] + "\n" + line[3]);
    }
}

TEST_CASE("without the library of HDF5 its files are refused with what to build or to save") {
    if (CARVE_HDF5)
        return;
    const Temporary folder;
    const std::string matlab = std::string(512, ' ') + "\x89HDF\r\n\x1a\n";
    CHECK(failure_of([&] {
              read_arrays(folder.file("a.mat", matlab), {"x"});
          }).says("a.mat' is a file of MATLAB's, and this carve was built without HDF5"));
    const Failure f = failure_of([&] { read_arrays(folder.file("a.nwb", ""), {"x"}); });
    CHECK(f.code == Exit::data);
    CHECK(f.says("a.nwb' is a file of HDF5, and this carve was built without HDF5"));
    CHECK(f.says("libhdf5-dev"));
}

TEST_CASE("every truncation and every changed byte of an archive is refused or read without harm") {
    const Temporary folder;
    if (written_by("write_bad_arrays.py", folder).empty())
        return;
    for (const char* file : {"a.npz", "larger.npz", "inside.npz"}) {
        const std::string whole = contents(folder / file);
        for (std::size_t n = 0; n < whole.size(); ++n) {
            CAPTURE(n);
            CHECK(failure_of([&] { parse_npz(whole.substr(0, n), file, {}); }).code == Exit::data);
            for (const char change : {'\1', '\x80', '\xFF'}) {
                std::string changed = whole;
                changed[n] = static_cast<char>(changed[n] ^ change);
                const Exit code = failure_of([&] { parse_npz(changed, file, {}); }).code;
                CHECK((code == Exit::data || code == Exit::ok));
            }
        }
    }
}

TEST_CASE("a table is an array, and so is each of its columns by name or number") {
    const std::vector<NamedArray> read = of_text("t,rate\n0,1.5\n1,\n2,-3\n", {});
    CHECK(names(read) == Names{"", "t", "rate"});
    CHECK(read[0].trials == 1);
    CHECK(read[0].steps == 3);
    CHECK(read[0].units == 2);
    CHECK(same(read[0].values, {0, 1.5, 1, kMissing, 2, -3}));
    CHECK(read[2].steps == 3);
    CHECK(read[2].units == 1);
    CHECK(same(read[2].values, {1.5, kMissing, -3}));
    const std::vector<NamedArray> some = of_text("t,rate\n0,1\n1,2\n", {"2", "", "t", "2"});
    CHECK(names(some) == Names{"2", "", "t", "2"});
    CHECK(some[0].values == std::vector<double>{1, 2});
    CHECK(some[1].values == std::vector<double>{0, 1, 1, 2});
    CHECK(some[2].values == std::vector<double>{0, 1});
    CHECK(names(of_text("1 2\n3 4\n", {})) == Names{"", "1", "2"});
}

TEST_CASE("what spreadsheets, NumPy, pandas and R write of a missing value is NaN") {
    const std::vector<NamedArray> read = of_text("a;b\nNA;1\n;2\nnan;3\nNaN;4\n0,5;5\n", {"a"});
    CHECK(same(read[0].values, {kMissing, kMissing, kMissing, kMissing, 0.5}));
}

TEST_CASE("columns of texts are no arrays, and where there is one the table is none") {
    CHECK(names(of_text("who,t\nx,1\ny,2\n", {})) == Names{"t"});
    CHECK(names(of_text("t,who\n1,\n2,3\n", {})) == Names{"", "t", "who"});
    CHECK(of_text("who,t\nx,1\ny,2\n", {"t"})[0].values == std::vector<double>{1, 2});
    // The index of a data frame is none of them; a first column of text is no index.
    CHECK(names(of_text(",t,u\n0,5,6\n1,7,8\n", {})) == Names{"", "t", "u"});
    CHECK(names(of_text(",t,u\nx,0,6\ny,1,8\n", {})) == Names{"t", "u"});
}

TEST_CASE("the checksum of a file is that of its bytes, of an empty one and of a long one") {
    const Temporary folder;
    std::string text(3 * 1048576 + 17, 'x');
    for (std::size_t i = 0; i < text.size(); i += 7)
        text[i] = static_cast<char>(i);
    CHECK(checksum_of_file(folder.file("a", text)) == checksum(text));
    CHECK(checksum_of_file(folder.file("b", "")) == checksum(""));
    CHECK(failure_of([&] { checksum_of_file(folder / "c"); }).says("cannot read"));
}

TEST_SUITE_END();
