//! `runner new FILE`: a commented experiment that runs.

use super::arguments::NewArguments;
use super::exit::Exit;
use super::output::{Format, Output};
use crate::{catalog, config, disk};

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
    // The first line of the file names the schema beside it, for editors.
    let schema = path.with_file_name("schema.json");
    let is_new = !disk::is_file(&schema);
    let text =
        serde_json::to_string_pretty(&catalog::schema::schema(&super::catalog())).unwrap_or_default() + "\n";
    let written = made
        .and_then(|()| if is_new { disk::replace(&schema, text.as_bytes()) } else { Ok(()) })
        .and_then(|()| disk::replace(path, config::TEMPLATE.as_bytes()));
    match written {
        Ok(()) => {
            let beside =
                if is_new { format!(" and {} for editors", disk::shown(&schema)) } else { String::new() };
            output.print(&format!("wrote {shown}{beside}; train it with `runner {shown}`"));
            Exit::Done
        }
        Err(error) => {
            output.complain(&format!("error: {error}"));
            Exit::Disk
        }
    }
}
