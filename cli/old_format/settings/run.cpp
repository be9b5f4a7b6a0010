// The keys above all sections, and those of [run].
#include "sections.hpp"

#include "settings_access.hpp"

#include <array>

namespace carve::cli::old {
namespace {

// Names in the order of the enum's values.
constexpr std::array<const char*, 2> kPrecision{"double", "single"};

Setting lane_bytes() {
    Setting s = plain<&RunSettings::lane_bytes>(
        "lane_bytes", Type::integer,
        "bytes of a lane block, 32, 64 or one element; 0: 32 or 64, chosen for the machine when a "
        "run starts; changes speed, not results");
    s.choices = {"0", "4", "8", "32", "64"};
    s.unit = "bytes";
    return s;
}

} // namespace

Section top_settings() {
    return {
        "",
        "",
        {
            text<&Task::name>(
                "name", "name in results, reports and of directories; the file's name unless set"),
            text<&Task::description>("description", "one line for reports"),
        }};
}

Section run_settings() {
    return {
        "run",
        "the machine's part",
        {
            integer<&RunSettings::seed>("seed", 0, 9007199254740992.0, "",
                                        "every random number follows from it"),
            integer<&RunSettings::threads>(
                "threads", 0, 1024, "threads",
                "0: as many as this process may use; changes speed, not results"),
            choice<&RunSettings::single_precision, kPrecision>("precision", "of the simulation"),
            text<&RunSettings::isa>("isa", "instruction set; changes speed, not results",
                                    {"auto", "softfma", "scalar", "avx2", "avx512", "neon"}),
            lane_bytes(),
        }};
}

} // namespace carve::cli::old
