# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.common.ec2 import normalise_rule
from ansible_collections.dax.cross_account.plugins.module_utils.write import rules as ec2_rules

GROUP = {"protocol": "tcp", "from_port": 8111, "group_id": "sg-b", "user_id": "222222222222", "description": "ours"}
BLOCK = {"protocol": "tcp", "from_port": 8111, "cidr_ip": "10.1.0.0/16", "description": "ours"}


def raw_rule(rule_id: str = "sgr-1", **more: Any) -> dict[str, Any]:
    base = {"SecurityGroupRuleId": rule_id, "IsEgress": False, "IpProtocol": "tcp", "FromPort": 8111, "ToPort": 8111}
    if not {"CidrIpv4", "CidrIpv6", "PrefixListId"} & more.keys():
        base["ReferencedGroupInfo"] = {"GroupId": "sg-b", "UserId": "222222222222"}
    return {**base, **more}


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        ({"protocol": "tcp", "from_port": 8111}, ("tcp", 8111, 8111)),
        ({"protocol": "6", "from_port": 8111, "to_port": 9111}, ("tcp", 8111, 9111)),
        ({"protocol": "-1", "from_port": 5}, ("-1", -1, -1)),
        ({"protocol": "icmp"}, ("icmp", -1, -1)),
        ({"protocol": "icmp", "from_port": 8}, ("icmp", 8, -1)),
        ({"protocol": "50"}, ("50", -1, -1)),
    ],
)
def test_parse_ports(option: dict[str, Any], expected: tuple[str, int, int]) -> None:
    [rule] = ec2_rules.parse_rules([{**option, "group_id": "sg-b"}])
    assert (rule["protocol"], rule["from_port"], rule["to_port"]) == expected


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"protocol": "tcp", "group_id": "sg-b"}, "protocol tcp needs from_port"),
        ({"protocol": "udp", "to_port": 5, "group_id": "sg-b"}, "protocol udp needs from_port"),
        ({"protocol": "tcp", "from_port": 9, "to_port": 8, "group_id": "sg-b"}, "9-8 is not a range"),
        ({"protocol": "tcp", "from_port": 70000, "group_id": "sg-b"}, "70000-70000 is not a range"),
        ({"protocol": "tcp", "from_port": 1, "cidr_ip": "10.0.0/8"}, "cidr_ip '10.0.0/8' is not a CIDR block"),
        ({"protocol": "tcp", "from_port": 1, "cidr_ip": "2001:db8::/56"}, "other family, give it as cidr_ipv6"),
        ({"protocol": "tcp", "from_port": 1, "cidr_ipv6": "10.0.0.0/8"}, "other family, give it as cidr_ip$"),
    ],
)
def test_parse_refuses(option: dict[str, Any], message: str) -> None:
    with pytest.raises(AnsibleAWSError, match=f"^rules: .*{message}"):
        ec2_rules.parse_rules([option])


def test_parse_merges_doubles_and_refuses_two_descriptions() -> None:
    assert len(ec2_rules.parse_rules([GROUP, {**GROUP, "protocol": "6", "to_port": 8111}, BLOCK])) == 2
    with pytest.raises(AnsibleAWSError, match="tcp 8111 from sg-b is listed twice, as 'ours' and 'theirs'"):
        ec2_rules.parse_rules([GROUP, {**GROUP, "description": "theirs"}])


