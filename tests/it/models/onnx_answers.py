"""Answers of an exported ONNX graph, written as the exported NumPy script writes them: its reader makes the columns.

Usage: python onnx_answers.py NUMPY_SCRIPT GRAPH DATA.csv. It also checks the graph where the package `onnx` is installed, and that
`predicted` is the class with the largest output. It knows nothing of the network.
"""

import csv
import importlib.util
import sys

import numpy as np
import onnxruntime


def main():
    script, graph, data = sys.argv[1:]
    spec = importlib.util.spec_from_file_location("script", script)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    if importlib.util.find_spec("onnx"):
        import onnx

        onnx.checker.check_model(onnx.load(graph), full_check=True)
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])

    def predict(x, **given):
        given = {"columns": x, **{name: value for name, value in given.items() if value is not None}}
        outputs, *predicted = session.run(None, given)
        assert outputs.dtype == np.float64
        if predicted:
            # In padding there is no answer.
            there = ~np.isnan(outputs).any(axis=-1)
            assert (predicted[0] == outputs.argmax(axis=-1))[there].all()
        return outputs

    header, rows = module.answers(*module.asked(data, predict))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(header)
    for row in rows:
        writer.writerow([f"{cell:.12g}" if isinstance(cell, float) else cell for cell in row])


main()
