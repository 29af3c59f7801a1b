# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    CLUSTER_ARN,
    CONSUMER,
    KEY,
    MARK,
    ROLE_B,
    TAGS_A,
    consumer,
    facts_a,
    group,
    our_rule,
    peering,
    policy,
    rule,
    trust,
    wanted_a,
)

NAME = "DaxCrossAccountRole"
REGISTER = f"{CONSUMER}:{KEY}"
ROLE_C = f"arn:aws:iam::{build.C}:role/AssumeDaxRole"
OTHER = f"{build.C}/dax-client"
TRUST_CHANGE = ("change", f"trust policy of role {NAME}")


def role(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The role as a run for one consumer leaves it, unless told otherwise."""
    tags = {MARK: CLUSTER_ARN, REGISTER: ROLE_B}
    inline = {"DaxCrossAccountPolicy": dax_policy(CLUSTER_ARN, "read_write")}
    return build.role(
        NAME, policy(*(statements or (trust(ROLE_B),))), **{"tags": tags, "inline_policies": inline, **more}
    )


def plan(*consumers: Any, facts: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    """Plan on an account where the connection is active."""
    tagged = peering(tags={"Name": "dax-client", **TAGS_A})
    whole = {"peerings": [tagged], "security_groups": [group("sg-a", our_rule())], **(facts or {})}
    return plan_a(facts_a(**whole), wanted_a(consumers=list(consumers), **wanted))


def of(result: dict[str, Any], *concerns: str) -> list[tuple[str, str]]:
    wanted = [item for item in result["actions"] if item["concern"] in concerns and item["kind"] != "wait"]
    return [(item["kind"], item["resource"]) for item in wanted]


# Rules.


def rules(*groups: dict[str, Any], given: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    cluster = build.cluster(endpoint={**build.cluster()["endpoint"], "port": wanted.pop("port", 8111)})
    facts = {"role": role(), "security_groups": list(groups), "cluster": cluster}
    return plan(consumer(**(given or {})), facts=facts, **wanted)


def put(result: dict[str, Any]) -> list[tuple[str, int, str]]:
    writes = result["writes"]["rules"]
    return [
        (writes["group_id"], item["from_port"], item.get("group_id") or item.get("cidr_ip")) for item in writes["put"]
    ]


def test_the_rule_and_its_marks() -> None:
    result = rules(group("sg-a"))
    assert result["writes"]["rules"] == {
        "group_id": "sg-a",
        "put": [
            {
                "protocol": "tcp",
                "from_port": 8111,
                "to_port": 8111,
                "group_id": "sg-b",
                "user_id": build.B,
                "description": f"dax.cross_account: orders for {KEY}",
                "tags": {MARK: CLUSTER_ARN, CONSUMER: KEY},
            }
        ],
        "drop": {},
    }


@pytest.mark.parametrize(
    ("found", "written", "dropped"),
    [
        pytest.param([our_rule()], [], [], id="there"),
        pytest.param([our_rule(description="x")], [8111], [], id="description changed"),
        pytest.param([our_rule(tags={})], [8111], [], id="tags gone"),
        pytest.param([our_rule(tags={**TAGS_A, "More": "x"})], [], [], id="more tags"),
        pytest.param([our_rule(9111)], [8111], [9111], id="another port"),
        pytest.param([our_rule(source="sg-old")], [8111], [8111], id="another group"),
        pytest.param([our_rule(), our_rule(source="sg-old", rule_id="sgr-2")], [], [8111], id="a rule too many"),
        pytest.param([our_rule(description=None, tags={})], [], [], id="a stranger's for the same group"),
        pytest.param([our_rule(egress=True)], [8111], [], id="outbound"),
        pytest.param([rule(cidr_ip="192.0.2.0/24")], [8111], [], id="a stranger's"),
        pytest.param([our_rule(protocol="udp", description=None, tags={})], [8111], [], id="UDP"),
        pytest.param([our_rule(to_port=8112, description=None, tags={})], [8111], [], id="a range of a stranger's"),
    ],
)
def test_rules(found: list[dict[str, Any]], written: list[int], dropped: list[int]) -> None:
    result = rules(group("sg-a", *found))
    assert [item[1] for item in put(result)] == written
    assert [item["from_port"] for item in result["writes"]["rules"]["drop"].get("sg-a", [])] == dropped


def test_the_rule_carries_the_users_tags() -> None:
    result = rules(group("sg-a"), tags={"team": "a"})
    assert [item["tags"] for item in result["writes"]["rules"]["put"]] == [
        {"team": "a", MARK: CLUSTER_ARN, CONSUMER: KEY}
    ]


def test_a_tls_cluster_has_no_rule_for_the_plain_port() -> None:
    result = rules(group("sg-a", our_rule(8111)), port=9111)
    assert put(result) == [("sg-a", 9111, "sg-b")]
    assert result["writes"]["rules"]["drop"] == {
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
    result = rules(
        group("sg-a", our_rule()), given={"region": "eu-west-1", "cidr_blocks": ["10.1.0.0/24", "10.2.0.0/24"]}
    )
    assert put(result) == [("sg-a", 8111, "10.1.0.0/24"), ("sg-a", 8111, "10.2.0.0/24")]
    assert [item["group_id"] for item in result["writes"]["rules"]["drop"]["sg-a"]] == ["sg-b"]


@pytest.mark.parametrize(
    ("groups", "wanted", "chosen", "why"),
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
            id="ours",
        ),
        pytest.param(
            [group("sg-d", name="default"), group("sg-e", name="default")], {}, "sg-d", "dax_account_a_security", id="d"
        ),
    ],
)
def test_one_group_carries_the_rule_and_the_plan_says_why(
    groups: list[dict[str, Any]], wanted: dict[str, Any], chosen: str, why: str
) -> None:
    result = rules(*groups, **wanted)
    assert put(result) == [(chosen, 8111, "sg-b")]
    [action] = [item for item in result["actions"] if item["concern"] == "rules"]
    assert why in action["why"]


def test_the_rule_moves_to_the_group_that_the_user_names() -> None:
    result = rules(group("sg-a", our_rule()), group("sg-e"), security_group_id="sg-e")
    assert put(result) == [("sg-e", 8111, "sg-b")]
    assert list(result["writes"]["rules"]["drop"]) == ["sg-a"]


def test_the_rule_of_a_consumer_without_a_group_yet_is_left() -> None:
    result = rules(group("sg-a", our_rule()), given={"security_group_id": None})
    assert of(result, "rules") == []
    assert (put(result), result["writes"]["rules"]["drop"]) == ([], {})


def test_the_end_takes_only_the_consumers_rules() -> None:
    theirs = our_rule(source="sg-c", key=OTHER, rule_id="sgr-2")
    by_hand = rule("sgr-3", cidr_ip="192.0.2.0/24", description="dax by hand")
    groups = [
        group("sg-a", our_rule(), theirs, by_hand),
        group("sg-e", our_rule(9111, rule_id="sgr-4", description="x")),
    ]
    result = rules(*groups, state="absent", security_group_id="sg-that-is-gone")
    assert result["conflicts"] == []
    assert of(result, "rules") == [("remove", "rule sgr-1 on sg-a"), ("remove", "rule sgr-4 on sg-e")]
    assert put(result) == []
