//! Reads, parses, and checks an experiment. It knows names, not tensors.
//!
//! [`load`] never fails: it returns what it understood and every fault it found, all at once.
//! It reads the experiment's files and looks whether data files exist; it does not open them.

mod check;
mod edit;
mod files;
mod open;
mod origin;
mod parse;
mod read;
mod resolve;
mod sampled;
mod suite;
mod sweep;
mod tree;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use crate::catalog::{Catalog, Value, sections};
use crate::diagnostic::{self, Diagnostic, Severity, Sink, Sources};
use crate::spec::{
    Axis, Compare, Configuration, Coordinate, Data, Diagnose, Expectation, Experiment, Fault, Model,
    Optimizer, Pairing, Record, Report, Resolve as _, Train, VARIANT,
};
use crate::text;

use check::Sound;
pub use edit::{Edit, edited, holders, holds};
use files::Files;
pub use origin::origin;
use parse::{Parsed, beginning};
use read::{Path as Keys, Reader, planned_fault, shown};
pub use resolve::Resolver;
pub use suite::{LoadedSuite, suite};
use sweep::Swept;
use tree::{Item, Table};

/// What `runner new NAME` writes: commented, complete, and runs as it is.
pub const TEMPLATE: &str = include_str!("template.toml");

/// What to load.
#[derive(Clone, Debug, std::default::Default)]
pub struct Request {
    /// The experiment file as typed.
    pub path: PathBuf,
    /// `KEY=VALUE` of each `--set`, in order. Values are TOML; what is not is taken as text.
    /// Paths in them are relative to the experiment file, like all others.
    pub overrides: Vec<String>,
    /// Paths may leave the project folder.
    pub allow_outside: bool,
    /// Where it stands, for messages, and a text in the place of what the file holds, which is not read then.
    pub text: Option<(String, String)>,
}

/// What was understood. `experiment` and `resolver` are there exactly where no diagnostic is an error.
#[derive(Debug)]
pub struct Loaded {
    pub experiment: Option<Experiment>,
    pub resolver: Option<Resolver>,
    /// By source and place.
    pub diagnostics: Vec<Diagnostic>,
    pub sources: Sources,
    /// The merged tree as written, for [`origin()`].
    tree: Table,
}

/// What an experiment is called.
#[derive(Clone, Debug)]
pub struct Named {
    /// See [`Experiment::name`].
    pub name: String,
    /// See [`Experiment::file`].
    pub file: String,
    /// See [`Experiment::overrides`].
    pub overrides: Vec<String>,
}

/// Reads an experiment.
pub fn load(request: &Request, catalog: &Catalog) -> Loaded {
    let opened = open::open(request);
    let named = Named {
        name: name_of(request.path.file_stem()),
        file: files::in_project(&request.path),
        overrides: request.overrides.clone(),
    };
    read_opened(opened, &named, &name_of(request.path.file_name()), catalog)
}

/// Reads what was resolved before ([`Experiment::resolved`]), as the experiment it was. Neither its file nor its data need be there.
pub fn load_resolved(text: &str, named: &Named, catalog: &Catalog) -> Loaded {
    let file_name = named.file.rsplit('/').next().unwrap_or_default();
    read_opened(open::open_resolved(text, file_name), named, file_name, catalog)
}

fn read_opened(opened: open::Opened, named: &Named, file_name: &str, catalog: &Catalog) -> Loaded {
    let tree = opened.root.clone();
    let mut sink = Sink::default();
    let unread = opened.faults.iter().any(|f| std::ptr::eq(f.code, &diagnostic::UNREADABLE_FILE))
        || opened.faults.iter().any(|f| std::ptr::eq(f.code, &diagnostic::NOT_UTF8));
    sink.extend(opened.faults);
    let mut both = None;
    if let Some(slot) = opened.root.slot("suite") {
        // Nothing else of such a file is meant as an experiment.
        sink.extend([suite::no_experiment(&slot.key_span)]);
    } else if !unread && (!opened.broken || !opened.root.entries.is_empty()) {
        let (made, mut faults) = understand(named, file_name, catalog, &opened.files, opened.root);
        if opened.broken {
            // What could not be read may have held what seems to be missing.
            let broken: Vec<_> = sink.all().iter().filter_map(|f| f.primary.as_ref()).collect();
            faults.retain(|f| !is_absence(f) && !broken.iter().any(|b| at_same_place(f, b)));
        }
        // The same fault is found in every configuration that has it.
        let mut told = std::collections::BTreeSet::new();
        faults.retain(|f| {
            let place = f.primary.as_ref().map(|l| (l.span.source, l.span.range.start, l.span.range.end));
            told.insert((f.code.name, f.title.clone(), place))
        });
        sink.extend(faults);
        sink.extend(made.iter().flat_map(|(e, resolver)| swept_over(&tree, e, resolver)));
        both = made;
    }
    let (experiment, resolver) = if sink.has_errors() { (None, None) } else { both.unzip() };
    Loaded { experiment, resolver, diagnostics: sink.into_sorted(), sources: opened.sources, tree }
}

