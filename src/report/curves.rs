//! Learning curves summarised over seeds: at each recorded epoch, over the trials of a configuration that did not fail.

use std::collections::BTreeMap;

use super::view::View;
use crate::stats::{self, Interval};

/// The curves of one configuration.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Curves {
    /// By epoch, ascending.
    pub(super) points: Vec<Point>,
    /// Trials that did not fail.
    pub(super) trials: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Point {
    pub(super) epoch: usize,
    /// Trials recorded at this epoch; those that stopped earlier are no longer among them.
    pub(super) n: usize,
    /// One per curve column; `None` where nothing finite was recorded.
    pub(super) bands: Vec<Option<Band>>,
}

/// One column at one epoch.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Band {
    pub(super) mean: f64,
    pub(super) interval: Option<Interval>,
    pub(super) q10: f64,
    pub(super) q50: f64,
    pub(super) q90: f64,
}

pub(super) fn of_configuration(view: &View<'_>, configuration: usize) -> Curves {
    let columns = view.results.curve_columns.len();
    let mut epochs: BTreeMap<usize, Vec<&[f64]>> = BTreeMap::new();
    let sound: Vec<_> = view.done(configuration).iter().filter(|d| !d.record.end.failed()).collect();
    for point in sound.iter().flat_map(|d| &d.record.curve) {
        epochs.entry(point.epoch).or_default().push(&point.values);
    }
    let point = |(epoch, rows): (usize, Vec<&[f64]>)| {
        let column = |i: usize| -> Vec<f64> { rows.iter().filter_map(|r| r.get(i).copied()).collect() };
        Point { epoch, n: rows.len(), bands: (0..columns).map(|i| band(view, &column(i))).collect() }
    };
    Curves { points: epochs.into_iter().map(point).collect(), trials: sound.len() }
}

/// Mean and quantiles of the finite values; their interval as for final metrics.
pub(super) fn band(view: &View<'_>, values: &[f64]) -> Option<Band> {
    let mut finite: Vec<f64> = values.iter().copied().filter(|x| x.is_finite()).collect();
    // Every statistic sorts for itself, which costs little once it is done.
    finite.sort_by(f64::total_cmp);
    let [q10, q50, q90] = [0.1, 0.5, 0.9].map(|q| stats::quantile(&finite, q));
    Some(Band {
        mean: stats::mean(&finite)?,
        interval: view.interval(&finite),
        q10: q10?,
        q50: q50?,
        q90: q90?,
    })
}
