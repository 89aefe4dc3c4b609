//! Texts of `runner explain` and rows of `runner list`, from the same tables that validation reads.
//!
//! Returns text; printing is the command line's business.

use std::fmt::Write as _;

use super::sections::{self, Section};
use super::topics::{Topic, topics, topics_named};
use super::{Catalog, Default, Entry, Facts, Family, Kind, Param, Role, TargetRow, TaskKind};
use crate::diagnostic::Code;
use crate::text;

/// One line of `runner list`.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub family: Family,
    pub name: &'static str,
    pub summary: &'static str,
    /// Names of the parameters, in order.
    pub params: Vec<&'static str>,
}

/// The members of a family, or of all families in the order of the reference.
pub fn list(catalog: &Catalog, family: Option<Family>) -> Vec<Row> {
    let families: Vec<Family> = family.map_or(Family::ALL.to_vec(), |f| vec![f]);
    let row = |e: &'static Entry| Row {
        family: e.family,
        name: e.name,
        summary: e.summary,
        params: e.params.iter().map(|p| p.key).collect(),
    };
    families.into_iter().flat_map(|f| catalog.family(f).map(row).collect::<Vec<_>>()).collect()
}

/// What may be written, in prose.
pub(crate) fn describe(kind: &Kind) -> String {
    match kind {
        Kind::Real(range) if *range == super::Range::REAL => "a number".into(),
        Kind::Real(range) if range.low.is_finite() && range.high.is_finite() => {
            format!("a number in {range}")
        }
        Kind::Real(range) => format!("a number {}", bound(range)),
        Kind::Count { min, max } if *max >= 1_000_000_000 => format!("a whole number of at least {min}"),
        Kind::Count { min, max } => format!("a whole number from {min} to {}", text::grouped(*max)),
        Kind::Flag => "true or false".into(),
        Kind::Text => "a text in quotes".into(),
        Kind::Choice(words) => describe_words(words),
        Kind::Member(family) => format!("the name of {} or a table with it", article(family.name())),
        Kind::Joined(families) => {
            let names: Vec<&str> = families.iter().map(|f| f.name()).collect();
            format!("\"{}\"", names.join("+"))
        }
        Kind::List(inner) => format!("a list, each {}", describe(inner)),
        Kind::OneOf(kinds) => {
            let texts: Vec<String> = kinds.iter().map(describe).collect();
            texts.join(", or ")
        }
        Kind::Table(params) => {
            let keys: Vec<&str> = params.iter().map(|p| p.key).collect();
            if keys.len() > 6 {
                "a table".into()
            } else {
                format!("a table of {}", text::one_of(&keys).replace(" or ", " and "))
            }
        }
        Kind::Map(inner) => format!("a table, each value {}", describe(inner)),
        Kind::Any => "a value".into(),
    }
}

/// `"a"`, `"b"`, or `"c"`, as TOML has them.
pub(crate) fn describe_words(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("\"{w}\"")).collect();
    match quoted.as_slice() {
        [] => "nothing".into(),
        [a] => a.clone(),
        [a, b] => format!("{a} or {b}"),
        [head @ .., last] => format!("{}, or {last}", head.join(", ")),
    }
}

/// `above 0`, `of at least 0`.
fn bound(range: &super::Range) -> String {
    let text = range.to_string();
    if text.starts_with("at ") { format!("of {text}") } else { text }
}

/// Values of a range, in prose: `any number`, `values in [0, 1]`, `values above 0`.
pub(crate) fn describe_range(range: &super::Range) -> String {
    match (range.low.is_finite(), range.high.is_finite()) {
        (false, false) => "any number".into(),
        (true, true) => format!("values in {range}"),
        _ => format!("values {}", bound(range)),
    }
}

pub(crate) fn article(noun: &str) -> String {
    let vowel = noun.starts_with(['a', 'e', 'i', 'o', 'u']);
    format!("{} {noun}", if vowel { "an" } else { "a" })
}

