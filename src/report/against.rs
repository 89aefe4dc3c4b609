//! Two results folders against one another: what differs between them, beside how far runs of one experiment lie apart anyway.
//!
//! A pure function of two manifests, two `trials.csv`, and two resolved experiments. Trials are paired by seed (and fold), arms by the
//! axis that both experiments compare, where that names one configuration each, else by all axes. It gives no verdict on arms: that is
//! the comparison within an experiment.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::published::{Published, compared_by};
use crate::catalog::sections::CONFIDENCE;
use crate::stats::{self, Folds, Paired};
use crate::{disk, text};

/// One of the two folders.
#[derive(Clone, Copy, Debug)]
pub struct Side<'a> {
    pub name: &'a str,
    pub published: &'a Published,
    /// Its `trials.csv`.
    pub trials: &'a [u8],
    /// Its `experiment.toml`.
    pub experiment: &'a [u8],
}

/// What two folders say of each arm that both have.
#[derive(Clone, Debug, PartialEq)]
pub struct Against {
    pub part: String,
    pub metric: String,
    rows: Vec<Row>,
    /// What else differs, in sentences.
    remarks: Vec<String>,
}

/// One arm.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    arm: String,
    /// Trials with a value in either folder.
    trials: [usize; 2],
    /// `b - a` over the pairs.
    paired: Paired,
    /// The same number in every pair.
    is_same: bool,
    /// How far the means of two runs with other seeds lie apart, in 95 of 100 cases, if nothing but seeds differs.
    noise: Option<f64>,
}

/// In the order in which they are asked for.
const PARTS: [&str; 3] = ["test", "validation", "train"];
const METRICS: [&str; 4] = ["accuracy", "subset_accuracy", "rmse", "loss"];

/// Compares two folders by `metric` on `part`; without one, by the first of those that both have values of.
pub fn against(
    a: Side<'_>,
    b: Side<'_>,
    part: Option<&str>,
    metric: Option<&str>,
) -> Result<Against, String> {
    let tables = [Trials::read(a)?, Trials::read(b)?];
    let (part, metric) = chosen(&tables, part, metric)?;
    let column = format!("{part}_{metric}");
    let by = [a, b].map(|side| compared_by(side.experiment));
    let values = named(&tables, &column, &by);
    let mut rows = Vec::new();
    for (arm, first) in &values[0] {
        let Some(second) = values[1].get(arm) else { continue };
        rows.extend(row(arm, first, second));
    }
    if rows.is_empty() {
        let name = |arm: &String| format!("`{arm}`");
        let names = |values: &ByArm| values.keys().take(8).map(name).collect::<Vec<_>>().join(", ");
        return Err(format!(
            "no arm of both has {metric} on the {part} part for a seed that both have\n`{}` has {}\n`{}` has {}\n\
             help: name two runs of one experiment, or experiments with the same arms; `--part` and `--metric` ask for others",
            a.name,
            names(&values[0]),
            b.name,
            names(&values[1])
        ));
    }
    let mut remarks = remarks(a, b);
    for (here, there, name) in [(0, 1, a.name), (1, 0, b.name)] {
        let only = values[here].keys().filter(|arm| !values[there].contains_key(*arm)).count();
        if only > 0 {
            remarks.push(format!("{} of `{name}` alone are left out.", text::count(only, "arm")));
        }
    }
    Ok(Against { part, metric, rows, remarks })
}

/// Values of an arm by seed and fold.
type Values = BTreeMap<String, f64>;
type ByArm = BTreeMap<String, Values>;

