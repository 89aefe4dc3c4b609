//! Optimizer `lbfgs`: a quasi-Newton method that remembers its last steps.

use std::collections::VecDeque;

use super::walk::dot;
use super::{Guide, Moved, Search, TOLERANCE};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Role};

pub static THIS: Search = Search {
    entry: Entry {
        name: "lbfgs",
        family: Family::Optimizer,
        summary: "limited-memory BFGS with a strong-Wolfe line search, for full batches",
        docs: DOCS,
        params: &[
            Param {
                key: "history",
                kind: Kind::Count { min: 1, max: 1000 },
                role: Role::Structural,
                default: Default::Count(10),
                docs: "Steps it remembers; each takes two rows of the size of the parameters.",
            },
            TOLERANCE,
        ],
        facts: Facts::LineSearch,
    },
    curvature: 0.9,
    is_scaled: true,
    guide: |choice: &Choice| Box::new(History { most: history(choice), pairs: VecDeque::new() }),
    rows: |choice: &Choice| 2 * history(choice),
};

fn history(choice: &Choice) -> usize {
    choice.count("history") as usize
}

/// Steps `s` and the changes `y` of the gradient over them, the oldest first.
#[derive(Debug)]
struct History {
    most: usize,
    pairs: VecDeque<Pair>,
}

#[derive(Debug)]
struct Pair {
    s: Vec<f64>,
    y: Vec<f64>,
    /// `s · y`, above 0.
    curvature: f64,
}

impl Pair {
    fn new(s: Vec<f64>, y: Vec<f64>) -> Pair {
        let curvature = dot(&s, &y);
        Pair { s, y, curvature }
    }
}

/// `x + factor · y`.
fn add(x: &mut [f64], factor: f64, y: &[f64]) {
    x.iter_mut().zip(y).for_each(|(x, y)| *x += factor * y);
}

impl Guide for History {
    /// The inverse Hessian is positive definite whatever the step was.
    fn suits(&self, _: &Moved<'_>) -> bool {
        true
    }

    /// Algorithm 7.4, the two-loop recursion, with the scaling of equation 7.20.
    fn turn(&mut self, moved: &Moved<'_>) -> Vec<f64> {
        let y: Vec<f64> =
            moved.after.iter().zip(moved.before).map(|(after, before)| after - before).collect();
        let pair = Pair::new(moved.by.clone(), y);
        // Only a step over which the slope rises says anything about curvature; rounding may hide that it does.
        if pair.curvature > f64::EPSILON * dot(&pair.s, moved.before).abs() {
            self.pairs.push_back(pair);
        }
        if self.pairs.len() > self.most {
            self.pairs.pop_front();
        }
        let mut d: Vec<f64> = moved.after.iter().map(|g| -g).collect();
        let mut weights = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let weight = dot(&pair.s, &d) / pair.curvature;
            add(&mut d, -weight, &pair.y);
            weights.push(weight);
        }
        if let Some(last) = self.pairs.back() {
            let scale = last.curvature / dot(&last.y, &last.y);
            d.iter_mut().for_each(|d| *d *= scale);
        }
        for (pair, weight) in self.pairs.iter().zip(weights.into_iter().rev()) {
            let other = dot(&pair.y, &d) / pair.curvature;
            add(&mut d, weight - other, &pair.s);
        }
        d
    }

    fn forget(&mut self) {
        self.pairs.clear();
    }

    fn remembered(&self, size: usize) -> Vec<f64> {
        let mut numbers = vec![self.pairs.len() as f64];
        for pair in &self.pairs {
            numbers.extend_from_slice(&pair.s);
            numbers.extend_from_slice(&pair.y);
        }
        numbers.resize(self.remembered_len(size), 0.0);
        numbers
    }

    fn remembered_len(&self, size: usize) -> usize {
        1 + 2 * self.most * size
    }

    fn remind(&mut self, size: usize, numbers: &[f64]) {
        let count = (numbers[0] as usize).min(self.most);
        let pair = |both: &[f64]| Pair::new(both[..size].to_vec(), both[size..].to_vec());
        self.pairs = numbers[1..].chunks_exact(2 * size).take(count).map(pair).collect();
    }
}

const DOCS: &str = r#"### Formula

Minimised is the data loss of the whole training part with its penalties, `F = loss + l2 · Σ w² + weight_decay / 2 · Σ x²`, the first sum over weights, the second over weights and biases. With the gradient `g` of `F`:

    d ← -H · g
    x ← x + a · d                (a: strong Wolfe, c1 = 1e-4, c2 = 0.9)

`H` approximates the inverse Hessian from the last `history` steps `s` and the changes `y` of the gradient over them: it begins as `s · y / y · y` times the identity, and each pair corrects it (the two-loop recursion). The first direction is `-g`, with a first step of about length 1; later a step of 1 is tried first. The step is found by bracketing and zooming with cubic and quadratic interpolation. If a line has no such step, the history is dropped and one more is looked for along `-g`.

### When to use

The first choice for small networks on small data, where the whole part is evaluated in little time: it usually needs fewer evaluations than `conjugate_gradient`, about one for each iteration, and no learning rate. One epoch is one iteration; `trials.csv` tells `iterations`, `function_calls`, and `gradient_calls` (equal, as value and gradient are computed together). A trial ends as `converged` when no entry of the gradient is larger than `tolerance`, and as `stalled` when the line search fails along the negative gradient too.

Use `precision = "f64"`: in f32 the loss has 7 digits, which hides the last part of the way, and a trial ends as `stalled` there. It needs `batch = "full"` and a loss that is a smooth function of the parameters, so no dropout, `l1`, or clipping; it has no `learning_rate` and no `schedule`.

### Source

Nocedal and Wright, "Numerical Optimization", 2nd ed. 2006, algorithms 7.4, 7.5, 3.5, 3.6. `history` and `tolerance` are `maxcor` and `pgtol` of SciPy 1.17's `L-BFGS-B` without bounds, with the same defaults; that also ends where the loss hardly changes (`ftol`), this does not."#;
