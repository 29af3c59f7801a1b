"""Run make targets, two at a time, start no further one after a failure, and add up what they tested.

Usage: run_suites.py TARGET...   Every target leaves its JUnit report in .cache/reports/TARGET.xml. What failed is told
once more at the end, where only the last lines of a log are kept; the last line printed is the sum, ``N passed, N
failed``. With KEEP_GOING set, the targets after a failed one are run as well. TEST_JOBS says how many at a time (2):
most of them keep no more than one core busy, or wait for an emulator.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event

from reports import REPORTS, ROOT, Totals, failures, read


@dataclass(frozen=True)
class Outcome:
    """What one target came to; ``totals`` is None if it was not run, ``cpu`` the seconds of CPU that it took."""

    target: str
    totals: Totals | None = None
    seconds: float = 0.0
    cpu: float = 0.0

    def __str__(self) -> str:
        if self.totals is None:
            return f"{self.target:<16} not run"
        return f"{self.target:<16} {self.totals} ({self.seconds:.0f} s, {self.cpu:.0f} s of CPU)"


def run(target: str) -> Outcome:
    """Run ``make target``, its output behind its name. A failure that its report does not show counts as one, so does a
    lacking report.
    """
    report = REPORTS / f"{target}.xml"
    report.unlink(missing_ok=True)
    start = time.monotonic()
    process = subprocess.Popen(
        [os.environ.get("MAKE", "make"), target],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert process.stdout is not None
    with process.stdout as lines:
        for line in lines:
            print(f"{target} | {line}", end="", flush=True)
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    totals = read(report) if report.exists() else Totals(failed=1)
    if status and not totals.failed:
        totals += Totals(failed=1)
    if not totals.passed and not totals.failed:
        print(f"{target}: no test was run", file=sys.stderr)
        totals += Totals(failed=1)
    return Outcome(target, totals, time.monotonic() - start, usage.ru_utime + usage.ru_stime)


def main(targets: list[str]) -> int:
    stop = Event()

    def run_unless_stopped(target: str) -> Outcome:
        outcome = Outcome(target) if stop.is_set() else run(target)
        if outcome.totals and outcome.totals.failed and not os.environ.get("KEEP_GOING"):
            stop.set()
        return outcome

    with ThreadPoolExecutor(int(os.environ.get("TEST_JOBS", "2"))) as pool:
        outcomes = list(pool.map(run_unless_stopped, targets))
    for outcome in outcomes:
        if outcome.totals and outcome.totals.failed:
            for case in failures(REPORTS / f"{outcome.target}.xml"):
                print(f"\n=== {outcome.target}: {case.name} failed\n{case.failure}")
    print("\n=== summary")
    for outcome in outcomes:
        print(outcome)
    print(sum((outcome.totals for outcome in outcomes if outcome.totals), Totals()))
    return int(any(outcome.totals and outcome.totals.failed for outcome in outcomes))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
