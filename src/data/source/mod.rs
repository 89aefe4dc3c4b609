//! Sources: where rows come from. Generators are entries of the family `source`; files are read by format.
//!
//! A generator returns exact numbers that depend on its parameters only. It does not split, scale, or know the task:
//! [`load`](fn@crate::data::load) makes a [`crate::data::Dataset`] of what it returns.

use crate::catalog::{Choice, Default, Entry, Kind, Param, Range, Role};
use crate::rng::{Purpose, Stream};

pub mod adding_problem;
pub mod and;
pub mod blobs;
pub mod circles;
pub mod copy_memory;
pub(crate) mod csv;
pub mod echo;
pub(crate) mod file;
pub(crate) mod idx;
pub mod moons;
pub(crate) mod npy;
pub mod or;
pub mod piecewise_constant;
pub mod polynomial;
pub mod rows;
pub mod sign_of_sum;
pub mod sine;
pub mod spiral;
pub mod xor;

/// All generators, in the order of the reference.
pub static ALL: &[&Generator] = &[
    &xor::THIS,
    &or::THIS,
    &and::THIS,
    &spiral::THIS,
    &moons::THIS,
    &circles::THIS,
    &blobs::THIS,
    &polynomial::THIS,
    &sine::THIS,
    &adding_problem::THIS,
    &copy_memory::THIS,
    &echo::THIS,
    &sign_of_sum::THIS,
    &rows::THIS,
    &piecewise_constant::THIS,
];

/// A member of the family: what is told about it, and how its rows are made.
#[derive(Debug)]
pub struct Generator {
    pub entry: Entry,
    pub make: fn(&Choice) -> Made,
}

/// Rows as a generator makes them, in its own order.
#[derive(Clone, Debug, PartialEq)]
pub struct Made {
    /// Features of a time step; they are named `x1`, `x2`, ... (`x` when there is one).
    pub features: usize,
    /// Time steps of a row; 1 where rows are no sequences.
    pub steps: usize,
    /// `[rows × steps × features]`, row-major.
    pub x: Vec<f64>,
    /// `[rows × steps × outputs]`: class numbers or values; they are named `y1`, `y2`, ... (`y` when there is one).
    pub y: Vec<f64>,
    /// Names of the classes that `y` numbers; empty where the numbers are the names.
    pub classes: Vec<String>,
}

impl std::default::Default for Made {
    /// No rows yet, of one feature and one step.
    fn default() -> Made {
        Made { features: 1, steps: 1, x: Vec::new(), y: Vec::new(), classes: Vec::new() }
    }
}

impl Made {
    /// Targets of a time step.
    pub fn outputs(&self) -> usize {
        self.y.len() * self.features / self.x.len().max(1)
    }
}

/// Numbers that the features of all samples take, told before any is made; 0 where the experiment holds them already.
pub(crate) fn numbers(choice: &Choice) -> u128 {
    let has = |key: &str| choice.entry.params.iter().any(|p| p.key == key);
    if !has("samples") {
        return 0;
    }
    let features = if has("features") {
        choice.count("features")
    } else if has("outputs") {
        // As many features as outputs.
        choice.count("outputs")
    } else if has("symbols") {
        choice.count("symbols") + 2
    } else {
        2
    };
    let steps = if has("steps") {
        choice.count("steps")
    } else if has("length") {
        choice.count("delay") + 2 * choice.count("length")
    } else {
        1
    };
    [choice.count("samples"), features, steps].map(u128::from).iter().product()
}

/// The generator of an entry. Panics on an entry of another family: a bug in the caller.
pub fn generator(entry: &Entry) -> &'static Generator {
    ALL.iter()
        .find(|g| g.entry.name == entry.name)
        .unwrap_or_else(|| panic!("`{}` is not a generator", entry.name))
}

/// Most rows a generator makes.
pub const SAMPLES_MAX: u64 = 1_000_000;

const fn samples(min: u64, default: u64, docs: &'static str) -> Param {
    Param {
        key: "samples",
        kind: Kind::Count { min, max: SAMPLES_MAX },
        role: Role::Structural,
        default: Default::Count(default),
        docs,
    }
}

/// Longest sequence that a generator makes.
pub const STEPS_MAX: u64 = 10_000;

const fn steps(min: u64, default: u64, docs: &'static str) -> Param {
    whole("steps", min, STEPS_MAX, default, docs)
}

const fn noise(default: f64, docs: &'static str) -> Param {
    Param {
        key: "noise",
        kind: Kind::Real(Range::NON_NEGATIVE),
        role: Role::Structural,
        default: Default::Real(default),
        docs,
    }
}

