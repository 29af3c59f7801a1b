# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any, cast

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_A,
    adopted_b,
    built_b,
    consumer,
    facts_a,
    facts_b,
    peering,
    route,
    rule,
    table,
    vpc,
    wanted_a,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import plan


def routes(count: int, **more: Any) -> list[dict[str, Any]]:
    """The local route, and as many more as it takes."""
    others = [route(f"172.{16 + number // 250}.{number % 250}.0/24", "tgw-1", **more) for number in range(count - 1)]
    return [route(BLOCK_A, "local"), *others]


def plan_of_a(*, tables: list[Any] | None = None, rules: tuple[Any, ...] = (), peerings: int = 1) -> dict[str, Any]:
    """Account A's plan for one new consumer, whose connection is one of so many."""
    found = [peering("pcx-1", "pending-acceptance")]
    for number in range(2, peerings + 1):
        found.append(peering(f"pcx-{number}", requester=build.end(build.C, f"vpc-{number}", f"10.{number}.0.0/24")))
    facts = facts_a(peerings=found, security_groups=[build.group("sg-a", *rules)])
    if tables:
        facts["route_tables"] = tables
        facts["effective_route_tables"] = dict.fromkeys(facts["cluster_subnet_ids"], "rtb-1")
    return plan_a(cast(FactsA, facts), wanted_a(consumers=[consumer()]))


def told(result: dict[str, Any], quota: str) -> list[str]:
    """The kinds of the lines that name a quota."""
    return [item["kind"] for item in result["actions"] if quota in item["why"]]


ROUTES, RULES = "Routes per route table", "Inbound or outbound rules per security group"
PEERINGS, VPCS = "Active VPC peering connections per VPC", "VPCs per Region"


@pytest.mark.parametrize(
    ("count", "kinds"), [(48, []), (49, []), (50, ["warning"]), (999, ["warning"]), (1000, ["conflict"])]
)
def test_routes_of_a_table(count: int, kinds: list[str]) -> None:
    assert told(plan_of_a(tables=[table("rtb-1", *routes(count))]), ROUTES) == kinds


def test_propagated_routes_and_those_of_the_other_family_do_not_count() -> None:
    propagated = routes(60, origin="EnableVgwRoutePropagation")[1:]
    ipv6 = [route(f"2001:db8:{number}::/56", "tgw-1") for number in range(1, 60)]
    assert told(plan_of_a(tables=[table("rtb-1", route(BLOCK_A, "local"), *propagated, *ipv6)]), ROUTES) == []


def test_a_table_that_gets_no_route_is_not_reported() -> None:
    full = table("rtb-1", *routes(60), route(build.BLOCK_B, "pcx-1"))
    assert told(plan_of_a(tables=[full]), ROUTES) == []


def rules(count: int, **more: Any) -> tuple[dict[str, Any], ...]:
    return tuple(rule(f"sgr-{n}", 1000 + n, **{"cidr_ip": "10.9.0.0/24", **more}) for n in range(count))


@pytest.mark.parametrize(
    ("there", "kinds"),
    [
        (rules(59), []),
        (rules(60), ["warning"]),
        (rules(1000), ["conflict"]),
        (rules(60, egress=True), []),
        (rules(40) + rules(40, cidr_ip=None, cidr_ipv6="2001:db8::/56"), []),
        (rules(40) + rules(20, cidr_ip=None, source_group_id="sg-x"), ["warning"]),
        (rules(60, cidr_ip=None, cidr_ipv6="2001:db8::/56"), ["warning"]),
    ],
)
def test_rules_of_a_group(there: tuple[Any, ...], kinds: list[str]) -> None:
    assert told(plan_of_a(rules=there), RULES) == kinds


@pytest.mark.parametrize(("count", "kinds"), [(50, []), (51, ["warning"]), (125, ["warning"]), (126, ["conflict"])])
def test_connections_of_account_as_vpc(count: int, kinds: list[str]) -> None:
    assert told(plan_of_a(peerings=count), PEERINGS) == kinds


@pytest.mark.parametrize(("count", "kinds"), [(49, []), (50, ["warning"]), (125, ["conflict"])])
def test_connections_of_account_bs_vpc(count: int, kinds: list[str]) -> None:
    others = [
        peering(f"pcx-{number}", accepter=build.end(build.C, f"vpc-{number}", "10.99.0.0/24"))
        for number in range(count)
    ]
    gone = [peering("pcx-9999", "deleted")]
    elsewhere = [peering("pcx-8888", requester=build.end(build.B, "vpc-elsewhere", "10.98.0.0/24"))]
    assert told(plan(adopted_b(peerings=[*others, *gone, *elsewhere])), PEERINGS) == kinds


@pytest.mark.parametrize(("count", "kinds"), [(49, []), (50, ["warning"]), (1000, ["conflict"])])
def test_routes_of_account_b(count: int, kinds: list[str]) -> None:
    facts = built_b(route_tables=[table("rtb-1", route(build.BLOCK_B, "local"), main=True)])
    facts["route_tables"][0]["routes"] += [*routes(count)[1:-1], route("0.0.0.0/0", "igw-1")]
    assert told(plan(facts), ROUTES) == kinds


@pytest.mark.parametrize(("count", "kinds"), [(4, []), (5, ["warning"])])
def test_vpcs_of_account_b(count: int, kinds: list[str]) -> None:
    shared = {**vpc("vpc-s", "10.88.0.0/24"), "owner_id": build.C}
    own = [{**vpc(f"vpc-{number}", f"10.2{number}.0.0/24"), "owner_id": build.B} for number in range(count)]
    assert told(plan(facts_b(vpcs=[*own, shared])), VPCS) == kinds
    assert told(plan(built_b(vpcs=[*own, *built_b()["vpcs"]])), VPCS) == []


# VPCs that another account shares.


def test_a_shared_vpc_is_its_owners() -> None:
    facts = adopted_b()
    for owner, refused in ((None, 0), (build.B, 0), (build.C, 1)):
        facts["vpc"]["owner_id"] = owner
        conflicts = plan(facts, vpc_id="vpc-b")["conflicts"]
        assert [f"belongs to account {build.C}" in line and "dax_account_b_vpc_id" in line for line in conflicts] == [
            True
        ] * refused


@pytest.mark.parametrize(("owner", "refused"), [(None, 0), (build.A, 0), (build.C, 1)])
def test_a_cluster_in_a_shared_vpc(owner: str | None, refused: int) -> None:
    facts = facts_a(vpc={**vpc(build.VPC_A, BLOCK_A), "owner_id": owner})
    result = plan_a(cast(FactsA, facts), wanted_a(consumers=[consumer()]))
    assert [f"belongs to account {build.C}" in line for line in result["conflicts"]] == [True] * refused
    absent = plan_a(cast(FactsA, facts), wanted_a(state="absent"))
    assert absent["conflicts"] == []
