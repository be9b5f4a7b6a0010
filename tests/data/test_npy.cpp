#include "data.hpp"
#include "failure.hpp"
#include "python.hpp"
#include "temporary.hpp"

#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>
#include <limits>

using namespace carve::cli;

namespace {

// A header as numpy.save writes it, or with other text.
std::string header(const std::string& dictionary, char version = 1) {
    std::string out = std::string("\x93NUMPY") + version + '\0';
    const std::string text = dictionary + "\n";
    const int length_bytes = version == 1 ? 2 : 4;
    for (int i = 0; i < length_bytes; ++i)
        out.push_back(static_cast<char>(text.size() >> (8 * i)));
    return out + text;
}

std::string dictionary(const std::string& type, const std::string& shape, bool fortran = false) {
    return "{'descr': '" + type + "', 'fortran_order': " + (fortran ? "True" : "False") +
           ", 'shape': (" + shape + "), }";
}

template <class T> std::string raw(std::initializer_list<T> values) {
    std::string out(values.size() * sizeof(T), '\0');
    std::memcpy(out.data(), values.begin(), out.size());
    return out;
}

Table npy_table(const std::string& bytes, const std::vector<std::string>& columns = {}) {
    return parse_npy(bytes, "a.npy", columns);
}

Failure npy_failure(const std::string& bytes) {
    return failure_of([&] { npy_table(bytes); });
}

const RowMatrix kExpected = (RowMatrix(2, 3) << 1, 2, 3, 4, 5, 6).finished();

} // namespace

TEST_SUITE_BEGIN("npy");

TEST_CASE("every type, order and header version is read") {
    CHECK(npy_table(header(dictionary("<f8", "2, 3")) + raw<double>({1, 2, 3, 4, 5, 6})).rows ==
          kExpected);
    CHECK(npy_table(header(dictionary("<f4", "2, 3")) + raw<float>({1, 2, 3, 4, 5, 6})).rows ==
          kExpected);
    CHECK(
        npy_table(header(dictionary("|u1", "2, 3")) + raw<std::uint8_t>({1, 2, 3, 4, 5, 6})).rows ==
        kExpected);
    CHECK(
        npy_table(header(dictionary("<i4", "2, 3")) + raw<std::int32_t>({1, 2, 3, 4, 5, 6})).rows ==
        kExpected);
    CHECK(
        npy_table(header(dictionary("<i8", "2, 3")) + raw<std::int64_t>({1, 2, 3, 4, 5, 6})).rows ==
        kExpected);
    CHECK(
        npy_table(header(dictionary("<f8", "2, 3", true)) + raw<double>({1, 4, 2, 5, 3, 6})).rows ==
        kExpected);
    for (const char version : {'\1', '\2', '\3'})
        CHECK(npy_table(header(dictionary("<f4", "2, 3"), version) + raw<float>({1, 2, 3, 4, 5, 6}))
                  .rows == kExpected);
    CHECK(npy_table(header(dictionary("|u1", "1, 2")) + raw<std::uint8_t>({200, 255})).rows ==
          (RowMatrix(1, 2) << 200, 255).finished());
    CHECK(npy_table(header(dictionary("<i4", "1, 1")) + raw<std::int32_t>({-7})).rows(0, 0) == -7);
}

TEST_CASE("every type of a real number is read as NumPy reads it, in both orders of bytes") {
    const std::string python = python_with_numpy();
    if (python.empty()) {
        MESSAGE("skipped: python3 with NumPy is not installed");
        return;
    }
    const Temporary folder;
    // Each type's extremes, fractions and subnormal numbers, where it has them.
    const std::string program = folder.file("make.py", R"(import numpy, sys
for order in '<>':
    for kind in ['b1', 'i1', 'i2', 'i4', 'i8', 'u1', 'u2', 'u4', 'u8', 'f2', 'f4', 'f8']:
        dtype = numpy.dtype(order + kind)
        if kind == 'b1':
            values = [0, 1, 1, 0, 0, 1]
        elif kind[0] in 'iu':
            info = numpy.iinfo(dtype)
            values = [info.min, info.max, 1, info.max // 3, info.min // 3, 7]
        else:
            info = numpy.finfo(dtype)
            values = [info.max, info.min, info.tiny, info.smallest_subnormal, -0.1, 1]
        a = numpy.array(values, dtype).reshape(2, 3)
        for layout in 'CF':
            name = f'{sys.argv[1]}/{"le" if order == "<" else "be"}-{kind}-{layout}'
            numpy.save(name + '.npy', numpy.asarray(a, order=layout))
            numpy.save(name + '-expected.npy', a.astype('<f8'))
)");
    REQUIRE(std::system((python + " " + program + " " + (folder / "")).c_str()) == 0);
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
        const std::string path = entry.path().string();
        const std::size_t end = path.find("-expected.npy");
        if (end == std::string::npos)
            continue;
        CAPTURE(path);
        ++files;
        const RowMatrix rows = npy_table(contents(path.substr(0, end) + ".npy")).rows;
        const std::string expected = contents(path); // 48 bytes of data at its end
        REQUIRE(rows.size() == 6);
        CHECK(std::memcmp(rows.data(), expected.data() + expected.size() - 48, 48) == 0);
    }
    CHECK(files == 48);
}

