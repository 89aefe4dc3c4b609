//! Products of a dense layer for one member, its units in the lanes.
//!
//! Samples and inputs are read one number at a time, wherever their rows lie, so that a table's rows need no copy.
//! Weights lie in panels: two vectors of units for every input, then for the bias, and then the next two; so a panel is read
//! from its first number to its last, whatever the layer's width. Gradients and the states of an optimizer lie the same way.
//! Every sum is one chain of fused multiply-adds in the order of its index, as in `tiles`: a tile leaves its sums in memory
//! and takes them up again where the chain is longer than a cache.

use super::lanes::{Registers, WIDEST};
use super::sets::compile;
use super::task::Bias;

/// Samples that pass through the layers together; whole groups of [`super::tiles::CHUNK`].
pub(crate) const CHUNK: usize = 128;

/// Vectors of units side by side in a panel.
pub(crate) const PANEL: usize = 2;

/// Rows for lanes that have none.
static ZEROS: [f32; CHUNK] = [0.0; CHUNK];

/// A dense layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dense {
    pub(crate) inputs: usize,
    pub(crate) units: usize,
    pub(crate) bias: Bias,
}

impl Dense {
    pub(crate) fn vectors(self, width: usize) -> usize {
        self.units.div_ceil(width)
    }

    /// Rows of a panel.
    pub(crate) fn rows(self) -> usize {
        self.inputs + self.bias.rows()
    }

    /// `(vectors before it, its vectors)` of each panel.
    pub(crate) fn panels(self, width: usize) -> impl Iterator<Item = (usize, usize)> {
        let vectors = self.vectors(width);
        (0..vectors).step_by(PANEL).map(move |before| (before, PANEL.min(vectors - before)))
    }
}

/// Rows of numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rows {
    pub(crate) first: *const f32,
    /// Numbers from one row to the next.
    pub(crate) stride: usize,
    /// Which row is next; null where they are taken as they lie.
    pub(crate) order: *const u32,
}

impl Rows {
    /// Rows as they lie.
    pub(crate) fn new(first: *const f32, stride: usize) -> Rows {
        Rows { first, stride, order: std::ptr::null() }
    }

    /// # Safety
    /// There is such a row.
    #[inline(always)]
    unsafe fn row(&self, at: usize) -> *const f32 {
        // SAFETY: as the caller says.
        unsafe {
            let row = if self.order.is_null() { at } else { *self.order.add(at) as usize };
            self.first.add(row * self.stride)
        }
    }
}

/// Samples or inputs of a register tile: with two vectors each, what the registers hold.
const fn rows_most(width: usize) -> usize {
    match width {
        16 => 12,
        8 => 6,
        _ => 4,
    }
}

/// Inputs whose panel stays in the nearest cache.
const fn depth_most(width: usize) -> usize {
    4096 / (PANEL * width)
}

/// Tiles of inputs that are packed together.
const PACKED: usize = 16;

/// Numbers to pack the inputs of a gradient.
pub(crate) const fn packed_len(width: usize) -> usize {
    PACKED * CHUNK * width
}

/// `0..n` in as few parts of at most `most` as possible, as even as possible: `(start, size)`.
#[derive(Clone, Copy)]
struct Cut {
    start: usize,
    small: usize,
    larger: usize,
    left: usize,
}

impl Cut {
    #[inline(always)]
    fn new(n: usize, most: usize) -> Cut {
        let parts = n.div_ceil(most);
        let whole = parts.max(1);
        Cut { start: 0, small: n / whole, larger: n % whole, left: parts }
    }
}

impl Iterator for Cut {
    type Item = (usize, usize);

    #[inline(always)]
    fn next(&mut self) -> Option<(usize, usize)> {
        self.left = self.left.checked_sub(1)?;
        let size = self.small + usize::from(self.larger > 0);
        self.larger = self.larger.saturating_sub(1);
        let start = self.start;
        self.start += size;
        Some((start, size))
    }
}

/// Calls a tile of `size` rows; sizes that the set has no registers for are not compiled.
macro_rules! by_rows {
    ($size:expr, $tile:ident::<$L:ident, $V:tt>$arguments:tt) => {{
        let most = rows_most($L::WIDTH);
        by_rows!(@match $size, most, $tile, $L, $V, $arguments, 1 2 3 4 5 6 7 8 9 10 11 12)
    }};
    (@match $size:expr, $most:ident, $tile:ident, $L:ident, $V:tt, $arguments:tt, $($R:literal)*) => {
        match $size {
            $($R if $most >= $R => by_rows!(@call $tile, $L, $R, $V, $arguments),)*
            _ => {}
        }
    };
    (@call $tile:ident, $L:ident, $R:literal, $V:tt, ($($argument:expr),*)) => {
        $tile::<$L, $R, $V>($($argument),*)
    };
}

