# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    CLUSTER_ARN,
    CONSUMER,
    KEY,
    MARK,
    PEERING,
    TAGS_A,
    consumer,
    group,
    our_rule,
    rule,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    OTHER,
    actions,
    joined,
    plan_joined,
    role,
    rules,
)


def planned(
    *groups: dict[str, Any],
    given: dict[str, Any] | None = None,
    peerings: list[dict[str, Any]] | None = None,
    **options: Any,
) -> dict[str, Any]:
    cluster = build.cluster(endpoint={**build.cluster()["endpoint"], "port": options.pop("port", 8111)})
    facts = {"role": role(), "security_groups": list(groups), "cluster": cluster}
    facts |= {"peerings": peerings} if peerings else {}
    return plan_joined(consumer(**(given or {})), facts=facts, **options)


def adding(result: dict[str, Any]) -> list[tuple[str, int, str]]:
    return [
        (group_id, item["from_port"], item.get("group_id") or item["cidr_ip"])
        for group_id, items in rules(result).items()
        for item in items
    ]


def test_the_call_and_its_ownership_tags() -> None:
    result = planned(group("sg-a"), wait_timeout=60)
    rule = {
        "protocol": "tcp",
        "from_port": 8111,
        "to_port": 8111,
        "group_id": "sg-b",
        "user_id": build.B,
        "description": f"dax.cross_account: orders for {KEY}",
        "tags": {MARK: CLUSTER_ARN, CONSUMER: KEY, PEERING: "pcx-1"},
    }
    assert result["writes"]["rules"] == [
        {
            "module": "dax.cross_account.ec2_security_group_rules",
            "args": {"group_id": "sg-a", "rules": [rule], "update_description": True, "retry_not_found_seconds": 60},
            "resource": "security group sg-a",
        }
    ]


@pytest.mark.parametrize(
    ("found", "written", "removed"),
    [
        pytest.param([our_rule()], [], [], id="there"),
        pytest.param([our_rule(description="x")], [8111], [], id="description changed"),
        pytest.param([our_rule(tags={})], [8111], [], id="tags removed"),
        pytest.param([our_rule(peering_id=None)], [8111], [], id="without the connection that is managed"),
        pytest.param([our_rule(peering_id="pcx-0")], [8111], [], id="of a connection before this one"),
        pytest.param([our_rule(tags={**TAGS_A, PEERING: "pcx-1", "More": "x"})], [], [], id="more tags"),
        pytest.param([our_rule(9111)], [8111], [9111], id="another port"),
        pytest.param([our_rule(source="sg-old")], [8111], [8111], id="another group"),
        pytest.param([our_rule(), our_rule(source="sg-old", rule_id="sgr-2")], [], [8111], id="a rule too many"),
        pytest.param([our_rule(description=None, tags={})], [], [], id="unmanaged, for the same group"),
        pytest.param([our_rule(egress=True)], [8111], [], id="outbound"),
        pytest.param([rule(cidr_ip="192.0.2.0/24")], [8111], [], id="unmanaged"),
        pytest.param([our_rule(protocol="udp", description=None, tags={})], [8111], [], id="UDP"),
        pytest.param([our_rule(protocol="udp")], [8111], [8111], id="owned, UDP"),
        pytest.param([our_rule(to_port=8112, description=None, tags={})], [8111], [], id="unmanaged, a range"),
    ],
)
def test_rules(found: list[dict[str, Any]], written: list[int], removed: list[int]) -> None:
    result = planned(group("sg-a", *found))
    assert [item[1] for item in adding(result)] == written
    assert [item["from_port"] for item in rules(result, "absent").get("sg-a", [])] == removed
    assert ("rules" in result["writes"]) is bool(written or removed)


def test_the_rule_carries_the_users_tags() -> None:
    result = planned(group("sg-a"), tags={"team": "a"})
    assert [item["tags"] for item in rules(result)["sg-a"]] == [
        {"team": "a", MARK: CLUSTER_ARN, CONSUMER: KEY, PEERING: "pcx-1"}
    ]


def test_the_rule_beside_an_adopted_connection_remembers_none() -> None:
    result = planned(group("sg-a"), peerings=[build.peering()], given={"peering_managed": False})
    assert [item["tags"] for item in rules(result)["sg-a"]] == [{MARK: CLUSTER_ARN, CONSUMER: KEY}]


