//! Changes of single keys in the text of an experiment: comments, order, spacing, inline tables, and dotted keys stay as they are.
//!
//! It knows TOML, not the language: whether the result is sound is seen when it is loaded, and a key is looked for where its path says and
//! nowhere else. What `extends` brings is not in the text: a value is then written into the file itself, where it has precedence, and
//! nothing can be taken out. An axis of `[sweep]` is a key of its own (`["sweep", "optimizer.learning_rate"]`), and so is that of a variant
//! (`["variants", "deep", "model", "init"]`): who means these must say so.

use std::ops::Range;

use toml_edit::{Document, DocumentMut, InlineTable, Item, Key, RawString, Table, Value};

/// One key and what becomes of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// From the top of the file: `["optimizer", "learning_rate"]`.
    pub path: Vec<String>,
    /// As TOML; `None` takes the key out.
    pub value: Option<String>,
}

impl Edit {
    fn key(&self) -> String {
        self.path.join(".")
    }
}

/// The text after these edits, one after the other; or why one cannot be made, in words without a full stop.
///
/// A name on the way to a key becomes a table of that name, and `"activation+loss"` one of both. `"activation+loss"` in the place of a
/// table replaces these two keys and leaves the others.
pub fn edited(text: &str, edits: &[Edit]) -> Result<String, String> {
    // The library writes line feeds.
    let (mark, body) = text.strip_prefix('\u{feff}').map_or(("", text), |body| ("\u{feff}", body));
    let ends_in_pairs = body.contains("\r\n");
    let mut body = body.replace("\r\n", "\n");
    for edit in edits {
        body = match &edit.value {
            Some(value) => set(&body, edit, value)?,
            None => removed(&body, edit)?,
        };
    }
    let body = if ends_in_pairs { body.replace('\n', "\r\n") } else { body };
    Ok(format!("{mark}{body}"))
}

/// Whether the text itself has something at this path.
pub fn holds(text: &str, path: &[&str]) -> bool {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let Ok(document) = Document::parse(text) else { return false };
    let mut item = document.as_item();
    let mut path = path;
    while let Some((n, inner)) = step(item, path) {
        (item, path) = (inner, &path[n..]);
    }
    path.is_empty()
}

/// The entry with which a path goes on, and how many of its parts that is: a quoted key may hold dots.
fn step<'a>(item: &'a Item, path: &[&str]) -> Option<(usize, &'a Item)> {
    let table = item.as_table_like()?;
    (1..=path.len()).rev().find_map(|n| Some((n, table.get(&path[..n].join("."))?)))
}

fn parsed(text: &str) -> Result<Document<&str>, String> {
    Document::parse(text).map_err(|error| format!("the file is not valid TOML: {}", error.message()))
}

fn set(text: &str, edit: &Edit, value: &str) -> Result<String, String> {
    let mut document: DocumentMut = parsed(text)?.into_mut();
    let value: Value = value.parse().map_err(|_| format!("`{value}` is not a value of TOML"))?;
    let path: Vec<&str> = edit.path.iter().map(String::as_str).collect();
    put(document.as_item_mut(), &path, value, true)
        .ok_or_else(|| format!("what stands on the way to `{}` is neither a table nor a name", edit.key()))?;
    Ok(document.to_string())
}

/// `None` where something on the way cannot hold keys.
fn put(item: &mut Item, path: &[&str], value: Value, is_root: bool) -> Option<()> {
    if let Some(name) = item.as_str() {
        let named = opened(name);
        replace(item, Value::InlineTable(named));
    }
    let Some((n, _)) = step(item, path) else {
        return add(item, path, value, is_root);
    };
    let table = item.as_table_like_mut()?;
    let key = path[..n].join(".");
    let entry = table.get_mut(&key)?;
    if n < path.len() {
        return put(entry, &path[n..], value, false);
    }
    match (value.as_str().and_then(|text| text.split_once('+')), entry.is_table_like()) {
        (Some((activation, loss)), true) => {
            put(entry, &["activation"], activation.trim().into(), false)?;
            put(entry, &["loss"], loss.trim().into(), false)
        }
        _ => {
            let above = entry.as_table().and_then(|table| table.decor().prefix().cloned());
            replace(entry, value);
            if let (Some(above), Some(mut key)) = (above, table.key_mut(&key)) {
                key.leaf_decor_mut().set_prefix(above);
            }
            Some(())
        }
    }
}

