// receptors.hpp: what the receptors of a neuron do to its membrane, and what a step does to them (M30).
#pragma once
#include "exp.hpp"
#include "plan.hpp"
#include "real.hpp"

namespace carve {
namespace {

// e^-x, the same on every instruction set.
template <class P> inline typename P::Real decay_by(double x) noexcept {
    typename P::Real lanes[P::lanes];
    fade(P::set(to_real<typename P::Real>(-x))).store(lanes);
    return lanes[0];
}

// The two that Vogels et al. have are known when compiling; three of any kind are more than one only where
// lanes are targets.
enum class ReceptorForm { two_conductances, two_currents, three, any };
constexpr bool is_of_two(ReceptorForm form) noexcept {
    return form == ReceptorForm::two_conductances || form == ReceptorForm::two_currents;
}
inline ReceptorForm receptor_form(const Population& p) noexcept {
    const std::uint32_t kind = p.receptors[0].kind;
    if (p.n_receptors != 2 || p.receptors[1].kind != kind || kind == CARVE_RECEPTOR_FILTERED)
        return ReceptorForm::any;
    return kind == CARVE_RECEPTOR_CURRENT ? ReceptorForm::two_currents
                                          : ReceptorForm::two_conductances;
}

// How a receptor follows another (M30): by the exact solution, or by Euler's step.
enum class Following { exact, euler };

template <class P> struct Receptors {
    using Real = typename P::Real;

    struct Sums {
        P conductance; // in units of the leak
        P drive;       // V: conductances times reversal potentials, and currents
    };

    std::uint32_t n, filtered;                        // filtered: bits
    std::uint32_t source[kMaxReceptors];              // of filtered ones
    Real opens[kMaxReceptors], drives[kMaxReceptors]; // per unit of g, in the two sums
    Real decay[kMaxReceptors], takes[kMaxReceptors];  // in a step; takes: from the source

    Receptors() noexcept = default;
    Receptors(const Population& p, double dt, Following following) noexcept
        : n(p.n_receptors), filtered(0) {
        const auto real = [](double x) noexcept { return to_real<Real>(x); };
        for (std::uint32_t i = 0; i < n; ++i) {
            const Receptor& r = p.receptors[i];
            const bool follows = r.kind == CARVE_RECEPTOR_FILTERED;
            const bool current = effective_kind(p, i) == CARVE_RECEPTOR_CURRENT;
            const double share = share_of(p, i);
            filtered |= std::uint32_t{follows} << i;
            source[i] = r.source;
            opens[i] = real(current ? 0 : share);
            drives[i] = real(current ? share : share * r.reversal);
            const bool euler = follows && following == Following::euler;
            decay[i] = euler ? real(1 - dt / r.tau) : decay_by<P>(dt / r.tau);
            takes[i] = euler ? real(dt / r.tau) : Real(1) - decay[i];
        }
    }

    // Of the receptors of the mask; drive: what there is without them.
    template <ReceptorForm form, class Rows>
    CARVE_INLINE Sums sum(const Rows& g, const P& drive, std::uint32_t mask = ~0u) const noexcept {
        Sums s{P::set(0), drive};
        for_each<form>([&](std::uint32_t i) noexcept {
            if (!(mask >> i & 1))
                return;
            const P open = g.load(i);
            s.conductance = fma(P::set(opens[i]), open, s.conductance);
            s.drive = fma(P::set(drives[i]), open, s.drive);
        });
        return s;
    }
    // A step of those that follow others, and one of the others.
    template <ReceptorForm form, class Rows> CARVE_INLINE void follow(Rows& g) const noexcept {
        for_each<form>([&](std::uint32_t i) noexcept {
            if (follows<form>(i))
                g.store(i, fma(P::set(takes[i]), g.load(source[i]), g.load(i)) * P::set(decay[i]));
        });
    }
    template <ReceptorForm form, class Rows> CARVE_INLINE void fade_all(Rows& g) const noexcept {
        for_each<form>([&](std::uint32_t i) noexcept {
            if (!follows<form>(i))
                g.fade(i, P::set(decay[i]));
        });
    }
    template <ReceptorForm form, class Rows> CARVE_INLINE void advance(Rows& g) const noexcept {
        follow<form>(g);
        fade_all<form>(g);
    }

  private:
    template <ReceptorForm form> CARVE_INLINE bool follows(std::uint32_t i) const noexcept {
        return !is_of_two(form) && (filtered >> i & 1) != 0;
    }
    // Their number is known when compiling, unless there may be any.
    template <ReceptorForm form, class Work> CARVE_INLINE void for_each(Work work) const noexcept {
        if constexpr (form == ReceptorForm::any) {
            for (std::uint32_t i = 0; i < n; ++i)
                work(i);
        } else {
            work(0);
            work(1);
            if constexpr (form == ReceptorForm::three)
                work(2);
        }
    }
};

} // namespace
} // namespace carve
