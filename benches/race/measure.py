"""Runs one process on so many cores and says how long it took, from start to exit, and who else used the machine meanwhile.

It does not know what it runs.
"""

import os
import pathlib
import subprocess
import time
from dataclasses import dataclass

CORES = sorted(os.sched_getaffinity(0))
LIMIT_S = 1800          # Longer than anything here should take.
BUSY = 0.1              # Cores: what a machine that idles uses.


class Failed(Exception):
    """The process ended with a fault; the message is the last of what it said."""


@dataclass(frozen=True)
class Run:
    stdout: str
    wall_s: float
    others: float           # cores that other processes kept busy meanwhile, on average
    disturbed: bool         # whether they needed its cores too


def run(command, threads, population=1, environment=None, patience_s=0):
    """Pinned to the last `threads` cores; libraries are told the same number.

    With patience it waits for cores that are idle, and repeats a run that others disturbed; when patience ends, the least
    disturbed of them counts. Which run is kept does not depend on how long it took.
    """
    end = time.perf_counter() + patience_s
    best = None
    while True:
        while time.perf_counter() < end and disturbs(used_by_all(0.5), threads):
            pass
        this = run_once(command, threads, population, environment)
        best = this if best is None or this.others < best.others else best
        if not best.disturbed or time.perf_counter() >= end:
            return best


def disturbs(others, threads):
    return threads + others > len(CORES) + BUSY


def used_by_all(seconds):
    """Cores in use, on average over the next `seconds`."""
    before = machine_busy_s()
    time.sleep(seconds)
    return (machine_busy_s() - before) / seconds


def run_once(command, threads, population, environment):
    told = {
        "OMP_NUM_THREADS": str(threads),
        "MKL_NUM_THREADS": str(threads),
        # A population in NumPy is split over processes, one core each.
        "OPENBLAS_NUM_THREADS": str(threads if population == 1 else 1),
    }
    busy_before, begin = machine_busy_s(), time.perf_counter()
    process = subprocess.Popen(
        [str(c) for c in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **told, **(environment or {})},
        preexec_fn=lambda: os.sched_setaffinity(0, CORES[-threads:]),
    )
    own_before = own_busy_s()
    try:
        stdout, stderr = process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise Failed(f"stopped after {LIMIT_S} s") from None
    wall_s = time.perf_counter() - begin
    others = (machine_busy_s() - busy_before - (own_busy_s() - own_before)) / wall_s
    if process.returncode != 0:
        lines = (stderr or stdout).strip().splitlines()
        raise Failed(lines[-1] if lines else f"exit code {process.returncode}")
    return Run(stdout, wall_s, max(0.0, others), disturbs(others, threads))


def first_output_s(command, environment=None):
    """From the start of a process to the first byte on either of its streams; the process is then waited for."""
    reader, writer = os.pipe()
    begin = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=writer, stderr=writer, env={**os.environ, **(environment or {})})
    os.close(writer)
    first = os.read(reader, 1)
    seconds = time.perf_counter() - begin
    while os.read(reader, 1 << 16):
        pass
    os.close(reader)
    if process.wait() != 0 or not first:
        raise Failed(f"{command[0]}: exit code {process.returncode}")
    return seconds


def own_busy_s():
    """CPU seconds of the children waited for, and of this process."""
    t = os.times()
    return t.user + t.system + t.children_user + t.children_system


def machine_busy_s():
    """CPU seconds of all cores since boot, without idle time and waiting for disks."""
    fields = pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    user, nice, system, _, _, irq, softirq, steal = (int(v) for v in fields[:8])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")
