//! Products of a dense layer for a block of members, one member in each lane.
//!
//! Weights are `[inputs][units]` vectors, activations and deltas `[unit][CHUNK]` vectors, one for each sample. Tiles of four
//! samples (or inputs) by a few units stay in registers. Every sum is one chain of fused multiply-adds in the order of its
//! index, whatever the tile: how a layer is cut cannot be seen in the result.

use super::forms::{Curve, Grid, numbers_of};
use super::lanes::{Registers, WIDEST};
use super::sets::compile;
use super::task::Bias;

/// Samples that pass through the layers together.
pub(crate) const CHUNK: usize = 16;

/// One layer's product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Product {
    pub(crate) inputs: usize,
    pub(crate) units: usize,
    /// From one row of weights to the next; `units`, unless the layer is a part of a wider one.
    pub(crate) columns: usize,
    /// Samples; a multiple of four, except for [`weights`].
    pub(crate) len: usize,
    /// The weights follow one another; a bias, if any, is their last row.
    pub(crate) bias: Bias,
}

/// Product, inputs, weights, values, numbers of the activation.
pub(crate) type Forward = unsafe fn(Product, *const f32, *const f32, *mut f32, *const f32);
/// Product, deltas, weights, values of the inputs, derivatives, numbers of the activation that gave these values.
pub(crate) type Inputs = unsafe fn(Product, *const f32, *const f32, *const f32, *mut f32, *const f32);

compile! {
    /// Values `z` of an activation of the product of `a` and the weights `w`.
    forward<C: Curve>: forward_body(p: Product, a: *const f32, w: *const f32, z: *mut f32, numbers: *const f32)
}
compile! {
    /// Derivatives by the pre-activations of the layer before, from those of this layer, `d`, its weights `w`, and the
    /// values `a` that the activation gave.
    inputs<C: Curve>: inputs_body(p: Product, d: *const f32, w: *const f32, a: *const f32, x: *mut f32, numbers: *const f32)
}
compile! {
    /// Derivatives by the weights, `g`: added to what is there unless this is the `first` chunk. `a` has a last row of the bias's input.
    weights: weights_body(p: Product, a: *const f32, d: *const f32, g: *mut f32, first: bool)
}

/// Calls `body(start, size)` for `n` cut into as few parts of at most `most` as possible, as even as possible.
#[inline(always)]
fn cut(n: usize, most: usize, mut body: impl FnMut(usize, usize)) {
    let parts = n.div_ceil(most);
    let (small, larger) = (n / parts.max(1), n % parts.max(1));
    let mut start = 0;
    for part in 0..parts {
        let size = small + usize::from(part < larger);
        body(start, size);
        start += size;
    }
}

#[inline(always)]
unsafe fn forward_body<L: Registers, C: Curve>(
    l: L,
    p: Product,
    a: *const f32,
    w: *const f32,
    z: *mut f32,
    numbers: *const f32,
) {
    let (a, w, z) = (a.cast::<L::F>(), w.cast::<L::F>(), z.cast::<L::F>());
    // SAFETY: the caller gives the numbers.
    let n = unsafe { numbers_of::<L>(numbers) };
    cut(p.units, L::TILE, |unit, size| {
        for sample in (0..p.len).step_by(4) {
            // SAFETY: the tile lies within the layer.
            unsafe {
                let (a, w, z) = (a.add(sample), w.add(unit), z.add(unit * CHUNK + sample));
                match size {
                    1 => forward_tile::<L, C, 1>(l, p, a, w, z, n),
                    2 => forward_tile::<L, C, 2>(l, p, a, w, z, n),
                    3 => forward_tile::<L, C, 3>(l, p, a, w, z, n),
                    _ if L::TILE > 3 => forward_tile::<L, C, 4>(l, p, a, w, z, n),
                    _ => {}
                }
            }
        }
    });
}

