# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import check_cluster_document
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    KEY,
    TAGS_A,
    consumer,
    facts_a,
    peering,
    route,
    wanted_a,
)

OTHER = f"{build.C}/dax-client"


def plan(facts: dict[str, Any], *consumers: Any, **wanted: Any) -> dict[str, Any]:
    return plan_a(facts, wanted_a(consumers=list(consumers), **wanted))


def of(result: dict[str, Any], concern: str) -> list[tuple[str, str]]:
    return [(item["kind"], item["resource"]) for item in result["actions"] if item["concern"] == concern]


# What is refused before anything is written.


@pytest.mark.parametrize(
    ("facts", "wanted", "says"),
    [
        pytest.param(
            facts_a(cluster=None, cluster_names=["stock", "users"]),
            {},
            [
                "DAX cluster orders",
                "us-east-1",
                "stock, users",
                "dax_account_a_cluster_name",
                "dax_account_a_connection",
            ],
            id="unknown cluster or wrong region",
        ),
        pytest.param(facts_a(cluster=None), {}, ["(there: none)"], id="no cluster at all"),
        pytest.param(
            facts_a(), {"account_id": build.C}, [build.C, build.A, "dax_account_a_account_id"], id="wrong account"
        ),
        pytest.param(
            facts_a(cluster=build.cluster(status="creating")),
            {},
            ["creating", "dax_account_a_cluster_name"],
            id="creating",
        ),
        pytest.param(facts_a(cluster=build.cluster(status="deleting")), {}, ["deleting"], id="deleting"),
        pytest.param(
            facts_a(), {"security_group_id": "sg-x"}, ["sg-x", "sg-a", "dax_account_a_security_group_id"], id="group"
        ),
        pytest.param(facts_a(security_groups=[]), {}, ["has no security group"], id="no group"),
    ],
)
def test_a_cluster_that_cannot_be_used_is_refused(
    facts: dict[str, Any], wanted: dict[str, Any], says: list[str]
) -> None:
    result = plan(facts, **wanted)
    assert len(result["conflicts"]) == 1
    assert [text for text in says if text not in result["conflicts"][0]] == []
    assert result["concerns"] == []


@pytest.mark.parametrize(
    ("consumers", "says"),
    [
        pytest.param([consumer(cidr_blocks=["10.0.9.0/24"])], ["10.0.0.0/16", "10.0.9.0/24"], id="overlap"),
        pytest.param([consumer(cidr_blocks=["10.1.0.0/24", "10.0.9.0/24"])], ["10.0.9.0/24"], id="secondary overlaps"),
        pytest.param([consumer(cidr_blocks=["100.64.1.0/24"])], ["100.64.0.0/16"], id="overlaps the secondary"),
        pytest.param([consumer(ipv6_cidr_blocks=["2001:db8:a:0::/64"])], ["2001:db8:a::/56"], id="IPv6 overlaps"),
        pytest.param([consumer(), consumer()], [KEY, "given twice", "dax_account_b_name"], id="twice"),
        pytest.param([consumer(build.A)], ["cluster's own", "dax_account_b_connection"], id="the same account"),
        pytest.param(
            [consumer(cluster_arn=f"{build.CLUSTER_ARN}2")], [f"{build.CLUSTER_ARN}2", KEY], id="another cluster's"
        ),
        pytest.param(
            [consumer(partition="aws-cn", role_arn=f"arn:aws-cn:iam::{build.B}:role/R")], ["aws-cn"], id="partition"
        ),
        pytest.param([consumer(), 5], ["consumer document 2", "int", "dax_account_a_consumers"], id="no document"),
        pytest.param([build.cluster_document()], ["consumer document 1", "kind"], id="the wrong document"),
        pytest.param(
            [consumer(), consumer(build.C, peering_connection_id="pcx-2")], [KEY, OTHER, build.BLOCK_B], id="same block"
        ),
        pytest.param(
            [consumer(), consumer(build.C, peering_connection_id="pcx-2", cidr_blocks=["10.1.0.128/25"])],
            [KEY, OTHER, build.BLOCK_B, "10.1.0.128/25"],
            id="nested blocks",
        ),
    ],
)
def test_consumers_that_cannot_be_let_in_are_refused(consumers: list[Any], says: list[str]) -> None:
    vpc = build.vpc(build.VPC_A, build.BLOCK_A, "100.64.0.0/16", ipv6=("2001:db8:a::/56",))
    result = plan(facts_a(vpc=vpc), *consumers)
    assert result["conflicts"], result["lines"]
    text = "\n".join(result["conflicts"])
    assert [item for item in says if item not in text] == []
    assert result["concerns"] == []
    assert result["lines"][0] == "account A: refused, nothing has been written"


