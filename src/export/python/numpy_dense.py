"""Dense layers in NumPy: a part of an exported script, behind `numpy_activations.py`."""

import numpy as np


def network(a, mask=None):
    """Outputs `[rows, outputs]` for prepared inputs `[rows, inputs]`; `mask` `[rows, outputs]` is 0 where an output is off."""
    for layer in range(len(LAYERS) - 1):
        a = activate(affine(a, layer), layer)
    return outputs_of(a, mask)
