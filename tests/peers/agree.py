"""Do scikit-learn and PyTorch, given runner's initial weights and batch order, give runner's loss curve?

    pip install -r tests/peers/requirements.txt
    python tests/peers/agree.py                        # tests/peers/*.toml, traced by `cargo run -- trace`; writes AGREEMENT.md
    python tests/peers/agree.py TRACE.json...          # traces made before

Each peer trains its own network with its own code from the traced start, in double precision. The script prints a table and
leaves with 1 if a peer deviates by more than the tolerance.

A trace is one trial of plain gradient descent at a constant learning rate, as `runner trace FILE` prints it. Used are:
    experiment      its name
    x               [row][feature], as the network saw it (scaled)
    y               [row][output]: one-hot classes, 0/1 labels, or values (scaled)
    layers          [{"w": [in][out], "b": [out]}, ...], initial parameters
    activations     of each layer, the output's last; equal in all hidden layers
    pairing         "softmax+cross_entropy", "sigmoid+binary_cross_entropy", "sigmoid+mse", "softmax+mse", "identity+mse"
    reduction       mean, sum, or sum_over_outputs
    precision       f64 or f32 (f64 if absent): what runner computed in; decides the tolerance
    optimizer       must be sgd without momentum
    learning_rate
    batches         [[row, ...], ...], one list per step
    steps_per_epoch the curve that is compared is the mean of the steps' losses over each epoch
    loss_per_step   the loss of each step's batch before its update

A file of reference trajectories ("runs" with "loss_per_step", data from `csv`) is read as one trace per exact run.

scikit-learn computes its loss from probabilities clipped to [2^-52, 1 - 2^-52]: where a single row's loss passes 36, or an output
of a sigmoid is within rounding of 0 or 1, its curve departs from the others although the weights are the same.
"""

import argparse
import csv
import json
import pathlib
import platform
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import sklearn
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]

# Of the relative deviation. Double precision: sums in another order, over some thousand steps. Single: 2^-24 per operation.
TOLERANCE = {"f64": 1e-9, "f32": 1e-3}


class NotComparable(Exception):
    """The peer has no such network; the message says why."""


