//! What the parts of a model may be.

use crate::{Cvaif, Eif, Gaussian, If, Input, Lif, Mlp, Poisson, Polynomial, Product, Rate};
use crate::{RateProbe, Receptor, Term, Tif, TrajectoryProbe};

/// Of a population. Neurons have their receptors beside them; none are those by default.
#[derive(Clone, Copy, Debug)]
pub enum PopulationKind<'a> {
    Input(Input),
    Gaussian(Gaussian),
    Rate(Rate),
    Poisson(Poisson),
    Lif(Lif, &'a [Receptor]),
    Tif(Tif, &'a [Receptor]),
    If(If, &'a [Receptor]),
    Cvaif(Cvaif, &'a [Receptor]),
    Eif(Eif, &'a [Receptor]),
}

macro_rules! from {
    ($kind:ident: $($name:ident),*) => { $(
        impl From<$name> for $kind<'_> {
            fn from(of: $name) -> Self {
                Self::$name(of)
            }
        }
    )* };
}
macro_rules! from_neurons {
    ($($name:ident),*) => { $(
        impl From<$name> for PopulationKind<'_> {
            fn from(of: $name) -> Self {
                Self::$name(of, &[])
            }
        }
    )* };
}
from! { PopulationKind: Input, Gaussian, Rate, Poisson }
from_neurons! { Lif, Tif, If, Cvaif, Eif }

/// Of a rule. `&[Term]` is a polynomial of these terms; none are the 27 of rates with powers 0 to 2 of x, y and w.
#[derive(Clone, Copy, Debug)]
pub enum RuleKind<'a> {
    Polynomial(Polynomial, &'a [Term]),
    Mlp(Mlp),
    Product(Product),
}
from! { RuleKind: Mlp, Product }
impl<'a> From<&'a [Term]> for RuleKind<'a> {
    fn from(terms: &'a [Term]) -> Self {
        Self::Polynomial(Polynomial::default(), terms)
    }
}
impl<'a, const N: usize> From<&'a [Term; N]> for RuleKind<'a> {
    fn from(terms: &'a [Term; N]) -> Self {
        Self::from(&terms[..])
    }
}

/// Of a probe; its index is that of a population or a projection (`carve/probes.h`).
#[derive(Clone, Copy, Debug)]
pub enum ProbeKind {
    Rate(RateProbe),
    Transmitted,
    Trajectory(TrajectoryProbe),
    Weights(TrajectoryProbe),
}

/// The graph of a sparse projection.
#[derive(Clone, Copy, Debug)]
pub enum Connections<'a> {
    /// As many synapses for each postsynaptic unit, drawn.
    InDegree(u32),
    /// Those from the units `pre[row_start[i]..row_start[i + 1]]` to unit i.
    List { row_start: &'a [u32], pre: &'a [u32] },
}
