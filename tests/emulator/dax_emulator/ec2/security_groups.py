# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Security group rules that name groups of other VPCs and accounts, and rules that are there or not."""

from __future__ import annotations

from typing import Any

from localstack.aws.api import RequestContext
from moto.ec2.models import security_groups as moto_groups
from moto.ec2.responses import security_groups as moto_responses

from dax_emulator.base import ec2_state
from dax_emulator.base.errors import aws_error
from dax_emulator.base.overrides import Proceed, override
from dax_emulator.dax import store as dax_store
from dax_emulator.ec2 import interfaces, peering_state
from dax_emulator.ec2.group_rules import Key, permission_keys, permissions, rule_key, words
from dax_emulator.ec2.peering_state import Peering, Side


def install() -> None:
    """Teach moto's rules to keep the owner of a foreign group, and to compare without descriptions."""
    parse = moto_responses.parse_sg_attributes_from_dict
    backend = moto_groups.SecurityGroupBackend
    add_source = backend._add_source_group

    def parse_with_owner(attributes: dict[str, Any]) -> Any:
        for group in (attributes.get("Groups") or {}).values():
            if "UserId" in group:
                group["OwnerId"] = group["UserId"]
            if "GroupId" in group:
                group.pop("GroupName", None)
        return parse(attributes)

    def add_foreign_source(self: Any, source_groups: Any, vpc_id: Any) -> Any:
        foreign = [one for one in source_groups or [] if one.get("OwnerId", self.account_id) != self.account_id]
        own = [one for one in source_groups or [] if one not in foreign]
        return foreign + add_source(self, own, vpc_id)

    def equal(self: Any, other: Any) -> bool:
        return isinstance(other, moto_groups.SecurityRule) and rule_key(self) == rule_key(other)

    moto_responses.parse_sg_attributes_from_dict = parse_with_owner
    backend._add_source_group = add_foreign_source  # type: ignore[method-assign]
    # `quotas` counts rules, per direction and address family
    backend._verify_group_will_respect_rule_count_limit = lambda *_, **__: None  # type: ignore[method-assign]
    moto_groups.SecurityRule.__eq__ = equal  # type: ignore[assignment, method-assign]


