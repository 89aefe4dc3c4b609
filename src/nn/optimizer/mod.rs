//! Optimizers: from gradients to new parameters.
//!
//! All parameters of a member lie in one row of a tensor `[P, 1, D]`, so that a part of a chain is a few operations
//! whatever the depth of the network, and every number of the optimizer is a `[P, 1, 1]` column that may differ between
//! members. Nothing here mixes rows. A named optimizer is a chain of [`parts`], as in optax; what surrounds every chain
//! (penalties, clipping, weight decay, the learning rate) is written once, in [`Method::update`]. Optimizers that evaluate the whole
//! objective along lines are of another kind, with a list of their own: [`search`].

use burn::tensor::{Int, Tensor};

use super::{Columns, device};
use crate::catalog::{Choice, Default, Entry, Kind, Param, Range, Role};
use crate::kernel;
use crate::spec;

pub mod directions;
pub mod parts;
pub mod search;
mod way;

pub(super) use way::Way;

members! { Optimizer: adadelta, adagrad, adam, adamw, lion, nadam, rmsprop, sgd }

/// Every optimizer's first parameter; only its default differs.
const fn learning_rate(default: f64) -> Param {
    Param {
        key: "learning_rate",
        kind: Kind::Real(Range::NON_NEGATIVE),
        role: Role::Numeric,
        default: Default::Real(default),
        docs: "Factor on the update; the schedule multiplies it.",
    }
}

// Parameters that several optimizers have with one meaning and one default.
const BETA1: Param = Param {
    key: "beta1",
    kind: Kind::Real(Range::half_open(0.0, 1.0)),
    role: Role::Numeric,
    default: Default::Real(0.9),
    docs: "Decay of the mean of gradients.",
};
const BETA2: Param = Param {
    key: "beta2",
    kind: Kind::Real(Range::half_open(0.0, 1.0)),
    role: Role::Numeric,
    default: Default::Real(0.999),
    docs: "Decay of the mean of squared gradients.",
};
const EPSILON: Param = Param {
    key: "epsilon",
    kind: Kind::Real(Range::NON_NEGATIVE),
    role: Role::Numeric,
    default: Default::Real(1e-8),
    docs: "Added to the root in the denominator.",
};
const AMSGRAD: Param = Param {
    key: "amsgrad",
    kind: Kind::Flag,
    role: Role::Structural,
    default: Default::Flag(false),
    docs: "Use the largest mean square so far (Reddi, Kale, and Kumar, 2018, arXiv 1904.09237).",
};
const MOMENTUM: Param = Param {
    key: "momentum",
    kind: Kind::Real(Range::half_open(0.0, 1.0)),
    role: Role::Numeric,
    default: Default::Real(0.0),
    docs: "Share of the last step that is kept.",
};

/// A member of the family.
#[derive(Debug)]
pub struct Optimizer {
    pub entry: Entry,
    /// The chain that turns a gradient into a direction; the learning rate follows.
    pub chain: fn(parameters: &Columns) -> Vec<Box<dyn Part>>,
    /// The same rule for the fused engine.
    pub lanes: fn(parameters: &Columns) -> kernel::Optimizer,
    /// The rule's numbers for one member in step `t`, counted from 1. `memory` is the member's own; it starts at 1.
    pub numbers: fn(given: &Given<'_>, t: u64, memory: &mut f64) -> Vec<f64>,
    /// Whether these numbers change from step to step.
    pub changes: fn(parameters: &Columns) -> bool,
    /// The parameter that the rule's first state starts at; all others start at 0.
    pub start: Option<&'static str>,
    /// Weight decay shrinks the weights directly instead of joining the gradient.
    pub decoupled: bool,
    /// Numbers whose being zero leaves a part out, and so splits packs.
    pub switches: &'static [&'static str],
}

/// The parameters of one member.
#[derive(Clone, Copy, Debug)]
pub struct Given<'a> {
    pub columns: &'a Columns,
    pub member: usize,
}

impl Given<'_> {
    pub fn number(&self, key: &str) -> f64 {
        self.columns.values(key)[self.member]
    }
}