TEST_CASE("half precision: what is not finite is refused") {
    for (const std::uint16_t bits :
         {std::uint16_t{0x7C00}, std::uint16_t{0xFC00}, std::uint16_t{0x7E00}})
        CHECK(npy_failure(header(dictionary("<f2", "1, 2")) + raw<std::uint16_t>({bits, 0x3C00}))
                  .says("row 1, column 1"));
}

TEST_CASE("a header of version 2 may be longer than 65535 bytes") {
    const std::string padded = dictionary("<f4", "2, 3") + std::string(70000, ' ');
    for (const char version : {'\2', '\3'})
        CHECK(npy_table(header(padded, version) + raw<float>({1, 2, 3, 4, 5, 6})).rows ==
              kExpected);
}

TEST_CASE("columns are selected by number") {
    const std::string bytes = header(dictionary("<f8", "2, 3")) + raw<double>({1, 2, 3, 4, 5, 6});
    const Table table = npy_table(bytes, {"3", "1"});
    CHECK(table.rows == (RowMatrix(2, 2) << 3, 1, 6, 4).finished());
    CHECK(table.columns == std::vector<std::string>{"3", "1"});
}

TEST_CASE("a value that is not finite is refused with its row and column") {
    const double nan = std::numeric_limits<double>::quiet_NaN();
    const Failure f =
        npy_failure(header(dictionary("<f8", "2, 3")) + raw<double>({1, 2, 3, 4, nan, 6}));
    CHECK(f.code == Exit::data);
    CHECK(f.says("'a.npy': row 2, column 2: nan is not a finite number"));
    CHECK(npy_failure(header(dictionary("<f8", "2, 3", true)) + raw<double>({1, 2, nan, 4, 5, 6}))
              .says("row 1, column 2"));
}

TEST_CASE("arrays of other types and dimensions are refused with the way out") {
    const std::string data = raw<double>({1, 2});
    for (const char* type : {"|O", "<f16", "<c8", "<c16", "<U3", "|S8", "<M8[ns]", "<b2", "<i3",
                             "<f1", "|i2", "|f8", "f8", "=f8", "<f", "<f88", "<i0", "<x8"})
        CHECK(npy_failure(header(dictionary(type, "2, 1")) + data).says("astype"));
    CHECK(npy_failure(header(dictionary("<f8", "2,")) + data).says("1 dimension, not 2"));
    CHECK(npy_failure(header(dictionary("<f8", "")) + data).says("0 dimensions"));
    CHECK(npy_failure(header(dictionary("<f8", "1, 1, 2")) + data).says("3 dimensions"));
    CHECK(npy_failure(header(dictionary("<f8", "0, 2"))).says("empty"));
    CHECK(npy_failure(header("{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (2,), }") +
                      data)
              .says("structured_to_unstructured"));
}

TEST_CASE("sizes that the file does not hold are refused, also those that overflow") {
    const std::string data = raw<double>({1, 2, 3, 4, 5, 6});
    for (const char* shape :
         {"2, 4", "2, 2", "1000000000000, 3", "4294967296, 4294967296", "2305843009213693953, 8",
          "9223372036854775808, 2", "0, 1000000000000000000",
          "18446744073709551615, 18446744073709551615", "99999999999999999999999, 1", "2, -3",
          "2 3", "2, 3", "(2, 3)"}) {
        CAPTURE(shape);
        const Failure f = npy_failure(header(dictionary("<f8", shape)) + data.substr(0, 47));
        CHECK(f.code == Exit::data);
        CHECK(f.says("a.npy"));
    }
}

TEST_CASE("every truncation and a damaged header are refused") {
    const std::string whole = header(dictionary("<f8", "2, 3")) + raw<double>({1, 2, 3, 4, 5, 6});
    for (std::size_t n = 0; n < whole.size(); ++n) {
        CAPTURE(n);
        CHECK(npy_failure(whole.substr(0, n)).code == Exit::data);
    }
    for (const char* text : {"", "{", "{}", "{'descr': '<f8'}",
                             "{'descr': '<f8', 'fortran_order': 1, 'shape': (2, 3)}",
                             "{'descr' '<f8', 'fortran_order': False, 'shape': (2, 3)}",
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3)} x",
                             "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), 'more': 1}",
                             "{'descr: '<f8'"}) {
        CAPTURE(text);
        CHECK(npy_failure(header(text) + raw<double>({1, 2, 3, 4, 5, 6})).says("plain array"));
    }
    std::string version = whole;
    version[6] = 4;
    CHECK(npy_failure(version).says("version"));
}

