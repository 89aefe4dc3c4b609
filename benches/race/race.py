"""The race: runner and its rivals train the same networks, in turn, on this machine; losses must agree; ratios are written down.

    python benches/race/race.py                     # all works: about an hour; writes RESULTS.md and results.csv here
    python benches/race/race.py --quick             # a few steps of each, to try the harness; writes to target/race
    python benches/race/race.py --only W1,W3 --skip sklearn --rounds 5

Leaves with 1 if losses do not agree or an installed rival fails. `README.md` explains what is measured and how.
This file holds the order of events; what is raced is in works.py, how in measure.py, what must agree in agree.py.
"""

import argparse
import importlib.metadata
import json
import pathlib
import statistics
import sys
from dataclasses import dataclass, field

try:
    import numpy  # noqa: F401
except ModuleNotFoundError:
    sys.exit("the race needs NumPy: pip install -r benches/race/requirements.txt")

import agree
import measure
import report
import runner
import start
import startup
import works

HERE = pathlib.Path(__file__).resolve().parent
PACKAGES = {"numpy": ["numpy"], "jax": ["jax", "optax"], "torch": ["torch"], "sklearn": ["scikit-learn"]}
COMPILED_CODE = {"TORCHINDUCTOR_CACHE_DIR": str(runner.SCRATCH / "inductor")}


@dataclass
class Result:
    """One competitor in one contest. Times are one a round."""

    contest: works.Contest
    who: str
    us: list = field(default_factory=list)                  # per step and member, without start-up and set-up
    process_s: list = field(default_factory=list)
    setup_s: list = field(default_factory=list)             # compilation, warm-up, starting workers
    others: list = field(default_factory=list)              # cores that other processes kept busy
    disturbed: list = field(default_factory=list)           # whether they needed its cores too
    loss: float | None = None                               # of member 0; W6: none
    accuracy: float | None = None                           # of member 0; W6: mean over all
    agreement: str = ""
    note: str = ""

    def calm(self, values):
        """Those of the rounds that others did not disturb; of all rounds, where there is no such."""
        return [v for v, d in zip(values, self.disturbed, strict=True) if not d] or values


def main():
    options = arguments()
    if not options.no_build:
        runner.build()
    absent = {library for library in PACKAGES if not installed(library)}
    chosen = [c for c in works.contests() if not options.only or c.work.name in options.only]
    if options.quick:
        chosen = [works.quick(c) for c in chosen]
    results, faults = [], []
    for contest in chosen:
        print(f"{contest.name}: {contest.work.what}", flush=True)
        results += race(contest, options, absent, faults)
        report.write(runner.SCRATCH, results, [], options, absent, complete=False)      # What there is, should it end early.
    starts = startup.measured(3 if options.quick else 15, absent | options.skip)
    complete = not (options.only or options.skip or options.quick or absent)
    folder = HERE if complete else runner.SCRATCH
    report.write(folder, results, starts, options, absent, complete)
    print(f"report: {folder / 'RESULTS.md'}")
    for fault in faults:
        print(f"error: {fault}", file=sys.stderr)
    return 1 if faults else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words = lambda text: {word.strip().lower() for word in text.split(",") if word.strip()}
    parser.add_argument("--only", type=words, default=set(), help="works, e.g. W1,W3")
    skip = f"of {', '.join(PACKAGES)}, runner (which then trains once, to compare with)"
    parser.add_argument("--skip", type=words, default=set(), help=skip)
    parser.add_argument("--rounds", type=int, default=0, help="times that each runs; 0: 3, or 1 with --quick")
    patience = "seconds a run to wait for idle cores, and to repeat what others disturbed"
    parser.add_argument("--patience", type=float, default=0, help=patience)
    parser.add_argument("--quick", action="store_true", help="few steps: tries the harness, measures nothing")
    parser.add_argument("--no-build", action="store_true", help="use target/debug/runner as it is")
    options = parser.parse_args()
    for given, known in ((options.only, works.WORKS.keys()), (options.skip, PACKAGES.keys() | {"runner"})):
        if given - known:
            parser.error(f"unknown: {', '.join(sorted(given - known))}; known are {', '.join(sorted(known))}")
    options.rounds = options.rounds or (1 if options.quick else 3)
    return options


