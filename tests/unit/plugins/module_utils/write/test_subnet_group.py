# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.dax.cross_account.plugins.module_utils.write import subnet_group as dax_subnet_group


def params(**more: Any) -> dict[str, Any]:
    return {"name": "Orders", "state": "present", "description": None, "subnet_ids": None, **more}


def shown(*subnets: str, description: str = "d") -> dict[str, Any]:
    found = [{"SubnetIdentifier": subnet} for subnet in subnets]
    return {"SubnetGroups": [{"SubnetGroupName": "orders", "Description": description, "Subnets": found}]}


@pytest.fixture
def gone(aws_error: Any) -> Any:
    return aws_error("SubnetGroupNotFoundFault")


def test_create(fake_aws: Any, gone: Any) -> None:
    fake = fake_aws("dax").on("DescribeSubnetGroups", gone, shown("s-1", "s-2")).on("CreateSubnetGroup", {})
    result = dax_subnet_group.ensure_subnet_group(
        fake.client, params(subnet_ids=["s-2", "s-1", "s-2"], description="d"), False
    )
    assert (result["changed"], result["subnet_group"]["subnet_group_name"]) == (True, "orders")
    sent = {"SubnetGroupName": "orders", "Description": "d", "SubnetIds": ["s-1", "s-2"]}
    assert fake.writes == [("CreateSubnetGroup", sent)]
    assert result["diff"] == {
        "before": {},
        "after": {"name": "orders", "description": "d", "subnet_ids": ["s-1", "s-2"]},
    }


def test_create_needs_subnets(fake_aws: Any, gone: Any) -> None:
    fake = fake_aws("dax").on("DescribeSubnetGroups", gone)
    with pytest.raises(AnsibleAWSError, match=r"no DAX subnet group orders .* also give subnet_ids"):
        dax_subnet_group.ensure_subnet_group(fake.client, params(), True)


@pytest.mark.parametrize(
    ("options", "sent"),
    [
        ({}, None),
        ({"subnet_ids": ["s-2", "s-1"], "description": "d"}, None),
        ({"subnet_ids": ["s-1", "s-3"]}, {"SubnetIds": ["s-1", "s-3"]}),
        ({"description": "new"}, {"Description": "new"}),
        ({"description": ""}, {"Description": ""}),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_update(fake_aws: Any, options: dict[str, Any], sent: dict[str, Any] | None, check: bool) -> None:
    fake = fake_aws("dax").on("DescribeSubnetGroups", shown("s-1", "s-2")).on("UpdateSubnetGroup", {})
    result = dax_subnet_group.ensure_subnet_group(fake.client, params(**options), check)
    assert result["changed"] == (sent is not None)
    expected = [("UpdateSubnetGroup", {"SubnetGroupName": "orders", **sent})] if sent and not check else []
    assert fake.writes == expected
    assert result["diff"]["before"].keys() == result["diff"]["after"].keys()


def test_a_creation_whose_answer_was_lost_is_not_doubled(fake_aws: Any, gone: Any, aws_error: Any) -> None:
    fake = fake_aws("dax").on("DescribeSubnetGroups", gone, shown("s-1")).on("UpdateSubnetGroup", {})
    fake.on("CreateSubnetGroup", aws_error("SubnetGroupAlreadyExistsFault"))
    assert dax_subnet_group.ensure_subnet_group(fake.client, params(subnet_ids=["s-1"]), False)["changed"]
    assert [operation for operation, _params in fake.writes] == ["CreateSubnetGroup", "UpdateSubnetGroup"]


@pytest.mark.parametrize("check", [True, False])
def test_delete(fake_aws: Any, gone: Any, check: bool) -> None:
    fake = fake_aws("dax").on("DescribeSubnetGroups", shown("s-1")).on("DeleteSubnetGroup", {})
    result = dax_subnet_group.ensure_subnet_group(fake.client, params(state="absent"), check)
    assert (result["changed"], result["subnet_group"]) == (True, None)
    assert fake.writes == ([] if check else [("DeleteSubnetGroup", {"SubnetGroupName": "orders"})])
    fake.on("DescribeSubnetGroups", gone)
    assert not dax_subnet_group.ensure_subnet_group(fake.client, params(state="absent"), check)["changed"]


def test_deletions_that_fail(fake_aws: Any, aws_error: Any) -> None:
    fake = fake_aws("dax").on("DescribeSubnetGroups", shown("s-1"))
    fake.on("DeleteSubnetGroup", aws_error("SubnetGroupNotFoundFault"))
    assert dax_subnet_group.ensure_subnet_group(fake.client, params(state="absent"), False)["changed"]
    fake.on("DeleteSubnetGroup", aws_error("SubnetGroupInUseFault"))
    with pytest.raises(AnsibleAWSError, match=r"Failed to delete subnet group \(orders\): .*SubnetGroupInUseFault"):
        dax_subnet_group.ensure_subnet_group(fake.client, params(state="absent"), False)
