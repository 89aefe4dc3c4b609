//! What the benches train: networks, samples, and optimizers of the race, made without a file, for the product's own path and
//! for the kernel alone.

use std::sync::Arc;

use runner::catalog::{Choice, Family, Kind, Role};
use runner::kernel::{self, Decay, Loss, Pace, Reduction};
use runner::nn::optimizer::{self, Given};
use runner::nn::{self, Columns, Feed, Samples, Shape, Trainer, activation, loss};
use runner::spec::Precision;

use crate::networks::{self, Setup, choice};

/// A network and how it is trained.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work {
    pub(crate) name: &'static str,
    /// Features, hidden layers of relu, classes.
    pub(crate) widths: &'static [usize],
    pub(crate) rows: usize,
    pub(crate) batch: usize,
    /// All members see one order.
    pub(crate) is_shared: bool,
    pub(crate) optimizer: &'static str,
    pub(crate) rate: f64,
}

pub(crate) const W1: Work = Work {
    name: "W1",
    widths: &[4, 5, 6, 3],
    rows: 150,
    batch: 150,
    is_shared: true,
    optimizer: "sgd",
    rate: 0.1,
};
/// The net of W1 in small batches.
pub(crate) const W1_BATCHES: Work = Work { name: "W1b16", batch: 16, ..W1 };
pub(crate) const W3: Work = Work { name: "W3", widths: &[4, 20, 3], batch: 16, is_shared: false, ..W1 };
pub(crate) const W4: Work = Work {
    name: "W4",
    widths: &[64, 64, 10],
    rows: 1437,
    batch: 64,
    is_shared: false,
    optimizer: "adam",
    rate: 0.001,
};
pub(crate) const W5: Work = Work { name: "W5", widths: &[784, 128, 10], rows: 2048, batch: 128, ..W4 };

/// A population of a work with its samples, ready for any number of steps from the first batch on.
pub(crate) struct Ready {
    pub(crate) trainer: Trainer,
    pub(crate) feed: Feed,
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
}

impl Work {
    fn shape(&self) -> Shape {
        Shape::rows(self.widths[0], self.widths[self.widths.len() - 1])
    }

    pub(crate) fn ready(&self, members: usize) -> Ready {
        let shape = self.shape();
        let (x, y) = samples(self.rows, shape);
        let hidden = &self.widths[1..self.widths.len() - 1];
        let setup = Setup {
            hidden: hidden
                .iter()
                .map(|units| networks::layer(*units, networks::activation("relu")))
                .collect(),
            optimizer: networks::optimizer(self.optimizer, &[("learning_rate", self.rate)]),
            precision: Precision::F32,
            ..Setup::new()
        };
        let configuration = setup.configuration();
        let member =
            |seed: usize| nn::Member { configuration: &configuration, init_seed: seed as u64, noise_seed: 0 };
        let trainer = Trainer::new(&(0..members).map(member).collect::<Vec<_>>(), shape);
        let orders = if self.is_shared { 1 } else { members };
        let feed = Feed {
            samples: vec![Arc::new(Samples::new(shape, Precision::F32, &x, &y, &[]))],
            samples_of: vec![0; members],
            orders: (0..orders).map(|member| order(self.rows, member)).collect(),
            order_of: (0..members).map(|member| member % orders).collect(),
            rows: self.rows,
            batch: self.batch,
            first: 0,
            apart: 0,
        };
        Ready { trainer, feed, x, y }
    }

    /// The network for the kernel alone.
    pub(crate) fn network(&self, members: usize) -> kernel::Network {
        let layer = |index: usize| {
            let is_last = index + 1 == self.widths.len();
            let name = if is_last { "softmax" } else { "relu" };
            layer(self.widths[index], &networks::activation(name), members)
        };
        kernel::Network {
            features: self.widths[0],
            layers: (1..self.widths.len()).map(layer).collect(),
            time: None,
            masking: None,
            loss: form_of(loss::cross_entropy::THIS.lanes_fused, &networks::loss("cross_entropy")),
            loss_is_fused: true,
            loss_numbers: numbers(&networks::loss("cross_entropy"), members),
            delta: None,
            reduction: vec![Reduction::Mean(1.0); members],
        }
    }

