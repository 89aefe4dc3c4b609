//! One meaning, two paths: the fused engine against the reference path, from the same parameters on the same batches.
//!
//! Walked over the lists, so that a new member is held to it before its author writes a line. What is right is not asked
//! here: the reference path is held to other libraries in `golden` and beside each member. Nor is it asked here whether
//! members disturb one another (`lanes`).
//!
//! Both paths compute in f32 and round differently, so each strays from the exact trajectory by some 1e-7 in 100 steps, and
//! most is below 1e-6 from one to the other. Three things make rounding grow, and with it the distance of *either* path from
//! one in f64: a network that fits its targets (the loss, and with it every ratio to it, goes to 0), an adaptive optimizer
//! that has arrived (it divides a gradient that is nothing but rounding by its own size), and a centred rmsprop whose
//! `1 - decay^t` comes near 1 (`v - m²` of a gradient that hardly changes then cancels: the slopes of `mae` and `leaky_relu`
//! are constants). So there are more targets than a network can fit, within what its outputs can reach, rates are small
//! enough that no optimizer arrives in 100 steps, and a member's decays stay near their defaults.

use std::sync::Arc;

use runner::catalog::{Choice, Default, Entry, Facts, Family, Kind, TargetRow};
use runner::nn::{self, Feed, Member, Parameter, Samples, Shape, Trainer};
use runner::rng::{self, Purpose};
use runner::spec::{Bias, Engine, Fault, FaultyLoss, HiddenDerivative, OutputDelta, Precision, Update};

use crate::contract::are_compatible;
use crate::networks::{
    Setup, activation, family, flat, layer, loss, numbers, optimizer, output_for, set, steppers, targets,
    variants_of_words,
};

/// Relative, for the loss of every step.
const LOSS: f64 = 1e-5;
/// By the largest entry of each tensor of the gradient, then or at the start: an entry is a sum, and its rounding is that of
/// the terms, which may cancel.
const GRADIENT: f64 = 1e-5;
/// By the largest entry of each tensor, after all steps; ten times the worst that was measured is 3e-4.
const PARAMETERS: f64 = 3e-4;
pub(crate) const STEPS: usize = 100;

/// Networks of one structure and what they are trained on.
pub(crate) struct Work {
    pub(crate) setups: Vec<Setup>,
    pub(crate) shape: Shape,
    pub(crate) feed: Feed,
    /// `[STEPS][member]`.
    pub(crate) factors: Option<Vec<f64>>,
}

impl Work {
    /// Three members, each with numbers of its own.
    pub(crate) fn new(setup: &Setup, shape: Shape, rows: Rows) -> Work {
        let setups: Vec<Setup> = (0..3).map(|member| personal(setup, member)).collect();
        let feed = rows.feed(setup, shape, setups.len());
        Work { setups, shape, feed, factors: None }
    }

    pub(crate) fn trainer(&self, engine: Engine) -> Trainer {
        let of = |s: &Setup| Setup { engine, precision: Precision::F32, ..s.clone() }.configuration();
        let configurations: Vec<_> = self.setups.iter().map(of).collect();
        let member = |(m, configuration)| Member { configuration, init_seed: m as u64, noise_seed: m as u64 };
        Trainer::new(&configurations.iter().enumerate().map(member).collect::<Vec<_>>(), self.shape)
    }

