//! A description of a network.

use crate::kinds::{Connections, PopulationKind, ProbeKind, RuleKind};
use crate::{Error, Plasticity, Population, Probe, Projection, Rule, Settings};
use alloc::sync::Arc;
use alloc::vec::Vec;
use carve_sys::*;
use core::any::Any;
use core::ffi::c_void;
use core::mem::size_of;

/// A description of a network. What is added is copied; `add_...` returns its index, from 0 on, among those of its kind.
///
/// Sizes, kinds, pointers and lengths in the structs that are added are set by the model, whatever they are.
///
/// ```
/// use carve::{Input, Model, Plasticity, Population, Projection, Rate, Rule, Sim, Term, EVENT_STEP};
///
/// let mut model = Model::new();
/// let inputs = Population { n_units: 8, ..Default::default() };
/// let pre = model.add_population(inputs, Input::default());
/// let post = model.add_population(Population::default(), Rate::default());
/// let hebb = Term { event: EVENT_STEP, pre: 1, post: 1, ..Default::default() };
/// let rule = model.add_rule(Rule::default(), &[hebb]);
/// let plasticity = Plasticity { rule, eta: 0.01, ..Default::default() };
/// model.add_projection(Projection { pre, post, ..Default::default() }, &[plasticity]);
/// assert!(Sim::required_bytes(&model)? > 0);
/// # Ok::<(), carve::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Model {
    /// precision, n_replicas, gradient, ...; its arrays and their lengths are those of what was added.
    pub settings: Settings,
    populations: Vec<Population>,
    projections: Vec<Projection>,
    rules: Vec<Rule>,
    probes: Vec<Probe>,
    /// What pointers in these four lead to.
    kept: Vec<Arc<dyn Any>>,
}

// SAFETY: its pointers lead to what it keeps, which is plain data that nothing changes.
unsafe impl Send for Model {}
unsafe impl Sync for Model {}

impl Default for Model {
    fn default() -> Self {
        Self::new()
    }
}

/// A struct that says its size.
macro_rules! sized {
    ($object:expr) => {{
        let mut object = $object;
        object.struct_size = core::mem::size_of_val(&object) as u32;
        object
    }};
}

impl Model {
    pub fn new() -> Self {
        Model {
            settings: Settings::default(),
            populations: Vec::new(),
            projections: Vec::new(),
            rules: Vec::new(),
            probes: Vec::new(),
            kept: Vec::new(),
        }
    }

