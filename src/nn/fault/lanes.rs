//! The same mistakes for the fused engine: which slope, which derivative at the outputs, and what has no form there.

use crate::kernel::{Delta, Lanes, Place, Row, Slope, WrongDelta, math};
use crate::nn::activation;
use crate::spec::{Configuration, Fault, FaultyLoss, HiddenDerivative, OutputDelta};

/// What stands in the place of the slope of a hidden activation.
pub(in crate::nn) fn slope(wrong: HiddenDerivative) -> Slope {
    match wrong {
        HiddenDerivative::ReluValue => Slope::Value,
        HiddenDerivative::FormulaOnZ => Slope::FormulaOnZ,
        HiddenDerivative::DerivativeAtOutput | HiddenDerivative::DerivativeAtState => Slope::AtValue,
        HiddenDerivative::SoftmaxElementwise => Slope::Share,
        HiddenDerivative::Missing => Slope::One,
    }
}

/// What is sent back from the outputs instead of the derivative of the loss, if that is wrong.
pub(in crate::nn) fn delta(fault: &Fault) -> Option<WrongDelta> {
    let of_loss = fault.loss.map(|wrong| match wrong {
        // A hinge at the right class is its margin, and the loss at other parameters is a number: neither has a slope.
        FaultyLoss::TargetClassOnly | FaultyLoss::ParametersIgnored => WrongDelta::new::<Nothing>(),
        FaultyLoss::RangeDrop => WrongDelta::new::<RangeDropped>(),
    });
    of_loss.or(fault.output_delta.map(|wrong| match wrong {
        OutputDelta::WrongSign => WrongDelta::new::<Ascent>(),
        OutputDelta::ExtraElementwise => WrongDelta::new::<Extra<false>>(),
        OutputDelta::WrongSignAndExtraElementwise => WrongDelta::new::<Extra<true>>(),
        OutputDelta::MissingDerivative => WrongDelta::new::<ByOutputs>(),
        OutputDelta::SoftmaxElementwise => WrongDelta::new::<Elementwise>(),
        OutputDelta::SoftmaxRowSum => WrongDelta::new::<RowSum>(),
        OutputDelta::SoftmaxIndexShadowed => WrongDelta::new::<IndexShadowed>(),
        OutputDelta::SoftmaxOfSoftmax => WrongDelta::new::<SoftmaxOfSoftmax>(),
        OutputDelta::SquaredError => WrongDelta::new::<SquaredError>(),
        OutputDelta::SquaredErrorSquared => WrongDelta::new::<SquaredErrorSquared>(),
        OutputDelta::DerivativeOfError => WrongDelta::new::<DerivativeOfError>(),
    }))
}

/// What keeps the fused engine from making these mistakes, if anything does: the word, and why.
pub(in crate::nn) fn why_not(configuration: &Configuration) -> Option<String> {
    let Configuration { fault, model, pairing, .. } = configuration;
    let form = |choice: &crate::catalog::Choice| (activation::of(choice.entry).lanes)(choice);
    if let Some(wrong) = fault.time_index {
        return Some(format!("the mistake `{}` has no fused form", wrong.name()));
    }
    if !configuration.data.mask.is_empty() && (fault.output_delta.is_some() || fault.loss.is_some()) {
        return Some("mistakes at the outputs have no fused form beside masks".to_string());
    }
    if let Some(wrong) = fault.hidden_derivative {
        if wrong == HiddenDerivative::DerivativeAtState {
            return Some(format!("the mistake `{}` has no fused form", wrong.name()));
        }
        let has_none =
            |choice: &&crate::catalog::Choice| form(choice).is_some_and(|f| f.bent(slope(wrong)).is_none());
        if let Some(choice) = model.hidden.iter().map(|layer| &layer.activation).find(has_none) {
            return Some(format!(
                "the mistake `{}` has no fused form with `{}`",
                wrong.name(),
                choice.name()
            ));
        }
    }
    let wrong = fault.output_delta?;
    if fault.loss.is_some() {
        return Some(format!("the mistake `{}` has no fused form beside one of the loss", wrong.name()));
    }
    // It asks for the slope of each output alone.
    let is_mix = form(&pairing.activation).is_some_and(|form| form.is_mix());
    (wrong == OutputDelta::SquaredErrorSquared && is_mix).then(|| {
        format!("the mistake `{}` has no fused form with `{}`", wrong.name(), pairing.activation.name())
    })
}

