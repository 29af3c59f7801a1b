# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import check_consumer_document
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_A,
    BLOCK_B,
    TAGS_B,
    VPC_A,
    adopted_b,
    built_b,
    cluster_document,
    done,
    facts_b,
    peering,
    route,
    wanted_b,
)

MARKS = {**TAGS_B, "Name": "dax-client"}


def plan(facts: dict[str, Any], cluster: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    return plan_b(facts, wanted_b(cluster=cluster_document(**(cluster or {})), **wanted))


def of(result: dict[str, Any], *concerns: str) -> list[tuple[str, str]]:
    return [(item["kind"], item["resource"]) for item in result["actions"] if item["concern"] in concerns]


def test_an_empty_account() -> None:
    assert done(plan(facts_b())) == [
        ("create", "role AssumeDaxRole"),
        ("create", "policy AssumeDaxRolePolicy of role AssumeDaxRole"),
        ("create", "instance profile AssumeDaxInstanceProfile"),
        ("create", "VPC dax-client"),
        ("create", "subnet 10.1.0.0/24"),
        ("create", "security group dax-client"),
        ("create", "internet gateway"),
        ("create", "route 0.0.0.0/0 in the main route table"),
        ("create", f"peering connection to {VPC_A} of account {build.A}"),
        ("create", f"route {BLOCK_A} in the main route table"),
        ("create", "instance dax-client"),
    ]


def test_check_mode_makes_no_difference() -> None:
    for facts in (facts_b(), built_b(), adopted_b()):
        assert plan(facts, check_mode=True) == plan(facts)


@pytest.mark.parametrize("how", ["ours", "peering"])
def test_a_converged_account_has_nothing_to_change(how: str) -> None:
    result = plan(built_b(vpc_found_by=how))
    assert result["actions"] == []
    assert result["lines"] == ["account B: nothing to change"]
    assert result["concerns"] == []


# What is refused before anything is written.


@pytest.mark.parametrize(
    ("facts", "cluster", "wanted", "says"),
    [
        pytest.param(facts_b(), {}, {"account_id": build.C}, [build.B, "dax_account_b_account_id"], id="wrong account"),
        pytest.param(
            facts_b(identity=build.identity(build.A)),
            {},
            {},
            ["both sides", "dax_account_b_connection"],
            id="same account",
        ),
        pytest.param(
            facts_b(identity=build.identity(build.B, "aws-cn")),
            {},
            {},
            ["aws-cn", "dax_account_b_connection"],
            id="partition",
        ),
        pytest.param(
            facts_b(), {"kind": "x"}, {}, ["the cluster document", "dax_account_b_cluster"], id="bad document"
        ),
        pytest.param(facts_b(), {}, {"name": "a b"}, ["'a b'", "dax_account_b_name"], id="name"),
        pytest.param(
            facts_b(), {}, {"vpc_cidr": "10.0.9.0/24"}, ["10.0.9.0/24", BLOCK_A, "dax_account_b_vpc_cidr"], id="overlap"
        ),
        pytest.param(
            facts_b(),
            {"cidr_blocks": [BLOCK_A, "100.64.0.0/16"]},
            {"vpc_cidr": "100.64.9.0/24"},
            ["100.64.9.0/24", "100.64.0.0/16"],
            id="overlaps the secondary",
        ),
        pytest.param(
            adopted_b(),
            {"cidr_blocks": ["10.1.0.0/16"]},
            {},
            [BLOCK_B, "10.1.0.0/16", "dax_account_b_vpc_id"],
            id="adopted",
        ),
        pytest.param(built_b(), {"cidr_blocks": ["10.1.0.0/16"]}, {}, [BLOCK_B, "dax_account_b_vpc_cidr"], id="ours"),
        pytest.param(
            built_b(), {}, {"vpc_cidr": "10.9.0.0/24"}, [BLOCK_B, "10.9.0.0/24", "teardown"], id="another block now"
        ),
        pytest.param(
            facts_b(), {}, {"vpc_cidr": "10.1.0.1/24"}, ["host bits", "dax_account_b_vpc_cidr"], id="host bits"
        ),
        pytest.param(facts_b(), {}, {"vpc_cidr": "ten"}, ["dax_account_b_vpc_cidr"], id="no block"),
        pytest.param(facts_b(), {}, {"vpc_cidr": "2001:db8::/56"}, ["dax_account_b_vpc_cidr"], id="IPv6 block"),
        pytest.param(
            facts_b(), {}, {"vpc_cidr": "11.0.0.0/8"}, ["/8", "/16 to /28", "dax_account_b_vpc_cidr"], id="large"
        ),
        pytest.param(facts_b(), {}, {"vpc_prefix": 29}, ["/29", "dax_account_b_vpc_prefix"], id="small"),
        pytest.param(facts_b(), {}, {"vpc_pools": ["10.0.0.0/33"]}, ["dax_account_b_vpc_pools"], id="pools"),
        pytest.param(
            facts_b(),
            {},
            {"vpc_pools": [BLOCK_A]},
            ["a free /24", BLOCK_A, "dax_account_b_vpc_prefix"],
            id="nothing free",
        ),
        pytest.param(
            facts_b(),
            {},
            {"vpc_prefix": 28, "subnet_count": 2},
            ["too small", "dax_account_b_subnet_count"],
            id="subnets",
        ),
        pytest.param(
            built_b(), {}, {"subnet_count": 40}, ["too small", "dax_account_b_subnet_count"], id="subnets, later"
        ),
        pytest.param(
            built_b(), {}, {"subnet_count": 2}, ["no free /25", "dax_account_b_subnet_count"], id="no room for another"
        ),
        pytest.param(
            adopted_b(),
            {},
            {"subnet_ids": ["subnet-9"]},
            ["subnet-9", "subnet-1, subnet-2", "dax_account_b_subnet_ids"],
        ),
        pytest.param(adopted_b(subnets=[], effective_route_tables={}), {}, {}, ["no subnet"], id="adopted, no subnet"),
        pytest.param(
            adopted_b(), {}, {"security_group_id": "sg-9"}, ["sg-9", "dax_account_b_security_group_id"], id="group"
        ),
    ],
)
def test_what_cannot_be_is_refused(
    facts: dict[str, Any], cluster: dict[str, Any], wanted: dict[str, Any], says: list[str]
) -> None:
    result = plan(facts, cluster, **wanted)
    assert len(result["conflicts"]) == 1, result["conflicts"]
    assert [text for text in says if text not in result["conflicts"][0]] == []
    assert result["lines"][0] == "account B: refused, nothing has been written"


# Peering connections.


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        ("initiating-request", ["wait"]),
        ("pending-acceptance", ["wait"]),
        ("provisioning", ["wait"]),
        ("active", []),
        ("failed", ["create"]),
        ("expired", ["create"]),
        ("rejected", ["create"]),
        ("deleting", ["create"]),
        ("deleted", ["create"]),
    ],
)
def test_peerings(status: str, kinds: list[str], swapped: bool) -> None:
    facts = built_b(peerings=[peering(status=status, swapped=swapped, tags=MARKS)])
    facts["route_tables"][0]["routes"][-1]["state"] = "active" if status == "active" else "blackhole"
    result = plan(facts)
    writes = result["writes"]["peering"]
    assert writes["request"] == {
        "peer_vpc_id": VPC_A,
        "peer_owner_id": build.A,
        "peer_region": build.REGION,
        "tags": MARKS,
    }
    if kinds == ["wait"] and swapped:
        assert of(result, "peering") == [("create", "peering connection pcx-1")]
        assert writes["settle"] == {"state": "accepted", "connections": [{"id": "pcx-1", "side": "accepter"}]}
    else:
        assert [kind for kind, _resource in of(result, "peering")] == kinds
        assert writes["settle"] is None
    dead = kinds == ["create"]
    assert result["document"]["peering_connection_id"] == (None if dead else "pcx-1")
    assert of(result, "routes") == ([("change", f"route {BLOCK_A} in rtb-1")] if dead else [])


