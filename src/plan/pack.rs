//! Packs: trials that train together as one population.
//!
//! Packing never changes a result; it only decides what shares a tensor. What may share one is told by the caller as a key,
//! so that this module needs to know neither networks nor data.

use std::collections::{BTreeMap, BTreeSet};

/// More members than this gain nothing: what a pack costs beside its members is spread thin by then (measured; see
/// `ARCHITECTURE.md`), and small packs keep threads busy and memory low.
pub const MEMBERS_MAX: usize = 64;

/// Packs of more members than this have a multiple of it where they can, so that few lanes of vector registers stay empty.
pub const LANES: usize = 8;

/// What a trial needs while it trains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Bytes of its own.
    pub own: u64,
    /// Bytes that its pack needs, however many members it has.
    pub pack: u64,
    /// Which samples it sees, and their bytes: trials of one pack share equal ones.
    pub samples: (usize, u64),
}

/// Trials of equal structure, trained together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Position in the list of packs.
    pub index: usize,
    /// Packs of one group have one key: their trials may train together.
    pub group: usize,
    /// Indices into the plan's trials, ascending.
    pub trials: Vec<usize>,
    /// Estimated bytes while it trains.
    pub bytes: u64,
    pub places: Places,
}

/// What a pack was planned to hold, and never holds more of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Places {
    pub members: usize,
    /// Different samples.
    pub samples: usize,
}

/// Groups `trials` by `key`, each group cut into packs of at most [`MEMBERS_MAX`] members and about `memory` bytes; a trial that
/// needs more is alone.
///
/// Groups keep the order of their first trial, so that results appear in the order of the plan.
pub fn pack(
    trials: &[usize],
    memory: u64,
    members_max: usize,
    key: impl Fn(usize) -> String,
    cost: impl Fn(usize) -> Cost,
) -> Vec<Pack> {
    let mut group_of: BTreeMap<String, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<usize>> = Vec::new();
    for &trial in trials {
        let group = *group_of.entry(key(trial)).or_insert(groups.len());
        if group == groups.len() {
            groups.push(Vec::new());
        }
        groups[group].push(trial);
    }
    let mut packs = Vec::new();
    for (index, group) in groups.into_iter().enumerate() {
        let empty = |at: usize| Pack {
            index: at,
            group: index,
            trials: Vec::new(),
            bytes: 0,
            places: Places::default(),
        };
        let size = size(group.len(), members_max.clamp(1, MEMBERS_MAX));
        let mut pack = empty(packs.len());
        let mut samples = BTreeSet::new();
        for trial in group {
            let Cost { own, pack: once, samples: (id, table) } = cost(trial);
            let first = |pack: &Pack| if pack.trials.is_empty() { once } else { 0 };
            let more = |samples: &BTreeSet<usize>| own + if samples.contains(&id) { 0 } else { table };
            let is_full = pack.trials.len() == size || pack.bytes + first(&pack) + more(&samples) > memory;
            if is_full && !pack.trials.is_empty() {
                let next = empty(pack.index + 1);
                packs.push(std::mem::replace(&mut pack, next));
                samples.clear();
            }
            pack.bytes += first(&pack) + more(&samples);
            samples.insert(id);
            pack.trials.push(trial);
            pack.places = Places { members: pack.trials.len(), samples: samples.len() };
        }
        packs.push(pack);
    }
    packs
}

/// Members of the packs of a group. Even sizes: 70 trials at 64 a pack are two packs of about 35, which keeps two threads busy.
fn size(group: usize, most: usize) -> usize {
    let even = group.div_ceil(group.div_ceil(most));
    if even > LANES { even.next_multiple_of(LANES).min(most) } else { even }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(own: u64, samples: (usize, u64)) -> Cost {
        Cost { own, pack: 0, samples }
    }

    #[test]
    fn groups_are_cut_evenly_and_keep_their_order() {
        let trials: Vec<usize> = (0..150).collect();
        let packs = pack(&trials, 1 << 30, 64, |t| (t % 2).to_string(), |_| cost(1000, (0, 0)));
        let sizes: Vec<usize> = packs.iter().map(|p| p.trials.len()).collect();
        assert_eq!(sizes, [40, 35, 40, 35]);
        assert_eq!(packs[0].trials[..3], [0, 2, 4]);
        assert!(packs.iter().enumerate().all(|(i, p)| p.index == i));
        assert_eq!(packs.iter().map(|p| p.group).collect::<Vec<_>>(), [0, 0, 1, 1]);
        let mut all: Vec<usize> = packs.into_iter().flat_map(|p| p.trials).collect();
        all.sort_unstable();
        assert_eq!(all, trials);
        assert_eq!((size(10, 5), size(100, 64), size(34, 24), size(20, 17)), (5, 56, 24, 16));
    }

    #[test]
    fn memory_bounds_a_pack_but_one_member_always_fits() {
        let sizes = |packs: Vec<Pack>| packs.iter().map(|p| p.trials.len()).collect::<Vec<_>>();
        let packs = pack(&[0, 1, 2, 3], 2500, 64, |_| String::new(), |_| cost(1000, (0, 0)));
        assert_eq!(packs.iter().map(|p| p.bytes).collect::<Vec<_>>(), [2000, 2000]);
        assert_eq!(sizes(pack(&[0, 1], 10, 64, |_| String::new(), |_| cost(1000, (0, 0)))), [1, 1]);
        // So does what a pack needs once.
        let once = |_| Cost { own: 100, pack: 1000, samples: (0, 0) };
        let packs = pack(&[0, 1, 2, 3], 1250, 64, |_| String::new(), once);
        assert_eq!(packs.iter().map(|p| p.bytes).collect::<Vec<_>>(), [1200, 1200]);
        // Samples count once for those who share them.
        let shared = |t: usize| cost(100, (t / 2, 1000));
        let packs = pack(&[0, 1, 2, 3], 1300, 64, |_| String::new(), shared);
        assert_eq!(packs[0].places, Places { members: 2, samples: 1 });
        assert_eq!((packs[0].bytes, sizes(packs)), (1200, vec![2, 2]));
    }
}
