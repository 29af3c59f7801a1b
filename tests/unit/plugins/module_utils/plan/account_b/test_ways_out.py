# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A VPC that is used as it is: subnets from which nothing leads to STS, tables that are not shown, names of hosts."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    adopted_b,
    endpoint,
    route,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import actions, plan


def nat(state: str = "available", connectivity: str = "public") -> dict[str, Any]:
    return {"nat_gateway_id": "nat-1", "state": state, "connectivity": connectivity}


NAT, IGW = route("0.0.0.0/0", "nat-1"), route("0.0.0.0/0", "igw-1")
# The default route, what else the facts hold, and what the line says; "" for no line.
WAYS: list[tuple[Any, dict[str, Any], str]] = [
    (None, {}, "neither a default route nor a VPC endpoint"),
    (NAT, {}, ""),
    (NAT, {"nat_gateways": [nat()]}, ""),
    (NAT, {"nat_gateways": [nat("failed")]}, "NAT gateway nat-1, which is failed"),
    (NAT, {"nat_gateways": [nat("pending")]}, "NAT gateway nat-1, which is pending"),
    (NAT, {"nat_gateways": [nat("deleting")]}, "NAT gateway nat-1, which is deleting"),
    (NAT, {"nat_gateways": [nat(connectivity="private")]}, "NAT gateway nat-1, which is a private one"),
    (NAT, {"nat_gateways": [{**nat("failed"), "nat_gateway_id": "nat-9"}]}, ""),
    (route("0.0.0.0/0", "nat-1", "blackhole"), {}, "neither a default route"),
    (route("0.0.0.0/0", "tgw-1"), {}, ""),
    (IGW, {}, "internet gateway igw-1 and gives no public addresses"),
    (IGW, {"public": True}, ""),
    (route("::/0", "eigw-1"), {}, "a way out for IPv6 only (eigw-1)"),
    (route("::/0", "igw-1"), {"public": True}, "a way out for IPv6 only (igw-1)"),
    (None, {"vpc_endpoints": [endpoint("sts")]}, ""),
    (None, {"vpc_endpoints": [endpoint("sts", state="pending")]}, ""),
    (IGW, {"vpc_endpoints": [endpoint("sts")]}, ""),
    (None, {"vpc_endpoints": [endpoint("sts", private_dns=False)]}, "neither"),
    (None, {"vpc_endpoints": [endpoint("sts", state="failed")]}, "neither"),
    (None, {"vpc_endpoints": [endpoint("sts", state="deleting")]}, "neither"),
    (None, {"vpc_endpoints": [endpoint("ssm")]}, "neither"),
    (NAT, {"vpc_endpoints": [endpoint("sts", private_dns=False)]}, ""),
]


@pytest.mark.parametrize(("default", "more", "says"), WAYS)
@pytest.mark.parametrize("access", ["existing", "internet_gateway"])
def test_a_subnet_without_a_way_to_sts_is_told(default: Any, more: dict[str, Any], says: str, access: str) -> None:
    facts = adopted_b(**{key: found for key, found in more.items() if key != "public"})
    facts["subnets"][0]["map_public_ip"] = more.get("public", False)
    facts["route_tables"][1]["routes"] = [route(BLOCK_B, "local"), *([default] if default else [])]
    result = plan(facts, sts_access=access, subnet_ids=["subnet-1"])
    assert actions(result, "sts_access") == [("warning", "subnet:subnet-1")] * bool(says)
    lines = [line for line in result["warnings"] if "subnet-1" in line]
    assert all(says in line and "dax_account_b_sts_access" in line for line in lines)


def test_a_subnet_whose_route_table_is_not_shown_is_refused_in_one_line() -> None:
    facts = adopted_b(route_tables=[], effective_route_tables={})
    result = plan(facts, subnet_ids=["subnet-1"])
    assert actions(result, "routes") == [("conflict", "subnet:subnet-1")]
    assert "dax_account_b_subnet_ids" in result["conflicts"][0]


def test_of_a_vpc_that_is_shared_only_that_is_told() -> None:
    facts = adopted_b(route_tables=[], effective_route_tables={})
    facts["vpc"]["owner_id"] = build.C
    (line,) = plan(facts)["conflicts"]
    assert build.C in line


@pytest.mark.parametrize(
    ("wanted", "support", "hostnames", "refused"),
    [
        (True, True, True, ""),
        (True, True, False, "DNS hostnames"),
        (True, False, True, "DNS support"),
        (True, False, False, "DNS support and DNS hostnames"),
        (None, False, False, ""),
        (False, False, False, ""),
    ],
)
def test_dns_resolution_over_a_vpc_that_names_no_hosts(
    wanted: bool | None, support: bool, hostnames: bool, refused: str
) -> None:
    for found_by, peerings in (("id", []), ("tags", [build.peering()]), ("adopted", []), ("ours", [])):
        facts = adopted_b(vpc_found_by=found_by, peerings=peerings)
        facts["vpc"] |= {"dns_support": support, "dns_hostnames": hostnames}
        lines = [item for item in plan(facts, dns_resolution=wanted)["conflicts"] if "DNS resolution" in item]
        assert len(lines) == (1 if refused and found_by != "ours" else 0), found_by
        assert all(f"has {refused} disabled" in line and "dax_account_b_dns_resolution" in line for line in lines)
