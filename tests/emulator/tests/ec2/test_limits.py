# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Limits of requests, and patterns of names and tags."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from conftest import Account, code_of, listed, message_of

INVALID = "InvalidParameterValue"


def values(count: int) -> list[str]:
    return [f"value-{number}" for number in range(count)]


def tags(count: int, prefix: str = "key") -> list[dict[str, str]]:
    return listed({f"{prefix}-{number}": "" for number in range(count)})


@pytest.mark.parametrize("operation", ["describe_vpcs", "describe_vpc_peering_connections", "describe_subnets"])
def test_filters_have_limits(account: Account, operation: str) -> None:
    describe = getattr(account.ec2, operation)
    name = "tag:a"
    describe(Filters=[{"Name": name, "Values": values(200)}])
    wanted = {"Filters": [{"Name": name, "Values": values(201)}]}
    assert code_of(describe, **wanted) == "FilterLimitExceeded"
    assert message_of(describe, **wanted) == "The maximum number of filter values specified on a single call is 200"
    describe(Filters=[{"Name": f"tag:{number}", "Values": ["a"]} for number in range(50)])
    many = [{"Name": f"tag:{number}", "Values": ["a"]} for number in range(51)]
    assert code_of(describe, Filters=many) == "FilterLimitExceeded"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (listed({"k" * 128: "v" * 256}), None),
        (listed({"größe": "日本, für alle"}), None),
        (listed({"k" * 129: "v"}), INVALID),
        (listed({"": "v"}), INVALID),
        (listed({"k": "v" * 257}), INVALID),
        (listed({"aws:k": "v"}), INVALID),
        (listed({"AWS:k": "v"}), INVALID),
        ([{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}], INVALID),
        (tags(50), None),
        (tags(51), "TagLimitExceeded"),
    ],
)
def test_tags_have_limits(account: Account, wanted: list[dict[str, str]], code: str | None) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    specification = [{"ResourceType": "vpc", "Tags": wanted}]
    calls: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (account.ec2.create_tags, {"Resources": [vpc], "Tags": wanted}),
        (account.ec2.create_vpc, {"CidrBlock": "10.1.0.0/16", "TagSpecifications": specification}),
    ]
    for call, arguments in calls:
        if code is None:
            call(**arguments)
        else:
            assert code_of(call, **arguments) == code


def test_tags_are_counted_with_those_that_are_there(account: Account) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    account.ec2.create_tags(Resources=[vpc], Tags=tags(30))
    account.ec2.create_tags(Resources=[vpc], Tags=tags(30))
    account.ec2.create_tags(Resources=[vpc], Tags=tags(20, "more"))
    one_more = listed({"last": ""})
    assert code_of(account.ec2.create_tags, Resources=[vpc], Tags=one_more) == "TagLimitExceeded"


@pytest.mark.parametrize(
    ("name", "description", "code"),
    [
        ("a" * 255, "b" * 255, None),
        ("Az09. _-:/()#,@[]+=&;{}!$*", "Az09. _-:/()#,@[]+=&;{}!$*", None),
        ("a" * 256, "test", INVALID),
        ("a", "b" * 256, INVALID),
        ("sg-group", "test", INVALID),
        ("it's", "test", INVALID),
        ("a", "it's", INVALID),
        ("a", "a <b>", INVALID),
        ("a", "für", INVALID),
        ("größe", "test", INVALID),
        ("", "test", INVALID),
        ("DEFAULT", "test", "InvalidGroup.Duplicate"),
    ],
)
def test_names_and_descriptions_of_groups(account: Account, name: str, description: str, code: str | None) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    wanted = {"VpcId": vpc, "GroupName": name, "Description": description}
    if code is None:
        account.ec2.create_security_group(**wanted)
        assert code_of(account.ec2.create_security_group, **wanted) == "InvalidGroup.Duplicate"
    else:
        assert code_of(account.ec2.create_security_group, **wanted) == code


@pytest.mark.parametrize("description", ["a" * 256, "it's", "a\nb", "naïve"])
def test_descriptions_of_rules(account: Account, description: str) -> None:
    vpc, _ = account.vpc("10.0.0.0/16")
    group = account.group(vpc)

    def rule(text: str) -> list[dict[str, Any]]:
        source = {"CidrIp": "10.0.0.0/8", "Description": text}
        return [{"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "IpRanges": [source]}]

    authorize = account.ec2.authorize_security_group_ingress
    assert code_of(authorize, GroupId=group, IpPermissions=rule(description)) == INVALID
    [added] = authorize(GroupId=group, IpPermissions=rule("a" * 255))["SecurityGroupRules"]
    described = {"SecurityGroupRuleId": added["SecurityGroupRuleId"], "Description": description}
    update = account.ec2.update_security_group_rule_descriptions_ingress
    assert code_of(update, GroupId=group, SecurityGroupRuleDescriptions=[described]) == INVALID
    changed = {"SecurityGroupRuleId": added["SecurityGroupRuleId"], "SecurityGroupRule": {"Description": description}}
    modify = account.ec2.modify_security_group_rules
    assert code_of(modify, GroupId=group, SecurityGroupRules=[changed]) == INVALID
