//! A trial between two epochs as bytes, and back.
//!
//! Everything that training changed, number by number in little-endian bits, so that what goes on computes the same bits. The layout
//! belongs to one version of this program: whatever else is found is refused, never mended. It does not know where bytes are kept.

use super::member::Runner;
use super::{Setting, Shown};
use crate::event::{CurvePoint, Look};
use crate::nn;
use crate::plan::NUMERICS_VERSION;
use crate::spec::Precision;

/// Raised whenever the layout below changes.
const VERSION: u32 = 3;

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Moment {
    pub(super) network: nn::State,
    /// The best value of the stopping rule and its epoch.
    pub(super) stopping: (Option<f64>, usize),
    pub(super) schedule: Vec<f64>,
    pub(super) first_loss: f64,
    pub(super) seconds: f64,
    pub(super) best: Option<usize>,
    pub(super) curve: Vec<CurvePoint>,
    pub(super) looks: Vec<Look>,
    pub(super) shown: Vec<Shown>,
}

/// What a moment is of: only one of the same can be gone on from.
#[derive(Debug)]
pub(super) struct Context {
    /// Trial, version, and what decides what a curve holds.
    text: String,
    precision: Precision,
}

impl Moment {
    pub(super) fn context(setting: &Setting<'_>, runner: &Runner<'_>) -> Context {
        let precision = runner.configuration.model.precision;
        let columns: Vec<String> = setting.columns.iter().map(super::Column::name).collect();
        let text = format!(
            "runner state {VERSION}, numerics {NUMERICS_VERSION} on {}, trial {}, {precision:?}, every {} of {columns:?}",
            nn::DEVICE,
            runner.trial.lineage,
            runner.every,
        );
        Context { text, precision }
    }

    pub(super) fn write(&self, context: &Context) -> Vec<u8> {
        let mut to = Writer { bytes: Vec::new(), precision: context.precision };
        to.count(context.text.len());
        to.bytes.extend_from_slice(context.text.as_bytes());
        to.count(self.network.steps as usize);
        to.row(&self.network.parameters);
        to.row(self.network.kept.as_deref().unwrap_or_default());
        to.row(&self.network.rows);
        to.numbers(&self.network.numbers);
        to.numbers(self.stopping.0.as_slice());
        to.count(self.stopping.1);
        to.numbers(&self.schedule);
        to.numbers(&[self.first_loss, self.seconds]);
        // Epochs are counted from 0, and 0 here is none.
        to.count(self.best.map_or(0, |epoch| epoch + 1));
        to.count(self.curve.len());
        for point in &self.curve {
            to.count(point.epoch);
            to.count(point.step);
            to.numbers(&point.values);
        }
        let looks = serde_json::to_string(&self.looks).expect("numbers in lists always serialize");
        to.count(looks.len());
        to.bytes.extend_from_slice(looks.as_bytes());
        to.count(self.shown.len());
        self.shown.iter().for_each(|shown| to.numbers(&[shown.loss, shown.skill]));
        let sum = checksum(&to.bytes);
        to.bytes.extend_from_slice(&sum.to_le_bytes());
        to.bytes
    }

    /// `None` where the bytes are not what [`Moment::write`] gives in this context.
    pub(super) fn read(bytes: &[u8], context: &Context) -> Option<Moment> {
        let (bytes, sum) = bytes.split_last_chunk::<8>()?;
        if checksum(bytes) != u64::from_le_bytes(*sum) {
            return None;
        }
        let mut from = Reader { bytes, precision: context.precision };
        let length = from.count()?;
        if from.take(length)? != context.text.as_bytes() {
            return None;
        }
        let network = nn::State {
            steps: from.count()? as u64,
            parameters: from.row()?,
            kept: Some(from.row()?).filter(|kept| !kept.is_empty()),
            rows: from.row()?,
            numbers: from.numbers()?,
        };
        let stopping = (from.numbers()?.first().copied(), from.count()?);
        let schedule = from.numbers()?;
        let [first_loss, seconds] = from.numbers()?.try_into().ok()?;
        let best = from.count()?.checked_sub(1);
        let curve = (0..from.count()?).map(|_| from.point()).collect::<Option<Vec<_>>>()?;
        let length = from.count()?;
        let looks = serde_json::from_slice(from.take(length)?).ok()?;
        let shown = (0..from.count()?).map(|_| from.shown()).collect::<Option<Vec<_>>>()?;
        let moment = Moment { shown, network, stopping, schedule, first_loss, seconds, best, curve, looks };
        from.bytes.is_empty().then_some(moment)
    }
}

