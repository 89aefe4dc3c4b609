//! Do output activation, loss, and targets belong together?
//!
//! A table, and nothing is measured but the shares of classes. What cannot work at all is refused before anything is planned
//! (`pairing-mismatch`, `target-mismatch`, `one-unit-softmax`) and stands in the rule's text alone.

use super::{Change, Evidence, Finding, Rule, Severity, Stage, number, reading};
use crate::catalog::{Choice, Facts, Range, TargetRow};
use crate::event::Traits;
use crate::spec::{Masking, Pairing, Task};

pub(super) static THIS: Rule = Rule {
    code: "pairing",
    summary: "output activation, loss, and targets do not belong together",
    docs: "What a pairing is good for follows from the task, the form of its targets, the output activation, and the loss; no run is needed.

| targets | activation | loss | verdict |
|---|---|---|---|
| one class | softmax, log_softmax | cross_entropy, focal, kl_divergence, probability_cross_entropy (not log_softmax) | canonical |
| one class | sigmoid | binary_cross_entropy, binary_focal | valid: each class against the rest |
| one class | softmax | binary_cross_entropy, binary_focal | valid |
| one class | any | hinge, squared_hinge | valid with scores (identity); slow where an activation gives less than the margin |
| one class, labels | sigmoid, softmax, hard_sigmoid | mse, sum_of_squares, huber, log_cosh | valid, slow: the gradient is multiplied by the slope of the activation, which is nearly 0 where the network is sure and wrong |
| one class, labels | identity, tanh, others | mse and the like | valid |
| one class | any but softmax | mae, pinball | degenerate where every class has less than a share 1 - q of the rows (q = 1/2 for mae) |
| one class | softmax | mae, pinball | valid, slow |
| one class | not a distribution | probability_cross_entropy, normalize = false | degenerate: no output is ever asked to be small |
| one class, mask | softmax | cross_entropy without label_smoothing, focal, kl_divergence, or probability_cross_entropy with normalize = false, and masking = outputs | valid, but trains as if there were no mask: a note, always |
| labels | sigmoid | binary_cross_entropy, binary_focal | canonical |
| labels | softmax | any but kl_divergence | degenerate: outputs share a sum of 1, labels do not |
| one class, labels | log_softmax | mse, mae, and the like | degenerate: logarithms of probabilities are at most 0, targets are 0 and 1 |
| numbers | identity | mse, mae, huber, log_cosh, pinball, ... | canonical |
| numbers | bounded | the same | valid where the targets lie within; see `range` |
| one class | identity, tanh, sigmoid, ... | cross_entropy, focal, kl_divergence | impossible, refused: they need a distribution |
| any | identity, tanh, ... | binary_cross_entropy | impossible, refused: pre-activations (logits) are no probabilities |
| labels, numbers | any | cross_entropy, hinge | impossible, refused: they need one class per row |
| one output | softmax | any | impossible, refused: it always gives 1 |

**Degenerate** is a warning (a note where a run learns all the same (skill 0.85)), **valid, slow** a note, and only of a run that came to little. A squared error after a sigmoid is no fault: with a rate of its own, about ten times that of cross-entropy, it learns as well.

Why an absolute error is degenerate: the answer that makes the mean of |t - o| small is the median, and that of a 0/1 target is 0 wherever 1 is rarer than 0. So with three classes of equal size the best constant answer is 0 for every class, from which it is uphill in all directions; pinball with quantile q asks for the quantile, which is 0 where 1 is rarer than 1 - q. Source: the median minimises absolute error (Laplace 1774); quantiles: Koenker and Bassett 1978.

Threshold: none where the table decides alone; for mae and pinball the share 1 - q of the commonest class.

What to do: the canonical pairing of the task.",
    stage: Stage::Lint,
    judge,
};

