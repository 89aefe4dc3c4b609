//! What a trained network needs of its data set to answer about rows of another table: columns, categories, and what was fitted.
//!
//! It reads no files (`rows` does) and knows no networks: a network's inputs and outputs are numbers here.

use serde::{Deserialize, Serialize};

use super::prepare::Fitted;
use super::scale::Affine;
use super::{Dataset, enlarge, polynomial};
use crate::spec::{self, Encoding, Enlarge, Interpolation, Task};

/// A column of a table that features are made of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    pub name: String,
    /// The categories in the order of their numbers; `None` for a column of numbers.
    pub categories: Option<Vec<String>>,
}

/// How the rows of a table make sequences.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Times {
    /// The column that names a row's sequence; `sequence` where the data set was made and has no columns.
    pub sequence: String,
    /// The column that orders the rows of a sequence; `None`: the order of the file.
    pub time: Option<String>,
    /// Time steps of the longest sequence of the data set.
    pub steps: usize,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Preparation {
    pub task: Task,
    /// The columns of the features, in their order.
    pub columns: Vec<Column>,
    pub encoding: Encoding,
    /// Features are pixels, and become those of a larger image.
    pub enlarge: Option<Enlarge>,
    pub polynomial: u32,
    /// The columns of the targets.
    pub targets: Vec<String>,
    /// Class names, label names, or target names: one for each output of the network.
    pub outputs: Vec<String>,
    /// Where rows are time steps.
    pub times: Option<Times>,
    /// The columns that switch outputs off, one for each output; empty where all are always on.
    pub mask: Vec<String>,
    pub fitted: Fitted,
}

/// The part of a preparation that is text. Numbers are kept apart, where every bit of them stays.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    task: String,
    columns: Vec<Column>,
    encoding: String,
    /// Height and width before and after, and how.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    enlarge: Option<([usize; 2], [usize; 2], String)>,
    polynomial: u32,
    targets: Vec<String>,
    outputs: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    times: Option<Times>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    mask: Vec<String>,
}

const TASKS: [(Task, &str); 3] = [
    (Task::Classification, "classification"),
    (Task::MultiLabel, "multi_label"),
    (Task::Regression, "regression"),
];
const METHODS: [(Interpolation, &str); 2] =
    [(Interpolation::Bilinear, "bilinear"), (Interpolation::Nearest, "nearest")];
const ENCODINGS: [(Encoding, &str); 2] = [(Encoding::OneHot, "one_hot"), (Encoding::Ordinal, "ordinal")];

