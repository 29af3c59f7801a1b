# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A side that assumes a role: one session for all its tasks, renewed in time, with no other side and in no result."""

from __future__ import annotations

import os
import stat
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.action.side_runs import REGION, Host, refused
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

KEYS = {"access_key": "AKIABASEBASEBASE", "secret_key": "base-secret-of-some-length"}
ROLE = "arn:aws:iam::222222222222:role/Deployer"
ASSUMING = {**REGION, "assume_role_arn": ROLE, "external_id": "ticket-4711", "session_name": "run", "duration": 1800}
STS = "amazon.aws.sts_assume_role"


class World:
    """STS, which numbers its sessions, and the modules, which fail with those that have ended."""

    def __init__(self, seconds: float = 3600) -> None:
        self.seconds, self.sessions, self.ended = seconds, 0, set[str]()
        self.saw: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, name: str, args: dict[str, Any]) -> dict[str, Any]:
        self.saw.append((name, args))
        if name == STS:
            self.sessions += 1
            keys = {"access_key": f"ASIA{self.sessions}", "secret_key": f"secret-of-session-{self.sessions}"}
            until = (datetime.now(UTC) + timedelta(seconds=self.seconds)).isoformat()
            token = f"token-of-session-{self.sessions}"
            return {"sts_creds": {**keys, "session_token": token, "expiration": until}}
        if args["access_key"] in self.ended:
            return refused(
                "An error occurred (RequestExpired) when calling the DescribeVpcs operation: Request has expired."
            )
        if name.endswith("account_b_info"):
            return {"facts": build.facts_b()}
        if name.endswith("account_a_info"):
            return {"facts": build.facts_a()}
        return refused("An error occurred (UnauthorizedOperation) when calling the CreateRole operation")

    def asked(self) -> list[dict[str, Any]]:
        return [args for name, args in self.saw if name == STS]

    def keys(self) -> list[str]:
        """Return the access keys of the modules of the account, in order."""
        return [args["access_key"] for name, args in self.saw if name != STS]


def given(**connection: Any) -> dict[str, Any]:
    return {"cluster": build.cluster_document(), "connection": {**ASSUMING, **connection}}


@pytest.fixture
def host(tmp_path: Path, monkeypatch: Any) -> Host:
    return Host("b", tmp_path, monkeypatch)


def test_the_base_credentials_assume_the_role_and_every_module_has_its_session(host: Host) -> None:
    world = World()
    found = host.run(world, check=False, **given(**KEYS))
    assert "UnauthorizedOperation" in found["msg"]
    (asked,) = world.asked()
    wanted = {"role_arn": ROLE, "role_session_name": "run", "external_id": "ticket-4711", "duration_seconds": 1800}
    assert {name: asked[name] for name in wanted} == wanted
    assert {name: asked[name] for name in KEYS} == KEYS
    assert len(world.keys()) == 2, "a reader and a writer"
    for name, args in world.saw[1:]:
        own = (args["access_key"], args["secret_key"], args["session_token"], args["profile"])
        assert own == ("ASIA1", "secret-of-session-1", "token-of-session-1", ""), name
        assert not {"assume_role_arn", "external_id", "session_name", "duration"} & set(args), name
    assert "secret-of-session" not in str(found)
    assert "token-of-session" not in str(found)


@pytest.mark.parametrize("base", [KEYS, {"profile": "base"}, {}], ids=["keys", "profile", "environment"])
def test_one_session_serves_all_tasks_of_a_side(host: Host, base: dict[str, str]) -> None:
    world = World()
    for phase in ("plan", "read", "apply"):
        assert not host.run(world, phase, **given(**base)).get("failed")
    assert (len(world.asked()), set(world.keys())) == (1, {"ASIA1"})


def test_no_other_side_and_no_other_role_has_it(host: Host, tmp_path: Path, monkeypatch: Any) -> None:
    world = World()
    host.run(world, **given(**KEYS))
    Host("a", tmp_path, monkeypatch).run(world, cluster_name="orders", connection={**ASSUMING, **KEYS})
    host.run(world, **given(**KEYS, external_id="another"))
    host.run(world, **given(**{**KEYS, "secret_key": "another-base-secret"}))
    assert world.keys() == ["ASIA1", "ASIA2", "ASIA3", "ASIA4"]


def test_the_file_of_a_session_is_its_owners_alone(host: Host, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        host.run(World(), **given(**KEYS))
    finally:
        os.umask(before)
    files = list(tmp_path.iterdir())
    assert files
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert not any("secret" in path.name for path in files)


def test_a_session_is_renewed_before_a_wait_outlasts_it(host: Host) -> None:
    world = World(seconds=900)
    host.run(world, **given(**KEYS), wait_timeout=100)
    host.run(world, **given(**KEYS), wait_timeout=100)
    assert world.sessions == 1
    world.seconds = 3600
    later = time.time() + 780

    def clock(self: Any) -> float:
        return later

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ansible_collections.dax.cross_account.plugins.plugin_utils.sessions.Sessions.now", clock)
        host.run(world, **given(**KEYS), wait_timeout=100)
    assert world.keys() == ["ASIA1", "ASIA1", "ASIA2"]


def test_a_session_that_ended_is_renewed_and_the_account_read_again(host: Host) -> None:
    world = World()
    host.run(world, **given(**KEYS))
    world.ended.add("ASIA1")
    assert not host.run(world, **given(**KEYS)).get("failed")
    assert world.keys() == ["ASIA1", "ASIA1", "ASIA2"]


def test_a_session_that_cannot_be_renewed_is_told_with_the_variable(host: Host) -> None:
    world = World()
    world.ended |= {"ASIA1", "ASIA2"}
    found = host.run(world, **given(**KEYS))
    assert found["msg"].endswith("Request has expired. (dax_account_b_connection)")
    assert world.sessions == 2


@pytest.mark.parametrize(
    ("external_id", "says"), [("ticket-4711", "with this external_id"), ("", "and may ask for an external_id")]
)
def test_a_refusal_is_one_line_that_says_what_to_do(host: Host, external_id: str, says: str) -> None:
    denied = "An error occurred (AccessDenied) when calling the AssumeRole operation: User: x is not\nauthorized"
    found = host.run(lambda _name, _args: refused(denied), **given(**KEYS, external_id=external_id))
    assert found["msg"].startswith(
        f"dax_account_b_connection: {ROLE} cannot be assumed: An error occurred (AccessDenied)"
    )
    assert says in found["msg"]
    assert "sts:AssumeRole" in found["msg"]
    assert len(found["msg"].splitlines()) == 1
    assert host.modules() == ["sts_assume_role"]


def test_without_a_region_nobody_is_asked(host: Host) -> None:
    connection = {name: value for name, value in ASSUMING.items() if name != "region"}
    found = host.run(World(), cluster=build.cluster_document(), connection=connection)
    assert "dax_account_b_connection has assume_role_arn without region" in found["msg"]
    assert host.calls == []


def test_other_accounts_in_module_defaults_count_for_nothing_beside_a_role(host: Host) -> None:
    found = host.run(World(), defaults={"group/aws": {"profile": "other"}}, **given())
    assert not found.get("failed"), found
    assert host.modules() == ["sts_assume_role", "dax_account_b_info"]
