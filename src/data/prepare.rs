//! Preparing: gaps filled, features expanded and scaled, targets encoded, rows weighted. Everything is fitted on the training part.
//!
//! Changing a row outside the training part changes nothing but that row. Padding of sequences is never fitted on. It draws no random
//! numbers.

use std::borrow::Cow;

use crate::data::scale::{self, Affine, Columns};
use crate::data::sequence::is_real;
use crate::data::split::Assignment;
use crate::data::{Dataset, Prepared, Table, Targets, enlarge, polynomial};
use crate::spec::{self, Enlarge, Missing, Task, Weights};

/// Splits, fills, expands, scales, encodes. Order: imputation, enlarging, polynomial expansion, scaling, each on every time step alike.
///
/// `target_scale` applies to a regression only; labels and classes are never scaled. Class weights go to the training part only:
/// validation and test are measured as the rows come. With `each_step` there is a target for every time step, else that of the last;
/// then answers in padding have weight 0, and the target and mask of the first step that is there, so that every loss is defined on them.
pub fn prepare(dataset: &Dataset, spec: &spec::Data, assignment: &Assignment, each_step: bool) -> Prepared {
    let features = dataset.features();
    let lengths = |part: &[u32]| rows(&dataset.lengths, usize::from(!dataset.lengths.is_empty()), part);
    let raw = rows(&dataset.x, features * dataset.steps, &assignment.train);
    let train_lengths = lengths(&assignment.train);
    let train_answers = Answers::of(dataset, &assignment.train, each_step);
    let mut fitted = Fitted {
        fills: fills(dataset, &real(&raw, features, dataset.steps, &train_lengths), spec.missing),
        maps: Vec::new(),
        targets: target_maps(dataset, spec, &train_answers),
    };
    let inputs =
        |fitted: &Fitted, x: Vec<f64>| fitted.inputs(x, features, spec.enlarge.as_ref(), spec.polynomial);
    // Not scaled yet.
    let mut train = inputs(&fitted, raw);
    let width = train.len() / (assignment.train.len() * dataset.steps).max(1);
    let there = real(&train, width, dataset.steps, &train_lengths);
    fitted.maps = scale::fit(&spec.scale, &Columns { values: &there, width });
    drop(there);
    apply(&mut train, &fitted.maps);
    clear_padding(&mut train, width, dataset.steps, &train_lengths);
    let other = |part: &[u32]| {
        let mut x = inputs(&fitted, rows(&dataset.x, features * dataset.steps, part));
        clear_padding(&mut x, width, dataset.steps, &lengths(part));
        x
    };
    let seen = Labels { dataset, replaced: assignment.labels.as_deref() };
    let weights = class_weights(&seen, &spec.weights, &train_answers);
    let table = |x: Vec<f64>, part: &[u32], labels: &Labels<'_>, weights: &[f64]| Table {
        x,
        lengths: lengths(part),
        ..targets(labels, part, &Answers::of(dataset, part, each_step), &fitted.targets, weights)
    };
    let own = Labels { dataset, replaced: None };
    let optional =
        |part: &[u32], labels: &Labels<'_>| (!part.is_empty()).then(|| table(other(part), part, labels, &[]));
    Prepared {
        validation: optional(&assignment.validation, &seen),
        test: optional(&assignment.test, &own),
        train: table(train, &assignment.train, &seen, &weights),
        features: width,
        outputs: dataset.outputs(),
        steps: dataset.steps,
        answers: if each_step { dataset.steps } else { 1 },
        task: dataset.task,
        target_shift_scale: fitted.targets.iter().map(|m| (m.shift, m.scale)).collect(),
        fitted,
    }
}

/// Targets with the labels that a part sees.
struct Labels<'a> {
    dataset: &'a Dataset,
    /// In the places of the data's own, where some are replaced.
    replaced: Option<&'a [u32]>,
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
    /// Inputs of a network, `[rows × inputs]`, from encoded features `[rows × features]`: filled, enlarged, expanded, scaled.
    pub(super) fn inputs(
        &self,
        mut x: Vec<f64>,
        features: usize,
        larger: Option<&Enlarge>,
        degree: u32,
    ) -> Vec<f64> {
        fill(&mut x, &self.fills);
        let mut x = match larger {
            Some(how) => polynomial::expand(&enlarge::enlarge(&x, how), how.to[0] * how.to[1], degree),
            None => polynomial::expand(&x, features, degree),
        };
        apply(&mut x, &self.maps);
        x
    }
}

/// The chosen rows of a row-major matrix.
fn rows<T: Copy>(values: &[T], width: usize, chosen: &[u32]) -> Vec<T> {
    let mut out = Vec::with_capacity(width * chosen.len());
    for &row in chosen {
        out.extend_from_slice(&values[row as usize * width..(row as usize + 1) * width]);
    }
    out
}

/// The time steps of sequences that are there.
fn real<'a>(values: &'a [f64], width: usize, steps: usize, lengths: &[u32]) -> Cow<'a, [f64]> {
    if lengths.is_empty() {
        return Cow::Borrowed(values);
    }
    let there = values.chunks_exact(width.max(1)).enumerate();
    Cow::Owned(
        there.filter(|(place, _)| is_real(lengths, steps, *place)).flat_map(|(_, v)| v).copied().collect(),
    )
}

