"""Holds the event files of a results folder against its CSV files, as TensorBoard reads them.

    python check_tensorboard.py RESULTS AXIS...

AXIS: the axes by which runs are named. Prints what the HPARAMS tab is told: hyperparameters, metrics, groups, and sessions.
Scalars are compared in single precision, in which event files hold them.
"""

import csv
import pathlib
import struct
import sys

from tensorboard.backend.event_processing import data_provider, plugin_event_multiplexer
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.context import RequestContext
from tensorboard.plugins import base_plugin
from tensorboard.plugins.hparams import api_pb2, backend_context, list_session_groups

folder, axes = pathlib.Path(sys.argv[1]), sys.argv[2:]
events = str(folder / "tensorboard")


def table(name):
    with open(folder / name, encoding="utf-8", newline="") as text:
        return list(csv.DictReader(text))


def single(text):
    return struct.unpack("f", struct.pack("f", float(text)))[0]


def run_of(trial):
    first, *others = axes
    return "_".join([trial[first]] + [f"{axis}_{trial[axis]}" for axis in others]) + f"/seed_{trial['seed']}"


metrics, compared = table("metrics.csv"), 0
for trial in table("trials.csv"):
    run = EventAccumulator(f"{events}/{run_of(trial)}", size_guidance={"scalars": 0})
    run.Reload()
    tags = run.Tags()["scalars"]
    for column in metrics[0].keys() - {"trial", "epoch", "step"}:
        part, metric = column.split("_", 1)
        expected = [(int(row["epoch"]), single(row[column])) for row in metrics if row["trial"] == trial["trial"] and row[column]]
        found = [(event.step, event.value) for event in run.Scalars(f"{metric}/{part}")]
        assert found == expected, (trial, column, found, expected)
        assert all(event.wall_time == event.step for event in run.Scalars(f"{metric}/{part}"))
        compared += len(found)
    for part in ("train", "validation", "test"):
        for metric in ("loss", "accuracy"):
            tag, value = f"final/{part}_{metric}", trial[f"{part}_{metric}"]
            assert (tag in tags) == (value != ""), (trial, tag)
            if value:
                assert [(event.step, event.value) for event in run.Scalars(tag)] == [(int(trial["best_epoch"]), single(value))]
                compared += 1
print(compared, "scalars")

multiplexer = plugin_event_multiplexer.EventMultiplexer()
multiplexer.AddRunsFromDirectory(events)
multiplexer.Reload()
provider = data_provider.MultiplexerDataProvider(multiplexer, events)
backend = backend_context.Context(base_plugin.TBContext(data_provider=provider, logdir=events))
request = RequestContext()
experiment = backend.experiment_from_metadata(request, "", True, backend.hparams_metadata(request, ""), [])
types = {api_pb2.DATA_TYPE_STRING: "text", api_pb2.DATA_TYPE_FLOAT64: "number"}
print("hyperparameters", *(f"{info.name}:{types[info.type]}" for info in experiment.hparam_infos))
print("metrics", *(info.name.tag for info in experiment.metric_infos))
asked = api_pb2.ListSessionGroupsRequest(start_index=0, slice_size=1000, allowed_statuses=[1, 2])
groups = list_session_groups.Handler(request, backend, "", asked).run().session_groups
print("groups", len(groups), "sessions", sum(len(group.sessions) for group in groups))