def test_a_refused_overlap_is_told_once_a_pair() -> None:
    assert len(plan(facts_a(), consumer(cidr_blocks=["10.0.9.0/24"]))["conflicts"]) == 1


# Peering connections.

ACCEPTED = {"id": "pcx-1", "side": "accepter", "tags": {"Name": "dax-client", **TAGS_A}}
TAGGED = {"Name": "dax-client", **TAGS_A}


@pytest.mark.parametrize(
    ("found", "given", "kinds", "accept"),
    [
        pytest.param(peering(status="pending-acceptance"), {}, ["create"], [ACCEPTED], id="pending"),
        pytest.param(peering(status="provisioning"), {}, ["create"], [ACCEPTED], id="provisioning"),
        pytest.param(peering(status="initiating-request"), {}, ["create"], [ACCEPTED], id="initiating"),
        pytest.param(peering(tags=TAGGED), {}, [], [], id="active"),
        pytest.param(peering(tags=TAGGED, swapped=True), {}, [], [], id="active, requested by A"),
        pytest.param(peering(), {}, ["change"], [ACCEPTED], id="active, untagged"),
        pytest.param(
            peering("pcx-9", tags=TAGGED), {}, [], [], id="active, of another id than the document's, between the VPCs"
        ),
        pytest.param(peering(), {"peering_managed": False}, [], [], id="adopted"),
        pytest.param(
            peering(status="pending-acceptance"),
            {"peering_managed": False},
            ["create"],
            [{"id": "pcx-1", "side": "accepter"}],
            id="adopted, pending",
        ),
        pytest.param(
            peering(status="pending-acceptance", swapped=True), {}, ["wait"], [], id="pending, requested by A"
        ),
        pytest.param(None, {}, ["create"], [ACCEPTED], id="named, not visible yet"),
        pytest.param(None, {"peering_connection_id": None}, ["wait"], [], id="not requested"),
        pytest.param(peering(status="expired"), {}, ["wait"], [], id="expired"),
        pytest.param(peering(status="rejected"), {}, ["wait"], [], id="rejected"),
        pytest.param(peering(status="failed"), {}, ["wait"], [], id="failed"),
        pytest.param(peering(status="deleting"), {}, ["wait"], [], id="deleting"),
        pytest.param(peering(status="deleted"), {}, ["wait"], [], id="deleted"),
    ],
)
def test_peerings(found: dict[str, Any] | None, given: dict[str, Any], kinds: list[str], accept: list[Any]) -> None:
    result = plan(facts_a(peerings=[found] if found else []), consumer(**given))
    assert [kind for kind, _resource in of(result, "peering")] == kinds
    assert result["writes"]["peering"] == {"accept": accept, "end": []}
    assert result["conflicts"] == []
    if kinds == ["wait"]:
        assert "account B has to" in result["waiting_for"][0]
        # Neither does the run try what EC2 would refuse.
        assert result["writes"]["rules"]["put"] == []
        assert any("sg-a" in line for line in result["waiting_for"])


def test_a_living_peering_is_taken_before_a_dead_one_that_the_document_names() -> None:
    both = [peering("pcx-1", "expired"), peering("pcx-2", tags=TAGGED)]
    result = plan(facts_a(peerings=both), consumer(peering_connection_id="pcx-1"))
    assert of(result, "peering") == []
    assert {item["vpc_peering_connection_id"] for item in result["writes"]["routes"]["put"]} == {"pcx-2"}


@pytest.mark.parametrize(
    ("dns", "current", "changes"),
    [
        (None, True, False),
        (None, None, False),
        (True, True, False),
        (False, None, False),
        (True, None, True),
        (False, True, True),
    ],
)
@pytest.mark.parametrize("swapped", [False, True])
def test_dns_resolution_of_this_side(dns: bool | None, current: bool | None, changes: bool, swapped: bool) -> None:
    one = peering(tags=TAGGED, swapped=swapped)
    side = "requester" if swapped else "accepter"
    one[side]["dns_resolution"] = current
    result = plan(facts_a(peerings=[one]), consumer(), dns_resolution=dns)
    expected = [("change", f"DNS resolution of peering connection pcx-1 of {KEY}")] if changes else []
    assert of(result, "peering") == expected
    accept = [{"id": "pcx-1", "side": side, "dns_resolution": dns}] if changes else []
    assert result["writes"]["peering"]["accept"] == accept


