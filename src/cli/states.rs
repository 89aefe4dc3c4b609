//! Where suspended trials are kept: in memory, or on disk where the experiment asks for checkpoints.
//!
//! It does not know what is in a state, and nothing goes wrong when one is lost: its trial begins anew.

use std::collections::BTreeMap;
use std::path::Path;
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
}

impl Suspended {
    /// Those that an earlier run left in the results folder, where this experiment has checkpoints; in memory, `most` bytes are kept.
    pub(super) fn open(
        results: &Path,
        ready: &Ready,
        most: u64,
        output: &Output,
    ) -> Result<Suspended, DiskError> {
        let (files, warnings) = StateFiles::open(results)?;
        output.diagnostics(&warnings, &Sources::default());
        let mut configurations = ready.plan.configurations.iter().map(|p| &p.configuration);
        let on_disk = configurations.any(|c| c.train.checkpoint.is_some());
        Ok(Suspended { memory: Mutex::new(Memory::new(most)), files, on_disk })
    }

    /// Says so if a checkpoint could not be written: the run did not need it.
    pub(super) fn tell(&self, output: &Output) {
        if let Some(error) = self.files.fault() {
            output.note(&format!("warning: a checkpoint was not kept: {error}"));
        }
    }

    /// The run is complete: nothing goes on from anywhere.
    pub(super) fn clear(&self) -> Result<(), DiskError> {
        *self.memory() = Memory::new(0);
        self.files.clear()
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl States for Suspended {
    fn load(&self, lineage: &str, most: usize) -> Option<TrialState> {
        let state = if self.on_disk { self.files.load(lineage) } else { self.memory().load(lineage) };
        state.filter(|state| state.epochs <= most)
    }

    fn save(&self, state: TrialState) {
        if self.on_disk { self.files.save(&state) } else { self.memory().save(state) }
    }

    fn forget(&self, lineage: &str) {
        if self.on_disk { self.files.forget(lineage) } else { self.memory().forget(lineage) }
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
