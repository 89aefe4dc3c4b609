//! Where a proposed change belongs in the text of an experiment.
//!
//! A variant that sets the key itself is changed there. A key that is an axis is left as it is: its values are what the experiment asks
//! about. So is one that the command line sets, which no text can change. A key of all layers is changed in each layer that has one of its
//! own, and for the others where it stands.

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
    let all: Vec<Vec<Edit>> = changes.iter().map(|change| edit(scene, change)).collect::<Result<_, _>>()?;
    Ok(all.concat())
}

fn edit(scene: &Scene<'_>, change: &Change) -> Result<Vec<Edit>, String> {
    let key = change.key.as_str();
    let is_set = |text: &&String| text.split_once('=').is_some_and(|(set, _)| is_related(set.trim(), key));
    if let Some(set) = scene.set.iter().find(is_set) {
        return Err(format!("`{key}` is set on the command line (`--set {set}`)"));
    }
    let mut path: Vec<&str> = key.split('.').collect();
    let (mut all, is_of_others) = in_layers(scene, &path, change);
    if !is_of_others {
        return Ok(all);
    }
    if let Some(variant) = variant(scene)
        && let Some(inner) = held(scene.text, &["variants", variant], &path, change.value.is_none())
    {
        all.push(edit_at(&["variants", variant], &inner, change));
        return Ok(all);
    }
    if scene.axes.iter().any(|axis| axis != VARIANT && is_related(axis, key)) {
        return Err(format!("`{key}` is an axis of the sweep, whose values are left as they are"));
    }
    if let Some(inner) = held(scene.text, &[], &path, change.value.is_none()) {
        path = inner;
    }
    all.push(edit_at(&[], &path, change));
    Ok(all)
}

/// The same change in each layer that has the key itself, and whether it is to be made for others too.
fn in_layers(scene: &Scene<'_>, path: &[&str], change: &Change) -> (Vec<Edit>, bool) {
    let (["model", key], Some(_)) = (path, &change.value) else { return (Vec::new(), true) };
    let hidden = ["model", "hidden"];
    // An axis or the command line may say what the layers are; then those of the file are not these.
    let is_elsewhere = scene.axes.iter().any(|axis| is_related(axis, "model.hidden"))
        || scene.set.iter().any(|set| set.split('=').next().is_some_and(|key| key.trim() == "model.hidden"));
    let above = match variant(scene) {
        Some(variant) if config::holds(scene.text, &["variants", variant, "model", "hidden"]) => {
            vec!["variants", variant]
        }
        _ if is_elsewhere => return (Vec::new(), true),
        _ => Vec::new(),
    };
    let (holders, layers) = config::holders(scene.text, &[&above[..], &hidden].concat(), key);
    let of_layer = |at: &usize| edit_at(&above, &["model", "hidden", &at.to_string(), key], change);
    (holders.iter().map(of_layer).collect(), layers == 0 || holders.len() < layers)
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
    fn layers_are_changed_that_have_the_key_themselves() {
        let file = "[model]\nhidden = [{ units = 8, activation = \"softmax\" }, { units = 4, activation = \"relu\", init = \"zeros\" }]\n\
                    [variants.flat]\n\"model.hidden\" = [8, { units = 8, dropout = 0.9 }]\n";
        let placed = |label: &str, axis: &str, key: &str| -> Vec<String> {
            let (axes, labels) =
                ([VARIANT.to_string(), axis.to_string()], [label.to_string(), "1".to_string()]);
            let scene = Scene { text: file, axes: &axes, labels: &labels, set: &[] };
            let edits = edits(&scene, &[Change::set(key, "1")]).unwrap();
            edits.iter().map(|edit| edit.path.join("/")).collect()
        };
        // All layers have it; some do; none does.
        let all = ["model/hidden/0/activation", "model/hidden/1/activation"];
        assert_eq!(placed("-", "x", "model.activation"), all);
        assert_eq!(placed("-", "x", "model.init"), ["model/hidden/1/init", "model/init"]);
        assert_eq!(placed("-", "x", "model.bias_init"), ["model/bias_init"]);
        // A variant has layers of its own, and so has an axis.
        let flat = ["variants/flat/model/hidden/1/dropout", "model/dropout"];
        assert_eq!(placed("flat", "x", "model.dropout"), flat);
        assert_eq!(placed("-", "model.hidden", "model.activation"), ["model/activation"]);
        assert_eq!(placed("-", "x", "model.output.init"), ["model/output/init"]);
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