compile! {
    /// Pre-activations `z`, `[sample][vectors]`, from the rows of `samples` and the weights `w`. With the weights turned
    /// ([`turn_weights`]): derivatives by the inputs from those by the pre-activations.
    forward: forward_body(p: Dense, rows: Rows, samples: usize, w: *const f32, z: *mut f32)
}

#[inline(always)]
unsafe fn forward_body<L: Registers>(l: L, p: Dense, rows: Rows, samples: usize, w: *const f32, z: *mut f32) {
    for part in Cut::new(p.inputs, depth_most(L::WIDTH)) {
        for (before, vectors) in p.panels(L::WIDTH) {
            // SAFETY: the caller gives rows of all inputs, and whole weights and pre-activations.
            unsafe {
                let w = w.cast::<L::F>().add(before * p.rows());
                let z = z.cast::<L::F>().add(before);
                match vectors {
                    1 => forward_panel::<L, 1>(l, p, rows, samples, w, z, part),
                    _ => forward_panel::<L, PANEL>(l, p, rows, samples, w, z, part),
                }
            }
        }
    }
}

/// Takes the sums of a panel through the inputs of `part`: `(from, len)`.
#[inline(always)]
unsafe fn forward_panel<L: Registers, const V: usize>(
    l: L,
    p: Dense,
    rows: Rows,
    samples: usize,
    w: *const L::F,
    z: *mut L::F,
    part: (usize, usize),
) {
    for (sample, size) in Cut::new(samples, rows_most(L::WIDTH)) {
        // SAFETY: the tile lies within the layer.
        unsafe { by_rows!(size, forward_tile::<L, V>(l, p, rows, sample, w, z, part)) }
    }
}

#[inline(always)]
unsafe fn forward_tile<L: Registers, const R: usize, const V: usize>(
    l: L,
    p: Dense,
    rows: Rows,
    sample: usize,
    w: *const L::F,
    z: *mut L::F,
    (from, len): (usize, usize),
) {
    let apart = p.vectors(L::WIDTH);
    // SAFETY: as the caller says.
    unsafe {
        let z = z.add(sample * apart);
        let mut sums = [[l.splat(0.0); V]; R];
        if from > 0 {
            for (r, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = *z.add(r * apart + v);
                }
            }
        } else if p.bias != Bias::None {
            let (bias, input) = (w.add(p.inputs * V), l.splat(p.bias.input()));
            for v in 0..V {
                let bias = l.mul(*bias.add(v), input);
                sums.iter_mut().for_each(|sums| sums[v] = bias);
            }
        }
        let a: [*const f32; R] = std::array::from_fn(|r| rows.row(sample + r).add(from));
        let w = w.add(from * V);
        for k in 0..len {
            let w: [L::F; V] = std::array::from_fn(|v| *w.add(k * V + v));
            for (r, sums) in sums.iter_mut().enumerate() {
                let a = l.splat(*a[r].add(k));
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = l.fma(a, w[v], *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                *z.add(r * apart + v) = *sum;
            }
        }
    }
}

/// What a gradient is made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gradient {
    pub(crate) dense: Dense,
    pub(crate) samples: usize,
    /// The inputs of each sample; a row can be read for a whole stride.
    pub(crate) rows: Rows,
    /// Derivatives by the pre-activations, `[sample][vectors]`.
    pub(crate) deltas: *const f32,
    /// Room for as many, and for [`packed_len`] numbers.
    pub(crate) panels: *mut f32,
    pub(crate) packed: *mut f32,
    /// Starts sums anew.
    pub(crate) is_first: bool,
}

compile! {
    /// Derivatives by the weights and the bias: added to what is there unless this is the first chunk.
    gradient: gradient_body(task: &Gradient, g: *mut f32)
}

#[inline(always)]
unsafe fn gradient_body<L: Registers>(l: L, task: &Gradient, g: *mut f32) {
    let (p, g) = (task.dense, g.cast::<L::F>());
    let vectors = p.vectors(L::WIDTH);
    // SAFETY: the caller gives all that the task names, whole.
    unsafe {
        if p.bias != Bias::None {
            bias_gradient(l, task, g);
        }
        if vectors > PANEL {
            packed_gradient(l, task, g);
            return;
        }
        let mut rows = [std::ptr::null(); CHUNK];
        for (sample, row) in rows.iter_mut().enumerate().take(task.samples) {
            *row = task.rows.row(sample);
        }
        for (at, size) in Cut::new(p.inputs, rows_most(L::WIDTH)) {
            let tile = Tile { rows: rows.as_ptr(), at, size, vectors };
            gradient_panel(l, task, tile, task.deltas.cast(), g.add(at * vectors));
        }
    }
}