/// A transformation of updates that may remember, one row per member.
pub trait Part: Send + std::fmt::Debug {
    /// `updates` is `[P, 1, D]`; `steps` is the step of each member, counted from 1.
    fn apply(&mut self, updates: Tensor<3>, steps: &[u64]) -> Tensor<3>;
    /// Keeps the numbers of these members, in this order; what it remembers of them is kept by its owner.
    fn retain(&mut self, keep: &Keep<'_>);
    /// What it remembers from step to step.
    fn memory(&mut self) -> Memory<'_>;
}

/// What a part remembers of every member.
#[derive(Debug)]
pub struct Memory<'a> {
    /// `[P, 1, D]` each, or `[P, 1, 1]` before the first step.
    pub rows: Vec<&'a mut Tensor<3>>,
    /// One number per member each.
    pub numbers: Vec<&'a mut Vec<f64>>,
}

/// Members that stay, as a part needs them.
#[derive(Debug)]
pub struct Keep<'a> {
    pub members: &'a [usize],
    pub index: &'a Tensor<1, Int>,
}

impl Keep<'_> {
    /// The rows of these members.
    pub fn rows(&self, state: Tensor<3>) -> Tensor<3> {
        state.select(0, self.index.clone())
    }
}

pub(super) fn of(entry: &Entry) -> &'static Optimizer {
    let found = ALL.iter().find(|m| m.entry.name == entry.name);
    found.unwrap_or_else(|| panic!("`{}` is not an optimizer", entry.name))
}

/// What must be equal for two members to share a population.
pub(crate) fn structure(optimizer: &spec::Optimizer) -> String {
    let mut text = optimizer.method.structure();
    let switches = if is_search(&optimizer.method) { &[][..] } else { of(optimizer.method.entry).switches };
    let is_on = |key: &&str| optimizer.method.number(key) != 0.0;
    let mut on: Vec<&str> = switches.iter().copied().filter(is_on).collect();
    let around = [
        ("weight_decay", optimizer.weight_decay != 0.0),
        ("l1", optimizer.l1 != 0.0),
        ("l2", optimizer.l2 != 0.0),
        ("clip_norm", optimizer.clip_norm.is_some()),
        ("clip_value", optimizer.clip_value.is_some()),
    ];
    on.extend(around.iter().filter(|(_, present)| *present).map(|(key, _)| *key));
    for key in on {
        text.push_str(&format!(" +{key}"));
    }
    text
}

/// Tensors of the size of the parameters that a member's optimizer keeps from step to step.
pub(crate) fn state_count(method: &Choice) -> usize {
    if let Some(member) = search::find(method.entry) {
        // In double precision on the host, and beside what is remembered the points and gradients of an iteration.
        return 2 * (6 + (member.rows)(method));
    }
    let columns = Columns::new(&[method], spec::Precision::F32);
    (of(method.entry).chain)(&columns).len() * 3
}

/// Whether an optimizer searches along lines.
pub(crate) fn is_search(method: &Choice) -> bool {
    search::find(method.entry).is_some()
}

/// Both kinds together, in alphabetical order.
pub(super) fn entries() -> Vec<&'static Entry> {
    let steps = ALL.iter().map(|m| &m.entry);
    let mut entries: Vec<&Entry> = steps.chain(search::ALL.iter().map(|m| &m.entry)).collect();
    entries.sort_by_key(|e| e.name);
    entries
}

/// The optimizer of a population, with its state.
#[derive(Debug)]
pub struct Method {
    pub(super) member: &'static Optimizer,
    pub(super) columns: Columns,
    chain: Vec<Box<dyn Part>>,
    pub(super) decoupled: bool,
    precision: spec::Precision,
    pub(super) learning_rate: Vec<f64>,
    pub(super) weight_decay: Vec<f64>,
    pub(super) l1: Option<Numbers>,
    /// Twice the penalty.
    pub(super) l2: Option<Numbers>,
    pub(super) clip_value: Option<Numbers>,
    pub(super) clip_norm: Option<Numbers>,
    /// 1 for weights, 0 for biases, `[1, 1, D]`.
    is_weight: Tensor<3>,
    /// A mistake on purpose: every step is multiplied by its parameter.
    multiplies: bool,
}

