# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan import network as plan_network
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Plan
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import acl, entry, peering, route

DEST = "10.1.0.0/24"


@pytest.mark.parametrize(
    ("ours", "theirs", "named"),
    [
        pytest.param(["10.0.0.0/16"], ["10.1.0.0/24"], [], id="apart"),
        pytest.param(["10.0.0.0/16"], ["10.0.1.0/24"], [("10.0.0.0/16", "10.0.1.0/24")], id="overlap"),
        pytest.param(
            ["10.0.0.0/16", "100.64.0.0/16"], ["100.64.0.0/24"], [("100.64.0.0/16", "100.64.0.0/24")], id="secondary"
        ),
        pytest.param(["2001:db8::/56"], ["2001:db8::/56"], [("2001:db8::/56", "2001:db8::/56")], id="IPv6"),
    ],
)
def test_overlaps_name_both_blocks_and_the_variable(
    ours: list[str], theirs: list[str], named: list[tuple[str, str]]
) -> None:
    plan = Plan("x")
    plan_network.check_overlap(plan, ours, theirs, "the_variable")
    conflicts = plan.result()["conflicts"]
    assert len(conflicts) == len(named)
    for line, (left, right) in zip(conflicts, named, strict=True):
        assert left in line and right in line and "the_variable" in line


STATUSES = ["initiating-request", "pending-acceptance", "provisioning", "active"]
DEAD = ["failed", "expired", "rejected", "deleting", "deleted"]


@pytest.mark.parametrize("status", STATUSES + DEAD)
def test_alive(status: str) -> None:
    assert plan_network.alive(peering(status=status)) is (status in STATUSES)


@pytest.mark.parametrize(
    ("statuses", "best"),
    [
        ([], None),
        (DEAD, None),
        (["pending-acceptance", "active"], 1),
        (["active", "active"], 0),
        (["pending-acceptance", "provisioning"], 1),
        (["initiating-request", "pending-acceptance"], 1),
        (["deleted", "pending-acceptance", "failed"], 1),
    ],
)
def test_the_best_peering_is_the_one_nearest_to_active(statuses: list[str], best: int | None) -> None:
    found = [peering(f"pcx-{number}", status) for number, status in enumerate(statuses)]
    expected = found[best] if best is not None else None
    assert plan_network.best_peering(found) == expected
    assert plan_network.best_peering(reversed(found)) == expected


@pytest.mark.parametrize("swapped", [False, True])
def test_a_peering_joins_two_vpcs_in_either_direction(swapped: bool) -> None:
    one = peering(swapped=swapped)
    assert plan_network.joins(one, build.VPC_A, build.VPC_B)
    assert plan_network.joins(one, build.VPC_B, build.VPC_A)
    assert not plan_network.joins(one, build.VPC_A, "vpc-c")
    assert not plan_network.joins(one, None, build.VPC_B)


def plan_routes(
    *routes: dict[str, Any], peering_id: str | None = "pcx-1", living: tuple[str, ...] = ("pcx-1",), force: bool = False
) -> tuple[Plan, list[dict[str, Any]]]:
    plan = Plan("x")
    tables = [build.table("rtb-1", route("10.0.0.0/16", "local"), *routes)]
    return plan, plan_network.plan_routes(plan, tables, [DEST], peering_id, living, force, "the_variable")


