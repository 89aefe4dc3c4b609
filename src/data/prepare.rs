//! Preparing: gaps filled, features expanded and scaled, targets encoded, rows weighted. Everything is fitted on the training part.
//!
//! Changing a row outside the training part changes nothing but that row. It draws no random numbers.

use crate::data::scale::{self, Affine, Columns};
use crate::data::split::Assignment;
use crate::data::{Dataset, Prepared, Table, Targets, polynomial};
use crate::spec::{self, Missing, Task, Weights};

/// Splits, fills, expands, scales, encodes. Order: imputation, polynomial expansion, scaling.
///
/// `target_scale` applies to a regression only; labels and classes are never scaled. Class weights go to the training part only:
/// validation and test are measured as the rows come. With `each_step` there is a target for every time step, else that of the last.
pub fn prepare(dataset: &Dataset, spec: &spec::Data, assignment: &Assignment, each_step: bool) -> Prepared {
    let features = dataset.features();
    let mut train = rows(&dataset.x, features, &assignment.train);
    let mut fitted = Fitted {
        fills: fills(dataset, &train, spec.missing),
        maps: Vec::new(),
        targets: target_maps(dataset, spec, &assignment.train),
    };
    // Not scaled yet.
    train = fitted.inputs(train, features, spec.polynomial);
    let width = train.len() / assignment.train.len().max(1);
    fitted.maps = scale::fit(&spec.scale, &Columns { values: &train, width });
    apply(&mut train, &fitted.maps);
    let other = |part: &[u32]| fitted.inputs(rows(&dataset.x, features, part), features, spec.polynomial);
    let weights = class_weights(dataset, &spec.weights, &assignment.train);
    let table =
        |x: Vec<f64>, part: &[u32], weights: &[f64]| table(dataset, x, part, &fitted.targets, weights);
    let optional = |part: &[u32]| (!part.is_empty()).then(|| table(other(part), part, &[]));
    Prepared {
        validation: optional(&assignment.validation),
        test: optional(&assignment.test),
        train: table(train, &assignment.train, &weights),
        features: width,
        outputs: dataset.outputs(),
        steps: dataset.steps,
        answers: if each_step { dataset.steps } else { 1 },
        task: dataset.task,
        target_shift_scale: fitted.targets.iter().map(|m| (m.shift, m.scale)).collect(),
        fitted,
    }
}

/// What preparing was fitted to.
#[derive(Clone, Debug, PartialEq)]
pub struct Fitted {
    /// What fills a gap in each feature; empty where gaps are faults, or their rows left out.
    pub fills: Vec<f64>,
    /// The scaling of each input; empty where there is none.
    pub maps: Vec<Affine>,
    /// The scaling of each target; empty where there is none.
    pub targets: Vec<Affine>,
}

impl Fitted {
    /// Inputs of a network, `[rows × inputs]`, from encoded features `[rows × features]`: filled, expanded, scaled.
    pub(super) fn inputs(&self, mut x: Vec<f64>, features: usize, degree: u32) -> Vec<f64> {
        fill(&mut x, &self.fills);
        let mut x = polynomial::expand(&x, features, degree);
        apply(&mut x, &self.maps);
        x
    }
}

/// The chosen rows of a row-major matrix.
fn rows(values: &[f64], width: usize, chosen: &[u32]) -> Vec<f64> {
    let mut out = Vec::with_capacity(width * chosen.len());
    for &row in chosen {
        out.extend_from_slice(&values[row as usize * width..(row as usize + 1) * width]);
    }
    out
}

