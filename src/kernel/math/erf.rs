//! The error function and the distribution function of the normal distribution.
//!
//! The complementary error function is not provided: it is `2 Φ(-√2 x)`.

use super::exp::{of_reduced, power, reduced, scaled};
use super::{Lanes, polynomial, square, with_sign};

/// Below, `erf` is an odd polynomial; above, one minus an exponential.
const SPLIT: f32 = 0.6;
/// The smallest number of which the normal distribution function is not below 2^-126.
const LEAST: f32 = -12.949_952;

/// The error function, within 2 ulp (measured over all `f32`: 1.56), of numbers near 0 as well; odd.
///
/// ±1 from about 3.9 outwards.
#[inline(always)]
pub fn erf<L: Lanes>(l: L, x: L::F) -> L::F {
    let size = l.min(l.splat(4.0), l.abs(x));
    let p = polynomial(
        l,
        square(l, size),
        [0.128_379_15, -0.376_124_44, 0.112_799_32, -0.026_595_686, 0.004_436_133_4],
    );
    let near = l.fma(size, p, size);

    let q = [
        3.023_415_2e-5,
        -1.128_685_5,
        -0.635_345_8,
        -0.105_667_75,
        0.023_125_61,
        -0.003_284_45,
        0.000_222_150_09,
    ];
    let (r, k) = reduced(l, polynomial(l, size, q));
    let far = l.sub(l.splat(1.0), scaled(l, of_reduced(l, r), k));
    with_sign(l, l.select(l.ge(size, l.splat(SPLIT)), far, near), x)
}

/// `Φ(x)`, the distribution function of the standard normal distribution, within 5 ulp (measured over all `f32`: 4.96, or 6e-7 of the result).
///
/// The bound is relative in the lower tail as well, down to 2^-126 at -12.95; 0 below that.
#[inline(always)]
pub fn normal_cdf<L: Lanes>(l: L, x: L::F) -> L::F {
    // Within these bounds the square is normal and the tail as well. NaN passes as the second operand.
    let size = l.max(l.splat(1e-9), l.min(l.splat(-LEAST), l.abs(x)));
    // The square in two parts: what its rounding loses would be magnified by its size.
    let high = l.mul(size, size);
    let low = l.fma(size, size, l.neg(high));
    let half = l.splat(0.5);
    let (r, k) = reduced(l, l.neg(l.mul(high, half)));
    let density = of_reduced(l, l.fnma(low, half, r));

    // Φ(-size) e^(size² / 2).
    let three = l.splat(3.0);
    let t = l.div(l.sub(size, three), l.add(size, three));
    let c = [
        0.121_513_95,
        -0.206_402_61,
        0.123_225_01,
        -0.046_213_36,
        0.006_132_291_6,
        0.002_904_903,
        -0.000_984_511,
        -0.000_340_315_46,
        0.000_116_346_695,
        5.447_587_3e-05,
    ];
    let tail = l.mul(l.mul(density, polynomial(l, t, c)), power(l, k, 0));
    let y = l.select(l.gt(x, l.splat(0.0)), l.sub(l.splat(1.0), tail), tail);
    l.select(l.gt(l.splat(LEAST), x), l.splat(0.0), y)
}
