//! The points of a sweep: where each lies on every axis, which axes apply, which points are left out.
//!
//! Checking and planning both walk the points of a grid, and must see the same ones in the same order: the last axis fastest, a
//! zipped group as one axis at the place of its first member. What a point means is not known here, nor how a sampler chooses one.

use super::{Axis, Domain, Split, Sweep};
use crate::catalog::Value;
use crate::text;

/// Where a point lies on an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Coordinate {
    /// Index into [`Axis::values`].
    Listed(usize),
    /// A number of [`Axis::domain`], as its bits.
    Drawn(u64),
}

/// By axis; `None` where it does not apply.
pub type Point = Vec<Option<Coordinate>>;

impl Coordinate {
    pub fn drawn(x: f64) -> Coordinate {
        // Negative zero is zero.
        Coordinate::Drawn((x + 0.0).to_bits())
    }
}

impl Axis {
    /// The value at a coordinate of this axis.
    pub fn value(&self, at: Coordinate) -> Value {
        match (at, self.domain) {
            (Coordinate::Listed(index), _) => self.values[index].value.clone(),
            (Coordinate::Drawn(bits), Some(Domain::Int { .. })) if f64::from_bits(bits) >= 0.0 => {
                Value::Count(f64::from_bits(bits) as u64)
            }
            (Coordinate::Drawn(bits), _) => Value::Real(f64::from_bits(bits)),
        }
    }

    /// As it stands in tables.
    pub fn label(&self, at: Coordinate) -> String {
        match at {
            Coordinate::Listed(index) => self.values[index].label.clone(),
            Coordinate::Drawn(bits) => text::exact(f64::from_bits(bits)),
        }
    }
}

impl Sweep {
    /// Whether points are drawn rather than crossed.
    pub fn is_drawn(&self) -> bool {
        !self.drawn.is_empty()
    }

    /// All points of the crossed axes, those that `exclude` leaves out too; drawn axes are `None`.
    pub fn points(&self) -> impl Iterator<Item = Point> + '_ {
        self.walk(self.groups(false))
    }

    /// Number of combinations that [`points`](Sweep::points) walks through; saturates.
    pub fn size(&self) -> u128 {
        self.groups(false).iter().fold(1, |n, group| n.saturating_mul(self.length(group) as u128))
    }

    /// Points that show whether configurations are sound before any is drawn: every combination of the listed values, and of both
    /// ends of every domain.
    pub fn probes(&self) -> impl Iterator<Item = Point> + '_ {
        self.walk(self.groups(true))
    }

    fn walk(&self, groups: Vec<Vec<usize>>) -> impl Iterator<Item = Point> + '_ {
        // More than a machine counts are not walked to the end by anyone.
        let sizes = groups.iter().map(|group| self.length(group) as u128);
        let total = usize::try_from(sizes.fold(1u128, u128::saturating_mul)).unwrap_or(usize::MAX);
        (0..total).filter_map(move |number| {
            let mut point = vec![None; self.axes.len()];
            let mut rest = number;
            for group in groups.iter().rev() {
                let length = self.length(group);
                for &axis in group {
                    point[axis] = Some(self.nth(axis, rest % length));
                }
                rest /= length;
            }
            let settled = self.settled(&point);
            // Of the points that differ only where axes do not apply, the first stands for all.
            let is_repeated = groups.iter().any(|group| {
                let ignored = group.iter().all(|a| settled[*a].is_none());
                ignored && group.iter().any(|a| point[*a] != Some(self.nth(*a, 0)))
            });
            (!is_repeated).then_some(settled)
        })
    }

    fn nth(&self, axis: usize, index: usize) -> Coordinate {
        match self.axes[axis].domain {
            None => Coordinate::Listed(index),
            Some(domain) => Coordinate::drawn(if index == 0 { domain.ends().0 } else { domain.ends().1 }),
        }
    }

    /// The point without the coordinates of axes that do not apply there.
    pub fn settled(&self, point: &[Option<Coordinate>]) -> Point {
        (0..point.len()).map(|a| point[a].filter(|_| self.applies(a, point))).collect()
    }

    fn applies(&self, axis: usize, point: &[Option<Coordinate>]) -> bool {
        self.axes[axis].when.iter().all(|condition| {
            let holds =
                matches!(point[condition.axis], Some(Coordinate::Listed(v)) if condition.values.contains(&v));
            holds && self.applies(condition.axis, point)
        })
    }

    /// Whether `exclude` leaves the point out.
    pub fn is_excluded(&self, point: &[Option<Coordinate>]) -> bool {
        self.exclude.iter().any(|conditions| {
            !conditions.is_empty()
                && conditions
                    .iter()
                    .all(|(axis, value)| point[*axis].is_some_and(|at| self.axes[*axis].value(at) == *value))
        })
    }

    /// Groups of axes on which the sampler chooses: each zipped group is one, and every other drawn axis.
    pub fn drawn_groups(&self) -> Vec<Vec<usize>> {
        let mut groups = self.groups(true);
        groups.retain(|group| group.iter().any(|a| self.drawn.contains(a)));
        groups
    }

    /// Axes that advance together: each zipped group, and every other axis alone; drawn ones only on request.
    fn groups(&self, all: bool) -> Vec<Vec<usize>> {
        let mut groups = self.zip.clone();
        let alone = (0..self.axes.len()).filter(|a| !self.zip.iter().flatten().any(|z| z == a));
        groups.extend(alone.map(|a| vec![a]));
        groups.sort_by_key(|g| g.iter().min().copied());
        groups.retain(|g| all || !g.iter().any(|a| self.drawn.contains(a)));
        groups
    }

    fn length(&self, group: &[usize]) -> usize {
        group.first().map_or(1, |a| match self.axes[*a].domain {
            None => self.axes[*a].values.len(),
            Some(_) => 2,
        })
    }
}

