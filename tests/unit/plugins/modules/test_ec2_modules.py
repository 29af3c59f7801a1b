# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The EC2 modules from their options to their results; what lies between is tested with module_utils."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.modules import (
    ec2_instance_profile_association,
    ec2_resource_tags,
    ec2_security_group_rules,
    ec2_vpc_peering_connections,
    ec2_vpc_routes,
)

PCX = "pcx-0123456789abcdef0"
ROUTE = {"route_table_id": "rtb-1", "destination": "10.1.0.0/16", "vpc_peering_connection_id": PCX}
RULE = {"from_port": 8111, "group_id": "sg-b", "user_id": "222222222222", "description": "ours"}
RAW_RULE = {
    "SecurityGroupRuleId": "sgr-1",
    "IpProtocol": "tcp",
    "FromPort": 8111,
    "ToPort": 8111,
    "ReferencedGroupInfo": {"GroupId": "sg-b"},
    "Description": "ours",
}


@pytest.fixture
def ec2(fake_aws: Any) -> Any:
    return fake_aws("ec2")


def test_routes_defaults(run_module: Any, ec2: Any) -> None:
    ec2.on("DescribeRouteTables", {"RouteTables": [{"RouteTableId": "rtb-1", "Routes": []}]}).on("CreateRoute", {})
    predicted = run_module(ec2_vpc_routes, {"routes": [ROUTE]}, check=True, ec2=ec2)
    assert ec2.writes == []
    result = run_module(ec2_vpc_routes, {"routes": [ROUTE]}, ec2=ec2)
    assert result == predicted
    assert (result["failed"], result["changed"], result["routes"][0]["action"]) == (False, True, "created")


def test_routes_conflict_is_one_line(run_module: Any, ec2: Any) -> None:
    foreign = {"DestinationCidrBlock": "10.1.0.0/16", "NatGatewayId": "nat-1", "State": "active"}
    ec2.on("DescribeRouteTables", {"RouteTables": [{"RouteTableId": "rtb-1", "Routes": [foreign]}]})
    result = run_module(ec2_vpc_routes, {"routes": [ROUTE]}, ec2=ec2)
    assert result["failed"]
    assert "rtb-1 already routes 10.1.0.0/16 to nat-1 (active)" in result["msg"]
    assert "\n" not in result["msg"]
    ec2.on("ReplaceRoute", {})
    assert run_module(ec2_vpc_routes, {"routes": [ROUTE], "replace": True}, ec2=ec2)["changed"]


def test_no_routes_and_no_rules_are_no_change(run_module: Any, ec2: Any) -> None:
    ec2.on("DescribeSecurityGroupRules", {"SecurityGroupRules": []})
    assert run_module(ec2_vpc_routes, {"routes": []}, ec2=ec2)["changed"] is False
    assert run_module(ec2_security_group_rules, {"group_id": "sg-a", "rules": []}, ec2=ec2)["changed"] is False
    assert ec2.writes == []


def test_rules_defaults(run_module: Any, ec2: Any) -> None:
    ec2.on("DescribeSecurityGroupRules", {"SecurityGroupRules": [RAW_RULE]}).on("RevokeSecurityGroupIngress", {})
    options = {"group_id": "sg-a", "rules": [RULE]}
    assert run_module(ec2_security_group_rules, options, ec2=ec2)["changed"] is False
    stranger = {**options, "rules": [{**RULE, "description": "somebody else's"}], "state": "absent"}
    assert run_module(ec2_security_group_rules, stranger, ec2=ec2)["changed"] is False
    assert ec2.writes == []
    result = run_module(ec2_security_group_rules, {**options, "state": "absent"}, ec2=ec2)
    assert (result["changed"], result["rules"][0]["previous"]["description"]) == (True, "ours")