/// Keys of `--set` that the sweep sets again at every point.
fn swept_over(tree: &Table, experiment: &Experiment, resolver: &Resolver) -> Vec<Diagnostic> {
    let fault = |text: &String| {
        let key = open::set_key(text)?;
        let path: Vec<&str> = key.iter().map(String::as_str).collect();
        let axis = &experiment.sweep.axes[resolver.axis_over(&path)?];
        let key = path.join(".");
        let title = format!("setting `{key}` has no effect: the axis `{}` gives it its values", axis.key);
        let fault = Diagnostic::warning(&diagnostic::SET_WITHOUT_EFFECT, title)
            .at(&tree.at(&path)?.span, "replaced at every point of the sweep")
            .also(&axis.span, "the axis");
        let help = if axis.key == VARIANT {
            "every variant sets it; take it out of one, or change the variants".to_string()
        } else {
            format!("set the axis instead: `--set 'sweep.\"{}\"=[...]'`", axis.key)
        };
        Some(fault.help(help))
    };
    experiment.overrides.iter().filter_map(fault).collect()
}

fn at_same_place(fault: &Diagnostic, broken: &diagnostic::Label) -> bool {
    let here = |l: &diagnostic::Label| (l.span.source, l.span.range.start);
    fault.primary.as_ref().is_some_and(|l| here(l) == here(broken))
}

fn is_absence(fault: &Diagnostic) -> bool {
    std::ptr::eq(fault.code, &diagnostic::MISSING_SECTION)
        || std::ptr::eq(fault.code, &diagnostic::MISSING_KEY)
}

/// From the merged tree to the experiment.
fn understand(
    named: &Named,
    file_name: &str,
    catalog: &Catalog,
    files: &Files,
    mut root: Table,
) -> (Option<(Experiment, Resolver)>, Vec<Diagnostic>) {
    let mut r = Reader::new(catalog, files);
    top(&mut r, &root);
    let swept = sweep::sweep(&mut r, &root);
    // What only variants give belongs to them: at a point of the sweep another variant must not have it.
    let mut own = root.clone();
    if let Some(swept) = &swept {
        unmasked(&mut r, &root, swept);
        fill(&mut own, swept, false);
        fill(&mut root, swept, true);
    }
    let data = parse::data(&mut r, &root);
    let model = parse::model(&mut r, &root);
    let pairing = parse::pairing(&mut r, &root);
    let optimizer = parse::optimizer(&mut r, &root);
    let train = parse::train(&mut r, &root);
    let fault = parse::fault(&mut r, &root);
    let report = parse::report(&mut r, &root);
    let diagnose = parse::diagnose(&mut r, &root);
    let Some(mut swept) = swept else { return (None, r.faults) };
    let resolver = Resolver::new(catalog.clone(), files.clone(), own.clone(), &swept);
    let seeds = train.as_ref().map_or(1, |t| t.value.1.len());
    let seen = every_point(&mut r, &swept, &resolver, seeds, &root);
    let axes = &swept.sweep.axes;
    let compare = parse::compare(&mut r, &root, axes, &seen);
    let by = compare.as_ref().map(|c| c.value.by.as_str());
    let expect = parse::expect(&mut r, &root, arms(axes, by), &seen);
    let record = parse::record(&mut r, &root, &seen);
    let settings = (compare.as_ref().map(|c| &c.value), train.as_ref().map(|t| &t.value.0));
    sampled::settle(&mut r, &mut swept.sweep, &root, settings.0, settings.1, &seen);
    if r.faults.iter().any(|f| f.severity == Severity::Error) {
        return (None, r.faults);
    }
    let (Some(data), Some(model), Some(pairing)) = (data, model, pairing) else { return (None, r.faults) };
    let (Some(optimizer), Some(train)) = (optimizer, train) else { return (None, r.faults) };
    let Some(fault) = fault else { return (None, r.faults) };
    let (Some(report), Some(record)) = (report, record) else { return (None, r.faults) };
    let Some(diagnose) = diagnose else { return (None, r.faults) };
    let sections =
        Sections { data, model, pairing, optimizer, train, fault, compare, expect, record, report, diagnose };
    (Some((experiment(named, file_name, files, (&root, &own), swept, sections), resolver)), r.faults)
}