def test_a_tls_cluster_has_no_rule_for_the_plain_port() -> None:
    result = planned(group("sg-a", our_rule(8111)), port=9111)
    assert adding(result) == [("sg-a", 9111, "sg-b")]
    assert rules(result, "absent") == {
        "sg-a": [
            {
                "protocol": "tcp",
                "from_port": 8111,
                "to_port": 8111,
                "group_id": "sg-b",
                "user_id": build.B,
                "description": f"dax.cross_account: orders for {KEY}",
            }
        ]
    }


def test_another_region_is_let_in_by_its_blocks() -> None:
    blocks = ["10.1.0.0/24", "10.2.0.0/24"]
    given = {"region": "eu-west-1", "cidr_blocks": blocks}
    result = planned(group("sg-a", our_rule()), peerings=[joined(*blocks, region="eu-west-1")], given=given)
    assert adding(result) == [("sg-a", 8111, "10.1.0.0/24"), ("sg-a", 8111, "10.2.0.0/24")]
    assert [item["group_id"] for item in rules(result, "absent")["sg-a"]] == ["sg-b"]


@pytest.mark.parametrize(
    ("groups", "options", "chosen", "why"),
    [
        pytest.param([group("sg-a")], {}, "sg-a", "only security group", id="one"),
        pytest.param([group("sg-a", name="default")], {}, "sg-a", "only security group", id="one, default"),
        pytest.param(
            [group("sg-d", name="default"), group("sg-a"), group("sg-e")],
            {},
            "sg-a",
            "not a default group",
            id="several",
        ),
        pytest.param(
            [group("sg-a"), group("sg-e")], {"security_group_id": "sg-e"}, "sg-e", "named by", id="the user's choice"
        ),
        pytest.param(
            [group("sg-a"), group("sg-e", our_rule(key=OTHER, source="sg-c"))],
            {},
            "sg-e",
            "carries our rules",
            id="owned",
        ),
        pytest.param(
            [group("sg-d", name="default"), group("sg-e", name="default")], {}, "sg-d", "dax_account_a_security", id="d"
        ),
    ],
)
def test_one_group_carries_the_rule_and_the_plan_says_why(
    groups: list[dict[str, Any]], options: dict[str, Any], chosen: str, why: str
) -> None:
    result = planned(*groups, **options)
    assert adding(result) == [(chosen, 8111, "sg-b")]
    [action] = [item for item in result["actions"] if item["step"] == "rules"]
    assert why in action["why"]


def test_the_rule_moves_to_the_group_that_the_user_names() -> None:
    result = planned(group("sg-a", our_rule()), group("sg-e"), security_group_id="sg-e")
    assert adding(result) == [("sg-e", 8111, "sg-b")]
    assert list(rules(result, "absent")) == ["sg-a"]


def test_the_rule_of_a_consumer_without_a_group_yet_is_left() -> None:
    result = planned(group("sg-a", our_rule()), given={"security_group_id": None})
    assert actions(result, "rules") == [("wait", "rule:sg-a/8111/known after apply")]
    assert "rules" not in result["writes"]


def test_a_teardown_removes_only_the_consumers_rules() -> None:
    theirs = our_rule(source="sg-c", key=OTHER, rule_id="sgr-2")
    by_hand = rule("sgr-3", cidr_ip="192.0.2.0/24", description="dax by hand")
    groups = [
        group("sg-a", our_rule(), theirs, by_hand),
        group("sg-e", our_rule(9111, rule_id="sgr-4", description="x")),
    ]
    result = planned(*groups, state="absent", security_group_id="sg-0")
    assert result["conflicts"] == []
    assert actions(result, "rules") == [("remove", "rule:sg-a/sgr-1"), ("remove", "rule:sg-e/sgr-4")]
    assert adding(result) == []


def test_a_group_that_dax_is_taking_off_gets_no_rule() -> None:
    leaving = [{"security_group_identifier": "sg-a", "status": "removing"}]
    attached = [*leaving, {"security_group_identifier": "sg-e", "status": "active"}]
    groups = [build.group("sg-a"), build.group("sg-e")]
    result = plan_joined(
        consumer(), facts={"cluster": build.cluster(security_groups=attached), "security_groups": groups}
    )
    assert [call["args"]["group_id"] for call in result["writes"]["rules"]] == ["sg-e"]
