// Every field of every struct, on every sort of element: where the table of fields says that nothing
// reads it, a value other than the default is refused by the field's name; where something does, its
// likely values are accepted and those outside of its range are refused.
#include "random/model/fields.hpp"
#include "support.hpp"

#include <cmath>
#include <cstring>
#include <doctest/doctest.h>
#include <functional>
#include <set>
#include <string>

using nets::Field;
using support::Network;

namespace {

constexpr double kInf = std::numeric_limits<double>::infinity();

// An element of a network: how it is called, where it is, and what it is of what reads fields.
struct Element {
    nets::Struct of;
    std::string name;
    std::function<void*(Network&)> at;
    unsigned readers;
    std::string parts; // the structs that it points to, whose fields it therefore has
};
struct Case {
    Network network;
    std::vector<Element> elements;
};

Element model(unsigned readers) {
    return {nets::Struct::model, "", [](Network& n) { return &n.model; }, readers, ""};
}
Element population(std::size_t i, unsigned readers) {
    return {nets::Struct::population, "populations[" + std::to_string(i) + "].",
            [i](Network& n) { return &n.populations[i]; }, readers,
            readers & nets::kInput       ? "input"
            : readers & nets::kGaussian  ? "gaussian"
            : readers & nets::kRate      ? "rate"
            : readers & nets::kPoisson   ? "poisson"
            : readers & nets::kTif       ? "tif"
            : readers & nets::kIf        ? "if"
            : readers & nets::kCvaif     ? "cvaif"
            : readers & nets::kEif       ? "eif"
            : readers & nets::kScoredLif ? "lif probes[0]"
                                         : "lif"};
}
Element projection(std::size_t i, unsigned readers) {
    return {nets::Struct::projection, "projections[" + std::to_string(i) + "].",
            [i](Network& n) { return &n.projections[i]; }, readers,
            readers & nets::kInDegree                                ? "weights in_degree"
            : readers & (nets::kPlasticRates | nets::kPlasticSpikes) ? "weights plasticity[0]"
                                                                     : "weights"};
}
Element rule(std::size_t i, unsigned readers) {
    return {nets::Struct::rule, "rules[" + std::to_string(i) + "].",
            [i](Network& n) { return &n.rules[i]; }, readers, "polynomial"};
}

Case rates() {
    Case c;
    Network& n = c.network;
    n.population(CARVE_POPULATION_INPUT, 3);
    n.population(CARVE_POPULATION_GAUSSIAN, 2);
    n.population(CARVE_POPULATION_RATE, 2);
    n.projection(0, 2, n.rule());
    n.projection(1, 2, flat::kStatic);
    n.projection(2, 2, 0);
    n.projections[2].inference = CARVE_INFERENCE_SWEEPS;
    n.projections[2].connectivity = CARVE_CONNECT_LOWER;
    c.elements = {model(nets::kRatesModel),
                  population(0, nets::kInput),
                  population(1, nets::kGaussian),
                  population(2, nets::kRate),
                  projection(0, nets::kForward | nets::kPlasticRates),
                  projection(1, nets::kForward),
                  projection(2, nets::kLateral | nets::kPlasticRates),
                  rule(0, nets::kRatesRule)};
    return c;
}

Case spikes(std::uint32_t gradient) {
    Case c;
    Network& n = c.network;
    n.model.gradient = gradient;
    for (const std::uint32_t source :
         {CARVE_SOURCE_CONSTANT, CARVE_SOURCE_SIGNAL, CARVE_SOURCE_STREAMED}) {
        n.population(CARVE_POPULATION_POISSON, 4);
        n.populations.back().source = source;
    }
    n.population(CARVE_POPULATION_LIF, 2);
    n.populations[3].scored = 1;
    n.population(CARVE_POPULATION_LIF, 2);
    n.populations[4].synapses = CARVE_RECEPTOR_CURRENT;
    n.populations[4].v_inh = 0;
    n.rule(flat::kTermsPair);
    n.rules[0].spikes = 1;
    n.projection(0, 3, 0);
    n.projection(1, 4, flat::kStatic);
    c.elements = {model(nets::kSpikingModel | (gradient ? nets::kSpikingGradient : 0u)),
                  population(0, nets::kPoisson | nets::kDrawingPoisson),
                  population(1, nets::kPoisson | nets::kDrawingPoisson | nets::kSignalPoisson),
                  population(2, nets::kPoisson),
                  population(3, nets::kLif | nets::kScoredLif | nets::kConductanceLif),
                  population(4, nets::kLif),
                  projection(0, nets::kFromPoisson | nets::kPlasticSpikes),
                  projection(1, nets::kFromPoisson),
                  rule(0, nets::kSpikesRule)};
    if (!gradient) { // derivatives do not pass between neurons
        n.projection(3, 4, flat::kStatic);
        n.projections[2].delay = 1;
        c.elements.push_back(projection(2, nets::kFromNeurons));
        n.projection(3, 4, flat::kStatic);
        n.projections[3].delay = 1;
        n.projections[3].connectivity = CARVE_CONNECT_IN_DEGREE;
        c.elements.push_back(projection(3, nets::kFromNeurons | nets::kInDegree));
        for (const std::uint32_t kind : {CARVE_POPULATION_TIF, CARVE_POPULATION_IF,
                                         CARVE_POPULATION_CVAIF, CARVE_POPULATION_EIF}) {
            c.elements.push_back(population(n.populations.size(), nets::reader_of(kind)));
            n.population(kind, 2);
        }
    }
    n.projection(2, 4, flat::kStatic); // streamed spikes are read
    return c;
}

void write(void* object, const Field& field, double value) {
    char* const at = static_cast<char*>(object) + field.offset;
    if (field.type == nets::Type::real) {
        std::memcpy(at, &value, sizeof value);
    } else if (field.type == nets::Type::u64) {
        const std::uint64_t whole = std::uint64_t(value);
        std::memcpy(at, &whole, sizeof whole);
    } else {
        const std::uint32_t whole = std::uint32_t(value);
        std::memcpy(at, &whole, sizeof whole);
    }
}
double read(const void* object, const Field& field) {
    const char* const at = static_cast<const char*>(object) + field.offset;
    if (field.type == nets::Type::real) {
        double value;
        std::memcpy(&value, at, sizeof value);
        return value;
    }
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

std::string explain(Network& n) { return support::explain(n.description()); }
std::string with(const Case& c, const Element& e, const Field& field, double value) {
    Network n = c.network;
    write(e.at(n), field, value);
    return explain(n);
}

void check_refused(const Case& c, const Element& e, const Field& field, double value) {
    const std::string name = field.name; // of a probe, which belongs to the element: complete
    const std::string start = (name.find("probes") == 0 ? name : e.name + name) + " is ",
                      sentence = with(c, e, field, value);
    CAPTURE(value);
    CAPTURE(sentence);
    CHECK(sentence.compare(0, start.size(), start) == 0);
}

// Rows of a field with a reader on this element, or null.
const Field* row_read_by(const Element& e, const char* name) {
    for (const Field& field : nets::fields())
        if (field.of == e.of && std::string(field.name) == name && (field.readers & e.readers))
            return &field;
    return nullptr;
}

void check_unread(const Case& c, const Element& e, const Field& field) {
    Network n = c.network;
    const double is = read(e.at(n), field);
    for (const double value : field.likely)
        if (value != is)
            check_refused(c, e, field, value);
    if (field.type == nets::Type::u32)
        check_refused(c, e, field, is == 7 ? 8 : 7);
    else
        check_refused(c, e, field, is == 99 ? 98 : 99);
}
void check_read(const Case& c, const Element& e, const Field& field) {
    for (const double value : field.likely) {
        CAPTURE(value);
        CHECK(with(c, e, field, value) == "");
    }
    if (field.type == nets::Type::real) {
        check_refused(c, e, field, std::numeric_limits<double>::quiet_NaN());
        if (field.low > -kInf)
            check_refused(c, e, field, std::nextafter(field.low, -kInf));
        if (field.high < kInf)
            check_refused(c, e, field, std::nextafter(field.high, kInf));
        return;
    }
    if (field.low > 0)
        check_refused(c, e, field, field.low - 1);
    if (field.type == nets::Type::u32 && field.high < 4294967295.0)
        check_refused(c, e, field, field.high + 1);
}

// A gradient needs a bound on the steps, or populations that derivatives pass through.
bool depends_on_elements(const Field& field) {
    return field.of == nets::Struct::model && std::string(field.name) == "gradient";
}

// Whether the element has the struct that a field is in.
bool has_part_of(const Element& e, const Field& field) {
    const std::string name = field.name;
    const std::size_t dot = name.find('.');
    return dot == std::string::npos ||
           (" " + e.parts + " ").find(" " + name.substr(0, dot) + " ") != std::string::npos;
}

void check_case(const Case& c) {
    Network n = c.network;
    REQUIRE(explain(n) == "");
    for (const Element& e : c.elements) {
        std::set<std::string> seen;
        for (const Field& field : nets::fields()) {
            if (field.of != e.of || !has_part_of(e, field) || !seen.insert(field.name).second)
                continue;
            CAPTURE(e.name);
            CAPTURE(field.name);
            const Field* const row = row_read_by(e, field.name);
            if (!row || row->high == 0)
                check_unread(c, e, field);
            else if (!row->related && !depends_on_elements(*row))
                check_read(c, e, *row);
        }
    }
}

} // namespace

TEST_SUITE_BEGIN("model errors");

TEST_CASE("each field of a model of rates is read in its range, or keeps its default") {
    check_case(rates());
}
TEST_CASE("each field of a spiking model is read in its range, or keeps its default") {
    check_case(spikes(CARVE_GRADIENT_NONE));
}
TEST_CASE("each field of a spiking model with a gradient is read, or keeps its default") {
    check_case(spikes(CARVE_GRADIENT_FORWARD));
}

TEST_SUITE_END();
