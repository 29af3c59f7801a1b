# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common import ownership

ARN = "arn:aws:dax:us-east-1:111111111111:cache/orders"
KEY = "222222222222/payments"


@pytest.mark.parametrize(
    ("tags", "consumer", "ours"),
    [
        pytest.param({ownership.TAG_CLUSTER: ARN, ownership.TAG_CONSUMER: "payments"}, "payments", True, id="ours"),
        pytest.param({ownership.TAG_CLUSTER: ARN, ownership.TAG_CONSUMER: "payments"}, None, True, id="any consumer's"),
        pytest.param({ownership.TAG_CLUSTER: ARN, ownership.TAG_CONSUMER: "other"}, "payments", False, id="another's"),
        pytest.param({ownership.TAG_CLUSTER: ARN}, "payments", False, id="no consumer's"),
        pytest.param(
            {ownership.TAG_CLUSTER: f"{ARN}2", ownership.TAG_CONSUMER: "payments"}, "payments", False, id="cluster"
        ),
        pytest.param({}, None, False, id="untagged"),
    ],
)
def test_is_ours(tags: dict[str, str], consumer: str | None, ours: bool) -> None:
    assert ownership.is_ours(tags, ARN, consumer) is ours


def test_what_is_tagged_is_ours() -> None:
    assert ownership.is_ours({**ownership.ownership_tags(ARN, "payments"), "Name": "x"}, ARN, "payments")
    assert ownership.TAG_CONSUMER not in ownership.ownership_tags(ARN)


@pytest.mark.parametrize(
    ("description", "key"),
    [
        (ownership.rule_description("orders", KEY), KEY),
        (ownership.rule_description("orders2", KEY), None),
        ("made by hand", None),
        ("", None),
        (None, None),
    ],
)
def test_a_rule_names_its_consumer(description: str | None, key: str | None) -> None:
    assert ownership.consumer_of_rule(description, "orders") == key


def test_the_description_has_only_characters_that_ec2_takes() -> None:
    allowed = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 ._-:/()#,@[]+=&;{}!$*")
    assert set(ownership.rule_description("orders", KEY)) <= allowed


def test_the_register_of_consumers_is_apart_from_the_other_tags() -> None:
    tags = {
        **ownership.ownership_tags(ARN, "x"),
        "Name": "x",
        f"{ownership.TAG_REGISTER}{KEY}": "arn:aws:iam::222222222222:role/R",
    }
    assert ownership.registered_consumers(tags) == {KEY: "arn:aws:iam::222222222222:role/R"}
