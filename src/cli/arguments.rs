//! The command line's grammar and help texts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand};

use super::compare_command::CompareArguments;
use super::doctor::DoctorArguments;
use super::export::To;
use super::fix::FixArguments;
use super::index_command::IndexArguments;
use super::output::Format;
use super::predict::Answer;
use super::results_export::ResultsExport;
use super::status_command::StatusArguments;
use super::submit::SubmitArguments;
use super::units::{duration, size};
use super::verify::VerifyArguments;
use super::watch::WatchArguments;
use crate::disk::fault::Fault;
use crate::launch::Asked;

const EXIT_CODES: &str = "\
Exit codes:
  0    done
  1    an expectation of [expect] was missed; check: a gradient is wrong; doctor: something
       was found; fix: nothing helped; verify: results differ
  2    the command line or an experiment is not valid
  3    data or results cannot be read or written; submit: Slurm refuses or does not answer
  4    another runner holds the results folder
  5    merge, status: trials are missing; merge: two folders tell different things of one;
       verify: results are incomplete
  130  interrupted (143: terminated); what finished is kept

Examples:
  runner experiments/iris_softmax.toml
  runner experiments/                       every experiment in the folder
  runner plan experiments/digits.toml       what would be trained
  runner explain softmax                    what a name, a section, or an error code means
  runner new experiments/mine.toml          a commented experiment that runs";