/// One number per member, on the host and as a column.
#[derive(Debug)]
pub(super) struct Numbers {
    pub(super) values: Vec<f64>,
    column: Tensor<3>,
}

impl Numbers {
    fn new(values: Vec<f64>, precision: spec::Precision) -> Numbers {
        let column = device::column(&values, precision);
        Numbers { values, column }
    }
}

impl Method {
    /// `optimizers` holds one per member, of one structure; `is_weight` is 1 for weights and 0 for biases.
    pub(crate) fn new(
        optimizers: &[&spec::Optimizer],
        is_weight: &[f64],
        precision: spec::Precision,
    ) -> Method {
        let choices: Vec<&Choice> = optimizers.iter().map(|o| &o.method).collect();
        let columns = Columns::new(&choices, precision);
        let member = of(choices[0].entry);
        let each = |get: fn(&spec::Optimizer) -> f64| optimizers.iter().map(|o| get(o)).collect::<Vec<f64>>();
        let present =
            |values: Vec<f64>| values.iter().any(|v| *v != 0.0).then(|| Numbers::new(values, precision));
        let given = |get: fn(&spec::Optimizer) -> Option<f64>| {
            let values: Option<Vec<f64>> = optimizers.iter().map(|o| get(o)).collect();
            values.map(|values| Numbers::new(values, precision))
        };
        Method {
            member,
            chain: (member.chain)(&columns),
            decoupled: member.decoupled,
            precision,
            learning_rate: columns.values("learning_rate").to_vec(),
            weight_decay: each(|o| o.weight_decay),
            l1: present(each(|o| o.l1)),
            l2: present(each(|o| 2.0 * o.l2)),
            clip_value: given(|o| o.clip_value),
            clip_norm: given(|o| o.clip_norm),
            is_weight: device::tensor(is_weight, [1, 1, is_weight.len()], precision),
            multiplies: false,
            columns,
        }
    }

    /// With a mistake made on purpose.
    pub(crate) fn with_fault(mut self, update: Option<spec::Update>) -> Method {
        self.multiplies = update == Some(spec::Update::Multiplicative);
        if update == Some(spec::Update::Accumulate) {
            let start = device::column(&vec![0.0; self.learning_rate.len()], self.precision);
            self.chain.insert(0, Box::new(parts::Accumulate::new(start)));
        }
        self
    }

    /// New parameters from parameters `w` and the gradient `g` of the data loss, both `[P, 1, D]`, in step `steps` of each member,
    /// counted from 1.
    ///
    /// In PyTorch's order: penalties join the loss and so its gradient; the gradient is clipped by value, then by norm;
    /// weight decay joins (or shrinks the weights, where it is decoupled); the chain; the learning rate times `factor`.
    pub(crate) fn update(
        &mut self,
        mut w: Tensor<3>,
        g: Tensor<3>,
        factor: &[f64],
        steps: &[u64],
    ) -> Tensor<3> {
        let rate: Vec<f64> = self.learning_rate.iter().zip(factor).map(|(rate, f)| rate * f).collect();
        let mut g = self.clip(self.penalise(&w, g));
        if self.weight_decay.iter().any(|d| *d != 0.0) {
            if self.decoupled {
                let kept = rate.iter().zip(&self.weight_decay).map(|(rate, decay)| 1.0 - rate * decay);
                w = w * device::column(&kept.collect::<Vec<f64>>(), self.precision);
            } else {
                g = g + w.clone() * device::column(&self.weight_decay, self.precision);
            }
        }
        for part in &mut self.chain {
            g = part.apply(g, steps);
        }
        if self.multiplies {
            g = g * w.clone();
        }
        w - g * device::column(&rate, self.precision)
    }

    /// Adds the gradients of `l1 · Σ|w|` and `l2 · Σw²`, weights only; the slope of `|w|` at 0 is 0.
    fn penalise(&self, w: &Tensor<3>, mut g: Tensor<3>) -> Tensor<3> {
        if self.l1.is_none() && self.l2.is_none() {
            return g;
        }
        let weights = w.clone() * self.is_weight.clone();
        if let Some(l1) = &self.l1 {
            g = g + weights.clone().sign() * l1.column.clone();
        }
        if let Some(twice_l2) = &self.l2 {
            g = g + weights * twice_l2.column.clone();
        }
        g
    }

