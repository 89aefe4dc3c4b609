//! Where two versions of a results file differ first, and by how much.
//!
//! It compares; which of the two is right is not asked here.

use std::collections::BTreeMap;

/// What differs in a file.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Difference {
    /// The first place, in words.
    pub(super) place: String,
    /// The largest difference of two numbers by the larger of them; infinite where something else differs.
    pub(super) largest: f64,
}

/// The first difference of a file; `None` where both are the same.
pub(super) fn first(name: &str, there: &[u8], again: &[u8]) -> Option<Difference> {
    if there == again {
        return None;
    }
    let other = |place: String| Some(Difference { place, largest: f64::INFINITY });
    let (Ok(a), Ok(b)) = (std::str::from_utf8(there), std::str::from_utf8(again)) else {
        return other("it is no text".into());
    };
    if name.ends_with(".csv") { tables(a, b) } else { None }.or_else(|| other(line(a, b)))
}

/// The first line that differs, around the place where it does.
fn line(there: &str, again: &str) -> String {
    let (a, b): (Vec<&str>, Vec<&str>) = (there.lines().collect(), again.lines().collect());
    let Some(at) = a.iter().zip(&b).position(|(a, b)| a != b) else {
        return match a.len().cmp(&b.len()) {
            std::cmp::Ordering::Equal => "only line ends differ".into(),
            _ => format!("it has {} lines, and {} trained again", a.len(), b.len()),
        };
    };
    let same = a[at].chars().zip(b[at].chars()).take_while(|(a, b)| a == b).count();
    let from = same.saturating_sub(24);
    let part = |line: &str| line.chars().skip(from).take(60).collect::<String>();
    format!("line {}: `{}`, trained again `{}`", at + 1, part(a[at]), part(b[at]))
}

/// The columns by which rows are told apart.
const KEYS: [&str; 8] = ["trial", "configuration", "epoch", "seed", "fold", "a", "b", "data"];

/// A table in memory.
struct Table {
    columns: Vec<String>,
    rows: Vec<csv::StringRecord>,
}

impl Table {
    fn read(text: &str) -> Option<Table> {
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let columns = reader.headers().ok()?.iter().map(String::from).collect();
        Some(Table { columns, rows: reader.records().collect::<Result<_, _>>().ok()? })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column == name)
    }

    /// A row in words: `trial 5fb203acd9b5, epoch 12`.
    fn told(&self, row: usize) -> String {
        let cell = |key: &&str| {
            let value = self.rows[row].get(self.column(key)?)?;
            (!value.is_empty()).then(|| format!("{key} {value}"))
        };
        let found: Vec<String> = KEYS.iter().filter_map(cell).collect();
        if found.is_empty() { format!("row {}", row + 1) } else { found.join(", ") }
    }

    /// What names a row among those of its table: trial and, where there is one, epoch.
    fn key(&self, row: usize) -> Option<(String, String)> {
        let cell = |name: &str| Some(self.rows[row].get(self.column(name)?)?.to_string());
        Some((cell("trial")?, cell("epoch").unwrap_or_default()))
    }
}

/// The first cell that differs, and the largest difference.
#[derive(Default)]
struct Cells {
    first: Option<String>,
    largest: f64,
}

impl Cells {
    fn compare(&mut self, place: impl Fn() -> String, column: &str, there: &str, again: &str) {
        if there == again {
            return;
        }
        self.largest = self.largest.max(apart(there, again));
        self.first.get_or_insert_with(|| {
            let shown = |cell: &str| if cell.is_empty() { "empty".to_string() } else { format!("`{cell}`") };
            format!("{}: {column} is {}, trained again {}", place(), shown(there), shown(again))
        });
    }

    fn found(self) -> Option<Difference> {
        self.first.map(|place| Difference { place, largest: self.largest })
    }
}

/// Two numbers by the larger of them; infinite for what is no number.
fn apart(a: &str, b: &str) -> f64 {
    let number = |text: &str| text.parse::<f64>().ok().filter(|x| x.is_finite());
    match (number(a), number(b)) {
        (Some(a), Some(b)) if a == b => 0.0,
        (Some(a), Some(b)) => (a - b).abs() / a.abs().max(b.abs()),
        _ => f64::INFINITY,
    }
}

