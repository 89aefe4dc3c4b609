//! Does the gradient of a recurrent network reach back to where the answer lies?

use super::{Change, Evidence, Finding, Rule, Severity, Stage, reading};
use crate::spec::Truncate;
use crate::text;
use crate::train::{Preflight, With};

pub(super) static THIS: Rule = Rule {
    code: "truncation",
    summary: "the gradient does not reach back to where the answer lies",
    docs: "Truncated backpropagation through time learns from the last steps only. What an answer needs from further back can be held by the state, by chance, but nothing teaches the network to hold it.

Found, in this order:

- `truncate = 0` or `{ chunk = 1 }`: the gradient reaches no step back at all, so that the weights from the state to itself learn nothing of the past: a warning, or a note where a run learns all the same (skill 0.85);
- a shorter reach than the sequences are long, where `runner check` shows that the network learns a few samples by heart without truncation and not with it: a warning;
- a shorter reach where a run came to little: a note, since where the answer lies is not known.

Threshold: 1 step, the least that reaches back at all; for the second, the tenth of the first loss of `one-batch`. Healthy cases of the corpus of `benches/diagnosis` reach as far as the answer lies, 4 to 8 steps.

What to do: take `model.truncate` out, or let it reach as far as the answer lies.",
    stage: Stage::Lint,
    judge,
};

/// Steps back that a gradient reaches at most.
fn reach(truncate: Truncate) -> Option<usize> {
    match truncate {
        Truncate::Never => None,
        Truncate::Window(steps) => Some(steps),
        Truncate::Chunk(steps) => Some(steps.saturating_sub(1)),
    }
}

fn judge(evidence: &Evidence<'_>, _: &[Finding]) -> Option<Finding> {
    let reach = reach(evidence.configuration.model.recurrent?.truncate)?;
    let steps = evidence.traits.map_or(usize::MAX, |traits| traits.steps);
    if reach + 1 >= steps {
        return None;
    }
    let severity = match evidence.preflight {
        _ if reach == 0 => reading::unless_well(evidence),
        Some(preflight) if is_cured(preflight) => Severity::Warning,
        _ if evidence.is_sick() => Severity::Note,
        _ => return None,
    };
    let of =
        if steps < usize::MAX { format!(" of the {} before the last", steps - 1) } else { String::new() };
    let says = match reach {
        0 => "the gradient reaches no time step back: nothing is learned of what came before".into(),
        n => format!("the gradient reaches {} back{of}", text::count(n, "time step")),
    };
    let found = Finding::new(&THIS, says)
        .severity(severity)
        .measured(reach as f64, 1.0)
        .because("what an answer needs from further back is held by chance only: no gradient teaches the state to hold it")
        .help("no truncation, or one that reaches as far as the answer lies");
    Some(found.change(Change::remove("model.truncate")))
}

/// Whether truncation alone keeps it from learning a few samples by heart.
fn is_cured(preflight: &Preflight) -> bool {
    let batch = &preflight.one_batch;
    let first = batch.attempts.iter().find(|attempt| batch.learned(attempt));
    first.is_some_and(|attempt| attempt.with == With::NoTruncation)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::reading::Example;
    use crate::spec::Task;

    fn of(truncate: &str, steps: usize) -> Example {
        let text = format!(
            "pairing = \"identity+mse\"\n[data]\nsource = \"echo\"\n[model]\nkind = \"rnn\"\nreturn_sequences = true\nhidden = [8]\n{truncate}"
        );
        let mut example = Example::new(Task::Regression, &text);
        example.traits.steps = steps;
        example
    }

    /// By hand: a window of 0 is the step alone, and so is a chunk of 1; 13 steps back from the last of 14 are all.
    #[test]
    fn a_gradient_that_reaches_nothing_is_told() {
        for truncate in ["truncate = 0", "truncate = { chunk = 1 }"] {
            let example = of(truncate, 14);
            let found = example.says("truncation").unwrap();
            assert_eq!(
                (found.severity, found.value, found.threshold),
                (Severity::Warning, Some(0.0), Some(1.0))
            );
            assert_eq!(example.changes("truncation"), ["no model.truncate"]);
            assert_eq!(example.well().says("truncation").unwrap().severity, Severity::Note);
        }
        assert_eq!(of("", 14).says("truncation"), None);
        assert_eq!(of("truncate = 13", 14).sick().says("truncation"), None);
    }

    #[test]
    fn a_short_reach_is_worth_knowing_where_little_came_of_it() {
        assert_eq!(of("truncate = 4", 14).says("truncation"), None);
        assert_eq!(of("truncate = 4", 14).well().says("truncation"), None);
        let found = of("truncate = 4", 14).sick().says("truncation").unwrap();
        assert_eq!(found.severity, Severity::Note);
        assert_eq!(found.says, "the gradient reaches 4 time steps back of the 13 before the last");
    }
}
