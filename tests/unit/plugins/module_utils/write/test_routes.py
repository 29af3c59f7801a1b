# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.write import routes as ec2_routes
from ansible_collections.dax.cross_account.plugins.module_utils.write.routes import DesiredRoute

OURS = DesiredRoute("rtb-1", "10.1.0.0/16", "pcx-a")
GATEWAY = DesiredRoute("rtb-1", "10.1.0.0/16", None, "igw-1")
OTHER = DesiredRoute("rtb-1", "10.1.0.0/16", "pcx-b")


def found(target: str | None, kind: str | None = "vpc_peering_connection", **more: Any) -> Any:
    route = {"destination": "10.1.0.0/16", "target_type": kind, "target_id": target, "state": "active"}
    return {**route, "origin": "CreateRoute", **more}


def test_parse_routes_normalises_and_merges() -> None:
    options = [
        {"route_table_id": "rtb-1", "destination": "10.1.2.3/16", "vpc_peering_connection_id": "pcx-a"},
        {"route_table_id": "rtb-1", "destination": "10.1.0.0/16", "vpc_peering_connection_id": "pcx-a"},
        {"route_table_id": "rtb-2", "destination": "2001:DB8::1/56", "vpc_peering_connection_id": "pcx-b"},
    ]
    assert ec2_routes.parse_routes(options) == [OURS, DesiredRoute("rtb-2", "2001:db8::/56", "pcx-b")]


@pytest.mark.parametrize("destination", ["10.1.0.0/33", "ten", "", "pl-123", "2001:db8::/129"])
def test_parse_routes_refuses_what_is_no_block(destination: str) -> None:
    option = {"route_table_id": "rtb-1", "destination": destination, "vpc_peering_connection_id": "pcx-a"}
    with pytest.raises(AnsibleAWSError, match=r"^routes: destination .* of rtb-1 is not a CIDR block"):
        ec2_routes.parse_routes([option])


def test_parse_routes_refuses_two_ways_to_one_place() -> None:
    options = [OURS._asdict(), OTHER._asdict()]
    with pytest.raises(AnsibleAWSError, match="listed twice, through pcx-a and pcx-b"):
        ec2_routes.parse_routes(options)


@pytest.mark.parametrize(
    ("routes", "replace", "terminal", "action", "call"),
    [
        pytest.param([], False, [], "created", "create_route", id="nothing there"),
        pytest.param([found("pcx-a")], False, [], "unchanged", None, id="there"),
        pytest.param([found("pcx-a", state="blackhole")], False, [], "unchanged", None, id="there, peering pending"),
        pytest.param([found("pcx-b")], False, [], "conflict", None, id="unmanaged"),
        pytest.param([found("pcx-b")], False, ["pcx-b"], "conflict", None, id="unmanaged and active, so not terminal"),
        pytest.param([found("pcx-b")], True, [], "replaced", "replace_route", id="unmanaged, to be replaced"),
        pytest.param([found("nat-1", "nat_gateway")], True, [], "replaced", "replace_route", id="NAT, to be replaced"),
        pytest.param([found("pcx-b", state="blackhole")], False, [], "conflict", None, id="blackhole, not terminal"),
        pytest.param(
            [found("pcx-b", state="blackhole")], False, ["pcx-b"], "replaced", "replace_route", id="blackhole, terminal"
        ),
        pytest.param(
            [found("nat-1", "nat_gateway", state="blackhole")], False, [], "conflict", None, id="blackhole to a NAT"
        ),
        pytest.param([found("local", "local", origin="CreateRouteTable")], True, [], "conflict", None, id="local"),
        pytest.param(
            [found("vgw-1", "gateway", origin="EnableVgwRoutePropagation")],
            False,
            [],
            "conflict",
            None,
            id="propagated",
        ),
        pytest.param(
            [found("vgw-1", "gateway", origin="EnableVgwRoutePropagation")],
            True,
            [],
            "replaced",
            "create_route",
            id="propagated, to be added over",
        ),
        pytest.param(
            [found("vgw-1", "gateway", origin="EnableVgwRoutePropagation"), found("pcx-a")],
            False,
            [],
            "unchanged",
            None,
            id="static over propagated",
        ),
        pytest.param([found(None, None)], False, [], "conflict", None, id="unknown target"),
    ],
)
def test_steps_to_add(routes: list[Any], replace: bool, terminal: list[str], action: str, call: str | None) -> None:
    steps, conflicts = ec2_routes.steps_to_add([OURS], {"rtb-1": routes}, replace, terminal)
    if action == "conflict":
        assert (steps, len(conflicts)) == ([], 1)
        assert "rtb-1" in conflicts[0]
        assert "10.1.0.0/16" in conflicts[0]
        assert (routes[0]["target_id"] or "unknown") in conflicts[0]
    else:
        assert conflicts == []
        assert [(step.action, step.call) for step in steps] == [(action, call)]