fn clear_padding(values: &mut [f64], width: usize, steps: usize, lengths: &[u32]) {
    for (place, step) in values.chunks_exact_mut(width.max(1)).enumerate() {
        if !is_real(lengths, steps, place) {
            step.fill(0.0);
        }
    }
}

/// The answers asked of a part: where each finds its target among all time steps of the data set.
struct Answers {
    /// In padding, the first step of its sequence that is there.
    places: Vec<usize>,
    /// Which of them are there; empty where all are, and where none can be padding.
    real: Vec<bool>,
}

impl Answers {
    fn of(dataset: &Dataset, part: &[u32], each_step: bool) -> Answers {
        let steps = dataset.steps;
        if !each_step {
            return Answers {
                places: part.iter().map(|row| (*row as usize + 1) * steps - 1).collect(),
                real: Vec::new(),
            };
        }
        let all = part.iter().flat_map(|row| (*row as usize * steps)..(*row as usize + 1) * steps);
        if dataset.lengths.is_empty() {
            return Answers { places: all.collect(), real: Vec::new() };
        }
        let first = |place: usize| (place / steps + 1) * steps - dataset.lengths[place / steps] as usize;
        let (mut places, mut real) = (Vec::new(), Vec::new());
        for place in all {
            places.push(place.max(first(place)));
            real.push(place >= first(place));
        }
        Answers { places, real }
    }

    fn there(&self) -> impl Iterator<Item = usize> + '_ {
        let is_there = |answer: usize| self.real.get(answer).copied().unwrap_or(true);
        self.places.iter().enumerate().filter(move |(answer, _)| is_there(*answer)).map(|(_, place)| *place)
    }

    /// What the answers have of `[places × width]`.
    fn pick(&self, values: &[f64], width: usize) -> Vec<f64> {
        self.places.iter().flat_map(|place| &values[place * width..][..width]).copied().collect()
    }
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

/// The scaling of each output, fitted on the answers asked for; empty unless a regression's targets are scaled.
fn target_maps(dataset: &Dataset, spec: &spec::Data, train: &Answers) -> Vec<Affine> {
    match &dataset.targets {
        Targets::Values { values, names }
            if dataset.task == Task::Regression && spec.target_scale.name() != "none" =>
        {
            let width = names.len();
            let train: Vec<f64> =
                train.there().flat_map(|place| &values[place * width..][..width]).copied().collect();
            scale::fit(&spec.target_scale, &Columns { values: &train, width: names.len() })
        }
        _ => Vec::new(),
    }
}

/// The weight of each class; empty when all are 1. A class that no answer of the training part has gets weight 0 under `balanced`.
fn class_weights(labels: &Labels<'_>, weights: &Weights, train: &Answers) -> Vec<f64> {
    let Targets::Classes { index, names } = &labels.dataset.targets else {
        return Vec::new();
    };
    let index = labels.replaced.unwrap_or(index);
    match weights {
        Weights::Equal => Vec::new(),
        Weights::Given(given) => {
            let weight = |name: &String| given.iter().find(|(n, _)| n == name).map_or(1.0, |(_, w)| *w);
            names.iter().map(weight).collect()
        }
        Weights::Balanced => {
            let mut counts = vec![0_usize; names.len()];
            train.there().for_each(|place| counts[index[place] as usize] += 1);
            let all: usize = counts.iter().sum();
            let weight = |&n: &usize| match n {
                0 => 0.0,
                n => all as f64 / (names.len() * n) as f64,
            };
            counts.iter().map(weight).collect()
        }
    }
}

/// Targets, masks, and weights of a part. Whether there are weights depends on the whole data set, so that it is the same for every seed.
fn targets(labels: &Labels<'_>, part: &[u32], answers: &Answers, maps: &[Affine], weights: &[f64]) -> Table {
    let dataset = labels.dataset;
    let (y, class) = match &dataset.targets {
        Targets::Classes { index, names } => {
            let index = labels.replaced.unwrap_or(index);
            let class: Vec<u32> = answers.places.iter().map(|&place| index[place]).collect();
            let mut y = vec![0.0; class.len() * names.len()];
            for (answer, &c) in class.iter().enumerate() {
                y[answer * names.len() + c as usize] = 1.0;
            }
            (y, class)
        }
        Targets::Values { values, names } => {
            let mut y = answers.pick(values, names.len());
            apply(&mut y, maps);
            (y, Vec::new())
        }
    };
    let mut weight: Vec<f64> = match weights {
        [] => vec![1.0; answers.real.len()],
        weights => class.iter().map(|&c| weights[c as usize]).collect(),
    };
    for (weight, real) in weight.iter_mut().zip(&answers.real) {
        *weight *= f64::from(u8::from(*real));
    }
    let mask =
        if dataset.mask.is_empty() { Vec::new() } else { answers.pick(&dataset.mask, dataset.outputs()) };
    let source_row = part.to_vec();
    Table { rows: part.len(), x: Vec::new(), lengths: Vec::new(), y, class, weight, mask, source_row }
}