/// `{ name = "elu" }`, or of a joined text `{ activation = "sigmoid", loss = "mse" }`.
fn opened(name: &str) -> InlineTable {
    let mut table = InlineTable::new();
    match name.split_once('+') {
        Some((activation, loss)) => {
            table.insert("activation", activation.trim().into());
            table.insert("loss", loss.trim().into());
        }
        None => {
            table.insert("name", name.into());
        }
    }
    table
}

/// Another value with the spaces and the comment of the one before.
fn replace(item: &mut Item, mut value: Value) {
    if let Some(old) = item.as_value() {
        *value.decor_mut() = old.decor().clone();
    }
    *item = Item::Value(value);
}

/// Adds what is not there yet at the end of a table: at the top of the file a section, elsewhere a key.
fn add(item: &mut Item, path: &[&str], value: Value, is_root: bool) -> Option<()> {
    let (first, rest) = path.split_first()?;
    if is_root && !rest.is_empty() {
        let mut section = Item::Table(Table::new());
        add(&mut section, rest, value, false)?;
        let table = item.as_table_mut()?;
        if !table.is_empty() {
            section.as_table_mut()?.decor_mut().set_prefix("\n");
        }
        table.insert(first, section);
        return Some(());
    }
    let value = rest.iter().rev().fold(value, |inner, key| {
        let mut table = InlineTable::new();
        table.insert(*key, inner);
        Value::InlineTable(table)
    });
    match item {
        Item::Table(table) => {
            let indent = table.iter().filter(|(_, item)| item.is_value()).last().and_then(|(key, _)| {
                let above = table.key(key)?.leaf_decor().prefix()?.as_str()?;
                Some(above.rsplit('\n').next().unwrap_or_default().to_string())
            });
            let mut key = Key::new(*first);
            if let Some(indent) = indent.filter(|indent| !indent.is_empty()) {
                key.leaf_decor_mut().set_prefix(indent);
            }
            table.insert_formatted(&key, Item::Value(value));
            Some(())
        }
        Item::Value(Value::InlineTable(table)) => {
            let last = table.iter().last().map(|(key, _)| key.to_string());
            let behind = last.and_then(|last| suffix_taken(table, &last));
            table.insert(*first, value);
            // The key that was last stands before a comma now, and the new one before the brace.
            if let (Some(behind), Some(new)) = (behind, table.get_mut(first)) {
                new.decor_mut().set_prefix(" ");
                new.decor_mut().set_suffix(behind);
            }
            Some(())
        }
        _ => None,
    }
}

/// The spaces behind a value, taken away from it.
fn suffix_taken(table: &mut InlineTable, key: &str) -> Option<RawString> {
    let decor = table.get_mut(key)?.decor_mut();
    let suffix = decor.suffix().cloned();
    decor.set_suffix("");
    suffix
}

fn removed(text: &str, edit: &Edit) -> Result<String, String> {
    let absent = || format!("`{}` is not in the file itself, so it cannot be taken out of it", edit.key());
    let document = parsed(text)?;
    let mut path: Vec<&str> = edit.path.iter().map(String::as_str).collect();
    let (mut item, mut rest) = (document.as_item(), path.as_slice());
    // The innermost inline table on the way: what lies in one line is written anew.
    let mut inline: Option<(usize, usize)> = None;
    let mut key_span = None;
    while let Some((n, inner)) = step(item, rest) {
        if item.is_inline_table() {
            inline = Some((item.as_inline_table().map_or(0, InlineTable::len), path.len() - rest.len()));
        }
        let table = item.as_table_like();
        key_span = table.and_then(|table| table.key(&rest[..n].join("."))).and_then(Key::span);
        (item, rest) = (inner, &rest[n..]);
    }
    if !rest.is_empty() || path.is_empty() {
        return Err(absent());
    }
    match inline {
        // The last one takes the table with it.
        Some((1, at)) if at > 0 => {
            path.truncate(at);
            let outer = Edit { path: path.iter().map(ToString::to_string).collect(), value: None };
            removed(text, &outer)
        }
        Some((_, at)) => {
            let mut document: DocumentMut = document.into_mut();
            take(document.as_item_mut(), &path, at).ok_or_else(absent)?;
            Ok(document.to_string())
        }
        None => {
            let mut lines = Vec::new();
            leaves(item, key_span, &mut lines);
            Ok(without_empty_section(cut(text, lines), &path))
        }
    }
}

