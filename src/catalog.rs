//! The catalogue: what can be named in an experiment, with documentation, parameters, and facts.
//!
//! Validation, did-you-mean, `runner list`, `runner explain`, `experiments/REFERENCE.md`, and `experiments/schema.json`
//! all walk the same [`Entry`] and [`Param`] tables. It holds no numerics: code lives beside each entry, in its family.

use std::fmt;

pub mod explain;
mod network;
mod planned;
pub mod reference;
pub mod schema;
pub mod sections;
pub mod topics;

/// A family of interchangeable names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    Activation,
    Loss,
    Initializer,
    Optimizer,
    Schedule,
    /// Generators of data (`xor`, `spiral`, ...). Files are named by path, not by entry.
    Source,
    Scale,
    Split,
    Metric,
    Sampler,
}

impl Family {
    pub const ALL: [Family; 10] = [
        Family::Activation,
        Family::Loss,
        Family::Initializer,
        Family::Optimizer,
        Family::Schedule,
        Family::Source,
        Family::Scale,
        Family::Split,
        Family::Metric,
        Family::Sampler,
    ];

    /// The word in messages and commands (`runner list activation`).
    pub fn name(self) -> &'static str {
        match self {
            Family::Activation => "activation",
            Family::Loss => "loss",
            Family::Initializer => "initializer",
            Family::Optimizer => "optimizer",
            Family::Schedule => "schedule",
            Family::Source => "source",
            Family::Scale => "scale",
            Family::Split => "split",
            Family::Metric => "metric",
            Family::Sampler => "sampler",
        }
    }
}

/// A named member of a family.
#[derive(Debug)]
pub struct Entry {
    /// As written in TOML; equals the file name in the family's folder (or starts with it, for groups such as `f1_macro`).
    pub name: &'static str,
    pub family: Family,
    /// One line, lower case, no full stop.
    pub summary: &'static str,
    /// Markdown: formula, when to use it, source of the equation.
    pub docs: &'static str,
    pub params: &'static [Param],
    pub facts: Facts,
}

/// What validation must know without knowing tensors.
#[derive(Debug)]
pub enum Facts {
    Plain,
    Activation {
        /// The values it can give.
        gives: Range,
        /// Outputs of one sample are non-negative and sum to 1 (softmax).
        distribution: bool,
        /// Natural logarithms of a distribution (log_softmax).
        log_distribution: bool,
    },
    Loss {
        /// The outputs it is defined on.
        accepts: Range,
        /// The targets it is defined on.
        targets: Range,
        /// What the targets of one sample are together. A loss that looks at more than one of them at a time has one value
        /// per sample instead of one per output.
        row: TargetRow,
        /// The outputs of one sample must be a distribution.
        distribution: bool,
        /// Output activations with which it is computed in one numerically sound form.
        fused_with: &'static [&'static str],
        /// Its derivative jumps where it is least, or where it begins to be: no step along a line is short enough there.
        has_kinks: bool,
    },
    /// An optimizer that evaluates the objective of the whole training part along lines: a smooth function of the parameters, the
    /// same each time.
    LineSearch,
    Metric {
        task: TaskKind,
        higher_is_better: bool,
        /// The best possible value.
        perfect: f64,
    },
    Source {
        task: TaskKind,
    },
    Sampler {
        /// It draws points, where a grid crosses all values.
        draws: bool,
        /// It needs to know how many configurations to try.
        counted: bool,
        /// What it asks for depends on validation results.
        learns: bool,
        /// It stops trials after some epochs.
        halts: bool,
        /// Most axes it can draw; `None`: any number.
        dimensions: Option<usize>,
    },
}

/// What the targets of one sample must be for a loss.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetRow {
    /// Numbers of which each stands for itself.
    Separate,
    /// One class: 1 in its place, 0 in all others.
    Class,
    /// Shares of a whole: not negative, sum 1. One class is such a row.
    Shares,
    /// Values along an axis, so that neighbours belong together.
    Signal,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TaskKind {
    Classification,
    Regression,
    Any,
}

