"""Run the collection with the versions of tests/versions/matrix.yml: there and back, twice each, and the doctor.

Usage: matrix.py [NAME...]   NAME: only these rows. A Python that is not on this machine is told, and left out.

Each row has an environment of its own below .cache/matrix, with nothing but the package ansible and the AWS SDK, and
the artifact of .cache/matrix/dist installed. The two accounts come from an emulator. A warning that is not among those
of others in the table is a failure.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import yaml
from checks import CheckFailed, attempt, changes, emulator
from reports import ROOT, write

TABLE = ROOT / "tests" / "versions" / "matrix.yml"
TARGET = ROOT / ".cache" / "matrix"
UV = str(ROOT / ".cache" / "bootstrap" / "bin" / "uv")
PORT = os.environ.get("MATRIX_EMULATOR_PORT", "4575")
COLLECTION = "dax.cross_account"
# What Ansible says of versions to come, and whatever else it warns of.
_WARNING = re.compile(r"\[(?:DEPRECATION )?WARNING\]: .*(?:\n(?!\n|\w+ \[|TASK |PLAY |ok: |changed: |\[).*)*")


@dataclass(frozen=True)
class Row:
    """A row of the table."""

    name: str
    python: str
    packages: list[str]
    expected: dict[str, str]


@cache
def table() -> dict[str, Any]:
    """Return the table: ``rows``, and ``warnings_of_others`` with a ``pattern`` and the reason each."""
    return dict(yaml.safe_load(TABLE.read_text(encoding="utf-8")))


def rows() -> list[Row]:
    """Return the rows of the table, in order."""
    return [Row(**row) for row in table()["rows"]]


def python_of(version: str) -> str | None:
    """Return the path of a Python of this version, or None. Searched for on PATH, by uv, and where pyenv has them."""
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    found = sorted(home.glob(f"versions/{version}.*/bin/python"))
    if found:
        return str(found[-1])
    done = subprocess.run([UV, "python", "find", version], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else None


def warnings_of(output: str) -> list[str]:
    """Return the warnings in what Ansible printed, each as one line, without those of others."""
    others = [each["pattern"] for each in table()["warnings_of_others"]]
    found = [" ".join(each.split()) for each in _WARNING.findall(output)]
    return [each for each in found if not any(re.search(pattern, each) for pattern in others)]


class Environment:
    """An environment with the versions of a row, and the artifact."""

    def __init__(self, row: Row, python: str) -> None:
        self.row, self.folder = row, TARGET / row.name
        self._python = python

    def make(self) -> None:
        """Install it, unless the same is there already; the artifact is new each time."""
        wanted = json.dumps([self._python, self.row.packages])
        made = self.folder / "made.json"
        if not made.is_file() or made.read_text(encoding="utf-8") != wanted:
            shutil.rmtree(self.folder, ignore_errors=True)
            _run([UV, "venv", "--quiet", "--python", self._python, str(self.folder / "venv")])
            install = [UV, "pip", "install", "--quiet", "--python", str(self.folder / "venv")]
            _run([*install, "--prerelease", "if-necessary-or-explicit", "boto3", "botocore", *self.row.packages])
            made.write_text(wanted, encoding="utf-8")
        shutil.rmtree(self.folder / "collections", ignore_errors=True)
        (artifact,) = (TARGET / "dist").glob("*.tar.gz")
        galaxy = ("ansible-galaxy", "collection", "install", "--no-deps", "--offline", "-p", "collections")
        self.run(*galaxy, str(artifact))

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of the environment, away from the checkout, and return what it prints."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "AWS_"))}
        own |= {
            "PATH": f"{self.folder / 'venv' / 'bin'}:{os.environ['PATH']}",
            "ANSIBLE_COLLECTIONS_PATH": str(self.folder / "collections"),
            "ANSIBLE_HOME": str(self.folder / "home"),
            "DAX_EMULATOR_URL": f"http://127.0.0.1:{PORT}",
            "NO_COLOR": "1",
        }
        return _run([str(self.folder / "venv" / "bin" / program), *arguments], own, self.folder)

    def versions(self) -> dict[str, str]:
        """Return the versions that are installed."""
        core = re.search(r"core ([\w.]+)", self.run("ansible", "--version"))
        listed = json.loads(self.run("ansible-galaxy", "collection", "list", "amazon.aws", "--format", "json"))
        (aws,) = {each["amazon.aws"]["version"] for each in listed.values() if "amazon.aws" in each}
        boto = self.run("python", "-c", "import boto3; print(boto3.__version__)").strip()
        return {"ansible-core": core[1] if core else "", "amazon.aws": aws, "boto3": boto}

    def play(self, playbook: str) -> str:
        inventory = self.folder / "collections" / "ansible_collections" / Path(*COLLECTION.split("."))
        return self.run("ansible-playbook", "--inventory", str(inventory / "inventories" / "localstack"), playbook)


def _run(command: list[str], environment: Mapping[str, str] | None = None, folder: Path = ROOT) -> str:
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CheckFailed(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def check(environment: Environment) -> dict[str, str]:
    """Run there and back with an environment, and return its versions; raise CheckFailed with what is wrong."""
    found = environment.versions()
    for name, expected in environment.row.expected.items():
        if not f"{found[name]}.".startswith(f"{expected}."):
            raise CheckFailed(f"{name} is {found[name]}, and the table says {expected}")
    with emulator(PORT, ROOT / ".emulator" / "matrix"):
        environment.play(str(ROOT / "tests" / "demo" / "create.yml"))
        for step, playbook, changed in (
            ("first run", f"{COLLECTION}.site", True),
            ("second run", f"{COLLECTION}.site", False),
            ("doctor", f"{COLLECTION}.doctor", False),
            ("teardown", f"{COLLECTION}.teardown", True),
            ("second teardown", f"{COLLECTION}.teardown", False),
        ):
            output = environment.play(playbook)
            count = changes(output)
            if bool(count) is not changed:
                raise CheckFailed(f"{step}: {count} changes\n{output}")
            if warned := warnings_of(output):
                raise CheckFailed(f"{step}: " + "\n".join(warned))
    return found


def there_and_back(row: Row, python: str | None) -> str:
    """Run a row, and return the versions that were run; raise CheckFailed with what is wrong."""
    if python is None:
        raise CheckFailed(f"there is no Python {row.python}")
    environment = Environment(row, python)
    environment.make()
    return ", ".join(f"{name} {version}" for name, version in check(environment).items())


def main(names: list[str]) -> int:
    """Run the rows, print a line for each, and write the report."""
    known = rows()
    if unknown := sorted(set(names) - {row.name for row in known}):
        print(f"matrix: no row {', '.join(unknown)} in {TABLE.relative_to(ROOT)}", file=sys.stderr)
        return 2
    cases = []
    for row in known:
        if names and row.name not in names:
            continue
        python = python_of(row.python)
        if python is None and os.environ.get("REQUIRE_ALL") != "true":
            print(f"matrix: {row.name:<14} left out: there is no Python {row.python} here", flush=True)
            continue
        cases.append(attempt("matrix", row.name, partial(there_and_back, row, python)))
    write("version-test", cases)
    return int(any(case.failure for case in cases))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
