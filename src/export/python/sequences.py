"""From the rows of a table to sequences and to answers: a part of scripts of networks that saw sequences, behind `table.py` and the network.

It needs the constants SEQUENCE, TIME, STEPS, CELL, and EACH_STEP.
"""

import numpy as np


def places_of(header, rows, path):
    """The names of the sequences in the order of their first rows, and of each row its sequence and its rank within it."""
    sequence_at = place_of(SEQUENCE, header, path)
    time_at = None if TIME is None else place_of(TIME, header, path)
    names, number_by_name, keys = [], {}, []
    for number, row in enumerate(rows, 1):
        name = row[sequence_at]
        if name.lower() in GAPS or (time_at is not None and row[time_at].lower() in GAPS):
            raise SystemExit(f"{path}, row {number}: its sequence or its time is missing")
        try:
            # 1, 1.0, and +1 are one name.
            key = float(name.replace("_", "x"))
        except ValueError:
            key = name
        if key not in number_by_name:
            number_by_name[key] = len(names)
            names.append(name)
        try:
            keys.append((number_by_name[key], 0.0 if time_at is None else float(row[time_at])))
        except ValueError:
            raise SystemExit(f"{path}, row {number}, column {TIME}: `{row[time_at]}` is not a number")
    if time_at is not None and len(set(keys)) < len(keys):
        raise SystemExit(f"{path}: a sequence has two rows of one time")
    ranks, counts = [0] * len(rows), [0] * len(names)
    # Rows of one time keep their order.
    for row in sorted(range(len(rows)), key=lambda row: keys[row]):
        ranks[row] = counts[keys[row][0]]
        counts[keys[row][0]] += 1
    return names, np.array([key[0] for key in keys]), np.array(ranks), np.array(counts)


def read_sequences(path):
    """The names of the sequences of a CSV file, what `predict` takes, and the sequence and the step of each row."""
    header, rows = read_cells(path)
    names, sequence, rank, lengths = places_of(header, rows, path)
    steps = STEPS or int(lengths.max())
    if lengths.max() > steps:
        raise SystemExit(f"{path}: a sequence has {lengths.max()} steps, and the network was trained on at most {steps}")
    step = rank + steps - lengths[sequence]

    def padded(values, blank):
        if values is None:
            return None
        out = np.full((len(names), steps, values.shape[1]), blank)
        out[sequence, step] = values
        return out

    mask = padded(masks_of(header, rows, path), 1.0)
    if mask is not None and not EACH_STEP:
        mask = mask[:, -1]
    given = {"x": padded(features_of(header, rows, path), 0.0), "lengths": lengths, "mask": mask}
    return names, given, (sequence, step)


def read_table(path):
    """What `predict` takes, from a CSV file with a row for each time step: `x`, `lengths`, and `mask` (None where there are no masks)."""
    return read_sequences(path)[1]


def predict(x, lengths=None, mask=None):
    """Outputs for sequences `[sequences, steps, columns]`, in the units of the targets; see the top of this file."""
    x = np.asarray(x, dtype=np.float64)
    sequences, steps = x.shape[:2]
    lengths = np.full(sequences, steps) if lengths is None else np.asarray(lengths)
    present = np.arange(steps) >= steps - lengths[:, None]
    inputs = prepare(x.reshape(sequences * steps, -1)).reshape(sequences, steps, -1)
    # Padding is 0 after scaling.
    inputs = np.where(present[:, :, None], inputs, inputs.dtype.type(0))
    if CELL is None:
        # Without recurrent layers all time steps are seen side by side.
        return in_original_units(network(inputs.reshape(sequences, -1), mask))
    outputs = in_original_units(network(inputs, present, mask))
    return np.where(present[:, :, None], outputs, np.nan) if EACH_STEP else outputs


def asked(path, predict=predict):
    """What the answers to a CSV file are about, and their outputs: its sequences, or with EACH_STEP the numbers of its rows."""
    names, given, places = read_sequences(path)
    outputs = predict(**given)
    return (range(1, len(places[0]) + 1), outputs[places]) if EACH_STEP else (names, outputs)