/// A range of reals. `open_*` ends do not belong to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
    pub open_low: bool,
    pub open_high: bool,
}

impl Range {
    pub const REAL: Range = Range::open(f64::NEG_INFINITY, f64::INFINITY);
    pub const POSITIVE: Range = Range::open(0.0, f64::INFINITY);
    pub const NON_NEGATIVE: Range = Range::from(0.0);
    pub const UNIT: Range = Range::closed(0.0, 1.0);
    /// Numbers whose squares, and some powers more, single precision holds: those that formulas of networks are written with.
    pub const MODEST: Range = Range::closed(-1e6, 1e6);
    pub const MODEST_POSITIVE: Range = Range { low: 0.0, open_low: true, ..Range::MODEST };
    pub const MODEST_NON_NEGATIVE: Range = Range { low: 0.0, ..Range::MODEST };

    pub const fn closed(low: f64, high: f64) -> Range {
        Range { low, high, open_low: false, open_high: false }
    }
    pub const fn open(low: f64, high: f64) -> Range {
        Range { low, high, open_low: true, open_high: true }
    }
    /// `[low, high)`.
    pub const fn half_open(low: f64, high: f64) -> Range {
        Range { low, high, open_low: false, open_high: true }
    }
    /// `[low, inf)`.
    pub const fn from(low: f64) -> Range {
        Range { low, high: f64::INFINITY, open_low: false, open_high: true }
    }

    pub fn contains(&self, x: f64) -> bool {
        (x > self.low || (x == self.low && !self.open_low))
            && (x < self.high || (x == self.high && !self.open_high))
    }

    /// Every value of `self` belongs to the closure of `other` (an open end may touch a closed one: sigmoid's (0, 1) lies within [0, 1]).
    pub fn within(&self, other: &Range) -> bool {
        self.low >= other.low && self.high <= other.high
    }
}

impl fmt::Display for Range {
    /// `(0, 1]`, `above 0`, `at least 0`, `any number`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = crate::text::exact;
        match (self.low.is_finite(), self.high.is_finite()) {
            (false, false) => write!(f, "any number"),
            (true, false) if self.open_low => write!(f, "above {}", text(self.low)),
            (true, false) => write!(f, "at least {}", text(self.low)),
            (false, true) if self.open_high => write!(f, "below {}", text(self.high)),
            (false, true) => write!(f, "at most {}", text(self.high)),
            (true, true) => write!(
                f,
                "{}{}, {}{}",
                if self.open_low { '(' } else { '[' },
                text(self.low),
                text(self.high),
                if self.open_high { ')' } else { ']' }
            ),
        }
    }
}

/// A key of a table: a parameter of an entry, or a key of a section.
#[derive(Debug)]
pub struct Param {
    pub key: &'static str,
    pub kind: Kind,
    pub role: Role,
    pub default: Default,
    /// One sentence; units and what the default means.
    pub docs: &'static str,
}

/// May members of one population differ in it?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One value per member, a `[P, 1, 1]` column: it never splits a pack.
    Numeric,
    /// Splits packs.
    Structural,
}

/// What a key has when it is not written. A `const`-friendly twin of [`Value`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// The key must be written.
    Required,
    /// The key may be absent, and absence has a meaning of its own (told in `docs`).
    Absent,
    Real(f64),
    Count(u64),
    Flag(bool),
    /// A choice, a text, or the name of a member (with that member's own defaults).
    Word(&'static str),
}

