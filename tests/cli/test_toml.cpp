#include "../data/failure.hpp"
#include "toml.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <vector>

using namespace carve::cli;

namespace {

TomlValue parse(const std::string& text) { return parse_toml(text, "t.toml", Exit::usage); }
Failure toml_failure(const std::string& text) {
    return failure_of([&] { parse(text); });
}

} // namespace

TEST_SUITE("toml") {

    TEST_CASE("values and keys know their line and column") {
        const TomlValue root = parse("a = 1\n\n[b]\n  c = [1,\n 2.5]\n");
        const TomlMember& b = root.table()->at(1);
        CHECK(b.key == "b");
        CHECK(b.key_place.line == 3);
        const TomlMember& c = b.value.table()->front();
        CHECK(c.key_place.line == 4);
        CHECK(c.key_place.column == 3);
        CHECK(c.value.place.column == 7);
        CHECK(c.value.list()->at(1).place.line == 5);
        CHECK(std::get<double>(c.value.list()->at(1).value) == 2.5);
    }

    TEST_CASE("tables keep the order of the text") {
        const TomlValue root = parse("zeta = 1\nalpha = 2\n[m]\n[c]\n");
        std::string order;
        for (const TomlMember& member : *root.table())
            order += member.key + " ";
        CHECK(order == "zeta alpha m c ");
    }

    TEST_CASE("UTF-8 is read in strings and comments, with a byte order mark or without") {
        const std::string accent = "\xC3\xA9", smile = "\xF0\x9F\x98\x80";
        const std::string texts[] = {"",
                                     "# it's \"quoted\n",
                                     R"(x = "# \" ' \\")",
                                     R"(x = '# " \')",
                                     R"(x = "")",
                                     R"(x = '')",
                                     "x = \"\"\"a\n''' \\\" \\\\\"\"\"\"\"",
                                     "x = '''a\n\"\"\"\\'''''"};
        for (const std::string mark : {"", "\xEF\xBB\xBF"})
            for (const std::string& c :
                 {accent, smile, std::string("\xC2\xB0"), std::string("\xE2\x80\xA8")})
                for (const std::string& before : texts)
                    for (const std::string quote : {"\"", "'", "\"\"\"", "'''"}) {
                        CAPTURE(before);
                        CAPTURE(quote);
                        const TomlValue root =
                            parse(mark + before + "\na = " + quote + c + "b" + c + quote + " # " +
                                  c + "\n# " + c + "\n[t] # " + c + "\n\"" + c + "\" = 1\n");
                        CHECK(std::get<std::string>(root.find("a")->value) == c + "b" + c);
                        CHECK(root.find("t")->find(c) != nullptr);
                    }
        // Columns count characters.
        const TomlValue root = parse("a = [\"" + accent + accent + "\", 2]\n");
        CHECK(root.find("a")->list()->at(1).place.column == 12);
    }

    TEST_CASE("bytes that are not UTF-8, and characters out of place, are refused where they are") {
        for (const std::string bad :
             {"\xE9", "\xC3", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80"})
            for (const std::string before :
                 {"a = 1\nb = \"c", "a = 1\n# \" cd", "a = \"\xC3\xA9\"\nbcdefg"}) {
                const Failure f = toml_failure(before + bad + "\"\n");
                CAPTURE(f.text);
                CHECK(f.code == Exit::usage);
                CHECK(f.says("t.toml:2:7: error: byte 0x"));
                CHECK(f.says("is not UTF-8"));
            }
        // Places where the parser looks for blanks; U+00B0 and U+2028 are of its odd cases.
        for (const std::string c : {"\xC3\xA9", "\xC2\xB0", "\xE2\x80\xA8", "\xE2\x98\xBA"})
            for (const std::string& text :
                 {c + " = 1", "a = " + c, "a = 1 " + c, "a = 1" + c, "a = \"" + c + "\" " + c,
                  "a = ''" + c, "[" + c + "]", "a = \"\\" + c + "\"", "a = [1, " + c + "]",
                  "a = \"b\n" + c + "\"", "# c\n" + c, "a = {b = 1" + c + "}", "a" + c + " = 1",
                  "a = 1\"" + c + "\""}) {
                CAPTURE(text);
                CHECK(toml_failure(text).code == Exit::usage);
            }
        CHECK(std::get<std::string>(parse("a = \"\"\"b\\\n \xC3\xA9\"\"\"").find("a")->value) ==
              "b\xC3\xA9");
        CHECK(toml_failure("\xEF\xBB\x9F").says("t.toml:1:1: error:"));
    }

    TEST_CASE("text that broke the parser elsewhere is refused like any other") {
        for (const std::string text : {"[`", "[", "a", "a =", "= 1", "\"", "a = [", "a = {", "'''",
                                       "[[a]]\n[a]\n", "a = 1\na = 2\n", "a = 1979-13-40\n"}) {
            CAPTURE(text);
            const Failure f = toml_failure(text);
            CHECK(f.code == Exit::usage);
            CHECK(f.says("t.toml:"));
        }
    }

    TEST_CASE("nesting is refused beyond sixteen levels and without exhausting the stack") {
        const auto nested = [](std::size_t n) {
            return "a = " + std::string(n, '[') + std::string(n, ']') + "\n";
        };
        CHECK(toml_failure(nested(10)).code == Exit::ok);
        CHECK(toml_failure(nested(17)).code == Exit::usage);
        CHECK(toml_failure(nested(400000)).code == Exit::usage);
    }

    TEST_CASE("more than a mebibyte is refused") {
        const std::string mebibyte = "a = 1\n#" + std::string((1u << 20) - 7, 'x');
        CHECK(mebibyte.size() == 1u << 20);
        CHECK(toml_failure(mebibyte).code == Exit::ok);
        CHECK(toml_failure(mebibyte + "x").says("1 MiB"));
    }

    TEST_CASE("text written by toml_text reads back, and is ASCII") {
        for (const std::string& text : {std::string("plain"), std::string("q\"b\\n\n\t\x01\x7F"),
                                        std::string("J\xC3\xB6rg \xE2\x82\xAC \xF0\x9F\x98\x80")}) {
            const std::string written = toml_text(text);
            for (const char c : written)
                CHECK(static_cast<unsigned char>(c) < 0x80);
            CHECK(std::get<std::string>(parse("a = " + written).find("a")->value) == text);
        }
        // What is not UTF-8 cannot be written; it becomes the replacement character.
        for (const std::string text : {"\xFF", "\xC3", "\xED\xA0\x80", "\xF7\xBF\xBF\xBF"})
            CHECK(std::get<std::string>(parse("a = " + toml_text(text)).find("a")->value)
                      .find("\xEF\xBF\xBD") != std::string::npos);
    }

    TEST_CASE("numbers written by toml_real read back identically, as numbers with a point") {
        for (const double v :
             std::vector<double>{0.1, 1.0, -0.0, 1e300, 5e-324, 1e16, 123456789012345680.0, 1.0 / 3,
                                 INFINITY, -INFINITY}) {
            CAPTURE(v);
            const TomlValue root = parse("a = " + toml_real(v));
            const double back = std::get<double>(root.find("a")->value);
            CHECK(back == v);
            CHECK(std::signbit(back) == std::signbit(v));
        }
        CHECK(std::isnan(std::get<double>(parse("a = " + toml_real(NAN)).find("a")->value)));
    }

    TEST_CASE("an override takes a TOML value, and anything else as a string") {
        TomlValue root = parse("[a]\nb = 1\n");
        Faults faults;
        CHECK(apply_override(root, "a.b=2.5", faults));
        CHECK(apply_override(root, "a.c=[1, 2]", faults));
        CHECK(apply_override(root, "x.y.z=some/file.csv", faults));
        CHECK(apply_override(root, "t=\"q\"", faults));
        CHECK(apply_override(root, "u=1\nv = 2", faults)); // not a way to smuggle in other keys
        CHECK(apply_override(root, "e=", faults));
        CHECK(apply_override(root, "n=J\xC3\xB6rg", faults));
        CHECK(apply_override(root, "l=J\xF6rg", faults)); // a path need not be UTF-8
        CHECK(faults.empty());
        CHECK(std::get<double>(root.find("a")->find("b")->value) == 2.5);
        CHECK(root.find("a")->find("c")->list()->size() == 2);
        CHECK(std::get<std::string>(root.find("x")->find("y")->find("z")->value) ==
              "some/file.csv");
        CHECK(std::get<std::string>(root.find("t")->value) == "q");
        CHECK(std::get<std::string>(root.find("u")->value) == "1\nv = 2");
        CHECK(root.find("v") == nullptr);
        CHECK(std::get<std::string>(root.find("e")->value) == "");
        CHECK(std::get<std::string>(root.find("n")->value) == "J\xC3\xB6rg");
        CHECK(std::get<std::string>(root.find("l")->value) == "J\xF6rg");
    }

    TEST_CASE("a malformed override is a fault that shows it") {
        TomlValue root = parse("a = 1\n");
        for (const std::string bad : {"a", "=1", "", "a..b=1", ".a=1", "a.=1", "a.b=1"}) {
            CAPTURE(bad);
            Faults faults;
            CHECK_FALSE(apply_override(root, bad, faults));
            CHECK(failure_of([&] { faults.raise(Exit::usage); }).says("--set " + bad + ": error:"));
        }
    }

    TEST_CASE("faults come in the order of the file's lines") {
        Faults faults;
        faults.add({"f", 9, 1}, "late");
        faults.add({"f", 2, 7}, "early", "do this");
        const Failure f = failure_of([&] { faults.raise(Exit::data); });
        CHECK(f.code == Exit::data);
        CHECK(f.text == "f:2:7: error: early\nhelp: do this\nf:9:1: error: late\n");
    }
}
