//! AVX-512F: sixteen numbers a register, thirty-two registers, masks of their own.
//!
//! One instruction for each operation; the one file that may name these intrinsics.
#![cfg(target_arch = "x86_64")]

use std::arch::x86_64::*;

use super::{Lanes, Registers, WIDEST};

/// Sixteen numbers in a register. There is one only where the processor has the instructions.
#[derive(Clone, Copy, Debug)]
pub struct Avx512(());

impl Avx512 {
    /// `None` where the processor lacks an instruction.
    pub fn detect() -> Option<Avx512> {
        (is_x86_feature_detected!("avx512f")).then_some(Avx512(()))
    }

    /// # Safety
    /// The processor has the instructions.
    #[inline(always)]
    pub(crate) const unsafe fn assume() -> Avx512 {
        Avx512(())
    }
}

type F = __m512;
type I = __m512i;
type M = __mmask16;

impl Lanes for Avx512 {
    const WIDTH: usize = 16;
    type F = F;
    type I = I;
    type M = M;

    #[inline(always)]
    fn splat(self, x: f32) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_set1_ps(x) }
    }
    #[inline(always)]
    fn add(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_add_ps(a, b) }
    }
    #[inline(always)]
    fn sub(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_sub_ps(a, b) }
    }
    #[inline(always)]
    fn mul(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_mul_ps(a, b) }
    }
    #[inline(always)]
    fn div(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_div_ps(a, b) }
    }
    #[inline(always)]
    fn sqrt(self, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_sqrt_ps(a) }
    }
    #[inline(always)]
    fn fma(self, a: F, b: F, c: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_fmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn fnma(self, a: F, b: F, c: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_fnmadd_ps(a, b, c) }
    }
    #[inline(always)]
    fn max(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_max_ps(a, b) }
    }
    #[inline(always)]
    fn min(self, a: F, b: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_min_ps(a, b) }
    }
    #[inline(always)]
    fn abs(self, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_abs_ps(a) }
    }
    #[inline(always)]
    fn neg(self, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_castsi512_ps(_mm512_xor_si512(_mm512_castps_si512(a), _mm512_set1_epi32(i32::MIN))) }
    }
    #[inline(always)]
    fn gt(self, a: F, b: F) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GT_OQ>(a, b) }
    }
    #[inline(always)]
    fn ge(self, a: F, b: F) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_cmp_ps_mask::<_CMP_GE_OQ>(a, b) }
    }
    #[inline(always)]
    fn eq(self, a: F, b: F) -> M {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_cmp_ps_mask::<_CMP_EQ_OQ>(a, b) }
    }
    #[inline(always)]
    fn and(self, a: M, b: M) -> M {
        a & b
    }
    #[inline(always)]
    fn or(self, a: M, b: M) -> M {
        a | b
    }
    #[inline(always)]
    fn select(self, mask: M, yes: F, no: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_mask_blend_ps(mask, no, yes) }
    }
    #[inline(always)]
    fn only(self, mask: M, a: F) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_maskz_mov_ps(mask, a) }
    }
    #[inline(always)]
    fn to_bits(self, a: F) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_castps_si512(a) }
    }
    #[inline(always)]
    fn of_bits(self, a: I) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_castsi512_ps(a) }
    }
    #[inline(always)]
    fn splat_bits(self, x: i32) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_set1_epi32(x) }
    }
    #[inline(always)]
    fn add_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_add_epi32(a, b) }
    }
    #[inline(always)]
    fn sub_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_sub_epi32(a, b) }
    }
    #[inline(always)]
    fn and_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_and_si512(a, b) }
    }
    #[inline(always)]
    fn or_bits(self, a: I, b: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_or_si512(a, b) }
    }
    #[inline(always)]
    fn shift_left<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_sll_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn shift_right<const N: u32>(self, a: I) -> I {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_sra_epi32(a, _mm_cvtsi32_si128(N.cast_signed())) }
    }
    #[inline(always)]
    fn to_numbers(self, a: I) -> F {
        // SAFETY: `self` proves that the instruction is there.
        unsafe { _mm512_cvtepi32_ps(a) }
    }
    #[inline(always)]
    fn load(self, from: &[f32]) -> F {
        let from = &from[..Self::WIDTH];
        // SAFETY: `self` proves that the instruction is there, and the line above that the numbers are.
        unsafe { _mm512_loadu_ps(from.as_ptr()) }
    }
    #[inline(always)]
    fn store(self, a: F, to: &mut [f32]) {
        let to = &mut to[..Self::WIDTH];
        // SAFETY: `self` proves that the instruction is there, and the line above that the place is.
        unsafe { _mm512_storeu_ps(to.as_mut_ptr(), a) }
    }
}

impl Registers for Avx512 {
    const TILE: usize = 4;

    #[inline(always)]
    unsafe fn columns(self, rows: &[*const f32; WIDEST]) -> [F; 4] {
        // SAFETY: `self` proves that the instructions are there, and four numbers can be read at each pointer.
        unsafe {
            // Lanes k, k + 4, k + 8, k + 12 side by side, then a transpose of four by four within each quarter.
            let four = |k: usize| {
                let x = _mm512_castps128_ps512(_mm_loadu_ps(rows[k]));
                let x = _mm512_insertf32x4::<1>(x, _mm_loadu_ps(rows[k + 4]));
                let x = _mm512_insertf32x4::<2>(x, _mm_loadu_ps(rows[k + 8]));
                _mm512_insertf32x4::<3>(x, _mm_loadu_ps(rows[k + 12]))
            };
            let (a, b, c, d) = (four(0), four(1), four(2), four(3));
            let (ab_low, ab_high) = (_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
            let (cd_low, cd_high) = (_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
            [
                _mm512_shuffle_ps::<0x44>(ab_low, cd_low),
                _mm512_shuffle_ps::<0xEE>(ab_low, cd_low),
                _mm512_shuffle_ps::<0x44>(ab_high, cd_high),
                _mm512_shuffle_ps::<0xEE>(ab_high, cd_high),
            ]
        }
    }
}
