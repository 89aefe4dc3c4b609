//! Two registers side by side as one, so that two chains of dependent operations run at once. The same operations on each.

use super::Lanes;

/// Twice as many lanes.
#[derive(Clone, Copy, Debug)]
pub struct Twice<L>(pub L);

/// Methods that do the same to both halves: `name(arguments) -> result`.
macro_rules! both {
    ($($name:ident($($argument:ident: $type:ident),*) -> $result:ident;)*) => {
        $(#[inline(always)]
        fn $name(self, $($argument: Self::$type),*) -> Self::$result {
            [self.0.$name($($argument[0]),*), self.0.$name($($argument[1]),*)]
        })*
    };
}

impl<L: Lanes> Lanes for Twice<L> {
    const WIDTH: usize = 2 * L::WIDTH;
    type F = [L::F; 2];
    type I = [L::I; 2];
    type M = [L::M; 2];

    both! {
        add(a: F, b: F) -> F;
        sub(a: F, b: F) -> F;
        mul(a: F, b: F) -> F;
        div(a: F, b: F) -> F;
        sqrt(a: F) -> F;
        fma(a: F, b: F, c: F) -> F;
        fnma(a: F, b: F, c: F) -> F;
        max(a: F, b: F) -> F;
        min(a: F, b: F) -> F;
        abs(a: F) -> F;
        neg(a: F) -> F;
        gt(a: F, b: F) -> M;
        ge(a: F, b: F) -> M;
        eq(a: F, b: F) -> M;
        and(a: M, b: M) -> M;
        or(a: M, b: M) -> M;
        select(mask: M, yes: F, no: F) -> F;
        only(mask: M, a: F) -> F;
        to_bits(a: F) -> I;
        of_bits(a: I) -> F;
        add_bits(a: I, b: I) -> I;
        sub_bits(a: I, b: I) -> I;
        and_bits(a: I, b: I) -> I;
        or_bits(a: I, b: I) -> I;
        to_numbers(a: I) -> F;
    }

    #[inline(always)]
    fn splat(self, x: f32) -> Self::F {
        [self.0.splat(x); 2]
    }

    #[inline(always)]
    fn splat_bits(self, x: i32) -> Self::I {
        [self.0.splat_bits(x); 2]
    }

    #[inline(always)]
    fn shift_left<const N: u32>(self, a: Self::I) -> Self::I {
        a.map(|a| self.0.shift_left::<N>(a))
    }

    #[inline(always)]
    fn shift_right<const N: u32>(self, a: Self::I) -> Self::I {
        a.map(|a| self.0.shift_right::<N>(a))
    }

    #[inline(always)]
    fn load(self, from: &[f32]) -> Self::F {
        [self.0.load(from), self.0.load(&from[L::WIDTH..])]
    }

    #[inline(always)]
    fn store(self, a: Self::F, to: &mut [f32]) {
        self.0.store(a[0], to);
        self.0.store(a[1], &mut to[L::WIDTH..]);
    }
}
