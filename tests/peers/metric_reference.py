"""Writes metric_reference.json: what scikit-learn (and torchmetrics, for calibration) says about fixed scores.

    python tests/peers/metric_reference.py

tests/it/metric.rs compares every metric of `runner` with it. Run it again only to move to newer libraries, and read the diff.
Non-finite values are the strings "NaN", "Infinity", "-Infinity".
"""

import json
import math
import pathlib
import warnings

import numpy as np
import sklearn
import torch
import torchmetrics
from sklearn import metrics as sk

warnings.simplefilter("ignore")  # Undefined values and rows that do not sum to 1 are what the edge cases are about.

AVERAGES = ["macro", "micro", "weighted"]
DECISIONS = {"precision": sk.precision_score, "recall": sk.recall_score, "f1": sk.f1_score}
VALUES = {
    "mse": sk.mean_squared_error,
    "rmse": sk.root_mean_squared_error,
    "mae": sk.mean_absolute_error,
    "r2": sk.r2_score,
    "explained_variance": sk.explained_variance_score,
    "mape": sk.mean_absolute_percentage_error,
}


def calibration(probability, classes, count):
    """torchmetrics closes its bins on the left, Guo et al. on the right: they agree where no confidence is on an edge."""
    edges = np.arange(16) / 15
    if np.isin(probability.max(axis=1), edges[1:15]).any():
        return None
    metric = torchmetrics.classification.MulticlassCalibrationError(num_classes=count, n_bins=15, norm="l1")
    # float64 in, but torchmetrics adds up in float32: six digits.
    return float(metric(torch.tensor(probability), torch.tensor(classes)))


def area(probability, classes, count):
    if len(set(classes)) < count:
        return math.nan  # scikit-learn 1.9.1 gives NaN or raises, depending on the number of classes.
    if count == 2:
        return sk.roc_auc_score(classes, probability[:, 1])
    return sk.roc_auc_score(classes, probability, multi_class="ovr", average="macro", labels=range(count))


def classification(name, output, classes):
    output = np.array(output, float)
    count = output.shape[1]
    labels = list(range(count))
    probability = output / output.sum(axis=1, keepdims=True)
    predicted = output.argmax(axis=1)
    expected = {
        "accuracy": sk.accuracy_score(classes, predicted),
        "balanced_accuracy": sk.balanced_accuracy_score(classes, predicted),
        "log_loss": sk.log_loss(classes, probability, labels=labels),
        "brier": sk.brier_score_loss(classes, probability, labels=labels),
        "expected_calibration_error": calibration(probability, classes, count),
        "auroc": area(probability, classes, count),
    }
    for k in (2, 3, 5):
        hit = 1.0 if count <= k else sk.top_k_accuracy_score(classes, output, k=k, labels=labels)
        expected[f"top_{k}_accuracy"] = hit
    per_class = {}
    for metric, score in DECISIONS.items():
        for average in AVERAGES:
            expected[f"{metric}_{average}"] = score(classes, predicted, average=average, zero_division=0)
        per_class[metric] = score(classes, predicted, average=None, labels=labels, zero_division=0).tolist()
    target = np.eye(count)[classes]
    confusion = sk.confusion_matrix(classes, predicted, labels=labels).tolist()
    return case(name, "classification", output, target, classes, expected, per_class, confusion)


def multi_label(name, output, target):
    output, target = np.array(output, float), np.array(target)
    predicted = (output > 0.5).astype(int)
    expected = {
        "accuracy": sk.accuracy_score(target, predicted),
        "auroc": sk.roc_auc_score(target, output, average="macro"),
    }
    per_class = {}
    for metric, score in DECISIONS.items():
        for average in AVERAGES:
            expected[f"{metric}_{average}"] = score(target, predicted, average=average, zero_division=0)
        per_class[metric] = score(target, predicted, average=None, zero_division=0).tolist()
    return case(name, "multi_label", output, target, [], expected, per_class, [])


def regression(name, output, target):
    output, target = np.array(output, float), np.array(target, float)
    if output.ndim == 1:
        output, target = output[:, None], target[:, None]
    expected = {metric: score(target, output) for metric, score in VALUES.items()}
    return case(name, "regression", output, target, [], expected, {}, [])


