# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each quota below, at and above 80 and 100 percent: AWS's default, one that was raised, one that may not be read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.quotas import QUOTAS
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.quotas import to_come
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.block import block_request
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_A,
    adopted_b,
    built_b,
    consumer,
    facts_a,
    facts_b,
    peering,
    read,
    route,
    rule,
    table,
    vpc,
    wanted_a,
    wanted_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import plan

Facts = dict[str, Any]
DENIED = "AccessDeniedException: no, the credentials may not servicequotas:GetServiceQuota"


def routes(count: int, ipv6: bool = False, **more: Any) -> list[Facts]:
    blocks = [f"2001:db8:{n:x}::/56" if ipv6 else f"172.{16 + n // 250}.{n % 250}.0/24" for n in range(count)]
    return [route(block, "tgw-1", **more) for block in blocks]


def rules(count: int, **more: Any) -> list[Facts]:
    return [rule(f"sgr-{n}", 1000 + n, **{"cidr_ip": "10.9.0.0/24", **more}) for n in range(count)]


def others(count: int, **more: Any) -> list[Facts]:
    """Connections of account A's VPC with so many others."""
    return [
        peering(f"pcx-x{n}", requester=build.end(build.C, f"vpc-x{n}", "10.99.0.0/24"), **more) for n in range(count)
    ]


# What there is of each quota before the plan adds one.


def a_peerings(used: int) -> Facts:
    return facts_a(peerings=[peering("pcx-1", "pending-acceptance"), *others(used)])


def a_routes(used: int, ipv6: bool = False) -> Facts:
    local = [] if ipv6 else [route(BLOCK_A, "local")]
    full = table("rtb-1", *local, *routes(used - len(local), ipv6))
    both = build.end(build.B, build.VPC_B, build.BLOCK_B, ipv6=("2001:db8:ffff::/56",))
    facts = facts_a(peerings=[peering(requester=both)], route_tables=[full])
    facts["effective_route_tables"] = dict.fromkeys(facts["cluster_subnet_ids"], "rtb-1")
    if ipv6:
        facts["cluster"]["network_type"] = "ipv6"
    return facts


def a_routes6(used: int) -> Facts:
    return a_routes(used, ipv6=True)


def a_rules(used: int, **more: Any) -> Facts:
    return facts_a(peerings=[peering()], security_groups=[build.group("sg-a", *rules(used, **more))])


def a_rules6(used: int) -> Facts:
    return a_rules(used, cidr_ip=None, cidr_ipv6="2001:db8::/56")


def a_roles(used: int) -> Facts:
    return facts_a(peerings=[peering()], usage={"roles": read(used)})


def b_peerings(used: int) -> Facts:
    mine = [peering(f"pcx-{n}", accepter=build.end(build.C, f"vpc-{n}", "10.99.0.0/24")) for n in range(used)]
    elsewhere = peering("pcx-e", requester=build.end(build.B, "vpc-elsewhere", "10.98.0.0/24"))
    return adopted_b(peerings=[*mine, peering("pcx-d", "deleted"), elsewhere])


def b_routes(used: int) -> Facts:
    there = [route(build.BLOCK_B, "local"), route("0.0.0.0/0", "igw-1"), *routes(used - 2)]
    return built_b(route_tables=[table("rtb-1", *there, main=True)])


def b_vpcs(used: int) -> Facts:
    shared = {**vpc("vpc-s", "10.88.0.0/24"), "owner_id": build.C}
    own = [{**vpc(f"vpc-{n}", f"10.2{n}.0.0/24"), "owner_id": build.B} for n in range(used)]
    return facts_b(vpcs=[*own, shared])


def b_counted(name: str) -> Callable[[int], Facts]:
    return lambda used: facts_b(usage={name: read(used)})


def b_subnets(used: int) -> Facts:
    found = built_b(subnets=[build.subnet(f"subnet-{n}", f"10.77.{n}.0/28") for n in range(used)])
    return {**found, "availability_zones": list(build.ZONES)}


def b_endpoints(used: int) -> Facts:
    made = [build.endpoint(f"x{n}", subnet_ids=["subnet-1"]) for n in range(used)]
    gateway = build.endpoint("s3")
    return built_b(vpc_endpoints=[*made, gateway])