TEST_SUITE_END();

TEST_SUITE_BEGIN("npz");

TEST_CASE("arrays that are written read back in NumPy with the same bits") {
    const std::string python = python_with_numpy();
    if (python.empty()) {
        MESSAGE("skipped: python3 with NumPy is not installed");
        return;
    }
    const Temporary folder;
    write_npz(folder / "a.npz", {{"w", {2, 3}, {1, 2, 3, 4, 5, 0.1}},
                                 {"loss", {2}, {1e-310, std::numeric_limits<double>::infinity()}},
                                 {"scalar", {}, {-0.0}},
                                 {"none", {0, 4}, {}}});
    const std::string program = folder.file("check.py", R"(import numpy, sys, zipfile
assert zipfile.ZipFile(sys.argv[1]).testzip() is None
a = numpy.load(sys.argv[1], allow_pickle=False)
assert sorted(a) == ['loss', 'none', 'scalar', 'w'], sorted(a)
assert a['w'].dtype == '<f8' and a['w'].tolist() == [[1, 2, 3], [4, 5, 0.1]]
assert a['loss'].tolist() == [1e-310, float('inf')]
assert a['scalar'].shape == () and numpy.signbit(a['scalar'])
assert a['none'].shape == (0, 4)
numpy.save(sys.argv[2], numpy.asfortranarray(a['w'].astype('<f4')))
)");
    const std::string command =
        python + " " + program + " " + (folder / "a.npz") + " " + (folder / "f.npy");
    REQUIRE(std::system(command.c_str()) == 0);
    // And the other way round.
    const Table table = read_table(folder / "f.npy", {});
    CHECK(table.rows(1, 0) == 4);
    CHECK(table.rows(1, 2) == static_cast<double>(0.1f));
}

TEST_CASE("the data of each member starts at a multiple of 64 bytes, whatever its shape takes") {
    const Temporary folder;
    std::vector<Array> arrays;
    for (std::size_t ndim = 0; ndim < 40; ++ndim)
        arrays.push_back({"a" + std::to_string(ndim), std::vector<std::size_t>(ndim, 1), {1}});
    write_npz(folder / "a.npz", arrays);
    const std::string bytes = contents(folder / "a.npz");
    std::size_t n = 0;
    for (std::size_t at = 0; (at = bytes.find("\x93NUMPY", at)) != std::string::npos; ++at, ++n) {
        const std::size_t length = static_cast<unsigned char>(bytes[at + 8]) +
                                   256u * static_cast<unsigned char>(bytes[at + 9]);
        CHECK((10 + length) % 64 == 0);
        CHECK(bytes[at + 10 + length - 1] == '\n');
        CHECK(bytes[at + 10] == '{');
    }
    CHECK(n == arrays.size());
}

TEST_CASE("an archive ends with its directory and a record of it") {
    const Temporary folder;
    write_npz(folder / "a.npz", {{"w", {2}, {1, 2}}, {"loss", {1}, {3}}});
    const std::string bytes = contents(folder / "a.npz");
    const auto number = [&](std::size_t at, int n) {
        std::size_t value = 0;
        for (int i = n; i-- > 0;)
            value =
                value << 8 | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i)]);
        return value;
    };
    // APPNOTE 4.3.16: signature, disks, entries here and in all, size, offset, length of a comment
    const std::size_t end = bytes.size() - 22;
    CHECK(number(end, 4) == 0x06054b50);
    CHECK(number(end + 4, 4) == 0);
    CHECK(number(end + 8, 2) == 2);
    CHECK(number(end + 10, 2) == 2);
    CHECK(number(end + 12, 4) + number(end + 16, 4) == end);
    CHECK(number(end + 20, 2) == 0);
    CHECK(number(number(end + 16, 4), 4) == 0x02014b50);
}

TEST_CASE("equal arrays make equal files") {
    const Temporary folder;
    write_npz(folder / "a.npz", {{"w", {2}, {1, 2}}});
    write_npz(folder / "b.npz", {{"w", {2}, {1, 2}}});
    CHECK(contents(folder / "a.npz") == contents(folder / "b.npz"));
    CHECK(contents(folder / "a.npz").size() > 0);
}

TEST_SUITE_END();
