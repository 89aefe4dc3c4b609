"""PyTorch on the CPU.

mode eager     nn.Sequential and torch.optim (foreach), one member after another
mode packed    members packed by hand: baddbmm, summed loss, autograd, _foreach_ updates
mode vmap      torch.func: vmap(grad(loss)) over stacked parameters
mode compiled  the same, the whole step under torch.compile, --unroll steps a call
Where members are packed, activations are (members, features, samples): the long axis is the contiguous one.
W6 in mode eager trains a random --limit of the 2,400 networks. Compilation and two steps of warm-up are set-up, not training.
"""

import time

import common
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.func import grad, vmap

JOB = common.job(("eager", "packed", "vmap", "compiled"), (("chunk", 64), ("unroll", 1), ("limit", 24)))
torch.set_num_threads(JOB.threads)
torch.set_num_interop_threads(1)
ACTIVATIONS = {"relu": torch.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid}
MODULES = {"relu": nn.ReLU, "tanh": nn.Tanh, "sigmoid": nn.Sigmoid}


# One member, as a user would write it.


def sequential(layers, activation, head):
    modules = []
    for k, (w, b) in enumerate(layers):
        linear = nn.Linear(*w.shape)
        with torch.no_grad():
            linear.weight.copy_(torch.from_numpy(w.T.copy()))
            linear.bias.copy_(torch.from_numpy(b))
        modules += [linear] + ([MODULES[activation]()] if k < len(layers) - 1 else [])
    return nn.Sequential(*modules, *([nn.Sigmoid()] if head == "sigmoid_mse" else []))


def train_eager(model, head, optimizer, learning_rate, batches):
    """batches: an iterable of (x, y); y holds class numbers for softmax_ce, one-hot rows for sigmoid_mse."""
    make = torch.optim.Adam if optimizer == "adam" else torch.optim.SGD
    optimizer = make(model.parameters(), lr=learning_rate, foreach=True)
    loss_of = F.cross_entropy if head == "softmax_ce" else F.mse_loss
    for x, y in batches:
        optimizer.zero_grad(set_to_none=True)
        loss_of(model(x), y).backward()
        optimizer.step()
    return model


# Many members at once.


def packed_loss(layers, x, y, activation, head):
    """Sum over members of each one's mean loss; x (P, in, n), y (P, k, n)."""
    for k, (w, b) in enumerate(layers):
        x = torch.baddbmm(b, w, x)
        x = ACTIVATIONS[activation](x) if k < len(layers) - 1 else x
    if head == "softmax_ce":
        return -(F.log_softmax(x, 1) * y).sum() / x.shape[2]
    return (torch.sigmoid(x) - y).square().sum() / (x.shape[1] * x.shape[2])


def one_loss(layers, x, y, activation, head):
    """x (in, n), y (k, n)."""
    for k, (w, b) in enumerate(layers):
        x = torch.addmm(b, w, x)
        x = ACTIVATIONS[activation](x) if k < len(layers) - 1 else x
    if head == "softmax_ce":
        return -(F.log_softmax(x, 0) * y).sum(0).mean()
    return (torch.sigmoid(x) - y).square().mean()


def pairs(parameters):
    return list(zip(parameters[::2], parameters[1::2]))


