//! What activations, losses, and optimizers tell the kernel: their formulas, each written once over lanes.
//!
//! A member of a family implements one of the traits here in its own file and puts the compiled form into its entry; the
//! formulas see numbers, never memory. `numbers` are the member's own numeric parameters, in the order of its entry.
//! It does not know layouts beyond rows of vectors, nor who calls.

use super::lanes::{Lanes, Twice};
use super::sets::{PerSet, compile};
use super::tiles;
use super::wrong::{self, Slope, Summed};

/// An activation that treats each unit alone.
pub trait Curve: 'static {
    /// Whether [`Curve::slope`] looks only at the value, so that pre-activations need not be kept.
    const FROM_VALUE: bool;
    /// Whether it costs so little that it is done while a product's tile is still in registers. Only with
    /// [`Curve::FROM_VALUE`].
    const IS_CHEAP: bool = false;
    /// `f(z)`.
    fn value<L: Lanes>(l: L, z: L::F, numbers: &[L::F]) -> L::F;
    /// `f'(z)`, given `a = f(z)` too. `z` has no meaning if [`Curve::FROM_VALUE`].
    fn slope<L: Lanes>(l: L, z: L::F, a: L::F, numbers: &[L::F]) -> L::F;
}

/// An activation of all units of a layer together.
pub trait Mix: 'static {
    /// Replaces the pre-activations of one sample by the values.
    fn values<L: Lanes>(l: L, row: &mut Row<'_, L>);
    /// Replaces the derivative by each value with the derivative by each pre-activation, given the values.
    fn back<L: Lanes>(l: L, values: &Row<'_, L>, deltas: &mut Row<'_, L>);
}

/// A loss of each output alone: from the output `a`, or, fused with an activation, from the pre-activation.
pub trait Terms: 'static {
    /// Value, and its derivative by `a`. `numbers` are the loss's own; where the two are fused, the activation's and then those.
    fn terms<L: Lanes>(l: L, a: L::F, y: L::F, numbers: &[L::F]) -> (L::F, L::F);
}

/// A loss of all outputs of a sample together: from the outputs, or, fused with an activation, from their pre-activations.
pub trait MixTerms: 'static {
    /// Replaces what it is given by the derivative; gives the value of the sample. `numbers` are those of [`Terms::terms`]. The
    /// targets may be written over: nothing reads them afterwards.
    fn terms<L: Lanes>(l: L, a: &mut Row<'_, L>, y: &mut Row<'_, L>, numbers: &[L::F]) -> L::F;

    /// The same where some outputs are off: `on` is 0 for these and else 1. What is off has been moved before where
    /// [`super::Masking`] says so; a form to which it would still add something, or that counts outputs, leaves it out here.
    #[inline(always)]
    fn among<L: Lanes>(
        l: L,
        a: &mut Row<'_, L>,
        y: &mut Row<'_, L>,
        _on: &Row<'_, L>,
        numbers: &[L::F],
    ) -> L::F {
        Self::terms(l, a, y, numbers)
    }
}

/// What an optimizer makes of a gradient, before the learning rate.
pub trait Direction: 'static {
    /// Numbers that it keeps for each parameter, fewer than [`STATES_MAX`].
    const STATES: usize;
    /// `numbers` are what the optimizer's `numbers` function gives for this step.
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], numbers: &[L::F]) -> L::F;
}

pub const STATES_MAX: usize = 4;
/// Most numbers that any form takes.
pub const NUMBERS_MAX: usize = 8;

/// Units of one sample: vectors that lie a stride apart.
#[derive(Debug)]
pub struct Row<'a, L: Lanes> {
    first: *mut f32,
    units: usize,
    /// In numbers.
    stride: usize,
    lifetime: std::marker::PhantomData<&'a mut L::F>,
}

