"""Recurrent layers in NumPy: a part of an exported script, behind `numpy_activations.py`.

It needs the constants CELL, RECURRENT, and EACH_STEP.
"""

import numpy as np

RECURRENT_WEIGHTS = [np.array(weight, dtype=PRECISION) for weight in RECURRENT]


def step(z, state, layer):
    """The state of a layer after a time step, `(h,)` or for an LSTM `(h, c)`, from `z = x @ weight + bias` and the state before."""
    weight, h = RECURRENT_WEIGHTS[layer], state[0]
    units = len(weight)
    if CELL == "elman":
        return (activate(z + h @ weight, layer),)
    if CELL == "gru":
        update, reset = np.split(sigmoid(z[:, : 2 * units] + h @ weight[:, : 2 * units]), 2, axis=1)
        candidate = activate(z[:, 2 * units :] + (reset * h) @ weight[:, 2 * units :], layer)
        return (update * h + (1 - update) * candidate,)
    entry, forget, candidate, output = np.split(z + h @ weight, 4, axis=1)
    c = sigmoid(forget) * state[1] + sigmoid(entry) * activate(candidate, layer)
    return (sigmoid(output) * activate(c, layer), c)


def network(inputs, present=None, mask=None):
    """Outputs `[sequences, outputs]`, or with EACH_STEP `[sequences, steps, outputs]`, for prepared inputs `[sequences, steps, inputs]`.

    `present` `[sequences, steps]` is False where a step is padding, which stands in front: states are 0 there. `mask` is as the
    outputs, 0 where one is off. None: every step is there, every output is on.
    """
    sequences, steps = inputs.shape[:2]
    states = [
        tuple(np.zeros((sequences, len(weight)), dtype=PRECISION) for _ in range(2 if CELL == "lstm" else 1))
        for weight in RECURRENT_WEIGHTS
    ]
    tops = []
    for t in range(steps):
        a = inputs[:, t]
        for layer, state in enumerate(states):
            state = step(affine(a, layer), state, layer)
            if present is not None:
                state = tuple(s * present[:, t : t + 1] for s in state)
            states[layer] = state
            a = state[0]
        tops.append(a)
    return outputs_of(np.stack(tops, axis=1) if EACH_STEP else a, mask)
