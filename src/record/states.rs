//! Suspended trials on disk: one file for each lineage, whole or not at all.
//!
//! What a state holds is not known here. A file that is not what was written is set aside and named, and its trial begins anew; so
//! nothing that goes wrong here costs more than time. Who may write into the folder is the store's matter.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::diagnostic::{DAMAGED_STATE, Diagnostic};
use crate::disk::{self, DiskError};
use crate::event::TrialState;

/// The files of one results folder.
#[derive(Debug)]
pub struct StateFiles {
    folder: PathBuf,
    /// The first write that failed.
    fault: Mutex<Option<DiskError>>,
}

const FOLDER: &str = ".runner.states";
const ENDING: &str = ".state";
/// What was set aside.
const ASIDE: &str = ".old";
/// What a replacement that was cut off leaves.
const PART: &str = ".part";
/// The first words of every file; the number is that of the layout.
const FORMAT: &str = "runner-state 1";

impl StateFiles {
    /// The states in a results folder, and a warning for each file among them that cannot be used; it is set aside.
    pub fn open(results: &Path) -> Result<(StateFiles, Vec<Diagnostic>), DiskError> {
        let files = StateFiles { folder: results.join(FOLDER), fault: Mutex::new(None) };
        let mut warnings = Vec::new();
        for path in files.listed()? {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match name.strip_suffix(ENDING) {
                Some(lineage) if read(&path, lineage).is_none() => {
                    set_aside(&path)?;
                    warnings.push(damaged(&path));
                }
                None if name.ends_with(PART) => disk::remove_file(&path)?,
                _ => {}
            }
        }
        Ok((files, warnings))
    }

    /// The states that another process keeps in a results folder: nothing is changed there.
    pub fn of_others(results: &Path) -> StateFiles {
        StateFiles { folder: results.join(FOLDER), fault: Mutex::new(None) }
    }

    /// Lineages that have a state.
    pub fn lineages(&self) -> Result<BTreeSet<String>, DiskError> {
        let name = |path: &PathBuf| Some(path.file_name()?.to_str()?.strip_suffix(ENDING)?.to_string());
        Ok(self.listed()?.iter().filter_map(name).collect())
    }

    fn listed(&self) -> Result<Vec<PathBuf>, DiskError> {
        if disk::is_folder(&self.folder) { disk::list(&self.folder) } else { Ok(Vec::new()) }
    }

    fn path(&self, lineage: &str) -> PathBuf {
        self.folder.join(format!("{lineage}{ENDING}"))
    }

    /// The state of a lineage, if there is a sound one.
    pub fn load(&self, lineage: &str) -> Option<TrialState> {
        read(&self.path(lineage), lineage)
    }

