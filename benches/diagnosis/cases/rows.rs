//! Tables that no generator of `runner` makes, written into the experiment row by row: what they are faulty in must be known exactly.
//!
//! Numbers have three decimals, so that the text does not depend on the last bit of a logarithm.

use super::random::Random;

/// Features and targets of a table, target values as TOML.
#[derive(Clone, Default)]
pub(crate) struct Table {
    pub(crate) x: Vec<Vec<f64>>,
    pub(crate) y: Vec<String>,
}

impl Table {
    fn push(&mut self, x: Vec<f64>, y: impl Into<String>) {
        self.x.push(x);
        self.y.push(y.into());
    }

    /// The value of `data.source`.
    pub(crate) fn source(&self) -> String {
        let row = |row: &Vec<f64>| {
            let row: Vec<String> = row.iter().map(|v| decimal(*v)).collect();
            format!("[{}]", row.join(", "))
        };
        let x: Vec<String> = self.x.iter().map(row).collect();
        format!("{{ name = \"rows\", x = [{}], y = [{}] }}", x.join(", "), self.y.join(", "))
    }

    /// Every row `times` over, the copies anywhere.
    pub(crate) fn repeated(&self, times: usize, random: &mut Random) -> Table {
        let mut order: Vec<usize> = (0..self.x.len() * times).map(|i| i % self.x.len()).collect();
        for i in (1..order.len()).rev() {
            order.swap(i, random.between(0, i));
        }
        let mut all = Table::default();
        for i in order {
            all.push(self.x[i].clone(), self.y[i].clone());
        }
        all
    }

    pub(crate) fn scaled(mut self, factors: &[f64]) -> Table {
        for row in &mut self.x {
            row.iter_mut().zip(factors).for_each(|(value, factor)| *value *= factor);
        }
        self
    }

    /// One more feature: the target, with a little noise.
    pub(crate) fn with_target_as_feature(mut self, random: &mut Random) -> Table {
        for (row, y) in self.x.iter_mut().zip(&self.y) {
            row.push(y.trim_matches('"').parse::<f64>().unwrap_or(0.0) + 0.02 * random.normal());
        }
        self
    }

    /// Features that have nothing to do with the target: noise, or constants.
    pub(crate) fn with_other_features(mut self, constant: bool, random: &mut Random) -> Table {
        for row in &mut self.x {
            for (i, value) in row.iter_mut().enumerate() {
                *value = if constant { 0.5 * (i as f64 + 1.0) } else { random.normal() };
            }
        }
        self
    }
}

fn decimal(value: f64) -> String {
    let text = format!("{value:.3}");
    let text = text.trim_end_matches('0').trim_end_matches('.');
    if text == "-0" { "0".into() } else { text.into() }
}

/// Friedman's first function of five features in [0, 1) (Friedman 1991, "Multivariate adaptive regression splines"), divided by 5.
pub(crate) fn friedman(rows: usize, noise: f64, random: &mut Random) -> Table {
    let mut table = Table::default();
    for _ in 0..rows {
        let x: Vec<f64> = (0..5).map(|_| random.unit()).collect();
        let y = 10.0 * (std::f64::consts::PI * x[0] * x[1]).sin()
            + 20.0 * (x[2] - 0.5).powi(2)
            + 10.0 * x[3]
            + 5.0 * x[4]
            + noise * random.normal();
        table.push(x, decimal(y / 5.0));
    }
    table
}

/// As `friedman`, the target multiplied and moved, as prices or distances are.
pub(crate) fn large_targets(rows: usize, factor: f64, random: &mut Random) -> Table {
    let mut table = friedman(rows, 0.5, random);
    for y in &mut table.y {
        *y = decimal((y.parse::<f64>().unwrap_or(0.0) + 2.0) * factor);
    }
    table
}

/// Three labels of four features, two of them linear, one a product.
pub(crate) fn labels(rows: usize, random: &mut Random) -> Table {
    let mut table = Table::default();
    while table.x.len() < rows {
        let x: Vec<f64> = (0..4).map(|_| random.normal()).collect();
        let scores = [x[0] + x[1], x[2] - x[0] + 0.3, x[3] + 0.5 * x[1] * x[2]];
        if scores.iter().all(|s| s.abs() > 0.25) {
            let y: Vec<&str> = scores.iter().map(|s| if *s > 0.0 { "1" } else { "0" }).collect();
            table.push(x, format!("[{}]", y.join(", ")));
        }
    }
    table
}

/// Two Gaussian classes `distance` apart in three features, the second with a share of the rows; rows alternate by chance.
pub(crate) fn two_classes(rows: usize, share: f64, distance: f64, random: &mut Random) -> Table {
    let mut table = Table::default();
    let every = (1.0 / share).round() as usize;
    for i in 0..rows {
        let second = i % every == 0;
        let centre = if second { distance / 3f64.sqrt() } else { 0.0 };
        let x = (0..3).map(|_| centre + random.normal()).collect();
        table.push(x, if second { "1" } else { "0" });
    }
    table
}

/// One label of two features, 1 where a bent line is passed: for networks with a single output.
pub(crate) fn one_label(rows: usize, random: &mut Random) -> Table {
    let mut table = Table::default();
    while table.x.len() < rows {
        let x: Vec<f64> = (0..2).map(|_| random.normal()).collect();
        let score = x[0] + 0.6 * x[1] * x[1] - 0.5;
        if score.abs() > 0.15 {
            table.push(x, if score > 0.0 { "[1]" } else { "[0]" });
        }
    }
    table
}
