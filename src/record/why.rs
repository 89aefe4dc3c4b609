//! Why a trial that is asked for is not known: what was different when the nearest ones were trained.
//!
//! It compares texts only; what a key of a meaning stands for it need not know.

use std::collections::BTreeMap;

use super::{Known, Recording};
use crate::plan::{self, Plan, Planned, Trial};

/// Why a trial would be trained.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// One word for programs.
    pub word: &'static str,
    /// For people; equal for trials that have the same reason.
    pub text: String,
}

impl Reason {
    fn new(word: &'static str, text: impl Into<String>) -> Reason {
        Reason { word, text: text.into() }
    }

    /// All is trained again because that was asked for.
    pub fn fresh() -> Reason {
        Reason::new("fresh", "`--fresh` starts over")
    }
}

/// More pairs of configurations than this are not compared: then only some of the known ones are.
const PAIRS_MAX: usize = 4_000_000;
/// More differences than this are counted, not listed.
const DIFFERENCES_SHOWN: usize = 3;

/// Of each trial, in the order given. `meaning` tells the source and the meaning of a configuration.
pub fn why<'r>(
    known: &Known,
    plan: &Plan,
    trials: &[usize],
    recording: impl Fn(&Trial) -> &'r Recording,
    meaning: impl Fn(&Planned) -> (String, String),
) -> Vec<Reason> {
    let asked: std::collections::BTreeSet<usize> =
        trials.iter().map(|t| plan.trials[*t].configuration).collect();
    let unknown = |c: &&usize| !known.configurations.contains_key(&plan.configurations[**c].id);
    let new: Vec<usize> = asked.iter().filter(unknown).copied().collect();
    let nearest = Nearest::new(known, new.len());
    let of_new: BTreeMap<usize, Reason> = (new.iter())
        .map(|c| {
            let (source, meaning) = meaning(&plan.configurations[*c]);
            (*c, nearest.reason(&source, &meaning))
        })
        .collect();
    let trained = Trained::new(known);
    let reason = |t: &usize| {
        let trial = &plan.trials[*t];
        if known.damaged.contains(&trial.id) {
            return Reason::new("damaged", "its line in the records was damaged");
        }
        if known.has(trial, recording(trial)) {
            return Reason::new("model", "its trained network, which `record.models` asks for, is not there");
        }
        if let Some(reason) = recorded_otherwise(known, trial, recording(trial)) {
            return reason;
        }
        let of_configuration = of_new.get(&trial.configuration).cloned();
        of_configuration
            .unwrap_or_else(|| trained.reason(&plan.configurations[trial.configuration].id, trial))
    };
    trials.iter().map(reason).collect()
}

/// The trial was trained, under other settings.
fn recorded_otherwise(known: &Known, trial: &Trial, recording: &Recording) -> Option<Reason> {
    let kept = known.trials.get(&trial.id)?;
    let settings = kept.iter().rev().find_map(|k| known.settings.get(&*k.settings));
    let differences = settings.map(|old| old.differences(&recording.settings)).unwrap_or_default();
    let told = if differences.is_empty() { "settings that are lost".into() } else { differences.join("; ") };
    Some(Reason::new("recorded_otherwise", format!("recorded otherwise: {told}")))
}

/// The trials of every configuration that were trained.
struct Trained<'a>(BTreeMap<&'a str, Vec<&'a super::About>>);

impl<'a> Trained<'a> {
    fn new(known: &'a Known) -> Trained<'a> {
        let mut by_configuration: BTreeMap<&str, Vec<&super::About>> = BTreeMap::new();
        for kept in known.trials.values().flatten() {
            by_configuration.entry(&kept.about.configuration).or_default().push(&kept.about);
        }
        Trained(by_configuration)
    }

    /// Of a trial whose configuration is known.
    fn reason(&self, configuration: &str, trial: &Trial) -> Reason {
        let Some(others) = self.0.get(configuration) else {
            return Reason::new("unfinished", "no trial of its configuration was finished");
        };
        let same = |o: &&&super::About| o.seed == trial.seed && o.fold == trial.fold;
        match others.iter().find(same) {
            Some(other) if other.until != trial.until => {
                let epochs =
                    |until: Option<usize>| until.map_or("its whole budget".into(), |n| n.to_string());
                let (old, new) = (epochs(other.until), epochs(trial.until));
                Reason::new("until", format!("its sampler stops it elsewhere: {old} -> {new}"))
            }
            Some(_) => {
                Reason::new("first_seed", "`train.vary` holds streams at the first seed, which was another")
            }
            None if others.iter().any(|o| o.seed == trial.seed) => Reason::new("fold", "new fold"),
            None => Reason::new("seed", "new seed"),
        }
    }
}

/// A meaning as its keys with their values.
type Pairs<'a> = BTreeMap<&'a str, &'a str>;

/// The source is told with the meaning: two contents under one name are a file that changed.
const SOURCE: &str = "data.source";

fn pairs<'a>(source: &'a str, meaning: &'a str) -> Pairs<'a> {
    let mut pairs: Pairs<'a> = meaning.lines().filter_map(|line| line.split_once(" = ")).collect();
    pairs.insert(SOURCE, source);
    pairs
}

/// The configurations that are known, to find the one that differs least.
struct Nearest<'a> {
    known: Vec<Pairs<'a>>,
}

