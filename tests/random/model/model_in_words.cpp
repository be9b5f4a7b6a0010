// A random model in words, for a failure's report.
#include "drawn_model.hpp"

#include <cstdio>
#include <cstring>

namespace nets {

namespace {

double get(const void* object, const Field& f) {
    const char* at = static_cast<const char*>(object) + f.offset;
    std::uint32_t u;
    std::uint64_t w;
    double x;
    switch (f.type) {
    case Type::u32:
        std::memcpy(&u, at, sizeof u);
        return u;
    case Type::u64:
        std::memcpy(&w, at, sizeof w);
        return double(w);
    default:
        std::memcpy(&x, at, sizeof x);
        return x;
    }
}

template <class T>
void describe(std::string& out, Struct of, const char* name, const T& object, const T& initial) {
    out += name;
    const char* before = "";
    for (const Field& f : fields()) {
        if (f.of != of || get(&object, f) == get(&initial, f) || f.name == before)
            continue;
        char text[80];
        std::snprintf(text, sizeof text, " %s %.9g", f.name, get(&object, f));
        out += text;
        before = f.name;
    }
    out += '\n';
}

} // namespace

std::string describe(const Model& m) {
    std::string out;
    carve_model initial;
    carve_model_init(&initial, sizeof initial);
    describe(out, Struct::model, "model", m.model, initial);
    for (const flat::Population& p : m.populations)
        describe(out, Struct::population, "  population", p, flat::Population());
    for (const flat::Projection& p : m.projections) {
        describe(out, Struct::projection, "  projection", p, flat::Projection());
        for (const flat::Use& use : p.more) {
            char text[160];
            std::snprintf(
                text, sizeof text,
                "    rule %u eta %g modulator %u gate %u baseline %u window %u start %g tau %g\n",
                use.rule, use.eta, use.modulator, use.gate, use.baseline, use.window,
                use.baseline_start, use.modulator_tau);
            out += text;
        }
        for (std::size_t i = 0; i < p.rows.size(); ++i) {
            out += "    row " + std::to_string(i) + ":";
            for (const std::uint32_t j : p.rows[i])
                out += " " + std::to_string(j);
            out += '\n';
        }
    }
    for (const flat::Rule& r : m.rules) {
        describe(out, Struct::rule, "  rule", r, flat::Rule());
        char text[120];
        std::snprintf(text, sizeof text, "    terms %016llx, with r %016llx, r^2 %016llx\n",
                      static_cast<unsigned long long>(r.terms),
                      static_cast<unsigned long long>(r.terms_r),
                      static_cast<unsigned long long>(r.terms_r2));
        out += text;
        for (const carve_term& t : r.listed) {
            std::snprintf(text, sizeof text,
                          "    listed event %d x%d y%d x2 %d y2 %d w%d r%d means %d %d %d sum %d\n",
                          t.event, t.pre, t.post, t.pre2, t.post2, t.weight, t.modulator,
                          t.pre_mean, t.post_mean, t.post_square, t.weight_sum);
            out += text;
        }
    }
    return out;
}

std::string explain(Model& m) {
    std::size_t bytes;
    carve_fault fault;
    if (carve_sim_required_bytes(m.description(), &bytes, &fault) == CARVE_OK)
        return "";
    return std::string(fault.where) + " is " + std::to_string(fault.value) + "; it " +
           fault.expected;
}

} // namespace nets
