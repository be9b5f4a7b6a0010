//! carve simulates networks with plastic synapses, and computes derivatives of what they become by the coefficients of
//! their plasticity rules. This crate is `carve.h` made safe: a [`Model`] keeps what its parts point to, a [`Sim`] owns
//! its memory or borrows the caller's, and a call that fails is an [`Error`] in words. Names are those of `carve.h`
//! without their `carve_`; what a call does, its units and its cost are said there and in the items of `carve_sys`.
//!
//! Structs come with their defaults: `Rate { activation: ACTIVATION_TANH, ..Default::default() }`.
//!
//! ```
//! use carve::{Distribution, Input, Loss, Model, Plasticity, Population, Projection, Rate, Rule, Sim, Term};
//!
//! // One linear neuron with three inputs, under dw = eta (theta_0 y^2 w + theta_1 x y).
//! let mut model = Model::new();
//! model.settings.gradient = carve::GRADIENT_FORWARD;
//! let inputs = Population { n_units: 3, ..Default::default() };
//! let decay = Term { event: carve::EVENT_STEP, post: 2, weight: 1, ..Default::default() };
//! let hebb = Term { event: carve::EVENT_STEP, pre: 1, post: 1, ..Default::default() };
//! let feedforward = Projection {
//!     pre: model.add_population(inputs, Input { shared: 1, ..Default::default() }),
//!     post: model.add_population(Population::default(), Rate::default()),
//!     weights: Distribution { b: 0.1, ..Default::default() },
//!     ..Default::default()
//! };
//! let rule = model.add_rule(Rule::default(), &[decay, hebb]);
//! model.add_projection(feedforward, &[Plasticity { rule, eta: 0.1, ..Default::default() }]);
//!
//! let mut sim = Sim::new(&model)?;
//! sim.write(carve::VIEW_THETA, 0, 0, &[-1.0, 1.0])?;
//! sim.reset(1);
//! let x = [1.0, 0.0, 0.0].repeat(100); // [step][unit]
//! sim.step(100, &[x[..].into()])?;
//!
//! let weights = sim.view::<f64>(carve::VIEW_WEIGHTS, 0)?; // [block][post][pre][lane]
//! assert!((weights[[0, 0, 0, 0]].abs() - 1.0).abs() < 0.01);
//! let target = Loss { target: &[1.0, 0.0, 0.0], ..Default::default() };
//! let (loss, gradient) = sim.loss_and_gradient(&target)?;
//! assert_eq!((loss.len(), gradient.len()), (1, 2));
//! # Ok::<(), carve::Error>(())
//! ```
//!
//! # Features
//!
//! `std` (default) makes `Error` a `std::error::Error`; `alloc`, which it contains, has [`Model`], and sims that own their
//! memory. Without both a description is written with `carve_sys`, and [`Sim::in_memory_of`] builds it in static memory.

#![no_std]
#![warn(unsafe_op_in_unsafe_fn)]
// Without a heap an error holds its words; older versions of clippy do not know the lint.
#![cfg_attr(not(feature = "alloc"), allow(unknown_lints, clippy::result_large_err))]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

mod error;
#[cfg(feature = "alloc")]
mod kinds;
mod loss;
mod memory;
#[cfg(feature = "alloc")]
mod model;
#[rustfmt::skip]
mod names;
mod random;
mod sim;
mod step;
mod view;

pub use carve_sys::carve_model as Settings;
pub use error::{status_string, Error};
#[cfg(feature = "alloc")]
pub use kinds::{Connections, PopulationKind, ProbeKind, RuleKind};
pub use loss::Loss;
pub use memory::Memory;
#[cfg(feature = "alloc")]
pub use model::Model;
pub use names::*;
pub use random::{random_normal, random_uniform};
pub use sim::Sim;
pub use step::{Recorder, Step, Stream, Streamed};
pub use view::{Element, View, ViewMut};