    /// `clip_value`: every entry within ±c. `clip_norm`: `g · min(1, c / (|g| + 1e-6))` with the Euclidean norm over all
    /// parameters of the member, as PyTorch's `clip_grad_norm_`.
    fn clip(&self, mut g: Tensor<3>) -> Tensor<3> {
        if let Some(limit) = &self.clip_value {
            let high = limit.column.clone().expand(g.dims());
            let low = high.clone().neg();
            let (above, below) = (g.clone().greater(high.clone()), g.clone().lower(low.clone()));
            g = g.mask_where(above, high).mask_where(below, low);
        }
        if let Some(limit) = &self.clip_norm {
            let norm = g.clone().matmul(g.clone().swap_dims(1, 2)).sqrt();
            let scale = limit.column.clone() / norm.add_scalar(1e-6);
            g = g * scale.clamp_max(1.0);
        }
        g
    }

    /// Keeps these members, in this order.
    pub(crate) fn retain(&mut self, keep: &Keep<'_>) {
        let pick = |values: &[f64]| keep.members.iter().map(|m| values[*m]).collect::<Vec<f64>>();
        self.columns.retain(keep.members);
        self.learning_rate = pick(&self.learning_rate);
        self.weight_decay = pick(&self.weight_decay);
        for numbers in
            [&mut self.l1, &mut self.l2, &mut self.clip_value, &mut self.clip_norm].into_iter().flatten()
        {
            *numbers = Numbers::new(pick(&numbers.values), self.precision);
        }
        for part in &mut self.chain {
            part.retain(keep);
            let memory = part.memory();
            memory.rows.into_iter().for_each(|rows| *rows = keep.rows(rows.clone()));
            memory.numbers.into_iter().for_each(|numbers| *numbers = pick(numbers));
        }
    }

    /// What the chain remembers of each member: rows of `size` numbers one after another, and single numbers.
    fn remembered(&mut self, size: usize) -> Vec<(Vec<f64>, Vec<f64>)> {
        let mut all = vec![(Vec::new(), Vec::new()); self.learning_rate.len()];
        for part in &mut self.chain {
            let memory = part.memory();
            for rows in memory.rows {
                let values = spread(rows, size);
                all.iter_mut().zip(values.chunks(size)).for_each(|((to, _), row)| to.extend(row));
            }
            for numbers in memory.numbers {
                all.iter_mut().zip(numbers).for_each(|((_, to), number)| to.push(*number));
            }
        }
        all
    }

    /// The lengths of both for a member.
    fn remembered_len(&mut self, size: usize) -> (usize, usize) {
        let memories = self.chain.iter_mut().map(|part| part.memory());
        memories.fold((0, 0), |(rows, numbers), m| (rows + m.rows.len() * size, numbers + m.numbers.len()))
    }

    /// Replaces what the chain remembers of the members that have something, as [`Method::remembered`] gives it.
    fn remind(&mut self, size: usize, all: &[Option<(&[f64], &[f64])>]) {
        let (mut row, mut number) = (0, 0);
        for part in &mut self.chain {
            let memory = part.memory();
            for rows in memory.rows {
                let mut values = spread(rows, size);
                for (to, from) in values.chunks_mut(size).zip(all) {
                    if let Some((from, _)) = from {
                        to.copy_from_slice(&from[row * size..][..size]);
                    }
                }
                *rows = device::tensor(&values, [all.len(), 1, size], self.precision);
                row += 1;
            }
            for numbers in memory.numbers {
                for (to, from) in numbers.iter_mut().zip(all) {
                    if let Some((_, from)) = from {
                        *to = from[number];
                    }
                }
                number += 1;
            }
        }
    }
}

