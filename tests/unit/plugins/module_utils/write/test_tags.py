# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.write.tags import ensure_tags


@pytest.fixture
def ec2(fake_aws: Any) -> Any:
    there = {"vpc-1": {"Name": "x", "old": "1"}, "i-1": {"id": "i-0", "old": "2"}, "sg-1": {"id": "sg-1"}}
    rows = [
        {"ResourceId": item, "Key": key, "Value": text} for item, tags in there.items() for key, text in tags.items()
    ]
    return fake_aws("ec2").on("DescribeTags", {"Tags": rows}).on("CreateTags", {}).on("DeleteTags", {})


def ensure(ec2: Any, *resources: dict[str, Any]) -> dict[str, Any]:
    predicted = ensure_tags(ec2.client, {"resources": list(resources), "retry_not_found_seconds": 30}, True)
    assert ec2.writes == []
    result = ensure_tags(ec2.client, {"resources": list(resources), "retry_not_found_seconds": 30}, False)
    assert result == predicted
    return result


def test_single_tags_are_set_and_removed(ec2: Any) -> None:
    result = ensure(
        ec2,
        {"id": "vpc-1", "tags": {"id": "vpc-1", "n": 7}, "absent": ["old", "unknown"]},
        {"id": "i-1", "tags": {"id": "i-1"}, "absent": ["old", "id"]},
        {"id": "sg-1", "tags": {"id": "sg-1"}, "absent": ["old"]},
    )
    assert result["changes"] == [
        {"id": "vpc-1", "set": {"id": "vpc-1", "n": "7"}, "removed": ["old"]},
        {"id": "i-1", "set": {"id": "i-1"}, "removed": ["old"]},
    ]
    assert ec2.writes == [
        ("CreateTags", {"Resources": ["vpc-1"], "Tags": [{"Key": "id", "Value": "vpc-1"}, {"Key": "n", "Value": "7"}]}),
        ("CreateTags", {"Resources": ["i-1"], "Tags": [{"Key": "id", "Value": "i-1"}]}),
        ("DeleteTags", {"Resources": ["vpc-1", "i-1"], "Tags": [{"Key": "old"}]}),
    ]


def test_what_is_so_already_is_no_change(ec2: Any) -> None:
    assert ensure(ec2, {"id": "sg-1", "tags": {"id": "sg-1"}, "absent": ["old"]})["changed"] is False
    assert ec2.writes == []


def test_a_resource_is_given_once(ec2: Any) -> None:
    with pytest.raises(AnsibleAWSError, match="resources: vpc-1 given more than once"):
        ensure(ec2, {"id": "vpc-1", "tags": {"a": "1"}}, {"id": "vpc-1", "tags": {"a": "2"}})


def test_a_new_resource_may_not_be_known_yet(ec2: Any, aws_error: Any, clock: Any) -> None:
    unseen = aws_error("InvalidVpcID.NotFound", "The vpc ID 'vpc-1' does not exist")
    ec2.on("CreateTags", unseen, {})
    assert ensure(ec2, {"id": "vpc-1", "tags": {"id": "vpc-1"}})["changed"]
    assert [operation for operation, _params in ec2.writes] == ["CreateTags", "CreateTags"]
