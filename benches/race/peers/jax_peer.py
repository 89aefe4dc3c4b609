"""JAX and optax on the CPU: all steps of a member are one `lax.scan`, a population is `vmap`, compiled ahead of time.

mode features  activations (features, samples), vmap over members: the fastest of some ten formulations on narrow networks
mode rows      the textbook's `x @ w + b`, vmap over members
mode chunk     features, --chunk members at a time, so that they stay in cache
mode shard     features, members split over one host device a thread: no synchronisation between them
mode shardc    shard, --chunk members at a time on each device
It does not count compilation as training: `setup_s` holds it, with one untimed run where --warm 1 asks for it.
"""

import os
import time
from functools import partial

import common
import numpy as np

JOB = common.job(("features", "rows", "chunk", "shard", "shardc"), (("chunk", 64), ("warm", 0)))
SHARD, ROWS = JOB.options.mode.startswith("shard"), JOB.options.mode == "rows"
FLAGS = ["--xla_cpu_multi_thread_eigen=" + ("false" if JOB.threads == 1 or SHARD else "true")]
if SHARD:
    FLAGS.append(f"--xla_force_host_platform_device_count={JOB.threads}")
os.environ["XLA_FLAGS"] = " ".join(FLAGS)                   # Read when jax is imported.
os.environ["JAX_PLATFORMS"] = "cpu"

import jax  # noqa: E402
import jax.numpy as jnp  # noqa: E402
import optax  # noqa: E402
from jax.sharding import Mesh, NamedSharding, PartitionSpec  # noqa: E402

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}
CLASS_AXIS = -1 if ROWS else 0


def logits(layers, x, activation):
    """x (n, in) -> (n, k) in mode rows, else (in, n) -> (k, n)."""
    for k, (w, b) in enumerate(layers):
        x = x @ w + b if ROWS else w.T @ x + b[:, None]
        x = ACTIVATIONS[activation](x) if k < len(layers) - 1 else x
    return x


def loss_of(layers, x, y, activation, head):
    z = logits(layers, x, activation)
    if head == "softmax_ce":
        return -jnp.mean(jnp.sum(jax.nn.log_softmax(z, CLASS_AXIS) * y, CLASS_AXIS))
    return jnp.mean(jnp.square(jax.nn.sigmoid(z) - y))


def taken(table, rows=None):
    """Rows of a (n, k) table, as the layers want them."""
    table = table if rows is None else table[rows]
    return table if ROWS else table.T


def train(layers, learning_rate, batches, x, y):
    """All steps of one member; `batches` is (steps, batch) or None."""
    gradient = jax.grad(partial(loss_of, activation=JOB.activation, head=JOB.head))
    optimizer = optax.adam(learning_rate) if JOB.optimizer == "adam" else optax.sgd(learning_rate)

    def step(carry, rows):
        layers, state = carry
        updates, state = optimizer.update(gradient(layers, taken(x, rows), taken(y, rows)), state)
        return (optax.apply_updates(layers, updates), state), None

    (layers, _), _ = jax.lax.scan(step, (layers, optimizer.init(layers)), batches, length=JOB.steps)
    return layers


def train_population(layers, learning_rates, batches, x, y):
    one = lambda member: train(*member, x, y)
    if JOB.options.mode in ("chunk", "shardc"):
        return jax.lax.map(one, (layers, learning_rates, batches), batch_size=JOB.options.chunk)
    return jax.vmap(one)((layers, learning_rates, batches))


def over_devices(function, specs, arguments):
    """The function split over the host devices, and its arguments placed there."""
    mesh = Mesh(np.array(jax.devices()), ("m",))
    split = jax.shard_map(function, mesh=mesh, in_specs=specs, out_specs=PartitionSpec("m"), check_vma=False)
    place = lambda value, spec: jax.tree.map(lambda a: jax.device_put(a, NamedSharding(mesh, spec)), value)
    return split, tuple(place(value, spec) for value, spec in zip(arguments, specs))


def compiled(function, arguments, donate=()):
    begin = time.perf_counter()
    program = jax.jit(function, donate_argnums=donate).lower(*arguments).compile()
    return program, time.perf_counter() - begin


@jax.jit
def loss_accuracy(layers, x, y):
    def one(layers):
        hit = logits(layers, taken(x), JOB.activation).argmax(CLASS_AXIS) == taken(y).argmax(CLASS_AXIS)
        return loss_of(layers, taken(x), taken(y), JOB.activation, JOB.head), jnp.mean(hit)

    return jax.vmap(one)(layers)


