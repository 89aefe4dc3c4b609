//! Schedule `cosine`: half a cosine from 1 to the floor.

use super::Schedule;
use crate::catalog::{Default, Entry, Facts, Family, Kind, Param, Range, Role};

pub static THIS: Schedule = Schedule {
    entry: Entry {
        name: "cosine",
        family: Family::Schedule,
        summary: "half a cosine from 1 to the floor",
        docs: DOCS,
        params: &[Param {
            key: "floor",
            kind: Kind::Real(Range::UNIT),
            role: Role::Numeric,
            default: Default::Real(0.0),
            docs: "Factor that is approached at the end.",
        }],
        facts: Facts::Plain,
    },
};

const DOCS: &str = r#"### Formula

`floor + (1 - floor) · (1 + cos(π · step / steps)) / 2`, with steps counted from 0. First value 1; the last step has `step = steps - 1`, just above the floor.

### When to use

Runs of a known length.

### Source

Loshchilov and Hutter, 2016, arXiv 1608.03983, without restarts. As optax' `cosine_decay_schedule(1, steps, floor)` and PyTorch's `CosineAnnealingLR` stepped once per optimizer step."#;