@pytest.mark.parametrize(
    ("raw", "update_description", "tags", "action", "to_tag"),
    [
        pytest.param(None, False, None, "created", {}, id="nothing there"),
        pytest.param(raw_rule(Description="ours"), False, None, "unchanged", {}, id="there"),
        pytest.param(raw_rule(Description="theirs"), False, None, "unchanged", {}, id="another description serves"),
        pytest.param(raw_rule(Description="theirs"), False, {"k": "v"}, "unchanged", {}, id="and is not tagged"),
        pytest.param(raw_rule(Description="theirs"), True, None, "updated", {}, id="unless it is to be updated"),
        pytest.param(raw_rule(Description="ours"), False, {"k": "v"}, "updated", {"k": "v"}, id="tag lacks"),
        pytest.param(
            raw_rule(Description="ours", Tags=[{"Key": "k", "Value": "v"}, {"Key": "x", "Value": "y"}]),
            False,
            {"k": "v"},
            "unchanged",
            {},
            id="tags there, others stay",
        ),
        pytest.param(raw_rule(IsEgress=True), False, None, "created", {}, id="egress is no ingress"),
        pytest.param(raw_rule(FromPort=8110), False, None, "created", {}, id="a wider rule is another"),
        pytest.param(raw_rule(IpProtocol="udp"), False, None, "created", {}, id="another protocol"),
        pytest.param(raw_rule(CidrIpv4="10.1.0.0/16"), False, None, "created", {}, id="another source"),
    ],
)
def test_steps_to_add(
    raw: dict[str, Any] | None, update_description: bool, tags: Any, action: str, to_tag: dict[str, str]
) -> None:
    existing = [normalise_rule(raw)] if raw else []
    [step] = ec2_rules.steps_to_add(ec2_rules.parse_rules([GROUP], tags), existing, update_description)
    assert (step.action, step.tags) == (action, to_tag)


@pytest.mark.parametrize(
    ("raw", "match_description", "action"),
    [
        (None, True, "unchanged"),
        (raw_rule(Description="ours"), True, "removed"),
        (raw_rule(Description="theirs"), True, "unchanged"),
        (raw_rule(), True, "unchanged"),
        (raw_rule(Description="theirs"), False, "removed"),
        (raw_rule(Description="ours", IsEgress=True), False, "unchanged"),
        (raw_rule(Description="ours", ToPort=9111), False, "unchanged"),
    ],
)
def test_steps_to_remove(raw: dict[str, Any] | None, match_description: bool, action: str) -> None:
    existing = [normalise_rule(raw)] if raw else []
    [step] = ec2_rules.steps_to_remove(ec2_rules.parse_rules([GROUP]), existing, match_description)
    assert step.action == action


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (
            GROUP,
            {
                "IpProtocol": "tcp",
                "FromPort": 8111,
                "ToPort": 8111,
                "UserIdGroupPairs": [{"GroupId": "sg-b", "UserId": "222222222222", "Description": "ours"}],
            },
        ),
        (
            BLOCK,
            {
                "IpProtocol": "tcp",
                "FromPort": 8111,
                "ToPort": 8111,
                "IpRanges": [{"CidrIp": "10.1.0.0/16", "Description": "ours"}],
            },
        ),
        (
            {"protocol": "-1", "cidr_ipv6": "2001:db8::/56"},
            {"IpProtocol": "-1", "Ipv6Ranges": [{"CidrIpv6": "2001:db8::/56"}]},
        ),
        (
            {"protocol": "icmp", "group_id": "sg-b"},
            {"IpProtocol": "icmp", "FromPort": -1, "ToPort": -1, "UserIdGroupPairs": [{"GroupId": "sg-b"}]},
        ),
    ],
)
def test_permission(option: dict[str, Any], expected: dict[str, Any]) -> None:
    assert ec2_rules.permission(ec2_rules.parse_rules([option])[0]) == expected