/// What a row of the table says.
#[derive(Clone, Debug, PartialEq)]
enum Verdict {
    /// Canonical, or valid and no slower.
    Sound,
    /// Valid, and why it learns slowly.
    Slow(&'static str),
    /// Valid, and a mask that does nothing while it trains.
    Unmasked,
    /// What it makes of the task, and what was measured against what where that decided.
    Degenerate(String, Option<(f64, f64)>),
}

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let pairing = &*evidence.configuration.pairing;
    let is_masked = !evidence.configuration.data.mask.is_empty();
    let (severity, why, measured) = match verdict(evidence.task, pairing, is_masked, evidence.traits) {
        Verdict::Sound => return None,
        Verdict::Unmasked => return Some(unmasked()),
        Verdict::Slow(_) if !evidence.is_sick() => return None,
        Verdict::Slow(why) => (Severity::Note, why.to_string(), None),
        Verdict::Degenerate(why, measured) => (reading::unless_well(evidence), why, measured),
    };
    let says = format!("`{}` does not suit {}", pairing.label(), targets(evidence.task));
    let says = if severity == Severity::Note {
        says.replace("does not suit", "is not the usual choice for")
    } else {
        says
    };
    let found = Finding::new(&THIS, says).severity(severity).because(why);
    let found = match measured {
        Some((value, threshold)) => found.measured(value, threshold),
        None => found,
    };
    Some(found.help("the usual pairing for these targets").change(usual(evidence.task, pairing)))
}

fn unmasked() -> Finding {
    let says = "the mask does nothing in training: it is laid on the shares that softmax made without it";
    Finding::new(&THIS, says)
        .severity(Severity::Note)
        .because("what is off is set to 0 and nothing is divided by the new sum, so that the share of the right class, and the gradient, are those without a mask")
        .help("`masking = \"logits\"`, the default of a softmax, gives what is off no share in training either; where the mask is for the answers alone, leave it")
        .change(Change::set("pairing.masking", "\"logits\""))
}

fn targets(task: Task) -> &'static str {
    match task {
        Task::Classification => "targets of one class per row",
        Task::MultiLabel => "targets of several labels per row",
        Task::Regression => "targets that are numbers",
    }
}

fn usual(task: Task, pairing: &Pairing) -> Change {
    match task {
        Task::Classification => reading::pairing(pairing, Some("softmax"), Some("cross_entropy")),
        Task::MultiLabel => reading::pairing(pairing, Some("sigmoid"), Some("binary_cross_entropy")),
        Task::Regression => reading::pairing(pairing, Some("identity"), Some("mse")),
    }
}

/// The table.
fn verdict(task: Task, pairing: &Pairing, is_masked: bool, traits: Option<&Traits>) -> Verdict {
    let (activation, loss) = (&pairing.activation, &pairing.loss);
    let is_distribution = reading::is_distribution(activation);
    if task == Task::Regression {
        return Verdict::Sound;
    }
    let row = reading::target_row(loss);
    if reading::is_log_distribution(activation) && row == TargetRow::Separate {
        let why = "its outputs are logarithms of probabilities, at most 0, and the targets are 0 and 1: only where it is sure can it come \
                   near a 1, and then the other outputs are far below 0";
        return Verdict::Degenerate(why.into(), None);
    }
    if task == Task::MultiLabel {
        let shares = is_distribution && row != TargetRow::Shares;
        let why = "the outputs of a softmax share a sum of 1, while a row may have several labels or none: each label can only be \
                   raised by lowering the others";
        return if shares { Verdict::Degenerate(why.into(), None) } else { slow(pairing) };
    }
    if is_masked && is_distribution && pairing.masking == Masking::Outputs && asks_right_class_only(loss) {
        return Verdict::Unmasked;
    }
    if !is_distribution && loss.has("normalize") && !loss.flag("normalize") {
        let why = "without `normalize` the loss asks only the output of the right class to be large, and none to be small: all outputs \
                   at their upper end have a loss of 0";
        return Verdict::Degenerate(why.into(), None);
    }
    if is_distribution {
        return slow(pairing);
    }
    median(pairing, traits).unwrap_or_else(|| slow(pairing))
}

/// It reads the share of the right class and no other, so that setting others to 0 changes nothing of it.
fn asks_right_class_only(loss: &Choice) -> bool {
    let divides = loss.has("normalize") && loss.flag("normalize");
    // Smoothing shares the target out among the outputs that are on.
    let smooths = loss.has("label_smoothing") && loss.number("label_smoothing") > 0.0;
    reading::target_row(loss) != TargetRow::Separate && !loss.has("margin") && !divides && !smooths
}