def installed(library):
    try:
        return [importlib.metadata.version(package) for package in PACKAGES[library]]
    except importlib.metadata.PackageNotFoundError:
        return None


def race(contest, options, absent, faults):
    """Rounds in which each competitor runs once, so that a machine that slows down slows all alike."""
    ours = Result(contest, "runner")
    if contest.work.name == "w5":
        start.write_w5_data()
    trials = job = None
    theirs = {rival: Result(contest, rival.name, note=rival.note) for rival in contest.rivals}
    for rival, result in theirs.items():
        if rival.library in absent:
            result.note = "not installed: pip install -r benches/race/requirements.txt"
        elif rival.library in options.skip:
            result.note = "skipped"
    running = [rival for rival, result in theirs.items() if result.note == rival.note]
    for turn in range(options.rounds):
        if trials is None or "runner" not in options.skip:
            trials = run_ours(contest, ours, options)
        job = job or start.write_job(contest, trials)
        for rival in list(running):
            if rival.rounds and turn >= rival.rounds:
                continue
            try:
                run_theirs(contest, rival, theirs[rival], job, trials, options, faults)
            except measure.Failed as fault:
                theirs[rival].note = f"failed: {fault}"
                blame(faults, contest, rival, fault)
                running.remove(rival)
    return [ours, *theirs.values()]


def run_ours(contest, result, options):
    """Two budgets: their difference is training alone, and the smaller is what the rivals are given."""
    once = "runner" in options.skip
    run, trials = runner.train(contest, contest.steps, 0 if once else options.patience)
    if contest.work.name == "w6":
        result.accuracy = agree.sweep_accuracy(trials)
    else:
        result.loss, result.accuracy = float(trials[0]["train_loss"]), float(trials[0]["train_accuracy"])
    if once:
        result.note = "skipped; trained once, to compare with"
        return trials
    longer, _ = runner.train(contest, contest.long_steps, options.patience)
    steps = (contest.long_steps - contest.steps) * contest.steps_per_unit
    result.us.append((longer.wall_s - run.wall_s) * 1e6 / steps / contest.population)
    result.process_s.append(run.wall_s)
    result.setup_s.append(0.0)
    result.others.append(max(run.others, longer.others))
    result.disturbed.append(run.disturbed or longer.disturbed)
    tell(result)
    return trials


def run_theirs(contest, rival, result, job, trials, options, faults):
    peer = HERE / "peers" / f"{rival.library}_peer.py"
    command = [sys.executable, peer, job, "--mode", rival.mode, *rival.options]
    run = measure.run(command, contest.threads, contest.population, COMPILED_CODE, options.patience)
    line = json.loads(run.stdout.splitlines()[-1])
    result.us.append(line["us_per_step_per_member"])
    # A sample of the sweep is scaled to all that the rival can express.
    expressible = 1200 if rival.library == "sklearn" and contest.work.name == "w6" else contest.population
    sampled = line["trained"] < expressible
    result.process_s.append(run.wall_s + line["train_s"] * (expressible / line["trained"] - 1))
    result.setup_s.append(line["setup_s"])
    result.others.append(run.others)
    result.disturbed.append(run.disturbed)
    result.loss = line["loss"] and line["loss"][0]
    if contest.work.name == "w6":
        result.accuracy = statistics.fmean(line["accuracy"])
        verdict = agree.sweep(rival, line, trials, sampled)
    else:
        result.accuracy = line["accuracy"][0]
        verdict = agree.members(contest, rival, line, trials)
    result.agreement = verdict.said
    if not verdict.agrees:
        result.note = f"DOES NOT AGREE: {verdict.why}"
        blame(faults, contest, rival, verdict.why)
    tell(result)


def blame(faults, contest, rival, why):
    """Once, however many rounds it happens in."""
    fault = f"{contest.name}, {rival.name}: {why}"
    if fault not in faults:
        faults.append(fault)


def tell(result):
    busy = f"  others {result.others[-1]:.2f} cores" if result.disturbed[-1] else ""
    times = f"{result.us[-1]:12.3f} us/step/member  process {result.process_s[-1]:8.3f} s"
    print(f"  {result.who:16} {times}  {result.agreement}{busy}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