/// A table of trials.
struct Trials {
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Trials {
    fn read(side: Side<'_>) -> Result<Trials, String> {
        let mut reader = csv::Reader::from_reader(side.trials);
        let fault = |error: csv::Error| format!("`trials.csv` of `{}` cannot be read: {error}", side.name);
        let columns: Vec<String> = reader.headers().map_err(fault)?.iter().map(String::from).collect();
        let rows = reader.records().collect::<Result<_, _>>().map_err(fault)?;
        let trials = Trials { columns, rows };
        match (trials.at("configuration"), trials.at("seed")) {
            (Some(from), Some(to)) if from < to => Ok(trials),
            _ => Err(format!("`trials.csv` of `{}` has no columns `configuration` and `seed`", side.name)),
        }
    }

    fn at(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// Numbers of a column by arm and seed. An arm is named by the column `by`, or else by those between `configuration` and `seed`: the
    /// axes. `None` where a name has two numbers of one seed, and so is not that of an arm.
    fn values(&self, column: &str, by: Option<&str>) -> Option<ByArm> {
        let mut found = ByArm::new();
        let (Some(at), Some(from), Some(to)) = (self.at(column), self.at("configuration"), self.at("seed"))
        else {
            return Some(found);
        };
        let fold = self.at("fold");
        let axes: Vec<usize> = match by {
            Some(by) => vec![self.at(by)?],
            None => (from + 1..to).filter(|at| Some(*at) != fold).collect(),
        };
        for row in &self.rows {
            let cell = |at: usize| row.get(at).unwrap_or_default();
            let Some(value) = cell(at).parse::<f64>().ok().filter(|value| value.is_finite()) else {
                continue;
            };
            let labels: Vec<&str> = axes.iter().map(|at| cell(*at)).filter(|l| !l.is_empty()).collect();
            let arm = if labels.is_empty() { "all".to_string() } else { labels.join(", ") };
            let seed = format!("{} {}", cell(to), fold.map_or("", cell));
            if found.entry(arm).or_default().insert(seed, value).is_some() && by.is_some() {
                return None;
            }
        }
        Some(found)
    }
}

/// Numbers of both tables under names that mean the same in both: the values of the axis that both experiments compare, where each is
/// one configuration (the tuned one, on the part that was opened for it alone), else the values of all axes.
fn named(tables: &[Trials; 2], column: &str, by: &[Option<String>; 2]) -> [ByArm; 2] {
    if let [Some(a), Some(b)] = by
        && a == b
        && let (Some(x), Some(y)) = (tables[0].values(column, Some(a)), tables[1].values(column, Some(a)))
    {
        return [x, y];
    }
    [0, 1].map(|side: usize| tables[side].values(column, None).unwrap_or_default())
}

/// The part and metric to compare by.
fn chosen(
    tables: &[Trials; 2],
    part: Option<&str>,
    metric: Option<&str>,
) -> Result<(String, String), String> {
    let has = |part: &str, metric: &str| {
        let column = format!("{part}_{metric}");
        tables.iter().all(|table| table.values(&column, None).is_some_and(|values| !values.is_empty()))
    };
    let parts = part.map_or(PARTS.to_vec(), |part| vec![part]);
    let metrics = metric.map_or(METRICS.to_vec(), |metric| vec![metric]);
    for part in &parts {
        if let Some(metric) = metrics.iter().find(|metric| has(part, metric)) {
            return Ok(((*part).to_string(), (*metric).to_string()));
        }
    }
    let asked = match metric {
        Some(metric) => format!("{metric} on the {} part", parts.join(" or ")),
        None => format!("a metric on the {} part", parts.join(" or ")),
    };
    let of_both = |part: &&str| {
        let names = tables[0].columns.iter().filter_map(|name| name.strip_prefix(&format!("{part}_")));
        let shared: Vec<&str> = names.filter(|metric| has(part, metric)).collect();
        (!shared.is_empty()).then(|| format!("on the {part} part both have {}", shared.join(", ")))
    };
    let shared: Vec<String> = PARTS.iter().filter_map(of_both).collect();
    let help =
        if shared.is_empty() { "they have no metric in common".to_string() } else { shared.join("; ") };
    Err(format!("the two have no values of {asked} in common\nhelp: {help}"))
}

fn row(arm: &str, a: &Values, b: &Values) -> Option<Row> {
    let pairs: Vec<(f64, f64)> = b.iter().filter_map(|(seed, y)| Some((*y, *a.get(seed)?))).collect();
    let (second, first): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let paired = stats::compare(&second, &first, CONFIDENCE, Folds::Independent)?;
    let all = |values: &Values| values.values().copied().collect::<Vec<f64>>();
    Some(Row {
        arm: arm.to_string(),
        trials: [a.len(), b.len()],
        is_same: pairs.iter().all(|(y, x)| y == x),
        noise: noise(&all(a), &all(b)),
        paired,
    })
}

/// Half the width of a 95 % interval of the difference of two means of independent samples with these variances (Welch's standard error,
/// with the smaller number of degrees of freedom).
fn noise(a: &[f64], b: &[f64]) -> Option<f64> {
    let (sd_a, sd_b) = (stats::sd(a)?, stats::sd(b)?);
    let error = (sd_a * sd_a / a.len() as f64 + sd_b * sd_b / b.len() as f64).sqrt();
    Some(stats::t_quantile(a.len().min(b.len()) - 1, CONFIDENCE) * error)
}

/// How the two were made differently, as far as their manifests say.
fn remarks(a: Side<'_>, b: Side<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let digests = |side: Side<'_>| side.published.data.iter().map(|d| d.sha256.clone()).collect::<Vec<_>>();
    if digests(a) != digests(b) {
        found.push("They rest on different data: a difference may be that of the data.".to_string());
    }
    let of = |side: Side<'_>, name: &str| {
        side.published.files.iter().find(|file| file.name == name).map(|file| file.sha256.clone())
    };
    for side in [a, b] {
        for (name, bytes) in [("trials.csv", side.trials), ("experiment.toml", side.experiment)] {
            if of(side, name) != Some(disk::sha256(bytes)) {
                found.push(format!(
                    "`{name}` of `{}` is not what its manifest says: it was changed.",
                    side.name
                ));
            }
        }
    }
    let (same_experiment, same_trials) = (a.experiment == b.experiment, a.trials == b.trials);
    found.push(match (same_experiment, same_trials) {
        (true, true) => "One experiment with the same bytes in `trials.csv`.".to_string(),
        (true, false) => "One experiment: what differs comes from the program or the machine.".to_string(),
        (false, _) => {
            "Their experiments differ; `diff` of the two `experiment.toml` says in what.".to_string()
        }
    });
    let (x, y) = (a.published, b.published);
    if (x.numerics, &x.engine) != (y.numerics, &y.engine) {
        found.push(format!(
            "Arithmetic: `{}` numerics {} by {}, `{}` numerics {} by {}.",
            a.name, x.numerics, x.engine, b.name, y.numerics, y.engine
        ));
    }
    found
}

impl Row {
    /// What can be said of the difference.
    fn told(&self) -> &'static str {
        let Some(interval) = self.paired.interval else { return "too few pairs to say" };
        let is_within = self.noise.is_some_and(|noise| self.paired.delta.abs() <= noise);
        match (self.is_same, interval.low > 0.0 || interval.high < 0.0, is_within) {
            (true, _, _) => "the same numbers",
            (_, false, true) => "within the noise",
            (_, false, false) => "not to be told from 0",
            (_, true, true) => "a difference that only equal seeds show",
            (_, true, false) => "beyond the noise",
        }
    }