def test_peering_defaults(run_module: Any, ec2: Any) -> None:
    pending, active = (
        {"VpcPeeringConnections": [{"VpcPeeringConnectionId": PCX, "Status": {"Code": code}}]}
        for code in ("pending-acceptance", "active")
    )
    ec2.on("DescribeVpcPeeringConnections", pending, active).on("AcceptVpcPeeringConnection", {})
    result = run_module(ec2_vpc_peering_connections, {"connections": [{"id": PCX}]}, ec2=ec2)
    assert (result["changed"], result["connections"][0]["status"]["code"]) == (True, "active")
    result = run_module(ec2_vpc_peering_connections, {"connections": [{"id": PCX}]}, ec2=ec2)
    assert result["changed"] is False


def test_association_defaults(run_module: Any, ec2: Any, fake_aws: Any) -> None:
    raw = {"InstanceProfileName": "P", "InstanceProfileId": "AIPA2", "Arn": "arn:aws:iam::2:instance-profile/P"}
    iam = fake_aws("iam").on("GetInstanceProfile", {"InstanceProfile": {**raw, "Path": "/"}})
    found = {"AssociationId": "iip-assoc-1", "IamInstanceProfile": {"Id": "AIPA1"}}
    ec2.on("DescribeIamInstanceProfileAssociations", {"IamInstanceProfileAssociations": [found]})
    ec2.on("ReplaceIamInstanceProfileAssociation", {})
    options = {"instance_id": "i-1", "instance_profile_name": "P"}
    predicted = run_module(ec2_instance_profile_association, options, check=True, ec2=ec2, iam=iam)
    assert ec2.writes == []
    assert run_module(ec2_instance_profile_association, options, ec2=ec2, iam=iam) == predicted
    assert (predicted["changed"], predicted["previous_instance_profile_id"]) == (True, "AIPA1")


@pytest.mark.parametrize(
    ("module", "options", "words"),
    [
        (ec2_instance_profile_association, {"instance_id": "i-1"}, "instance_profile_name"),
        (ec2_vpc_routes, {}, "routes"),
        (ec2_vpc_routes, {"routes": [{"route_table_id": "rtb-1", "destination": "10.0.0.0/8"}]}, "vpc_peering_conn"),
        (ec2_vpc_routes, {"routes": [{**ROUTE, "destination": "ten"}]}, "destination 'ten' of rtb-1"),
        (ec2_security_group_rules, {"group_id": "sg-a", "rules": [{"from_port": 1}]}, "group_id, cidr_ip, cidr_ipv6"),
        (
            ec2_security_group_rules,
            {"group_id": "sg-a", "rules": [{**RULE, "cidr_ip": "10.0.0.0/8"}]},
            "mutually exclusive",
        ),
        (
            ec2_security_group_rules,
            {"group_id": "sg-a", "rules": [{"from_port": 1, "cidr_ip": "10.0.0.0/8", "user_id": "1"}]},
            "user_id",
        ),
        (ec2_vpc_peering_connections, {"connections": [{"id": "vpc-1"}]}, "connections: 'vpc-1'"),
        (ec2_vpc_peering_connections, {"connections": [{"id": PCX, "dns_resolution": True}]}, "side"),
        (ec2_vpc_peering_connections, {"connections": [{"id": PCX}], "state": "active"}, "state"),
    ],
)
def test_bad_options_are_named(run_module: Any, ec2: Any, module: Any, options: dict[str, Any], words: str) -> None:
    result = run_module(module, options, ec2=ec2)
    assert result["failed"]
    assert words in result["msg"]
    assert ec2.calls == []


def test_tags_defaults(run_module: Any, ec2: Any) -> None:
    ec2.on("DescribeTags", {"Tags": []}).on("CreateTags", {})
    result = run_module(ec2_resource_tags, {"resources": [{"id": PCX, "tags": {"a": "b"}}]}, ec2=ec2)
    assert (result["failed"], result["changes"]) == (False, [{"id": PCX, "set": {"a": "b"}, "removed": []}])
