//! Is the learning rate one that works?
//!
//! Threshold: the usual rates of each optimizer, in `settings`, from the healthy runs of the corpus (`benches/diagnosis`).

use super::settings::{self, Rate, Usual};
use super::{Change, Evidence, Finding, Rule, Severity, Stage, course, number, reading};

pub(super) static THIS: Rule = Rule {
    code: "rate-scale",
    summary: "the learning rate is far from the usual",
    docs: "Thresholds are the usual rates of networks of up to a few hundred units and scaled data, from the healthy runs of the corpus (half of them, a factor of three and more wider on both sides):

| optimizer | from | to | typical |
|---|--:|--:|--:|
| `sgd` | 0.003 | 1 | 0.1 |
| `sgd`, squared error after a sigmoid or a softmax | 0.1 | 10 | 1 |
| `adam`, `adamw`, `nadam` | 0.0003 | 0.1 | 0.005 |
| `rmsprop` | 0.0003 | 0.03 | 0.002 |
| `adagrad` | 0.005 | 0.5 | 0.05 |
| `adadelta` | 0.1 | 5 | 1 |
| `lion` | 0.00005 | 0.005 | 0.0005 |

Judged is the rate at work: `learning_rate / (1 - momentum)`, times the rows of a batch where the loss is a sum. The slope of a sigmoid is at most 1/4, and small where it is wrong, so a squared error behind it takes more. No healthy run of the corpus lies outside; seeded faults are 100 times too high or 1000 times too low.

Two settings change the rate too: `dampening` 1 keeps every gradient but the first out of the momentum, and an `epsilon` above 0.01 stands above the gradients that Adam and its kin should divide by.

It is wrong where the run agrees: too high a rate and the run failed or ended at three times its first loss; too low a rate and the loss stayed between 0.8 of the first and the first, or no layer moved by 0.05 of itself. Of a run that learns all the same it is a note; and so is a low rate where the run failed or its loss rose: short steps do not do that.

What to do: the typical rate, then three times more and three times less. Proposed is the typical rate, not the nearest usual one, which may still be too far out for this network.",
    stage: Stage::Lint,
    judge,
};

const EPSILON: f64 = 0.01;
const DAMPENING: f64 = 1.0;

fn judge(evidence: &Evidence<'_>, before: &[Finding]) -> Option<Finding> {
    if reading::found(before, &["momentum", "sum-reduction"]) {
        return None;
    }
    other_settings(evidence).or_else(|| rate(evidence))
}

fn rate(evidence: &Evidence<'_>) -> Option<Finding> {
    let (rate, usual) = (Rate::of(evidence)?, settings::usual(evidence.configuration)?);
    let at_work = rate.effective();
    let is_high = usual.is_below(at_work);
    if !is_high && !usual.is_above(at_work) {
        return None;
    }
    let (word, bound) = if is_high { ("high", usual.high) } else { ("low", usual.low) };
    let name = evidence.configuration.optimizer.method.name();
    let severity = severity(evidence, is_high);
    // What learns all the same is not too far off.
    let word =
        if severity == Severity::Note { format!("{word}er than usual") } else { format!("too {word}") };
    let found = Finding::new(
        &THIS,
        format!(
            "the learning rate is {word} for `{name}`: {}, where {} to {} is usual",
            rate.told(),
            number(usual.low),
            number(usual.high)
        ),
    );
    let mut found = found.severity(severity).measured(at_work, bound);
    found.because.extend(agrees(evidence, is_high));
    found.because.push(if is_high {
        "steps that are too long overshoot: the loss jumps, grows, or stops being a number".into()
    } else {
        "steps that are too short lead nowhere within the run".into()
    });
    Some(proposed(found, rate, usual))
}

fn proposed(found: Finding, rate: Rate, usual: Usual) -> Finding {
    let value = settings::toml(rate.to_write(usual.typical));
    found
        .help(format!(
            "`optimizer.learning_rate = {value}`, then three times more and less; usual rates are those of small networks and scaled data"
        ))
        .change(Change::set("optimizer.learning_rate", value))
}

