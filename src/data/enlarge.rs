//! Images of few pixels as images of more, by interpolation.
//!
//! It learns nothing from the data and knows neither parts nor scales; `prepare` enlarges before it expands and scales.

use crate::spec::{Enlarge, Interpolation};

/// What an output pixel takes of its row or column: two places and the share of the second.
type Tap = (usize, usize, f64);

/// One for each of `to` pixels along an edge of `from`. Pixels are areas, so the middle of output pixel i lies at (i + 1/2) from / to - 1/2;
/// beyond the middle of the last pixel its value goes on. PyTorch's `interpolate` with `mode="bilinear", align_corners=False`, and
/// with `mode="nearest-exact"`.
fn taps(from: usize, to: usize, method: Interpolation) -> Vec<Tap> {
    let middle = |i: usize| (i as f64 + 0.5) * from as f64 / to as f64;
    let tap = |i: usize| match method {
        Interpolation::Nearest => {
            let nearest = (middle(i).floor() as usize).min(from - 1);
            (nearest, nearest, 0.0)
        }
        Interpolation::Bilinear => {
            let at = (middle(i) - 0.5).clamp(0.0, (from - 1) as f64);
            let low = at.floor() as usize;
            (low, (low + 1).min(from - 1), at - low as f64)
        }
    };
    (0..to).map(tap).collect()
}

/// Images `[images × from[0] × from[1]]`, row-major, to `[images × to[0] × to[1]]`.
pub fn enlarge(x: &[f64], how: &Enlarge) -> Vec<f64> {
    let Enlarge { from, to, method } = *how;
    let (rows, columns) = (taps(from[0], to[0], method), taps(from[1], to[1], method));
    let between = |a: f64, b: f64, share: f64| if share == 0.0 { a } else { a + share * (b - a) };
    let mut out = Vec::with_capacity(x.len() / (from[0] * from[1]).max(1) * to[0] * to[1]);
    for image in x.chunks_exact(from[0] * from[1]) {
        for &(top, bottom, down) in &rows {
            let (top, bottom) = (&image[top * from[1]..][..from[1]], &image[bottom * from[1]..][..from[1]]);
            out.extend(columns.iter().map(|&(left, right, aside)| {
                let above = between(top[left], top[right], aside);
                between(above, between(bottom[left], bottom[right], aside), down)
            }));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMAGE: [f64; 6] = [1.0, 2.0, 4.0, 8.0, 16.0, 32.0];

    #[track_caller]
    fn check(method: Interpolation, to: [usize; 2], expected: &[f64]) {
        let found = enlarge(&[IMAGE, IMAGE].concat(), &Enlarge { from: [2, 3], to, method });
        assert_eq!(found.len(), 2 * expected.len());
        for (a, b) in found.iter().zip(expected.iter().chain(expected)) {
            // A few roundings of values up to 32.
            assert!((a - b).abs() <= 1e-13, "{found:?}");
        }
    }

    #[test]
    fn equals_pytorch() {
        // PyTorch 2.15.0: interpolate(IMAGE.reshape(1, 1, 2, 3), size=(3, 5), mode="bilinear", align_corners=False)
        check(
            Interpolation::Bilinear,
            [3, 5],
            &[
                1.0,
                1.4,
                2.0,
                3.1999999999999997,
                4.0,
                4.5,
                6.299999999999999,
                9.0,
                14.399999999999997,
                17.999999999999996,
                8.0,
                11.2,
                16.0,
                25.599999999999998,
                32.0,
            ],
        );
        // PyTorch 2.15.0: interpolate(IMAGE.reshape(1, 1, 2, 3), size=(3, 5), mode="nearest-exact")
        check(
            Interpolation::Nearest,
            [3, 5],
            &[1.0, 1.0, 2.0, 4.0, 4.0, 8.0, 8.0, 16.0, 32.0, 32.0, 8.0, 8.0, 16.0, 32.0, 32.0],
        );
        check(Interpolation::Bilinear, [2, 3], &IMAGE);
        check(Interpolation::Nearest, [2, 3], &IMAGE);
    }
}
