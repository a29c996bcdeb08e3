"""Peak memory and requests of gc-history for days of 1 GB and 4 GB."""

import os
import shutil

from common import note, table
from export import gc_history
from simulator import Simulator

BYTES_EACH = 20_000
# What the archive keeps of each conversation of the day in hand.
BYTES_AN_ID = 32


def measure(conversations, folder, rounds):
    peaks = []
    with Simulator(conversations, BYTES_EACH) as simulator:
        for _ in range(rounds):
            place = os.path.join(folder, "memory")
            os.mkdir(place)
            before = simulator.requests()
            ran, rows = gc_history(simulator, place)
            after = simulator.requests()
            peaks.append((ran.peak_mib, ran.wall))
            shutil.rmtree(place)
    return peaks, rows, cost(ran), polls(before, after)


def cost(ran):
    """Returns the requests spent on the day and the least that do the job."""
    (day,) = ran.json["partitions"]
    return day["requests"], day["leastRequests"]


def polls(before, after):
    """Returns how often the job was asked for its state."""
    asked = [name for name in after if name.startswith("GET") and name.endswith("/jobs/{jobId}")]
    return sum(after[name] - before.get(name, 0) for name in asked)


def run_part(options, folder):
    days = [10_000] if options.quick else [50_000, 200_000] if options.full else [50_000]
    rows = []
    for conversations in days:
        peaks, count, requests, polled = measure(conversations, folder, min(options.rounds, 3))
        peak, seconds = max(peaks)
        ids = count * BYTES_AN_ID / 2**20
        rows.append([
            f"{conversations * BYTES_EACH / 1e9:.1f} GB", count, f"{seconds:.1f}", f"{peak:.0f}", f"{peak - ids:.0f}",
            *requests, polled,
        ])
    head = ["day", "conversations", "seconds", "peak MiB", "without ids", "requests", "least", "polls"]
    table("Memory and requests of gc-history, largest of the rounds", head, rows)
    note("\"Without ids\" leaves out 32 bytes for each conversation. The least holds one look at the job's state; each")
    note("further poll is above it. The token is not counted.")
