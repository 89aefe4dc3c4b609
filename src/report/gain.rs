//! What a change of an experiment brought: the same seeds trained before and after it, side by side.
//!
//! A pure function of records. It says whether the change helped; whether it is kept is decided elsewhere. The part that chooses is looked
//! at, never the test part: what is repaired until the test part looks well has been fitted to it.

use serde_json::{Value, json};

use crate::event::TrialRecord;
use crate::spec::Part;
use crate::stats::{self, Folds, Paired};
use crate::text;

/// By what two versions are judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judge {
    pub metric: String,
    pub part: Part,
    pub higher_is_better: bool,
    /// The skill from which on a trial has learned.
    pub margin: f64,
    pub confidence: f64,
}

/// One trial before and after a change.
#[derive(Clone, Copy, Debug)]
pub struct Twice<'a> {
    /// Which of several configurations.
    pub configuration: usize,
    pub seed: u64,
    pub before: &'a TrialRecord,
    pub after: &'a TrialRecord,
}

/// What became of one seed.
#[derive(Clone, Debug, PartialEq)]
struct Seed {
    seed: u64,
    /// Before and after: mean of the metric over configurations and folds that failed neither time, and how many trials failed.
    means: [Option<f64>; 2],
    failed: [usize; 2],
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    judge: Judge,
    seeds: Vec<Seed>,
    trials: usize,
    /// Before and after: trials that learned, and that failed.
    learned: [usize; 2],
    failed: [usize; 2],
    /// A configuration learns with fewer seeds than before.
    is_lost: bool,
    /// `after - before` over seeds.
    paired: Option<Paired>,
}

