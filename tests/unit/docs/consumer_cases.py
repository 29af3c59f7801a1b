# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The states of docs/what_it_does_when.md in which account B holds what earlier runs or other consumers made."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.tests.unit.docs.plan_cases import NAMED_B, Case, b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import adopted_b, built_b, peering

STOCK = User(f"arn:aws:dax:us-east-1:{build.A}:cache/stock", "stock-app")
BATCH = User(build.CLUSTER_ARN, "batch")
RENAMED = {"role_name": "New", "instance_profile_name": "NewProfile", "policy_name": "NewPolicy"}


def renamed() -> dict[str, Any]:
    """What stands under the old names."""
    facts = built_b()
    old = {"other_roles": [facts["role"]], "other_instance_profiles": [facts["instance_profile"]]}
    return {**facts, **old, "role": None, "instance_profile": None}


def shared(**more: Any) -> dict[str, Any]:
    """An adopted VPC with connection and group of ours, which another consumer uses too."""
    marks = {**NAMED_B, **STOCK.mark}
    groups = [build.group("sg-b", name="dax-client", tags=marks)]
    return adopted_b(peerings=[peering(tags=marks)], security_groups=groups, **more)


def own_and_used() -> dict[str, Any]:
    facts = built_b()
    for item in (facts["vpc"], facts["peerings"][0], facts["security_groups"][1]):
        item["tags"].update(BATCH.mark)
    return facts


def another_vpc() -> dict[str, Any]:
    theirs = build.vpc("vpc-c", "10.3.0.0/24")
    place = build.elsewhere(vpc=built_b()["vpc"])
    return adopted_b(vpcs=[theirs, place["vpc"]], vpc=theirs, elsewhere=[place])


def moved() -> dict[str, Any]:
    return built_b(peerings=[peering(tags=NAMED_B, accepter=build.end(build.A, "vpc-old", build.BLOCK_A))])


def copied() -> dict[str, Any]:
    facts = built_b()
    copy = {**facts["instances"][0], "instance_id": "i-2"}
    return {**facts, "instances": [*facts["instances"], copy]}


def two_instances() -> dict[str, Any]:
    facts = built_b()
    both = [{**facts["instances"][0], "instance_id": name, "tags": dict(NAMED_B)} for name in ("i-1", "i-2")]
    return {**facts, "instances": both}


def another_grant() -> dict[str, Any]:
    grant = {"Sid": STOCK.sid, "Effect": "Allow", "Action": "sts:AssumeRole", "Resource": build.ROLE_A}
    policies = {"AssumeDaxRolePolicy": build.policy(grant)}
    return adopted_b(role=build.role("AssumeDaxRole", build.policy(), build.B, inline_policies=policies))


def other_case() -> dict[str, Any]:
    return build.facts_b(other_roles=[build.role("assumedaxrole", build.policy(), build.B)])


CONSUMER_CASES: dict[str, Case] = {
    "another VPC": lambda: b(another_vpc(), "conflict", vpc_id="vpc-c"),
    "renamed": lambda: b(renamed(), "role", "policy", "profile", **RENAMED),
    "the cluster moved": lambda: b(moved(), "peering", "route"),
    "shared, teardown of one": lambda: b(shared(), state="absent"),
    "a VPC of ours that another uses": lambda: b(own_and_used(), "keep", "remove", state="absent"),
    "a copy": lambda: b(copied()),
    "a copy, teardown": lambda: b(copied(), state="absent"),
    "two without an id": lambda: b(two_instances(), "conflict", state="absent"),
    "another grant": lambda: b(another_grant(), "conflict"),
    "names in another case": lambda: b(other_case(), "conflict"),
}