    pub fn add_population<'a>(
        &mut self,
        population: Population,
        kind: impl Into<PopulationKind<'a>>,
    ) -> u32 {
        macro_rules! neurons {
            ($kind:expr, $of:expr, $receptors:expr) => {{
                let (n_receptors, receptors) = self.keep_all($receptors);
                let mut of = sized!($of);
                of.n_receptors = n_receptors;
                of.receptors = receptors;
                ($kind, self.keep(of))
            }};
        }
        let (kind, parameters) = match kind.into() {
            PopulationKind::Input(of) => (CARVE_POPULATION_INPUT, self.keep(sized!(of))),
            PopulationKind::Gaussian(of) => (CARVE_POPULATION_GAUSSIAN, self.keep(sized!(of))),
            PopulationKind::Rate(of) => (CARVE_POPULATION_RATE, self.keep(sized!(of))),
            PopulationKind::Poisson(of) => (CARVE_POPULATION_POISSON, self.keep(sized!(of))),
            PopulationKind::Lif(of, receptors) => neurons!(CARVE_POPULATION_LIF, of, receptors),
            PopulationKind::Tif(of, receptors) => neurons!(CARVE_POPULATION_TIF, of, receptors),
            PopulationKind::If(of, receptors) => neurons!(CARVE_POPULATION_IF, of, receptors),
            PopulationKind::Cvaif(of, receptors) => neurons!(CARVE_POPULATION_CVAIF, of, receptors),
            PopulationKind::Eif(of, receptors) => neurons!(CARVE_POPULATION_EIF, of, receptors),
        };
        add_to(&mut self.populations, Population { kind, parameters, ..sized!(population) })
    }

    pub fn add_rule<'a>(&mut self, rule: Rule, kind: impl Into<RuleKind<'a>>) -> u32 {
        let (kind, parameters) = match kind.into() {
            RuleKind::Polynomial(of, terms) => {
                let (n_terms, terms) = self.keep_all(terms);
                let of = carve_polynomial { n_terms, terms, ..sized!(of) };
                (CARVE_RULE_POLYNOMIAL, self.keep(of))
            }
            RuleKind::Mlp(of) => (CARVE_RULE_MLP, self.keep(sized!(of))),
            RuleKind::Product(of) => (CARVE_RULE_PRODUCT, self.keep(sized!(of))),
        };
        add_to(&mut self.rules, Rule { kind, parameters, ..sized!(rule) })
    }

    /// With the rules that change its weights, if any. [`add_sparse_projection`](Self::add_sparse_projection) is that of
    /// a graph.
    pub fn add_projection(&mut self, projection: Projection, plasticity: &[Plasticity]) -> u32 {
        let plasticity: Vec<_> = plasticity.iter().map(|&one| sized!(one)).collect();
        let (n_plasticity, plasticity) = self.keep_all(&plasticity);
        let projection = Projection {
            n_plasticity,
            plasticity,
            connections: core::ptr::null(),
            ..sized!(projection)
        };
        add_to(&mut self.projections, projection)
    }

    /// Fails if the postsynaptic population has not been added yet, or a list has another number of rows than it has
    /// units.
    pub fn add_sparse_projection(
        &mut self,
        projection: Projection,
        connections: Connections<'_>,
        plasticity: &[Plasticity],
    ) -> Result<u32, Error> {
        let (connectivity, connections) = match connections {
            Connections::InDegree(in_degree) => {
                let of = carve_in_degree { in_degree, ..Default::default() };
                (CARVE_CONNECT_IN_DEGREE, self.keep(of))
            }
            Connections::List { row_start, pre } => {
                let post = self.populations.get(projection.post as usize).ok_or_else(|| {
                    Error::new(
                        CARVE_E_RANGE,
                        "projection.post",
                        projection.post.into(),
                        format_args!("must be the index of a population that has been added"),
                    )
                })?;
                if row_start.len() != post.n_units as usize + 1 {
                    return Err(Error::new(
                        CARVE_E_RANGE,
                        "connections.row_start.len()",
                        row_start.len() as f64,
                        format_args!(
                            "must be {}, one more than the postsynaptic population has units",
                            post.n_units + 1
                        ),
                    ));
                }
                let (n_synapses, pre) = self.keep_all(pre);
                let (_, row_start) = self.keep_all(row_start);
                let of = carve_csr { n_synapses, row_start, pre, ..Default::default() };
                (CARVE_CONNECT_LIST, self.keep(of))
            }
        };
        let at = self.add_projection(Projection { connectivity, ..projection }, plasticity);
        self.projections[at as usize].connections = connections;
        Ok(at)
    }

    /// Of the population or projection with this index.
    pub fn add_probe(&mut self, index: u32, kind: ProbeKind) -> u32 {
        let (kind, parameters) = match kind {
            ProbeKind::Rate(of) => (CARVE_PROBE_RATE, self.keep(sized!(of))),
            ProbeKind::Transmitted => (CARVE_PROBE_TRANSMITTED, core::ptr::null()),
            ProbeKind::Trajectory(of) => (CARVE_PROBE_TRAJECTORY, self.keep(sized!(of))),
            ProbeKind::Weights(of) => (CARVE_PROBE_WEIGHTS, self.keep(sized!(of))),
        };
        add_to(&mut self.probes, Probe { kind, index, parameters, ..Default::default() })
    }

    /// As the library reads it; its pointers are valid until something is added, or the model ends.
    pub fn get(&self) -> Settings {
        Settings {
            struct_size: size_of::<Settings>() as u32,
            n_populations: self.populations.len() as u32,
            populations: first(&self.populations),
            n_projections: self.projections.len() as u32,
            projections: first(&self.projections),
            n_rules: self.rules.len() as u32,
            rules: first(&self.rules),
            n_probes: self.probes.len() as u32,
            probes: first(&self.probes),
            ..self.settings
        }
    }

    fn keep<T: Copy + 'static>(&mut self, one: T) -> *const c_void {
        self.keep_all(&[one]).1.cast()
    }
    /// Length and address; of nothing null.
    fn keep_all<T: Copy + 'static>(&mut self, values: &[T]) -> (u32, *const T) {
        if values.is_empty() {
            return (0, core::ptr::null());
        }
        let kept = Arc::new(values.to_vec());
        let address = kept.as_ptr();
        self.kept.push(kept);
        (u32::try_from(values.len()).expect("at most 2^32 - 1 elements"), address)
    }
}

fn add_to<T>(all: &mut Vec<T>, one: T) -> u32 {
    all.push(one);
    all.len() as u32 - 1
}

fn first<T>(all: &[T]) -> *const T {
    if all.is_empty() {
        core::ptr::null()
    } else {
        all.as_ptr()
    }
}
