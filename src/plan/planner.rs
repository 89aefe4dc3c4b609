//! From a sweep to the plan, a round at a time.
//!
//! A grid has one round. A sampler that learns has several: it is told the scores of one before it asks for the next. The plan after
//! some rounds depends on the experiment and on the scores told, on nothing else, so that a run that was interrupted, or the parts of
//! one that was trained in several places, come to the same plan.

use std::collections::{BTreeMap, BTreeSet};

use super::arms;
use super::identity::{self, TrialIds, meaning, short_hash};
use super::sampler::{self, Score, Search, Setup, Space};
use super::{Fold, Plan, Planned, Repeated, Trial};
use crate::diagnostic::Diagnostic;
use crate::spec::{Budget, Compare, Configuration, Data, Experiment, Point, Resolve, Split, Sweep};

/// Makes the plan grow.
#[derive(Debug)]
pub struct Planner {
    sweep: Sweep,
    compare: Option<Compare>,
    seeds: Vec<u64>,
    /// One for each combination of the crossed axes; empty for a grid.
    arms: Vec<Searched>,
    begun: bool,
    confirmed: bool,
    /// What was told last.
    scores: Scores,
    /// Configurations by their meaning.
    known: BTreeMap<String, usize>,
    /// Those that have trials, where these are stopped, and whether they confirm.
    planned: BTreeSet<(usize, Option<usize>, bool)>,
}

/// By configuration and by where its trials are stopped.
pub type Scores = BTreeMap<(usize, Option<usize>), Score>;

/// One search, and what it asked for last: configuration and where it is stopped.
#[derive(Debug)]
struct Searched {
    search: Box<dyn Search>,
    asked: Vec<(usize, Option<usize>)>,
}

/// What comes next: configurations whose data may have to be loaded before they can be planned.
#[derive(Debug, Default)]
pub struct Round {
    asked: Vec<Asked>,
    excluded: usize,
}

#[derive(Debug)]
struct Asked {
    /// `None` for a grid.
    arm: Option<usize>,
    point: Point,
    configuration: Configuration,
    until: Option<usize>,
    confirms: bool,
}

impl Round {
    pub fn is_empty(&self) -> bool {
        self.asked.is_empty()
    }

    pub fn configurations(&self) -> impl Iterator<Item = &Configuration> {
        self.asked.iter().map(|a| &a.configuration)
    }
}

impl Planner {
    pub fn new(experiment: &Experiment) -> Planner {
        let sweep = &experiment.sweep;
        let epochs = match experiment.base.train.budget {
            Budget::Epochs(n) => n,
            Budget::Steps(_) => 1,
        };
        let begin = |arm: Point| {
            let setup = Setup {
                space: Space::new(sweep, arm),
                configurations: sweep.configurations.unwrap_or(0),
                seed: sweep.seed,
                epochs,
                choice: sweep.method.clone(),
            };
            Some(Searched { search: sampler::of(&sweep.method).search?(setup), asked: Vec::new() })
        };
        let arms = match sweep.is_drawn() {
            true => sweep.points().filter_map(begin).collect(),
            false => Vec::new(),
        };
        Planner {
            sweep: sweep.clone(),
            compare: experiment.compare.clone(),
            seeds: experiment.seeds.clone(),
            arms,
            begun: false,
            confirmed: false,
            scores: BTreeMap::new(),
            known: BTreeMap::new(),
            planned: BTreeSet::new(),
        }
    }

    /// The plan before its first round.
    pub fn empty(&self) -> Plan {
        Plan {
            axes: self.sweep.axes.iter().map(|a| a.key.clone()).collect(),
            configurations: Vec::new(),
            trials: Vec::new(),
            duplicates: 0,
            repeated: Vec::new(),
            excluded: 0,
        }
    }

    /// The next round, empty at the end; or what is wrong with some of its points.
    ///
    /// A grid's points come in the order of [`Sweep::points`]; those of searches arm by arm. The last round confirms what was chosen.
    pub fn ask(&mut self, plan: &Plan, resolver: &dyn Resolve) -> Result<Round, Vec<Diagnostic>> {
        let round = self.search(resolver)?;
        Ok(if round.is_empty() { self.confirm(plan) } else { round })
    }

    fn search(&mut self, resolver: &dyn Resolve) -> Result<Round, Vec<Diagnostic>> {
        let mut round = Round::default();
        let mut points: Vec<(Option<usize>, Point, Option<usize>)> = Vec::new();
        if self.sweep.is_drawn() {
            for (index, arm) in self.arms.iter_mut().enumerate() {
                arm.asked.clear();
                points.extend(arm.search.ask().into_iter().map(|a| (Some(index), a.point, a.until)));
            }
        } else if !self.begun {
            let (excluded, kept): (Vec<Point>, Vec<Point>) =
                self.sweep.points().partition(|p| self.sweep.is_excluded(p));
            round.excluded = excluded.len();
            points.extend(kept.into_iter().map(|p| (None, p, None)));
        }
        self.begun = true;
        let mut faults = Vec::new();
        for (arm, point, until) in points {
            match resolver.configuration(&point) {
                Ok(configuration) => {
                    round.asked.push(Asked { arm, point, configuration, until, confirms: false });
                }
                Err(diagnostics) => faults.extend(diagnostics),
            }
        }
        if faults.is_empty() { Ok(round) } else { Err(faults) }
    }

