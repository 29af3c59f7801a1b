# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User, ownership_tags
from ansible_collections.dax.cross_account.plugins.module_utils.facts.tagged import of_type, tagged_resources

ARN = "arn:aws:dax:us-east-1:111111111111:cache/orders"
US = User(ARN, "payments")


def rows(resource_id: str, tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"ResourceId": resource_id, "Key": key, "Value": value} for key, value in tags.items()]


def test_one_call_finds_what_is_ours_and_what_carries_our_mark(fake_aws: Any) -> None:
    other = ownership_tags(ARN, "other")
    found = [
        *rows("vpc-1", ownership_tags(*US)),
        *rows("pcx-1", {**other, **US.mark}),
        *rows("sg-1", other),
        *rows("sg-2", {"dax.cross_account:consumer": "payments"}),
        *rows("sg-3", {"dax.cross_account:cluster": "payments", "dax.cross_account:consumer": ARN}),
    ]
    ec2 = fake_aws("ec2").on("DescribeTags", {"Tags": found})
    assert tagged_resources(ec2.client, ARN, "payments") == ["pcx-1", "vpc-1"]
    assert tagged_resources(ec2.client, ARN) == ["pcx-1", "sg-1", "vpc-1"]
    assert [operation for operation, _params in ec2.calls] == ["DescribeTags", "DescribeTags"]
    (keys, values) = ec2.calls[0][1]["Filters"]
    assert set(keys["Values"]) == {"dax.cross_account:cluster", "dax.cross_account:consumer", *US.mark}
    assert set(values["Values"]) == {ARN, "payments", *US.mark.values()}


def test_types() -> None:
    ids = ["i-1", "igw-1", "sg-1", "sgr-1", "vpc-1", "vpce-1"]
    assert [of_type(ids, kind) for kind in ("i", "sg", "vpc")] == [["i-1"], ["sg-1"], ["vpc-1"]]
    assert of_type(ids, "sg", {"sg-1": ""}) == []