/// What may be written.
#[derive(Clone, Copy, Debug)]
pub enum Kind {
    /// A finite number (integers are accepted).
    Real(Range),
    /// A whole number from `min` to `max`.
    Count {
        min: u64,
        max: u64,
    },
    Flag,
    Text,
    /// One of a closed list of words.
    Choice(&'static [&'static str]),
    /// A member of a family: its name, or a table with `name` and its parameters.
    Member(Family),
    /// One member of each of these families, joined by `+` (`"softmax+cross_entropy"`).
    Joined(&'static [Family]),
    List(&'static Kind),
    /// Any one of these, tried in order (`16` or `"full"`).
    OneOf(&'static [Kind]),
    /// A table with these keys.
    Table(&'static [Param]),
    /// A table whose keys the user chooses, all values of this kind.
    Map(&'static Kind),
    /// Any TOML value; the section's own code checks it.
    Any,
}

/// A checked value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Real(f64),
    Count(u64),
    Flag(bool),
    Text(String),
    Member(Box<Choice>),
    List(Vec<Value>),
    Table(Vec<(String, Value)>),
}

/// A member with all its parameters, defaults filled in.
#[derive(Clone, Debug)]
pub struct Choice {
    pub entry: &'static Entry,
    /// One per `entry.params`, in that order; `None` where the default is `Absent` and nothing was written.
    pub values: Vec<Option<Value>>,
}

impl PartialEq for Choice {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.entry, other.entry) && self.values == other.values
    }
}

impl Choice {
    /// The member with its defaults. Panics if the entry has a required parameter: a bug in the caller.
    pub fn defaults(entry: &'static Entry) -> Choice {
        let value = |p: &Param| match p.default {
            Default::Required => panic!("`{}` of `{}` has no default", p.key, entry.name),
            Default::Absent => None,
            Default::Real(x) => Some(Value::Real(x)),
            Default::Count(n) => Some(Value::Count(n)),
            Default::Flag(b) => Some(Value::Flag(b)),
            Default::Word(w) => Some(Value::Text(w.into())),
        };
        Choice { entry, values: entry.params.iter().map(value).collect() }
    }

    pub fn name(&self) -> &'static str {
        self.entry.name
    }

    /// Every parameter has its default.
    pub fn is_plain(&self) -> bool {
        self.entry.params.iter().zip(&self.values).all(|(p, v)| is_default(p, v.as_ref()))
    }

    /// The value of a parameter. Panics on a key the entry does not have: a bug in the caller.
    pub fn get(&self, key: &str) -> Option<&Value> {
        let index = self.entry.params.iter().position(|p| p.key == key);
        let index = index.unwrap_or_else(|| panic!("`{}` has no parameter `{key}`", self.entry.name));
        self.values[index].as_ref()
    }

    /// Whether the entry has a parameter of this name.
    pub fn has(&self, key: &str) -> bool {
        self.entry.params.iter().any(|p| p.key == key)
    }

    /// With another real value of a parameter. Panics on a key the entry does not have: a bug in the caller.
    pub fn with(mut self, key: &str, value: f64) -> Choice {
        let index = self.entry.params.iter().position(|p| p.key == key);
        let index = index.unwrap_or_else(|| panic!("`{}` has no parameter `{key}`", self.entry.name));
        self.values[index] = Some(Value::Real(value));
        self
    }

    /// A real or count parameter as `f64`. Panics when absent or of another kind: a bug in the caller.
    pub fn number(&self, key: &str) -> f64 {
        self.maybe_number(key).unwrap_or_else(|| panic!("`{key}` of `{}` is not a number", self.entry.name))
    }

    pub fn maybe_number(&self, key: &str) -> Option<f64> {
        match self.get(key)? {
            Value::Real(x) => Some(*x),
            Value::Count(n) => Some(*n as f64),
            _ => None,
        }
    }

    pub fn count(&self, key: &str) -> u64 {
        match self.get(key) {
            Some(Value::Count(n)) => *n,
            other => panic!("`{key}` of `{}` is not a count: {other:?}", self.entry.name),
        }
    }

    pub fn flag(&self, key: &str) -> bool {
        matches!(self.get(key), Some(Value::Flag(true)))
    }

    pub fn text(&self, key: &str) -> Option<&str> {
        match self.get(key)? {
            Value::Text(t) => Some(t),
            _ => None,
        }
    }

    /// What must be equal for two members to share a pack: the name and every structural value.
    pub fn structure(&self) -> String {
        let mut text = self.entry.name.to_string();
        for (param, value) in self.entry.params.iter().zip(&self.values) {
            if param.role == Role::Structural {
                text.push_str(&format!(" {}={}", param.key, value_text(value)));
            }
        }
        text
    }
}

