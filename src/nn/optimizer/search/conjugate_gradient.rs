//! Optimizer `conjugate_gradient`: nonlinear conjugate gradients, Polak-Ribière+ or Fletcher-Reeves.

use super::walk::dot;
use super::{Guide, Moved, Search, TOLERANCE};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Role};

pub static THIS: Search = Search {
    entry: Entry {
        name: "conjugate_gradient",
        family: Family::Optimizer,
        summary: "nonlinear conjugate gradients with a strong-Wolfe line search, for full batches",
        docs: DOCS,
        params: &[
            Param {
                key: "formula",
                kind: Kind::Choice(&["polak_ribiere", "fletcher_reeves"]),
                role: Role::Structural,
                default: Default::Word("polak_ribiere"),
                docs: "How much of the last direction is kept.",
            },
            TOLERANCE,
        ],
        facts: Facts::LineSearch,
    },
    curvature: 0.4,
    is_scaled: false,
    guide: |choice: &Choice| {
        Box::new(Formula { is_fletcher_reeves: choice.text("formula") == Some("fletcher_reeves") })
    },
    rows: |_| 0,
};

/// A direction must fall at least this share of the squared length of the gradient (Gilbert and Nocedal, SIAM J. Optim. 2, 1992).
const DESCENT: f64 = 0.01;
/// Successive gradients whose product is this share of the last one's square are far from orthogonal.
const ORTHOGONAL: f64 = 0.1;

#[derive(Debug)]
struct Formula {
    is_fletcher_reeves: bool,
}

impl Formula {
    fn direction(&self, moved: &Moved<'_>) -> Vec<f64> {
        let Moved { along, before, after, .. } = moved;
        let (square, product) = (dot(after, after), dot(before, after));
        let numerator = match self.is_fletcher_reeves {
            true if product.abs() >= ORTHOGONAL * square => 0.0,
            true => square,
            false => (square - product).max(0.0),
        };
        let beta = numerator / dot(before, before);
        after.iter().zip(*along).map(|(g, d)| beta * d - g).collect()
    }
}

impl Guide for Formula {
    /// Polak-Ribière+ may turn uphill after a step that satisfies the strong Wolfe conditions; then the line search goes on.
    fn suits(&self, moved: &Moved<'_>) -> bool {
        dot(&self.direction(moved), moved.after) <= -DESCENT * dot(moved.after, moved.after)
    }

    fn turn(&mut self, moved: &Moved<'_>) -> Vec<f64> {
        self.direction(moved)
    }

    // All that the formula needs is the last step.
    fn forget(&mut self) {}

    fn remembered(&self, _: usize) -> Vec<f64> {
        Vec::new()
    }

    fn remembered_len(&self, _: usize) -> usize {
        0
    }

    fn remind(&mut self, _: usize, _: &[f64]) {}
}

const DOCS: &str = r#"### Formula

Minimised is the data loss of the whole training part with its penalties, `F = loss + l2 · Σ w² + weight_decay / 2 · Σ x²`, the first sum over weights, the second over weights and biases. With the gradient `g` of `F`:

    d ← -g                       (start)
    x ← x + a · d                (a: strong Wolfe, c1 = 1e-4, c2 = 0.4)
    β = max(0, g⁺ · (g⁺ - g)) / g · g     (polak_ribiere)
    β = g⁺ · g⁺ / g · g, or 0 where |g⁺ · g| ≥ 0.1 · g⁺ · g⁺     (fletcher_reeves)
    d ← β · d - g⁺

`g⁺` is the gradient after the step. The step `a` is found by bracketing and zooming with cubic and quadratic interpolation; first tried is `min(1, 2.02 · ΔF / g · d)`, with `ΔF` the change of the iteration before. A step is accepted where the next direction also falls by at least 0.01 · g⁺ · g⁺. If a line has no such step, one more is looked for along `-g`.

### When to use

Small networks and data that are evaluated as a whole in little time: it has no learning rate to tune, and on a smooth loss it needs tens of iterations where gradient descent needs thousands. One epoch is one iteration, a few evaluations of the whole part; `trials.csv` tells `iterations`, `function_calls`, and `gradient_calls` (equal, as value and gradient are computed together). A trial ends as `converged` when no entry of the gradient is larger than `tolerance`, and as `stalled` when the line search fails along the negative gradient too.

Use `precision = "f64"`: in f32 the loss has 7 digits, which hides the last part of the way, and a trial ends as `stalled` there. It needs `batch = "full"` and a loss that is a smooth function of the parameters, so no dropout, `l1`, or clipping; it has no `learning_rate` and no `schedule`.

### Source

Nocedal and Wright, "Numerical Optimization", 2nd ed. 2006, algorithms 5.4, 3.5, 3.6, equations 5.45 and, for the restarts of `fletcher_reeves`, without which it may make tiny steps for ever, 5.52. Constants, the first step, the condition on the next direction, and `tolerance` (`gtol`) are those of SciPy 1.17's `fmin_cg`; the line search is not MINPACK's, which SciPy tries first, so the path differs and the minimum does not. SciPy ends where a line search fails first (its `warnflag` 2)."#;
