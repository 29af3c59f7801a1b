"""Run molecule scenarios in one call of molecule, so that they share one emulator, and write the report of the suite.

Usage: run_molecule.py [SCENARIO...]   Without one, all of them. What came of each is read from molecule's recap.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys

from reports import ROOT, Case, write

# As in: site   : actions=5  successful=4  disabled=0  skipped=0  missing=0  failed=1
RECAP = re.compile(r"^(\S+)\s*: actions=(\d+)\s+successful=(\d+) .*failed=(\d+)\s*$")
ESCAPE = re.compile(r"\x1b\[[0-9;]*m")
# Owns the emulator; it tests nothing.
SHARED = "default"


def cases(lines: list[str]) -> list[Case]:
    """Return one case for each scenario of the recap; its failure is what molecule says of it in its details."""
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
            found.append(Case(name, 0.0, "\n".join(details) or line))
        else:
            found.append(Case(name, 0.0, None if successful else "no action was run"))
    return found


def scenarios() -> list[str]:
    """Return the names of all scenarios but the one that owns the emulator."""
    files = (ROOT / "extensions/molecule").glob("*/molecule.yml")
    return sorted(path.parent.name for path in files if path.parent.name != SHARED)


def main(names: list[str]) -> int:
    there = scenarios()
    unknown = [name for name in names if name not in there]
    if unknown or not there:
        print(
            f"SCENARIO: unknown: {', '.join(unknown) or 'all'}; there are {', '.join(there) or 'none'}", file=sys.stderr
        )
        return 2
    # What molecule keeps of a run is this run's own. After one that did not get to its end, it would take the emulator,
    # which the Makefile has stopped, for one that runs.
    state = ROOT / ".cache/molecule"
    shutil.rmtree(state, ignore_errors=True)
    state.mkdir(parents=True)
    command = ["molecule", "test", "--no-command-borders", "--destroy", "never" if os.environ.get("KEEP") else "always"]
    for name in names or there:
        command += ["--scenario-name", name]
    lines = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "NO_COLOR": "1", "MOLECULE_EPHEMERAL_DIRECTORY": str(state)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or []:
            print(line, end="", flush=True)
            lines.append(ESCAPE.sub("", line).rstrip())
    found = cases(lines)
    ran = {case.name for case in found}
    # After a scenario that failed molecule runs no further one.
    found += [Case(name, 0.0, "not run") for name in (names or there) if name not in ran and not process.returncode]
    write("molecule", found)
    return process.returncode or int(any(case.failure is not None for case in found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