/// Takes the last part of a path out of the inline table that lies at its first `at` parts.
fn take(item: &mut Item, path: &[&str], at: usize) -> Option<()> {
    if at > 0 {
        let (n, _) = step(item, path)?;
        let entry = item.as_table_like_mut()?.get_mut(&path[..n].join("."))?;
        return take(entry, &path[n..], at.checked_sub(n)?);
    }
    let table = item.as_inline_table_mut()?;
    let key = path.join(".");
    let is_last = table.iter().last().is_some_and(|(last, _)| last == key);
    let value = table.remove(&key)?;
    let last = table.iter().last().map(|(last, _)| last.to_string());
    if let (true, Some(last), Some(behind)) = (is_last, last, value.decor().suffix()) {
        table.get_mut(&last)?.decor_mut().set_suffix(behind.clone());
    }
    Some(())
}

/// The places of every key, value, and header below an item.
fn leaves(item: &Item, key: Option<Range<usize>>, found: &mut Vec<Range<usize>>) {
    match item {
        Item::Table(table) => {
            found.extend(table.span().filter(|_| !table.is_implicit() && !table.is_dotted()));
            for (name, inner) in table {
                leaves(inner, table.key(name).and_then(Key::span), found);
            }
        }
        other => {
            let both = [key, other.span()].into_iter().flatten();
            found.extend(both.reduce(|a, b| a.start.min(b.start)..a.end.max(b.end)));
        }
    }
}

/// The text without the lines of these places; where blank lines meet, one stays.
fn cut(text: &str, mut places: Vec<Range<usize>>) -> String {
    places.sort_by_key(|place| place.start);
    let mut out = String::new();
    let mut from = 0;
    for place in places {
        let start = text[..place.start].rfind('\n').map_or(0, |at| at + 1);
        let end = text[place.end..].find('\n').map_or(text.len(), |at| place.end + at + 1);
        if start >= from {
            out.push_str(&text[from..start]);
        }
        from = from.max(end);
        let is_blank_before = out.is_empty() || out.ends_with("\n\n");
        if is_blank_before && text[from..].starts_with('\n') {
            from += 1;
        }
    }
    let rest = &text[from..];
    if rest.trim().is_empty() && out.ends_with("\n\n") {
        out.pop();
    }
    out + rest
}

/// The text without the header of the section that the path leads into, if no key is left there. A variant without keys means something,
/// so it stays.
fn without_empty_section(text: String, path: &[&str]) -> String {
    let [section, _] = path else { return text };
    let header = parsed(&text).ok().and_then(|document| {
        let table = document.get(section)?.as_table()?;
        (table.is_empty() && !table.is_implicit() && !table.is_dotted()).then(|| table.span()).flatten()
    });
    match header {
        Some(header) if *section != "variants" => cut(&text, vec![header]),
        _ => text,
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

    #[test]
    fn a_table_with_a_header_becomes_a_value() {
        let text = "[data]\nsource = 1\n\n# scaled\n[data.scale]\nname = \"min_max\"\n";
        let found = edited(text, &edits(&[("data/scale", Some("\"standardize\""))])).unwrap();
        assert_eq!(found, "[data]\nsource = 1\n\n# scaled\nscale = \"standardize\"\n");
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
        assert!(why(FILE, "optimizer/learning_rate/x", Some("1")).contains("neither a table nor a name"));
        assert!(why(FILE, "optimizer/l2", Some("one")).contains("`one` is not a value of TOML"));
        assert!(why("a = ", "optimizer/l2", Some("1")).contains("not valid TOML"));
    }
}
