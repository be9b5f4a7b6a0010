// interval.hpp: a bounded coefficient of CMA-ES, which itself has no bounds: every number is mapped
// into the interval (docs/search.md). As in Hansen's pycma.
#pragma once

namespace carve::cli {

struct Interval {
    double low, high; // low < high, infinities allowed

    // A coefficient, and its derivative by the number that stands for it.
    struct Image {
        double value, slope;
    };
    // The number itself in the interval's middle. Near a bound a parabola with its vertex on the
    // bound, and beyond that vertex the mirror image: continuous, with a continuous slope, so that
    // a function with its minimum on a bound is smooth there, and not a wedge.
    Image image(double number) const;
    // The nearest number that stands for a value of the interval.
    double number_of(double value) const;

  private:
    double margin_of(double bound) const; // where the parabola is
};

} // namespace carve::cli
