//! Plain Rust: for machines without the instructions of the others, and the twin that tests hold them against.
//!
//! Where the processor has no fused multiply-add, each costs a call of a library function: exact, and a hundred times slower.

use super::{Lanes, Registers, WIDEST};

/// Four numbers in an array.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

const WIDTH: usize = 4;
type F = [f32; WIDTH];
type I = [i32; WIDTH];
type M = [bool; WIDTH];

#[inline(always)]
fn each<T>(f: impl FnMut(usize) -> T) -> [T; WIDTH] {
    std::array::from_fn(f)
}

impl Lanes for Portable {
    const WIDTH: usize = WIDTH;
    type F = F;
    type I = I;
    type M = M;

    #[inline(always)]
    fn splat(self, x: f32) -> F {
        [x; WIDTH]
    }
    #[inline(always)]
    fn add(self, a: F, b: F) -> F {
        each(|k| a[k] + b[k])
    }
    #[inline(always)]
    fn sub(self, a: F, b: F) -> F {
        each(|k| a[k] - b[k])
    }
    #[inline(always)]
    fn mul(self, a: F, b: F) -> F {
        each(|k| a[k] * b[k])
    }
    #[inline(always)]
    fn div(self, a: F, b: F) -> F {
        each(|k| a[k] / b[k])
    }
    #[inline(always)]
    fn sqrt(self, a: F) -> F {
        // Correctly rounded by IEEE 754, so that no platform's library is asked.
        each(|k| a[k].sqrt())
    }
    #[inline(always)]
    fn fma(self, a: F, b: F, c: F) -> F {
        each(|k| a[k].mul_add(b[k], c[k]))
    }
    #[inline(always)]
    fn fnma(self, a: F, b: F, c: F) -> F {
        each(|k| (-a[k]).mul_add(b[k], c[k]))
    }
    #[inline(always)]
    fn max(self, a: F, b: F) -> F {
        each(|k| if a[k] > b[k] { a[k] } else { b[k] })
    }
    #[inline(always)]
    fn min(self, a: F, b: F) -> F {
        each(|k| if a[k] < b[k] { a[k] } else { b[k] })
    }
    #[inline(always)]
    fn abs(self, a: F) -> F {
        each(|k| a[k].abs())
    }
    #[inline(always)]
    fn neg(self, a: F) -> F {
        each(|k| -a[k])
    }
    #[inline(always)]
    fn gt(self, a: F, b: F) -> M {
        each(|k| a[k] > b[k])
    }
    #[inline(always)]
    fn ge(self, a: F, b: F) -> M {
        each(|k| a[k] >= b[k])
    }
    #[inline(always)]
    fn eq(self, a: F, b: F) -> M {
        each(|k| a[k] == b[k])
    }
    #[inline(always)]
    fn and(self, a: M, b: M) -> M {
        each(|k| a[k] & b[k])
    }
    #[inline(always)]
    fn or(self, a: M, b: M) -> M {
        each(|k| a[k] | b[k])
    }
    #[inline(always)]
    fn select(self, mask: M, yes: F, no: F) -> F {
        each(|k| if mask[k] { yes[k] } else { no[k] })
    }
    #[inline(always)]
    fn only(self, mask: M, a: F) -> F {
        each(|k| if mask[k] { a[k] } else { 0.0 })
    }
    #[inline(always)]
    fn to_bits(self, a: F) -> I {
        each(|k| a[k].to_bits().cast_signed())
    }
    #[inline(always)]
    fn of_bits(self, a: I) -> F {
        each(|k| f32::from_bits(a[k].cast_unsigned()))
    }
    #[inline(always)]
    fn splat_bits(self, x: i32) -> I {
        [x; WIDTH]
    }
    #[inline(always)]
    fn add_bits(self, a: I, b: I) -> I {
        each(|k| a[k].wrapping_add(b[k]))
    }
    #[inline(always)]
    fn sub_bits(self, a: I, b: I) -> I {
        each(|k| a[k].wrapping_sub(b[k]))
    }
    #[inline(always)]
    fn and_bits(self, a: I, b: I) -> I {
        each(|k| a[k] & b[k])
    }
    #[inline(always)]
    fn or_bits(self, a: I, b: I) -> I {
        each(|k| a[k] | b[k])
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: I) -> I {
        each(|k| a[k] << N)
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: I) -> I {
        each(|k| a[k] >> N)
    }
    #[inline(always)]
    fn to_numbers(self, a: I) -> F {
        each(|k| a[k] as f32)
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> F {
        each(|k| from[k])
    }
    #[inline(always)]
    fn store(self, a: F, to: &mut [f32]) {
        to[..WIDTH].copy_from_slice(&a);
    }
}

impl Registers for Portable {
    const TILE: usize = 3;

    #[inline(always)]
    unsafe fn columns(self, rows: &[*const f32; WIDEST]) -> [F; 4] {
        // SAFETY: four numbers can be read at each of these pointers.
        std::array::from_fn(|c| each(|k| unsafe { *rows[k].add(c) }))
    }
}
