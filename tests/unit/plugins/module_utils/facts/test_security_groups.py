# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.facts import security_groups

RULES = [
    {"SecurityGroupRuleId": f"sgr-{name}", "GroupId": name, "IpProtocol": "tcp"} for name in ("sg-1", "sg-1", "sg-2")
]


def filters(params: dict[str, Any]) -> dict[str, list[str]]:
    return {item["Name"]: item["Values"] for item in params.get("Filters", [])}


def test_rules_are_read_for_all_groups_in_one_call(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", {"SecurityGroupRules": RULES})
    found = security_groups.describe_rules(fake.client, ["sg-1", "sg-2", "sg-3"])
    assert {group: len(rules) for group, rules in found.items()} == {"sg-1": 2, "sg-2": 1, "sg-3": 0}
    assert filters(fake.calls[0][1]) == {"group-id": ["sg-1", "sg-2", "sg-3"]}
    assert security_groups.describe_rules(fake.client, []) == {}
    assert len(fake.calls) == 1


@pytest.mark.parametrize(
    ("wanted", "counts", "asked"), [(("sg-1", "sg-2"), [1, 2], 2), (("sg-1",), [0, 2], 2), ((), [0, 0], 1)]
)
def test_rules_are_read_of_the_groups_that_decide(
    fake_aws: Any, wanted: tuple[str, ...], counts: list[int], asked: int
) -> None:
    groups = [{"GroupId": name, "GroupName": name} for name in ("sg-2", "sg-1")]
    fake = fake_aws("ec2").on("DescribeSecurityGroups", {"SecurityGroups": groups})
    fake.on(
        "DescribeSecurityGroupRules",
        lambda params: {"SecurityGroupRules": [r for r in RULES if r["GroupId"] in filters(params)["group-id"]]},
    )
    found = security_groups.describe_security_groups(
        fake.client, lambda group: group["group_id"] in wanted, vpc_id="vpc-1"
    )
    assert [len(group["rules"]) for group in found] == counts
    assert len(fake.calls) == asked


def test_many_groups_are_asked_for_in_as_many_calls_as_it_takes(fake_aws: Any) -> None:
    ids = [f"sg-{number}" for number in range(450)]
    fake = fake_aws("ec2").on(
        "DescribeSecurityGroupRules",
        lambda params: {
            "SecurityGroupRules": [{"GroupId": name, "IpProtocol": "tcp"} for name in filters(params)["group-id"]]
        },
    )
    found = security_groups.describe_rules(fake.client, ids)
    assert [len(filters(params)["group-id"]) for _operation, params in fake.calls] == [200, 200, 50]
    assert {name: len(rules) for name, rules in found.items()} == dict.fromkeys(ids, 1)


def test_the_groups_of_rules(fake_aws: Any) -> None:
    rules = [{"GroupId": group, "IpProtocol": "tcp"} for group in ("sg-2", "sg-1", "sg-2")]
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", {"SecurityGroupRules": rules})
    assert security_groups.groups_of_rules(fake.client, []) == []
    assert fake.calls == []
    assert security_groups.groups_of_rules(fake.client, ["sgr-1", "sgr-2"]) == ["sg-1", "sg-2"]
    assert filters(fake.calls[0][1]) == {"security-group-rule-id": ["sgr-1", "sgr-2"]}
