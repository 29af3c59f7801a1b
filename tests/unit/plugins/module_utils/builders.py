# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Facts, wishes and documents as the modules and roles hand them to the plans, for the tests to bend.

Account A (111111111111) owns the cluster ``orders`` in 10.0.0.0/16, account B (222222222222) consumes it. Every
function takes what differs as keywords; nothing is shared between two calls.
"""

from __future__ import annotations

import copy
import functools
from pathlib import Path
from typing import Any, TypeVar

import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import role_description
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions, OwnerOptions

ROLES = Path(__file__).resolve().parents[4] / "roles"

A, B, C = "111111111111", "222222222222", "333333333333"
REGION = "us-east-1"
CLUSTER_ARN = f"arn:aws:dax:{REGION}:{A}:cache/orders"
ROLE_A = f"arn:aws:iam::{A}:role/DaxCrossAccountRole"
ROLE_B = f"arn:aws:iam::{B}:role/AssumeDaxRole"
KEY = f"{B}/dax-client"
VPC_A, VPC_B, VPC_C = "vpc-a", "vpc-b", "vpc-c"
BLOCK_A, BLOCK_B, BLOCK_C = "10.0.0.0/16", "10.1.0.0/24", "10.3.0.0/24"
MARK = "dax.cross_account:cluster"
CONSUMER = "dax.cross_account:consumer"
ID = "dax.cross_account:id"
PEERING = "dax.cross_account:peering"
ID = "dax.cross_account:id"

PROFILE_ID = "AIPAEXAMPLE"

TAGS_B = {MARK: CLUSTER_ARN, CONSUMER: "dax-client"}
TAGS_A = {MARK: CLUSTER_ARN, CONSUMER: KEY}


def with_id(tags: dict[str, str] | None, resource_id: str) -> dict[str, str]:
    """Tags as account B's site.yml leaves them: what carries the ownership tags carries its own id too."""
    made = tags is not None and MARK in tags and "/" not in tags.get(CONSUMER, "/")
    return {ID: resource_id, **(tags or {})} if made else {**(tags or {})}


def identity(account: str, partition: str = "aws") -> dict[str, str]:
    arn = f"arn:{partition}:iam::{account}:user/ops"
    return {"account_id": account, "arn": arn, "partition": partition}


def cluster(**more: Any) -> dict[str, Any]:
    return {
        "cluster_name": "orders",
        "cluster_arn": CLUSTER_ARN,
        "status": "available",
        "encryption_type": "NONE",
        "network_type": "ipv4",
        "endpoint": {"address": "orders.dax.example", "port": 8111, "url": "dax://orders.dax.example"},
        **more,
    }


def vpc(vpc_id: str, *blocks: str, ipv6: tuple[str, ...] = (), tags: dict[str, str] | None = None) -> dict[str, Any]:
    shape = {"vpc_id": vpc_id, "cidr_blocks": list(blocks), "ipv6_cidr_blocks": list(ipv6)}
    return {**shape, "is_default": False, "owner_id": None, "tags": with_id(tags, vpc_id)}


def route(
    destination: str, target: str = "pcx-1", state: str = "active", origin: str = "CreateRoute"
) -> dict[str, Any]:
    kinds = {"pcx": "vpc_peering_connection", "nat": "nat_gateway", "local": "local", "tgw": "transit_gateway"}
    kind = kinds.get(target.split("-")[0], "gateway")
    shape = {"destination": destination, "target_type": kind, "target_id": target}
    return {**shape, "state": state, "origin": origin}


def prefix_list(list_id: str = "pl-1", *blocks: str, **more: Any) -> dict[str, Any]:
    """A managed prefix list of the account's own, with room for 20 entries."""
    shape = {"prefix_list_id": list_id, "name": "offices", "owner_id": B, "ipv6": False, "max_entries": 20}
    return {**shape, "blocks": list(blocks), "problem": None, **more}


def read(value: Any = None, problem: str | None = None) -> dict[str, Any]:
    """A reading that AWS answered, or refused."""
    return {"value": value, "problem": problem}


def table(table_id: str, *routes: dict[str, Any], main: bool = False, subnets: tuple[str, ...] = ()) -> dict[str, Any]:
    shape = {"route_table_id": table_id, "main": main, "subnet_ids": list(subnets)}
    return {**shape, "routes": list(routes), "tags": {}}


