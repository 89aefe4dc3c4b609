"""Imports a results folder into MLflow, twice, and holds what is there against the CSV files.

    python check_mlflow.py RESULTS STORE

STORE: a folder that does not exist. Where SQLAlchemy is missing (mlflow-skinny) it is one of MLflow's files, else a database. Between
both imports one run is made to look as if the first had been interrupted there.
"""

import csv
import importlib.util
import os
import pathlib
import runpy
import sys

folder, store = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
store.mkdir(parents=True)
has_database = importlib.util.find_spec("sqlalchemy") is not None and importlib.util.find_spec("alembic") is not None
# MLflow 3 asks whoever still wants files.
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
uri = f"sqlite:///{store}/runs.db" if has_database else store.as_uri()

from mlflow import MlflowClient  # noqa: E402, the variable comes first


def imported():
    script = folder / "mlflow" / "import_runs.py"
    sys.argv = [str(script), "--tracking-uri", uri]
    runpy.run_path(str(script), run_name="__main__")
    client = MlflowClient(uri)
    experiment = client.get_experiment_by_name(folder.name)
    return client, experiment, client.search_runs([experiment.experiment_id], max_results=1000)


def table(name):
    with open(folder / name, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


trials, metrics = table("trials.csv"), table("metrics.csv")
axes = [column for column in trials[0] if column not in ("trial", "configuration")]
axes = axes[: axes.index("seed")]
client, _, runs = imported()
client.update_run(runs[0].info.run_id, status="RUNNING")
client, experiment, runs = imported()
_, _, runs = imported()
assert len(runs) == len(trials), len(runs)
assert experiment.tags["mlflow.note.content"]
by_trial = {run.data.tags["runner.trial"]: run for run in runs}
curves = finals = 0
for trial in trials:
    run = by_trial[trial["trial"]]
    assert run.info.status == ("FAILED" if trial["outcome"] in ("diverged", "non_finite") else "FINISHED")
    assert run.data.params == {name: trial[name] for name in axes + ["seed"] if trial[name]}, run.data.params
    assert run.data.tags["runner.configuration"] == trial["configuration"]
    for column, value in trial.items():
        if column.split("_")[0] in ("train", "validation", "test", "skill"):
            assert (f"final/{column}" in run.data.metrics) == (value != ""), (trial, column)
            if value:
                assert run.data.metrics[f"final/{column}"] == float(value), (trial, column)
                finals += 1
    for column in metrics[0].keys() - {"trial", "epoch", "step"}:
        part, metric = column.split("_", 1)
        expected = [(int(row["epoch"]), float(row[column])) for row in metrics if row["trial"] == trial["trial"] and row[column]]
        found = [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, f"{metric}/{part}")]
        assert sorted(found) == expected, (trial, column)
        curves += len(found)
print(len(runs), "runs", len(axes) + 1, "params", curves, "points", finals, "finals")
