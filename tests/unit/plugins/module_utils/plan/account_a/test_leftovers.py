# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What earlier runs made where the cluster, or a consumer, no longer is: over whole runs of account A's side."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.owners import Owner
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    OTHER,
    actions,
    plan,
    plan_joined,
)

NEW_VPC = "vpc-new"


def moved(owner: Owner, block: str, same_vpc: bool = False) -> None:
    """Make the cluster anew under its name: in another VPC, or in the same one with other subnets and groups.

    What is left of the old place is seen by its tags alone.
    """
    facts, vpc_id = owner.a, build.VPC_A if same_vpc else NEW_VPC
    facts["other_security_groups"] = [group for group in facts["security_groups"] if group["rules"]]
    facts["security_groups"] = [build.group("sg-new")]
    facts["vpc"] = build.vpc(vpc_id, block)
    facts["cluster_subnet_ids"], facts["subnets"] = ["subnet-7"], [build.subnet("subnet-7", "10.9.7.0/24")]
    facts["route_tables"].append(build.table("rtb-7", build.route(block, "local"), subnets=("subnet-7",)))
    facts["effective_route_tables"] = {"subnet-7": "rtb-7"}


def requested(owner: Owner, peering_id: str, **more: Any) -> dict[str, Any]:
    """Let account B ask for a connection to where the cluster is now; return its document."""
    ends = {"accepter": build.end(build.A, owner.a["vpc"]["vpc_id"], *owner.a["vpc"]["cidr_blocks"]), **more}
    owner.peerings.append(owner.request(peering_id, **ends))
    return owner.document("app", peering_connection_id=peering_id)


@pytest.mark.parametrize("block", ["10.9.0.0/16", build.BLOCK_A], ids=["another block", "the same block"])
@pytest.mark.parametrize("left", ["present", "absent"])
def test_a_cluster_in_another_vpc_takes_all_with_it(block: str, left: str) -> None:
    owner = Owner()
    owner.run(owner.document("app"))
    moved(owner, block)
    given = requested(owner, "pcx-2")
    if left == "absent":  # its teardown follows at once
        owner.run(given, state="absent")
        assert (owner.statuses()["pcx-1"], owner.routes(), owner.rules()) == ("deleted", [], {})
        return
    planned = owner.run(given)
    assert ("remove", "peering_connection:pcx-1") in planned
    steps = [step for step in owner.written if step == "a.leftovers"]
    assert len(steps) == 3
    assert [call["module"].rsplit("_", 1)[1] for call in owner.calls[-4:-1]] == ["rules", "routes", "connections"]
    assert owner.statuses() == {"pcx-1": "deleted", "pcx-2": "active"}
    assert owner.routes() == [("rtb-7", build.BLOCK_B, "pcx-2")]
    assert (owner.a["other_security_groups"][0]["rules"], len(owner.rules())) == ([], 1)
    assert owner.run(given) == []


def test_the_old_place_stays_until_the_new_connection_is_there() -> None:
    owner = Owner()
    owner.run(owner.document("app"))
    moved(owner, "10.9.0.0/16")
    waiting = owner.document("app", peering_connection_id=None)
    assert any(
        line.startswith("= keep peering connection pcx-1 (not with the cluster's") for line in owner.lines(waiting)
    )
    owner.run(waiting)
    assert owner.statuses() == {"pcx-1": "active"}


def test_the_old_place_stays_for_a_consumer_that_is_not_in_this_run() -> None:
    owner = Owner()
    app, far = owner.document("app"), owner.document("far")
    owner.run(app, far)
    moved(owner, "10.9.0.0/16")
    given = requested(owner, "pcx-2")
    owner.run(given)
    assert owner.statuses() == {"pcx-1": "active", "pcx-2": "active"}
    assert any("used by orders for 222222222222/far" in line for line in owner.lines(given))
    assert owner.run(given) == []
    owner.run(given, {**far, "peering_connection_id": "pcx-2"})
    assert owner.statuses() == {"pcx-1": "deleted", "pcx-2": "active"}


def test_a_consumer_in_another_vpc_with_the_same_block_is_led_over() -> None:
    owner = Owner()
    owner.run(owner.document("app"))
    given = requested(owner, "pcx-2", requester=build.end(build.B, "vpc-c0de", build.BLOCK_B))
    owner.b["vpcs"].append(build.vpc("vpc-c0de", build.BLOCK_B))
    given["vpc_id"] = "vpc-c0de"
    why = "(its peering connection is ours, and no longer wanted)"
    lines = [line for line in owner.lines(given) if line.startswith("~ change route")]
    assert lines == [
        f"~ change route {build.BLOCK_B} in {name}: pcx-1 -> pcx-2 {why}" for name in ("rtb-main", "rtb-1")
    ]
    owner.run(given)
    assert owner.routes() == [(name, build.BLOCK_B, "pcx-2") for name in ("rtb-main", "rtb-1")]
    assert owner.statuses() == {"pcx-1": "deleted", "pcx-2": "active"}
    assert owner.run(given) == []


