#include "atomic_file.hpp"
#include "data.hpp"
#include "failure.hpp"
#include "python.hpp"
#include "temporary.hpp"

#include <clocale>
#include <cstring>
#include <doctest/doctest.h>
#include <filesystem>

using namespace carve::cli;

namespace {

Table csv_table(const std::string& text, const std::vector<std::string>& columns = {}) {
    return parse_csv(text, "table.csv", columns);
}

Failure csv_failure(const std::string& text, const std::vector<std::string>& columns = {}) {
    return failure_of([&] { csv_table(text, columns); });
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
        const Table table = csv_table(text);
        CHECK(table.columns == Names{"a", "b", "c"});
        CHECK(table.rows == kNumbers);
    }
}

TEST_CASE("a first row with a number in it is data, and columns are then called by their numbers") {
    const Table table = csv_table("1,2.5,-3e2\n4,0.5,6\n");
    CHECK(table.columns == Names{"1", "2", "3"});
    CHECK(table.rows == kNumbers);
    CHECK(table.warnings.empty());
}

TEST_CASE("a first row that counts from 0 or 1 is a header, and a warning says so") {
    for (const std::string header : {"0,1,2,3", "1,2,3,4"}) {
        const Table table = csv_table(header + "\n5,6,7,8\n");
        CHECK(table.rows.rows() == 1);
        REQUIRE(table.warnings.size() == 1);
        CHECK(table.warnings[0].find("header") != std::string::npos);
    }
    CHECK(csv_table("0,1,2\n5,6,7\n").rows.rows() == 2); // too short to tell
    CHECK(csv_table("0,1,2,4\n5,6,7,8\n").rows.rows() == 2);
}

TEST_CASE("what Python's csv and NumPy write is read as the numbers that were written") {
    const std::string python = python_with_numpy();
    if (python.empty()) {
        MESSAGE("skipped: python3 with NumPy is not installed");
        return;
    }
    const Temporary folder;
    const std::string program = folder.file("make.py", R"(import csv, itertools, numpy, sys
random = numpy.random.default_rng(1)
a = random.normal(size=(7, 4)) * 10.0 ** random.integers(-12, 12, (7, 4))
numpy.save(sys.argv[1] + '/expected.npy', a)
names = ['a', 'with,comma', 'with;semicolon', 'say "x"']
count = itertools.count()
def path():
    return f'{sys.argv[1]}/{next(count)}.csv'
for delimiter, quoting, end, decimal, header, bom, comment, trailing in itertools.product(
        ',;\t', [csv.QUOTE_MINIMAL, csv.QUOTE_ALL], ['\n', '\r\n', '\r'], '.,', [False, True],
        ['', '\ufeff'], ['', '# x;y,z\t"\n', ' # x\n\n#y\n'], ['', 'rows', 'all']):
    with open(path(), 'w', newline='', encoding='utf-8') as file:
        file.write(bom + comment.replace('\n', end))
        rows = [[repr(v).replace('.', decimal) for v in row] for row in a.tolist()]
        rows = [row + [''] * bool(trailing) for row in rows] if quoting == csv.QUOTE_MINIMAL else rows
        if header:
            more = trailing == 'all' and quoting == csv.QUOTE_MINIMAL
            # A semicolon out of quotes would be taken for the delimiter.
            plain = delimiter == ',' and quoting == csv.QUOTE_MINIMAL
            rows.insert(0, [n.replace(';', ':') if plain else n for n in names] + [''] * more)
        csv.writer(file, delimiter=delimiter, quoting=quoting, lineterminator=end).writerows(rows)
for delimiter in ' ,;\t':
    for header in ['', 'p q r s']:
        for comments in ['# ', '']:
            numpy.savetxt(path(), a, fmt='%.17g', delimiter=delimiter, comments=comments,
                          header=header.replace(' ', delimiter))
numpy.savetxt(path(), a, fmt='%26.17e')
numpy.savetxt(path(), a, fmt=' %.17g\t', delimiter=' ')
)");
    REQUIRE(std::system((python + " " + program + " " + (folder / "")).c_str()) == 0);
    const std::string expected = contents(folder / "expected.npy"); // 224 bytes of data at its end
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder / "")) {
        const std::string path = entry.path().string();
        if (entry.path().extension() != ".csv")
            continue;
        ++files;
        RowMatrix rows;
        const Failure none = failure_of([&] { rows = csv_table(contents(path)).rows; });
        if (none.code != Exit::ok || rows.rows() != 7 || rows.cols() != 4 ||
            std::memcmp(rows.data(), expected.data() + expected.size() - 224, 224) != 0)
            FAIL(contents(path) << none.text);
    }
    CHECK(files == 1296 + 18);
}

