//! The report of a suite: what several experiments say together. Each has a report of its own beside this one.
//!
//! A pure function of what the experiments came to: arms over data sets, samplers over budget. It looks at no trial.

use super::datasets::{ArmOnSet, Judgement, OverSets};
use super::manifest::{self, Digested};
use super::search::{self, Searches};
use super::terminal::wrapped;
use super::write::markdown::{authored, code, plain, table};
use super::{File, file};
use crate::disk;
use crate::spec::Suite;
use crate::text;

/// What one experiment of a suite came to.
#[derive(Clone, Debug)]
pub struct MemberResult {
    pub name: String,
    pub title: String,
    pub trials: usize,
    /// Names of its data sets, and the digests of their content.
    pub data: Vec<String>,
    pub content: Vec<String>,
    /// `None` without `[compare]`.
    pub judgement: Option<Judgement>,
    pub measured: Vec<ArmOnSet>,
    /// Which part and metric its sampler went by, and how its searches went.
    pub chose_by: (String, String),
    pub searches: Vec<Searches>,
    /// SHA-256 of its resolved experiment.
    pub digest: String,
}

/// The report of a suite, made once for the files and the terminal.
pub struct SuiteReport<'a> {
    suite: &'a Suite,
    members: &'a [MemberResult],
    over: Option<OverSets>,
    /// Why arms are not compared over data sets, where experiments would have allowed it.
    differing: Option<String>,
    searches: Vec<Searches>,
}

impl SuiteReport<'_> {
    pub fn new<'a>(suite: &'a Suite, members: &'a [MemberResult]) -> SuiteReport<'a> {
        let judged: Vec<&Judgement> = members.iter().filter_map(|m| m.judgement.as_ref()).collect();
        let same = |a: &Judgement, b: &Judgement| (&a.part, &a.metric) == (&b.part, &b.metric);
        let differing = judged.windows(2).find(|pair| !same(pair[0], pair[1])).map(|pair| {
            format!(
                "The experiments are not judged alike ({} {} and {} {}), so their arms are not compared over data sets.",
                pair[0].part, pair[0].metric, pair[1].part, pair[1].metric
            )
        });
        // Without a comparison an experiment has configurations, and no arms.
        let compared = members.iter().filter(|m| m.judgement.is_some());
        let measured: Vec<ArmOnSet> = compared.flat_map(|m| m.measured.clone()).collect();
        let over = judged
            .first()
            .filter(|_| differing.is_none())
            .map(|judgement| OverSets::new(&measured, (*judgement).clone()))
            .filter(|over| !over.is_empty());
        SuiteReport { suite, members, over, differing, searches: comparable(members) }
    }

    /// Every canonical file, the manifest last.
    pub fn files(&self) -> Vec<File> {
        let mut files = vec![file("README.md", self.page().into_bytes())];
        files.extend(self.over.iter().flat_map(|over| over.files(true)));
        let (part, metric) = self.chose_by();
        files.extend(search::files(&self.searches, &part, &metric));
        let manifest = self.manifest(&files);
        files.push(manifest);
        files
    }

    /// What a run prints at its end, at most `width` columns wide where words allow it (never below 40).
    pub fn terminal(&self, width: usize) -> String {
        let statements: Vec<String> = self.statements().iter().map(|s| wrapped(s, width)).collect();
        format!("{}\n\n{}", self.suite.title, statements.join("\n"))
    }

    fn chose_by(&self) -> (String, String) {
        let searched = self.members.iter().find(|m| self.searches.iter().any(|s| m.searches.contains(s)));
        searched.map(|m| m.chose_by.clone()).unwrap_or_default()
    }

    /// What the experiments say together, in sentences.
    pub fn statements(&self) -> Vec<String> {
        let mut all = self.over.as_ref().map_or_else(Vec::new, OverSets::verdicts);
        all.extend(self.differing.clone());
        let (part, metric) = self.chose_by();
        all.extend(search::statement(&self.searches, &part, &metric));
        all
    }

    fn page(&self) -> String {
        let suite = self.suite;
        let (part, metric) = self.chose_by();
        let mut sections = vec![format!("# {}", plain(&suite.title))];
        sections.extend(self.statements().iter().map(|s| format!("**{}**", plain(s))));
        if !suite.question.is_empty() {
            sections.push(format!("*Question:* {}", plain(&suite.question)));
        }
        sections.extend(self.over.as_ref().map(|over| over.section(false)));
        sections.push(search::section(&self.searches, &part, &metric));
        sections.push(self.members());
        sections.push(format!(
            "## How to reproduce\n\n```sh\nrunner {}\n```\n\nEach experiment is trained where anything is missing, and its own report is written beside this folder.",
            suite.file
        ));
        if !suite.notes.is_empty() {
            sections.push(format!("## Notes\n\n{}", authored(&suite.notes)));
        }
        let filled: Vec<&str> = sections.iter().map(|s| s.trim_end()).filter(|s| !s.is_empty()).collect();
        format!("{}\n", filled.join("\n\n"))
    }

    fn members(&self) -> String {
        let row = |m: &MemberResult| {
            vec![
                format!("[{}](../{}/README.md)", plain(&m.name), m.name),
                plain(&m.title),
                m.data.iter().map(|d| code(d)).collect::<Vec<_>>().join(", "),
                text::grouped(m.trials as u64),
            ]
        };
        let rows: Vec<Vec<String>> = self.members.iter().map(row).collect();
        format!(
            "## Experiments\n\n{}",
            table(&["experiment", "title", "data", "trials"], &[false, false, false, true], &rows)
        )
    }

    fn manifest(&self, files: &[File]) -> File {
        let mut out = format!(
            "format = {}\nsuite = {}\nfile = {}\n",
            super::FORMAT_VERSION,
            manifest::quoted(&self.suite.name),
            manifest::quoted(&self.suite.file)
        );
        for member in self.members {
            out.push_str(&format!(
                "\n[[experiments]]\nname = {}\ntrials = {}\nsha256 = \"{}\"\n",
                manifest::quoted(&member.name),
                member.trials,
                member.digest
            ));
        }
        let digested = |file: &File| Digested {
            name: file.name.clone(),
            bytes: file.bytes.len() as u64,
            sha256: disk::sha256(&file.bytes),
        };
        let files: Vec<Digested> = files.iter().map(digested).collect();
        let Suite { title, question, .. } = self.suite;
        out.push_str(&manifest::told(title, question, &self.statements(), &files));
        out.push_str(&manifest::listed(&files));
        file("manifest.toml", out.into_bytes())
    }
}

/// The searches of the first experiments that were searched on the same data by the same part and metric: others have scores of
/// another kind.
fn comparable(members: &[MemberResult]) -> Vec<Searches> {
    let alike = |a: &MemberResult, b: &MemberResult| (&a.content, &a.chose_by) == (&b.content, &b.chose_by);
    let searched: Vec<&MemberResult> = members.iter().filter(|m| !m.searches.is_empty()).collect();
    let count = |m: &&MemberResult| searched.iter().filter(|other| alike(m, other)).count();
    let Some(first) = searched.iter().find(|m| count(m) > 1) else { return Vec::new() };
    searched.iter().filter(|m| alike(first, m)).flat_map(|m| m.searches.clone()).collect()
}
