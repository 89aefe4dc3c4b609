"""Activations and outputs in NumPy: a part of an exported script, behind the constants that `python.rs` writes.

It needs the constants LAYERS, PRECISION, and MASKING. Formulas are those of `runner explain NAME`, in forms that do not overflow.
"""

import math

import numpy as np


def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def softplus(z, beta=1):
    return np.maximum(z, 0) + np.log1p(np.exp(-beta * np.abs(z))) / beta


def log_softmax(z):
    z = z - z.max(axis=-1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=-1, keepdims=True))


def gelu(z, approximate):
    if approximate == "tanh":
        return 0.5 * z * (1 + np.tanh(math.sqrt(2 / math.pi) * (z + 0.044715 * z**3)))
    # NumPy has no error function.
    erf = np.array([math.erf(value / math.sqrt(2)) for value in z.ravel()], dtype=z.dtype)
    return 0.5 * z * (1 + erf.reshape(z.shape))


def selu(z):
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return scale * np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0)))


ACTIVATIONS = {
    "elu": lambda z, alpha: np.where(z > 0, z, alpha * np.expm1(np.minimum(z, 0))),
    "gelu": gelu,
    "hard_sigmoid": lambda z: np.clip(z / 6 + 0.5, 0, 1),
    "identity": lambda z: z,
    "leaky_relu": lambda z, slope: np.where(z > 0, z, slope * z),
    "log_softmax": log_softmax,
    "mish": lambda z: z * np.tanh(softplus(z)),
    "relu": lambda z: np.maximum(z, 0),
    "selu": selu,
    "sigmoid": lambda z, slope: sigmoid(slope * z),
    "silu": lambda z: z * sigmoid(z),
    "softmax": lambda z: np.exp(log_softmax(z)),
    "softplus": softplus,
    "softsign": lambda z: z / (1 + np.abs(z)),
    "tanh": np.tanh,
}


WEIGHTS = [np.array(weight, dtype=PRECISION) for weight, _, _ in LAYERS]
BIASES = [None if bias is None else np.array(bias, dtype=PRECISION) for _, bias, _ in LAYERS]


def activate(z, layer):
    name, parameters = LAYERS[layer][2]
    return ACTIVATIONS[name](z, **parameters)


def affine(a, layer):
    z = a @ WEIGHTS[layer]
    return z if BIASES[layer] is None else z + BIASES[layer]


def outputs_of(a, mask):
    """The last layer, `[..., inputs]` to `[..., outputs]`; `mask` is as the outputs, 0 where one is off, or None."""
    z = affine(a, -1)
    if mask is not None and MASKING == "logits":
        z = np.where(mask == 0, z.dtype.type(-1e30), z)
    a = activate(z, -1)
    return a * (mask != 0) if mask is not None and MASKING == "outputs" else a
