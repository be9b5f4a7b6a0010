#include "atomic_file.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "temporary.hpp"

#include <clocale>
#include <doctest/doctest.h>

using namespace carve::cli;

namespace {

Table parse(const std::string& text, const std::vector<std::string>& columns = {}) {
    return parse_csv(text, "table.csv", columns);
}

Failure failure(const std::string& text, const std::vector<std::string>& columns = {}) {
    return failure_of([&] { parse(text, columns); });
}

using Names = std::vector<std::string>;

const RowMatrix kNumbers = (RowMatrix(2, 3) << 1, 2.5, -3e2, 4, 0.5, 6).finished();

} // namespace

TEST_SUITE_BEGIN("csv");

TEST_CASE(
    "comma, semicolon and tab separate, with any line ends, a byte order mark or blank lines") {
    for (const std::string text :
         {"a,b,c\n1,2.5,-3e2\n4,0.5,6\n", "a;b;c\r\n1;2.5;-3e2\r\n4;0.5;6",
          "a\tb\tc\n1\t2.5\t-3e2\n4\t0.5\t6\n", "a,b,c\r1,2.5,-3e2\r4,0.5,6\r",
          "\xEF\xBB\xBF"
          "a,b,c\n1,2.5,-3e2\n4,0.5,6\n",
          "\n\na , b,c\n\n 1, +2.5 ,-300\n  \n4,.5,6 \n\n",
          "\"a\",\"b\",\"c\"\n\"1\",\"2.5\",-3e2\n4,0.5,6\n"}) {
        CAPTURE(text);
        const Table table = parse(text);
        CHECK(table.columns == Names{"a", "b", "c"});
        CHECK(table.rows == kNumbers);
    }
}

TEST_CASE("a first row with a number in it is data, and columns are then called by their numbers") {
    const Table table = parse("1,2.5,-3e2\n4,0.5,6\n");
    CHECK(table.columns == Names{"1", "2", "3"});
    CHECK(table.rows == kNumbers);
    CHECK(table.warnings.empty());
}

TEST_CASE("a first row that counts from 0 or 1 is a header, and a warning says so") {
    for (const std::string header : {"0,1,2,3", "1,2,3,4"}) {
        const Table table = parse(header + "\n5,6,7,8\n");
        CHECK(table.rows.rows() == 1);
        REQUIRE(table.warnings.size() == 1);
        CHECK(table.warnings[0].find("header") != std::string::npos);
    }
    CHECK(parse("0,1,2\n5,6,7\n").rows.rows() == 2); // too short to tell
    CHECK(parse("0,1,2,4\n5,6,7,8\n").rows.rows() == 2);
}

TEST_CASE("quoted names keep their delimiters, quotes and line breaks") {
    const Table table = parse("\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n1,2,3\n");
    CHECK(table.columns == Names{"a,b", "say \"x\"", "two\nlines"});
    CHECK(table.rows(0, 2) == 3);
}

TEST_CASE("columns are selected by name or number, in the order asked for") {
    const std::string text = "name,x,y\nann,1,10\nbob,2,20\n";
    const Table table = parse(text, {"y", "2"});
    CHECK(table.columns == Names{"y", "x"});
    CHECK(table.rows == (RowMatrix(2, 2) << 10, 1, 20, 2).finished());
    CHECK(parse("0,1,2,3\n5,6,7,8\n", {"1"}).rows(0, 0) == 6); // a name wins over a number

    const Failure unknown = failure(text, {"z"});
    CHECK(unknown.code == Exit::data);
    CHECK(unknown.says("no column 'z'"));
    CHECK(unknown.says("name, x, y"));
    CHECK(failure(text, {"4"}).says("no column '4'"));
    CHECK(failure(text, {"0"}).says("no column '0'"));
    CHECK(failure(text, {"x", "2"}).says("twice"));
    CHECK(failure("a,a,b\n1,2,3\n", {"a"}).says("several columns named 'a'"));
}