class Packed:
    """A stack of members and its training step."""

    def __init__(self, layer_count, activation, head, optimizer, mode):
        self.activation, self.head, self.adam, self.packed = activation, head, optimizer == "adam", mode == "packed"
        if self.packed:
            self.gradient = lambda p, x, y: torch.autograd.grad(packed_loss(pairs(p), x, y, activation, head), p)
        else:
            one = vmap(grad(lambda p, x, y: one_loss(p, x, y, activation, head)), in_dims=([(0, 0)] * layer_count, 0, 0))
            self.gradient = lambda p, x, y: [a for pair in one(pairs(p), x, y) for a in pair]
        self.in_place = mode != "compiled"
        self.unroll = 1 if self.in_place else JOB.options.unroll
        if not self.in_place:
            self.update = torch.compile(self.adam_steps if self.adam else self.sgd_steps, dynamic=False)

    def start(self, layers, learning_rates):
        flat = [a for w, b in layers for a in (w.swapaxes(1, 2), b[..., None])]
        self.parameters = [torch.tensor(np.ascontiguousarray(a)).requires_grad_(self.packed) for a in flat]
        self.rate = torch.from_numpy(np.ascontiguousarray(learning_rates))[:, None, None]
        zeros = lambda: [torch.zeros_like(a) for a in self.parameters]
        self.state = (zeros(), zeros(), torch.zeros(())) if self.adam else ()

    def sgd_steps(self, parameters, state, x, y):
        for _ in range(self.unroll):
            parameters = [p - self.rate * g for p, g in zip(parameters, self.gradient(parameters, x, y))]
        return parameters, state

    def adam_steps(self, parameters, state, x, y):
        m, v, t = state
        g, t = self.gradient(parameters, x, y), t + 1
        m = [0.9 * a + 0.1 * b for a, b in zip(m, g)]
        v = [0.999 * a + 0.001 * b * b for a, b in zip(v, g)]
        c1, c2 = 1 - 0.9**t, 1 - 0.999**t
        parameters = [p - self.rate * (a / c1) / ((b / c2).sqrt() + 1e-8) for p, a, b in zip(parameters, m, v)]
        return parameters, (m, v, t)

    def step(self, x, y):
        if not self.in_place:
            self.parameters, self.state = self.update(self.parameters, self.state, x, y)
            return
        g = list(self.gradient(self.parameters, x, y))
        with torch.no_grad():
            if not self.adam:
                torch._foreach_addcmul_(self.parameters, g, [-self.rate] * len(g))
                return
            m, v, t = self.state
            t += 1
            torch._foreach_lerp_(m, g, 0.1)
            torch._foreach_mul_(v, 0.999)
            torch._foreach_addcmul_(v, g, g, 0.001)
            below = torch._foreach_sqrt(v)
            torch._foreach_div_(below, float((1 - 0.999**t) ** 0.5))
            torch._foreach_add_(below, 1e-8)
            torch._foreach_div_(below, [-self.rate / float(1 - 0.9**t)] * len(g))
            torch._foreach_addcdiv_(self.parameters, m, below)

    @torch.no_grad()
    def loss_accuracy(self, x, y):
        """x (n, in) shared, or (P, n, in)."""
        a, y = x.mT.expand(len(self.rate), *x.mT.shape[-2:]), y.mT
        for k, (w, b) in enumerate(pairs(self.parameters)):
            a = torch.baddbmm(b, w, a)
            a = ACTIVATIONS[self.activation](a) if 2 * k + 2 < len(self.parameters) else a
        if self.head == "softmax_ce":
            loss = -(F.log_softmax(a, 1) * y).sum(1).mean(-1)
        else:
            loss = (torch.sigmoid(a) - y).square().mean((-1, -2))
        return loss.numpy(), (a.argmax(-2) == y.argmax(-2)).float().mean(-1).numpy()


# The works.


def main_eager(x, one_hot, target, batches):
    loss_of = F.cross_entropy if JOB.head == "softmax_ce" else F.mse_loss

    def feed(member, steps):
        if batches is None:
            return ((x, target) for _ in range(steps))
        return ((x[rows], target[rows]) for rows in batches[member, :steps])

    def trained(member, steps):
        model = sequential([(w[member], b[member]) for w, b in JOB.layers], JOB.activation, JOB.head)
        return train_eager(model, JOB.head, JOB.optimizer, float(JOB.learning_rates[member]), feed(member, steps))

    begin = time.perf_counter()
    trained(0, 3)
    setup_s = time.perf_counter() - begin
    begin = time.perf_counter()
    models = [trained(member, JOB.steps) for member in range(JOB.population)]
    train_s = time.perf_counter() - begin
    with torch.no_grad():
        outputs = [model(x) for model in models]
    accuracies = [float((z.argmax(-1) == one_hot.argmax(-1)).float().mean()) for z in outputs]
    JOB.report(train_s, setup_s, [float(loss_of(z, target)) for z in outputs], accuracies)


