//! A delimited text read as columns with roles and types, in two passes: the first finds types and faults, the second fills the table.
//!
//! Two passes keep memory at the file plus the table of features, whatever the number of columns.
//! It does not know tasks beyond what they allow in a target; `finish` checks the table as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::data::cell::{self, Cell};
use crate::data::fault::{self, Faults, Faulty};
use crate::data::finish::{self, Raw};
use crate::data::sequence::{Known, Layout};
use crate::data::source::csv::{Row, Table};
use crate::data::{Column, preparation, targets};
use crate::diagnostic::{
    Diagnostic, EMPTY_COLUMN, INFINITE_VALUE, MISSING_VALUE, MIXED_COLUMN, NO_ROWS, NOT_A_NUMBER, Sources,
    Span, TOO_MANY_CATEGORIES, UNKNOWN_PART, WRONG_TASK,
};
use crate::spec::{self, Encoding, Missing, Part, Split, Task};
use crate::text;

mod masks;
mod roles;
mod steps;

use roles::{Roles, roles};
use steps::{Step, TimeColumns};

/// Most categories of a feature column.
pub(crate) const CATEGORIES_MAX: usize = 100;
/// Most classes of a target column.
pub(crate) const CLASSES_MAX: usize = 1000;

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Use {
    Feature,
    Target,
    Part,
    /// The name of the row's sequence.
    Sequence,
    Time,
    /// Says whether an output is on.
    Mask,
    Unused,
}

/// What the first pass finds in a column.
#[derive(Debug, Default)]
struct Survey {
    numbers: usize,
    texts: usize,
    /// The first cells of each kind, by row start and row number.
    first_number: Option<(usize, usize)>,
    first_texts: Vec<(usize, usize)>,
    /// Distinct categories, at most one more than the limit.
    names: BTreeSet<String>,
    whole: bool,
}

/// What a column holds.
#[derive(Debug)]
enum Kind {
    Number,
    /// Index by name.
    Category(BTreeMap<String, u32>),
}

struct Reader<'a> {
    table: &'a Table<'a>,
    spec: &'a spec::Data,
    names: Vec<String>,
    uses: Vec<Use>,
    /// Column of each target, in the order of the experiment.
    targets: Vec<usize>,
    /// Where rows are time steps.
    time: Option<TimeColumns>,
    /// Column of each output's mask, in the order of the outputs; empty where there are none.
    masks: Vec<usize>,
}

/// What the first pass finds in the rows that are kept.
struct Found {
    /// By column.
    surveys: Vec<Survey>,
    rows: usize,
    /// By row, where rows are time steps.
    steps: Vec<Step>,
}

/// Reads a table. `at` is where the experiment names the file.
pub(crate) fn read(table: &Table<'_>, spec: &spec::Data, at: &Span, sources: &mut Sources) -> Faulty<Raw> {
    let names = table.columns(sources)?;
    let Roles { uses, targets, time, masks } = roles(table, &names, spec, at, sources)?;
    let reader = Reader { table, spec, names, uses, targets, time, masks };
    let Found { surveys, rows, steps } = reader.survey(sources)?;
    if rows == 0 {
        let title = format!("no row of `{}` is left", table.name);
        return fault::one(&NO_ROWS, title, at, "every row has a missing value");
    }
    let (layout, unanswered) = reader.layout(&steps, sources)?;
    let sequences: Vec<u32> = steps.iter().map(Step::sequence).collect();
    drop(steps);
    let (kinds, task) = reader.kinds(surveys, rows, sources)?;
    reader.one_mask_each(&kinds, task, at)?;
    let width: usize = reader.features().map(|c| reader.width(&kinds[c])).sum();
    finish::check_size(layout.as_ref().map_or(rows, Layout::places), width, spec, at)?;
    let raw = reader.fill(&kinds, task, rows, width, sources)?;
    let remarks = reader.remarks(&sequences, &kinds, &raw, at);
    Ok(Raw { layout, unanswered, remarks, ..raw })
}

