//! How well a straight line tells the target: what a network must find at least, and where a target bends, what it must do better than.
//!
//! Ridge regression on some rows, each answered by the others: `ŷ_i = y_i - α_i / (G⁻¹)_ii` with `G = K + λI` and `α = G⁻¹ y`, where `K` holds
//! the products of centred rows (leave-one-out by the inverse, exact for the centre of all rows: Rasmussen and Williams 2006, *Gaussian
//! Processes for Machine Learning*, equations 5.12). It selects nothing and is no network.

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
    let row = |i: usize| &x[i * width..][..width];
    let mut products: Vec<f64> = Vec::with_capacity(rows * rows);
    for i in 0..rows {
        products.extend((0..rows).map(|j| row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum::<f64>()));
    }
    let ridge = RIDGE * (0..rows).map(|i| products[i * rows + i]).sum::<f64>() / rows as f64;
    (0..rows).for_each(|i| products[i * rows + i] += ridge);
    let inverse = inverse(products, rows).filter(|_| ridge > 0.0)?;
    let mut answers = y.to_vec();
    for i in 0..rows {
        for k in 0..outputs {
            let weights = inverse[i * rows..][..rows].iter();
            let alpha: f64 = weights.zip(targets.iter().skip(k).step_by(outputs)).map(|(g, y)| g * y).sum();
            answers[i * outputs + k] = targets[i * outputs + k] + means[k] - alpha / inverse[i * rows + i];
        }
    }
    Some(answers)
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
        let own: Vec<f64> = a[pivot * n..][..n].to_vec();
        for (i, row) in a.chunks_mut(n).enumerate() {
            let factor = row[pivot] / value;
            for (j, x) in row.iter_mut().enumerate() {
                *x = match (i == pivot, j == pivot) {
                    (true, true) => 1.0 / value,
                    (true, false) => own[j] / value,
                    (false, true) => -factor,
                    (false, false) => *x - factor * own[j],
                };
            }
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

    #[test]
    fn constants_and_what_is_no_number_have_no_answers() {
        assert_eq!(answers(&[1.0; 8], 2, &[1.0, 2.0, 3.0, 4.0], 1), None);
        assert_eq!(answers(&[1.0, f64::NAN, 3.0, 4.0], 1, &[1.0, 2.0, 3.0, 4.0], 1), None);
        assert_eq!(answers(&[], 0, &[], 1), None);
    }
}
