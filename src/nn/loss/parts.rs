//! What several losses have in common: sides of an absolute error, and the margins of the hinge losses.
//!
//! It holds no entry, so members of the family need not know one another.

use burn::tensor::Tensor;

use super::super::activation::row_sum;
use super::{On, Terms};
use crate::catalog::Choice;
use crate::kernel::{Lanes, MixTerms, Row};

/// Above its target or not, for each output: the sides of a loss with a kink at the target.
pub(super) fn at_target(a: &[f64], y: &[f64], _: &Choice) -> Vec<bool> {
    a.iter().zip(y).map(|(a, y)| a > y).collect()
}

/// `Σ_j (1 - y_j) max(0, m_j)`, or with the squares of the maxima, where `m_j = a_j - Σ_k y_k a_k + margin`.
///
/// With one class per row that is the sum over all other classes, and `Σ_k y_k a_k` the score of the true one. The sum leaves out what
/// is off.
pub(super) fn hinge(a: &Tensor<3>, y: &Tensor<3>, on: On<'_>, margin: Tensor<3>, is_squared: bool) -> Terms {
    let own = row_sum(a.clone() * y.clone());
    let m = a.clone() - own + margin;
    let others = y.clone().neg().add_scalar(1.0);
    let others = if let Some(on) = on { others * on.clone() } else { others };
    // NaN is not at most 0, so it stays and the value is NaN too.
    let violated = others.mask_fill(m.clone().lower_equal_scalar(0.0), 0.0);
    let excess = violated.clone() * m.clone();
    let (value, push) =
        if is_squared { (excess.clone() * m, excess.mul_scalar(2.0)) } else { (excess, violated) };
    let pull = row_sum(push.clone());
    Terms { value, gradient: push - y.clone() * pull }
}

/// [`hinge`] for the fused engine; its number is the margin.
pub(super) struct Hinge<const SQUARED: bool>;

impl<const SQUARED: bool> MixTerms for Hinge<SQUARED> {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, a: &mut Row<'_, L>, y: &mut Row<'_, L>, n: &[L::F]) -> L::F {
        excess::<L, SQUARED>(l, a, y, n[0], |_| l.splat(1.0))
    }

    #[inline(always)]
    fn among<L: Lanes>(l: L, a: &mut Row<'_, L>, y: &mut Row<'_, L>, on: &Row<'_, L>, n: &[L::F]) -> L::F {
        excess::<L, SQUARED>(l, a, y, n[0], |unit| on.get(unit))
    }
}

/// Scores to derivatives; gives the sum. `on` is 1 for the units that count.
#[inline(always)]
fn excess<L: Lanes, const SQUARED: bool>(
    l: L,
    a: &mut Row<'_, L>,
    y: &Row<'_, L>,
    margin: L::F,
    on: impl Fn(usize) -> L::F,
) -> L::F {
    let zero = l.splat(0.0);
    let (mut own, mut value, mut pull) = (zero, zero, zero);
    for unit in 0..a.units() {
        own = l.fma(y.get(unit), a.get(unit), own);
    }
    for unit in 0..a.units() {
        let m = l.add(l.sub(a.get(unit), own), margin);
        let others = l.mul(on(unit), l.sub(l.splat(1.0), y.get(unit)));
        let violated = l.select(l.ge(zero, m), zero, others);
        let excess = l.mul(violated, m);
        let (term, push) =
            if SQUARED { (l.mul(excess, m), l.add(excess, excess)) } else { (excess, violated) };
        value = l.add(value, term);
        pull = l.add(pull, push);
        a.set(unit, push);
    }
    for unit in 0..a.units() {
        a.set(unit, l.fnma(y.get(unit), pull, a.get(unit)));
    }
    value
}

/// Whether each class violates the margin.
pub(super) fn violations(a: &[f64], y: &[f64], loss: &Choice) -> Vec<bool> {
    let margin = loss.number("margin");
    let own: f64 = a.iter().zip(y).map(|(a, y)| a * y).sum();
    a.iter().map(|a| a - own + margin > 0.0).collect()
}
