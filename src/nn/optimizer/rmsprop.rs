//! Optimizer `rmsprop`: gradients divided by the root of their mean square.

use super::super::Columns;
use super::directions::mean;
use super::parts::{ScaleByRms, Trace};
use super::{EPSILON, Given, MOMENTUM, Optimizer, Part, learning_rate};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::kernel::{self, Direction, Lanes};

pub static THIS: Optimizer = Optimizer {
    entry: Entry {
        name: "rmsprop",
        family: Family::Optimizer,
        summary: "gradients divided by the root of their mean square",
        docs: DOCS,
        params: &[
            learning_rate(0.01),
            Param {
                key: "decay",
                kind: Kind::Real(Range::half_open(0.0, 1.0)),
                role: Role::Numeric,
                default: Default::Real(0.99),
                docs: "Decay of the mean of squared gradients (PyTorch calls it alpha).",
            },
            EPSILON,
            MOMENTUM,
            Param {
                key: "centered",
                kind: Kind::Flag,
                role: Role::Structural,
                default: Default::Flag(false),
                docs: "Subtract the square of the mean gradient.",
            },
        ],
        facts: Facts::Plain,
    },
    chain,
    lanes,
    numbers,
    changes: |_| false,
    start: None,
    decoupled: false,
    switches: &["momentum"],
};

fn chain(columns: &Columns) -> Vec<Box<dyn Part>> {
    let mut chain: Vec<Box<dyn Part>> = vec![Box::new(ScaleByRms::new(columns))];
    if columns.present("momentum") {
        chain.push(Box::new(Trace::new(columns, None, false)));
    }
    chain
}

fn lanes(columns: &Columns) -> kernel::Optimizer {
    match (columns.flag("centered"), columns.present("momentum")) {
        (false, false) => kernel::Optimizer::direction::<Form<false, false>>(),
        (false, true) => kernel::Optimizer::direction::<Form<false, true>>(),
        (true, false) => kernel::Optimizer::direction::<Form<true, false>>(),
        (true, true) => kernel::Optimizer::direction::<Form<true, true>>(),
    }
}

fn numbers(given: &Given<'_>, _: u64, _: &mut f64) -> Vec<f64> {
    let decay = given.number("decay");
    vec![decay, 1.0 - decay, given.number("epsilon"), given.number("momentum")]
}

struct Form<const CENTERED: bool, const MOMENTUM: bool>;

impl<const CENTERED: bool, const MOMENTUM: bool> Direction for Form<CENTERED, MOMENTUM> {
    const STATES: usize = 1 + CENTERED as usize + MOMENTUM as usize;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = mean(l, states[0], l.mul(g, g), n[0], n[1]);
        let mut variance = states[0];
        if CENTERED {
            states[1] = mean(l, states[1], g, n[0], n[1]);
            variance = l.max(l.splat(0.0), l.fnma(states[1], states[1], variance));
        }
        let u = l.div(g, l.add(l.sqrt(variance), n[2]));
        if !MOMENTUM {
            return u;
        }
        let last = Self::STATES - 1;
        states[last] = l.flush(l.fma(states[last], n[3], u));
        states[last]
    }
}

const DOCS: &str = r#"### Formula

`g` is the gradient with the penalties `l1` and `l2`, clipped by `clip_value` and then by `clip_norm`, plus `weight_decay · w`; `lr` is `learning_rate` times the schedule.

    v ← decay · v + (1 - decay) · g²
    u ← g / (√v + epsilon), or g / (√(v - (mean of g)²) + epsilon) when centered
    w ← w - lr · u,  or with momentum  b ← momentum · b + u,  w ← w - lr · b

`weight_decay` adds `weight_decay · w` to the gradient, biases included, as PyTorch does.

### When to use

Small batches; recurrent networks.

### Source

Tieleman and Hinton, 2012, lecture 6.5 of "Neural networks for machine learning"; Graves, 2013, arXiv 1308.0850, for the centred form. As PyTorch's `RMSprop`, also in its defaults (Keras: decay 0.9, epsilon 1e-7, learning rate 0.001, epsilon inside the root)."#;

#[cfg(test)]
mod tests {
    /// PyTorch 2.15.0, float64, in its defaults.
    #[test]
    fn first_steps() {
        super::super::tests::check(
            &super::THIS,
            &[],
            0.0,
            [
                [0.900000019999996, -1.9000000333333222],
                [0.9373002053730881, -1.9936907124648289],
                [0.918877003020938, -2.0053803508359342],
            ],
        );
    }

    /// PyTorch 2.15.0, float64, centred with momentum 0.9.
    #[test]
    fn first_steps_centred_with_momentum() {
        super::super::tests::check(
            &super::THIS,
            &[("momentum", 0.9), ("centered", 1.0)],
            0.0,
            [
                [0.899496238676095, -1.8994962521441012],
                [0.8463996203515588, -1.9028965430848477],
                [0.7801412165751584, -1.9176751066660789],
            ],
        );
    }
}