def main():
    x, y = jnp.asarray(JOB.x), jnp.asarray(JOB.one_hot)
    arguments = jax.tree.map(jnp.asarray, (JOB.layers, JOB.learning_rates, JOB.batches)) + (x, y)
    function = train_population
    if JOB.population == 1:                                 # No axis of members to carry.
        function = train
        arguments = jax.tree.map(lambda a: a[0], arguments[:3]) + (x, y)
    if SHARD:
        members, whole = PartitionSpec("m"), PartitionSpec()
        specs = (members, members, whole if JOB.batches is None else members, whole, whole)
        function, arguments = over_devices(function, specs, arguments)
    program, setup_s = compiled(function, arguments, donate=(0,))
    jax.block_until_ready(arguments)
    if JOB.options.warm:
        begin = time.perf_counter()
        jax.block_until_ready(program(jax.tree.map(jnp.copy, arguments[0]), *arguments[1:]))
        setup_s += time.perf_counter() - begin
    begin = time.perf_counter()
    layers = jax.block_until_ready(program(*arguments))
    train_s = time.perf_counter() - begin
    if JOB.population == 1:
        layers = jax.tree.map(lambda a: a[None], layers)
    JOB.report(train_s, setup_s, *loss_accuracy(layers, x, y))


def train_one_of_sweep(layers, learning_rate, softmax, order, test, x, y, activation):
    """One member of W6, trained and scored: epochs of seven batches of 16 and one of 8.

    `softmax` is a value (else sigmoid + MSE), so that both pairings share one compilation.
    """

    def loss(layers, x, y):
        z = logits(layers, x, activation)
        cross_entropy = -jnp.mean(jnp.sum(jax.nn.log_softmax(z, CLASS_AXIS) * y, CLASS_AXIS))
        return jnp.where(softmax, cross_entropy, jnp.mean(jnp.square(jax.nn.sigmoid(z) - y)))

    def step(layers, rows):
        gradient = jax.grad(loss)(layers, taken(x, rows), taken(y, rows))
        return jax.tree.map(lambda p, g: p - learning_rate * g, layers, gradient)

    def epoch(layers, rows):
        full = len(rows) // common.SWEEP_BATCH * common.SWEEP_BATCH
        batches = rows[:full].reshape(-1, common.SWEEP_BATCH)
        layers, _ = jax.lax.scan(lambda p, batch: (step(p, batch), None), layers, batches)
        return step(layers, rows[full:]), None

    layers, _ = jax.lax.scan(epoch, layers, order)
    return jnp.mean(logits(layers, taken(x, test), activation).argmax(CLASS_AXIS) == taken(y, test).argmax(CLASS_AXIS))


def sweep():
    """12 compilations (width x activation), each over 200 members: pairing x learning rate x seed x fold."""
    folds = common.sweep_folds(JOB.classes)
    members = common.MEMBERS * 2
    order = np.tile(common.sweep_orders(folds, JOB.epochs)[common.MEMBER_ORDER], (2, 1, 1))
    softmax = np.repeat([True, False], len(common.MEMBERS))
    test = np.stack([folds[fold][1] for _, _, fold in members])
    train_s, setup_s, accuracies = 0.0, 0.0, []
    for activation in common.ACTIVATIONS:
        for width in common.WIDTHS:
            layers = [(np.tile(w, (2, 1, 1)), np.tile(b, (2, 1))) for w, b in common.sweep_layers(width)]
            one = partial(train_one_of_sweep, activation=activation)
            function = jax.vmap(one, in_axes=(0, 0, 0, 0, 0, None, None))
            arguments = (layers, np.tile(common.MEMBER_RATES, 2), softmax, order, test, JOB.x, JOB.one_hot)
            if SHARD:
                member, whole = PartitionSpec("m"), PartitionSpec()
                function, arguments = over_devices(function, (member,) * 5 + (whole,) * 2, arguments)
            else:
                arguments = jax.tree.map(jnp.asarray, arguments)
            program, seconds = compiled(function, arguments)
            setup_s += seconds
            begin = time.perf_counter()
            accuracies.append(np.asarray(program(*arguments)))
            train_s += time.perf_counter() - begin
    # As the other rivals: all of softmax + cross-entropy, then all of sigmoid + MSE.
    accuracies = np.concatenate([a[half] for half in (slice(None, 100), slice(100, None)) for a in accuracies])
    JOB.report(train_s, setup_s, None, accuracies)


sweep() if JOB.work == "w6" else main()