def test_dns_resolution_goes_with_the_acceptance() -> None:
    result = plan(facts_a(peerings=[peering(status="pending-acceptance")]), consumer(), dns_resolution=True)
    assert result["writes"]["peering"]["accept"] == [{**ACCEPTED, "dns_resolution": True}]


# Routes.


def routes_of(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(item["route_table_id"], item["destination"]) for item in result["writes"]["routes"]["put"]]


def test_routes_go_into_the_effective_tables_of_the_clusters_subnets_and_no_other() -> None:
    result = plan(facts_a(peerings=[peering(tags=TAGGED)]), consumer())
    assert routes_of(result) == [("rtb-main", build.BLOCK_B), ("rtb-1", build.BLOCK_B)]


def test_a_consumer_with_several_blocks_has_a_route_for_each() -> None:
    blocks = ["10.1.0.0/24", "100.64.0.0/24"]
    result = plan(facts_a(peerings=[peering(tags=TAGGED)]), consumer(cidr_blocks=blocks))
    assert routes_of(result) == [(table, block) for table in ("rtb-main", "rtb-1") for block in blocks]


def test_a_cluster_in_the_secondary_block_of_its_vpc() -> None:
    facts = facts_a(vpc=build.vpc(build.VPC_A, build.BLOCK_A, "100.64.0.0/16"), cluster_subnet_ids=["subnet-1"])
    facts["subnets"] = [build.subnet("subnet-1", "100.64.1.0/24")]
    facts["peerings"] = [peering(tags=TAGGED)]
    result = plan(facts, consumer())
    assert routes_of(result) == [("rtb-1", build.BLOCK_B)]
    assert result["document"]["cidr_blocks"] == [build.BLOCK_A, "100.64.0.0/16"]


@pytest.mark.parametrize(
    ("family", "blocks"),
    [("ipv4", ["10.1.0.0/24"]), ("ipv6", ["2001:db8:b::/56"]), ("dual_stack", ["10.1.0.0/24", "2001:db8:b::/56"])],
)
@pytest.mark.parametrize("region", [build.REGION, "eu-west-1"])
def test_only_the_clusters_families_are_routed_and_let_in(family: str, blocks: list[str], region: str) -> None:
    facts = facts_a(cluster=build.cluster(network_type=family), peerings=[peering(tags=TAGGED)])
    result = plan(facts, consumer(ipv6_cidr_blocks=["2001:db8:b::/56"], region=region))
    assert routes_of(result) == [(table, block) for table in ("rtb-main", "rtb-1") for block in blocks]
    put = result["writes"]["rules"]["put"]
    if region == build.REGION:
        assert [(rule["group_id"], rule["user_id"]) for rule in put] == [("sg-b", build.B)]
    else:
        assert [rule.get("cidr_ip") or rule.get("cidr_ipv6") for rule in put] == blocks
        assert [key for rule in put for key in rule if key.startswith("cidr")] == [
            "cidr_ipv6" if ":" in block else "cidr_ip" for block in blocks
        ]


def test_a_foreign_route_is_a_conflict_and_force_replaces_it() -> None:
    facts = facts_a(peerings=[peering(tags=TAGGED)])
    facts["route_tables"][1]["routes"].append(route(build.BLOCK_B, "tgw-1"))
    assert "dax_account_a_force_routes" in plan(facts, consumer())["conflicts"][0]
    forced = plan(facts, consumer(), force_routes=True)
    assert forced["conflicts"] == []
    assert routes_of(forced) == [("rtb-main", build.BLOCK_B), ("rtb-1", build.BLOCK_B)]


@pytest.mark.parametrize("port", [8111, 9111])
def test_acls_of_the_clusters_subnets_are_told(port: int) -> None:
    endpoint = {**build.cluster()["endpoint"], "port": port}
    facts = facts_a(cluster=build.cluster(endpoint=endpoint), peerings=[peering(tags=TAGGED)])
    facts["network_acls"] = [build.acl(subnets=("subnet-1",)), build.acl(acl_id="acl-2", subnets=("subnet-9",))]
    result = plan(facts, consumer())
    assert len(result["warnings"]) == 2
    assert f"acl-1: TCP {port} from" in result["warnings"][0]
    assert "acl-1: TCP 1024-65535 to" in result["warnings"][1]
    assert "network_acl" not in result["concerns"]


