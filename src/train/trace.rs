//! A trace: what one trial starts from, which rows each step sees, and the loss before each step.
//!
//! For comparing with a network written by hand or with another library. It is trained alone, by the same steps as in any pack.

use super::Inputs;
use super::inputs::Shuffled;
use super::order::{self, Batches};
use crate::data::Table;
use crate::diagnostic::Diagnostic;
use crate::nn::{self, Feed, Parameter, Shape, Trainer};
use crate::plan::{Plan, Trial};
use crate::rng::Purpose;
use crate::spec::{Budget, Part};

/// See the module. Rows are those of the training part, in its order.
#[derive(Clone, Debug, Default)]
pub struct Trace {
    /// Of one time step.
    pub features: usize,
    pub outputs: usize,
    /// Time steps of a row; 1 where rows are no sequences.
    pub steps: usize,
    /// Targets of a row: 1, or one for every time step.
    pub answers: usize,
    /// `[rows × steps × features]`, scaled; 0 in padding.
    pub x: Vec<f64>,
    /// `[rows × answers × outputs]`, as training sees them: one-hot or scaled values.
    pub y: Vec<f64>,
    /// Time steps that each row has, its last ones; empty where every row has all of them.
    pub lengths: Vec<u32>,
    /// `[rows × answers × outputs]` of 0 and 1: which outputs are on; empty where all are.
    pub mask: Vec<f64>,
    /// `[rows × answers]`: weights in the loss, 0 in padding; empty where all are 1.
    pub weight: Vec<f64>,
    /// Before the first step.
    pub initial: Vec<Parameter>,
    /// After the last step.
    pub last: Vec<Parameter>,
    /// Row indices of each step.
    pub batches: Vec<Vec<u32>>,
    pub steps_per_epoch: usize,
    /// The loss of each step's batch before the update, of the targets that training sees.
    pub batch_loss: Vec<f64>,
    /// The true loss of the whole training part before the first step and after each epoch.
    pub epoch_loss: Vec<f64>,
}

/// A trace of rows that nothing was trained on yet.
fn rows_of(train: &Table, shape: Shape, shuffled: Option<Shuffled>) -> Trace {
    let Shape { features, outputs, steps, answers } = shape;
    let own = || Shuffled { y: train.y.clone(), weight: train.weight.clone(), mask: train.mask.clone() };
    let Shuffled { y, weight, mask } = shuffled.unwrap_or_else(own);
    Trace {
        features,
        outputs,
        steps,
        answers,
        x: train.x.clone(),
        y,
        lengths: train.lengths.clone(),
        mask,
        weight,
        ..Trace::default()
    }
}

/// Trains `trial` for at most `steps` steps and keeps everything.
pub fn trace(inputs: &Inputs, plan: &Plan, trial: &Trial, steps: usize) -> Result<Trace, Vec<Diagnostic>> {
    let configuration = &plan.configurations[trial.configuration].configuration;
    let prepared = inputs.prepared(plan, trial)?;
    let seed = |purpose| inputs.seed(configuration, trial, purpose);
    let member =
        nn::Member { configuration, init_seed: seed(Purpose::Init), noise_seed: seed(Purpose::Noise) };
    let shape = super::shapes::widths(&prepared);
    let mut trainer = Trainer::new(&[member], shape);
    let train = &prepared.train;
    let batches = Batches::new(train.rows, configuration.train.batch);
    let budget = match configuration.train.budget {
        Budget::Epochs(n) => n * batches.count,
        Budget::Steps(n) => n,
    };
    let samples = inputs.samples(plan, trial, &prepared, Part::Train);
    let whole = Feed::whole(samples.into_iter().collect(), vec![0]);
    let seen = Feed::whole(vec![inputs.training(plan, trial, &prepared)], vec![0]);
    let validation = inputs.samples(plan, trial, &prepared, Part::Validation);
    let validation = validation.map(|samples| Feed::whole(vec![samples], vec![0]));
    let mut trace = Trace {
        initial: trainer.parameters(0),
        steps_per_epoch: batches.count,
        epoch_loss: trainer.evaluate(&whole, false).loss,
        ..rows_of(train, shape, inputs.targets(plan, trial, &prepared))
    };
    let mut schedule = nn::Schedule::new(&configuration.optimizer.schedule);
    let total = steps.min(budget);
    for epoch in 0..total.div_ceil(batches.count) {
        let first = epoch * batches.count;
        let rows = order::epochs(batches, configuration.train.sampling, seed(Purpose::Order), epoch + 1, 1);
        let factor = |step: usize| {
            let (epochs, steps_per_epoch) = (budget.div_ceil(batches.count), batches.count);
            schedule.factor(nn::Progress { step, steps: budget, epoch, epochs, steps_per_epoch })
        };
        let last = (first + batches.count).min(total);
        let factors: Vec<f64> = (first..last).map(factor).collect();
        trace.batches.extend(rows.chunks(batches.size).take(last - first).map(<[u32]>::to_vec));
        let feed = Feed { orders: vec![rows], batch: batches.size, ..seen.clone() };
        trace.batch_loss.extend(trainer.advance(&feed, last - first, Some(&factors)));
        let loss = trainer.evaluate(&whole, false).loss;
        // As in a run: the validation part is what a schedule looks at, where there is one.
        schedule.observe(validation.as_ref().map_or(loss[0], |part| trainer.evaluate(part, false).loss[0]));
        trace.epoch_loss.extend(loss);
    }
    trace.last = trainer.parameters(0);
    Ok(trace)
}