/// The quantile of the targets that a loss asks for, where it does.
fn quantile(pairing: &Pairing) -> Option<f64> {
    match pairing.loss.name() {
        "mae" => Some(0.5),
        "pinball" => Some(pairing.loss.number("quantile")),
        _ => None,
    }
}

/// Losses that ask for a median, or another quantile, of targets that are mostly 0.
fn median(pairing: &Pairing, traits: Option<&Traits>) -> Option<Verdict> {
    let (quantile, classes) = (quantile(pairing)?, &traits?.classes);
    let (all, most) = (classes.iter().sum::<usize>(), classes.iter().max()?);
    let (share, limit) = (*most as f64 / all as f64, 1.0 - quantile);
    let why = || {
        format!(
            "`{}` asks for the quantile {} of each output, and 0 is right for every class: the commonest has {} of the rows, less than {}; \
             answering 0 for every class is where training comes to rest",
            pairing.loss.name(),
            number(quantile),
            number(share),
            number(limit)
        )
    };
    (share < limit).then(|| Verdict::Degenerate(why(), Some((share, limit))))
}

/// What learns, and takes longer than it need.
fn slow(pairing: &Pairing) -> Verdict {
    let (activation, loss) = (&pairing.activation, &pairing.loss);
    let ends = reading::is_squashing(activation) || reading::is_distribution(activation);
    match reading::target_row(loss) {
        _ if quantile(pairing).is_some() => {
            Verdict::Slow("an absolute error has a gradient of one size, however wrong an answer is")
        }
        TargetRow::Class if ends && loss.has("margin") => Verdict::Slow(
            "scores within the ends of an activation can hardly differ by the margin, so that part of the loss stays",
        ),
        TargetRow::Separate if ends && !asks_for_probabilities(loss) => Verdict::Slow(
            "the gradient of a squared error is multiplied by the slope of the output activation, nearly 0 where it is sure and wrong: \
                 it needs about ten times the learning rate",
        ),
        _ => Verdict::Sound,
    }
}