impl<L: Lanes> Row<'_, L> {
    /// # Safety
    /// Vectors can be read and written at `first` and the `units - 1` places that follow a stride apart, and nothing else
    /// uses them while the row lives.
    #[inline(always)]
    unsafe fn new(first: *mut f32, units: usize, stride: usize) -> Self {
        Row { first, units, stride, lifetime: std::marker::PhantomData }
    }

    #[inline(always)]
    pub fn units(&self) -> usize {
        self.units
    }

    /// The largest unit; NaN where the last is NaN.
    #[inline(always)]
    pub fn largest(&self, l: L) -> L::F {
        let mut largest = self.get(0);
        for unit in 1..self.units {
            largest = l.max(largest, self.get(unit));
        }
        largest
    }

    #[inline(always)]
    pub fn get(&self, unit: usize) -> L::F {
        assert!(unit < self.units);
        // SAFETY: within the row.
        unsafe { *self.first.add(unit * self.stride).cast::<L::F>() }
    }

    #[inline(always)]
    pub fn set(&mut self, unit: usize, value: L::F) {
        assert!(unit < self.units);
        // SAFETY: within the row.
        unsafe { *self.first.add(unit * self.stride).cast::<L::F>() = value }
    }
}

/// Where vectors lie: `units` rows, `stride` vectors apart, of which the first `len` are used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Grid {
    pub(crate) units: usize,
    pub(crate) len: usize,
    pub(crate) stride: usize,
}

/// Pre-activations in, values out; slopes too unless the pointer is null.
type CurveForward = unsafe fn(Grid, *mut f32, *mut f32, *const f32);
/// Values, deltas in and out.
type CurveBack = unsafe fn(Grid, *const f32, *mut f32, *const f32);
/// Pre-activations in, values out.
pub(super) type MixForward = unsafe fn(Grid, *mut f32);
type MixBack = unsafe fn(Grid, *mut f32, *mut f32);
/// See [`Losing`]; numbers.
type LossTerms = unsafe fn(Losing, *const f32);
/// See [`Update`].
type DirectionUpdate = unsafe fn(Update);

/// An activation as the kernel calls it.
#[derive(Clone, Copy, Debug)]
pub struct Activation {
    pub(crate) form: ActivationForm,
    bent: fn(Slope) -> Option<ActivationForm>,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum ActivationForm {
    Curve {
        forward: PerSet<CurveForward>,
        back: PerSet<CurveBack>,
        from_value: bool,
        in_product: Option<InProduct>,
    },
    Mix {
        forward: PerSet<MixForward>,
        back: PerSet<MixBack>,
    },
}

/// Products with an activation in them; see [`tiles`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct InProduct {
    pub(crate) forward: PerSet<tiles::Forward>,
    pub(crate) inputs: PerSet<tiles::Inputs>,
}

/// What a loss reads and writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Losing {
    pub(crate) grid: Grid,
    /// Outputs or pre-activations in, derivatives out.
    pub(crate) values: *mut f32,
    /// Lost.
    pub(crate) targets: *mut f32,
    /// 0 where an output is off and else 1; null where all are on.
    pub(crate) on: *mut f32,
    /// A value for each sample.
    pub(crate) sums: *mut f32,
}

/// No activation.
pub(crate) struct Plain;

impl Curve for Plain {
    const FROM_VALUE: bool = true;
    const IS_CHEAP: bool = true;

    #[inline(always)]
    fn value<L: Lanes>(_: L, z: L::F, _: &[L::F]) -> L::F {
        z
    }

    #[inline(always)]
    fn slope<L: Lanes>(l: L, _: L::F, _: L::F, _: &[L::F]) -> L::F {
        l.splat(1.0)
    }
}

impl Activation {
    pub const fn curve<C: Curve>() -> Activation {
        let form = ActivationForm::Curve {
            forward: curve_forward::<C>(),
            back: curve_back::<C>(),
            from_value: C::FROM_VALUE,
            in_product: if C::FROM_VALUE && C::IS_CHEAP {
                Some(InProduct { forward: tiles::forward::<C>(), inputs: tiles::inputs::<C>() })
            } else {
                None
            },
        };
        Activation { form, bent: wrong::bent_curve::<C> }
    }