/// Trains the networks an experiment file describes and says what came of it.
///
/// One TOML file asks one question: data, architecture, pairings of output activation and loss, optimizer, sweep.
/// Every configuration is trained over several seeds; tables, figures, and a report with a verdict go to results/EXPERIMENT/.
#[derive(Debug, Parser)]
#[command(name = "runner", version, after_help = EXIT_CODES, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
#[command(subcommand_negates_reqs = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    #[command(flatten)]
    pub(super) run: RunArguments,

    /// For tests: a change of the disk that fails, or at which this process is killed (`count` lists the changes on stderr).
    #[arg(long, value_name = "FAULT", global = true, hide = true)]
    pub(super) disk_fault: Option<Fault>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Train experiments (the same as `runner FILE...`).
    ///
    /// Examples:
    ///   runner run experiments/xor.toml
    ///   runner run experiments/iris_softmax.toml --set train.seeds=20 --results /tmp/results
    #[command(verbatim_doc_comment)]
    Run(RunArguments),
    /// Show what would be trained: trials, packs, engine and why, duplicates removed, memory.
    ///
    /// Examples:
    ///   runner plan experiments/digits.toml --format json
    ///   runner plan experiments/digits.toml --why
    #[command(verbatim_doc_comment)]
    Plan(PlanArguments),
    /// Look at networks before they are trained: gradient, first loss, can they learn at all?
    ///
    /// Each network of the experiment is looked at with its initial parameters of the first seed:
    ///
    ///   gradient        of exactly this network, data, and loss against central differences in f64, for
    ///                   each tensor: largest relative error, cosine, and where; places next to a kink
    ///                   (relu at 0) are left out. With `[fault]` it is the gradient with the mistake,
    ///                   as a check of its author's would have seen it, and the mistake is named.
    ///   first loss      against that of a network whose output pre-activations are 0
    ///   one batch       16 samples, 500 steps: does the loss fall to nearly nothing?
    ///   use of inputs   is the loss worse with the inputs of other samples?
    ///
    /// `--gradient` checks a gradient of your own: take parameters and samples from `--format json`,
    /// compute the gradient with your program, and give it as
    /// {"layer_0.weight": [[...], ...], "layer_0.bias": [...], ...}.
    ///
    /// Exit code 1 if a gradient is wrong. Nothing is written.
    ///
    /// Examples:
    ///   runner check experiments/iris_softmax.toml
    ///   runner check experiments/zoo/a2_iris_softmax_cross_entropy.toml
    ///   runner check mine.toml --format json > point.json
    ///   runner check mine.toml --gradient mine.json
    #[command(verbatim_doc_comment)]
    Check(CheckArguments),
    /// Say why networks do not learn: the file, its data, the start, and a short run, most likely cause
    /// first.
    ///
    /// Every configuration (up to 12) is trained with some of its seeds, in memory; long trainings are
    /// stopped after some seconds. Exit code 1 if something was found. Nothing is written.
    ///
    /// Examples:
    ///   runner doctor experiments/zoo/a1_iris_sigmoid_mse.toml
    ///   runner doctor mine.toml --seeds 10 --format json
    #[command(verbatim_doc_comment)]
    Doctor(DoctorArguments),
    /// Try the changes that `runner doctor` proposes, and write those that help into a new file.
    ///
    /// The most likely cause comes first. Each change is made in the text of the file, trained before
    /// and after with the same seeds, and kept if more of them learn or the paired difference is
    /// better than 0 (a wrong gradient: if it is right now and nothing is worse). The part that
    /// chooses judges, never the test part. Exit code 1 if nothing helped. No file is replaced.
    ///
    /// Examples:
    ///   runner fix mine.toml
    ///   runner fix mine.toml --dry-run --seeds 20
    ///   runner fix experiments/zoo/a1_iris_sigmoid_mse.toml --trial 0 --output experiments/zoo/mine.toml
    #[command(verbatim_doc_comment)]
    Fix(FixArguments),
    /// Send what is missing of an experiment to a cluster: an array job of shards, then one that unites them.
    ///
    /// What is known is not sent; submit again, and only what is missing is. Scripts and logs lie in the
    /// results folder (`.runner.slurm/`), which all nodes must see.
    ///
    /// Examples:
    ///   runner submit experiments/digits.toml --to slurm --dry-run
    ///   runner submit mine.toml --to slurm --shards 40 --time 1:00:00 --mem 2G -- --account=lab
    #[command(verbatim_doc_comment)]
    Submit(SubmitArguments),
    /// Say how far the shards of an experiment are: from their records, and from the cluster's queue.
    ///
    /// Exit code 5 if trials are missing that were submitted and nobody trains any more.
    ///
    /// Example:
    ///   runner status results/digits
    #[command(verbatim_doc_comment)]
    Status(StatusArguments),
    /// Unite results folders of one experiment that were made in different places, and publish.
    ///
    /// The files are those of a single run, byte for byte. Where two folders have a trial, both must
    /// tell the same of it.
    ///
    /// Examples:
    ///   runner merge results/digits --results results
    ///   runner merge node1/digits node2/digits node3/digits --results results
    #[command(verbatim_doc_comment)]
    Merge(MergeArguments),
    /// Write the report of a results folder again from its records, without training.
    ///
    /// Every file comes out with the same bytes. Where trials are missing, the report is of the others
    /// and says so. With --export the tables go to other programs too; that needs no records, only the
    /// published files.
    ///
    /// Examples:
    ///   runner report results/iris_softmax
    ///   runner report results/iris_softmax --export parquet,tensorboard,mlflow
    #[command(verbatim_doc_comment)]
    Report(ReportArguments),
    /// Compare two results folders, arm by arm and seed by seed, with the noise of seeds beside.
    ///
    /// Examples:
    ///   runner compare results/digits elsewhere/digits
    ///   runner compare results/digits_random results/digits_tpe --part validation
    #[command(verbatim_doc_comment)]
    Compare(CompareArguments),
    /// Write an index of all results folders: README.md and index.html, with questions and verdicts.
    ///
    /// Example:
    ///   runner index results
    #[command(verbatim_doc_comment)]
    Index(IndexArguments),
    /// Train the trials of results again and compare every file, byte for byte.
    ///
    /// Nothing in the folder changes. What differs is named: the file, the first trial, epoch, and value.
    /// Results of the fused engine are the same bits on every machine; those of Burn on one machine
    /// (--tolerant accepts what another one may give).
    ///
    /// Examples:
    ///   runner verify results/iris_softmax
    ///   runner verify results --sample 10%
    #[command(verbatim_doc_comment)]
    Verify(VerifyArguments),
    /// Look at a run while it goes on: what leads, curves, failures, how much longer.
    ///
    /// It reads records and changes nothing, so it may look from any machine that sees the folder.
    /// While trials are missing it does not show the test part. Where there is no terminal it prints
    /// once, as --once does.
    ///
    /// Examples:
    ///   runner watch results/iris_softmax
    ///   runner watch results/digits --once --format json
    ///   runner watch results/digits --every 60 > watch.log
    #[command(verbatim_doc_comment)]
    Watch(WatchArguments),
    /// Remove what runner made and can make again: set-aside records, unfinished trials' states, stray files.
    ///
    /// A file that runner did not write, or that was changed since, is never removed.
    ///
    /// Examples:
    ///   runner clean
    ///   runner clean results/iris_softmax --all --dry-run
    #[command(verbatim_doc_comment)]
    Clean(CleanArguments),
    /// Ask a trained network about the rows of a table.
    ///
    /// The network is one that the experiment keeps (`[record] models = "chosen"`). The table has the
    /// columns of the features, found by name; filling, encoding, expansion, and scaling are as in
    /// training. Where the column of the target is there too, metrics follow.
    ///
    /// Sequences are rows with the experiment's columns of sequences and times; of made data, a column
    /// `sequence`.
    ///
    /// Columns of the answers: `row`, or `sequence` where an answer is that of a whole sequence; of a
    /// classification `predicted` and `probability_CLASS` (`output_CLASS` where the outputs are no
    /// distribution); of labels `predicted_LABEL` and `output_LABEL`; of a regression `predicted`, or
    /// `predicted_TARGET` for each of several targets.
    ///
    /// Examples:
    ///   runner predict results/iris_softmax --arm softmax+cross_entropy flowers.csv
    ///   runner predict results/diabetes --arm standardize patients.csv --output answers.csv
    #[command(verbatim_doc_comment)]
    Predict(PredictArguments),
    /// Write a trained network as a script or file that gives the same answers without runner.
    ///
    /// (Tables and curves for pandas, TensorBoard, or MLflow: `runner report RESULTS --export FORMAT`.)
    ///
    /// Scripts hold the numbers and need nothing but the library they are for; `python SCRIPT DATA.csv`
    /// prints what `runner predict` does. The ONNX graph takes raw columns: filling, encoding,
    /// expansion, and scaling are nodes of it.
    ///
    /// Examples:
    ///   runner export results/iris_softmax --arm softmax+cross_entropy --to numpy
    ///   runner export results/diabetes --arm standardize --to onnx --output diabetes.onnx
    #[command(verbatim_doc_comment)]
    Export(ExportArguments),
    /// List what can be named in an experiment, and what rules of diagnosis find.
    ///
    /// Examples:
    ///   runner list
    ///   runner list optimizer
    ///   runner list finding
    #[command(verbatim_doc_comment)]
    List(ListArguments),
    /// Explain a name, a section, a key, an error code, a finding, or a word of results; or where a value of
    /// an experiment comes from.
    ///
    /// Examples:
    ///   runner explain cross_entropy
    ///   runner explain train
    ///   runner explain unknown-key
    ///   runner explain skill
    ///   runner explain experiments/xor.toml optimizer.learning_rate
    #[command(verbatim_doc_comment)]
    Explain(ExplainArguments),
    /// Describe a data set: types, ranges, missing values, class balance, duplicates.
    ///
    /// Example:
    ///   runner data datasets/iris.csv
    #[command(verbatim_doc_comment)]
    Data(DataArguments),
    /// Print the JSON Schema of the experiment language, for editors.
    ///
    /// Example:
    ///   runner schema > experiments/schema.json
    #[command(verbatim_doc_comment)]
    Schema,
    /// Write a commented experiment that runs.
    ///
    /// Example:
    ///   runner new experiments/mine.toml
    #[command(verbatim_doc_comment)]
    New(NewArguments),
    /// Train one trial alone and print all it did as JSON: data, initial parameters, batches, losses.
    ///
    /// For comparing a network of your own with runner's, step by step.
    ///
    /// Example:
    ///   runner trace experiments/iris_softmax.toml --steps 50 > trace.json
    #[command(verbatim_doc_comment)]
    Trace(TraceArguments),
    /// Print shell completions.
    ///
    /// Example:
    ///   runner completions bash > ~/.local/share/bash-completion/completions/runner
    #[command(verbatim_doc_comment)]
    Completions(CompletionsArguments),
}

