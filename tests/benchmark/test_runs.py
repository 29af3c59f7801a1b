# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long the playbooks take, as ratios of runs on the same machine within one minute. Nothing is asserted of times.

``make bench`` prints the table. It starts an emulator of its own and stops it again.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).parent
PORT = os.environ.get("BENCH_EMULATOR_PORT", "4579")
EMULATOR = [str(ROOT / ".venv-emulator/bin/dax-emulator")]
STATE = ["--port", PORT, "--state", str(ROOT / ".emulator/bench")]
RUNS = int(os.environ.get("BENCH_RUNS", "3"))


@pytest.fixture(scope="module")
def emulator() -> Iterator[None]:
    subprocess.run([*EMULATOR, "stop", *STATE], check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*EMULATOR, "start", *STATE], check=True, stdout=subprocess.DEVNULL)
    yield
    subprocess.run([*EMULATOR, "stop", *STATE], check=True, stdout=subprocess.DEVNULL)


def seconds(playbook: Path) -> float:
    """Run a playbook as a whole process and return its wall-clock time; a failed run fails the benchmark."""
    environment = {**os.environ, "DAX_EMULATOR_URL": f"http://127.0.0.1:{PORT}"}
    command = ["ansible-playbook", "-i", str(ROOT / "inventories/localstack"), str(playbook)]
    start = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    return time.monotonic() - start


def median(playbook: Path) -> float:
    return statistics.median(seconds(playbook) for _run in range(RUNS))


def test_runs(emulator: None) -> None:
    seconds(ROOT / "tests/demo/create.yml")
    first = seconds(ROOT / "playbooks/site.yml")
    again = median(ROOT / "playbooks/site.yml")
    empty = median(HERE / "empty.yml")
    one_task = median(HERE / "one_task.yml")
    one_by_one = median(HERE / "one_by_one.yml")
    teardown = seconds(ROOT / "playbooks/teardown.yml")
    rows = [
        ("site.yml, everything to make", first, first / again, "x a converged run"),
        ("site.yml, converged", again, again / empty, "x an empty play"),
        ("account B read by eleven info modules", one_by_one, (one_by_one - empty) / (one_task - empty), "x one task"),
        ("account B read by dax_account_b_info", one_task, one_task / empty, "x an empty play"),
        ("teardown.yml", teardown, teardown / again, "x a converged run"),
        ("an empty play", empty, 1.0, ""),
    ]
    print()
    for name, took, ratio, of_what in rows:
        print(f"{name:40} {took:6.2f} s {ratio:6.2f} {of_what}", file=sys.stdout)