/// The default as TOML has it; `required` and `-` are not values.
pub(crate) fn describe_default(default: &Default) -> String {
    match default {
        Default::Required => "required".into(),
        Default::Absent => "-".into(),
        Default::Real(x) => text::exact(*x),
        Default::Count(n) => n.to_string(),
        Default::Flag(b) => b.to_string(),
        Default::Word(w) => format!("\"{w}\""),
    }
}

/// The page of a name, section, code, dotted key, or topic; several where a word is several. `Err`: the nearest word that has one.
pub fn explain(catalog: &Catalog, word: &str) -> Result<String, Option<String>> {
    let plain = word.trim_matches(['[', ']']);
    let mut pages: Vec<String> = catalog.named(plain).into_iter().map(entry).collect();
    pages.extend(sections::section_named(plain).map(|s| section(catalog, s)));
    pages.extend(crate::diagnostic::CODES.iter().filter(|c| c.name == plain).map(|c| code(c)));
    pages.extend(key(catalog, plain));
    pages.extend(family_page(catalog, plain));
    // A key without its section: every section that has it.
    let dotted = dotted_keys(catalog);
    if pages.is_empty() {
        let of_that_name = dotted.iter().filter(|d| d.rsplit('.').next() == Some(plain));
        pages.extend(of_that_name.filter_map(|d| key(catalog, d)));
    }
    pages.extend(topics_named(plain).map(topic));
    if !pages.is_empty() {
        return Ok(pages.join("\n"));
    }
    let mut words: Vec<String> = catalog.all().map(|e| e.name.to_string()).collect();
    words.extend(sections::SECTIONS.iter().map(|s| s.name.to_string()));
    words.extend(crate::diagnostic::CODES.iter().map(|c| c.name.to_string()));
    words.extend(dotted.iter().filter_map(|d| d.rsplit('.').next()).map(str::to_string));
    words.extend(dotted);
    words.extend(topics().flat_map(|t| t.words).map(|word| word.to_string()));
    Err(text::did_you_mean(word, words.iter().map(String::as_str)).map(str::to_string))
}

/// A topic. Markdown.
fn topic(topic: &Topic) -> String {
    format!("# {}\n\n{}\n", topic.title, topic.text)
}

/// Every key with its section, once.
fn dotted_keys(catalog: &Catalog) -> Vec<String> {
    let of = |s: &'static Section| s.keys.iter().map(move |p| format!("{}.{}", s.name, p.key));
    let mut dotted: Vec<String> = sections::SECTIONS.iter().flat_map(of).collect();
    for key in swept_keys(catalog) {
        if key.contains('.') && !dotted.contains(&key) {
            dotted.push(key);
        }
    }
    dotted
}

/// The members of a family, for `runner explain activation`.
fn family_page(catalog: &Catalog, word: &str) -> Option<String> {
    // `optimizer` is a section and a family; the section's page names the members.
    let family =
        Family::ALL.into_iter().find(|f| f.name() == word && sections::section_named(word).is_none())?;
    let mut out = format!("# {word}\n\n");
    for entry in catalog.family(family) {
        let _ = writeln!(out, "- `{}`: {}", entry.name, entry.summary);
    }
    Some(out)
}

/// An entry: heading, documentation, parameters, facts. Markdown.
pub fn entry(entry: &Entry) -> String {
    let mut out = format!("# {} ({})\n\n{}.\n\n", entry.name, entry.family.name(), entry.summary);
    out.push_str(entry.docs.trim());
    out.push('\n');
    let facts = facts(&entry.facts);
    if !facts.is_empty() {
        out.push_str("\n## Facts\n\n");
        for fact in facts {
            let _ = writeln!(out, "- {fact}");
        }
    }
    out.push_str("\n## Parameters\n\n");
    if entry.params.is_empty() {
        out.push_str("None.\n");
    }
    for param in entry.params {
        parameter(&mut out, param);
    }
    out
}

