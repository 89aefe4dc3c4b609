"""scikit-learn's MLPClassifier: softmax + cross-entropy only (W2 and half of W6 cannot be expressed).

W1, W3 to W5: fit() from the shared start; it draws its own order of batches, so that only the full-batch W1 is the same computation.
W6: GridSearchCV over learning rate x width x activation x seed, 1,200 fits and no refit; --limit 1 runs 60 of them.
"""

import os
import time
import warnings

import common
import numpy as np

JOB = common.job(("fit",), (("limit", 0),))
os.environ["PYTHONWARNINGS"] = "ignore"                     # For GridSearchCV's workers: "maximum iterations reached".
warnings.simplefilter("ignore")

import joblib  # noqa: E402
from sklearn.model_selection import GridSearchCV  # noqa: E402
from sklearn.neural_network import MLPClassifier  # noqa: E402

# No penalty, no early end, no momentum.
PLAIN = dict(alpha=0.0, tol=0.0, n_iter_no_change=10**9, momentum=0.0, nesterovs_momentum=False)


def started(model, x, classes, layers):
    """Gives an unfitted classifier our start: fit() goes on from coefs_ and intercepts_ where warm_start is set."""
    names, rows = np.unique(classes, return_index=True)
    model.partial_fit(x[rows], classes[rows], classes=names)    # Allocates.
    model.coefs_ = [w[0].copy() for w, _ in layers]
    model.intercepts_ = [b[0].copy() for _, b in layers]
    del model._optimizer
    model.t_, model.n_iter_, model.loss_curve_ = 0, 0, []
    return model


def main():
    n = len(JOB.x)
    batch = JOB.batch or n
    epochs = max(1, JOB.steps // -(-n // batch))
    model = MLPClassifier(JOB.sizes[1:-1], activation=JOB.activation, solver=JOB.optimizer, batch_size=batch, shuffle=batch < n,
                          learning_rate_init=float(JOB.learning_rates[0]), max_iter=epochs, warm_start=True, random_state=0, **PLAIN)
    model = started(model, JOB.x, JOB.classes, JOB.layers)
    begin = time.perf_counter()
    model.fit(JOB.x, JOB.classes)
    train_s = time.perf_counter() - begin
    p = model.predict_proba(JOB.x)
    loss = -np.log(np.maximum(p[np.arange(n), JOB.classes], 1e-30)).mean()
    JOB.report(train_s, 0.0, loss, (p.argmax(-1) == JOB.classes).mean(), steps=epochs * -(-n // batch))


def sweep():
    seeds = list(range(common.SEEDS))
    rates = list(common.LEARNING_RATES)
    if JOB.options.limit:
        seeds, rates = seeds[:1], rates[2:3]
    grid = {"learning_rate_init": rates, "hidden_layer_sizes": [(width,) for width in common.WIDTHS],
            "activation": ["relu", "tanh", "logistic"], "random_state": seeds}
    model = MLPClassifier(solver="sgd", batch_size=common.SWEEP_BATCH, max_iter=JOB.epochs, **PLAIN)
    search = GridSearchCV(model, grid, cv=common.sweep_folds(JOB.classes), n_jobs=JOB.threads, refit=False)
    with joblib.parallel_config("loky", inner_max_num_threads=1), np.errstate(all="ignore"):
        begin = time.perf_counter()
        search.fit(JOB.x, JOB.classes)
        train_s = time.perf_counter() - begin
    scores = search.cv_results_["mean_test_score"]
    JOB.report(train_s, 0.0, None, scores, trained=len(scores) * common.FOLDS)


sweep() if JOB.work == "w6" else main()
