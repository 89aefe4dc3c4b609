//! Polynomial expansion: all monomials of the features up to a total degree.
//!
//! It knows neither parts nor scales; `prepare` expands before it scales.

/// Number of monomials of total degree 1 to `degree` in `features` variables: C(features + degree, degree) - 1.
///
/// Saturates instead of overflowing.
pub fn width(features: usize, degree: u32) -> u128 {
    if degree <= 1 {
        return features as u128;
    }
    let mut count: u128 = 1;
    for i in 1..=u128::from(degree) {
        // Exact: every prefix of the product is itself a binomial coefficient.
        count = match count.checked_mul(features as u128 + i) {
            Some(product) => product / i,
            None => return u128::MAX,
        };
    }
    count - 1
}

/// The factors of each monomial as feature indices: by degree, then lexicographically, `a, b, a², ab, b²`.
///
/// The order of scikit-learn's `PolynomialFeatures(include_bias=False)`.
pub fn monomials(features: usize, degree: u32) -> Vec<Vec<usize>> {
    let mut all: Vec<Vec<usize>> = (0..features).map(|f| vec![f]).collect();
    let mut last = 0..all.len();
    for _ in 1..degree.max(1) {
        for index in last.clone() {
            let base = all[index].clone();
            for factor in base[base.len() - 1]..features {
                all.push([base.as_slice(), &[factor]].concat());
            }
        }
        last = last.end..all.len();
    }
    all
}

/// Rows `[rows × features]` to `[rows × monomials]`, row-major. Products are taken from left to right.
pub fn expand(x: &[f64], features: usize, degree: u32) -> Vec<f64> {
    if degree <= 1 || features == 0 {
        return x.to_vec();
    }
    let monomials = monomials(features, degree);
    let mut out = Vec::with_capacity(x.len() / features * monomials.len());
    for row in x.chunks_exact(features) {
        out.extend(monomials.iter().map(|factors| factors.iter().map(|&f| row[f]).product::<f64>()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_and_values_are_those_of_scikit_learn() {
        // scikit-learn 1.9.1: PolynomialFeatures(3, include_bias=False).fit_transform([[2., 3.], [-1., .5]])
        let expected = [
            [2.0, 3.0, 4.0, 6.0, 9.0, 8.0, 12.0, 18.0, 27.0],
            [-1.0, 0.5, 1.0, -0.5, 0.25, -1.0, 0.5, -0.25, 0.125],
        ];
        // Exact: every value is a small binary fraction.
        assert_eq!(expand(&[2.0, 3.0, -1.0, 0.5], 2, 3), expected.concat());
    }

    #[test]
    fn width_counts_the_monomials() {
        for (features, degree) in [(1, 1), (1, 5), (2, 3), (4, 2), (11, 3)] {
            assert_eq!(width(features, degree), monomials(features, degree).len() as u128);
        }
        assert!(width(usize::MAX, 40) > 1 << 100);
    }
}