TEST_CASE("runs of blanks separate where the first line has no other delimiter") {
    for (const std::string text :
         {"a b c\n1 2.5 -3e2\n4 0.5 6\n", "  a  b   c \n 1 \t 2.5 -3e2\n4 0.5\t6",
          "\"a\" \"b\" \"c\"\n1 \"2.5\" -3e2\n4 0.5 6  \r\n", "a b c\n1 2,5 -300\n4 0,5 6\n"}) {
        CAPTURE(text);
        CHECK(csv_table(text).columns == Names{"a", "b", "c"});
        CHECK(csv_table(text).rows == kNumbers);
    }
    CHECK(csv_failure("1 2\n3 \"4\"5\n").says("row 2, column 2: text follows a closing quote"));
    CHECK(csv_failure("1 2\n3\n").says("row 2 has 1 columns, the first row has 2"));
    CHECK(csv_failure("a;b\n1 2;3\n").says("'1 2' is not a number"));
}

TEST_CASE("a line sep= in front names the delimiter") {
    CHECK(csv_table("sep=;\na,x;b\n1;2\n").columns == Names{"a,x", "b"});
    CHECK(csv_table("\"sep=|\"\r\n1|2\r\n").rows == (RowMatrix(1, 2) << 1, 2).finished());
    CHECK(csv_table("sep=\t\n1 \t2\n").rows.cols() == 2);
    CHECK(csv_table("sep= \n1 2\n").rows.cols() == 2);
    CHECK(csv_table("sep=,\n1;2,3\n1,2\n", {"2"}).rows.rows() == 2);
    CHECK(csv_failure("sep=x\n1x2\n").says("row 1 names a delimiter that is not supported"));
    CHECK(csv_table("sep=;b\n1;2\n").columns == Names{"sep=", "b"}); // a header like any other
    CHECK(csv_failure("sep=;\n1;x\n").says("row 2, column 2"));
}

TEST_CASE("lines that start with # are comments, wherever they are") {
    CHECK(csv_table("# recorded, at 30 kHz\n\n #;x\na,b\n1,2\n#end\n3,4\n").rows ==
          (RowMatrix(2, 2) << 1, 2, 3, 4).finished());
    CHECK(csv_table("\"#a\",b\n1,2\n").columns == Names{"#a", "b"});
    CHECK(csv_failure("# nothing\n").says("empty"));
}

TEST_CASE("a decimal comma stands for the point, quoted or between semicolons") {
    CHECK(csv_table("a;b;c\n1;2,5;-3e2\n4;0,5;6,0\n").rows == kNumbers);
    CHECK(csv_table("\"1\",\"2,5\",\"-3,00e2\"\n4,\",5\",6\n").rows == kNumbers);
    CHECK(csv_table("1;-0,802\n2;1234,567\n").rows(1, 1) == 1234.567);
    CHECK(csv_table("1;-0,802\n2;1,234\n").rows(1, 1) == 1.234);
}

TEST_CASE("commas that may separate thousands are not guessed at") {
    // All of them have one to three digits before, and three behind.
    for (const std::string text :
         {"1;1,234\n2;-12,345\n", "\"1,234\",2\n\"123,456\",3\n", "a;b\n+1,000;2\n"}) {
        CAPTURE(text);
        CHECK(csv_failure(text).says("may be a decimal fraction or thousands"));
    }
    // One that cannot tells what the others are.
    for (const std::string proof :
         {"0,234", "1,23", "1,2345", "1234,567", ",234", "1,234e2", "-0,123"}) {
        CAPTURE(proof);
        CHECK(csv_table("1;1,234\n2;" + proof + "\n").rows(0, 1) == 1.234);
    }
    const Failure both = csv_failure("\"1,5\",2\n3,4\n1,2.5\n");
    CHECK(both.says("row 3: '1,5' has a decimal comma, '2.5' a decimal point"));
    CHECK(csv_failure("a,b\n1.5,2\n\"1,234\",2\n").says("row 3"));
}

