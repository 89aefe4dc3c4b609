//! What is wrong on purpose: other slopes of activations, other derivatives at the outputs, gradients that are never set back.
//!
//! Values stay right, so that losses and outputs are the true ones. Which of these a mistake of the language is, `nn` knows.

use std::marker::PhantomData;

use super::forms::{
    ActivationForm, Curve, Direction, Grid, Mix, MixForward, Plain, Row, curve_back, curve_forward, in_pairs,
    mix_back, row,
};
use super::lanes::{Lanes, Twice};
use super::sets::{PerSet, compile};

/// What stands in the place of the slope `f'(z)` of an activation `a = f(z)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Slope {
    /// `a`.
    Value,
    /// 1.
    One,
    /// `a (1 - a)`.
    Share,
    /// `f'(a)`.
    AtValue,
    /// The formula of `f'` in terms of `a`, with `z` in the place of `a`.
    FormulaOnZ,
}

/// One of these; given what [`Curve::slope`] is.
trait Instead: 'static {
    fn slope<L: Lanes, C: Curve>(l: L, z: L::F, a: L::F, n: &[L::F]) -> L::F;
}

/// Cases of [`Slope`] as types.
macro_rules! instead {
    ($($name:ident($l:ident, $z:pat, $a:pat, $n:pat): $slope:expr;)*) => {
        $(struct $name;

        impl Instead for $name {
            #[inline(always)]
            fn slope<L: Lanes, C: Curve>($l: L, $z: L::F, $a: L::F, $n: &[L::F]) -> L::F {
                $slope
            }
        })*
    };
}

instead! {
    Value(_l, _, a, _): a;
    One(l, _, _, _): l.splat(1.0);
    Share(l, _, a, _): l.mul(a, l.sub(l.splat(1.0), a));
    AtValue(l, _, a, n): C::slope(l, a, C::value(l, a, n), n);
    FormulaOnZ(l, z, _, n): C::slope(l, z, z, n);
}

/// A curve with another slope, which its value does not tell.
struct Bent<C, S>(PhantomData<(C, S)>);

impl<C: Curve, S: Instead> Curve for Bent<C, S> {
    const FROM_VALUE: bool = false;

    #[inline(always)]
    fn value<L: Lanes>(l: L, z: L::F, n: &[L::F]) -> L::F {
        C::value(l, z, n)
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, z: L::F, a: L::F, n: &[L::F]) -> L::F {
        S::slope::<L, C>(l, z, a, n)
    }
}

/// The form of a curve with another slope.
pub(super) fn bent_curve<C: Curve>(slope: Slope) -> Option<ActivationForm> {
    let forward = match slope {
        Slope::Value => curve_forward::<Bent<C, Value>>(),
        Slope::One => curve_forward::<Bent<C, One>>(),
        Slope::Share => curve_forward::<Bent<C, Share>>(),
        Slope::AtValue => curve_forward::<Bent<C, AtValue>>(),
        Slope::FormulaOnZ => curve_forward::<Bent<C, FormulaOnZ>>(),
    };
    // Slopes are kept from the way forward, so nothing calls the way back.
    Some(ActivationForm::Curve { forward, back: curve_back::<Plain>(), from_value: false, in_product: None })
}

/// On the way back each unit alone, by a slope that its value tells.
struct Apart<S>(PhantomData<S>);

impl<S: Instead> Mix for Apart<S> {
    #[inline(always)]
    fn values<L: Lanes>(_: L, _: &mut Row<'_, L>) {}

    #[inline(always)]
    fn back<L: Lanes>(l: L, values: &Row<'_, L>, deltas: &mut Row<'_, L>) {
        for unit in 0..values.units() {
            let a = values.get(unit);
            deltas.set(unit, l.mul(deltas.get(unit), S::slope::<L, Plain>(l, a, a, &[])));
        }
    }
}

/// The form of a mix with slopes of each unit alone; it has no formula of such a slope by itself.
pub(super) fn bent_mix(forward: PerSet<MixForward>, slope: Slope) -> Option<ActivationForm> {
    let back = match slope {
        Slope::Value => mix_back::<Apart<Value>>(),
        Slope::One => mix_back::<Apart<One>>(),
        Slope::Share => mix_back::<Apart<Share>>(),
        Slope::AtValue | Slope::FormulaOnZ => return None,
    };
    Some(ActivationForm::Mix { forward, back })
}

/// What is sent back from the outputs of a sample in the place of the derivative of the loss.
pub trait Delta: 'static {
    const PLACE: Place;
    /// Replaces the derivative that [`Delta::PLACE`] gives, given outputs and targets; both may be written over.
    fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>);
}

/// Where between the loss and the outputs' pre-activations a [`Delta`] stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// It gives derivatives by the outputs, which their activation passes on.
    BeforeActivation,
    /// It gives those by the pre-activations, from those by the outputs.
    InsteadOfActivation,
    /// From those by the pre-activations.
    AfterActivation,
}

/// Outputs, targets, derivatives in and out.
type DeltaForm = unsafe fn(Grid, *mut f32, *mut f32, *mut f32);

/// A [`Delta`] as the kernel calls it.
#[derive(Clone, Copy, Debug)]
pub struct WrongDelta {
    pub(crate) form: PerSet<DeltaForm>,
    pub(crate) place: Place,
}

impl WrongDelta {
    pub const fn new<D: Delta>() -> WrongDelta {
        WrongDelta { form: delta::<D>(), place: D::PLACE }
    }
}

compile! { delta<D: Delta>: delta_body(grid: Grid, outputs: *mut f32, targets: *mut f32, deltas: *mut f32) }

#[inline(always)]
unsafe fn delta_body<L: Lanes, D: Delta>(
    l: L,
    grid: Grid,
    outputs: *mut f32,
    targets: *mut f32,
    deltas: *mut f32,
) {
    // SAFETY: the caller gives vectors for the whole of all three grids.
    in_pairs(
        grid.len,
        |at| unsafe {
            let (mut p, mut y) = (row(grid, L::WIDTH, outputs, at), row(grid, L::WIDTH, targets, at));
            D::delta(Twice(l), &mut p, &mut y, &mut row(grid, L::WIDTH, deltas, at));
        },
        |at| unsafe {
            let (mut p, mut y) = (row(grid, L::WIDTH, outputs, at), row(grid, L::WIDTH, targets, at));
            D::delta(l, &mut p, &mut y, &mut row(grid, L::WIDTH, deltas, at));
        },
    );
}

/// A rule that is given the sum of all gradients so far, kept behind its own states.
pub(super) struct Summed<D>(PhantomData<D>);

impl<D: Direction> Direction for Summed<D> {
    const STATES: usize = D::STATES + 1;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        let (own, sum) = states.split_at_mut(D::STATES);
        sum[0] = l.flush(l.add(sum[0], g));
        D::direction(l, sum[0], own, n)
    }
}
