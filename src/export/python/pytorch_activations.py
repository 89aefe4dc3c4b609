"""Activations and layers in PyTorch: a part of an exported script, behind the constants that `python.rs` writes.

It needs the constants LAYERS, PRECISION, and MASKING.
"""

import numpy as np
import torch
import torch.nn.functional as F

ACTIVATIONS = {
    "elu": lambda z, alpha: F.elu(z, alpha),
    "gelu": lambda z, approximate: F.gelu(z, approximate=approximate),
    "hard_sigmoid": F.hardsigmoid,
    "identity": lambda z: z,
    "leaky_relu": lambda z, slope: F.leaky_relu(z, slope),
    "log_softmax": lambda z: F.log_softmax(z, dim=-1),
    "mish": F.mish,
    "relu": F.relu,
    "selu": F.selu,
    "sigmoid": lambda z, slope: torch.sigmoid(slope * z),
    "silu": F.silu,
    "softmax": lambda z: F.softmax(z, dim=-1),
    # F.softplus is the identity above 20.
    "softplus": lambda z, beta: torch.logaddexp(beta * z, torch.zeros_like(z)) / beta,
    "softsign": F.softsign,
    "tanh": torch.tanh,
}


def linear(weight, bias=None):
    """A layer with these numbers, `[in, out]` and `[out]`; PyTorch keeps weights as `[out, in]`."""
    dtype = getattr(torch, PRECISION)
    layer = torch.nn.Linear(len(weight), len(weight[0]), bias=bias is not None, dtype=dtype)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor(weight, dtype=dtype).T)
        if bias is not None:
            layer.bias.copy_(torch.tensor(bias, dtype=dtype))
    return layer


def activate(z, layer):
    name, parameters = LAYERS[layer][2]
    return ACTIVATIONS[name](z, **parameters)


def answer(z, mask):
    """Outputs from pre-activations; `mask` is as they are, 0 where an output is off, or None."""
    if mask is not None and MASKING == "logits":
        z = torch.where(mask == 0, -1e30, z)
    a = activate(z, -1)
    return a * (mask != 0) if mask is not None and MASKING == "outputs" else a


def as_tensor(array):
    return None if array is None else torch.from_numpy(np.ascontiguousarray(array))
