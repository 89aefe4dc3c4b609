"""Do scikit-learn and PyTorch, given runner's initial weights and batch order, give runner's loss curve?

    pip install -r tests/peers/requirements.txt
    python tests/peers/agree.py EXPORT.json... [--write tests/peers/AGREEMENT.md]

Each peer trains its own network with its own code from the exported start, in double precision. The script prints a table and
leaves with 1 if a peer deviates by more than the tolerance. It does not run runner; it reads what runner exported.

An export is one trained trial, plain gradient descent, as JSON:
    name            as shown in the table
    x               [row][feature], as the network saw it (scaled)
    y_onehot        [row][output]: one-hot classes, 0/1 labels, or values
    layers          [{"w": [in][out], "b": [out]}, ...], initial parameters
    activation      of the hidden layers: relu, tanh, sigmoid, or identity
    pairing         "softmax+cross_entropy", "sigmoid+binary_cross_entropy", "sigmoid+mse", "softmax+mse", "identity+mse"
    reduction       mean (default), sum, or sum_over_outputs
    precision       f64 (default) or f32: what runner computed in; decides the tolerance
    learning_rate   constant
    batches         [[row, ...], ...], one list per step
    steps_per_epoch the curve that is compared is the mean of the steps' losses over each epoch
    loss_per_step   the loss of each step's batch before its update

A file of reference trajectories ("runs" with "loss_per_step", data from `csv`) is read as one export per exact run.
"""

import argparse
import csv
import json
import pathlib
import platform
import sys
import warnings

import numpy as np
import sklearn
import torch
from sklearn.neural_network import MLPClassifier, MLPRegressor

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Of the relative deviation. Double precision: sums in another order, over some thousand steps. Single: 2^-24 per operation.
TOLERANCE = {"f64": 1e-9, "f32": 1e-3}


class NotComparable(Exception):
    """The peer has no such network; the message says why."""


