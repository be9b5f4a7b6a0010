//! The same sims as by the calls of carve.h: memory, copies, faults.

use carve::*;
use std::mem::MaybeUninit;

const INPUTS: usize = 3;
const REPLICAS: usize = 5;
const STEPS: usize = 40;

/// dw = eta (theta_0 y^2 w + theta_1 x y), with sensitivities and coefficients of each replica.
fn oja() -> Model {
    let mut model = Model::new();
    model.settings.n_replicas = REPLICAS as u32;
    model.settings.gradient = GRADIENT_FORWARD;
    let inputs = Population { n_units: INPUTS as u32, ..Default::default() };
    let projection = Projection {
        pre: model.add_population(inputs, Input { shared: 1, ..Default::default() }),
        post: model.add_population(Population::default(), Rate::default()),
        weights: Distribution { a: 0.2, b: 0.3, ..Default::default() },
        ..Default::default()
    };
    let decay = Term { event: EVENT_STEP, post: 2, weight: 1, ..Default::default() };
    let hebb = Term { event: EVENT_STEP, pre: 1, post: 1, ..Default::default() };
    let rule = model.add_rule(Rule { shared: 0, ..Default::default() }, &[decay, hebb]);
    assert_eq!(model.add_projection(projection, &[Plasticity { rule, ..Default::default() }]), 0);
    model
}

fn inputs() -> Vec<f64> {
    let mut x = vec![0.0; STEPS * INPUTS];
    random_normal(3, 0, 0, &mut x);
    x
}

fn run(sim: &mut Sim<'_>, x: &[f64]) {
    for r in 0..REPLICAS {
        sim.write(VIEW_THETA, 0, r as u32, &[-1.0 - 0.1 * r as f64, 1.0]).unwrap();
    }
    sim.reset(7);
    sim.step(STEPS as u64, &[x.into()]).unwrap();
}

fn weights(sim: &Sim<'_>, replica: usize) -> Vec<f64> {
    let mut w = vec![0.0; INPUTS];
    sim.read(VIEW_WEIGHTS, 0, replica as u32, &mut w).unwrap();
    w
}

/// The weights of a replica by the equations alone.
fn expected(mut w: Vec<f64>, x: &[f64], decay: f64) -> Vec<f64> {
    for x in x.chunks(INPUTS) {
        let y: f64 = w.iter().zip(x).map(|(w, x)| w * x).sum();
        for (w, x) in w.iter_mut().zip(x) {
            *w += 0.1 * (x * y + decay * y * y * *w);
        }
    }
    w
}

fn status<T>(result: Result<T, Error>) -> i32 {
    result.err().map_or(OK, |error| error.status())
}

#[test]
fn a_model_that_was_built_and_moved_about_steps_as_the_equations_say() {
    let first = oja();
    let model = first.clone(); // what its parts point to lasts as long as it does
    drop(first);
    let model = std::thread::spawn(move || model).join().unwrap();
    let mut sim = Sim::new(&model).unwrap();
    assert_eq!(sim.block().len(), Sim::required_bytes(&model).unwrap());
    let x = inputs();
    sim.reset(7);
    let first: Vec<_> = (0..REPLICAS).map(|r| weights(&sim, r)).collect();
    run(&mut sim, &x);
    assert_eq!((sim.info().n_replicas as usize, sim.info().steps as usize), (REPLICAS, STEPS));
    let width = sim.info().lanes_per_block as usize;
    let view = sim.view::<f64>(VIEW_WEIGHTS, 0).unwrap();
    for (r, first) in first.iter().enumerate() {
        let found = weights(&sim, r);
        let by_hand = expected(first.clone(), &x, -1.0 - 0.1 * r as f64);
        for j in 0..INPUTS {
            assert!(
                (found[j] - by_hand[j]).abs() <= 1e-12 * by_hand[j].abs(),
                "{} {}",
                found[j],
                by_hand[j]
            );
            assert_eq!(view[[r / width, 0, j, r % width]], found[j]);
        }
    }
}

#[test]
fn a_copy_is_a_sim_of_its_own() {
    let x = inputs();
    let mut sim = Sim::new(&oja()).unwrap();
    let mut copy = sim.clone();
    run(&mut copy, &x);
    assert_eq!(sim.info().steps, 0);
    run(&mut sim, &x);
    assert_eq!(weights(&sim, 4), weights(&copy, 4));
    let stored = Sim::from_block(sim.block()).unwrap();
    assert_eq!(stored.block(), sim.block());
    let mut bytes = sim.block().to_vec();
    bytes[100] ^= 1;
    assert_eq!(status(Sim::from_block(&bytes)), E_CORRUPT);
    assert_eq!(status(Sim::from_block(&[])), E_SPACE);
}

