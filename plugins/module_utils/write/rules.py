# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Ingress rules on security groups that the collection does not own.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_SecurityGroupRule.html
"""

from __future__ import annotations

import ipaddress
from functools import partial
from typing import Any, Literal, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
    ansible_dict_to_boto3_tag_list,
    boto3_tag_specifications,
)

from ..common.aws import aws_errors, error_code, patiently, retried
from ..common.compare import RuleKey, compare_rule, rule_key
from ..common.ec2 import normalise_protocol, normalise_rule
from ..common.shapes import Rule, Tags

_GONE = frozenset({"InvalidPermission.NotFound", "InvalidSecurityGroupRuleId.NotFound"})


class Step(NamedTuple):
    """What to do for one rule: ``found`` is the rule that is there now, ``tags`` and ``redescribe`` what to set."""

    rule: Rule
    action: Literal["created", "updated", "removed", "unchanged"]
    found: Rule | None
    tags: Tags
    redescribe: bool = False


def parse_rules(options: list[dict[str, Any]], tags: Tags | None = None) -> list[Rule]:
    """Turn the module's ``rules`` into the shape of :func:`normalise_rule`, so that the two compare; merge doubles.

    :param tags: tags of every rule, to which a rule adds its own.

    :raises AnsibleAWSError: for a protocol without the ports that it needs, ports in the wrong order, and a CIDR block
        that is none or of the other family.
    """
    rules: dict[RuleKey, Rule] = {}
    for item in options:
        protocol = normalise_protocol(item["protocol"])
        from_port, to_port = _ports(protocol, item.get("from_port"), item.get("to_port"))
        rule: Rule = {
            "rule_id": None,
            "egress": False,
            "protocol": protocol,
            "from_port": from_port,
            "to_port": to_port,
            "cidr_ip": _block(item, "cidr_ip", 4),
            "cidr_ipv6": _block(item, "cidr_ipv6", 6),
            "source_group_id": item.get("group_id"),
            "source_user_id": item.get("user_id"),
            "prefix_list_id": None,
            "description": item.get("description") or None,
            "tags": {**(tags or {}), **(item.get("tags") or {})},
        }
        earlier = rules.setdefault(rule_key(rule), rule)
        if earlier["description"] != rule["description"]:
            raise AnsibleAWSError(
                message=f"rules: {describe_rule(rule)} is listed twice, as {earlier['description']!r} and "
                f"{rule['description']!r}; EC2 keeps one description a rule, keep one of them"
            )
    return list(rules.values())


def describe_rule(rule: Rule) -> str:
    """Put a rule into words for an error: ``tcp 8111 from sg-0123``."""
    ports = "" if rule["from_port"] == -1 else f" {rule['from_port']}"
    if rule["to_port"] not in (-1, rule["from_port"]):
        ports += f"-{rule['to_port']}"
    source = rule["cidr_ip"] or rule["cidr_ipv6"] or rule["source_group_id"] or rule["prefix_list_id"]
    protocol = "all traffic" if rule["protocol"] == "-1" else rule["protocol"]
    return f"{protocol}{ports} from {source}"


def steps_to_add(desired: list[Rule], existing: list[Rule], update_description: bool = False) -> list[Step]:
    """Decide what makes every desired rule present on a group, whose rules ``existing`` lists.

    A rule that is there under another description is present: it is unmanaged, and it serves. Only
    ``update_description`` changes that. Tags that lack are added to a rule that bears the desired description.
    """
    steps = []
    for rule in desired:
        found, redescribe, tags = compare_rule(existing, rule)
        if found is None:
            steps.append(Step(rule, "created", None, tags))
        elif (redescribe and not update_description) or not (redescribe or tags):
            steps.append(Step(rule, "unchanged", found, {}))
        else:
            steps.append(Step(rule, "updated", found, tags, redescribe))
    return steps


def steps_to_remove(desired: list[Rule], existing: list[Rule], match_description: bool = True) -> list[Step]:
    """Decide which of the rules to remove; with ``match_description`` only those that bear the description."""
    steps = []
    for rule in desired:
        found, differs, _tags = compare_rule(existing, rule)
        remove = found is not None and not (match_description and differs)
        steps.append(Step(rule, "removed" if remove else "unchanged", found, {}))
    return steps


def permission(rule: Rule) -> dict[str, Any]:
    """Return a desired rule as an ``IpPermission`` of the API."""
    described = {"Description": rule["description"]} if rule["description"] else {}
    result: dict[str, Any] = {"IpProtocol": rule["protocol"]}
    if rule["protocol"] != "-1":
        result.update(FromPort=rule["from_port"], ToPort=rule["to_port"])
    if rule["cidr_ip"]:
        result["IpRanges"] = [{"CidrIp": rule["cidr_ip"], **described}]
    elif rule["cidr_ipv6"]:
        result["Ipv6Ranges"] = [{"CidrIpv6": rule["cidr_ipv6"], **described}]
    else:
        owner = {"UserId": rule["source_user_id"]} if rule["source_user_id"] else {}
        result["UserIdGroupPairs"] = [{"GroupId": rule["source_group_id"], **owner, **described}]
    return result


def diff_of(steps: list[Step]) -> dict[str, Any]:
    """Return the diff of the steps that change something."""
    changes = [step for step in steps if step.action != "unchanged"]
    before = [_line(step.found, step.found["tags"]) for step in changes if step.found]
    after = [
        _line(step.rule, {**(step.found["tags"] if step.found else {}), **step.tags})
        for step in changes
        if step.action != "removed"
    ]
    return {"before": {"rules": before}, "after": {"rules": after}}


@aws_errors("describe the rules of a security group")
@retried()
def describe_rules(client: Any, group_id: str) -> list[Rule]:
    """Read all rules of one group as :func:`normalise_rule`; none when there is no such group."""
    pages = client.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [group_id]}]
    )
    return [normalise_rule(raw) for raw in pages.build_full_result().get("SecurityGroupRules", [])]


def ensure_rules(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module ec2_security_group_rules is asked for, and return its result.

    :raises AnsibleAWSError: for bad input, before anything is written, and for a call that failed.
    """
    desired = parse_rules(params["rules"], params["tags"])
    existing = describe_rules(client, params["group_id"])
    if params["state"] == "absent":
        steps = steps_to_remove(desired, existing, params["match_description"])
        if not check_mode:
            _revoke(client, params["group_id"], steps)
    else:
        steps = steps_to_add(desired, existing, params["update_description"])
        if not check_mode:
            ids = _authorize(client, params, steps)
            _redescribe(client, params, steps)
            _retag(client, params, steps)
            steps = [_with_id(step, ids) for step in steps]
    return {
        "changed": any(step.action != "unchanged" for step in steps),
        "rules": [_result(step) for step in steps],
        "diff": diff_of(steps),
    }


