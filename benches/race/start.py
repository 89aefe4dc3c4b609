"""Writes the job of a contest: the data as runner saw them, and each member's start and batches as `runner trace` gives them.

Members of one seed share a start and an order of batches, in runner and so in every rival. W6 is not imposed: its rivals draw
their own folds, starts, and orders (`peers/common.py`), as 2,400 traces would be needed. Nothing here is timed.
"""

import json

import numpy as np
import runner

W5_SHAPE = (60_000, 784, 10)


def write_w5_data():
    """MNIST's shape: uniform random features, random labels. Written once."""
    path = runner.SCRATCH / "w5.npz"
    if not path.exists():
        rows, features, classes = W5_SHAPE
        rng = np.random.default_rng(1)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez(path, x=rng.random((rows, features), dtype=np.float32), y=rng.integers(0, classes, rows).astype(np.int32))
    return path


def write_job(contest, members):
    """`members`: runner's trials.csv. Returns the folder for the rivals."""
    folder = runner.SCRATCH / "jobs" / contest.name.replace(" ", "_").replace(",", "")
    folder.mkdir(parents=True, exist_ok=True)
    work = contest.work
    job = {"work": work.name, "head": work.head, "activation": work.activation, "optimizer": work.optimizer, "batch": work.batch,
           "classes": work.classes, "population": contest.population, "threads": contest.threads, "steps": contest.steps,
           "data": None, "rows": None}
    if work.name == "w6":
        job |= {"epochs": contest.steps, "steps": contest.steps * contest.steps_per_unit}
        arrays = whole_iris(contest)
    else:
        arrays, layers = starts(contest, members)
        job |= {"layers": layers}
        if work.name == "w5":
            job |= {"data": str(write_w5_data()), "rows": 468 * work.batch}
    np.savez(folder / "job.npz", **arrays)
    (folder / "job.json").write_text(json.dumps(job))
    return folder


def whole_iris(contest):
    """All 150 rows, scaled over all of them: a rival that scales on each fold's training part would do more than is asked."""
    table = np.genfromtxt(runner.ROOT / "datasets" / "iris.csv", delimiter=",", skip_header=1, dtype=str)
    x = table[:, :4].astype(np.float64)
    y = np.unique(table[:, 4], return_inverse=True)[1]
    return {"x": ((x - x.min(0)) / (x.max(0) - x.min(0))).astype(np.float32), "y": y}


def starts(contest, members):
    seeds = list(dict.fromkeys(m["seed"] for m in members))
    traces = [runner.trace(contest, next(i for i, m in enumerate(members) if m["seed"] == seed)) for seed in seeds]
    own_rate = traces[0]["learning_rate"]
    arrays = {
        "member_start": np.array([seeds.index(m["seed"]) for m in members]),
        "learning_rates": np.array([float(m.get("optimizer.learning_rate") or own_rate) for m in members], np.float32),
    }
    for k in range(len(traces[0]["layers"])):
        for part in "wb":
            arrays[f"{part}{k}"] = np.array([t["layers"][k][part] for t in traces], np.float32)
    if contest.work.batch:
        arrays["batches"] = np.array([t["batches"] for t in traces], np.int32)
        assert arrays["batches"].shape == (len(seeds), contest.steps, contest.work.batch), arrays["batches"].shape
    if "x" in traces[0]:
        arrays["x"] = np.array(traces[0]["x"], np.float32)
        arrays["y"] = np.array(traces[0]["y"]).argmax(-1)
    return arrays, len(traces[0]["layers"])
