"""Recurrent layers in PyTorch: a part of an exported script, behind `pytorch_activations.py`.

It needs the constants CELL, RECURRENT, and EACH_STEP. The cells are written out: those of `torch.nn` have no other activations than
their own, and a GRU there resets behind the product instead of before it. The module takes prepared inputs: `prepare` and `predict`
stand around it.
"""

import torch
import torch.nn.functional as F


class Network(torch.nn.Module):
    """Outputs `[sequences, outputs]`, or with EACH_STEP `[sequences, steps, outputs]`, for prepared inputs `[sequences, steps, inputs]`.

    `present` `[sequences, steps]` is False where a step is padding, which stands in front: states are 0 there. `mask` is as the
    outputs, 0 where one is off. None: every step is there, every output is on.
    """

    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList(linear(weight, bias) for weight, bias, _ in LAYERS)
        self.recurrent = torch.nn.ModuleList(linear(weight) for weight in RECURRENT)

    def step(self, a, state, index):
        """The state of a layer after a time step, `(h,)` or for an LSTM `(h, c)`."""
        z, h, recurrent = self.layers[index](a), state[0], self.recurrent[index]
        units = recurrent.in_features
        if CELL == "elman":
            return (activate(z + recurrent(h), index),)
        if CELL == "gru":
            gates = torch.sigmoid(z[:, : 2 * units] + F.linear(h, recurrent.weight[: 2 * units]))
            update, reset = gates.chunk(2, dim=1)
            candidate = activate(z[:, 2 * units :] + F.linear(reset * h, recurrent.weight[2 * units :]), index)
            return (update * h + (1 - update) * candidate,)
        entry, forget, candidate, output = (z + recurrent(h)).chunk(4, dim=1)
        c = torch.sigmoid(forget) * state[1] + torch.sigmoid(entry) * activate(candidate, index)
        return (torch.sigmoid(output) * activate(c, index), c)

    def forward(self, inputs, present=None, mask=None):
        sequences, steps = inputs.shape[:2]
        states = [
            tuple(inputs.new_zeros(sequences, layer.in_features) for _ in range(2 if CELL == "lstm" else 1))
            for layer in self.recurrent
        ]
        tops = []
        for t in range(steps):
            a = inputs[:, t]
            for index, state in enumerate(states):
                state = self.step(a, state, index)
                if present is not None:
                    state = tuple(s * present[:, t : t + 1] for s in state)
                states[index] = state
                a = state[0]
            tops.append(a)
        return answer(self.layers[-1](torch.stack(tops, dim=1) if EACH_STEP else a), mask)


def network(inputs, present=None, mask=None):
    """The same for arrays."""
    with torch.no_grad():
        return Network()(as_tensor(inputs), as_tensor(present), as_tensor(mask)).numpy()