@pytest.mark.parametrize("state", ["active", "blackhole"])
@pytest.mark.parametrize(
    ("there", "old", "replaced"), [("pcx-b", ["pcx-b"], True), ("pcx-b", ["pcx-c"], False), ("nat-1", ["pcx-b"], False)]
)
def test_routes_of_named_connections_alone_are_replaced(there: str, old: list[str], replaced: bool, state: str) -> None:
    kind = "vpc_peering_connection" if there.startswith("pcx") else "nat_gateway"
    steps, conflicts = ec2_routes.steps_to_add([OURS], {"rtb-1": [found(there, kind, state=state)]}, False, [], old)
    assert [step.call for step in steps] == (["replace_route"] if replaced else [])
    assert len(conflicts) == (0 if replaced else 1)


@pytest.mark.parametrize(
    ("routes", "action"),
    [
        ([], "created"),
        ([found("igw-1", "gateway")], "unchanged"),
        ([found("igw-2", "gateway")], "conflict"),
        ([found("pcx-a")], "conflict"),
        ([found("pcx-a", state="blackhole")], "replaced"),
    ],
)
def test_steps_to_add_of_a_gateway(routes: list[Any], action: str) -> None:
    steps, conflicts = ec2_routes.steps_to_add([GATEWAY], {"rtb-1": routes}, False, ["pcx-a"])
    assert [step.action for step in steps] == ([] if action == "conflict" else [action])
    assert len(conflicts) == (action == "conflict")


@pytest.mark.parametrize(("target", "action"), [("igw-1", "removed"), ("igw-2", "unchanged")])
def test_steps_to_remove_of_a_gateway(target: str, action: str) -> None:
    [step] = ec2_routes.steps_to_remove([GATEWAY], {"rtb-1": [found(target, "gateway")]})
    assert step.action == action


@pytest.mark.parametrize(
    ("routes", "action"),
    [
        ([], "unchanged"),
        ([found("pcx-a")], "removed"),
        ([found("pcx-a", state="blackhole")], "removed"),
        ([found("pcx-b")], "unchanged"),
        ([found("local", "local")], "unchanged"),
    ],
)
def test_steps_to_remove(routes: list[Any], action: str) -> None:
    assert [step.action for step in ec2_routes.steps_to_remove([OURS], {"rtb-1": routes})] == [action]
    assert [step.action for step in ec2_routes.steps_to_remove([OURS], {})] == ["unchanged"]


def test_what_blocks_are_other_peerings_blackholes_only() -> None:
    tables: dict[str, Any] = {
        "rtb-1": [found("pcx-z", state="blackhole")],
        "rtb-2": [found("pcx-a", state="blackhole")],
        "rtb-3": [found("nat-1", "nat_gateway", state="blackhole")],
        "rtb-4": [found("pcx-y")],
    }
    desired = [OURS._replace(route_table_id=table) for table in (*tables, "rtb-5")]
    assert ec2_routes.blocking_peerings(desired, tables) == ["pcx-z"]


def raw_table(table: str, *routes: dict[str, Any]) -> dict[str, Any]:
    local = {"DestinationCidrBlock": "10.0.0.0/16", "GatewayId": "local", "State": "active"}
    return {"RouteTableId": table, "Routes": [local, *routes]}


def raw_route(target: str, state: str = "active") -> dict[str, Any]:
    return {"DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": target, "State": state}


def params(*routes: DesiredRoute, **more: Any) -> dict[str, Any]:
    options = {"state": "present", "replace": False, "replace_blackhole": True, "retry_not_found_seconds": 15}
    return {**options, "routes": [route._asdict() for route in routes or (OURS,)], **more}


