//! Changes of single keys in the text of an experiment: comments, order, spacing, inline tables, and dotted keys stay as they are.
//!
//! Only the places that a key occupies are written anew; everything else is copied. It knows TOML, not the language: whether the result is
//! sound is seen when it is loaded, and a key is looked for where its path says and nowhere else. What `extends` brings is not in the text:
//! a value is then written into the file itself, where it has precedence, and nothing can be taken out. An axis of `[sweep]` is a key of its
//! own (`["sweep", "optimizer.learning_rate"]`), and so is that of a variant (`["variants", "deep", "model", "init"]`): who means these must
//! say so. Lists of tables (`[[name]]`) are no part of the language and are not changed.

use std::ops::Range;

use super::tree::{self, Item, Node, Slot, Table};
use crate::diagnostic::SourceId;

/// One key and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// From the top of the file: `["optimizer", "learning_rate"]`. A table of a list goes by its number, and has the key already:
    /// `["model", "hidden", "0", "init"]`.
    pub path: Vec<String>,
    /// As TOML; `None` takes the key out.
    pub value: Option<String>,
}

/// The text after these edits, one after the other; or why one cannot be made, in words without a full stop.
///
/// A name on the way to a key becomes a table of that name, and `"activation+loss"` one of both. `"activation+loss"` in the place of a
/// table replaces these two keys and leaves the others.
pub fn edited(text: &str, edits: &[Edit]) -> Result<String, String> {
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    // Lines are cut and added with line feeds.
    let ends_in_pairs = body.matches("\r\n").count() == body.matches('\n').count() && body.contains('\n');
    let mut body = if ends_in_pairs { body.replace("\r\n", "\n") } else { body.to_string() };
    parsed(&body).ok_or("the file is not valid TOML")?;
    for Edit { path, value } in edits {
        let path: Vec<&str> = path.iter().map(String::as_str).collect();
        body = match value {
            Some(value) => set(&body, &path, value)?,
            None => removed(&body, &path)?,
        };
        parsed(&body).ok_or_else(|| format!("`{}` cannot be changed where it stands", path.join(".")))?;
    }
    let body = if ends_in_pairs { body.replace('\n', "\r\n") } else { body };
    Ok(format!("{mark}{body}"))
}

/// Whether the text itself has something at this path.
pub fn holds(text: &str, path: &[&str]) -> bool {
    let root = parsed(text.strip_prefix('\u{feff}').unwrap_or(text));
    root.is_some_and(|root| found(&root, path).is_some_and(|(_, rest)| rest.is_empty()))
}

/// Which tables of the list at this path have a key, by their numbers, and how many entries the list has.
pub fn holders(text: &str, path: &[&str], key: &str) -> (Vec<usize>, usize) {
    let root = parsed(text.strip_prefix('\u{feff}').unwrap_or(text));
    let items = root.as_ref().and_then(|root| list(root, path)).unwrap_or_default();
    let has = |item: &Item| item.table().is_some_and(|table| table.slot(key).is_some());
    ((0..items.len()).filter(|at| has(&items[*at])).collect(), items.len())
}

fn list<'a>(root: &'a Table, path: &[&str]) -> Option<&'a [Item]> {
    match &found(root, path)?.0.last()?.item.node {
        Node::List(items) if found(root, path)?.1.is_empty() => Some(items),
        _ => None,
    }
}

/// What a path leads to through a table of a list.
fn listed<'a>(root: &'a Table, path: &[&str]) -> Option<&'a Item> {
    path.iter().enumerate().find_map(|(at, number)| {
        let table = list(root, &path[..at])?.get(number.parse::<usize>().ok()?)?.table()?;
        let (way, rest) = found(table, &path[at + 1..])?;
        rest.is_empty().then_some(&way[way.len() - 1].item)
    })
}

fn parsed(text: &str) -> Option<Table> {
    let (root, faults) = tree::parse(text, SourceId(0));
    faults.is_empty().then_some(root)
}

/// The entry with which a path goes on, and how many of its parts that is: a quoted key may hold dots.
fn step<'a>(table: &'a Table, path: &[&str]) -> Option<(usize, &'a Slot)> {
    (1..=path.len()).rev().find_map(|n| Some((n, table.slot(&path[..n].join("."))?)))
}

