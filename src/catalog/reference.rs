//! The generated reference page: every section and every entry as Markdown.
//!
//! Made from the tables alone, so that it cannot say anything that validation does not do.

use std::fmt::Write as _;

use super::explain::{describe, describe_default, facts};
use super::sections::{self, Section};
use super::topics::{MODEL_TOPICS, RESULT_TOPICS, Topic};
use super::{Catalog, Default, Entry, Family, Param, Role};

/// `experiments/REFERENCE.md`.
pub fn page(catalog: &Catalog) -> String {
    let mut out = String::from(HEAD);
    out.push_str("\n## Top of the file\n\n");
    table(&mut out, sections::TOP);
    out.push_str("\n`pairing` as a table:\n\n");
    table(&mut out, sections::PAIRING);
    for section in sections::SECTIONS {
        self::section(&mut out, section);
    }
    out.push_str("\n# Names\n");
    for family in Family::ALL {
        self::family(&mut out, catalog, family);
    }
    out.push_str("\n# Words of results\n");
    RESULT_TOPICS.iter().for_each(|topic| self::topic(&mut out, "##", topic));
    out.push_str("\n# Known, not built yet\n\nThese words are refused with `not-built-yet`.\n\n| word | what |\n|---|---|\n");
    for planned in sections::PLANNED {
        let _ = writeln!(out, "| `{}` | {} |", planned.at, planned.what);
    }
    out
}

const HEAD: &str = "<!-- Generated from the catalogue: `UPDATE=1 cargo test` writes it anew. -->

# Reference of the experiment language

One TOML file is one experiment. Every key and every name is listed here; anything else is refused.
A name (`\"relu\"`) or a table with its parameters (`{ name = \"leaky_relu\", slope = 0.1 }`) is accepted wherever a name is.
Paths are relative to the file that names them. A key marked *n* is numeric: values may differ within one population, so that sweeping it is cheap.

Merging: with `extends`, in `[variants.NAME]`, and with `--set`, tables merge key by key and lists are replaced. Where a `name` is replaced by another, the old one's parameters are dropped unless the new one has them too.

# Sections
";

fn section(out: &mut String, section: &Section) {
    let _ = writeln!(
        out,
        "\n## [{}]\n\n{}{}.\n",
        section.name,
        capital(section.summary),
        if section.required { " (required)" } else { "" }
    );
    if !section.keys.is_empty() {
        table(out, section.keys);
    }
    if let Some(open) = section.open {
        let _ = writeln!(out, "\nAny other key: {open}");
    }
    if let Some(family) = section.member {
        let _ = writeln!(
            out,
            "\nThe parameters of the {0} stand beside these keys: see [{0}](#family-{0}).",
            family.name()
        );
    }
    let nested: &[(&str, &[Param])] = match section.name {
        "model" => &[
            ("A layer in `hidden`", sections::LAYER),
            ("`output`", sections::OUTPUT),
            ("`truncate` as a table", sections::TRUNCATE),
        ],
        "train" => &[("`early_stop`", sections::EARLY_STOP), ("`stop_when`", sections::STOP_WHEN)],
        "sweep" => &[
            ("An evenly spaced axis", sections::AXIS_LINEAR),
            ("A logarithmic axis", sections::AXIS_LOG),
            ("A range to draw from", sections::AXIS_UNIFORM),
            ("A range to draw from by its logarithm", sections::AXIS_LOG_UNIFORM),
            ("A range of whole numbers to draw from", sections::AXIS_INT),
        ],
        "compare" => &[("`rope` as a table", sections::ROPE)],
        "expect" => &[("Bounds", sections::EXPECT)],
        _ => &[],
    };
    for (title, params) in nested {
        let _ = writeln!(out, "\n{title}:\n");
        table(out, params);
    }
    if section.name == "model" {
        MODEL_TOPICS.iter().for_each(|topic| self::topic(out, "###", topic));
    }
}

fn topic(out: &mut String, level: &str, topic: &Topic) {
    let _ = writeln!(out, "\n{level} {}\n\n{}", topic.title, topic.text);
}

fn table(out: &mut String, params: &[Param]) {
    out.push_str("| key | value | default | meaning |\n|---|---|---|---|\n");
    for param in params {
        let default = match param.default {
            Default::Required | Default::Absent => describe_default(&param.default),
            ref other => format!("`{}`", describe_default(other)),
        };
        let numeric = if param.role == Role::Numeric { " *n*" } else { "" };
        let docs = param.docs.replace('|', "\\|");
        let _ = writeln!(
            out,
            "| `{}`{numeric} | {} | {default} | {docs} |",
            param.key,
            describe(&param.kind).replace('|', "\\|")
        );
    }
}

fn family(out: &mut String, catalog: &Catalog, family: Family) {
    let entries: Vec<&'static Entry> = catalog.family(family).collect();
    if entries.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## Family {}\n", family.name());
    out.push_str("| name | what |\n|---|---|\n");
    for entry in &entries {
        let _ = writeln!(out, "| `{}` | {} |", entry.name, entry.summary.replace('|', "\\|"));
    }
    for entry in entries {
        let _ = writeln!(out, "\n### {} ({})\n\n{}", entry.name, family.name(), lowered(entry.docs));
        let facts = facts(&entry.facts);
        if !facts.is_empty() {
            out.push('\n');
            facts.iter().for_each(|f| {
                let _ = writeln!(out, "- {f}");
            });
        }
        if !entry.params.is_empty() {
            out.push('\n');
            table(out, entry.params);
        }
    }
}

/// Headings inside an entry's text stand below the entry's own.
fn lowered(docs: &str) -> String {
    let line = |l: &str| {
        if l.starts_with('#') {
            format!("#### {}", l.trim_start_matches('#').trim_start())
        } else {
            l.to_string()
        }
    };
    docs.trim().lines().map(line).collect::<Vec<_>>().join("\n")
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or(String::new(), |c| c.to_uppercase().chain(chars).collect())
}
