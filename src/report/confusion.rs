//! Which classes are taken for which, summed over seeds. Only for few classes and arms: more would be a wall of numbers.

use super::page::Page;
use super::write::markdown::{code, plain, table};
use crate::spec::Part;

const CLASSES_MAX: usize = 10;
const ARMS_MAX: usize = 4;

pub(super) fn section(page: &Page<'_, '_>) -> String {
    let view = page.view;
    let [facts] = view.sets()[..] else {
        return String::new();
    };
    if facts.outputs.len() > CLASSES_MAX || page.selection.arms.len() > ARMS_MAX {
        return String::new();
    }
    let mut out = String::new();
    for arm in &page.selection.arms {
        let counts = summed(page, arm.selected, view.judges, facts.outputs.len());
        if counts.iter().flatten().all(|n| *n == 0) {
            continue;
        }
        let names: Vec<String> = facts.outputs.iter().map(|o| plain(o)).collect();
        let header: Vec<&str> =
            std::iter::once("true \\ predicted").chain(names.iter().map(String::as_str)).collect();
        let right: Vec<bool> = (0..header.len()).map(|i| i > 0).collect();
        let line = |(name, row): (&String, &Vec<u64>)| {
            std::iter::once(name.clone()).chain(row.iter().map(u64::to_string)).collect()
        };
        let rows: Vec<Vec<String>> = names.iter().zip(&counts).map(line).collect();
        out.push_str(&format!("\n{}\n\n{}", code(&arm.name()), table(&header, &right, &rows)));
    }
    if out.is_empty() {
        return out;
    }
    let part = view.judges.name();
    format!(
        "## Confusions\n\nRows of the {part} part by true and predicted class, summed over the trials that did not fail.\n{out}"
    )
}

/// `[true class][predicted class]`, over the trials of a configuration that did not fail.
pub(super) fn summed(page: &Page<'_, '_>, configuration: usize, part: Part, classes: usize) -> Vec<Vec<u64>> {
    let mut sum = vec![vec![0; classes]; classes];
    let sound = page.view.done(configuration).iter().filter(|d| !d.record.end.failed());
    for (_, counts) in sound.flat_map(|d| &d.record.confusion).filter(|(p, _)| *p == part) {
        for (into, from) in sum.iter_mut().flatten().zip(counts.iter().flatten()) {
            *into += from;
        }
    }
    sum
}