/// The entries on the way of a path as far as there are any, and what is left of it.
fn found<'a, 'p>(root: &'a Table, mut path: &'p [&'p str]) -> Option<(Vec<&'a Slot>, &'p [&'p str])> {
    let (mut table, mut way) = (Some(root), Vec::new());
    while let Some((n, slot)) = table.and_then(|table| step(table, path)) {
        way.push(slot);
        (table, path) = (slot.item.table(), &path[n..]);
    }
    (!way.is_empty()).then_some((way, path))
}

/// Whether a table stands in braces; else its keys have lines of their own.
fn is_inline(text: &str, item: &Item) -> bool {
    text[item.span.range.clone()].starts_with('{')
}

/// Whether an entry is a value in a line, not a table of lines.
fn is_value(text: &str, item: &Item) -> bool {
    item.table().is_none() || is_inline(text, item)
}

/// A text with another in the place of a part.
fn spliced(text: &str, place: Range<usize>, new: &str) -> String {
    format!("{}{new}{}", &text[..place.start], &text[place.end..])
}

fn line_start(text: &str, at: usize) -> usize {
    text[..at].rfind('\n').map_or(0, |at| at + 1)
}

/// Behind the line feed of the line that a place is in.
fn line_end(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |end| at + end + 1)
}

fn set(text: &str, path: &[&str], value: &str) -> Result<String, String> {
    let alone = parsed(&format!("x = {value}")).filter(|table| table.entries.len() == 1);
    let alone = alone.ok_or_else(|| format!("`{value}` is not a value of TOML"))?;
    let root = parsed(text).ok_or("the file is not valid TOML")?;
    if let Some(item) = listed(&root, path) {
        return Ok(spliced(text, item.span.range.clone(), value));
    }
    let Some((way, rest)) = found(&root, path) else { return Ok(added(text, &root, None, path, value)) };
    let slot = way[way.len() - 1];
    let item = &slot.item;
    if let (Node::Text(name), [_, ..]) = (&item.node, rest) {
        return Ok(spliced(text, item.span.range.clone(), &opened(name, rest, value)));
    }
    let joined = alone.entries[0].item.text().and_then(|text| text.split_once('+'));
    match (item.table(), rest, joined) {
        (None, [], _) => Ok(spliced(text, item.span.range.clone(), value)),
        (None, ..) => {
            Err(format!("what stands on the way to `{}` is neither a table nor a name", path.join(".")))
        }
        (Some(table), [_, ..], _) => Ok(added(text, table, Some(&way), rest, value)),
        (Some(_), [], Some((activation, loss))) => {
            let inner = |key: &'static str| [path, &[key]].concat();
            let text = set(text, &inner("activation"), &quoted(activation.trim()))?;
            set(&text, &inner("loss"), &quoted(loss.trim()))
        }
        (Some(_), [], None) if is_inline(text, item) => Ok(spliced(text, item.span.range.clone(), value)),
        (Some(_), [], None) => set(&removed_lines(text, slot), path, value),
    }
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

/// `{ name = "elu", alpha = 2 }`, or of a joined text `{ activation = "sigmoid", loss = "mse", ... }`.
fn opened(name: &str, rest: &[&str], value: &str) -> String {
    let named = match name.split_once('+') {
        Some((activation, loss)) => {
            format!("activation = {}, loss = {}", quoted(activation.trim()), quoted(loss.trim()))
        }
        None => format!("name = {}", quoted(name)),
    };
    format!("{{ {named}, {} }}", line(rest, value))
}

/// `key = value`, or with further keys `key = { inner = value }`.
fn line(path: &[&str], value: &str) -> String {
    match path {
        [key, rest @ ..] if !rest.is_empty() => format!("{} = {{ {} }}", written(key), line(rest, value)),
        [key, ..] => format!("{} = {value}", written(key)),
        [] => String::new(),
    }
}

/// A key as TOML writes it.
fn written(key: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(is_bare) { key.to_string() } else { quoted(key) }
}

/// Adds what is not there yet behind what a table has; `way` leads to the table, `None` to the top of the file.
fn added(text: &str, table: &Table, way: Option<&[&Slot]>, path: &[&str], value: &str) -> String {
    let own = way.map(|way| &way[way.len() - 1].item);
    if let Some(own) = own.filter(|own| is_inline(text, own)) {
        return match table.entries.last() {
            Some(last) => {
                let end = end(&last.item);
                spliced(text, end..end, &format!(", {}", line(path, value)))
            }
            None => spliced(text, own.span.range.clone(), &format!("{{ {} }}", line(path, value))),
        };
    }
    let is_section = way.is_none() && path.len() > 1;
    // Keys that stand in lines, not in headers.
    let in_line =
        |slot: &&Slot| !text[line_start(text, slot.key_span.range.start)..].trim_start().starts_with('[');
    if let Some(last) = table.entries.iter().rfind(in_line).filter(|_| !is_section) {
        let key = last.key_span.range.start;
        let before = &text[line_start(text, key)..key];
        let at = line_end(text, end(&last.item));
        let feed = if text[..at].ends_with('\n') { "" } else { "\n" };
        return spliced(text, at..at, &format!("{feed}{before}{}\n", line(path, value)));
    }
    let header = own.map(|own| own.span.range.start).filter(|at| text[*at..].starts_with('['));
    if let Some(header) = header {
        let at = line_end(text, header);
        let feed = if text[..at].ends_with('\n') { "" } else { "\n" };
        return spliced(text, at..at, &format!("{feed}{}\n", line(path, value)));
    }
    let mut section: Vec<&str> = way.unwrap_or_default().iter().map(|slot| slot.key.as_str()).collect();
    let (first, rest) = path.split_at(usize::from(is_section));
    section.extend(first);
    if section.is_empty() {
        // Above the first header, below the comment that the file begins with.
        let comments = text.split_inclusive('\n').take_while(|line| line.starts_with('#'));
        let at = comments.map(str::len).sum();
        return spliced(text, at..at, &format!("{}\n", line(path, value)));
    }
    let section: Vec<String> = section.into_iter().map(written).collect();
    let feeds = if text.is_empty() {
        ""
    } else if text.ends_with('\n') {
        "\n"
    } else {
        "\n\n"
    };
    format!("{text}{feeds}[{}]\n{}\n", section.join("."), line(rest, value))
}

/// Behind the last value of an entry.
fn end(item: &Item) -> usize {
    let entries = item.table().map_or(&[][..], |table| &table.entries);
    entries.iter().map(|slot| end(&slot.item)).fold(item.span.range.end, usize::max)
}

fn removed(text: &str, path: &[&str]) -> Result<String, String> {
    let key = path.join(".");
    let root = parsed(text).ok_or("the file is not valid TOML")?;
    let Some((way, [])) = found(&root, path) else {
        return Err(format!("`{key}` is not in the file itself, so it cannot be taken out of it"));
    };
    // The outermost table in braces on the way: what it holds has no lines of its own.
    let inline = way[..way.len() - 1].iter().position(|slot| is_inline(text, &slot.item));
    let Some(inline) = inline else {
        return Ok(without_empty_section(removed_lines(text, way[way.len() - 1]), path));
    };
    // What would be left empty goes too.
    let mut at = way.len() - 1;
    while at > inline && way[at - 1].item.table().is_some_and(|table| table.entries.len() == 1) {
        at -= 1;
    }
    if at == inline {
        return Ok(without_empty_section(removed_lines(text, way[at]), path));
    }
    let (outer, slot) = (&way[at - 1].item, way[at]);
    let entries = outer.table().map_or(&[][..], |table| &table.entries);
    let index = entries.iter().position(|entry| entry.key == slot.key).unwrap_or(0);
    if is_inline(text, outer) && has_own_lines(text, slot) {
        return Ok(removed_lines(text, slot));
    }
    let place = match (is_inline(text, outer), index) {
        (false, _) => return Err(format!("`{key}` is one of several dotted keys within braces")),
        (true, 0) => slot.key_span.range.start..entries[1].key_span.range.start,
        (true, _) => end(&entries[index - 1].item)..end(&slot.item),
    };
    Ok(spliced(text, place, ""))
}

/// Whether an entry within braces shares its lines with no other: before it there are blanks, behind it a comma and a comment at most.
fn has_own_lines(text: &str, slot: &Slot) -> bool {
    let (start, end) = (slot.key_span.range.start, end(&slot.item));
    let behind = text[end..line_end(text, end)].trim();
    let behind = behind.strip_prefix(',').unwrap_or(behind).trim_start();
    text[line_start(text, start)..start].trim().is_empty() && (behind.is_empty() || behind.starts_with('#'))
}

/// The text without the lines of an entry.
fn removed_lines(text: &str, slot: &Slot) -> String {
    let mut places = Vec::new();
    leaves(text, slot, &mut places);
    cut(text, places)
}

/// The places of every key with its value and of every header of an entry.
fn leaves(text: &str, slot: &Slot, found: &mut Vec<Range<usize>>) {
    let (key, item) = (slot.key_span.range.start, &slot.item.span.range);
    if is_value(text, &slot.item) {
        found.push(key..item.end);
    } else {
        found.extend(text[item.start..].starts_with('[').then(|| item.clone()));
        let entries = slot.item.table().map_or(&[][..], |table| &table.entries);
        entries.iter().for_each(|inner| leaves(text, inner, found));
    }
}

/// The text without the lines of these places; where blank lines meet, one stays.
fn cut(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    let mut out = String::new();
    let mut from = 0;
    for place in places {
        let start = line_start(text, place.start).max(from);
        out.push_str(&text[from..start]);
        from = line_end(text, place.end).max(from);
        let is_blank_before = out.is_empty() || out.ends_with("\n\n");
        if is_blank_before && text[from..].starts_with('\n') {
            from += 1;
        }
    }
    if text[from..].trim().is_empty() && out.ends_with("\n\n") {
        out.pop();
    }
    out + &text[from..]
}

/// The text without the header of the section that a path leads into, if no key is left there. A variant without keys means something, so
/// it stays.
fn without_empty_section(text: String, path: &[&str]) -> String {
    let header = parsed(&text).and_then(|root| {
        let slot = root.slot(path[0])?;
        let is_left = slot.item.table().is_some_and(|table| table.entries.is_empty());
        let place = slot.item.span.range.clone();
        (is_left && path[0] != "variants" && text[place.start..].starts_with('[')).then_some(place)
    });
    match header {
        Some(header) => cut(&text, vec![header]),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"# What it is about.
title = "t"   # a title
pairing = "sigmoid+mse"

[data]
source = "iris.csv"
scale = { name = "min_max", low = 0 }  # fitted on the training part

# How it learns.
[optimizer]
  name = "sgd"
  # Found by hand.
  learning_rate = 1e-5   # too low?
  # Nothing is clipped.
  clip_norm = 0.001      # or nearly

[train]
seeds = [
  1, # one
  2,
]

[fault]
output_delta = "wrong_sign"

[variants.deep]
optimizer.learning_rate = 0.1
"model.init" = "he_normal"
"#;

    fn edits(list: &[(&str, Option<&str>)]) -> Vec<Edit> {
        let edit = |(key, value): &(&str, Option<&str>)| Edit {
            path: key.split('/').map(String::from).collect(),
            value: value.map(String::from),
        };
        list.iter().map(edit).collect()
    }

    /// `FILE` after one edit, where `from` has become `to` and nothing else has changed.
    #[track_caller]
    fn changes(key: &str, value: Option<&str>, from: &str, to: &str) {
        assert!(FILE.contains(from), "{from}");
        let found = edited(FILE, &edits(&[(key, value)])).unwrap();
        assert_eq!(found, FILE.replacen(from, to, 1));
    }

    #[test]
    fn a_value_changes_in_its_place() {
        changes("optimizer/learning_rate", Some("0.01"), "1e-5   #", "0.01   #");
        changes("train/seeds", Some("5"), "[\n  1, # one\n  2,\n]", "5");
        changes("data/scale", Some("\"standardize\""), "{ name = \"min_max\", low = 0 }", "\"standardize\"");
        changes("data/scale/low", Some("-1"), "low = 0", "low = -1");
        changes("pairing", Some("\"softmax+mse\""), "sigmoid+mse", "softmax+mse");
    }

    #[test]
    fn a_new_key_comes_last_in_its_table() {
        changes("optimizer/momentum", Some("0.9"), "# or nearly\n", "# or nearly\n  momentum = 0.9\n");
        changes("data/scale/high", Some("2"), "low = 0 }", "low = 0, high = 2 }");
        changes(
            "model/init",
            Some("\"he_normal\""),
            FILE,
            &format!("{FILE}\n[model]\ninit = \"he_normal\"\n"),
        );
        changes("data/split/test", Some("0.2"), "training part\n", "training part\nsplit = { test = 0.2 }\n");
        // Behind the dotted keys of its group, and below a header that has no key yet.
        let dotted = "optimizer.name = \"sgd\"\ntitle = 1\n\n[fault]\n\n[train]\n";
        let found =
            edited(dotted, &edits(&[("optimizer/l2", Some("1")), ("fault/update", Some("2"))])).unwrap();
        assert_eq!(
            found,
            dotted.replace("title", "optimizer.l2 = 1\ntitle").replace("[fault]\n", "[fault]\nupdate = 2\n")
        );
        assert_eq!(
            edited(
                "# top\n[train]\nepochs = 1",
                &edits(&[("pairing", Some("1")), ("train/batch", Some("2"))])
            )
            .unwrap(),
            "# top\npairing = 1\n[train]\nepochs = 1\nbatch = 2\n"
        );
        let inner = "[optimizer.schedule]\nname = \"step\"\n";
        let found = edited(inner, &edits(&[("optimizer/l2", Some("1"))])).unwrap();
        assert_eq!(found, format!("{inner}\n[optimizer]\nl2 = 1\n"));
        assert_eq!(edited("", &edits(&[("train/epochs", Some("3"))])).unwrap(), "[train]\nepochs = 3\n");
    }

    #[test]
    fn names_become_tables_where_a_key_needs_one() {
        let joined = r#"{ activation = "sigmoid", loss = "mse", reduction = "mean" }"#;
        changes("pairing/reduction", Some("\"mean\""), "\"sigmoid+mse\"", joined);
        let table = "[pairing]\nactivation = \"sigmoid\" # s\nloss = \"mse\"\nreduction = \"sum\"\n";
        let found = edited(table, &edits(&[("pairing", Some("\"softmax+cross_entropy\""))])).unwrap();
        assert_eq!(found, table.replace("sigmoid", "softmax").replace("mse", "cross_entropy"));
        let named =
            edited("[model]\nactivation = \"elu\"\n", &edits(&[("model/activation/alpha", Some("2"))]));
        assert_eq!(named.unwrap(), "[model]\nactivation = { name = \"elu\", alpha = 2 }\n");
    }

    #[test]
    fn a_key_is_taken_out_and_comments_stay() {
        changes("optimizer/clip_norm", None, "  clip_norm = 0.001      # or nearly\n", "");
        changes("data/scale/low", None, ", low = 0 }", " }");
        changes("data/scale/name", None, " name = \"min_max\",", "");
        changes("fault/output_delta", None, "[fault]\noutput_delta = \"wrong_sign\"\n\n", "");
        changes("train/seeds", None, "[train]\nseeds = [\n  1, # one\n  2,\n]\n\n", "");
        // The last key of a table in one line takes it along.
        let text = "fault = { update = \"add\" }\n\n[data]\nsource = 1\n";
        let found = edited(text, &edits(&[("fault/update", None)])).unwrap();
        assert_eq!(found, "[data]\nsource = 1\n");
        // All keys of a group, wherever they stand.
        let text = "[optimizer]\nschedule.name = \"step\"\nname = \"sgd\"\nschedule.factor = 0.1\n";
        let found = edited(text, &edits(&[("optimizer/schedule", None)])).unwrap();
        assert_eq!(found, "[optimizer]\nname = \"sgd\"\n");
        let text =
            "[optimizer]\nname = \"sgd\"\n\n[optimizer.schedule]\nname = \"step\"\n\n[train]\nepochs = 1\n";
        let found = edited(text, &edits(&[("optimizer/schedule", None)])).unwrap();
        assert_eq!(found, "[optimizer]\nname = \"sgd\"\n\n[train]\nepochs = 1\n");
    }

    /// A comment behind an entry goes with it, and no other does.
    #[test]
    fn entries_with_lines_of_their_own_go_by_lines() {
        let text = "optimizer = {\n  name = \"sgd\",  # first\n  # Nothing is clipped.\n  clip_norm = 1e-6, # or nearly\n  \
                    learning_rate = 0.1 # last\n}\n";
        let without = |key: &str| edited(text, &edits(&[(key, None)])).unwrap();
        assert_eq!(without("optimizer/clip_norm"), text.replace("  clip_norm = 1e-6, # or nearly\n", ""));
        assert_eq!(without("optimizer/name"), text.replace("  name = \"sgd\",  # first\n", ""));
        assert_eq!(without("optimizer/learning_rate"), text.replace("  learning_rate = 0.1 # last\n", ""));
        // Two entries of one line, and one that shares its line with a brace.
        let text =
            "optimizer = { name = \"sgd\", # first\n  clip_norm = 1, l2 = 2, # two\n  learning_rate = 3 }\n";
        let without = |key: &str| edited(text, &edits(&[(key, None)])).unwrap();
        assert_eq!(without("optimizer/l2"), text.replace(", l2 = 2", ""));
        assert_eq!(without("optimizer/learning_rate"), text.replace(", # two\n  learning_rate = 3", ""));
    }

    #[test]
    fn tables_of_a_list_are_reached_by_their_numbers() {
        let text = "[model]\nhidden = [8, { units = 4, init = \"zeros\" }, { units = 2 }] # three\ninit = \"zeros\"\n";
        assert_eq!(holders(text, &["model", "hidden"], "init"), (vec![1], 3));
        assert_eq!(holders(text, &["model", "hidden"], "units"), (vec![1, 2], 3));
        assert_eq!(holders(text, &["model", "init"], "units"), (vec![], 0));
        assert_eq!(holders(text, &["model", "hidden", "x"], "units"), (vec![], 0));
        let change = edits(&[
            ("model/hidden/1/init", Some("\"he_normal\"")),
            ("model/init", Some("\"glorot_normal\"")),
        ]);
        let expected =
            text.replacen("\"zeros\"", "\"he_normal\"", 1).replacen("\"zeros\"", "\"glorot_normal\"", 1);
        assert_eq!(edited(text, &change).unwrap(), expected);
    }

    #[test]
    fn a_table_with_a_header_becomes_a_value() {
        let text = "[data]\nsource = 1\n\n# scaled\n[data.scale]\nname = \"min_max\"\n";
        let found = edited(text, &edits(&[("data/scale", Some("\"standardize\""))])).unwrap();
        assert_eq!(found, "[data]\nsource = 1\nscale = \"standardize\"\n\n# scaled\n");
    }

    #[test]
    fn variants_are_reached_by_their_own_path() {
        changes(
            "variants/deep/optimizer/learning_rate",
            Some("0.3"),
            "learning_rate = 0.1",
            "learning_rate = 0.3",
        );
        changes("variants/deep/model/init", Some("\"glorot_normal\""), "he_normal", "glorot_normal");
        changes("variants/deep/model/init", None, "\"model.init\" = \"he_normal\"\n", "");
        let has = |path: &[&str]| holds(FILE, path);
        assert!(
            has(&["variants", "deep", "model", "init"])
                && has(&["pairing"])
                && has(&["data", "scale", "low"])
        );
        assert!(!has(&["model", "init"]) && !has(&["pairing", "loss"]) && !has(&["optimizer", "momentum"]));
        // A variant without a key is one all the same.
        let text = "[variants.plain]\noptimizer.l2 = 1\n\n[train]\nepochs = 1\n";
        let found = edited(text, &edits(&[("variants/plain/optimizer/l2", None)])).unwrap();
        assert_eq!(found, "[variants.plain]\n\n[train]\nepochs = 1\n");
    }

    #[test]
    fn several_edits_are_one() {
        let both = edits(&[("optimizer/name", Some("\"adam\"")), ("optimizer/learning_rate", Some("0.001"))]);
        let found = edited(FILE, &both).unwrap();
        assert_eq!(found, FILE.replace("\"sgd\"", "\"adam\"").replace("1e-5 ", "0.001 "));
    }

    #[test]
    fn line_ends_and_the_mark_of_the_encoding_stay() {
        let other = |text: &str| format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let change = edits(&[("optimizer/momentum", Some("0.9")), ("fault/output_delta", None)]);
        assert_eq!(edited(&other(FILE), &change).unwrap(), other(&edited(FILE, &change).unwrap()));
        assert!(holds(&other(FILE), &["fault"]));
    }

    #[test]
    fn what_cannot_be_changed_says_why() {
        let why = |text: &str, key: &str, value| edited(text, &edits(&[(key, value)])).unwrap_err();
        assert!(why(FILE, "optimizer/l2", None).contains("`optimizer.l2` is not in the file itself"));
        assert!(why(FILE, "optimizer/name/x", None).contains("is not in the file itself"));
        assert!(why("fault = { a.b = 1, a.c = 2 }", "fault/a/c", None).contains("several dotted keys"));
        assert!(why(FILE, "optimizer/learning_rate/x", Some("1")).contains("neither a table nor a name"));
        assert!(why(FILE, "optimizer/l2", Some("one")).contains("`one` is not a value of TOML"));
        assert!(why("a = ", "optimizer/l2", Some("1")).contains("not valid TOML"));
    }
}
