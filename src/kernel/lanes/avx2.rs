//! AVX2 and FMA: eight numbers a register, sixteen registers.
//!
//! One instruction for each operation; the one file that may name these intrinsics.
#![cfg(target_arch = "x86_64")]

use std::arch::x86_64::*;

use super::{Lanes, Registers, WIDEST};

/// Eight numbers in a register. There is one only where the processor has the instructions.
#[derive(Clone, Copy, Debug)]
pub struct Avx2(());

impl Avx2 {
    /// `None` where the processor lacks an instruction.
    pub fn detect() -> Option<Avx2> {
        (is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")).then_some(Avx2(()))
    }

    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    pub(crate) const unsafe fn assume() -> Avx2 {
        Avx2(())
    }
}

type F = __m256;
type I = __m256i;
type M = __m256;

impl Lanes for Avx2 {
    const WIDTH: usize = 8;
    type F = F;
    type I = I;
    type M = M;

    #[inline(always)]
    fn splat(self, x: f32) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_set1_ps(x) }
    }
    #[inline(always)]
    fn add(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_sqrt_ps(a) }
    }
    #[inline(always)]
    fn fma(self, a: F, b: F, c: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn fnma(self, a: F, b: F, c: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_fnmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn max(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_min_ps(a, b) }
    }
    #[inline(always)]
    fn abs(self, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_andnot_ps(_mm256_set1_ps(-0.0), a) }
    }
    #[inline(always)]
    fn neg(self, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_xor_ps(_mm256_set1_ps(-0.0), a) }
    }
    #[inline(always)]
    fn gt(self, a: F, b: F) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_cmp_ps::<_CMP_GT_OQ>(a, b) }
    }
    #[inline(always)]
    fn ge(self, a: F, b: F) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_cmp_ps::<_CMP_GE_OQ>(a, b) }
    }
    #[inline(always)]
    fn eq(self, a: F, b: F) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_cmp_ps::<_CMP_EQ_OQ>(a, b) }
    }
    #[inline(always)]
    fn and(self, a: M, b: M) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_and_ps(a, b) }
    }
    #[inline(always)]
    fn or(self, a: M, b: M) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_or_ps(a, b) }
    }
    #[inline(always)]
    fn select(self, mask: M, yes: F, no: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_blendv_ps(no, yes, mask) }
    }
    #[inline(always)]
    fn only(self, mask: M, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_and_ps(mask, a) }
    }
    #[inline(always)]
    fn to_bits(self, a: F) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_castps_si256(a) }
    }
    #[inline(always)]
    fn of_bits(self, a: I) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_castsi256_ps(a) }
    }
    #[inline(always)]
    fn splat_bits(self, x: i32) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_set1_epi32(x) }
    }
    #[inline(always)]
    fn add_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_add_epi32(a, b) }
    }
    #[inline(always)]
    fn sub_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_sub_epi32(a, b) }
    }
    #[inline(always)]
    fn and_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_and_si256(a, b) }
    }
    #[inline(always)]
    fn or_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_or_si256(a, b) }
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_sll_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_sra_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn to_numbers(self, a: I) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm256_cvtepi32_ps(a) }
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> F {
        let from = &from[..Self::WIDTH];
        // SAFETY: `self` proves that the instruction is there, and the line above that the numbers are.
        unsafe { _mm256_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, a: F, to: &mut [f32]) {
        let to = &mut to[..Self::WIDTH];
        // SAFETY: `self` proves that the instruction is there, and the line above that the place is.
        unsafe { _mm256_storeu_ps(to.as_mut_ptr(), a) }
    }
}

impl Registers for Avx2 {
    const TILE: usize = 3;

    #[inline(always)]
    unsafe fn columns(self, rows: &[*const f32; WIDEST]) -> [F; 4] {
        // SAFETY: `self` proves that the instructions are there, and four numbers can be read at each pointer.
        unsafe {
            // Lanes k and k + 4 side by side, then a transpose of four by four within each half.
            let pair = |k: usize| {
                let low = _mm256_castps128_ps256(_mm_loadu_ps(rows[k]));
                _mm256_insertf128_ps::<1>(low, _mm_loadu_ps(rows[k + 4]))
            };
            let (a, b, c, d) = (pair(0), pair(1), pair(2), pair(3));
            let (ab_low, ab_high) = (_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
            let (cd_low, cd_high) = (_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
            [
                _mm256_shuffle_ps::<0x44>(ab_low, cd_low),
                _mm256_shuffle_ps::<0xEE>(ab_low, cd_low),
                _mm256_shuffle_ps::<0x44>(ab_high, cd_high),
                _mm256_shuffle_ps::<0xEE>(ab_high, cd_high),
            ]
        }
    }
}