/// FNV-1a with 64 bits (Fowler, Noll, and Vo): against torn bytes, not against intent.
fn checksum(bytes: &[u8]) -> u64 {
    let step = |sum: u64, byte: &u8| (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

struct Writer {
    bytes: Vec<u8>,
    precision: Precision,
}

impl Writer {
    fn count(&mut self, count: usize) {
        self.bytes.extend_from_slice(&(count as u64).to_le_bytes());
    }

    fn numbers(&mut self, numbers: &[f64]) {
        self.count(numbers.len());
        numbers.iter().for_each(|v| self.bytes.extend_from_slice(&v.to_le_bytes()));
    }

    /// Numbers that are exact in the network's precision.
    fn row(&mut self, numbers: &[f64]) {
        match self.precision {
            Precision::F64 => self.numbers(numbers),
            Precision::F32 => {
                self.count(numbers.len());
                numbers.iter().for_each(|v| self.bytes.extend_from_slice(&(*v as f32).to_le_bytes()));
            }
        }
    }
}

struct Reader<'a> {
    bytes: &'a [u8],
    precision: Precision,
}

impl Reader<'_> {
    fn take(&mut self, length: usize) -> Option<&[u8]> {
        let (taken, rest) = self.bytes.split_at_checked(length)?;
        self.bytes = rest;
        Some(taken)
    }

    fn count(&mut self) -> Option<usize> {
        let (count, rest) = self.bytes.split_first_chunk::<8>()?;
        self.bytes = rest;
        usize::try_from(u64::from_le_bytes(*count)).ok()
    }

    fn numbers(&mut self) -> Option<Vec<f64>> {
        let length = self.count()?.checked_mul(8)?;
        let (numbers, _) = self.take(length)?.as_chunks::<8>();
        Some(numbers.iter().map(|bits| f64::from_le_bytes(*bits)).collect())
    }

    fn row(&mut self) -> Option<Vec<f64>> {
        if self.precision == Precision::F64 {
            return self.numbers();
        }
        let length = self.count()?.checked_mul(4)?;
        let (numbers, _) = self.take(length)?.as_chunks::<4>();
        Some(numbers.iter().map(|bits| f64::from(f32::from_le_bytes(*bits))).collect())
    }

    fn shown(&mut self) -> Option<Shown> {
        let [loss, skill] = self.numbers()?.try_into().ok()?;
        Some(Shown { loss, skill })
    }

    fn point(&mut self) -> Option<CurvePoint> {
        Some(CurvePoint { epoch: self.count()?, step: self.count()?, values: self.numbers()? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::LayerLook;

    fn context(precision: Precision) -> Context {
        Context { text: "of a trial".into(), precision }
    }

    fn moment() -> Moment {
        // Exact in single precision, subnormal numbers and the sign of 0 included.
        let row = vec![1.5, -0.0, f64::from(f32::MIN_POSITIVE) / 4.0, f64::INFINITY];
        let network = nn::State {
            steps: 12,
            parameters: row.clone(),
            kept: Some(row.clone()),
            rows: [row.clone(), row].concat(),
            numbers: vec![0.1],
        };
        let point = |epoch: usize| CurvePoint { epoch, step: 3 * epoch, values: vec![0.1, 1.0 / 3.0] };
        Moment {
            network,
            stopping: (Some(0.7), 3),
            schedule: vec![0.5, 1e300, 2.0, 0.0],
            first_loss: 2.5,
            seconds: 0.1,
            best: Some(0),
            curve: vec![point(0), point(4)],
            looks: vec![Look {
                epoch: 0,
                step: 0,
                layers: vec![LayerLook { spread: Some(0.123), ..LayerLook::default() }],
            }],
            shown: vec![Shown { loss: 2.5, skill: -0.1 }, Shown { loss: 2.25, skill: 0.1 }],
        }
    }

    #[test]
    fn what_is_read_is_what_was_written() {
        for precision in [Precision::F32, Precision::F64] {
            let (context, mut moment) = (context(precision), moment());
            let same =
                |moment: &Moment| Moment::read(&moment.write(&context), &context).as_ref() == Some(moment);
            assert!(same(&moment));
            (moment.network.kept, moment.best, moment.stopping) = (None, None, (None, 0));
            (moment.network.rows, moment.schedule, moment.curve) = (Vec::new(), Vec::new(), Vec::new());
            moment.looks.clear();
            moment.shown.clear();
            assert!(same(&moment));
        }
    }

    #[test]
    fn what_is_torn_changed_or_of_another_trial_is_refused() {
        let context = context(Precision::F32);
        let bytes = moment().write(&context);
        for length in 0..bytes.len() {
            assert_eq!(Moment::read(&bytes[..length], &context), None, "cut to {length}");
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1 << (at % 8);
            assert_eq!(Moment::read(&changed, &context), None, "changed at {at}");
        }
        let other = Context { text: "of another".into(), ..context };
        assert_eq!(Moment::read(&bytes, &other), None);
        // A count that promises more than there is, under a checksum that is right.
        let mut long = bytes[..bytes.len() - 8].to_vec();
        let at = 8 + other.text.len() + 8;
        long[at..at + 8].copy_from_slice(&u64::MAX.to_le_bytes());
        let sum = checksum(&long);
        long.extend_from_slice(&sum.to_le_bytes());
        assert_eq!(Moment::read(&long, &Context { text: "of a trial".into(), ..other }), None);
    }

    /// Landon Curt Noll's test vectors of FNV-1a, 64 bits.
    #[test]
    fn the_checksum_is_fnv_1a() {
        assert_eq!(checksum(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(checksum(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(checksum(b"foobar"), 0x8594_4171_f739_67e8);
    }
}
