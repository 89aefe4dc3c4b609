"""What a sweep costs beside its training, against trials and shards: the cost model of experiments/cluster/README.md.

    python3 benches/cluster/measure.py target/debug/runner FOLDER [TRIALS...]

Trains a sweep of iris (4-4-3, one epoch) once in one process and in shards, one shard after another, and unites them. Prints a row for
each number of trials and shards: processor time and largest memory of each kind of process, and bytes on disk. Processor time is user
and system time of the process, which other load on the machine changes little.
"""

import os
import pathlib
import shutil
import subprocess
import sys

SWEEP = """
pairing = "softmax+cross_entropy"
[data]
source = "iris.csv"
target = "species"
split = {{ validation = 0.2, test = 0.2 }}
[model]
hidden = [4]
[train]
epochs = 1
batch = 16
seeds = 10
[sweep]
limit = {limit}
"optimizer.learning_rate" = {{ log = [0.001, 1.0], points = {points} }}
[compare]
by = "optimizer.learning_rate"
[report]
figures = false
"""


def run(runner, folder, *arguments, code=0):
    """Processor seconds and largest memory in bytes of one process."""
    with open(os.devnull, "wb") as null:
        child = subprocess.Popen([runner, *arguments], cwd=folder, stdout=null, stderr=null)
        _, status, usage = os.wait4(child.pid, 0)
    assert os.waitstatus_to_exitcode(status) == code, (arguments, os.waitstatus_to_exitcode(status))
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024


def size(folder):
    return sum(path.stat().st_size for path in pathlib.Path(folder).rglob(".runner.records"))


def main():
    runner, folder = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).absolute()
    sizes = [int(n) for n in sys.argv[3:]] or [1_000, 10_000, 100_000]
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "experiments").mkdir(parents=True)
    shutil.copy(pathlib.Path(__file__).parents[2] / "datasets/iris.csv", folder / "experiments")
    print("| trials | shards | one process, s | plan, s | a shard, s | all shards, s | merge, s | status, s | MB of a shard | MB of the merge | kB on disk a trial |")
    print("|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    for trials in sizes:
        file = folder / "experiments/scale.toml"
        # The comparison of thousands of arms with one another is no part of this: one sweep, no arms.
        text = SWEEP.format(limit=trials, points=trials // 10).replace('[compare]\nby = "optimizer.learning_rate"\n', "")
        file.write_text(text)
        name = "experiments/scale.toml"
        one, _ = run(runner, folder, name, "--quiet", "--threads", "1", "--results", "one")
        plan, _ = run(runner, folder, "submit", name, "--to", "slurm", "--dry-run", "--results", "none")
        for shards in (1, 10, 100):
            shutil.rmtree(folder / "parts", ignore_errors=True)
            each = [
                run(runner, folder, name, "--quiet", "--threads", "1", "--results", "parts", "--shard", f"{i}/{shards}")
                for i in range(shards)
            ]
            total, most = sum(cpu for cpu, _ in each), max(rss for _, rss in each)
            status, _ = run(runner, folder, "status", "parts/scale")
            bytes_ = size(folder / "parts") / trials
            merge, merge_rss = run(runner, folder, "merge", "parts/scale", "--results", "united", "--quiet")
            shutil.rmtree(folder / "united", ignore_errors=True)
            print(
                f"| {trials:,} | {shards} | {one:.2f} | {plan:.2f} | {total / shards:.2f} | {total:.1f} | {merge:.2f} | {status:.2f} "
                f"| {most / 1e6:.0f} | {merge_rss / 1e6:.0f} | {bytes_ / 1e3:.2f} |",
                flush=True,
            )
        shutil.rmtree(folder / "one", ignore_errors=True)


main()
