//! Pure functions on slices: summaries, intervals, paired tests.
