"""Activations and outputs in Keras 3, on any of its backends: a part of an exported script, behind `python.rs`' constants.

It needs the constants LAYERS, PRECISION, MASKS, and MASKING.
"""

import keras
import numpy as np

ACTIVATIONS = {
    "elu": lambda z, alpha: keras.ops.elu(z, alpha),
    "gelu": lambda z, approximate: keras.ops.gelu(z, approximate=approximate == "tanh"),
    "hard_sigmoid": keras.ops.hard_sigmoid,
    "identity": lambda z: z,
    "leaky_relu": lambda z, slope: keras.ops.leaky_relu(z, slope),
    "log_softmax": keras.ops.log_softmax,
    "mish": lambda z: z * keras.ops.tanh(keras.ops.logaddexp(z, keras.ops.zeros_like(z))),
    "relu": keras.ops.relu,
    "selu": keras.ops.selu,
    "sigmoid": lambda z, slope: keras.ops.sigmoid(slope * z),
    "silu": keras.ops.silu,
    "softmax": keras.ops.softmax,
    "softplus": lambda z, beta: keras.ops.logaddexp(beta * z, keras.ops.zeros_like(z)) / beta,
    "softsign": keras.ops.softsign,
    "tanh": keras.ops.tanh,
}


def activation(index):
    """The activation of a layer as Keras takes it: a function of pre-activations."""
    name, parameters = LAYERS[index][2]
    return lambda z: ACTIVATIONS[name](z, **parameters)


def fill(layer, *numbers):
    """Puts the numbers of a layer in, those that are None left out."""
    layer.set_weights([np.array(n, dtype=PRECISION) for n in numbers if n is not None])


def answer(a, shape):
    """The layer of the outputs, and where there are masks an input for them, of this shape: 0 where an output is off."""
    weight, bias, _ = LAYERS[-1]
    layer = keras.layers.Dense(len(weight[0]), use_bias=bias is not None, dtype=PRECISION)
    z = layer(a)
    fill(layer, weight, bias)
    if not MASKS:
        return activation(-1)(z), []
    mask = keras.Input(shape, dtype=PRECISION, name="mask")
    if MASKING == "logits":
        z = keras.ops.where(keras.ops.equal(mask, 0), -1e30, z)
    a = activation(-1)(z)
    return a * keras.ops.cast(keras.ops.not_equal(mask, 0), PRECISION) if MASKING == "outputs" else a, [mask]


def masks(mask, shape):
    """What a model with masks takes: None is every output on."""
    return [] if not MASKS else [np.ones(shape, dtype=PRECISION) if mask is None else np.asarray(mask, dtype=PRECISION)]