pub(crate) fn facts(facts: &Facts) -> Vec<String> {
    let task = |t: &TaskKind| match t {
        TaskKind::Classification => "classification",
        TaskKind::Regression => "regression",
        TaskKind::Any => "any task",
    };
    match facts {
        Facts::Plain => Vec::new(),
        Facts::LineSearch => vec![
            "evaluates the whole training part several times in an epoch: `batch = \"full\"`".into(),
            "has no learning rate, and ends by itself".into(),
        ],
        Facts::Activation { gives, distribution, log_distribution } => {
            let mut all = vec![format!("gives {}", describe_range(gives))];
            if *distribution {
                all.push("the outputs of a sample are a distribution: not negative, sum 1".into());
            }
            if *log_distribution {
                all.push("the outputs of a sample are logarithms of a distribution".into());
            }
            all
        }
        Facts::Sampler { counted, learns, dimensions, .. } => {
            let mut all = Vec::new();
            all.extend(counted.then(|| "needs `configurations`: how many to try".to_string()));
            all.extend(learns.then(|| "needs a validation part, on which it judges".to_string()));
            all.extend(dimensions.map(|most| format!("draws from at most {most} axes")));
            all
        }
        Facts::Loss { accepts, targets, row, distribution, fused_with, has_kinks } => {
            let mut all = vec![
                format!("accepts outputs: {}", describe_range(accepts)),
                format!("accepts targets: {}", describe_range(targets)),
            ];
            if *distribution {
                all.push("the outputs of a sample must be a distribution over classes".into());
            }
            if *row != TargetRow::Separate {
                all.push(format!("the targets of a sample are {}; one value per sample", describe_row(*row)));
            }
            if !fused_with.is_empty() {
                let names = fused_with.iter().map(|n| format!("`{n}`")).collect::<Vec<_>>().join(", ");
                all.push(format!("computed in one numerically sound form with {names}"));
            }
            if *has_kinks {
                all.push("has kinks, at which a line search may stop early".into());
            }
            all
        }
        Facts::Metric { task: t, higher_is_better, perfect } => vec![
            format!("for {}", task(t)),
            format!(
                "{} is better; perfect is {}",
                if *higher_is_better { "higher" } else { "lower" },
                text::exact(*perfect)
            ),
        ],
        Facts::Source { task: t } => vec![format!("for {}", task(t))],
    }
}

/// What the targets of one sample are for a loss.
pub fn describe_row(row: TargetRow) -> &'static str {
    match row {
        TargetRow::Separate => "numbers of their own",
        TargetRow::Class => "one class",
        TargetRow::Shares => "shares that sum to 1",
        TargetRow::Signal => "values along an axis",
    }
}

fn parameter(out: &mut String, param: &Param) {
    let _ = write!(out, "- `{}`: {}", param.key, describe(&param.kind));
    match param.default {
        Default::Required => out.push_str("; required"),
        Default::Absent => {}
        ref default => {
            let _ = write!(out, "; default {}", describe_default(default));
        }
    }
    if param.role == Role::Numeric {
        out.push_str("; may differ within a population");
    }
    let _ = writeln!(out, ".\n  {}", param.docs);
}

/// A section: what it is for and its keys. Markdown.
pub fn section(catalog: &Catalog, section: &Section) -> String {
    let mut out = format!("# [{}]\n\n{}.\n\n", section.name, section.summary);
    for param in section.keys {
        parameter(&mut out, param);
    }
    if let Some(open) = section.open {
        let _ = writeln!(out, "- any other key: {open}");
    }
    if section.name == "expect" {
        sections::EXPECT.iter().for_each(|p| parameter(&mut out, p));
    }
    if let Some(family) = section.member {
        let names: Vec<&str> = catalog.family(family).map(|e| e.name).collect();
        let _ = writeln!(
            out,
            "\nThe parameters of the {} stand beside these keys: {}.",
            family.name(),
            names.join(", ")
        );
    }
    out
}

/// A fault code. Markdown.
pub fn code(code: &Code) -> String {
    format!("# {}\n\n{}.\n\n{}\n", code.name, code.summary, code.docs.trim())
}