def params(*rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    options = {"group_id": "sg-a", "state": "present", "update_description": False, "match_description": True}
    return {**options, "tags": None, "retry_not_found_seconds": 60, "rules": list(rules) or [GROUP], **more}


def rules(*raw: dict[str, Any]) -> dict[str, Any]:
    return {"SecurityGroupRules": list(raw)}


def test_all_lacking_rules_go_in_one_call(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(raw_rule("sgr-0", CidrIpv4="10.9.0.0/16")))
    fake.on("AuthorizeSecurityGroupIngress", rules(raw_rule("sgr-1"), raw_rule("sgr-2", CidrIpv4="10.1.0.0/16")))
    result = ec2_rules.ensure_rules(fake.client, params(GROUP, BLOCK, tags={"k": "v"}), False)
    assert [(rule["action"], rule["rule_id"]) for rule in result["rules"]] == [
        ("created", "sgr-1"),
        ("created", "sgr-2"),
    ]
    assert fake.operations == ["DescribeSecurityGroupRules", "AuthorizeSecurityGroupIngress"]
    sent = fake.calls[1][1]
    assert sent["GroupId"] == "sg-a"
    assert len(sent["IpPermissions"]) == 2
    assert sent["TagSpecifications"] == [{"ResourceType": "security-group-rule", "Tags": [{"Key": "k", "Value": "v"}]}]
    assert result["diff"]["after"]["rules"][0] == {
        "rule": "tcp 8111 from sg-b",
        "description": "ours",
        "tags": {"k": "v"},
    }


def test_converged_is_one_read(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(raw_rule(Description="ours")))
    result = ec2_rules.ensure_rules(fake.client, params(), False)
    assert (result["changed"], fake.writes, result["rules"][0]["rule_id"]) == (False, [], "sgr-1")


def test_rules_of_all_pages_are_read(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on(
        "DescribeSecurityGroupRules",
        {**rules(raw_rule("sgr-0", CidrIpv4="10.9.0.0/16")), "NextToken": "more"},
        rules(raw_rule("sgr-1", Description="ours")),
    )
    assert not ec2_rules.ensure_rules(fake.client, params(), False)["changed"]
    assert fake.calls[0][1]["Filters"] == [{"Name": "group-id", "Values": ["sg-a"]}]


@pytest.mark.parametrize(
    ("raw", "options", "action"),
    [
        (None, {}, "created"),
        (raw_rule(Description="theirs"), {"update_description": True}, "updated"),
        (raw_rule(Description="ours"), {"tags": {"k": "v"}}, "updated"),
        (raw_rule(Description="ours"), {"state": "absent"}, "removed"),
    ],
)
def test_check_mode_writes_nothing_and_predicts(fake_aws: Any, raw: Any, options: dict[str, Any], action: str) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(*([raw] if raw else [])))
    result = ec2_rules.ensure_rules(fake.client, params(**options), True)
    assert (result["changed"], result["rules"][0]["action"], fake.writes) == (True, action, [])


def test_description_and_tags_are_corrected(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(raw_rule(Description="theirs")))
    fake.on("UpdateSecurityGroupRuleDescriptionsIngress", {"Return": True}).on("CreateTags", {})
    result = ec2_rules.ensure_rules(fake.client, params(update_description=True, tags={"k": "v"}), False)
    assert result["rules"][0]["action"] == "updated"
    assert [operation for operation, _params in fake.writes] == [
        "UpdateSecurityGroupRuleDescriptionsIngress",
        "CreateTags",
    ]
    assert fake.writes[0][1]["IpPermissions"][0]["UserIdGroupPairs"][0]["Description"] == "ours"
    assert fake.writes[1][1] == {"Resources": ["sgr-1"], "Tags": [{"Key": "k", "Value": "v"}]}


def test_tags_of_a_rule_add_to_those_of_all(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules())
    first, second = {"GroupId": "sg-b"}, {"GroupId": "sg-c"}
    fake.on(
        "AuthorizeSecurityGroupIngress",
        rules(raw_rule("sgr-1", ReferencedGroupInfo=first)),
        rules(raw_rule("sgr-2", ReferencedGroupInfo=second)),
    )
    tagged = {**GROUP, "group_id": "sg-c", "tags": {"k": "w", "own": "x"}}
    result = ec2_rules.ensure_rules(fake.client, params(GROUP, tagged, tags={"k": "v"}), False)
    assert [(rule["rule_id"], rule["tags"]) for rule in result["rules"]] == [
        ("sgr-1", {"k": "v"}),
        ("sgr-2", {"k": "w", "own": "x"}),
    ]
    assert [call["TagSpecifications"][0]["Tags"] for _operation, call in fake.writes] == [
        [{"Key": "k", "Value": "v"}],
        [{"Key": "k", "Value": "w"}, {"Key": "own", "Value": "x"}],
    ]


def test_lacking_tags_are_set_in_one_call_for_those_that_lack_the_same(fake_aws: Any) -> None:
    there = [
        raw_rule(f"sgr-{item}", ReferencedGroupInfo={"GroupId": f"sg-{item}"}, Description="ours") for item in "xyz"
    ]
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(*there)).on("CreateTags", {})
    desired = [
        {**GROUP, "group_id": "sg-x"},
        {**GROUP, "group_id": "sg-y"},
        {**GROUP, "group_id": "sg-z", "tags": {"z": "1"}},
    ]
    assert ec2_rules.ensure_rules(fake.client, params(*desired, tags={"k": "v"}), False)["changed"]
    assert [call["Resources"] for _operation, call in fake.writes] == [["sgr-x", "sgr-y"], ["sgr-z"]]