const fn real(key: &'static str, range: Range, default: f64, docs: &'static str) -> Param {
    Param { key, kind: Kind::Real(range), role: Role::Structural, default: Default::Real(default), docs }
}

const fn whole(key: &'static str, min: u64, max: u64, default: u64, docs: &'static str) -> Param {
    Param {
        key,
        kind: Kind::Count { min, max },
        role: Role::Structural,
        default: Default::Count(default),
        docs,
    }
}

const SEED: Param = Param {
    key: "seed",
    kind: Kind::Count { min: 0, max: i64::MAX as u64 },
    role: Role::Structural,
    default: Default::Count(0),
    docs: "Seed of the rows themselves; the same rows serve every seed of `[train]`.",
};

/// The only stream a generator draws from.
fn stream(choice: &Choice) -> Stream {
    crate::rng::stream(choice.count("seed"), Purpose::Data, 0)
}

/// `count` numbers from `low` to `high`, both included; the single number is `low` (as NumPy's `linspace`).
fn even(low: f64, high: f64, count: usize) -> impl Iterator<Item = f64> {
    let step = if count > 1 { (high - low) / (count - 1) as f64 } else { 0.0 };
    (0..count).map(move |i| if i + 1 == count && count > 1 { high } else { low + step * i as f64 })
}

/// `samples` shared out over `groups`: sizes differ by at most one, the first groups get the larger.
fn shares(samples: usize, groups: usize) -> impl Iterator<Item = usize> {
    (0..groups).map(move |g| samples / groups + usize::from(g < samples % groups))
}

/// Adds Gaussian noise of standard deviation `noise` to every value, drawn value by value in row order; no draw when it is 0.
fn blur(values: &mut [f64], noise: f64, stream: &mut Stream) {
    if noise > 0.0 {
        for value in values {
            *value += noise * stream.normal();
        }
    }
}

/// The four rows (0,0), (0,1), (1,0), (1,1) over and over, with the target given by `gate`.
fn truth_table(choice: &Choice, gate: fn(bool, bool) -> bool) -> Made {
    let rows = choice.count("samples") as usize;
    let (mut x, mut y) = (Vec::with_capacity(2 * rows), Vec::with_capacity(rows));
    for row in 0..rows {
        let (a, b) = (row % 4 >= 2, row % 2 == 1);
        x.extend([f64::from(u8::from(a)), f64::from(u8::from(b))]);
        y.push(f64::from(u8::from(gate(a, b))));
    }
    blur(&mut x, choice.number("noise"), &mut stream(choice));
    Made { features: 2, x, y, ..Made::default() }
}

const GATE_PARAMS: &[Param] = &[
    samples(4, 4, "Rows; the four rows of the truth table are repeated in order. 4 gives the table itself."),
    noise(0.0, "Standard deviation of Gaussian noise added to both inputs; 0 gives exact zeros and ones."),
    SEED,
];

/// A curve `y = f(x)` at `rows` points of `[low, high]`: `low`, `high`, `spacing`, `noise` (on `y`), `seed`.
fn curve(choice: &Choice, rows: usize, f: impl Fn(f64) -> f64) -> Made {
    let (low, high) = (choice.number("low"), choice.number("high"));
    let mut draws = stream(choice);
    let x: Vec<f64> = if choice.text("spacing") == Some("random") {
        (0..rows).map(|_| draws.uniform(low, high)).collect()
    } else {
        even(low, high, rows).collect()
    };
    let mut y: Vec<f64> = x.iter().map(|&x| f(x)).collect();
    blur(&mut y, choice.number("noise"), &mut draws);
    Made { features: 1, x, y, ..Made::default() }
}

const SPACING: Param = Param {
    key: "spacing",
    kind: Kind::Choice(&["even", "random"]),
    role: Role::Structural,
    default: Default::Word("even"),
    docs: "Where the samples lie between `low` and `high`: evenly, ends included, or drawn uniformly.",
};

/// A generator's rows with its defaults and these parameters.
#[cfg(test)]
fn make(generator: &'static Generator, set: &[(&str, crate::catalog::Value)]) -> Made {
    let mut choice = Choice::defaults(&generator.entry);
    for (key, value) in set {
        let index = generator.entry.params.iter().position(|p| p.key == *key).unwrap();
        choice.values[index] = Some(value.clone());
    }
    (generator.make)(&choice)
}

/// Equal within 1e-15: one rounding of a sine or cosine of order 1.
#[cfg(test)]
fn check_close(found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (a, b) in found.iter().zip(expected) {
        assert!((a - b).abs() <= 1e-15, "{a} is not {b}");
    }
}