@pytest.mark.parametrize(
    ("current", "options", "kinds", "written"),
    [
        pytest.param(None, {}, ["create"], "pcx-1", id="missing"),
        pytest.param(None, {"peering_id": None}, ["create"], None, id="missing, peering to come"),
        pytest.param(route(DEST, "pcx-1"), {}, [], ..., id="ours"),
        pytest.param(route(DEST, "pcx-1", "blackhole"), {}, [], ..., id="blackhole of our pending peering"),
        pytest.param(route(DEST, "pcx-1", "blackhole"), {"living": ()}, [], ..., id="ours, not seen yet"),
        pytest.param(route(DEST, "pcx-0", "blackhole"), {}, ["change"], "pcx-1", id="blackhole of a dead peering"),
        pytest.param(
            route(DEST, "pcx-0", "blackhole"), {"peering_id": None}, ["change"], None, id="dead, the new one to come"
        ),
        pytest.param(
            route(DEST, "pcx-0", "blackhole"), {"living": ("pcx-0", "pcx-1")}, ["conflict"], ..., id="another's pending"
        ),
        pytest.param(route(DEST, "pcx-0"), {"living": ("pcx-0", "pcx-1")}, ["conflict"], ..., id="another's peering"),
        pytest.param(route(DEST, "pcx-0"), {"force": True}, ["change"], "pcx-1", id="another's peering, forced"),
        pytest.param(route(DEST, "nat-1"), {}, ["conflict"], ..., id="foreign"),
        pytest.param(route(DEST, "nat-1", "blackhole"), {}, ["conflict"], ..., id="foreign blackhole"),
        pytest.param(route(DEST, "nat-1"), {"force": True}, ["change"], "pcx-1", id="foreign, forced"),
        pytest.param(route(DEST, "vgw-1", origin="EnableVgwRoutePropagation"), {}, ["conflict"], ..., id="propagated"),
        pytest.param(
            route(DEST, "vgw-1", origin="EnableVgwRoutePropagation"),
            {"force": True},
            ["change"],
            "pcx-1",
            id="p, forced",
        ),
        pytest.param(route("10.1.0.0/25", "nat-1"), {}, ["warning", "create"], "pcx-1", id="more specific, foreign"),
        pytest.param(route("10.1.0.0/25", "pcx-1"), {}, ["create"], "pcx-1", id="more specific, ours"),
        pytest.param(route("10.1.0.0/25", "local"), {}, ["create"], "pcx-1", id="more specific, local"),
        pytest.param(route("10.0.0.0/8", "tgw-1"), {}, ["create"], "pcx-1", id="less specific"),
        pytest.param(route("0.0.0.0/0", "igw-1"), {}, ["create"], "pcx-1", id="default"),
        pytest.param(route("pl-63a5400a", "vpce-1"), {}, ["create"], "pcx-1", id="prefix list"),
        pytest.param(route("::/0", "eigw-1"), {}, ["create"], "pcx-1", id="IPv6"),
    ],
)
def test_routes(current: dict[str, Any] | None, options: dict[str, Any], kinds: list[str], written: Any) -> None:
    plan, put = plan_routes(*([current] if current else []), **options)
    assert [action.kind for action in plan.actions] == kinds
    expected = [{"route_table_id": "rtb-1", "destination": DEST, "vpc_peering_connection_id": written}]
    assert put == ([] if written is ... else expected)
    for action in plan.of_kind("conflict"):
        assert action.resource == f"route {DEST} in rtb-1"
        assert current is not None and current["target_id"] in action.why and "the_variable" in action.why
    for action in plan.of_kind("warning"):
        assert "10.1.0.0/25 to nat-1" in action.why


def test_a_static_route_of_ours_counts_before_a_propagated_one_for_the_same_block() -> None:
    """EC2 shows both and prefers the static one."""
    propagated = route(DEST, "vgw-1", origin="EnableVgwRoutePropagation")
    for both in ([propagated, route(DEST, "pcx-1")], [route(DEST, "pcx-1"), propagated]):
        plan, put = plan_routes(*both)
        assert (plan.actions, put) == ([], [])


def test_every_block_in_every_table() -> None:
    plan = Plan("x")
    tables = [build.table("rtb-1"), build.table("rtb-2", route(DEST, "pcx-1"))]
    put = plan_network.plan_routes(plan, tables, [DEST, "2001:db8::/56"], "pcx-1", ["pcx-1"], False, "v")
    expected = [("rtb-1", DEST), ("rtb-1", "2001:db8::/56"), ("rtb-2", "2001:db8::/56")]
    assert [(item["route_table_id"], item["destination"]) for item in put] == expected
    assert len(plan.actions) == 3


def test_removal_takes_only_routes_to_our_connections() -> None:
    plan = Plan("x")
    tables = [
        build.table("rtb-1", route("10.0.0.0/16", "local"), route(DEST, "pcx-1"), route("10.2.0.0/24", "pcx-2")),
        build.table("rtb-2", route(DEST, "pcx-1", "blackhole"), route("0.0.0.0/0", "nat-1")),
    ]
    dropped = plan_network.plan_route_removal(plan, tables, ["pcx-1", "pcx-9"])
    assert dropped == [
        {"route_table_id": name, "destination": DEST, "vpc_peering_connection_id": "pcx-1"}
        for name in ("rtb-1", "rtb-2")
    ]
    assert [action.kind for action in plan.actions] == ["remove", "remove"]
    assert plan_network.plan_route_removal(Plan("x"), tables, []) == []


TCP: dict[str, Any] = {"protocol": "6"}
ALL_OUT = entry(100, "0.0.0.0/0", egress=True)


