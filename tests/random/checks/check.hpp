// What the random tests and the fuzz targets of the ABI check. Each ends the process where a promise
// does not hold (failure.hpp).
#ifndef CARVE_TESTS_CHECK_HPP
#define CARVE_TESTS_CHECK_HPP

#include "model/choices.hpp"

#include <cstdint>

namespace nets {

// A model and calls: every instruction set, arrangement of lanes and floating-point mode of the
// caller gives the same bits; nothing outside of the caller's memory is touched; a call that fails
// changes nothing. False if there was no valid model.
bool check_calls(Choices& choices);
// Structs of any content: refused with a sentence and nothing changed, or a sim that can be used.
bool check_structs(Choices& choices);
// A block of any content: refused, or a sim that can be used. True if it was taken.
bool check_attach(Choices& choices);

} // namespace nets

#endif
