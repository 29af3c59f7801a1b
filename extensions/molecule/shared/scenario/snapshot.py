# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that is in an account, by plain boto3 reads, as data that can be compared."""

from __future__ import annotations

import re
from typing import Any

from .accounts import Account

_ID = re.compile(r"\b(vpc|subnet|rtb|sg|sgr|pcx|igw|vpce|i|eni|acl|dopt|rtbassoc)-[0-9a-f]{8,}")
# What marks our policy on a role of the user's own: a digest of cluster and consumer.
_DIGEST = re.compile(r"\b(DaxCrossAccount)[0-9a-f]{12}\b")
GONE = ("deleting", "deleted", "rejected", "expired", "failed", "terminated", "shutting-down")


def snapshot(account: Account) -> dict[str, Any]:
    """Return ``{kind: {id: attributes}}``. What is gone and still shown by AWS for a while is left out."""
    ec2 = account.ec2
    return {
        "roles": _roles(account),
        "instance_profiles": _profiles(account),
        "clusters": {item["ClusterName"]: item["Status"] for item in account.dax.describe_clusters()["Clusters"]},
        "vpcs": {item["VpcId"]: _vpc(ec2, item) for item in ec2.describe_vpcs()["Vpcs"]},
        "subnets": {
            item["SubnetId"]: {
                "vpc": item["VpcId"],
                "block": item["CidrBlock"],
                "zone": item["AvailabilityZone"],
                "ipv6_blocks": [each["Ipv6CidrBlock"] for each in item.get("Ipv6CidrBlockAssociationSet", [])],
                "public": item["MapPublicIpOnLaunch"],
                "tags": _tags(item),
            }
            for item in ec2.describe_subnets()["Subnets"]
        },
        "route_tables": {item["RouteTableId"]: _table(item) for item in ec2.describe_route_tables()["RouteTables"]},
        "security_groups": {
            item["GroupId"]: {"name": item["GroupName"], "vpc": item["VpcId"], "tags": _tags(item)}
            for item in ec2.describe_security_groups()["SecurityGroups"]
        },
        "rules": {_rule_key(item): _rule(item) for item in ec2.describe_security_group_rules()["SecurityGroupRules"]},
        "peerings": peerings(account),
        "instances": instances(account),
        "endpoints": {
            item["VpcEndpointId"]: {
                "service": item["ServiceName"],
                "vpc": item["VpcId"],
                "subnets": sorted(item["SubnetIds"]),
                "tags": _tags(item),
            }
            for item in ec2.describe_vpc_endpoints()["VpcEndpoints"]
            if item["State"].lower() not in GONE
        },
        "internet_gateways": {
            item["InternetGatewayId"]: {"vpcs": [each["VpcId"] for each in item["Attachments"]], "tags": _tags(item)}
            for item in ec2.describe_internet_gateways()["InternetGateways"]
        },
    }


def shape(value: Any) -> Any:
    """Return a snapshot with its ids masked: two accounts, or two runs, that built the same have the same shape."""
    if isinstance(value, dict):
        if any(_ID.search(str(key)) for key in value):
            return sorted(({"key": shape(key), "value": shape(item)} for key, item in value.items()), key=repr)
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [shape(item) for item in value]
    return _DIGEST.sub(r"\1", _ID.sub(r"\1", value)) if isinstance(value, str) else value


_NOTHING = object()


def differences(before: Any, after: Any, where: str = "") -> list[str]:
    """Return one line for each difference of two snapshots, for a message that a person can read."""
    if before == after:
        return []
    if isinstance(before, dict) and isinstance(after, dict):
        keys = sorted({*before, *after}, key=str)
        return [
            line
            for key in keys
            for line in differences(before.get(key, _NOTHING), after.get(key, _NOTHING), f"{where}/{key}")
        ]
    texts = ["nothing" if item is _NOTHING else repr(item) for item in (before, after)]
    return [f"{where}: {texts[0]} -> {texts[1]}"]


