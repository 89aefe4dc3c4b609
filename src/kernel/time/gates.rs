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

/// Replaces the vectors at each place of `N` grids by what `f` makes of them.
#[inline(always)]
unsafe fn each<L: Lanes, const N: usize>(
    _: L,
    grid: Grid,
    at: [*mut f32; N],
    f: impl Fn([L::F; N]) -> [L::F; N],
) {
    let at = at.map(|first| first.cast::<L::F>());
    for unit in 0..grid.units {
        for place in unit * grid.stride..unit * grid.stride + grid.len {
            // SAFETY: the caller gives vectors for the whole of every grid.
            unsafe {
                let after = f(at.map(|first| *first.add(place)));
                at.iter().zip(after).for_each(|(first, vector)| *first.add(place) = vector);
            }
        }
    }
}

/// Functions of [`each`]: grids in, the same grids out.
macro_rules! passes {
    ($($(#[$docs:meta])* $name:ident, $body:ident, $n:literal: |$l:ident, [$($given:ident),*]| [$($after:expr),* $(,)?];)*) => {
        $(
            compile! {
                $(#[$docs])*
                $name: $body(grid: Grid, at: [*mut f32; $n])
            }

            #[inline(always)]
            unsafe fn $body<L: Lanes>($l: L, grid: Grid, at: [*mut f32; $n]) {
                // SAFETY: as the caller says.
                unsafe { each($l, grid, at, |[$($given),*]| [$($after),*]) }
            }
        )*
    };
}

passes! {
    /// `to + from`.
    add, add_body, 2: |l, [to, from]| [l.add(to, from), from];
    /// `to + from · factor`.
    add_times, add_times_body, 3: |l, [to, from, factor]| [l.fma(from, factor, to), from, factor];
    /// `to = a · b`.
    times, times_body, 3: |l, [_to, a, b]| [l.mul(a, b), a, b];
    /// The state of a GRU: `to = update · before + (1 - update) · candidate`.
    blend, blend_body, 4: |l, [_to, update, before, candidate]| [
        l.fma(update, before, l.mul(l.sub(l.splat(1.0), update), candidate)),
        update,
        before,
        candidate,
    ];
    /// The derivatives of [`blend`]: by its state, which becomes the part by the state before; by the pre-activation of the update;
    /// and by the candidate.
    blend_back, blend_back_body, 6: |l, [d, _by_update, _by_candidate, update, before, candidate]| [
        l.mul(d, update),
        l.mul(l.mul(d, l.sub(before, candidate)), share(l, update)),
        l.mul(d, l.sub(l.splat(1.0), update)),
        update,
        before,
        candidate,
    ];
    /// From the derivative by the state before that was reset, what joins that by the state before, and the derivative by the
    /// pre-activation of the reset.
    reset_back, reset_back_body, 5: |l, [d, _by_reset, by_product, reset, before]| [
        l.fma(by_product, reset, d),
        l.mul(l.mul(by_product, before), share(l, reset)),
        by_product,
        reset,
        before,
    ];
    /// The memory of an LSTM, twice: `to = forget · before + input · candidate`.
    remember, remember_body, 6: |l, [_to, _copy, forget, before, input, candidate]| [
        l.fma(forget, before, l.mul(input, candidate)),
        l.fma(forget, before, l.mul(input, candidate)),
        forget,
        before,
        input,
        candidate,
    ];
    /// From the derivative by the state of an LSTM, `output · told`, that by what it tells of its memory and that by the
    /// pre-activation of the output gate.
    tell_back, tell_back_body, 5: |l, [d, _by_told, _by_output, output, told]| [
        d,
        l.mul(d, output),
        l.mul(l.mul(d, told), share(l, output)),
        output,
        told,
    ];
}

compile! {
    /// The derivatives of [`remember`]. `by_memory` holds that from later steps and `by_told` that from this one; the first becomes that
    /// by the memory before. `by` are those by the pre-activations of input and forget, and by the candidate; `gates` are input,
    /// forget, candidate, and the memory before.
    remember_back: remember_back_body(
        grid: Grid,
        by_memory: *mut f32,
        by_told: *mut f32,
        by: [*mut f32; 3],
        gates: [*mut f32; 4],
    )
}

#[inline(always)]
unsafe fn remember_back_body<L: Lanes>(
    l: L,
    grid: Grid,
    by_memory: *mut f32,
    by_told: *mut f32,
    by: [*mut f32; 3],
    gates: [*mut f32; 4],
) {
    let [by_input, by_forget, by_candidate] = by;
    let [input, forget, candidate, before] = gates;
    let at = [by_memory, by_told, by_input, by_forget, by_candidate, input, forget, candidate, before];
    // SAFETY: as the caller says.
    unsafe {
        each(l, grid, at, |[later, now, _, _, _, input, forget, candidate, before]| {
            let d = l.add(later, now);
            [
                l.mul(d, forget),
                now,
                l.mul(l.mul(d, candidate), share(l, input)),
                l.mul(l.mul(d, before), share(l, forget)),
                l.mul(d, input),
                input,
                forget,
                candidate,
                before,
            ]
        });
    }
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
