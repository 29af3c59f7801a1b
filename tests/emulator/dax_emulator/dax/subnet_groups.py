# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""DAX subnet groups."""

from __future__ import annotations

import re
from typing import Any

from localstack.aws.api import RequestContext

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.dax import store as dax_store
from dax_emulator.dax.pages import page
from dax_emulator.dax.store import Store, SubnetGroupRecord, SubnetRecord

DEFAULT = "default"


def create(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    name = request["SubnetGroupName"].lower()
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,254}", name):
        raise aws_error("InvalidParameterValueException", f"Invalid subnet group name: {name}")
    with store.lock:
        if name in store.subnet_groups or name == DEFAULT:
            raise aws_error("SubnetGroupAlreadyExistsFault", f"Subnet group {name} already exists.")
        vpc_id, subnets = _resolve(store, request["SubnetIds"])
        group = SubnetGroupRecord(name, request.get("Description"), vpc_id, subnets)
        store.subnet_groups[name] = group
        store.log(name, "SUBNET_GROUP", "Subnet group created.")
        return {"SubnetGroup": _describe(group)}


def describe(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    names = request.get("SubnetGroupNames")
    if names:
        groups = [require(store, name) for name in names]
    else:
        require(store, DEFAULT)
        groups = list(store.subnet_groups.values())
    found, token = page(groups, request)
    response: dict[str, Any] = {"SubnetGroups": [_describe(group) for group in found]}
    if token:
        response["NextToken"] = token
    return response


def update(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        group = require(store, request["SubnetGroupName"])
        if request.get("SubnetIds"):
            vpc_id, subnets = _resolve(store, request["SubnetIds"])
            if vpc_id != group.vpc_id:
                raise aws_error("InvalidSubnet", f"The subnets must be in the group's VPC {group.vpc_id}.")
            zones = {subnet.availability_zone for subnet in subnets}
            for record in _users(store, group):
                if missing := sorted({node.availability_zone for node in record.nodes} - zones):
                    message = f"Cluster {record.name} has nodes in {', '.join(missing)}: its subnet is in use."
                    raise aws_error("SubnetInUse", message)
            group.subnets = subnets
        if "Description" in request:
            group.description = request["Description"]
        return {"SubnetGroup": _describe(group)}


def delete(context: RequestContext, request: dict[str, Any]) -> dict[str, Any]:
    store = _store(context)
    with store.lock:
        group = require(store, request["SubnetGroupName"])
        if _users(store, group):
            raise aws_error("SubnetGroupInUseFault", f"Subnet group {group.name} is currently in use by a DAX cluster.")
        if group.name == DEFAULT:
            raise aws_error("InvalidParameterValueException", "The default subnet group cannot be deleted.")
        del store.subnet_groups[group.name]
        store.log(group.name, "SUBNET_GROUP", "Subnet group deleted.")
        return {"DeletionMessage": f"Subnet group {group.name} has been deleted."}


def require(store: Store, name: str) -> SubnetGroupRecord:
    """A group by name; `default` (every subnet of the default VPC) is made when first asked for."""
    name = name.lower()
    if name == DEFAULT and name not in store.subnet_groups:
        vpc = ec2_state.backend(store.account, store.region).get_default_vpc()
        subnets = list(ec2_state.vpc_subnets(store.account, store.region, vpc.id)) if vpc else []
        if subnets:
            vpc_id, records = _resolve(store, [subnet.id for subnet in subnets])
            store.subnet_groups[name] = SubnetGroupRecord(name, "Default CacheSubnetGroup", vpc_id, records)
    if name not in store.subnet_groups:
        raise aws_error("SubnetGroupNotFoundFault", f"Subnet group {name} not found.")
    return store.subnet_groups[name]


def _store(context: RequestContext) -> Store:
    assert context.account_id and context.region
    return dax_store.of(context.account_id, context.region)


def _users(store: Store, group: SubnetGroupRecord) -> list[Any]:
    return [record for record in store.clusters() if record.subnet_group == group.name]


def _resolve(store: Store, subnet_ids: list[str]) -> tuple[str, list[SubnetRecord]]:
    """The VPC and the records of subnets as EC2 knows them."""
    if not subnet_ids:
        raise aws_error("InvalidParameterValueException", "SubnetIds must name at least one subnet.")
    records, vpcs = [], set()
    for subnet_id in dict.fromkeys(subnet_ids):
        subnet = ec2_state.find_subnet(store.account, store.region, subnet_id)
        if subnet is None:
            raise aws_error("InvalidSubnet", f"Subnet {subnet_id} does not exist.")
        vpcs.add(subnet.vpc_id)
        kinds = [] if subnet.ipv6_native else ["ipv4"]
        if ec2_state.subnet_ipv6_cidrs(subnet):
            kinds += ["ipv6"] if subnet.ipv6_native else ["ipv6", "dual_stack"]
        records.append(SubnetRecord(subnet_id, subnet.availability_zone, kinds))
    if len(vpcs) > 1:
        raise aws_error("InvalidSubnet", "All subnets of a subnet group must be in the same VPC.")
    return vpcs.pop(), records


def _describe(group: SubnetGroupRecord) -> dict[str, Any]:
    found: dict[str, Any] = {
        "SubnetGroupName": group.name,
        "VpcId": group.vpc_id,
        "Subnets": [
            {
                "SubnetIdentifier": subnet.subnet_id,
                "SubnetAvailabilityZone": subnet.availability_zone,
                "SupportedNetworkTypes": subnet.network_types,
            }
            for subnet in group.subnets
        ],
        "SupportedNetworkTypes": group.network_types,
    }
    if group.description is not None:
        found["Description"] = group.description
    return found