/// The same for several panels, each of which meets all inputs: both are laid out in the order in which tiles read them.
#[inline(always)]
unsafe fn packed_gradient<L: Registers>(l: L, task: &Gradient, g: *mut L::F) {
    let p = task.dense;
    // SAFETY: as the caller says.
    unsafe {
        pack_deltas::<L>(task);
        let rows: [*const f32; CHUNK] =
            std::array::from_fn(|sample| task.packed.add(sample * L::WIDTH).cast_const());
        for (first, len) in Cut::new(p.inputs, PACKED * rows_most(L::WIDTH)) {
            let tiles = || Cut::new(len, rows_most(L::WIDTH)).enumerate();
            for (tile, (input, size)) in tiles() {
                pack_inputs::<L>(task, first + input, size, tile * CHUNK * L::WIDTH);
            }
            for (before, vectors) in p.panels(L::WIDTH) {
                let d = task.panels.cast::<L::F>().add(before * task.samples).cast_const();
                let g = g.add(before * p.rows() + first * vectors);
                for (tile, (input, size)) in tiles() {
                    let tile = Tile { rows: rows.as_ptr(), at: tile * CHUNK * L::WIDTH, size, vectors };
                    gradient_panel(l, task, tile, d, g.add(input * vectors));
                }
            }
        }
    }
}

/// Lays the derivatives out in panels of samples.
#[inline(always)]
unsafe fn pack_deltas<L: Registers>(task: &Gradient) {
    let vectors = task.dense.vectors(L::WIDTH);
    // SAFETY: as the caller says.
    unsafe {
        let (from, to) = (task.deltas.cast::<L::F>(), task.panels.cast::<L::F>());
        for (before, size) in task.dense.panels(L::WIDTH) {
            for sample in 0..task.samples {
                for v in 0..size {
                    *to.add(before * task.samples + sample * size + v) =
                        *from.add(sample * vectors + before + v);
                }
            }
        }
    }
}

/// Lays `size` inputs of all samples out side by side, a vector's room for each sample.
#[inline(always)]
unsafe fn pack_inputs<L: Registers>(task: &Gradient, input: usize, size: usize, at: usize) {
    for sample in 0..task.samples {
        // SAFETY: as the caller says; whole vectors are read only where a row has them.
        unsafe {
            let from = task.rows.row(sample).add(input);
            let to = task.packed.add(at + sample * L::WIDTH);
            if input + L::WIDTH <= task.rows.stride {
                *to.cast::<L::F>() = from.cast::<L::F>().read_unaligned();
            } else {
                for k in 0..size {
                    *to.add(k) = *from.add(k);
                }
            }
        }
    }
}

/// Some inputs, for a panel of their weights.
#[derive(Clone, Copy)]
struct Tile {
    /// A row for each sample.
    rows: *const *const f32,
    /// Where the inputs begin in it.
    at: usize,
    size: usize,
    vectors: usize,
}

#[inline(always)]
unsafe fn gradient_panel<L: Registers>(l: L, task: &Gradient, tile: Tile, d: *const L::F, g: *mut L::F) {
    let Tile { rows, at, size, vectors } = tile;
    // SAFETY: the tile lies within the layer.
    unsafe {
        match vectors {
            1 => by_rows!(size, gradient_tile::<L, 1>(l, task, rows, at, d, g)),
            _ => by_rows!(size, gradient_tile::<L, PANEL>(l, task, rows, at, d, g)),
        }
    }
}

#[inline(always)]
unsafe fn gradient_tile<L: Registers, const R: usize, const V: usize>(
    l: L,
    task: &Gradient,
    rows: *const *const f32,
    at: usize,
    d: *const L::F,
    g: *mut L::F,
) {
    // SAFETY: as the caller says.
    unsafe {
        let mut sums = [[l.splat(0.0); V]; R];
        if !task.is_first {
            for (r, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = *g.add(r * V + v);
                }
            }
        }
        for sample in 0..task.samples {
            let a = (*rows.add(sample)).add(at);
            let d: [L::F; V] = std::array::from_fn(|v| *d.add(sample * V + v));
            for (r, sums) in sums.iter_mut().enumerate() {
                let a = l.splat(*a.add(r));
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = l.fma(a, d[v], *sum);
                }
            }
        }
        for (r, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                *g.add(r * V + v) = *sum;
            }
        }
    }
}

