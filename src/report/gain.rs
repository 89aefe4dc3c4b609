//! What a change of an experiment brought: the same seeds trained before and after it, side by side.
//!
//! A pure function of records. It says whether the change was shown to help; whether it is kept is decided elsewhere. The part that chooses
//! is looked at, never the test part: what is repaired until the test part looks well has been fitted to it.

use serde_json::{Value, json};

use crate::event::TrialRecord;
use crate::spec::Part;
use crate::stats::{self, Folds, Interval, Paired};
use crate::text;

/// Level of the one-sided sign test over seeds. Five seeds that all turn the same way come to 1/32, the least that they can: so five are
/// enough where none learned before and all do now, and four of five (1/16) are not. It holds for one change; of many that do nothing,
/// one in twenty may pass.
const LEVEL: f64 = 0.05;
/// Seeds that a further look asks for, where the present ones cannot tell.
const MORE_SEEDS: usize = 20;
const SEEDS_LIMIT: usize = 1000;

/// By what two versions are judged.
#[derive(Clone, Debug, PartialEq)]
pub struct Judge {
    pub metric: String,
    pub part: Part,
    pub higher_is_better: bool,
    /// What a constant answer has of the metric, whose perfect value is 1, where that says better than the record's skill whether a trial
    /// has learned.
    pub baseline: Option<f64>,
    /// The skill from which on a trial has learned.
    pub margin: f64,
    pub confidence: f64,
    /// A smaller difference is not worth a change: in units of the metric, or as a share of its mean before.
    pub rope: f64,
    pub rope_relative: bool,
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

/// What is known of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    Helps,
    /// It is worse, or no worthwhile gain is left in the interval.
    DoesNotHelp,
    /// These seeds cannot tell.
    Nothing,
}

/// What became of one seed, before and after.
#[derive(Clone, Debug, PartialEq)]
struct Seed {
    seed: u64,
    /// Means of the metric over configurations and folds that failed neither time.
    means: [Option<f64>; 2],
    /// Trials.
    learned: [usize; 2],
    failed: [usize; 2],
}

