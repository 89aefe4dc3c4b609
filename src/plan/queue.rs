//! Packs that wait to be trained, for several threads; places that become free are given to trials of packs that have not begun.
//!
//! Who trains with whom changes no result. It knows neither networks nor threads: a pack says what may join it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Pack;

/// See the module.
#[derive(Debug, Default)]
pub struct Queue {
    waiting: Mutex<VecDeque<Pack>>,
    /// Which samples each trial of the plan sees.
    samples_of: Vec<usize>,
}

impl Queue {
    /// `samples_of` numbers, for every trial of the plan, the samples that it sees; equal ones are held once in a pack.
    pub fn new(packs: Vec<Pack>, samples_of: Vec<usize>) -> Queue {
        Queue { waiting: Mutex::new(packs.into()), samples_of }
    }

    /// The next pack to be trained. It may have become smaller than it was planned.
    pub fn next(&self) -> Option<Pack> {
        self.waiting().pop_front()
    }

    /// Trials that may join `pack`, of which `members` go on: as many as it has free places, of its own group, and without more different
    /// samples than it was planned with, so that it needs no more memory. They are taken from the end of the queue; nobody else gets them.
    pub fn join(&self, pack: &Pack, members: &[usize]) -> Vec<usize> {
        let mut waiting = self.waiting();
        let mut joining = Vec::new();
        if waiting.iter().all(|other| other.group != pack.group) {
            return joining;
        }
        let mut free = pack.places.members.saturating_sub(members.len());
        let mut samples: BTreeSet<usize> = members.iter().map(|t| self.samples_of[*t]).collect();
        for other in waiting.iter_mut().rev().filter(|other| other.group == pack.group) {
            let mut staying = Vec::with_capacity(other.trials.len());
            for trial in other.trials.drain(..).rev() {
                let of = self.samples_of[trial];
                if free > 0 && (samples.contains(&of) || samples.len() < pack.places.samples) {
                    free -= 1;
                    samples.insert(of);
                    joining.push(trial);
                } else {
                    staying.push(trial);
                }
            }
            staying.reverse();
            other.trials = staying;
        }
        waiting.retain(|pack| !pack.trials.is_empty());
        joining.sort_unstable();
        joining
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Pack>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Places;
    use super::*;

    fn pack(group: usize, trials: &[usize], samples: usize) -> Pack {
        let places = Places { members: trials.len(), samples };
        Pack { index: 0, group, trials: trials.to_vec(), bytes: 0, places }
    }

    #[test]
    fn free_places_go_to_the_last_trials_of_the_group() {
        let packs = vec![pack(0, &[0, 1, 2, 3], 1), pack(1, &[4, 5], 1), pack(0, &[6, 7, 8], 1)];
        let queue = Queue::new(packs, vec![0; 9]);
        let first = queue.next().unwrap();
        assert!(queue.join(&first, &first.trials).is_empty());
        assert_eq!(queue.join(&first, &[1, 2]), [7, 8]);
        assert_eq!(queue.join(&first, &[1]), [6], "what is there");
        assert!(queue.join(&first, &[]).is_empty(), "of another group");
        assert_eq!(queue.next().unwrap().trials, [4, 5]);
        assert!(queue.next().is_none(), "a pack whose trials all joined others never begins");
    }

    #[test]
    fn a_pack_never_holds_more_samples_than_it_was_planned_with() {
        let samples_of = vec![0, 0, 1, 1, 2, 3, 0, 2];
        let queue = Queue::new(vec![pack(0, &[0, 1, 2, 3], 2), pack(0, &[4, 5, 6, 7], 3)], samples_of);
        let first = queue.next().unwrap();
        // Samples 0 and 1 are held: of the others only trial 6 sees one of these.
        assert_eq!(queue.join(&first, &[0, 2]), [6]);
        // Samples 0 are held; there is room for samples 2, and then for no others.
        assert_eq!(queue.join(&first, &[0]), [4, 7]);
        assert_eq!(queue.next().unwrap().trials, [5]);
    }
}