/// A dotted key such as `train.batch` or `optimizer.momentum`: what may be written, default, meaning. `None` where there is no such key.
pub fn key(catalog: &Catalog, dotted: &str) -> Option<String> {
    let params = lookup(catalog, dotted);
    if params.is_empty() {
        return None;
    }
    let mut out = format!("# {dotted}\n\n");
    for (owner, param) in params {
        if let Some(owner) = owner {
            let _ = writeln!(out, "Of the {} `{}`:", owner.family.name(), owner.name);
        }
        parameter(&mut out, param);
    }
    Some(out)
}

/// The parameters that a dotted key can mean; several where members of a family share its name.
pub(crate) fn lookup(catalog: &Catalog, dotted: &str) -> Vec<(Option<&'static Entry>, &'static Param)> {
    let parts: Vec<&str> = dotted.split('.').collect();
    let top = |key: &str| sections::TOP.iter().find(|p| p.key == key);
    match parts.as_slice() {
        [one] => top(one).map(|p| (None, p)).into_iter().collect(),
        [first, rest @ ..] => {
            if let Some(section) = sections::section_named(first) {
                let family = section.member;
                return within(catalog, section.keys, family, rest);
            }
            top(first).map_or_else(Vec::new, |p| inside(catalog, &p.kind, rest))
        }
        [] => Vec::new(),
    }
}

fn within(
    catalog: &Catalog,
    params: &'static [Param],
    family: Option<Family>,
    path: &[&str],
) -> Vec<(Option<&'static Entry>, &'static Param)> {
    let Some((key, rest)) = path.split_first() else { return Vec::new() };
    let mut found: Vec<(Option<&'static Entry>, &'static Param)> =
        params.iter().filter(|p| p.key == *key).map(|p| (None, p)).collect();
    if let Some(family) = family {
        let of = |e: &'static Entry| e.params.iter().filter(|p| p.key == *key).map(move |p| (Some(e), p));
        found.extend(catalog.family(family).flat_map(of));
    }
    if rest.is_empty() {
        return found;
    }
    found.into_iter().flat_map(|(_, p)| inside(catalog, &p.kind, rest)).collect()
}

fn inside(
    catalog: &Catalog,
    kind: &'static Kind,
    path: &[&str],
) -> Vec<(Option<&'static Entry>, &'static Param)> {
    match kind {
        Kind::Member(family) if path == ["name"] => vec![(None, &MEMBER_NAME)]
            .into_iter()
            .filter(|_| catalog.family(*family).next().is_some())
            .collect(),
        Kind::Member(family) => within(catalog, &[], Some(*family), path),
        Kind::Table(params) => within(catalog, params, None, path),
        Kind::OneOf(kinds) => kinds.iter().flat_map(|k| inside(catalog, k, path)).collect(),
        _ => Vec::new(),
    }
}

static MEMBER_NAME: Param = Param {
    key: "name",
    kind: Kind::Text,
    role: Role::Structural,
    default: Default::Required,
    docs: "Name of the member; its parameters stand beside it.",
};

/// Every dotted key that can be swept, for suggestions.
pub(crate) fn swept_keys(catalog: &Catalog) -> Vec<String> {
    let mut keys = vec!["pairing".to_string()];
    keys.extend(sections::PAIRING.iter().map(|p| format!("pairing.{}", p.key)));
    for section in sections::SECTIONS.iter().filter(|s| s.swept) {
        let mut add = |prefix: &str, p: &Param| {
            let key = format!("{prefix}.{}", p.key);
            if !keys.contains(&key) {
                keys.push(key);
            }
        };
        section.keys.iter().for_each(|p| add(section.name, p));
        if let Some(family) = section.member {
            catalog.family(family).flat_map(|e| e.params).for_each(|p| add(section.name, p));
        }
        for param in section.keys {
            let prefix = format!("{}.{}", section.name, param.key);
            match &param.kind {
                Kind::Member(f) => catalog.family(*f).flat_map(|e| e.params).for_each(|p| add(&prefix, p)),
                Kind::Table(params) => params.iter().for_each(|p| add(&prefix, p)),
                _ => {}
            }
        }
    }
    keys
}
