//! The rules that several optimizers share, as the fused engine takes them: one formula over lanes each.
//!
//! The same rules as [`super::parts`], in the same order of operations. Numbers come in the order that each rule names,
//! computed on the host in f64; stored means are flushed as there.

use super::Given;
use crate::kernel::{Direction, Lanes};

/// `decay · mean + (1 - decay) · x`, flushed.
#[inline(always)]
pub(super) fn mean<L: Lanes>(l: L, mean: L::F, x: L::F, kept: L::F, taken: L::F) -> L::F {
    l.flush(l.fma(mean, kept, l.mul(x, taken)))
}

/// Momentum; numbers: momentum, share of the gradient that is taken.
pub struct Trace<const NESTEROV: bool>;

impl<const NESTEROV: bool> Direction for Trace<NESTEROV> {
    const STATES: usize = 1;

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = mean(l, states[0], g, n[0], n[1]);
        if NESTEROV { l.fma(states[0], n[0], g) } else { states[0] }
    }
}

/// Adam; numbers: beta1, 1 - beta1, beta2, 1 - beta2, epsilon, correction of the root, of the mean.
pub struct Adam<const AMSGRAD: bool>;

impl<const AMSGRAD: bool> Direction for Adam<AMSGRAD> {
    const STATES: usize = if AMSGRAD { 3 } else { 2 };

    #[inline(always)]
    fn direction<L: Lanes>(l: L, g: L::F, states: &mut [L::F], n: &[L::F]) -> L::F {
        states[0] = mean(l, states[0], g, n[0], n[1]);
        states[1] = mean(l, states[1], l.mul(g, g), n[2], n[3]);
        let mut square = states[1];
        if AMSGRAD {
            states[2] = l.max(states[2], square);
            square = states[2];
        }
        l.div(l.mul(states[0], n[6]), l.fma(l.sqrt(square), n[5], n[4]))
    }
}

/// The numbers of [`Adam`] but for the last.
pub(super) fn adam(given: &Given<'_>, t: u64) -> Vec<f64> {
    let (beta1, beta2) = (given.number("beta1"), given.number("beta2"));
    let root = 1.0 / libm::sqrt(1.0 - libm::pow(beta2, t as f64));
    vec![beta1, 1.0 - beta1, beta2, 1.0 - beta2, given.number("epsilon"), root]
}

/// The last of them.
pub(super) fn adam_mean(given: &Given<'_>, t: u64) -> f64 {
    1.0 / (1.0 - libm::pow(given.number("beta1"), t as f64))
}