/// Seeds side by side: of all configurations, or of one.
#[derive(Clone, Debug, PartialEq)]
struct Sides {
    seeds: Vec<Seed>,
    /// `after - before` over seeds.
    paired: Option<Paired>,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Gain {
    judge: Judge,
    trials: usize,
    all: Sides,
    /// Configurations that are worse than before.
    worse: Vec<usize>,
}

/// Compares trials seed by seed. A failed trial has no value, and counts as one that did not learn.
pub fn gain(pairs: &[Twice<'_>], judge: &Judge) -> Gain {
    let mut configurations: Vec<usize> = pairs.iter().map(|p| p.configuration).collect();
    configurations.sort_unstable();
    configurations.dedup();
    let of = |c: usize| Sides::of(pairs.iter().filter(|p| p.configuration == c), judge);
    let worse = configurations.into_iter().filter(|c| of(*c).is_worse(judge)).collect();
    Gain { trials: pairs.len(), all: Sides::of(pairs.iter(), judge), worse, judge: judge.clone() }
}

impl Judge {
    fn value(&self, record: &TrialRecord) -> Option<f64> {
        let found = record.metrics.iter().find(|m| m.part == self.part && m.name == self.metric);
        found.map(|m| m.value).filter(|value| value.is_finite() && !record.end.failed())
    }

    fn has_learned(&self, record: &TrialRecord) -> bool {
        let skill = match self.baseline {
            Some(baseline) => self.value(record).map_or(f64::NAN, |x| (x - baseline) / (1.0 - baseline)),
            None => record.skill,
        };
        !record.end.failed() && skill >= self.margin
    }

    fn seed(&self, seed: u64, pairs: &[&Twice<'_>]) -> Seed {
        let values: Vec<[Option<f64>; 2]> =
            pairs.iter().map(|p| [self.value(p.before), self.value(p.after)]).collect();
        // Means of both sides are over the same trials, where there are any that have a value both times.
        let is_whole = |pair: &&[Option<f64>; 2]| pair.iter().all(Option::is_some);
        let mean = |at: usize| {
            let both: Vec<f64> = values.iter().filter(is_whole).filter_map(|pair| pair[at]).collect();
            let some: Vec<f64> = values.iter().filter_map(|pair| pair[at]).collect();
            stats::mean(if both.is_empty() { &some } else { &both })
        };
        let count = |is: &dyn Fn(&TrialRecord) -> bool| {
            [pairs.iter().filter(|p| is(p.before)).count(), pairs.iter().filter(|p| is(p.after)).count()]
        };
        Seed {
            seed,
            means: [mean(0), mean(1)],
            learned: count(&|record| self.has_learned(record)),
            failed: count(&|record| record.end.failed()),
        }
    }

    /// A difference, larger where it is better.
    fn upwards(&self, difference: f64) -> f64 {
        if self.higher_is_better { difference } else { -difference }
    }

    /// The same of an interval.
    fn turned(&self, interval: Interval) -> Interval {
        let Interval { low, high } = interval;
        if self.higher_is_better { interval } else { Interval { low: -high, high: -low } }
    }
}

impl Sides {
    fn of<'a>(pairs: impl Iterator<Item = &'a Twice<'a>>, judge: &Judge) -> Sides {
        let pairs: Vec<&Twice<'_>> = pairs.collect();
        let mut numbers: Vec<u64> = Vec::new();
        for pair in &pairs {
            if !numbers.contains(&pair.seed) {
                numbers.push(pair.seed);
            }
        }
        let own = |seed: u64| pairs.iter().copied().filter(|p| p.seed == seed).collect::<Vec<_>>();
        let seeds: Vec<Seed> = numbers.into_iter().map(|seed| judge.seed(seed, &own(seed))).collect();
        let side =
            |at: usize| -> Vec<f64> { seeds.iter().map(|s| s.means[at].unwrap_or(f64::NAN)).collect() };
        let paired = stats::compare(&side(1), &side(0), judge.confidence, Folds::Independent);
        Sides { seeds, paired }
    }

    /// Trials that learned, before and after.
    fn learned(&self) -> [usize; 2] {
        [0, 1].map(|at| self.seeds.iter().map(|s| s.learned[at]).sum())
    }

    fn failed(&self) -> [usize; 2] {
        [0, 1].map(|at| self.seeds.iter().map(|s| s.failed[at]).sum())
    }

    /// Of the difference, larger where it is better.
    fn interval(&self, judge: &Judge) -> Option<Interval> {
        self.paired.as_ref().and_then(|paired| paired.interval).map(|i| judge.turned(i))
    }

    /// The least difference that is worth a change.
    fn worthwhile(&self, judge: &Judge) -> f64 {
        let mean = self.paired.as_ref().map_or(1.0, |paired| paired.mean_b.abs());
        if judge.rope_relative { judge.rope * mean } else { judge.rope }
    }

    /// Learns less often, fails more often, or the interval lies on the worse side; where there are too few seeds for one, every seed is
    /// worse, and by more than a trifle.
    fn is_worse(&self, judge: &Judge) -> bool {
        let ([learned, learns], [failed, fails]) = (self.learned(), self.failed());
        let is_clearly = match (self.interval(judge), &self.paired) {
            (Some(interval), _) => interval.high < 0.0,
            // Where some seeds have no value, those that have are no fair choice.
            (None, Some(paired)) if paired.n == self.seeds.len() => {
                let difference = |seed: &Seed| seed.means[1].zip(seed.means[0]).map(|(a, b)| a - b);
                self.seeds.iter().filter_map(difference).all(|d| judge.upwards(d) < 0.0)
                    && judge.upwards(paired.delta) < -self.worthwhile(judge)
            }
            (None, _) => false,
        };
        learns < learned || fails > failed || is_clearly
    }
}

/// Whether so many seeds that turned to the better, against those that turned to the worse, are more than chance: the exact sign test,
/// one-sided, since the question is whether it helps.
fn is_more_than_chance(better: usize, worse: usize) -> bool {
    better > worse && stats::mcnemar(better, worse) / 2.0 <= LEVEL
}

impl Gain {
    pub fn seeds(&self) -> usize {
        self.all.seeds.len()
    }

    /// A number of seeds that may show what these do not.
    pub fn more_seeds(&self) -> Option<usize> {
        let more = MORE_SEEDS.max(2 * self.seeds()).min(SEEDS_LIMIT);
        (more > self.seeds()).then_some(more)
    }

    /// Configurations that are worse than before; no other pays for them.
    pub fn worse(&self) -> &[usize] {
        &self.worse
    }

    /// Nothing shows that it is worse than before.
    pub fn does_no_harm(&self) -> bool {
        self.worse.is_empty() && !self.all.is_worse(&self.judge)
    }

    pub fn helps(&self) -> bool {
        self.shown() == Shown::Helps
    }

    /// It helps where more seeds learn than chance would have it, or fewer fail, or the paired interval lies on the better side, and no
    /// configuration is worse. It does not where something is worse, or where the interval holds nothing worthwhile.
    pub fn shown(&self) -> Shown {
        if !self.does_no_harm() {
            return Shown::DoesNotHelp;
        }
        let seeds = |is: &dyn Fn(&Seed) -> bool| self.all.seeds.iter().filter(|s| is(s)).count();
        let learn_more = seeds(&|s| s.learned[1] > s.learned[0]);
        let learn_less = seeds(&|s| s.learned[1] < s.learned[0]);
        let fail_less = seeds(&|s| s.failed[1] < s.failed[0]);
        let fail_more = seeds(&|s| s.failed[1] > s.failed[0]);
        let interval = self.all.interval(&self.judge);
        let is_better = interval.is_some_and(|interval| interval.low > 0.0);
        if is_better
            || is_more_than_chance(learn_more, learn_less)
            || is_more_than_chance(fail_less, fail_more)
        {
            return Shown::Helps;
        }
        let is_left = match interval {
            Some(interval) => interval.high > self.all.worthwhile(&self.judge),
            // Fewer seeds than an interval needs; where none has a value both times, all is as it was.
            None => self.all.paired.is_some(),
        };
        if is_left || learn_more > 0 || fail_less > 0 { Shown::Nothing } else { Shown::DoesNotHelp }
    }

    /// What happened, without a full stop: `5 of 5 seeds learn, 0 before; validation accuracy +0.63 (95 % interval 0.6 to 0.66)`.
    pub fn told(&self) -> String {
        let [before, after] = self.all.learned();
        let of = text::count(self.trials, "trial");
        let learn = if before == after {
            format!("{after} of {of} learn, as before")
        } else {
            format!("{after} of {of} learn, {before} before")
        };
        let failed = match self.all.failed() {
            [0, 0] => String::new(),
            [before, after] => format!("; {after} fail, {before} before"),
        };
        format!("{learn}{failed}; {}", self.difference())
    }

    /// `validation accuracy +0.63 (95 % interval 0.6 to 0.66)`.
    fn difference(&self) -> String {
        let name = self.name();
        let Some(paired) = &self.all.paired else { return format!("{name}: no seed has a value both times") };
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
        for seed in &self.all.seeds {
            let difference = match seed.means {
                [Some(before), Some(after)] => signed(after - before),
                _ => "-".into(),
            };
            rows.push([format!("  seed {}", seed.seed), cell(seed, 0), cell(seed, 1), difference]);
        }
        if let Some(paired) = &self.all.paired {
            let [before, after] = [number(paired.mean_b), number(paired.mean_a)];
            rows.push([format!("  mean of {}", paired.n), before, after, signed(paired.delta)]);
        }
        let learned = |at: usize| format!("{} of {}", self.all.learned()[at], self.trials);
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
        let interval = self.all.paired.as_ref().and_then(|paired| paired.interval);
        json!({
            "metric": self.judge.metric,
            "part": self.judge.part.name(),
            "higher_is_better": self.judge.higher_is_better,
            "shown": self.shown().name(),
            "trials": self.trials,
            "learned_before": self.all.learned()[0],
            "learned_after": self.all.learned()[1],
            "failed_before": self.all.failed()[0],
            "failed_after": self.all.failed()[1],
            "mean_before": self.all.paired.as_ref().map(|p| p.mean_b),
            "mean_after": self.all.paired.as_ref().map(|p| p.mean_a),
            "difference": self.all.paired.as_ref().map(|p| p.delta),
            "low": interval.map(|i| i.low),
            "high": interval.map(|i| i.high),
            "confidence": self.judge.confidence,
            "seeds": self.all.seeds.iter().map(seed).collect::<Vec<_>>(),
        })
    }
}

impl Shown {
    pub fn name(self) -> &'static str {
        match self {
            Shown::Helps => "helps",
            Shown::DoesNotHelp => "does_not_help",
            Shown::Nothing => "not_shown",
        }
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
            baseline: None,
            margin: 0.1,
            confidence: 0.95,
            rope: 0.01,
            rope_relative: false,
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
        let interval = found.all.paired.as_ref().and_then(|p| p.interval).unwrap();
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

    /// By hand: of fair coins five of five fall alike with 1/32, four of four with 1/16, six of seven with 8/128, and seven of eight with
    /// 9/256; the level is 1/20.
    #[test]
    fn learning_more_often_helps_where_it_is_more_than_chance() {
        let skills = |list: &[f64]| -> Vec<TrialRecord> {
            list.iter().map(|skill| record(0.5, *skill, End::Finished)).collect()
        };
        let shown = |before: &[f64], after: &[f64]| of(&skills(before), &skills(after), true).shown();
        let found = of(&skills(&[0.0; 5]), &skills(&[0.9; 5]), true);
        assert_eq!(found.shown(), Shown::Helps);
        assert!(found.told().starts_with("5 of 5 trials learn, 0 before"), "{}", found.told());
        assert_eq!(shown(&[0.0; 4], &[0.9; 4]), Shown::Nothing);
        assert_eq!(shown(&[0.0, 0.0, 0.0, 0.0, 0.9], &[0.9; 5]), Shown::Nothing);
        let mut more = ([0.0; 8], [0.9; 8]);
        (more.0[0], more.1[0]) = (0.9, 0.0);
        assert_eq!(shown(&more.0, &more.1), Shown::Helps);
        assert_eq!(shown(&more.0[..7], &more.1[..7]), Shown::Nothing);
        assert!(!of(&all(&[0.9; 3], 0.9), &all(&[0.3; 3], 0.0), true).does_no_harm());
    }

    /// One seed more of five learns, and accuracy falls by 0.05 on average: SciPy 1.17.1, `ttest_rel`, has -0.409 to 0.309.
    #[test]
    fn one_seed_more_shows_nothing() {
        let records = |values: [f64; 5], skills: [f64; 5]| -> Vec<TrialRecord> {
            values.into_iter().zip(skills).map(|(value, skill)| record(value, skill, End::Finished)).collect()
        };
        let before = records([0.5; 5], [0.9, 0.9, 0.9, 0.0, 0.0]);
        let after = records([0.45, 0.7, 0.05, 0.75, 0.3], [0.9, 0.9, 0.9, 0.9, 0.0]);
        let found = of(&before, &after, true);
        assert!(found.told().starts_with("4 of 5 trials learn, 3 before"), "{}", found.told());
        assert_eq!((found.shown(), found.more_seeds()), (Shown::Nothing, Some(20)));
    }

    #[test]
    fn what_cannot_be_told_is_not_what_does_not_help() {
        let shown = |after: &[f64]| of(&all(&[0.5; 5], 0.5), &all(after, 0.5), true).shown();
        assert_eq!(shown(&[0.7, 0.6, 0.75, 0.55, 0.6]), Shown::Helps);
        // A mean of +0.1, with an interval that holds 0.
        assert_eq!(shown(&[0.9, 0.45, 0.65, 0.5, 0.5]), Shown::Nothing);
        // Not more than the 0.01 that is worth a change.
        assert_eq!(shown(&[0.502, 0.499, 0.501, 0.5, 0.498]), Shown::DoesNotHelp);
        assert_eq!(shown(&[0.5; 5]), Shown::DoesNotHelp);
        assert_eq!(shown(&[0.3, 0.31, 0.3, 0.29, 0.3]), Shown::DoesNotHelp);
        // Of a share of the mean before: 0.05 of 0.5 is more than 0.0132.
        let relative = Judge { rope: 0.05, rope_relative: true, ..judge(true) };
        let (before, after) = (all(&[0.5; 5], 0.5), all(&[0.51, 0.49, 0.512, 0.5, 0.498], 0.5));
        let pair = |(seed, (before, after))| Twice { configuration: 0, seed, before, after };
        let pairs: Vec<Twice<'_>> = (0..).zip(before.iter().zip(&after)).map(pair).collect();
        assert_eq!(gain(&pairs, &relative).shown(), Shown::DoesNotHelp);
        assert_eq!(gain(&pairs, &judge(true)).shown(), Shown::Nothing);
    }

    #[test]
    fn failed_trials_have_no_value() {
        let failed = |n| (0..n).map(|_| record(0.9, 0.9, End::NonFinite)).collect::<Vec<_>>();
        let found = of(&failed(5), &all(&[0.4; 5], 0.05), true);
        assert_eq!(
            (found.all.learned(), found.all.failed(), found.all.paired.is_none()),
            ([0, 0], [5, 0], true)
        );
        assert!(found.helps(), "fewer fail");
        assert!(found.table().contains("failed") && found.told().contains("no seed has a value both times"));
        assert!(!of(&all(&[0.4; 3], 0.05), &failed(3), true).does_no_harm());
        assert_eq!(of(&failed(5), &failed(5), true).shown(), Shown::DoesNotHelp);
        assert_eq!(of(&failed(3), &all(&[0.4; 3], 0.05), true).shown(), Shown::Nothing);
    }

    #[test]
    fn a_metric_of_its_own_says_what_was_learned() {
        // A constant answer has 1/2 of it: 0.54 is 0.08 of the way to 1, and 0.56 is 0.12.
        let own = Judge { baseline: Some(0.5), ..judge(true) };
        assert!(!own.has_learned(&record(0.54, 0.9, End::Finished)));
        assert!(own.has_learned(&record(0.56, -1.0, End::Finished)));
        assert!(!own.has_learned(&record(0.56, -1.0, End::Diverged)));
    }

    /// Pairs of two configurations, of which every trial learns both times.
    fn two(one: [&[f64]; 2], other: [&[f64]; 2]) -> Gain {
        let records = [one, other].map(|sides| sides.map(|values| all(values, 0.9)));
        let mut pairs = Vec::new();
        for (configuration, [before, after]) in records.iter().enumerate() {
            let pair = |(seed, (before, after))| Twice { configuration, seed, before, after };
            pairs.extend((0..).zip(before.iter().zip(after)).map(pair));
        }
        gain(&pairs, &judge(true))
    }

    #[test]
    fn one_configuration_must_not_pay_for_another() {
        let well: &[f64] = &[0.96, 0.95, 0.97, 0.96, 0.96];
        let ill: &[f64] = &[0.1, 0.12, 0.1, 0.11, 0.1];
        // All trials count as learned, and the mean of both configurations is better.
        let found = two([ill, well], [well, &[0.3, 0.27, 0.28, 0.3, 0.28]]);
        assert_eq!((found.worse(), found.shown()), (&[1][..], Shown::DoesNotHelp));
        assert!(!found.does_no_harm());
        assert_eq!(two([ill, well], [well, well]).shown(), Shown::Helps);
        // Three seeds have no interval: all of them are worse, and clearly.
        let few = two([&ill[..3], &well[..3]], [&well[..3], &[0.3, 0.27, 0.28]]);
        assert_eq!(few.worse(), [1]);
        let trifle = two([&ill[..3], &well[..3]], [&well[..3], &[0.955, 0.945, 0.965]]);
        assert!(trifle.worse().is_empty());
        // Two survivors of three say nothing.
        let mut before = all(&well[..3], 0.9);
        before[2].end = End::Diverged;
        assert!(of(&before, &all(&[0.5; 3], 0.9), true).does_no_harm());
        // Each seed is the mean over its configurations.
        assert_eq!(found.all.seeds[0].means, [Some(0.53), Some(0.63)]);
    }

    #[test]
    fn no_configuration_may_learn_less_often() {
        let (well, ill) = (record(0.9, 0.9, End::Finished), record(0.3, 0.0, End::Finished));
        let pair = |configuration, seed, before, after| Twice { configuration, seed, before, after };
        let pairs = [
            pair(0, 0, &ill, &well),
            pair(0, 1, &ill, &well),
            pair(1, 0, &well, &ill),
            pair(1, 1, &well, &well),
        ];
        let found = gain(&pairs, &judge(true));
        assert_eq!((found.all.learned(), found.worse()), ([2, 3], &[1][..]));
        assert!(!found.helps() && !found.does_no_harm());
    }
}
