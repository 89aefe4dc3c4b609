"""Plain NumPy: backpropagation by hand, members stacked on a leading axis, outputs preallocated.

Activations are (features, samples): the long axis is the contiguous one, so bias adds, softmax, and relu run long inner loops
(2-4 times faster than (samples, features) on networks this narrow). --chunk members at a time stay in cache. With more than one
thread and a population, chunks go to worker processes. It uses no autodiff and no library beside NumPy.
"""

import multiprocessing
import time

import common
import numpy as np

JOB = common.job(("stacked",), (("chunk", 64),))
ROW = np.newaxis


class Network:
    """A stack of equal networks. Parameters and gradients are one flat buffer each; layers are views into them."""

    def __init__(self, layers, learning_rates, activation, head, optimizer):
        lead = layers[0][0].shape[:-2]                      # () or (P,)
        total = sum(w.shape[-2] * w.shape[-1] + b.shape[-1] for w, b in layers)
        self.theta, self.gradient = np.empty((*lead, total), np.float32), np.empty((*lead, total), np.float32)
        self.w, self.b, self.dw, self.db = [], [], [], []
        at = 0
        for w, b in layers:
            i, o = w.shape[-2:]
            for buffer, ws, bs in ((self.theta, self.w, self.b), (self.gradient, self.dw, self.db)):
                ws.append(buffer[..., at : at + i * o].reshape(*lead, o, i))
                bs.append(buffer[..., at + i * o : at + i * o + o].reshape(*lead, o, 1))
            at += i * o + o
            self.w[-1][...] = transposed(w)
            self.b[-1][...] = b[..., ROW]
        self.w_transposed = [transposed(w) for w in self.w]
        self.learning_rates = np.asarray(learning_rates, np.float32)[..., ROW]
        self.activation, self.head, self.lead, self.adam = activation, head, lead, optimizer == "adam"
        if self.adam:
            self.m, self.v, self.scratch, self.t = *(np.zeros_like(self.theta) for _ in range(3)), 0
        self.buffers_of = {}

    def buffers(self, n):
        if n not in self.buffers_of:
            zs = [np.empty((*self.lead, w.shape[-2], n), np.float32) for w in self.w]
            deltas = [np.empty_like(z) for z in zs]
            self.buffers_of[n] = zs, deltas, [transposed(z) for z in zs], np.empty((*self.lead, 1, n), np.float32)
        return self.buffers_of[n]

    def forward(self, x):
        """x (features, samples) -> (classes, samples), left in the last buffer."""
        zs, _, _, row = self.buffers(x.shape[-1])
        a = x
        for k, (w, b, z) in enumerate(zip(self.w, self.b, zs)):
            np.matmul(w, a, out=z)
            z += b
            if k < len(zs) - 1:
                if self.activation == "relu":
                    np.maximum(z, 0, out=z)
                elif self.activation == "tanh":
                    np.tanh(z, out=z)
                else:
                    sigmoid(z)
            a = z
        if self.head == "softmax_ce":
            np.max(a, -2, keepdims=True, out=row)
            a -= row
            np.exp(a, out=a)
            np.sum(a, -2, keepdims=True, out=row)
            a /= row
        else:
            sigmoid(a)
        return a

    def step(self, x, y):
        self.backward(self.forward(x), x, y)
        if self.adam:
            self.direction_of_adam()
        self.gradient *= self.learning_rates
        self.theta -= self.gradient

    def backward(self, p, x, y):
        n = x.shape[-1]
        zs, deltas, zs_transposed, _ = self.buffers(n)
        d = deltas[-1]
        np.subtract(p, y, out=d)
        if self.head == "softmax_ce":
            d *= np.float32(1 / n)
        else:                                               # 2/(n k) (p - y) p (1 - p)
            d *= p
            np.subtract(1, p, out=p)
            d *= p
            d *= np.float32(2 / (n * p.shape[-2]))
        for k in range(len(zs) - 1, -1, -1):
            d = deltas[k]
            np.matmul(d, zs_transposed[k - 1] if k else transposed(x), out=self.dw[k])
            np.sum(d, -1, keepdims=True, out=self.db[k])
            if k:
                a, before = zs[k - 1], deltas[k - 1]
                np.matmul(self.w_transposed[k], d, out=before)
                if self.activation == "relu":
                    before *= a > 0
                elif self.activation == "tanh":
                    np.multiply(a, a, out=a)
                    np.subtract(1, a, out=a)
                    before *= a
                else:
                    before *= a
                    np.subtract(1, a, out=a)
                    before *= a

    def direction_of_adam(self):
        """Turns the gradient into Adam's direction, in place."""
        self.t += 1
        g, scratch = self.gradient, self.scratch
        self.m *= np.float32(0.9)
        np.multiply(g, np.float32(0.1), out=scratch)
        self.m += scratch
        g *= g
        g *= np.float32(0.001)
        self.v *= np.float32(0.999)
        self.v += g
        np.multiply(self.v, np.float32(1 / (1 - 0.999**self.t)), out=scratch)
        np.sqrt(scratch, out=scratch)
        scratch += np.float32(1e-8)
        np.divide(self.m, scratch, out=g)
        g *= np.float32(1 / (1 - 0.9**self.t))

    def loss_accuracy(self, x, y):
        p = self.forward(x)
        if self.head == "softmax_ce":
            loss = -np.log(np.maximum((p * y).sum(-2), 1e-30)).mean(-1)
        else:
            loss = np.square(p - y).mean((-1, -2))
        return loss, (p.argmax(-2) == y.argmax(-2)).mean(-1)


