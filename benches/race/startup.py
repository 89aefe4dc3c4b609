"""How long until the first byte of output: of runner, and of Python with what a rival imports."""

import statistics
import sys
from dataclasses import dataclass

import measure
import runner

IRIS = runner.ROOT / "experiments" / "race" / "w1.toml"


@dataclass(frozen=True)
class Start:
    what: str
    seconds: list

    @property
    def median_s(self):
        return statistics.median(self.seconds)


def measured(times, left_out):
    """Each in turn, `times` times, after one that is not counted and brings the files into memory."""
    python = lambda code: [sys.executable, "-c", f"{code}\nprint('first')"]
    few = ["--set", "train.steps=10", "--results", runner.SCRATCH / "startup"]
    commands = {
        "runner --version": [runner.BINARY, "--version"],
        "runner FILE, its first line": [runner.BINARY, IRIS, *few],
        "python": python(""),
    }
    imports = {
        "numpy": ("python, NumPy", "import numpy"),
        "sklearn": ("python, scikit-learn", "from sklearn.neural_network import MLPClassifier"),
        "jax": ("python, JAX", "import jax.numpy"),
        "torch": ("python, PyTorch", "import torch"),
    }
    for library, (name, code) in imports.items():
        if library not in left_out:
            commands[name] = python(code)
    if "jax" not in left_out:
        commands["python, JAX, one jit"] = python("import jax, jax.numpy as n\njax.jit(lambda x: x + 1)(n.ones(3)).block_until_ready()")
    seconds = {name: [] for name in commands}
    for turn in range(times + 1):
        for name, command in commands.items():
            s = measure.first_output_s(command, {"JAX_PLATFORMS": "cpu"})
            if turn:
                seconds[name].append(s)
    return [Start(name, values) for name, values in seconds.items()]
