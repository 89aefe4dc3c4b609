//! Splitting: which rows train, which choose, which judge. The family `split`.
//!
//! A split depends on the data set's targets, the seed, and the fold only; part sizes do not depend on the seed.
//! It moves no values: `prepare` copies the rows.

use crate::catalog::{Default, Entry, Kind, Param, Range, Role};
use crate::data::fault::{self, Faulty};
use crate::data::{Dataset, Targets};
use crate::diagnostic::{CLASS_TOO_SMALL, Diagnostic, EMPTY_PART};
use crate::rng::Stream;
use crate::spec::Split;
use crate::text;

pub mod holdout;
pub mod holdout_with_replacement;
pub mod k_fold;
pub mod none;
pub mod predefined;

/// All entries, in the order of the reference.
pub static ALL: &[&Entry] =
    &[&holdout::THIS, &none::THIS, &k_fold::THIS, &predefined::THIS, &holdout_with_replacement::THIS];

const fn share(key: &'static str, default: f64, docs: &'static str) -> Param {
    Param {
        key,
        kind: Kind::Real(Range::half_open(0.0, 1.0)),
        role: Role::Structural,
        default: Default::Real(default),
        docs,
    }
}

const STRATIFIED: Param = Param {
    key: "stratified",
    kind: Kind::Flag,
    role: Role::Structural,
    default: Default::Flag(true),
    docs: "Every part gets its share of each class (of sequences: the class at the last step), as evenly as whole rows allow. Without effect unless the task is classification.",
};

/// Rows (or sequences) of each part, ascending. Disjoint; together all rows of the data set, each once, but where
/// test rows are drawn with replacement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Assignment {
    pub train: Vec<u32>,
    pub validation: Vec<u32>,
    pub test: Vec<u32>,
    /// Classes that training and validation see in the places of the data's own, `[rows × steps]`; see [`super::label_noise`].
    pub labels: Option<Vec<u32>>,
}

/// Divides a data set from the seed alone.
///
/// `fold` is `(repeat, fold)`, both from 0, for a k-fold split and `None` for all others.
/// Whether it fails depends on neither seed nor fold, so one call at the start finds every fault:
/// a part that would be empty, or a class with too few rows.
pub fn split(
    dataset: &Dataset,
    split: &Split,
    seed: u64,
    fold: Option<(usize, usize)>,
) -> Faulty<Assignment> {
    match split {
        Split::None => Ok(none::assign(dataset.rows())),
        Split::Predefined { column } => predefined::assign(dataset, column),
        Split::HoldoutWithReplacement { test } => holdout_with_replacement::assign(dataset, *test, seed),
        Split::Holdout { test, validation, stratified } => {
            holdout::assign(dataset, [*test, *validation], *stratified, seed)
        }
        Split::KFold { folds, validation, stratified, .. } => {
            k_fold::assign(dataset, *folds, *validation, *stratified, seed, fold.unwrap_or((0, 0)))
        }
    }
}

/// Rows in groups that are divided evenly: one group per class when stratified, else one of all rows.
struct Groups {
    rows: Vec<Vec<u32>>,
    names: Vec<String>,
}

impl Groups {
    fn of(dataset: &Dataset, stratified: bool) -> Groups {
        match &dataset.targets {
            Targets::Classes { index, names } if stratified => {
                let mut rows = vec![Vec::new(); names.len()];
                // Of a sequence, the class at its last step.
                for (row, &class) in index.iter().skip(dataset.steps - 1).step_by(dataset.steps).enumerate() {
                    rows[class as usize].push(row as u32);
                }
                // At last steps not every class need occur.
                let (rows, names) =
                    rows.into_iter().zip(names.iter().cloned()).filter(|(rows, _)| !rows.is_empty()).unzip();
                Groups { rows, names }
            }
            _ => Groups { rows: vec![(0..dataset.rows() as u32).collect()], names: vec![String::new()] },
        }
    }

    fn shuffle(&mut self, stream: &mut Stream) {
        self.rows.iter_mut().for_each(|rows| stream.shuffle(rows));
    }

    fn sizes(&self) -> Vec<usize> {
        self.rows.iter().map(Vec::len).collect()
    }

    /// Takes `count` rows, from each group in proportion to its size; they are the last of the group.
    fn take(&mut self, count: usize) -> Vec<u32> {
        let quotas = apportion(count, &self.sizes());
        let taken = self.rows.iter_mut().zip(quotas).flat_map(|(rows, n)| rows.split_off(rows.len() - n));
        let mut taken: Vec<u32> = taken.collect();
        taken.sort_unstable();
        taken
    }

    /// The first class without a row, once rows have been taken.
    fn exhausted(&self) -> Option<&str> {
        self.rows.iter().position(Vec::is_empty).map(|class| self.names[class].as_str())
    }

    fn rest(self) -> Vec<u32> {
        let mut rest: Vec<u32> = self.rows.into_iter().flatten().collect();
        rest.sort_unstable();
        rest
    }
}

/// `count` divided in proportion to `sizes` by the largest-remainder method (A. Hamilton); ties go to the earlier group.
///
/// No group gets more than its size, since `count` is at most their sum. Exact: whole numbers only.
fn apportion(count: usize, sizes: &[usize]) -> Vec<usize> {
    let total: usize = sizes.iter().sum();
    if total == 0 {
        return vec![0; sizes.len()];
    }
    let exact = |size: usize| count as u128 * size as u128;
    let mut shares: Vec<usize> = sizes.iter().map(|&s| (exact(s) / total as u128) as usize).collect();
    let mut by_remainder: Vec<usize> = (0..sizes.len()).collect();
    by_remainder.sort_by_key(|&g| std::cmp::Reverse(exact(sizes[g]) % total as u128));
    let left = count - shares.iter().sum::<usize>();
    for &group in by_remainder.iter().take(left) {
        shares[group] += 1;
    }
    shares
}

/// A share of `rows` as a number of rows, halves away from zero.
fn rounded(share: f64, rows: usize) -> usize {
    ((share * rows as f64).round() as usize).min(rows)
}

/// A part whose share is positive must have a row, and so must the training part.
fn check_parts(rows: usize, parts: &[(&str, Option<usize>)]) -> Faulty<()> {
    let empty = parts.iter().filter(|(_, size)| *size == Some(0));
    let faults: Vec<Diagnostic> = empty
        .map(|(name, _)| {
            let title = format!("the {name} part would have none of the {}", text::count(rows, "row"));
            Diagnostic::error(&EMPTY_PART, title).help("change the shares in `split`, or use more rows")
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn class_too_small(class: &str, what: String) -> Diagnostic {
    Diagnostic::error(&CLASS_TOO_SMALL, format!("class `{}` {what}", fault::cut(class)))
        .help("use fewer folds or smaller shares, leave the class out, or set `stratified = false`")
}
