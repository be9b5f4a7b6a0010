// What every table is checked for, whatever its file's format.
#include "data.hpp"
#include "failure.hpp"
#include "temporary.hpp"

#include <cmath>
#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace carve::cli;

namespace {

using Names = std::vector<std::string>;

// A .csv of columns a, b, c whose values lie within 0.5 and 99.5 times 1, 1000, and 1e-9; one of
// them is replaced.
std::string table_with(const std::string& value, int row, int column, int rows = 30) {
    std::string text = "a,b,c\n";
    for (int i = 0; i < rows; ++i)
        for (int j = 0; j < 3; ++j) {
            const double v = ((i * 37 + j * 11) % 100 + 0.5) * (j == 0 ? 1 : j == 1 ? 1e3 : 1e-9);
            text +=
                (i == row && j == column ? value : fmt::format("{}", v)) + (j == 2 ? "\n" : ",");
        }
    return text;
}

Failure failure(const std::string& text, const Names& columns = {}) {
    const Temporary folder;
    return failure_of([&] { read_table(folder.file("t.csv", text), columns); });
}

Names warnings(const std::string& text) {
    const Temporary folder;
    return read_table(folder.file("t.csv", text), {}).warnings;
}

} // namespace

TEST_SUITE_BEGIN("tables");

TEST_CASE("a fill value is refused with its row, column and value, in whichever row it is") {
    for (const std::string value :
         {"1e36", "-1e36", "9.969209968386869e+36", "1e+300", "1e20", "2e+30"})
        for (const int row : {0, 13, 29})
            for (const int column : {0, 1, 2}) {
                CAPTURE(value);
                const Failure f = failure(table_with(value, row, column));
                CHECK(f.code == Exit::data);
                CHECK(f.says(fmt::format("row {}, column '{}': {} ", row + 2, "abc"[column],
                                         std::stod(value))));
                CHECK(f.says("missing value"));
            }
    // Not where the column is not selected, and not a fill value that is constant.
    CHECK(failure(table_with("1e36", 3, 1), {"a", "c"}).code == Exit::ok);
    CHECK(failure("a,b,c\n1,2,1e36\n2,1,1e36\n", {}).code == Exit::ok);
}

TEST_CASE("the row of a fill value in an array counts from 1") {
    const Temporary folder;
    std::string bytes = std::string("\x93NUMPY\x01\x00", 8);
    const std::string text = "{'descr': '<f8', 'fortran_order': False, 'shape': (3, 2), }\n";
    bytes += static_cast<char>(text.size());
    bytes += '\0';
    bytes += text;
    for (const double v : {1.0, 2.0, 3.0, 5.0, 4.0, 1e31})
        bytes.append(reinterpret_cast<const char*>(&v), sizeof v);
    const Failure f = failure_of([&] { read_table(folder.file("t.npy", bytes), {}); });
    CHECK(f.says("row 3, column '2': 1e+31 is above 1e+30"));
}

TEST_CASE("large values, small ones, and columns in other units are data") {
    for (const std::string value : {"8e10", "-8e10", "0", "1e-300", "-1"})
        for (const int column : {0, 1, 2}) {
            CAPTURE(value);
            CHECK(failure(table_with(value, 3, column)).code == Exit::ok);
        }
    // Of 1, ..., 10 and the value, the tenth is usual.
    for (const std::string value : {"1e7", "-1e7", "10000001", "-1.1e7"}) {
        CAPTURE(value);
        std::string text = value + ",1\n";
        for (int i = 1; i <= 10; ++i)
            text += fmt::format("{},{}\n", i % 2 == 0 ? i : -i, i % 3);
        CHECK((failure(text).code == Exit::data) == (value != "1e7" && value != "-1e7"));
        CHECK((failure(text + "0,0\n").code == Exit::data) == (value != "1e7" && value != "-1e7"));
    }
    CHECK(failure("1,2\n1e30,3\n-1e30,-5\n").code == Exit::ok);
    CHECK(failure("1,2\n1.01e30,3\n-1e30,-5\n").code == Exit::data);
    // A tenth of the rows or more: the values are what the column usually holds.
    std::string sparse;
    for (int i = 0; i < 30; ++i)
        sparse += fmt::format("{},{}\n", i % 7 == 0 ? 1e9 : 1e-9, 0.25 + i % 5);
    CHECK(failure(sparse).code == Exit::ok);
    // Mostly zeros
    sparse.clear();
    for (int i = 0; i < 300; ++i)
        sparse += fmt::format("{},{}\n", i == 50 ? 1e9 : 0, i == 60 || i == 70 ? 1e3 : 0);
    CHECK(failure(sparse).code == Exit::ok);
}

TEST_CASE("a column whose squares underflow is refused, and a smaller unit is the way out") {
    const Failure f = failure("a,b\n1,-2e-170\n2,1e-170\n3,0\n");
    CHECK(f.code == Exit::data);
    CHECK(f.says("row 2, column 'b': -2e-170"));
    CHECK(f.says("unit"));
    CHECK(failure("a,b\n1,-2e-140\n2,1e-170\n3,0\n").code == Exit::ok);
    CHECK(failure("a,b\n1,-1.1e-150\n2,1e-170\n3,0\n").code == Exit::ok);
    CHECK(failure("a,b\n1,-0.9e-150\n2,1e-170\n3,0\n").code == Exit::data);
}

TEST_CASE("constant columns are named in one warning") {
    CHECK(warnings("a,b,c\n1,7,2\n3,7,4\n2,7,4\n") ==
          Names{"column 'b' is constant and was dropped"});
    std::string names = "x,y", row = "1,2", other = "2,1";
    for (int j = 0; j < 262; ++j) {
        names += fmt::format(",c{}", j);
        row += ",5";
        other += ",5";
    }
    CHECK(warnings(names + "\n" + row + "\n" + other + "\n") ==
          Names{"columns 'c0', 'c1', 'c2', 'c3', 'c4' and 257 more are constant and were dropped"});
    const Names two = warnings("a,b,\"c\x1B\",d\n1,7,2,0\n3,7,2,4\n4,7,2,5\n");
    CHECK(two == Names{"columns 'b', 'c?' are constant and were dropped"});
    CHECK(warnings("a,b\n1,0\n3,-0.0\n4,1e-100\n") == Names{}); // equal but for the last
}

TEST_CASE("more columns than rows are named once") {
    const Names names = warnings("1,2,4\n3,5,4.5\n");
    REQUIRE(names.size() == 1);
    CHECK(names[0].find("more columns (3) than rows (2)") != std::string::npos);
    CHECK(names[0].find("transpose") != std::string::npos);
    CHECK(warnings("1,2\n3,5\n").empty());
    CHECK(warnings("1,2,7\n3,5,7\n").size() == 1); // constant ones do not count
}

TEST_SUITE_END();
