//! The points of a grid, so that every configuration can be checked before anything runs.

use crate::catalog::Value;
use crate::spec::Sweep;

/// Points of the grid, zipped axes together, excluded points left out.
pub(crate) fn points(sweep: &Sweep) -> impl Iterator<Item = Vec<Option<usize>>> + '_ {
    let groups = groups(sweep);
    let total = size(sweep).min(usize::MAX as u128) as usize;
    (0..total).filter_map(move |n| {
        let mut rest = n;
        let mut point = vec![None; sweep.axes.len()];
        for group in groups.iter().rev() {
            let length = sweep.axes[group[0]].values.len();
            for axis in group {
                point[*axis] = Some(rest % length);
            }
            rest /= length;
        }
        let holds = |(axis, value): &(usize, Value)| {
            point[*axis].is_some_and(|i| sweep.axes[*axis].values[i].value == *value)
        };
        let left_out = sweep.exclude.iter().any(|all| all.iter().all(holds));
        (!left_out).then_some(point)
    })
}

/// Number of points before any are left out.
pub(crate) fn size(sweep: &Sweep) -> u128 {
    groups(sweep).iter().fold(1u128, |n, g| n.saturating_mul(sweep.axes[g[0]].values.len() as u128))
}

fn groups(sweep: &Sweep) -> Vec<Vec<usize>> {
    let mut groups = sweep.zip.clone();
    groups
        .extend((0..sweep.axes.len()).filter(|a| !sweep.zip.iter().any(|g| g.contains(a))).map(|a| vec![a]));
    groups.sort();
    groups
}