    pub const fn mix<X: Mix>() -> Activation {
        let form = ActivationForm::Mix { forward: mix_forward::<X>(), back: mix_back::<X>() };
        Activation { form, bent: |slope| wrong::bent_mix(mix_forward::<X>(), slope) }
    }

    /// The same values with a wrong slope; `None` where there is no such form.
    pub fn bent(self, slope: Slope) -> Option<Activation> {
        Some(Activation { form: (self.bent)(slope)?, ..self })
    }

    /// Whether it treats all units of a layer together.
    pub fn is_mix(&self) -> bool {
        matches!(self.form, ActivationForm::Mix { .. })
    }
}

/// A loss as the kernel calls it.
#[derive(Clone, Copy, Debug)]
pub struct Loss(pub(crate) PerSet<LossTerms>);

impl Loss {
    pub const fn terms<T: Terms>() -> Loss {
        Loss(terms::<T>())
    }

    pub const fn mix_terms<T: MixTerms>() -> Loss {
        Loss(mix_terms::<T>())
    }
}

/// An optimizer as the kernel calls it.
#[derive(Clone, Copy, Debug)]
pub struct Optimizer {
    pub(crate) update: PerSet<DirectionUpdate>,
    pub(crate) states: usize,
    summed: PerSet<DirectionUpdate>,
}

impl Optimizer {
    pub const fn direction<D: Direction>() -> Optimizer {
        // A sum of gradients may join them.
        assert!(D::STATES < STATES_MAX);
        Optimizer { update: update::<D>(), states: D::STATES, summed: update::<Summed<D>>() }
    }

    /// The same rule with the sum of all gradients so far in the place of each; one state more, behind the others.
    pub fn summed(self) -> Optimizer {
        Optimizer { update: self.summed, states: self.states + 1, ..self }
    }

    /// Numbers that it keeps for each parameter.
    pub fn states(&self) -> usize {
        self.states
    }
}

compile! { curve_forward<C: Curve>: curve_forward_body(grid: Grid, values: *mut f32, slopes: *mut f32, numbers: *const f32) }
compile! { curve_back<C: Curve>: curve_back_body(grid: Grid, values: *const f32, deltas: *mut f32, numbers: *const f32) }
compile! { mix_forward<X: Mix>: mix_forward_body(grid: Grid, values: *mut f32) }
compile! { mix_back<X: Mix>: mix_back_body(grid: Grid, values: *mut f32, deltas: *mut f32) }
compile! { terms<T: Terms>: terms_body(task: Losing, numbers: *const f32) }
compile! { mix_terms<T: MixTerms>: mix_terms_body(task: Losing, numbers: *const f32) }
compile! { update<D: Direction>: update_body(task: Update) }

/// The vectors of a member's numbers.
#[inline(always)]
pub(super) unsafe fn numbers_of<'a, L: Lanes>(numbers: *const f32) -> &'a [L::F] {
    // SAFETY: the caller gives `NUMBERS_MAX` vectors.
    unsafe { std::slice::from_raw_parts(numbers.cast(), NUMBERS_MAX) }
}

#[inline(always)]
unsafe fn curve_forward_body<L: Lanes, C: Curve>(
    l: L,
    grid: Grid,
    values: *mut f32,
    slopes: *mut f32,
    numbers: *const f32,
) {
    // SAFETY: the caller gives vectors for the whole grid.
    unsafe {
        let numbers = numbers_of::<L>(numbers);
        let (values, slopes) = (values.cast::<L::F>(), slopes.cast::<L::F>());
        for unit in 0..grid.units {
            let row = unit * grid.stride;
            for at in row..row + grid.len {
                let z = *values.add(at);
                let a = C::value(l, z, numbers);
                *values.add(at) = a;
                if !slopes.is_null() {
                    *slopes.add(at) = C::slope(l, z, a, numbers);
                }
            }
        }
    }
}