/// Parameters of the optimizer that take its steps away.
fn other_settings(evidence: &Evidence<'_>) -> Option<Finding> {
    let optimizer = &evidence.configuration.optimizer.method;
    let number_of = |key: &str| optimizer.has(key).then(|| optimizer.maybe_number(key)).flatten();
    let has_momentum = number_of("momentum").is_some_and(|momentum| momentum > 0.0);
    let dampening = number_of("dampening").filter(|share| has_momentum && *share >= DAMPENING);
    let epsilon = number_of("epsilon").filter(|epsilon| *epsilon > EPSILON);
    let (key, value, threshold, why) = dampening
        .map(|share| {
            ("dampening", share, DAMPENING, "every gradient but the first is kept out of the momentum, so the network never hears of them")
        })
        .or(epsilon.map(|epsilon| {
            let why = "it is added to the size of the gradients that the step is divided by, and is far above most of them: the steps shrink \
                       to nothing";
            ("epsilon", epsilon, EPSILON, why)
        }))?;
    let says = format!("`{key} = {}` takes the steps of `{}` away", settings::toml(value), optimizer.name());
    let found =
        Finding::new(&THIS, says).severity(severity(evidence, false)).measured(value, threshold).because(why);
    Some(
        found
            .help(format!("no `optimizer.{key}`: the default"))
            .change(Change::remove(&format!("optimizer.{key}"))),
    )
}

fn severity(evidence: &Evidence<'_>, is_high: bool) -> Severity {
    match agrees(evidence, is_high) {
        Some(_) => Severity::Wrong,
        None if !is_high && has_risen(evidence) => Severity::Note,
        None => reading::unless_well(evidence),
    }
}

/// Whether the run failed or its loss rose, which steps that are too short do not bring about.
fn has_risen(evidence: &Evidence<'_>) -> bool {
    evidence.run.is_some_and(|run| run.record.end.failed() || run.left().is_some_and(|left| left > ROSE))
}

/// From here on what the run did agrees with the rate.
const ROSE: f64 = 3.0;
const STAYED: f64 = 0.8;

/// What the run did, where that is what such a rate does.
fn agrees(evidence: &Evidence<'_>, is_high: bool) -> Option<String> {
    let run = evidence.run.filter(|_| evidence.is_sick())?;
    let left = run.left();
    if is_high {
        let failed = run.record.end.failed().then(|| format!("the run ended as `{}`", run.record.end.name()));
        let rose = left
            .filter(|left| *left > ROSE)
            .map(|left| format!("the loss ended at {} times the first", number(left)));
        return failed.or(rose);
    }
    if has_risen(evidence) {
        return None;
    }
    if let Some((_, far)) = course::farthest(evidence).filter(|(_, far)| *far < course::STILL) {
        return Some(format!("no layer moved by more than {} of itself", number(far)));
    }
    let stayed = left.filter(|left| *left > STAYED && *left <= 1.0);
    stayed.map(|left| format!("the loss ended at {} of the first", number(left)))
}

#[cfg(test)]
mod tests {
    use super::super::trial::Trial;
    use super::super::{Severity, settings};
    use crate::event::End;

    fn of(optimizer: &str) -> Trial {
        Trial::new(&format!("[optimizer]\n{optimizer}"))
    }

    /// By hand: with momentum 0.9 a rate of 0.11 is 1.1, and 0.1 is 1; the typical 0.1 is written as 0.01.
    #[test]
    fn the_rate_at_work_is_judged() {
        assert!(of("learning_rate = 0.1\nmomentum = 0.9").says(&super::THIS).is_none());
        let found = of("learning_rate = 0.11\nmomentum = 0.9").says(&super::THIS).unwrap();
        assert_eq!(
            found.says,
            "the learning rate is too high for `sgd`: 0.11 / (1 - 0.9) = 1.1, where 0.003 to 1 is usual"
        );
        assert_eq!(found.changes[0].to_string(), "optimizer.learning_rate = 0.01");
        assert!(of("learning_rate = 0.0031").says(&super::THIS).is_none());
        assert!(of("learning_rate = 0.0029").says(&super::THIS).is_some());
    }