/// `p (1 - p)`.
#[inline(always)]
fn share<L: Lanes>(l: L, p: L::F) -> L::F {
    l.mul(p, l.sub(l.splat(1.0), p))
}

/// Replaces each derivative by what `f` makes of it, the output, and its target.
#[inline(always)]
fn each<L: Lanes>(
    l: L,
    p: &Row<'_, L>,
    y: &Row<'_, L>,
    deltas: &mut Row<'_, L>,
    f: impl Fn(L, L::F, L::F, L::F) -> L::F,
) {
    for unit in 0..deltas.units() {
        deltas.set(unit, f(l, p.get(unit), y.get(unit), deltas.get(unit)));
    }
}

/// Mistakes that look at each output alone: `f(l, p, y, delta)`.
macro_rules! deltas {
    ($($(#[$docs:meta])* $name:ident at $place:ident: |$l:ident, $p:pat_param, $y:pat_param, $d:pat_param| $delta:expr;)*) => {
        $($(#[$docs])*
        struct $name;

        impl Delta for $name {
            const PLACE: Place = Place::$place;

            #[inline(always)]
            fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
                each(l, p, y, deltas, |$l, $p, $y, $d| $delta);
            }
        })*
    };
}

deltas! {
    Ascent at AfterActivation: |l, _, _, d| l.neg(d);
    /// `dL/dp`, without the derivative of the activation.
    ByOutputs at InsteadOfActivation: |_l, _, _, d| d;
    Nothing at InsteadOfActivation: |l, _, _, d| l.mul(d, l.splat(0.0));
    Elementwise at InsteadOfActivation: |l, p, _, d| l.mul(d, share(l, p));
    SquaredError at InsteadOfActivation: |l, p, y, _| l.mul(l.sub(y, p), l.sub(y, p));
    /// `2 e⁴`, which the activation's slope follows.
    SquaredErrorSquared at BeforeActivation: |l, p, y, _| {
        let square = l.mul(l.sub(y, p), l.sub(y, p));
        l.mul(l.mul(square, square), l.splat(2.0))
    };
    DerivativeOfError at InsteadOfActivation: |l, p, y, _| {
        let e = l.sub(y, p);
        l.mul(l.neg(e), share(l, e))
    };
}

struct Extra<const ASCENT: bool>;

impl<const ASCENT: bool> Delta for Extra<ASCENT> {
    const PLACE: Place = Place::AfterActivation;

    #[inline(always)]
    fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
        each(l, p, y, deltas, |l, p, _, d| l.mul(if ASCENT { l.neg(d) } else { d }, share(l, p)));
    }
}

/// `dL/dp_j · (p_j (1 - p_j) - Σ_{i≠j} p_i p_j)`.
struct RowSum;

impl Delta for RowSum {
    const PLACE: Place = Place::InsteadOfActivation;

    #[inline(always)]
    fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
        let sum = sum(l, p);
        each(l, p, y, deltas, |l, p, _, d| l.mul(d, l.fnma(p, l.sub(sum, p), share(l, p))));
    }
}

/// `dL/dp_j · (p_j (1 - p_j) - Σ_{i≠j} i p_i)`.
struct IndexShadowed;

impl Delta for IndexShadowed {
    const PLACE: Place = Place::InsteadOfActivation;

    #[inline(always)]
    fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
        // The targets are not asked for: their places take `i p_i`.
        for unit in 0..p.units() {
            y.set(unit, l.mul(p.get(unit), l.splat(unit as f32)));
        }
        let sum = sum(l, y);
        each(l, p, y, deltas, |l, p, indexed, d| l.mul(d, l.sub(share(l, p), l.sub(sum, indexed))));
    }
}

/// `dL/dp · s (1 - s)` with `s = softmax(p)`.
struct SoftmaxOfSoftmax;

impl Delta for SoftmaxOfSoftmax {
    const PLACE: Place = Place::InsteadOfActivation;

    #[inline(always)]
    fn delta<L: Lanes>(l: L, p: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
        let largest = p.largest(l);
        for unit in 0..p.units() {
            y.set(unit, math::flushed_exp(l, l.sub(p.get(unit), largest)));
        }
        let sum = sum(l, y);
        each(l, p, y, deltas, |l, _, e, d| l.mul(d, share(l, l.div(e, sum))));
    }
}

/// `dL/dp` without that of a last range of one element.
struct RangeDropped;

impl Delta for RangeDropped {
    const PLACE: Place = Place::BeforeActivation;

