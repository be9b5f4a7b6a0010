// What theory says about rules on rates, to the accuracy to which it says it: Oja's flow and fixed
// point, rules that are linear maps, gaussian moments, ordered principal components.
#include "reference/linear.hpp"
#include "reference/rates/random_scenario.hpp"

using namespace reference;
using support::Network;
using support::Packed;
using support::set_theta;
using support::Sim;

namespace {

constexpr std::uint64_t kOja = flat::term(1, 1, 0) | flat::term(0, 2, 1);

// A batch whose covariance is exactly sum of lambda_i e_i e_i^T and whose odd moments vanish: the
// samples are +-sqrt(n lambda_i) e_i.
struct Batch {
    std::vector<double> lambda;
    Rows e;
    explicit Batch(std::vector<double> l, std::uint64_t seed = 1) : lambda(std::move(l)) {
        support::Random r(seed);
        e = orthonormal_rows(r, lambda.size(), lambda.size());
    }
    std::size_t n() const { return lambda.size(); }
    double sample(std::size_t s, std::size_t unit) const {
        const double size = std::sqrt(double(n()) * lambda[s / 2]) * e[s / 2][unit];
        return s % 2 ? -size : size;
    }
    std::vector<double> times(const std::vector<double>& w) const { // C w
        std::vector<double> out(n(), 0);
        for (std::size_t i = 0; i < n(); ++i)
            for (std::size_t j = 0; j < n(); ++j)
                out[j] += lambda[i] * dot(e[i], w) * e[i][j];
        return out;
    }
    Packed pack(const Network& network) const {
        return Packed(network, 0, 1,
                      [this](std::size_t, std::size_t, std::size_t s, std::size_t u) {
                          return sample(s, u);
                      });
    }
};

Network neuron(const Batch& batch, std::uint64_t terms, double eta,
               std::uint32_t form = CARVE_FORM_AUTO) {
    Network n = support::single_layer(std::uint32_t(batch.n()), 1, CARVE_ACTIVATION_LINEAR, terms);
    n.model.batch = std::uint32_t(2 * batch.n());
    n.model.form = form;
    n.populations[0].fixed = n.populations[0].shared = 1;
    n.projections[0].eta = eta;
    return n;
}

void set_weights(const Sim& sim, const std::vector<double>& w, std::size_t row = 0) {
    for (std::size_t j = 0; j < w.size(); ++j)
        sim.weights(0).set(w[j], 0, row, j);
}

std::vector<double> step_from(Sim& sim, const Batch& batch, const std::vector<double>& w,
                              std::uint64_t n_steps) {
    set_weights(sim, w);
    const Packed in = batch.pack(sim.network());
    REQUIRE(sim.step({in.stream()}, n_steps) == CARVE_OK);
    return sim.weights(0).lane(0);
}

void set_oja(const Sim& sim, double hebb = 1, double decay = -1) {
    set_theta(sim, 0, 1, 1, 0, hebb);
    set_theta(sim, 0, 0, 2, 1, decay);
}

double distance(const std::vector<double>& a, const std::vector<double>& b) {
    double square = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        square += (a[i] - b[i]) * (a[i] - b[i]);
    return std::sqrt(square);
}

} // namespace

TEST_SUITE_BEGIN("closed forms");

TEST_CASE("Oja's rule follows Oja's flow, to first order in the learning rate") {
    const Batch batch({1.0, 0.6, 0.3, 0.1});
    const std::vector<double> w0{0.3, -0.2, 0.1, 0.25};
    const double time = 4;
    // w(t) = exp(C t) w0 / sqrt(1 - |w0|^2 + |exp(C t) w0|^2)
    std::vector<double> flow(4, 0);
    for (std::size_t i = 0; i < 4; ++i)
        for (std::size_t j = 0; j < 4; ++j)
            flow[j] += std::exp(batch.lambda[i] * time) * dot(batch.e[i], w0) * batch.e[i][j];
    const double scale = 1 / std::sqrt(1 - dot(w0, w0) + dot(flow, flow));
    for (double& x : flow)
        x *= scale;
    for (const std::uint32_t form : {CARVE_FORM_SAMPLES, CARVE_FORM_MOMENTS}) {
        double before = 0;
        for (const std::uint64_t n_steps : {200u, 400u, 800u, 1600u}) {
            Network n = neuron(batch, kOja, time / double(n_steps), form);
            Sim sim(n);
            set_oja(sim);
            const double error = distance(step_from(sim, batch, w0, n_steps), flow);
            CHECK(error < 1e-2);
            if (before > 0)
                CHECK(before / error == doctest::Approx(2).epsilon(0.02));
            before = error;
        }
    }
}

