//! Spiking models: neurons with receptors, graphs, streamed and recorded spikes.

use carve::*;

const UNITS: u32 = 20;

/// Streamed units drive neurons, each by its own synapse or by drawn ones; currents through one receptor.
fn model(connections: Connections<'_>) -> Result<Model, Error> {
    let mut model = Model::new();
    let all = Population { n_units: UNITS, ..Default::default() };
    let current = Receptor { kind: RECEPTOR_CURRENT, tau: 0.005, ..Default::default() };
    let streamed = Poisson { source: SOURCE_STREAMED, ..Default::default() };
    let projection = Projection {
        pre: model.add_population(all, streamed),
        post: model.add_population(all, PopulationKind::Lif(Lif::default(), &[current])),
        weights: Distribution { a: 1.0, ..Default::default() },
        gain: 0.1, // V: one spike for each
        ..Default::default()
    };
    model.add_sparse_projection(projection, connections, &[])?;
    Ok(model)
}

fn spikes(units: &[u32]) -> Vec<Spike> {
    let spike =
        |(step, &unit)| Spike { step: 50 * step as u64, unit, count: 1, ..Default::default() };
    units.iter().enumerate().map(spike).collect()
}

fn one_to_one() -> (Vec<u32>, Vec<u32>) {
    ((0..=UNITS).collect(), (0..UNITS).rev().collect())
}

#[test]
fn a_spike_arrives_where_the_graph_says() {
    let (row_start, pre) = one_to_one();
    let mut sim =
        Sim::new(&model(Connections::List { row_start: &row_start, pre: &pre }).unwrap()).unwrap();
    let streamed = spikes(&[3, 7, 0]);
    let mut buffer = [Spike::default(); 8];
    let mut recorder = Recorder::new(&mut buffer);
    for _ in 0..2 {
        sim.run(Step {
            n_steps: 75,
            inputs: &[streamed[..].into()],
            recorder: Some(&mut recorder),
            ..Default::default()
        })
        .unwrap();
    }
    let recorded: Vec<_> = recorder.by_ref().map(|spike| (spike.population, spike.unit)).collect();
    assert_eq!(recorded, [(1, UNITS - 1 - 3), (1, UNITS - 1 - 7), (1, UNITS - 1)]);
    assert_eq!((recorder.next().map(|spike| spike.unit), recorder.n_lost()), (None, 0));
}

#[test]
fn a_full_recorder_counts_what_is_lost() {
    let (row_start, pre) = one_to_one();
    let mut sim =
        Sim::new(&model(Connections::List { row_start: &row_start, pre: &pre }).unwrap()).unwrap();
    let streamed = spikes(&[3, 7, 0]);
    let mut buffer = [Spike::default(); 2];
    let mut recorder = Recorder::new(&mut buffer);
    let inputs = [streamed[..].into()];
    sim.run(Step { n_steps: 150, inputs: &inputs, recorder: Some(&mut recorder), plastic: true })
        .unwrap();
    assert_eq!((recorder.by_ref().count(), recorder.n_lost()), (2, 1));
    let mut none = Recorder::new(&mut []);
    let error = sim
        .run(Step { n_steps: 1, inputs: &inputs, recorder: Some(&mut none), plastic: true })
        .unwrap_err();
    assert_eq!(error.status(), E_RANGE);
}

#[test]
fn drawn_graphs_have_their_in_degree() {
    let sim = Sim::new(&model(Connections::InDegree(4)).unwrap()).unwrap();
    let row_start = sim.view::<u32>(VIEW_ROW_START, 0).unwrap();
    assert_eq!(row_start.as_slice(), (0..=UNITS).map(|i| 4 * i).collect::<Vec<_>>());
    assert!(sim
        .view::<u32>(VIEW_PRE_UNITS, 0)
        .unwrap()
        .as_slice()
        .iter()
        .all(|&unit| unit < UNITS));
    // A loss of weights is of all pairs.
    let loss = Loss { target: &[1.0], ..Default::default() };
    assert_eq!(sim.loss(&loss).unwrap_err().status(), E_UNAVAILABLE);
}

