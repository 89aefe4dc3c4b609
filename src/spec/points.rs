//! The points of a sweep: value indices per axis, the last axis fastest, a zipped group as one axis at the place of its first member.
//!
//! Checking and planning both walk them, and must see the same points in the same order. What a point means is not known here.

use super::{Split, Sweep};

impl Sweep {
    /// All points, those that `exclude` leaves out too: `point[a]` is the index of the value of axis `a`.
    pub fn points(&self) -> impl Iterator<Item = Vec<Option<usize>>> + '_ {
        let groups = self.groups();
        // More than a machine counts are not walked to the end by anyone.
        let total = usize::try_from(self.size()).unwrap_or(usize::MAX);
        (0..total).map(move |number| {
            let mut point = vec![None; self.axes.len()];
            let mut rest = number;
            for group in groups.iter().rev() {
                let length = self.length(group);
                for &axis in group {
                    point[axis] = Some(rest % length);
                }
                rest /= length;
            }
            point
        })
    }

    /// Number of [`points`](Sweep::points); saturates.
    pub fn size(&self) -> u128 {
        self.groups().iter().fold(1, |n, group| n.saturating_mul(self.length(group) as u128))
    }

    /// Whether `exclude` leaves the point out.
    pub fn is_excluded(&self, point: &[Option<usize>]) -> bool {
        self.exclude.iter().any(|conditions| {
            !conditions.is_empty()
                && conditions.iter().all(|(axis, value)| {
                    point[*axis].is_some_and(|v| self.axes[*axis].values[v].value == *value)
                })
        })
    }

    /// Axes that advance together: each zipped group, and every other axis alone.
    fn groups(&self) -> Vec<Vec<usize>> {
        let mut groups = self.zip.clone();
        let alone = (0..self.axes.len()).filter(|a| !self.zip.iter().flatten().any(|z| z == a));
        groups.extend(alone.map(|a| vec![a]));
        groups.sort_by_key(|g| g.iter().min().copied());
        groups
    }

    fn length(&self, group: &[usize]) -> usize {
        group.first().map_or(1, |a| self.axes[*a].values.len())
    }
}

impl Split {
    /// Trials per configuration and seed: folds times repeats, 1 where the split has no folds.
    pub fn folds(&self) -> usize {
        match *self {
            Split::KFold { folds, repeats, .. } => folds.saturating_mul(repeats),
            _ => 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::{Choice, Entry, Facts, Family, Value};
    use crate::diagnostic::{SourceId, Span};
    use crate::spec::{Axis, AxisValue};

    static GRID: Entry = Entry {
        name: "grid",
        family: Family::Sampler,
        summary: "",
        docs: "",
        params: &[],
        facts: Facts::Plain,
    };

    /// Axes with values 0, 1, ...
    fn sweep(lengths: &[u64], zip: &[&[usize]], exclude: &[&[(usize, u64)]]) -> Sweep {
        let span = Span { source: SourceId(0), range: 0..0 };
        let value = |n| AxisValue { label: format!("{n}"), value: Value::Count(n), span: span.clone() };
        let axis = |(a, length): (usize, &u64)| Axis {
            key: format!("axis {a}"),
            values: (0..*length).map(value).collect(),
            numeric: true,
            span: span.clone(),
        };
        let condition = |c: &&[(usize, u64)]| c.iter().map(|(a, v)| (*a, Value::Count(*v))).collect();
        Sweep {
            method: Choice::defaults(&GRID),
            axes: lengths.iter().enumerate().map(axis).collect(),
            zip: zip.iter().map(|g| g.to_vec()).collect(),
            exclude: exclude.iter().map(condition).collect(),
            limit: 100,
        }
    }

    fn kept(sweep: &Sweep) -> Vec<Vec<usize>> {
        let kept = sweep.points().filter(|p| !sweep.is_excluded(p));
        kept.map(|p| p.into_iter().flatten().collect()).collect()
    }

    #[test]
    fn the_last_axis_is_fastest() {
        assert_eq!(kept(&sweep(&[2, 3], &[], &[])), [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]);
        assert_eq!(kept(&sweep(&[], &[], &[])), [Vec::<usize>::new()]);
    }

    #[test]
    fn a_zipped_group_stands_where_its_first_member_does() {
        // The group is written last member first: it still advances slower than the axis between its members.
        let zipped = sweep(&[2, 3, 2], &[&[2, 0]], &[]);
        let expected = [[0, 0, 0], [0, 1, 0], [0, 2, 0], [1, 0, 1], [1, 1, 1], [1, 2, 1]];
        assert_eq!(kept(&zipped), expected);
        assert_eq!(zipped.size(), 6);
    }

    #[test]
    fn excluded_points_meet_all_conditions() {
        assert_eq!(kept(&sweep(&[2, 2], &[], &[&[(0, 1), (1, 0)], &[]])), [[0, 0], [0, 1], [1, 1]]);
    }

    #[test]
    fn sizes_beyond_any_number_saturate() {
        assert_eq!(sweep(&[1000; 40], &[], &[]).size(), u128::MAX);
    }
}