#[inline(always)]
unsafe fn curve_back_body<L: Lanes, C: Curve>(
    l: L,
    grid: Grid,
    values: *const f32,
    deltas: *mut f32,
    numbers: *const f32,
) {
    // SAFETY: the caller gives vectors for the whole grid.
    unsafe {
        let numbers = numbers_of::<L>(numbers);
        let (values, deltas) = (values.cast::<L::F>(), deltas.cast::<L::F>());
        for unit in 0..grid.units {
            let row = unit * grid.stride;
            for at in row..row + grid.len {
                let a = *values.add(at);
                *deltas.add(at) = l.mul(*deltas.add(at), C::slope(l, a, a, numbers));
            }
        }
    }
}

/// Calls `pair` for samples two by two and `one` for a last one: two chains of dependent operations at a time.
#[inline(always)]
pub(super) fn in_pairs(len: usize, mut pair: impl FnMut(usize), one: impl FnOnce(usize)) {
    for at in (0..len / 2).map(|k| 2 * k) {
        pair(at);
    }
    if !len.is_multiple_of(2) {
        one(len - 1);
    }
}

/// The rows of the sample, or samples, at vector `at` of a grid.
#[inline(always)]
pub(super) unsafe fn row<'a, L: Lanes>(grid: Grid, width: usize, vectors: *mut f32, at: usize) -> Row<'a, L> {
    // SAFETY: the caller gives vectors for the whole grid.
    unsafe { Row::new(vectors.add(at * width), grid.units, grid.stride * width) }
}

#[inline(always)]
unsafe fn mix_forward_body<L: Lanes, X: Mix>(l: L, grid: Grid, values: *mut f32) {
    // SAFETY: the caller gives vectors for the whole grid.
    in_pairs(
        grid.len,
        |at| X::values(Twice(l), &mut unsafe { row(grid, L::WIDTH, values, at) }),
        |at| X::values(l, &mut unsafe { row(grid, L::WIDTH, values, at) }),
    );
}

#[inline(always)]
unsafe fn mix_back_body<L: Lanes, X: Mix>(l: L, grid: Grid, values: *mut f32, deltas: *mut f32) {
    // SAFETY: the caller gives vectors for the whole of both grids.
    in_pairs(
        grid.len,
        |at| unsafe {
            X::back(Twice(l), &row(grid, L::WIDTH, values, at), &mut row(grid, L::WIDTH, deltas, at))
        },
        |at| unsafe { X::back(l, &row(grid, L::WIDTH, values, at), &mut row(grid, L::WIDTH, deltas, at)) },
    );
}

/// Numbers for two samples at a time.
#[inline(always)]
fn twice<L: Lanes>(numbers: &[L::F]) -> [[L::F; 2]; NUMBERS_MAX] {
    std::array::from_fn(|k| [numbers[k]; 2])
}

#[inline(always)]
unsafe fn terms_body<L: Lanes, T: Terms>(l: L, task: Losing, numbers: *const f32) {
    // SAFETY: the caller gives vectors for the whole of all grids and a sum for each sample.
    unsafe {
        let numbers = numbers_of::<L>(numbers);
        let twice = twice::<L>(numbers);
        in_pairs(
            task.grid.len,
            |at| terms_of::<Twice<L>, T>(Twice(l), task, L::WIDTH, at, &twice),
            |at| terms_of::<L, T>(l, task, L::WIDTH, at, numbers),
        );
    }
}

