//! Aligned memory for vectors. It holds numbers and knows nothing of them.

/// Sixteen numbers on a cache line of their own.
#[repr(C, align(64))]
#[derive(Clone, Copy, Debug)]
struct Line([f32; 16]);

/// Numbers of `f32`, aligned for the widest vectors.
#[derive(Clone, Debug)]
pub(crate) struct Buffer {
    lines: Vec<Line>,
    len: usize,
}

impl Buffer {
    /// `len` zeros.
    pub(crate) fn zeros(len: usize) -> Buffer {
        Buffer { lines: vec![Line([0.0; 16]); len.div_ceil(16)], len }
    }

    pub(crate) fn numbers(&self) -> &[f32] {
        // SAFETY: lines are sixteen numbers each without padding, and there are at least `len` of them.
        unsafe { std::slice::from_raw_parts(self.lines.as_ptr().cast(), self.len) }
    }

    pub(crate) fn numbers_mut(&mut self) -> &mut [f32] {
        // SAFETY: as above, and the lines are borrowed for as long.
        unsafe { std::slice::from_raw_parts_mut(self.lines.as_mut_ptr().cast(), self.len) }
    }

    /// Where `len` numbers begin at `at`, for reading.
    #[track_caller]
    pub(crate) fn at(&self, at: usize, len: usize) -> *const f32 {
        self.numbers()[at..at + len].as_ptr()
    }

    /// Where `len` numbers begin at `at`, for writing.
    #[track_caller]
    pub(crate) fn at_mut(&mut self, at: usize, len: usize) -> *mut f32 {
        self.numbers_mut()[at..at + len].as_mut_ptr()
    }
}
