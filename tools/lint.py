"""Run the linters, two at a time, print what each of those that fail has to say, and write the report of the suite.

Usage: lint.py [NAME...]   NAME: run only these checks (``make lint CHECKS="ruff mypy"``).
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor, as_completed

from reports import ROOT, Case, write

# The slowest first, so that the others run beside them.
CHECKS: dict[str, list[str]] = {
    "antsibull-docs": [
        "antsibull-docs",
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs=self",
        ".",
    ],
    "docs": [sys.executable, "tools/docs_site.py"],
    "ansible-lint": ["ansible-lint", "--nocolor", "--strict"],
    "mypy": ["mypy", "-p", "ansible_collections.dax.cross_account.plugins"],
    "mypy-emulator": ["mypy", "--python-executable=.venv-emulator/bin/python", "-p", "dax_emulator"],
    "mypy-tools": ["mypy", "tools"],
    "mypy-aws": ["mypy", "-p", "aws_suite"],
    "yamllint": ["yamllint", "--strict", "."],
    "ruff": ["ruff", "check", "--quiet", "."],
    "ruff-format": ["ruff", "format", "--check", "."],
    "changelog": ["antsibull-changelog", "lint"],
    "generated": [sys.executable, "tools/generate.py", "--check"],
    "modules": [sys.executable, "tools/check_modules.py"],
    "licences": ["reuse", "lint", "--lines"],
    "addresses": [sys.executable, "tools/addresses.py"],
    "strings": [sys.executable, "tools/check_strings.py"],
    "permissions": [sys.executable, "tools/permissions.py", "--check"],
}


def environment() -> dict[str, str]:
    """The environment of all checks.

    antsibull-docs copies amazon.aws as git tracks it, which is not at all: .venv is ignored. With the ceiling git finds
    no repository there, and the folder is copied as it is.
    """
    return {**os.environ, "GIT_CEILING_DIRECTORIES": str(ROOT / ".venv"), "NO_COLOR": "1"}


def run(name: str) -> Case:
    """Run one check; a tool that is not there is a failure."""
    start = time.monotonic()
    try:
        done = subprocess.run(
            CHECKS[name],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        failure = None if done.returncode == 0 else done.stdout.strip() or f"exit code {done.returncode}"
    except OSError as error:
        failure = str(error)
    return Case(name, time.monotonic() - start, failure)


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"CHECKS: unknown: {', '.join(unknown)}; there are {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    cases: list[Case] = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for future in as_completed([pool.submit(run, name) for name in names or CHECKS]):
            case = future.result()
            cases.append(case)
            print(
                f"lint: {case.name:<15} {'ok' if case.failure is None else 'FAILED'} ({case.seconds:.1f} s)", flush=True
            )
            if case.failure is not None:
                print(case.failure, flush=True)
    write("lint", cases)
    return int(any(case.failure is not None for case in cases))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