/// It grows without bound where an answer is sure and wrong, which makes up for the slope of the activation.
fn asks_for_probabilities(loss: &Choice) -> bool {
    matches!(loss.entry.facts, Facts::Loss { accepts, .. } if accepts == Range::UNIT)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;

    fn of(task: Task, pairing: &str) -> Example {
        let labels = if task == Task::MultiLabel { "task = \"multi_label\"" } else { "" };
        let source = if task == Task::Regression { "sine" } else { "a.csv\"\ntarget = \"t" };
        let text =
            format!("pairing = {pairing}\n[data]\nsource = \"{source}\"\n{labels}\n[model]\nhidden = [8]");
        let mut example = Example::new(task, &text);
        if task == Task::Classification {
            example.traits.classes = vec![30, 40, 30];
        }
        example
    }

    /// By hand, from the table of the rule's text: those that people use and that work are never told.
    #[test]
    fn sound_pairings_are_silent() {
        let classes = [
            "\"softmax+cross_entropy\"",
            "\"log_softmax+cross_entropy\"",
            "\"softmax+focal\"",
            "\"softmax+kl_divergence\"",
            "\"softmax+probability_cross_entropy\"",
            "\"sigmoid+binary_cross_entropy\"",
            "\"sigmoid+mse\"",
            "\"softmax+mse\"",
            "\"softmax+mae\"",
            "\"identity+mse\"",
            "\"tanh+mse\"",
            "\"identity+hinge\"",
        ];
        for pairing in classes {
            assert_eq!(of(Task::Classification, pairing).says("pairing"), None, "{pairing}");
        }
        for pairing in ["\"sigmoid+binary_cross_entropy\"", "\"sigmoid+mse\"", "\"sigmoid+mae\""] {
            assert_eq!(of(Task::MultiLabel, pairing).says("pairing"), None, "{pairing}");
        }
        for pairing in ["\"identity+mse\"", "\"tanh+mae\"", "\"sigmoid+mse\""] {
            assert_eq!(of(Task::Regression, pairing).says("pairing"), None, "{pairing}");
        }
    }

    #[test]
    fn degenerate_pairings_are_warned_of_unless_a_run_contradicts() {
        let cases = [
            (Task::Classification, "\"sigmoid+mae\"", "pairing = \"softmax+cross_entropy\""),
            (Task::Classification, "\"log_softmax+mse\"", "pairing = \"softmax+cross_entropy\""),
            (
                Task::Classification,
                "{ activation = \"sigmoid\", loss = { name = \"probability_cross_entropy\", normalize = false } }",
                "pairing = \"softmax+cross_entropy\"",
            ),
            (Task::MultiLabel, "\"softmax+mse\"", "pairing = \"sigmoid+binary_cross_entropy\""),
            (
                Task::MultiLabel,
                "{ activation = \"softmax\", loss = \"mse\", reduction = \"sum\" }",
                "pairing = { activation = \"sigmoid\", loss = \"binary_cross_entropy\", reduction = \"sum\" }",
            ),
        ];
        for (task, pairing, change) in cases {
            let example = of(task, pairing);
            assert_eq!(example.says("pairing").unwrap().severity, Severity::Warning, "{pairing}");
            assert_eq!(example.changes("pairing"), [change], "{pairing}");
            assert_eq!(example.well().says("pairing").unwrap().severity, Severity::Note, "{pairing}");
        }
    }

    /// By hand: of two classes of equal size the commonest has half of the rows, so that a median may be 1; the quantile 0.7 of a class
    /// with 0.4 of the rows is 1, since 1 - 0.7 is less.
    #[test]
    fn a_median_is_degenerate_where_every_class_is_rare() {
        let found = of(Task::Classification, "\"identity+mae\"").says("pairing").unwrap();
        assert_eq!((found.value, found.threshold), (Some(0.4), Some(0.5)));
        let mut two = of(Task::Classification, "\"identity+mae\"");
        two.traits.classes = vec![50, 50];
        assert_eq!(two.says("pairing"), None);
        let pinball = |q: f64| {
            format!("{{ activation = \"identity\", loss = {{ name = \"pinball\", quantile = {q} }} }}")
        };
        assert_eq!(of(Task::Classification, &pinball(0.7)).says("pairing"), None);
        assert!(of(Task::Classification, &pinball(0.5)).says("pairing").is_some());
    }

    /// By hand: the zoo's E4. What divides by the new sum, or reads every output, does see the mask.
    #[test]
    fn a_mask_that_does_nothing_in_training_is_noted() {
        let of = |pairing: &str| {
            let text = format!(
                "pairing = {pairing}\n[data]\nsource = \"a.csv\"\ntarget = \"t\"\nmask = [\"m\", \"n\", \"o\"]\n[model]\nhidden = [8]"
            );
            let mut example = Example::new(Task::Classification, &text);
            example.traits.classes = vec![30, 40, 30];
            example.well()
        };
        let masked = |loss: &str, masking: &str| {
            of(&format!("{{ activation = \"softmax\", loss = {loss}, masking = \"{masking}\" }}"))
        };
        let found = masked("\"cross_entropy\"", "outputs").says("pairing").unwrap();
        assert_eq!(found.severity, Severity::Note);
        assert!(found.says.starts_with("the mask does nothing in training"), "{}", found.says);
        assert!(masked("\"focal\"", "outputs").says("pairing").is_some());
        assert_eq!(masked("\"cross_entropy\"", "logits").says("pairing"), None);
        assert_eq!(masked("\"probability_cross_entropy\"", "outputs").says("pairing"), None);
        assert_eq!(masked("\"mse\"", "outputs").says("pairing"), None);
        let smooth = masked("{ name = \"cross_entropy\", label_smoothing = 0.1 }", "outputs");
        assert_eq!(smooth.says("pairing"), None);
        assert_eq!(masked("\"focal\"", "outputs").changes("pairing"), ["pairing.masking = \"logits\""]);
    }

    #[test]
    fn slow_pairings_are_told_of_runs_that_came_to_little_only() {
        let slow = || of(Task::Classification, "\"sigmoid+mse\"");
        assert_eq!(slow().sick().says("pairing").unwrap().severity, Severity::Note);
        assert_eq!(slow().well().says("pairing"), None);
        let canonical = of(Task::Classification, "\"softmax+cross_entropy\"").sick();
        assert_eq!(canonical.says("pairing"), None);
    }
}