    /// Trains with both engines and compares gradients, losses, parameters, and what an evaluation says.
    #[track_caller]
    pub(crate) fn check(&self, what: &str) {
        let fused_setup =
            Setup { engine: Engine::Fused, precision: Precision::F32, ..self.setups[0].clone() };
        assert_eq!(nn::why_not_fused(&fused_setup.configuration()), None, "{what}");
        let (mut fused, mut reference) = (self.trainer(Engine::Fused), self.trainer(Engine::Burn));
        let start: Vec<_> = (0..self.setups.len()).map(|m| reference.parameters(m)).collect();
        let slopes = reference.gradients(&self.feed);
        near(&format!("{what}: gradient"), &fused.gradients(&self.feed), &slopes, &slopes, GRADIENT);

        let factors = self.factors.as_deref();
        let ours = fused.advance(&self.feed, STEPS, factors);
        let theirs = reference.advance(&self.feed, STEPS, factors);
        assert_eq!(ours.len(), STEPS * self.setups.len(), "{what}");
        for (at, (a, b)) in ours.iter().zip(&theirs).enumerate() {
            let (step, member) = (at / self.setups.len(), at % self.setups.len());
            let error = (a - b).abs() / b.abs();
            assert!(
                error <= LOSS,
                "{what}: loss of member {member} in step {step}: {a} is not {b} ({error:e})"
            );
        }
        for (m, start) in start.iter().enumerate() {
            let (ours, theirs) = ([fused.parameters(m)], [reference.parameters(m)]);
            near(&format!("{what}: member {m}"), &ours, &theirs, &theirs, PARAMETERS);
            assert_ne!(flat(&theirs[0]), flat(start), "{what}: member {m} learns something");
            fused.set_parameters(m, &theirs[0]);
        }
        let (ours, theirs) = (fused.gradients(&self.feed), reference.gradients(&self.feed));
        near(&format!("{what}: last gradient"), &ours, &theirs, &slopes, GRADIENT);
        self.check_evaluation(what, &fused, &reference);
    }

    /// All rows of a table at once, whatever the batches were.
    fn check_evaluation(&self, what: &str, fused: &Trainer, reference: &Trainer) {
        let whole = Feed::whole(self.feed.samples.clone(), self.feed.samples_of.clone());
        let (ours, theirs) = (fused.evaluate(&whole, true), reference.evaluate(&whole, true));
        assert_eq!(ours.outputs.len(), theirs.outputs.len(), "{what}");
        for (a, b) in ours.loss.iter().zip(&theirs.loss) {
            assert!((a - b).abs() <= LOSS * b.abs(), "{what}: evaluated loss {a} is not {b}");
        }
        for (a, b) in ours.outputs.iter().zip(&theirs.outputs) {
            assert!((a - b).abs() <= 1e-5 * b.abs().max(1.0), "{what}: output {a} is not {b}");
        }
        assert_eq!(fused.evaluate(&whole, false).loss, ours.loss, "{what}: outputs are only left out");
    }
}

/// Every entry within `tolerance` of the largest of its tensor, or of that of `scale`.
#[track_caller]
fn near(
    what: &str,
    ours: &[Vec<Parameter>],
    theirs: &[Vec<Parameter>],
    scale: &[Vec<Parameter>],
    tolerance: f64,
) {
    for ((a, b), scale) in ours.iter().zip(theirs).zip(scale).flat_map(|((a, b), c)| a.iter().zip(b).zip(c)) {
        assert_eq!((&a.name, &a.shape), (&b.name, &b.shape), "{what}");
        let largest = b.values.iter().chain(&scale.values).fold(0.0, |most: f64, v| most.max(v.abs()));
        for (x, y) in a.values.iter().zip(&b.values) {
            let error = (x - y).abs();
            assert!(
                error <= tolerance * largest,
                "{what}: {}: {x} is not {y} ({error:e} of {largest})",
                a.name
            );
        }
    }
}

/// Rows, and how they come in batches.
#[derive(Clone, Copy)]
pub(crate) struct Rows {
    pub(crate) rows: usize,
    pub(crate) batch: usize,
    pub(crate) order: Order,
    pub(crate) weighted: bool,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Order {
    Sequential,
    Shuffled,
    WithReplacement,
}

impl Rows {
    /// Every epoch all rows in one batch.
    pub(crate) fn full(rows: usize) -> Rows {
        Rows { rows, batch: rows, order: Order::Sequential, weighted: false }
    }

