# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    BLOCK_B,
    adopted_b,
    built_b,
    done,
    endpoint,
    facts_b,
    interface,
    peering,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    DELETED_CLUSTER,
    NAMED,
    OTHER,
    PROFILE,
    ROLE,
    args,
    plan,
    untagged,
)

WHOLE = [
    ("remove", "instance:i-1"),
    ("remove", "peering_connection:pcx-1"),
    ("remove", "security_group:sg-b"),
    ("remove", "internet_gateway:igw-1"),
    ("remove", "subnet:subnet-1"),
    ("remove", "vpc:vpc-b"),
    ("remove", PROFILE),
    ("remove", ROLE),
]
ENDPOINT = endpoint("sts", vpc_endpoint_id="vpce-1", tags=NAMED)
ROUTE = f"route:rtb-1/{build.BLOCK_A}"


def test_all_that_is_owned_is_removed() -> None:
    result = plan(built_b(), state="absent", wait_timeout=60)
    assert done(result) == WHOLE
    assert result["conflicts"] == []
    connections = [{"id": "pcx-1", "side": "requester"}]
    expected: dict[str, dict[str, Any]] = {
        "instance": {"instance_ids": ["i-1"], "wait": True},
        "peering": {"connections": connections, "wait_timeout": 60},
        "security_group": {"group_id": "sg-b"},
        "internet_gateway": {"internet_gateway_id": "igw-1"},
        "subnets": {"vpc_id": "vpc-b", "cidr": BLOCK_B},
        "vpc": {"vpc_id": "vpc-b"},
    }
    for step, given in expected.items():
        assert args(result, step) == [{"state": "absent", **given}]
    assert result["writes"].keys() - expected == {"instance_profile", "role"}, "the routes go with the VPC"


def test_what_is_waited_for() -> None:
    writes = plan(built_b(vpc_endpoints=[ENDPOINT]), state="absent", wait_timeout=60)["writes"]
    waits = {call["waits_for"]: call["timeout"] for calls in writes.values() for call in calls if "waits_for" in call}
    assert waits == {
        "instance i-1 to be terminated": 600,
        "VPC endpoint vpce-1 to be deleted": 320,
        "peering connection pcx-1 to be deleted": 60,
    }


def test_an_account_where_nothing_is_left() -> None:
    result = plan(facts_b(), state="absent")
    assert (result["actions"], result["lines"]) == ([], ["account B: nothing to change"])
    assert result["writes"] == {}