/// Compares trials seed by seed. A failed trial has no value, and counts as one that did not learn.
pub fn gain(pairs: &[Twice<'_>], judge: &Judge) -> Gain {
    let has_learned = |record: &TrialRecord| !record.end.failed() && record.skill >= judge.margin;
    let count = |of: &dyn Fn(&TrialRecord) -> bool, pairs: &[&Twice<'_>]| {
        [pairs.iter().filter(|p| of(p.before)).count(), pairs.iter().filter(|p| of(p.after)).count()]
    };
    let all: Vec<&Twice<'_>> = pairs.iter().collect();
    let of =
        |is: &dyn Fn(&Twice<'_>) -> bool| -> Vec<&Twice<'_>> { pairs.iter().filter(|p| is(p)).collect() };
    let mut configurations: Vec<usize> = pairs.iter().map(|p| p.configuration).collect();
    configurations.dedup();
    let is_lost = configurations.iter().any(|c| {
        let [before, after] = count(&has_learned, &of(&|p| p.configuration == *c));
        after < before
    });
    let mut numbers: Vec<u64> = Vec::new();
    for pair in pairs {
        if !numbers.contains(&pair.seed) {
            numbers.push(pair.seed);
        }
    }
    let seeds: Vec<Seed> = numbers.into_iter().map(|s| seed(s, &of(&|p| p.seed == s), judge)).collect();
    let side = |at: usize| -> Vec<f64> { seeds.iter().map(|s| s.means[at].unwrap_or(f64::NAN)).collect() };
    Gain {
        trials: pairs.len(),
        learned: count(&has_learned, &all),
        failed: count(&|record: &TrialRecord| record.end.failed(), &all),
        is_lost,
        paired: stats::compare(&side(1), &side(0), judge.confidence, Folds::Independent),
        judge: judge.clone(),
        seeds,
    }
}

fn seed(seed: u64, pairs: &[&Twice<'_>], judge: &Judge) -> Seed {
    let value = |record: &TrialRecord| {
        let found = record.metrics.iter().find(|m| m.part == judge.part && m.name == judge.metric);
        found.map(|m| m.value).filter(|value| value.is_finite() && !record.end.failed())
    };
    let values: Vec<[Option<f64>; 2]> = pairs.iter().map(|p| [value(p.before), value(p.after)]).collect();
    // Means of both sides are over the same trials, where there are any that have a value both times.
    let is_whole = |pair: &&[Option<f64>; 2]| pair.iter().all(Option::is_some);
    let mean = |at: usize| {
        let both: Vec<f64> = values.iter().filter(is_whole).filter_map(|pair| pair[at]).collect();
        let some: Vec<f64> = values.iter().filter_map(|pair| pair[at]).collect();
        stats::mean(if both.is_empty() { &some } else { &both })
    };
    let failed = [
        pairs.iter().filter(|p| p.before.end.failed()).count(),
        pairs.iter().filter(|p| p.after.end.failed()).count(),
    ];
    Seed { seed, means: [mean(0), mean(1)], failed }
}

impl Gain {
    /// Whether the interval of the paired difference lies on this side of 0.
    fn is_beyond(&self, better: bool) -> bool {
        let interval = self.paired.as_ref().and_then(|paired| paired.interval);
        let upwards = better == self.judge.higher_is_better;
        interval.is_some_and(|i| if upwards { i.low > 0.0 } else { i.high < 0.0 })
    }

    /// More trials learn, or as many, and fewer fail, or the metric is better by more than chance would have it. No configuration may
    /// learn with fewer seeds than before.
    pub fn helps(&self) -> bool {
        let [before, after] = self.learned;
        let [failed, fails] = self.failed;
        let is_better = fails <= failed && self.is_beyond(true);
        let fails_less = fails < failed && !self.is_beyond(false);
        !self.is_lost && (after > before || after == before && (is_better || fails_less))
    }

    /// Nothing shows that it is worse than before.
    pub fn does_no_harm(&self) -> bool {
        !self.is_lost && self.failed[1] <= self.failed[0] && !self.is_beyond(false)
    }

    /// What happened, without a full stop: `5 of 5 seeds learn, 0 before; validation accuracy +0.63 (95 % interval 0.6 to 0.66)`.
    pub fn told(&self) -> String {
        let [before, after] = self.learned;
        let of = text::count(self.trials, "trial");
        let learn = if before == after {
            format!("{after} of {of} learn, as before")
        } else {
            format!("{after} of {of} learn, {before} before")
        };
        let failed = match self.failed {
            [0, 0] => String::new(),
            [before, after] => format!("; {after} fail, {before} before"),
        };
        format!("{learn}{failed}; {}", self.difference())
    }

    /// `validation accuracy +0.63 (95 % interval 0.6 to 0.66)`.
    fn difference(&self) -> String {
        let name = self.name();
        let Some(paired) = &self.paired else { return format!("{name}: no seed has a value both times") };
        let difference = signed(paired.delta);
        match paired.interval {
            Some(i) => format!(
                "{name} {difference} ({} % interval {} to {})",
                text::significant(100.0 * self.judge.confidence, 3),
                number(i.low),
                number(i.high)
            ),
            None => format!(
                "{name} {difference} ({}, too few for an interval)",
                text::count(paired.n, "paired seed")
            ),
        }
    }

    fn name(&self) -> String {
        format!("{} {}", self.judge.part.name(), self.judge.metric)
    }

    /// A table of the seeds, for people.
    pub fn table(&self) -> String {
        let cell = |seed: &Seed, at: usize| match (seed.means[at], seed.failed[at]) {
            (None, _) => "failed".to_string(),
            (Some(mean), 0) => number(mean),
            (Some(mean), failed) => format!("{} ({failed} failed)", number(mean)),
        };
        let mut rows: Vec<[String; 4]> =
            vec![[self.name(), "before".into(), "after".into(), "difference".into()]];
        for seed in &self.seeds {
            let difference = match seed.means {
                [Some(before), Some(after)] => signed(after - before),
                _ => "-".into(),
            };
            rows.push([format!("  seed {}", seed.seed), cell(seed, 0), cell(seed, 1), difference]);
        }
        if let Some(paired) = &self.paired {
            let [before, after] = [number(paired.mean_b), number(paired.mean_a)];
            rows.push([format!("  mean of {}", paired.n), before, after, signed(paired.delta)]);
        }
        let learned = |at: usize| format!("{} of {}", self.learned[at], self.trials);
        rows.push(["  learned".into(), learned(0), learned(1), String::new()]);
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths = [0, 1, 2, 3].map(width);
        let mut out = String::new();
        for [name, before, after, difference] in &rows {
            let [a, b, c, d] = widths;
            let line = format!("{name:<a$}  {before:>b$}  {after:>c$}  {difference:>d$}");
            out.push_str(&format!("{}\n", line.trim_end()));
        }
        out
    }

    pub fn json(&self) -> Value {
        let seed = |seed: &Seed| {
            json!({
                "seed": seed.seed,
                "before": seed.means[0],
                "after": seed.means[1],
                "failed_before": seed.failed[0],
                "failed_after": seed.failed[1],
            })
        };
        let interval = self.paired.as_ref().and_then(|paired| paired.interval);
        json!({
            "metric": self.judge.metric,
            "part": self.judge.part.name(),
            "higher_is_better": self.judge.higher_is_better,
            "trials": self.trials,
            "learned_before": self.learned[0],
            "learned_after": self.learned[1],
            "failed_before": self.failed[0],
            "failed_after": self.failed[1],
            "mean_before": self.paired.as_ref().map(|p| p.mean_b),
            "mean_after": self.paired.as_ref().map(|p| p.mean_a),
            "difference": self.paired.as_ref().map(|p| p.delta),
            "low": interval.map(|i| i.low),
            "high": interval.map(|i| i.high),
            "confidence": self.judge.confidence,
            "seeds": self.seeds.iter().map(seed).collect::<Vec<_>>(),
        })
    }
}

fn number(x: f64) -> String {
    text::significant(x, 4)
}

fn signed(x: f64) -> String {
    let sign = if x > 0.0 { "+" } else { "" };
    format!("{sign}{}", number(x))
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;

    use super::*;
    use crate::event::End;

    fn judge(higher_is_better: bool) -> Judge {
        Judge {
            metric: "accuracy".into(),
            part: Part::Validation,
            higher_is_better,
            margin: 0.1,
            confidence: 0.95,
        }
    }

    fn record(value: f64, skill: f64, end: End) -> TrialRecord {
        let metric = |part, value| (part, Cow::Borrowed("accuracy"), value);
        TrialRecord {
            trial: 0,
            id: String::new(),
            end,
            epochs: 1,
            steps: 1,
            best_epoch: 1,
            search: None,
            skill,
            // The test part would say the opposite.
            metrics: [metric(Part::Validation, value), metric(Part::Test, -value)].into_iter().collect(),
            confusion: Vec::new(),
            curve: Vec::new(),
            looks: Vec::new(),
            broke: None,
            portrait: None,
            seconds: 0.0,
        }
    }

    fn of(before: &[TrialRecord], after: &[TrialRecord], higher: bool) -> Gain {
        let pair = |(seed, (before, after))| Twice { configuration: 0, seed, before, after };
        let pairs: Vec<Twice<'_>> = (0..).zip(before.iter().zip(after)).map(pair).collect();
        gain(&pairs, &judge(higher))
    }

    fn all(values: &[f64], skill: f64) -> Vec<TrialRecord> {
        values.iter().map(|value| record(*value, skill, End::Finished)).collect()
    }

    /// SciPy 1.17.1: `ttest_rel(after, before).confidence_interval()`.
    #[test]
    fn a_difference_is_paired_over_seeds() {
        let (before, after) = ([0.5, 0.6, 0.7, 0.8, 0.9], [0.52, 0.61, 0.73, 0.81, 0.93]);
        let found = of(&all(&before, 0.5), &all(&after, 0.5), true);
        let interval = found.paired.as_ref().and_then(|p| p.interval).unwrap();
        assert!((interval.low - 0.007_583_37).abs() < 1e-6 && (interval.high - 0.032_416_63).abs() < 1e-6);
        assert!(found.helps() && found.does_no_harm());
        // Of an error the same difference is worse.
        let error = of(&all(&before, 0.5), &all(&after, 0.5), false);
        assert!(!error.helps() && !error.does_no_harm());
        assert!(of(&all(&after, 0.5), &all(&before, 0.5), false).helps());
    }

    #[test]
    fn chance_does_not_help_and_does_no_harm() {
        let found = of(&all(&[0.5, 0.6, 0.7, 0.8, 0.9], 0.5), &all(&[0.6, 0.5, 0.8, 0.7, 0.95], 0.5), true);
        assert!(!found.helps() && found.does_no_harm());
        // Three pairs have no interval, however large the difference.
        let few = of(&all(&[0.5; 3], 0.5), &all(&[0.9; 3], 0.5), true);
        assert!(!few.helps());
        assert!(few.told().contains("3 paired seeds, too few for an interval"), "{}", few.told());
    }

    #[test]
    fn learning_more_often_helps_whatever_the_metric_says() {
        let found = of(&all(&[0.3; 3], 0.0), &all(&[0.9; 3], 0.9), true);
        assert!(found.helps());
        assert!(found.told().starts_with("3 of 3 trials learn, 0 before"), "{}", found.told());
        assert!(!of(&all(&[0.9; 3], 0.9), &all(&[0.3; 3], 0.0), true).does_no_harm());
    }

    #[test]
    fn failed_trials_have_no_value() {
        let failed = || (0..3).map(|_| record(0.9, 0.9, End::NonFinite)).collect::<Vec<_>>();
        let found = of(&failed(), &all(&[0.4; 3], 0.05), true);
        assert_eq!((found.learned, found.failed, found.paired.is_none()), ([0, 0], [3, 0], true));
        assert!(found.helps(), "fewer fail");
        assert!(found.table().contains("failed") && found.told().contains("no seed has a value both times"));
        assert!(!of(&all(&[0.4; 3], 0.05), &failed(), true).does_no_harm());
    }

    #[test]
    fn one_configuration_must_not_pay_for_another() {
        let (well, ill) = (record(0.9, 0.9, End::Finished), record(0.3, 0.0, End::Finished));
        let pair = |configuration, seed, before, after| Twice { configuration, seed, before, after };
        let pairs = [
            pair(0, 0, &ill, &well),
            pair(0, 1, &ill, &well),
            pair(1, 0, &well, &ill),
            pair(1, 1, &well, &well),
        ];
        let found = gain(&pairs, &judge(true));
        assert_eq!((found.learned, found.is_lost), ([2, 3], true));
        assert!(!found.helps() && !found.does_no_harm());
        // Each seed is the mean over its configurations.
        assert_eq!(found.seeds[0].means, [Some(0.6), Some(0.6)]);
    }
}
