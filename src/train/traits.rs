//! What is measured of a data set before anything is trained: of the training part of the first seed as networks see it (of which rows there
//! are, all parts).
//!
//! Numbers only; what they mean is said in `diagnose`. Where there are many rows, some at even distances stand for all.

use std::collections::BTreeMap;

use super::{linear, probe};
use crate::data::{Dataset, Prepared, Table};
use crate::event::{Combinations, Traits};
use crate::spec::Task;
use crate::text;

/// Rows that features are correlated on, and that neighbours are looked for among, at most.
const ROWS_MAX: usize = 2_000;
const NEIGHBOURS_MAX: usize = 300;
/// More numbers in a row than this are not compared row by row.
const WIDTH_MAX: usize = 1_000;
/// Features of two values each that are combined.
const COMBINED_MAX: usize = 4;
/// Neighbours that estimate a number.
const NEAREST: usize = 5;

/// `set` is what the data was prepared from. Names are those of its features, before any expansion; of others their number tells.
pub(super) fn traits(data: &Prepared, set: &Dataset) -> Traits {
    // What stands for a category is no feature of two values of its own.
    let is_plain = set.steps == 1 && set.categorical.is_empty();
    let combinations = combinations(&set.x, set.features()).filter(|_| is_plain);
    Traits { combinations, ..measured(data, &set.feature_names) }
}

fn measured(data: &Prepared, names: &[String]) -> Traits {
    let table = &data.train;
    let features = Columns::of(data);
    let varying: Vec<f64> = features.moments.iter().map(|(_, sd)| *sd).filter(|sd| *sd > 0.0).collect();
    let widest = varying.iter().copied().reduce(f64::max);
    let narrowest = varying.iter().copied().reduce(f64::min);
    let offsets = features.moments.iter().filter(|(_, sd)| *sd > 0.0).map(|(mean, sd)| mean.abs() / sd);
    let seen = equal_rows(data);
    let (shared, shared_rows) = shared(&seen);
    let (nearest, linear) = baselines(data).unzip();
    Traits {
        constant_features: features.moments.len() - varying.len(),
        features: features.moments.len(),
        spread: widest.zip(narrowest).filter(|_| varying.len() > 1).and_then(|(w, n)| finite(w / n)),
        offset: offsets.reduce(f64::max).and_then(finite),
        largest: widest.and_then(finite),
        targets: probe::range(&table.y).map(|[low, high]| (low.into(), high.into())),
        variance: variance(&table.y, data.outputs),
        classes: classes(data),
        shared,
        shared_rows,
        redrawn_rows: redrawn(data),
        combinations: None,
        teller: teller(data, names),
        neighbours: neighbours(data),
        nearest: nearest.flatten(),
        linear: linear.flatten(),
        alike: alike(&seen),
        rows: table.rows,
        steps: data.steps,
    }
}

/// Six significant digits: what is kept of a run must not show how a sum was made.
fn finite(value: f64) -> Option<f64> {
    value.is_finite().then(|| format!("{value:.5e}").parse().ok()).flatten()
}

/// Mean and standard deviation (divided by n) of each feature over the time steps that are there.
struct Columns {
    moments: Vec<(f64, f64)>,
}

impl Columns {
    fn of(data: &Prepared) -> Columns {
        let (table, width) = (&data.train, data.features);
        let first = |row: usize| table.lengths.get(row).map_or(0, |length| data.steps - *length as usize);
        let rows: Vec<usize> = probe::spread(table.rows, ROWS_MAX).collect();
        let places: Vec<usize> = rows
            .iter()
            .flat_map(|row| (first(*row)..data.steps).map(move |step| row * data.steps + step))
            .collect();
        let moments = |feature: usize| {
            let values: Vec<f64> = places.iter().map(|place| table.x[place * width + feature]).collect();
            let (mean, sd) = probe::moments(&values).unwrap_or((0.0, 0.0));
            // A constant may leave rounding behind.
            if sd <= 1e-12 * mean.abs() { (mean, 0.0) } else { (mean, sd) }
        };
        Columns { moments: (0..width).map(moments).collect() }
    }
}

