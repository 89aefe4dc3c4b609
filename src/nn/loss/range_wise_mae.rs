//! Loss `range_wise_mae`: absolute error averaged within each stretch of equal targets.

use burn::tensor::Tensor;

use super::super::{Columns, device};
use super::parts::at_target;
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel::{self, Lanes, MixTerms, Row};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "range_wise_mae",
        family: Family::Loss,
        summary: "mean absolute error within each range of equal neighbouring targets, over the ranges of a row",
        docs: DOCS,
        params: &[Param {
            key: "ranges",
            kind: Kind::Choice(&["sum", "mean"]),
            role: Role::Structural,
            default: Default::Word("sum"),
            docs: "How the ranges of a row become one number.",
        }],
        facts: Facts::Loss {
            accepts: Range::REAL,
            targets: Range::REAL,
            row: TargetRow::Signal,
            distribution: false,
            fused_with: &[],
            has_kinks: true,
        },
    },
    plain: Some(terms),
    fused: None,
    lanes: Some(lanes),
    lanes_fused: None,
    sides: Some(at_target),
};

fn is_mean(loss: &Columns) -> bool {
    loss.text("ranges") == Some("mean")
}

/// A weighted absolute error, whose weights depend on the targets alone.
fn terms(a: &Tensor<3>, y: &Tensor<3>, on: On<'_>, loss: &Columns) -> Terms {
    let outputs = y.dims()[2];
    let targets = device::values(y.clone());
    let is_mean = is_mean(loss);
    let weights: Vec<f64> = match on.cloned().map(device::values) {
        None => targets.chunks(outputs).flat_map(|row| weights(row, is_mean)).collect(),
        Some(on) => {
            let rows = targets.chunks(outputs).zip(on.chunks(outputs));
            rows.flat_map(|(row, on)| weights_among(row, on, is_mean)).collect()
        }
    };
    let weights = device::tensor(&weights, y.dims(), loss.precision());
    let error = a.clone() - y.clone();
    Terms { value: error.clone().abs() * weights.clone(), gradient: error.sign() * weights }
}

/// One over the length of the range that each target lies in, and over their number for a mean.
fn weights(row: &[f64], is_mean: bool) -> Vec<f64> {
    let ranges: Vec<&[f64]> = row.chunk_by(|one, next| one == next).collect();
    let times = if is_mean { ranges.len() } else { 1 };
    ranges.iter().flat_map(|range| vec![1.0 / (range.len() * times) as f64; range.len()]).collect()
}

/// The same as if what is off were not there, whose weight is 0.
fn weights_among(row: &[f64], on: &[f64], is_mean: bool) -> Vec<f64> {
    let there: Vec<f64> = row.iter().zip(on).filter(|(_, on)| **on != 0.0).map(|(y, _)| *y).collect();
    let mut weights = weights(&there, is_mean).into_iter();
    on.iter().map(|on| if *on != 0.0 { weights.next().unwrap_or(0.0) } else { 0.0 }).collect()
}

fn lanes(loss: &Columns) -> kernel::Loss {
    if is_mean(loss) {
        kernel::Loss::mix_terms::<Form<true>>()
    } else {
        kernel::Loss::mix_terms::<Form<false>>()
    }
}

struct Form<const MEAN: bool>;

impl<const MEAN: bool> MixTerms for Form<MEAN> {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: &mut Row<'_, L>, y: &mut Row<'_, L>, _: &[L::F]) -> L::F {
        let always = l.eq(l.splat(0.0), l.splat(0.0));
        ranges::<L, MEAN>(l, a, y, |_| always)
    }

    #[inline(always)]
    fn among<L: Lanes>(l: L, a: &mut Row<'_, L>, y: &mut Row<'_, L>, on: &Row<'_, L>, _: &[L::F]) -> L::F {
        ranges::<L, MEAN>(l, a, y, |unit| l.gt(on.get(unit), l.splat(0.0)))
    }
}