TEST_CASE("the Jacobian at Oja's fixed point has the eigenvalues of theory") {
    const Batch batch({1.0, 0.7, 0.2});
    Network n = neuron(batch, kOja, 0.1);
    Sim sim(n);
    set_oja(sim);
    for (std::size_t k = 0; k < 3; ++k) { // -2 lambda_1 along, lambda_k - lambda_1 across
        const double eigenvalue = k == 0 ? -2 * batch.lambda[0] : batch.lambda[k] - batch.lambda[0];
        std::vector<double> ends[2];
        const double h = 1e-4;
        for (int side = 0; side < 2; ++side) {
            std::vector<double> w = batch.e[0];
            for (std::size_t j = 0; j < 3; ++j)
                w[j] += (side ? h : -h) * batch.e[k][j];
            ends[side] = step_from(sim, batch, w, 1);
        }
        for (std::size_t j = 0; j < 3; ++j) { // one step multiplies by 1 + eta eigenvalue
            const double slope = (ends[1][j] - ends[0][j]) / (2 * h);
            CHECK(slope == doctest::Approx((1 + 0.1 * eigenvalue) * batch.e[k][j]).epsilon(1e-7));
        }
    }
}

TEST_CASE("a rule of one term that is linear in the weight is a linear map") {
    const Batch batch({1.0, 0.5});
    const std::vector<double> w0{0.75, -0.5};
    const auto run_term = [&](unsigned c, double theta, std::uint64_t n_steps) {
        Network n = neuron(batch, flat::term(0, 0, c), 0.25);
        Sim sim(n);
        set_theta(sim, 0, 0, 0, c, theta);
        return step_from(sim, batch, w0, n_steps);
    };
    for (unsigned c = 0; c < 3; ++c)
        CHECK(run_term(c, 0, 50) == w0); // to the bit
    for (std::size_t j = 0; j < 2; ++j) {
        CHECK(run_term(0, 0.125, 40)[j] == w0[j] + 0.25 * 0.125 * 40);
        CHECK(run_term(1, -0.5, 40)[j] ==
              doctest::Approx(w0[j] * std::pow(1 - 0.25 * 0.5, 40)).epsilon(1e-13));
        double w = w0[j];
        for (int t = 0; t < 10; ++t)
            w += 0.25 * 0.375 * w * w;
        CHECK(run_term(2, 0.375, 10)[j] == doctest::Approx(w).epsilon(1e-13));
    }
}

TEST_CASE("the norm at the fixed point is that of theory") {
    const Batch batch({1.25, 0.5, 0.25});
    for (const double hebb : {1.0, 0.5})
        for (const double decay : {-1.0, -2.0})
            for (const double drift : {-0.2, 0.0, 0.3}) {
                Network n = neuron(batch, kOja | flat::term(0, 0, 1), 0.1);
                Sim sim(n);
                set_oja(sim, hebb, decay);
                set_theta(sim, 0, 0, 0, 1, drift);
                const std::vector<double> w = step_from(sim, batch, {0.3, 0.2, -0.4}, 3000);
                CHECK(dot(w, w) ==
                      doctest::Approx(-(hebb + drift / batch.lambda[0]) / decay).epsilon(1e-12));
                CHECK(std::fabs(dot(w, batch.e[0])) ==
                      doctest::Approx(std::sqrt(dot(w, w))).epsilon(1e-12));
            }
}

TEST_CASE("near the fixed point the error across shrinks as theory says") {
    const Batch batch({1.0, 0.8, 0.5});
    Network n = neuron(batch, kOja, 0.2);
    Sim sim(n);
    set_oja(sim);
    std::vector<double> w = batch.e[0];
    for (std::size_t j = 0; j < 3; ++j)
        w[j] += 1e-5 * batch.e[1][j];
    const std::vector<double> after = step_from(sim, batch, w, 30);
    CHECK(dot(after, batch.e[1]) ==
          doctest::Approx(1e-5 * std::pow(1 - 0.2 * 0.2, 30)).epsilon(1e-6));
}