impl<'a> Nearest<'a> {
    /// `asked`: how many will be looked for.
    fn new(known: &'a Known, asked: usize) -> Nearest<'a> {
        let most = (PAIRS_MAX / asked.max(1)).max(1);
        let step = known.configurations.len().div_ceil(most).max(1);
        let some = known.configurations.values().step_by(step);
        Nearest { known: some.map(|c| pairs(&c.data, &c.meaning)).collect() }
    }

    fn reason(&self, source: &str, meaning: &str) -> Reason {
        let new = pairs(source, meaning);
        let mut best: Option<(usize, &Pairs<'_>)> = None;
        for old in &self.known {
            let most = best.map_or(usize::MAX, |(n, _)| n);
            if let Some(n) = distance(old, &new, most) {
                best = Some((n, old));
            }
        }
        best.map_or_else(|| Reason::new("new", "nothing like it is known"), |(_, old)| between(old, &new))
    }
}

/// Keys that differ, if they are fewer than `most`.
fn distance(old: &Pairs<'_>, new: &Pairs<'_>, most: usize) -> Option<usize> {
    let mut count = 0;
    for (key, _, _) in differences(old, new) {
        // Another content under another name is one difference.
        count += usize::from(key != plan::CONTENT || old.get(SOURCE) == new.get(SOURCE));
        if count >= most {
            return None;
        }
    }
    Some(count)
}

/// Keys whose values differ, with both values.
fn differences<'p>(
    old: &'p Pairs<'_>,
    new: &'p Pairs<'_>,
) -> impl Iterator<Item = (&'p str, Option<&'p str>, Option<&'p str>)> {
    let changed = new.iter().map(|(k, v)| (*k, old.get(k).copied(), Some(*v))).filter(|(_, a, b)| a != b);
    let gone = old.iter().filter(|(k, _)| !new.contains_key(*k)).map(|(k, v)| (*k, Some(*v), None));
    changed.chain(gone)
}

fn between(old: &Pairs<'_>, new: &Pairs<'_>) -> Reason {
    let same_source = old.get(SOURCE) == new.get(SOURCE);
    let told: Vec<_> =
        differences(old, new).filter(|(key, ..)| *key != plan::CONTENT || same_source).collect();
    let value = |v: Option<&str>| v.unwrap_or("none").to_string();
    match told.as_slice() {
        [(plan::NUMERICS, a, b)] => {
            Reason::new("numerics", format!("numerics version {} -> {}", value(*a), value(*b)))
        }
        [(plan::CONTENT, a, b)] => {
            let short = |v: Option<&str>| value(v).chars().take(12).collect::<String>();
            let (source, a, b) = (new.get(SOURCE).copied().unwrap_or_default(), short(*a), short(*b));
            Reason::new("data", format!("data changed: `{source}`, digest of its content {a} -> {b}"))
        }
        _ => {
            let one = |(key, a, b): &(&str, Option<&str>, Option<&str>)| {
                format!("`{key}` {} -> {}", value(*a), value(*b))
            };
            let mut texts: Vec<String> = told.iter().take(DIFFERENCES_SHOWN).map(one).collect();
            if told.len() > DIFFERENCES_SHOWN {
                texts.push(format!("and {} more", told.len() - DIFFERENCES_SHOWN));
            }
            let text = format!("differs from the nearest known configuration in {}", texts.join(", "));
            Reason::new("configuration", text)
        }
    }
}
