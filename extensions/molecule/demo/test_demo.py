# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a newcomer sees of ``make demo``, in a checkout that is set up: on few lines, and nothing to worry about.

Then every link of ``make demo-broken`` is broken, the last one first, so that each is the first broken one in its turn:
the doctor has to name it, and following its fixes has to mend them all.
"""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

import broken
import pytest
from breaks import BREAKS
from scenario.playbook import ROOT

LINES = 300
STATE = ".emulator/demo-test"


@dataclass(frozen=True)
class Demo:
    port: int
    output: str


def make(target: str, port: int, *more: str) -> subprocess.CompletedProcess[str]:
    """Run make as a person does, on another port and with files of its own: a demo that is on stays as it is."""
    return subprocess.run(
        ["make", target, f"DEMO_PORT={port}", f"DEMO_STATE={STATE}", *more],
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
def demo() -> Iterator[Demo]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    try:
        done = make("demo", port)
        assert done.returncode == 0, done.stdout[-3000:]
        yield Demo(port, done.stdout)
    finally:
        make("demo-down", port)


@pytest.fixture(scope="module")
def output(demo: Demo) -> str:
    return demo.output


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


def test_it_leaves_the_report_of_its_own_run(output: str) -> None:
    (told,) = [line for line in output.splitlines() if "the doctor's report" in line]
    report = told.rpartition(": ")[2]
    with open(report, encoding="utf-8") as file:
        page = file.read()
    assert "222222222222/dax-client" in page and "<svg" in page
    assert any(line.startswith("ok: ") for line in output.splitlines()), "the doctor's verdict"


def test_a_link_that_there_is_not_is_one_line(demo: Demo) -> None:
    done = make("demo-broken", demo.port, "LINK=12")
    assert done.returncode != 0
    assert "demo: LINK=12: there is no such link; one of compute, assume, " in done.stdout


def test_a_broken_link_is_shown_explained_mended_and_the_item_read_again(demo: Demo) -> None:
    done = make("demo-broken", demo.port, "LINK=rights")
    assert done.returncode == 0, done.stdout[-3000:]
    lines = done.stdout.splitlines()
    assert lines[0].startswith("demo: link 5, Account A's role may use the cluster (LINK=rights): ")
    assert any("dax:GetItem" in line and "not authorized" in line for line in lines), "what the client says"
    assert any(line.startswith("BROKEN at 5 Account A's role may use the cluster") for line in lines)
    assert "demo: in account A: ansible-playbook playbooks/site.yml" in lines
    assert '{"Item": {"pk": {"S": "order-1"}, "amount": {"N": "12.5"}, "paid": {"BOOL": true}}}' in lines


def test_the_doctor_names_every_link_in_its_turn_and_its_fixes_mend_all(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = f"http://127.0.0.1:{demo.port}"
    for name, value in (("DAX_EMULATOR_URL", url), ("ANSIBLE_CONFIG", str(ROOT / "ansible.cfg"))):
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(ROOT / "collections"))
    monkeypatch.delenv("ANSIBLE_STDOUT_CALLBACK", raising=False)
    patient = broken.Patient(url, ROOT / STATE)
    named = []
    for link in reversed(BREAKS):
        BREAKS[link](patient.demo)
        pair = patient.ask_doctor()
        named.append((pair["headline"] or {}).get("link"))
    assert named == list(reversed(BREAKS))
    broken.heal(patient, pair)
    said = patient.ask_client()
    assert said.returncode == 0, said.stdout
    assert '"amount": {"N": "12.5"}' in said.stdout


def test_the_seed_decides(demo: Demo) -> None:
    assert broken.chosen(None, 7) == broken.chosen(None, 7)
    assert {broken.chosen(None, seed)[0] for seed in range(200)} == set(BREAKS)
    assert broken.chosen("8", 1)[0] == broken.chosen("routes", 1)[0] == "routes"