    /// The optimizer for the kernel alone.
    pub(crate) fn method(&self, steps: usize) -> kernel::Method {
        method(&choice(Family::Optimizer, self.optimizer, &[("learning_rate", self.rate)]), steps)
    }
}

/// A form of a loss with these parameters.
pub(crate) fn form_of(form: Option<fn(&Columns) -> Loss>, chosen: &Choice) -> Loss {
    form.expect("a loss with a form")(&Columns::new(&[chosen], Precision::F32))
}

/// Features in [0, 1) and one class per row.
fn samples(rows: usize, shape: Shape) -> (Vec<f64>, Vec<f64>) {
    let x = networks::numbers(1, rows * shape.features).iter().map(|v| v.abs()).collect();
    let class = |row: usize| row * 7 % shape.outputs;
    let mut y = vec![0.0; rows * shape.outputs];
    (0..rows).for_each(|row| y[row * shape.outputs + class(row)] = 1.0);
    (x, y)
}

/// All rows, in another order for each member. 7 shares no divisor with the numbers of rows above.
fn order(rows: usize, member: usize) -> Arc<[u32]> {
    (0..rows).map(|row| ((row * 7 + member * 13) % rows) as u32).collect()
}

/// A layer of an activation for the kernel alone.
pub(crate) fn layer(units: usize, chosen: &Choice, members: usize) -> kernel::Layer {
    let member = activation::ALL.iter().find(|m| m.entry.name == chosen.name());
    let form = (member.expect("a name from the list").lanes)(chosen).expect("an activation with a form");
    let numbers = numbers(chosen, members);
    kernel::Layer { units, bias: kernel::Bias::Unit, activation: form, numbers, dropout: None }
}

/// The numeric parameters of a choice, the same for all members.
pub(crate) fn numbers(choice: &Choice, members: usize) -> kernel::Numbers {
    let is_number =
        |kind: &Kind, role: Role| role == Role::Numeric && matches!(kind, Kind::Real(_) | Kind::Count { .. });
    let params = choice.entry.params.iter().filter(|p| is_number(&p.kind, p.role));
    params.map(|p| vec![choice.number(p.key) as f32; members]).collect()
}

/// An optimizer for the kernel alone, at its own learning rate, for a number of steps.
pub(crate) fn method(choice: &Choice, steps: usize) -> kernel::Method {
    let member = optimizer::ALL.iter().find(|m| m.entry.name == choice.name());
    let member = member.expect("a name from the list");
    let columns = Columns::new(&[choice], Precision::F32);
    let given = Given { columns: &columns, member: 0 };
    let mut memory = 1.0;
    let each: Vec<Vec<f64>> = (1..=steps as u64).map(|t| (member.numbers)(&given, t, &mut memory)).collect();
    let (count, values) = (each[0].len(), each.concat().iter().map(|v| *v as f32).collect());
    let rate = vec![choice.number("learning_rate") as f32, 0.0];
    kernel::Method {
        rule: (member.lanes)(&columns),
        numbers: Pace { values, count, step: count, member: 0 },
        rate: Pace { values: rate, count: 2, step: 0, member: 0 },
        decay: Decay::None,
        multiplies: false,
        l1: None,
        twice_l2: None,
        clip_value: None,
        clip_norm: None,
    }
}

/// A network of one hidden layer, or none, with a loss of its own.
pub(crate) fn small(
    features: usize,
    layers: Vec<kernel::Layer>,
    loss: Loss,
    is_fused: bool,
    loss_numbers: kernel::Numbers,
    members: usize,
) -> kernel::Network {
    let reduction = vec![Reduction::Mean(1.0); members];
    kernel::Network {
        features,
        layers,
        time: None,
        masking: None,
        loss,
        loss_is_fused: is_fused,
        loss_numbers,
        delta: None,
        reduction,
    }
}
