//! The limit kernel: iris 4-5-6-3, relu, softmax + cross-entropy, gradient descent, one member in each lane, and nothing else.
//!
//! Sizes are constants, samples are shared, activations and gradients lie on the stack, and everything is compiled into one
//! function. It computes what the product computes, bit for bit, so that the time between the two is the price of the
//! abstractions alone: what any network, loss, optimizer, order, and weighting cost. It checks nothing.
#![expect(unsafe_code, reason = "functions compiled for instruction sets")]
#![expect(clippy::needless_range_loop, reason = "bare loops over constant sizes")]

use std::hint::black_box;

use runner::kernel::lanes::{self, Lanes};
use runner::kernel::{Set, math};

const FEATURES: usize = 4;
const FIRST: usize = 5;
const SECOND: usize = 6;
const OUTPUTS: usize = 3;
/// Samples that pass through the layers together: four vectors at a time, as the registers of a tile.
const CHUNK: usize = 16;
const TILE: usize = 4;

/// Numbers a member has to learn.
pub(crate) const PARAMETERS: usize = (FEATURES + 1) * FIRST + (FIRST + 1) * SECOND + (SECOND + 1) * OUTPUTS;

/// Samples that all members share, and how they are trained.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Work<'a> {
    pub(crate) x: &'a [[f32; FEATURES]],
    pub(crate) y: &'a [[f32; OUTPUTS]],
    /// Rows in the order of their batches, again in every epoch.
    pub(crate) order: &'a [u32],
    pub(crate) batch: usize,
    pub(crate) rate: f32,
    pub(crate) steps: usize,
}