    /// Two tables that members take in turn, and an order for each member unless all is sequential.
    pub(crate) fn feed(self, setup: &Setup, shape: Shape, members: usize) -> Feed {
        let Rows { rows, batch, order, weighted } = self;
        let table = |seed: u64| {
            let x = numbers(seed, rows * shape.features);
            let y = reachable(setup, targets(setup.loss.entry, seed + 100, rows, shape.outputs));
            // As class weights make them: few different ones, 0 among them (a batch of nothing else has no mean).
            let weight: Vec<f64> = (0..rows).map(|row| [1.0, 0.5, 2.5, 0.0, 1.5][row % 5]).collect();
            let weight = if weighted { &weight[..] } else { &[] };
            Arc::new(Samples::new(shape, Precision::F32, &x, &y, weight))
        };
        let epochs = STEPS.div_ceil(rows.div_ceil(batch));
        let of_member = |member: usize| -> Arc<[u32]> {
            let mut draws = rng::stream(member as u64, Purpose::Order, 0);
            let epoch = |_| {
                let mut epoch: Vec<u32> = (0..rows as u32).collect();
                match order {
                    Order::Sequential => {}
                    Order::Shuffled => draws.shuffle(&mut epoch),
                    Order::WithReplacement => {
                        epoch.iter_mut().for_each(|row| *row = draws.below(rows as u64) as u32);
                    }
                }
                epoch
            };
            (0..epochs).flat_map(epoch).collect()
        };
        let is_one = order == Order::Sequential;
        Feed {
            samples: vec![table(11), table(12)],
            samples_of: (0..members).map(|m| m % 2).collect(),
            orders: if is_one { vec![of_member(0)] } else { (0..members).map(of_member).collect() },
            order_of: if is_one { vec![0; members] } else { (0..members).collect() },
            rows,
            batch,
            first: 0,
            apart: if is_one { 0 } else { rows },
        }
    }
}

/// Targets in [-1, 1] moved to where the output activation can reach them.
pub(crate) fn reachable(setup: &Setup, y: Vec<f64>) -> Vec<f64> {
    let (Facts::Activation { gives, .. }, Facts::Loss { targets, .. }) =
        (&setup.output.entry.facts, &setup.loss.entry.facts)
    else {
        panic!("an activation and a loss")
    };
    if targets.high.is_finite() {
        return y;
    }
    let place = |v: f64| match (gives.low.is_finite(), gives.high.is_finite()) {
        (true, true) => gives.low + (gives.high - gives.low) * (0.5 + 0.4 * v),
        (true, false) => gives.low + 0.6 + 0.5 * v,
        (false, true) => gives.high - 0.6 + 0.5 * v,
        (false, false) => v,
    };
    y.into_iter().map(place).collect()
}

/// A member's own numbers, near the given ones: of decays what they leave out grows by a tenth of itself per member, of
/// other numbers a 25th goes, and a tenth is added to what is 0 and no switch (dampening, where a sum starts).
pub(crate) fn personal(setup: &Setup, member: usize) -> Setup {
    let mut own = setup.clone();
    let choices = own.hidden.iter_mut().map(|l| &mut l.activation);
    for choice in choices.chain([&mut own.output, &mut own.loss, &mut own.optimizer.method]) {
        spread(choice, member as f64);
    }
    let less = 1.0 - 0.04 * member as f64;
    let method = &mut own.optimizer;
    for number in [&mut method.weight_decay, &mut method.l1, &mut method.l2] {
        *number *= less;
    }
    for number in [&mut method.clip_value, &mut method.clip_norm].into_iter().flatten() {
        *number *= less;
    }
    own.hidden.iter_mut().for_each(|l| l.dropout *= less);
    own
}

fn spread(choice: &mut Choice, member: f64) {
    let switches =
        nn::optimizer::ALL.iter().find(|o| o.entry.name == choice.name()).map_or(&[][..], |o| o.switches);
    for p in choice.entry.params {
        let (Kind::Real(range), Default::Real(_)) = (p.kind, p.default) else { continue };
        let given = choice.number(p.key);
        let own = match given {
            0.0 if switches.contains(&p.key) => 0.0,
            0.0 => 0.1 * member,
            _ if range.high == 1.0 => 1.0 - (1.0 - given) * (1.0 + 0.1 * member),
            _ => given * (1.0 - 0.04 * member),
        };
        if range.contains(own) {
            set(choice, p.key, own);
        }
    }
}

/// An optimizer at a rate at which it is under way for 100 steps.
pub(crate) fn under_way(name: &str, given: &[(&str, f64)]) -> runner::spec::Optimizer {
    let rate = match name {
        "sgd" | "adagrad" => 0.01,
        "adadelta" => 1.0,
        "lion" => 1e-3,
        "rmsprop" => 2e-4,
        _ => 5e-4,
    };
    let mut all = vec![("learning_rate", rate)];
    all.extend(given);
    optimizer(name, &all)
}

/// Every combination of what can be switched on in an optimizer.
fn variants(entry: &'static Entry) -> Vec<Vec<(&'static str, f64)>> {
    let member = nn::optimizer::ALL.iter().find(|o| o.entry.name == entry.name).unwrap();
    let flags = entry.params.iter().filter(|p| matches!(p.kind, Kind::Flag)).map(|p| (p.key, 1.0));
    let all: Vec<(&str, f64)> = member.switches.iter().map(|key| (*key, 0.9)).chain(flags).collect();
    let chosen =
        |bits: usize| (0..all.len()).filter(|bit| bits >> bit & 1 == 1).map(|bit| all[bit]).collect();
    (0..1 << all.len()).map(chosen).collect()
}

// ---- the lists -------------------------------------------------------------------------------------------------------

/// Every activation in the hidden layer and, where the loss accepts it, at the outputs too, with every loss; every optimizer
/// with each of them. Optimizers take turns, and so do their variants, so that each meets many pairings.
#[test]
fn every_activation_with_every_loss_and_every_optimizer() {
    let shape = Shape::rows(3, 3);
    let mut pairings = 0;
    for (l_at, l) in family(Family::Loss).enumerate() {
        for (a_at, a) in family(Family::Activation).enumerate() {
            // Outputs of a relu come near 0, where one over them makes any rounding large.
            let is_fit = are_compatible(a, l) && (a.name, l.name) != ("relu", "probability_cross_entropy");
            let setup = Setup {
                hidden: vec![layer(4, activation(a.name))],
                output: activation(if is_fit { a.name } else { output_for(l) }),
                loss: loss(l.name),
                ..Setup::new()
            };
            for (o_at, o) in steppers().enumerate() {
                if !(l_at + a_at + o_at).is_multiple_of(3) {
                    continue;
                }
                let variants = variants(o);
                let given = &variants[pairings % variants.len()];
                let setup = Setup { optimizer: under_way(o.name, given), ..setup.clone() };
                let what = format!("{}, {}+{}, {} {given:?}", a.name, setup.output.name(), l.name, o.name);
                Work::new(&setup, shape, Rows::full(10)).check(&what);
            }
            pairings += 1;
        }
    }
    assert_eq!(pairings, 15 * 15);
}

/// Where `every_activation_…` cannot reach: `softmax` and `log_softmax` at the outputs of losses of a distribution were met, the
/// pairings of one output and the words of structural parameters were not.
#[test]
fn every_sound_pairing_of_one_output_and_every_word() {
    let shape = Shape::rows(3, 1);
    let of_several =
        |l: &Entry| matches!(l.facts, Facts::Loss { row: TargetRow::Class | TargetRow::Shares, .. });
    for l in family(Family::Loss).filter(|l| !of_several(l)) {
        for a in family(Family::Activation).filter(|a| are_compatible(a, l)) {
            // A row of one output has no softmax to learn.
            if !matches!(a.name, "softmax" | "log_softmax") {
                let setup = Setup { output: activation(a.name), loss: loss(l.name), ..Setup::new() };
                let setup = Setup { optimizer: under_way("sgd", &[]), ..setup };
                Work::new(&setup, shape, Rows::full(10)).check(&format!("{}+{}", a.name, l.name));
            }
        }
    }
    for e in family(Family::Activation) {
        for chosen in variants_of_words(e) {
            let mut setup = Setup { optimizer: under_way("sgd", &[]), ..Setup::new() };
            setup.hidden = vec![layer(4, chosen.clone()), layer(3, chosen.clone())];
            let shape = Shape::rows(3, 3);
            Work::new(&setup, shape, Rows::full(10)).check(&chosen.to_string());
        }
    }
    for l in family(Family::Loss) {
        for chosen in variants_of_words(l) {
            let output = activation(output_for(l));
            let setup = Setup { output, loss: chosen.clone(), ..Setup::new() };
            let setup = Setup { optimizer: under_way("sgd", &[]), ..setup };
            let shape = Shape::rows(3, 7);
            Work::new(&setup, shape, Rows::full(10)).check(&chosen.to_string());
        }
    }
}

#[test]
fn every_variant_of_every_optimizer() {
    let shape = Shape::rows(3, 3);
    for o in steppers() {
        for given in variants(o) {
            let setup = Setup { optimizer: under_way(o.name, &given), ..Setup::new() };
            let rows = Rows { rows: 20, batch: 8, order: Order::Shuffled, weighted: false };
            Work::new(&setup, shape, rows).check(&format!("{} {given:?}", o.name));
        }
    }
}

// ---- mistakes on purpose ---------------------------------------------------------------------------------------------

/// Two hidden layers under way by plain steps, with a fault.
fn wrong(hidden: &str, output: &str, name: &str, fault: Fault) -> Setup {
    Setup {
        hidden: vec![layer(4, activation(hidden)), layer(3, activation(hidden))],
        output: activation(output),
        loss: loss(name),
        fault,
        optimizer: under_way("sgd", &[]),
        ..Setup::new()
    }
}

/// Every wrong slope of every activation, with dropout too; where there is no fused form, only mixes want one.
#[test]
fn every_wrong_slope_of_every_activation() {
    let rows = Rows { rows: 20, batch: 8, order: Order::Shuffled, weighted: true };
    let mut without = Vec::new();
    // The last is known to recurrent layers alone.
    let slopes = HiddenDerivative::ALL.iter().filter(|w| **w != HiddenDerivative::DerivativeAtState);
    for slope in slopes {
        for a in family(Family::Activation) {
            // `a (1 - a)` of a logarithm has no bound: parameters leave the range of f32 within six steps.
            if (*slope, a.name) == (HiddenDerivative::SoftmaxElementwise, "log_softmax") {
                continue;
            }
            let fault = Fault { hidden_derivative: Some(*slope), ..Fault::default() };
            let mut setup = wrong(a.name, "softmax", "cross_entropy", fault);
            let fused = Setup { engine: Engine::Fused, precision: Precision::F32, ..setup.clone() };
            if nn::why_not_fused(&fused.configuration()).is_some() {
                without.push((slope.name(), a.name));
                continue;
            }
            let what = format!("{} of {}", slope.name(), a.name);
            Work::new(&setup, Shape::rows(3, 3), rows).check(&what);
            setup.hidden[0].dropout = 0.25;
            Work::new(&setup, Shape::rows(3, 3), rows).check(&format!("{what}, with dropout"));
        }
    }
    let mixes = ["log_softmax", "softmax"];
    let of = |slope: &'static str| mixes.map(|mix| (slope, mix));
    assert_eq!(without, [of("formula_on_z"), of("derivative_at_output")].concat());
}

/// Every wrong derivative at the outputs with pairings of every kind: of each output and of whole rows, fused or not.
#[test]
fn every_wrong_derivative_at_the_outputs() {
    let rows = Rows { rows: 20, batch: 8, order: Order::Shuffled, weighted: true };
    let pairings = [
        ("softmax", "mse"),
        ("sigmoid", "mse"),
        ("gelu", "mse"),
        ("softmax", "cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
    ];
    let mut count = 0;
    for wrong_delta in OutputDelta::ALL {
        for (output, name) in pairings {
            let fault = Fault { output_delta: Some(*wrong_delta), ..Fault::default() };
            let mut setup = wrong("tanh", output, name, fault);
            if name == "cross_entropy" {
                set(&mut setup.loss, "label_smoothing", 0.1);
            }
            // What validation refuses: `dL/dp` of a loss that never asks for `p`, and a softmax that is none.
            let is_softmax = wrong_delta.name().starts_with("softmax");
            let asks_for_p = is_softmax || *wrong_delta == OutputDelta::MissingDerivative;
            let fused = Setup { engine: Engine::Fused, precision: Precision::F32, ..setup.clone() };
            // A sum of differences that is 0 but for rounding has no digits to compare.
            if asks_for_p && name != "mse"
                || is_softmax && output != "softmax"
                || *wrong_delta == OutputDelta::SoftmaxRowSum
                || nn::why_not_fused(&fused.configuration()).is_some()
            {
                continue;
            }
            let what = format!("{} with {output}+{name}", wrong_delta.name());
            Work::new(&setup, Shape::rows(3, 3), rows).check(&what);
            count += 1;
        }
    }
    // Five with every pairing, the missing derivative with three, three of a softmax, and one without rows as a whole.
    assert_eq!(count, 5 * 5 + 3 + 3 + 3);
}

/// Rows of the Jacobian that are summed first are 0: nothing but rounding moves a parameter, on either path.
#[test]
fn summed_rows_of_a_jacobian_move_nothing() {
    let fault = Fault { output_delta: Some(OutputDelta::SoftmaxRowSum), ..Fault::default() };
    let setup = wrong("tanh", "softmax", "mse", fault);
    let work = Work::new(&setup, Shape::rows(3, 3), Rows::full(10));
    for engine in [Engine::Burn, Engine::Fused] {
        let mut trainer = work.trainer(engine);
        let start = flat(&trainer.parameters(0));
        trainer.advance(&work.feed, STEPS, None);
        for (before, after) in start.iter().zip(flat(&trainer.parameters(0))) {
            // A hundred steps at 0.01 along a gradient of some 1e-8, each of which may round a parameter of order 1.
            assert!((before - after).abs() <= 1e-5, "{engine:?}: {before} becomes {after}");
        }
    }
}

/// Steps that are multiplied by parameters or along sums of gradients, with every rule; what training does not see of a loss.
#[test]
fn every_wrong_update_and_every_wrong_loss() {
    let shape = Shape::rows(3, 3);
    let rows = Rows { rows: 20, batch: 8, order: Order::Shuffled, weighted: false };
    for o in steppers() {
        for update in Update::ALL {
            let fault = Fault { update: Some(*update), ..Fault::default() };
            for given in variants(o) {
                let setup = Setup {
                    optimizer: under_way(o.name, &given),
                    ..wrong("tanh", "softmax", "cross_entropy", fault.clone())
                };
                Work::new(&setup, shape, rows).check(&format!("{} {} {given:?}", update.name(), o.name));
            }
        }
    }
    let unseen = [
        ("identity", "hinge", FaultyLoss::TargetClassOnly),
        ("softmax", "cross_entropy", FaultyLoss::ParametersIgnored),
        ("tanh", "mse", FaultyLoss::ParametersIgnored),
        ("identity", "range_wise_mae", FaultyLoss::RangeDrop),
    ];
    for (output, name, wrong_loss) in unseen {
        let fault = Fault { loss: Some(wrong_loss), ..Fault::default() };
        let mut setup = wrong("tanh", output, name, fault);
        // Something must move where the loss does not.
        setup.optimizer.l2 = 0.1;
        Work::new(&setup, Shape::rows(3, 7), rows).check(wrong_loss.name());
    }
}

/// Constant inputs of -1, whose weights penalties reach.
#[test]
fn every_form_of_bias() {
    for bias in [Bias::None, Bias::Unit, Bias::ConstantInput] {
        let mut setup = wrong("tanh", "softmax", "cross_entropy", Fault::default());
        setup.hidden.iter_mut().for_each(|layer| layer.bias = bias);
        setup.output_bias = bias;
        setup.optimizer.l2 = 0.1;
        setup.optimizer.clip_norm = Some(0.2);
        Work::new(&setup, Shape::rows(3, 3), Rows::full(20)).check(bias.name());
    }
}