TEST_CASE("one delimiter behind the last value of each row is left out") {
    const RowMatrix expected = (RowMatrix(2, 2) << 1, 2, 3, 4).finished();
    for (const std::string text :
         {"a,b\n1,2,\n3,4,\n", "a,b,\n1,2,\n3,4,\n", "1,2,\n3,4,\n", "1;2;\n3;4\n",
          "a\tb\t\n1\t2\t\n3\t4\t\n", "a,b,\n1,2\n3,4\n", "a,b\n1,2, \n3,4\n"}) {
        CAPTURE(text);
        CHECK(csv_table(text).rows == expected);
        CHECK(csv_table(text).columns.size() == 2);
    }
    CHECK(csv_table("a,b,\n1,2,5\n3,4,6\n").columns == Names{"a", "b", ""});
    CHECK(csv_failure("a,b,c\n1,2,\n").says("column 3 ('c'): the value is missing"));
    CHECK(csv_failure("a,b,\n1,2,\n3,4,5\n").says("row 3 has 3 columns, the first row has 2"));
    CHECK(csv_failure("a,b\n1,2,,\n").says("row 2 has 4 columns"));
    CHECK(csv_failure("a,b\n1,2,\"\"\n").says("row 2 has 3 columns"));
}

TEST_CASE("the index of a data frame is not an input") {
    // DataFrame.to_csv() with and without names, to_csv(sep=...), R's write.csv
    for (const std::string text :
         {",a,b\n0,1,2\n1,3,4\n", ",0,1\n0,1,2\n1,3,4\n", ";a;b\n0;1,0;2\n1;3;4\n",
          "\"\" a b\n0 1 2\n1 3 4\n", "\"\",\"a\",\"b\"\n\"1\",1,2\n\"2\",3,4\n",
          "\ta\tb\n0\t1\t2\n1\t3\t4\n", ",a,b,\n0,1,2,\n1,3,4,\n"}) {
        CAPTURE(text);
        const Table table = csv_table(text);
        CHECK(table.rows == (RowMatrix(2, 2) << 1, 2, 3, 4).finished());
        CHECK(table.columns.size() == 2);
        REQUIRE(!table.warnings.empty());
        CHECK(table.warnings.back().find("taken for the index and dropped") != std::string::npos);
    }
    CHECK(csv_table(",a,b\n0,1,2\n1,3,4\n").columns == Names{"a", "b"});
    CHECK(csv_table(",0,1\n0,1,2\n1,3,4\n").columns == Names{"0", "1"});
    // Who selects it, gets it; the other columns of a header that counts keep their rows.
    CHECK(csv_table(",a,b\n0,1,2\n1,3,4\n", {"1", "a"}).rows ==
          (RowMatrix(2, 2) << 0, 1, 1, 3).finished());
    CHECK(csv_table(",0,1,2\n0,1,2,3\n1,3,4,5\n", {"0", "1"}).rows ==
          (RowMatrix(2, 2) << 1, 2, 3, 4).finished());
    // Columns that have a name, do not count, or stand elsewhere are inputs.
    CHECK(csv_table("i,a,b\n0,1,2\n1,3,4\n").columns == Names{"i", "a", "b"});
    CHECK(csv_table("0,1,2\n1,3,4\n").columns == Names{"1", "2", "3"});
    CHECK(csv_table("a,,b\n1,0,2\n3,1,4\n").columns == Names{"a", "", "b"});
    for (const std::string text :
         {",a,b\n0,1,2\n2,3,4\n", ",a,b\n2,1,2\n3,3,4\n", ",a,b\n0.5,1,2\n1.5,3,4\n"}) {
        CAPTURE(text);
        const Table table = csv_table(text);
        CHECK(table.rows.cols() == 3);
        REQUIRE(table.warnings.size() == 1);
        CHECK(table.warnings[0].find("is it an index?") != std::string::npos);
    }
    // No header: the first value is missing.
    CHECK(csv_failure(",5,6\n1,2,3\n").says("row 1, column 1: the value is missing"));
}

TEST_CASE("text is UTF-8, and other bytes are refused with their line") {
    CHECK(csv_table("Gr\xC3\xB6\xC3\x9F"
                    "e,\xCE\xB1\n1,2\n")
              .columns == Names{"Gr\xC3\xB6\xC3\x9F"
                                "e",
                                "\xCE\xB1"});
    CHECK(csv_table("# \xC2\xB5V\n1,2\n").rows.rows() == 1);
    for (const std::string end : {"\n", "\r\n", "\r"}) {
        const Failure f = csv_failure("a,b" + end + "1,2" + end +
                                      "Gr\xF6"
                                      "e,3" +
                                      end);
        CHECK(f.code == Exit::data);
        CHECK(f.says("'table.csv': row 3: byte 0xF6 is not UTF-8"));
        CHECK(f.says("iconv"));
    }
}

