//! Configurations of networks for tests, built without an experiment file.
//!
//! Sections that networks do not read hold placeholders.

use std::sync::Arc;

use runner::catalog::{Choice, Default, Entry, Facts, Family, Kind, TargetRow, Value};
use runner::diagnostic::{SourceId, Span};
use runner::nn::{self, Parameter, Shape};
use runner::rng::{self, Purpose};
use runner::spec::{self, Bias, Configuration, Engine, Layer, Model, Pairing, Precision, Reduction};

pub(crate) fn entry(family: Family, name: &str) -> &'static Entry {
    let found = nn::entries().into_iter().find(|e| e.family == family && e.name == name);
    found.unwrap_or_else(|| panic!("no {} `{name}`", family.name()))
}

/// A member with its defaults, except for these.
pub(crate) fn choice(family: Family, name: &str, given: &[(&str, f64)]) -> Choice {
    let mut choice = Choice::defaults(entry(family, name));
    for (key, value) in given {
        set(&mut choice, key, *value);
    }
    choice
}

/// Sets a number, or a flag (0 is false).
pub(crate) fn set(choice: &mut Choice, key: &str, value: f64) {
    let index = choice.entry.params.iter().position(|p| p.key == key);
    let index = index.unwrap_or_else(|| panic!("`{}` has no `{key}`", choice.name()));
    choice.values[index] = Some(match choice.entry.params[index].default {
        Default::Flag(_) => Value::Flag(value != 0.0),
        Default::Count(_) => Value::Count(value as u64),
        _ => Value::Real(value),
    });
}

pub(crate) fn activation(name: &str) -> Choice {
    choice(Family::Activation, name, &[])
}

pub(crate) fn loss(name: &str) -> Choice {
    choice(Family::Loss, name, &[])
}

pub(crate) fn layer(units: usize, activation: Choice) -> Layer {
    Layer {
        units,
        activation,
        init: choice(Family::Initializer, "glorot_normal", &[]),
        bias_init: choice(Family::Initializer, "uniform", &[("low", -0.5), ("high", 0.5)]),
        recurrent_init: choice(Family::Initializer, "orthogonal", &[]),
        bias: Bias::Unit,
        dropout: 0.0,
    }
}

pub(crate) fn optimizer(name: &str, given: &[(&str, f64)]) -> spec::Optimizer {
    spec::Optimizer {
        method: choice(Family::Optimizer, name, given),
        schedule: choice(Family::Schedule, "constant", &[]),
        weight_decay: 0.0,
        l1: 0.0,
        l2: 0.0,
        clip_norm: None,
        clip_value: None,
    }
}

#[derive(Clone)]
pub(crate) struct Setup {
    pub(crate) hidden: Vec<Layer>,
    pub(crate) output: Choice,
    pub(crate) loss: Choice,
    pub(crate) reduction: Reduction,
    pub(crate) recurrent: Option<spec::Recurrent>,
    pub(crate) output_bias: Bias,
    pub(crate) fault: spec::Fault,
    pub(crate) has_mask: bool,
    pub(crate) masking: spec::Masking,
    pub(crate) optimizer: spec::Optimizer,
    pub(crate) precision: Precision,
    pub(crate) engine: Engine,
}

impl Setup {
    /// 5 tanh units, softmax with cross-entropy, sgd at 0.1, f64.
    pub(crate) fn new() -> Setup {
        Setup {
            hidden: vec![layer(5, activation("tanh"))],
            output: activation("softmax"),
            loss: loss("cross_entropy"),
            reduction: Reduction::Mean,
            recurrent: None,
            output_bias: Bias::Unit,
            fault: spec::Fault::default(),
            has_mask: false,
            masking: spec::Masking::Logits,
            optimizer: optimizer("sgd", &[("learning_rate", 0.1)]),
            precision: Precision::F64,
            engine: Engine::Auto,
        }
    }

