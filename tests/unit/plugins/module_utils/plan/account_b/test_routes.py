# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_A,
    adopted_b,
    built_b,
    done,
    facts_b,
    peering,
    route,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    actions,
    args,
    plan,
    routes,
)

DEFAULT = "route:rtb-1/0.0.0.0/0"
TO_CLUSTER = f"route:rtb-1/{BLOCK_A}"


def with_default(target: str | None, state: str = "active", **more: Any) -> dict[str, Any]:
    """Account B as a run leaves it, with another default route or none."""
    facts = built_b(**more)
    found = facts["route_tables"][0]["routes"]
    del found[1]
    if target:
        found.append(route("0.0.0.0/0", target, state))
    return facts


@pytest.mark.parametrize(
    ("facts", "expected", "written"),
    [
        pytest.param(with_default("igw-1"), [], [], id="there"),
        pytest.param(with_default("nat-1"), [], [], id="leads elsewhere"),
        pytest.param(with_default(None), [("create", DEFAULT)], [("rtb-1", "0.0.0.0/0", "igw-1", False)], id="missing"),
        pytest.param(with_default(None, internet_gateways=[]), [("create", DEFAULT)], [], id="no gateway yet"),
        pytest.param(
            with_default("igw-0", "blackhole"),
            [("change", DEFAULT)],
            [("rtb-1", "0.0.0.0/0", "igw-1", True)],
            id="blackhole",
        ),
        pytest.param(
            with_default("igw-0", "blackhole", internet_gateways=[]),
            [("change", DEFAULT)],
            [],
            id="blackhole, no gateway",
        ),
    ],
)
def test_the_default_route(
    facts: dict[str, Any], expected: list[tuple[str, str]], written: list[tuple[str, str, str, bool]]
) -> None:
    result = plan(facts)
    assert actions(result, "routes") == expected
    assert routes(result) == written


@pytest.mark.parametrize("access", ["vpc_endpoint", "existing"])
def test_without_a_gateway_there_is_no_default_route(access: str) -> None:
    assert actions(plan(with_default(None), sts_access=access), "routes") == []


def test_routes_of_a_vpc_that_is_still_to_be_made_are_planned_and_not_written() -> None:
    result = plan(facts_b())
    assert actions(result, "routes") == [("create", "route:0.0.0.0/0"), ("create", f"route:{BLOCK_A}")]
    assert args(result, "routes") == []


def test_one_call_adds_all_routes() -> None:
    facts = with_default(None)
    facts["route_tables"][0]["routes"] = facts["route_tables"][0]["routes"][:1]
    result = plan(facts)
    assert routes(result) == [("rtb-1", "0.0.0.0/0", "igw-1", False), ("rtb-1", BLOCK_A, "pcx-1", False)]
    assert len(args(result, "routes")) == 1


def test_force_replaces_routes_to_the_cluster_alone() -> None:
    """A default route that somebody adds after the plan was made is not replaced."""
    facts = with_default(None)
    facts["route_tables"][0]["routes"][-1] = route(BLOCK_A, "tgw-1")
    result = plan(facts, force_routes=True)
    assert routes(result) == [("rtb-1", "0.0.0.0/0", "igw-1", False), ("rtb-1", BLOCK_A, "pcx-1", True)]


def test_a_blackhole_default_route_does_not_make_the_others_replace() -> None:
    facts = with_default("igw-0", "blackhole")
    del facts["route_tables"][0]["routes"][1]
    result = plan(facts)
    assert sorted(routes(result)) == [("rtb-1", "0.0.0.0/0", "igw-1", True), ("rtb-1", BLOCK_A, "pcx-1", False)]


def test_a_route_to_a_peering_in_a_terminal_state_is_replaced_with_the_next_one() -> None:
    facts = built_b(
        peerings=[peering("pcx-0", "deleted", tags=NAMED), peering("pcx-1", "pending-acceptance", tags=NAMED)]
    )
    facts["route_tables"][0]["routes"][-1] = route(BLOCK_A, "pcx-0", "blackhole")
    assert actions(plan(facts), "routes") == [("change", TO_CLUSTER)]
    assert routes(plan(facts)) == [("rtb-1", BLOCK_A, "pcx-1", False)], "the module does so without being told"
    facts["route_tables"][0]["routes"][-1] = route(BLOCK_A, "pcx-1", "blackhole")
    assert actions(plan(facts), "routes") == []


@pytest.mark.parametrize(
    ("family", "blocks"),
    [("ipv4", [BLOCK_A]), ("ipv6", ["2001:db8:a::/56"]), ("dual_stack", [BLOCK_A, "2001:db8:a::/56"])],
)
def test_only_the_clusters_families_are_routed_in_every_table_of_the_clients_subnets(
    family: str, blocks: list[str]
) -> None:
    cluster = {"network_type": family, "ipv6_cidr_blocks": ["2001:db8:a::/56"]}
    accepter = {**build.end(build.A, build.VPC_A, BLOCK_A), "ipv6_cidr_blocks": ["2001:db8:a::/56"]}
    facts = adopted_b(peerings=[peering(accepter=accepter)])
    assert routes(plan(facts, cluster)) == [
        (table, block, "pcx-1", False) for table in ("rtb-main", "rtb-1") for block in blocks
    ]
    named = plan(facts, cluster, subnet_ids=["subnet-1"])
    assert routes(named) == [("rtb-1", block, "pcx-1", False) for block in blocks]


def test_every_block_of_the_clusters_vpc_is_routed() -> None:
    blocks = [BLOCK_A, "100.64.0.0/16"]
    connection = peering(accepter=build.end(build.A, build.VPC_A, *blocks))
    result = plan(adopted_b(peerings=[connection]), {"cidr_blocks": blocks}, subnet_ids=["subnet-1"])
    assert [destination for _table, destination, _target, _replace in routes(result)] == blocks


def test_an_unmanaged_route_is_a_conflict_and_force_replaces_it() -> None:
    facts = built_b()
    facts["route_tables"][0]["routes"][-1] = route(BLOCK_A, "tgw-1")
    assert "tgw-1" in plan(facts)["conflicts"][0] and "dax_account_b_force_routes" in plan(facts)["conflicts"][0]
    forced = plan(facts, force_routes=True)
    assert (forced["conflicts"], done(forced)) == ([], [("change", TO_CLUSTER)])
    assert routes(forced) == [("rtb-1", BLOCK_A, "pcx-1", True)]


def test_a_more_specific_route_is_a_warning() -> None:
    facts = built_b()
    facts["route_tables"][0]["routes"].append(route("10.0.1.0/24", "tgw-1"))
    result = plan(facts)
    assert (result["changes"], len(result["warnings"])) == (0, 1)
    assert "10.0.1.0/24 to tgw-1" in result["warnings"][0]