fn word<T: PartialEq>(of: &T, all: &[(T, &'static str)]) -> &'static str {
    all.iter().find(|(value, _)| value == of).map_or("", |(_, word)| word)
}

fn named<T: Copy>(word: &str, all: &[(T, &'static str)]) -> Option<T> {
    all.iter().find(|(_, name)| *name == word).map(|(value, _)| *value)
}

/// The names of the numbers of a preparation, each a list: gaps of features are filled with (empty where they are faults), and
/// `(original - shift) / scale` of inputs and of targets (empty where they are not scaled).
pub const NUMBERS: [&str; 5] =
    ["features.fill", "inputs.shift", "inputs.scale", "targets.shift", "targets.scale"];

impl Preparation {
    pub fn new(dataset: &Dataset, section: &spec::Data, fitted: Fitted) -> Preparation {
        let named = section.sequence.clone().map(|sequence| (sequence, section.time.clone()));
        let named = named.or_else(|| (dataset.steps > 1).then(|| ("sequence".to_string(), None)));
        Preparation {
            task: dataset.task,
            columns: dataset.columns.clone(),
            encoding: section.encoding,
            enlarge: section.enlarge,
            polynomial: section.polynomial,
            targets: dataset.target_columns.clone(),
            outputs: dataset.output_names().clone(),
            times: named.map(|(sequence, time)| Times { sequence, time, steps: dataset.steps }),
            mask: section.mask.clone(),
            fitted,
        }
    }

    /// `classification`, `multi_label`, or `regression`.
    pub fn task_name(&self) -> &'static str {
        word(&self.task, &TASKS)
    }

    /// As JSON, without the numbers.
    pub fn words(&self) -> String {
        let words = Words {
            task: word(&self.task, &TASKS).to_string(),
            columns: self.columns.clone(),
            encoding: word(&self.encoding, &ENCODINGS).to_string(),
            enlarge: self.enlarge.map(|how| (how.from, how.to, word(&how.method, &METHODS).to_string())),
            polynomial: self.polynomial,
            targets: self.targets.clone(),
            outputs: self.outputs.clone(),
            times: self.times.clone(),
            mask: self.mask.clone(),
        };
        serde_json::to_string(&words).expect("plain fields with text keys always serialize")
    }

    /// The numbers, in the order of [`NUMBERS`].
    pub fn numbers(&self) -> [Vec<f64>; 5] {
        let Fitted { fills, maps, targets } = &self.fitted;
        let shifts = |maps: &[Affine]| maps.iter().map(|m| m.shift).collect();
        let scales = |maps: &[Affine]| maps.iter().map(|m| m.scale).collect();
        [fills.clone(), shifts(maps), scales(maps), shifts(targets), scales(targets)]
    }

    /// From [`Preparation::words`] and [`Preparation::numbers`]; `None` where they do not fit together.
    pub fn read(
        words: &str,
        [fills, shifts, scales, target_shifts, target_scales]: [Vec<f64>; 5],
    ) -> Option<Preparation> {
        let words: Words = serde_json::from_str(words).ok()?;
        let maps = |shifts: Vec<f64>, scales: Vec<f64>| -> Option<Vec<Affine>> {
            let map = |(shift, scale)| Affine { shift, scale };
            (shifts.len() == scales.len()).then(|| shifts.into_iter().zip(scales).map(map).collect())
        };
        let fitted =
            Fitted { fills, maps: maps(shifts, scales)?, targets: maps(target_shifts, target_scales)? };
        let preparation = Preparation {
            task: named(&words.task, &TASKS)?,
            columns: words.columns,
            encoding: named(&words.encoding, &ENCODINGS)?,
            enlarge: match words.enlarge {
                Some((from, to, method)) => Some(Enlarge { from, to, method: named(&method, &METHODS)? }),
                None => None,
            },
            polynomial: words.polynomial,
            targets: words.targets,
            outputs: words.outputs,
            times: words.times,
            mask: words.mask,
            fitted,
        };
        let is = |list: usize, length: usize| list == 0 || list == length;
        let is_image =
            preparation.enlarge.is_none_or(|how| how.from[0] * how.from[1] == preparation.features());
        let fits = is_image
            && is(preparation.mask.len(), preparation.outputs.len())
            && is(preparation.fitted.fills.len(), preparation.features())
            && is(preparation.fitted.maps.len(), preparation.inputs())
            && is(preparation.fitted.targets.len(), preparation.outputs.len());
        fits.then_some(preparation)
    }

    /// Time steps of the longest sequence of the data set; 1 where rows are no time steps.
    pub fn steps(&self) -> usize {
        self.times.as_ref().map_or(1, |times| times.steps)
    }

    /// Features that a column is encoded as.
    pub fn width(&self, column: &Column) -> usize {
        match (&column.categories, self.encoding) {
            (Some(categories), Encoding::OneHot) => categories.len(),
            _ => 1,
        }
    }

    /// Features of all columns, encoded.
    pub fn features(&self) -> usize {
        self.columns.iter().map(|c| self.width(c)).sum()
    }

    /// Features after enlarging.
    pub fn enlarged(&self) -> usize {
        self.enlarge.map_or_else(|| self.features(), |how| how.to[0] * how.to[1])
    }

    /// Enlarging as a matrix `[features × enlarged]`, row-major, since it is linear; `None` where there is none.
    pub fn enlarging(&self) -> Option<Vec<f64>> {
        let features = self.features();
        let one = |row: usize| (0..features).map(move |column| f64::from(u8::from(row == column)));
        let identity: Vec<f64> = (0..features).flat_map(one).collect();
        self.enlarge.map(|how| enlarge::enlarge(&identity, &how))
    }

    /// Inputs of the network: features, polynomials included.
    pub fn inputs(&self) -> usize {
        usize::try_from(polynomial::width(self.enlarged(), self.polynomial)).unwrap_or(usize::MAX)
    }

    /// Inputs of the network, `[rows × inputs]`, from encoded features `[rows × features]`.
    pub fn prepared(&self, features: Vec<f64>) -> Vec<f64> {
        self.fitted.inputs(features, self.features(), self.enlarge.as_ref(), self.polynomial)
    }

    /// Outputs of the network `[rows × outputs]` in the units of the targets' columns.
    pub fn in_original_units(&self, mut outputs: Vec<f64>) -> Vec<f64> {
        let maps = &self.fitted.targets;
        if !maps.is_empty() {
            for row in outputs.chunks_exact_mut(maps.len()) {
                row.iter_mut().zip(maps).for_each(|(v, map)| *v = *v * map.scale + map.shift);
            }
        }
        outputs
    }
}

/// Appends what a value of a column is encoded as: itself, the number of its category, or one feature for each of `categories`
/// categories. A gap (NaN) stays one.
pub(crate) fn encode(x: &mut Vec<f64>, value: f64, categories: Option<usize>, encoding: Encoding) {
    match categories {
        Some(count) if encoding == Encoding::OneHot => {
            let hot = |index| if value.is_nan() { value } else { f64::from(u8::from(index as f64 == value)) };
            x.extend((0..count).map(hot));
        }
        _ => x.push(value),
    }
}
