//! `runner export RESULTS --to TARGET`: a trained network as a script or file that gives the same answers without runner.

use super::arguments::ExportArguments;
use super::exit::Exit;
use super::output::{Format, Output};
use super::saved::{self, Saved};
use crate::diagnostic::Sources;
use crate::export::{self, Target};
use crate::{disk, record};

/// [`Target`] on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum To {
    /// A script that needs NumPy and nothing else.
    Numpy,
    /// A script with a torch.nn.Module.
    Pytorch,
    /// A script with a keras.Model, for Keras 3.
    Keras,
    /// An ONNX file, opset 17, from raw columns to answers.
    Onnx,
}

impl From<To> for Target {
    fn from(to: To) -> Target {
        match to {
            To::Numpy => Target::Numpy,
            To::Pytorch => Target::Pytorch,
            To::Keras => Target::Keras,
            To::Onnx => Target::Onnx,
        }
    }
}

pub(super) fn export(arguments: &ExportArguments) -> Exit {
    let output = Output { format: Format::Text, quiet: false };
    let target = Target::from(arguments.to);
    let Saved { network, path } = match saved::find(&arguments.saved, &output) {
        Ok(saved) => saved,
        Err(exit) => return exit,
    };
    let bytes = match export::export(&network, target) {
        Ok(bytes) => bytes,
        Err(fault) => {
            output.diagnostics(&[*fault], &Sources::default());
            return Exit::Invalid;
        }
    };
    // Beside the network, unless the file is named.
    let beside = || {
        let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        let name = record::model_name(&name.unwrap_or_default());
        path.with_file_name(format!("{name}{}", target.ending()))
    };
    let file = arguments.output.clone().unwrap_or_else(beside);
    match disk::deliver(&file, &bytes) {
        Ok(()) => {
            output.print(&format!("wrote `{}`", disk::shown(&file)));
            Exit::Done
        }
        Err(error) => {
            output.complain(&format!("error: {error}"));
            Exit::Disk
        }
    }
}