#[derive(Clone, Debug, Default, Args)]
pub(super) struct ExperimentOptions {
    /// Override a key of the experiment, e.g. optimizer.learning_rate=0.1 (checked like the file; may be repeated).
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub(super) overrides: Vec<String>,

    /// What trains, as `--set train.engine=...`: the fused engine, the reference path, or whichever fits the network.
    #[arg(long, value_name = "ENGINE", value_parser = ["auto", "fused", "burn"])]
    pub(super) engine: Option<String>,

    /// Memory that training may use, e.g. 4GB [default: half of what is free]. Results do not depend on it.
    #[arg(long, value_name = "SIZE", value_parser = size)]
    pub(super) memory: Option<u64>,

    /// Allow data files outside the project folder.
    #[arg(long)]
    pub(super) allow_outside: bool,
}

impl ExperimentOptions {
    /// `--set`, and the options that are short for it.
    pub(super) fn all_overrides(&self) -> Vec<String> {
        let engine = self.engine.iter().map(|engine| format!("train.engine={engine}"));
        self.overrides.iter().cloned().chain(engine).collect()
    }
}

#[derive(Debug, Args)]
pub(super) struct RunArguments {
    /// Experiment files, or folders whose *.toml files are run.
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) experiment: ExperimentOptions,

    /// Folder in which EXPERIMENT/ is written, relative to the current folder.
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) results: PathBuf,

    /// Worker threads [default: one per core]. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,

    /// Train only the I-th of N disjoint parts of the trials, I from 0; the parts may run at once, anywhere, and `runner merge` unites
    /// them. `auto` or `auto/N`: the part that Slurm, Kubernetes, or another engine says this process is. Of a sweep with rounds (a
    /// sampler that learns, compare.confirm) each call trains a part of one round.
    #[arg(long, value_name = "I/N")]
    pub(super) shard: Option<Asked>,

    /// With --shard, of a sweep with rounds: wait so long for the other parts of a round, e.g. 90s or 10min, then go on to the next.
    #[arg(long, value_name = "TIME", requires = "shard", value_parser = duration)]
    pub(super) wait: Option<Duration>,

    /// Train nothing: take in what shards have, and report what is known. Trials that are missing are named (exit 5).
    #[arg(long, conflicts_with_all = ["shard", "fresh"])]
    pub(super) no_train: bool,

    #[command(flatten)]
    pub(super) export: ResultsExport,

    /// Train every trial again; what was known of them is set aside in the results folder.
    #[arg(long)]
    pub(super) fresh: bool,

    /// Most members of a pack. Results do not depend on it.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=64), hide = true)]
    pub(super) pack: Option<u16>,

    /// Print nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct PlanArguments {
    /// The experiment.
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) experiment: ExperimentOptions,

    /// Folder in which EXPERIMENT/ would be written.
    #[arg(long, value_name = "DIR", default_value = "results")]
    pub(super) results: PathBuf,

    /// Say which trials are known from earlier runs, and why each of the others would be trained.
    #[arg(long)]
    pub(super) why: bool,

    /// With --why: as if run with --fresh.
    #[arg(long, requires = "why")]
    pub(super) fresh: bool,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ReportArguments {
    /// Results folders with their records.
    #[arg(required = true, value_name = "RESULTS")]
    pub(super) folders: Vec<PathBuf>,

    #[command(flatten)]
    pub(super) export: ResultsExport,

    /// Print nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct MergeArguments {
    /// Results folders of one experiment: finished, interrupted, or of shards.
    #[arg(required = true, value_name = "FOLDER")]
    pub(super) folders: Vec<PathBuf>,

    /// Folder in which EXPERIMENT/ is written, relative to the current folder.
    #[arg(long, value_name = "DIR")]
    pub(super) results: PathBuf,

    /// Publish a report even where trials are missing; it says so.
    #[arg(long)]
    pub(super) partial: bool,

    /// Print nothing but errors.
    #[arg(long, short)]
    pub(super) quiet: bool,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct CleanArguments {
    /// Results folders, of one experiment or of several.
    #[arg(value_name = "RESULTS", default_value = "results")]
    pub(super) results: Vec<PathBuf>,

    /// Also the records and every published file: nothing is left but what others put there.
    #[arg(long)]
    pub(super) all: bool,

    /// Only say what would be removed.
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Which trained network.
#[derive(Debug, Args)]
pub(super) struct SavedOptions {
    /// Results folder of an experiment.
    pub(super) results: PathBuf,

    /// The arm whose network is meant; may be left out where there is one.
    #[arg(long, value_name = "NAME")]
    pub(super) arm: Option<String>,

    /// A saved network itself, instead of an arm's: of `models/`, or of a single trial.
    #[arg(long, value_name = "FILE", conflicts_with = "arm")]
    pub(super) model: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct PredictArguments {
    #[command(flatten)]
    pub(super) saved: SavedOptions,

    /// A CSV or TSV file with the columns of the features; with those of the targets, if they are known.
    pub(super) data: PathBuf,

    /// Write the answers to this file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// What the answers are written as.
    #[arg(long, value_enum, default_value = "csv")]
    pub(super) format: Answer,
}

#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    pub(super) saved: SavedOptions,

    /// What to write.
    #[arg(long, value_name = "TARGET", value_enum)]
    pub(super) to: To,

    /// The file to write [default: beside the network, in `models/` of the results].
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(super) struct ListArguments {
    /// A family: activation, loss, initializer, optimizer, schedule, source, scale, split, metric, sampler; or finding.
    pub(super) family: Option<String>,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct ExplainArguments {
    /// A name, a section, a key such as optimizer.learning_rate, an error code, a finding, a word such as skill; or an
    /// experiment file, followed by a key.
    pub(super) what: String,

    /// With an experiment file: the key whose value is traced to its place.
    pub(super) key: Option<String>,

    #[command(flatten)]
    pub(super) experiment: ExperimentOptions,
}

#[derive(Debug, Args)]
pub(super) struct DataArguments {
    /// A CSV, TSV, IDX, NPY, or NPZ file.
    pub(super) file: PathBuf,

    /// What stdout holds.
    #[arg(long, value_enum, default_value = "text")]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct NewArguments {
    /// The file to write; it must not exist.
    pub(super) file: PathBuf,
}

#[derive(Debug, Args)]
pub(super) struct TraceArguments {
    /// The experiment.
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) experiment: ExperimentOptions,

    /// The trial's position in the plan, from 0, or its id.
    #[arg(long, default_value = "0")]
    pub(super) trial: String,

    /// Steps to train.
    #[arg(long, default_value_t = 100)]
    pub(super) steps: usize,
}

#[derive(Debug, Args)]
pub(super) struct CheckArguments {
    /// The experiment.
    pub(super) file: PathBuf,

    #[command(flatten)]
    pub(super) experiment: ExperimentOptions,

    /// Look at the network of this trial alone: its position in the plan, from 0, or its id.
    #[arg(long)]
    pub(super) trial: Option<String>,

    /// Training samples, evenly spread, that the gradient is checked on.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) samples: u32,

    /// Numbers compared in each tensor; of larger tensors so many are drawn, always the same.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) parameters: u32,

    /// A gradient made elsewhere, as JSON, to be checked instead of runner's own.
    #[arg(long, value_name = "JSON")]
    pub(super) gradient: Option<PathBuf>,

    /// Text for people, or one JSON document.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, Args)]
pub(super) struct CompletionsArguments {
    /// bash, elvish, fish, powershell, or zsh.
    pub(super) shell: clap_complete::Shell,
}
