//! Loss `focal`: cross-entropy in which samples that are right already count little.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::{below_row_max, flushed_exp, row_sum};
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel::{self, FLUSHED, Lanes, MixTerms, Row, math};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "focal",
        family: Family::Loss,
        summary: "cross-entropy in which samples that are right already count little",
        docs: DOCS,
        params: &[Param {
            key: "gamma",
            kind: Kind::Real(Range::closed(0.0, 100.0)),
            role: Role::Numeric,
            default: Default::Real(2.0),
            docs: "How much less a sample counts the nearer its probability is to 1; 0 is `cross_entropy`.",
        }],
        facts: Facts::Loss {
            accepts: Range::UNIT,
            targets: Range::UNIT,
            row: TargetRow::Class,
            distribution: true,
            fused_with: &["softmax", "log_softmax"],
            has_kinks: false,
        },
    },
    plain: None,
    fused: Some(terms),
    lanes: None,
    lanes_fused: Some(|_| kernel::Loss::mix_terms::<Form>()),
    sides: None,
};

/// With `m = (1 - p)^γ`, the derivative of `-y m ln p` by `ln p` is `-y m (1 - γ p ln p / (1 - p))`, whose fraction goes to -1
/// where p goes to 1.
fn terms(z: &Tensor<3>, y: &Tensor<3>, _: On<'_>, _: &Columns, loss: &Columns) -> Terms {
    let gamma = loss.column("gamma");
    let z = below_row_max(z.clone());
    let e = flushed_exp(z.clone());
    let sum = row_sum(e.clone());
    let (p, ln_p) = (e / sum.clone(), z - sum.log());
    let rest = p.clone().neg().add_scalar(1.0);
    let least = f64::from(FLUSHED);
    let times = (rest.clone().clamp_min(least).log() * gamma.clone()).exp() * y.clone();
    let fraction = (ln_p.clone() / rest.clone()).mask_fill(rest.lower_scalar(least), -1.0);
    let by_ln_p = times.clone() * (p.clone() * gamma * fraction).sub_scalar(1.0);
    let gradient = by_ln_p.clone() - p * row_sum(by_ln_p);
    Terms { value: (times * ln_p).neg(), gradient }
}

struct Form;

impl MixTerms for Form {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &mut Row<'_, L>, n: &[L::F]) -> L::F {
        let (gamma, least) = (n[0], l.splat(FLUSHED));
        let largest = z.largest(l);
        let (mut sum, mut value, mut total) = (l.splat(0.0), l.splat(0.0), l.splat(0.0));
        for unit in 0..z.units() {
            let below = l.sub(z.get(unit), largest);
            sum = l.add(sum, math::flushed_exp(l, below));
            z.set(unit, below);
        }
        let ln_sum = math::ln_of_normal(l, sum);
        for unit in 0..z.units() {
            let (p, ln_p) = (l.div(math::flushed_exp(l, z.get(unit)), sum), l.sub(z.get(unit), ln_sum));
            let rest = l.sub(l.splat(1.0), p);
            let power = math::exp(l, l.mul(gamma, math::ln_of_normal(l, l.max(least, rest))));
            let times = l.mul(power, y.get(unit));
            let fraction = l.select(l.gt(least, rest), l.splat(-1.0), l.div(ln_p, rest));
            let by_ln_p = l.mul(times, l.sub(l.mul(l.mul(p, gamma), fraction), l.splat(1.0)));
            value = l.fnma(times, ln_p, value);
            total = l.add(total, by_ln_p);
            z.set(unit, p);
            y.set(unit, by_ln_p);
        }
        for unit in 0..z.units() {
            z.set(unit, l.fnma(z.get(unit), total, y.get(unit)));
        }
        value
    }
}

const DOCS: &str = r#"### Formula

`-Σ_k y_k (1 - p_k)^gamma ln p_k` for each sample, natural logarithm. It is computed from the pre-activation of `softmax` or `log_softmax`, so that no probability is rounded to 0 before its logarithm. `reduction = "mean"` divides by samples (or, with class weights, by the sum of the weights).

### When to use

Classification where most samples are easy and the few hard ones should lead; for rare classes add `data.weights`. A network trained with it is less certain than its accuracy warrants, so compare `log_loss` and `expected_calibration_error` before reading its outputs as probabilities.

### Source

Lin, Goyal, Girshick, He, and Dollár, 2017, "Focal loss for dense object detection" (arXiv 1708.02002), for classes that exclude one another; their form for yes-or-no outputs is `binary_focal`. As Keras' `CategoricalFocalCrossentropy` with `alpha=1`."#;

#[cfg(test)]
mod tests {
    use crate::catalog::Value;

    const Y: [f64; 6] = [0.0, 0.0, 1.0, 0.25, 0.5, 0.25];

    /// Sum over two samples of three outputs of Keras 3.15.1 (`alpha=1`) and its gradient, in float64 on PyTorch 2.15.0.
    #[test]
    fn agrees_with_keras() {
        let gradient = [
            0.022307253119412698,
            0.0049774209610061165,
            -0.027284674080418812,
            0.10275624951144109,
            -0.04510816970772625,
            -0.057648079803714836,
        ];
        super::super::tests::check(&super::THIS, &[], true, Y, 0.4866303746083422, gradient);
    }

    /// The formula with another gamma, differentiated by PyTorch 2.15.0 in float64.
    #[test]
    fn agrees_with_pytorch() {
        let gradient = [
            0.04048254832416128,
            0.009032877490786656,
            -0.04951542581494793,
            0.10845324971401253,
            -0.06362578508693541,
            -0.04482746462707716,
        ];
        let gamma = [("gamma", Value::Real(1.5))];
        super::super::tests::check(&super::THIS, &gamma, true, Y, 0.604122361229652, gradient);
    }

    /// Cross-entropy of PyTorch 2.15.0 in float64 (see `cross_entropy`), of which a gamma of 0 leaves nothing out.
    #[test]
    fn without_gamma_it_is_cross_entropy() {
        let gradient = [
            0.1752903921400367,
            0.03911257327068745,
            -0.21440296541072412,
            0.11029661524054007,
            -0.10181065895506397,
            -0.008485956285476132,
        ];
        let gamma = [("gamma", Value::Real(0.0))];
        super::super::tests::check(&super::THIS, &gamma, true, Y, 1.3121389522104163, gradient);
    }

    /// By hand: a right sample beyond rounding costs nothing; a wrong one by 200 costs `200 - 0` and pulls with `∓1`.
    #[test]
    fn certain_samples_give_numbers() {
        let (z, y) = ([100.0, -100.0, -100.0, -100.0, 100.0, -100.0], [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
        for gamma in [0.0, 0.5, 2.0] {
            let given = [("gamma", Value::Real(gamma))];
            let gradient = [0.0, 0.0, 0.0, -1.0, 1.0, 0.0];
            super::super::tests::check_at(z, &super::THIS, &given, true, y, 200.0, gradient);
        }
    }
}
