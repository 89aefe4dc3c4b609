//! From a point of the sweep to a configuration: the tree with the point's values in it, read again where it changed.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::catalog::Catalog;
use crate::config::check::{self, Sound};
use crate::config::files::Files;
use crate::config::parse::{self, Parsed};
use crate::config::read::Reader;
use crate::config::sweep::{Change, Swept};
use crate::config::tree::Table;
use crate::diagnostic::{Diagnostic, Span};
use crate::spec::{Configuration, Coordinate, Data, Fault, Model, Optimizer, Pairing, Point, Resolve, Train};

/// The sections of a configuration, as top-level keys.
pub(crate) const PARTS: [&str; 6] = ["data", "model", "pairing", "optimizer", "train", "fault"];

/// Implements [`Resolve`]. Sections that a point does not touch are read once and shared.
#[derive(Debug)]
pub struct Resolver {
    catalog: Catalog,
    files: Files,
    base: Table,
    /// Of the sweep, and so of every configuration.
    stop_hopeless: bool,
    changes: Vec<Vec<Change>>,
    /// Axes in the order in which their changes are applied.
    order: Vec<usize>,
    /// By part: the axes that touch it.
    touching: [Vec<usize>; 6],
    cache: Mutex<Cache>,
}

type Known<T> = BTreeMap<Point, Result<Arc<T>, Vec<Diagnostic>>>;

#[derive(Debug, Default)]
struct Cache {
    data: Known<Data>,
    model: Known<Model>,
    pairing: Known<Pairing>,
    optimizer: Known<Optimizer>,
    train: Known<Train>,
    fault: Known<Fault>,
}

/// More section values than this are not kept.
const CACHE_MAX: usize = 100_000;

impl Resolver {
    pub(crate) fn new(catalog: Catalog, files: Files, base: Table, swept: &Swept) -> Resolver {
        let (stop_hopeless, changes) = (swept.stop_hopeless, swept.changes.clone());
        let mut order: Vec<usize> = (0..changes.len()).collect();
        order.sort_by_key(|a| changes[*a].first().map(Change::rank));
        let touches = |part: &str| {
            let by = |a: &usize| changes[*a].iter().any(|c| c.touched().contains(&part));
            (0..changes.len()).filter(by).collect()
        };
        let touching = PARTS.map(touches);
        Resolver { catalog, files, base, stop_hopeless, changes, order, touching, cache: Mutex::default() }
    }

    /// The whole tree at a point, for the places of faults.
    pub(crate) fn tree(&self, point: &[Option<Coordinate>]) -> Table {
        let mut root = self.base.clone();
        for axis in &self.order {
            self.apply(&mut root, *axis, point);
        }
        root
    }

    /// Writes the value of an axis at a point.
    fn apply(&self, root: &mut Table, axis: usize, point: &[Option<Coordinate>]) {
        match (point[axis], self.changes[axis].as_slice()) {
            (Some(Coordinate::Listed(value)), changes) => changes[value].apply(root),
            // Of a range the ends are known; a number between them is written as they are.
            (Some(Coordinate::Drawn(bits)), [end, ..]) => end.with_number(f64::from_bits(bits)).apply(root),
            _ => {}
        }
    }

