# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook itself: what it prints, writes and returns, with both accounts, with one, and with too few rights."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import jsonschema
import pytest
from scenario.doctor.fault import Fault
from scenario.doctor.faults import FAULTS
from scenario.doctor.world import World
from scenario.emulator import settings
from scenario.owner import CLUSTER
from scenario.playbook import ROOT, SITE, Run, run_playbook, write_inventory
from scenario.users import User

DOCTOR = ROOT / "playbooks/doctor.yml"
SCHEMA = json.loads((ROOT / "docs/schemas/doctor.schema.json").read_text())
COLUMNS = 100


class Doctor:
    """Runs the playbook, and reads what it leaves."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        names = {"json": "doctor.json", "junit": "doctor.xml", "report": "report.html", "svg": "picture.svg"}
        self.paths = {kind: folder / name for kind, name in names.items()}

    def __call__(self, callback: str = "ansible.posix.json", inventory: Path | None = None, **variables: Any) -> Run:
        for path in self.paths.values():
            path.unlink(missing_ok=True)
        given = {f"dax_doctor_{kind}_path": str(path) for kind, path in self.paths.items()} | variables
        options = {"inventory": inventory} if inventory else {}
        run = run_playbook(DOCTOR, self.world.a, self.world.b, variables=given, callback=callback, **options)
        assert run.write_attempts() == []
        return run

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.paths["json"].read_text())
        jsonschema.validate(found, SCHEMA)
        return found

    @property
    def pair(self) -> dict[str, Any]:
        (found,) = self.document["pairs"]
        return found  # type: ignore[no-any-return]

    def cases(self, kind: str) -> list[str]:
        """Return the names of JUnit's test cases with an element such as ``failure``."""
        root = ElementTree.parse(self.paths["junit"]).getroot()
        return [str(case.get("name")) for case in root.iter("testcase") if case.find(kind) is not None]


@pytest.fixture
def doctor(world: World, tmp_path: Path) -> Doctor:
    return Doctor(world, tmp_path)


@contextmanager
def broken_by(world: World, fault: Fault) -> Iterator[None]:
    change = fault.happen(world)
    change.__enter__()
    try:
        yield
    finally:
        change.__exit__(None, None, None)


def shown(text: str) -> list[str]:
    """Return the lines that the doctor printed, those of Ansible itself left out."""
    lines = text.split("TASK [dax.cross_account.dax_doctor : main | Judge every link]")[1].splitlines()[1:]
    end = next((at for at, line in enumerate(lines) if line.startswith(("TASK [", "PLAY RECAP"))), len(lines))
    return [line for line in lines[:end] if not line.startswith(("ok: [", "changed: ["))]


def test_a_healthy_pair(doctor: Doctor) -> None:
    run = doctor(callback="")
    assert run.rc == 0, run.text[-3000:]
    assert (doctor.document["verdict"], doctor.document["failed"], doctor.pair["headline"]) == ("ok", False, None)
    assert doctor.cases("failure") == doctor.cases("skipped") == []
    lines = shown(run.text)
    assert max(map(len, lines)) <= COLUMNS
    assert any("Security groups" in line for line in lines)
    assert all(path.stat().st_mode & 0o077 == 0 for path in doctor.paths.values())
    assert "<svg" in doctor.paths["svg"].read_text() and "<html" in doctor.paths["report"].read_text()


def test_a_broken_link(doctor: Doctor, world: World) -> None:
    with broken_by(world, FAULTS["rule gone"]):
        run = doctor(callback="")
        assert run.rc != 0
        assert doctor.pair["headline"]["check"] == "groups.ingress"
        assert (doctor.document["verdict"], doctor.document["failed"]) == ("broken", True)
        assert doctor.cases("failure") == ["groups.ingress"]
        lines = shown(run.text)
        assert max(map(len, lines)) <= COLUMNS
        assert "ansible-playbook dax.cross_account.site" in "\n".join(lines)
        assert "FAILED" in run.text or "fatal:" in run.text
        never = doctor(dax_doctor_fail_on="never")
        assert (never.rc, doctor.document["failed"], doctor.document["verdict"]) == (0, False, "broken")


