//! Lanes: the same arithmetic on as many numbers at once as the machine's registers hold.
//!
//! Everything above is written once over [`Lanes`] and gives the same bits with every one of them: each operation is one
//! rounding of IEEE 754, multiply-adds are fused everywhere (in software where the machine cannot), and nothing is
//! approximate. Only the bits inside a NaN are not promised. No lane ever sees another.

mod avx2;
mod avx512;
mod portable;
mod twice;

#[cfg(target_arch = "x86_64")]
pub use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub use avx512::Avx512;
pub use portable::Portable;
pub use twice::Twice;

/// Operations on `WIDTH` numbers of `f32` at once.
///
/// A value of the type is the proof that this machine has the instructions, so that every method is safe to call.
pub trait Lanes: Copy + Send + Sync + 'static {
    const WIDTH: usize;
    /// Numbers.
    type F: Copy;
    /// Their bits as signed integers.
    type I: Copy;
    /// Yes or no for each lane.
    type M: Copy;

    fn splat(self, x: f32) -> Self::F;
    fn add(self, a: Self::F, b: Self::F) -> Self::F;
    fn sub(self, a: Self::F, b: Self::F) -> Self::F;
    fn mul(self, a: Self::F, b: Self::F) -> Self::F;
    fn div(self, a: Self::F, b: Self::F) -> Self::F;
    fn sqrt(self, a: Self::F) -> Self::F;
    /// `a · b + c` with one rounding.
    fn fma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// `c - a · b` with one rounding.
    fn fnma(self, a: Self::F, b: Self::F, c: Self::F) -> Self::F;
    /// `a` if `a > b`, else `b`: `b` where either is NaN.
    fn max(self, a: Self::F, b: Self::F) -> Self::F;
    /// `a` if `a < b`, else `b`: `b` where either is NaN.
    fn min(self, a: Self::F, b: Self::F) -> Self::F;
    fn abs(self, a: Self::F) -> Self::F;
    fn neg(self, a: Self::F) -> Self::F;

    /// `a > b`; no where either is NaN, as for all comparisons.
    fn gt(self, a: Self::F, b: Self::F) -> Self::M;
    fn ge(self, a: Self::F, b: Self::F) -> Self::M;
    fn eq(self, a: Self::F, b: Self::F) -> Self::M;
    fn and(self, a: Self::M, b: Self::M) -> Self::M;
    fn or(self, a: Self::M, b: Self::M) -> Self::M;
    /// `yes` where the mask says so, else `no`.
    fn select(self, mask: Self::M, yes: Self::F, no: Self::F) -> Self::F;
    /// `a` where the mask says so, else 0.
    fn only(self, mask: Self::M, a: Self::F) -> Self::F;

    fn to_bits(self, a: Self::F) -> Self::I;
    fn of_bits(self, a: Self::I) -> Self::F;
    fn splat_bits(self, x: i32) -> Self::I;
    /// Wrapping, as for all integers.
    fn add_bits(self, a: Self::I, b: Self::I) -> Self::I;
    fn sub_bits(self, a: Self::I, b: Self::I) -> Self::I;
    fn and_bits(self, a: Self::I, b: Self::I) -> Self::I;
    fn or_bits(self, a: Self::I, b: Self::I) -> Self::I;
    fn shift_left<const N: u32>(self, a: Self::I) -> Self::I;
    /// Fills with the sign.
    fn shift_right<const N: u32>(self, a: Self::I) -> Self::I;
    /// The integers as numbers, rounded to nearest.
    fn to_numbers(self, a: Self::I) -> Self::F;

    /// The first `WIDTH` numbers of the slice, which panics where it has fewer.
    fn load(self, from: &[f32]) -> Self::F;
    /// Writes the first `WIDTH` numbers of the slice, which panics where it has fewer.
    fn store(self, a: Self::F, to: &mut [f32]);

    /// -1, 0, or 1; 0 for NaN.
    #[inline(always)]
    fn sign(self, a: Self::F) -> Self::F {
        let zero = self.splat(0.0);
        let below = self.select(self.gt(zero, a), self.splat(-1.0), zero);
        self.select(self.gt(a, zero), self.splat(1.0), below)
    }

    /// 0 where `|a| < 1e-30`, which no sum of ordinary numbers notices; NaN stays.
    ///
    /// Numbers near the end of the range of `f32` slow a processor down fifty times.
    #[inline(always)]
    fn flush(self, a: Self::F) -> Self::F {
        let small = self.gt(self.splat(super::FLUSHED), self.abs(a));
        self.select(small, self.splat(0.0), a)
    }
}

/// Lanes that are one register of the machine.
pub trait Registers: Lanes {
    /// Columns of a register tile of four rows that leave no accumulator in memory.
    const TILE: usize;

    /// Column `c` of the result holds number `c` of each lane's row: four numbers from each of `WIDTH` places.
    ///
    /// # Safety
    /// Four numbers can be read at each of the first `WIDTH` pointers.
    unsafe fn columns(self, rows: &[*const f32; WIDEST]) -> [Self::F; 4];
}

/// Lanes of the widest kind.
pub const WIDEST: usize = 16;