def subnet(subnet_id: str, block: str, zone: str = "us-east-1a", **more: Any) -> dict[str, Any]:
    shape = {"subnet_id": subnet_id, "availability_zone": zone, "cidr_block": block, "ipv6_cidr_blocks": []}
    return {**shape, "map_public_ip": False, **more, "tags": with_id(more.get("tags"), subnet_id)}


def rule(rule_id: str = "sgr-1", port: int = 8111, **more: Any) -> dict[str, Any]:
    shape = {"rule_id": rule_id, "egress": False, "protocol": "tcp", "from_port": port, "to_port": port}
    empty = ("cidr_ip", "cidr_ipv6", "source_group_id", "source_user_id", "description", "prefix_list_id")
    return {**shape, **dict.fromkeys(empty), "tags": {}, **more}


def our_rule(
    port: int = 8111,
    source: str = "sg-b",
    key: str = KEY,
    rule_id: str = "sgr-1",
    peering_id: str | None = "pcx-1",
    **more: Any,
) -> dict[str, Any]:
    """The rule that account A has for a consumer; ``peering_id`` is the connection that is managed for it."""
    text = f"dax.cross_account: orders for {key}"
    tags = {MARK: CLUSTER_ARN, CONSUMER: key, **({PEERING: peering_id} if peering_id else {}), ID: rule_id}
    owner = {"source_group_id": source, "source_user_id": key.split("/")[0]}
    return rule(rule_id, port, **{**owner, "description": text, "tags": tags, **more})


def group(
    group_id: str, *rules: dict[str, Any], name: str = "dax", tags: dict[str, str] | None = None
) -> dict[str, Any]:
    shape = {"group_id": group_id, "group_name": name, "description": name, "vpc_id": None}
    return {**shape, "tags": with_id(tags, group_id), "rules": list(rules)}


def end(
    owner: str, vpc_id: str, *blocks: str, region: str | None = REGION, ipv6: tuple[str, ...] = ()
) -> dict[str, Any]:
    """One end of a connection; without blocks where EC2 does not show them."""
    shape = {"owner_id": owner, "region": region, "vpc_id": vpc_id, "cidr_blocks": list(blocks)}
    return {**shape, "ipv6_cidr_blocks": list(ipv6), "dns_resolution": None}


def peering(
    peering_id: str = "pcx-1",
    status: str = "active",
    tags: dict[str, str] | None = None,
    swapped: bool = False,
    **more: Any,
) -> dict[str, Any]:
    """A connection requested by B and to be accepted by A; ``swapped`` the other way round."""
    ends = [end(B, VPC_B, BLOCK_B), end(A, VPC_A, BLOCK_A)]
    requester, accepter = reversed(ends) if swapped else ends
    shape = {"id": peering_id, "status": {"code": status, "message": ""}, "expiration_time": None}
    return {**shape, "requester": requester, "accepter": accepter, "tags": with_id(tags, peering_id), **more}


def entry(number: int, block: str, egress: bool = False, allow: bool = True, **more: Any) -> dict[str, Any]:
    shape = {"rule_number": number, "egress": egress, "allow": allow, "protocol": "-1", "cidr_block": block}
    return {**shape, "from_port": None, "to_port": None, **more}


def acl(*entries: dict[str, Any], acl_id: str = "acl-1", subnets: tuple[str, ...] = ("subnet-1",)) -> dict[str, Any]:
    default = [entry(32767, "0.0.0.0/0", egress, allow=False) for egress in (False, True)]
    ordered = sorted([*entries, *default], key=lambda item: item["rule_number"])
    return {"network_acl_id": acl_id, "is_default": True, "subnet_ids": list(subnets), "entries": ordered}


def role(name: str, trust: dict[str, Any], account: str = A, **more: Any) -> dict[str, Any]:
    shape = {"role_name": name, "arn": f"arn:aws:iam::{account}:role/{name}", "role_id": "AROAEXAMPLE", "path": "/"}
    tags = more.get("tags", {})
    shape["description"] = role_description(tags[MARK], tags.get(CONSUMER)) if MARK in tags else ""
    settings = {"max_session_duration": 3600, "permissions_boundary": None}
    return {**shape, "trust": trust, "inline_policies": {}, "attached_policies": [], **settings, "tags": {}, **more}


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def trust(*arns: str, sid: str = "DaxCrossAccount", condition: dict[str, Any] | None = None) -> dict[str, Any]:
    """One statement that lets these principals assume a role."""
    named = list(arns) if len(arns) > 1 else arns[0]
    statement = {"Sid": sid, "Effect": "Allow", "Principal": {"AWS": named}, "Action": "sts:AssumeRole"}
    return {**statement, "Condition": condition} if condition else statement