/// The bias is the weight of an input that is always the same. Several vectors at once, as each waits for its own sum.
#[inline(always)]
unsafe fn bias_gradient<L: Registers>(l: L, task: &Gradient, g: *mut L::F) {
    for (first, size) in Cut::new(task.dense.vectors(L::WIDTH), rows_most(L::WIDTH)) {
        // SAFETY: as the caller says.
        unsafe { by_rows!(size, bias_tile::<L, 1>(l, task, first, g)) }
    }
}

#[inline(always)]
unsafe fn bias_tile<L: Registers, const R: usize, const V: usize>(
    l: L,
    task: &Gradient,
    first: usize,
    g: *mut L::F,
) {
    let p = task.dense;
    let vectors = p.vectors(L::WIDTH);
    // SAFETY: as the caller says.
    unsafe {
        let places: [*mut L::F; R] = std::array::from_fn(|r| {
            let (before, within) = ((first + r) / PANEL * PANEL, (first + r) % PANEL);
            g.add(before * p.rows() + p.inputs * PANEL.min(vectors - before) + within)
        });
        let mut sums = places.map(|place| if task.is_first { l.splat(0.0) } else { *place });
        let (d, input) = (task.deltas.cast::<L::F>().add(first), l.splat(p.bias.input()));
        for sample in 0..task.samples {
            for (r, sum) in sums.iter_mut().enumerate() {
                *sum = l.fma(input, *d.add(sample * vectors + r), *sum);
            }
        }
        for (place, sum) in places.into_iter().zip(sums) {
            *place = sum;
        }
    }
}

compile! {
    /// The first `columns` numbers of `count` rows to `[column]` vectors that lie `stride` numbers apart, the rows in the lanes.
    /// Lanes beyond the last row repeat it (`repeats`), or are 0; then there are at most [`CHUNK`] columns.
    /// Rows can be read up to a multiple of four; `stride` is a multiple of the vectors' width.
    turn: turn_body(rows: Rows, count: usize, repeats: bool, columns: usize, to: *mut f32, stride: usize)
}

#[inline(always)]
unsafe fn turn_body<L: Registers>(
    l: L,
    rows: Rows,
    count: usize,
    repeats: bool,
    columns: usize,
    to: *mut f32,
    stride: usize,
) {
    for first in (0..count).step_by(L::WIDTH) {
        let mut pointers = [ZEROS.as_ptr(); WIDEST];
        // SAFETY: the caller gives the rows, and room for the vectors.
        unsafe {
            for (lane, pointer) in pointers.iter_mut().enumerate().take(L::WIDTH) {
                if first + lane < count || repeats {
                    *pointer = rows.row((first + lane).min(count - 1));
                }
            }
            turn_block(l, pointers, columns, to.add(first), stride);
        }
    }
}

#[inline(always)]
unsafe fn turn_block<L: Registers>(
    l: L,
    mut rows: [*const f32; WIDEST],
    columns: usize,
    to: *mut f32,
    stride: usize,
) {
    for column in (0..columns).step_by(4) {
        // SAFETY: as the caller says.
        unsafe {
            for (k, vector) in l.columns(&rows).iter().enumerate().take(columns - column) {
                *to.add((column + k) * stride).cast::<L::F>() = *vector;
            }
        }
        rows = rows.map(|row| row.wrapping_add(4));
    }
}

compile! {
    /// The weights of the layer that leads back from the pre-activations to the inputs: panels of inputs, without a bias.
    turn_weights: turn_weights_body(p: Dense, w: *const f32, to: *mut f32)
}

#[inline(always)]
unsafe fn turn_weights_body<L: Registers>(l: L, p: Dense, w: *const f32, to: *mut f32) {
    let back = Dense { inputs: p.units, units: p.inputs, bias: Bias::None };
    for (place, rows) in back.panels(L::WIDTH) {
        for vector in place..place + rows {
            for (before, columns) in p.panels(L::WIDTH) {
                let unit = before * L::WIDTH;
                let (stride, units) = (columns * L::WIDTH, (columns * L::WIDTH).min(p.units - unit));
                // SAFETY: the caller gives whole weights and room for as many, each filled up to vectors.
                unsafe {
                    let from = w.add(before * p.rows() * L::WIDTH);
                    let mut pointers = [ZEROS.as_ptr(); WIDEST];
                    for (lane, pointer) in pointers.iter_mut().enumerate().take(L::WIDTH) {
                        let input = vector * L::WIDTH + lane;
                        if input < p.inputs {
                            *pointer = from.add(input * stride);
                        }
                    }
                    let to = to.add((place * p.units + unit * rows + vector - place) * L::WIDTH);
                    turn_block(l, pointers, units, to, rows * L::WIDTH);
                }
            }
        }
    }
}