TEST_CASE("quoted names keep their delimiters, quotes and line breaks") {
    const Table table = csv_table("\"a,b\",\"say \"\"x\"\"\",\"two\nlines\"\n1,2,3\n");
    CHECK(table.columns == Names{"a,b", "say \"x\"", "two\nlines"});
    CHECK(table.rows(0, 2) == 3);
}

TEST_CASE("columns are selected by name or number, in the order asked for") {
    const std::string text = "name,x,y\nann,1,10\nbob,2,20\n";
    const Table table = csv_table(text, {"y", "2"});
    CHECK(table.columns == Names{"y", "x"});
    CHECK(table.rows == (RowMatrix(2, 2) << 10, 1, 20, 2).finished());
    CHECK(csv_table("0,1,2,3\n5,6,7,8\n", {"1"}).rows(0, 0) == 6); // a name wins over a number

    const Failure unknown = csv_failure(text, {"z"});
    CHECK(unknown.code == Exit::data);
    CHECK(unknown.says("no column 'z'"));
    CHECK(unknown.says("name, x, y"));
    CHECK(csv_failure(text, {"4"}).says("no column '4'"));
    CHECK(csv_failure(text, {"0"}).says("no column '0'"));
    CHECK(csv_failure(text, {"x", "2"}).says("twice"));
    CHECK(csv_failure("a,a,b\n1,2,3\n", {"a"}).says("several columns named 'a'"));
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
             Bad{"a;b\n1.234,5;2\n", "row 2", "column 1 ('a')", "decimal point"},
             Bad{"a;b\n1,234,567;2\n", "row 2", "column 1 ('a')", "not for thousands"},
             Bad{"a,b\n1,2 # note\n", "row 2", "column 2 ('b')", "a line of its own"},
             Bad{",a\n3,1\nann,2\n", "row 3", "column 1:", "index=False"},
             Bad{",a\n,1\n", "row 2", "column 1:", "index=False"},
             Bad{"# c\n\na b\n1 x\n", "row 4", "column 2 ('b')", "'x' is not a number"},
             Bad{"a,b\n\"1\n\n\",2\n", "row 2", "column 1", "not a number"},
             Bad{"id,2019\nann,1\n", "row 1", "column 1", "'id' is not a number"},
         }) {
        CAPTURE(bad.text);
        const Failure f = csv_failure(bad.text);
        CAPTURE(f.text);
        CHECK(f.code == Exit::data);
        CHECK(f.says("'table.csv': " + bad.row));
        CHECK(f.says(bad.column));
        CHECK(f.says(bad.what));
    }
}

TEST_CASE("text in a column that is not selected does not matter") {
    CHECK(csv_table("a,b,c\n1,x,2\n3,,4\n", {"a", "c"}).rows ==
          (RowMatrix(2, 2) << 1, 2, 3, 4).finished());
    // Nothing but delimiters, so that rows are as short as they can be.
    CHECK(csv_table("a,b,c,d\n,,,1\n,,,2\n,,,3\n", {"d"}).rows ==
          (RowMatrix(3, 1) << 1, 2, 3).finished());
}

TEST_CASE("a malformed table is refused") {
    CHECK(csv_failure("a,b\n1,2\n3\n").says("row 3 has 1 columns, the first row has 2"));
    CHECK(csv_failure("a,b\n1,2\n3,4,5\n").says("row 3 has 3 columns"));
    CHECK(csv_failure("a,b\n1,\"2\n").says("row 2, column 2: a quote is not closed"));
    CHECK(csv_failure("a,b\n1,\"2\"3\n").says("text follows a closing quote"));
    CHECK(csv_failure("").says("empty"));
    CHECK(csv_failure(" \n\r\n").says("empty"));
    CHECK(csv_failure("\xFF\xFE"
                      "1")
              .says("UTF-8"));
    CHECK(csv_failure(std::string("1,\0,2\n", 6)).says("not plain text"));
}

TEST_CASE("what an error quotes from a file is short and printable") {
    const Failure f = csv_failure("1,2\n\x1B[31m" + std::string(1000, 'x') + ",3\n");
    CHECK(f.says("?[31m"));
    CHECK(f.text.size() < 300);
}

TEST_CASE("numbers do not depend on the locale") {
    // Whichever with decimal commas is installed; without one the test still holds.
    for (const char* name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8"})
        if (std::setlocale(LC_ALL, name))
            break;
    CHECK(csv_table("1,2.5,-3e2\n4,0.5,6\n").rows == kNumbers);
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