    /// Takes the place of the lineage's state. See [`StateFiles::fault`] for errors.
    pub fn save(&self, state: &TrialState) {
        let saved = disk::create_folder(&self.folder)
            .and_then(|()| disk::replace(&self.path(&state.lineage), &written(state)));
        if let Err(error) = saved {
            self.fault.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// Removes the lineage's state, if there is one. One that stays costs nothing: its trial is known as done.
    pub fn forget(&self, lineage: &str) {
        let path = self.path(lineage);
        if disk::is_file(&path) {
            let _ = disk::remove_file(&path);
        }
    }

    /// The first write that failed since this was asked: what it was to keep begins anew after an interruption.
    pub fn fault(&self) -> Option<DiskError> {
        self.fault.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Removes every state, as far as that can be done: the run is complete.
    pub fn clear(&self) {
        let is_ours = |path: &&PathBuf| {
            let name = path.to_string_lossy();
            name.ends_with(ENDING) || name.ends_with(PART) || name.ends_with(&format!("{ENDING}{ASIDE}"))
        };
        if disk::is_folder(&self.folder) {
            for path in self.listed().unwrap_or_default().iter().filter(is_ours) {
                let _ = disk::remove_file(path);
            }
            disk::remove_empty_folder(&self.folder);
        }
    }
}

/// A line that says what the file is, with the SHA-256 of everything else in it, and the state.
fn written(state: &TrialState) -> Vec<u8> {
    let line = format!("{FORMAT} {} {} ", state.lineage, state.epochs);
    let sum = disk::sha256(&[line.as_bytes(), &state.bytes].concat());
    [line.as_bytes(), sum.as_bytes(), b"\n", &state.bytes].concat()
}

/// `None` where the file is not what was written for this lineage.
fn read(path: &Path, lineage: &str) -> Option<TrialState> {
    let file = disk::read(path).ok()?;
    let end = file.iter().position(|byte| *byte == b'\n')?;
    let line = std::str::from_utf8(&file[..end]).ok()?;
    let epochs = line.strip_prefix(FORMAT)?.strip_prefix(' ')?.strip_prefix(lineage)?.trim_start();
    let epochs = epochs.split(' ').next()?.parse().ok()?;
    let state = TrialState { lineage: lineage.to_string(), epochs, bytes: file[end + 1..].to_vec() };
    (written(&state) == file).then_some(state)
}

fn set_aside(path: &Path) -> Result<(), DiskError> {
    let mut aside = path.as_os_str().to_owned();
    aside.push(ASIDE);
    disk::rename(path, Path::new(&aside))
}

fn damaged(path: &Path) -> Diagnostic {
    let title = format!("`{}`: set aside as damaged; its trial begins anew", disk::shown(path));
    Diagnostic::warning(&DAMAGED_STATE, title)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(lineage: &str, epochs: usize) -> TrialState {
        TrialState { lineage: lineage.into(), epochs, bytes: (0..=255).collect() }
    }

    fn open(results: &Path) -> (StateFiles, Vec<Diagnostic>) {
        StateFiles::open(results).unwrap()
    }

    #[test]
    fn the_last_state_of_a_lineage_is_kept_until_it_is_forgotten() {
        let results = tempfile::tempdir().unwrap();
        let (files, warnings) = open(results.path());
        assert!(warnings.is_empty() && files.load("a").is_none());
        files.save(&state("a", 3));
        files.save(&state("a", 4));
        files.save(&state("b", 1));
        let (files, warnings) = open(results.path());
        assert!(warnings.is_empty());
        assert_eq!((files.load("a"), files.load("b")), (Some(state("a", 4)), Some(state("b", 1))));
        files.forget("a");
        files.forget("a");
        assert_eq!(files.load("a"), None);
        files.clear();
        assert!(files.fault().is_none());
        assert_eq!(disk::list(results.path()).unwrap(), Vec::<PathBuf>::new());
    }

    #[test]
    fn a_file_that_is_torn_changed_or_foreign_is_set_aside() {
        let results = tempfile::tempdir().unwrap();
        let (files, _) = open(results.path());
        let (whole, path) = (written(&state("a", 12)), files.path("a"));
        let mut found: Vec<Vec<u8>> = [0, 1, 20, 60, whole.len() - 1].map(|n| whole[..n].to_vec()).into();
        found.push([&whole[..], b"\n"].concat());
        found.push(written(&state("b", 12)));
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            found.push(changed);
        }
        disk::create_folder(&files.folder).unwrap();
        for bytes in found {
            disk::replace(&path, &bytes).unwrap();
            assert_eq!(files.load("a"), None);
            let (files, warnings) = open(results.path());
            assert_eq!(warnings.iter().map(|w| w.code.name).collect::<Vec<_>>(), ["damaged-state"]);
            assert!(warnings[0].title.contains(".runner.states/a.state"), "{}", warnings[0].title);
            let aside = files.folder.join("a.state.old");
            assert_eq!(disk::list(&files.folder).unwrap(), std::slice::from_ref(&aside));
            assert_eq!(disk::read(&aside).unwrap(), bytes);
            assert!(open(results.path()).1.is_empty(), "told once");
        }
        // What a killed process leaves beside a file is removed; what somebody else put there stays.
        disk::replace(&files.folder.join(".a.state.part"), b"half").unwrap();
        disk::replace(&files.folder.join("notes.txt"), b"mine").unwrap();
        open(results.path()).0.clear();
        assert_eq!(disk::list(&files.folder).unwrap(), [files.folder.join("notes.txt")]);
    }

    #[test]
    fn a_state_that_cannot_be_written_is_told() {
        let results = tempfile::tempdir().unwrap();
        let (files, _) = open(results.path());
        // A file where the folder should be.
        disk::replace(&files.folder, b"").unwrap();
        files.save(&state("a", 1));
        assert!(files.fault().is_some_and(|fault| fault.to_string().contains(".runner.states")));
        assert!(files.fault().is_none() && files.load("a").is_none());
    }
}