    /// The chosen configuration of each arm, once.
    fn confirm(&mut self, plan: &Plan) -> Round {
        let compare = self.compare.as_ref().filter(|c| c.confirm > 0 && !self.confirmed);
        let Some(compare) = compare else { return Round::default() };
        self.confirmed = true;
        let score = |c: usize| self.scores.get(&(c, None)).copied().unwrap_or(Score::WORST);
        let asked = |arm: arms::Arm| Asked {
            arm: None,
            point: Vec::new(),
            configuration: plan.configurations[arms::best(&arm.candidates, score)].configuration.clone(),
            until: None,
            confirms: true,
        };
        Round { asked: arms::arms(&self.sweep, compare, plan).into_iter().map(asked).collect(), excluded: 0 }
    }

    /// Plans a round. `digest` tells the content of the data: a changed file is another trial, and two names of one content are one
    /// configuration, trained once.
    pub fn add(&mut self, plan: &mut Plan, round: Round, digest: impl Fn(&Data) -> String) {
        plan.excluded += round.excluded;
        for asked in round.asked {
            let text = meaning(&asked.configuration, &digest(&asked.configuration.data));
            let next = plan.configurations.len();
            let index = *self.known.entry(text.clone()).or_insert(next);
            if index == next {
                plan.configurations.push(planned(&self.sweep, &asked, &text));
            } else if asked.arm.is_none() && !asked.confirms {
                plan.duplicates += 1;
                plan.repeated.push(Repeated { labels: labels(&self.sweep, &asked.point), of: index });
            }
            if let Some(arm) = asked.arm {
                self.arms[arm].asked.push((index, asked.until));
            }
            if self.planned.insert((index, asked.until, asked.confirms)) {
                self.add_trials(plan, index, &asked, &text);
            }
        }
    }

    fn add_trials(&self, plan: &mut Plan, configuration: usize, asked: &Asked, meaning: &str) {
        let Asked { until, confirms, .. } = *asked;
        let fresh;
        let (seeds, first) = match confirms {
            false => (&self.seeds, 0),
            true => {
                fresh = self.fresh_seeds();
                (&fresh, self.seeds.len())
            }
        };
        let spec = &plan.configurations[configuration].configuration;
        let ids = TrialIds::new(meaning, spec, self.seeds.first().copied().unwrap_or(0));
        for fold in folds(&spec.data.split) {
            for (replicate, &seed) in (first..).zip(seeds) {
                let lineage = ids.of(seed, fold);
                plan.trials.push(Trial {
                    index: plan.trials.len(),
                    id: identity::until(&lineage, until),
                    lineage,
                    configuration,
                    seed,
                    replicate,
                    fold,
                    confirms,
                    until,
                });
            }
        }
    }

    /// Those that follow the largest seed.
    fn fresh_seeds(&self) -> Vec<u64> {
        let count = self.compare.as_ref().map_or(0, |c| c.confirm as u64);
        let first = self.seeds.iter().max().map_or(0, |s| s.saturating_add(1));
        (first..).take(count as usize).collect()
    }

    /// Tells every search what became of the configurations it asked for last. What has no score is worst.
    pub fn tell(&mut self, scores: Scores) {
        for arm in &mut self.arms {
            let of = |asked: &(usize, Option<usize>)| scores.get(asked).copied().unwrap_or(Score::WORST);
            let told: Vec<Score> = arm.asked.iter().map(of).collect();
            arm.search.tell(&told);
        }
        self.scores = scores;
    }

    /// Whether later rounds depend on what becomes of earlier ones.
    pub fn learns(&self) -> bool {
        self.samples_by_results() || self.compare.as_ref().is_some_and(|c| c.confirm > 0)
    }

    /// Whether the sampler goes by results.
    pub fn samples_by_results(&self) -> bool {
        sampler::learns(&self.sweep.method)
    }

    /// Rounds that may follow the one asked for last, the one that confirms included.
    pub fn rounds_left(&self) -> usize {
        let confirms = self.compare.as_ref().is_some_and(|c| c.confirm > 0 && !self.confirmed);
        let searched = self.arms.iter().map(|a| a.search.rounds_left()).max().unwrap_or(0);
        searched + usize::from(confirms)
    }

    /// Most configurations that all rounds together train, each rung of one counted; `None` for a grid.
    pub fn most(&self) -> Option<usize> {
        self.sweep.is_drawn().then(|| self.arms.iter().map(|a| a.search.most()).sum())
    }
}

/// Of a value on each axis; `-` where the axis does not apply.
fn labels(sweep: &Sweep, point: &Point) -> Vec<String> {
    let at = sweep.axes.iter().zip(point);
    at.map(|(axis, at)| at.map_or_else(|| "-".to_string(), |at| axis.label(at))).collect()
}

fn planned(sweep: &Sweep, asked: &Asked, meaning: &str) -> Planned {
    let at = || sweep.axes.iter().zip(&asked.point);
    Planned {
        id: short_hash(meaning),
        labels: labels(sweep, &asked.point),
        values: at().map(|(axis, at)| at.map(|at| axis.value(at))).collect(),
        configuration: asked.configuration.clone(),
    }
}

fn folds(split: &Split) -> Vec<Option<Fold>> {
    match *split {
        Split::KFold { folds, repeats, .. } => (0..repeats)
            .flat_map(|repeat| (0..folds).map(move |index| Some(Fold { repeat, index })))
            .collect(),
        _ => vec![None],
    }
}
