//! A saved network: read, checked against its configuration, and asked.
//!
//! It answers by the engine that trained it, so that its answers are those of the run to the last bit. Metrics are not known here.

use std::sync::Arc;

use crate::catalog::Facts;
use crate::data::{NUMBERS, Preparation, Rows, Sequences};
use crate::diagnostic::{DAMAGED_MODEL, Diagnostic, SHAPE_MISMATCH};
use crate::nn::{self, Feed, Member, Parameter, Samples, Shape, Trainer};
use crate::record::TensorFile;
use crate::spec::{Configuration, Precision, Task};

/// See the module.
#[derive(Debug)]
pub struct Network {
    pub experiment: String,
    /// Of the arm that it stands for; the id of its trial where it stands for none.
    pub name: String,
    /// The id of its trial.
    pub trial: String,
    pub configuration: Configuration,
    pub preparation: Preparation,
    pub parameters: Vec<Parameter>,
}

/// What a network says about rows: an answer for each of them, or one for each sequence, about its last step.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    /// The names of the sequences where an answer is that of a sequence; empty where it is that of a row.
    pub sequences: Vec<String>,
    /// `[answers × outputs]`, after the output activation, in the units of the targets' columns; of `log_softmax` the probabilities.
    pub outputs: Vec<f64>,
    /// The data loss over all answers, where every target is there.
    pub loss: Option<f64>,
    /// `[answers × outputs]` in the units of the targets' columns: one-hot, labels, or values; NaN where there is none.
    pub targets: Option<Vec<f64>>,
}

/// What a network is asked with.
struct Given {
    /// `[rows × inputs]`.
    x: Vec<f64>,
    /// `[answers × outputs]`, scaled.
    y: Vec<f64>,
    /// `[answers × outputs]`, or empty.
    mask: Vec<f64>,
}

impl Network {
    /// From a saved file and the configuration of its trial. `shown` names the file in messages.
    pub fn new(
        file: &TensorFile,
        configuration: &Configuration,
        shown: &str,
    ) -> Result<Network, Box<Diagnostic>> {
        let note = |name: &str| file.note(name).unwrap_or_default().to_string();
        let numbers = NUMBERS.map(|name| file.tensor(name).map_or_else(Vec::new, |t| t.values.clone()));
        let preparation = Preparation::read(&note("preparation"), numbers);
        let preparation =
            preparation.ok_or_else(|| unusable(shown, "what it says of its data cannot be read"))?;
        let trial = note("trial");
        let network = Network {
            experiment: note("experiment"),
            name: file.note("arm").unwrap_or(&trial).to_string(),
            trial,
            configuration: configuration.clone(),
            preparation,
            parameters: Vec::new(),
        };
        let shape = network.shape(network.preparation.steps());
        let mut parameters = network.trainer_of(shape).parameters(0);
        for parameter in &mut parameters {
            let saved = file.tensor(&parameter.name).filter(|t| t.shape == parameter.shape);
            let saved = saved.ok_or_else(|| {
                unusable(shown, &format!("it has no `{}` of the shape {:?}", parameter.name, parameter.shape))
            })?;
            parameter.values.clone_from(&saved.values);
        }
        Ok(Network { parameters, ..network })
    }

    /// Of samples of so many time steps.
    fn shape(&self, steps: usize) -> Shape {
        let answers = if self.configuration.model.answers_each_step() { steps } else { 1 };
        Shape { features: self.preparation.inputs(), outputs: self.preparation.outputs.len(), steps, answers }
    }

    /// Whether an answer is that of a sequence.
    pub fn answers_sequences(&self) -> bool {
        self.preparation.times.is_some() && !self.configuration.model.answers_each_step()
    }

    /// Whether the outputs of a row are a distribution.
    pub fn gives_distribution(&self) -> bool {
        let facts = &self.configuration.pairing.activation.entry.facts;
        matches!(facts, Facts::Activation { distribution, log_distribution, .. } if *distribution || *log_distribution)
    }

    /// A population of this network alone for samples of this shape, its parameters still initial.
    fn trainer_of(&self, shape: Shape) -> Trainer {
        let member = Member { configuration: &self.configuration, init_seed: 0, noise_seed: 0 };
        Trainer::new(&[member], shape)
    }

