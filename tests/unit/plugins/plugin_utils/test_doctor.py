# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is asked of the module that reads a side, and what the clients' hosts have to say."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.modules import dax_doctor_info
from ansible_collections.dax.cross_account.plugins.plugin_utils.doctor import (
    MODULE,
    endpoints_of,
    live_of,
    read_consumer,
    read_owner,
)
from ansible_collections.dax.cross_account.plugins.plugin_utils.role import RoleError
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy


class Action:
    """Answers as the module does, and keeps what it was asked for."""

    def __init__(self, problem: str = "") -> None:
        self.problem = problem
        self.asked: dict[str, Any] = {}

    def facts(self, args: dict[str, Any], module: str) -> dict[str, Any]:
        assert module == MODULE
        self.asked = args
        if self.problem:
            raise RoleError(self.problem)
        return {"side": args["side"]}


def test_what_is_asked_of_each_side() -> None:
    action: Any = Action()
    assert read_owner(action, build.wanted_a()) == {"facts": {"side": "a"}, "problem": ""}
    assert action.asked["cluster_name"] == "orders"
    assert read_consumer(action, build.wanted_b(), "") == {"facts": {"side": "b"}, "problem": ""}
    assert action.asked["cluster_arn"] == build.CLUSTER_ARN
    assert action.asked["instance"] is True and "instance_id" not in action.asked
    assert None not in action.asked.values()


def test_an_instance_that_is_named_is_looked_at_where_none_is_to_be_made() -> None:
    action: Any = Action()
    read_consumer(action, build.wanted_b(instance=False), "i-1")
    assert (action.asked["instance"], action.asked["instance_id"]) == (True, "i-1")
    read_consumer(action, build.wanted_b(instance=False), "")
    assert action.asked["instance"] is False


def test_an_account_that_is_out_of_reach_is_told_and_ends_nothing() -> None:
    action: Any = Action("account A: the token is expired")
    assert read_owner(action, build.wanted_a()) == {"facts": None, "problem": "account A: the token is expired"}
    assert read_consumer(action, build.wanted_b(), "")["facts"] is None


def test_what_there_is_to_try() -> None:
    made = healthy.pair()
    found = endpoints_of(made.a)
    assert found["endpoint"]["address"] == healthy.ENDPOINT
    assert [node["node_id"] for node in found["nodes"]] == list(healthy.NODES)
    healthy.value(made.a, "cluster")["nodes"][0]["endpoint"]["address"] = ""
    assert len(endpoints_of(made.a)["nodes"]) == len(healthy.NODES) - 1
    healthy.put(made.a, "cluster", None)
    assert endpoints_of(made.a) == {} == endpoints_of(None)


TRIED = {"resolved": {"orders.x": ["10.0.1.10"]}, "nodes": []}
ROW = {"node": "10.0.1.10:8111", "ok": True, "connect": "0.8 ms", "read": "ok", "write": "ok", "delete": "-"}


def test_a_consumer_is_told_of_by_its_own_host_or_by_the_only_one_that_tried() -> None:
    tried = {"payments": TRIED}
    for host in ("payments", "owner"):
        found = live_of(host, tried, {})
        assert found and (found["host"], found["resolved"]) == ("payments", TRIED["resolved"])
    several = {**tried, "shipping": TRIED}
    own = live_of("shipping", several, {})
    assert own and own["host"] == "shipping"
    assert live_of("elsewhere", several, {}) is None is live_of("payments", {}, {})


@pytest.mark.parametrize(
    ("cells", "error"),
    [
        ({}, ""),
        ({"connect": "Connection timed out", "read": "-", "write": "-"}, "Connection timed out"),
        ({"read": "AccessDenied: no", "write": "failed"}, "AccessDenied: no; failed"),
    ],
)
def test_what_a_client_verified_is_told_by_node(cells: dict[str, str], error: str) -> None:
    row = {**ROW, **cells, "ok": not error}
    found = live_of("payments", {}, {"payments": [row, {**ROW, "node": "[2600::1]:9111"}]})
    assert found
    first, second = found["items"]
    assert (first["address"], first["port"], first["connected"]) == ("10.0.1.10", 8111, not error)
    assert first["error"] == error
    assert (second["address"].strip("[]"), second["port"], second["error"]) == ("2600::1", 9111, "")


def test_the_module_takes_all_that_it_is_asked_for() -> None:
    options = dax_doctor_info.DOCUMENTATION
    action: Any = Action()
    for ask in (
        lambda: read_owner(action, build.wanted_a()),
        lambda: read_consumer(action, build.wanted_b(vpc_id="vpc-0a", security_group_id="sg-0a"), "i-1"),
    ):
        ask()
        assert [name for name in action.asked if f"\n  {name}:\n" not in options] == []
