//! Packs: trials that train together as one population.
//!
//! Packing never changes a result; it only decides what shares a tensor. What may share one is told by the caller as a key,
//! so that this module needs to know neither networks nor data.

use std::collections::BTreeMap;

/// More members than this gain nothing: per-operation overhead is spread thin by then (measured; see `ARCHITECTURE.md`).
pub const MEMBERS_MAX: usize = 64;

/// Trials of equal structure, trained together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// Position in the list of packs.
    pub index: usize,
    /// Indices into the plan's trials, ascending.
    pub trials: Vec<usize>,
    /// Estimated bytes while it trains.
    pub bytes: u64,
}

/// Groups `trials` by `key`, each group cut into packs of at most [`MEMBERS_MAX`] members and about `memory` bytes.
///
/// `bytes` estimates one member. Groups keep the order of their first trial, so that results appear in the order of the plan.
pub fn pack(
    trials: &[usize],
    memory: u64,
    members_max: usize,
    key: impl Fn(usize) -> String,
    bytes: impl Fn(usize) -> u64,
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
    for group in groups {
        let each = bytes(group[0]).max(1);
        let fit = (memory / each).clamp(1, members_max.clamp(1, MEMBERS_MAX) as u64) as usize;
        // Even sizes: 70 trials at 64 a pack are two packs of 35, which keeps two threads busy.
        let count = group.len().div_ceil(fit);
        let size = group.len().div_ceil(count);
        for members in group.chunks(size) {
            packs.push(Pack {
                index: packs.len(),
                trials: members.to_vec(),
                bytes: each * members.len() as u64,
            });
        }
    }
    packs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_cut_evenly_and_keep_their_order() {
        let trials: Vec<usize> = (0..150).collect();
        let packs = pack(&trials, 1 << 30, 64, |t| (t % 2).to_string(), |_| 1000);
        let sizes: Vec<usize> = packs.iter().map(|p| p.trials.len()).collect();
        assert_eq!(sizes, [38, 37, 38, 37]);
        assert_eq!(packs[0].trials[..3], [0, 2, 4]);
        let mut all: Vec<usize> = packs.into_iter().flat_map(|p| p.trials).collect();
        all.sort_unstable();
        assert_eq!(all, trials);
    }

    #[test]
    fn memory_bounds_a_pack_but_one_member_always_fits() {
        let packs = pack(&[0, 1, 2, 3], 2500, 64, |_| String::new(), |_| 1000);
        assert_eq!(packs.iter().map(|p| p.trials.len()).collect::<Vec<_>>(), [2, 2]);
        let packs = pack(&[0, 1], 10, 64, |_| String::new(), |_| 1000);
        assert_eq!(packs.len(), 2);
    }
}
