"""The simulated platform as a process of its own."""

import json
import subprocess
import urllib.request

from common import program

DAY = "2026-09-01"
# Jobs have everything.
WATERMARK = "2026-09-03T00:00:00Z"


class Simulator:
    """Serves one day of conversations, rendered before the clock runs."""

    def __init__(self, conversations, bytes_each, *flags):
        command = [
            program("gc-sim"), "serve", "--port", "0", "--warm", "--days", "1", "--last-day", DAY,
            "--watermark", WATERMARK, "--conversations-per-day", str(conversations),
            "--bytes-per-conversation", str(bytes_each),
            *flags,
        ]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().split()[-1]
        self.env = {}
        for _ in range(4):
            name, value = self.process.stdout.readline().strip().removeprefix("export ").split("=", 1)
            self.env[name] = value.strip("'\"")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def records(self):
        """Yields each conversation as a line of JSON."""
        with urllib.request.urlopen(f"{self.url}/_sim/conversations?date={DAY}") as answer:
            yield from answer

    def requests(self):
        """Returns how many requests each operation had so far."""
        with urllib.request.urlopen(f"{self.url}/_sim/state") as answer:
            return json.load(answer)["requests"]
