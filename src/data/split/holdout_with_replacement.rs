//! The split `holdout_with_replacement`.
//!
//! It repeats a common mistake on purpose; `holdout` draws every test row once.

use super::{Assignment, Groups, check_parts, rounded};
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};
use crate::data::Dataset;
use crate::data::fault::Faulty;
use crate::diagnostic::{CLASS_TOO_SMALL, Diagnostic};
use crate::rng::{self, Purpose};
use crate::text;

pub static THIS: Entry = Entry {
    name: "holdout_with_replacement",
    family: Family::Split,
    summary: "test rows drawn with replacement, so that some are tested twice",
    docs: "\
The test part is `round(test · rows)` draws from all rows, each row as likely at every draw, so that some occur several times (of 150 rows
and 30 draws 2.7 on average). Rows that were never drawn train; of these as many as the test rows that repeat are left out, at random,
so that the training part always has `rows - round(test · rows)` of them.

For reproducing programs that draw test rows with `choice(rows, n)` and forget `replace=False`: a repeated row counts twice, and
the metrics move more from seed to seed than those of as many different rows. Otherwise use `holdout`. There is no validation part, and classes are not balanced:
with a large share a class may have no row in the training part of some seed. Fewer training rows than classes are refused.",
    params: &[Param {
        key: "test",
        kind: Kind::Real(Range::open(0.0, 1.0)),
        role: Role::Structural,
        default: Default::Real(0.2),
        docs: "Draws that judge, as a share of all rows.",
    }],
    facts: Facts::Plain,
};

pub(super) fn assign(dataset: &Dataset, share: f64, seed: u64) -> Faulty<Assignment> {
    let rows = dataset.rows();
    let count = rounded(share, rows);
    check_parts(rows, &[("train", Some(rows - count)), ("test", Some(count))])?;
    let classes = Groups::of(dataset, true).sizes().len();
    if rows - count < classes {
        let left = text::count(rows - count, "row");
        let title = format!("the training part would have {left} for {}", text::count(classes, "class"));
        let help = "use a smaller share in `split`: a class without a row cannot be learned";
        return Err(vec![Diagnostic::error(&CLASS_TOO_SMALL, title).help(help)]);
    }
    let mut draws = rng::stream(seed, Purpose::Split, 0);
    let mut test: Vec<u32> = (0..count).map(|_| draws.below(rows as u64) as u32).collect();
    test.sort_unstable();
    let mut train: Vec<u32> = (0..rows as u32).filter(|row| test.binary_search(row).is_err()).collect();
    draws.shuffle(&mut train);
    train.truncate(rows - count);
    train.sort_unstable();
    Ok(Assignment { train, validation: Vec::new(), test, labels: None })
}
