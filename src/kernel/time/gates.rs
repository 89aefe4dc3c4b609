//! What surrounds the products of recurrent layers: gates, states, and their derivatives, on vectors.
//!
//! Each is one pass over grids of equal size. The products are `tiles`'; which comes when, `layer` knows.

use super::super::forms::{Curve, Grid, curve_forward};
use super::super::lanes::Lanes;
use super::super::math;
use super::super::sets::{PerSet, compile};

/// The logistic function.
struct Gate;

impl Curve for Gate {
    const FROM_VALUE: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, _: &[L::F]) -> L::F {
        math::logistic(l, z)
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, a: L::F, _: &[L::F]) -> L::F {
        share(l, a)
    }
}

/// `a (1 - a)`: the slope of the logistic function.
#[inline(always)]
fn share<L: Lanes>(l: L, a: L::F) -> L::F {
    l.mul(a, l.sub(l.splat(1.0), a))
}

/// Pre-activations to gates in place; no slopes, no numbers.
pub(super) const fn open() -> PerSet<unsafe fn(Grid, *mut f32, *mut f32, *const f32)> {
    curve_forward::<Gate>()
}

/// Writes to the places of `M` grids what `f` makes of those of `N` grids. A grid may be among both.
#[inline(always)]
unsafe fn each<L: Lanes, const N: usize, const M: usize>(
    _: L,
    grid: Grid,
    from: [*const f32; N],
    to: [*mut f32; M],
    f: impl Fn([L::F; N]) -> [L::F; M],
) {
    let (from, to) = (from.map(|first| first.cast::<L::F>()), to.map(|first| first.cast::<L::F>()));
    for unit in 0..grid.units {
        for place in unit * grid.stride..unit * grid.stride + grid.len {
            // SAFETY: the caller gives vectors for the whole of every grid.
            unsafe {
                let after = f(from.map(|first| *first.add(place)));
                to.iter().zip(after).for_each(|(first, vector)| *first.add(place) = vector);
            }
        }
    }
}

/// Functions of [`each`]: names of what is read, and what is made of it for each grid that is written.
macro_rules! passes {
    ($($(#[$docs:meta])* $name:ident, $body:ident: |$l:ident, [$($given:ident),*; $n:literal]| [$($after:expr),* $(,)?; $m:literal];)*) => {
        $(
            compile! {
                $(#[$docs])*
                $name: $body(grid: Grid, from: [*const f32; $n], to: [*mut f32; $m])
            }

            #[inline(always)]
            unsafe fn $body<L: Lanes>($l: L, grid: Grid, from: [*const f32; $n], to: [*mut f32; $m]) {
                // SAFETY: as the caller says.
                unsafe { each($l, grid, from, to, |[$($given),*]| [$($after),*]) }
            }
        )*
    };
}

passes! {
    /// `a + b`.
    add, add_body: |l, [a, b; 2]| [l.add(a, b); 1];
    /// `a + b · c`.
    add_times, add_times_body: |l, [a, b, c; 3]| [l.fma(b, c, a); 1];
    /// `a · b`.
    times, times_body: |l, [a, b; 2]| [l.mul(a, b); 1];
    /// The state of a GRU: `update · before + (1 - update) · candidate`.
    blend, blend_body: |l, [update, before, candidate; 3]| [
        l.fma(update, before, l.mul(l.sub(l.splat(1.0), update), candidate));
        1
    ];
    /// The derivatives of [`blend`] from that by its state: the part by the state before; by the pre-activation of the update; and by
    /// the candidate.
    blend_back, blend_back_body: |l, [d, update, before, candidate; 4]| [
        l.mul(d, update),
        l.mul(l.mul(d, l.sub(before, candidate)), share(l, update)),
        l.mul(d, l.sub(l.splat(1.0), update));
        3
    ];
    /// From the derivative by the product of the reset gate and the state before: what joins `d`, that by this state, and that by the
    /// pre-activation of the gate.
    reset_back, reset_back_body: |l, [d, by_product, reset, before; 4]| [
        l.fma(by_product, reset, d),
        l.mul(l.mul(by_product, before), share(l, reset));
        2
    ];
    /// The memory of an LSTM, twice: `forget · before + input · candidate`.
    remember, remember_body: |l, [forget, before, input, candidate; 4]| [
        l.fma(forget, before, l.mul(input, candidate)),
        l.fma(forget, before, l.mul(input, candidate));
        2
    ];
    /// From the derivative by the state of an LSTM, `output · told`: that by what it tells of its memory, and that by the
    /// pre-activation of the output gate.
    tell_back, tell_back_body: |l, [d, output, told; 3]| [
        l.mul(d, output),
        l.mul(l.mul(d, told), share(l, output));
        2
    ];
    /// The derivatives of [`remember`] from that of later steps and that of this one: by the memory before, by the pre-activations of
    /// input and forget, and by the candidate.
    remember_back, remember_back_body: |l, [later, now, input, forget, candidate, before; 6]| [
        l.mul(l.add(later, now), forget),
        l.mul(l.mul(l.add(later, now), candidate), share(l, input)),
        l.mul(l.mul(l.add(later, now), before), share(l, forget)),
        l.mul(l.add(later, now), input);
        4
    ];
}

compile! {
    /// Multiplies each sample by its own vector of `factors`.
    scale: scale_body(grid: Grid, values: *mut f32, factors: *const f32)
}

#[inline(always)]
unsafe fn scale_body<L: Lanes>(l: L, grid: Grid, values: *mut f32, factors: *const f32) {
    let (values, factors) = (values.cast::<L::F>(), factors.cast::<L::F>());
    for unit in 0..grid.units {
        for at in 0..grid.len {
            // SAFETY: the caller gives vectors for the grid and for each sample.
            unsafe {
                let value = values.add(unit * grid.stride + at);
                *value = l.mul(*value, *factors.add(at));
            }
        }
    }
}

compile! {
    /// 1 for each of the samples that are longer than `least`, else 0.
    longer: longer_body(len: usize, lengths: *const f32, least: f32, to: *mut f32)
}

#[inline(always)]
unsafe fn longer_body<L: Lanes>(l: L, len: usize, lengths: *const f32, least: f32, to: *mut f32) {
    for at in 0..len {
        // SAFETY: the caller gives a vector for each sample.
        unsafe {
            let is_longer = l.gt(*lengths.cast::<L::F>().add(at), l.splat(least));
            *to.cast::<L::F>().add(at) = l.only(is_longer, l.splat(1.0));
        }
    }
}
