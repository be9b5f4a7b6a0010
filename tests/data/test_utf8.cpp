#include "utf8.hpp"

#include <doctest/doctest.h>
#include <string>

using namespace carve::cli;

namespace {

// By the table of RFC 3629, section 3; one character of `bits` free bits in so many bytes.
std::string encoded(std::uint32_t point) {
    std::string out;
    if (point < 0x80)
        return {static_cast<char>(point)};
    const int more = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    out += static_cast<char>((0xFF00 >> (more + 1) & 0xFF) | point >> 6 * more);
    for (int i = more - 1; i >= 0; --i)
        out += static_cast<char>(0x80 | (point >> 6 * i & 0x3F));
    return out;
}

} // namespace

TEST_SUITE_BEGIN("utf8");

TEST_CASE("every character but surrogates is valid, and none of its beginnings is") {
    for (std::uint32_t point = 0; point < 0x110800; ++point) {
        const std::string text = encoded(point);
        const bool valid = point < 0x110000 && (point < 0xD800 || point > 0xDFFF);
        const bool whole = utf8_length(text + "\x80") == text.size();
        if (whole != valid || (find_invalid_utf8(text) == std::string::npos) != valid)
            FAIL("U+" << point);
        for (std::size_t n = 1; n < text.size(); ++n)
            if (utf8_length(text.substr(0, n)) != 0 || utf8_length(text.substr(0, n) + "a") != 0)
                FAIL("a beginning of U+" << point);
    }
}

TEST_CASE("the first invalid byte is found") {
    CHECK(find_invalid_utf8("") == std::string::npos);
    CHECK(find_invalid_utf8("Gr\xC3\xB6\xC3\x9F"
                            "e") == std::string::npos);
    CHECK(find_invalid_utf8("Gr\xF6\xDF"
                            "e") == 2);
    CHECK(find_invalid_utf8("ab\x80") == 2);
    CHECK(find_invalid_utf8("\xC3\xB6\xC0\xAF") == 2); // a long form of '/'
    CHECK(find_invalid_utf8("\xE0\x80\xAF") == 0);
    CHECK(find_invalid_utf8("\xF5\x80\x80\x80") == 0);
    CHECK(find_invalid_utf8("\xFF") == 0);
}

TEST_CASE("an excerpt has 40 whole characters and nothing that commands a terminal") {
    std::string greek, many;
    for (int i = 0; i < 40; ++i)
        greek += "\xCE\xB1";
    many = greek + "\xCE\xB1";
    CHECK(excerpt(greek) == greek);
    CHECK(excerpt(many) == greek + "...");
    CHECK(excerpt("a\x1B[2J\n\x7F") == "a?[2J??");
    CHECK(excerpt("a\xC2\x9B"
                  "b\xC2\xA0") == "a?b\xC2\xA0");
    CHECK(excerpt("Gr\xF6\xDF"
                  "e") == "Gr??e");
}

TEST_SUITE_END();
