"""Writes tests/golden/30_gru_lstm.json: outputs, losses, and gradients of two stacked GRU and LSTM layers, and of padded sequences.

    KERAS_BACKEND=torch python tests/peers/recurrent_reference.py

Everything is PyTorch in float64 with gradients by its autograd. The GRU is written out, since that of `torch.nn` resets behind the
product; the LSTM is written out in the same way. Both are held here to a library's own layers before anything is written: the LSTM to
`torch.nn.LSTM` (1e-12), the GRU to Keras' with `reset_after=False` (1e-5, since Keras multiplies in float32). A padded batch is no
batch here: every sequence passes alone, and losses are added. tests/it/golden/recurrent.rs compares `runner` with the file; it knows
nothing of `runner`.
"""

import json
import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras  # noqa: E402
import numpy as np  # noqa: E402
import torch  # noqa: E402

INPUTS, UNITS, OUTPUTS, STEPS, SEQUENCES = 3, (4, 3), 2, 5, 4
GATES = {"elman": 1, "gru": 3, "lstm": 4}
# Last steps of each sequence that are there.
LENGTHS = [5, 2, 1, 4]
TOLERANCE = 1e-12

torch.set_default_dtype(torch.float64)


def parameters(cell, rng):
    """Names and shapes as `runner` saves them; gates side by side, of a GRU update, reset, candidate, of an LSTM input, forget, candidate, output."""
    sizes = [INPUTS, *UNITS]
    named = {}
    for layer, units in enumerate(UNITS):
        wide = GATES[cell] * units
        named[f"layer_{layer}.weight"] = rng.normal(0, 0.7, (sizes[layer], wide))
        named[f"layer_{layer}.recurrent_weight"] = rng.normal(0, 0.7, (units, wide))
        named[f"layer_{layer}.bias"] = rng.normal(0, 0.5, wide)
    named[f"layer_{len(UNITS)}.weight"] = rng.normal(0, 1, (UNITS[-1], OUTPUTS))
    named[f"layer_{len(UNITS)}.bias"] = rng.normal(0, 0.5, OUTPUTS)
    return {name: torch.tensor(value.round(3), requires_grad=True) for name, value in named.items()}


def step(cell, z, state, weight):
    h = state[0]
    units = h.shape[1]
    if cell == "elman":
        return (torch.tanh(z + h @ weight),)
    if cell == "gru":
        gates = torch.sigmoid(z[:, : 2 * units] + h @ weight[:, : 2 * units])
        update, reset = gates.chunk(2, dim=1)
        candidate = torch.tanh(z[:, 2 * units :] + (reset * h) @ weight[:, 2 * units :])
        return (update * h + (1 - update) * candidate,)
    entry, forget, candidate, output = (z + h @ weight).chunk(4, dim=1)
    c = torch.sigmoid(forget) * state[1] + torch.sigmoid(entry) * torch.tanh(candidate)
    return (torch.sigmoid(output) * torch.tanh(c), c)


def layer_of(cell, x, weight, recurrent, bias):
    """`[sequences, steps, inputs]` to `[sequences, steps, units]`."""
    units = recurrent.shape[0]
    state = tuple(torch.zeros(len(x), units) for _ in range(2))
    told = []
    for t in range(x.shape[1]):
        state = step(cell, x[:, t] @ weight + bias, state, recurrent)
        told.append(state[0])
    return torch.stack(told, dim=1)


def forward(cell, named, x, each):
    for layer in range(len(UNITS)):
        x = layer_of(cell, x, *(named[f"layer_{layer}.{what}"] for what in ("weight", "recurrent_weight", "bias")))
    z = (x if each else x[:, -1]) @ named[f"layer_{len(UNITS)}.weight"] + named[f"layer_{len(UNITS)}.bias"]
    return z


