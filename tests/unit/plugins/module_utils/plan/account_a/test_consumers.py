# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import check_cluster_document
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    KEY,
    TAGS_A,
    consumer,
    done,
    facts_a,
    peering,
    route,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    OTHER,
    actions,
    changed_role,
    connections,
    plan,
    routes,
    rules,
)

# Who is there and who is not.


def known_everywhere() -> dict[str, Any]:
    """Facts with a second consumer that an earlier run let in."""
    role = build.role(
        "DaxCrossAccountRole",
        build.policy(build.trust(f"arn:aws:iam::{build.C}:role/AssumeDaxRole")),
        inline_policies={"DaxCrossAccountPolicy": {}},
        tags={build.MARK: build.CLUSTER_ARN, f"{build.CONSUMER}:{OTHER}": f"arn:aws:iam::{build.C}:role/AssumeDaxRole"},
    )
    tags = {"Name": "dax-client", build.MARK: build.CLUSTER_ARN, build.CONSUMER: OTHER}
    theirs = peering("pcx-2", tags=tags, requester=build.end(build.C, "vpc-c", "10.3.0.0/24"))
    facts = facts_a(role=role, peerings=[theirs, peering(status="pending-acceptance")])
    for table in facts["route_tables"][:2]:
        table["routes"].append(route("10.3.0.0/24", "pcx-2"))
    facts["security_groups"] = [build.group("sg-a", build.our_rule(source="sg-c", key=OTHER, rule_id="sgr-2"))]
    return facts


def test_a_consumer_not_in_this_run_keeps_its_grants_and_is_reported() -> None:
    facts = known_everywhere()
    result = plan(facts, consumer())
    assert result["orphans"] == [OTHER]
    assert ("keep", f"consumer:{OTHER}") in actions(result, "orphans")
    assert "remove" not in {kind for kind, _resource in done(result)}
    role = changed_role(result, facts["role"])
    trusted = role["trust"]["Statement"][0]["Principal"]["AWS"]
    assert trusted == [f"arn:aws:iam::{account}:role/AssumeDaxRole" for account in (build.B, build.C)]
    assert set(role["tags"]) >= {f"{build.CONSUMER}:{key}" for key in (KEY, OTHER)}


def test_prune_removes_just_what_the_orphan_has() -> None:
    facts = known_everywhere()
    result = plan(facts, consumer(), prune=True)
    assert result["orphans"] == []
    removed = {resource for kind, resource in done(result) if kind == "remove"}
    assert removed == {
        "peering_connection:pcx-2",
        "route:rtb-1/10.3.0.0/24",
        "route:rtb-main/10.3.0.0/24",
        "rule:sg-a/sgr-2",
    }
    role = changed_role(result, facts["role"])
    assert role["trust"]["Statement"] == [build.trust(build.ROLE_B)]
    assert f"{build.CONSUMER}:{OTHER}" not in role["tags"]
    assert connections(result, "absent") == [{"id": "pcx-2", "side": "accepter"}]
    assert list(rules(result, "absent")) == ["sg-a"]


@pytest.mark.parametrize("left", ["role", "peerings", "security_groups"])
def test_an_orphan_is_known_by_any_single_thing_that_is_left_of_it(left: str) -> None:
    whole = known_everywhere()
    whole["peerings"].pop()
    assert plan(facts_a(**{left: whole[left]}))["orphans"] == [OTHER]


def test_the_removal_of_one_consumer_leaves_the_other() -> None:
    facts = known_everywhere()
    facts["role"]["trust"] = build.policy(build.trust(build.ROLE_B, f"arn:aws:iam::{build.C}:role/AssumeDaxRole"))
    facts["role"]["tags"][f"{build.CONSUMER}:{KEY}"] = build.ROLE_B
    facts["peerings"][1] = peering(tags={"Name": "dax-client", **TAGS_A})
    facts["route_tables"][1]["routes"].append(route(build.BLOCK_B, "pcx-1"))
    facts["security_groups"][0]["rules"].append(build.our_rule())
    result = plan(facts, consumer(), state="absent")
    assert result["orphans"] == [OTHER]
    removed = [resource for kind, resource in done(result) if kind == "remove"]
    assert removed == ["rule:sg-a/sgr-1", f"route:rtb-1/{build.BLOCK_B}", "peering_connection:pcx-1"]
    role = changed_role(result, facts["role"])
    assert f"{build.CONSUMER}:{KEY}" not in role["tags"]
    assert role["trust"]["Statement"][0]["Principal"]["AWS"] == f"arn:aws:iam::{build.C}:role/AssumeDaxRole"


