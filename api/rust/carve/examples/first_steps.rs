//! One neuron under Oja's rule finds the first principal component of its inputs, as in api/c/first_steps.c.
//! cargo run --example first_steps

use carve::{
    Distribution, Input, Model, Plasticity, Population, Projection, Rate, Rule, Sim, Term,
};

const N: usize = 8;
const STEPS: usize = 4000;

fn main() -> Result<(), carve::Error> {
    let e = 1.0 / (N as f64).sqrt(); // every entry of the first component
    let (mut z, mut x) = ([0.0; STEPS], [0.0; STEPS * N]);
    carve::random_normal(1, 0, 0, &mut z);
    carve::random_normal(1, 1, 0, &mut x);
    for (i, x) in x.iter_mut().enumerate() {
        *x = 0.3 * *x + z[i / N] * e; // variance 1.09 along the component, 0.09 across
    }

    let mut model = Model::new();
    let inputs = Population { n_units: N as u32, ..Default::default() };
    let shared = Input { shared: 1, ..Default::default() }; // by all replicas; here there is one
    let feedforward = Projection {
        pre: model.add_population(inputs, shared),
        post: model.add_population(Population::default(), Rate::default()), // one linear neuron
        weights: Distribution { b: 0.1, ..Default::default() },
        ..Default::default()
    };
    // dw = eta (theta_0 y^2 w + theta_1 x y)
    let decay = Term { event: carve::EVENT_STEP, post: 2, weight: 1, ..Default::default() };
    let hebb = Term { event: carve::EVENT_STEP, pre: 1, post: 1, ..Default::default() };
    let rule = model.add_rule(Rule::default(), &[decay, hebb]);
    model.add_projection(feedforward, &[Plasticity { rule, eta: 0.005, ..Default::default() }]);

    let mut sim = Sim::new(&model)?;
    sim.write(carve::VIEW_THETA, 0, 0, &[-1.0, 1.0])?;
    sim.reset(1);
    sim.step(STEPS as u64, &[x[..].into()])?;

    let mut w = [0.0; N];
    sim.read(carve::VIEW_WEIGHTS, 0, 0, &mut w)?;
    let (mut along, mut square) = (0.0, 0.0);
    for w in w {
        along += w * e;
        square += w * w;
    }
    let degrees = (along.abs() / f64::sqrt(square)).min(1.0).acos() * 57.29577951308232;
    println!("success: {:.2} degrees from the first component", degrees);
    for w in w {
        print!("{:.16e} ", w); // all digits: the same from every language
    }
    println!();
    std::process::exit(if degrees < 5.0 { 0 } else { 1 })
}
