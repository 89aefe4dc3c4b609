//! The device all tensors live on, and the way between the host and it.
//!
//! The device is always named, never taken from a process-wide default, and precision is chosen per tensor.
//! Values cross as `f64` on the host's side, so that initial values, batches, and losses do not depend on precision.

use burn::tensor::{DType, Device, Tensor, TensorData};

use crate::spec::Precision;

/// What trains: part of the manifest.
pub const ENGINE: &str = "burn 0.22";

/// The name of the device.
pub const DEVICE: &str = if cfg!(feature = "flex") { "flex" } else { "ndarray" };

/// The ndarray backend on the CPU.
#[cfg(not(feature = "flex"))]
#[expect(
    deprecated,
    reason = "ndarray is the backend this program is built on; `flex` is its announced successor"
)]
pub(crate) fn device() -> Device {
    Device::ndarray()
}

/// The flex backend on the CPU, chosen by the cargo feature `flex`.
#[cfg(feature = "flex")]
pub(crate) fn device() -> Device {
    Device::flex()
}

/// A tensor `[a, b, c]` of the given values, row-major; rounded to nearest for `f32`.
pub(crate) fn tensor(values: &[f64], shape: [usize; 3], precision: Precision) -> Tensor<3> {
    match precision {
        Precision::F32 => {
            let rounded: Vec<f32> = values.iter().map(|v| *v as f32).collect();
            Tensor::from_data(TensorData::new(rounded, shape), (&device(), DType::F32))
        }
        Precision::F64 => Tensor::from_data(TensorData::new(values.to_vec(), shape), (&device(), DType::F64)),
    }
}

/// One value per member, `[P, 1, 1]`.
pub(crate) fn column(values: &[f64], precision: Precision) -> Tensor<3> {
    tensor(values, [values.len(), 1, 1], precision)
}

/// The values of a tensor, row-major. Free of copies when nothing else holds the tensor and it is `f64`.
pub(crate) fn values(tensor: Tensor<3>) -> Vec<f64> {
    let data = tensor.into_data();
    match data.dtype() {
        DType::F32 => {
            let values = data.try_into_vec::<f32>().expect("a tensor of f32 holds f32");
            values.into_iter().map(f64::from).collect()
        }
        _ => data.try_into_vec::<f64>().expect("a tensor of f64 holds f64"),
    }
}

/// 0 where `|x| < 1e-30`; NaN stays. Part of the arithmetic of every engine: numbers near the end of the range of f32 slow a
/// processor down fifty times.
pub(crate) fn flush(tensor: Tensor<3>) -> Tensor<3> {
    let small = tensor.clone().abs().lower_scalar(crate::kernel::FLUSHED);
    tensor.mask_fill(small, 0.0)
}
