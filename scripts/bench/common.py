"""What all benchmarks need: programs as processes, their time and memory, tables."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

HERE = os.path.dirname(os.path.abspath(__file__))
RELEASE = os.path.join(os.environ.get("CARGO_TARGET_DIR", "target"), "release")


@dataclass
class Ran:
    """A process that ended well: what it printed and what it cost."""

    output: str
    wall: float
    cpu: float
    peak_mib: float

    @property
    def json(self):
        return json.loads(self.output)


def run(command, env=None):
    """Runs a program to its end; stops the benchmark when it fails."""
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
        start = time.perf_counter()
        child = subprocess.Popen(
            [str(part) for part in command], stdout=output, stderr=errors, env={**os.environ, **(env or {})}
        )
        _, status, usage = os.wait4(child.pid, 0)
        wall = time.perf_counter() - start
        child.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        errors.seek(0)
        text = output.read().decode()
        if child.returncode != 0:
            message = errors.read().decode(errors="replace")[-4000:]
            sys.exit(f"{command[0]} ended with {child.returncode}\n{text}\n{message}")
    return Ran(text, wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def program(name):
    return os.path.join(RELEASE, name)


def python(script, *arguments):
    return [sys.executable, os.path.join(HERE, script), *arguments]


@dataclass
class Series:
    """What one contender took, round by round."""

    name: str
    wall: list = field(default_factory=list)
    cpu: list = field(default_factory=list)
    peak: list = field(default_factory=list)

    def add(self, ran, wall=None):
        self.wall.append(ran.wall if wall is None else wall)
        self.cpu.append(ran.cpu)
        self.peak.append(ran.peak_mib)


def times(theirs, ours):
    """How many times as long theirs took: the median of the ratios of each round."""
    return statistics.median(a / b for a, b in zip(theirs, ours))


def table(title, head, rows):
    """Prints a table."""
    cells = [head] + [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    print(f"\n{title}")
    for row in cells:
        first, rest = row[0].ljust(widths[0]), [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join([first, *rest]))
    sys.stdout.flush()


def note(text):
    print(f"  {text}")
    sys.stdout.flush()


def same(what, counts):
    """Stops the benchmark unless all contenders agree."""
    if len(set(counts.values())) != 1:
        sys.exit(f"{what} differ: {counts}")