def main_packed(x, one_hot, batches):
    losses, accuracies, train_s, setup_s = [], [], 0.0, 0.0
    members = Packed(len(JOB.layers), JOB.activation, JOB.head, JOB.optimizer, JOB.options.mode)
    for c in range(0, JOB.population, JOB.options.chunk):
        chosen = slice(c, min(JOB.population, c + JOB.options.chunk))
        layers = [(w[chosen], b[chosen]) for w, b in JOB.layers]
        if batches is None:
            whole = tuple(a.mT.contiguous().expand(chosen.stop - c, *a.mT.shape) for a in (x, one_hot))
            feed = lambda steps: (whole for _ in range(steps // members.unroll))
        else:
            feed = lambda steps: ((x[rows].mT, one_hot[rows].mT) for rows in batches[chosen, :steps].unbind(1))
        begin = time.perf_counter()
        if c == 0:                                          # Compiles, and warms up.
            members.start(layers, JOB.learning_rates[chosen])
            for xy in feed(2 * members.unroll):
                members.step(*xy)
        members.start(layers, JOB.learning_rates[chosen])
        setup_s += time.perf_counter() - begin
        begin = time.perf_counter()
        for xy in feed(JOB.steps):
            members.step(*xy)
        train_s += time.perf_counter() - begin
        loss, accuracy = members.loss_accuracy(x, one_hot)
        losses += list(loss)
        accuracies += list(accuracy)
    JOB.report(train_s, setup_s, losses, accuracies)


def main():
    x, one_hot = torch.from_numpy(JOB.x), torch.from_numpy(JOB.one_hot)
    target = torch.from_numpy(JOB.classes.astype(np.int64)) if JOB.head == "softmax_ce" else one_hot
    batches = None if JOB.batches is None else torch.from_numpy(JOB.batches.astype(np.int64))
    if JOB.options.mode == "eager":
        main_eager(x, one_hot, target, batches)
    else:
        main_packed(x, one_hot, batches)


def sweep_eager(x, one_hot, classes, folds, orders):
    """A random --limit of the 2,400: the mean accuracy is of that sample, and the time is scaled by the one who reads it."""
    every = [(shape, member) for shape in common.SHAPES for member in common.MEMBERS]
    sample = np.random.default_rng(0).choice(len(every), JOB.options.limit, replace=False)
    accuracies = []
    begin = time.perf_counter()
    for (width, activation, head), (learning_rate, seed, fold) in (every[i] for i in sample):
        member = common.MEMBERS.index((learning_rate, seed, fold))
        target = classes if head == "softmax_ce" else one_hot

        def feed():
            for rows in orders[seed * common.FOLDS + fold]:
                yield from zip(x[rows].split(common.SWEEP_BATCH), target[rows].split(common.SWEEP_BATCH))

        layers = [(w[member], b[member]) for w, b in common.sweep_layers(width)]
        model = train_eager(sequential(layers, activation, head), head, "sgd", learning_rate, feed())
        with torch.no_grad():
            test = folds[fold][1]
            accuracies.append(float((model(x[test]).argmax(-1) == classes[test]).float().mean()))
    JOB.report(time.perf_counter() - begin, 0.0, None, accuracies, trained=len(sample))


def sweep_packed(x, one_hot, folds, orders):
    test = np.stack([folds[fold][1] for _, _, fold in common.MEMBERS])
    order = orders[common.MEMBER_ORDER]
    train_s, accuracies = 0.0, []
    for width, activation, head in common.SHAPES:
        members = Packed(2, activation, head, "sgd", JOB.options.mode)
        members.start(common.sweep_layers(width), common.MEMBER_RATES)
        begin = time.perf_counter()
        for epoch in range(JOB.epochs):
            rows = order[:, epoch]
            for xb, yb in zip(x[rows].split(common.SWEEP_BATCH, 1), one_hot[rows].split(common.SWEEP_BATCH, 1)):
                members.step(xb.mT, yb.mT)
        train_s += time.perf_counter() - begin
        accuracies += list(members.loss_accuracy(x[test], one_hot[test])[1])
    JOB.report(train_s, 0.0, None, accuracies)


def sweep():
    folds = common.sweep_folds(JOB.classes)
    orders = torch.from_numpy(common.sweep_orders(folds, JOB.epochs).astype(np.int64))
    x, one_hot, classes = map(torch.from_numpy, (JOB.x, JOB.one_hot, JOB.classes.astype(np.int64)))
    if JOB.options.mode == "eager":
        sweep_eager(x, one_hot, classes, folds, orders)
    else:
        sweep_packed(x, one_hot, folds, orders)


sweep() if JOB.work == "w6" else main()
