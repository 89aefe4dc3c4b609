//! One member on its way down: iterations of direction and line search, a number at a time on the host in f64.
//!
//! It asks for the objective at a point and is told; all that it keeps between two iterations can be taken out and put back. It
//! knows neither networks nor other members.

use super::Guide;
use super::line::{Line, Next};
use crate::spec::Precision;

/// The objective at a point.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Objective {
    /// The data loss alone, for whoever records it.
    pub(crate) loss: f64,
    /// What is minimised: the data loss and all penalties.
    pub(crate) value: f64,
    /// Of `value`.
    pub(crate) gradient: Vec<f64>,
}

/// Why a search cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Halt {
    /// No entry of the gradient is larger than the tolerance.
    Converged,
    /// The line search found no step, along the negative gradient neither.
    Stalled,
}

/// What became of one member so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Searched {
    /// Accepted steps.
    pub iterations: u64,
    /// Evaluations of the objective, each of value and gradient together.
    pub calls: u64,
    pub halt: Option<Halt>,
}

/// The numbers of one member's search between two iterations.
#[derive(Debug)]
pub(super) struct Walk {
    guide: Box<dyn Guide>,
    /// `c2` of the line search.
    curvature: f64,
    /// A step of 1 is the one to expect, where the guide knows anything.
    is_scaled: bool,
    tolerance: f64,
    precision: Precision,
    /// Unknown before the first evaluation.
    here: Option<Here>,
    searched: Searched,
}

/// A point that was reached, and where it goes on from there.
#[derive(Debug)]
struct Here {
    objective: Objective,
    along: Vec<f64>,
    /// The value one iteration ago; at a start, a guess of it.
    before: f64,
    /// Nothing is known of how it came here: it goes along the negative gradient, with a first step of its own.
    is_start: bool,
}

impl Here {
    /// A start: along the negative gradient, with a first step of about length 1, as SciPy has it.
    fn start(objective: Objective) -> Here {
        let along = objective.gradient.iter().map(|g| -g).collect();
        let before = objective.value + dot(&objective.gradient, &objective.gradient).sqrt() / 2.0;
        Here { objective, along, before, is_start: true }
    }

    fn slope(&self) -> f64 {
        dot(&self.objective.gradient, &self.along)
    }
}

/// An iteration under way, from `from`.
#[derive(Debug)]
pub(super) struct Iteration {
    from: Vec<f64>,
    stage: Stage,
}

#[derive(Debug)]
enum Stage {
    /// Waits for the objective at the start.
    Start,
    /// Waits for the objective at a step along the line.
    Search {
        line: Line,
        at: Vec<f64>,
    },
    Done,
}

/// Numbers that every walk has, whatever the guide.
const NUMBERS: usize = 7;

impl Walk {
    pub(super) fn new(
        guide: Box<dyn Guide>,
        curvature: f64,
        is_scaled: bool,
        tolerance: f64,
        precision: Precision,
    ) -> Walk {
        let searched = Searched::default();
        Walk { guide, curvature, is_scaled, tolerance, precision, here: None, searched }
    }

    pub(super) fn searched(&self) -> Searched {
        self.searched
    }

    /// Whether the objective was never evaluated where it is.
    pub(super) fn is_new(&self) -> bool {
        self.here.is_none()
    }

    /// The data loss at the point it is at; NaN before the first evaluation.
    pub(super) fn loss(&self) -> f64 {
        self.here.as_ref().map_or(f64::NAN, |here| here.objective.loss)
    }

    /// Forgets the point it was at and the way to it, because somebody moved it.
    pub(super) fn forget(&mut self) {
        self.here = None;
        self.guide.forget();
        self.searched.halt = None;
    }

    /// Begins an iteration at `from`, which is where the last one ended.
    pub(super) fn begin(&mut self, from: Vec<f64>) -> Iteration {
        let mut iteration = Iteration { from, stage: Stage::Start };
        if self.searched.halt.is_some() {
            iteration.stage = Stage::Done;
        } else if self.here.is_some() {
            iteration.stage = self.set_out(&iteration.from);
        }
        iteration
    }

    /// Takes the objective at the point that the iteration waits for.
    pub(super) fn tell(&mut self, iteration: &mut Iteration, told: Objective) {
        self.searched.calls += 1;
        let stage = std::mem::replace(&mut iteration.stage, Stage::Done);
        iteration.stage = match stage {
            Stage::Start => self.arrive(Here::start(told), &iteration.from),
            Stage::Search { line, at } => self.try_step(line, at, told, &mut iteration.from),
            Stage::Done => unreachable!("nothing was asked for"),
        };
    }

    /// At the start: ends where there is nothing to do, and else looks along a first line.
    fn arrive(&mut self, here: Here, from: &[f64]) -> Stage {
        let is_finite = here.objective.value.is_finite() && is_finite(&here.objective.gradient);
        let is_flat = largest(&here.objective.gradient) <= self.tolerance;
        self.here = Some(here);
        if is_finite && !is_flat {
            return self.set_out(from);
        }
        self.searched.halt = Some(if is_finite { Halt::Converged } else { Halt::Stalled });
        Stage::Done
    }

    /// Looks along the direction it has, which it gives up where that does not lead down.
    fn set_out(&mut self, from: &[f64]) -> Stage {
        let here = self.here.as_ref().expect("the objective is known here");
        let slope = here.slope();
        if !(slope < 0.0 && slope.is_finite()) {
            return self.fall_back(from);
        }
        let change = 2.02 * (here.objective.value - here.before) / slope;
        let first = match self.is_scaled && !here.is_start {
            true => 1.0,
            false if change > 0.0 => change.min(1.0),
            false => 1.0,
        };
        let line = Line::new(here.objective.value, slope, first, self.curvature);
        self.look(line, from)
    }