def b_groups(used: int) -> Facts:
    facts = built_b()
    facts["instances"][0]["security_group_ids"] = [f"sg-{n}" for n in range(used)]
    return facts


Case = tuple[str, Callable[[int], Facts], str, dict[str, Any]]
A_CASES: list[Case] = [
    ("peerings", a_peerings, "vpc:vpc-a", {}),
    ("routes", a_routes, "route_table:rtb-1", {}),
    ("routes", a_routes6, "route_table:rtb-1", {"ipv6_cidr_blocks": ["2001:db8:ffff::/56"]}),
    ("rules", a_rules, "security_group:sg-a", {}),
    ("rules", a_rules6, "security_group:sg-a", {}),
    ("roles", a_roles, "role:DaxCrossAccountRole", {}),
]
B_CASES: list[Case] = [
    ("peerings", b_peerings, "vpc:vpc-b", {}),
    ("routes", b_routes, "route_table:rtb-1", {}),
    ("vpcs", b_vpcs, "vpc:dax-client", {}),
    ("internet_gateways", b_counted("internet_gateways"), "internet_gateway:", {}),
    ("security_groups", b_counted("security_groups"), "security_group:dax-client", {}),
    ("peering_requests", b_counted("peering_requests"), "peering_connection:vpc-a/111111111111", {}),
    ("roles", b_counted("roles"), "role:AssumeDaxRole", {}),
    ("instance_profiles", b_counted("instance_profiles"), "instance_profile:AssumeDaxInstanceProfile", {}),
    ("subnets", b_subnets, "vpc:vpc-b", {}),
    ("interface_endpoints", b_endpoints, "vpc:vpc-b", {"sts_access": "vpc_endpoint"}),
    ("groups_per_interface", b_groups, "instance:i-1", {}),
]


def told(case: Case, side: str, used: int, reading: Facts | None = None) -> list[tuple[str, str, str]]:
    """What the plan says of a quota, as (kind, identity, why), when it adds one."""
    name, make, _about, more = case
    facts = make(used)
    facts["quotas"] = {name: reading} if reading else {}
    of_a = side == "a"
    result = plan_a(cast(FactsA, facts), wanted_a(consumers=[consumer(**more)])) if of_a else plan(facts, **more)
    code = f"({QUOTAS[name].code})"
    found = [item for item in result["actions"] if code in item["why"]]
    assert {item["step"] for item in found} <= {"quotas"}
    assert all(QUOTAS[name].name in item["why"] for item in found)
    return [(item["kind"], build.identity_of(item), item["why"]) for item in found]


CASES = [pytest.param("a", case, id=f"a-{case[1].__name__}") for case in A_CASES]
CASES += [pytest.param("b", case, id=f"b-{case[0]}") for case in B_CASES]