def _authorize(client: Any, params: dict[str, Any], steps: list[Step]) -> dict[RuleKey, str]:
    """Add all lacking rules to the group, those with the same tags in one call, and return the new rules' ids."""
    lacking: dict[tuple[tuple[str, str], ...], list[Rule]] = {}
    for step in steps:
        if step.action == "created":
            lacking.setdefault(tuple(sorted(step.rule["tags"].items())), []).append(step.rule)
    created: dict[RuleKey, str] = {}
    for rules in lacking.values():
        created |= _authorize_alike(client, params, rules)
    return created


def _authorize_alike(client: Any, params: dict[str, Any], lacking: list[Rule]) -> dict[RuleKey, str]:
    """Add rules with the same tags to the group in one call."""
    group_id = params["group_id"]
    tags = boto3_tag_specifications(lacking[0]["tags"], ["security-group-rule"])

    @aws_errors(f"allow {', '.join(describe_rule(rule) for rule in lacking)} on {group_id}")
    @retried()
    def authorize(rules: list[Rule]) -> list[Rule]:
        more = {"TagSpecifications": tags} if tags else {}
        answer = client.authorize_security_group_ingress(
            GroupId=group_id, IpPermissions=[permission(rule) for rule in rules], **more
        )
        return [normalise_rule(raw) for raw in answer.get("SecurityGroupRules", [])]

    def call() -> list[Rule]:
        try:
            return authorize(lacking)
        except AnsibleAWSError as error:
            if error_code(error) != "InvalidPermission.Duplicate":
                raise
        # An answer was lost and the call sent again, or somebody was quicker. EC2 refused all for one that is there.
        existing = describe_rules(client, group_id)
        states = [(rule, compare_rule(existing, rule).found) for rule in lacking]
        rest = [rule for rule, found in states if found is None]
        return [found for _rule, found in states if found] + (authorize(rest) if rest else [])

    # A group of a peered account is seen a moment after the peering is, and one that was just made after some seconds.
    created = patiently(call, params["retry_not_found_seconds"])
    return {rule_key(rule): str(rule["rule_id"]) for rule in created}


