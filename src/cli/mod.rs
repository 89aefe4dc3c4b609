//! The command line: arguments, one file per command, progress, exit codes. The only module that prints.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use crate::catalog::Catalog;
use crate::disk::fault;
use crate::{data, diagnose, metric, nn, plan, report};

mod arguments;
mod check_command;
mod check_page;
mod clean_command;
mod compare_command;
mod data_command;
mod doctor;
mod exit;
mod experiment;
mod explain;
mod export;
mod fix;
mod frozen;
mod in_memory;
mod index_command;
mod live;
mod merge_command;
mod new;
mod output;
mod plan_command;
mod predict;
mod progress;
mod publication;
mod published;
mod recording;
mod report_command;
mod results_export;
mod rounds;
mod run;
mod saved;
mod shard;
mod shares;
mod states;
mod status_command;
mod submit;
mod suite;
mod trace;
mod training;
mod units;
mod verify;
mod watch;
mod why;

use arguments::{Arguments, Command};
use exit::Exit;
use output::{Format, Output};

/// All families, gathered in the order of the reference page.
pub fn catalog() -> Catalog {
    let mut entries = nn::entries();
    entries.extend(data::entries());
    entries.extend(metric::entries());
    entries.extend(plan::entries());
    Catalog::new(entries).with_rules(rules().map(|rule| rule.code).collect())
}

/// Every rule: those that judge a trial, then those about what no single trial shows.
fn rules() -> impl Iterator<Item = &'static diagnose::Rule> {
    diagnose::RULES.iter().chain(report::RULES).copied()
}

/// Runs one command line, program name first.
pub fn run(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let parsed = match Arguments::try_parse_from(arguments) {
        Ok(parsed) => parsed,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Invalid } else { Exit::Done }.into();
        }
    };
    if let Some(fault) = parsed.disk_fault {
        fault::arm(fault);
    }
    let exit = dispatch(&parsed);
    if let Some(changes) = fault::changes() {
        Output { format: Format::Text, quiet: false }.complain(&changes.join("\n"));
    }
    if output::lost() { exit.max(Exit::Disk).into() } else { exit.into() }
}

fn dispatch(parsed: &Arguments) -> Exit {
    match &parsed.command {
        None => bare(&parsed.run),
        Some(Command::Run(arguments)) => run::run(arguments),
        Some(Command::Plan(arguments)) => plan_command::plan(arguments),
        Some(Command::Check(arguments)) => check_command::check(arguments),
        Some(Command::Doctor(arguments)) => doctor::doctor(arguments),
        Some(Command::Fix(arguments)) => fix::fix(arguments),
        Some(Command::Submit(arguments)) => submit::submit(arguments),
        Some(Command::Status(arguments)) => status_command::status(arguments),
        Some(Command::Merge(arguments)) => merge_command::merge(arguments),
        Some(Command::Report(arguments)) => report_command::report(arguments),
        Some(Command::Index(arguments)) => index_command::index(arguments),
        Some(Command::Compare(arguments)) => compare_command::compare(arguments),
        Some(Command::Verify(arguments)) => verify::verify(arguments),
        Some(Command::Watch(arguments)) => watch::watch(arguments),
        Some(Command::Clean(arguments)) => clean_command::clean(arguments),
        Some(Command::Predict(arguments)) => predict::predict(arguments),
        Some(Command::Export(arguments)) => export::export(arguments),
        Some(Command::List(arguments)) => explain::list(arguments),
        Some(Command::Explain(arguments)) => explain::explain(arguments),
        Some(Command::Data(arguments)) => data_command::data(arguments),
        Some(Command::Schema) => explain::schema(),
        Some(Command::New(arguments)) => new::new(arguments),
        Some(Command::Trace(arguments)) => trace::trace(arguments),
        Some(Command::Completions(arguments)) => completions(arguments.shell),
    }
}

/// `runner FILE...`, where a word that is no file may be a misspelt command.
fn bare(arguments: &arguments::RunArguments) -> Exit {
    let command = Arguments::command();
    let commands: Vec<&str> = command.get_subcommands().map(clap::Command::get_name).collect();
    let meant = arguments.files.first().and_then(|file| experiment::command_meant(file, &commands));
    match meant {
        Some(message) => {
            Output { format: Format::Text, quiet: false }.complain(&message);
            Exit::Invalid
        }
        None => run::run(arguments),
    }
}

fn completions(shell: clap_complete::Shell) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "runner", &mut script);
    Output { format: Format::Text, quiet: false }.print(&String::from_utf8_lossy(&script));
    Exit::Done
}