/// Trains members whose `parameters` are `[member][parameter]`; `losses` is `[step][member]`. Whole vectors of members only.
pub(crate) fn train(set: Set, work: &Work<'_>, parameters: &mut [f32], losses: &mut [f64]) {
    match set {
        Set::Portable => blocks(lanes::Portable, work, parameters, losses),
        #[cfg(target_arch = "x86_64")]
        Set::Avx2 => {
            let lanes = lanes::Avx2::detect().expect("a machine with AVX2");
            // SAFETY: the line above.
            unsafe { avx2(lanes, work, parameters, losses) }
        }
        #[cfg(target_arch = "x86_64")]
        Set::Avx512 => {
            let lanes = lanes::Avx512::detect().expect("a machine with AVX-512");
            // SAFETY: the line above.
            unsafe { avx512(lanes, work, parameters, losses) }
        }
        #[cfg(not(target_arch = "x86_64"))]
        _ => unreachable!("this machine has no such instructions"),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn avx2(l: lanes::Avx2, work: &Work<'_>, parameters: &mut [f32], losses: &mut [f64]) {
    blocks(l, work, parameters, losses);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
fn avx512(l: lanes::Avx512, work: &Work<'_>, parameters: &mut [f32], losses: &mut [f64]) {
    blocks(l, work, parameters, losses);
}

/// The parameters of a block of members, or their gradient.
#[derive(Clone, Copy)]
struct Parameters<L: Lanes> {
    first: Layer<L, FEATURES, FIRST>,
    second: Layer<L, FIRST, SECOND>,
    output: Layer<L, SECOND, OUTPUTS>,
}

#[derive(Clone, Copy)]
struct Layer<L: Lanes, const I: usize, const U: usize> {
    weights: [[L::F; U]; I],
    bias: [L::F; U],
}

/// What is kept of a chunk.
struct Chunk<L: Lanes> {
    x: Values<L, FEATURES>,
    a: Values<L, FIRST>,
    b: Values<L, SECOND>,
    /// Pre-activations of the outputs, then derivatives by them, as `db` and `da`.
    d: Values<L, OUTPUTS>,
    db: Values<L, SECOND>,
    da: Values<L, FIRST>,
    values: [[L::F; TILE]; CHUNK / TILE],
}

/// A row of vectors for each unit, one for each sample of a chunk.
type Values<L, const U: usize> = [[[<L as Lanes>::F; TILE]; CHUNK / TILE]; U];

#[inline(always)]
fn blocks<L: Lanes>(l: L, work: &Work<'_>, parameters: &mut [f32], losses: &mut [f64]) {
    let members = parameters.len() / PARAMETERS;
    assert_eq!(members % L::WIDTH, 0, "whole vectors of members");
    let mut vector = [0.0_f32; lanes::WIDEST];
    let mut chunk = Chunk::<L>::new(l);
    for first in (0..members).step_by(L::WIDTH) {
        let mut w = Parameters::<L>::new(l);
        let rows = &mut parameters[first * PARAMETERS..][..L::WIDTH * PARAMETERS];
        w.each(|index, place| {
            for lane in 0..L::WIDTH {
                vector[lane] = rows[lane * PARAMETERS + index];
            }
            *place = l.load(&vector);
        });
        for step in 0..work.steps {
            let total = train_step(l, work, step, &mut w, &mut chunk);
            losses[step * members + first..][..L::WIDTH].copy_from_slice(&total[..L::WIDTH]);
        }
        w.each(|index, place| {
            l.store(*place, &mut vector);
            for lane in 0..L::WIDTH {
                rows[lane * PARAMETERS + index] = vector[lane];
            }
        });
    }
}

/// One step; gives the loss of each lane.
#[inline(always)]
fn train_step<L: Lanes>(
    l: L,
    work: &Work<'_>,
    step: usize,
    w: &mut Parameters<L>,
    chunk: &mut Chunk<L>,
) -> [f64; lanes::WIDEST] {
    let batches = work.order.len().div_ceil(work.batch);
    let from = step % batches * work.batch;
    let rows = &work.order[from..work.order.len().min(from + work.batch)];
    let factor = l.splat((1.0 / rows.len() as f64) as f32);
    let mut gradient = Parameters::<L>::new(l);
    let mut totals = [0.0_f64; lanes::WIDEST];
    let mut vector = [0.0_f32; lanes::WIDEST];
    for samples in rows.chunks(CHUNK) {
        let sum = differentiate(l, work, samples, factor, w, chunk, &mut gradient);
        l.store(sum, &mut vector);
        for lane in 0..L::WIDTH {
            totals[lane] += f64::from(vector[lane]);
        }
    }
    descend(l, &gradient.first, l.splat(work.rate), &mut w.first);
    descend(l, &gradient.second, l.splat(work.rate), &mut w.second);
    descend(l, &gradient.output, l.splat(work.rate), &mut w.output);
    totals.map(|total| total / rows.len() as f64)
}

/// Adds the gradient of a chunk; gives its loss, not yet divided.
#[inline(always)]
fn differentiate<L: Lanes>(
    l: L,
    work: &Work<'_>,
    rows: &[u32],
    factor: L::F,
    w: &Parameters<L>,
    chunk: &mut Chunk<L>,
    gradient: &mut Parameters<L>,
) -> L::F {
    let zero = l.splat(0.0);
    // The last tile is filled with the last sample.
    let mut samples = [0; CHUNK];
    for (at, sample) in samples.iter_mut().enumerate() {
        *sample = rows[at.min(rows.len() - 1)] as usize;
    }
    let tiles = rows.len().div_ceil(TILE);
    // Opaque, so that what one loop leaves is in memory and not in the way of the registers of the next.
    let (w, gradient) = (black_box(w), black_box(gradient));
    let Chunk { x, a, b, d, db, da, values } = black_box(chunk);
    // Layer by layer: tiles of one layer do not wait for one another.
    for tile in 0..tiles {
        for s in 0..TILE {
            let row = &work.x[samples[tile * TILE + s]];
            for k in 0..FEATURES {
                x[k][tile][s] = l.splat(row[k]);
            }
        }
    }
    for tile in 0..tiles {
        forward::<L, FEATURES, FIRST, 0, 3>(l, x, &w.first, tile, true, a);
        forward::<L, FEATURES, FIRST, 3, 2>(l, x, &w.first, tile, true, a);
    }
    for tile in 0..tiles {
        forward::<L, FIRST, SECOND, 0, 3>(l, a, &w.second, tile, true, b);
        forward::<L, FIRST, SECOND, 3, 3>(l, a, &w.second, tile, true, b);
    }
    for tile in 0..tiles {
        forward::<L, SECOND, OUTPUTS, 0, 3>(l, b, &w.output, tile, false, d);
    }
    for tile in 0..tiles {
        loss(l, work, &samples, tile, factor, d, &mut values[tile]);
    }
    for tile in 0..tiles {
        back::<L, OUTPUTS, SECOND, 0, 3>(l, d, &w.output, tile, b, db);
        back::<L, OUTPUTS, SECOND, 3, 3>(l, d, &w.output, tile, b, db);
    }
    for tile in 0..tiles {
        back::<L, SECOND, FIRST, 0, 3>(l, db, &w.second, tile, a, da);
        back::<L, SECOND, FIRST, 3, 2>(l, db, &w.second, tile, a, da);
    }
    let n = rows.len();
    weights::<L, SECOND, OUTPUTS, 0, 3, 0, 3>(l, b, d, n, &mut gradient.output);
    weights::<L, SECOND, OUTPUTS, 3, 3, 0, 3>(l, b, d, n, &mut gradient.output);
    bias(l, d, n, &mut gradient.output.bias);
    weights::<L, FIRST, SECOND, 0, 5, 0, 2>(l, a, db, n, &mut gradient.second);
    weights::<L, FIRST, SECOND, 0, 5, 2, 2>(l, a, db, n, &mut gradient.second);
    weights::<L, FIRST, SECOND, 0, 5, 4, 2>(l, a, db, n, &mut gradient.second);
    bias(l, db, n, &mut gradient.second.bias);
    weights::<L, FEATURES, FIRST, 0, 4, 0, 3>(l, x, da, n, &mut gradient.first);
    weights::<L, FEATURES, FIRST, 0, 4, 3, 2>(l, x, da, n, &mut gradient.first);
    bias(l, da, n, &mut gradient.first.bias);
    let mut sum = zero;
    for at in 0..n {
        sum = l.add(sum, values[at / TILE][at % TILE]);
    }
    sum
}

/// `n`, for a loop that is to stay one: unrolled, its multiply-adds are sorted by sum, and more sums wait than registers hold.
#[inline(always)]
fn rolled(n: usize) -> usize {
    black_box(n).min(n)
}

/// Units `FROM .. FROM + T` of a layer for a tile of samples, after relu or not.
#[inline(always)]
fn forward<L: Lanes, const I: usize, const U: usize, const FROM: usize, const T: usize>(
    l: L,
    a: &Values<L, I>,
    layer: &Layer<L, I, U>,
    tile: usize,
    is_hidden: bool,
    z: &mut Values<L, U>,
) {
    let mut sums = [[l.splat(0.0); TILE]; T];
    for t in 0..T {
        sums[t] = [layer.bias[FROM + t]; TILE];
    }
    for i in 0..rolled(I) {
        for s in 0..TILE {
            for t in 0..T {
                sums[t][s] = l.fma(a[i][tile][s], layer.weights[i][FROM + t], sums[t][s]);
            }
        }
    }
    for t in 0..T {
        for s in 0..TILE {
            let value = sums[t][s];
            z[FROM + t][tile][s] = if is_hidden { l.max(l.splat(0.0), value) } else { value };
        }
    }
}

/// Softmax with cross-entropy: pre-activations to their derivatives, and the value of each sample.
#[inline(always)]
fn loss<L: Lanes>(
    l: L,
    work: &Work<'_>,
    samples: &[usize; CHUNK],
    tile: usize,
    factor: L::F,
    d: &mut Values<L, OUTPUTS>,
    values: &mut [L::F; TILE],
) {
    let zero = l.splat(0.0);
    for s in 0..TILE {
        let y = &work.y[samples[tile * TILE + s]];
        let mut largest = d[0][tile][s];
        for k in 1..OUTPUTS {
            largest = l.max(largest, d[k][tile][s]);
        }
        let (mut sum, mut along, mut total) = (zero, zero, zero);
        let mut e = [zero; OUTPUTS];
        for k in 0..OUTPUTS {
            let below = l.sub(d[k][tile][s], largest);
            e[k] = math::flushed_exp(l, below);
            sum = l.add(sum, e[k]);
            along = l.fma(l.splat(y[k]), below, along);
            total = l.add(total, l.splat(y[k]));
        }
        for k in 0..OUTPUTS {
            d[k][tile][s] = l.mul(l.sub(l.div(e[k], sum), l.splat(y[k])), factor);
        }
        values[s] = l.sub(l.mul(total, math::ln_of_normal(l, sum)), along);
    }
}

/// Derivatives by the pre-activations of units `FROM .. FROM + T` below a layer, through relu.
#[inline(always)]
fn back<L: Lanes, const U: usize, const I: usize, const FROM: usize, const T: usize>(
    l: L,
    d: &Values<L, U>,
    layer: &Layer<L, I, U>,
    tile: usize,
    a: &Values<L, I>,
    x: &mut Values<L, I>,
) {
    let zero = l.splat(0.0);
    let mut sums = [[zero; TILE]; T];
    for u in 0..rolled(U) {
        for s in 0..TILE {
            for t in 0..T {
                sums[t][s] = l.fma(d[u][tile][s], layer.weights[FROM + t][u], sums[t][s]);
            }
        }
    }
    for t in 0..T {
        for s in 0..TILE {
            x[FROM + t][tile][s] = l.only(l.gt(a[FROM + t][tile][s], zero), sums[t][s]);
        }
    }
}

/// Adds the derivatives by the weights from inputs `IN .. IN + R` to units `FROM .. FROM + T`.
#[inline(always)]
fn weights<
    L: Lanes,
    const I: usize,
    const U: usize,
    const IN: usize,
    const R: usize,
    const FROM: usize,
    const T: usize,
>(
    l: L,
    a: &Values<L, I>,
    d: &Values<L, U>,
    samples: usize,
    gradient: &mut Layer<L, I, U>,
) {
    let mut sums = [[l.splat(0.0); T]; R];
    for r in 0..R {
        for t in 0..T {
            sums[r][t] = gradient.weights[IN + r][FROM + t];
        }
    }
    for at in 0..samples.min(CHUNK) {
        for r in 0..R {
            let a = a[IN + r].as_flattened()[at];
            for t in 0..T {
                sums[r][t] = l.fma(a, d[FROM + t].as_flattened()[at], sums[r][t]);
            }
        }
    }
    for r in 0..R {
        for t in 0..T {
            gradient.weights[IN + r][FROM + t] = sums[r][t];
        }
    }
}

#[inline(always)]
fn bias<L: Lanes, const U: usize>(l: L, d: &Values<L, U>, samples: usize, gradient: &mut [L::F; U]) {
    let mut sums = *gradient;
    for at in 0..samples.min(CHUNK) {
        for u in 0..U {
            sums[u] = l.add(sums[u], d[u].as_flattened()[at]);
        }
    }
    *gradient = sums;
}

#[inline(always)]
fn descend<L: Lanes, const I: usize, const U: usize>(
    l: L,
    gradient: &Layer<L, I, U>,
    rate: L::F,
    layer: &mut Layer<L, I, U>,
) {
    for u in 0..U {
        for i in 0..I {
            layer.weights[i][u] = l.fnma(rate, gradient.weights[i][u], layer.weights[i][u]);
        }
        layer.bias[u] = l.fnma(rate, gradient.bias[u], layer.bias[u]);
    }
}

impl<L: Lanes> Chunk<L> {
    #[inline(always)]
    fn new(l: L) -> Self {
        let tiles = [[l.splat(0.0); TILE]; CHUNK / TILE];
        Chunk {
            x: [tiles; FEATURES],
            a: [tiles; FIRST],
            b: [tiles; SECOND],
            d: [tiles; OUTPUTS],
            db: [tiles; SECOND],
            da: [tiles; FIRST],
            values: tiles,
        }
    }
}

impl<L: Lanes> Parameters<L> {
    #[inline(always)]
    fn new(l: L) -> Self {
        let zero = l.splat(0.0);
        Parameters {
            first: Layer { weights: [[zero; FIRST]; FEATURES], bias: [zero; FIRST] },
            second: Layer { weights: [[zero; SECOND]; FIRST], bias: [zero; SECOND] },
            output: Layer { weights: [[zero; OUTPUTS]; SECOND], bias: [zero; OUTPUTS] },
        }
    }

    /// Every vector with its index among the parameters of a member.
    #[inline(always)]
    fn each(&mut self, mut f: impl FnMut(usize, &mut L::F)) {
        let first = self.first.weights.as_flattened_mut().iter_mut().chain(&mut self.first.bias);
        let second = self.second.weights.as_flattened_mut().iter_mut().chain(&mut self.second.bias);
        let output = self.output.weights.as_flattened_mut().iter_mut().chain(&mut self.output.bias);
        first.chain(second).chain(output).enumerate().for_each(|(index, place)| f(index, place));
    }
}
