// What reaches a terminal: no control character, valid UTF-8, no more columns than there are.
#include "printable.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace carve::cli;

TEST_SUITE("printable") {
    TEST_CASE("text, line feeds and tabs stay; whatever a terminal acts on is escaped") {
        CHECK(printable("na\xC3\xAFve \xE2\x88\x91w\n\t\xF0\x9F\x98\x80") ==
              "na\xC3\xAFve \xE2\x88\x91w\n\t\xF0\x9F\x98\x80");
        CHECK(printable("\033[2J") == "\\u001B[2J");
        CHECK(printable("a\rb\b\a\x7F") == "a\\u000Db\\u0008\\u0007\\u007F");
        CHECK(printable("\xC2\x9B"
                        "31m") == "\\u009B31m"); // C1: a control sequence in one character
        CHECK(printable("\xE2\x80\xAE") == "\\u202E");
        CHECK(printable(std::string(1, '\0')) == "\\u0000");
    }

    TEST_CASE("bytes that are no UTF-8 become replacement characters, one each") {
        const std::string r = "\xEF\xBF\xBD";
        CHECK(printable("caf\xE9") == "caf" + r);
        CHECK(printable("\xC0\xAF") == r + r);                 // overlong
        CHECK(printable("\xED\xA0\x80") == r + r + r);         // half of a surrogate pair
        CHECK(printable("\xF5\x80\x80\x80") == r + r + r + r); // beyond Unicode
        CHECK(printable("\xE2\x88") == r + r);                 // cut off
        CHECK(printable("\x9B") == r);
    }

    TEST_CASE("no pair of bytes leaves a control character or invalid text") {
        for (int a = 0; a < 256; ++a)
            for (int b = 0; b < 256; ++b) {
                const std::string text = printable({static_cast<char>(a), static_cast<char>(b)});
                for (const char c : text)
                    REQUIRE((c == '\n' || c == '\t' || static_cast<unsigned char>(c) >= 0x20));
                REQUIRE(text.find("\xC2\x80") == std::string::npos);
                REQUIRE(printable(text) == text); // escaped once is escaped
            }
    }

    TEST_CASE("a line is cut to columns, not to bytes, and never within a character") {
        CHECK(cut_to_columns("abcdef", 4) == "abcd");
        CHECK(cut_to_columns("abc", 4) == "abc");
        CHECK(cut_to_columns("\xC3\xA4\xC3\xB6\xC3\xBC", 2) == "\xC3\xA4\xC3\xB6");
        CHECK(cut_to_columns("\xE6\xBC\xA2\xE5\xAD\x97", 3) == "\xE6\xBC\xA2"); // two columns each
        CHECK(cut_to_columns("e\xCC\x81z", 1) == "e\xCC\x81"); // a combining mark takes none
        CHECK(cut_to_columns("abc", 0).empty());
    }
}
