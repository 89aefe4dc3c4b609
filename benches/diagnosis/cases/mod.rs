//! The corpus: seeded faults, the same networks without them, and healthy runs.
//!
//! Every case is one configuration of a few seeds. It is made from its name alone, so that the corpus is the same everywhere and a new case
//! changes no other. Nothing here trains, judges, or touches files.

mod faults_of_data;
mod faults_of_gradients;
mod faults_of_networks;
mod faults_of_sequences;
mod faults_of_settings;
mod healthy;
mod kinds;
mod random;
mod recipe;
mod rows;
mod sets;

use kinds::Kind;
use random::{Random, hash};

/// Which half of the corpus a case belongs to: thresholds are chosen on one, and results are those of the other.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Half {
    Calibrate,
    Report,
}

/// One experiment, and what is known about it.
pub(crate) struct Case {
    pub(crate) name: String,
    /// Kind of fault, or of healthy run.
    pub(crate) kind: &'static str,
    pub(crate) half: Half,
    pub(crate) data_set: &'static str,
    /// `classification`, `multi_label`, or `regression`.
    pub(crate) task: &'static str,
    pub(crate) toml: String,
    pub(crate) is_faulty: bool,
    /// The finding that names the seeded cause; none where nothing is wrong.
    pub(crate) root_cause: Option<&'static str>,
    /// Findings that name the cause, or enough of it.
    pub(crate) expected: &'static [&'static str],
    /// `skill`, or the measurement that shows the harm where the score does not.
    pub(crate) shown_by: &'static str,
    pub(crate) why: String,
    /// The same experiment without the fault.
    pub(crate) twin: Option<String>,
}

/// All faulty cases; `folder` is where the data files are, as seen from the experiments. `draw` names the random draws: another word makes
/// another corpus of the same kinds, which no threshold has seen; the committed one is that of the empty word.
pub(crate) fn faulty(folder: &str, draw: &str) -> Vec<Case> {
    kinds::all().flat_map(|kind| (0..kind.cases).map(|i| fault(kind, i, folder, draw))).collect()
}

/// All healthy cases.
pub(crate) fn healthy(folder: &str, draw: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    for family in healthy::FAMILIES {
        for i in 0..family.cases {
            let set = family.sets[i % family.sets.len()];
            let name = format!("healthy-{}-{}-{}", family.name, set.name(), i + 1);
            let mut random = Random::named(&format!("{name}{draw}"));
            let mut recipe = sets::healthy(set, folder, &mut random);
            (family.vary)(&mut recipe, &mut random);
            cases.push(Case {
                kind: family.name,
                half: half(family.name, i),
                data_set: set.name(),
                task: set.task(),
                toml: recipe.toml("healthy"),
                is_faulty: false,
                root_cause: None,
                expected: &[],
                shown_by: "skill",
                why: family.why.into(),
                twin: None,
                name,
            });
        }
    }
    cases
}

fn fault(kind: &Kind, index: usize, folder: &str, draw: &str) -> Case {
    let set = kind.sets[index % kind.sets.len()];
    let name = format!("{}-{}-{}", kind.name, set.name(), index + 1);
    let mut random = Random::named(&format!("{name}{draw}"));
    let mut recipe = sets::healthy(set, folder, &mut random);
    (kind.prepare)(&mut recipe, &mut random);
    let twin = recipe.toml(&format!("{name} without its fault"));
    let why = (kind.seed)(&mut recipe, &mut random);
    Case {
        kind: kind.name,
        half: half(kind.name, index),
        data_set: set.name(),
        task: set.task(),
        toml: recipe.toml(&why),
        is_faulty: true,
        root_cause: Some(recipe.root.unwrap_or(kind.root)),
        expected: kind.expected,
        shown_by: kind.shown_by,
        why,
        twin: Some(twin),
        name,
    }
}

/// Of two neighbours of a kind a hash of the kind and their place says which one calibrates, so that no one can choose, both halves
/// have every kind, and further cases change nothing.
fn half(kind: &str, index: usize) -> Half {
    let first_calibrates = hash(&format!("{kind}, pair {}", index / 2)).is_multiple_of(2);
    if first_calibrates == index.is_multiple_of(2) { Half::Calibrate } else { Half::Report }
}