def peerings(account: Account) -> dict[str, Any]:
    """Return the connections that are not dead."""
    found = account.ec2.describe_vpc_peering_connections()["VpcPeeringConnections"]
    return {
        item["VpcPeeringConnectionId"]: {
            "status": item["Status"]["Code"],
            "requester": item["RequesterVpcInfo"]["VpcId"],
            "accepter": item["AccepterVpcInfo"]["VpcId"],
            "dns": {
                side: bool((item[f"{side}VpcInfo"].get("PeeringOptions") or {}).get("AllowDnsResolutionFromRemoteVpc"))
                for side in ("Requester", "Accepter")
            },
            "tags": _tags(item),
        }
        for item in found
        if item["Status"]["Code"] not in GONE
    }


def instances(account: Account) -> dict[str, Any]:
    """Return the instances that are not terminated."""
    reservations = account.ec2.describe_instances()["Reservations"]
    return {
        item["InstanceId"]: {
            "state": item["State"]["Name"],
            "type": item["InstanceType"],
            "subnet": item.get("SubnetId"),
            "groups": sorted(group["GroupId"] for group in item["SecurityGroups"]),
            "profile": (item.get("IamInstanceProfile") or {}).get("Arn"),
            "tags": _tags(item),
        }
        for reservation in reservations
        for item in reservation["Instances"]
        if item["State"]["Name"] not in GONE
    }


def _roles(account: Account) -> dict[str, Any]:
    iam, found = account.iam, {}
    for item in iam.list_roles()["Roles"]:
        name = item["RoleName"]
        role = iam.get_role(RoleName=name)["Role"]
        inline = iam.list_role_policies(RoleName=name)["PolicyNames"]
        attached = iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
        found[name] = {
            "path": role["Path"],
            "trust": role["AssumeRolePolicyDocument"],
            "seconds": role["MaxSessionDuration"],
            "boundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            "inline": {
                each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in sorted(inline)
            },
            "attached": sorted(each["PolicyArn"] for each in attached),
            "tags": _tags(role),
        }
    return found


def _profiles(account: Account) -> dict[str, Any]:
    iam = account.iam
    return {
        item["InstanceProfileName"]: {
            "roles": [role["RoleName"] for role in item["Roles"]],
            "tags": _tags(iam.get_instance_profile(InstanceProfileName=item["InstanceProfileName"])["InstanceProfile"]),
        }
        for item in iam.list_instance_profiles()["InstanceProfiles"]
    }


def _vpc(ec2: Any, item: dict[str, Any]) -> dict[str, Any]:
    def attribute(name: str) -> bool:
        answer = ec2.describe_vpc_attribute(VpcId=item["VpcId"], Attribute=name)
        return bool(answer[f"E{name[1:]}"]["Value"])

    return {
        "blocks": sorted(each["CidrBlock"] for each in item["CidrBlockAssociationSet"]),
        "ipv6_blocks": sorted(each["Ipv6CidrBlock"] for each in item.get("Ipv6CidrBlockAssociationSet", [])),
        "dns_support": attribute("enableDnsSupport"),
        "dns_hostnames": attribute("enableDnsHostnames"),
        "tags": _tags(item),
    }


def _table(item: dict[str, Any]) -> dict[str, Any]:
    return {
        "vpc": item["VpcId"],
        "main": any(each["Main"] for each in item["Associations"]),
        "subnets": sorted(each["SubnetId"] for each in item["Associations"] if each.get("SubnetId")),
        "routes": {
            route.get("DestinationCidrBlock") or route.get("DestinationIpv6CidrBlock"): {
                "target": route.get("VpcPeeringConnectionId") or route.get("GatewayId"),
                "state": route["State"],
            }
            for route in item["Routes"]
            if "DestinationPrefixListId" not in route
        },
        "tags": _tags(item),
    }


def _rule_key(item: dict[str, Any]) -> str:
    source = (item.get("ReferencedGroupInfo") or {}).get("GroupId") or item.get("CidrIpv4") or item.get("CidrIpv6")
    way = "out" if item["IsEgress"] else "in"
    ports = f"{item.get('FromPort')}-{item.get('ToPort')}"
    return f"{item['GroupId']} {way} {item['IpProtocol']} {ports} {source}"


def _rule(item: dict[str, Any]) -> dict[str, Any]:
    return {"description": item.get("Description"), "tags": _tags(item)}


def _tags(item: dict[str, Any]) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in sorted(item.get("Tags", []), key=lambda tag: str(tag["Key"]))}
