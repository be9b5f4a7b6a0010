// The structs of a description as memory: their sizes, what they point to, and terms byte by byte. A fault is
// a status, and a sentence that begins with its place.
#include "valid_network.hpp"

#include "fields.hpp"

#include <cstring>
#include <functional>

using support::explain;
using support::Network;
using support::Sim;
using support::valid_network;

namespace {

// A struct as a caller with a newer header would pass it.
template <class T> struct Longer {
    T known;
    std::uint64_t tail;
};

// Damages the structs of carve.h that a valid network is described by.
using StructDamage = std::function<void(flat::Description&)>;
void check_structs_refused(const std::string& sentence_start, carve_status status,
                           const StructDamage& damage) {
    Network n = valid_network();
    const carve_model* const model = n.description();
    damage(n.structs);
    const std::string sentence = explain(model);
    CAPTURE(sentence_start);
    CAPTURE(sentence);
    CHECK(sentence.compare(0, sentence_start.size(), sentence_start) == 0);
    std::size_t bytes = 12345;
    CHECK(carve_sim_required_bytes(model, &bytes, nullptr) == status);
    CHECK(bytes == 12345);
}

} // namespace

TEST_SUITE_BEGIN("model errors");

TEST_CASE("a struct that is shorter than the first version is refused by its size") {
    Network n = valid_network();
    for (const std::uint32_t size : {std::uint32_t(sizeof(carve_model) - 1), 0u}) {
        n.model.struct_size = size;
        CHECK(explain(n.description()).compare(0, 11, "struct_size") == 0);
        std::size_t bytes = 12345;
        CHECK(carve_sim_required_bytes(n.description(), &bytes, nullptr) == CARVE_E_VERSION);
        CHECK(bytes == 12345);
    }
    const auto refused = [](const std::string& where, const StructDamage& damage) {
        check_structs_refused(where + ".struct_size", CARVE_E_VERSION, damage);
    };
    refused("populations[0]", [](auto& s) {
        for (carve_population& p : s.populations)
            p.struct_size = sizeof p - 4;
    });
    refused("populations[1]", [](auto& s) { s.populations[1].struct_size += 8; });
    refused("projections[0]", [](auto& s) {
        for (carve_projection& p : s.projections)
            p.struct_size = 0;
    });
    refused("rules[0]", [](auto& s) {
        for (carve_rule& r : s.rules)
            r.struct_size = 4;
    });
    refused("populations[0].input", [](auto& s) { s.inputs[0].struct_size = 0; });
    refused("populations[1].gaussian", [](auto& s) { s.gaussians[1].struct_size -= 1; });
    refused("populations[3].rate", [](auto& s) { s.rates[3].struct_size = 1 << 20; });
    refused("projections[0].plasticity[0]", [](auto& s) { s.plasticity[0].struct_size = 4; });
    refused("rules[1].polynomial", [](auto& s) {
        s.polynomials[1].struct_size = offsetof(carve_polynomial, eligibility) - 1;
    });
}

TEST_CASE("a longer struct passes if what this library does not know of it is zero") {
    Network n = valid_network();
    const std::size_t expected = Sim::required(n);
    Longer<carve_model> model{*n.description(), 0};
    model.known.struct_size = sizeof model;
    const auto longer = [](const auto& known) {
        std::vector<Longer<std::decay_t<decltype(known[0])>>> all;
        for (const auto& one : known) {
            all.push_back({one, 0});
            all.back().known.struct_size = sizeof all.back();
        }
        return all;
    };
    auto inputs = longer(n.structs.inputs);
    auto plasticity = longer(n.structs.plasticity);
    auto polynomials = longer(n.structs.polynomials);
    n.structs.populations[0].parameters = &inputs[0];
    n.structs.projections[2].plasticity = &plasticity[2].known;
    n.structs.rules[1].parameters = &polynomials[1];
    auto populations = longer(n.structs.populations);
    auto projections = longer(n.structs.projections);
    auto rules = longer(n.structs.rules);
    model.known.populations = &populations[0].known; // walked with the caller's size
    model.known.projections = &projections[0].known;
    model.known.rules = &rules[0].known;
    std::size_t bytes = 0;
    CHECK(explain(&model.known) == "");
    CHECK(carve_sim_required_bytes(&model.known, &bytes, nullptr) == CARVE_OK);
    CHECK(bytes == expected);
    for (std::uint64_t* tail :
         {&model.tail, &populations[2].tail, &projections[3].tail, &rules[1].tail, &inputs[0].tail,
          &plasticity[2].tail, &polynomials[1].tail}) {
        *tail = 1;
        CHECK(carve_sim_required_bytes(&model.known, &bytes, nullptr) == CARVE_E_VERSION);
        CHECK(explain(&model.known) != "");
        *tail = 0;
    }
}