STRANGER = {
    "Sid": "Stranger",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{C}:root"},
    "Action": "sts:AssumeRole",
    "Condition": {"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}},
}


def facts_a(**more: Any) -> dict[str, Any]:
    """Account A with the cluster and nothing of ours: two subnets on a table of their own, one on the main table."""
    local = route(BLOCK_A, "local")
    blocks = {"subnet-1": "10.0.1.0/24", "subnet-2": "10.0.2.0/24", "subnet-3": "10.0.3.0/24"}
    return {
        "identity": identity(A),
        "region": REGION,
        "cluster": cluster(),
        "cluster_arn": CLUSTER_ARN,
        "cluster_names": [],
        "role": None,
        "consumer_roles": {},
        "other_roles": [],
        "role_names_alike": [],
        "vpc": vpc(VPC_A, BLOCK_A),
        "cluster_subnet_ids": list(blocks),
        "subnets": [subnet(name, block) for name, block in blocks.items()],
        "route_tables": [
            table("rtb-main", dict(local), main=True),
            table("rtb-1", dict(local), subnets=("subnet-1", "subnet-2")),
            table("rtb-other", dict(local), subnets=("subnet-9",)),
        ],
        "effective_route_tables": {"subnet-1": "rtb-1", "subnet-2": "rtb-1", "subnet-3": "rtb-main"},
        "network_acls": [],
        "security_groups": [group("sg-a")],
        "other_security_groups": [],
        "peerings": [],
        "prefix_lists": [],
        "quotas": {},
        "usage": {},
        **more,
    }


def gone_a(**more: Any) -> dict[str, Any]:
    """Account A after somebody has deleted the cluster, with nothing left behind."""
    lists = ("cluster_subnet_ids", "subnets", "route_tables", "network_acls", "security_groups", "peerings")
    empty: dict[str, Any] = {key: [] for key in lists}
    return facts_a(**{**empty, "effective_route_tables": {}, "vpc": None, "cluster": None, **more})


def wanted_a(**more: Any) -> OwnerOptions:
    """The options of account A: the role's defaults and what differs."""
    return _options(OwnerOptions, "dax_account_a", {"cluster_name": "orders", **more})


ZONES = ["us-east-1a", "us-east-1b"]


def launch(*ended: tuple[str, str], **more: Any) -> dict[str, Any]:
    """What decides on a new instance: a type for x86 that every zone has; ``ended`` are instances with AWS's codes."""
    instances = [{"instance_id": name, "code": code, "message": f"{code}: for want of it"} for name, code in ended]
    shape = {"availability_zones": list(ZONES), "architectures": ["x86_64"], "image": None, "key_pairs": []}
    return {**shape, "ended_instances": instances, **more}


def image(architecture: str = "x86_64", **more: Any) -> dict[str, Any]:
    return {"image_id": "ami-1", "architecture": architecture, "state": "available", **more}


def service(name: str, *zones: str, region: str = REGION, prefix: str = "") -> dict[str, Any]:
    """A service that AWS offers endpoints for, by default in every zone."""
    shape = {"service_name": f"{prefix}com.amazonaws.{region}.{name}", "availability_zones": list(zones or ZONES)}
    return {**shape, "private_dns_names": [f"{name}.{region}.amazonaws.com"]}


SERVICES = ("sts", "ssm", "ssmmessages", "ec2messages")


def endpoint(name: str, **more: Any) -> dict[str, Any]:
    """The VPC endpoint of a service such as ``sts``, available and nobody's."""
    shape = {"vpc_endpoint_id": f"vpce-{name}", "service_name": f"com.amazonaws.{REGION}.{name}", "state": "available"}
    lists: dict[str, list[str]] = {"subnet_ids": [], "security_group_ids": []}
    made = {**shape, **lists, "last_error": "", "private_dns": True, "tags": {}, **more}
    return {**made, "tags": with_id(made["tags"], made["vpc_endpoint_id"])}


def gateway(gateway_id: str = "igw-1", attached: bool = True, tags: dict[str, str] | None = None) -> dict[str, Any]:
    return {"internet_gateway_id": gateway_id, "attached": attached, "tags": with_id(tags, gateway_id)}


def elsewhere(vpc_id: str = "vpc-x", found_by: str = "ours", **more: Any) -> dict[str, Any]:
    """Another VPC of account B than the one in use, with something of ours; with a VPC's facts alone it is ours."""
    lists: Any = {key: [] for key in ("subnets", "security_groups", "internet_gateways", "vpc_endpoints", "instances")}
    lists |= {"route_tables": [], "network_acls": [], "network_interfaces": [], "other_gateways": []}
    own = vpc(vpc_id, "10.9.0.0/24", tags=TAGS_B if found_by == "ours" else None)
    return {"vpc": own, "vpc_found_by": found_by, **lists, "effective_route_tables": {}, **more}


def interface(interface_id: str = "eni-9", **more: Any) -> dict[str, Any]:
    """A network interface that somebody made in account B's VPC."""
    shape = {"network_interface_id": interface_id, "interface_type": "interface", "description": "RDSNetworkInterface"}
    place = {"instance_id": None, "subnet_id": "subnet-1", "security_group_ids": []}
    return {**shape, **place, "requester": "amazon-rds", **more}


def facts_b(**more: Any) -> dict[str, Any]:
    """Account B with nothing but its default VPC.

    What is read only when it decides on something is there when it does: the zones and what a launch needs.
    """
    empty = ("subnets", "route_tables", "network_acls", "security_groups", "internet_gateways", "vpc_endpoints")
    instances = [item for item in more.get("instances", []) if TAGS_B.items() <= item["tags"].items()]
    return {
        "identity": identity(B),
        "region": REGION,
        "vpcs": [vpc("vpc-default", "172.31.0.0/16")],
        "vpc": None,
        "vpc_found_by": None,
        "elsewhere": [],
        "role": None,
        "other_roles": [],
        "instance_profile": None,
        "other_instance_profiles": [],
        "availability_zones": list(ZONES),
        "local_zones": [],
        "launch": None if instances else launch(),
        "routed_cidr_blocks": [],
        **{key: [] for key in empty},
        "effective_route_tables": {},
        "endpoint_services": [service(name) for name in SERVICES],
        "private_zones": [],
        "instances": [],
        "network_interfaces": [],
        "other_gateways": [],
        "peerings": [],
        "prefix_lists": [],
        "hidden_networks": [],
        "nat_gateways": [],
        "quotas": {},
        "usage": {},
        **more,
    }


def wanted_b(**more: Any) -> ConsumerOptions:
    """The options of account B: the role's defaults and what differs."""
    return _options(ConsumerOptions, "dax_account_b", {"cluster": cluster_document(), **more})


Made = TypeVar("Made", OwnerOptions, ConsumerOptions)


def _options(kind: type[Made], role_name: str, given: dict[str, Any]) -> Made:
    variables = {f"{kind.PREFIX}{name}" for name in given} & kind.variables().keys()
    run = {name: value for name, value in given.items() if f"{kind.PREFIX}{name}" not in variables}
    named = {f"{kind.PREFIX}{name}": value for name, value in given.items() if name not in run}
    return kind.from_variables({**_defaults(role_name), **named}, **run)


@functools.cache
def _defaults(role_name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROLES / role_name / "defaults" / "main.yml").read_text(encoding="utf-8"))
    return read


