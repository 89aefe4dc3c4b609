//! The operation that Burn lacks: training for whole epochs at once, added to its backends on the CPU.
//!
//! A wrapper around [`kernel::train`] and nothing else: tensors in, tensors out.
#![expect(
    deprecated,
    reason = "ndarray is the backend this program is built on; `flex` is its announced successor"
)]

#[cfg(feature = "flex")]
use burn::backend::Flex;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Backend, NdArray, TensorMetadata as _, backend_extension};
use burn::tensor::{Tensor, TensorData, read_sync};
#[cfg(not(feature = "flex"))]
use burn_ndarray::NdArrayTensor;

use crate::kernel::{self, Set};

/// Training that a backend does in one operation.
#[backend_extension(NdArray, Flex: cfg(feature = "flex"))]
pub(super) trait TrainEpoch: Backend {
    /// Makes the steps of `training`; `parameters` is `[P, 1, D]`, `states` `[P, 1, S · D]` (or any one number where S is 0), both
    /// `f32`. Gives both anew, and the losses of the steps, `[steps, P]`, `f64`.
    fn train_epoch(
        parameters: FloatTensor<Self>,
        states: FloatTensor<Self>,
        training: &kernel::Training<'_>,
    ) -> (FloatTensor<Self>, FloatTensor<Self>, FloatTensor<Self>) {
        let device = parameters.device();
        let shapes = (parameters.shape(), states.shape());
        let (mut w, mut s) = (host::<Self>(parameters), host::<Self>(states));
        let members = training.network.members();
        let mut losses = vec![0.0; training.steps * members];
        let kept = training.method.rule.states() * w.len();
        kernel::train(Set::best(), training, &mut w, &mut s[..kept], &mut losses);
        (
            Self::float_from_data(TensorData::new(w, shapes.0), &device),
            Self::float_from_data(TensorData::new(s, shapes.1), &device),
            Self::float_from_data(TensorData::new(losses, [training.steps, members]), &device),
        )
    }
}

impl TrainEpoch for NdArray {}

#[cfg(feature = "flex")]
impl TrainEpoch for Flex {}

/// The numbers of a tensor of `f32` on the host; the tensor's own memory where nothing else holds it.
fn host<B: Backend>(tensor: FloatTensor<B>) -> Vec<f32> {
    let data = read_sync(B::float_into_data(tensor)).expect("a tensor on the CPU can be read");
    data.try_into_vec::<f32>().expect("a tensor of f32 holds f32")
}

/// Shows the numbers of a tensor of `f32`, row-major, without copying them (where they lie in a row, as a population's do).
#[cfg(not(feature = "flex"))]
pub(super) fn read<T>(tensor: &Tensor<3>, see: impl FnOnce(&[f32]) -> T) -> T {
    let primitive = tensor.clone().try_into_primitive::<NdArray>().expect("a tensor of the device");
    let NdArrayTensor::F32(storage) = primitive else { panic!("a tensor of f32 holds f32") };
    let view = storage.view();
    match view.as_slice() {
        Some(numbers) => see(numbers),
        None => see(&view.iter().copied().collect::<Vec<f32>>()),
    }
}

/// Shows the numbers of a tensor of `f32`, row-major.
#[cfg(feature = "flex")]
pub(super) fn read<T>(tensor: &Tensor<3>, see: impl FnOnce(&[f32]) -> T) -> T {
    let primitive = tensor.clone().try_into_primitive::<Flex>().expect("a tensor of the device");
    let primitive = if primitive.is_contiguous() { primitive } else { primitive.to_contiguous() };
    match primitive.as_slice::<f32>() {
        Some(numbers) => see(numbers),
        None => panic!("a tensor of f32 holds f32"),
    }
}
