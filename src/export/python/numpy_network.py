"""The network in NumPy: a part of an exported script, behind the constants that `python.rs` writes and `table.py`.

It needs the constants LAYERS and PRECISION. Formulas are those of `runner explain NAME`, in forms that do not overflow.
"""

import math

import numpy as np


def sigmoid(z):
    small = np.exp(-np.abs(z))
    return np.where(z >= 0, 1 / (1 + small), small / (1 + small))


def softplus(z, beta=1):
    return np.maximum(z, 0) + np.log1p(np.exp(-beta * np.abs(z))) / beta


def log_softmax(z):
    z = z - z.max(axis=1, keepdims=True)
    return z - np.log(np.exp(z).sum(axis=1, keepdims=True))


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


def network(a):
    """Outputs `[rows, outputs]` for prepared inputs `[rows, inputs]`."""
    for weight, bias, (name, parameters) in LAYERS:
        a = a @ np.array(weight, dtype=PRECISION)
        if bias is not None:
            a = a + np.array(bias, dtype=PRECISION)
        a = ACTIVATIONS[name](a, **parameters)
    return a
