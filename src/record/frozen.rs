//! The experiment as it was when its trials were trained: enough to plan and report without its file and its data.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::disk;
use crate::event::Traits;

/// See the module.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frozen {
    /// Names the results folder.
    pub name: String,
    /// The file, relative to its project folder, with `/`.
    pub file: String,
    /// What `--set` changed.
    pub overrides: Vec<String>,
    /// See [`crate::spec::Experiment::resolved`].
    pub resolved: String,
    /// Of every data section of the plan, in the order in which the plan names them.
    pub data: Vec<FrozenData>,
}

/// What a report says of a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrozenData {
    pub name: String,
    pub task: String,
    pub rows: usize,
    pub features: usize,
    pub outputs: Vec<String>,
    pub parts: [usize; 3],
    /// Of the content.
    pub digest: String,
    /// Digest of each file, by the name written.
    pub files: Vec<(String, String)>,
    /// What was measured of it.
    #[serde(default)]
    pub traits: Traits,
}

impl FrozenData {
    /// What it was read from. Another version may measure more of the same data.
    fn without_traits(&self) -> FrozenData {
        FrozenData { traits: Traits::default(), ..self.clone() }
    }
}

impl Frozen {
    /// A name for what is trained: the same in every round, and another wherever settings or the first data differ.
    pub fn fingerprint(&self) -> String {
        let data = self.data.first().map_or("", |data| data.digest.as_str());
        disk::sha256(format!("{}\n{data}", self.resolved).as_bytes())[..16].to_string()
    }

    /// What is different in `other`, by key; empty where both are one experiment. The place of the file, and whether `--set` or the
    /// file said something, make no difference.
    pub fn differences(&self, other: &Frozen) -> Vec<String> {
        let (a, b) = (keys(&self.resolved), keys(&other.resolved));
        let mut told = Vec::new();
        if self.name != other.name {
            told.push(format!("its name: `{}` and `{}`", self.name, other.name));
        }
        for key in a.keys().chain(b.keys().filter(|k| !a.contains_key(*k))) {
            let value = |of: &BTreeMap<String, &str>| of.get(key).map_or("absent", |v| *v).to_string();
            if a.get(key) != b.get(key) {
                told.push(format!("`{key}`: {} and {}", value(&a), value(&b)));
            }
        }
        // A run that came to fewer rounds may have read fewer of them.
        for (a, b) in self.data.iter().zip(&other.data) {
            if a.digest != b.digest {
                let short = |d: &str| d.chars().take(12).collect::<String>();
                told.push(format!(
                    "the content of `{}`: {} and {}",
                    a.name,
                    short(&a.digest),
                    short(&b.digest)
                ));
            } else if a.without_traits() != b.without_traits() {
                told.push(format!("the files of `{}`", a.name));
            }
        }
        told
    }
}

/// The keys of a resolved file, with their section, and what is written for them: it has one line for each.
fn keys(resolved: &str) -> BTreeMap<String, &str> {
    let mut section = "";
    let mut keys = BTreeMap::new();
    for line in resolved.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
        } else if let Some((key, value)) = line.split_once(" = ").filter(|_| !line.starts_with('#')) {
            let whole = if section.is_empty() { key.to_string() } else { format!("{section}.{key}") };
            keys.insert(whole, value);
        }
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frozen(resolved: &str, digest: &str) -> Frozen {
        let data = FrozenData {
            name: "iris.csv".into(),
            task: "classification".into(),
            rows: 150,
            features: 4,
            outputs: Vec::new(),
            parts: [90, 30, 30],
            digest: digest.into(),
            files: Vec::new(),
            traits: Traits::default(),
        };
        Frozen {
            name: "x".into(),
            file: "x.toml".into(),
            overrides: Vec::new(),
            resolved: format!("# Resolved from x.toml = y\n{resolved}"),
            data: vec![data],
        }
    }

    #[test]
    fn differences_name_section_and_key() {
        let a = frozen(
            "title = \"A\"\n\n[train]\nepochs = 3\nbatch = 8\n\n[sweep]\n\"train.batch\" = [8]\n",
            "aa",
        );
        let b = frozen("title = \"A\"\n\n[train]\nepochs = 4\n\n[sweep]\n\"train.batch\" = [8, 9]\n", "bb");
        assert!(a.differences(&a).is_empty());
        let expected = [
            "`sweep.\"train.batch\"`: [8] and [8, 9]",
            "`train.batch`: 8 and absent",
            "`train.epochs`: 3 and 4",
            "the content of `iris.csv`: aa and bb",
        ];
        assert_eq!(a.differences(&b), expected);
    }

    /// Shards that two versions trained are of one experiment.
    #[test]
    fn what_a_version_measures_of_the_data_makes_no_difference() {
        let (old, mut new) = (frozen("", "d"), frozen("", "d"));
        new.data[0].traits.linear = Some(0.5);
        assert!(old.differences(&new).is_empty());
        new.data[0].rows = 149;
        assert_eq!(old.differences(&new), ["the files of `iris.csv`"]);
    }
}
