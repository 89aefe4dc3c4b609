//! The exponential function and what is built on its reduction: `e^x = 2^k · e^r` with `|r| ≤ ln 2 / 2`.
//!
//! The other functions of this module take the parts of that product, since what they add to it is exact in the parts.

use super::{EXPONENT, LN_2_HIGH, LN_2_LOW, Lanes, polynomial};

/// The smallest number whose exponential is not below 2^-126.
pub(super) const LEAST: f32 = -87.336_54;
/// The greatest number whose exponential is finite.
const GREATEST: f32 = 88.722_83;
/// Added to a number of smaller size than 2^22, leaves its nearest integer in the lowest bits; its own are 0 below bit 22.
const TO_INTEGER: f32 = 12_582_912.0;

/// `x = k ln 2 + r`: `r` and `k` in the place of an exponent. Both are meaningless where `|x| > 2^21`.
#[inline(always)]
pub(super) fn reduced<L: Lanes>(l: L, x: L::F) -> (L::F, L::I) {
    let shifted = l.fma(x, l.splat(std::f32::consts::LOG2_E), l.splat(TO_INTEGER));
    let k = l.sub(shifted, l.splat(TO_INTEGER));
    // The first difference is exact: both terms are multiples of 2^-24 where k is not 0.
    let r = l.fnma(k, l.splat(LN_2_HIGH), x);
    let r = l.fnma(k, l.splat(LN_2_LOW), r);
    (r, l.shift_left::<EXPONENT>(l.to_bits(shifted)))
}

/// `(e^r - 1 - r) / r²`.
#[inline(always)]
fn remainder<L: Lanes>(l: L, r: L::F) -> L::F {
    polynomial(l, r, [0.499_999_97, 0.166_665_46, 0.041_667_435, 0.008_366_265, 0.001_387_068])
}

/// `e^r` of a reduced `r`.
#[inline(always)]
pub(super) fn of_reduced<L: Lanes>(l: L, r: L::F) -> L::F {
    let one = l.splat(1.0);
    l.fma(l.fma(remainder(l, r), r, one), r, one)
}

/// `e^r - 1` of a reduced `r`. The square of `r`, which may be subnormal, is not formed.
#[inline(always)]
pub(super) fn of_reduced_minus_one<L: Lanes>(l: L, r: L::F) -> L::F {
    l.fma(l.mul(remainder(l, r), r), r, r)
}

/// `2^(k + more)`, where that is a normal number.
#[inline(always)]
pub(super) fn power<L: Lanes>(l: L, k: L::I, more: i32) -> L::F {
    l.of_bits(l.add_bits(k, l.splat_bits((127 + more) << EXPONENT)))
}

/// `a · 2^k` where `a` and the result are normal; meaningless elsewhere, where `a` is NaN as well.
#[inline(always)]
pub(super) fn scaled<L: Lanes>(l: L, a: L::F, k: L::I) -> L::F {
    l.of_bits(l.add_bits(l.to_bits(a), k))
}

/// `e^x` for `x ≤ 0`, 0 below 2^-126; meaningless where `x` is NaN or above 88.
#[inline(always)]
pub(super) fn of_negative<L: Lanes>(l: L, x: L::F) -> L::F {
    let (r, k) = reduced(l, x);
    let y = scaled(l, of_reduced(l, r), k);
    l.only(l.ge(x, l.splat(LEAST)), y)
}

/// `e^x`, within 1 ulp (measured over all `f32`: 0.92).
///
/// 0 where that is below 2^-126; infinite exactly where the correctly rounded result is. `exp(0) = 1`.
#[inline(always)]
pub fn exp<L: Lanes>(l: L, x: L::F) -> L::F {
    let y = of_negative(l, x);
    // Infinite above, NaN where x is.
    let above = l.add(x, l.splat(f32::INFINITY));
    l.select(l.ge(l.splat(GREATEST), x), y, above)
}

/// The smallest number whose exponential is not below [`FLUSHED`](super::super::FLUSHED).
pub(super) const LEAST_KEPT: f32 = -69.077_55;

/// `flush(exp(x))` for `x ≤ 0`, bit for bit, in fewer operations; NaN stays.
#[inline(always)]
pub fn flushed_exp<L: Lanes>(l: L, x: L::F) -> L::F {
    let (r, k) = reduced(l, x);
    let y = scaled(l, of_reduced(l, r), k);
    // 0 below, NaN where x is: the second number where the first is not larger.
    l.select(l.ge(x, l.splat(LEAST_KEPT)), y, l.max(l.splat(0.0), x))
}

/// `e^x - 1`, within 2 ulp (measured over all `f32`: 1.57), of numbers near 0 as well.
///
/// Infinite exactly where the correctly rounded result is; -1 from about -17 downwards.
#[inline(always)]
pub fn exp_minus_one<L: Lanes>(l: L, x: L::F) -> L::F {
    // Beyond these the result no longer changes. NaN passes as the second operand.
    let x = l.min(l.splat(89.0), l.max(l.splat(-20.0), x));
    let (r, k) = reduced(l, x);
    // Half of it, since 2^128 is no number: 2^(k - 1) (e^r - 1) + (2^(k - 1) - 1/2), where the bracket is exact.
    let half = power(l, k, -1);
    let y = l.fma(of_reduced_minus_one(l, r), half, l.sub(half, l.splat(0.5)));
    l.add(y, y)
}