def cluster_document(**more: Any) -> dict[str, Any]:
    return {
        "kind": "dax.cross_account/cluster",
        "version": 1,
        "account_id": A,
        "partition": "aws",
        "region": REGION,
        "cluster_name": "orders",
        "cluster_arn": CLUSTER_ARN,
        "endpoint": {"address": "orders.dax.example", "port": 8111, "url": "dax://orders.dax.example"},
        "encryption_type": "NONE",
        "network_type": "ipv4",
        "vpc_id": VPC_A,
        "cidr_blocks": [BLOCK_A],
        "ipv6_cidr_blocks": [],
        "routed_cidr_blocks": [],
        "role_arn": ROLE_A,
        "role_per_consumer": False,
        "external_id": None,
        "external_id_per_consumer": False,
        **more,
    }


# Where the consumers are. Any account but B is where C is.
_NETWORK_B = {
    "vpc_id": VPC_B,
    "cidr_blocks": [BLOCK_B],
    "peering_connection_id": "pcx-1",
    "security_group_id": "sg-b",
}
_NETWORK_C = {
    "vpc_id": VPC_C,
    "cidr_blocks": [BLOCK_C],
    "peering_connection_id": "pcx-2",
    "security_group_id": "sg-c",
}


def consumer(account: str = B, name: str = "dax-client", **more: Any) -> dict[str, Any]:
    """The document of a consumer; of account C, or any other, with a network that is not account B's."""
    return {
        "kind": "dax.cross_account/consumer",
        "version": 1,
        "name": name,
        "cluster_arn": CLUSTER_ARN,
        "account_id": account,
        "partition": "aws",
        "region": REGION,
        "role_arn": f"arn:aws:iam::{account}:role/AssumeDaxRole",
        "assumed_role_arn": ROLE_A,
        "ipv6_cidr_blocks": [],
        "peering_managed": True,
        "external_id": None,
        **copy.deepcopy(_NETWORK_B if account == B else _NETWORK_C),
        **more,
    }


