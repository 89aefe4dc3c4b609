"""Recurrent layers in Keras 3: a part of an exported script, behind `keras_activations.py`.

It needs the constants CELL, RECURRENT, and EACH_STEP. Keras' own layers have these cells, a GRU with `reset_after=False`; a step that its
mask leaves out leaves the state as it is, which is 0 before the first step. The model takes prepared inputs: `prepare` and `predict`
stand around it.
"""

import keras
import numpy as np

CELLS = {
    "elman": keras.layers.SimpleRNN,
    "gru": lambda *given, **options: keras.layers.GRU(*given, reset_after=False, **options),
    "lstm": keras.layers.LSTM,
}


def build():
    """The model. It takes prepared inputs `[sequences, steps, inputs]`, which steps are there `[sequences, steps]`, and masks as the
    outputs where there are any."""
    inputs = keras.Input((None, len(LAYERS[0][0])), dtype=PRECISION, name="inputs")
    present = keras.Input((None,), dtype="bool", name="present")
    a = inputs
    for index, ((weight, bias, _), recurrent) in enumerate(zip(LAYERS, RECURRENT)):
        layer = CELLS[CELL](
            len(recurrent),
            activation=activation(index),
            use_bias=bias is not None,
            return_sequences=EACH_STEP or index + 1 < len(RECURRENT),
            dtype=PRECISION,
        )
        a = layer(a, mask=present)
        fill(layer, weight, recurrent, bias)
    outputs, mask = answer(a, (None, len(OUTPUTS)) if EACH_STEP else (len(OUTPUTS),))
    return keras.Model([inputs, present, *mask], outputs)


MODEL = build()


def network(inputs, present=None, mask=None):
    """Outputs `[sequences, outputs]`, or with EACH_STEP `[sequences, steps, outputs]`, for prepared inputs `[sequences, steps, inputs]`.

    `present` `[sequences, steps]` is False where a step is padding, which stands in front. `mask` is as the outputs, 0 where one is off.
    None: every step is there, every output is on.
    """
    shape = inputs.shape[:2]
    present = np.ones(shape, dtype=bool) if present is None else present
    given = [inputs, present, *masks(mask, (*(shape if EACH_STEP else shape[:1]), len(OUTPUTS)))]
    # MODEL.predict would round inputs to single precision.
    return keras.ops.convert_to_numpy(MODEL(given, training=False))
