"""Holds each Parquet file of a results folder against the CSV file it was made from, as pyarrow reads both.

    python check_parquet.py RESULTS

Prints each file with its columns and their types, and how many fields agree. It does not know which type a column should have.
"""

import csv
import pathlib
import sys

import pyarrow.parquet

folder = pathlib.Path(sys.argv[1])
FROM_TEXT = {"int64": int, "double": float, "bool": lambda text: {"no": False, "yes": True}[text], "string": str}
fields = 0
for file in sorted((folder / "parquet").glob("*.parquet")):
    table = pyarrow.parquet.read_table(file)
    with open(folder / f"{file.stem}.csv", encoding="utf-8", newline="") as text:
        header, *rows = csv.reader(text)
    assert table.column_names == header, file
    assert table.num_rows == len(rows), file
    types = [str(field.type) for field in table.schema]
    for index, (name, kind) in enumerate(zip(header, types)):
        expected = [None if row[index] == "" else FROM_TEXT[kind](row[index]) for row in rows]
        assert table.column(index).to_pylist() == expected, (file, name)
        fields += len(rows)
    print(file.stem, *(f"{name}:{kind}" for name, kind in zip(header, types)))
print(fields, "fields")