fn variance(y: &[f64], outputs: usize) -> Option<f64> {
    let of = |output: usize| {
        let values: Vec<f64> = y.iter().skip(output).step_by(outputs).copied().collect();
        probe::moments(&values).map_or(f64::NAN, |(_, sd)| sd * sd)
    };
    finite((0..outputs).map(of).sum::<f64>() / outputs.max(1) as f64)
}

fn classes(data: &Prepared) -> Vec<usize> {
    if data.task != Task::Classification {
        return Vec::new();
    }
    let mut counts = vec![0; data.outputs];
    data.train.class.iter().for_each(|class| counts[*class as usize] += 1);
    counts
}

/// Of equal rows, by the bits of features and of targets: how many each part has.
type EqualRows = BTreeMap<(u64, u64), [usize; 3]>;

fn equal_rows(data: &Prepared) -> EqualRows {
    let (width, answers) = (data.steps * data.features, data.answers * data.outputs);
    let mut seen = EqualRows::new();
    if width == 0 {
        return seen;
    }
    for (part, table) in parts(data).enumerate() {
        for (x, y) in table.x.chunks(width).zip(table.y.chunks(answers)) {
            seen.entry((hash(x), hash(y))).or_default()[part] += 1;
        }
    }
    seen
}

/// Rows that another part has too: of all rows the share, and how many.
fn shared(seen: &EqualRows) -> (f64, usize) {
    let rows: usize = seen.values().flatten().sum();
    let in_several = seen.values().filter(|counts| counts.iter().filter(|n| **n > 0).count() > 1);
    let alike: usize = in_several.flatten().sum();
    (finite(alike as f64 / rows.max(1) as f64).unwrap_or(0.0), alike)
}

/// See [`Traits::alike`].
fn alike(seen: &EqualRows) -> Option<(f64, f64)> {
    let (mut different, mut rows, mut contrary) = (0_usize, 0, 0);
    // Rows of equal features follow one another.
    let mut entries = seen.iter().peekable();
    while let Some(((features, _), counts)) = entries.next() {
        let (mut own, mut targets) = (counts.iter().sum::<usize>(), 1);
        while let Some((_, counts)) = entries.next_if(|((next, _), _)| next == features) {
            own += counts.iter().sum::<usize>();
            targets += 1;
        }
        (different, rows) = (different + 1, rows + own);
        contrary += if targets > 1 { own } else { 0 };
    }
    let shares =
        (finite(rows as f64 / different.max(1) as f64)?, finite(contrary as f64 / rows.max(1) as f64)?);
    (rows > different).then_some(shares)
}

fn parts(data: &Prepared) -> impl Iterator<Item = &Table> {
    [Some(&data.train), data.validation.as_ref(), data.test.as_ref()].into_iter().flatten()
}

/// Rows of the source that a part has already.
fn redrawn(data: &Prepared) -> usize {
    let again = |table: &Table| {
        let most = table.source_row.iter().copied().max().map_or(0, |row| row as usize + 1);
        let mut seen = vec![false; most];
        table.source_row.iter().filter(|row| std::mem::replace(&mut seen[**row as usize], true)).count()
    };
    parts(data).map(again).sum()
}

/// Of so few rows that somebody may have meant to write each combination once.
fn combinations(x: &[f64], width: usize) -> Option<Combinations> {
    if !(2..=COMBINED_MAX).contains(&width) || x.len() > (2 * width) << width {
        return None;
    }
    let possible = 1 << width;
    let values = |feature: usize| {
        let mut all: Vec<f64> = x.iter().skip(feature).step_by(width).copied().collect();
        all.sort_by(f64::total_cmp);
        all.dedup();
        // A gap equals nothing, itself neither.
        (all.len() == 2 && all.iter().all(|v| v.is_finite())).then(|| [all[0], all[1]])
    };
    let values: Vec<[f64; 2]> = (0..width).map(values).collect::<Option<_>>()?;
    // The first feature counts most, so that combinations are in the order in which truth tables are written.
    let high = |feature: usize, combination: usize| combination >> (width - 1 - feature) & 1;
    let is = |row: &[f64], combination: usize| {
        row.iter().enumerate().all(|(feature, value)| *value == values[feature][high(feature, combination)])
    };
    let count = |combination: usize| x.chunks(width).filter(|row| is(row, combination)).count();
    let counts: Vec<usize> = (0..possible).map(count).collect();
    let name = |combination: usize| {
        let value = |feature: usize| text::exact(values[feature][high(feature, combination)]);
        format!("({})", (0..width).map(value).collect::<Vec<_>>().join(", "))
    };
    let named = |is: fn(usize) -> bool| (0..possible).filter(|c| is(counts[*c])).map(name).collect();
    Some(Combinations {
        rows: x.len() / width,
        there: counts.iter().filter(|n| **n > 0).count(),
        possible,
        missing: named(|n| n == 0),
        repeated: named(|n| n > 1),
    })
}

