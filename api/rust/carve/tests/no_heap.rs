//! Without features: a description in static memory, and results in arrays of the caller's.

use carve::{Loss, Memory, Sim};
use carve_sys::*;
use std::ptr::null;

/// One linear neuron with two inputs, under dw = 0.5 theta x y.
fn with_model<T>(use_model: impl FnOnce(&carve_model) -> T) -> T {
    let input = carve_input { shared: 1, ..Default::default() };
    let inputs = carve_population {
        kind: CARVE_POPULATION_INPUT,
        n_units: 2,
        parameters: (&input as *const carve_input).cast(),
        ..Default::default()
    };
    let populations = [inputs, carve_population::default()];
    let hebb = carve_term { event: CARVE_EVENT_STEP, pre: 1, post: 1, ..Default::default() };
    let polynomial = carve_polynomial { n_terms: 1, terms: &hebb, ..Default::default() };
    let rule = carve_rule {
        parameters: (&polynomial as *const carve_polynomial).cast(),
        ..Default::default()
    };
    let plasticity = carve_plasticity { eta: 0.5, ..Default::default() };
    let projection =
        carve_projection { n_plasticity: 1, plasticity: &plasticity, ..Default::default() };
    use_model(&carve_model {
        gradient: CARVE_GRADIENT_FORWARD,
        n_populations: 2,
        populations: populations.as_ptr(),
        n_projections: 1,
        projections: &projection,
        n_rules: 1,
        rules: &rule,
        n_probes: 0,
        probes: null(),
        ..Default::default()
    })
}

#[test]
fn a_sim_in_static_memory_steps_as_the_equations_say() {
    static mut MEMORY: Memory<16384> = Memory::new();
    // SAFETY: nothing else uses the memory; the model's pointers lead to what `with_model` has.
    let memory = unsafe { &mut *std::ptr::addr_of_mut!(MEMORY) };
    let mut sim = with_model(|model| unsafe { Sim::in_memory_of(model, memory.as_mut_slice()) })
        .expect("a sim");
    sim.write(CARVE_VIEW_THETA, 0, 0, &[0.25]).unwrap();
    sim.reset(1);
    sim.write(CARVE_VIEW_WEIGHTS, 0, 0, &[0.5, -1.0]).unwrap();
    sim.step(1, &[[2.0, 1.0][..].into()]).unwrap(); // y = 0, and nothing happens
    sim.step(1, &[[2.0, 0.0][..].into()]).unwrap(); // y = 1: dw_0 = 0.5 0.25 2
    let mut w = [0.0; 2];
    sim.read(CARVE_VIEW_WEIGHTS, 0, 0, &mut w).unwrap();
    assert_eq!(w, [0.75, -1.0]);
    let of = Loss { kind: CARVE_LOSS_DISTANCE_SQUARED, target: &[0.5, -1.0], ..Default::default() };
    let (mut value, mut gradient) = ([0.0], [0.0]);
    sim.loss_into(&of, &mut value, Some(&mut gradient)).unwrap();
    // d/dtheta (w_0 - 0.5)^2 = 2 (w_0 - 0.5) 0.5 x y
    assert_eq!((value, gradient), ([0.0625], [0.5]));
}

#[test]
fn an_error_has_its_words() {
    let mut memory = Memory::<64>::new();
    let error = with_model(|model| {
        // SAFETY: the model's pointers lead to what `with_model` has.
        unsafe { Sim::in_memory_of(model, memory.as_mut_slice()) }.err().expect("too small")
    });
    assert_eq!((error.status(), error.value()), (CARVE_E_SPACE, 64.0));
    let mut text = [0u8; 400];
    let mut rest = &mut text[..];
    std::io::Write::write_fmt(&mut rest, format_args!("{}", error)).unwrap();
    assert!(text.starts_with(b"bytes is 64; it must be "), "{}", String::from_utf8_lossy(&text));
}