    fn json(&self) -> Value {
        let interval = self.paired.interval;
        json!({
            "arm": self.arm,
            "pairs": self.paired.n,
            "trials_a": self.trials[0],
            "trials_b": self.trials[1],
            "mean_a": self.paired.mean_b,
            "mean_b": self.paired.mean_a,
            "difference": self.paired.delta,
            "low": interval.map(|i| i.low),
            "high": interval.map(|i| i.high),
            "noise": self.noise,
            "told": self.told(),
        })
    }
}

impl Against {
    pub fn json(&self, a: &str, b: &str) -> Value {
        json!({
            "a": a,
            "b": b,
            "part": self.part,
            "metric": self.metric,
            "arms": self.rows.iter().map(Row::json).collect::<Vec<_>>(),
            "remarks": self.remarks,
        })
    }

    /// A table for people.
    pub fn text(&self, a: &str, b: &str) -> String {
        let number = |x: f64| text::significant(x, 4);
        let header =
            ["arm", "pairs", "A", "B", "B - A", "95 % interval", "noise of seeds", "so"].map(String::from);
        let mut lines: Vec<[String; 8]> = vec![header];
        for row in &self.rows {
            let p = &row.paired;
            let interval =
                p.interval.map_or("-".to_string(), |i| format!("{} to {}", number(i.low), number(i.high)));
            lines.push([
                row.arm.clone(),
                p.n.to_string(),
                number(p.mean_b),
                number(p.mean_a),
                number(p.delta),
                interval,
                row.noise.map_or("-".to_string(), |noise| format!("±{}", number(noise))),
                row.told().to_string(),
            ]);
        }
        let width = |column: usize| lines.iter().map(|l| l[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..8).map(width).collect();
        let mut out = format!(
            "{} on the {} part, A = {a}, B = {b}; means over paired seeds\n\n",
            self.metric, self.part
        );
        for line in &lines {
            let cell = |(at, text): (usize, &String)| {
                let pad = " ".repeat(widths[at] - text.chars().count());
                if at == 0 || at == 7 { format!("{text}{pad}") } else { format!("{pad}{text}") }
            };
            let cells: Vec<String> = line.iter().enumerate().map(cell).collect();
            out.push_str(&format!("{}\n", cells.join("  ").trim_end()));
        }
        out.push_str(
            "\nNoise of seeds: how far the means of two such runs with other seeds lie apart in 95 of 100 cases, if nothing else differs.\n",
        );
        self.remarks.iter().for_each(|remark| out.push_str(&format!("{remark}\n")));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn published() -> Published {
        Published::read(b"format = 1\n").unwrap()
    }

    fn compare(a: &str, b: &str) -> Result<Against, String> {
        let published = published();
        let side = |name, trials: &'static str| Side {
            name,
            published: &published,
            trials: trials.as_bytes(),
            experiment: b"[compare]\nby = \"pairing\"\n",
        };
        against(
            side("a", Box::leak(a.to_string().into_boxed_str())),
            side("b", Box::leak(b.to_string().into_boxed_str())),
            None,
            None,
        )
    }

    fn table(values: &[f64]) -> String {
        let row = |(seed, value): (usize, &f64)| format!("t,c,softmax,{seed},{value}\n");
        format!(
            "trial,configuration,pairing,seed,test_accuracy\n{}",
            values.iter().enumerate().map(row).collect::<String>()
        )
    }

    /// SciPy 1.17.1: `ttest_rel(b, a).confidence_interval()` and, of two samples of variance 0.025 each,
    /// `t.ppf(0.975, 4) * sqrt(2 * 0.025 / 5)`.
    #[test]
    fn differences_are_paired_and_noise_is_not() {
        let a = [0.5, 0.6, 0.7, 0.8, 0.9];
        let b = [0.52, 0.61, 0.73, 0.81, 0.93];
        let found = compare(&table(&a), &table(&b)).unwrap();
        let row = &found.rows[0];
        assert_eq!((row.arm.as_str(), row.trials, row.paired.n), ("softmax", [5, 5], 5));
        let interval = row.paired.interval.unwrap();
        assert!((row.paired.delta - 0.02).abs() < 1e-12, "{row:?}");
        assert!(
            (interval.low - 0.007_583_37).abs() < 1e-6 && (interval.high - 0.032_416_63).abs() < 1e-6,
            "{row:?}"
        );
        let equal = compare(&table(&a), &table(&a)).unwrap();
        assert!((equal.rows[0].noise.unwrap() - 0.277_644_51).abs() < 1e-6, "{equal:?}");
        assert_eq!(
            (row.told(), equal.rows[0].told()),
            ("a difference that only equal seeds show", "the same numbers")
        );
    }

    /// The tuned value is no part of an arm's name; where a name is that of two configurations, all axes tell them apart.
    #[test]
    fn arms_go_by_what_is_compared() {
        let tuned = |rate: &str, values: &[f64]| {
            table(values)
                .replace("pairing,seed", "pairing,rate,seed")
                .replace("softmax,", &format!("softmax,{rate},"))
        };
        let (first, second) = (tuned("0.1", &[0.5, 0.6]), tuned("0.3", &[0.6, 0.7]));
        let found = compare(&first, &second).unwrap();
        assert_eq!((found.rows[0].arm.as_str(), found.rows[0].paired.n), ("softmax", 2));
        let both = format!("{first}{}", second.split_once('\n').unwrap().1);
        let found = compare(&both, &both).unwrap();
        let arms: Vec<&str> = found.rows.iter().map(|row| row.arm.as_str()).collect();
        assert_eq!(arms, ["softmax, 0.1", "softmax, 0.3"]);
    }

    /// What lies there counts, not what a manifest says of it.
    #[test]
    fn a_changed_table_is_told() {
        let found = compare(&table(&[0.5, 0.6]), &table(&[0.5, 0.7])).unwrap();
        let told = found.text("a", "b");
        assert!(told.contains("`trials.csv` of `b` is not what its manifest says"), "{told}");
        assert!(
            told.contains("One experiment: what differs comes from the program or the machine"),
            "{told}"
        );
    }

    #[test]
    fn folders_without_an_arm_in_common_are_told() {
        let other = table(&[0.5, 0.6]).replace("softmax", "sigmoid");
        let fault = compare(&table(&[0.5, 0.6]), &other).unwrap_err();
        assert!(fault.contains("`a` has `softmax`") && fault.contains("`b` has `sigmoid`"), "{fault}");
        let fault = compare(&table(&[0.5]).replace("test_accuracy", "test_r2"), &table(&[0.5])).unwrap_err();
        assert!(fault.contains("no values of a metric"), "{fault}");
    }
}