#[inline(always)]
unsafe fn forward_tile<L: Registers, C: Curve, const T: usize>(
    l: L,
    p: Product,
    a: *const L::F,
    w: *const L::F,
    z: *mut L::F,
    n: &[L::F],
) {
    // SAFETY: as the caller says.
    unsafe {
        let mut sums = [[l.splat(0.0); 4]; T];
        if p.bias != Bias::None {
            let (bias, input) = (w.add(p.inputs * p.columns), l.splat(p.bias.input()));
            for (t, sums) in sums.iter_mut().enumerate() {
                *sums = [l.mul(*bias.add(t), input); 4];
            }
        }
        for input in 0..p.inputs {
            let (a, w) = (a.add(input * CHUNK), w.add(input * p.columns));
            for s in 0..4 {
                let a = *a.add(s);
                for (t, sums) in sums.iter_mut().enumerate() {
                    sums[s] = l.fma(a, *w.add(t), sums[s]);
                }
            }
        }
        for (t, sums) in sums.iter().enumerate() {
            for (s, sum) in sums.iter().enumerate() {
                *z.add(t * CHUNK + s) = C::value(l, *sum, n);
            }
        }
    }
}

#[inline(always)]
unsafe fn inputs_body<L: Registers, C: Curve>(
    l: L,
    p: Product,
    d: *const f32,
    w: *const f32,
    a: *const f32,
    x: *mut f32,
    numbers: *const f32,
) {
    let (d, w, a, x) = (d.cast::<L::F>(), w.cast::<L::F>(), a.cast::<L::F>(), x.cast::<L::F>());
    // SAFETY: the caller gives the numbers.
    let n = unsafe { numbers_of::<L>(numbers) };
    cut(p.inputs, L::TILE, |input, size| {
        for sample in (0..p.len).step_by(4) {
            // SAFETY: the tile lies within the layer.
            unsafe {
                let place = input * CHUNK + sample;
                let (d, w, a, x) = (d.add(sample), w.add(input * p.columns), a.add(place), x.add(place));
                match size {
                    1 => inputs_tile::<L, C, 1>(l, p, d, w, a, x, n),
                    2 => inputs_tile::<L, C, 2>(l, p, d, w, a, x, n),
                    3 => inputs_tile::<L, C, 3>(l, p, d, w, a, x, n),
                    _ if L::TILE > 3 => inputs_tile::<L, C, 4>(l, p, d, w, a, x, n),
                    _ => {}
                }
            }
        }
    });
}

#[inline(always)]
unsafe fn inputs_tile<L: Registers, C: Curve, const T: usize>(
    l: L,
    p: Product,
    d: *const L::F,
    w: *const L::F,
    a: *const L::F,
    x: *mut L::F,
    n: &[L::F],
) {
    // SAFETY: as the caller says.
    unsafe {
        let mut sums = [[l.splat(0.0); 4]; T];
        for unit in 0..p.units {
            let (d, w) = (d.add(unit * CHUNK), w.add(unit));
            for s in 0..4 {
                let d = *d.add(s);
                for (t, sums) in sums.iter_mut().enumerate() {
                    sums[s] = l.fma(d, *w.add(t * p.columns), sums[s]);
                }
            }
        }
        for (t, sums) in sums.iter().enumerate() {
            for (s, sum) in sums.iter().enumerate() {
                let a = *a.add(t * CHUNK + s);
                *x.add(t * CHUNK + s) = l.mul(*sum, C::slope(l, a, a, n));
            }
        }
    }
}