#[test]
fn a_sim_goes_to_other_threads_and_is_read_by_several() {
    let x = inputs();
    let mut here = Sim::new(&oja()).unwrap();
    run(&mut here, &x);
    let mut sim = Sim::new(&oja()).unwrap();
    std::thread::scope(|scope| {
        let there = scope.spawn(|| {
            run(&mut sim, &x);
            sim
        });
        let there = there.join().unwrap();
        scope.spawn(|| assert_eq!(weights(&here, 1), weights(&here, 1)));
        assert_eq!(weights(&here, 3), weights(&there, 3));
    });
}

#[test]
fn memory_of_the_callers_is_used_as_it_is() {
    let model = oja();
    let bytes = Sim::required_bytes(&model).unwrap();
    let mut memory = Memory::<65536>::new();
    let start = memory.as_mut_slice().as_ptr() as usize;
    assert!(start % ALIGNMENT == 0 && bytes < 65536);
    let x = inputs();
    let (mut sim, mut owned) =
        (Sim::in_memory(&model, memory.as_mut_slice()).unwrap(), Sim::new(&model).unwrap());
    run(&mut sim, &x);
    run(&mut owned, &x);
    assert_eq!((sim.block().as_ptr() as usize, sim.block()), (start, owned.block()));
    drop(sim); // the memory is the caller's again
    assert_eq!(status(Sim::in_memory(&model, &mut memory.as_mut_slice()[..bytes - 1])), E_SPACE);
    assert_eq!(status(Sim::in_memory(&model, &mut memory.as_mut_slice()[1..])), E_ALIGN);
    // SAFETY: the whole of it has been written by the first sim, and padding behind it here.
    let sent = unsafe {
        memory.as_mut_slice()[bytes..].fill(MaybeUninit::new(0));
        &mut *(memory.as_mut_slice() as *mut [MaybeUninit<u8>] as *mut [u8])
    };
    assert_eq!(weights(&Sim::attach(&mut sent[..bytes]).unwrap(), 2), weights(&owned, 2));
}

#[test]
fn losses_and_gradients_are_those_of_the_equations() {
    let mut sim = Sim::new(&oja()).unwrap();
    run(&mut sim, &inputs());
    let target = [0.5, -0.5, 0.1];
    let of = Loss { kind: LOSS_DISTANCE_SQUARED, target: &target, ..Default::default() };
    let (value, gradient) = sim.loss_and_gradient(&of).unwrap();
    assert_eq!(sim.loss(&of).unwrap(), value);
    let mut slopes = vec![0.0; INPUTS * REPLICAS];
    for r in 0..REPLICAS {
        let w = weights(&sim, r);
        let distance =
            |sign: f64| w.iter().zip(&target).map(|(w, t)| (w - sign * t).powi(2)).sum::<f64>();
        let sign = if distance(1.0) < distance(-1.0) { 1.0 } else { -1.0 };
        assert!((value[r] - distance(sign)).abs() < 1e-12);
        for j in 0..INPUTS {
            slopes[j * REPLICAS + r] = 2.0 * (w[j] - sign * target[j]);
        }
    }
    let mut chained = vec![0.0; gradient.len()];
    sim.chain(0, &slopes, &mut chained).unwrap();
    for (a, b) in gradient.iter().zip(&chained) {
        assert!((a - b).abs() <= 1e-12 * a.abs() + 1e-14, "{} {}", a, b);
    }
}

#[test]
fn arrays_of_another_length_are_refused() {
    let mut sim = Sim::new(&oja()).unwrap();
    let long = vec![0.0; 100];
    let mut value = vec![0.0; REPLICAS];
    for target in [&long[..2], &long[..4]] {
        let error = sim.loss(&Loss { target, ..Default::default() }).unwrap_err();
        assert_eq!(error.to_string(), format!("target.len() is {}; it must be 3", target.len()));
    }
    let own = Loss { target: &long[..15], target_shared: false, ..Default::default() };
    assert!(sim.loss_into(&own, &mut value, None).is_ok());
    assert_eq!(status(sim.loss_into(&own, &mut value[1..], None)), E_RANGE);
    assert_eq!(status(sim.loss_into(&own, &mut value, Some(&mut [0.0; 9]))), E_RANGE);
    assert_eq!(status(sim.loss(&Loss { projection: 1, ..own })), E_RANGE);
    assert_eq!(status(sim.loss(&Loss { kind: 99, ..own })), E_RANGE);
    assert_eq!(status(sim.chain(0, &long[..14], &mut [0.0; 10])), E_RANGE);
    assert_eq!(status(sim.chain(0, &long[..15], &mut [0.0; 11])), E_RANGE);
    assert_eq!(status(sim.chain(3, &long[..15], &mut [0.0; 10])), E_RANGE);
    assert_eq!(status(sim.reset_with_streams(1, &[0, 1])), E_RANGE);
    assert_eq!(status(sim.read(VIEW_WEIGHTS, 0, 0, &mut [0.0; 2])), E_RANGE);
    assert_eq!(status(sim.write(VIEW_THETA, 0, 0, &[0.0; 3])), E_RANGE);
    assert_eq!(status(sim.step(2, &[long[..5].into()])), E_RANGE);
    assert_eq!(status(sim.step(2, &[[0.0_f32; 6][..].into()])), E_RANGE);
    assert_eq!(status(sim.step(2, &[])), E_RANGE);
    assert_eq!(sim.info().steps, 0);
}