@pytest.mark.parametrize(
    ("entries", "found"),
    [
        pytest.param([entry(100, "0.0.0.0/0"), ALL_OUT], [], id="all allowed"),
        pytest.param([], ["from: the default rule", "to: the default rule"], id="nothing allowed"),
        pytest.param([ALL_OUT], ["from: the default rule"], id="no way in"),
        pytest.param([entry(100, "0.0.0.0/0")], ["to: the default rule"], id="no way back"),
        pytest.param([entry(100, DEST, from_port=8111, to_port=8111, **TCP), ALL_OUT], [], id="just the port"),
        pytest.param([entry(100, "10.1.0.0/16", from_port=8000, to_port=9000, **TCP), ALL_OUT], [], id="a range"),
        pytest.param(
            [entry(100, DEST, from_port=9111, to_port=9111, **TCP), ALL_OUT], ["from: the default rule"], id="TLS only"
        ),
        pytest.param(
            [entry(100, "10.1.0.0/25", from_port=8111, to_port=8111, **TCP), ALL_OUT],
            ["from: the default rule"],
            id="half of the block",
        ),
        pytest.param([entry(90, DEST, allow=False), entry(100, "0.0.0.0/0"), ALL_OUT], ["from: rule 90"], id="denied"),
        pytest.param([entry(100, "0.0.0.0/0"), entry(110, DEST, allow=False), ALL_OUT], [], id="denied too late"),
        pytest.param(
            [entry(90, "10.1.0.7/32", allow=False), entry(100, "0.0.0.0/0"), ALL_OUT],
            ["from: rule 90"],
            id="one host denied",
        ),
        pytest.param(
            [entry(90, DEST, allow=False, from_port=22, to_port=22, **TCP), entry(100, "0.0.0.0/0"), ALL_OUT],
            [],
            id="another port denied",
        ),
        pytest.param(
            [entry(90, DEST, allow=False, protocol="17"), entry(100, "0.0.0.0/0"), ALL_OUT], [], id="UDP denied"
        ),
        pytest.param(
            [entry(100, "0.0.0.0/0"), entry(100, DEST, egress=True, from_port=32768, to_port=65535, **TCP)],
            ["to: the default rule"],
            id="a part of the ephemeral ports",
        ),
        pytest.param(
            [entry(100, "0.0.0.0/0"), entry(100, DEST, egress=True, from_port=1024, to_port=65535, **TCP)],
            [],
            id="all ephemeral ports",
        ),
        pytest.param([entry(100, "::/0"), ALL_OUT], ["from: the default rule"], id="only IPv6 allowed"),
    ],
)
def test_acls_that_stop_the_traffic_are_told(entries: list[dict[str, Any]], found: list[str]) -> None:
    plan = Plan("x")
    subnets = [build.subnet("subnet-1", "10.0.1.0/24")]
    plan_network.check_acls(plan, [acl(*entries)], subnets, [DEST], (8111, 8111), (1024, 65535))
    lines = plan.result()["warnings"]
    assert plan.writes == {} and plan.concerns() == []
    assert len(lines) == len(found)
    for line, expected in zip(lines, found, strict=True):
        way, cause = expected.split(": ")
        ports = "8111" if way == "from" else "1024-65535"
        assert line.startswith(f"network ACL acl-1: TCP {ports} {way} {DEST} is not allowed ({cause}")


def test_ipv6_entries_count_for_ipv6_blocks() -> None:
    plan = Plan("x")
    subnets = [build.subnet("subnet-1", "10.0.1.0/24")]
    one = acl(entry(100, "::/0"), entry(100, "::/0", egress=True), entry(32768, "::/0", allow=False))
    plan_network.check_acls(plan, [one], subnets, ["2001:db8::/56"], (8111, 8111), (1024, 65535))
    assert plan.actions == []


def test_one_acl_is_told_once_and_acls_of_other_subnets_not_at_all() -> None:
    plan = Plan("x")
    subnets = [build.subnet("subnet-1", "10.0.1.0/24"), build.subnet("subnet-2", "10.0.2.0/24")]
    acls = [acl(subnets=("subnet-1", "subnet-2")), acl(acl_id="acl-2", subnets=("subnet-9",))]
    plan_network.check_acls(plan, acls, subnets, [DEST], (8111, 8111), (1024, 65535))
    assert [action.resource for action in plan.actions] == ["network ACL acl-1"] * 2
