//! Natural logarithms: `ln x = e ln 2 + ln(1 + f)` with `1 + f` between `√½` and `√2`.
//!
//! Other bases are not provided.

use super::{EXPONENT, LN_2_HIGH, LN_2_LOW, Lanes, polynomial};

/// The bits of the `f32` next to `√½`.
const ROOT_HALF: i32 = 0x3F35_04F3;

/// `e` such that `x / 2^e` is in `[√½, √2)`, for normal `x > 0`.
#[inline(always)]
fn exponent<L: Lanes>(l: L, x: L::F) -> L::I {
    l.shift_right::<EXPONENT>(l.sub_bits(l.to_bits(x), l.splat_bits(ROOT_HALF)))
}

/// `(ln(1 + f) - f) / f` for `1 + f` between `√½` and `√2`.
#[inline(always)]
fn remainder<L: Lanes>(l: L, f: L::F) -> L::F {
    let h = polynomial(
        l,
        f,
        [
            -0.499_999_88,
            0.333_333_25,
            -0.250_016_1,
            0.200_020_05,
            -0.166_084_11,
            0.141_808_52,
            -0.132_480_62,
            0.129_129_47,
            -0.076_190_83,
        ],
    );
    l.mul(h, f)
}

/// `y`, but what a logarithm of `x` is where `x` is at `zero`, below it, infinite, or NaN.
#[inline(always)]
fn with_ends<L: Lanes>(l: L, x: L::F, zero: f32, y: L::F) -> L::F {
    let y = l.select(l.gt(l.splat(f32::INFINITY), x), y, x);
    let zero = l.splat(zero);
    let outside = l.select(l.eq(x, zero), l.splat(f32::NEG_INFINITY), l.splat(f32::NAN));
    l.select(l.gt(x, zero), y, outside)
}

/// The natural logarithm, within 1 ulp (measured over all `f32`: 0.92), of subnormal numbers as well.
///
/// `ln 0 = -∞`, NaN below 0, `ln 1 = 0`.
#[inline(always)]
pub fn ln<L: Lanes>(l: L, x: L::F) -> L::F {
    // The bits of a subnormal number, read as an integer, are what 2^-149 multiplies.
    let subnormal = l.gt(l.splat(f32::MIN_POSITIVE), x);
    let v = l.select(subnormal, l.to_numbers(l.to_bits(x)), x);
    let e = exponent(l, v);
    let m = l.of_bits(l.sub_bits(l.to_bits(v), l.shift_left::<EXPONENT>(e)));
    let f = l.sub(m, l.splat(1.0));
    let e = l.add(l.to_numbers(e), l.select(subnormal, l.splat(-149.0), l.splat(0.0)));
    with_ends(l, x, 0.0, precise(l, e, f))
}

/// `ln(x)` for `x ≥ 2^-126`, bit for bit, in fewer operations; infinity and NaN stay.
#[inline(always)]
pub fn ln_of_normal<L: Lanes>(l: L, x: L::F) -> L::F {
    let e = exponent(l, x);
    let m = l.of_bits(l.sub_bits(l.to_bits(x), l.shift_left::<EXPONENT>(e)));
    let y = precise(l, l.to_numbers(e), l.sub(m, l.splat(1.0)));
    l.select(l.gt(l.splat(f32::INFINITY), x), y, x)
}

/// `e ln 2 + ln(1 + f)`.
#[inline(always)]
fn precise<L: Lanes>(l: L, e: L::F, f: L::F) -> L::F {
    // e ln 2 + f, and what its rounding lost: both differences are exact.
    let sum = l.fma(e, l.splat(LN_2_HIGH), f);
    let lost = l.sub(f, l.fnma(e, l.splat(LN_2_HIGH), sum));
    let low = l.fma(e, l.splat(LN_2_LOW), lost);
    l.add(sum, l.fma(remainder(l, f), f, low))
}

/// `e ln 2 + ln(1 + f)`. No product of two small numbers is formed, which might be subnormal.
#[inline(always)]
fn joined<L: Lanes>(l: L, e: L::F, f: L::F) -> L::F {
    let low = l.fma(e, l.splat(LN_2_LOW), f);
    l.fma(e, l.splat(LN_2_HIGH), l.fma(remainder(l, f), f, low))
}

/// `ln(1 + x)`, within 2 ulp (measured over all `f32`: 2.00, near ±2^-126), of numbers near 0 as well.
///
/// -∞ at -1 and NaN below.
#[inline(always)]
pub fn ln_one_plus<L: Lanes>(l: L, x: L::F) -> L::F {
    let e = exponent(l, l.add(l.splat(1.0), x));
    // (1 + x) / 2^e - 1 with one rounding: where x matters beside 1, the bracket is exact. The power is 4 / 2^e, since 2^-128
    // is no normal number.
    let power = l.of_bits(l.sub_bits(l.splat_bits(129 << EXPONENT), l.shift_left::<EXPONENT>(e)));
    let quarter = l.splat(0.25);
    let f = l.fma(l.mul(x, quarter), power, l.fma(power, quarter, l.splat(-1.0)));
    with_ends(l, x, -1.0, joined(l, l.to_numbers(e), f))
}
