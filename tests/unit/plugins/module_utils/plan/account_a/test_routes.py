# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    consumer,
    facts_a,
    peering,
    route,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    TAGGED,
    actions,
    args,
    joined,
    plan,
    routes,
    rules,
)


def placed(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(table, destination) for table, destination, _target in routes(result)]


def test_routes_go_into_the_effective_tables_of_the_clusters_subnets_and_no_other() -> None:
    result = plan(facts_a(peerings=[peering(tags=TAGGED)]), consumer())
    assert placed(result) == [("rtb-main", build.BLOCK_B), ("rtb-1", build.BLOCK_B)]


def test_a_consumer_with_several_blocks_has_a_route_for_each() -> None:
    blocks = ["10.1.0.0/24", "100.64.0.0/24"]
    result = plan(facts_a(peerings=[joined(*blocks)]), consumer(cidr_blocks=blocks))
    assert placed(result) == [(table, block) for table in ("rtb-main", "rtb-1") for block in blocks]


def test_a_cluster_in_the_secondary_block_of_its_vpc() -> None:
    facts = facts_a(vpc=build.vpc(build.VPC_A, build.BLOCK_A, "100.64.0.0/16"), cluster_subnet_ids=["subnet-1"])
    facts["subnets"] = [build.subnet("subnet-1", "100.64.1.0/24")]
    facts["peerings"] = [peering(tags=TAGGED)]
    result = plan(facts, consumer())
    assert placed(result) == [("rtb-1", build.BLOCK_B)]
    assert result["document"]["cidr_blocks"] == [build.BLOCK_A, "100.64.0.0/16"]


@pytest.mark.parametrize(
    ("family", "blocks"),
    [("ipv4", ["10.1.0.0/24"]), ("ipv6", ["2001:db8:b::/56"]), ("dual_stack", ["10.1.0.0/24", "2001:db8:b::/56"])],
)
@pytest.mark.parametrize("region", [build.REGION, "eu-west-1"])
def test_only_the_clusters_families_are_routed_and_let_in(family: str, blocks: list[str], region: str) -> None:
    there = joined(region=region, ipv6=("2001:db8:b::/56",))
    facts = facts_a(cluster=build.cluster(network_type=family), peerings=[there])
    result = plan(facts, consumer(ipv6_cidr_blocks=["2001:db8:b::/56"], region=region))
    assert placed(result) == [(table, block) for table in ("rtb-main", "rtb-1") for block in blocks]
    [adding] = rules(result).values()
    if region == build.REGION:
        assert [(rule["group_id"], rule["user_id"]) for rule in adding] == [("sg-b", build.B)]
    else:
        assert [rule.get("cidr_ip") or rule.get("cidr_ipv6") for rule in adding] == blocks
        assert [key for rule in adding for key in rule if key.startswith("cidr")] == [
            "cidr_ipv6" if ":" in block else "cidr_ip" for block in blocks
        ]


def test_an_unmanaged_route_is_a_conflict_and_force_replaces_it() -> None:
    facts = facts_a(peerings=[peering(tags=TAGGED)])
    facts["route_tables"][1]["routes"].append(route(build.BLOCK_B, "tgw-1"))
    assert "dax_account_a_force_routes" in plan(facts, consumer())["conflicts"][0]
    forced = plan(facts, consumer(), force_routes=True)
    assert forced["conflicts"] == []
    assert [given["replace"] for given in args(forced, "routes")] == [True]
    assert placed(forced) == [("rtb-main", build.BLOCK_B), ("rtb-1", build.BLOCK_B)]


@pytest.mark.parametrize("port", [8111, 9111])
def test_acls_of_the_clusters_subnets_are_reported(port: int) -> None:
    endpoint = {**build.cluster()["endpoint"], "port": port}
    facts = facts_a(cluster=build.cluster(endpoint=endpoint), peerings=[peering(tags=TAGGED)])
    facts["network_acls"] = [build.acl(subnets=("subnet-1",)), build.acl(acl_id="acl-2", subnets=("subnet-9",))]
    result = plan(facts, consumer())
    assert len(result["warnings"]) == 2
    assert f"acl-1: TCP {port} from" in result["warnings"][0]
    assert "acl-1: TCP 1024-65535 to" in result["warnings"][1]
    assert "network_acl" not in result["steps"]


def test_teardown_reports_routes_to_an_unmanaged_connection() -> None:
    facts = facts_a(peerings=[peering()])
    for table in facts["route_tables"][:2]:
        table["routes"] += [route(build.BLOCK_B, "pcx-1"), route("10.8.0.0/16", "pcx-1")]
    result = plan(facts, consumer(peering_managed=False), state="absent")
    assert result["changes"] == 0
    kept = [("keep", f"route:{table}/{build.BLOCK_B}") for table in ("rtb-main", "rtb-1")]
    assert actions(result, "routes") == kept
    assert "pcx-1" in next(item["why"] for item in result["actions"] if item["kind"] == "keep")


def test_routes_of_a_consumer_that_loses_access_are_removed_wherever_they_are() -> None:
    facts = facts_a(peerings=[peering(tags=TAGGED)])
    for table in facts["route_tables"]:
        table["routes"].append(route(build.BLOCK_B, "pcx-1"))
    result = plan(facts, prune=True)
    tables = ("rtb-main", "rtb-1", "rtb-other")
    assert actions(result, "routes") == [("remove", f"route:{table}/{build.BLOCK_B}") for table in tables]
    entries = [
        {"route_table_id": table, "destination": build.BLOCK_B, "vpc_peering_connection_id": "pcx-1"}
        for table in tables
    ]
    assert args(result, "routes") == [{"routes": entries, "state": "absent"}]