def _redescribe(client: Any, params: dict[str, Any], steps: list[Step]) -> None:
    group_id, rules = params["group_id"], [step.rule for step in steps if step.redescribe]

    @aws_errors(f"set the description of {', '.join(describe_rule(rule) for rule in rules)} on {group_id}")
    @retried()
    def call() -> None:
        client.update_security_group_rule_descriptions_ingress(
            GroupId=group_id, IpPermissions=[permission(rule) for rule in rules]
        )

    if rules:
        patiently(call, params["retry_not_found_seconds"])


def _retag(client: Any, params: dict[str, Any], steps: list[Step]) -> None:
    """Tag the rules that lack tags, those that lack the same ones in one call."""
    lacking: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for step in steps:
        if step.found and step.tags:
            lacking.setdefault(tuple(sorted(step.tags.items())), []).append(str(step.found["rule_id"]))
    for pairs, ids in lacking.items():
        tag = aws_errors(f"tag {', '.join(ids)}")(retried()(client.create_tags))
        tags = ansible_dict_to_boto3_tag_list(dict(pairs))
        patiently(partial(tag, Resources=ids, Tags=tags), params["retry_not_found_seconds"])


def _revoke(client: Any, group_id: str, steps: list[Step]) -> None:
    """Remove all rules from the group in one call, by id: nothing but what was read can be hit."""
    ids = [str(step.found["rule_id"]) for step in steps if step.action == "removed" and step.found]
    while ids:
        try:
            with aws_errors(f"remove the rules {', '.join(ids)} from {group_id}"):
                retried()(client.revoke_security_group_ingress)(GroupId=group_id, SecurityGroupRuleIds=ids)
            return
        except AnsibleAWSError as error:
            if error_code(error) not in _GONE:
                raise
            there = {rule["rule_id"] for rule in describe_rules(client, group_id)}
            left = [item for item in ids if item in there]
            if left == ids:
                raise
            ids = left


def _with_id(step: Step, ids: dict[RuleKey, str]) -> Step:
    rule_id = ids.get(rule_key(step.rule))
    return step._replace(rule={**step.rule, "rule_id": rule_id}) if rule_id else step


def _result(step: Step) -> dict[str, Any]:
    """Return a rule as the module shows it: without its direction, since the module knows no other."""
    rule = {key: value for key, value in step.rule.items() if key != "egress"}
    rule_id = step.found["rule_id"] if step.found else step.rule["rule_id"]
    return {**rule, "rule_id": rule_id, "action": step.action, "previous": step.found}


def _line(rule: Rule, tags: Tags) -> dict[str, Any]:
    return {"rule": describe_rule(rule), "description": rule["description"], "tags": tags}


def _ports(protocol: str, from_port: int | None, to_port: int | None) -> tuple[int, int]:
    if protocol == "-1":
        return -1, -1
    if protocol in ("tcp", "udp") and from_port is None:
        raise AnsibleAWSError(message=f"rules: protocol {protocol} needs from_port (and to_port for a range of ports)")
    first = -1 if from_port is None else from_port
    last = (first if protocol in ("tcp", "udp") else -1) if to_port is None else to_port
    if protocol in ("tcp", "udp") and not 0 <= first <= last <= 65535:
        raise AnsibleAWSError(message=f"rules: {first}-{last} is not a range of ports, from low to high within 0-65535")
    return first, last


def _block(item: dict[str, Any], option: str, version: int) -> str | None:
    value = item.get(option)
    if not value:
        return None
    try:
        network = ipaddress.ip_network(value, strict=False)
    except ValueError as error:
        raise AnsibleAWSError(message=f"rules: {option} {value!r} is not a CIDR block ({error})") from error
    if network.version != version:
        other = "cidr_ipv6" if version == 4 else "cidr_ip"
        raise AnsibleAWSError(message=f"rules: {option} {value!r} is a block of the other family, give it as {other}")
    return str(network)
