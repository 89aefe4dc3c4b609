"""The network in Keras 3, on any of its backends: a part of an exported script, behind `python.rs`' constants and `table.py`.

It needs the constants LAYERS and PRECISION. The model takes prepared inputs: `prepare` and `predict` stand around it.
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


def build():
    """The model: a dense layer for each of LAYERS."""
    model = keras.Sequential([keras.Input((len(LAYERS[0][0]),), dtype=PRECISION)])
    for weight, bias, (name, parameters) in LAYERS:
        activation = lambda z, name=name, parameters=parameters: ACTIVATIONS[name](z, **parameters)
        model.add(
            keras.layers.Dense(
                len(weight[0]), activation=activation, use_bias=bias is not None, dtype=PRECISION
            )
        )
        numbers = [np.array(n, dtype=PRECISION) for n in (weight, bias) if n is not None]
        model.layers[-1].set_weights(numbers)
    return model


MODEL = build()


def network(inputs):
    """Outputs `[rows, outputs]` for prepared inputs `[rows, inputs]`."""
    # MODEL.predict would round inputs to single precision.
    return keras.ops.convert_to_numpy(MODEL(inputs, training=False))