/// FNV-1a of the bits.
fn hash(values: &[f64]) -> u64 {
    let step = |sum: u64, value: &f64| {
        (sum ^ (value + 0.0).to_bits()).wrapping_mul(0x0100_0000_01b3).rotate_left(29)
    };
    values.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// The feature with the largest correlation with a target, and how large the next one's is.
fn teller(data: &Prepared, names: &[String]) -> Option<(String, f64, f64)> {
    if data.steps > 1 || data.features < 2 {
        return None;
    }
    let rows: Vec<usize> = probe::spread(data.train.rows, ROWS_MAX).collect();
    let centred = |values: &[f64], width: usize, column: usize| {
        let mut own: Vec<f64> = rows.iter().map(|row| values[row * width + column]).collect();
        let (mean, sd) = probe::moments(&own)?;
        own.iter_mut().for_each(|v| *v = (*v - mean) / sd);
        (sd > 0.0).then_some(own)
    };
    let targets: Vec<Vec<f64>> =
        (0..data.outputs).filter_map(|k| centred(&data.train.y, data.outputs, k)).collect();
    let mut told: Vec<(f64, usize)> = Vec::new();
    for feature in 0..data.features {
        let Some(x) = centred(&data.train.x, data.features, feature) else { continue };
        let r = |y: &Vec<f64>| (x.iter().zip(y).map(|(a, b)| a * b).sum::<f64>() / rows.len() as f64).abs();
        told.push((targets.iter().map(r).fold(0.0, f64::max), feature));
    }
    told.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let [(most, feature), (next, _), ..] = told[..] else { return None };
    let name = names.get(feature).filter(|_| names.len() == data.features);
    let name = name.cloned().unwrap_or_else(|| format!("number {}", feature + 1));
    Some((name, finite(most)?, finite(next)?))
}

/// Of rows that follow one another: the share of equal classes and what chance gives, or the correlation of targets and 0.
fn neighbours(data: &Prepared) -> Option<(f64, f64)> {
    let table = &data.train;
    if data.answers > 1 || table.rows < 3 || data.task == Task::MultiLabel {
        return None;
    }
    if data.task == Task::Classification {
        let same = table.class.windows(2).filter(|pair| pair[0] == pair[1]).count();
        let chance: f64 = classes(data).iter().map(|n| (*n as f64 / table.rows as f64).powi(2)).sum();
        return Some((finite(same as f64 / (table.rows - 1) as f64)?, finite(chance)?));
    }
    let first: Vec<f64> = table.y.iter().step_by(data.outputs).copied().collect();
    let (mean, sd) = probe::moments(&first)?;
    let product: f64 = first.windows(2).map(|pair| (pair[0] - mean) * (pair[1] - mean)).sum();
    Some((finite(product / (sd * sd * first.len() as f64))?, 0.0))
}

/// See [`Traits::nearest`] and [`Traits::linear`].
fn baselines(data: &Prepared) -> Option<(Option<f64>, Option<f64>)> {
    let (table, width) = (&data.train, data.features);
    if data.steps > 1 || width > WIDTH_MAX || table.rows < 10 || data.task == Task::MultiLabel {
        return None;
    }
    let rows: Vec<usize> = probe::spread(table.rows, NEIGHBOURS_MAX).collect();
    let of = |all: &[f64], each: usize| -> Vec<f64> {
        rows.iter().flat_map(|row| &all[row * each..][..each]).copied().collect()
    };
    let (x, y) = (of(&table.x, width), of(&table.y, data.outputs));
    let others = |i: usize| {
        let distance = |j: usize| {
            let both = x[i * width..][..width].iter().zip(&x[j * width..][..width]);
            both.map(|(a, b)| (a - b) * (a - b)).sum::<f64>()
        };
        let mut all: Vec<(f64, usize)> =
            (0..rows.len()).filter(|j| *j != i).map(|j| (distance(j), j)).collect();
        all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        all
    };
    let line = linear::answers(&x, width, &y, data.outputs);
    if data.task == Task::Classification {
        let class: Vec<usize> = rows.iter().map(|row| table.class[*row] as usize).collect();
        let largest = |i: usize, answers: &[f64]| {
            let own = answers[i * data.outputs..][..data.outputs].iter().enumerate();
            own.max_by(|a, b| a.1.total_cmp(b.1).then(b.0.cmp(&a.0))).map_or(0, |(class, _)| class)
        };
        let nearest = share_of_classes(&class, |i| class[others(i)[0].1]);
        let line = line.and_then(|answers| share_of_classes(&class, |i| largest(i, &answers)));
        return Some((nearest, line));
    }
    let first = |answers: &[f64]| -> Vec<f64> { answers.iter().step_by(data.outputs).copied().collect() };
    let targets = first(&y);
    let near = |i: usize| {
        let all = others(i);
        all.iter().take(NEAREST).map(|(_, j)| targets[*j]).sum::<f64>() / all.len().min(NEAREST) as f64
    };
    let line = line.map(|answers| first(&answers));
    Some((share_of_numbers(&targets, near), line.and_then(|line| share_of_numbers(&targets, |i| line[i]))))
}

/// The share of the way from the most frequent class to perfect that answers cover.
fn share_of_classes(class: &[usize], answer: impl Fn(usize) -> usize) -> Option<f64> {
    let right = (0..class.len()).filter(|i| answer(*i) == class[*i]).count();
    let most = class.iter().map(|own| class.iter().filter(|other| *other == own).count()).max()?;
    let (right, majority) = (right as f64 / class.len() as f64, most as f64 / class.len() as f64);
    finite((right - majority) / (1.0 - majority))
}

/// R² of answers.
fn share_of_numbers(targets: &[f64], answer: impl Fn(usize) -> f64) -> Option<f64> {
    let mean = targets.iter().sum::<f64>() / targets.len() as f64;
    let error: f64 = targets.iter().enumerate().map(|(i, y)| (answer(i) - y).powi(2)).sum();
    finite(1.0 - error / targets.iter().map(|y| (y - mean).powi(2)).sum::<f64>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Fitted;

    fn table(x: Vec<f64>, class: &[u32], classes: usize) -> Table {
        let one_hot =
            |class: &u32| (0..classes).map(|k| f64::from(u8::from(k == *class as usize))).collect::<Vec<_>>();
        Table {
            rows: class.len(),
            x,
            lengths: Vec::new(),
            y: class.iter().flat_map(one_hot).collect(),
            class: class.to_vec(),
            weight: Vec::new(),
            mask: Vec::new(),
            source_row: (0..class.len() as u32).collect(),
        }
    }

    fn prepared(train: Table, validation: Option<Table>, features: usize) -> Prepared {
        Prepared {
            train,
            validation,
            test: None,
            features,
            outputs: 2,
            steps: 1,
            answers: 1,
            task: Task::Classification,
            target_shift_scale: Vec::new(),
            fitted: Fitted { fills: Vec::new(), maps: Vec::new(), targets: Vec::new() },
        }
    }

    /// By hand: the first feature is 0 and 1 (sd 0.5), the second 0 to 300 (NumPy 2.4.6: sd 111.8), the third constant; of six rows in two
    /// parts two are equal across them.
    #[test]
    fn features_and_rows_are_measured() {
        let train = table(vec![0., 0., 7., 0., 100., 7., 1., 200., 7., 1., 300., 7.], &[0, 0, 1, 1], 2);
        let validation = table(vec![1., 300., 7., 0., 50., 7.], &[1, 0], 2);
        let names: Vec<String> = ["a", "b", "c"].map(String::from).to_vec();
        let found = measured(&prepared(train, Some(validation), 3), &names);
        assert_eq!((found.constant_features, found.features), (1, 3));
        assert_eq!(found.spread, Some(223.607));
        assert_eq!(found.offset, Some(1.341_64));
        assert_eq!((found.shared, found.shared_rows), (0.333_333, 2));
        assert_eq!(found.classes, [2, 2]);
        // The first feature is the class; the second correlates with it by 2 / sqrt(5).
        assert_eq!(found.teller, Some(("a".into(), 1.0, 0.894_427)));
        // Classes 0 0 1 1: two of three neighbours are equal, and chance gives a half.
        assert_eq!(found.neighbours, Some((0.666_667, 0.5)));
        assert_eq!(found.nearest, None);
    }

    /// By hand: of the three rows 4, 5, and 7 one was drawn twice.
    #[test]
    fn rows_that_were_drawn_again_are_counted() {
        let train = table(vec![0., 1., 2.], &[0, 1, 0], 2);
        let mut validation = table(vec![4., 5., 5., 7.], &[0, 1, 1, 0], 2);
        validation.source_row = vec![4, 5, 5, 7];
        assert_eq!(measured(&prepared(train.clone(), Some(validation), 1), &[]).redrawn_rows, 1);
        assert_eq!(measured(&prepared(train, None, 1), &[]).redrawn_rows, 0);
    }

    /// By hand: the zoo's E6, a whole table of three features, and what is none.
    #[test]
    fn combinations_of_two_values_are_counted() {
        let found = combinations(&[0., 0., 0., 0., 1., 0., 0., 1.], 2).unwrap();
        assert_eq!((found.there, found.possible), (3, 4));
        assert_eq!((found.missing, found.repeated), (vec!["(1, 1)".to_string()], vec!["(0, 0)".to_string()]));
        let whole: Vec<f64> = (0..8).flat_map(|i| [i >> 2 & 1, i >> 1 & 1, i & 1].map(f64::from)).collect();
        let found = combinations(&whole, 3).unwrap();
        assert_eq!((found.there, found.possible, found.missing.len(), found.repeated.len()), (8, 8, 0, 0));
        assert_eq!(combinations(&[-1., 0.5, 1., 0.5], 2), None, "a constant");
        assert_eq!(combinations(&[0., 0., 1., 1., 2., 0.], 2), None, "three values");
        assert_eq!(combinations(&[0., 1.].repeat(9), 2), None, "nine rows of four are no truth table");
        assert_eq!(combinations(&[0., 1.], 1), None);
        assert_eq!(combinations(&[0., 0., f64::NAN, 1., 0., 0.], 2), None, "a gap is no value");
    }

    /// By hand: twelve points in two clusters far apart are told by their neighbours.
    #[test]
    fn neighbours_tell_classes() {
        let x: Vec<f64> = (0..12).map(|i| f64::from(i / 6 * 100 + i)).collect();
        let class: Vec<u32> = (0..12).map(|i| i / 6).collect();
        let found = measured(&prepared(table(x, &class, 2), None, 1), &[]);
        assert_eq!((found.nearest, found.linear, found.alike), (Some(1.0), Some(1.0), None));
    }

    /// By hand: classes that take turns along a line are told by no straight boundary, and by the row before and after even less.
    #[test]
    fn a_straight_boundary_does_not_tell_what_bends() {
        let x: Vec<f64> = (0..12).map(f64::from).collect();
        let inside: Vec<u32> = (0..12).map(|i| u32::from((4..8).contains(&i))).collect();
        let found = measured(&prepared(table(x, &inside, 2), None, 1), &[]);
        // Each row's nearest is the one before it, or the next of the first: 2 of 12 are wrong, and 8 of 12 are outside.
        assert_eq!(found.nearest, Some(0.5));
        assert!(found.linear.unwrap() <= 0.0, "{:?}", found.linear);
    }

    /// By hand: of six rows four have the features 1, half of them with another target: 6 rows for 3 different ones, 4 of 6 contradicted.
    #[test]
    fn rows_of_equal_features_are_told_from_copies() {
        let train = table(vec![1., 1., 1., 1., 2., 3.], &[0, 0, 1, 1, 0, 1], 2);
        assert_eq!(measured(&prepared(train, None, 1), &[]).alike, Some((2.0, 0.666_667)));
        let copies = table(vec![1., 1., 2., 2.], &[0, 0, 1, 1], 2);
        assert_eq!(measured(&prepared(copies, None, 1), &[]).alike, Some((2.0, 0.0)));
    }
}