#[test]
fn a_graph_that_does_not_fit_is_refused() {
    let (row_start, pre) = one_to_one();
    let error = model(Connections::List { row_start: &row_start[1..], pre: &pre }).unwrap_err();
    let words = "connections.row_start.len() is 20; it must be 21, one more than the postsynaptic population has units";
    assert_eq!(error.to_string(), words);
    // As many rows, but the last one ends behind the list; a list that is empty.
    let model_of = |pre| model(Connections::List { row_start: &row_start, pre }).unwrap();
    assert_eq!(Sim::new(&model_of(&pre[1..])).err().unwrap().status(), E_RANGE);
    assert!(Sim::new(&model_of(&[])).is_err());
    let mut early = Model::new();
    let projection = Projection { post: 0, ..Default::default() };
    let list = Connections::List { row_start: &row_start, pre: &pre };
    assert_eq!(
        early.add_sparse_projection(projection, list, &[]).unwrap_err().place(),
        "projection.post"
    );
}

#[test]
fn pointers_and_sizes_of_the_caller_are_not_followed() {
    let wild = 8 as *const core::ffi::c_void;
    let mut model = Model::new();
    let population =
        Population { struct_size: 9999, parameters: wild, n_units: 4, ..Default::default() };
    let lif =
        Lif { struct_size: 9999, n_receptors: 99, receptors: wild.cast(), ..Default::default() };
    let (pre, post) = (
        model.add_population(population, Poisson::default()),
        model.add_population(population, lif),
    );
    let rule = Rule { struct_size: 9999, parameters: wild, ..Default::default() };
    let polynomial =
        Polynomial { struct_size: 9999, n_terms: 99, terms: wild.cast(), ..Default::default() };
    let at_pre = [Term { event: EVENT_PRE, post: 1, ..Default::default() }];
    let rule = model.add_rule(rule, RuleKind::Polynomial(polynomial, &at_pre));
    let projection = Projection {
        struct_size: 9999,
        pre,
        post,
        n_plasticity: 99,
        plasticity: wild.cast(),
        connections: wild,
        ..Default::default()
    };
    model.add_projection(
        projection,
        &[Plasticity { struct_size: 9999, rule, ..Default::default() }],
    );
    model.add_probe(post, ProbeKind::Rate(RateProbe { struct_size: 9999, ..Default::default() }));
    model.settings.struct_size = 9999;
    model.settings.n_populations = 99;
    model.settings.populations = wild.cast();
    let mut sim = Sim::new(&model).unwrap();
    sim.step(100, &[]).unwrap();
    assert_eq!(sim.info().steps, 100);
    // A sparse connectivity without its graph is refused.
    model.add_projection(Projection { connectivity: CONNECT_LIST, ..projection }, &[]);
    assert_eq!(Sim::new(&model).err().unwrap().status(), E_NULL);
}

#[test]
fn rates_of_neurons_are_compared_with_a_target() {
    let mut model = Model::new();
    let many = Population { n_units: 100, ..Default::default() };
    let projection = Projection {
        pre: model.add_population(many, Poisson { rate: 50.0, ..Default::default() }),
        post: model.add_population(Population::default(), Lif::default()),
        weights: Distribution { a: 1.0, ..Default::default() },
        gain: 0.05,
        ..Default::default()
    };
    model.add_projection(projection, &[]);
    let probe = RateProbe { target: 8.0, offset: 2.0, ..Default::default() };
    model.add_probe(1, ProbeKind::Rate(probe));
    let mut sim = Sim::new(&model).unwrap();
    sim.step(1, &[]).unwrap();
    let rate = sim.view::<f64>(VIEW_FILTERED_RATE, 1).unwrap()[[0, 0]];
    let loss = sim.loss(&Loss { kind: LOSS_RATE, population: 1, ..Default::default() }).unwrap();
    assert!(
        (loss[0] - (rate - 8.0).powi(2) / (rate + 2.0)).abs() < 1e-9,
        "{} of {} Hz",
        loss[0],
        rate
    );
    let target = Loss { kind: LOSS_RATE, population: 1, target: &[1.0], ..Default::default() };
    assert_eq!(sim.loss(&target).unwrap_err().status(), E_RANGE);
}
