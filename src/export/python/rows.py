"""From the rows of a table to answers: a part of scripts of networks that saw no sequences, behind `table.py` and the network."""


def read_table(path):
    """What `predict` takes, from a CSV file whose columns are found by name: `x`, and `mask` (None where there are no masks)."""
    header, rows = read_cells(path)
    return {"x": features_of(header, rows, path), "mask": masks_of(header, rows, path)}


def predict(x, mask=None):
    """Outputs `[rows, outputs]` for columns `[rows, columns]`, in the units of the targets; see the top of this file."""
    return in_original_units(network(prepare(x), mask))


def asked(path, predict=predict):
    """What the answers to a CSV file are about, the numbers of its rows, and their outputs `[rows, outputs]`."""
    outputs = predict(**read_table(path))
    return range(1, len(outputs) + 1), outputs
