"""Did they train the same networks? Compares every member's final training loss and accuracy with runner's.

It judges numbers that were measured elsewhere and changes none.
"""

from dataclasses import dataclass

import numpy as np

# Relative, of each member's final loss. All compute in single precision and round 2^-24 = 6e-8 a sum in orders of their own; over
# 20,000 steps that is at most about 1e-3 where errors add up and none is amplified (measured here, of 64 members: 2e-5).
SGD = 1e-3
# Where a pre-activation is within rounding of relu's kink, one row's gradient is there or is not, and two paths part for good.
# So many members may do that, and so far (measured here: one of 1,024, by 1.1e-3). The first member may not.
PARTED_SHARE, PARTED = 0.02, 0.05
# Adam divides by 1 - 0.999^t. A library that computes it in single precision is off by 2^-24 / 0.001 = 6e-5 in the first steps,
# which moves the start of a trajectory, and more so at small learning rates (measured here: 1.5e-3; NumPy, where
# it is a Python number, 1.4e-5).
ADAM = 5e-3
# Outputs within rounding of a tie: this many rows, or this share of many.
TIED_ROWS, TIED_SHARE = 2, 0.002
# Where a library draws its own batches: another trajectory to the same place.
OWN_ORDER_LOSS, OWN_ORDER_ACCURACY = 0.05, 0.05
# W6, mean over 2,400 (or the softmax half) of the test accuracy; seeds, folds, and orders differ, and accuracies of one seed go together.
# Measured here, the means of single seeds have a standard deviation of 0.006 in runner and about 0.010 in NumPy, so that two means over
# five seeds differ with one of 0.005. This is four of them.
SWEEP_ACCURACY = 0.02


@dataclass(frozen=True)
class Verdict:
    agrees: bool
    said: str               # for the table
    why: str = ""           # what was too far, where it does not agree


def members(contest, rival, line, trials):
    """W1 to W5. `line`: what the rival printed; `trials`: runner's trials.csv."""
    ours = np.array([float(t["train_loss"]) for t in trials])[: len(line["loss"])]
    ours_accuracy = np.array([float(t["train_accuracy"]) for t in trials])[: len(line["accuracy"])]
    deviation = np.abs(np.array(line["loss"]) / ours - 1)
    gap = np.abs(np.array(line["accuracy"]) - ours_accuracy)
    if rival.imposed:
        rows = {"w3": 144, "w4": 1408, "w5": 59_904}.get(contest.work.name, 150)
        loss_limit = ADAM if contest.work.optimizer == "adam" else SGD
        accuracy_limit = max(TIED_ROWS / rows, TIED_SHARE) + 1e-6
    else:
        loss_limit, accuracy_limit = OWN_ORDER_LOSS, OWN_ORDER_ACCURACY
    said = f"{deviation.max():.1e}"
    # Not `>`: a NaN agrees with nothing.
    apart = ~(deviation <= loss_limit)
    if apart[0] or apart.sum() > PARTED_SHARE * len(apart) or not deviation.max() <= max(PARTED, loss_limit):
        worst = 0 if apart[0] else int(np.argmax(np.where(np.isnan(deviation), np.inf, deviation)))
        why = f"{apart.sum()} of {len(apart)} members more than {loss_limit:g} apart; member {worst}: loss {line['loss'][worst]:.7g}, "
        return Verdict(False, said, why + f"runner's {ours[worst]:.7g}")
    gap[apart] = 0.0
    if not gap.max() <= accuracy_limit:
        worst = int(np.argmax(gap))
        why = f"member {worst}: accuracy {line['accuracy'][worst]:.4f}, runner's {ours_accuracy[worst]:.4f}"
        return Verdict(False, said, why)
    return Verdict(True, said)


def sweep(rival, line, trials, sampled):
    """W6: mean accuracies, over what the rival trained."""
    if sampled:
        return Verdict(True, "a sample: not compared")
    softmax_only = rival.library == "sklearn"
    ours = sweep_accuracy(trials, softmax_only)
    theirs = float(np.mean(line["accuracy"]))
    said = f"{theirs - ours:+.4f}"
    if not abs(theirs - ours) <= SWEEP_ACCURACY:
        return Verdict(False, said, f"mean accuracy {theirs:.4f}, runner's {ours:.4f}, more than {SWEEP_ACCURACY} apart")
    return Verdict(True, said)


def sweep_accuracy(trials, softmax_only=False):
    kept = [t for t in trials if not softmax_only or t["pairing"].startswith("softmax")]
    return float(np.mean([float(t["test_accuracy"]) for t in kept]))
