# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan import routes as shared
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Plan
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import resource
from ansible_collections.dax.cross_account.plugins.module_utils.plan.stages import A
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import route

DEST = "10.1.0.0/24"


def planned(
    *routes: dict[str, Any],
    peering_id: str | None = "pcx-1",
    open_ids: tuple[str, ...] = ("pcx-1",),
    force: bool = False,
    refuse_parts: bool = False,
) -> tuple[Plan, list[shared.RouteOption]]:
    plan = Plan(A)
    tables: list[Any] = [build.table("rtb-1", route("10.0.0.0/16", "local"), *routes)]
    return plan, shared.plan_routes(plan, tables, [DEST], peering_id, open_ids, force, "the_variable", refuse_parts)


@pytest.mark.parametrize(
    ("current", "options", "kinds", "written"),
    [
        pytest.param(None, {}, ["create"], "pcx-1", id="missing"),
        pytest.param(None, {"peering_id": None}, ["create"], ..., id="missing, peering to come"),
        pytest.param(route(DEST, "pcx-1"), {}, [], ..., id="ours"),
        pytest.param(route(DEST, "pcx-1", "blackhole"), {}, [], ..., id="blackhole of our pending peering"),
        pytest.param(route(DEST, "pcx-1", "blackhole"), {"open_ids": ()}, [], ..., id="ours, not seen yet"),
        pytest.param(route(DEST, "pcx-0", "blackhole"), {}, ["change"], "pcx-1", id="blackhole of a terminal peering"),
        pytest.param(
            route(DEST, "pcx-0", "blackhole"), {"peering_id": None}, ["change"], ..., id="terminal, the new one to come"
        ),
        pytest.param(
            route(DEST, "pcx-0", "blackhole"),
            {"open_ids": ("pcx-0", "pcx-1")},
            ["conflict"],
            ...,
            id="another's pending",
        ),
        pytest.param(route(DEST, "pcx-0"), {"open_ids": ("pcx-0", "pcx-1")}, ["conflict"], ..., id="another's peering"),
        pytest.param(route(DEST, "pcx-0"), {"force": True}, ["change"], "pcx-1", id="another's peering, forced"),
        pytest.param(route(DEST, "nat-1"), {}, ["conflict"], ..., id="unmanaged"),
        pytest.param(route(DEST, "nat-1", "blackhole"), {}, ["conflict"], ..., id="unmanaged blackhole"),
        pytest.param(route(DEST, "nat-1"), {"force": True}, ["change"], "pcx-1", id="unmanaged, forced"),
        pytest.param(route(DEST, "vgw-1", origin="EnableVgwRoutePropagation"), {}, ["conflict"], ..., id="propagated"),
        pytest.param(
            route(DEST, "vgw-1", origin="EnableVgwRoutePropagation"),
            {"force": True},
            ["change"],
            "pcx-1",
            id="p, forced",
        ),
        pytest.param(route("10.1.0.0/25", "nat-1"), {}, ["warning", "create"], "pcx-1", id="more specific, unmanaged"),
        pytest.param(route("10.1.0.0/25", "pcx-1"), {}, ["create"], "pcx-1", id="more specific, ours"),
        pytest.param(route("10.1.0.0/25", "local"), {}, ["create"], "pcx-1", id="more specific, local"),
        pytest.param(route("10.0.0.0/8", "tgw-1"), {}, ["warning", "create"], "pcx-1", id="less specific"),
        pytest.param(route("0.0.0.0/0", "igw-1"), {}, ["create"], "pcx-1", id="default"),
        pytest.param(route("pl-63a5400a", "vpce-1"), {}, ["create"], "pcx-1", id="prefix list"),
        pytest.param(route("::/0", "eigw-1"), {}, ["create"], "pcx-1", id="IPv6"),
    ],
)
def test_routes(current: dict[str, Any] | None, options: dict[str, Any], kinds: list[str], written: Any) -> None:
    plan, writing = planned(*([current] if current else []), **options)
    assert [action.kind for action in plan.actions] == kinds
    expected = [{"route_table_id": "rtb-1", "destination": DEST, "vpc_peering_connection_id": written}]
    assert writing == ([] if written is ... else expected)
    for action in plan.of_kind("conflict"):
        assert action.resource == resource("route", route_table_id="rtb-1", destination=DEST)
        assert current is not None and current["target_id"] in action.why and "the_variable" in action.why
    for action in plan.of_kind("warning"):
        assert current is not None and f"{current['destination']} to {current['target_id']}" in action.why


