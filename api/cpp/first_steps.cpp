/* One neuron under Oja's rule finds the first principal component of its inputs, as in api/c/first_steps.c.
 * c++ -std=c++17 first_steps.cpp $(pkg-config --cflags --libs carve) && ./a.out */
#include <carve.hpp>

#include <cmath>
#include <cstdio>
#include <exception>
#include <vector>

int main() try {
    constexpr std::size_t n = 8, steps = 4000;
    const double e = 1 / std::sqrt(double(n)); // every entry of the first component
    std::vector<double> x(steps * n), z(steps);
    carve::check(carve_random_normal(1, 0, 0, z.data(), steps));
    carve::check(carve_random_normal(1, 1, 0, x.data(), steps * n));
    for (std::size_t i = 0; i < steps * n; ++i) // variance 1.09 along the component, 0.09 across
        x[i] = 0.3 * x[i] + z[i / n] * e;

    carve::Model model;
    auto inputs = carve::make<carve_population>();
    inputs.kind = CARVE_POPULATION_INPUT;
    inputs.n_units = n;
    auto shared = carve::make<carve_input>(); // by all replicas; here there is one
    shared.shared = 1;
    auto feedforward = carve::make<carve_projection>();
    feedforward.pre = model.add(inputs, shared);
    feedforward.post = model.add(carve::make<carve_population>()); // one linear neuron
    feedforward.weights.b = 0.1;
    carve_term decay{}, hebb{}; // dw = eta (theta_0 y^2 w + theta_1 x y)
    decay.event = hebb.event = CARVE_EVENT_STEP;
    decay.post = 2, decay.weight = 1;
    hebb.pre = hebb.post = 1;
    auto plasticity = carve::make<carve_plasticity>();
    plasticity.rule = model.add_rule({decay, hebb});
    plasticity.eta = 0.005;
    model.add(feedforward, {plasticity});

    carve::Sim sim(model);
    sim.write(CARVE_VIEW_THETA, 0, 0, {-1, 1});
    sim.reset(1);
    sim.step(steps, {{CARVE_F64, CARVE_STREAM_BLOCKS, x.size(), x.data()}});

    std::vector<double> w(n);
    sim.read(CARVE_VIEW_WEIGHTS, 0, 0, w);
    double along = 0, square = 0;
    for (const double weight : w)
        along += weight * e, square += weight * weight;
    const double degrees =
        std::acos(std::fmin(std::fabs(along) / std::sqrt(square), 1)) * 57.29577951308232;
    std::printf("success: %.2f degrees from the first component\n", degrees);
    for (std::size_t j = 0; j < n; ++j) // with all their digits: the same from every language
        std::printf("%.16e%c", w[j], j < n - 1 ? ' ' : '\n');
    return degrees < 5 ? 0 : 1;
} catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 2;
}
