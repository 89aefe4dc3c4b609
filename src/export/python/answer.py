"""From outputs to answers: the end of every exported script, behind `rows.py` or `sequences.py`.

It needs `asked`, and the constants TASK, OUTPUTS, IS_DISTRIBUTION, and ABOUT.
"""

import csv
import sys

import numpy as np


def answers(about, outputs):
    """A header, and a row of answers for each row of outputs, as `runner predict` writes them."""
    if TASK == "classification":
        kind = "probability" if IS_DISTRIBUTION else "output"
        header = ["predicted"] + [f"{kind}_{name}" for name in OUTPUTS]
        rows = [[OUTPUTS[int(np.argmax(row))], *row] for row in outputs]
    elif TASK == "multi_label":
        header = [f"predicted_{name}" for name in OUTPUTS] + [f"output_{name}" for name in OUTPUTS]
        rows = [[*(int(value > 0.5) for value in row), *row] for row in outputs]
    else:
        header = ["predicted"] if len(OUTPUTS) == 1 else [f"predicted_{name}" for name in OUTPUTS]
        rows = [list(row) for row in outputs]
    return [ABOUT] + header, [[name, *row] for name, row in zip(about, rows)]


def main():
    if len(sys.argv) != 2:
        raise SystemExit(f"usage: python {sys.argv[0]} DATA.csv")
    header, rows = answers(*asked(sys.argv[1]))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"{cell:.9g}" if isinstance(cell, float) else cell for cell in row])


if __name__ == "__main__":
    main()