/// Outputs to derivatives; gives the sum or mean over ranges of the units that are on.
///
/// Forward each target becomes its place in its range, counted from 1; so the last place of a range is its length, known when
/// the way back comes to it.
#[inline(always)]
fn ranges<L: Lanes, const MEAN: bool>(
    l: L,
    a: &mut Row<'_, L>,
    y: &mut Row<'_, L>,
    on: impl Fn(usize) -> L::M,
) -> L::F {
    let (zero, one) = (l.splat(0.0), l.splat(1.0));
    // Nothing is equal to NaN: the first unit begins a range.
    let (mut before, mut place, mut ranges) = (l.splat(f32::NAN), zero, zero);
    for unit in 0..a.units() {
        let (target, is_on) = (y.get(unit), on(unit));
        let goes_on = l.eq(target, before);
        place = l.select(is_on, l.add(l.only(goes_on, place), one), place);
        ranges = l.add(ranges, l.only(is_on, l.select(goes_on, zero, one)));
        before = l.select(is_on, target, before);
        a.set(unit, l.sub(a.get(unit), target));
        y.set(unit, l.only(is_on, place));
    }
    let (mut weight, mut left, mut value) = (zero, zero, zero);
    for unit in (0..a.units()).rev() {
        // `left` units of a range are still to come; where none is, the next that is on is the last of another.
        let (place, is_on) = (y.get(unit), on(unit));
        let length = if MEAN { l.mul(place, ranges) } else { place };
        let is_last = l.and(is_on, l.eq(left, zero));
        weight = l.select(is_last, l.div(one, length), weight);
        left = l.select(is_on, l.sub(place, one), left);
        let (error, own) = (a.get(unit), l.only(is_on, weight));
        value = l.fma(l.abs(error), own, value);
        a.set(unit, l.mul(l.sign(error), own));
    }
    value
}

const DOCS: &str = r#"### Formula

The targets of a row are cut into ranges: longest runs of equal neighbours. Within each range the mean of `|a - y|` is taken, and these are added up, or averaged with `ranges = "mean"`: one value per row. `reduction = "mean"` divides by rows.

So it is an absolute error in which every output weighs 1 / (length of its range), and with `"mean"` that over the number of ranges: weights that depend on the targets only. A range may have a single value; the derivative is 0 where `a = y`. Neighbours are equal when the numbers that the network sees are: rounded to `precision`, after `target_scale`. Values that are off (`data.mask`) are left out first: those on both sides of them are neighbours. A scale of its own for each output column makes equal neighbours differ; `divide` and `global_standardize` keep them equal.

### When to use

Signals that are constant in stretches, where short stretches should count as much as long ones. The sum over ranges is larger than `mae` by about the number of ranges times the outputs, over which `mae` divides: tune the learning rate anew. With noisy targets every value is a range of its own and the loss is a sum of absolute errors; round them first. One output makes it `mae`.

### Source

A question on segment-wise losses with targets of 2 to 12 ranges; there is no standard name. The reference values are of an independent NumPy program."#;

#[cfg(test)]
mod tests {
    use crate::catalog::Value;

    /// By hand. First row: ranges {0.5, -1} at 0 and {2} at 1; second: {0.1} at 0.4, {0.2} at 0.2, {-0.3} at 0.4.
    #[test]
    fn ranges_of_one_and_of_two() {
        let y = [0.0, 0.0, 1.0, 0.4, 0.2, 0.4];
        let gradient = [0.5, -0.5, 1.0, -1.0, 0.0, -1.0];
        super::super::tests::check(&super::THIS, &[], false, y, 0.75 + 1.0 + 0.3 + 0.7, gradient);
        let gradient = [0.25, -0.25, 0.5, -1.0 / 3.0, 0.0, -1.0 / 3.0];
        let mean = [("ranges", Value::Text("mean".into()))];
        super::super::tests::check(&super::THIS, &mean, false, y, 1.75 / 2.0 + 1.0 / 3.0, gradient);
    }
}
