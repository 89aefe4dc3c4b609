//! `runner new FILE`: a commented experiment that runs.

use super::arguments::NewArguments;
use super::exit::Exit;
use super::output::{Format, Output};
use crate::{config, disk};

pub(super) fn new(arguments: &NewArguments) -> Exit {
    let output = Output { format: Format::Text, quiet: false };
    let path = &arguments.file;
    let shown = disk::shown(path);
    if disk::is_file(path) || disk::is_folder(path) {
        output.complain(&format!(
            "error: `{shown}` exists already\nhelp: choose another name, or remove it first"
        ));
        return Exit::Invalid;
    }
    if path.extension().is_none_or(|e| e != "toml") {
        output.complain(&format!("error: `{shown}` does not end in .toml\nhelp: runner new {shown}.toml"));
        return Exit::Invalid;
    }
    let folder = path.parent().filter(|p| !p.as_os_str().is_empty());
    let made = folder.map_or(Ok(()), disk::create_folder);
    match made.and_then(|()| disk::replace(path, config::TEMPLATE.as_bytes())) {
        Ok(()) => {
            output.print(&format!("wrote {shown}; train it with `runner {shown}`"));
            Exit::Done
        }
        Err(error) => {
            output.complain(&format!("error: {error}"));
            Exit::Disk
        }
    }
}