def hold(cell, named, x):
    """A layer of a library with the numbers of the first one, against ours."""
    weight, recurrent, bias = (named[f"layer_0.{what}"].detach() for what in ("weight", "recurrent_weight", "bias"))
    ours = layer_of(cell, x, weight, recurrent, bias)
    if cell == "lstm":
        layer = torch.nn.LSTM(INPUTS, UNITS[0], batch_first=True)
        with torch.no_grad():
            layer.weight_ih_l0.copy_(weight.T)
            layer.weight_hh_l0.copy_(recurrent.T)
            layer.bias_ih_l0.copy_(bias)
            layer.bias_hh_l0.zero_()
        theirs, allowed = layer(x)[0].detach(), TOLERANCE
    else:
        layer = {
            "gru": lambda: keras.layers.GRU(UNITS[0], reset_after=False, return_sequences=True),
            "elman": lambda: keras.layers.SimpleRNN(UNITS[0], return_sequences=True),
        }[cell]()
        layer.build(tuple(x.shape))
        layer.set_weights([weight.numpy(), recurrent.numpy(), bias.numpy()])
        theirs, allowed = torch.tensor(keras.ops.convert_to_numpy(layer(x.float().numpy()))).double(), 1e-5
    difference = (ours - theirs).abs().max().item()
    assert difference < allowed, (cell, difference)
    print(f"{cell}: {type(layer).__module__}.{type(layer).__name__} differs by {difference:.1e}")


def case(cell, each, lengths, rng):
    named = parameters(cell, rng)
    x = torch.tensor(rng.normal(0, 1, (SEQUENCES, STEPS, INPUTS)).round(3))
    hold(cell, named, x)
    y = torch.tensor(rng.normal(0, 1, (SEQUENCES, STEPS if each else 1, OUTPUTS)).round(3))
    outputs, squares, count = [], 0.0, 0
    for sequence in range(SEQUENCES):
        there = slice(STEPS - lengths[sequence], STEPS)
        z = forward(cell, named, x[sequence : sequence + 1, there], each)[0]
        target = y[sequence, there] if each else y[sequence, 0]
        squares = squares + ((z - target) ** 2).sum()
        count += z.numel()
        outputs.append(z.detach().tolist())
    loss = squares / count
    loss.backward()
    # What stands in padding is of no consequence: numbers that would show.
    padded = x.clone()
    for sequence, length in enumerate(lengths):
        padded[sequence, : STEPS - length] = 0.0
    return {
        "cell": cell,
        "return_sequences": each,
        "lengths": lengths,
        "x": padded.tolist(),
        "y": y.tolist(),
        "parameters": {name: value.detach().tolist() for name, value in named.items()},
        "outputs": outputs,
        "loss": loss.item(),
        "gradient": {name: value.grad.tolist() for name, value in named.items()},
    }


def main():
    rng = np.random.default_rng(7)
    full = [STEPS] * SEQUENCES
    cases = [
        case(cell, each, lengths, rng)
        for lengths, cells in ((full, ("gru", "lstm")), (LENGTHS, ("elman", "gru", "lstm")))
        for cell in cells
        for each in (False, True)
    ]
    about = (
        "outputs, mean squared error over all answers that are there, and its gradient: two stacked recurrent layers (tanh) and a linear one; "
        f"torch {torch.__version__.split('+')[0]} autograd in float64, cells held to torch.nn.LSTM and keras {keras.__version__}; "
        "written by tests/peers/recurrent_reference.py. x [sequence][step][input], padding in front; outputs and y of the steps that are there "
        "(with return_sequences; y has all steps) or of the last one"
    )
    file = {"schema_version": 1, "case": "30_gru_lstm", "kind": "recurrent", "about": about}
    file |= {"units": UNITS, "steps": STEPS, "cases": cases}
    path = pathlib.Path(__file__).resolve().parent.parent / "golden" / "30_gru_lstm.json"
    path.write_text(json.dumps(file, separators=(",", ":")).replace('{"cell"', '\n{"cell"') + "\n")


main()
