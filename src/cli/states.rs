//! Where suspended trials are kept: in memory, or on disk where the experiment asks for checkpoints, where the rounds of a sweep are
//! trained by one process after another, and when a run is told to stop.
//!
//! It does not know what is in a state, and nothing goes wrong when one is lost: its trial begins anew.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::experiment::Ready;
use super::output::Output;
use crate::diagnostic::Sources;
use crate::disk::DiskError;
use crate::event::{States, TrialState};
use crate::record::StateFiles;

/// The suspended trials of one experiment.
pub(super) struct Suspended {
    memory: Mutex<Memory>,
    files: StateFiles,
    /// Everything goes to the files, so that it outlives this process.
    on_disk: bool,
    /// Lineages that may have a file, where not everything goes to the files: what an earlier run left when it was told to stop.
    left: Mutex<BTreeSet<String>>,
    /// What the other shards suspended: it is read and never changed.
    others: Vec<StateFiles>,
}

impl Suspended {
    /// Those that an earlier run left in the results folder, unless this one starts `afresh`; in memory, `most` bytes are kept.
    pub(super) fn open(
        results: &Path,
        ready: &Ready,
        most: u64,
        afresh: bool,
        output: &Output,
    ) -> Result<Suspended, DiskError> {
        let (files, warnings) = StateFiles::open(results)?;
        if afresh {
            files.clear();
        }
        output.diagnostics(&warnings, &Sources::default());
        let mut configurations = ready.plan.configurations.iter().map(|p| &p.configuration);
        let on_disk = configurations.any(|c| c.train.checkpoint.is_some());
        let left = Mutex::new(files.lineages()?);
        Ok(Suspended { memory: Mutex::new(Memory::new(most)), files, on_disk, left, others: Vec::new() })
    }

    /// Of one of several processes that train the rounds of a sweep together: a trial goes on wherever its next rung is trained.
    pub(super) fn shared(self, others: &[PathBuf]) -> Suspended {
        let others = others.iter().map(|folder| StateFiles::of_others(folder)).collect();
        Suspended { on_disk: true, others, ..self }
    }

    /// Says so if a checkpoint could not be written: the run did not need it.
    pub(super) fn tell(&self, output: &Output) {
        if let Some(error) = self.files.fault() {
            output.note(&format!("warning: a checkpoint was not kept: {error}"));
        }
    }

    /// The run is complete: nothing goes on from anywhere.
    pub(super) fn clear(&self) {
        *self.memory() = Memory::new(0);
        self.files.clear();
    }

    /// Keeps what is in memory for the next process.
    pub(super) fn outlive(&self) {
        let states = std::mem::replace(&mut *self.memory(), Memory::new(0)).states;
        states.into_values().for_each(|state| self.keep(state));
    }

    fn left(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.left.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl States for Suspended {
    fn load(&self, lineage: &str, most: usize) -> Option<TrialState> {
        let fits = |state: &TrialState| state.epochs <= most;
        if self.on_disk {
            let own = self.files.load(lineage).filter(fits);
            return own.or_else(|| self.others.iter().find_map(|files| files.load(lineage).filter(fits)));
        }
        let remembered = self.memory().load(lineage).filter(fits);
        let is_left = remembered.is_none() && self.left().contains(lineage);
        if is_left { self.files.load(lineage).filter(fits) } else { remembered }
    }

    fn save(&self, state: TrialState) {
        if self.on_disk { self.files.save(&state) } else { self.memory().save(state) }
    }

    fn keep(&self, state: TrialState) {
        self.files.save(&state);
        self.left().insert(state.lineage);
    }

    fn forget(&self, lineage: &str) {
        self.memory().forget(lineage);
        let is_left = self.left().remove(lineage);
        if self.on_disk || is_left {
            self.files.forget(lineage);
        }
    }
}

/// States up to a number of bytes; the oldest make room.
struct Memory {
    most: u64,
    bytes: u64,
    /// By age: a number that grows.
    states: BTreeMap<u64, TrialState>,
    age_of: BTreeMap<String, u64>,
    next: u64,
}

impl Memory {
    fn new(most: u64) -> Memory {
        Memory { most, bytes: 0, states: BTreeMap::new(), age_of: BTreeMap::new(), next: 0 }
    }

    fn load(&self, lineage: &str) -> Option<TrialState> {
        self.age_of.get(lineage).and_then(|age| self.states.get(age)).cloned()
    }

    fn save(&mut self, state: TrialState) {
        self.forget(&state.lineage);
        self.bytes += size(&state);
        self.age_of.insert(state.lineage.clone(), self.next);
        self.states.insert(self.next, state);
        self.next += 1;
        while self.bytes > self.most
            && let Some((_, oldest)) = self.states.pop_first()
        {
            self.bytes -= size(&oldest);
            self.age_of.remove(&oldest.lineage);
        }
    }

    fn forget(&mut self, lineage: &str) {
        let state = self.age_of.remove(lineage).and_then(|age| self.states.remove(&age));
        self.bytes -= state.as_ref().map_or(0, size);
    }
}

/// Bytes in memory, about: lineage and places in the maps included.
fn size(state: &TrialState) -> u64 {
    state.bytes.len() as u64 + 256
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(lineage: &str, epochs: usize) -> TrialState {
        TrialState { lineage: lineage.into(), epochs, bytes: vec![0; 744] }
    }

    #[test]
    fn the_oldest_state_makes_room() {
        let mut memory = Memory::new(3_000);
        for lineage in ["a", "b", "c"] {
            memory.save(state(lineage, 1));
        }
        memory.save(state("a", 2));
        memory.save(state("d", 1));
        let epochs = |memory: &Memory| ["a", "b", "c", "d"].map(|l| memory.load(l).map(|s| s.epochs));
        assert_eq!(epochs(&memory), [Some(2), None, Some(1), Some(1)]);
        memory.forget("c");
        memory.save(state("b", 5));
        assert_eq!(epochs(&memory), [Some(2), Some(5), None, Some(1)]);
        assert_eq!((memory.bytes, memory.states.len(), memory.age_of.len()), (3_000, 3, 3));
        // One that is larger than everything is not kept, and the store stays usable.
        memory.save(TrialState { bytes: vec![0; 5_000], ..state("e", 1) });
        assert_eq!((epochs(&memory), memory.bytes), ([None; 4], 0));
        memory.save(state("a", 3));
        assert_eq!(epochs(&memory)[0], Some(3));
    }
}