    #[test]
    fn each_optimizer_has_its_own() {
        assert!(of("name = \"adadelta\"\nlearning_rate = 0.01").says(&super::THIS).is_some());
        assert!(of("name = \"adadelta\"\nlearning_rate = 1").says(&super::THIS).is_none());
        assert!(of("name = \"adam\"\nlearning_rate = 0.2").says(&super::THIS).is_some());
        assert!(of("name = \"lbfgs\"\n[train]\nbatch = \"full\"").says(&super::THIS).is_none());
        let squared = |rate: &str| {
            let text = format!("pairing = \"sigmoid+mse\"\n[optimizer]\nlearning_rate = {rate}");
            Trial::new(&text).says(&super::THIS)
        };
        assert!(squared("5").is_none());
        assert!(squared("0.05").is_some());
    }

    #[test]
    fn settings_that_take_the_step_away_count_too() {
        let found = of("learning_rate = 0.1\nmomentum = 0.9\ndampening = 1").says(&super::THIS).unwrap();
        assert_eq!(found.changes[0].to_string(), "no optimizer.dampening");
        assert!(of("learning_rate = 0.1\ndampening = 1").says(&super::THIS).is_none());
        assert!(of("name = \"adam\"\nepsilon = 0.02").says(&super::THIS).is_some());
        assert!(of("name = \"adam\"\nepsilon = 0.009").says(&super::THIS).is_none());
    }

    /// By hand: a loss that stays at 0.9 of the first agrees with a low rate, not with a high one.
    #[test]
    fn the_run_decides_how_bad_it_is() {
        let severity = |trial: Trial| trial.says(&super::THIS).unwrap().severity;
        assert_eq!(severity(of("learning_rate = 0.0001").losses(&[1.0, 0.9])), Severity::Wrong);
        assert_eq!(severity(of("learning_rate = 0.0001").losses(&[1.0, 0.7])), Severity::Warning);
        assert_eq!(severity(of("learning_rate = 0.0001").well()), Severity::Note);
        assert_eq!(severity(of("learning_rate = 20").losses(&[1.0, 0.9])), Severity::Warning);
        assert_eq!(severity(of("learning_rate = 20").losses(&[1.0, 3.1])), Severity::Wrong);
        assert_eq!(severity(of("learning_rate = 20").sick().end(End::Diverged)), Severity::Wrong);
    }

    /// Short steps neither blow up a loss nor make it infinite: something else did.
    #[test]
    fn a_run_that_blew_up_is_no_proof_of_a_low_rate() {
        let low = || of("learning_rate = 0.0001");
        for trial in [
            low().losses(&[1.0, 1_188_000.0]),
            low().sick().end(End::NonFinite),
            low().sick().end(End::Diverged),
        ] {
            let found = trial.says(&super::THIS).unwrap();
            assert_eq!(found.severity, Severity::Note, "{found:?}");
            assert_eq!(found.because.len(), 1, "{found:?}");
        }
        // A loss a little above the first is noise, and no proof either.
        assert_eq!(low().losses(&[1.0, 1.01]).says(&super::THIS).unwrap().severity, Severity::Warning);
    }

    /// By hand: the geometric middle of 2 and 5 is 3.16.
    #[test]
    fn rates_are_rounded_to_1_2_and_5() {
        assert_eq!([3.1, 3.2, 0.0007, 0.008, 1e-6].map(settings::round), [2.0, 5.0, 0.0005, 0.01, 1e-6]);
    }

    /// The table of the docs is that of the code.
    #[test]
    fn the_docs_have_the_numbers_of_the_code() {
        for (optimizer, docs) in
            [("sgd", "| `sgd` | 0.003 | 1 | 0.1 |"), ("lion", "| `lion` | 0.00005 | 0.005 | 0.0005 |")]
        {
            let trial = of(&format!("name = \"{optimizer}\""));
            let usual = settings::usual(trial.evidence().configuration).unwrap();
            let row = docs.split('|').filter_map(|cell| cell.trim().parse::<f64>().ok()).collect::<Vec<_>>();
            assert_eq!(row, [usual.low, usual.high, usual.typical]);
            assert!(super::THIS.docs.contains(docs));
        }
    }
}