    /// Its answers about rows, in their order, or about sequences, in theirs.
    pub fn answers(&self, rows: Rows) -> Result<Answers, Box<Diagnostic>> {
        let sequences = rows.sequences.map(|sequences| self.seen(sequences)).transpose()?;
        let width = self.preparation.outputs.len();
        let each_step = self.configuration.model.answers_each_step();
        let of_answers = |values: Vec<f64>| match &sequences {
            Some(sequences) if !each_step && !values.is_empty() => sequences.last(&values, width),
            _ => values,
        };
        let targets = rows.targets.map(|targets| of_answers(self.targets(&targets)));
        let is_known = targets.as_ref().is_some_and(|t| t.iter().all(|v| !v.is_nan()));
        // The loss is then of nothing and not told.
        let y = targets.clone().filter(|_| is_known).map(|y| self.scaled(y));
        let count = sequences.as_ref().filter(|_| !each_step).map_or(rows.rows, |s| s.names.len());
        let y = y.unwrap_or_else(|| vec![0.0; count * width]);
        let (mask, x) = (of_answers(rows.mask), self.preparation.prepared(rows.x));
        let given = Given { x, y, mask };
        let (outputs, loss) = self.ask(given, sequences.as_ref());
        Ok(Answers {
            sequences: sequences.filter(|_| !each_step).map_or_else(Vec::new, |sequences| sequences.names),
            outputs: self.preparation.in_original_units(outputs),
            loss: Some(loss).filter(|_| is_known),
            targets,
        })
    }

    /// Outputs `[answers × outputs]` and loss. Padding is that of training: 0 after scaling, with weight 0 in the loss.
    fn ask(&self, given: Given, sequences: Option<&Sequences>) -> (Vec<f64>, f64) {
        let model = &self.configuration.model;
        let shape = self.shape(sequences.map_or(1, Sequences::steps));
        let Shape { features, outputs: width, .. } = shape;
        let padded = |values: &[f64]| match sequences {
            Some(sequences) if shape.answers > 1 && !values.is_empty() => {
                sequences.padded_with_first(values, width)
            }
            _ => values.to_vec(),
        };
        let x = match sequences {
            Some(sequences) => sequences.padded(&given.x, features),
            None => given.x,
        };
        let weight = sequences.filter(|_| shape.answers > 1).map_or_else(Vec::new, Sequences::weights);
        let samples = nn::Rows {
            x: &x,
            y: &padded(&given.y),
            weight: &weight,
            lengths: sequences.map_or(&[], Sequences::lengths),
            mask: &padded(&given.mask),
        };
        let mut trainer = self.trainer_of(shape);
        trainer.set_parameters(0, &self.parameters);
        let samples = Samples::of(shape.seen_by(model), model.precision, samples);
        let evaluation = trainer.evaluate(&Feed::whole(vec![Arc::new(samples)], vec![0]), true);
        let outputs = match sequences {
            Some(sequences) if shape.answers > 1 => sequences.unpadded(&evaluation.outputs, width),
            _ => evaluation.outputs,
        };
        (outputs, evaluation.loss[0])
    }

    /// Sequences as the network can see them: without recurrent layers it sees all time steps at once, so there are always as many.
    fn seen(&self, sequences: Sequences) -> Result<Sequences, Box<Diagnostic>> {
        let (steps, longest) = (self.preparation.steps(), sequences.steps());
        if self.configuration.model.recurrent.is_some() {
            return Ok(sequences);
        }
        if longest <= steps {
            return Ok(sequences.widened(steps));
        }
        let title = format!("a sequence has {longest} steps, and the network was trained on at most {steps}");
        let fault = Diagnostic::error(&SHAPE_MISMATCH, title)
            .note("a network without recurrent layers sees all time steps at once, each with weights of its own")
            .help("leave out the first steps of longer sequences, or train a recurrent network");
        Err(fault.into())
    }

    /// Targets as read, `[rows × target columns]`, as `[rows × outputs]`.
    fn targets(&self, read: &[f64]) -> Vec<f64> {
        if self.preparation.task != Task::Classification {
            return read.to_vec();
        }
        let classes = self.preparation.outputs.len();
        let hot = |class: f64| {
            let value = move |k: usize| {
                if class.is_nan() { f64::NAN } else { f64::from(u8::from(k as f64 == class)) }
            };
            (0..classes).map(value)
        };
        read.iter().flat_map(|class| hot(*class)).collect()
    }

    /// Targets as the network is trained on them.
    fn scaled(&self, mut targets: Vec<f64>) -> Vec<f64> {
        let maps = &self.preparation.fitted.targets;
        if !maps.is_empty() {
            for row in targets.chunks_exact_mut(maps.len()) {
                row.iter_mut().zip(maps).for_each(|(v, map)| *v = map.apply(*v));
            }
        }
        targets
    }

    /// The name of the numbers of its parameters in NumPy and PyTorch.
    pub(super) fn precision_name(&self) -> &'static str {
        match self.configuration.model.precision {
            Precision::F32 => "float32",
            Precision::F64 => "float64",
        }
    }
}

fn unusable(shown: &str, why: &str) -> Box<Diagnostic> {
    let fault = Diagnostic::error(&DAMAGED_MODEL, format!("`{shown}` does not fit its experiment: {why}"));
    Box::new(fault.help("run the experiment again: what is missing is trained again"))
}
