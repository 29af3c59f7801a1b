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


# Users: "us" is the one that asks.

US = ownership.User(ARN, "payments")
STOCK = ownership.User(f"{ARN}2", "stock-app")
ZEBRA = ownership.User(f"{ARN}3", "zebra")
OURS = ownership.ownership_tags(*US)
THEIRS = ownership.ownership_tags(*STOCK)


@pytest.mark.parametrize(
    ("tags", "resource_id", "ours"),
    [
        pytest.param(OURS, "i-1", True, id="right after it was made"),
        pytest.param({**OURS, ownership.TAG_ID: "i-1"}, "i-1", True, id="its own id"),
        pytest.param({**OURS, ownership.TAG_ID: "i-1"}, "i-2", False, id="copied"),
        pytest.param({**OURS, ownership.TAG_ID: "i-1"}, None, True, id="not asked"),
        pytest.param({**THEIRS, ownership.TAG_ID: "i-1"}, "i-1", False, id="another's"),
    ],
)
def test_copied_tags_are_no_ownership(tags: dict[str, str], resource_id: str | None, ours: bool) -> None:
    assert ownership.is_ours(tags, *US, resource_id) is ours


@pytest.mark.parametrize(
    ("tags", "users"),
    [
        pytest.param({}, [], id="nobody"),
        pytest.param({ownership.TAG_CLUSTER: ARN}, [], id="no consumer's"),
        pytest.param(OURS, [US], id="its maker"),
        pytest.param({**ZEBRA.mark, **STOCK.mark, **OURS}, [US, STOCK, ZEBRA], id="its maker first"),
        pytest.param({**STOCK.mark}, [STOCK], id="a mark alone"),
        pytest.param({**OURS, **US.mark}, [US], id="its maker's mark"),
        pytest.param({f"{ownership.TAG_USER}{'0' * 12}": "x y"}, [], id="a mark that was changed by hand"),
        pytest.param({f"{ownership.TAG_USER}": ""}, [], id="an empty one"),
    ],
)
def test_users(tags: dict[str, str], users: list[ownership.User]) -> None:
    assert ownership.users_of(tags) == users
    assert ownership.other_users(tags, US) == [user for user in users if user != US]


@pytest.mark.parametrize(
    ("tags", "marked"),
    [
        pytest.param({}, False, id="made by nobody of us"),
        pytest.param(OURS, False, id="made by the user"),
        pytest.param(THEIRS, True, id="made by another one"),
        pytest.param({**THEIRS, **US.mark}, False, id="marked already"),
        pytest.param({**THEIRS, next(iter(US.mark)): "changed"}, True, id="changed by hand"),
    ],
)
def test_a_user_marks_what_another_one_made(tags: dict[str, str], marked: bool) -> None:
    assert ownership.missing_mark(tags, US) == (US.mark if marked else {})


def left(tags: dict[str, str], user: ownership.User) -> dict[str, str]:
    change = ownership.leaving(tags, user)
    return {key: value for key, value in {**tags, **change.setting}.items() if key not in change.removing}


def test_what_others_use_is_handed_on_until_nobody_is_left() -> None:
    tags = {"Name": "x", **OURS, **STOCK.mark, **ZEBRA.mark}
    tags = left(tags, ZEBRA)
    assert tags == {"Name": "x", **OURS, **STOCK.mark}
    tags = left(tags, US)
    assert tags == {"Name": "x", **THEIRS}
    assert ownership.leaving(tags, STOCK) == ({}, [])
    assert ownership.leaving(tags, US) == ({}, [])


def test_marks_fit_into_a_tag() -> None:
    longest = ownership.User(
        "arn:aws-us-gov:dax:ap-southeast-1:111111111111:cache/" + "a" * 20, f"{'2' * 12}/{'n' * 64}"
    )
    for key, value in longest.mark.items():
        assert len(key) <= ownership.TAG_KEY_LENGTH and len(value) <= ownership.TAG_VALUE_LENGTH
        assert not ownership.problem_of_tag_text(key + value)
    assert US.mark.keys() & STOCK.mark.keys() == set()
    assert US.words == "orders for payments"