#[inline(always)]
unsafe fn terms_of<L: Lanes, T: Terms>(l: L, task: Losing, width: usize, at: usize, numbers: &[L::F]) {
    // SAFETY: as the caller says.
    unsafe {
        let of = |vectors: *mut f32| row::<L>(task.grid, width, vectors, at);
        let (mut values, targets) = (of(task.values), of(task.targets));
        let mut sum = l.splat(0.0);
        for unit in 0..task.grid.units {
            let (mut value, mut slope) = T::terms(l, values.get(unit), targets.get(unit), numbers);
            if !task.on.is_null() {
                let is_on = l.gt(of(task.on).get(unit), l.splat(0.0));
                (value, slope) = (l.only(is_on, value), l.only(is_on, slope));
            }
            sum = l.add(sum, value);
            values.set(unit, slope);
        }
        *task.sums.add(at * width).cast::<L::F>() = sum;
    }
}

#[inline(always)]
unsafe fn mix_terms_body<L: Lanes, T: MixTerms>(l: L, task: Losing, numbers: *const f32) {
    // SAFETY: the caller gives vectors for the whole of all grids and a sum for each sample.
    unsafe {
        let numbers = numbers_of::<L>(numbers);
        let twice = twice::<L>(numbers);
        in_pairs(
            task.grid.len,
            |at| mix_terms_of::<Twice<L>, T>(Twice(l), task, L::WIDTH, at, &twice),
            |at| mix_terms_of::<L, T>(l, task, L::WIDTH, at, numbers),
        );
    }
}

#[inline(always)]
unsafe fn mix_terms_of<L: Lanes, T: MixTerms>(l: L, task: Losing, width: usize, at: usize, numbers: &[L::F]) {
    // SAFETY: as the caller says.
    unsafe {
        let of = |vectors: *mut f32| row::<L>(task.grid, width, vectors, at);
        let (mut a, mut y) = (of(task.values), of(task.targets));
        *task.sums.add(at * width).cast::<L::F>() = match task.on.is_null() {
            true => T::terms(l, &mut a, &mut y, numbers),
            false => T::among(l, &mut a, &mut y, &of(task.on), numbers),
        };
    }
}

/// How weight decay acts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    None,
    /// `decay · w` joins the gradient.
    Joined,
    /// The weights are multiplied by `1 - rate · decay` first.
    Apart,
}

/// One step for parameters that lie in a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Update {
    pub(crate) parameters: *mut f32,
    pub(crate) gradient: *const f32,
    /// The first state of the first parameter; the others follow `apart` vectors later.
    pub(crate) states: *mut f32,
    pub(crate) apart: usize,
    /// Vectors.
    pub(crate) count: usize,
    pub(crate) decay: Decay,
    /// The step is multiplied by the parameters, by mistake.
    pub(crate) multiplies: bool,
    /// Two vectors: the learning rate, and the decay (or, where it is apart, what the weights keep).
    pub(crate) pace: *const f32,
    pub(crate) numbers: *const f32,
}

#[inline(always)]
unsafe fn update_body<L: Lanes, D: Direction>(l: L, task: Update) {
    // SAFETY: the caller gives `count` vectors of each kind.
    unsafe {
        let numbers = numbers_of::<L>(task.numbers);
        let (w, g) = (task.parameters.cast::<L::F>(), task.gradient.cast::<L::F>());
        let (rate, decay) = (*task.pace.cast::<L::F>(), *task.pace.cast::<L::F>().add(1));
        for at in 0..task.count {
            let (mut weight, mut slope) = (*w.add(at), *g.add(at));
            match task.decay {
                Decay::None => {}
                Decay::Joined => slope = l.fma(weight, decay, slope),
                Decay::Apart => weight = l.mul(weight, decay),
            }
            let mut states = [l.splat(0.0); STATES_MAX];
            let memory = |k: usize| task.states.cast::<L::F>().add(k * task.apart + at);
            for (k, state) in states.iter_mut().enumerate().take(D::STATES) {
                *state = *memory(k);
            }
            let mut direction = D::direction(l, slope, &mut states[..D::STATES], numbers);
            if task.multiplies {
                direction = l.mul(direction, weight);
            }
            for (k, state) in states.iter().enumerate().take(D::STATES) {
                *memory(k) = *state;
            }
            *w.add(at) = l.fnma(rate, direction, weight);
        }
    }
}
