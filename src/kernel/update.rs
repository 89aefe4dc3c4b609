//! What surrounds an optimizer's rule, on vectors: penalties, clipping, and one call for all parameters.
//!
//! In the order of the reference path: penalties, clipping by value, by norm, weight decay, the rule, the learning rate.

use super::forms::{NUMBERS_MAX, Update};
use super::lanes::Lanes;
use super::memory::Buffer;
use super::sets::{Set, compile};
use super::task::{Method, Pace, Span};

/// Where the entries of a gradient lie.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entries<'a> {
    /// Each lane is a member: entry `i` is vector `i`.
    InLanes,
    /// All are of one member.
    Runs(&'a [Run]),
}

/// Parameters of a member side by side.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// The first one's index among the member's parameters.
    pub(crate) index: usize,
    /// Where it lies.
    pub(crate) place: usize,
    pub(crate) len: usize,
}

/// An optimizer at work on the members of a block: their numbers, one vector each.
pub(super) struct Stepper<'a> {
    set: Set,
    method: &'a Method,
    rate: Buffer,
    numbers: Buffer,
    around: [Option<Buffer>; 4],
}

impl<'a> Stepper<'a> {
    /// `spread` lays a number per member out as a vector.
    pub(super) fn new(set: Set, method: &'a Method, spread: impl Fn(&[f32], &mut [f32])) -> Stepper<'a> {
        let vector = |values: &Option<Vec<f32>>| {
            values.as_ref().map(|values| {
                let mut buffer = Buffer::zeros(set.width());
                spread(values, buffer.numbers_mut());
                buffer
            })
        };
        let around = [&method.l1, &method.twice_l2, &method.clip_value, &method.clip_norm].map(vector);
        let (rate, numbers) = (Buffer::zeros(2 * set.width()), Buffer::zeros(NUMBERS_MAX * set.width()));
        Stepper { set, method, rate, numbers, around }
    }

    /// Lays out the numbers of a step; `members` are those of the lanes.
    pub(super) fn begin(&mut self, step: usize, members: &[usize]) {
        let fill = |buffer: &mut Buffer, pace: &Pace, width: usize| {
            if step > 0 && pace.step == 0 {
                return;
            }
            for (lane, member) in members.iter().enumerate().take(width) {
                let numbers = pace.at(step, *member);
                let vectors = buffer.numbers_mut().chunks_exact_mut(width);
                vectors.zip(numbers).for_each(|(vector, number)| vector[lane] = *number);
            }
        };
        fill(&mut self.rate, &self.method.rate, self.set.width());
        fill(&mut self.numbers, &self.method.numbers, self.set.width());
    }

    /// One step: `parameters`, `gradient`, and each state are `count` vectors; the gradient is used up.
    pub(super) fn step(
        &mut self,
        spans: &[Span],
        entries: Entries<'_>,
        parameters: &mut Buffer,
        gradient: &mut Buffer,
        states: &mut Buffer,
        count: usize,
    ) {
        let (set, width) = (self.set, self.set.width());
        let pointer = |buffer: &Option<Buffer>| buffer.as_ref().map_or(std::ptr::null(), |b| b.at(0, width));
        let [l1, l2, clip_value, clip_norm] = &self.around;
        let size = count * width;
        let (w, g) = (parameters.at_mut(0, size), gradient.at_mut(0, size));
        let states = states.at_mut(0, self.method.rule.states * size);
        // SAFETY: the buffers hold `count` vectors, spans lie within them, and numbers are vectors.
        unsafe {
            if l1.is_some() || l2.is_some() {
                for span in spans.iter().filter(|span| span.is_weight) {
                    let (w, g) = (w.add(span.start * width), g.add(span.start * width));
                    penalise().of(set)(span.len, w, g, pointer(l1), pointer(l2));
                }
            }
            if clip_value.is_some() {
                clamp().of(set)(count, g, pointer(clip_value));
            }
            match entries {
                _ if clip_norm.is_none() => {}
                Entries::InLanes => clip().of(set)(count, g, pointer(clip_norm)),
                Entries::Runs(runs) => clip_runs().of(set)(runs, count, g, pointer(clip_norm)),
            }
            (self.method.rule.update.of(set))(Update {
                parameters: w,
                gradient: g,
                states,
                apart: count,
                count,
                decay: self.method.decay,
                multiplies: self.method.multiplies,
                pace: self.rate.at(0, 2 * width),
                numbers: self.numbers.at(0, NUMBERS_MAX * width),
            });
        }
    }
}

compile! {
    /// Adds the gradients of `l1 · Σ|w|` and `l2 · Σw²`; the slope of `|w|` at 0 is 0.
    penalise: penalise_body(count: usize, w: *const f32, g: *mut f32, l1: *const f32, twice_l2: *const f32)
}

#[inline(always)]
unsafe fn penalise_body<L: Lanes>(
    l: L,
    count: usize,
    w: *const f32,
    g: *mut f32,
    l1: *const f32,
    twice_l2: *const f32,
) {
    // SAFETY: the caller gives `count` vectors, and one for each penalty that is not null.
    unsafe {
        let (w, g) = (w.cast::<L::F>(), g.cast::<L::F>());
        for at in 0..count {
            let (weight, mut slope) = (*w.add(at), *g.add(at));
            if !l1.is_null() {
                slope = l.fma(l.sign(weight), *l1.cast::<L::F>(), slope);
            }
            if !twice_l2.is_null() {
                slope = l.fma(weight, *twice_l2.cast::<L::F>(), slope);
            }
            *g.add(at) = slope;
        }
    }
}

compile! {
    /// Every entry within ± the limit; NaN stays.
    clamp: clamp_body(count: usize, g: *mut f32, limit: *const f32)
}

#[inline(always)]
unsafe fn clamp_body<L: Lanes>(l: L, count: usize, g: *mut f32, limit: *const f32) {
    // SAFETY: the caller gives `count` vectors and one.
    unsafe {
        let (g, limit) = (g.cast::<L::F>(), *limit.cast::<L::F>());
        for at in 0..count {
            // Both give the second number where the first is not smaller or larger, so NaN passes.
            *g.add(at) = l.max(l.neg(limit), l.min(limit, *g.add(at)));
        }
    }
}

/// Sums that a norm is made of: entry `i` joins sum `i mod 8`, and the sums are added in pairs.
const PARTS: usize = 8;

compile! {
    /// `g · min(1, limit / (|g| + 1e-6))` with the Euclidean norm over all entries of a member.
    clip: clip_body(count: usize, g: *mut f32, limit: *const f32)
}

#[inline(always)]
unsafe fn clip_body<L: Lanes>(l: L, count: usize, g: *mut f32, limit: *const f32) {
    // SAFETY: the caller gives `count` vectors and one.
    unsafe {
        let g = g.cast::<L::F>();
        let mut parts = [l.splat(0.0); PARTS];
        for at in 0..count {
            let slope = *g.add(at);
            parts[at % PARTS] = l.fma(slope, slope, parts[at % PARTS]);
        }
        let scale = norm_scale(l, parts, *limit.cast::<L::F>());
        scale_body(l, count, g, scale);
    }
}

compile! {
    /// The same where all `count` vectors are of one member. What belongs to no run is 0.
    clip_runs: clip_runs_body(runs: &[Run], count: usize, g: *mut f32, limit: *const f32)
}

#[inline(always)]
unsafe fn clip_runs_body<L: Lanes>(l: L, runs: &[Run], count: usize, g: *mut f32, limit: *const f32) {
    let mut parts = [0.0_f32; PARTS];
    for run in runs {
        let end = run.index + run.len;
        for base in (run.index - run.index % PARTS..end).step_by(PARTS) {
            for (part, sum) in parts.iter_mut().enumerate() {
                let index = base + part;
                if index >= run.index && index < end {
                    // SAFETY: runs lie within the gradient.
                    let slope = unsafe { *g.add(run.place + index - run.index) };
                    *sum = slope.mul_add(slope, *sum);
                }
            }
        }
    }
    // SAFETY: the caller gives `count` vectors and one.
    unsafe {
        let scale = norm_scale(l, parts.map(|part| l.splat(part)), *limit.cast::<L::F>());
        scale_body(l, count, g.cast::<L::F>(), scale);
    }
}

/// Multiplies `count` vectors.
#[inline(always)]
unsafe fn scale_body<L: Lanes>(l: L, count: usize, g: *mut L::F, scale: L::F) {
    for at in 0..count {
        // SAFETY: the caller gives them.
        unsafe { *g.add(at) = l.mul(*g.add(at), scale) };
    }
}

/// The factor on a gradient whose squares sum to `parts`.
#[inline(always)]
pub(super) fn norm_scale<L: Lanes>(l: L, parts: [L::F; PARTS], limit: L::F) -> L::F {
    let [a, b, c, d, e, f, g, h] = parts;
    let low = l.add(l.add(a, b), l.add(c, d));
    let high = l.add(l.add(e, f), l.add(g, h));
    let norm = l.sqrt(l.add(low, high));
    let scale = l.div(limit, l.add(norm, l.splat(1e-6)));
    // The second number where the first is not smaller: NaN passes.
    l.min(l.splat(1.0), scale)
}