def case(name, task, output, target, classes, expected, per_class, confusion):
    return {
        "name": name,
        "task": task,
        "output": np.asarray(output, float).tolist(),
        "target": np.asarray(target, float).tolist(),
        "class": [int(c) for c in classes],
        "expected": {k: word(float(v)) for k, v in expected.items() if v is not None},
        "per_class": per_class,
        "confusion": confusion,
    }


def word(value):
    if math.isnan(value):
        return "NaN"
    return value if math.isfinite(value) else ("Infinity" if value > 0 else "-Infinity")


def random_case(rng, rows, count):
    classes = rng.integers(count, size=rows)
    score = rng.normal(size=(rows, count)) + 1.5 * np.eye(count)[classes]
    output = np.exp(score) / np.exp(score).sum(axis=1, keepdims=True)
    return classification(f"random, {count} classes", output.round(6), classes.tolist())


def cases():
    rng = np.random.default_rng(20)
    three = [[.7, .2, .1], [.1, .6, .3], [.2, .5, .3], [.05, .15, .8], [.43, .35, .22], [.25, .25, .5], [.41, .39, .2], [.1, .45, .45]]
    unnormalised = [[.9, .3, .2], [.2, .9, .8], [.6, .9, .1], [.01, .02, .9], [.5, .5, .5], [.3, .2, .1]]
    labels = [[.9, .4, .1], [.2, .7, .1], [.6, .8, .3], [.55, .1, .2], [.7, .3, .6]]
    values = rng.normal(size=(30, 3))
    return [
        classification("three classes, ties", three, [0, 1, 2, 2, 1, 2, 0, 2]),
        classification("rows that are no distribution", unnormalised, [0, 1, 0, 2, 1, 2]),
        classification("one class never true, one nowhere", [[.58, .22, .1, .1], [.1, .59, .21, .1], [.2, .1, .61, .09], [.62, .18, .1, .1]], [0, 1, 1, 1]),
        classification("two classes, ties", [[.81, .19], [.3, .7], [.61, .39], [.41, .59], [.5, .5], [.9, .1], [.61, .39]], [0, 1, 1, 0, 1, 0, 0]),
        classification("single class", [[.81, .19], [.3, .7], [.61, .39]], [0, 0, 0]),
        classification("certain, one wrong", [[1, 0, 0], [1, 0, 0], [0, 0, 1]], [0, 1, 2]),
        classification("everything wrong", [[.81, .1, .09], [.1, .81, .09], [.1, .09, .81]], [1, 2, 0]),
        random_case(rng, 40, 2),
        random_case(rng, 60, 4),
        random_case(rng, 60, 7),
        multi_label("labels", labels, [[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 1]]),
        multi_label("a label nowhere true", labels, [[1, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [0, 0, 0]]),
        regression("one output", [2.5, 0.0, 2.0, 8.0, -1.25], [3.0, -0.5, 2.0, 7.0, -1.0]),
        regression("two outputs", [[0, 2], [-1, 2], [8, -5], [1.5, .25]], [[.5, 1], [-1, 1], [7, -6], [2, .75]]),
        regression("random, three outputs", values + 0.3 * rng.normal(size=(30, 3)), values),
        regression("constant target, wrong", [1., 2., 3.], [2., 2., 2.]),
        regression("constant target, right", [2., 2., 2.], [2., 2., 2.]),
        regression("constant target, offset", [2.5, 2.5, 2.5], [2., 2., 2.]),
        regression("one of two targets constant", [[1, 2], [2, 2], [3, 2.5]], [[1, 2], [2, 2], [4, 2]]),
        regression("a target of zero", [.5, 1.0], [.0, 2.0]),
        regression("one row", [1.], [2.]),
    ]


def main():
    made_by = f"scikit-learn {sklearn.__version__}, torchmetrics {torchmetrics.__version__}, numpy {np.__version__}"
    lines = ",\n".join(json.dumps(c, allow_nan=False) for c in cases())
    text = f'{{"made_by": {json.dumps(made_by)}, "cases": [\n{lines}\n]}}\n'
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
