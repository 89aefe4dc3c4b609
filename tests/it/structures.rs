//! The contract of `engines` over everything around activation, loss, and optimizer: shapes, biases, dropout, penalties,
//! clipping, schedules, reductions, weights, and every way to draw batches.

use runner::catalog::Family;
use runner::nn::{Progress, Schedule, Shape};
use runner::spec::{Bias, Engine, Layer, Reduction};

use crate::engines::{Order, Rows, STEPS, Work, personal, under_way};
use crate::networks::{Setup, activation, choice, family, layer, loss, steppers};

const SHAPE: Shape = Shape::rows(3, 3);

/// Two hidden layers, softmax with cross-entropy, sgd.
fn setup(hidden: Vec<Layer>) -> Setup {
    Setup { hidden, optimizer: under_way("sgd", &[]), ..Setup::new() }
}

fn two(first: usize, second: usize, name: &str) -> Vec<Layer> {
    vec![layer(first, activation(name)), layer(second, activation(name))]
}

/// Rows that fill one chunk of the fused engine and leave one over.
const ROWS: usize = 17;

// ---- layers ----------------------------------------------------------------------------------------------------------

/// Widths around those of register tiles (3, 4), of vectors (4, 8, 16), and of chunks (16).
const WIDTHS: [usize; 9] = [1, 2, 3, 4, 5, 7, 16, 17, 33];

#[test]
fn every_activation_two_layers_deep_in_different_widths() {
    for (at, a) in family(Family::Activation).enumerate() {
        let width = |k: usize| WIDTHS[(at + k) % WIDTHS.len()];
        // A row of one unit has no softmax to learn.
        let least = if matches!(a.name, "softmax" | "log_softmax") { 2 } else { 1 };
        let (first, second) = (width(0).max(least), width(4).max(least));
        let what = format!("{} {first}-{second}", a.name);
        Work::new(&setup(two(first, second, a.name)), SHAPE, Rows::full(ROWS)).check(&what);
    }
}

#[test]
fn every_width_at_every_place() {
    for (at, width) in WIDTHS.into_iter().enumerate() {
        let other = WIDTHS[(at + 5) % WIDTHS.len()];
        for (features, hidden, outputs) in [
            (width, vec![], other),
            (3, vec![width], 3),
            (other, vec![5, width], 2),
            (2, vec![width, other, 3], width),
        ] {
            let hidden: Vec<Layer> =
                hidden.into_iter().map(|units| layer(units, activation("tanh"))).collect();
            let what =
                format!("{features} {:?} {outputs}", hidden.iter().map(|l| l.units).collect::<Vec<_>>());
            let mut setup = setup(hidden);
            if outputs == 1 {
                (setup.output, setup.loss) = (activation("sigmoid"), loss("binary_cross_entropy"));
            }
            Work::new(&setup, Shape::rows(features, outputs), Rows::full(ROWS)).check(&what);
        }
    }
}

#[test]
fn layers_with_and_without_bias() {
    for bits in 0..8 {
        let mut setup = setup(two(4, 5, "tanh"));
        let of = |bit: u8| if bits & bit == 0 { Bias::Unit } else { Bias::None };
        (setup.hidden[0].bias, setup.hidden[1].bias, setup.output_bias) = (of(1), of(2), of(4));
        Work::new(&setup, SHAPE, Rows::full(ROWS)).check(&format!("biases {bits:03b}"));
    }
}

/// Three kinds of activation keep different things for their backward pass: slopes told from values (`tanh`), slopes (`gelu`),
/// and values of a whole row (`softmax`).
#[test]
fn dropout() {
    for name in ["tanh", "relu", "gelu", "softmax", "log_softmax"] {
        for (first, second) in [(0.3, 0.0), (0.0, 0.3), (0.2, 0.5)] {
            let mut setup = setup(two(5, 4, name));
            (setup.hidden[0].dropout, setup.hidden[1].dropout) = (first, second);
            let rows = Rows { rows: 21, batch: 18, order: Order::Shuffled, weighted: false };
            Work::new(&setup, SHAPE, rows).check(&format!("{name} dropout {first} {second}"));
        }
    }
}