def test_only_what_lacks_is_written_after_one_read_of_all_tables(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on(
        "DescribeRouteTables", {"RouteTables": [raw_table("rtb-1", raw_route("pcx-a")), raw_table("rtb-2")]}
    )
    fake.on("CreateRoute", {"Return": True})
    desired = [OURS, OURS._replace(route_table_id="rtb-2"), DesiredRoute("rtb-2", "2001:db8::/56", "pcx-a")]
    result = ec2_routes.ensure_routes(fake.client, params(*desired), False)
    assert result["changed"]
    assert [route["action"] for route in result["routes"]] == ["unchanged", "created", "created"]
    assert fake.calls == [
        ("DescribeRouteTables", {"Filters": [{"Name": "route-table-id", "Values": ["rtb-1", "rtb-2"]}]}),
        (
            "CreateRoute",
            {"RouteTableId": "rtb-2", "DestinationCidrBlock": "10.1.0.0/16", "VpcPeeringConnectionId": "pcx-a"},
        ),
        (
            "CreateRoute",
            {"RouteTableId": "rtb-2", "DestinationIpv6CidrBlock": "2001:db8::/56", "VpcPeeringConnectionId": "pcx-a"},
        ),
    ]
    assert result["diff"]["before"] == {"routes": []}
    assert [line["target"] for line in result["diff"]["after"]["routes"]] == ["pcx-a", "pcx-a"]


def test_a_route_to_a_gateway(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": [raw_table("rtb-1")]})
    fake.on("CreateRoute", aws_error("InvalidInternetGatewayID.NotFound"), {})
    result = ec2_routes.ensure_routes(fake.client, params(GATEWAY), False)
    sent = {"RouteTableId": "rtb-1", "DestinationCidrBlock": "10.1.0.0/16", "GatewayId": "igw-1"}
    assert fake.writes == [("CreateRoute", sent)] * 2
    assert (result["routes"][0]["gateway_id"], result["routes"][0]["vpc_peering_connection_id"]) == ("igw-1", None)
    assert result["diff"]["after"]["routes"][0]["target"] == "igw-1"


def test_converged_is_one_read(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": [raw_table("rtb-1", raw_route("pcx-a"))]})
    result = ec2_routes.ensure_routes(fake.client, params(), False)
    assert not result["changed"]
    assert fake.operations == ["DescribeRouteTables"]
    assert result["diff"] == {"before": {"routes": []}, "after": {"routes": []}}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_check_mode_writes_nothing_and_predicts(fake_aws: Any, state: str) -> None:
    tables = [raw_table("rtb-1", *([raw_route("pcx-a")] if state == "absent" else []))]
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": tables})
    result = ec2_routes.ensure_routes(fake.client, params(state=state), True)
    assert result["changed"]
    assert result["routes"][0]["action"] == {"present": "created", "absent": "removed"}[state]
    assert fake.writes == []


def test_one_conflict_stops_all_writes(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on(
        "DescribeRouteTables", {"RouteTables": [raw_table("rtb-1"), raw_table("rtb-2", raw_route("pcx-b"))]}
    )
    with pytest.raises(
        AnsibleAWSError,
        match=r"^Nothing was changed: route table rtb-2 already routes 10.1.0.0/16 to pcx-b \(active\)\. .*replace",
    ):
        ec2_routes.ensure_routes(fake.client, params(OURS, OURS._replace(route_table_id="rtb-2")), False)
    assert fake.writes == []


@pytest.mark.parametrize(
    ("peerings", "replace_blackhole", "replaced"),
    [
        pytest.param([], True, True, id="no longer shown"),
        pytest.param([("pcx-b", "deleted")], True, True, id="deleted"),
        pytest.param([("pcx-b", "expired")], True, True, id="expired"),
        pytest.param([("pcx-b", "pending-acceptance")], True, False, id="an unmanaged pending one"),
        pytest.param([], False, False, id="switched off"),
    ],
)
def test_blackholes_of_other_peerings(fake_aws: Any, peerings: Any, replace_blackhole: bool, replaced: bool) -> None:
    fake = fake_aws("ec2").on(
        "DescribeRouteTables", {"RouteTables": [raw_table("rtb-1", raw_route("pcx-b", "blackhole"))]}
    )
    shown = [{"VpcPeeringConnectionId": item, "Status": {"Code": code}} for item, code in peerings]
    fake.on("DescribeVpcPeeringConnections", {"VpcPeeringConnections": shown})
    fake.on("ReplaceRoute", {})
    options = params(replace_blackhole=replace_blackhole)
    if replaced:
        result = ec2_routes.ensure_routes(fake.client, options, False)
        assert result["routes"][0]["action"] == "replaced"
        assert result["routes"][0]["previous"]["target_id"] == "pcx-b"
        assert [operation for operation, _params in fake.writes] == ["ReplaceRoute"]
    else:
        with pytest.raises(AnsibleAWSError, match=r"pcx-b \(blackhole\)"):
            ec2_routes.ensure_routes(fake.client, options, False)
        assert fake.writes == []


def test_absent_removes_and_tolerates_what_is_gone(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": [raw_table("rtb-1", raw_route("pcx-a"))]})
    fake.on("DeleteRoute", {})
    gone = OURS._replace(route_table_id="rtb-gone")
    result = ec2_routes.ensure_routes(fake.client, params(OURS, gone, state="absent"), False)
    assert [route["action"] for route in result["routes"]] == ["removed", "unchanged"]
    assert fake.writes == [("DeleteRoute", {"RouteTableId": "rtb-1", "DestinationCidrBlock": "10.1.0.0/16"})]
    fake.on("DeleteRoute", aws_error("InvalidRoute.NotFound"))
    assert ec2_routes.ensure_routes(fake.client, params(state="absent"), False)["changed"]


def test_a_missing_table_is_waited_for_and_then_named(fake_aws: Any, clock: Any) -> None:
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": []}, {"RouteTables": [raw_table("rtb-1")]})
    fake.on("CreateRoute", {})
    assert ec2_routes.ensure_routes(fake.client, params(), False)["changed"]
    fake.on("DescribeRouteTables", {"RouteTables": []})
    start = clock.now
    with pytest.raises(AnsibleAWSError, match=r"no route table rtb-1 in this account"):
        ec2_routes.ensure_routes(fake.client, params(), False)
    assert clock.now - start == pytest.approx(15)


def test_a_peering_not_seen_yet_is_tried_again_for_a_while(fake_aws: Any, aws_error: Any, clock: Any) -> None:
    unseen = aws_error("InvalidVpcPeeringConnectionID.NotFound")
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": [raw_table("rtb-1")]})
    fake.on("CreateRoute", unseen, unseen, {})
    assert ec2_routes.ensure_routes(fake.client, params(), False)["changed"]
    fake.on("CreateRoute", unseen)
    with pytest.raises(
        AnsibleAWSError, match=r"Failed to create the route to 10.1.0.0/16 through pcx-a in rtb-1 .waited 1[5-9] sec"
    ):
        ec2_routes.ensure_routes(fake.client, params(), False)
    assert clock.now < 30


def test_a_write_whose_answer_was_lost_is_done(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on(
        "DescribeRouteTables",
        {"RouteTables": [raw_table("rtb-1")]},
        {"RouteTables": [raw_table("rtb-1", raw_route("pcx-a"))]},
    )
    fake.on("CreateRoute", aws_error("RouteAlreadyExists"))
    assert ec2_routes.ensure_routes(fake.client, params(), False)["changed"]
    fake.on(
        "DescribeRouteTables",
        {"RouteTables": [raw_table("rtb-1")]},
        {"RouteTables": [raw_table("rtb-1", raw_route("pcx-b"))]},
    )
    with pytest.raises(AnsibleAWSError, match="RouteAlreadyExists"):
        ec2_routes.ensure_routes(fake.client, params(), False)


def test_tables_of_all_pages_and_of_more_than_a_filter_takes(fake_aws: Any) -> None:
    ids = [f"rtb-{number:03}" for number in range(201)]
    fake = fake_aws("ec2").on(
        "DescribeRouteTables",
        {"RouteTables": [raw_table(item) for item in ids[:100]], "NextToken": "more"},
        {"RouteTables": [raw_table(item) for item in ids[100:200]]},
        {"RouteTables": [raw_table(ids[200])]},
    )
    assert sorted(ec2_routes.describe_tables(fake.client, ids)) == ids
    assert [len(call["Filters"][0]["Values"]) for _operation, call in fake.calls] == [200, 200, 1]


def test_throttled_writes_are_repeated(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeRouteTables", {"RouteTables": [raw_table("rtb-1")]})
    fake.on("CreateRoute", aws_error("RequestLimitExceeded", status=503), {})
    assert ec2_routes.ensure_routes(fake.client, params(), False)["changed"]
    assert len(fake.writes) == 2
