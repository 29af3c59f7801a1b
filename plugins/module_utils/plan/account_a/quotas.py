# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Account A's plan against AWS's quotas. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...common.ownership import consumer_of_rule
from ...common.quotas import active_peerings, used_rules
from ...common.shapes import FactsA
from ..model import Plan
from ..options import OwnerOptions
from ..quotas import check_count, check_made, check_peerings, check_routes, check_rules
from ..resources import resource
from .desired import Desired
from .routes import cluster_tables


def check_quotas(plan: Plan, facts: FactsA, desired: Desired) -> None:
    """Count what there is and what the plan adds, and what the consumers need that a run of both sides expects.

    Before account B's side begins, nobody knows them: how many there are that have no connection yet tells whether all
    of them have room, so that nothing is built for one that is refused afterwards.
    """
    vpc = facts["vpc"]
    if vpc is None or desired.options.state != "present":
        return
    expected = _expected(facts, desired)
    families = [ipv6 for ipv6 in (False, True) if desired.cluster["network_type"] != ("ipv4" if ipv6 else "ipv6")]
    check_peerings(plan, facts, resource("vpc", vpc_id=vpc["vpc_id"]), vpc["vpc_id"], expected)
    check_routes(plan, facts, cluster_tables(facts), families * expected)
    check_rules(plan, facts, facts["security_groups"])
    _check_expected_rules(plan, facts, expected)
    check_made(plan, facts, "roles", "role")


def to_come(options: OwnerOptions) -> int:
    """Return how many of anything the run may add: its consumers or, where these are more, their blocks."""
    if options.state != "present":
        return 0
    documents = [item for item in options.consumers if isinstance(item, Mapping)]
    blocks = sum(_length(item, "cidr_blocks") + _length(item, "ipv6_cidr_blocks") for item in documents)
    return max(len(documents), blocks, options.expected)


def _length(document: Mapping[str, Any], key: str) -> int:
    """Return how many a document has of something: it is not checked yet."""
    value = document.get(key)
    return len(value) if isinstance(value, list) else 0


def _expected(facts: FactsA, desired: Desired) -> int:
    """Return how many of the VPCs that the run expects are not joined yet: by a connection of ours, or by a rule."""
    vpc_id = facts["vpc"]["vpc_id"] if facts["vpc"] else None
    owned = [item for item in facts["peerings"] if desired.is_owned(item["tags"])]
    rules = [rule["description"] for group in facts["security_groups"] for rule in group["rules"]]
    served = {consumer_of_rule(text, desired.cluster["cluster_name"]) for text in rules} - {None}
    return max(0, desired.options.expected - max(len(active_peerings(owned, vpc_id)), len(served)))


def _check_expected_rules(plan: Plan, facts: FactsA, expected: int) -> None:
    """Count a rule for each expected consumer, on the group that has most room: which one it is, is not planned yet."""
    used = [(max(used_rules(group, facts["prefix_lists"]).values()), group) for group in facts["security_groups"]]
    if used:
        count, group = min(used, key=lambda item: item[0])
        check_count(plan, facts, "rules", resource("security_group", group_id=group["group_id"]), count, expected)