fn tables(there: &str, again: &str) -> Option<Difference> {
    let (a, b) = (Table::read(there)?, Table::read(again)?);
    if a.columns != b.columns {
        return None;
    }
    let mut cells = Cells::default();
    for (row, (x, y)) in a.rows.iter().zip(&b.rows).enumerate() {
        for (column, name) in a.columns.iter().enumerate() {
            let of = |record: &csv::StringRecord| record.get(column).unwrap_or_default().to_string();
            cells.compare(|| a.told(row), name, &of(x), &of(y));
        }
    }
    if a.rows.len() != b.rows.len() && cells.first.is_none() {
        cells.first = Some(format!("it has {} rows, and {} trained again", a.rows.len(), b.rows.len()));
        cells.largest = f64::INFINITY;
    }
    cells.found()
}

/// The first difference among the rows that both tables have, by trial and epoch, in the columns that both have. A cell that is empty in
/// either says nothing: of some trials alone not everything is known. `wanted` are trials that must be there.
pub(super) fn common(there: &[u8], again: &[u8], wanted: &[String]) -> Option<Difference> {
    let text = |bytes| std::str::from_utf8(bytes).ok().and_then(Table::read);
    let (Some(a), Some(b)) = (text(there), text(again)) else {
        return Some(Difference { place: "it is no table".into(), largest: f64::INFINITY });
    };
    let known: BTreeMap<(String, String), usize> =
        (0..a.rows.len()).filter_map(|row| Some((a.key(row)?, row))).collect();
    let is_known = |trial: &&String| {
        known.range(((*trial).clone(), String::new())..).next().is_some_and(|(key, _)| key.0 == **trial)
    };
    if let Some(trial) = wanted.iter().find(|trial| !is_known(trial)) {
        return Some(Difference { place: format!("trial {trial} is not there"), largest: f64::INFINITY });
    }
    let mut cells = Cells::default();
    for row in 0..b.rows.len() {
        let Some(twin) = b.key(row).and_then(|key| known.get(&key)).copied() else { continue };
        for (at, name) in b.columns.iter().enumerate() {
            let Some(column) = a.column(name) else { continue };
            let (x, y) =
                (a.rows[twin].get(column).unwrap_or_default(), b.rows[row].get(at).unwrap_or_default());
            if !x.is_empty() && !y.is_empty() {
                cells.compare(|| a.told(twin), name, x, y);
            }
        }
    }
    cells.found()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRIALS: &str = "trial,seed,train_loss,note\nab,0,0.5,x\ncd,1,0.25,y\n";

    #[track_caller]
    fn differs(name: &str, there: &str, again: &str, place: &str, largest: f64) {
        let found = first(name, there.as_bytes(), again.as_bytes()).unwrap();
        assert_eq!((found.place.as_str(), found.largest), (place, largest));
    }

    #[test]
    fn the_first_cell_and_the_largest_difference() {
        assert_eq!(first("trials.csv", TRIALS.as_bytes(), TRIALS.as_bytes()), None);
        let again = TRIALS.replace("0.25", "0.5").replace("0.5,x", "0.4,x");
        let place = "trial ab, seed 0: train_loss is `0.5`, trained again `0.4`";
        differs("trials.csv", TRIALS, &again, place, 0.5);
        let other = TRIALS.replace(",y", ",z");
        differs(
            "trials.csv",
            TRIALS,
            &other,
            "trial cd, seed 1: note is `y`, trained again `z`",
            f64::INFINITY,
        );
        let shorter = TRIALS.replace("cd,1,0.25,y\n", "");
        differs("trials.csv", TRIALS, &shorter, "it has 2 rows, and 1 trained again", f64::INFINITY);
    }

    #[test]
    fn other_files_line_by_line() {
        differs("README.md", "a\nbc\n", "a\nbd\n", "line 2: `bc`, trained again `bd`", f64::INFINITY);
        differs("README.md", "a\n", "a\nb\n", "it has 1 lines, and 2 trained again", f64::INFINITY);
        let header = TRIALS.replace("note", "remark");
        let place = "line 1: `trial,seed,train_loss,note`, trained again `trial,seed,train_loss,remark`";
        differs("trials.csv", TRIALS, &header, place, f64::INFINITY);
    }

    #[test]
    fn rows_in_common() {
        let again = "trial,train_loss,more\ncd,0.75,1\n";
        let found = common(TRIALS.as_bytes(), again.as_bytes(), &["cd".into()]).unwrap();
        assert_eq!(found.place, "trial cd, seed 1: train_loss is `0.25`, trained again `0.75`");
        assert_eq!(common(TRIALS.as_bytes(), b"trial,train_loss\ncd,\n", &[]), None);
        let missing = common(TRIALS.as_bytes(), again.as_bytes(), &["cc".into()]).unwrap();
        assert_eq!(missing.place, "trial cc is not there");
    }
}