def test_an_absent_run_with_prune_removes_everything() -> None:
    result = plan(known_everywhere(), state="absent", prune=True)
    assert ("remove", "role:DaxCrossAccountRole") in done(result)
    assert ("remove", "peering_connection:pcx-2") in done(result)
    assert result["orphans"] == []


def test_an_absent_run_without_documents_takes_nothing_from_those_that_it_does_not_know() -> None:
    facts = known_everywhere()
    facts["role"]["inline_policies"]["DaxCrossAccountPolicy"] = dax_policy(build.CLUSTER_ARN, "read_write")
    assert done(plan(facts, state="absent")) == []


def test_a_run_without_any_consumer_says_what_it_waits_for_and_writes_nothing() -> None:
    result = plan(facts_a())
    assert (result["changes"], result["conflicts"]) == (0, [])
    assert "account B's run writes it" in result["waiting_for"][0]
    assert result["lines"][0] == "account A: nothing to change"


def test_a_consumer_that_is_half_built_gets_what_can_be_given() -> None:
    """Account B's first run may have ended before it had a peering connection and a group."""
    half = consumer(vpc_id=None, cidr_blocks=[], peering_connection_id=None, security_group_id=None)
    result = plan(facts_a(), half)
    assert done(result) == [
        ("create", "role:DaxCrossAccountRole"),
        ("create", "policy:DaxCrossAccountRole/DaxCrossAccountPolicy"),
    ]
    assert len(result["waiting_for"]) == 2
    assert result["conflicts"] == []


def test_check_mode_predicts_what_a_real_run_would_do_once_account_b_has_built() -> None:
    half = consumer(vpc_id=None, peering_connection_id=None, security_group_id=None)
    predicted = plan(facts_a(), half, check_mode=True)
    real = plan(facts_a(peerings=[peering(status="pending-acceptance")]), consumer())
    assert predicted["waiting_for"] == []
    assert [(item["step"], item["kind"]) for item in predicted["actions"]] == [
        (item["step"], item["kind"]) for item in real["actions"]
    ]


def test_a_document_that_another_team_has_yet_to_write_is_waited_for_and_prunes_nobody() -> None:
    result = plan(known_everywhere(), consumer(), prune=True, missing_documents=["/x/consumer.yml"])
    assert any("/x/consumer.yml" in line for line in result["waiting_for"])
    assert result["orphans"] == [OTHER]
    assert "remove" not in {kind for kind, _resource in done(result)}


def test_a_consumers_routes_lead_to_its_own_connection_whatever_others_there_are() -> None:
    result = plan(known_everywhere(), consumer())
    assert {(destination, target) for _table, destination, target in routes(result)} == {(build.BLOCK_B, "pcx-1")}
    assert [item["id"] for item in connections(result, "accepted")] == ["pcx-1"]


def test_a_document_that_names_the_connection_of_another_account_is_refused() -> None:
    result = plan(known_everywhere(), consumer(peering_connection_id="pcx-2"))
    assert len(result["conflicts"]) == 1
    why = f"its document names pcx-2, which is with VPC vpc-c of account {build.C}, not with its own"
    assert result["conflicts"] == [f"consumer {KEY}: {why} (dax_account_a_consumers)"]
    assert result["steps"] == []


# Without the cluster.


def test_what_was_made_for_a_deleted_cluster_can_be_removed() -> None:
    left = known_everywhere()
    keys = ("role", "peerings", "security_groups", "route_tables")
    left["peerings"].pop()
    result = plan(build.gone_a(**{key: left[key] for key in keys}), state="absent", prune=True)
    assert result["conflicts"] == []
    assert len(done(result)) == 5
    assert result["document"]["vpc_id"] == build.VPC_A
    assert check_cluster_document(result["document"], complete=False)["cluster_arn"] == build.CLUSTER_ARN


def test_there_is_nothing_to_do_when_nothing_is_left_of_a_deleted_cluster() -> None:
    result = plan(build.gone_a(), consumer(), state="absent", security_group_id="sg-0")
    assert (result["changes"], result["conflicts"]) == (0, [])


def test_a_cluster_being_deleted_does_not_stop_a_teardown() -> None:
    result = plan(facts_a(cluster=build.cluster(status="deleting")), consumer(), state="absent")
    assert result["conflicts"] == []