/// `[P, 1, D]` or, before the first step, `[P, 1, 1]` as `D` numbers for each member.
fn spread(rows: &Tensor<3>, size: usize) -> Vec<f64> {
    let members = rows.dims()[0];
    device::values(rows.clone().expand([members, 1, size]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Default, Value};
    use crate::spec::Precision;

    fn choice(entry: &'static Entry, given: &[(&str, f64)]) -> Choice {
        let mut choice = Choice::defaults(entry);
        for (key, value) in given {
            let index = entry.params.iter().position(|p| p.key == *key).unwrap();
            let is_flag = matches!(entry.params[index].default, Default::Flag(_));
            choice.values[index] =
                Some(if is_flag { Value::Flag(*value != 0.0) } else { Value::Real(*value) });
        }
        choice
    }

    fn plain(method: Choice) -> spec::Optimizer {
        let schedule = Choice::defaults(&super::super::schedule::constant::THIS.entry);
        spec::Optimizer {
            method,
            schedule,
            weight_decay: 0.0,
            l1: 0.0,
            l2: 0.0,
            clip_norm: None,
            clip_value: None,
        }
    }

    /// One member with parameters `w` and these gradients in turn; the parameters after each step.
    fn run<const D: usize>(
        optimizer: &spec::Optimizer,
        is_weight: [f64; D],
        w: [f64; D],
        gradients: &[[f64; D]],
    ) -> Vec<Vec<f64>> {
        let mut method = Method::new(&[optimizer], &is_weight, Precision::F64);
        let tensor = |values: &[f64]| device::tensor(values, [1, 1, D], Precision::F64);
        let mut w = tensor(&w);
        let step = |(step, g): (u64, &[f64; D])| {
            w = method.update(w.clone(), tensor(g), &[1.0], &[step]);
            device::values(w.clone())
        };
        (1..).zip(gradients).map(step).collect()
    }

    #[track_caller]
    fn close(ours: &[f64], theirs: &[f64]) {
        for (ours, theirs) in ours.iter().zip(theirs) {
            assert!((ours - theirs).abs() <= 1e-12, "{ours} is not {theirs}");
        }
    }

    /// From w = [1, -2] with gradients [0.5, -0.3], [-0.2, 0.8], [0.1, 0.1]. Tolerance: references are printed to full
    /// precision and a step is a dozen roundings of numbers of order 1.
    #[track_caller]
    pub(super) fn check(
        member: &'static Optimizer,
        given: &[(&str, f64)],
        weight_decay: f64,
        expected: [[f64; 2]; 3],
    ) {
        let optimizer = spec::Optimizer { weight_decay, ..plain(choice(&member.entry, given)) };
        let steps = run(&optimizer, [1.0, 0.0], [1.0, -2.0], &[[0.5, -0.3], [-0.2, 0.8], [0.1, 0.1]]);
        for (ours, theirs) in steps.iter().zip(expected) {
            close(ours, &theirs);
        }
    }

    /// By hand: with sgd at rate 1 the step is the gradient that reaches it.
    #[test]
    fn penalties_clipping_and_decay_in_this_order() {
        let sgd = || plain(choice(&sgd::THIS.entry, &[("learning_rate", 1.0)]));
        let step = |optimizer: &spec::Optimizer| {
            // A weight, a weight at 0, and a bias; the gradient has norm 13.
            let w = run(optimizer, [1.0, 1.0, 0.0], [2.0, 0.0, -3.0], &[[3.0, 4.0, 12.0]]);
            [2.0 - w[0][0], -w[0][1], -3.0 - w[0][2]]
        };
        close(&step(&spec::Optimizer { l1: 0.5, ..sgd() }), &[3.5, 4.0, 12.0]);
        close(&step(&spec::Optimizer { l2: 0.5, ..sgd() }), &[5.0, 4.0, 12.0]);
        close(&step(&spec::Optimizer { weight_decay: 0.5, ..sgd() }), &[4.0, 4.0, 10.5]);
        close(&step(&spec::Optimizer { clip_value: Some(3.5), ..sgd() }), &[3.0, 3.5, 3.5]);
        close(&step(&spec::Optimizer { clip_norm: Some(20.0), ..sgd() }), &[3.0, 4.0, 12.0]);
        let scale = 1.3 / (13.0 + 1e-6);
        let clipped = spec::Optimizer { clip_norm: Some(1.3), ..sgd() };
        close(&step(&clipped), &[3.0 * scale, 4.0 * scale, 12.0 * scale]);
        // l2 joins before clipping, weight decay after it.
        close(&step(&spec::Optimizer { l2: 0.5, clip_value: Some(4.5), ..sgd() }), &[4.5, 4.0, 4.5]);
        let decay = spec::Optimizer { weight_decay: 0.5, clip_value: Some(3.5), ..sgd() };
        close(&step(&decay), &[4.0, 3.5, 2.0]);
    }

    /// PyTorch 2.15.0 in float64: each step of its optimizer, at the rate 0.1 and along the same gradients, times the parameter.
    #[test]
    fn a_multiplicative_step_is_what_the_optimizer_steps_times_the_parameter() {
        let steps = |name: &str, given: &[(&str, f64)]| {
            let entry = &ALL.iter().find(|o| o.entry.name == name).unwrap().entry;
            let optimizer = plain(choice(entry, &[&[("learning_rate", 0.1)], given].concat()));
            let wrong = Some(spec::Update::Multiplicative);
            let mut method = Method::new(&[&optimizer], &[1.0, 1.0], Precision::F64).with_fault(wrong);
            let tensor = |values: &[f64]| device::tensor(values, [1, 1, 2], Precision::F64);
            let mut w = tensor(&[1.0, -2.0]);
            let gradients = [[0.5, -0.3], [-0.2, 0.8], [0.1, 0.1]];
            for (step, g) in (1..).zip(&gradients) {
                w = method.update(w.clone(), tensor(g), &[1.0], &[step]);
            }
            device::values(w)
        };
        close(&steps("sgd", &[]), &[0.95931, -1.876248]);
        close(&steps("sgd", &[("momentum", 0.9)]), &[0.8961468749999999, -1.838257686]);
        close(&steps("adam", &[]), &[0.8359302969167448, -2.0084767949657296]);
    }

    /// Minimises `f` from `w` with a learning rate that falls along half a cosine; gives the last parameters.
    fn minimise(
        method: &Choice,
        mut w: [f64; 2],
        steps: usize,
        gradient: fn([f64; 2]) -> [f64; 2],
    ) -> [f64; 2] {
        let mut optimizer = Method::new(&[&plain(method.clone())], &[1.0, 1.0], Precision::F64);
        for step in 0..steps {
            let factor = 0.5 + 0.5 * libm::cos(std::f64::consts::PI * step as f64 / steps as f64);
            let tensor = |values: [f64; 2]| device::tensor(&values, [1, 1, 2], Precision::F64);
            let at = &[step as u64 + 1];
            let next = device::values(optimizer.update(tensor(w), tensor(gradient(w)), &[factor], at));
            w = [next[0], next[1]];
        }
        w
    }

    /// A learning rate, and what else differs from the defaults, for each member.
    fn tuned(entry: &'static Entry) -> Choice {
        let given: &[(&str, f64)] = match entry.name {
            "sgd" => &[("learning_rate", 1e-3), ("momentum", 0.9)],
            "adagrad" => &[("learning_rate", 0.3)],
            "adadelta" => &[],
            "lion" => &[("learning_rate", 1e-2)],
            _ => &[("learning_rate", 0.05)],
        };
        choice(entry, given)
    }

    #[test]
    fn every_optimizer_finds_the_bottom_of_a_parabola() {
        for member in ALL {
            let w = minimise(&tuned(&member.entry), [1.5, -1.0], 2000, |[a, b]| [2.0 * a, 8.0 * b]);
            assert!(w[0].abs() < 1e-2 && w[1].abs() < 1e-2, "{}: {w:?}", member.entry.name);
        }
    }

    /// Rosenbrock's `(1 - a)² + 100 (b - a²)²`, least at (1, 1).
    #[test]
    fn every_optimizer_follows_the_valley_of_rosenbrock() {
        for member in ALL {
            let gradient = |[a, b]: [f64; 2]| {
                let across = b - a * a;
                [-2.0 * (1.0 - a) - 400.0 * a * across, 200.0 * across]
            };
            let w = minimise(&tuned(&member.entry), [-0.5, 0.5], 6000, gradient);
            let error = (w[0] - 1.0).abs().max((w[1] - 1.0).abs());
            assert!(error < 0.05, "{}: {w:?}", member.entry.name);
        }
    }
}