def test_absent_revokes_by_id_in_one_call(fake_aws: Any) -> None:
    fake = fake_aws("ec2").on(
        "DescribeSecurityGroupRules",
        rules(raw_rule(Description="ours"), raw_rule("sgr-2", CidrIpv4="10.1.0.0/16", Description="ours")),
    )
    fake.on("RevokeSecurityGroupIngress", {"Return": True})
    result = ec2_rules.ensure_rules(fake.client, params(GROUP, BLOCK, state="absent"), False)
    assert result["changed"]
    assert fake.writes == [
        ("RevokeSecurityGroupIngress", {"GroupId": "sg-a", "SecurityGroupRuleIds": ["sgr-1", "sgr-2"]})
    ]


def test_absent_goes_on_when_a_rule_went_meanwhile(fake_aws: Any, aws_error: Any) -> None:
    second = raw_rule("sgr-2", CidrIpv4="10.1.0.0/16", Description="ours")
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(raw_rule(Description="ours"), second), rules(second))
    fake.on("RevokeSecurityGroupIngress", aws_error("InvalidSecurityGroupRuleId.NotFound"), {"Return": True})
    assert ec2_rules.ensure_rules(fake.client, params(GROUP, BLOCK, state="absent"), False)["changed"]
    assert [call["SecurityGroupRuleIds"] for _operation, call in fake.writes] == [["sgr-1", "sgr-2"], ["sgr-2"]]


def test_a_source_group_not_seen_yet_is_tried_again_for_a_while(fake_aws: Any, aws_error: Any, clock: Any) -> None:
    unseen = aws_error("InvalidGroup.NotFound", "The security group 'sg-b' does not exist")
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules())
    fake.on("AuthorizeSecurityGroupIngress", unseen, unseen, rules(raw_rule()))
    assert ec2_rules.ensure_rules(fake.client, params(), False)["changed"]
    fake.on("AuthorizeSecurityGroupIngress", unseen)
    start = clock.now
    with pytest.raises(AnsibleAWSError, match=r"Failed to allow tcp 8111 from sg-b on sg-a .waited 6[0-9] sec"):
        ec2_rules.ensure_rules(fake.client, params(), False)
    assert 60 <= clock.now - start <= 65


def test_a_write_whose_answer_was_lost_is_not_doubled(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(), rules(raw_rule(Description="ours")))
    fake.on(
        "AuthorizeSecurityGroupIngress",
        aws_error("InvalidPermission.Duplicate"),
        rules(raw_rule("sgr-2", CidrIpv4="10.1.0.0/16")),
    )
    result = ec2_rules.ensure_rules(fake.client, params(GROUP, BLOCK), False)
    assert [rule["rule_id"] for rule in result["rules"]] == ["sgr-1", "sgr-2"]
    assert [len(call["IpPermissions"]) for _operation, call in fake.writes] == [2, 1]


def test_all_rules_there_after_all_need_no_second_call(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("ec2").on("DescribeSecurityGroupRules", rules(), rules(raw_rule(Description="ours")))
    fake.on("AuthorizeSecurityGroupIngress", aws_error("InvalidPermission.Duplicate"))
    assert ec2_rules.ensure_rules(fake.client, params(), False)["rules"][0]["rule_id"] == "sgr-1"
    assert len(fake.writes) == 1
