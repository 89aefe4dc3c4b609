"""The network in PyTorch: a part of an exported script, behind the constants that `python.rs` writes and `table.py`.

It needs the constants LAYERS and PRECISION. The module takes prepared inputs: `prepare` and `predict` stand around it.
"""

import torch
import torch.nn.functional as F

ACTIVATIONS = {
    "elu": lambda z, alpha: F.elu(z, alpha),
    "gelu": lambda z, approximate: F.gelu(z, approximate=approximate),
    "hard_sigmoid": F.hardsigmoid,
    "identity": lambda z: z,
    "leaky_relu": lambda z, slope: F.leaky_relu(z, slope),
    "log_softmax": lambda z: F.log_softmax(z, dim=1),
    "mish": F.mish,
    "relu": F.relu,
    "selu": F.selu,
    "sigmoid": lambda z, slope: torch.sigmoid(slope * z),
    "silu": F.silu,
    "softmax": lambda z: F.softmax(z, dim=1),
    # F.softplus is the identity above 20.
    "softplus": lambda z, beta: torch.logaddexp(beta * z, torch.zeros_like(z)) / beta,
    "softsign": F.softsign,
    "tanh": torch.tanh,
}


class Network(torch.nn.Module):
    """Outputs `[rows, outputs]` for prepared inputs `[rows, inputs]`."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList()
        dtype = getattr(torch, PRECISION)
        for weight, bias, _ in LAYERS:
            layer = torch.nn.Linear(len(weight), len(weight[0]), bias=bias is not None, dtype=dtype)
            with torch.no_grad():
                # PyTorch keeps weights as [out, in].
                layer.weight.copy_(torch.tensor(weight, dtype=dtype).T)
                if bias is not None:
                    layer.bias.copy_(torch.tensor(bias, dtype=dtype))
            self.layers.append(layer)

    def forward(self, a):
        for layer, (_, _, (name, parameters)) in zip(self.layers, LAYERS):
            a = ACTIVATIONS[name](layer(a), **parameters)
        return a


def network(inputs):
    """The same for an array."""
    with torch.no_grad():
        return Network()(torch.from_numpy(inputs)).numpy()
