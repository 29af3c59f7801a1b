# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    adopted_b,
    built_b,
    facts_b,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    plan,
)

VPC = "vpc:vpc-b"


@pytest.mark.parametrize(
    ("current", "cluster", "expected"),
    [
        ({}, {}, []),
        ({"dns_support": False}, {}, [("change", VPC)]),
        ({"dns_hostnames": False}, {}, [("change", VPC)]),
        ({"tags": {**NAMED, "More": "x"}}, {}, []),
        ({"tags": {**NAMED, "Name": "x"}}, {}, [("change", f"{VPC}#tags")]),
        ({"cidr_blocks": [BLOCK_B, "10.9.0.0/16"]}, {}, []),
        ({"ipv6_cidr_blocks": ["2001:db8:b::/56"]}, {}, []),
        ({}, {"network_type": "dual_stack"}, [("change", f"{VPC}#ipv6_block")]),
        ({"ipv6_cidr_blocks": ["2001:db8:b::/56"]}, {"network_type": "ipv6"}, []),
    ],
)
def test_an_owned_vpc(current: dict[str, Any], cluster: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    facts = built_b()
    facts["vpc"] = {**facts["vpc"], **current}
    result = plan(facts, cluster)
    assert actions(result, "vpc") == expected
    given = {
        "state": "present",
        "name": "dax-client",
        "vpc_id": "vpc-b",
        "cidr_block": BLOCK_B,
        "dns_support": True,
        "dns_hostnames": True,
        "tags": NAMED,
        "purge_tags": False,
        "multi_ok": False,
        **({"ipv6_cidr": True} if cluster else {}),
    }
    assert args(result, "vpc") == ([given] if expected else [])


@pytest.mark.parametrize(("family", "ipv6"), [("ipv4", None), ("ipv6", True), ("dual_stack", True)])
def test_a_new_vpc(family: str, ipv6: bool | None) -> None:
    """A VPC of this name and block that is there already is somebody else's; a lost answer is no second VPC."""
    result = plan(facts_b(), {"network_type": family})
    (call,) = result["writes"]["vpc"]
    assert call["once"] is True
    assert call["args"].get("ipv6_cidr") is ipv6
    assert call["args"]["multi_ok"] is True and "vpc_id" not in call["args"]


def test_an_adopted_vpc_gets_a_group_a_connection_routes_and_an_instance() -> None:
    result = plan(adopted_b())
    assert [item["step"] for item in result["actions"]] == [
        "role",
        "policy",
        "instance_profile",
        "security_group",
        "peering",
        "routes",
        "routes",
        "instance",
    ]
    assert {"vpc", "subnets", "internet_gateway", "endpoints"} & result["writes"].keys() == set()
    assert result["conflicts"] == []
