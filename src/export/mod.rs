//! What came of training, put to use elsewhere: trained networks here, tables and curves for other programs in [`results`].
//!
//! A network is a saved file together with its configuration: answers about new rows, and files that give the same answers without
//! runner. It is never trained here, and files are written elsewhere.

mod layers;
mod network;
mod onnx;
mod protobuf;
mod python;
pub mod results;

pub use network::{Answers, Network};

use crate::diagnostic::Diagnostic;

/// What a network is exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A script that needs NumPy and nothing else.
    Numpy,
    /// A script with a `torch.nn.Module`.
    Pytorch,
    /// A script with a `keras.Model`, for any backend of Keras 3.
    Keras,
    /// A graph from raw columns to answers.
    Onnx,
}

impl Target {
    pub const ALL: [Target; 4] = [Target::Numpy, Target::Pytorch, Target::Keras, Target::Onnx];

    pub fn name(self) -> &'static str {
        match self {
            Target::Numpy => "numpy",
            Target::Pytorch => "pytorch",
            Target::Keras => "keras",
            Target::Onnx => "onnx",
        }
    }

    /// What the name of its file ends with.
    pub fn ending(self) -> &'static str {
        match self {
            Target::Numpy => "_numpy.py",
            Target::Pytorch => "_pytorch.py",
            Target::Keras => "_keras.py",
            Target::Onnx => ".onnx",
        }
    }
}

/// The bytes of the file, or why the network has no exact form there.
pub fn export(network: &Network, target: Target) -> Result<Vec<u8>, Box<Diagnostic>> {
    let layers = layers::layers(network, target)?;
    Ok(match target {
        Target::Numpy => python::script(network, &layers, target),
        Target::Pytorch => python::script(network, &layers, target),
        Target::Keras => python::script(network, &layers, target),
        Target::Onnx => onnx::model(network, &layers),
    })
}
