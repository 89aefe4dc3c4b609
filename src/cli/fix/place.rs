//! Where a proposed change belongs in the text of an experiment.
//!
//! A variant that sets the key itself is changed there. A key that is an axis is left as it is: its values are what the experiment asks
//! about. So is one that the command line sets, which no text can change.

use crate::config::{self, Edit};
use crate::diagnose::Change;
use crate::spec::VARIANT;

/// What a change is made in.
pub(super) struct Scene<'a> {
    pub(super) text: &'a str,
    /// Keys of the axes, and the label that the configuration has on each.
    pub(super) axes: &'a [String],
    pub(super) labels: &'a [String],
    /// `KEY=VALUE` of each `--set`.
    pub(super) set: &'a [String],
}

/// The edits that all these changes come to, or why one of them is not made.
pub(super) fn edits(scene: &Scene<'_>, changes: &[Change]) -> Result<Vec<Edit>, String> {
    changes.iter().map(|change| edit(scene, change)).collect()
}

fn edit(scene: &Scene<'_>, change: &Change) -> Result<Edit, String> {
    let key = change.key.as_str();
    let is_set = |text: &&String| text.split_once('=').is_some_and(|(set, _)| is_related(set.trim(), key));
    if let Some(set) = scene.set.iter().find(is_set) {
        return Err(format!("`{key}` is set on the command line (`--set {set}`)"));
    }
    let mut path: Vec<&str> = key.split('.').collect();
    if let Some(variant) = variant(scene)
        && let Some(inner) = held(scene.text, &["variants", variant], &path, change.value.is_none())
    {
        return Ok(edit_at(&["variants", variant], &inner, change));
    }
    if scene.axes.iter().any(|axis| axis != VARIANT && is_related(axis, key)) {
        return Err(format!("`{key}` is an axis of the sweep, whose values are left as they are"));
    }
    if let Some(inner) = held(scene.text, &[], &path, change.value.is_none()) {
        path = inner;
    }
    Ok(edit_at(&[], &path, change))
}

/// The variant that the configuration is of.
fn variant<'a>(scene: &Scene<'a>) -> Option<&'a str> {
    let at = scene.axes.iter().position(|axis| axis == VARIANT)?;
    scene.labels.get(at).map(String::as_str).filter(|label| *label != "-")
}

/// Whether one key is the other or lies below it.
fn is_related(a: &str, b: &str) -> bool {
    let below = |a: &str, b: &str| b.strip_prefix(a).is_some_and(|rest| rest.starts_with('.'));
    a == b || below(a, b) || below(b, a)
}

/// What the text has of a path below another: the path itself, or its section where it is a name that the key would belong to
/// (`pairing = "sigmoid+mse"` for `pairing.loss`). A mistake made on purpose may be known by another name that makes the same gradient:
/// then all of `fault` goes.
fn held<'p>(text: &str, above: &[&str], path: &[&'p str], is_removal: bool) -> Option<Vec<&'p str>> {
    let has = |path: &[&str]| config::holds(text, &[above, path].concat());
    if has(path) || (path[0] == "pairing" && has(&path[..1])) {
        return Some(path.to_vec());
    }
    (is_removal && path[0] == "fault" && has(&path[..1])).then(|| path[..1].to_vec())
}

fn edit_at(above: &[&str], path: &[&str], change: &Change) -> Edit {
    let path = above.iter().chain(path).map(ToString::to_string).collect();
    Edit { path, value: change.value.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "pairing = \"sigmoid+mse\"\n[optimizer]\nlearning_rate = 1\n[fault]\nupdate = \"a\"\n\
                        [variants.slow]\noptimizer.learning_rate = 0.1\npairing = \"softmax+mse\"\n[variants.plain]\n";

    fn placed(label: &str, axis: &str, set: &str, change: Change) -> Result<String, String> {
        let (axes, labels) = ([VARIANT.to_string(), axis.to_string()], [label.to_string(), "1".to_string()]);
        let set = [set.to_string()];
        let scene = Scene { text: FILE, axes: &axes, labels: &labels, set: &set };
        edits(&scene, &[change]).map(|edits| edits[0].path.join("/"))
    }

    #[test]
    fn a_variant_is_changed_where_it_sets_the_key() {
        let rate = || Change::set("optimizer.learning_rate", "0.01");
        assert_eq!(placed("slow", "x", "", rate()).unwrap(), "variants/slow/optimizer/learning_rate");
        assert_eq!(placed("plain", "x", "", rate()).unwrap(), "optimizer/learning_rate");
        let reduction = || Change::set("pairing.reduction", "\"mean\"");
        assert_eq!(placed("slow", "x", "", reduction()).unwrap(), "variants/slow/pairing/reduction");
        assert_eq!(placed("plain", "x", "", reduction()).unwrap(), "pairing/reduction");
    }

    #[test]
    fn axes_and_the_command_line_are_left_as_they_are() {
        let rate = || Change::set("optimizer.learning_rate", "0.01");
        assert!(placed("plain", "optimizer.learning_rate", "", rate()).unwrap_err().contains("is an axis"));
        assert!(
            placed("plain", "x", "optimizer.learning_rate=3", rate()).unwrap_err().contains("command line")
        );
        assert!(placed("plain", "optimizer.learning", "optimizer.l=1", rate()).is_ok());
    }

    #[test]
    fn a_mistake_of_another_name_goes_with_all_of_them() {
        assert_eq!(placed("plain", "x", "", Change::remove("fault.update")).unwrap(), "fault/update");
        assert_eq!(placed("plain", "x", "", Change::remove("fault.output_delta")).unwrap(), "fault");
        assert_eq!(placed("plain", "x", "", Change::remove("optimizer.l2")).unwrap(), "optimizer/l2");
    }
}