TEST_CASE("sensitivities converge to those of the fixed point") {
    const Batch batch({1.0, 0.5, 0.2}, 4);
    Network n = neuron(batch, flat::kTerms27, 0.2);
    n.model.gradient = CARVE_GRADIENT_FORWARD;
    for (const std::uint32_t form : {CARVE_FORM_SAMPLES, CARVE_FORM_MOMENTS}) {
        n.model.form = form;
        Sim sim(n);
        set_oja(sim);
        const std::vector<double> w = step_from(sim, batch, {0.5, 0.1, -0.3}, 2000);
        const std::vector<double> cw = batch.times(w);
        const double power = dot(w, cw);
        Rows minus_j(3, std::vector<double>(3)); // of F = C w - (w.C w) w
        for (std::size_t i = 0; i < 3; ++i) {
            std::vector<double> unit(3, 0);
            unit[i] = 1;
            const std::vector<double> column = batch.times(unit);
            for (std::size_t k = 0; k < 3; ++k)
                minus_j[k][i] = -(column[k] - 2 * w[k] * cw[i] - (i == k ? power : 0));
        }
        const Rows inv = inverse(minus_j);
        const auto terms = Replica<double>::terms_of(n.rules[0]);
        for (std::size_t k = 0; k < terms.size(); ++k) {
            CAPTURE(k);
            std::vector<double> f(3, 0); // dF_i / dtheta_k = E[x_i^a y^b] w_i^c
            for (std::size_t i = 0; i < 3; ++i)
                for (std::size_t s = 0; s < 6; ++s) {
                    double y = 0;
                    for (std::size_t j = 0; j < 3; ++j)
                        y += w[j] * batch.sample(s, j);
                    f[i] += std::pow(batch.sample(s, i), double(terms[k].a)) *
                            std::pow(y, double(terms[k].b)) * std::pow(w[i], double(terms[k].c)) /
                            6;
                }
            for (std::size_t i = 0; i < 3; ++i) {
                const double want = dot(inv[i], f), got = sim.sensitivities(0).get(0, 0, i, k);
                CHECK(std::fabs(got - want) < 1e-11);
                if (terms[k].a + terms[k].b == 2 && terms[k].b > 0 &&
                    terms[k].c + 1 == terms[k].b) // theta_110 and theta_021
                    CHECK(got == doctest::Approx(w[i] / 2).epsilon(1e-11));
            }
        }
    }
}

TEST_CASE("the moments of a gaussian population are those of its covariance") {
    const double factor[3][3] = {{1, 0, 0}, {0.5, 0.75, 0}, {-0.25, 0.5, 0.5}};
    const std::vector<double> w{0.5, -1, 0.75};
    double c[3][3] = {};
    std::vector<double> cw(3, 0);
    for (int i = 0; i < 3; ++i)
        for (int j = 0; j < 3; ++j)
            for (int k = 0; k < 3; ++k)
                c[i][j] += factor[i][k] * factor[j][k];
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 3; ++j)
            cw[i] += c[i][j] * w[j];
    const double v = dot(w, cw);
    struct Moment {
        unsigned a, b;
        double want[3];
    };
    const Moment moments[] = {{1, 1, {cw[0], cw[1], cw[2]}},
                              {0, 2, {v, v, v}},
                              {2, 0, {c[0][0], c[1][1], c[2][2]}},
                              {2,
                               2,
                               {c[0][0] * v + 2 * cw[0] * cw[0], c[1][1] * v + 2 * cw[1] * cw[1],
                                c[2][2] * v + 2 * cw[2] * cw[2]}},
                              {1, 0, {0, 0, 0}},
                              {0, 1, {0, 0, 0}},
                              {2, 1, {0, 0, 0}},
                              {1, 2, {0, 0, 0}},
                              {0, 3, {0, 0, 0}}};
    for (const Moment& m : moments) {
        CAPTURE(m.a);
        CAPTURE(m.b);
        Network n;
        n.population(CARVE_POPULATION_GAUSSIAN, 3);
        n.population(CARVE_POPULATION_RATE, 1);
        n.projection(0, 1, n.rule(flat::term(m.a, m.b, 0)));
        n.projections[0].eta = 1;
        n.populations[0].shared = 1;
        n.model.batch = 65536;
        n.model.n_replicas = 8;
        Sim sim(n);
        set_theta(sim, 0, m.a, m.b, 0, 1);
        for (std::size_t i = 0; i < 3; ++i)
            for (std::size_t j = 0; j < 3; ++j)
                sim.factor(0).set(factor[i][j], 0, i, j);
        for (std::size_t l = 0; l < 8; ++l)
            for (std::size_t j = 0; j < 3; ++j)
                sim.weights(0).set(w[j], l, 0, j);
        REQUIRE(sim.step({}, 1) == CARVE_OK);
        for (std::size_t j = 0; j < 3; ++j) {
            double mean = 0;
            for (std::size_t l = 0; l < 8; ++l)
                mean += (sim.weights(0).get(l, 0, j) - w[j]) / 8;
            CHECK(std::fabs(mean - m.want[j]) < 0.03); // 5 sigma of the widest
        }
    }
}