# The document.


def test_the_cluster_document_is_one_that_account_b_takes() -> None:
    result = plan(facts_a())
    assert result["document"] == build.cluster_document()
    assert check_cluster_document(result["document"]) == result["document"]


@pytest.mark.parametrize(("partition", "region"), [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")])
def test_arns_of_other_partitions(partition: str, region: str) -> None:
    arn = f"arn:{partition}:dax:{region}:{build.A}:cache/orders"
    facts = facts_a(identity=build.identity(build.A, partition), region=region, cluster=build.cluster(cluster_arn=arn))
    role_b = f"arn:{partition}:iam::{build.B}:role/AssumeDaxRole"
    given = consumer(cluster_arn=arn, partition=partition, region=region, role_arn=role_b)
    result = plan(facts, given, role_path="/dax/")
    assert result["document"]["role_arn"] == f"arn:{partition}:iam::{build.A}:role/dax/DaxCrossAccountRole"
    assert result["writes"]["roles"][0]["trust"]["Statement"][0]["Principal"] == {"AWS": role_b}
    assert result["writes"]["policies"][0]["document"]["Statement"][0]["Resource"] == arn
    assert [text for text in result["lines"] if "arn:aws:" in text] == []


def test_the_document_tells_the_roles_real_arn_and_what_is_asked_for() -> None:
    role = build.role("DaxCrossAccountRole", build.policy(build.STRANGER), arn=f"arn:aws:iam::{build.A}:role/p/X")
    document = plan(facts_a(role=role), external_id="x")["document"]
    assert (document["role_arn"], document["external_id"]) == (role["arn"], "x")


def test_the_document_tells_what_is_routed_already() -> None:
    facts = facts_a(peerings=[peering("pcx-7", requester=build.end(build.C, "vpc-c", "10.7.0.0/16"))])
    main, one, other = facts["route_tables"]
    main["routes"] += [route("10.8.0.0/16", "tgw-1"), route("0.0.0.0/0", "igw-1"), route("pl-1", "vpce-1")]
    one["routes"] += [route("10.6.0.0/16", "pcx-6", "blackhole"), route("10.5.0.0/16", "nat-1")]
    other["routes"] += [route("10.4.0.0/16", "tgw-1")]
    assert plan(facts)["document"]["routed_cidr_blocks"] == ["10.5.0.0/16", "10.7.0.0/16", "10.8.0.0/16"]


def test_the_document_counts_no_connection_that_this_run_makes_ours() -> None:
    """An IPv6 cluster routes nothing to the consumer's IPv4 block, so that the next run would not find it again."""
    facts = facts_a(cluster=build.cluster(network_type="ipv6"), peerings=[peering(status="pending-acceptance")])
    blocks = ["2001:db8:b::/56"]
    assert plan(facts, consumer(ipv6_cidr_blocks=blocks))["document"]["routed_cidr_blocks"] == blocks
    strange = plan(facts, consumer(ipv6_cidr_blocks=blocks, peering_managed=False))["document"]
    assert strange["routed_cidr_blocks"] == [build.BLOCK_B, *blocks]


def test_the_document_counts_no_route_that_this_run_drops() -> None:
    facts = facts_a(peerings=[peering(tags=TAGGED)])
    for table in facts["route_tables"]:
        table["routes"].append(route(build.BLOCK_B, "pcx-1"))
    assert plan(facts)["document"]["routed_cidr_blocks"] == [build.BLOCK_B]
    assert plan(facts, prune=True)["document"]["routed_cidr_blocks"] == []


def test_teardown_tells_of_routes_to_a_connection_that_is_not_ours() -> None:
    facts = facts_a(peerings=[peering()])
    for table in facts["route_tables"][:2]:
        table["routes"] += [route(build.BLOCK_B, "pcx-1"), route("10.8.0.0/16", "pcx-1")]
    result = plan(facts, consumer(peering_managed=False), state="absent")
    assert result["changes"] == 0
    kept = [item for item in result["actions"] if item["kind"] == "keep"]
    assert [item["resource"] for item in kept] == [
        f"route {build.BLOCK_B} in {table}" for table in ("rtb-main", "rtb-1")
    ]
    assert "pcx-1" in kept[0]["why"]