    pub(crate) fn configuration(&self) -> Configuration {
        let unused = || activation("identity");
        let span = Span { source: SourceId(0), range: 0..0 };
        let data = spec::Data {
            source: spec::Source::Generator { choice: unused(), span },
            target: Vec::new(),
            features: Vec::new(),
            ignore: Vec::new(),
            sequence: None,
            time: None,
            mask: if self.has_mask { vec!["mask".into()] } else { Vec::new() },
            categorical: Vec::new(),
            encoding: spec::Encoding::OneHot,
            task: None,
            scale: unused(),
            target_scale: unused(),
            enlarge: None,
            polynomial: 1,
            missing: spec::Missing::Error,
            limit: None,
            split: spec::Split::None,
            weights: spec::Weights::Equal,
            label_noise: 0.0,
            places: spec::Places::default(),
        };
        let model = Model {
            hidden: self.hidden.clone(),
            recurrent: self.recurrent,
            output_init: choice(Family::Initializer, "glorot_normal", &[]),
            output_bias_init: choice(Family::Initializer, "uniform", &[("low", -0.5), ("high", 0.5)]),
            output_bias: self.output_bias,
            precision: self.precision,
        };
        let pairing = Pairing {
            activation: self.output.clone(),
            loss: self.loss.clone(),
            reduction: self.reduction,
            masking: self.masking,
        };
        let train = spec::Train {
            budget: spec::Budget::Epochs(1),
            batch: spec::Batch::Full,
            sampling: spec::Sampling::Sequential,
            vary: Vec::new(),
            early_stop: None,
            stop_when: None,
            checkpoint: None,
            stop_hopeless: false,
            engine: self.engine,
        };
        Configuration {
            data: Arc::new(data),
            model: Arc::new(model),
            pairing: Arc::new(pairing),
            optimizer: Arc::new(self.optimizer.clone()),
            train: Arc::new(train),
            fault: Arc::new(self.fault.clone()),
        }
    }
}

/// Samples of one member.
#[derive(Clone)]
pub(crate) struct Samples {
    pub(crate) shape: Shape,
    /// `[rows, features]`.
    pub(crate) x: Vec<f64>,
    /// `[rows, outputs]`.
    pub(crate) y: Vec<f64>,
}

pub(crate) fn flat(parameters: &[Parameter]) -> Vec<f64> {
    parameters.iter().flat_map(|p| p.values.iter().copied()).collect()
}

pub(crate) fn family(family: Family) -> impl Iterator<Item = &'static Entry> {
    nn::entries().into_iter().filter(move |e| e.family == family)
}

/// Optimizers that step from the gradient of a batch: those that the fused engine can run.
pub(crate) fn steppers() -> impl Iterator<Item = &'static Entry> {
    family(Family::Optimizer).filter(|e| !matches!(e.facts, Facts::LineSearch))
}

/// Deterministic numbers in [-1, 1) that are not special for any loss.
pub(crate) fn numbers(seed: u64, count: usize) -> Vec<f64> {
    let mut stream = rng::stream(seed, Purpose::Data, 0);
    (0..count).map(|_| stream.uniform(-1.0, 1.0)).collect()
}

/// Choices of a member with each flag and word of its structural parameters that is not the default.
pub(crate) fn variants_of_words(entry: &'static Entry) -> Vec<Choice> {
    let mut found = Vec::new();
    for (at, param) in entry.params.iter().enumerate() {
        let values = match (param.kind, param.default) {
            (Kind::Choice(words), default) => {
                let others = words.iter().filter(|word| default != Default::Word(word));
                others.map(|word| Value::Text((*word).to_string())).collect()
            }
            (Kind::Flag, Default::Flag(default)) => vec![Value::Flag(!default)],
            _ => Vec::new(),
        };
        for value in values {
            let mut choice = Choice::defaults(entry);
            choice.values[at] = Some(value);
            found.push(choice);
        }
    }
    found
}

/// An output activation whose values a loss takes.
pub(crate) fn output_for(loss: &Entry) -> &'static str {
    match loss.facts {
        Facts::Loss { distribution: true, .. } => "softmax",
        Facts::Loss { accepts, .. } if accepts.low.is_finite() => "sigmoid",
        _ => "identity",
    }
}

/// Targets that a loss is defined on: a distribution per row, numbers in [0, 1], stretches of equal numbers, or any.
pub(crate) fn targets(loss: &Entry, seed: u64, rows: usize, outputs: usize) -> Vec<f64> {
    let Facts::Loss { targets, row, .. } = loss.facts else { panic!() };
    let mut y = numbers(seed, rows * outputs);
    if matches!(row, TargetRow::Class | TargetRow::Shares) {
        for row in y.chunks_mut(outputs) {
            row.iter_mut().for_each(|v| *v = v.abs() + 0.05);
            let sum: f64 = row.iter().sum();
            row.iter_mut().for_each(|v| *v /= sum);
        }
    } else if row == TargetRow::Signal {
        y.iter_mut().for_each(|v| *v = (*v * 2.0).round() / 2.0);
    } else if targets.high == 1.0 {
        y.iter_mut().for_each(|v| *v = v.abs());
    }
    y
}

/// The bits of numbers, for comparisons that no rounding may slip through.
pub(crate) trait Bits {
    fn map_bits(self) -> Vec<u64>;
}

impl Bits for Vec<f64> {
    fn map_bits(self) -> Vec<u64> {
        self.into_iter().map(f64::to_bits).collect()
    }
}