def done(plan: dict[str, Any]) -> list[tuple[str, str]]:
    """What a plan is going to write, as (kind, identity)."""
    writes = ("create", "change", "remove")
    return [(item["kind"], identity_of(item)) for item in plan["actions"] if item["kind"] in writes]


def identity_of(action: dict[str, Any]) -> str:
    """The resource that an action is about, as ``route:rtb-1/10.1.0.0/24`` or ``role:DaxCrossAccountRole#tags``."""
    attribute = f"#{action['attribute']}" if action["attribute"] else ""
    return f"{action['resource_type']}:{action['resource_id']}{attribute}"


def built_b(**more: Any) -> dict[str, Any]:
    """Account B with a VPC of ours as site.yml leaves it, with an active connection."""
    marks = {**TAGS_B, "Name": "dax-client"}
    profile = {"instance_profile_name": "AssumeDaxInstanceProfile", "arn": f"arn:aws:iam::{B}:instance-profile/P"}
    profile["instance_profile_id"] = PROFILE_ID
    assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": ROLE_A}
    ec2 = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    own = vpc(VPC_B, BLOCK_B, tags=dict(marks)) | {"dns_support": True, "dns_hostnames": True}
    routes = [route(BLOCK_B, "local"), route("0.0.0.0/0", "igw-1"), route(BLOCK_A, "pcx-1")]
    policies = {"AssumeDaxRolePolicy": policy(assume)}
    made = {"tags": dict(TAGS_B), "description": f"dax.cross_account: {CLUSTER_ARN} dax-client"}
    instance: dict[str, Any] = {
        "instance_id": "i-1",
        "state": "running",
        "subnet_id": "subnet-1",
        "security_group_ids": ["sg-b"],
    }
    instance["instance_profile_arn"] = f"arn:aws:iam::{B}:instance-profile/AssumeDaxInstanceProfile"
    instance |= {"instance_profile_id": PROFILE_ID, "instance_type": "t3.micro", "image_id": "ami-1", "key_name": None}
    return facts_b(
        **{
            "vpcs": [vpc("vpc-default", "172.31.0.0/16"), own],
            "vpc": own,
            "vpc_found_by": "ours",
            "role": role("AssumeDaxRole", policy(ec2), B, inline_policies=policies, **made),
            "instance_profile": {**profile, "path": "/", "role_names": ["AssumeDaxRole"], "tags": dict(TAGS_B)},
            "availability_zones": [],
            "subnets": [subnet("subnet-1", BLOCK_B, map_public_ip=True, tags=dict(marks))],
            "route_tables": [table("rtb-1", *routes, main=True)],
            "effective_route_tables": {"subnet-1": "rtb-1"},
            "security_groups": [group("sg-d", name="default"), group("sg-b", name="dax-client", tags=dict(marks))],
            "internet_gateways": [gateway(tags=marks)],
            "instances": [{**instance, "tags": with_id(marks, "i-1")}],
            "peerings": [peering(tags=dict(marks))],
            **more,
        }
    )


def adopted_b(**more: Any) -> dict[str, Any]:
    """Account B with a VPC of the user's own, which has two subnets on two tables and nothing of ours."""
    theirs = vpc(VPC_B, BLOCK_B, tags={"Owner": "x"}) | {"dns_support": True, "dns_hostnames": False}
    local, default = route(BLOCK_B, "local"), route("0.0.0.0/0", "nat-1")
    return facts_b(
        **{
            "vpcs": [theirs],
            "vpc": theirs,
            "vpc_found_by": "id",
            "subnets": [subnet("subnet-1", "10.1.0.0/25"), subnet("subnet-2", "10.1.0.128/25", "us-east-1b")],
            "route_tables": [
                table("rtb-main", dict(local), dict(default), main=True),
                table("rtb-1", dict(local), dict(default), subnets=("subnet-1",)),
                table("rtb-other", dict(local)),
            ],
            "effective_route_tables": {"subnet-1": "rtb-1", "subnet-2": "rtb-main"},
            "security_groups": [group("sg-d", name="default"), group("sg-theirs", name="app")],
            **more,
        }
    )