impl Domain {
    pub fn ends(&self) -> (f64, f64) {
        match *self {
            Domain::Uniform { low, high } | Domain::LogUniform { low, high } => (low, high),
            Domain::Int { low, high } => (low as f64, high as f64),
        }
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
    use crate::spec::{AxisValue, Condition};

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
            domain: None,
            numeric: true,
            when: Vec::new(),
            span: span.clone(),
        };
        let condition = |c: &&[(usize, u64)]| c.iter().map(|(a, v)| (*a, Value::Count(*v))).collect();
        Sweep {
            method: Choice::defaults(&GRID),
            axes: lengths.iter().enumerate().map(axis).collect(),
            zip: zip.iter().map(|g| g.to_vec()).collect(),
            exclude: exclude.iter().map(condition).collect(),
            drawn: Vec::new(),
            configurations: None,
            seed: 0,
            limit: 100,
        }
    }

    fn kept(sweep: &Sweep) -> Vec<Vec<usize>> {
        let kept = sweep.points().filter(|p| !sweep.is_excluded(p));
        kept.map(|p| p.iter().map(|at| place(*at)).collect()).collect()
    }

    /// The index on an axis; 9 where it does not apply.
    fn place(at: Option<Coordinate>) -> usize {
        match at {
            Some(Coordinate::Listed(index)) => index,
            _ => 9,
        }
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
    fn an_axis_that_does_not_apply_takes_no_points() {
        // The second axis applies where the first has its last value, the third where the second has its first.
        let mut conditional = sweep(&[2, 2, 2], &[], &[]);
        conditional.axes[1].when = vec![Condition { axis: 0, values: vec![1] }];
        conditional.axes[2].when = vec![Condition { axis: 1, values: vec![0] }];
        assert_eq!(kept(&conditional), [[0, 9, 9], [1, 0, 0], [1, 0, 1], [1, 1, 9]]);
    }

    #[test]
    fn drawn_axes_are_not_crossed_and_probed_at_their_ends() {
        let mut drawn = sweep(&[2, 3], &[], &[]);
        drawn.axes[1] = Axis {
            values: Vec::new(),
            domain: Some(Domain::Uniform { low: 0.5, high: 2.0 }),
            ..drawn.axes[1].clone()
        };
        drawn.drawn = vec![1];
        assert_eq!(kept(&drawn), [[0, 9], [1, 9]]);
        let ends = [0.5, 2.0, 0.5, 2.0].map(Coordinate::drawn);
        assert_eq!(drawn.probes().map(|p| p[1].unwrap()).collect::<Vec<_>>(), ends);
        assert_eq!(drawn.drawn_groups(), [[1]]);
        assert_eq!(drawn.axes[1].value(ends[1]), Value::Real(2.0));
    }

    #[test]
    fn sizes_beyond_any_number_saturate() {
        assert_eq!(sweep(&[1000; 40], &[], &[]).size(), u128::MAX);
    }
}
