"""Dense layers in PyTorch: a part of an exported script, behind `pytorch_activations.py`.

The module takes prepared inputs: `prepare` and `predict` stand around it.
"""

import torch


class Network(torch.nn.Module):
    """Outputs `[rows, outputs]` for prepared inputs `[rows, inputs]`; `mask` `[rows, outputs]` is 0 where an output is off."""

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList(linear(weight, bias) for weight, bias, _ in LAYERS)

    def forward(self, a, mask=None):
        for index, layer in enumerate(self.layers[:-1]):
            a = activate(layer(a), index)
        return answer(self.layers[-1](a), mask)


def network(inputs, mask=None):
    """The same for arrays."""
    with torch.no_grad():
        return Network()(as_tensor(inputs), as_tensor(mask)).numpy()
