//! Loss `cross_entropy`: negative log-likelihood of one class per sample.

use burn::tensor::Tensor;

use super::super::Columns;
use super::super::activation::{below_row_max, flushed_exp, row_sum};
use super::{Loss, On, Terms};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role, TargetRow};
use crate::kernel::{self, Lanes, MixTerms, Row, math};

pub static THIS: Loss = Loss {
    entry: Entry {
        name: "cross_entropy",
        family: Family::Loss,
        summary: "negative log-likelihood of one class per sample",
        docs: DOCS,
        params: &[Param {
            key: "label_smoothing",
            kind: Kind::Real(Range::UNIT),
            role: Role::Numeric,
            default: Default::Real(0.0),
            docs: "Share of each target that is spread evenly over all classes.",
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
    lanes_fused: Some(lanes),
    sides: None,
};

/// Whether targets of any member are smoothed. To a member of which they are not it makes no difference: `1 · y + 0 / K` is `y`.
fn is_smoothed(loss: &Columns) -> bool {
    loss.values("label_smoothing").iter().any(|share| *share != 0.0)
}

/// `(1 - s) y + s / K` over the K classes that are on.
fn smoothed(y: &Tensor<3>, on: On<'_>, loss: &Columns) -> Tensor<3> {
    let (key, classes) = ("label_smoothing", y.dims()[2] as f64);
    let kept = y.clone() * loss.derived(key, |s| 1.0 - s);
    match on {
        None => kept + loss.derived(key, |s| s / classes),
        Some(on) => kept + on.clone() / row_sum(on.clone()) * loss.column(key),
    }
}

fn terms(z: &Tensor<3>, y: &Tensor<3>, on: On<'_>, _: &Columns, loss: &Columns) -> Terms {
    let y = if is_smoothed(loss) { smoothed(y, on, loss) } else { y.clone() };
    let z = below_row_max(z.clone());
    let e = flushed_exp(z.clone());
    let sum = row_sum(e.clone());
    // -ln p = ln Σ e^z - z. Where y is 0 the value is 0 although -ln p may be large, never infinite.
    let value = (sum.clone().log() - z) * y.clone();
    // The targets of a sample sum to 1.
    let gradient = e / sum - y;
    Terms { value, gradient }
}

fn lanes(loss: &Columns) -> kernel::Loss {
    if is_smoothed(loss) {
        kernel::Loss::mix_terms::<Form<true>>()
    } else {
        kernel::Loss::mix_terms::<Form<false>>()
    }
}

struct Form<const SMOOTHED: bool>;

impl<const SMOOTHED: bool> MixTerms for Form<SMOOTHED> {
    #[inline(always)]
    fn terms<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &mut Row<'_, L>, n: &[L::F]) -> L::F {
        if SMOOTHED {
            let (kept, spread) = (l.sub(l.splat(1.0), n[0]), l.div(n[0], l.splat(y.units() as f32)));
            for unit in 0..y.units() {
                y.set(unit, l.fma(y.get(unit), kept, spread));
            }
        }
        surprise(l, z, y)
    }

    #[inline(always)]
    fn among<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &mut Row<'_, L>, on: &Row<'_, L>, n: &[L::F]) -> L::F {
        if SMOOTHED {
            let mut count = l.splat(0.0);
            for unit in 0..y.units() {
                count = l.add(count, on.get(unit));
            }
            let (kept, spread) = (l.sub(l.splat(1.0), n[0]), l.div(n[0], count));
            for unit in 0..y.units() {
                y.set(unit, l.fma(y.get(unit), kept, l.mul(on.get(unit), spread)));
            }
        }
        surprise(l, z, y)
    }
}

/// Pre-activations to `p - y`; gives `-Σ y ln p`.
#[inline(always)]
fn surprise<L: Lanes>(l: L, z: &mut Row<'_, L>, y: &Row<'_, L>) -> L::F {
    // So no difference is above 0 and their exponentials sum to at least 1, unless one is NaN: then all is NaN.
    let largest = z.largest(l);
    let (mut sum, mut along, mut total) = (l.splat(0.0), l.splat(0.0), l.splat(0.0));
    for unit in 0..z.units() {
        let below = l.sub(z.get(unit), largest);
        let e = math::flushed_exp(l, below);
        sum = l.add(sum, e);
        along = l.fma(y.get(unit), below, along);
        total = l.add(total, y.get(unit));
        z.set(unit, e);
    }
    for unit in 0..z.units() {
        z.set(unit, l.sub(l.div(z.get(unit), sum), y.get(unit)));
    }
    l.sub(l.mul(total, math::ln_of_normal(l, sum)), along)
}

const DOCS: &str = r#"### Formula

`-Σ_k y_k ln p_k` for each sample, natural logarithm. `label_smoothing = s` replaces each `y_k` by `(1 - s) y_k + s / K`, with K classes, in this loss wherever it is reported; its least value is then above 0. Where outputs are off (`data.mask`), K counts those that are on, and what is off keeps 0. With `softmax` or `log_softmax` it is computed from the pre-activation, `Σ_k y_k (ln Σ_j e^(z_j) - z_k)`, so that no probability is ever rounded to 0; the gradient is `p - y`, as the targets of a sample sum to 1. `reduction = "mean"` divides by samples (or, with class weights, by the sum of the weights).

### When to use

Classification with one class per sample. `label_smoothing` (0.1 is usual) keeps outputs from growing without end; `log_loss`, which knows nothing of it, tells whether it helped.

### Source

As PyTorch's `CrossEntropyLoss` and scikit-learn's `log_loss`; label smoothing is Szegedy and others', 2016, "Rethinking the Inception architecture for computer vision", as in PyTorch and Keras. With class weights PyTorch weighs the term of each class by that class; here the weight of the true class multiplies the whole smoothed loss. PyTorch's takes the pre-activation: giving it probabilities computes softmax twice, which cannot happen here."#;

#[cfg(test)]
mod tests {
    /// Sum over two samples of three outputs and its gradient, of PyTorch 2.15.0 in float64, from pre-activations.
    #[test]
    fn agrees_with_pytorch() {
        let y = [0.0, 0.0, 1.0, 0.25, 0.5, 0.25];
        let gradient = [
            0.1752903921400367,
            0.03911257327068745,
            -0.21440296541072412,
            0.11029661524054007,
            -0.10181065895506397,
            -0.008485956285476132,
        ];
        super::super::tests::check(&super::THIS, &[], true, y, 1.3121389522104163, gradient);
    }

    /// The same with `label_smoothing=0.1`; Keras 3.15.1 gives these digits too.
    #[test]
    fn smoothed_labels_agree_with_pytorch() {
        let y = [0.0, 0.0, 1.0, 0.25, 0.5, 0.25];
        let gradient = [
            0.14195705880670337,
            0.0057792399373541165,
            -0.14773629874405747,
            0.10196328190720672,
            -0.08514399228839731,
            -0.01681928961880949,
        ];
        let smoothing = [("label_smoothing", crate::catalog::Value::Real(0.1))];
        super::super::tests::check(&super::THIS, &smoothing, true, y, 1.4671389522104166, gradient);
    }

    /// A member without smoothing gives the same bits whether or not another one smooths.
    #[test]
    fn a_neighbour_that_smooths_changes_nothing() {
        use crate::catalog::{Choice, Value};
        use crate::nn::{Columns, device};
        use crate::spec::Precision;
        let plain = Choice::defaults(&super::THIS.entry);
        let smooth = Choice { values: vec![Some(Value::Real(0.3))], ..plain.clone() };
        for precision in [Precision::F32, Precision::F64] {
            let tensor = |v: [f64; 3]| device::tensor(&[v, v].concat(), [2, 1, 3], precision);
            let (z, y) = (tensor([0.5, -1.0, 2.0]), tensor([0.25, 0.0, 0.75]));
            let run = |second: &Choice| {
                let loss = Columns::new(&[&plain, second], precision);
                let terms = super::terms(&z, &y, None, &loss, &loss);
                [terms.value, terms.gradient].map(|t| device::values(t)[..3].to_vec())
            };
            assert_eq!(run(&smooth), run(&plain), "{precision:?}");
        }
    }
}
