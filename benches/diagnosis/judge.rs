//! Holds what the doctor said of the corpus against what is known of it.
//!
//! It counts; `results` makes tables of the counts.

use super::cases::{Case, Half};
use super::doctor::{Examined, Finding};

/// A case and what was said of it, as far as it is told: warnings and worse that at least half of the seeds have.
pub(crate) struct Judged<'a> {
    pub(crate) case: &'a Case,
    told: Vec<Finding>,
}

impl<'a> Judged<'a> {
    /// Every case of the corpus has one configuration.
    pub(crate) fn new(case: &'a Case, examined: &Examined) -> Judged<'a> {
        Judged { case, told: examined.told().cloned().collect() }
    }

    /// The same without what rules of a kind said. Rules that keep silent where another spoke do not speak up for it.
    pub(crate) fn without(&self, is_left_out: fn(&Finding) -> bool) -> Judged<'a> {
        let told = self.told.iter().filter(|finding| !is_left_out(finding)).cloned().collect();
        Judged { case: self.case, told }
    }

    pub(crate) fn is_told(&self) -> bool {
        !self.told.is_empty()
    }

    /// Codes of all that is told.
    pub(crate) fn codes(&self) -> Vec<&str> {
        self.told.iter().map(|finding| finding.code.as_str()).collect()
    }

    fn causes(&self) -> impl Iterator<Item = &str> {
        self.told.iter().filter(|finding| finding.is_cause()).map(|finding| finding.code.as_str())
    }

    /// Something that is told names the seeded cause, or enough of it.
    pub(crate) fn is_recalled(&self) -> bool {
        self.codes().iter().any(|code| self.case.expected.contains(code))
    }

    /// What a reader is told first: the most likely cause, or what is seen where none is known.
    pub(crate) fn first(&self) -> &str {
        self.causes().next().or_else(|| self.codes().first().copied()).unwrap_or("nothing")
    }

    /// The most likely cause is the seeded one.
    pub(crate) fn is_root(&self) -> bool {
        self.causes().next().is_some_and(|top| Some(top) == self.case.root_cause)
    }
}

/// So many of so many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) hits: usize,
    pub(crate) of: usize,
}

impl Share {
    fn of<T>(all: &[T], is_hit: impl Fn(&T) -> bool) -> Share {
        Share { hits: all.iter().filter(|one| is_hit(one)).count(), of: all.len() }
    }

    pub(crate) fn value(self) -> f64 {
        self.hits as f64 / self.of as f64
    }
}

/// The figures of a set of cases.
#[derive(Debug)]
pub(crate) struct Figures {
    pub(crate) recall: Share,
    pub(crate) root: Share,
    /// Healthy cases of which anything is told.
    pub(crate) alarms: Share,
    /// Faulty ones among all cases of which anything is told.
    pub(crate) precision_of_runs: Share,
    /// Told causes that are expected, among all told causes of faulty cases and all that is told of healthy ones.
    pub(crate) precision_of_findings: Share,
}

impl Figures {
    pub(crate) fn of(judged: &[&Judged<'_>]) -> Figures {
        let (faulty, healthy): (Vec<&Judged<'_>>, Vec<&Judged<'_>>) =
            judged.iter().partition(|judged| judged.case.is_faulty);
        let told = Share::of(&faulty, |judged| judged.is_told());
        let alarms = Share::of(&healthy, |judged| judged.is_told());
        let causes = faulty.iter().map(|j| j.causes().count()).sum::<usize>();
        let expected = |j: &&Judged<'_>| j.causes().filter(|code| j.case.expected.contains(code)).count();
        let false_findings = healthy.iter().map(|j| j.told.len()).sum::<usize>();
        Figures {
            recall: Share::of(&faulty, |judged| judged.is_recalled()),
            root: Share::of(&faulty, |judged| judged.is_root()),
            alarms,
            precision_of_runs: Share { hits: told.hits, of: told.hits + alarms.hits },
            precision_of_findings: Share {
                hits: faulty.iter().map(expected).sum(),
                of: causes + false_findings,
            },
        }
    }
}

/// The cases of one half, or all.
pub(crate) fn half<'j, 'a>(judged: &'j [Judged<'a>], half: Option<Half>) -> Vec<&'j Judged<'a>> {
    judged.iter().filter(|judged| half.is_none_or(|half| judged.case.half == half)).collect()
}