#[inline(always)]
unsafe fn weights_body<L: Registers>(
    l: L,
    p: Product,
    a: *const f32,
    d: *const f32,
    g: *mut f32,
    first: bool,
) {
    let (a, d, g) = (a.cast::<L::F>(), d.cast::<L::F>(), g.cast::<L::F>());
    cut(p.inputs + p.bias.rows(), 4, |input, rows| {
        cut(p.units, L::TILE, |unit, size| {
            // SAFETY: the tile lies within the layer.
            unsafe {
                let (a, d, g) = (a.add(input * CHUNK), d.add(unit * CHUNK), g.add(input * p.columns + unit));
                match rows {
                    1 => weights_rows::<L, 1>(l, p, size, a, d, g, first),
                    2 => weights_rows::<L, 2>(l, p, size, a, d, g, first),
                    3 => weights_rows::<L, 3>(l, p, size, a, d, g, first),
                    _ => weights_rows::<L, 4>(l, p, size, a, d, g, first),
                }
            }
        });
    });
}

#[inline(always)]
unsafe fn weights_rows<L: Registers, const R: usize>(
    l: L,
    p: Product,
    size: usize,
    a: *const L::F,
    d: *const L::F,
    g: *mut L::F,
    first: bool,
) {
    // SAFETY: as the caller says.
    unsafe {
        match size {
            1 => weights_tile::<L, R, 1>(l, p, a, d, g, first),
            2 => weights_tile::<L, R, 2>(l, p, a, d, g, first),
            3 => weights_tile::<L, R, 3>(l, p, a, d, g, first),
            _ if L::TILE > 3 => weights_tile::<L, R, 4>(l, p, a, d, g, first),
            _ => {}
        }
    }
}

