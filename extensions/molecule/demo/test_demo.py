# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a newcomer sees of ``make demo``, in a checkout that is set up: on few lines, and nothing to worry about."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator

import pytest
from scenario.playbook import ROOT

LINES = 300


def make(target: str, port: int) -> subprocess.CompletedProcess[str]:
    """Run make as a person does, on another port and with files of its own: a demo that is on stays as it is."""
    return subprocess.run(
        ["make", target, f"DEMO_PORT={port}", "DEMO_STATE=.emulator/demo-test"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        timeout=600,
        check=False,
    )


@pytest.fixture(scope="module")
def output() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        done = make("demo", port)
        assert done.returncode == 0, done.stdout[-3000:]
        yield done.stdout
    finally:
        make("demo-down", port)


def test_it_is_short(output: str) -> None:
    assert len(output.splitlines()) <= LINES


def test_it_warns_of_nothing(output: str) -> None:
    assert re.findall(r"warning|deprecat", output, re.IGNORECASE) == []


def test_it_shows_the_plan_the_summaries_the_item_and_both_documents_as_text(output: str) -> None:
    lines = output.splitlines()
    assert "account B: 11 to create, 0 to change, 0 to remove" in lines
    assert "account B: complete (11 created, 0 changed, 0 removed)" in lines
    assert "account A: complete (nothing to change)" in lines
    assert '{"Item": {"pk": {"S": "order-1"}, "amount": {"N": "12.5"}, "paid": {"BOOL": true}}}' in lines
    assert "  kind: dax.cross_account/cluster" in lines
    assert "  kind: dax.cross_account/consumer" in lines
    assert "  stop and clean: make demo-down" in lines