@override("ec2", "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress")
def authorize(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    group, rules = _group(context, request), _rules(context, request)
    present = {rule_key(rule) for rule in rules()}
    wanted: set[Key] = set()
    for permission in permissions(request):
        for pair in permission.get("UserIdGroupPairs") or []:
            _check_reference(context, group, pair)
        for key in permission_keys(permission, group.owner_id):
            if key in present or key in wanted:
                raise aws_error("InvalidPermission.Duplicate", f'the specified rule "{words(key)}" already exists')
            wanted.add(key)
    response = proceed()
    added = [rule for rule in rules() if rule_key(rule) in wanted]
    return response | {"Return": True, "SecurityGroupRules": [_describe_rule(context, group, rule) for rule in added]}


@override("ec2", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress")
def revoke(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    group, rules = _group(context, request), _rules(context, request)
    present = {rule_key(rule): rule.id for rule in rules()}
    for rule_id in request.get("SecurityGroupRuleIds") or []:
        if rule_id not in present.values():
            message = f"The security group rule ID '{rule_id}' does not exist"
            raise aws_error("InvalidSecurityGroupRuleId.NotFound", message)
    for permission in permissions(request):
        for key in permission_keys(permission, group.owner_id):
            if key not in present:
                message = "The specified rule does not exist in this security group."
                raise aws_error("InvalidPermission.NotFound", message)
    return proceed()


@override("ec2", "DescribeSecurityGroups")
def describe(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    for group_id in request.get("GroupIds") or []:
        if ec2_state.find_group(context.account_id, context.region, group_id) is None:
            raise aws_error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    response = proceed()
    for group in response.get("SecurityGroups") or []:
        for permission in (group.get("IpPermissions") or []) + (group.get("IpPermissionsEgress") or []):
            for pair in permission.get("UserIdGroupPairs") or []:
                pair.update(_peer(context, group.get("VpcId"), pair.get("UserId"), pair.get("GroupId")))
    return response


@override("ec2", "DescribeSecurityGroupRules")
def describe_rules(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    response = proceed()
    assert context.account_id and context.region
    for rule in response.get("SecurityGroupRules") or []:
        if referenced := rule.get("ReferencedGroupInfo"):
            group = ec2_state.find_group(context.account_id, context.region, rule["GroupId"])
            vpc_id = group.vpc_id if group is not None else None
            referenced.update(_peer(context, vpc_id, referenced.get("UserId"), referenced.get("GroupId")))
    return response


@override("ec2", "DeleteSecurityGroup")
def delete(context: RequestContext, request: dict[str, Any], proceed: Proceed) -> dict[str, Any]:
    assert context.account_id and context.region
    group = _group(context, request)
    if group.name == "default":
        message = f'the specified group: "{group.id}" name: "default" cannot be deleted by a user'
        raise aws_error("CannotDelete", message)
    if _in_use(context.account_id, context.region, group):
        raise aws_error("DependencyViolation", f"resource {group.id} has a dependent object")
    return proceed()


def _in_use(account: str, region: str, group: Any) -> bool:
    """Whether a network interface, another group of the account or a DAX cluster holds the group."""
    backend = ec2_state.backend(account, region)
    if any(group in interface.group_set for interface in interfaces.in_use(account, region)):
        return True
    for groups in backend.groups.values():
        for other in groups.values():
            for rule in [*other.ingress_rules, *other.egress_rules]:
                if other is not group and rule.source_group.get("GroupId") == group.id:
                    return True
    for endpoint in backend.vpc_end_points.values():
        if group.id in (endpoint.security_group_ids or []):
            return True
    return any(group.id in record.security_group_ids for record in dax_store.of(account, region).clusters())


def _group(context: RequestContext, request: dict[str, Any]) -> Any:
    assert context.account_id and context.region
    name = request.get("GroupId") or request.get("GroupName")
    backend = ec2_state.backend(context.account_id, context.region)
    group = backend.get_security_group_by_name_or_id(name) if name else None
    if group is None:
        raise aws_error("InvalidGroup.NotFound", f"The security group '{name}' does not exist")
    return group


def _rules(context: RequestContext, request: dict[str, Any]) -> Any:
    """A function that gives the group's rules of the direction that the operation is about."""
    assert context.operation is not None
    name = "egress_rules" if context.operation.name.endswith("Egress") else "ingress_rules"
    group = _group(context, request)
    return lambda: list(getattr(group, name))


def _check_reference(context: RequestContext, group: Any, pair: dict[str, Any]) -> None:
    """A group of another VPC can be named only over an active peering in the same region."""
    assert context.account_id and context.region
    owner, group_id = pair.get("UserId") or context.account_id, pair.get("GroupId")
    if not group_id:
        return
    named = ec2_state.find_group(owner, context.region, group_id)
    if named is None:
        raise aws_error("InvalidGroup.NotFound", f"The security group '{group_id}' does not exist")
    if owner == context.account_id and named.vpc_id == group.vpc_id:
        return
    peering = _peering(context, group.vpc_id, owner, named)
    if peering is None or peering.status != "active":
        if owner == context.account_id:
            message = "You have specified two resources that belong to different networks."
        else:
            message = f"The security group '{group_id}' does not exist"
        raise aws_error("InvalidGroup.NotFound", message)


def _peering(context: RequestContext, vpc_id: str, owner: str, named: Any) -> Peering | None:
    """The peering between a VPC of the caller and that of a group: the active one, else the latest."""
    assert context.account_id and context.region
    mine, theirs = Side(context.account_id, context.region, vpc_id), Side(owner, context.region, named.vpc_id)
    active = peering_state.between(mine, theirs, "active")
    if active is not None:
        return active
    found = [
        peering
        for peering in peering_state.of_vpc(mine.account, mine.region, mine.vpc_id)
        if peering.side(theirs.account, theirs.region, theirs.vpc_id) is not None
    ]
    return found[-1] if found else None


def _peer(context: RequestContext, vpc_id: str | None, owner: str | None, group_id: str | None) -> dict[str, str]:
    """What AWS adds to a group of another VPC: its VPC and the peering that leads there."""
    assert context.account_id and context.region
    if not vpc_id or not owner or not group_id:
        return {}
    named = ec2_state.find_group(owner, context.region, group_id)
    if named is None or (owner == context.account_id and named.vpc_id == vpc_id):
        return {}
    peering = _peering(context, vpc_id, owner, named)
    if peering is None:
        return {}
    return {"VpcId": named.vpc_id, "VpcPeeringConnectionId": peering.id, "PeeringStatus": peering.status}


def _describe_rule(context: RequestContext, group: Any, rule: Any) -> dict[str, Any]:
    found: dict[str, Any] = {
        "SecurityGroupRuleId": rule.id,
        "GroupId": group.id,
        "GroupOwnerId": group.owner_id,
        "IsEgress": rule.is_egress,
        "IpProtocol": rule.ip_protocol,
        "FromPort": -1 if rule.from_port is None else rule.from_port,
        "ToPort": -1 if rule.to_port is None else rule.to_port,
        "Tags": [{"Key": tag["key"], "Value": tag["value"]} for tag in rule.get_tags()],
    }
    for source in (rule.ip_range, rule.source_group, rule.prefix_list_id):
        if source.get("Description"):
            found["Description"] = source["Description"]
    if rule.ip_range.get("CidrIp"):
        found["CidrIpv4"] = rule.ip_range["CidrIp"]
    if rule.ip_range.get("CidrIpv6"):
        found["CidrIpv6"] = rule.ip_range["CidrIpv6"]
    if rule.prefix_list_id:
        found["PrefixListId"] = rule.prefix_list_id["PrefixListId"]
    if rule.source_group:
        owner, group_id = rule.source_group.get("OwnerId") or group.owner_id, rule.source_group.get("GroupId")
        peer = _peer(context, group.vpc_id, owner, group_id)
        found["ReferencedGroupInfo"] = {"GroupId": group_id, "UserId": owner} | peer
    return found
