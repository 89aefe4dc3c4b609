//! How many shards: from what the missing trials are estimated to cost and from the time that a shard may take.

use super::super::experiment::Ready;
use super::super::output::Output;
use super::super::{experiment, plan_command};
use super::outlook::Outlook;
use super::{Exit, SubmitArguments};
use crate::text;

/// What the trials are divided into.
pub(super) struct Size {
    pub(super) shards: usize,
    /// Estimated seconds of the longest shard.
    seconds: f64,
    /// Bytes that a shard's packs need at once, about.
    bytes: u64,
}

/// Seconds that a shard takes where nothing else is said: long enough that starting it costs nothing, short enough to find a place in
/// the queue.
const SHARD_S: f64 = 600.0;
/// The share of the time limit that is planned for: estimates are rough, and nodes differ.
const LIMIT_SHARE: f64 = 1.0 / 3.0;
/// Tasks that Slurm takes in one array unless it is told otherwise (`MaxArraySize` is 1001).
const ARRAY_MAX: usize = 1000;

impl Size {
    pub(super) fn of(
        arguments: &SubmitArguments,
        ready: &Ready,
        outlook: &Outlook,
        last: Option<usize>,
        output: &Output,
    ) -> Result<Size, Exit> {
        let (cpus, missing) = (f64::from(arguments.cpus), outlook.missing.len());
        let wall = outlook.seconds() / cpus;
        let aim = arguments.time.as_ref().map_or(SHARD_S, |limit| limit.seconds as f64 * LIMIT_SHARE);
        let most = missing.min(ARRAY_MAX);
        let shards = match (arguments.shards, last) {
            (Some(asked), _) => usize::from(asked),
            (None, Some(of)) => of,
            (None, None) => ((wall / aim).ceil() as usize).clamp(1, most),
        };
        let memory = experiment::memory(&arguments.experiment);
        let threads = usize::from(arguments.cpus);
        let most = experiment::members_max(missing.div_ceil(shards), threads);
        let (packs, threads) = ready.packs(&outlook.missing, most, threads, memory);
        let bytes = plan_command::memory(&packs, threads);
        let size = Size { shards, seconds: wall / shards as f64, bytes };
        if let Some(limit) = arguments.time.as_ref().filter(|limit| size.seconds > limit.seconds as f64) {
            output.note(&format!(
                "warning: a shard takes about {}, longer than its time limit of {}: it is queued again until it is done\n\
                 help: more shards (`--shards`) or a longer `--time`",
                text::duration(size.seconds),
                text::duration(limit.seconds as f64)
            ));
        }
        Ok(size)
    }

    pub(super) fn told(&self, outlook: &Outlook) -> String {
        let rounds = match outlook.rounds_left {
            0 => String::new(),
            n => format!(", then up to {}", text::count(n, "further round")),
        };
        format!(
            "{} of {} missing{rounds}; about {} on one core; {} of about {} and {} each",
            text::grouped(outlook.missing.len() as u64),
            text::count(outlook.trials, "trial"),
            text::duration(outlook.seconds()),
            text::count(self.shards, "shard"),
            text::duration(self.seconds),
            text::bytes(self.bytes)
        )
    }
}

/// A time limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Limit {
    /// As written.
    pub(super) text: String,
    pub(super) seconds: u64,
}

/// Seconds before the limit at which a shard is told: an epoch must end, and states must be written.
pub(super) const NOTICE_S: u64 = 120;

impl Limit {
    /// No more than a quarter of a short limit.
    pub(super) fn notice_s(&self) -> u64 {
        NOTICE_S.min(self.seconds / 4).max(1)
    }
}

/// Minutes, minutes:seconds, hours:minutes:seconds, days-hours, days-hours:minutes, or days-hours:minutes:seconds, as `sbatch` reads
/// `--time`.
pub(super) fn slurm_time(text: &str) -> Result<Limit, String> {
    let numbers = |text: &str| -> Option<Vec<u64>> { text.split(':').map(|n| n.parse().ok()).collect() };
    let seconds = match text.split_once('-') {
        Some((days, rest)) => days.parse::<u64>().ok().zip(numbers(rest)).and_then(|(days, rest)| {
            let [hours, minutes, seconds] = match rest[..] {
                [h] => [h, 0, 0],
                [h, m] => [h, m, 0],
                [h, m, s] => [h, m, s],
                _ => return None,
            };
            Some(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
        }),
        None => numbers(text).and_then(|rest| match rest[..] {
            [minutes] => Some(60 * minutes),
            [minutes, seconds] => Some(60 * minutes + seconds),
            [hours, minutes, seconds] => Some((60 * hours + minutes) * 60 + seconds),
            _ => None,
        }),
    };
    let limit = seconds.filter(|s| (1..=100_000_000).contains(s));
    let limit = limit.map(|seconds| Limit { text: text.to_string(), seconds });
    limit.ok_or_else(|| {
        "expected a time as Slurm writes it: 30 (minutes), 2:00:00, 1-12 (days-hours)".to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The forms of the manual page of `sbatch` (22.05).
    #[test]
    fn a_time_is_read_as_slurm_reads_it() {
        let seconds = |text: &str| slurm_time(text).map(|limit| limit.seconds).ok();
        assert_eq!(seconds("30"), Some(1800));
        assert_eq!(seconds("2:30"), Some(150));
        assert_eq!(seconds("1:00:00"), Some(3600));
        assert_eq!(seconds("1-0"), Some(86_400));
        assert_eq!(seconds("1-2:03"), Some(93_780));
        assert_eq!(seconds("1-2:03:04"), Some(93_784));
        for wrong in ["", "0", "1h", "1-", "-1", "1:2:3:4", "99999999999999999999"] {
            assert_eq!(seconds(wrong), None, "{wrong}");
        }
        assert_eq!(slurm_time("1").unwrap().notice_s(), 15);
        assert_eq!(slurm_time("1-0").unwrap().notice_s(), 120);
    }
}
