"""What is raced: the works, how many members on how many threads, and which rivals in their best form.

A contest is one work at one population and thread count. Its rivals run in the form that was fastest where several were tried
(`README.md` says what was tried). It starts nothing and measures nothing.
"""

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Work:
    """What a rival must know of `experiments/race/NAME.toml`; the members' starts say the rest."""

    name: str
    what: str
    head: str               # softmax_ce or sigmoid_mse
    optimizer: str
    batch: int              # 0: all rows
    classes: int
    activation: str = "relu"


WORKS = {
    "w1": Work("w1", "iris, 4-5-6-3, relu, softmax + cross-entropy, full batch, SGD", "softmax_ce", "sgd", 0, 3),
    "w2": Work("w2", "iris, 4-5-6-3, relu, sigmoid + MSE, full batch, SGD", "sigmoid_mse", "sgd", 0, 3),
    "w3": Work("w3", "iris, 4-20-3, relu, softmax + cross-entropy, batches of 16 with replacement, SGD", "softmax_ce", "sgd", 16, 3),
    "w4": Work("w4", "digits, 64-64-10, relu, softmax + cross-entropy, batches of 64, Adam", "softmax_ce", "adam", 64, 10),
    "w5": Work("w5", "MNIST's shape, 784-128-10, relu, softmax + cross-entropy, batches of 128, Adam", "softmax_ce", "adam", 128, 10),
    "w6": Work("w6", "2,400 trainings of iris: 5 folds x 5 seeds x 4 learning rates x 4 widths x 3 activations x 2 pairings, "
                     "200 epochs, batches of 16", "softmax_ce", "sgd", 16, 3),
}


@dataclass(frozen=True)
class Rival:
    """A library in one form: `peers/LIBRARY_peer.py JOB --mode MODE OPTIONS`."""

    library: str
    mode: str
    options: tuple = ()
    rounds: int = 0         # 0: as many as the race; fewer for what takes minutes
    imposed: bool = True    # whether it trains on the order of batches that it is given
    note: str = ""

    @property
    def name(self):
        return f"{self.library} {self.mode}" if self.library != "sklearn" else "scikit-learn"


@dataclass(frozen=True)
class Contest:
    """`steps` are what all train (epochs in W6); `long_steps` are runner's second budget, so that start-up can be subtracted."""

    work: Work
    population: int
    threads: int
    steps: int
    long_steps: int
    rivals: tuple

    @property
    def name(self):
        return f"{self.work.name.upper()} P={self.population:,} T={self.threads}"

    @property
    def seeds(self):
        """Populations are as many seeds as learning rates."""
        return round(self.population**0.5)

    @property
    def steps_per_unit(self):
        return 8 if self.work.name == "w6" else 1          # An epoch of W6 is seven batches of 16 and one of 8.


def rival(library, mode, *options, **more):
    return Rival(library, mode, tuple(str(o) for o in options), **more)


NUMPY = rival("numpy", "stacked")
EAGER = rival("torch", "eager")
VMAP = rival("torch", "vmap")
COMPILED = rival("torch", "compiled")
UNROLLED = rival("torch", "compiled", "--unroll", 4)        # Batches of their own rows a step cannot be unrolled.
SKLEARN = rival("sklearn", "fit", imposed=False, note="draws its own batches")


def numpy_chunked(size):
    return rival("numpy", "stacked", "--chunk", size)


def jax(mode, *options):
    return rival("jax", mode, "--warm", 1, *options)


def sweep_rivals(threads):
    """W6. What takes a minute or more runs once."""
    common = (numpy_chunked(100), rival("jax", "features" if threads == 1 else "shard"))
    eager = rival("torch", "eager", rounds=1, note="24 of 2,400, scaled")
    if threads == 1:
        return *common, rival("torch", "packed"), rival("torch", "vmap", rounds=1), eager
    return *common, rival("torch", "packed"), rival("sklearn", "fit", rounds=1, imposed=False, note="1,200: no sigmoid + MSE")


def contests():
    w = WORKS
    iris_alone = (NUMPY, jax("features"), EAGER, UNROLLED, replace(SKLEARN, imposed=True, note=""))
    alone = (NUMPY, jax("features"), EAGER, COMPILED, SKLEARN)
    rows_alone = (NUMPY, jax("rows"), EAGER, COMPILED, SKLEARN)
    return [
        Contest(w["w1"], 1, 1, 20_000, 100_000, iris_alone),
        Contest(w["w1"], 64, 1, 5_000, 25_000, (NUMPY, jax("features"), VMAP, UNROLLED)),
        Contest(w["w1"], 64, 2, 5_000, 25_000, (numpy_chunked(32), jax("shard"), UNROLLED)),
        Contest(w["w1"], 1024, 1, 500, 2_500, (NUMPY, jax("chunk"), UNROLLED)),
        Contest(w["w1"], 1024, 2, 500, 2_500, (NUMPY, jax("shardc"), UNROLLED)),
        Contest(w["w2"], 64, 1, 5_000, 25_000, (NUMPY, jax("features"), UNROLLED)),
        Contest(w["w3"], 1, 1, 999, 90_000, alone),
        Contest(w["w3"], 64, 1, 999, 18_000, (NUMPY, jax("features"), VMAP, COMPILED)),
        Contest(w["w4"], 1, 1, 1_100, 12_100, rows_alone),
        Contest(w["w4"], 64, 1, 1_100, 4_400, (NUMPY, jax("rows"), jax("features"), COMPILED)),
        Contest(w["w4"], 64, 2, 1_100, 4_400, (numpy_chunked(32), jax("shard"), COMPILED)),
        Contest(w["w5"], 1, 1, 468, 5_148, rows_alone),
        Contest(w["w5"], 1, 2, 468, 5_148, rows_alone),
        Contest(w["w6"], 2400, 1, 200, 1_000, sweep_rivals(1)),
        Contest(w["w6"], 2400, 2, 200, 1_000, sweep_rivals(2)),
    ]


QUICK_STEPS = {"w1": 48, "w2": 48, "w3": 36, "w4": 44, "w5": 24, "w6": 4}


def quick(contest):
    """The same contest with so few steps that only the harness is tried. Slow rivals train a sample."""
    steps = QUICK_STEPS[contest.work.name]
    rivals = contest.rivals
    if contest.work.name == "w6":
        rivals = tuple(replace(r, options=("--limit", "1"), note="60 of 1,200, scaled") if r.library == "sklearn" else r for r in rivals)
    return replace(contest, steps=steps, long_steps=2 * steps, rivals=rivals)
