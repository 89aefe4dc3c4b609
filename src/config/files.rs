//! The files of an experiment: reading them, what paths are relative to, and which folder they may not leave.

use std::path::{Component, Path, PathBuf};

use crate::diagnostic::{self, Diagnostic, SourceId, Span};
use crate::{disk, text};

/// Largest experiment file. Hand-written files are a thousand times smaller.
pub(crate) const FILE_BYTES_MAX: u64 = 1 << 20;

/// Where each source lies.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    /// By [`SourceId`]: the folder that paths written in this source start from.
    places: Vec<Place>,
    /// Paths may not leave this folder. `None`: anywhere.
    root: Option<PathBuf>,
    /// Whether a file is there makes no difference: nobody will read it.
    unseen: bool,
}

#[derive(Clone, Debug)]
struct Place {
    /// As typed, for opening.
    folder: PathBuf,
    /// From the experiment file's folder, for what is written into results.
    prefix: PathBuf,
}

/// A path of the file, made usable.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    /// Relative to the experiment file, with `/`.
    pub(crate) written: String,
    pub(crate) path: PathBuf,
}

impl Files {
    /// `experiment` is the file as typed.
    pub(crate) fn new(experiment: &Path, allow_outside: bool) -> Files {
        let root = if allow_outside { None } else { project_root(experiment) };
        Files { root, ..Files::default() }
    }

    /// For a text whose files are not to be read, wherever they are.
    pub(crate) fn unseen() -> Files {
        Files { unseen: true, ..Files::default() }
    }

    /// Must be called once per source, in the order of their ids.
    pub(crate) fn add(&mut self, folder: &Path, prefix: &Path) {
        self.places.push(Place { folder: folder.into(), prefix: prefix.into() });
    }

    pub(crate) fn prefix(&self, source: SourceId) -> &Path {
        self.places.get(source.0).map_or(Path::new(""), |p| &p.prefix)
    }

    /// The file named by `written` in the source of `span`; it must lie within the project and exist.
    pub(crate) fn find(&self, written: &str, span: &Span) -> Result<Found, Box<Diagnostic>> {
        let Some(place) = self.places.get(span.source.0) else {
            return Err(Diagnostic::error(&diagnostic::MISSING_FILE, "a path without a place").into());
        };
        if written.is_empty() || written.contains('\0') {
            let title = format!("{written:?} is not a path");
            let fault = Diagnostic::error(&diagnostic::MISSING_FILE, title);
            return Err(fault.at(span, "expected the path of a file").into());
        }
        let path = place.folder.join(written);
        if let Some(root) = &self.root
            && !absolute(&path).starts_with(root)
        {
            let title = format!("the path `{written}` leaves the project");
            return Err(Diagnostic::error(&diagnostic::OUTSIDE_PROJECT, title)
                .at(span, "lies outside the project folder")
                .help("put the file into the project, or run with `--allow-outside`")
                .into());
        }
        if !self.unseen && !disk::is_file(&path) {
            return Err(missing(written, &path, span).into());
        }
        let written = self.as_of_the_experiment(written, span).unwrap_or_else(|| written.to_string());
        Ok(Found { written, path })
    }

    /// A path written in the source of `span`, from the folder of the experiment file; `None` where it starts from no folder.
    pub(crate) fn as_of_the_experiment(&self, written: &str, span: &Span) -> Option<String> {
        let is_relative = !Path::new(written).is_absolute();
        is_relative.then(|| disk::shown(&normal(&self.prefix(span.source).join(written))))
    }
}

fn missing(written: &str, path: &Path, span: &Span) -> Diagnostic {
    let title = if disk::is_folder(path) {
        format!("`{written}` is a folder, not a file")
    } else {
        format!("there is no file `{written}`")
    };
    let fault = Diagnostic::error(&diagnostic::MISSING_FILE, title)
        .at(span, "looked up from the folder of the file that names it");
    let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let listing = disk::list(folder).unwrap_or_default();
    let names: Vec<String> =
        (listing.iter()).filter_map(|p| p.file_name().map(|n| n.to_string_lossy().into_owned())).collect();
    let wanted = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let Some(near) = text::did_you_mean(&wanted, names.iter().map(String::as_str)) else {
        return match (written.rsplit_once('/'), disk::is_folder(folder)) {
            (Some((parent, _)), false) => told_above(fault, parent, folder),
            _ => fault,
        };
    };
    let whole = written.strip_suffix(wanted.as_str()).unwrap_or("");
    fault.help(format!("did you mean `{whole}{near}`?"))
}

/// A folder that is missing too; the page beside it may say where its files come from.
fn told_above(fault: Diagnostic, parent: &str, folder: &Path) -> Diagnostic {
    let fault = fault.note(format!("there is no folder `{parent}` either"));
    let above = parent.rsplit_once('/').map_or("", |(above, _)| above);
    let page = folder.parent().map(|f| f.join("README.md")).filter(|page| disk::is_file(page));
    match page {
        Some(_) if !above.is_empty() => {
            fault.help(format!("`{above}/README.md` may say where its files come from"))
        }
        _ => fault,
    }
}

/// The folder that paths may not leave: the nearest ancestor of the file that holds `Cargo.toml` or `.git`;
/// without one, the folder above the file's own, so that `experiments/a.toml` reaches `datasets/`.
fn project_root(experiment: &Path) -> Option<PathBuf> {
    let folder = absolute(experiment.parent().unwrap_or(Path::new("")));
    let marked = |f: &&Path| disk::is_file(&f.join("Cargo.toml")) || is_repository(f);
    let nearest = folder.ancestors().find(marked);
    Some(nearest.or(folder.parent()).unwrap_or(&folder).to_path_buf())
}

/// The experiment file relative to its project folder.
pub(crate) fn in_project(experiment: &Path) -> String {
    let whole = absolute(experiment);
    let root = project_root(experiment).unwrap_or_default();
    disk::shown(whole.strip_prefix(&root).unwrap_or(&whole))
}

fn is_repository(folder: &Path) -> bool {
    let mark = folder.join(".git");
    disk::is_folder(&mark) || disk::is_file(&mark)
}

/// The absolute path with links resolved as far as it exists.
fn absolute(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    if let Ok(found) = disk::canonical(path) {
        return found;
    }
    let parent = path.parent().filter(|p| *p != path);
    let above = parent.map_or_else(PathBuf::new, absolute);
    match path.components().next_back() {
        Some(Component::Normal(name)) => above.join(name),
        Some(Component::ParentDir) => above.parent().map(Path::to_path_buf).unwrap_or(above),
        _ => above,
    }
}

/// `a/../b` is `b`; leading `..` stay.
pub(crate) fn normal(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(out.components().next_back(), Some(Component::Normal(_))) => {
                out.pop();
            }
            other => out.push(other),
        }
    }
    out
}
