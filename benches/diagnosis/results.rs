//! Tells how well the doctor does on a draw of the corpus: one section of `RESULTS.md`.
//!
//! What stands outside the sections of that file is written by hand. No clock and no thread count reaches it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::cases::{Case, Half};
use super::doctor::{Finding, doctor};
use super::judge::{Figures, Judged, Share, half};

const THREADS: usize = 2;
const CONFIDENCE: f64 = 0.95;

/// Asks the doctor about every case below `out`; in the order of the cases.
pub(crate) fn judged<'a>(out: &Path, cases: &'a [Case]) -> Result<Vec<Judged<'a>>, String> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(BTreeMap::new()));
    let work = || {
        while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
            let folder = if case.is_faulty { "faulty" } else { "healthy" };
            let told = doctor(&out.join(folder).join(format!("{}.toml", case.name)), &[]);
            done.lock().expect("no thread panics with it").insert(case.name.as_str(), told);
        }
    };
    std::thread::scope(|scope| (0..THREADS).for_each(|_| drop(scope.spawn(work))));
    let mut told = done.into_inner().expect("no thread panics with it");
    let one = |case: &'a Case| {
        let examined = told.remove(case.name.as_str()).expect("every case was asked about")?;
        match examined.as_slice() {
            [one] => Ok(Judged::new(case, one)),
            all => Err(format!("{}: {} configurations instead of one", case.name, all.len())),
        }
    };
    cases.iter().map(one).collect()
}

/// The page with the section of this draw written anew.
pub(crate) fn replaced(page: &str, draw: &str, section: &str) -> Result<String, String> {
    let (open, close) = (format!("<!-- draw \"{draw}\" -->\n"), format!("<!-- end of draw \"{draw}\" -->\n"));
    let no_marker = |marker: &str| format!("RESULTS.md has no line {}", marker.trim_end());
    let (before, rest) = page.split_once(&open).ok_or_else(|| no_marker(&open))?;
    let (_, after) = rest.split_once(&close).ok_or_else(|| no_marker(&close))?;
    Ok(format!("{before}{open}{section}{close}{after}"))
}

/// All of a draw.
pub(crate) fn section(judged: &[Judged<'_>], command: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let mut out = format!("`{command}`, runner {version}.\n\n");
    headline(&mut out, judged);
    ablation(&mut out, judged);
    kinds(&mut out, judged);
    alarms(&mut out, judged);
    out
}

/// `.976 [.945, .990], 202 of 207`: a share with its Wilson interval.
fn share(share: Share) -> String {
    let Some(interval) = runner::stats::wilson(share.hits as f64, share.of, CONFIDENCE) else {
        return "-".into();
    };
    let (low, high) = (digits(interval.low), digits(interval.high));
    format!("**{}** [{low}, {high}], {} of {}", digits(share.value()), share.hits, share.of)
}

fn digits(x: f64) -> String {
    format!("{x:.3}")
}

/// Name, figure, what was asked for.
type Row = (&'static str, fn(&Figures) -> Share, &'static str);

const ROWS: [Row; 5] = [
    ("recall: a finding names the cause, or enough of it", |f| f.recall, "at least .9"),
    ("root cause: the first cause told is the seeded one", |f| f.root, "-"),
    ("false alarms: healthy cases of which anything is told", |f| f.alarms, "at most .02"),
    ("precision of cases: faulty ones among those with findings", |f| f.precision_of_runs, "at least .9"),
    (
        "precision of findings: expected ones among the causes told of faults and all that is told of healthy cases",
        |f| f.precision_of_findings,
        "at least .9",
    ),
];

fn headline(out: &mut String, judged: &[Judged<'_>]) {
    let halves = [Some(Half::Calibrate), Some(Half::Report), None];
    let figures = halves.map(|which| Figures::of(&half(judged, which)));
    out.push_str("| | half `calibrate` | half `report` | both | asked for |\n|---|---|---|---|---|\n");
    for (name, figure, asked) in ROWS {
        let cells = figures.each_ref().map(|figures| share(figure(figures)));
        out.push_str(&format!("| {name} | {} | {asked} |\n", cells.join(" | ")));
    }
    out.push('\n');
}

/// Rules of stage `lint` that measure the data. The others of that stage read a setting.
const OF_DATA: &[&str] = &["constant-features", "leak", "duplicates", "scale", "target-scale", "imbalance"];

/// What an ablation leaves out.
type LeftOut = (&'static str, fn(&Finding) -> bool);

const ABLATIONS: [LeftOut; 3] = [
    ("all rules", |_| false),
    ("without rules that read a setting off the file", |finding| {
        finding.stage == "lint" && !OF_DATA.contains(&finding.code.as_str())
    }),
    ("without rules that look at the data either (stage `lint`)", |finding| finding.stage == "lint"),
];

fn ablation(out: &mut String, judged: &[Judged<'_>]) {
    out.push_str("| both halves | recall | root cause | false alarms |\n|---|---|---|---|\n");
    for (name, is_left_out) in ABLATIONS {
        let without: Vec<Judged<'_>> = judged.iter().map(|judged| judged.without(is_left_out)).collect();
        let figures = Figures::of(&half(&without, None));
        let cells = [figures.recall, figures.root, figures.alarms].map(share);
        out.push_str(&format!("| {name} | {} |\n", cells.join(" | ")));
    }
    out.push('\n');
}

fn kinds(out: &mut String, judged: &[Judged<'_>]) {
    out.push_str("| kind of fault | seeded cause | cases | recall | first cause = seeded | said first instead |\n|---|---|--:|--:|--:|---|\n");
    let mut order: Vec<&str> = Vec::new();
    for judged in judged.iter().filter(|judged| judged.case.is_faulty) {
        if !order.contains(&judged.case.kind) {
            order.push(judged.case.kind);
        }
    }
    for kind in order {
        let of_kind: Vec<&Judged<'_>> =
            judged.iter().filter(|j| j.case.is_faulty && j.case.kind == kind).collect();
        let figures = Figures::of(&of_kind);
        let mut instead: BTreeMap<&str, usize> = BTreeMap::new();
        for judged in of_kind.iter().filter(|judged| !judged.is_root()) {
            *instead.entry(judged.first()).or_default() += 1;
        }
        let instead: Vec<String> = instead.iter().map(|(code, n)| format!("{code} {n}")).collect();
        let roots: BTreeSet<&str> = of_kind.iter().filter_map(|judged| judged.case.root_cause).collect();
        let root = roots.into_iter().collect::<Vec<&str>>().join(" or ");
        out.push_str(&format!(
            "| {kind} | {root} | {} | {:.2} | {:.2} | {} |\n",
            of_kind.len(),
            figures.recall.value(),
            figures.root.value(),
            if instead.is_empty() { "-".into() } else { instead.join(", ") }
        ));
    }
    out.push('\n');
}

fn alarms(out: &mut String, judged: &[Judged<'_>]) {
    let mut of_code: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for judged in judged.iter().filter(|judged| !judged.case.is_faulty) {
        for code in judged.codes() {
            of_code.entry(code).or_default().insert(&judged.case.name);
        }
    }
    if of_code.is_empty() {
        out.push_str("False alarms: none.\n");
        return;
    }
    out.push_str("False alarms, by what is told:\n\n");
    for (code, names) in of_code {
        let names: Vec<&str> = names.into_iter().collect();
        out.push_str(&format!("- `{code}`: {}\n", names.join(", ")));
    }
}
