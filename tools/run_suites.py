"""Run make targets one after the other, stop at the first that fails, and add up what they tested.

Usage: run_suites.py TARGET...   Every target leaves its JUnit report in .cache/reports/TARGET.xml. The last line
printed is the sum, ``N passed, N failed``. With KEEP_GOING set, the targets after a failed one are run as well.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass

from reports import REPORTS, ROOT, Totals, read


@dataclass(frozen=True)
class Outcome:
    """What one target came to; ``totals`` is None if it was not run."""

    target: str
    totals: Totals | None = None
    seconds: float = 0.0

    def __str__(self) -> str:
        if self.totals is None:
            return f"{self.target:<16} not run"
        return f"{self.target:<16} {self.totals} ({self.seconds:.0f} s)"


def run(target: str) -> Outcome:
    """Run ``make target``. A failure that its report does not show counts as one, so does a lacking report."""
    print(f"\n=== {target}", flush=True)
    report = REPORTS / f"{target}.xml"
    report.unlink(missing_ok=True)
    start = time.monotonic()
    status = subprocess.run([os.environ.get("MAKE", "make"), target], cwd=ROOT, check=False).returncode
    totals = read(report) if report.exists() else Totals(failed=1)
    if status and not totals.failed:
        totals += Totals(failed=1)
    if not totals.passed and not totals.failed:
        print(f"{target}: no test was run", file=sys.stderr)
        totals += Totals(failed=1)
    return Outcome(target, totals, time.monotonic() - start)


def main(targets: list[str]) -> int:
    outcomes: list[Outcome] = []
    failed = False
    for target in targets:
        outcome = Outcome(target) if failed and not os.environ.get("KEEP_GOING") else run(target)
        failed = failed or bool(outcome.totals and outcome.totals.failed)
        outcomes.append(outcome)
    print("\n=== summary")
    for outcome in outcomes:
        print(outcome)
    print(sum((outcome.totals for outcome in outcomes if outcome.totals), Totals()))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
