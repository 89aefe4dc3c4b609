"""What engine and race set out to reach, computed from what was measured: met, not met, or not measured.

The ratios hold for any machine. The times in microseconds and seconds were set on two cores with AVX-512.
"""

import statistics
from dataclasses import dataclass


@dataclass(frozen=True)
class Outcome:
    goal: str
    measured: str
    verdict: str


# contest, rivals (the fastest of them counts), how many times faster
RATIOS = [
    ("W1 P=1,024 T=2", ("numpy", "jax", "torch compiled"), 6.0),
    ("W1 P=1 T=1", ("jax",), 1.0),
    ("W3 P=64 T=1", ("jax",), 15.0),
    ("W4 P=64 T=2", ("numpy", "jax"), 2.5),
    ("W4 P=1 T=1", ("jax",), 1.0),
    ("W5 P=1 T=1", ("jax",), 1.5),
    ("W5 P=1 T=2", ("jax",), 1.5),
]
# contest, microseconds per step per member
MICROSECONDS = [("W1 P=1,024 T=2", 0.47), ("W4 P=64 T=2", 7.0)]
SWEEP, SWEEP_S = "W6 P=2,400 T=2", 0.8
STARTUP_S = 0.020


def outcomes(results, starts):
    us = {(r.contest.name, r.who): statistics.median(r.calm(r.us)) for r in results if r.us}
    out = []
    for contest, libraries, factor in RATIOS:
        rivals = {who: t for (name, who), t in us.items() if name == contest and who.startswith(libraries)}
        goal = f"{contest}: {factor:g} times the speed of {'the fastest of ' * (len(libraries) > 1)}{', '.join(libraries)}"
        ours = us.get((contest, "runner"))
        if not rivals or ours is None or ours <= 0:
            out.append(Outcome(goal, "", "not measured"))
            continue
        fastest = min(rivals, key=rivals.get)
        ratio = rivals[fastest] / ours
        out.append(Outcome(goal, f"{ratio:.2f} times ({fastest} {rivals[fastest]:.3f}, runner {ours:.3f} us)", said(ratio >= factor)))
    for contest, limit in MICROSECONDS:
        ours = us.get((contest, "runner"))
        goal = f"{contest}: at most {limit:g} us per step and member"
        out.append(Outcome(goal, "", "not measured") if ours is None else Outcome(goal, f"{ours:.3f} us", said(ours <= limit)))
    whole = next((r.calm(r.process_s) for r in results if r.who == "runner" and r.contest.name == SWEEP and r.process_s), None)
    goal = f"{SWEEP}: whole process with records and report in {SWEEP_S:g} s"
    out.append(limited(goal, whole, SWEEP_S, "s", 1))
    for start in starts:
        if start.what.startswith("runner"):
            out.append(limited(f"{start.what}: within {STARTUP_S * 1000:g} ms", start.seconds, STARTUP_S, "ms", 1000))
    return out


def limited(goal, seconds, limit, unit, scale):
    if not seconds:
        return Outcome(goal, "", "not measured")
    median = statistics.median(seconds)
    return Outcome(goal, f"{median * scale:.3g} {unit}", said(median <= limit))


def said(met):
    return "met" if met else "**not met**"