def sigmoid(z):
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    np.reciprocal(z, out=z)


def transposed(a):
    return a.swapaxes(-1, -2)


def train(chosen):
    """Trains the members `chosen` (a number: 2-D arrays; a slice: stacked) and returns their losses and accuracies."""
    layers = [(w[chosen], b[chosen]) for w, b in JOB.layers]
    network = Network(layers, JOB.learning_rates[chosen], JOB.activation, JOB.head, JOB.optimizer)
    x, y = np.ascontiguousarray(JOB.x.T), np.ascontiguousarray(JOB.one_hot.T)
    if JOB.batches is None:
        for _ in range(JOB.steps):
            network.step(x, y)
    else:
        for rows in np.moveaxis(JOB.batches[chosen], -2, 0):
            network.step(transposed(JOB.x[rows]), transposed(JOB.one_hot[rows]))
    return network.loss_accuracy(x, y)


def train_shape(shape):
    """W6: the accuracies of the 100 members of one shape."""
    width, activation, head = shape
    layers = common.sweep_layers(width)
    tests = np.stack([FOLDS[fold][1] for _, _, fold in common.MEMBERS])
    accuracies = []
    for c in range(0, len(common.MEMBERS), JOB.options.chunk):
        chosen = slice(c, c + JOB.options.chunk)
        network = Network([(w[chosen], b[chosen]) for w, b in layers], common.MEMBER_RATES[chosen], activation, head, "sgd")
        order = ORDERS[common.MEMBER_ORDER[chosen]]
        for epoch in range(JOB.epochs):
            rows = order[:, epoch]
            x, y = transposed(JOB.x[rows]), transposed(JOB.one_hot[rows])
            for s in range(0, rows.shape[-1], common.SWEEP_BATCH):
                network.step(x[..., s : s + common.SWEEP_BATCH], y[..., s : s + common.SWEEP_BATCH])
        rows = tests[chosen]
        accuracies.append(network.loss_accuracy(transposed(JOB.x[rows]), transposed(JOB.one_hot[rows]))[1])
    return np.concatenate(accuracies)


def over_workers(work, parts):
    """In this process, or over forked workers of one core each; starting the workers is set-up."""
    if JOB.threads == 1 or len(parts) == 1:
        begin = time.perf_counter()
        return [work(part) for part in parts], time.perf_counter() - begin, 0.0
    begin = time.perf_counter()
    with multiprocessing.get_context("fork").Pool(JOB.threads) as pool:
        pool.map(abs, range(JOB.threads), chunksize=1)
        setup_s = time.perf_counter() - begin
        begin = time.perf_counter()
        return pool.map(work, parts, chunksize=1), time.perf_counter() - begin, setup_s


if JOB.work == "w6":
    FOLDS = common.sweep_folds(JOB.classes)
    ORDERS = common.sweep_orders(FOLDS, JOB.epochs)
    results, train_s, setup_s = over_workers(train_shape, common.SHAPES)
    JOB.report(train_s, setup_s, None, np.concatenate(results))
else:
    size = min(JOB.options.chunk, -(-JOB.population // JOB.threads))
    parts = [0] if JOB.population == 1 else [slice(c, c + size) for c in range(0, JOB.population, size)]
    results, train_s, setup_s = over_workers(train, parts)
    JOB.report(train_s, setup_s, *(np.concatenate([np.atleast_1d(r[k]) for r in results]) for k in range(2)))
