//! Elementary functions on lanes, within a few units in the last place and without a branch.
//!
//! Only the operations of [`Lanes`] are used, so that every machine gives the same bits; no platform's
//! library is asked. Each function states its greatest error in units in the last place of the exact result (ulp): the bound
//! that the tests hold it to, and what was measured over all bit patterns of `f32`. Results below 2^-126 are 0 where a
//! function decays, since subnormal numbers slow a processor down fifty times; where a function passes small arguments
//! through (`exp_minus_one`, `ln_one_plus`, `tanh`, `erf`) subnormal arguments pass. The sign of a zero is kept by `tanh` and
//! `erf` only. The polynomials are minimax fits to the weighted error of the function they serve, in coefficients of `f32`.

mod erf;
mod exp;
mod ln;
mod sigmoid;
#[cfg(test)]
mod tests;

pub use erf::{erf, normal_cdf};
pub use exp::{exp, exp_minus_one, flushed_exp};
pub use ln::{ln, ln_of_normal, ln_one_plus};
pub use sigmoid::{ln_one_plus_exp, logistic, tanh};

use super::lanes::Lanes;

/// `ln 2` is the sum of these two. The first ends in three zero bits, so that small multiples are exact.
const LN_2_HIGH: f32 = std::f32::consts::LN_2;
const LN_2_LOW: f32 = -1.904_654_2e-9;

/// Where the bits of an exponent begin.
const EXPONENT: u32 = 23;

/// `x²`, but at least 1e-30, which nothing here can tell from 0: the square of a small number would be subnormal.
#[inline(always)]
fn square<L: Lanes>(l: L, x: L::F) -> L::F {
    l.fma(x, x, l.splat(1e-30))
}

/// `c[0] + c[1] x + …`: by Horner's rule where it is short, else by the same rule in `x²` on pairs of terms, which waits half
/// as long for one operation more.
#[inline(always)]
fn polynomial<L: Lanes, const N: usize>(l: L, x: L::F, c: [f32; N]) -> L::F {
    let mut sum = l.splat(c[N - 1]);
    if N < 7 {
        for k in (0..N - 1).rev() {
            sum = l.fma(sum, x, l.splat(c[k]));
        }
        return sum;
    }
    let pair = |k: usize| l.fma(l.splat(c[k + 1]), x, l.splat(c[k]));
    let last = (N - 1) / 2 * 2;
    if N.is_multiple_of(2) {
        sum = pair(last);
    }
    let square = square(l, x);
    for k in (0..last).step_by(2).rev() {
        sum = l.fma(sum, square, pair(k));
    }
    sum
}

/// The size of `size`, which is not negative, under the sign of `sign`.
#[inline(always)]
fn with_sign<L: Lanes>(l: L, size: L::F, sign: L::F) -> L::F {
    let bit = l.and_bits(l.to_bits(sign), l.splat_bits(i32::MIN));
    l.of_bits(l.or_bits(l.to_bits(size), bit))
}