@pytest.mark.parametrize(
    ("missing", "identity"),
    [
        ({"instances": []}, "instance:i-1"),
        ({"peerings": []}, "peering_connection:pcx-1"),
        ({"peerings": [peering(status="deleted", tags=NAMED)]}, "peering_connection:pcx-1"),
        ({"security_groups": [build.group("sg-d", name="default")]}, "security_group:sg-b"),
        ({"internet_gateways": []}, "internet_gateway:igw-1"),
        ({"subnets": [], "effective_route_tables": {}}, "subnet:subnet-1"),
        ({"instance_profile": None}, PROFILE),
        ({"role": None}, ROLE),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_each_thing_may_be_missing(missing: dict[str, Any], identity: str) -> None:
    result = plan(built_b(**missing), state="absent")
    assert done(result) == [action for action in WHOLE if action[1] != identity]


def test_what_lost_its_tags_in_an_owned_vpc_is_removed_as_well() -> None:
    facts = built_b()
    facts["subnets"][0]["tags"] = {}
    facts["security_groups"][1]["tags"] = {}
    facts["peerings"][0]["tags"] = {}
    assert done(plan(facts, state="absent")) == WHOLE


@pytest.mark.parametrize(
    ("unmanaged", "named"),
    [
        pytest.param(
            {"instances": [*built_b()["instances"], untagged(built_b()["instances"][0])]}, "i-1", id="instance"
        ),
        pytest.param({"vpc_endpoints": [untagged(ENDPOINT)]}, "vpce-1", id="endpoint"),
        pytest.param({"internet_gateways": [build.gateway("igw-9")]}, "igw-9", id="gateway"),
        pytest.param({"route_tables": [*built_b()["route_tables"], build.table("rtb-9")]}, "rtb-9", id="route table"),
        pytest.param(
            {"security_groups": [*built_b()["security_groups"], build.group("sg-9", name="app")]}, "sg-9", id="group"
        ),
        pytest.param(
            {"subnets": [*built_b()["subnets"], build.subnet("subnet-9", "10.1.9.0/24")]}, "subnet-9", id="subnet"
        ),
        pytest.param(
            {
                "peerings": [
                    *built_b()["peerings"],
                    peering("pcx-9", accepter=build.end(build.C, "vpc-c", "10.9.0.0/16")),
                ]
            },
            "pcx-9",
            id="peering",
        ),
    ],
)
def test_an_owned_vpc_that_holds_something_unmanaged_is_refused(unmanaged: dict[str, Any], named: str) -> None:
    result = plan(built_b(**unmanaged), state="absent")
    (conflict,) = result["conflicts"]
    assert named in conflict and "vpc-b" in conflict
    assert result["lines"][0] == "account B: refused, nothing has been written"


NAT = interface(interface_type="nat_gateway", description="Interface for NAT Gateway nat-1", requester="444455556666")
BY_HAND = interface(description="", requester=None)


@pytest.mark.parametrize(
    ("there", "says"),
    [
        pytest.param(
            {"network_interfaces": [interface()]}, ["eni-9 (RDSNetworkInterface, made by amazon-rds)"], id="RDS"
        ),
        pytest.param(
            {"network_interfaces": [NAT]},
            ["eni-9 (nat_gateway: Interface for NAT Gateway nat-1", "444455556666"],
            id="NAT",
        ),
        pytest.param({"network_interfaces": [BY_HAND]}, ["eni-9 (without a description)"], id="by hand"),
        pytest.param(
            {"network_interfaces": [interface("eni-1"), interface("eni-2")]}, ["eni-1 (", "eni-2 ("], id="several"
        ),
        pytest.param({"network_interfaces": [interface(instance_id="i-1")]}, [], id="of our instance"),
        pytest.param({"network_interfaces": [interface(instance_id="i-7")]}, ["eni-9"], id="of an unknown instance"),
        pytest.param({"network_interfaces": [interface(interface_type="vpc_endpoint")]}, [], id="of an endpoint"),
        pytest.param({"other_gateways": ["vgw-1", "eigw-1"]}, ["vgw-1", "eigw-1"], id="gateways"),
        pytest.param(
            {"network_acls": [build.acl(acl_id="acl-9") | {"is_default": False}]}, ["acl-9"], id="network ACL"
        ),
        pytest.param({"network_acls": [build.acl(acl_id="acl-9")]}, [], id="the default network ACL"),
    ],
)
def test_what_others_have_in_an_owned_vpc_is_seen_before_the_first_removal(
    there: dict[str, Any], says: list[str]
) -> None:
    result = plan(built_b(**there), state="absent")
    if not says:
        assert (done(result), result["conflicts"]) == (WHOLE, [])
        return
    (conflict,) = result["conflicts"]
    assert [word for word in ["VPC vpc-b", *says] if word not in conflict] == []
    assert result["writes"] == {}


def test_an_instance_that_is_ending_holds_its_interface_and_is_waited_for() -> None:
    facts = built_b(network_interfaces=[interface(instance_id="i-1")])
    facts["instances"][0]["state"] = "shutting-down"
    result = plan(facts, state="absent")
    assert done(result) == WHOLE[1:]
    assert result["waiting_for"] == ["instance i-1: shutting down; AWS ends it by itself"]


def test_an_endpoint_that_is_being_deleted_is_waited_for_whoever_made_it() -> None:
    going = [{**ENDPOINT, "state": "deleting"}, endpoint("s3", state="deleting")]
    result = plan(built_b(vpc_endpoints=going), state="absent")
    assert (done(result), result["conflicts"]) == (WHOLE, [])
    assert result["waiting_for"] == ["VPC endpoint vpce-1: being deleted; AWS ends it by itself"]


MANAGED = {"GuardDutyManaged": "true"}
GUARDDUTY = endpoint("guardduty-data", vpc_endpoint_id="vpce-g", tags=MANAGED)
GUARDDUTY_GROUP = build.group("sg-g", name="GuardDutyManagedSecurityGroup-vpc-b", tags=MANAGED)


def with_guardduty(**more: Any) -> dict[str, Any]:
    facts = built_b(vpc_endpoints=[GUARDDUTY], **more)
    facts["security_groups"].append(GUARDDUTY_GROUP)
    facts["network_interfaces"] = [interface(interface_type="vpc_endpoint")]
    return facts


def test_what_guardduty_made_goes_with_the_vpc() -> None:
    result = plan(with_guardduty(), state="absent")
    assert result["conflicts"] == []
    added = [item for item in done(result) if item not in WHOLE]
    assert added == [("remove", "vpc_endpoint:vpce-g"), ("remove", "security_group:sg-g")]
    assert [item for item in done(result) if item in WHOLE] == WHOLE
    assert [item["group_id"] for item in args(result, "security_group")] == ["sg-b", "sg-g"]
    assert sum("GuardDuty" in line for line in result["lines"]) == 2


@pytest.mark.parametrize(
    ("endpoints", "group", "named"),
    [
        pytest.param([untagged(GUARDDUTY)], GUARDDUTY_GROUP, "vpce-g", id="an endpoint of its service by hand"),
        pytest.param([endpoint("s3", vpc_endpoint_id="vpce-s", tags=MANAGED)], GUARDDUTY_GROUP, "vpce-s", id="another"),
        pytest.param([GUARDDUTY], untagged(GUARDDUTY_GROUP), "sg-g", id="a group of its name by hand"),
        pytest.param([GUARDDUTY], build.group("sg-x", name="app", tags=MANAGED), "sg-x", id="another group"),
    ],
)
def test_only_what_is_guarddutys_by_name_and_tag_goes(endpoints: list[Any], group: Any, named: str) -> None:
    facts = built_b(vpc_endpoints=endpoints)
    facts["security_groups"].append(group)
    (conflict,) = plan(facts, state="absent")["conflicts"]
    assert f"{named};" in conflict


def test_guarddutys_things_stay_in_an_adopted_vpc_and_in_a_standing_one() -> None:
    assert plan(with_guardduty())["actions"] == []
    groups = [build.group("sg-d", name="default"), GUARDDUTY_GROUP]
    assert done(plan(adopted_b(vpc_endpoints=[GUARDDUTY], security_groups=groups), state="absent")) == []


@pytest.mark.parametrize(
    ("interfaces", "rules", "named"),
    [
        ([], (), None),
        ([interface(security_group_ids=["sg-b"])], (), "eni-9"),
        ([interface(security_group_ids=["sg-theirs"])], (), None),
        ([interface(security_group_ids=["sg-b"], instance_id="i-1")], (), None),
        ([interface(security_group_ids=["sg-b"], instance_id="i-7")], (), "eni-9"),
        ([], (build.rule("sgr-9", 5432, source_group_id="sg-b"),), "rule sgr-9 of sg-theirs"),
        ([], (build.rule("sgr-9", 5432, source_group_id="sg-x"),), None),
    ],
)
def test_a_group_of_ours_that_others_use_in_an_adopted_vpc_is_not_removed(
    interfaces: list[Any], rules: tuple[Any, ...], named: str | None
) -> None:
    groups = [build.group("sg-b", name="dax-client", tags=NAMED), build.group("sg-theirs", *rules, name="app")]
    others = {**built_b()["instances"][0], "instance_id": "i-7", "tags": {}}
    instances = [*built_b()["instances"], others]
    result = plan(adopted_b(security_groups=groups, network_interfaces=interfaces, instances=instances), state="absent")
    assert [named in line for line in result["conflicts"]] == ([True] if named else [])
    assert (("remove", "security_group:sg-b") in done(result)) is (named is None)


def test_an_unmanaged_peering_in_a_terminal_state_is_no_obstacle() -> None:
    deleted = peering("pcx-9", "deleted", accepter=build.end(build.C, "vpc-c", "10.9.0.0/16"))
    assert done(plan(built_b(peerings=[*built_b()["peerings"], deleted]), state="absent")) == WHOLE


def test_owned_endpoints_are_removed() -> None:
    result = plan(built_b(vpc_endpoints=[ENDPOINT]), state="absent")
    assert ("remove", "vpc_endpoint:vpce-1") in done(result)
    assert args(result, "endpoints") == [{"state": "absent", "vpc_endpoint_id": "vpce-1", "wait": True}]


@pytest.mark.parametrize("how", ["id", "tags", "adopted"])
def test_from_an_adopted_vpc_only_what_was_added_is_removed(how: str) -> None:
    own = build.group("sg-b", name="dax-client", tags=NAMED)
    facts = adopted_b(vpc_found_by=how, peerings=[peering(tags=NAMED)], instances=built_b()["instances"])
    facts["security_groups"].append(own)
    facts["vpc_endpoints"] = [ENDPOINT, {**ENDPOINT, "vpc_endpoint_id": "vpce-9", "tags": {}}]
    facts["route_tables"][1]["routes"].append(build.route(build.BLOCK_A, "pcx-1"))
    result = plan(facts, state="absent")
    assert done(result) == [
        ("remove", "instance:i-1"),
        ("remove", ROUTE),
        ("remove", "peering_connection:pcx-1"),
        ("remove", "vpc_endpoint:vpce-1"),
        ("remove", "security_group:sg-b"),
    ]
    route = {"route_table_id": "rtb-1", "destination": build.BLOCK_A, "vpc_peering_connection_id": "pcx-1"}
    assert args(result, "routes") == [{"routes": [route], "state": "absent"}]
    assert result["conflicts"] == []
    assert {"vpc", "subnets", "internet_gateway"} & result["writes"].keys() == set()


def test_an_adopted_peering_and_group_stay() -> None:
    facts = adopted_b(
        peerings=[peering(tags={"Owner": "x"})],
        security_groups=[build.group("sg-d", name="default"), build.group("sg-1", name="app")],
    )
    facts["route_tables"][1]["routes"].append(build.route(build.BLOCK_A, "pcx-1"))
    result = plan(facts, state="absent")
    assert done(result) == []
    kept = [(item["kind"], build.identity_of(item)) for item in result["actions"]]
    assert kept == [("keep", ROUTE)], "nobody knows who made it, so it is reported and left"
    assert done(plan(facts, state="absent", security_group_id="sg-1")) == []
    assert done(plan(facts, state="absent", security_group_name="app")) == []


def test_a_group_of_the_users_in_an_owned_vpc_refuses_its_removal() -> None:
    facts = built_b()
    facts["security_groups"].append(build.group("sg-1", name="app"))
    result = plan(facts, state="absent", security_group_id="sg-1")
    assert "sg-1" in "".join(result["conflicts"])


def test_routes_to_a_deleted_peering_are_removed_from_an_adopted_vpc() -> None:
    facts = adopted_b(peerings=[peering(status="deleted", tags=NAMED)])
    facts["route_tables"][1]["routes"].append(build.route(build.BLOCK_A, "pcx-1", "blackhole"))
    assert done(plan(facts, state="absent")) == [("remove", ROUTE)]


def test_another_consumer_in_the_same_account_is_not_touched() -> None:
    facts = facts_b(peerings=[peering(tags=OTHER)])
    assert done(plan(facts, state="absent")) == []


def test_the_removal_when_the_cluster_was_deleted() -> None:
    assert done(plan(built_b(), DELETED_CLUSTER, state="absent")) == WHOLE