@pytest.mark.parametrize(
    ("current", "options", "refused"),
    [
        pytest.param(route("10.1.0.0/16", "tgw-1"), {}, True, id="transit gateway"),
        pytest.param(route("10.0.0.0/8", "vgw-1", origin="EnableVgwRoutePropagation"), {}, True, id="propagated"),
        pytest.param(route("10.1.0.0/16", "pcx-2"), {"open_ids": ("pcx-1", "pcx-2")}, True, id="another's connection"),
        pytest.param(route("10.1.0.0/16", "tgw-1"), {"peering_id": None}, True, id="the connection to come"),
        pytest.param(route("10.1.0.0/16", "tgw-1"), {"force": True}, False, id="forced"),
        pytest.param(route("10.1.0.0/16", "tgw-1"), {"refuse_parts": False}, False, id="not asked for"),
        pytest.param(route("10.1.0.0/16", "pcx-1"), {}, False, id="the same connection"),
        pytest.param(route("10.1.0.0/16", "tgw-1", "blackhole"), {}, False, id="blackhole"),
        pytest.param(route("0.0.0.0/0", "nat-1"), {}, False, id="default"),
        pytest.param(route("10.1.0.0/16", "local"), {}, False, id="local"),
        pytest.param(route("pl-63a5400a", "vpce-1"), {}, False, id="prefix list"),
        pytest.param(route("10.2.0.0/16", "tgw-1"), {}, False, id="beside it"),
        pytest.param(route("10.1.0.0/25", "tgw-1"), {}, False, id="a part of ours"),
        pytest.param(route("2001:db8::/32", "tgw-1"), {}, False, id="the other family"),
    ],
)
def test_a_block_that_is_part_of_somebodys_route(
    current: dict[str, Any], options: dict[str, Any], refused: bool
) -> None:
    plan, writing = planned(current, **{"refuse_parts": True, **options})
    assert bool(plan.of_kind("conflict")) is refused
    assert bool(writing) is (not refused)
    for action in plan.of_kind("conflict"):
        assert action.resource == resource("route", route_table_id="rtb-1", destination=DEST)
        said = (current["destination"], current["target_id"], "dax_account_b_vpc_cidr", "the_variable")
        assert [text for text in said if text not in action.why] == []


def test_a_route_of_ours_that_is_there_is_part_of_nothing() -> None:
    plan, writing = planned(route(DEST, "pcx-1"), route("10.0.0.0/8", "tgw-1"), refuse_parts=True)
    assert (plan.actions, writing) == ([], [])


def test_a_static_route_of_ours_counts_before_a_propagated_one_for_the_same_block() -> None:
    """EC2 shows both and prefers the static one."""
    propagated = route(DEST, "vgw-1", origin="EnableVgwRoutePropagation")
    for both in ([propagated, route(DEST, "pcx-1")], [route(DEST, "pcx-1"), propagated]):
        plan, writing = planned(*both)
        assert (plan.actions, writing) == ([], [])


def test_every_block_in_every_table() -> None:
    plan = Plan(A)
    tables: list[Any] = [build.table("rtb-1"), build.table("rtb-2", route(DEST, "pcx-1"))]
    writing = shared.plan_routes(plan, tables, [DEST, "2001:db8::/56"], "pcx-1", ["pcx-1"], False, "v")
    expected = [("rtb-1", DEST), ("rtb-1", "2001:db8::/56"), ("rtb-2", "2001:db8::/56")]
    assert [(item["route_table_id"], item["destination"]) for item in writing] == expected
    assert len(plan.actions) == 3


def test_removal_takes_only_routes_to_our_connections() -> None:
    plan = Plan(A)
    tables: list[Any] = [
        build.table("rtb-1", route("10.0.0.0/16", "local"), route(DEST, "pcx-1"), route("10.2.0.0/24", "pcx-2")),
        build.table("rtb-2", route(DEST, "pcx-1", "blackhole"), route("0.0.0.0/0", "nat-1")),
    ]
    removing = shared.plan_route_removal(plan, tables, ["pcx-1", "pcx-9"])
    assert removing == [
        {"route_table_id": name, "destination": DEST, "vpc_peering_connection_id": "pcx-1"}
        for name in ("rtb-1", "rtb-2")
    ]
    assert [action.kind for action in plan.actions] == ["remove", "remove"]
    assert shared.plan_route_removal(Plan(A), tables, []) == []


ENTRY: shared.RouteOption = {
    "route_table_id": "rtb-1",
    "destination": DEST,
    "vpc_peering_connection_id": "pcx-1",
}


@pytest.mark.parametrize("force", [False, True])
def test_one_call_adds_all_routes_and_one_removes_all(force: bool) -> None:
    plan = Plan(A)
    other: shared.RouteOption = {**ENTRY, "route_table_id": "rtb-2"}
    shared.write_routes(plan, [ENTRY, other], [other], 60, force)
    call, waiting = {"module": "dax.cross_account.ec2_vpc_routes"}, {"retry_not_found_seconds": 60}
    assert plan.writes["routes"] == [
        {**call, "args": {"routes": [ENTRY, other], "replace": force, **waiting}, "resource": f"route {DEST} in rtb-1"},
        {**call, "args": {"routes": [other], "state": "absent"}, "resource": f"route {DEST} in rtb-2"},
    ]


def test_no_call_without_routes() -> None:
    plan = Plan(A)
    shared.write_routes(plan, [], [], 60)
    assert plan.writes == {}


def test_kept_routes_are_those_for_the_blocks_to_the_connection() -> None:
    plan = Plan(A)
    tables: list[Any] = [
        build.table("rtb-1", route(DEST, "pcx-1"), route("10.2.0.0/24", "pcx-1")),
        build.table("rtb-2", route(DEST, "pcx-2")),
    ]
    shared.report_kept_routes(plan, tables, [DEST], "pcx-1")
    assert [(action.kind, action.resource.id) for action in plan.actions] == [("keep", f"rtb-1/{DEST}")]
    assert plan.steps() == []