    /// Asks for the objective where the line search wants it, as near as the network's precision comes to that.
    fn look(&mut self, line: Line, from: &[f64]) -> Stage {
        let here = self.here.as_ref().expect("the objective is known here");
        let step = line.asked();
        let place = |(x, d): (&f64, &f64)| match self.precision {
            Precision::F64 => x + step * d,
            Precision::F32 => f64::from((x + step * d) as f32),
        };
        let at: Vec<f64> = from.iter().zip(&here.along).map(place).collect();
        // Rounding hides the step: whatever the line search says, it would not move.
        if at == from { self.fall_back(from) } else { Stage::Search { line, at } }
    }

    fn try_step(&mut self, mut line: Line, at: Vec<f64>, mut told: Objective, from: &mut Vec<f64>) -> Stage {
        let here = self.here.as_ref().expect("the objective is known here");
        if !is_finite(&told.gradient) {
            told.value = f64::INFINITY;
        }
        let converged = largest(&told.gradient) <= self.tolerance;
        let moved = Moved {
            by: at.iter().zip(&*from).map(|(to, from)| to - from).collect(),
            along: &here.along,
            before: &here.objective.gradient,
            after: &told.gradient,
        };
        let slope = dot(&told.gradient, &here.along);
        match line.tell(told.value, slope, || converged || self.guide.suits(&moved)) {
            Next::Ask(_) => self.look(line, from),
            Next::Fail => self.fall_back(from),
            Next::Accept => {
                let along = self.guide.turn(&moved);
                let before = here.objective.value;
                self.here = Some(Here { objective: told, along, before, is_start: false });
                *from = at;
                self.searched.iterations += 1;
                self.searched.halt = converged.then_some(Halt::Converged);
                Stage::Done
            }
        }
    }

    /// A line failed: once more from here along the negative gradient, as if it were a start; if it was that, there is no way on.
    fn fall_back(&mut self, from: &[f64]) -> Stage {
        let here = self.here.take().expect("the objective is known here");
        let is_last = here.is_start;
        self.here = Some(Here::start(here.objective));
        self.guide.forget();
        if is_last {
            self.searched.halt = Some(Halt::Stalled);
            return Stage::Done;
        }
        self.set_out(from)
    }

    // ---- suspended -------------------------------------------------------------------------------------------------------

    /// Everything it knows, `remembered_len` numbers.
    pub(super) fn remembered(&self, size: usize) -> Vec<f64> {
        let halt = match self.searched.halt {
            None => 0.0,
            Some(Halt::Converged) => 1.0,
            Some(Halt::Stalled) => 2.0,
        };
        let (iterations, calls) = (self.searched.iterations as f64, self.searched.calls as f64);
        let is_known = match &self.here {
            None => 0.0,
            Some(here) if here.is_start => 1.0,
            Some(_) => 2.0,
        };
        let mut numbers = vec![is_known, iterations, calls, halt];
        match &self.here {
            Some(Here { objective, along, before, .. }) => {
                numbers.extend([objective.loss, objective.value, *before]);
                numbers.extend_from_slice(&objective.gradient);
                numbers.extend_from_slice(along);
            }
            None => numbers.resize(NUMBERS + 2 * size, 0.0),
        }
        numbers.extend(self.guide.remembered(size));
        numbers
    }

    pub(super) fn remembered_len(&self, size: usize) -> usize {
        NUMBERS + 2 * size + self.guide.remembered_len(size)
    }

    /// Goes on from what [`Walk::remembered`] gave.
    pub(super) fn remind(&mut self, size: usize, numbers: &[f64]) {
        let (own, rest) = numbers.split_at(NUMBERS);
        let (rows, guide) = rest.split_at(2 * size);
        self.searched = Searched {
            iterations: own[1] as u64,
            calls: own[2] as u64,
            halt: match own[3] as u8 {
                1 => Some(Halt::Converged),
                2 => Some(Halt::Stalled),
                _ => None,
            },
        };
        let here = || Here {
            objective: Objective { loss: own[4], value: own[5], gradient: rows[..size].to_vec() },
            along: rows[size..].to_vec(),
            before: own[6],
            is_start: own[0] == 1.0,
        };
        self.here = (own[0] != 0.0).then(here);
        self.guide.remind(size, guide);
    }
}

impl Iteration {
    /// The point at which it wants to know the objective; `None`: it is done.
    pub(super) fn asked(&self) -> Option<&[f64]> {
        match &self.stage {
            Stage::Start => Some(&self.from),
            Stage::Search { at, .. } => Some(at),
            Stage::Done => None,
        }
    }

    /// Where it ended.
    pub(super) fn into_point(self) -> Vec<f64> {
        self.from
    }
}

/// An accepted step, or one that could be.
#[derive(Debug)]
pub struct Moved<'a> {
    /// From point to point.
    pub by: Vec<f64>,
    /// The direction it went along.
    pub along: &'a [f64],
    /// The gradient at both ends.
    pub before: &'a [f64],
    pub after: &'a [f64],
}

/// The sum of products in their order.
pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The infinity norm; NaN stays.
fn largest(values: &[f64]) -> f64 {
    let larger = |most: f64, v: &f64| if most.is_nan() || v.is_nan() { f64::NAN } else { most.max(v.abs()) };
    values.iter().fold(0.0, larger)
}

fn is_finite(values: &[f64]) -> bool {
    values.iter().all(|v| v.is_finite())
}