def with_torch(export):
    """Loss before each step of torch.optim.SGD on torch's own layers and losses."""
    f = torch.nn.functional
    hidden = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "identity": lambda z: z}[export["activation"]]
    output_name, loss_name = export["pairing"].split("+")
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
    }[export["reduction"]]

    x, y = torch.tensor(export["x"]), torch.tensor(export["y_onehot"])
    layers = []
    for layer in export["layers"]:
        linear = torch.nn.Linear(*layer["w"].shape, dtype=torch.float64)
        with torch.no_grad():
            linear.weight.copy_(torch.tensor(layer["w"].T))
            linear.bias.copy_(torch.tensor(layer["b"]))
        layers.append(linear)
    optimizer = torch.optim.SGD(torch.nn.ModuleList(layers).parameters(), lr=export["learning_rate"])

    losses = []
    for rows in export["batches"]:
        a = x[rows]
        for linear in layers[:-1]:
            a = hidden(linear(a))
        loss = reduce(values(layers[-1](a), y[rows]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return np.array(losses)


def with_sklearn(export):
    """Loss before each step of MLPClassifier or MLPRegressor, one `partial_fit` per batch."""
    model_class, target, loss_scale, gradient_scale = sklearn_form(export)
    model = model_class(
        hidden_layer_sizes=[layer["w"].shape[1] for layer in export["layers"][:-1]],
        activation={"sigmoid": "logistic"}.get(export["activation"], export["activation"]),
        solver="sgd",
        alpha=0.0,
        momentum=0.0,
        nesterovs_momentum=False,
        learning_rate_init=export["learning_rate"] * gradient_scale,
        shuffle=False,
    )

    classes = {"classes": np.arange(export["y_onehot"].shape[1])} if model_class is MLPClassifier else {}

    def step(rows):
        model.set_params(batch_size=len(rows))
        model.partial_fit(export["x"][rows], target[rows], **classes)
        return model.loss_ * loss_scale

    step(export["batches"][0])  # Makes the arrays, whose values are then replaced. Without momentum the step leaves no trace.
    for layer, w, b in zip(export["layers"], model.coefs_, model.intercepts_, strict=True):
        w[...], b[...] = layer["w"], layer["b"]
    return np.array([step(rows) for rows in export["batches"]])


def sklearn_form(export):
    """The estimator, its target, and by what its loss and its gradient must be multiplied to be runner's.

    Its classifiers minimise the sum over outputs and mean over rows. Its regressor reports half the mean over rows and outputs
    but follows the gradient of half the sum over outputs and mean over rows.
    """
    sizes = {len(rows) for rows in export["batches"]}
    outputs = export["y_onehot"].shape[1]
    per_mean = {"mean": 1 / outputs, "sum_over_outputs": 1.0, "sum": float(max(sizes))}
    if export["reduction"] == "sum" and len(sizes) > 1:
        raise NotComparable("a sum over batches of different size")
    scale = per_mean[export["reduction"]]
    match export["pairing"]:
        case "softmax+cross_entropy" if outputs > 2:
            scale = 1.0 if export["reduction"] == "mean" else scale  # One value per row: outputs are not averaged over.
            return MLPClassifier, export["y_onehot"].argmax(axis=1), scale, scale
        case "softmax+cross_entropy":
            raise NotComparable("one logistic output for two classes")
        case "sigmoid+binary_cross_entropy":
            return MLPClassifier, export["y_onehot"].astype(int), scale, scale
        case "identity+mse":
            target = export["y_onehot"] if outputs > 1 else export["y_onehot"][:, 0]
            return MLPRegressor, target, 2 * scale * outputs, 2 * scale
    raise NotComparable(f"no {export['pairing']}")


PEERS = {
    f"scikit-learn {sklearn.__version__}": with_sklearn,
    f"PyTorch {torch.__version__.split('+')[0]}": with_torch,
}


def load(path):
    """The exports in a file, arrays in double precision, defaults filled in."""
    document = json.loads(path.read_text(encoding="utf-8"))
    found = from_reference(document, path.stem) if "runs" in document else [document]
    for export in found:
        export.setdefault("name", path.stem)
        export.setdefault("reduction", "mean")
        export.setdefault("precision", "f64")
        for key in ("x", "y_onehot", "loss_per_step"):
            export[key] = np.array(export[key], float)
        export["layers"] = [{k: np.array(layer[k], float) for k in "wb"} for layer in export["layers"]]
        if len(export["batches"]) != len(export["loss_per_step"]):
            sys.exit(f"{path}: {len(export['batches'])} batches but {len(export['loss_per_step'])} losses")
    return found


def from_reference(document, stem):
    """Exact runs of plain gradient descent in a file of reference trajectories, as exports."""
    losses = {
        "mse_mean_all": ("mse", "mean"),
        "softmax_ce_mean": ("cross_entropy", "mean"),
        "softmax_ce_sum": ("cross_entropy", "sum"),
    }
    *hidden, last = [layer["activation"] for layer in document["model"]["layers"]]
    x, y = reference_data(document["dataset"])
    init = document["init"]
    layers = [{"w": init[f"w{i}"], "b": init[f"b{i}"]} for i in range(len(hidden) + 1)]
    exact = [r for r in document["runs"] if r["fault"] is None and r["optimizer"].keys() == {"kind", "lr"}]
    exports = []
    for run in exact:
        loss, reduction = losses[run["loss"]["kind"]]
        everything = list(range(len(x)))
        rows = [everything] * run["steps"] if run["batch"] == "full" else run["batch"]["row_indices_per_step"]
        exports.append({
            "name": f"{stem}/{run['id']}",
            "x": x,
            "y_onehot": y,
            "layers": layers,
            "activation": hidden[0],
            "pairing": f"{last}+{loss}",
            "reduction": reduction,
            "learning_rate": run["optimizer"]["lr"],
            "batches": rows,
            "steps_per_epoch": 1,
            "loss_per_step": run["loss_per_step"],
        })
    return exports


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


def compare(export):
    """One row of the table per peer: cells, and whether the peer agrees (`None`: not comparable)."""
    ours = per_epoch(export["loss_per_step"], export["steps_per_epoch"])
    about = [export["name"], f"{export['pairing']}, {export['reduction']}", export["precision"]]
    size = [str(len(ours)), str(len(export["batches"]))]
    for peer, train in PEERS.items():
        try:
            theirs = per_epoch(train(export), export["steps_per_epoch"])
        except NotComparable as reason:
            yield [*about, *size, peer, f"not comparable: {reason}"], None
            continue
        deviation = float(np.max(np.abs(theirs - ours) / np.abs(ours)))
        yield [*about, *size, peer, f"{deviation:.1e}"], deviation <= TOLERANCE[export["precision"]]


HEAD = ["trial", "pairing, reduction", "precision", "epochs", "steps", "peer", "largest relative deviation"]


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


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("exports", nargs="+", type=pathlib.Path, metavar="EXPORT.json")
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE.md", help="write the table as a Markdown page")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")  # scikit-learn warns that single steps have not converged.
    torch.set_num_threads(1)

    results = [result for path in arguments.exports for export in load(path) for result in compare(export)]
    rows = [row for row, _ in results]
    print(markdown(rows))
    if arguments.write:
        arguments.write.write_text(page(rows), encoding="utf-8", newline="\n")
    return 1 if any(agrees is False for _, agrees in results) else 0


if __name__ == "__main__":
    sys.exit(main())