def with_torch(trace):
    """Loss before each step of torch.optim.SGD on torch's own layers and losses."""
    f = torch.nn.functional
    hidden = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "identity": lambda z: z}[trace["hidden"]]
    output_name, loss_name = trace["pairing"].split("+")
    output = {"softmax": lambda z: torch.softmax(z, -1), "sigmoid": torch.sigmoid, "identity": lambda z: z}[output_name]
    # Losses of single values [row, output], or of rows [row, 1] for cross-entropy, whose mean is over rows.
    values = {
        "cross_entropy": lambda z, y: f.cross_entropy(z, y, reduction="none")[:, None],
        "binary_cross_entropy": lambda z, y: f.binary_cross_entropy_with_logits(z, y, reduction="none"),
        "mse": lambda z, y: f.mse_loss(output(z), y, reduction="none"),
    }[loss_name]
    reduce = {
        "mean": lambda v: v.mean(),
        "sum": lambda v: v.sum(),
        "sum_over_outputs": lambda v: v.sum(-1).mean(),
    }[trace["reduction"]]

    x, y = torch.tensor(trace["x"]), torch.tensor(trace["y"])
    layers = []
    for layer in trace["layers"]:
        linear = torch.nn.Linear(*layer["w"].shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer["w"].T))
            linear.bias.copy_(torch.tensor(layer["b"]))
        layers.append(linear)
    optimizer = torch.optim.SGD(torch.nn.ModuleList(layers).parameters(), lr=trace["learning_rate"])

    losses = []
    for rows in trace["batches"]:
        a = x[rows]
        for linear in layers[:-1]:
            a = hidden(linear(a))
        loss = reduce(values(layers[-1](a), y[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def with_sklearn(trace):
    """Loss before each step of MLPClassifier or MLPRegressor, one `partial_fit` per batch."""
    model_class, target, loss_scale, gradient_scale = sklearn_form(trace)
    model = model_class(
        hidden_layer_sizes=[layer["w"].shape[1] for layer in trace["layers"][:-1]],
        activation={"sigmoid": "logistic"}.get(trace["hidden"], trace["hidden"]),
        solver="sgd",
        alpha=0.0,
        momentum=0.0,
        nesterovs_momentum=False,
        learning_rate_init=trace["learning_rate"] * gradient_scale,
        shuffle=False,
    )

    classes = {"classes": np.arange(trace["y"].shape[1])} if model_class is MLPClassifier else {}

    def step(rows):
        model.set_params(batch_size=len(rows))
        model.partial_fit(trace["x"][rows], target[rows], **classes)
        return model.loss_ * loss_scale

    step(trace["batches"][0])  # Makes the arrays, whose values are then replaced. Without momentum the step leaves no trace.
    for layer, w, b in zip(trace["layers"], model.coefs_, model.intercepts_, strict=True):
        w[...], b[...] = layer["w"], layer["b"]
    return np.array([step(rows) for rows in trace["batches"]])


def sklearn_form(trace):
    """The estimator, its target, and by what its loss and its gradient must be multiplied to be runner's.

    Its classifiers minimise the sum over outputs and mean over rows. Its regressor reports half the mean over rows and outputs
    but follows the gradient of half the sum over outputs and mean over rows.
    """
    sizes = {len(rows) for rows in trace["batches"]}
    outputs = trace["y"].shape[1]
    per_mean = {"mean": 1 / outputs, "sum_over_outputs": 1.0, "sum": float(max(sizes))}
    if trace["reduction"] == "sum" and len(sizes) > 1:
        raise NotComparable("a sum over batches of different size")
    scale = per_mean[trace["reduction"]]
    match trace["pairing"]:
        case "softmax+cross_entropy" if outputs > 2:
            scale = 1.0 if trace["reduction"] == "mean" else scale  # One value per row: outputs are not averaged over.
            return MLPClassifier, trace["y"].argmax(axis=1), scale, scale
        case "softmax+cross_entropy":
            raise NotComparable("one logistic output for two classes")
        case "sigmoid+binary_cross_entropy":
            return MLPClassifier, trace["y"].astype(int), scale, scale
        case "identity+mse":
            target = trace["y"] if outputs > 1 else trace["y"][:, 0]
            return MLPRegressor, target, 2 * scale * outputs, 2 * scale
    raise NotComparable(f"no {trace['pairing']}")


PEERS = {
    f"scikit-learn {sklearn.__version__}": with_sklearn,
    f"PyTorch {torch.__version__.split('+')[0]}": with_torch,
}


def load(path):
    """The traces in a file, ready for the peers."""
    document = json.loads(path.read_text(encoding="utf-8"))
    found = from_reference(document, path.stem) if "runs" in document else [document]
    return [prepare(trace, path) for trace in found]


def prepare(trace, path):
    """Arrays in double precision, defaults filled in; leaves the script where the trace is not one that peers can follow."""
    *hidden, _ = trace["activations"]
    if len(set(hidden)) > 1:
        sys.exit(f"{path}: hidden layers differ: {hidden}")
    if "momentum" in trace["optimizer"] or "sgd" not in trace["optimizer"]:
        sys.exit(f"{path}: trained with `{trace['optimizer']}`, not with plain sgd")
    arrays = {key: np.array(trace[key], float) for key in ("x", "y", "loss_per_step")}
    if not all(np.isfinite(a).all() for a in arrays.values()):
        sys.exit(f"{path}: a value is not finite")
    layers = []
    for layer in trace["layers"]:
        w = np.array(layer["w"], float)
        if "b" not in layer:
            sys.exit(f"{path}: a layer has no bias; scikit-learn always has one")
        layers.append({"w": w, "b": np.array(layer["b"], float)})
    return {"precision": "f64", **trace, **arrays, "layers": layers, "hidden": hidden[0] if hidden else "identity"}


def from_reference(document, stem):
    """Exact runs of plain gradient descent in a file of reference trajectories, as traces."""
    losses = {
        "mse_mean_all": ("mse", "mean"),
        "softmax_ce_mean": ("cross_entropy", "mean"),
        "softmax_ce_sum": ("cross_entropy", "sum"),
    }
    activations = [layer["activation"] for layer in document["model"]["layers"]]
    x, y = reference_data(document["dataset"])
    init = document["init"]
    layers = [{"w": init[f"w{i}"], "b": init[f"b{i}"]} for i in range(len(activations))]
    exact = [r for r in document["runs"] if r["fault"] is None and r["optimizer"].keys() == {"kind", "lr"}]
    traces = []
    for run in exact:
        loss, reduction = losses[run["loss"]["kind"]]
        everything = list(range(len(x)))
        rows = [everything] * run["steps"] if run["batch"] == "full" else run["batch"]["row_indices_per_step"]
        traces.append({
            "experiment": f"{stem}/{run['id']}",
            "x": x,
            "y": y,
            "layers": layers,
            "activations": activations,
            "pairing": f"{activations[-1]}+{loss}",
            "reduction": reduction,
            "optimizer": run["optimizer"]["kind"],
            "learning_rate": run["optimizer"]["lr"],
            "batches": rows,
            "steps_per_epoch": 1,
            "loss_per_step": run["loss_per_step"],
        })
    return traces


def reference_data(dataset):
    with open(ROOT / dataset["csv"], encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    x = np.array([[float(row[c]) for c in dataset["x_columns"]] for row in rows])
    for step in dataset["preprocess"]:
        if step["op"] != "min_max":
            sys.exit(f"preprocessing `{step['op']}` is not known here")
        low, high = np.array(step["min"]), np.array(step["max"])
        x = (x - low) / (high - low)
    classes = [dataset["class_order"].index(row[dataset["y_column"]]) for row in rows]
    return x, np.eye(len(dataset["class_order"]))[classes]


def per_epoch(losses, steps_per_epoch):
    starts = range(0, len(losses), steps_per_epoch)
    return np.array([losses[s : s + steps_per_epoch].mean() for s in starts])


def compare(trace):
    """One row of the table per peer: cells, and whether the peer agrees (`None`: not comparable)."""
    ours = per_epoch(trace["loss_per_step"], trace["steps_per_epoch"])
    about = [trace["experiment"], f"{trace['pairing']}, {trace['reduction']}", trace["precision"]]
    size = [str(len(ours)), str(len(trace["batches"]))]
    for peer, train in PEERS.items():
        try:
            theirs = per_epoch(train(trace), trace["steps_per_epoch"])
        except NotComparable as reason:
            yield [*about, *size, peer, f"not comparable: {reason}"], None
            continue
        deviation = float(np.max(np.abs(theirs - ours) / np.abs(ours)))
        yield [*about, *size, peer, f"{deviation:.1e}"], deviation <= TOLERANCE[trace["precision"]]


HEAD = ["experiment", "pairing, reduction", "precision", "epochs", "steps", "peer", "largest relative deviation"]


def markdown(rows):
    lines = [HEAD, ["---"] * len(HEAD), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def page(rows):
    return f"""# Agreement with other libraries

Written by `tests/peers/agree.py`. Each library trained its own network from the same initial weights on the same batches in the
same order, in double precision; compared is the loss curve, epoch by epoch. Tolerance: {TOLERANCE['f64']:g} where the curve was
computed in double precision (f64), {TOLERANCE['f32']:g} in single (f32).

{markdown(rows)}

{', '.join(PEERS)}, NumPy {np.__version__}, Python {platform.python_version()}.
"""


def traces_of_this_folder(folder):
    """Traces of the experiments beside this script, made by the runner of this working tree."""
    paths = []
    for experiment in sorted(HERE.glob("*.toml")):
        command = ["cargo", "run", "--quiet", "--", "trace", str(experiment), "--steps", "100000"]
        done = subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE)
        path = pathlib.Path(folder) / f"{experiment.stem}.json"
        path.write_bytes(done.stdout)
        paths.append(path)
    return paths


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("traces", nargs="*", type=pathlib.Path, metavar="TRACE.json")
    given = parser.parse_args().traces
    warnings.simplefilter("ignore")  # scikit-learn warns that single steps have not converged.
    torch.set_num_threads(1)

    with tempfile.TemporaryDirectory() as folder:
        paths = given or traces_of_this_folder(folder)
        results = [result for path in paths for trace in load(path) for result in compare(trace)]
    rows = [row for row, _ in results]
    print(markdown(rows))
    if not given:
        (HERE / "AGREEMENT.md").write_text(page(rows), encoding="utf-8", newline="\n")
    return 1 if any(agrees is False for _, agrees in results) else 0


if __name__ == "__main__":
    sys.exit(main())
