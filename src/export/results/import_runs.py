"""Imports the runs of `runs.jsonl`, which lies beside this script, into MLflow: one run for each trial.

    python import_runs.py                                          where MLflow is set up to track (MLFLOW_TRACKING_URI)
    python import_runs.py --tracking-uri http://localhost:5000     a server
    python import_runs.py --experiment NAME                        another name than the experiment's

A trial that is there is not imported again, so that the script may be run after more trials were trained, or after it was
interrupted. It changes no other run. Values of the axes, seed, and fold become params; learning curves become metrics such as
`accuracy/validation`, whose step is the epoch; metrics of the parameters that were kept become `final/test_accuracy` and so on.
Needs Python 3.9 and mlflow 2 or 3 (mlflow-skinny is enough for a server). Written by `runner ... --export mlflow`.
"""

import argparse
import itertools
import json
import pathlib
import time

from mlflow import MlflowClient
from mlflow.entities import Metric, Param

TRIAL = "runner.trial"
# Most entities that a server takes in one request.
METRICS_MAX, PARAMS_MAX = 1000, 100


def batches(values, size):
    values = iter(values)
    while batch := list(itertools.islice(values, size)):
        yield batch


def known_trials(client, experiment_id):
    """Trials that are there. Runs that an import left unfinished are deleted."""
    known, token = set(), None
    while True:
        page = client.search_runs([experiment_id], max_results=1000, page_token=token)
        for run in page:
            trial = run.data.tags.get(TRIAL)
            if trial and run.info.status == "RUNNING":
                client.delete_run(run.info.run_id)
            elif trial:
                known.add(trial)
        token = page.token
        if not token:
            return known


def import_run(client, experiment_id, run):
    now = int(time.time() * 1000)
    run_id = client.create_run(experiment_id, tags=run["tags"], run_name=run["name"]).info.run_id
    for batch in batches(run["params"].items(), PARAMS_MAX):
        client.log_batch(run_id, params=[Param(key, value) for key, value in batch])
    for batch in batches(run["metrics"], METRICS_MAX):
        client.log_batch(run_id, metrics=[Metric(key, float(value), now, step) for key, value, step in batch])
    # Until here it is RUNNING: an interrupted import is seen by that.
    client.set_terminated(run_id, run["status"])


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--tracking-uri", help="where runs go; by default where MLflow is set up to track")
    parser.add_argument("--experiment", help="name of the experiment in MLflow; by default that of the experiment")
    arguments = parser.parse_args()
    client = MlflowClient(tracking_uri=arguments.tracking_uri)
    with open(pathlib.Path(__file__).with_name("runs.jsonl"), encoding="utf-8") as lines:
        about = json.loads(next(lines))
        name = arguments.experiment or about["experiment"]
        found = client.get_experiment_by_name(name)
        experiment_id = found.experiment_id if found else client.create_experiment(name)
        client.set_experiment_tag(experiment_id, "mlflow.note.content", about["note"])
        known = known_trials(client, experiment_id)
        imported = 0
        for line in lines:
            run = json.loads(line)
            if run["trial"] not in known:
                import_run(client, experiment_id, run)
                imported += 1
    there = about["runs"] - imported
    print(f"{imported} runs imported into `{name}`" + (f"; {there} were there" if there else ""))


if __name__ == "__main__":
    main()