    /// One section at a point.
    fn part<T>(
        &self,
        known: &mut Known<T>,
        part: usize,
        point: &[Option<Coordinate>],
        read: impl Fn(&mut Reader<'_>, &Table) -> Option<T>,
    ) -> Result<Arc<T>, Vec<Diagnostic>> {
        let touching = &self.touching[part];
        let key: Point = touching.iter().map(|a| point[*a]).collect();
        if let Some(found) = known.get(&key) {
            return found.clone();
        }
        let mut root = Table::default();
        root.entries.extend(self.base.slot(PARTS[part]).cloned());
        for axis in self.order.iter().filter(|a| touching.contains(a)) {
            self.apply(&mut root, *axis, point);
        }
        let mut reader = Reader::new(&self.catalog, &self.files);
        let value = read(&mut reader, &root);
        let result = match value {
            Some(value) if reader.faults.is_empty() => Ok(Arc::new(value)),
            _ => Err(reader.faults),
        };
        if known.len() < CACHE_MAX {
            known.insert(key, result.clone());
        }
        result
    }

    /// The configuration with what rules across sections may look at, and the faults of each section.
    fn parts(&self, point: &[Option<Coordinate>]) -> (Result<Configuration, Vec<Diagnostic>>, Sound) {
        let mut cache = self.cache.lock().unwrap_or_else(PoisonError::into_inner);
        let data = self.part(&mut cache.data, 0, point, |r, t| parse::data(r, t).map(of));
        let model = self.part(&mut cache.model, 1, point, |r, t| parse::model(r, t).map(of));
        let pairing = self.part(&mut cache.pairing, 2, point, |r, t| parse::pairing(r, t).map(of));
        let optimizer = self.part(&mut cache.optimizer, 3, point, |r, t| parse::optimizer(r, t).map(of));
        let train = self.part(&mut cache.train, 4, point, |r, t| {
            let train = parse::train(r, t)?.value.0;
            Some(Train { stop_hopeless: self.stop_hopeless, ..train })
        });
        let fault = self.part(&mut cache.fault, 5, point, |r, t| parse::fault(r, t).map(of));
        let sound = Sound {
            data: data.as_ref().ok().cloned(),
            model: model.as_ref().ok().cloned(),
            fault: fault.as_ref().ok().cloned(),
            pairing: pairing.as_ref().ok().cloned(),
            optimizer: optimizer.as_ref().ok().cloned(),
            train: train.as_ref().ok().cloned(),
        };
        let parts = match (data, model, pairing, optimizer, train, fault) {
            (Ok(data), Ok(model), Ok(pairing), Ok(optimizer), Ok(train), Ok(fault)) => {
                Ok(Configuration { data, model, pairing, optimizer, train, fault })
            }
            (data, model, pairing, optimizer, train, fault) => {
                let all = [data.err(), model.err(), pairing.err(), optimizer.err(), train.err(), fault.err()];
                Err(all.into_iter().flatten().flatten().collect())
            }
        };
        (parts, sound)
    }

    /// What is sound of a point, whether or not all of it is.
    pub(crate) fn sound(&self, point: &[Option<Coordinate>]) -> Sound {
        self.parts(point).1
    }

    /// What each value of an axis changes.
    pub(crate) fn changes_of(&self, axis: usize) -> &[Change] {
        &self.changes[axis]
    }

    /// The axis that gives this key its value at every point, whatever stands in the file.
    pub(crate) fn axis_over(&self, path: &[&str]) -> Option<usize> {
        let replaces = |change: &Change| match change {
            Change::Set { path: set, .. } => {
                set.len() <= path.len() && set.iter().zip(path).all(|(a, b)| a == b)
            }
            Change::Merge(table) => table.at(path).is_some(),
        };
        self.changes.iter().position(|values| !values.is_empty() && values.iter().all(replaces))
    }

    /// The place of a key at a point.
    pub(crate) fn place(&self, point: &[Option<Coordinate>], path: &[&str]) -> Span {
        self.tree(point).place(path).unwrap_or_else(parse::beginning)
    }
}

fn of<T>(parsed: Parsed<T>) -> T {
    parsed.value
}

impl Resolve for Resolver {
    fn configuration(&self, point: &[Option<Coordinate>]) -> Result<Configuration, Vec<Diagnostic>> {
        let (parts, sound) = self.parts(point);
        let across = check::configuration(&self.catalog, &sound, &|path| self.place(point, path));
        match parts {
            Ok(configuration) if across.is_empty() => Ok(configuration),
            Ok(_) => Err(across),
            Err(mut faults) => {
                faults.extend(across);
                Err(faults)
            }
        }
    }
}