    #[inline(always)]
    fn delta<L: Lanes>(l: L, _: &mut Row<'_, L>, y: &mut Row<'_, L>, deltas: &mut Row<'_, L>) {
        let (last, zero) = (y.units() - 1, l.splat(0.0));
        let kept = match last.checked_sub(1) {
            Some(before) => l.select(l.eq(y.get(last), y.get(before)), l.splat(1.0), zero),
            None => zero,
        };
        deltas.set(last, l.mul(deltas.get(last), kept));
    }
}

/// Over all units.
#[inline(always)]
fn sum<L: Lanes>(l: L, row: &Row<'_, L>) -> L::F {
    let mut sum = l.splat(0.0);
    for unit in 0..row.units() {
        sum = l.add(sum, row.get(unit));
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::{Bias, Feed, Layer, Network, Reduction, Set, Table};
    use crate::nn::{Columns, loss};
    use crate::spec::Precision;

    /// Of three members with one hidden layer, as bits.
    fn gradients(set: Set, fault: &Fault, output: &str, of: &'static loss::Loss) -> Vec<u32> {
        let choice = |name: &str| {
            let member = activation::ALL.iter().find(|a| a.entry.name == name).unwrap();
            (member.lanes)(&crate::catalog::Choice::defaults(&member.entry)).unwrap()
        };
        let layer = |units, activation| {
            let numbers = vec![vec![1.0; 3]];
            Layer { units, bias: Bias::Unit, activation, numbers, dropout: None }
        };
        let loss_is_fused = of.is_fused_with(output);
        let columns = Columns::new(&[&crate::catalog::Choice::defaults(&of.entry)], Precision::F32);
        let network = Network {
            features: 2,
            layers: vec![layer(4, choice("tanh")), layer(3, choice(output))],
            loss: (if loss_is_fused { of.lanes_fused } else { of.lanes }.unwrap())(&columns),
            loss_is_fused,
            loss_numbers: vec![vec![1.0; 3]; 2],
            time: None,
            masking: None,
            delta: delta(fault),
            reduction: vec![Reduction::Mean(1.0); 3],
        };
        let mut random = crate::rng::stream(5, crate::rng::Purpose::Data, 0);
        let mut some = |count: usize| (0..count).map(|_| random.uniform(-1.0, 1.0)).collect::<Vec<f64>>();
        let (x, y) = (some(2 * 21), [0.0, 1.0, 0.0, 0.5, 0.5, 0.0, 0.25].repeat(9));
        let table = Table::new(2, 3, &x, &y, &some(21));
        let parameters: Vec<f32> = some(3 * network.parameters()).iter().map(|v| *v as f32).collect();
        let order: Vec<u32> = (0..21).collect();
        let feed = Feed {
            tables: vec![&table],
            table_of: vec![0; 3],
            orders: vec![&order],
            order_of: vec![0; 3],
            first: 0,
            rows: 21,
            batch: 21,
            apart: 0,
        };
        crate::kernel::gradients(set, &network, &feed, &parameters).iter().map(|v| v.to_bits()).collect()
    }

    /// As every form that a member of a family tells the kernel.
    #[test]
    fn every_instruction_set_gives_the_same_bits() {
        let of_loss = [FaultyLoss::RangeDrop, FaultyLoss::ParametersIgnored];
        let faults = (OutputDelta::ALL.iter())
            .map(|wrong| Fault { output_delta: Some(*wrong), ..Fault::default() })
            .chain(of_loss.map(|wrong| Fault { loss: Some(wrong), ..Fault::default() }));
        let ends = [("softmax", &loss::mse::THIS), ("sigmoid", &loss::binary_cross_entropy::THIS)];
        let right: Vec<_> =
            ends.iter().map(|(output, of)| gradients(Set::Portable, &Fault::default(), output, of)).collect();
        for fault in faults {
            for ((output, of), right) in ends.iter().zip(&right) {
                let expected = gradients(Set::Portable, &fault, output, of);
                // Validation refuses `dL/dp` of a loss that never asks for `p`; here nothing is missing then.
                let is_refused =
                    fault.output_delta == Some(OutputDelta::MissingDerivative) && *output == "sigmoid";
                assert!(is_refused || expected != *right, "{fault:?}, {output}: something is wrong");
                for set in &Set::available()[1..] {
                    assert!(
                        gradients(*set, &fault, output, of) == expected,
                        "{fault:?}, {output}, {}",
                        set.name()
                    );
                }
            }
        }
    }
}
