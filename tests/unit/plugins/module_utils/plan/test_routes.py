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
    lists: Any = (),
) -> tuple[Plan, list[shared.RouteOption]]:
    plan = Plan(A)
    tables: list[Any] = [build.table("rtb-1", route("10.0.0.0/16", "local"), *routes)]
    terms = (peering_id, open_ids, force, "the_variable", refuse_parts)
    return plan, shared.plan_routes(plan, tables, [DEST], *terms, lists=lists)


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


def lists_of(*blocks: str, **more: Any) -> dict[str, Any]:
    return {"lists": [build.prefix_list("pl-1", *blocks, **more)]}


# A route to a prefix list, what the list holds, and what follows for a route for 10.1.0.0/24.
@pytest.mark.parametrize(
    ("blocks", "refuse", "kinds", "says"),
    [
        pytest.param(["10.0.0.0/8"], True, ["conflict"], "part of 10.0.0.0/8 of prefix list pl-1", id="larger"),
        pytest.param([DEST], True, ["conflict"], "traffic of 10.1.0.0/24 of prefix list pl-1", id="the same"),
        pytest.param(["10.0.0.0/8"], False, ["warning", "create"], "part of the traffic of the route", id="may take"),
        pytest.param([DEST], False, ["warning", "create"], "the traffic of the route", id="the same, may take"),
        pytest.param(["10.1.0.0/26"], True, ["warning", "create"], "more specific route 10.1.0.0/26 of", id="a part"),
        pytest.param(["10.9.0.0/16", "2001:db8::/32"], True, ["create"], "", id="beside it"),
        pytest.param(["0.0.0.0/0"], True, ["create"], "", id="everything"),
        pytest.param([], True, ["create"], "", id="AWS's own"),
    ],
)
def test_networks_in_a_prefix_list(blocks: list[str], refuse: bool, kinds: list[str], says: str) -> None:
    plan, _writing = planned(route("pl-1", "tgw-1"), refuse_parts=refuse, **lists_of(*blocks))
    assert [action.kind for action in plan.actions] == kinds
    assert all(says in action.why and "tgw-1" in action.why for action in plan.of_kind("conflict", "warning"))


def test_a_prefix_list_that_cannot_be_read_is_told_while_a_route_is_missing() -> None:
    unread = lists_of(problem="the credentials may not ec2:GetManagedPrefixListEntries")
    plan, writing = planned(route("pl-1", "tgw-1"), **unread)
    assert [(action.kind, action.resource.id) for action in plan.actions] == [
        ("warning", "rtb-1/pl-1"),
        ("create", f"rtb-1/{DEST}"),
    ]
    assert "ec2:GetManagedPrefixListEntries" in plan.actions[0].why
    assert writing
    assert planned(route("pl-1", "tgw-1"), route(DEST, "pcx-1"), **unread)[0].actions == []


@pytest.mark.parametrize(
    ("target", "kind", "state", "warned"),
    [
        ("tgw-1", "transit_gateway", "active", True),
        ("vgw-1", "gateway", "active", True),
        ("vpce-1", "gateway", "active", True),
        ("eni-1", "network_interface", "active", True),
        ("i-1", "instance", "active", True),
        ("arn:aws:networkmanager::1:core-network/core-network-1", "core_network", "active", True),
        ("lgw-1", "local_gateway", "active", True),
        ("igw-1", "gateway", "active", False),
        ("nat-1", "nat_gateway", "active", False),
        ("tgw-1", "transit_gateway", "blackhole", False),
    ],
)
def test_a_default_route_hides_networks(target: str, kind: str, state: str, warned: bool) -> None:
    default = {**route("0.0.0.0/0", target, state), "target_type": kind}
    plan, writing = planned(default, refuse_parts=True)
    assert [action.kind for action in plan.actions] == [*["warning"] * warned, "create"]
    assert all(f"0.0.0.0/0 to {target}" in action.why for action in plan.of_kind("warning"))
    assert writing
    assert planned(default, route(DEST, "pcx-1"))[0].actions == [], "a route that is there is not told of again"
    assert [item.kind for item in planned({**default, "destination": "::/0"})[0].actions] == ["create"]


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
