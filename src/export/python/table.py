"""Reading a table and preparing its rows: a part of every exported script, behind the constants that `python.rs` writes.

It knows no network, and needs the constants COLUMNS, MASKS, ONE_HOT, DEGREE, FILL, ENLARGE, INPUT_SHIFT, INPUT_SCALE, TARGET_SHIFT,
TARGET_SCALE, DELIMITER, and HAS_HEADER.
"""

import csv
import functools
import itertools

import numpy as np


GAPS = ("", "na", "nan", "null", "?")


def number_of(cell, categories, place):
    """The value of a cell, the number of its category, or NaN for a gap."""
    if cell.lower() in GAPS:
        if FILL is None:
            raise SystemExit(f"{place}: the value is missing")
        return np.nan
    try:
        value = float(cell.replace("_", "x"))
    except ValueError:
        value = None
    if categories is None:
        if value is None or not np.isfinite(value):
            raise SystemExit(f"{place}: `{cell}` is not a finite number")
        return value
    if cell in categories:
        return categories.index(cell)
    # 1, 1.0, and +1 are one category.
    for index, name in enumerate(categories):
        try:
            if value is not None and float(name) == value:
                return index
        except ValueError:
            pass
    raise SystemExit(f"{place}: `{cell}` is no category that the network knows: {categories}")


def read_cells(path):
    """The names of the columns of a CSV file, and its rows as lists of texts."""
    delimiter = DELIMITER or ("\t" if path.lower().endswith(".tsv") else ",")
    with open(path, encoding="utf-8-sig", newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file, delimiter=delimiter)]
    rows = [row for row in rows if row and row != [""]]
    if not rows:
        raise SystemExit(f"{path}: it is empty")
    header = [(name if HAS_HEADER else "") or f"column_{i + 1}" for i, name in enumerate(rows[0])]
    rows = rows[1 if HAS_HEADER else 0 :]
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise SystemExit(f"{path}, row {number}: {len(row)} cells for {len(header)} columns")
    return header, rows


def place_of(name, header, path):
    if name not in header:
        raise SystemExit(f"{path}: there is no column {name}; its columns are {', '.join(header)}")
    return header.index(name)


def features_of(header, rows, path):
    """The columns of COLUMNS as an array `[rows, columns]`: found by name, in any order."""
    places = [(place_of(name, header, path), name, categories) for name, categories in COLUMNS]
    table = []
    for number, row in enumerate(rows, 1):
        place = f"{path}, row {number}, column "
        table.append([number_of(row[at], categories, place + name) for at, name, categories in places])
    return np.array(table, dtype=np.float64).reshape(len(table), len(COLUMNS))


def masks_of(header, rows, path):
    """The columns of MASKS as an array `[rows, outputs]` of zeros and ones; None where there are none."""
    places = [place_of(name, header, path) for name in MASKS]
    for number, row in enumerate(rows, 1):
        for at in places:
            try:
                is_bit = float(row[at]) in (0, 1)
            except ValueError:
                is_bit = False
            if not is_bit:
                raise SystemExit(f"{path}, row {number}, column {header[at]}: a mask is 0 or 1, not `{row[at]}`")
    return np.array([[float(row[at]) for at in places] for row in rows]) if MASKS else None


def encode(x):
    """Columns `[rows, columns]` as features: a category is one feature for each name, or its number."""
    features = []
    for index, (_, categories) in enumerate(COLUMNS):
        column = x[:, index : index + 1]
        if categories is not None and ONE_HOT:
            hot = (column == np.arange(len(categories))).astype(np.float64)
            column = np.where(np.isnan(column), np.nan, hot)
        features.append(column)
    return np.concatenate(features, axis=1)


def expand(x):
    """All monomials of the features up to DEGREE: by degree, then as scikit-learn orders them, `a, b, a², ab, b²`."""
    degrees = range(1, DEGREE + 1)
    factors = [f for d in degrees for f in itertools.combinations_with_replacement(range(x.shape[1]), d)]
    return np.stack([functools.reduce(np.multiply, [x[:, f] for f in product]) for product in factors], axis=1)


def prepare(x):
    """Columns `[rows, columns]` as inputs of the network `[rows, inputs]`: encoded, filled, enlarged, expanded, scaled."""
    x = encode(np.asarray(x, dtype=np.float64))
    if FILL is not None:
        x = np.where(np.isnan(x), FILL, x)
    if ENLARGE is not None:
        x = x @ np.array(ENLARGE)
    if DEGREE > 1:
        x = expand(x)
    if INPUT_SCALE is not None:
        x = (x - np.array(INPUT_SHIFT)) / np.array(INPUT_SCALE)
    return x.astype(PRECISION)


def in_original_units(outputs):
    """Outputs of the network in the units of the targets."""
    outputs = np.asarray(outputs, dtype=np.float64)
    if TARGET_SCALE is not None:
        outputs = outputs * np.array(TARGET_SCALE) + np.array(TARGET_SHIFT)
    return outputs
