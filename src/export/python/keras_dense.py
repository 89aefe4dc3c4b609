"""Dense layers in Keras 3: a part of an exported script, behind `keras_activations.py`.

The model takes prepared inputs: `prepare` and `predict` stand around it.
"""

import keras


def build():
    """The model: a dense layer for each of LAYERS. It takes prepared inputs, and masks `[rows, outputs]` where there are any."""
    inputs = keras.Input((len(LAYERS[0][0]),), dtype=PRECISION, name="inputs")
    a = inputs
    for index, (weight, bias, _) in enumerate(LAYERS[:-1]):
        layer = keras.layers.Dense(
            len(weight[0]), activation=activation(index), use_bias=bias is not None, dtype=PRECISION
        )
        a = layer(a)
        fill(layer, weight, bias)
    outputs, mask = answer(a, (len(OUTPUTS),))
    return keras.Model([inputs, *mask], outputs)


MODEL = build()


def network(inputs, mask=None):
    """Outputs `[rows, outputs]` for prepared inputs `[rows, inputs]`; `mask` `[rows, outputs]` is 0 where an output is off."""
    # MODEL.predict would round inputs to single precision.
    return keras.ops.convert_to_numpy(MODEL([inputs, *masks(mask, (len(inputs), len(OUTPUTS)))], training=False))