@pytest.mark.parametrize(("side", "case"), CASES)
def test_each_quota_from_80_percent_on(side: str, case: Case) -> None:
    name, _make, about, _more = case
    quota = QUOTAS[name]
    assert quota.default is not None
    for limit, reading in ((quota.default, None), (quota.default, read(float(quota.default))), (7, read(7.0))):
        near = -(-limit * 8 // 10)  # the first that is near
        if near >= 4:
            assert told(case, side, near - 2, reading) == [], "79 percent"
        for used, kind in ((near - 1, "warning"), (limit - 1, "warning"), (limit, "conflict"), (limit + 1, "conflict")):
            if reading is None and used > limit:
                continue  # see below
            if used < 2 and name == "routes":
                continue
            ((found, identity, why),) = told(case, side, used, reading)
            assert (found, identity) == (kind, about), used
            assert f"would be {used + 1}, the quota is {limit}" in why
            assert "Service Quotas" in why
            assert "could not be read" not in why


@pytest.mark.parametrize(("side", "case"), CASES)
def test_a_quota_that_aws_has_raised_counts(side: str, case: Case) -> None:
    default = QUOTAS[case[0]].default
    assert default is not None
    raised = default * 2 if (QUOTAS[case[0]].highest or default * 2) >= default * 2 else QUOTAS[case[0]].highest
    assert told(case, side, default, read(float(cast(int, raised)))) == []


@pytest.mark.parametrize(("side", "case"), CASES)
def test_of_a_quota_that_may_not_be_read_the_default_counts_and_the_line_says_so(side: str, case: Case) -> None:
    default, refused = QUOTAS[case[0]].default, read(problem=DENIED)
    assert default is not None
    ((kind, _about, why),) = told(case, side, default, refused)
    assert (kind, "by AWS's default" in why, "servicequotas:GetServiceQuota" in why) == ("conflict", True, True)
    ((kind, _about, why),) = told(case, side, default - 1, refused)
    assert (kind, "servicequotas:GetServiceQuota" in why) == ("warning", True)
    # Who has more than the default has been granted more.
    ((kind, _about, why),) = told(case, side, default + 1, refused)
    assert (kind, "servicequotas:GetServiceQuota" in why) == ("warning", True)


@pytest.mark.parametrize(("side", "case"), CASES)
def test_what_aws_grants_at_the_most_is_the_end(side: str, case: Case) -> None:
    highest = QUOTAS[case[0]].highest
    for reading in (None, read(problem=DENIED), read(float(highest or 0))) if highest else ():
        ((kind, _about, why),) = told(case, side, highest, reading)  # type: ignore[arg-type]
        assert (kind, f"the quota is {highest}; AWS grants no more" in why) == ("conflict", True)


def test_what_counts_for_routes_and_what_does_not() -> None:
    facts = a_routes(400)
    facts["route_tables"][0]["routes"] += [*routes(60, origin="EnableVgwRoutePropagation"), *routes(450, ipv6=True)]
    assert told_of(facts, "routes") == ["warning"]
    facts["route_tables"][0]["routes"].append(route("pl-1", "tgw-1"))
    assert "would be 402" in str(lines_of(facts, "routes"))
    facts["prefix_lists"] = [build.prefix_list("pl-1", "10.66.0.0/24", max_entries=100)]
    assert told_of(facts, "routes") == ["conflict"], "a list counts as often as it may have entries"


def test_what_counts_for_rules_and_what_does_not() -> None:
    def kinds(*there: Facts, lists: tuple[Facts, ...] = ()) -> list[str]:
        facts = facts_a(peerings=[peering()], security_groups=[build.group("sg-a", *there)], prefix_lists=list(lists))
        return told_of(facts, "rules")

    ipv6 = {"cidr_ip": None, "cidr_ipv6": "2001:db8::/56"}
    assert kinds(*rules(60, egress=True)) == []
    assert kinds(*rules(40), *rules(40, **ipv6)) == []
    assert kinds(*rules(40), *rules(20, cidr_ip=None, source_group_id="sg-x")) == ["conflict"]
    listed = rules(1, cidr_ip=None, prefix_list_id="pl-1")
    assert kinds(*rules(40), *listed) == []
    assert kinds(*rules(40), *listed, lists=(build.prefix_list(),)) == ["conflict"]


def test_only_connections_that_are_active_count_and_what_goes_makes_room() -> None:
    pending = others(60, status="pending-acceptance")
    assert told_of(facts_a(peerings=[peering("pcx-1", "pending-acceptance"), *pending]), "peerings") == []
    other = peering("pcx-x", tags={**build.TAGS_A, build.CONSUMER: f"{build.C}/gone"})
    facts = facts_a(peerings=[peering("pcx-1", "pending-acceptance"), other, *others(49)])
    assert told_of(facts, "peerings") == ["conflict"]
    assert told_of(facts, "peerings", prune=True) == ["warning"]


def lines_of(facts: Facts, name: str, **given: Any) -> list[Facts]:
    consumers = [] if given.get("expected") else [consumer()]
    result = plan_a(cast(FactsA, facts), wanted_a(consumers=consumers, **given))
    return [item for item in result["actions"] if QUOTAS[name].code in item["why"]]


def told_of(facts: Facts, name: str, **given: Any) -> list[str]:
    return [item["kind"] for item in lines_of(facts, name, **given)]


def test_what_is_full_and_gets_nothing_is_not_reported() -> None:
    facts = a_routes(600)
    facts["route_tables"][0]["routes"].append(route(build.BLOCK_B, "pcx-1"))
    assert told_of(facts, "routes") == []
    assert plan_quotas(built_b(peerings=[*built_b()["peerings"], *b_peerings(60)["peerings"]])) == []


def plan_quotas(facts: Facts, **given: Any) -> list[str]:
    return [item["why"] for item in plan(facts, **given)["actions"] if item["step"] == "quotas"]


# Many at once.


def crowd(count: int) -> list[Facts]:
    return [
        consumer(
            f"{300000000000 + n}",
            vpc_id=f"vpc-{n}",
            cidr_blocks=[f"10.50.{n}.0/24"],
            peering_connection_id=f"pcx-{n}",
            security_group_id=f"sg-{n}",
        )
        for n in range(count)
    ]


def of_crowd(count: int, **limits: float) -> list[tuple[str, str]]:
    requests = [
        peering(
            item["peering_connection_id"],
            "pending-acceptance",
            requester=build.end(item["account_id"], item["vpc_id"], *item["cidr_blocks"]),
        )
        for item in crowd(count)
    ]
    facts = facts_a(peerings=requests, quotas={name: read(value) for name, value in limits.items()})
    result = plan_a(cast(FactsA, facts), wanted_a(consumers=crowd(count), role_per_consumer=True))
    found = [item for item in result["actions"] if item["step"] == "quotas"]
    assert result["writes"] == {} or not result["conflicts"]
    return [(item["kind"], item["why"].partition(" (")[0]) for item in found]


PEERINGS, RULES = QUOTAS["peerings"].name, QUOTAS["rules"].name


def test_sixty_consumers_are_granted_or_refused_whole_with_all_that_is_exceeded() -> None:
    assert of_crowd(61) == [("conflict", PEERINGS), ("conflict", RULES)]
    assert of_crowd(60) == [("conflict", PEERINGS), ("warning", RULES)]
    assert of_crowd(60, peerings=125, rules=100) == []
    assert of_crowd(30) == []


@pytest.mark.parametrize(
    ("joined", "expected", "kinds"),
    [(0, 60, ["conflict"]), (0, 45, ["warning"]), (60, 60, []), (30, 60, ["conflict"]), (0, 20, []), (0, 0, [])],
)
def test_before_account_bs_side_their_number_decides(joined: int, expected: int, kinds: list[str]) -> None:
    tags = [{**build.TAGS_A, build.CONSUMER: f"{build.C}/c{n}"} for n in range(joined)]
    facts = facts_a(peerings=[{**item, "tags": tags[n]} for n, item in enumerate(others(joined))])
    assert told_of(facts, "peerings", expected=expected) == kinds or not expected


def test_consumers_that_share_a_place_count_together() -> None:
    facts = b_vpcs(1)
    request = block_request(cast(Any, facts), wanted_b())
    assert request["makes"].count("vpcs") == 1
    elsewhere = {**request, "place": f"{build.C}/{build.REGION}"}
    for same, kinds in ((1, []), (2, [True]), (10, [True])):
        found = plan_quotas(facts, earlier_requests=[request] * (same - 1), later_requests=[request, *[elsewhere] * 50])
        assert [f"would be {same + 2}" in line for line in found if "VPCs per Region" in line] == kinds
    standing = block_request(cast(Any, built_b()), wanted_b())
    assert standing["makes"] == []
    assert block_request(cast(Any, facts), wanted_b(state="absent"))["makes"] == []


def test_how_many_may_come() -> None:
    assert to_come(wanted_a(consumers=[consumer(), consumer(name="two")])) == 2
    assert to_come(wanted_a(consumers=[consumer(cidr_blocks=["10.1.0.0/24", "10.2.0.0/24", "10.3.0.0/24"])])) == 3
    assert to_come(wanted_a(consumers=[{"cidr_blocks": 5}])) == 1
    assert to_come(wanted_a(expected=7)) == 7
    assert to_come(wanted_a(consumers=[consumer()], state="absent")) == 0


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