/// What replaces a gap in each column, whether there is one or not; empty where gaps are not filled.
///
/// Numbers: mean or median of the training part. Categories: the most frequent there, ties to the first. A column without any value
/// in the training part is filled with 0.
fn fills(dataset: &Dataset, train: &[f64], missing: Missing) -> Vec<f64> {
    if !matches!(missing, Missing::Mean | Missing::Median) {
        return Vec::new();
    }
    let columns = Columns { values: train, width: dataset.features() };
    let present = |c: usize| -> Vec<f64> { columns.column(c).filter(|v| !v.is_nan()).collect() };
    let mut fills: Vec<f64> = (0..dataset.features())
        .map(|c| {
            let values = present(c);
            if missing == Missing::Median { median(values) } else { mean(&values) }
        })
        .collect();
    for group in &dataset.categorical {
        if group.len() == 1 {
            fills[group.start] = most_frequent(present(group.start));
            continue;
        }
        // The mean of a one-hot feature is its category's share.
        let share = |c: &usize| mean(&present(*c));
        let most = group.clone().fold(group.start, |best, c| if share(&c) > share(&best) { c } else { best });
        group.clone().for_each(|c| fills[c] = f64::from(u8::from(c == most)));
    }
    fills
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    match values.len() {
        0 => 0.0,
        n if n % 2 == 1 => values[n / 2],
        n => (values[n / 2 - 1] + values[n / 2]) / 2.0,
    }
}

fn most_frequent(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let mut best = (0, 0.0);
    for run in values.chunk_by(|a, b| a == b) {
        if run.len() > best.0 {
            best = (run.len(), run[0]);
        }
    }
    best.1
}

fn fill(x: &mut [f64], fills: &[f64]) {
    if !fills.is_empty() {
        for (index, value) in x.iter_mut().enumerate().filter(|(_, v)| v.is_nan()) {
            *value = fills[index % fills.len()];
        }
    }
}

fn apply(values: &mut [f64], maps: &[Affine]) {
    if !maps.is_empty() {
        for row in values.chunks_exact_mut(maps.len()) {
            row.iter_mut().zip(maps).for_each(|(v, map)| *v = map.apply(*v));
        }
    }
}

/// The scaling of each output; empty unless a regression's targets are scaled.
fn target_maps(dataset: &Dataset, spec: &spec::Data, train: &[u32]) -> Vec<Affine> {
    match &dataset.targets {
        Targets::Values { values, names }
            if dataset.task == Task::Regression && spec.target_scale.name() != "none" =>
        {
            let train = rows(values, names.len(), train);
            scale::fit(&spec.target_scale, &Columns { values: &train, width: names.len() })
        }
        _ => Vec::new(),
    }
}

/// The weight of each class; empty when all are 1. A class without training rows has weight 0 under `balanced`: no row asks for it.
fn class_weights(dataset: &Dataset, weights: &Weights, train: &[u32]) -> Vec<f64> {
    let Targets::Classes { index, names } = &dataset.targets else {
        return Vec::new();
    };
    match weights {
        Weights::Equal => Vec::new(),
        Weights::Given(given) => {
            let weight = |name: &String| given.iter().find(|(n, _)| n == name).map_or(1.0, |(_, w)| *w);
            names.iter().map(weight).collect()
        }
        Weights::Balanced => {
            let mut counts = vec![0_usize; names.len()];
            train.iter().for_each(|&row| counts[index[row as usize] as usize] += 1);
            let weight = |&n: &usize| match n {
                0 => 0.0,
                n => train.len() as f64 / (names.len() * n) as f64,
            };
            counts.iter().map(weight).collect()
        }
    }
}

fn table(dataset: &Dataset, x: Vec<f64>, part: &[u32], target_maps: &[Affine], weights: &[f64]) -> Table {
    let (y, class) = match &dataset.targets {
        Targets::Classes { index, names } => {
            let class: Vec<u32> = part.iter().map(|&row| index[row as usize]).collect();
            let mut y = vec![0.0; part.len() * names.len()];
            for (row, &c) in class.iter().enumerate() {
                y[row * names.len() + c as usize] = 1.0;
            }
            (y, class)
        }
        Targets::Values { values, names } => {
            let mut y = rows(values, names.len(), part);
            apply(&mut y, target_maps);
            (y, Vec::new())
        }
    };
    let weight = match weights {
        [] => Vec::new(),
        weights => class.iter().map(|&c| weights[c as usize]).collect(),
    };
    Table {
        rows: part.len(),
        x,
        lengths: Vec::new(),
        y,
        class,
        weight,
        mask: Vec::new(),
        source_row: part.to_vec(),
    }
}
