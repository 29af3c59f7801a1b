"""What the programs share that try the built artifact: a check and how it fails, an emulator, a playbook's changes."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from reports import ROOT, Case

EMULATOR = str(ROOT / ".venv-emulator" / "bin" / "dax-emulator")


class CheckFailed(Exception):
    """Holds what a check has to say."""


def attempt(suite: str, name: str, check: Callable[[], str | None]) -> Case:
    """Make a check, print what came of it, and return its case.

    :param check: returns what is to be said of it, if anything; raises CheckFailed.
    """
    start, failure, told = time.monotonic(), None, ""
    try:
        told = check() or ""
    except CheckFailed as error:
        failure = str(error)
    seconds = time.monotonic() - start
    print(f"{suite}: {name:<14} {'FAILED' if failure else 'ok'} ({seconds:.1f} s) {told}".rstrip(), flush=True)
    if failure:
        print(failure, flush=True)
    return Case(name, seconds, failure)


@contextmanager
def emulator(port: str, state: Path) -> Iterator[None]:
    """Two accounts that are empty, on a port."""
    own = ["--port", port, "--state", str(state)]
    _emulator("stop", own)
    try:
        _emulator("start", own)
        yield
    finally:
        _emulator("stop", own)


def _emulator(command: str, own: list[str]) -> None:
    done = subprocess.run([EMULATOR, command, *own], capture_output=True, text=True, check=False)
    if done.returncode:
        raise CheckFailed(f"dax-emulator {command}\n{done.stdout}{done.stderr}")


def changes(output: str) -> int:
    """Add up the changes that the recap of a playbook counts; raise CheckFailed if there is no recap."""
    counts = re.findall(r"^\S+\s+: ok=\d+\s+changed=(\d+)", output, re.MULTILINE)
    if not counts:
        raise CheckFailed(f"no recap of a playbook in\n{output}")
    return sum(int(count) for count in counts)