// ---- around the optimizer --------------------------------------------------------------------------------------------

type Change = (&'static str, fn(&mut Setup));

/// With every optimizer once: joined decay and decoupled (adamw, lion). Clipping bites: gradients are larger at first.
#[test]
fn penalties_decay_and_clipping() {
    let changes: [Change; 8] = [
        ("l1", |s| s.optimizer.l1 = 0.01),
        ("l2", |s| s.optimizer.l2 = 0.02),
        ("weight_decay", |s| s.optimizer.weight_decay = 0.1),
        ("clip_value", |s| s.optimizer.clip_value = Some(0.02)),
        ("clip_norm", |s| s.optimizer.clip_norm = Some(0.05)),
        ("clip_norm beyond", |s| s.optimizer.clip_norm = Some(100.0)),
        ("both clips", |s| (s.optimizer.clip_value, s.optimizer.clip_norm) = (Some(0.03), Some(0.08))),
        ("everything", |s| {
            (s.optimizer.l1, s.optimizer.l2, s.optimizer.weight_decay) = (0.01, 0.02, 0.1);
            (s.optimizer.clip_value, s.optimizer.clip_norm) = (Some(0.03), Some(0.08));
            s.hidden[0].dropout = 0.2;
            s.hidden[1].bias = Bias::None;
        }),
    ];
    for (at, (what, change)) in changes.into_iter().enumerate() {
        for (place, o) in steppers().enumerate() {
            // All with sgd, which hides nothing, and with two others each; everything with everyone.
            if o.name == "sgd" || what == "everything" || what == "weight_decay" || place % 4 == at % 4 {
                let mut setup = setup(two(4, 5, "tanh"));
                setup.optimizer = under_way(o.name, &[]);
                change(&mut setup);
                Work::new(&setup, SHAPE, Rows::full(ROWS)).check(&format!("{} {what}", o.name));
            }
        }
    }
}

/// The factors of every schedule, as training computes them, on a rate that also scales decoupled decay.
#[test]
fn schedules() {
    for s in family(Family::Schedule) {
        for name in ["sgd", "adamw", "lion"] {
            let mut setup = setup(two(4, 5, "tanh"));
            setup.optimizer = under_way(name, &[]);
            setup.optimizer.weight_decay = 0.1;
            let rows = Rows { rows: 10, batch: 4, order: Order::Shuffled, weighted: false };
            let mut work = Work::new(&setup, SHAPE, rows);
            let given: &[(&str, f64)] = if s.name == "plateau" { &[("patience", 2.0)] } else { &[] };
            work.factors = Some(factors(s.name, given, work.setups.len()));
            work.check(&format!("{name} {}", s.name));
        }
    }
}

/// Three steps are an epoch. `plateau` sees losses that fall and then stay, at a height of its own for each member.
fn factors(name: &str, given: &[(&str, f64)], members: usize) -> Vec<f64> {
    let mut schedules: Vec<Schedule> =
        (0..members).map(|_| Schedule::new(&choice(Family::Schedule, name, given))).collect();
    let mut all = Vec::new();
    for step in 0..STEPS {
        let progress =
            Progress { step, steps: STEPS, epoch: step / 3, epochs: STEPS.div_ceil(3), steps_per_epoch: 3 };
        for (member, schedule) in schedules.iter_mut().enumerate() {
            all.push(schedule.factor(progress));
            if step % 3 == 2 {
                let floor = 3 * member + 5;
                schedule.observe(1.0 / (1.0 + progress.epoch.min(floor) as f64));
            }
        }
    }
    let varies = all.iter().any(|f| *f != all[0]);
    assert_eq!(varies, name != "constant", "{name}: factors change where they should");
    all
}

// ---- losses and batches ----------------------------------------------------------------------------------------------

/// Each member its own reduction, with and without weights, over losses of one value per sample and of one per output.
#[test]
fn reductions_and_weights() {
    let reductions = [Reduction::Mean, Reduction::Sum, Reduction::SumOverOutputs];
    for (output, name) in [
        ("softmax", "cross_entropy"),
        ("softmax", "probability_cross_entropy"),
        ("identity", "hinge"),
        ("sigmoid", "binary_cross_entropy"),
        ("tanh", "mse"),
    ] {
        for weighted in [false, true] {
            for batch in [ROWS, 6] {
                let mut base = setup(two(4, 5, "tanh"));
                (base.output, base.loss) = (activation(output), loss(name));
                let rows = Rows { rows: ROWS, batch, order: Order::Shuffled, weighted };
                let mut work = Work::new(&base, SHAPE, rows);
                work.setups = (0..3)
                    .map(|m| personal(&Setup { reduction: reductions[m], ..base.clone() }, m))
                    .collect();
                work.check(&format!("{name} weighted {weighted} batch {batch}"));
            }
        }
    }
}

/// Full, mini-batches that divide the rows or leave a smaller last one, and online; in file order, shuffled, and with
/// replacement. Members see different tables in different orders.
#[test]
fn every_way_to_draw_batches() {
    for order in [Order::Sequential, Order::Shuffled, Order::WithReplacement] {
        for (rows, batch) in [(1, 1), (7, 1), (7, 7), (35, 16), (48, 16), (33, 32), (50, 49), (100, 100)] {
            for (name, momentum) in [("relu", 0.0), ("silu", 0.9)] {
                let given = if momentum > 0.0 { vec![("momentum", momentum)] } else { vec![] };
                let base = Setup { optimizer: under_way("sgd", &given), ..setup(two(5, 4, name)) };
                let drawn = Rows { rows, batch, order, weighted: false };
                Work::new(&base, SHAPE, drawn).check(&format!("{order:?} {rows} by {batch} {name}"));
            }
        }
    }
}

/// All members see one table in one order, or one table in different orders: the fused engine reads them differently.
#[test]
fn shared_and_separate_samples() {
    for (table, order) in [(false, false), (false, true), (true, false), (true, true)] {
        let base = setup(two(5, 4, "sigmoid"));
        let drawn = Rows { rows: 21, batch: 8, order: Order::Shuffled, weighted: true };
        let mut work = Work::new(&base, Shape::rows(6, 2), drawn);
        if !table {
            work.feed.samples_of.fill(0);
        }
        if !order {
            work.feed.order_of.fill(0);
        }
        work.check(&format!("own table {table}, own order {order}"));
    }
}

/// A call is only a stretch: the same bits in one call of 100 steps and in calls of whole epochs, on either engine.
#[test]
fn a_call_may_be_cut_between_epochs() {
    for engine in [Engine::Fused, Engine::Burn] {
        let mut base = Setup { optimizer: under_way("nadam", &[]), ..setup(two(5, 4, "tanh")) };
        base.hidden[0].dropout = 0.25;
        let drawn = Rows { rows: 20, batch: 8, order: Order::Shuffled, weighted: false };
        let work = Work::new(&base, SHAPE, drawn);
        let (mut whole, mut cut) = (work.trainer(engine), work.trainer(engine));
        let expected = whole.advance(&work.feed, 60, None);
        let mut found = Vec::new();
        let mut epoch = 0;
        for epochs in [1, 2, 7, 10] {
            let mut feed = work.feed.clone();
            feed.orders = feed.orders.iter().map(|order| order[epoch * 20..].into()).collect();
            found.extend(cut.advance(&feed, epochs * 3, None));
            epoch += epochs;
        }
        assert_eq!(found, expected, "{engine:?}");
        assert!((0..3).all(|m| whole.parameters(m) == cut.parameters(m)), "{engine:?}");
    }
}
