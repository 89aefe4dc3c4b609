//! What a search chooses in: the drawn axes as a unit cube, one dimension for each axis or zipped group.
//!
//! It maps places in the cube to points of the sweep and decides nothing about which places are good.

use std::collections::BTreeSet;

use crate::rng::{self, Purpose, Stream};
use crate::spec::{Coordinate, Domain, Point, Sweep};
use crate::text;

/// The drawn axes of one arm.
#[derive(Clone, Debug)]
pub struct Space {
    sweep: Sweep,
    /// Coordinates of the crossed axes.
    arm: Point,
    groups: Vec<Vec<usize>>,
}

/// What lies along one dimension of the cube.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Dimension {
    /// So many values without an order, in equal shares of the unit interval.
    Listed(usize),
    /// So many whole numbers, in equal shares of the unit interval.
    Whole(u64),
    /// The unit interval itself, of the number or of its logarithm.
    Real,
}

/// A place in the cube and the point it stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Drawn {
    pub(super) unit: Vec<f64>,
    pub(super) point: Point,
}

/// The random stream of a sampler; `index` names what it is for.
pub(super) fn stream(seed: u64, index: u64) -> Stream {
    rng::stream(seed, Purpose::Sampler, index)
}

/// Digits that a drawn number keeps, so that its label is its value.
const DIGITS: usize = 6;

impl Space {
    /// The search space of an arm: `arm` holds the coordinates of the crossed axes and `None` for all others.
    pub fn new(sweep: &Sweep, arm: Point) -> Space {
        Space { sweep: sweep.clone(), groups: sweep.drawn_groups(), arm }
    }

    pub(super) fn dimensions(&self) -> Vec<Dimension> {
        let dimension = |group: &Vec<usize>| {
            let axis = &self.sweep.axes[group[0]];
            match axis.domain {
                None => Dimension::Listed(axis.values.len()),
                Some(Domain::Int { low, high }) => Dimension::Whole(high.abs_diff(low) + 1),
                Some(_) => Dimension::Real,
            }
        };
        self.groups.iter().map(dimension).collect()
    }

    /// Whether a point has a coordinate in a dimension: an axis that does not apply has none.
    pub(super) fn applies(&self, dimension: usize, point: &Point) -> bool {
        self.groups[dimension].iter().any(|axis| point[*axis].is_some())
    }

    /// The point at a place, each coordinate in `[0, 1)`; `None` where the file excludes it.
    pub(super) fn at(&self, unit: &[f64]) -> Option<Point> {
        let mut point = self.arm.clone();
        for (group, share) in self.groups.iter().zip(unit) {
            for &axis in group {
                point[axis] = Some(self.coordinate(axis, *share));
            }
        }
        let settled = self.sweep.settled(&point);
        (!self.sweep.is_excluded(&settled)).then_some(settled)
    }

    fn coordinate(&self, axis: usize, share: f64) -> Coordinate {
        let axis = &self.sweep.axes[axis];
        let rounded = |x: f64, low: f64, high: f64| {
            let short = text::significant(x, DIGITS).parse().unwrap_or(x);
            Coordinate::drawn(f64::clamp(short, low, high))
        };
        match axis.domain {
            None => Coordinate::Listed(nth(share, axis.values.len() as u64) as usize),
            Some(Domain::Uniform { low, high }) => rounded(low + share * (high - low), low, high),
            Some(Domain::LogUniform { low, high }) => {
                let (from, to) = (libm::log(low), libm::log(high));
                rounded(libm::exp(from + share * (to - from)), low, high)
            }
            Some(Domain::Int { low, high }) => {
                Coordinate::drawn((low + nth(share, high.abs_diff(low) + 1) as i64) as f64)
            }
        }
    }

    /// `wanted` different points, of the places that `next` gives for 0, 1, ...; fewer where the axes do not have as many, or where
    /// `next` ends.
    pub(super) fn draw(
        &self,
        wanted: usize,
        known: &mut BTreeSet<Point>,
        mut next: impl FnMut(u64) -> Option<Vec<f64>>,
    ) -> Vec<Drawn> {
        let mut drawn = Vec::new();
        // A handful of listed values may be drawn again and again before the last one comes.
        let attempts = 100 * wanted as u64 + 1000;
        for unit in (0..attempts).map_while(&mut next) {
            if drawn.len() == wanted {
                break;
            }
            if let Some(point) = self.at(&unit)
                && known.insert(point.clone())
            {
                drawn.push(Drawn { unit, point });
            }
        }
        drawn
    }

    /// Independent uniform draws; each place has a stream of its own.
    pub(super) fn uniform(&self, seed: u64, index: u64) -> Vec<f64> {
        let mut draws = stream(seed, index);
        self.groups.iter().map(|_| draws.unit()).collect()
    }
}

/// Which of `count` equal shares of the unit interval `share` lies in.
pub(super) fn nth(share: f64, count: u64) -> u64 {
    ((share * count as f64) as u64).min(count - 1)
}