def test_site_ends_with_the_doctor(doctor: Doctor, world: World) -> None:
    """What a run cannot mend is shown before its summary, and fails it after that."""

    def site(**variables: Any) -> Run:
        given = {"dax_doctor": True, "dax_doctor_json_path": str(doctor.paths["json"]), **variables}
        return run_playbook(SITE, world.a, world.b, variables=given, callback="")

    assert site().rc == 0
    assert doctor.document["verdict"] == "ok"
    with broken_by(world, FAULTS["ACL of B shuts calls out"]):
        run = site()
        assert run.rc != 0
        assert doctor.pair["headline"]["check"] == "acls.from_client"
        assert run.text.index("check: acls.from_client") < run.text.index("TASK [Show the summary]")
        end = run.text[run.text.index("TASK [Show the summary]") :]
        assert "account A: complete (nothing to change)" in end
        assert end.count("fatal: [") == 1
        assert doctor.pair["headline_text"] in " ".join(end.split())
        assert site(dax_doctor_fail_on="never").rc == 0


def test_a_warning_fails_who_asks_for_it(doctor: Doctor, world: World) -> None:
    with broken_by(world, FAULTS["many tags"]):
        assert doctor().rc == 0
        assert (doctor.document["verdict"], doctor.cases("failure")) == ("warning", [])
        assert doctor(dax_doctor_fail_on="warning").rc != 0
        assert (doctor.document["failed"], doctor.cases("failure")) == (True, ["limits.tags"])


def test_one_account_and_the_others_document(doctor: Doctor, world: World) -> None:
    a, b, pair = world.a, world.b, world.pair
    owner = {"dax_account_a_cluster_name": CLUSTER, "dax_account_a_connection": a.connection()}
    alone = write_inventory(
        doctor.folder / "a.json", {"account_a": {**owner, "dax_account_a_consumers": [pair.consumer]}}, {}
    )
    client = {"dax_account_b_cluster": pair.cluster, "dax_account_b_connection": b.connection()}
    other = write_inventory(doctor.folder / "b.json", {}, {"account_b": client})
    for inventory, account, unread in ((alone, a, "account B"), (other, b, "account A")):
        run = doctor(inventory=inventory)
        assert run.rc == 0, run.failures
        assert {call["account"] for call in run.calls} == {account.id}
        found = doctor.pair["findings"]
        assert "broken" not in {item["verdict"] for item in found}
        unknown = [item["found"] for item in found if item["verdict"] == "unknown"]
        assert f"{unread} was not read" in unknown
        assert {item["link"] for item in found if item["verdict"] == "ok"} > {"routes", "groups", "dns"} - (
            {"dns"} if account is a else set()
        )


def test_a_right_that_is_missing_is_named_and_the_rest_is_read(doctor: Doctor, world: World) -> None:
    user = User(world.b, "b")
    user.lacks("ec2:DescribeNetworkAcls")
    owner = {"dax_account_a_cluster_name": CLUSTER, "dax_account_a_connection": world.a.connection()}
    hosts = {"account_b": {"dax_account_b_connection": user.connection}}
    inventory = write_inventory(doctor.folder / "both.json", {"account_a": owner}, hosts)
    with settings(enforce_iam=True):
        run = doctor(inventory=inventory)
    assert run.rc == 0, run.failures
    assert doctor.document["verdict"] == "unknown"
    unknown = [item for item in doctor.pair["findings"] if item["verdict"] == "unknown"]
    assert {item["check"] for item in unknown} == {"acls.from_client", "acls.to_client"}
    assert all("ec2:DescribeNetworkAcls" in item["found"] for item in unknown)
    assert doctor.cases("skipped") == ["acls.from_client", "acls.to_client"]
    assert {item["verdict"] for item in doctor.pair["findings"]} == {"ok", "unknown"}