def test_a_dead_peering_beside_a_living_one_is_not_looked_at() -> None:
    both = [peering("pcx-0", "expired", tags=MARKS), peering("pcx-1", tags=MARKS)]
    assert plan(built_b(peerings=both))["actions"] == []


def test_a_route_to_a_dead_peering_is_replaced_with_the_next_one() -> None:
    facts = built_b(
        peerings=[peering("pcx-0", "deleted", tags=MARKS), peering("pcx-1", "pending-acceptance", tags=MARKS)]
    )
    facts["route_tables"][0]["routes"][-1] = route(BLOCK_A, "pcx-0", "blackhole")
    result = plan(facts)
    assert of(result, "routes") == [("change", f"route {BLOCK_A} in rtb-1")]
    facts["route_tables"][0]["routes"][-1] = route(BLOCK_A, "pcx-1", "blackhole")
    assert of(plan(facts), "routes") == []


@pytest.mark.parametrize(("adopted", "managed"), [(True, False), (False, True)])
def test_an_existing_peering_is_adopted_and_keeps_its_tags(adopted: bool, managed: bool) -> None:
    theirs = [peering(tags={"Owner": "x"})]
    result = plan(adopted_b(peerings=theirs) if adopted else built_b(peerings=theirs))
    assert of(result, "peering") == ([] if adopted else [("change", "tags of peering connection pcx-1")])
    assert result["document"]["peering_managed"] is managed
    assert result["document"]["peering_connection_id"] == "pcx-1"


