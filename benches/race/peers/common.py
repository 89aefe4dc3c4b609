"""What every rival shares: the job it is given, the members' starts, the sweep's folds, and the line it prints.

A rival is called as `python NAME_peer.py JOB [--mode M] [...]`. JOB is a folder that `../start.py` wrote: `job.json` and `job.npz`.
It prints one JSON line. It does not pin itself or set thread counts of libraries: the race does, before the process starts.
Nothing here is timed but what a rival asks for.
"""

import argparse
import json
import pathlib
import time

import numpy as np

PROCESS_START = time.perf_counter()


class Job:
    """A work, the data it trains on, and P members, each with a start, a learning rate, and an order of batches."""

    def __init__(self, folder, options):
        folder = pathlib.Path(folder)
        job = json.loads((folder / "job.json").read_text())
        arrays = np.load(folder / "job.npz")
        self.options = options
        self.work, self.head, self.activation, self.optimizer = (job[k] for k in ("work", "head", "activation", "optimizer"))
        self.threads, self.population, self.steps, self.batch = (job[k] for k in ("threads", "population", "steps", "batch"))
        source = np.load(job["data"]) if job["data"] else arrays
        self.x = np.ascontiguousarray(source["x"][: job["rows"]], dtype=np.float32)
        self.classes = source["y"][: job["rows"]].astype(np.int32)
        self.one_hot = np.eye(job["classes"], dtype=np.float32)[self.classes]
        if self.work == "w6":
            self.epochs = job["epochs"]
            return
        member_start = arrays["member_start"]               # Members of one seed share a start and an order.
        self.learning_rates = arrays["learning_rates"]
        self.layers = [(arrays[f"w{k}"][member_start], arrays[f"b{k}"][member_start]) for k in range(job["layers"])]
        self.batches = arrays["batches"][member_start] if "batches" in arrays else None   # int32 (P, steps, batch), or full batch
        self.sizes = [self.layers[0][0].shape[1]] + [w.shape[2] for w, _ in self.layers]

    def report(self, train_s, setup_s, loss, accuracy, *, steps=None, trained=None):
        """`trained`: how many members `train_s` is for, where it is not all of them."""
        steps, trained = steps or self.steps, trained or self.population
        line = {
            "train_s": train_s,
            "setup_s": setup_s,
            "us_per_step_per_member": train_s * 1e6 / steps / trained,
            "trained": trained,
            "loss": None if loss is None else [float(v) for v in np.atleast_1d(loss)],
            "accuracy": [float(v) for v in np.atleast_1d(accuracy)],
            "in_process_s": time.perf_counter() - PROCESS_START,
        }
        print(json.dumps(line), flush=True)


def job(modes, options=()):
    """The job and the mode of the command line. `options`: (name, default) of whole numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("job")
    parser.add_argument("--mode", default=modes[0], choices=modes)
    for name, default in options:
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    return Job(options.job, options)


# W6: 2 pairings x 3 activations x 4 widths are 24 shapes; each has 4 learning rates x 5 seeds x 5 folds = 100 members.

HEADS, ACTIVATIONS, WIDTHS = ("softmax_ce", "sigmoid_mse"), ("relu", "tanh", "sigmoid"), (4, 8, 16, 32)
SHAPES = [(width, activation, head) for head in HEADS for activation in ACTIVATIONS for width in WIDTHS]
LEARNING_RATES, SEEDS, FOLDS, SWEEP_BATCH = (0.001, 0.01, 0.1, 1.0), 5, 5, 16
MEMBERS = [(rate, seed, fold) for rate in LEARNING_RATES for seed in range(SEEDS) for fold in range(FOLDS)]
MEMBER_RATES = np.array([rate for rate, _, _ in MEMBERS], np.float32)
MEMBER_ORDER = np.array([seed * FOLDS + fold for _, seed, fold in MEMBERS])


def sweep_folds(classes):
    """[(train rows, test rows)], stratified: the rows of each class are shuffled and dealt to the folds in turn."""
    rng = np.random.default_rng(0)
    fold_of = np.empty(len(classes), int)
    for c in np.unique(classes):
        rows = rng.permutation(np.flatnonzero(classes == c))
        fold_of[rows] = np.arange(len(rows)) % FOLDS
    return [(np.flatnonzero(fold_of != f).astype(np.int32), np.flatnonzero(fold_of == f).astype(np.int32)) for f in range(FOLDS)]


def sweep_orders(folds, epochs):
    """int32 (seed * FOLDS + fold, epochs, 120): the training rows in each epoch's order."""
    orders = np.empty((SEEDS * FOLDS, epochs, len(folds[0][0])), np.int32)
    for seed in range(SEEDS):
        for fold, (train, _) in enumerate(folds):
            rng = np.random.default_rng([seed, fold, 1])
            for epoch in range(epochs):
                orders[seed * FOLDS + fold, epoch] = rng.permutation(train)
    return orders


def sweep_layers(width):
    """Glorot uniform weights and zero biases of the 100 members of one width; they depend on seed and fold, as in runner."""
    sizes = (4, width, 3)
    layers = [(np.empty((len(MEMBERS), i, o), np.float32), np.zeros((len(MEMBERS), o), np.float32)) for i, o in zip(sizes, sizes[1:])]
    for m, (_, seed, fold) in enumerate(MEMBERS):
        rng = np.random.default_rng([seed, fold, 0])
        for (w, _), i, o in zip(layers, sizes, sizes[1:]):
            limit = (6 / (i + o)) ** 0.5
            w[m] = rng.uniform(-limit, limit, (i, o))
    return layers