#[test]
fn a_model_is_refused_in_the_librarys_words() {
    let mut model = oja();
    model.settings.n_replicas = 0;
    let error = Sim::new(&model).err().unwrap();
    assert_eq!((error.status(), error.place(), error.value()), (E_RANGE, "n_replicas", 0.0));
    assert!(error.to_string().starts_with("n_replicas is 0; it must be "), "{}", error);
    assert!(error.expected().starts_with("must be "));
    let dynamic: Box<dyn std::error::Error> = Box::new(error.clone());
    assert_eq!(dynamic.to_string(), error.to_string());
    model.settings.n_replicas = 1;
    model.settings.bound = -1e-300;
    let error = Sim::required_bytes(&model).unwrap_err().to_string();
    assert!(error.starts_with("bound is -1e-300; it "), "{}", error);
    assert_eq!(status_string(E_SPACE), "the memory is smaller than carve_sim_required_bytes says");
}

#[test]
fn a_view_has_the_type_and_the_bounds_of_its_array() {
    let mut sim = Sim::new(&oja()).unwrap();
    assert_eq!(status(sim.view::<f32>(VIEW_WEIGHTS, 0)), E_RANGE);
    assert_eq!(status(sim.view::<u32>(VIEW_FROZEN, 0)), E_RANGE);
    assert_eq!(status(sim.view_mut::<f64>(VIEW_VOLTAGES, 1)), E_UNAVAILABLE);
    assert!(sim.view::<u64>(VIEW_FROZEN, 0).unwrap().as_slice().iter().all(|&step| step == 0));
    let mut view = sim.view_mut::<f64>(VIEW_WEIGHTS, 0).unwrap();
    assert_eq!(view.shape(), [2, 1, INPUTS, 4]);
    view.as_mut_slice().fill(0.0);
    view[[1, 0, 2, 0]] = 3.5;
    assert_eq!(view[[1, 0, 2, 0]], 3.5);
    assert_eq!(weights(&sim, 4), [0.0, 0.0, 3.5]);
    assert_eq!(sim.view::<f64>(VIEW_WEIGHTS, 0).unwrap().as_slice().iter().sum::<f64>(), 3.5);
    for index in [[2, 0, 0, 0], [0, 1, 0, 0], [0, 0, INPUTS, 0], [0, 0, 0, 4]] {
        let view = sim.view::<f64>(VIEW_WEIGHTS, 0).unwrap();
        assert!(std::panic::catch_unwind(|| view[index]).is_err(), "{:?}", index);
    }
    let view = sim.view::<f64>(VIEW_WEIGHTS, 0).unwrap();
    assert!(std::panic::catch_unwind(|| view[[0, 0, 0]]).is_err());
}

#[test]
fn sensitivities_of_every_layout_are_within_their_view() {
    let mut model = oja();
    model.settings.layout = LAYOUT_AFFERENTS;
    let mut sim = Sim::new(&model).unwrap();
    run(&mut sim, &inputs());
    let mut read = vec![0.0; INPUTS * 2];
    sim.read(VIEW_SENSITIVITIES, 0, 1, &mut read).unwrap();
    let view = sim.view::<f64>(VIEW_SENSITIVITIES, 0).unwrap(); // [replica][post][pre / 16][coefficient][pre % 16]
    for j in 0..INPUTS {
        assert_eq!(view[[1, 0, 0, 1, j]], read[2 * j + 1]);
    }
    assert_eq!(
        sim.loss(&Loss { target: &[1.0, 0.0, 0.0], ..Default::default() }).unwrap().len(),
        REPLICAS
    );
    assert_eq!(status(sim.loss(&Loss { target: &[1.0; 16], ..Default::default() })), E_RANGE);
}
