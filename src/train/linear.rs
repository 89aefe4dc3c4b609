//! How well a straight line tells the target: what a network must find at least, and where a target bends, what it must do better than.
//!
//! Ridge regression on some rows, each answered by the others: `ŷ_i = y_i - (y_i - f_i) / (1 - h_i)`, where `f` are the fitted values and
//! `h_i = x_iᵀ (XᵀX + λI)⁻¹ x_i` (leave-one-out by the hat matrix, exact for the centre of all rows: Golub, Heath, and Wahba 1979). Where
//! there are more features than rows the same is had from the products of rows, `1 - h_i = λ (XXᵀ + λI)⁻¹_ii`. It selects nothing and is no
//! network.

/// The penalty, as a share of the mean of the diagonal of `K`: small beside what tells something, large enough for any number of features.
const RIDGE: f64 = 0.01;

/// Answers to every row by the others. `x` is `[rows × width]` and `y` is `[rows × outputs]`, row-major, as the answers are. `None` where no
/// feature varies or a number is not finite.
pub(super) fn answers(x: &[f64], width: usize, y: &[f64], outputs: usize) -> Option<Vec<f64>> {
    let rows = x.len() / width.max(1);
    if rows < 3 || outputs == 0 || y.len() != rows * outputs || x.iter().chain(y).any(|v| !v.is_finite()) {
        return None;
    }
    let (x, _) = centred(x, width);
    let (targets, means) = centred(y, outputs);
    let ridge = RIDGE * x.iter().map(|value| value * value).sum::<f64>() / rows as f64;
    if ridge <= 0.0 {
        return None;
    }
    let left = if width < rows { by_features(&x, width, ridge) } else { by_rows(&x, width, ridge) }?;
    let answer = |i: usize, k: usize| {
        let weights = left[i * rows..][..rows].iter();
        let residual: f64 = weights.zip(targets.iter().skip(k).step_by(outputs)).map(|(m, y)| m * y).sum();
        targets[i * outputs + k] + means[k] - residual / left[i * rows + i]
    };
    Some((0..rows).flat_map(|i| (0..outputs).map(move |k| (i, k))).map(|(i, k)| answer(i, k)).collect())
}

/// What the fit leaves of targets, as a matrix `[rows × rows]`: `I - X (XᵀX + λI)⁻¹ Xᵀ`.
fn by_features(x: &[f64], width: usize, ridge: f64) -> Option<Vec<f64>> {
    let rows = x.len() / width;
    let mut products = vec![0.0; width * width];
    for row in x.chunks(width) {
        for (a, sums) in row.iter().zip(products.chunks_mut(width)) {
            sums.iter_mut().zip(row).for_each(|(sum, b)| *sum += a * b);
        }
    }
    (0..width).for_each(|i| products[i * width + i] += ridge);
    let inverse = inverse(products, width)?;
    let mut left = Vec::with_capacity(rows * rows);
    for (i, row) in x.chunks(width).enumerate() {
        let fitted: Vec<f64> = inverse.chunks(width).map(|own| dot(own, row)).collect();
        left.extend(
            x.chunks(width).enumerate().map(|(j, other)| f64::from(u8::from(i == j)) - dot(&fitted, other)),
        );
    }
    Some(left)
}

/// The same but for a factor, which makes no difference: `(XXᵀ + λI)⁻¹`.
fn by_rows(x: &[f64], width: usize, ridge: f64) -> Option<Vec<f64>> {
    let rows = x.len() / width;
    let mut products: Vec<f64> =
        x.chunks(width).flat_map(|row| x.chunks(width).map(|other| dot(row, other))).collect();
    (0..rows).for_each(|i| products[i * rows + i] += ridge);
    inverse(products, rows)
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Each column less its mean, and the means.
fn centred(values: &[f64], width: usize) -> (Vec<f64>, Vec<f64>) {
    let rows = (values.len() / width) as f64;
    let mean = |column: usize| values.iter().skip(column).step_by(width).sum::<f64>() / rows;
    let means: Vec<f64> = (0..width).map(mean).collect();
    (values.iter().enumerate().map(|(at, value)| value - means[at % width]).collect(), means)
}

/// Of a symmetric positive definite matrix, by Gauss and Jordan in place; `None` where it is not that.
fn inverse(mut a: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    for pivot in 0..n {
        let value = a[pivot * n + pivot];
        if value.is_nan() || value <= 0.0 {
            return None;
        }
        let own: Vec<f64> = a[pivot * n..][..n].iter().map(|x| x / value).collect();
        for (i, row) in a.chunks_mut(n).enumerate() {
            if i == pivot {
                row.copy_from_slice(&own);
                row[pivot] = 1.0 / value;
                continue;
            }
            let factor = std::mem::take(&mut row[pivot]);
            row.iter_mut().zip(&own).for_each(|(x, own)| *x -= factor * own);
            row[pivot] = -factor / value;
        }
    }
    Some(a)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By hand: the inverse of [[4, 2], [2, 3]] is [[3, -2], [-2, 4]] / 8.
    #[test]
    fn a_matrix_is_inverted() {
        assert_eq!(inverse(vec![4.0, 2.0, 2.0, 3.0], 2), Some(vec![0.375, -0.25, -0.25, 0.5]));
        assert_eq!(inverse(vec![1.0, 2.0, 2.0, 1.0], 2), None);
    }

    /// NumPy 2.4.6: `K = Xc @ Xc.T`, `G = K + 0.01 * np.trace(K) / 5 * np.eye(5)`, `Gi = np.linalg.inv(G)`,
    /// `y - (Gi @ yc) / np.diag(Gi)`; two features and one target.
    #[test]
    fn answers_are_those_of_numpy() {
        let x = [0.0, 1.0, 1.0, -1.0, 2.0, 0.5, 3.0, 2.0, 4.0, -2.0];
        let y = [1.0, 0.5, 2.0, 4.5, 2.0];
        let found = answers(&x, 2, &y, 1).unwrap();
        // The same by scikit-learn's Ridge, fitted to the four others each time.
        let expected = [
            1.0690320293306816,
            0.22604222770654303,
            2.317628061483123,
            4.0135266857962995,
            2.0627089599985933,
        ];
        for (a, b) in found.iter().zip(expected) {
            assert!((a - b).abs() < 1e-9, "{found:?}");
        }
    }

    /// scikit-learn 1.9.1: `Ridge(alpha, fit_intercept=False)` on centred values, fitted to the three other rows each time.
    #[test]
    fn more_features_than_rows_are_answered_too() {
        let x = [
            0.0, 1.0, 2.0, -1.0, 0.5, 1.0, -1.0, 0.0, 2.0, 1.5, 2.0, 0.5, 1.0, 0.0, -2.0, 3.0, 2.0, -1.0,
            1.0, 0.0,
        ];
        let found = answers(&x, 5, &[1.0, 0.5, 2.0, 4.5], 1).unwrap();
        for (a, b) in found.iter().zip(WIDE) {
            assert!((a - b).abs() < 1e-9, "{found:?}");
        }
    }

    const WIDE: [f64; 4] = [0.9968935771940755, 0.5515826808989095, 2.0350428729913586, 4.416484119678168];

    #[test]
    fn constants_and_what_is_no_number_have_no_answers() {
        assert_eq!(answers(&[1.0; 8], 2, &[1.0, 2.0, 3.0, 4.0], 1), None);
        assert_eq!(answers(&[1.0, f64::NAN, 3.0, 4.0], 1, &[1.0, 2.0, 3.0, 4.0], 1), None);
        assert_eq!(answers(&[], 0, &[], 1), None);
    }
}
