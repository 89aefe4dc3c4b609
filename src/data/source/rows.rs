//! The source `rows`: rows written in the experiment itself.
//!
//! It gives rows and targets only; that they make a table is checked where the experiment is read.

use super::{Generator, Made};
use crate::catalog::{Choice, Default, Entry, Facts, Family, Kind, Param, Range, Role, TaskKind, Value};
use crate::data::cell::sort_categories;

const NUMBER: Kind = Kind::Real(Range::REAL);

pub static THIS: Generator = Generator {
    entry: Entry {
        name: "rows",
        family: Family::Source,
        summary: "rows written in the experiment itself",
        docs: "\
    source = { name = \"rows\", x = [[0, 0], [0, 1], [1, 0], [1, 1]], y = [0, 1, 1, 0] }

For tables small enough to be read: a truth table, the rows of a question. `x` has a list of numbers for each row, all of one length; `y` has
for each row a number, a word (the name of a class), or a list of numbers (several targets). Features `x1`, `x2`, ... (`x` when there is one),
targets `y` or `y1`, `y2`, .... The task is inferred as for a file: words, or few distinct whole numbers, are classes.",
        params: &[
            Param {
                key: "x",
                kind: Kind::List(&Kind::List(&NUMBER)),
                role: Role::Structural,
                default: Default::Required,
                docs: "The features: a list of numbers for each row.",
            },
            Param {
                key: "y",
                kind: Kind::List(&Kind::OneOf(&[NUMBER, Kind::Text, Kind::List(&NUMBER)])),
                role: Role::Structural,
                default: Default::Required,
                docs: "The targets: a number, a class name, or a list of numbers for each row.",
            },
        ],
        facts: Facts::Source { task: TaskKind::Any },
    },
    make,
};

fn list<'a>(choice: &'a Choice, key: &str) -> &'a [Value] {
    match choice.get(key) {
        Some(Value::List(items)) => items,
        _ => &[],
    }
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Real(x) => vec![*x],
        Value::Count(n) => vec![*n as f64],
        Value::List(items) => items.iter().flat_map(numbers).collect(),
        _ => Vec::new(),
    }
}

fn make(choice: &Choice) -> Made {
    let (rows, targets) = (list(choice, "x"), list(choice, "y"));
    let words: Vec<&str> = targets.iter().filter_map(word).collect();
    let mut classes: Vec<String> = words.iter().map(|word| word.to_string()).collect();
    sort_categories(&mut classes);
    classes.dedup();
    let place = |word: &str| classes.iter().position(|class| class == word).map_or(f64::NAN, |at| at as f64);
    let y: Vec<f64> = match words.is_empty() {
        true => targets.iter().flat_map(numbers).collect(),
        false => words.into_iter().map(place).collect(),
    };
    let features = rows.first().map_or(0, |row| numbers(row).len());
    Made { features, x: rows.iter().flat_map(numbers).collect(), y, classes, ..Made::default() }
}

fn word(value: &Value) -> Option<&str> {
    match value {
        Value::Text(word) => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::catalog::{Choice, Value};

    fn row(values: &[f64]) -> Value {
        Value::List(values.iter().map(|x| Value::Real(*x)).collect())
    }

    fn made(x: Value, y: Value) -> super::Made {
        super::make(&Choice { entry: &super::THIS.entry, values: vec![Some(x), Some(y)] })
    }

    #[test]
    fn rows_are_as_written() {
        let x = Value::List(vec![row(&[1.0, 2.0]), row(&[3.0, 4.0]), row(&[5.0, 6.0])]);
        let words = ["b", "a", "b"].map(|word| Value::Text(word.into()));
        let found = made(x.clone(), Value::List(words.into()));
        assert_eq!((found.features, found.outputs(), found.steps), (2, 1, 1));
        assert_eq!(found.x, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        // Classes by name.
        assert_eq!((found.y, found.classes), (vec![1.0, 0.0, 1.0], vec!["a".to_string(), "b".into()]));
        let y = Value::List(vec![row(&[1.0, 0.0]), row(&[0.0, 1.0]), row(&[1.0, 1.0])]);
        let found = made(x, y);
        assert_eq!((found.outputs(), found.y), (2, vec![1.0, 0.0, 0.0, 1.0, 1.0, 1.0]));
    }
}
