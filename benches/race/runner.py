"""runner as its user calls it: `runner FILE --threads T --results FOLDER`, and `runner trace FILE` for the start of a member.

Numbers come out of the files that a run writes. Nothing here reads runner's source or links against it.
"""

import csv
import json
import pathlib
import shutil
import subprocess
import tempfile

import measure

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARY = ROOT / "target" / "debug" / "runner"
SCRATCH = ROOT / "target" / "race"      # Git ignores target/.
LOWEST_SHARE = 0.1                      # Learning rates go from the work's own to a tenth of it.
RATE = {"w1": 0.1, "w2": 0.1, "w3": 0.003, "w4": 0.001}


def build():
    subprocess.run(["cargo", "build", "--quiet"], cwd=ROOT, check=True)


def version():
    return subprocess.run([BINARY, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def experiment(contest):
    return ROOT / "experiments" / "race" / f"{contest.work.name}.toml"


def overrides(contest, steps):
    """--set options: how long, and how many members."""
    pairs = [f"train.{'epochs' if contest.work.name == 'w6' else 'steps'}={steps}"]
    if contest.work.name in RATE:
        rate, count = RATE[contest.work.name], contest.seeds
        axis = f"{{ log = [{rate}, {rate * LOWEST_SHARE:g}], points = {count} }}" if count > 1 else f"[{rate}]"
        pairs += [f"train.seeds={count}", f'sweep."optimizer.learning_rate"={axis}']
    return [word for pair in pairs for word in ("--set", pair)]


def train(contest, steps, patience_s=0):
    """The timed run, and its trials.csv as one dictionary a member, in the order of the plan."""
    SCRATCH.mkdir(parents=True, exist_ok=True)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="results-", dir=SCRATCH))   # Fresh: a finished run would be taken over.
    try:
        command = [BINARY, experiment(contest), "--quiet", "--threads", contest.threads, "--results", folder]
        run = measure.run(command + overrides(contest, steps), contest.threads, contest.population, None, patience_s)
        with open(folder / contest.work.name / "trials.csv", newline="") as file:
            return run, list(csv.DictReader(file))
    finally:
        shutil.rmtree(folder)


def trace(contest, trial):
    """The start and the batches of one member. The data, which are a gigabyte for W5 and close the document, are left out there."""
    steps = 1 if contest.work.batch == 0 else contest.steps
    command = [BINARY, "trace", experiment(contest), "--trial", trial, "--steps", steps, *overrides(contest, contest.steps)]
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE)
    text, data = b"", b',"x":'
    while block := process.stdout.read(1 << 20):
        text += block
        if contest.work.name == "w5" and data in text[-len(block) - len(data) :]:
            process.kill()
            text = text[: text.index(data)] + b"}"
            break
    process.stdout.close()
    if process.wait() > 0:              # A killed process has a negative code.
        raise measure.Failed(f"{' '.join(map(str, command))}: exit code {process.returncode}")
    return json.loads(text)
