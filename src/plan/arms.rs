//! Arms: configurations that differ only in what is tuned, and which of them is chosen.
//!
//! The plan confirms what is chosen and the report tells it, so both must choose alike. It knows scores, not where they come from.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::{Plan, Score};
use crate::spec::{Compare, Sweep};

/// One value of `compare.by` and the configurations tried for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Arm {
    /// Label on the axis `compare.by`.
    pub label: String,
    /// Labels on the axes that are neither compared nor tuned, `axis = label`: arms are compared within these.
    pub context: Vec<String>,
    pub candidates: Vec<usize>,
}

/// The arms in the order of the plan.
pub fn arms(sweep: &Sweep, compare: &Compare, plan: &Plan) -> Vec<Arm> {
    let tune = companions(sweep, &compare.tune);
    let own = companions(sweep, std::slice::from_ref(&compare.by));
    let by = plan.axes.iter().position(|a| *a == compare.by);
    let mut arms: Vec<Arm> = Vec::new();
    let mut known: BTreeMap<(String, Vec<String>), usize> = BTreeMap::new();
    for (configuration, planned) in plan.configurations.iter().enumerate() {
        let label = by.map_or_else(|| planned.id.clone(), |i| planned.labels[i].clone());
        let context: Vec<String> = (plan.axes.iter().zip(&planned.labels))
            .filter(|(axis, label)| !tune.contains(axis) && !own.contains(axis) && *label != "-")
            .map(|(axis, label)| format!("{axis} = {label}"))
            .collect();
        match known.entry((label, context)) {
            Entry::Occupied(arm) => arms[*arm.get()].candidates.push(configuration),
            Entry::Vacant(new) => {
                let (label, context) = new.key().clone();
                new.insert(arms.len());
                arms.push(Arm { label, context, candidates: vec![configuration] });
            }
        }
    }
    arms
}

/// These axes and those that advance together with one of them.
pub fn companions(sweep: &Sweep, keys: &[String]) -> Vec<String> {
    let mut all = keys.to_vec();
    for group in &sweep.zip {
        let names: Vec<&String> = group.iter().filter_map(|i| sweep.axes.get(*i)).map(|a| &a.key).collect();
        if names.iter().any(|n| keys.contains(n)) {
            all.extend(names.into_iter().filter(|n| !keys.contains(n)).cloned());
        }
    }
    all
}

/// The candidate with the best score; of equals the earliest.
pub fn best(candidates: &[usize], score: impl Fn(usize) -> Score) -> usize {
    let mut best = (candidates[0], score(candidates[0]));
    for &candidate in &candidates[1..] {
        let score = score(candidate);
        if score.order(&best.1).is_gt() {
            best = (candidate, score);
        }
    }
    best.0
}