/// Every section, parsed and checked.
struct Sections {
    data: Parsed<Data>,
    model: Parsed<Model>,
    pairing: Parsed<Pairing>,
    optimizer: Parsed<Optimizer>,
    /// With the seeds.
    train: Parsed<(Train, Vec<u64>)>,
    fault: Parsed<Fault>,
    compare: Option<Parsed<Compare>>,
    expect: Vec<(Expectation, Value)>,
    record: Parsed<Record>,
    report: Parsed<Report>,
    diagnose: Parsed<Diagnose>,
}

fn experiment(
    named: &Named,
    file_name: &str,
    files: &Files,
    (root, own): (&Table, &Table),
    swept: Swept,
    of: Sections,
) -> Experiment {
    let resolved = write::resolved(&write::Parts {
        file: file_name.to_string(),
        files,
        root,
        own,
        sections: [&of.data.fields, &of.model.fields, &of.optimizer.fields, &of.train.fields],
        pairing: &of.pairing.fields,
        fault: &of.fault.fields,
        swept: &swept,
        compare: of.compare.as_ref().map(|c| &c.fields),
        expect: &of.expect,
        record: &of.record.fields,
        report: &of.report.fields,
        diagnose: &of.diagnose.fields,
    });
    let (mut train, seeds) = of.train.value;
    train.stop_hopeless = swept.stop_hopeless;
    let base = Configuration {
        data: Arc::new(of.data.value),
        model: Arc::new(of.model.value),
        pairing: Arc::new(of.pairing.value),
        optimizer: Arc::new(of.optimizer.value),
        train: Arc::new(train),
        fault: Arc::new(of.fault.value),
    };
    let name = named.name.clone();
    Experiment {
        file: named.file.clone(),
        title: Some(text(root, "title")).filter(|t| !t.is_empty()).unwrap_or_else(|| name.clone()),
        name,
        question: text(root, "question"),
        notes: text(root, "notes"),
        base,
        seeds,
        sweep: swept.sweep,
        compare: of.compare.map(|c| c.value),
        expect: of.expect.into_iter().map(|(e, _)| e).collect(),
        record: of.record.value,
        report: of.report.value,
        diagnose: of.diagnose.value,
        resolved,
        overrides: named.overrides.clone(),
    }
}

/// A text above the sections.
fn text(root: &Table, key: &str) -> String {
    root.get(key).and_then(Item::text).unwrap_or_default().to_string()
}

/// The axis whose values `[expect]` may name.
fn arms<'a>(axes: &'a [Axis], by: Option<&str>) -> Option<&'a Axis> {
    match by {
        Some(by) => axes.iter().find(|a| a.key == by),
        None => axes.iter().find(|a| a.key == VARIANT).or(axes.first()),
    }
}