impl fmt::Display for Choice {
    /// The name, or the TOML table where a parameter differs from its default: `{ name = "elu", alpha = 0.5 }`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let written: Vec<String> = (self.entry.params.iter().zip(&self.values))
            .filter(|(p, v)| !is_default(p, v.as_ref()))
            .map(|(p, v)| format!("{} = {}", p.key, value_text(v)))
            .collect();
        if written.is_empty() {
            f.write_str(self.entry.name)
        } else {
            write!(f, "{{ name = \"{}\", {} }}", self.entry.name, written.join(", "))
        }
    }
}

/// A parameter has this value when nothing is written.
pub fn is_default(param: &Param, value: Option<&Value>) -> bool {
    match (param.default, value) {
        (Default::Absent, None) => true,
        (Default::Real(a), Some(Value::Real(b))) => a == *b,
        (Default::Count(a), Some(Value::Count(b))) => a == *b,
        (Default::Flag(a), Some(Value::Flag(b))) => a == *b,
        (Default::Word(a), Some(Value::Text(b))) => a == b,
        (Default::Word(a), Some(Value::Member(b))) => b.name() == a && b.is_plain(),
        _ => false,
    }
}

fn value_text(value: &Option<Value>) -> String {
    value.as_ref().map_or_else(|| "none".into(), Value::to_string)
}

impl fmt::Display for Value {
    /// As TOML would have it; a member without parameters is its bare name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Real(x) => f.write_str(&crate::text::exact(*x)),
            Value::Count(n) => write!(f, "{n}"),
            Value::Flag(b) => write!(f, "{b}"),
            Value::Text(t) => write!(f, "{t:?}"),
            Value::Member(m) => write!(f, "{m}"),
            Value::List(items) => {
                let texts: Vec<String> = items.iter().map(Value::to_string).collect();
                write!(f, "[{}]", texts.join(", "))
            }
            Value::Table(items) => {
                let texts: Vec<String> = items.iter().map(|(k, v)| format!("{k} = {v}")).collect();
                write!(f, "{{ {} }}", texts.join(", "))
            }
        }
    }
}

/// All families together; made once by `cli::catalog()` and handed down.
#[derive(Clone, Debug)]
pub struct Catalog {
    entries: Vec<&'static Entry>,
    /// Codes of rules that judge runs.
    rules: Vec<&'static str>,
}

impl Catalog {
    /// Keeps the given order within each family.
    pub fn new(entries: Vec<&'static Entry>) -> Catalog {
        Catalog { entries, rules: Vec::new() }
    }

    /// The same with the codes of these rules, of which the catalogue knows no more than that.
    #[must_use]
    pub fn with_rules(self, rules: Vec<&'static str>) -> Catalog {
        Catalog { rules, ..self }
    }

    /// The code of every rule, in the order of causes.
    pub fn rules(&self) -> &[&'static str] {
        &self.rules
    }

    pub fn family(&self, family: Family) -> impl Iterator<Item = &'static Entry> + '_ {
        self.entries.iter().copied().filter(move |e| e.family == family)
    }

    pub fn find(&self, family: Family, name: &str) -> Option<&'static Entry> {
        self.family(family).find(|e| e.name == name)
    }

    /// Every entry, family by family as given.
    pub fn all(&self) -> impl Iterator<Item = &'static Entry> + '_ {
        self.entries.iter().copied()
    }

    /// All entries of any family with this name (`softmax` could be in two).
    pub fn named(&self, name: &str) -> Vec<&'static Entry> {
        self.entries.iter().copied().filter(|e| e.name == name).collect()
    }
}
