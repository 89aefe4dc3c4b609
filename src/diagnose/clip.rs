//! Are gradients clipped to next to nothing?
//!
//! Thresholds: a norm of 0.01, an entry of 0.0001, or gradients a hundred times as long as the limit at every look. Healthy files of the
//! corpus (`benches/diagnosis`) clip at 0.42 and above, where gradients are at most three times as long.

use super::settings::{self, Rate};
use super::{Change, Evidence, Finding, Rule, Stage, course, number, reading};

pub(super) static THIS: Rule = Rule {
    code: "clip",
    summary: "gradients are clipped to next to nothing",
    docs: "`clip_norm` shortens every gradient to this norm, `clip_value` every entry of it to this size. A limit far below what gradients are makes every step as short as the limit: with plain gradient descent all steps together reach no further than learning rate x limit x steps.

Threshold: found where `clip_norm` is 0.01 or less or `clip_value` 0.0001 or less, and where gradients on the probe batch are more than 100 times as long as `clip_norm` at every look of a run that came to little. Healthy runs of the corpus clip at 0.42 and above; their gradients are at most three times the limit. A limit on entries lets a norm of limit x √parameters through, so its threshold is a hundredth. Not for optimizers that divide by the size of past gradients (`adam`, `rmsprop`, ...): they take a shorter gradient for a smaller loss and make steps as long as before. Of a run that learns all the same it is a note.

What to do: take the limit out, or write 1, which cuts explosions and little else.",
    stage: Stage::Lint,
    judge,
};

const SHORT: f64 = 0.01;
const SMALL: f64 = 1e-4;
const RATIO: f64 = 100.0;

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let optimizer = &evidence.configuration.optimizer;
    if settings::is_scale_free(&optimizer.method) {
        return None;
    }
    let norms: Vec<f64> = evidence.looks().iter().filter_map(course::gradient).collect();
    let least = norms.iter().copied().reduce(f64::min);
    let by_value =
        optimizer.clip_value.filter(|limit| *limit <= SMALL).map(|limit| ("clip_value", limit, SMALL));
    let is_cut = |limit: f64| evidence.is_sick() && least.is_some_and(|norm| norm > RATIO * limit);
    let by_norm =
        optimizer.clip_norm.filter(|limit| *limit <= SHORT).map(|limit| ("clip_norm", limit, SHORT));
    let is_short = by_norm.is_some() || by_value.is_some();
    let cut = optimizer.clip_norm.filter(|limit| is_cut(*limit)).map(|limit| ("clip_norm", limit, RATIO));
    let (key, limit, threshold) = by_norm.or(by_value).or(cut)?;
    // What was compared: the limit itself, or how many times as long the shortest gradient is.
    let value = if is_short { limit } else { least? / limit };
    let says = match norms.first().filter(|_| key == "clip_norm") {
        Some(norm) => format!(
            "`clip_norm = {}` cuts gradients to a {}th: their norm is {} before the first step",
            settings::toml(limit),
            crate::text::significant(norm / limit, 2),
            number(*norm)
        ),
        None => format!("`{key} = {}` leaves next to nothing of a gradient", settings::toml(limit)),
    };
    let mut found =
        Finding::new(&THIS, says).severity(reading::unless_well(evidence)).measured(value, threshold);
    found.because.extend(reach(evidence, key, limit));
    Some(
        found
            .help(format!("no `optimizer.{key}`, or 1, which cuts explosions and little else"))
            .change(Change::remove(&format!("optimizer.{key}"))),
    )
}

/// How far all steps together can go.
fn reach(evidence: &Evidence<'_>, key: &str, limit: f64) -> Option<String> {
    let (_, steps) = settings::steps(evidence)?;
    let rate = Rate::of(evidence)?;
    let far = rate.written / (1.0 - rate.momentum) * limit * steps as f64;
    let norm = evidence.start().map(|look| course::of_layers(look, |layer| layer.weight));
    let norm = norm.map(|norms| norms.iter().map(|(_, norm)| norm * norm).sum::<f64>().sqrt());
    let beside = norm.map_or(String::new(), |norm| format!(", where their norm is {}", number(norm)));
    let what = if key == "clip_norm" { "the weights" } else { "each weight" };
    let beside = if key == "clip_norm" { beside } else { String::new() };
    Some(format!("all {steps} steps together can move {what} by {} at most{beside}", number(far)))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;

    /// By hand: two layers with gradients of 0.3 and 0.4 have one of 0.5 together, 5000 times 0.0001; 10 epochs of 10 steps at 0.1 with
    /// momentum 0.5 reach 0.1 / 0.5 · 0.0001 · 100 = 0.002.
    #[test]
    fn a_tiny_limit_is_told_with_what_it_leaves() {
        let trial = Trial::new("[optimizer]\nlearning_rate = 0.1\nmomentum = 0.5\nclip_norm = 0.0001").sick();
        let trial = trial.gradients(&[&[0.3, 0.4], &[0.3, 0.4]]);
        let found = trial.says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "`clip_norm = 0.0001` cuts gradients to a 5000th: their norm is 0.5 before the first step"
        );
        assert!(
            found.because[0].starts_with("all 100 steps together can move the weights by 0.002 at most"),
            "{found:?}"
        );
        assert_eq!(found.changes[0].to_string(), "no optimizer.clip_norm");
    }

    #[test]
    fn limits_are_judged_by_themselves_and_by_the_gradients() {
        let of = |key: &str| Trial::new(&format!("[optimizer]\nlearning_rate = 0.1\n{key}"));
        assert!(of("clip_norm = 0.009").says(&super::THIS).is_some());
        assert!(of("clip_norm = 0.011").says(&super::THIS).is_none());
        assert!(of("clip_value = 0.00009").says(&super::THIS).is_some());
        assert!(of("clip_value = 0.00011").says(&super::THIS).is_none());
        // By hand: 5 is 100 times 0.05.
        let cut = |norm: f32| {
            of("clip_norm = 0.05").sick().gradients(&[&[0.0, norm], &[0.0, norm]]).says(&super::THIS)
        };
        assert!(cut(4.9).is_none());
        let found = cut(5.1).unwrap();
        assert_eq!(found.threshold, Some(100.0));
        // 5.1 is 102 times 0.05.
        assert!(found.value.is_some_and(|ratio| (ratio - 102.0).abs() < 1e-3), "{found:?}");
        let found = of("clip_norm = 0.009").says(&super::THIS).unwrap();
        assert_eq!((found.value, found.threshold), (Some(0.009), Some(0.01)));
    }

    /// Adam's step is as long as before.
    #[test]
    fn optimizers_that_divide_by_the_gradient_do_not_mind() {
        let text = "[optimizer]\nname = \"adam\"\nlearning_rate = 0.01\nclip_norm = 0.0001";
        assert!(Trial::new(text).says(&super::THIS).is_none());
    }
}
