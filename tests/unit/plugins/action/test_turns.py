# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Consumers that come one after the other on one host, or on several: each its own block, none another's results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.action.side_runs import Host, account_b, refused
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

CLUSTER = build.cluster_document()
ACCOUNTS = ("222222222222", "333333333333", "444444444444")


def block(result: dict[str, Any]) -> list[str]:
    assert not result.get("failed"), result
    return list(result["document"]["cidr_blocks"])


def test_the_turns_of_a_loop_choose_blocks_that_are_free_of_each_others(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    found = [block(host.turn(account_b(account), cluster=CLUSTER)) for account in ACCOUNTS]
    assert found == [["10.1.0.0/24"], ["10.1.1.0/24"], ["10.1.2.0/24"]]
    assert list(host.facts["dax_account_b_consumers"]) == [f"{account}/dax-client" for account in ACCOUNTS]
    kept = {key: each["document"]["account_id"] for key, each in host.facts["dax_account_b_consumers"].items()}
    assert kept == {f"{account}/dax-client": account for account in ACCOUNTS}


def test_a_consumer_that_comes_twice_keeps_its_block(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    for _turn in range(2):
        assert block(host.turn(account_b(ACCOUNTS[0]), cluster=CLUSTER)) == ["10.1.0.0/24"]


def test_two_consumers_of_one_account_in_a_loop(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    names = {"role_name": "Other", "instance_profile_name": "Other", "name": "other"}
    assert block(host.turn(account_b(ACCOUNTS[0]), cluster=CLUSTER)) == ["10.1.0.0/24"]
    assert block(host.turn(account_b(ACCOUNTS[0]), cluster=CLUSTER, **names)) == ["10.1.1.0/24"]


def test_turns_on_several_hosts_at_once(tmp_path: Path, monkeypatch: Any) -> None:
    hosts: dict[str, Host] = {}
    one, two = (Host("b", tmp_path, monkeypatch, hosts=hosts) for _number in range(2))
    found = []
    for pair in (ACCOUNTS[:2], ("444444444444", "555555555555")):
        turns = list(zip((one, two), pair, strict=True))
        for host, account in turns:
            host.read(account_b(account), cluster=CLUSTER)
        found += [block(host.apply(account_b(account), cluster=CLUSTER)) for host, account in turns]
    assert sorted(found) == [["10.1.0.0/24"], ["10.1.1.0/24"], ["10.1.2.0/24"], ["10.1.3.0/24"]]


def test_a_consumer_that_was_removed_takes_no_block(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    host.turn(account_b(ACCOUNTS[0]), cluster=CLUSTER, state="absent")
    assert block(host.turn(account_b(ACCOUNTS[1]), cluster=CLUSTER)) == ["10.1.0.0/24"]


@pytest.mark.parametrize("phase", ["turn", "plan"])
def test_a_turn_without_a_cluster_document_returns_nothing_of_the_turn_before(
    tmp_path: Path, monkeypatch: Any, phase: str
) -> None:
    host = Host("b", tmp_path, monkeypatch)
    host.turn(account_b(ACCOUNTS[0]), cluster=CLUSTER)
    nowhere = str(tmp_path / "nowhere.yml")
    if phase == "turn":
        found = host.turn(account_b(ACCOUNTS[1]), cluster=nowhere)
    else:
        found = host.run(account_b(ACCOUNTS[1]), "plan", cluster=nowhere)
    assert found["document"] is None
    assert found["summary"]["waiting_for"]
    assert found["plan"]["actions"][0]["kind"] == "wait"
    assert "consumers" not in found
    assert list(host.facts["dax_account_b_consumers"]) == ["222222222222/dax-client"]


def test_a_turn_that_fails_leaves_what_the_others_have(tmp_path: Path, monkeypatch: Any) -> None:
    host = Host("b", tmp_path, monkeypatch)
    host.turn(account_b(ACCOUNTS[0]), cluster=CLUSTER)
    found = host.turn(lambda _name, _args: refused("AccessDenied"), cluster=CLUSTER)
    assert found["failed"]
    assert not {"document", "plan", "summary", "consumers"} & set(found)
    assert block(host.turn(account_b(ACCOUNTS[2]), cluster=CLUSTER)) == ["10.1.1.0/24"]