impl Reader<'_> {
    fn features(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.names.len()).filter(|&c| self.uses[c] == Use::Feature)
    }

    fn declared(&self, column: usize) -> bool {
        self.spec.categorical.contains(&self.names[column])
    }

    /// Features that a column becomes.
    fn width(&self, kind: &Kind) -> usize {
        match (kind, self.spec.encoding) {
            (Kind::Category(names), Encoding::OneHot) => names.len(),
            _ => 1,
        }
    }

    fn limit(&self) -> usize {
        self.spec.limit.unwrap_or(usize::MAX)
    }

    /// A fault at a cell, with the source line.
    fn at_cell(
        &self,
        fault: Diagnostic,
        start: usize,
        column: usize,
        label: &str,
        sources: &mut Sources,
    ) -> Diagnostic {
        match self.table.place(start, column, sources) {
            Some(place) => fault.at(&place, label),
            None => fault.note(format!("in line {} of `{}`", self.table.line(start), self.table.name)),
        }
    }

    /// The first pass: counts by column; missing (where it is a fault), infinite, and unknown parts are reported here.
    fn survey(&self, sources: &mut Sources) -> Faulty<Found> {
        let mut surveys: Vec<Survey> =
            self.names.iter().map(|_| Survey { whole: true, ..Survey::default() }).collect();
        let (mut faults, mut rows, mut steps) = (Faults::default(), 0, Vec::new());
        self.visit(&mut faults, sources, |row, sequence, faults, sources| {
            rows += 1;
            steps.extend(sequence.map(|sequence| self.step(row, sequence)));
            for (column, survey) in surveys.iter_mut().enumerate() {
                if self.uses[column] == Use::Unused {
                    continue;
                }
                let cell = cell::read(row.cell(column));
                match cell {
                    Cell::Missing => self.missing(row, column, faults, sources),
                    Cell::Infinite => {
                        let make = || self.infinite(row, column, sources);
                        faults.push_cell(&INFINITE_VALUE, column, row.number, make);
                    }
                    _ => match self.uses[column] {
                        Use::Part => self.part(row, column, faults, sources),
                        Use::Time => self.time(cell, row, column, faults, sources),
                        Use::Mask => self.bit(cell, row, column, faults, sources),
                        Use::Sequence => {}
                        _ => self.count(survey, cell, row, column),
                    },
                }
            }
        });
        faults.finish().map(|()| Found { surveys, rows, steps })
    }

    /// Calls `each` for every row that is kept, with the number of its sequence where there are sequences, and gives how many are dropped.
    fn visit(
        &self,
        faults: &mut Faults,
        sources: &mut Sources,
        mut each: impl FnMut(&Row<'_>, Option<u32>, &mut Faults, &mut Sources),
    ) -> usize {
        let (mut known, mut dropped) = (Known::new(self.limit()), 0);
        self.table.rows(self.names.len(), faults, sources, |row, faults, sources| {
            let sequence = self.time.as_ref().map(|columns| cell::category(row.cell(columns.sequence)));
            match &sequence {
                None if row.number > self.limit() => return false,
                Some(name) if !known.takes(name) => return true,
                _ => {}
            }
            if self.drops(row) {
                dropped += 1;
            } else {
                each(row, sequence.map(|name| known.number(&name)), faults, sources);
            }
            true
        });
        dropped
    }

    /// Whether a row is left out because of a gap in a column that is used.
    fn drops(&self, row: &Row<'_>) -> bool {
        let used = |column: &usize| self.uses[*column] != Use::Unused;
        self.spec.missing == Missing::DropRow
            && (0..self.names.len()).filter(used).any(|c| cell::read(row.cell(c)) == Cell::Missing)
    }

    fn missing(&self, row: &Row<'_>, column: usize, faults: &mut Faults, sources: &mut Sources) {
        if self.uses[column] == Use::Feature && self.spec.missing != Missing::Error {
            return;
        }
        // Of a sequence only the last step must have a target: see `layout`.
        if self.uses[column] == Use::Target && self.time.is_some() {
            return;
        }
        faults.push_cell(&MISSING_VALUE, column, row.number, || {
            let title = format!("row {}, column `{}`: the value is missing", row.number, self.names[column]);
            let fault = Diagnostic::error(&MISSING_VALUE, title);
            let fault = self.at_cell(fault, row.start, column, "a value is needed", sources);
            match self.uses[column] {
                Use::Feature => {
                    fault.help("fill it, or choose `missing = \"drop_row\"`, `\"mean\"`, or `\"median\"`")
                }
                _ => fault.help("fill it, or leave such rows out: `missing = \"drop_row\"`"),
            }
        });
    }

    fn infinite(&self, row: &Row<'_>, column: usize, sources: &mut Sources) -> Diagnostic {
        let (name, value) = (&self.names[column], fault::cut(row.cell(column)));
        let title = format!("row {}, column `{name}`: `{value}` is not finite", row.number);
        self.at_cell(Diagnostic::error(&INFINITE_VALUE, title), row.start, column, "a finite number", sources)
    }

    fn part(&self, row: &Row<'_>, column: usize, faults: &mut Faults, sources: &mut Sources) {
        let cell = row.cell(column);
        if part_of(cell).is_some() {
            return;
        }
        faults.push_cell(&UNKNOWN_PART, column, row.number, || {
            let (name, value) = (&self.names[column], fault::cut(cell));
            let title = format!("row {}, column `{name}`: `{value}` is not a part", row.number);
            let fault = Diagnostic::error(&UNKNOWN_PART, title);
            let fault = self.at_cell(fault, row.start, column, "`train`, `validation`, or `test`", sources);
            match text::did_you_mean(cell, Part::ALL.map(Part::name)) {
                Some(near) => fault.help(format!("did you mean `{near}`?")),
                None => fault,
            }
        });
    }

    fn count(&self, survey: &mut Survey, cell: Cell<'_>, row: &Row<'_>, column: usize) {
        match cell {
            Cell::Number(value) => {
                survey.numbers += 1;
                survey.whole &= value.fract() == 0.0;
                survey.first_number.get_or_insert((row.start, row.number));
            }
            _ => {
                survey.texts += 1;
                survey.whole = false;
                if survey.first_texts.len() < fault::FAULTS_MAX {
                    survey.first_texts.push((row.start, row.number));
                }
            }
        }
        let target = self.uses[column] == Use::Target;
        let named = target || self.declared(column) || matches!(cell, Cell::Text(_));
        let limit = if target { CLASSES_MAX } else { CATEGORIES_MAX };
        if named && survey.names.len() <= limit {
            let name = cell::category(row.cell(column));
            if !survey.names.contains(name.as_ref()) {
                survey.names.insert(name.into_owned());
            }
        }
    }

    /// Settles the type of every column and the task.
    fn kinds(&self, surveys: Vec<Survey>, rows: usize, sources: &mut Sources) -> Faulty<(Vec<Kind>, Task)> {
        let task = self.task(&surveys, rows);
        let mut faults = Faults::default();
        let mut kinds = Vec::with_capacity(surveys.len());
        for (column, survey) in surveys.into_iter().enumerate() {
            let class = self.uses[column] == Use::Target && task == Task::Classification;
            let asked = class && self.spec.task.is_some();
            let category =
                asked || self.declared(column) || (survey.numbers == 0 && survey.texts > 0) || class;
            match self.uses[column] {
                Use::Unused | Use::Part | Use::Sequence | Use::Time | Use::Mask => {}
                _ if survey.numbers + survey.texts == 0 => {
                    faults.push(|| self.empty(column, sources));
                }
                Use::Target if task != Task::Classification => {
                    self.only_numbers(&survey, column, &mut faults, sources)
                }
                _ if !category || (class && !asked && !self.declared(column)) => {
                    self.unmixed(&survey, column, &mut faults, sources);
                }
                _ => {}
            }
            let limit = if class { CLASSES_MAX } else { CATEGORIES_MAX };
            if category
                && survey.names.len() > limit
                && matches!(self.uses[column], Use::Feature | Use::Target)
            {
                faults.push(|| self.too_many(&survey, column, limit, sources));
            }
            kinds.push(if category { index(survey.names) } else { Kind::Number });
        }
        faults.finish().map(|()| (kinds, task))
    }

    /// The task asked for, else the one that the targets' values suggest.
    fn task(&self, surveys: &[Survey], rows: usize) -> Task {
        let bits = |s: &Survey| s.texts == 0 && s.names.iter().all(|n| n == "0" || n == "1");
        match (self.spec.task, self.targets.as_slice()) {
            (Some(task), _) => task,
            (None, [one]) => {
                let survey = &surveys[*one];
                let text = survey.texts > 0 && survey.texts >= survey.numbers;
                let few = survey.texts == 0 && targets::few(survey.names.len(), survey.whole, rows);
                if text || few || self.declared(*one) { Task::Classification } else { Task::Regression }
            }
            (None, many) if many.iter().all(|&c| bits(&surveys[c])) => Task::MultiLabel,
            (None, _) => Task::Regression,
        }
    }

    fn empty(&self, column: usize, sources: &mut Sources) -> Diagnostic {
        let name = &self.names[column];
        let fault = Diagnostic::error(&EMPTY_COLUMN, format!("column `{name}` has no value in any row"));
        let fault = match self.table.header_place(column, sources) {
            Some(place) => fault.at(&place, "every cell is missing"),
            None => fault,
        };
        fault.help(format!("leave it out: `ignore = [\"{name}\"]`"))
    }

    /// Text and numbers in one column: whichever is rarer is shown.
    fn unmixed(&self, survey: &Survey, column: usize, faults: &mut Faults, sources: &mut Sources) {
        if survey.texts == 0 || survey.numbers == 0 {
            return;
        }
        if survey.texts < survey.numbers {
            return self.only_numbers(survey, column, faults, sources);
        }
        faults.push(|| {
            let (name, all) = (&self.names[column], survey.texts + survey.numbers);
            let title = format!(
                "column `{name}` mixes text and numbers: {} of {} values are text",
                text::grouped(survey.texts as u64),
                text::grouped(all as u64)
            );
            let fault = Diagnostic::error(&MIXED_COLUMN, title);
            let start = survey.first_number.map_or(0, |(start, _)| start);
            self.at_cell(fault, start, column, "a number among text", sources)
                .help(format!("if it is a category, declare it: `categorical = [\"{name}\"]`"))
        });
    }

    fn only_numbers(&self, survey: &Survey, column: usize, faults: &mut Faults, sources: &mut Sources) {
        if let (0, Some(&(start, _))) = (survey.numbers, survey.first_texts.first()) {
            // Only a target gets here: a feature without a number is a category.
            faults.push(|| {
                let title = format!("target `{}` holds text, and the task needs numbers", self.names[column]);
                let fault = Diagnostic::error(&WRONG_TASK, title);
                self.at_cell(fault, start, column, "text in every row", sources)
                    .help("for classes set `task = \"classification\"`")
            });
            return;
        }
        for &(start, number) in &survey.first_texts {
            faults.push_cell(&NOT_A_NUMBER, column, number, || {
                let raw = self.table.cell_at(start, column);
                let title = format!(
                    "row {number}, column `{}`: `{}` is not a number",
                    self.names[column],
                    fault::cut(&raw)
                );
                let fault = Diagnostic::error(&NOT_A_NUMBER, title);
                let fault = self.at_cell(fault, start, column, "a number, or empty if missing", sources);
                match cell::hint(&raw) {
                    Some(hint) => fault.help(hint),
                    None => fault,
                }
            });
        }
        faults.count_cells(&NOT_A_NUMBER, column, survey.texts - survey.first_texts.len());
    }

    fn too_many(&self, survey: &Survey, column: usize, limit: usize, sources: &mut Sources) -> Diagnostic {
        let name = &self.names[column];
        let title = format!("column `{name}` has more than {}", text::count(limit, "category"));
        let fault = Diagnostic::error(&TOO_MANY_CATEGORIES, title);
        let first = survey.first_texts.first().copied().or(survey.first_number);
        let fault =
            self.at_cell(fault, first.map_or(0, |(start, _)| start), column, "the first of them", sources);
        match self.uses[column] {
            Use::Target => fault.help("for a number to be estimated, set `task = \"regression\"`"),
            _ => fault.help(format!("leave it out: `ignore = [\"{name}\"]`")),
        }
    }

    /// The second pass: values into the table. What could be wrong was found in the first, but for masks, which need the classes.
    fn fill(
        &self,
        kinds: &[Kind],
        task: Task,
        rows: usize,
        width: usize,
        sources: &mut Sources,
    ) -> Faulty<Raw> {
        let (feature_names, categorical) = self.feature_names(kinds);
        let columns = self.features().map(|c| self.column(c, &kinds[c])).collect();
        let mut x = Vec::with_capacity(rows * width);
        let mut y = Vec::with_capacity(rows * self.targets.len());
        let (mut parts, mut mask) = (Vec::new(), Vec::new());
        let mut faults = Faults::default();
        let dropped = self.visit(&mut faults, sources, |row, _, faults, sources| {
            for column in self.features() {
                self.push(&mut x, &kinds[column], row.cell(column));
            }
            y.extend(self.targets.iter().map(|&c| value(&kinds[c], row.cell(c))));
            let part = self.uses.iter().position(|u| *u == Use::Part);
            parts.extend(part.and_then(|c| part_of(row.cell(c))));
            let is_class = |target: &&f64| task == Task::Classification && !target.is_nan();
            let class = y.last().filter(is_class).map(|target| *target as usize);
            self.mask(row, class, &mut mask, faults, sources);
        });
        faults.finish()?;
        let classes = match (task, self.targets.as_slice()) {
            (Task::Classification, [one]) => match &kinds[*one] {
                Kind::Category(names) => Some(ordered(names)),
                Kind::Number => None,
            },
            _ => None,
        };
        let target_names = self.targets.iter().map(|&c| self.names[c].clone()).collect();
        let parts = matches!(self.spec.split, Split::Predefined { .. }).then_some(parts);
        let (task, columns) = (Some(task), Some(columns));
        let layout = None;
        Ok(Raw {
            feature_names,
            x,
            categorical,
            columns,
            target_names,
            y,
            classes,
            task,
            mask,
            parts,
            layout,
            dropped,
            ..Raw::default()
        })
    }

    fn column(&self, column: usize, kind: &Kind) -> Column {
        let categories = match kind {
            Kind::Category(names) => Some(ordered(names)),
            Kind::Number => None,
        };
        Column { name: self.names[column].clone(), categories }
    }

    /// Names of the encoded features, and which of them code a categorical column.
    fn feature_names(&self, kinds: &[Kind]) -> (Vec<String>, Vec<Range<usize>>) {
        let (mut names, mut groups) = (Vec::new(), Vec::new());
        for column in self.features() {
            let (name, from) = (&self.names[column], names.len());
            match (&kinds[column], self.spec.encoding) {
                (Kind::Category(values), Encoding::OneHot) => {
                    names.extend(ordered(values).iter().map(|v| format!("{name}={v}")));
                }
                _ => names.push(name.clone()),
            }
            if matches!(kinds[column], Kind::Category(_)) {
                groups.push(from..names.len());
            }
        }
        (names, groups)
    }

    fn push(&self, x: &mut Vec<f64>, kind: &Kind, cell: &str) {
        let categories = match kind {
            Kind::Category(names) => Some(names.len()),
            Kind::Number => None,
        };
        preparation::encode(x, value(kind, cell), categories, self.spec.encoding);
    }
}

/// A cell as a number: its value, the index of its category, or NaN where it is missing.
fn value(kind: &Kind, cell: &str) -> f64 {
    match (kind, cell::read(cell)) {
        (_, Cell::Missing | Cell::Infinite) => f64::NAN,
        (Kind::Number, Cell::Number(value)) => value,
        (Kind::Number, Cell::Text(_)) => f64::NAN,
        (Kind::Category(names), _) => {
            names.get(cell::category(cell).as_ref()).map_or(f64::NAN, |&i| f64::from(i))
        }
    }
}

fn part_of(cell: &str) -> Option<Part> {
    Part::ALL.into_iter().find(|p| cell.eq_ignore_ascii_case(p.name()))
}

fn index(names: BTreeSet<String>) -> Kind {
    let mut names: Vec<String> = names.into_iter().collect();
    cell::sort_categories(&mut names);
    Kind::Category(names.into_iter().zip(0..).collect())
}

/// Category names by index.
fn ordered(names: &BTreeMap<String, u32>) -> Vec<String> {
    let mut all: Vec<(&String, u32)> = names.iter().map(|(n, i)| (n, *i)).collect();
    all.sort_by_key(|(_, i)| *i);
    all.into_iter().map(|(n, _)| n.clone()).collect()
}
