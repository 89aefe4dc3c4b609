//! `runner`: one TOML file in, trained networks, a verdict with its uncertainty out.
//!
//! A **source** is read into an **experiment**; the experiment expands into **trials**; trials are grouped into **packs**;
//! a pack trains as one **population** and emits **events**; events are appended to **records**; records are told by a **report**.
//!
//! The modules in reading order, and what each may import (enforced by `tests/it/tidy.rs`, told in `ARCHITECTURE.md`).

pub mod text;
pub mod diagnostic;
pub mod rng;
pub mod disk;
pub mod stats;
pub mod catalog;
pub mod spec;
pub mod config;
pub mod plan;
pub mod event;
pub mod data;
pub mod metric;
pub mod kernel;
pub mod nn;
pub mod train;
pub mod diagnose;
pub mod record;
pub mod launch;
pub mod report;
pub mod export;
pub mod cli;
