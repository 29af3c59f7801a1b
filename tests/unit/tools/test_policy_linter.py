# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an independent linter says of every policy: those for people, and those that the roles write.

parliament knows each action of AWS, the kinds of resources that it takes and its condition keys.
"""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Iterator
from typing import Any, cast

import permission_table
import permissions
import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA, FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

with warnings.catch_warnings():
    # It imports pkg_resources, which says that it is going to leave setuptools.
    warnings.simplefilter("ignore")
    import parliament

Policy = dict[str, Any]
# An ARN of AWS's own parameters names no account, which the linter's pattern wants.
PUBLIC_PARAMETER = "ssm:GetParameters"


def findings(document: Policy) -> Iterator[str]:
    """Yield what the linter finds, a line each; what one statement leaves to another is looked for in the others.

    It looks at each statement alone, and EC2's actions that need several resources have a statement for some of them.
    """
    for found in parliament.analyze_policy_string(json.dumps(document)).findings:
        if found.issue == "RESOURCE_MISMATCH":
            for each in found.detail:
                if not granted(document, each["action"], each["required_format"]):
                    yield f"{each['action']}: nothing fits {each['required_format']}"
        else:
            yield f"{found.issue}: {found.detail}"


def granted(document: Policy, action: str, wanted: str) -> bool:
    """Tell whether some statement grants an action on resources of a kind, told as an ARN with wildcards."""
    if action == PUBLIC_PARAMETER:
        return bool(permission_table.IMAGES)
    kind = re.compile(re.escape(wanted.rpartition(":")[2]).replace(r"\*", ".*"))
    resources = [
        resource
        for statement in document["Statement"]
        if action in statement["Action"]
        for resource in ([statement["Resource"]] if isinstance(statement["Resource"], str) else statement["Resource"])
    ]
    return any(resource == "*" or kind.fullmatch(resource.rpartition(":")[2]) for resource in resources)


def trust_as_identity_policy(document: Policy) -> Policy:
    """Return a trust policy as the linter takes it: it asks for a resource, which a trust policy must not have."""
    resource = "arn:aws:iam::111111111111:role/Any"
    return {**document, "Statement": [{**item, "Resource": resource} for item in document["Statement"]]}


# Runs of both sides that write policies.
OPTIONS_A: list[dict[str, Any]] = [
    {},
    {"access": "read_only"},
    {"external_id": "x1", "session_name_pattern": "dax-*"},
    {"external_id_per_consumer": True, "role_per_consumer": True},
    {"allow_session_tags": True, "external_id": "x1"},
]
OPTIONS_B: list[dict[str, Any]] = [{}, {"allow_session_tags": True}, {"ssm_access": True}, {"external_id": "x1"}]
PARTITIONS = ("aws", "aws-cn", "aws-us-gov")


def written(plan: dict[str, Any]) -> Iterator[Policy]:
    """Yield every policy that a plan writes; trust policies as the linter takes them."""
    assert plan["conflicts"] == []
    for call in (call for calls in plan["writes"].values() for call in calls):
        if trust := call["args"].get("assume_role_policy_document"):
            yield trust_as_identity_policy(trust)
        if policy := call["args"].get("policy_json"):
            yield policy


def in_partition(value: Any, partition: str) -> Any:
    return json.loads(json.dumps(value).replace("arn:aws:", f"arn:{partition}:").replace('"aws"', f'"{partition}"'))


def policies_of_the_roles() -> Iterator[Any]:
    second = build.consumer(
        build.C,
        "second",
        vpc_id="vpc-c",
        cidr_blocks=["10.3.0.0/24"],
        security_group_id=None,
        peering_connection_id=None,
    )
    for partition in PARTITIONS:
        consumers = in_partition([build.consumer(), second], partition)
        facts = cast(FactsA, in_partition(build.facts_a(), partition))
        for options in OPTIONS_A:
            plan = plan_a(facts, build.wanted_a(consumers=consumers, **options))
            for number, policy in enumerate(written(plan)):
                yield pytest.param(policy, id=f"A, {partition}, {options or 'defaults'}, {number}")
        cluster = in_partition(build.cluster_document(), partition)
        for options in OPTIONS_B:
            found = cast(FactsB, in_partition(build.facts_b(), partition))
            for number, policy in enumerate(written(plan_b(found, build.wanted_b(cluster=cluster, **options)))):
                yield pytest.param(policy, id=f"B, {partition}, {options or 'defaults'}, {number}")


@pytest.mark.parametrize("policy", list(policies_of_the_roles()))
def test_policies_that_the_roles_write(policy: Policy) -> None:
    assert list(findings(policy)) == []


@pytest.mark.parametrize("side", permission_table.SIDES)
def test_policies_for_people(side: str) -> None:
    assert list(findings(permissions.policy(side))) == []


def broken(**changes: Any) -> Policy:
    statement = {"Effect": "Allow", "Action": ["dax:GetItem"], "Resource": "arn:aws:dax:us-east-1:111111111111:cache/x"}
    return {"Version": "2012-10-17", "Statement": [{**statement, **changes}]}


@pytest.mark.parametrize(
    ("policy", "says"),
    [
        (broken(Action=["dax:GetThing"]), "UNKNOWN_ACTION"),
        (broken(Action=["dacs:GetItem"]), "UNKNOWN_PREFIX"),
        (broken(Resource="arn:aws:dynamodb:us-east-1:111111111111:table/x"), "dax:GetItem: nothing fits"),
        (broken(Resource="x"), "INVALID_ARN"),
        (broken(Effect="Maybe"), "MALFORMED"),
        (broken(Condition={"StringEquals": {"dax:NoSuchKey": "x"}}), "UNKNOWN_CONDITION_FOR_ACTION"),
        (broken(Condition={"StringAlike": {"aws:PrincipalArn": "x"}}), "UNKNOWN_OPERATOR"),
        (
            trust_as_identity_policy(broken(Action="sts:AssumeRoles", Principal={"AWS": "*"})),
            "UNKNOWN_ACTION",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_linter_finds_what_is_wrong(policy: Policy, says: str) -> None:
    assert any(says in line for line in findings(policy)), list(findings(policy))
