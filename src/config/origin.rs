//! Where a value comes from, for `runner explain FILE KEY`: the file, a default, or the sweep. It checks nothing.

use crate::catalog::explain::{describe_default, lookup};
use crate::catalog::{Catalog, Default};
use crate::config::sweep::Change;
use crate::config::tree::{self, Item, Table};
use crate::config::{Loaded, Resolver};
use crate::diagnostic::{SourceId, Sources, Span, position};
use crate::spec::{Axis, Experiment, VARIANT};

/// Values of an axis that are told one by one.
const VALUES_SHOWN: usize = 8;

/// A sentence or several: `0.1, from experiments/iris.toml:16:17`; then what the sweep does with it. `None`: no such key.
pub fn origin(loaded: &Loaded, key: &str, catalog: &Catalog) -> Option<String> {
    let path: Vec<&str> = key.split('.').collect();
    let both = loaded.experiment.as_ref().zip(loaded.resolver.as_ref());
    let mut swept = both.map_or_else(Vec::new, |(e, resolver)| swept(loaded, e, resolver, key, &path));
    let written = loaded.tree.at(&path).map(|item| {
        format!("`{key}` is {}, from {}", value(loaded, item), place(&loaded.sources, &item.span))
    });
    // A key that every point of the sweep sets has no value besides.
    let is_axis = both.is_some_and(|(e, _)| e.sweep.axes.iter().any(|a| a.key == key && a.when.is_empty()));
    let base = match written {
        Some(told) => Some(told),
        None if is_axis => None,
        None => Some(unwritten(loaded, key, &path, catalog)?),
    };
    swept.splice(0..0, base);
    Some(swept.join("\n"))
}

/// What a key is that does not stand in the file.
fn unwritten(loaded: &Loaded, key: &str, path: &[&str], catalog: &Catalog) -> Option<String> {
    let params = lookup(catalog, key);
    let (parent, _) = path.split_at(path.len() - 1);
    let name = [parent, &["name"]].concat();
    if let Some(experiment) = &loaded.experiment {
        // The resolved file has every default that does not depend on what the sweep chooses.
        let (resolved, _) = tree::parse(&experiment.resolved, SourceId(0));
        let chosen = resolved.at(&name).and_then(Item::text);
        if let Some(item) = resolved.at(path) {
            let text = experiment.resolved.get(item.span.range.clone()).unwrap_or_default();
            let is_theirs = |n: &&str| params.iter().any(|(e, _)| e.is_some_and(|e| e.name == *n));
            let of = chosen.filter(is_theirs).map_or(String::new(), |name| format!(" of `{name}`"));
            return Some(format!("`{key}` is {text}, the default{of}"));
        }
        let (_, param) = params.first()?;
        if let Some(chosen) = chosen
            && params.iter().all(|(e, _)| e.is_some_and(|e| e.name != chosen))
        {
            return Some(format!("`{key}` is not used: `{chosen}` has no such parameter"));
        }
        return Some(match param.default {
            Default::Required => format!("`{key}` is not written, and has no default"),
            _ => format!("`{key}` is not written: {}", param.docs),
        });
    }
    from_the_catalogue(&loaded.tree, key, path, catalog)
}

/// The same for a file that is not sound: by what is written and the catalogue alone.
fn from_the_catalogue(root: &Table, key: &str, path: &[&str], catalog: &Catalog) -> Option<String> {
    let mut params = lookup(catalog, key);
    let (parent, _) = path.split_at(path.len() - 1);
    let name = [parent, &["name"]].concat();
    // An optimizer that is not named is the default one.
    let unnamed = lookup(catalog, &name.join(".")).into_iter().find_map(|(_, p)| match p.default {
        Default::Word(word) => Some(word),
        _ => None,
    });
    if let Some(name) = root.at(&name).and_then(Item::text).or(unnamed)
        && params.iter().any(|(e, _)| e.is_some_and(|e| e.name == name))
    {
        params.retain(|(e, _)| e.is_none_or(|e| e.name == name));
    }
    let (owner, param) = params.first()?;
    let of = owner.map_or(String::new(), |e| format!(" of `{}`", e.name));
    Some(match param.default {
        Default::Required => format!("`{key}` is not written, and has no default{of}"),
        Default::Absent => format!("`{key}` is not written: {}", param.docs),
        ref default => format!("`{key}` is {}, the default{of}", describe_default(default)),
    })
}

/// What axes and variants do with a key.
fn swept(
    loaded: &Loaded,
    experiment: &Experiment,
    resolver: &Resolver,
    key: &str,
    path: &[&str],
) -> Vec<String> {
    let mut told = Vec::new();
    for (index, axis) in experiment.sweep.axes.iter().enumerate() {
        if axis.key == VARIANT {
            let gives = |(value, change): (&crate::spec::AxisValue, &Change)| {
                let Change::Merge(table) = change else { return None };
                let item = table.at(path)?;
                let from = place(&loaded.sources, &item.span);
                Some(format!(
                    "the variant `{}` makes it {}, from {from}",
                    value.label,
                    self::value(loaded, item)
                ))
            };
            told.extend(axis.values.iter().zip(resolver.changes_of(index)).filter_map(gives));
        } else if axis.key == key || key.starts_with(&format!("{}.", axis.key)) {
            told.push(axis_over(loaded, axis));
        }
    }
    told
}

fn axis_over(loaded: &Loaded, axis: &Axis) -> String {
    let values = match axis.domain {
        Some(_) => "drawn from a range".to_string(),
        None => {
            let mut shown: Vec<&str> =
                axis.values.iter().take(VALUES_SHOWN).map(|v| v.label.as_str()).collect();
            shown.extend((axis.values.len() > VALUES_SHOWN).then_some("..."));
            shown.join(", ")
        }
    };
    let sometimes = if axis.when.is_empty() { "" } else { " where its condition in `sweep.when` holds" };
    let from = place(&loaded.sources, &axis.span);
    format!("`{}` is swept{sometimes}: {values}, from {from}", axis.key)
}

/// A value as written, its first line.
fn value(loaded: &Loaded, item: &Item) -> String {
    let source = loaded.sources.get(item.span.source);
    let text = source.text.get(item.span.range.clone()).unwrap_or_default();
    let more = if text.lines().count() > 1 { " ..." } else { "" };
    format!("{}{more}", text.lines().next().unwrap_or_default())
}

fn place(sources: &Sources, span: &Span) -> String {
    let source = sources.get(span.source);
    let (line, column) = position(source, span.range.start);
    format!("{}:{line}:{column}", source.name)
}