def test_a_connection_that_others_use_is_not_led_over() -> None:
    owner = Owner()
    stock = Owner("stock", beside=owner)
    for one in (owner, stock):
        one.run(one.document("app"))
    given = requested(owner, "pcx-2", requester=build.end(build.B, "vpc-c0de", build.BLOCK_B))
    given["vpc_id"] = "vpc-c0de"
    [conflict, *_more] = [line for line in owner.lines(given) if line.startswith("! conflict route")]
    assert "leads to pcx-1" in conflict


def test_other_subnets_leave_no_route_behind_but_the_users_own() -> None:
    owner = Owner()
    app = owner.document("app")
    owner.run(app)
    moved(owner, build.BLOCK_A, same_vpc=True)
    by_hand = [build.route("10.1.0.0/26", "pcx-1"), build.route("10.77.0.0/16", "tgw-1")]
    owner.a["route_tables"][1]["routes"] += by_hand
    assert ("remove", f"route:rtb-1/{build.BLOCK_B}") in owner.run(app)
    kept = [("rtb-1", item["destination"], item["target_id"]) for item in by_hand]
    assert owner.routes() == [*kept, ("rtb-7", build.BLOCK_B, "pcx-1")]
    assert [line[:38] for line in owner.lines(app) if "keep" in line] == ["= keep route 10.1.0.0/26 in rtb-1 (no "]
    assert owner.run(app) == []


def test_the_routes_of_another_cluster_in_its_own_tables_stay() -> None:
    owner = Owner()
    stock = Owner("stock", beside=owner)
    stock.a["cluster_subnet_ids"], stock.a["effective_route_tables"] = ["subnet-9"], {"subnet-9": "rtb-other"}
    for one in (owner, stock, owner, stock):
        one.run(one.document("app"))
    assert {table for table, _block, _target in owner.routes()} == {"rtb-main", "rtb-1", "rtb-other"}
    assert any(
        line.startswith("= keep route") and "used by stock for" in line for line in owner.lines(owner.document("app"))
    )


def test_the_route_of_a_consumer_that_is_not_in_this_run_stays() -> None:
    owner = Owner()
    app = owner.document("app")
    owner.run(app)
    moved(owner, build.BLOCK_A, same_vpc=True)
    assert owner.run() == []
    assert len(owner.routes()) == 2
    assert any("used by consumer 222222222222/app, not in this run" in line for line in owner.lines())


@pytest.mark.parametrize("state", ["present", "absent"])
def test_an_outbound_rule_is_named_and_left_alone(state: str) -> None:
    """The module that removes rules knows inbound ones alone."""
    outbound = build.our_rule(rule_id="sgr-2", egress=True)
    facts = {"security_groups": [build.group("sg-a", build.our_rule(), outbound)]}
    result = plan_joined(build.consumer(), facts=facts, state=state)
    assert ("keep", "rule:sg-a/sgr-2") in actions(result, "rules")
    assert [name for kind, name in actions(result, "rules") if kind == "remove"] == (
        ["rule:sg-a/sgr-1"] if state == "absent" else []
    )


def test_a_rule_on_a_group_that_the_cluster_no_longer_has_is_removed() -> None:
    old = build.group("sg-old", build.our_rule(), build.our_rule(source="sg-c", key=OTHER, rule_id="sgr-2"))
    result = plan_joined(
        build.consumer(), facts={"security_groups": [build.group("sg-a")], "other_security_groups": [old]}
    )
    assert actions(result, "leftovers") == [("remove", "rule:sg-old/sgr-1"), ("keep", "rule:sg-old/sgr-2")]
    [call] = result["writes"]["leftovers"]
    assert (call["args"]["group_id"], call["args"]["state"], len(call["args"]["rules"])) == ("sg-old", "absent", 1)


@pytest.mark.parametrize("owner", [build.A, None])
def test_a_subnet_whose_route_table_is_not_shown_is_named(owner: str | None) -> None:
    vpc = {**build.vpc(build.VPC_A, build.BLOCK_A), "owner_id": owner}
    result = plan(build.facts_a(vpc=vpc, effective_route_tables={"subnet-1": "rtb-1", "subnet-3": "rtb-main"}))
    [conflict] = result["conflicts"]
    assert conflict.startswith(f"subnet subnet-2: of VPC {build.VPC_A}, which belongs to")
    assert "\n" not in conflict


def test_a_vpc_of_another_account_is_named_before_its_tables() -> None:
    vpc = {**build.vpc(build.VPC_A, build.BLOCK_A), "owner_id": build.C}
    [conflict] = plan(build.facts_a(vpc=vpc, effective_route_tables={}, route_tables=[]))["conflicts"]
    assert conflict.startswith(f"VPC {build.VPC_A}: belongs to account {build.C}")
