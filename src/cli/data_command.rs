//! `runner data FILE`: what a data set holds.

use std::path::Path;

use super::arguments::DataArguments;
use super::exit::Exit;
use super::output::{Format, Output};
use crate::diagnostic::{Sources, Span};
use crate::{data, disk};

pub(super) fn data(arguments: &DataArguments) -> Exit {
    let output = Output { format: arguments.format, quiet: false };
    let path: &Path = &arguments.file;
    let shown = disk::shown(path);
    if shown.ends_with(".toml") {
        output.complain(&format!(
            "error: `{shown}` is an experiment, not data\n\
             help: name the file its `[data] source` names; `runner plan {shown}` shows what would be trained"
        ));
        return Exit::Invalid;
    }
    // Faults point at the command line, which is the only text there is to point at.
    let mut sources = Sources::default();
    let line = format!("runner data {shown}");
    let range = line.len() - shown.len()..line.len();
    let at = Span { source: sources.add("command line", line), range };
    match data::describe(&shown, path, &at, &mut sources) {
        Ok(description) => {
            match arguments.format {
                Format::Text => output.print(&description.to_text()),
                Format::Json => output.json(&serde_json::to_value(&description).unwrap_or_default()),
            }
            Exit::Done
        }
        Err(faults) => {
            output.diagnostics(&faults, &sources);
            Exit::Disk
        }
    }
}
