# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Security groups and their rules, normalised. Reads only; botocore's errors pass through."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from ..common.ec2 import normalise_rule, tags_of
from ..common.shapes import Rule, SecurityGroup
from .ec2_query import query


def describe_security_groups(
    client: Any, with_rules: Callable[[SecurityGroup], bool] = lambda group: True, **filters: str | list[str]
) -> list[SecurityGroup]:
    """Return security groups: group_id, group_name, description, vpc_id, tags, and their rules with a second call.

    :param with_rules: whose rules to read; a VPC may have thousands of groups. Those of the others stay empty.
    """
    groups: list[SecurityGroup] = [
        {
            "group_id": group["GroupId"],
            "group_name": group["GroupName"],
            "description": group.get("Description", ""),
            "vpc_id": group.get("VpcId"),
            "tags": tags_of(group),
            "rules": [],
        }
        for group in query(client, "describe_security_groups", "SecurityGroups", filters)
    ]
    rules = describe_rules(client, [group["group_id"] for group in groups if with_rules(group)])
    return [{**group, "rules": rules.get(group["group_id"], [])} for group in groups]


def describe_rules(client: Any, group_ids: Iterable[str]) -> dict[str, list[Rule]]:
    """Return the rules of the groups, {group id: rules}."""
    rules: dict[str, list[Rule]] = {group_id: [] for group_id in group_ids}
    if rules:
        for rule in query(client, "describe_security_group_rules", "SecurityGroupRules", {"group-id": list(rules)}):
            rules[rule["GroupId"]].append(normalise_rule(rule))
    return rules


def groups_of_rules(client: Any, rule_ids: list[str]) -> list[str]:
    """Return the ids of the security groups that hold these rules, as far as EC2 shows them."""
    if not rule_ids:
        return []
    filters = {"security-group-rule-id": rule_ids}
    found = query(client, "describe_security_group_rules", "SecurityGroupRules", filters)
    return sorted({rule["GroupId"] for rule in found})
