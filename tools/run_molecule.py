"""Run molecule scenarios in groups side by side, each with an emulator of its own, and write the report of the suite.

Usage: run_molecule.py [SCENARIO...]   Without one, all of them. What came of each is read from molecule's recap.
MOLECULE_GROUPS says how many groups (3). The first emulator listens on MOLECULE_EMULATOR_PORT, the next one
on the port after it. What failed is told once more at the end: the tests by their own reports, which pytest leaves in
.cache/reports/molecule/SCENARIO.xml, anything else by the last lines of its scenario.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from reports import REPORTS, ROOT, Case, failures, write

# As in: site   : actions=5  successful=4  disabled=0  skipped=0  missing=0  failed=1
RECAP = re.compile(r"^(\S+)\s*: actions=(\d+)\s+successful=(\d+) .*failed=(\d+)\s*$")
STEP = re.compile(r"INFO +\[(\S+) > \S+\] Executing$")
FAILED = re.compile(r"\[\S+ > \S+\] Executed: Failed")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
# Owns the emulator; it tests nothing.
SHARED = "default"
# Of a step that failed without a test that did.
LAST_LINES = 40

# How many seconds the scenarios take on two cores, to make groups that end together; the others take about a minute.
USUAL = 60
SECONDS = {
    "assume_role": 100,
    "aws": 140,
    "awx": 200,
    "demo": 180,
    "doctor": 340,
    "drift": 220,
    "examples": 240,
    "faults": 200,
    "interrupted": 150,
    "late": 600,
    "many_consumers": 150,
    "networks": 150,
    "newcomer": 180,
    "ownership": 240,
    "permissions": 160,
    "reuse": 130,
    "site": 250,
    "teardown": 500,
    "together": 240,
    "two_teams": 250,
    "wrong_input": 130,
}


def cases(lines: list[str], tests: Path = REPORTS / "molecule") -> list[Case]:
    """Return one case for each scenario of the recap; its failure is what molecule says of it, and why.

    :param tests: where the scenarios' tests have left their reports.
    """
    found = []
    for line in lines:
        match = RECAP.match(line)
        if not match:
            continue
        name, _actions, successful, failed = match.group(1), *(int(number) for number in match.groups()[1:])
        if name == SHARED and not failed:
            continue
        details = [detail for detail in lines if detail.startswith(f"{name} > ") and "Failed" in detail]
        if failed:
            said = "\n".join([*(details or [line]), *why(name, lines, tests / f"{name}.xml")])
            found.append(Case(name, 0.0, said))
        else:
            found.append(Case(name, 0.0, None if successful else "no action was run"))
    return found


def why(name: str, lines: list[str], report: Path) -> list[str]:
    """Return what the tests of a scenario that failed say, or the last lines of the first step of it that failed."""
    if failed := failures(report):
        return [f"{test.name}: {test.failure}" for test in failed]
    step: list[str] = []
    for line in lines:
        if STEP.search(line):
            step = []
        elif FAILED.search(line) and f"[{name} > " in line:
            return step[-LAST_LINES:]
        step.append(line)
    return []


def scenarios() -> list[str]:
    """Return the names of all scenarios but the one that owns the emulator."""
    files = (ROOT / "extensions/molecule").glob("*/molecule.yml")
    return sorted(path.parent.name for path in files if path.parent.name != SHARED)


def groups(names: list[str], number: int) -> list[list[str]]:
    """Return the scenarios in at most so many groups that take about the same time."""
    made: list[list[str]] = [[] for _ in range(number)]
    for name in sorted(names, key=lambda name: (-SECONDS.get(name, USUAL), name)):
        min(made, key=lambda group: sum(SECONDS.get(each, USUAL) for each in group)).append(name)
    return [sorted(group) for group in made if group]


def run(names: list[str], port: int, label: str) -> tuple[int, list[Case]]:
    """Run scenarios in one call of molecule, so that they share one emulator; print each line after ``label``."""
    # What molecule keeps of a run is this run's own. After one that did not get to its end, it would take the emulator,
    # which the Makefile has stopped, for one that runs.
    state = ROOT / f".cache/molecule-{port}"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    for name in names:
        (REPORTS / f"molecule/{name}.xml").unlink(missing_ok=True)
    command = ["molecule", "test", "--no-command-borders", "--destroy", "never" if os.environ.get("KEEP") else "always"]
    for name in names:
        command += ["--scenario-name", name]
    own = {"NO_COLOR": "1", "MOLECULE_EPHEMERAL_DIRECTORY": str(state), "MOLECULE_EMULATOR_PORT": str(port)}
    lines = []
    seconds: dict[str, float] = {}
    name, since = "", time.monotonic()
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **own},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or []:
            print(f"{label}{line}", end="", flush=True)
            lines.append(ESCAPE.sub("", line).rstrip())
            if step := STEP.search(lines[-1]):
                now = time.monotonic()
                seconds[name] = seconds.get(name, 0) + now - since
                name, since = step[1], now
    seconds[name] = seconds.get(name, 0) + time.monotonic() - since
    found = [replace(case, seconds=seconds.get(case.name, 0.0)) for case in cases(lines)]
    ran = {case.name for case in found}
    # After a scenario that failed molecule runs no further one.
    found += [Case(name, 0.0, "not run") for name in names if name not in ran and not process.returncode]
    return process.returncode, found


def main(names: list[str]) -> int:
    there = scenarios()
    unknown = [name for name in names if name not in there]
    if unknown or not there:
        print(
            f"SCENARIO: unknown: {', '.join(unknown) or 'all'}; there are {', '.join(there) or 'none'}", file=sys.stderr
        )
        return 2
    made = groups(names or there, int(os.environ.get("MOLECULE_GROUPS", "3")))
    first = int(os.environ.get("MOLECULE_EMULATOR_PORT", "4577"))
    with ThreadPoolExecutor(len(made)) as pool:
        labels = [f"{number} | " if len(made) > 1 else "" for number in range(1, len(made) + 1)]
        ports = [first + number for number in range(len(made))]
        outcomes = list(pool.map(run, made, ports, labels))
    found = sorted((case for _code, cases in outcomes for case in cases), key=lambda case: case.name)
    write("molecule", found)
    for case in found:
        if case.failure is not None:
            print(f"\nmolecule: {case.name} failed\n{case.failure}")
    return max(code for code, _cases in outcomes) or int(any(case.failure is not None for case in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