fn name_of(part: Option<&std::ffi::OsStr>) -> String {
    part.map(|s| s.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Keys above the sections, and words that are neither key nor section.
fn top(r: &mut Reader<'_>, root: &Table) {
    for param in sections::TOP {
        if param.key != "pairing"
            && let Some(item) = root.get(param.key)
        {
            r.value(&param.kind, item, Keys::root(param.key));
        }
    }
    for slot in &root.entries {
        let known =
            sections::section_named(&slot.key).is_some() || sections::TOP.iter().any(|p| p.key == slot.key);
        if !known {
            unknown_section(r, slot);
        }
    }
}

fn unknown_section(r: &mut Reader<'_>, slot: &tree::Slot) {
    let key = slot.key.as_str();
    if let Some(planned) = sections::planned_at(key) {
        return r.fault(planned_fault(planned, &format!("`[{key}]`"), &slot.key_span));
    }
    let names: Vec<&str> = if slot.item.table().is_some() {
        sections::SECTIONS.iter().map(|s| s.name).collect()
    } else {
        sections::TOP.iter().map(|p| p.key).collect()
    };
    let (code, title) = if slot.item.table().is_some() {
        (&diagnostic::UNKNOWN_SECTION, format!("unknown section `[{}]`", shown(key)))
    } else {
        (&diagnostic::UNKNOWN_KEY, format!("unknown key `{}` at the top of the file", shown(key)))
    };
    let mut fault = Diagnostic::error(code, title).at(&slot.key_span, "not part of the language");
    let home = sections::SECTIONS.iter().find(|s| s.keys.iter().any(|p| p.key == key));
    if let Some(near) = text::did_you_mean(key, names.iter().copied()) {
        fault = fault.help(format!("did you mean `{near}`?"));
    } else if let Some(home) = home {
        fault = fault.help(format!("`{key}` belongs to `[{}]`", home.name));
    }
    r.fault(fault.note(format!("allowed here: {}", text::one_of(&names))));
}

/// `pairing.masking` where no output is ever masked.
fn unmasked(r: &mut Reader<'_>, root: &Table, swept: &Swept) {
    let has = |table: &Table| table.at(&["data", "mask"]).is_some();
    let masking = |table: &Table| table.at(&["pairing", "masking"]).map(|item| item.span.clone());
    let changes = || swept.changes.iter().flatten();
    let is_masked = |change: &sweep::Change| match change {
        sweep::Change::Merge(table) => has(table),
        sweep::Change::Set { path, .. } => path.iter().map(String::as_str).eq(["data", "mask"]),
    };
    if has(root) {
        return;
    }
    let mut useless = Vec::new();
    if !changes().any(is_masked) {
        useless.extend(masking(root));
    }
    useless.extend(changes().filter_map(|change| match change {
        sweep::Change::Merge(table) if !has(table) => masking(table),
        _ => None,
    }));
    for span in useless {
        let title = "`pairing.masking` has no meaning without `data.mask`";
        let fault = Diagnostic::error(&diagnostic::KEY_NOT_USED, title)
            .at(&span, "no output is ever off")
            .help("name the columns that switch outputs off: `mask = [...]` in `[data]`, or remove the key");
        r.fault(fault);
    }
}

/// Gives keys that only the sweep sets the first value of their axis, so that the base is whole; those of variants on request.
fn fill(root: &mut Table, swept: &Swept, variants: bool) {
    // What applies only sometimes is no part of the base.
    let always = swept.sweep.axes.iter().map(|a| a.when.is_empty());
    let mut first: Vec<&sweep::Change> = swept
        .changes
        .iter()
        .zip(always)
        .filter(|(_, always)| *always)
        .filter_map(|(c, _)| c.first())
        .collect();
    first.sort_by_key(|c| c.rank());
    for change in first {
        match change {
            sweep::Change::Set { path, .. } => {
                let path: Vec<&str> = path.iter().map(String::as_str).collect();
                if root.at(&path).is_none() && !is_member_text(root, &path) {
                    change.apply(root);
                }
            }
            sweep::Change::Merge(table) if variants => fill_table(root, table),
            sweep::Change::Merge(_) => {}
        }
    }
}

/// A parameter of a member written as its bare name: the member's own default is the base.
fn is_member_text(root: &Table, path: &[&str]) -> bool {
    (1..path.len()).any(|n| root.at(&path[..n]).is_some_and(|i| i.text().is_some()))
}

fn fill_table(root: &mut Table, over: &Table) {
    for slot in &over.entries {
        match root.get(&slot.key) {
            None => root.push(&slot.key, slot.key_span.clone(), slot.item.clone()),
            Some(Item { node: tree::Node::Table(_), .. }) => {
                let Some(theirs) = slot.item.table().cloned() else { continue };
                let mine = root.entries.iter_mut().find(|s| s.key == slot.key);
                if let Some(tree::Node::Table(mine)) = mine.map(|s| &mut s.item.node)
                    && mine.get("name").is_none()
                    && theirs.get("name").is_none()
                {
                    fill_table(mine, &theirs);
                }
            }
            Some(_) => {}
        }
    }
}

/// Rules about results look at no more different pairs of data and pairing.
const SEEN_MAX: usize = 100;

/// Faults of this many points are told; more would say the same again.
const FAULTY_POINTS_MAX: usize = 50;

/// Resolves every point of the sweep. Returns what is sound of those that differ in data or pairing.
fn every_point(
    r: &mut Reader<'_>,
    swept: &Swept,
    resolver: &Resolver,
    seeds: usize,
    root: &Table,
) -> Vec<Sound> {
    let mut seen: Vec<Sound> = Vec::new();
    if sampled::draws(&swept.sweep) {
        return probe(r, swept, resolver);
    }
    let total = swept.sweep.size().saturating_mul(seeds as u128);
    if total > 4 * swept.sweep.limit as u128 && swept.sweep.exclude.is_empty() || total > 4_000_000 {
        r.fault(too_many(total, swept, seeds, root));
        return seen;
    }
    let mut faulty = 0;
    let mut trials = 0u128;
    // Axes for which no two points were seen yet that differ in nothing else and mean different things.
    let mut idle: Vec<usize> =
        (0..swept.sweep.axes.len()).filter(|a| swept.sweep.axes[*a].values.len() > 1).collect();
    for point in swept.sweep.points().filter(|p| !swept.sweep.is_excluded(p)) {
        if seen.len() < SEEN_MAX {
            see(&mut seen, resolver.sound(&point));
        }
        match resolver.configuration(&point) {
            Ok(c) => {
                idle.retain(|a| same_at_first(resolver, &point, *a, &c));
                trials += seeds as u128 * c.data.split.folds() as u128;
            }
            Err(faults) => {
                r.faults.extend(faults);
                faulty += 1;
                if faulty >= FAULTY_POINTS_MAX {
                    break;
                }
            }
        }
    }
    if trials > swept.sweep.limit as u128 {
        r.fault(too_many(trials, swept, seeds, root));
    }
    if faulty == 0 && !seen.is_empty() {
        idle.iter().for_each(|a| r.fault(without_effect(&swept.sweep.axes[*a])));
    }
    seen
}

/// Points of a sweep that draws which are looked at before it begins.
const PROBES_MAX: usize = 2_000;

/// Resolves combinations of listed values and ends of ranges: what is sound there is sound between them.
fn probe(r: &mut Reader<'_>, swept: &Swept, resolver: &Resolver) -> Vec<Sound> {
    let mut seen: Vec<Sound> = Vec::new();
    let mut faulty = 0;
    for point in swept.sweep.probes().take(PROBES_MAX).filter(|p| !swept.sweep.is_excluded(p)) {
        if seen.len() < SEEN_MAX {
            see(&mut seen, resolver.sound(&point));
        }
        if let Err(faults) = resolver.configuration(&point) {
            r.faults.extend(faults);
            faulty += 1;
            if faulty >= FAULTY_POINTS_MAX {
                break;
            }
        }
    }
    seen
}

/// Keeps what differs from all seen before in data or pairing.
fn see(seen: &mut Vec<Sound>, new: Sound) {
    let same = |s: &Sound| same_part(&s.data, &new.data) && same_part(&s.pairing, &new.pairing);
    if !seen.iter().any(same) {
        seen.push(new);
    }
}

fn same_part<T>(a: &Option<Arc<T>>, b: &Option<Arc<T>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => Arc::ptr_eq(a, b),
        (None, None) => true,
        _ => false,
    }
}

/// Whether the point means the same with the first value of an axis.
fn same_at_first(
    resolver: &Resolver,
    point: &[Option<Coordinate>],
    axis: usize,
    here: &Configuration,
) -> bool {
    // Where the axis does not apply it has nothing to show.
    let Some(Coordinate::Listed(1..)) = point[axis] else { return true };
    let mut first = point.to_vec();
    first[axis] = Some(Coordinate::Listed(0));
    resolver.configuration(&first).is_ok_and(|c| c == *here)
}

fn without_effect(axis: &Axis) -> Diagnostic {
    let title = format!("the axis `{}` changes nothing", axis.key);
    Diagnostic::error(&diagnostic::AXIS_WITHOUT_EFFECT, title)
        .at(&axis.span, "every value gives the same configuration")
        .help("remove the axis, or remove what overrides it")
}

fn too_many(trials: u128, swept: &Swept, seeds: usize, root: &Table) -> Diagnostic {
    let trials = text::grouped(trials.min(u128::from(u64::MAX)) as u64);
    let limit = text::grouped(swept.sweep.limit as u64);
    let title = format!("the sweep has {trials} trials, more than the limit of {limit}");
    let lengths = swept.sweep.axes.iter().map(|a| format!("`{}` {}", a.key, a.values.len()));
    let lengths = lengths.collect::<Vec<_>>().join(", ");
    let place = root.place(&["sweep"]).unwrap_or_else(beginning);
    Diagnostic::error(&diagnostic::SWEEP_TOO_LARGE, title)
        .at(
            &place,
            format!(
                "{} and {}",
                if lengths.is_empty() { "no axes" } else { &lengths },
                text::count(seeds, "seed")
            ),
        )
        .help("fewer points or seeds, `zip` for axes that belong together, or a higher `[sweep] limit`")
}