TEST_CASE("a value that is missing or no number is refused with its row and column") {
    struct Bad {
        std::string text, row, column, what;
    };
    for (const Bad& bad : {
             Bad{"a,b\n1,2\n3,\n", "row 3", "column 2 ('b')", "missing"},
             Bad{"a,b\n1,2\n3,x7\n", "row 3", "column 2 ('b')", "'x7' is not a number"},
             Bad{"1,2\n3,4\nNA,5\n", "row 3", "column 1:", "'NA' is not a number"},
             Bad{"1,2\n3,nan\n", "row 2", "column 2", "'nan' is not a number"},
             Bad{"1,2\n-inf,3\n", "row 2", "column 1", "'-inf' is not a number"},
             Bad{"1,2\n1e999,3\n", "row 2", "column 1", "out of range"},
             Bad{"1,2\n0x10,3\n", "row 2", "column 1", "'0x10' is not a number"},
             Bad{"1,2\n1 2,3\n", "row 2", "column 1", "'1 2' is not a number"},
             Bad{"1,2\n+-1,3\n", "row 2", "column 1", "'+-1' is not a number"},
             Bad{"a;b\n1,5;2\n", "row 2", "column 1 ('a')", "decimal points"},
             Bad{"a,b\n\"1\n\n\",2\n", "row 2", "column 1", "not a number"},
             Bad{"id,2019\nann,1\n", "row 1", "column 1", "'id' is not a number"},
         }) {
        CAPTURE(bad.text);
        const Failure f = failure(bad.text);
        CAPTURE(f.text);
        CHECK(f.code == Exit::data);
        CHECK(f.says("'table.csv': " + bad.row));
        CHECK(f.says(bad.column));
        CHECK(f.says(bad.what));
    }
}

TEST_CASE("text in a column that is not selected does not matter") {
    CHECK(parse("a,b,c\n1,x,2\n3,,4\n", {"a", "c"}).rows ==
          (RowMatrix(2, 2) << 1, 2, 3, 4).finished());
    // Nothing but delimiters, so that rows are as short as they can be.
    CHECK(parse("a,b,c,d\n,,,1\n,,,2\n,,,3\n", {"d"}).rows ==
          (RowMatrix(3, 1) << 1, 2, 3).finished());
}

TEST_CASE("a malformed table is refused") {
    CHECK(failure("a,b\n1,2\n3\n").says("row 3 has 1 columns, the first row has 2"));
    CHECK(failure("a,b\n1,2\n3,4,5\n").says("row 3 has 3 columns"));
    CHECK(failure("a,b\n1,\"2\n").says("row 2, column 2: a quote is not closed"));
    CHECK(failure("a,b\n1,\"2\"3\n").says("text follows a closing quote"));
    CHECK(failure("").says("empty"));
    CHECK(failure(" \n\r\n").says("empty"));
    CHECK(failure("\xFF\xFE"
                  "1")
              .says("UTF-8"));
    CHECK(failure(std::string("1,\0,2\n", 6)).says("not plain text"));
}

TEST_CASE("what an error quotes from a file is short and printable") {
    const Failure f = failure("1,2\n\x1B[31m" + std::string(1000, 'x') + ",3\n");
    CHECK(f.says("?[31m"));
    CHECK(f.text.size() < 300);
}

TEST_CASE("numbers do not depend on the locale") {
    // Whichever with decimal commas is installed; without one the test still holds.
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
        if (std::setlocale(LC_ALL, name))
            break;
    CHECK(parse("1,2.5,-3e2\n4,0.5,6\n").rows == kNumbers);
    std::setlocale(LC_ALL, "C");
}

TEST_CASE(
    "constant columns are dropped from a table that is read, with a warning that names them") {
    const Temporary folder;
    const Table table = read_table(folder.file("t.csv", "a,b,c\n1,7,2\n3,7,4\n"), {});
    CHECK(table.columns == Names{"a", "c"});
    CHECK(table.rows == (RowMatrix(2, 2) << 1, 2, 3, 4).finished());
    REQUIRE(table.warnings.size() == 1);
    CHECK(table.warnings[0].find("'b' is constant") != std::string::npos);
}

TEST_CASE("a file that cannot be read is refused with its name and the reason") {
    const Temporary folder;
    const auto failure_for = [&](const std::string& path) {
        return failure_of([&] { read_table(path, {}); });
    };
    CHECK(failure_for(folder / "none.csv").code == Exit::data);
    CHECK(failure_for(folder / "none.csv").says("none.csv': No such file"));
    CHECK(failure_for(folder.file("table.xls", "x")).says("neither a .npy nor a .csv"));
    std::filesystem::create_directory(folder / "d.csv");
    CHECK(failure_for(folder / "d.csv").says("it is a directory"));
}

TEST_CASE("the checksum is that of the file's bytes") {
    const Temporary folder;
    const Table a = read_table(folder.file("a.csv", "1,2\n3,4\n"), {});
    const Table b = read_table(folder.file("b.csv", "1,2\n3,4\n"), {});
    const Table c = read_table(folder.file("c.csv", "1,2\n3,5\n"), {});
    CHECK(a.checksum == b.checksum);
    CHECK(a.checksum != c.checksum);
    CHECK(a.checksum == checksum("1,2\n3,4\n"));
    CHECK(checksum("") == 0x2D06800538D394C2); // XXH3-64's published value for no bytes
}

TEST_SUITE_END();