TEST_CASE("Oja with hierarchical anti-Hebb finds the eigenvectors in order") {
    const Batch batch({1.0, 0.6, 0.3, 0.1}, 6);
    for (const std::uint32_t inference :
         {CARVE_INFERENCE_SEQUENTIAL, CARVE_INFERENCE_SOLVE, CARVE_INFERENCE_SWEEPS}) {
        CAPTURE(inference);
        Network n = support::single_layer(4, 3, CARVE_ACTIVATION_LINEAR, kOja);
        n.projection(1, 1, n.rule(flat::term(1, 1, 0)));
        n.projections[1].connectivity = CARVE_CONNECT_LOWER;
        n.projections[1].inference = inference;
        if (inference == CARVE_INFERENCE_SWEEPS)
            n.projections[1].n_sweeps = 2;
        n.projections[0].eta = 0.05;
        n.projections[1].eta = 0.1;
        n.populations[0].fixed = n.populations[0].shared = 1;
        n.model.batch = 8;
        Sim sim(n);
        set_oja(sim);
        set_theta(sim, 1, 1, 1, 0, -1);
        support::Random r(2);
        for (std::size_t i = 0; i < 3; ++i)
            set_weights(
                sim, {0.3 * r.normal(), 0.3 * r.normal(), 0.3 * r.normal(), 0.3 * r.normal()}, i);
        const Packed in = batch.pack(n);
        REQUIRE(sim.step({in.stream()}, 20000) == CARVE_OK);
        for (std::size_t i = 0; i < 3; ++i) {
            double along = 0, square = 0;
            for (std::size_t j = 0; j < 4; ++j) {
                along += sim.weights(0).get(0, i, j) * batch.e[i][j];
                square += sim.weights(0).get(0, i, j) * sim.weights(0).get(0, i, j);
            }
            CHECK(std::fabs(along) == doctest::Approx(1).epsilon(1e-10));
            CHECK(square == doctest::Approx(1).epsilon(1e-10));
        }
        for (const double m : sim.weights(1).lane(0))
            CHECK(std::fabs(m) < 1e-10);
    }
}

// Three outputs on the batch for n_steps; the rows of W.
Rows rows_after(const Batch& batch, std::uint32_t presynaptic, std::uint64_t terms,
                std::uint32_t n_steps) {
    Network n = neuron(batch, terms, 0.2);
    n.populations[1].n_units = 3;
    n.projections[0].presynaptic = presynaptic;
    Sim sim(n);
    set_theta(sim, 0, 1, 1, 0, 1);
    if (terms & flat::term(0, 2, 1))
        set_theta(sim, 0, 0, 2, 1, -1);
    support::Random r(5);
    for (std::size_t i = 0; i < 3; ++i) {
        std::vector<double> w(batch.n());
        for (double& x : w)
            x = 0.3 * r.normal();
        set_weights(sim, w, i);
    }
    const Packed input = batch.pack(n);
    REQUIRE(sim.step({input.stream()}, n_steps) == CARVE_OK);
    Rows rows;
    for (std::size_t i = 0; i < 3; ++i) {
        rows.emplace_back();
        for (std::size_t j = 0; j < batch.n(); ++j)
            rows[i].push_back(sim.weights(0).get(0, i, j));
    }
    return rows;
}

TEST_CASE("Oja's rule on the residuals below is Sanger's: unit eigenvectors in order") {
    const Batch batch({1.0, 0.7, 0.4, 0.1, 0.05}, 6);
    const Rows w = rows_after(batch, CARVE_PRESYNAPTIC_RESIDUAL_BELOW, kOja, 4000);
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t k = 0; k < 5; ++k)
            CHECK(std::fabs(std::fabs(dot(w[i], batch.e[k])) - (i == k ? 1 : 0)) < 1e-12);
}

TEST_CASE("Hebb's rule on the residuals is the subspace rule: an orthonormal basis") {
    const Batch batch({1.0, 0.7, 0.4, 0.1, 0.05}, 7);
    const Rows w = rows_after(batch, CARVE_PRESYNAPTIC_RESIDUAL, flat::term(1, 1, 0), 4000);
    for (std::size_t i = 0; i < 3; ++i) {
        for (std::size_t k = 0; k < 3; ++k)
            CHECK(std::fabs(dot(w[i], w[k]) - (i == k ? 1 : 0)) < 1e-12);
        for (std::size_t k = 3; k < 5; ++k)
            CHECK(std::fabs(dot(w[i], batch.e[k])) < 1e-12);
    }
}

TEST_SUITE_END();