// Two fields that a later version of carve_lif could add, and a caller that was compiled before.
TEST_CASE("a struct of an older header gets the defaults of fields that were added to it") {
    struct Later {
        carve_lif first_version;
        double slope;
        std::uint32_t mode, reserved;
    };
    struct Described {
        carve::Population population;
        double slope = -1;
        std::uint32_t mode = 77;
    };
    std::vector<carve::Field> fields(carve::lif_struct.begin(), carve::lif_struct.end());
    fields.push_back({"slope", offsetof(Later, slope), offsetof(Described, slope),
                      carve::Type::real, 0.25, 0, 1, "", carve::kPlain, carve::reader::kAny,
                      nullptr});
    fields.push_back({"mode", offsetof(Later, mode), offsetof(Described, mode), carve::Type::u32, 3,
                      0, 9, "", carve::kPlain, carve::reader::kAny, nullptr});
    const carve::Struct later{"lif", sizeof(Later), sizeof(carve_lif), fields.data(),
                              fields.data() + fields.size()};

    carve_lif old;
    std::memset(&old, 0x5A, sizeof old);
    REQUIRE(carve::write_defaults(later, &old, sizeof old)); // what the later library's _init does
    CHECK(old.struct_size == sizeof old);
    CHECK(old.tau_m == 0.02);
    old.tau_m = 0.5;
    Described d;
    CHECK(carve::read_fields(later, &old, &d, {}).status == CARVE_OK);
    CHECK(d.population.tau_m == 0.5);
    CHECK(d.slope == 0.25);
    CHECK(d.mode == 3);

    Later now;
    std::memset(&now, 0x5A, sizeof now);
    REQUIRE(carve::write_defaults(later, &now, sizeof now));
    CHECK(now.slope == 0.25);
    CHECK(now.mode == 3);
    CHECK(now.reserved == 0);
    now.slope = 0.75;
    CHECK(carve::read_fields(later, &now, &d, {}).status == CARVE_OK);
    CHECK(d.slope == 0.75);
    now.first_version.struct_size = offsetof(Later, mode); // a version in between
    CHECK(carve::read_fields(later, &now, &d, {}).status == CARVE_OK);
    CHECK(d.slope == 0.75);
    CHECK(d.mode == 3);

    for (const std::size_t size : {sizeof(carve_lif) - 1, sizeof(Later) + 1})
        CHECK(!carve::write_defaults(later, &now, size));
    now.first_version.struct_size = sizeof(carve_lif) - 4;
    CHECK(carve::read_fields(later, &now, &d, {}).status == CARVE_E_VERSION);
}

TEST_CASE("what an element points to is there if it is counted, and only then") {
    const auto null = [](const std::string& field, const StructDamage& damage) {
        check_structs_refused(field + " is null", CARVE_E_NULL, damage);
    };
    const auto odd = [](const std::string& field, const StructDamage& damage) {
        check_structs_refused(field + " is", CARVE_E_RANGE, damage);
    };
    null("projections[0].plasticity", [](auto& s) { s.projections[0].plasticity = nullptr; });
    odd("projections[0].plasticity", [](auto& s) { s.projections[0].n_plasticity = 0; });
    odd("projections[2].n_plasticity", [](auto& s) { s.projections[2].n_plasticity = 5; });
    null("rules[0].polynomial.terms", [](auto& s) { s.polynomials[0].terms = nullptr; });
    odd("rules[0].polynomial.terms", [](auto& s) { s.polynomials[0].n_terms = 0; });
    odd("rules[0].polynomial.n_terms", [](auto& s) { s.polynomials[0].n_terms = 193; });
}

TEST_CASE("a term that there is not, or one out of order, is refused by its place") {
    const auto refused = [](std::size_t i, const std::function<void(carve_term&)>& damage) {
        check_structs_refused("rules[0].polynomial.terms[" + std::to_string(i) + "].event is",
                              CARVE_E_RANGE, [&](auto& s) { damage(s.terms[0][i]); });
    };
    for (const std::size_t i : {0u, 13u, 26u}) {
        refused(i, [](carve_term& t) { t.event = 3; });
        refused(i, [](carve_term& t) { t.pre = 4; });
        refused(i, [](carve_term& t) { t.post = 4; });
        refused(i, [](carve_term& t) { t.weight = 4; });
        refused(i, [](carve_term& t) { t.pre2 = 1; }); // of spikes
        refused(i, [](carve_term& t) { t.post2 = 1; });
        refused(i, [](carve_term& t) { t.modulator = 3; });
        refused(i, [](carve_term& t) { t.pre_mean = 4; });
        refused(i, [](carve_term& t) { t.post_mean = 4; });
        refused(i, [](carve_term& t) { t.post_square = 4; });
        refused(i, [](carve_term& t) { t.weight_sum = 4; });
        for (std::size_t k = 0; k < sizeof(carve_term::reserved); ++k)
            refused(i, [=](carve_term& t) { t.reserved[k] = 1; });
    }
    refused(5, [](carve_term& t) { t = carve_term{}; }); // there already
    refused(20, [](carve_term& t) {                      // of spikes
        t = carve_term{};
        t.event = CARVE_EVENT_PRE;
    });
}

TEST_SUITE_END();