#[inline(always)]
unsafe fn weights_tile<L: Registers, const R: usize, const T: usize>(
    l: L,
    p: Product,
    a: *const L::F,
    d: *const L::F,
    g: *mut L::F,
    first: bool,
) {
    // SAFETY: as the caller says.
    unsafe {
        let mut sums = [[l.splat(0.0); T]; R];
        if !first {
            for (r, sums) in sums.iter_mut().enumerate() {
                for (t, sum) in sums.iter_mut().enumerate() {
                    *sum = *g.add(r * p.columns + t);
                }
            }
        }
        for s in 0..p.len {
            for (r, sums) in sums.iter_mut().enumerate() {
                let a = *a.add(r * CHUNK + s);
                for (t, sum) in sums.iter_mut().enumerate() {
                    *sum = l.fma(a, *d.add(t * CHUNK + s), *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (t, sum) in sums.iter().enumerate() {
                *g.add(r * p.columns + t) = *sum;
            }
        }
    }
}

/// Rows of the tables of a block's members, to be laid out for a chunk.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gather {
    /// First number of each lane's table.
    pub(crate) tables: [*const f32; WIDEST],
    /// Row numbers of each lane's samples.
    pub(crate) orders: [*const u32; WIDEST],
    /// All lanes see the samples of the first.
    pub(crate) is_shared: bool,
    /// Samples, and samples to fill: the last is repeated.
    pub(crate) len: usize,
    pub(crate) filled: usize,
    /// Numbers from one row of a table to the next.
    pub(crate) stride: usize,
}

compile! {
    /// Numbers `from .. from + count` of each sample's row to `[count][CHUNK]` vectors. Rows go on for as long as it takes to read in
    /// fours from `from` on.
    gather: gather_body(task: &Gather, from: usize, count: usize, to: *mut f32)
}

#[inline(always)]
unsafe fn gather_body<L: Registers>(l: L, task: &Gather, from: usize, count: usize, to: *mut f32) {
    let to = to.cast::<L::F>();
    // Sample by sample for a lane; the last is repeated where samples are missing.
    let row = |lane: usize, sample: usize| {
        // SAFETY: the caller's tables hold the rows that the orders name, and what is read in fours.
        unsafe {
            let row = *task.orders[lane].add(sample.min(task.len - 1)) as usize;
            task.tables[lane].add(row * task.stride + from)
        }
    };
    if task.is_shared {
        for sample in (0..task.filled).step_by(4) {
            let rows = [row(0, sample), row(0, sample + 1), row(0, sample + 2), row(0, sample + 3)];
            for k in 0..count {
                for (s, row) in rows.iter().enumerate() {
                    // SAFETY: as above; four samples more are within the chunk.
                    unsafe { *to.add(k * CHUNK + sample + s) = l.splat(*row.add(k)) };
                }
            }
        }
        return;
    }
    for sample in 0..task.filled {
        let mut rows = [std::ptr::null(); WIDEST];
        for (lane, place) in rows.iter_mut().enumerate().take(L::WIDTH) {
            *place = row(lane, sample);
        }
        for group in (0..count).step_by(4) {
            // SAFETY: as above.
            unsafe {
                let columns = l.columns(&rows);
                for (k, column) in columns.iter().enumerate().take(count - group) {
                    *to.add((group + k) * CHUNK + sample) = *column;
                }
            }
            rows = rows.map(|row| row.wrapping_add(4));
        }
    }
}

compile! {
    /// Multiplies deltas by a factor and, unless the pointer is null, by the weight of each sample; weighs the samples' values
    /// the same way (without the factor) and sums those of the first `real` samples.
    weigh: weigh_body(grid: Grid, real: usize, task: Weigh)
}

/// What [`weigh`] reads and writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Weigh {
    /// The grid.
    pub(crate) deltas: *mut f32,
    /// A vector for each sample.
    pub(crate) sums: *mut f32,
    /// The same, or null.
    pub(crate) weights: *const f32,
    /// A vector each.
    pub(crate) factor: *const f32,
    pub(crate) total: *mut f32,
}

#[inline(always)]
unsafe fn weigh_body<L: Registers>(l: L, grid: Grid, real: usize, task: Weigh) {
    // SAFETY: the caller gives vectors for the grid, its samples, and one each of the rest.
    unsafe {
        let (deltas, sums) = (task.deltas.cast::<L::F>(), task.sums.cast::<L::F>());
        let (weights, factor) = (task.weights.cast::<L::F>(), *task.factor.cast::<L::F>());
        for at in 0..grid.len {
            let mut scale = factor;
            if !weights.is_null() {
                let weight = *weights.add(at);
                scale = l.mul(weight, factor);
                *sums.add(at) = l.mul(*sums.add(at), weight);
            }
            for unit in 0..grid.units {
                let place = unit * grid.stride + at;
                *deltas.add(place) = l.mul(*deltas.add(place), scale);
            }
        }
        let mut sum = l.splat(0.0);
        for at in 0..real {
            sum = l.add(sum, *sums.add(at));
        }
        *task.total.cast::<L::F>() = sum;
    }
}

compile! {
    /// Multiplies vectors by others.
    multiply: multiply_body(grid: Grid, values: *mut f32, factors: *const f32)
}

#[inline(always)]
unsafe fn multiply_body<L: Registers>(l: L, grid: Grid, values: *mut f32, factors: *const f32) {
    for unit in 0..grid.units {
        for at in unit * grid.stride..unit * grid.stride + grid.len {
            // SAFETY: the caller gives vectors for the whole of both grids.
            unsafe {
                let value = values.cast::<L::F>().add(at);
                *value = l.mul(*value, *factors.cast::<L::F>().add(at));
            }
        }
    }
}

compile! {
    /// Replaces vectors by `off` where `on` is 0.
    switch: switch_body(grid: Grid, values: *mut f32, on: *const f32, off: f32)
}

#[inline(always)]
unsafe fn switch_body<L: Registers>(l: L, grid: Grid, values: *mut f32, on: *const f32, off: f32) {
    for unit in 0..grid.units {
        for at in unit * grid.stride..unit * grid.stride + grid.len {
            // SAFETY: the caller gives vectors for the whole of both grids.
            unsafe {
                let value = values.cast::<L::F>().add(at);
                let is_on = l.gt(*on.cast::<L::F>().add(at), l.splat(0.0));
                *value = l.select(is_on, *value, l.splat(off));
            }
        }
    }
}
