"""Shards of an experiment as Ray tasks: python ray_sweep.py FILE SHARDS [RESULTS]

Every node must see the working folder under the same path, as with any other engine. Tried with Ray 2.60.0.
"""

import pathlib
import subprocess
import sys

import ray

file, shards = sys.argv[1], int(sys.argv[2])
results = sys.argv[3] if len(sys.argv) > 3 else "results"


@ray.remote(num_cpus=1, max_retries=3, retry_exceptions=True)
def train(index):
    command = ["runner", file, "--results", results, "--quiet", "--threads", "1", "--shard", f"{index}/{shards}"]
    subprocess.run(command, check=True)


ray.init()
ray.get([train.remote(index) for index in range(shards)])
whole = f"{results}/{pathlib.Path(file).stem}"
sys.exit(subprocess.run(["runner", "merge", whole, "--results", results]).returncode)