@pytest.mark.parametrize(
    ("dns", "current", "changes"),
    [(None, True, False), (True, True, False), (False, None, False), (True, None, True), (False, True, True)],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_dns_resolution_of_this_side(dns: bool | None, current: bool | None, changes: bool, swapped: bool) -> None:
    one = peering(swapped=swapped, tags=MARKS)
    side = "accepter" if swapped else "requester"
    one[side]["dns_resolution"] = current
    result = plan(built_b(peerings=[one]), dns_resolution=dns)
    assert of(result, "peering") == ([("change", "DNS resolution of peering connection pcx-1")] if changes else [])
    entry = {"id": "pcx-1", "side": side, "dns_resolution": dns}
    settle = result["writes"]["peering"]["settle"]
    assert settle == ({"state": "present", "connections": [entry]} if changes else None)


@pytest.mark.parametrize("status", ["pending-acceptance", None])
def test_dns_resolution_waits_for_the_acceptance(status: str | None) -> None:
    result = plan(built_b(peerings=[peering(status=status, tags=MARKS)] if status else []), dns_resolution=True)
    assert result["writes"]["peering"]["settle"] is None
    assert result["writes"]["peering"]["unfinished"] is True
    assert any("once account A has accepted" in line for line in result["waiting_for"])


# Routes and ACLs.


@pytest.mark.parametrize(
    ("family", "blocks"),
    [("ipv4", [BLOCK_A]), ("ipv6", ["2001:db8:a::/56"]), ("dual_stack", [BLOCK_A, "2001:db8:a::/56"])],
)
def test_only_the_clusters_families_are_routed_in_every_table_of_the_clients_subnets(
    family: str, blocks: list[str]
) -> None:
    cluster = {"network_type": family, "ipv6_cidr_blocks": ["2001:db8:a::/56"]}
    result = plan(adopted_b(peerings=[peering()]), cluster)
    put = [(item["route_table_id"], item["destination"]) for item in result["writes"]["routes"]["put"]]
    assert put == [(table, block) for table in ("rtb-main", "rtb-1") for block in blocks]
    named = plan(adopted_b(peerings=[peering()]), cluster, subnet_ids=["subnet-1"])
    assert {item["route_table_id"] for item in named["writes"]["routes"]["put"]} == {"rtb-1"}


def test_every_block_of_the_clusters_vpc_is_routed() -> None:
    blocks = [BLOCK_A, "100.64.0.0/16"]
    result = plan(adopted_b(peerings=[peering()]), {"cidr_blocks": blocks}, subnet_ids=["subnet-1"])
    assert [item["destination"] for item in result["writes"]["routes"]["put"]] == blocks


def test_a_foreign_route_is_a_conflict_and_force_replaces_it() -> None:
    facts = built_b()
    facts["route_tables"][0]["routes"][-1] = route(BLOCK_A, "tgw-1")
    assert "tgw-1" in plan(facts)["conflicts"][0] and "dax_account_b_force_routes" in plan(facts)["conflicts"][0]
    forced = plan(facts, force_routes=True)
    assert (forced["conflicts"], done(forced)) == ([], [("change", f"route {BLOCK_A} in rtb-1")])


def test_a_more_specific_route_is_a_warning() -> None:
    facts = built_b()
    facts["route_tables"][0]["routes"].append(route("10.0.1.0/24", "tgw-1"))
    result = plan(facts)
    assert (result["changes"], len(result["warnings"])) == (0, 1)
    assert "10.0.1.0/24 to tgw-1" in result["warnings"][0]


def test_acls_of_the_clients_subnets_are_told() -> None:
    facts = built_b(network_acls=[build.acl(), build.acl(acl_id="acl-2", subnets=("subnet-9",))])
    endpoint = {**cluster_document()["endpoint"], "port": 9111}
    warnings = plan(facts, {"endpoint": endpoint, "encryption_type": "TLS"})["warnings"]
    assert len(warnings) == 2
    assert f"acl-1: TCP 1024-65535 from {BLOCK_A}" in warnings[0]
    assert f"acl-1: TCP 9111 to {BLOCK_A}" in warnings[1]


# The document.


def test_the_consumer_document_is_one_that_account_a_takes() -> None:
    document = plan(built_b())["document"]
    assert document == build.consumer()
    assert check_consumer_document(document) == document


def test_the_document_of_an_empty_account_tells_what_is_known() -> None:
    document = plan(facts_b())["document"]
    unknown: dict[str, Any] = dict.fromkeys(("vpc_id", "peering_connection_id", "security_group_id"))
    assert document == build.consumer(**unknown, cidr_blocks=["10.1.0.0/24"])


@pytest.mark.parametrize(
    ("own", "asked", "told"), [("", None, None), ("ex", None, "ex"), ("", "why", "why"), ("ex", "why", "ex")]
)
def test_the_external_id(own: str, asked: str | None, told: str | None) -> None:
    assert plan(facts_b(), {"external_id": asked}, external_id=own)["document"]["external_id"] == told


@pytest.mark.parametrize(
    ("partition", "region", "service", "endpoint"),
    [
        ("aws-cn", "cn-north-1", "ec2.amazonaws.com.cn", "cn.com.amazonaws.cn-north-1.sts"),
        ("aws-us-gov", "us-gov-west-1", "ec2.amazonaws.com", "com.amazonaws.us-gov-west-1.sts"),
    ],
)
def test_names_in_other_partitions(partition: str, region: str, service: str, endpoint: str) -> None:
    arn = f"arn:{partition}:dax:{region}:{build.A}:cache/orders"
    role = f"arn:{partition}:iam::{build.A}:role/DaxCrossAccountRole"
    facts = facts_b(identity=build.identity(build.B, partition), region=region)
    cluster = {"partition": partition, "region": region, "cluster_arn": arn, "role_arn": role}
    result = plan(facts, cluster, ssm_access=True, sts_access="vpc_endpoint")
    writes = result["writes"]
    assert result["document"]["role_arn"] == f"arn:{partition}:iam::{build.B}:role/AssumeDaxRole"
    assert writes["role"]["trust"]["Statement"][0]["Principal"] == {"Service": service}
    assert writes["role"]["managed_policies"] == [f"arn:{partition}:iam::aws:policy/AmazonSSMManagedInstanceCore"]
    assert writes["policy"]["document"]["Statement"][0]["Resource"] == role
    assert writes["endpoints"][0]["service"] == endpoint


@pytest.mark.parametrize(("own", "arn"), [(False, build.ROLE_A), (True, f"{build.ROLE_A}-{build.B}-dax-client")])
def test_the_role_that_the_instance_may_assume(own: bool, arn: str) -> None:
    result = plan(facts_b(), {"role_per_consumer": own})
    assert result["writes"]["policy"]["document"]["Statement"][0]["Resource"] == arn
    assert result["document"]["assumed_role_arn"] == arn


def test_a_client_in_another_region() -> None:
    """The peering connection crosses the regions; the document tells both."""
    result = plan(facts_b(region="eu-west-1"))
    assert result["writes"]["peering"]["request"]["peer_region"] == build.REGION
    assert result["document"]["region"] == "eu-west-1"
    assert result["conflicts"] == []
