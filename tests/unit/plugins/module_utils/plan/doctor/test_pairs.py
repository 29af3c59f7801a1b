# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import A, B, Unreadable
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pairs import Consumer, Owner, pairs_of
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

ROLE = {"arn": "arn:aws:iam::111111111111:role/R"}


def reading(value: Any = None, problem: str | None = None) -> dict[str, Any]:
    return {"value": value, "problem": problem}


def owner(**changes: Any) -> Owner:
    facts = {
        "side": "a",
        "identity": {"account_id": build.A, "arn": "", "partition": "aws"},
        "region": "us-east-1",
        "read_at": "2026-01-31T12:00:00+00:00",
        "roles": {"R": reading({**ROLE, "name": "R"}), "R-222222222222-payments": reading({**ROLE, "name": "own"})},
        "readings": {"cluster": reading(build.facts_a()["cluster"]), "role": reading(), "vpc": reading()},
    }
    wishes = {"role_name": "R", "access": "read_only", "cluster_name": "orders"}
    base: dict[str, Any] = {"facts": facts, "problem": "", "wishes": wishes, "document": build.cluster_document()}
    return Owner(**{**base, "consumers": [], **changes})  # type: ignore[typeddict-item]


def consumer(name: str = "payments", account: str = build.B, **changes: Any) -> Consumer:
    facts = {"side": "b", "identity": {"account_id": account, "arn": "", "partition": "aws"}, "name": name}
    wishes = {"cluster_document": build.cluster_document(), "consumer_role_name": "C"}
    base: dict[str, Any] = {"facts": {**facts, "readings": {}}, "problem": "", "wishes": wishes, "live": None}
    return Consumer(**{**base, **changes})  # type: ignore[typeddict-item]


def pairs(owners: list[Owner], consumers: list[Consumer]) -> list[Any]:
    return pairs_of(owners, consumers, "site.yml")


def test_each_consumer_is_a_pair_with_the_owner_of_its_cluster() -> None:
    other = {**build.cluster_document(), "cluster_name": "stock"}
    other["cluster_arn"] = other["cluster_arn"].replace("orders", "stock")
    stock = owner(document=other)
    mine, theirs = consumer(), consumer("web", wishes={"cluster_document": other, "consumer_role_name": "W"})
    found = pairs([stock, owner()], [mine, theirs])
    assert [pair.key for pair in found] == ["222222222222/payments", "222222222222/web"]
    assert [pair.cluster_document["cluster_name"] for pair in found] == ["orders", "stock"]
    assert found[0].wanted.access == "read" and found[0].wanted.consumer_role_name == "C"
    assert found[0].run("x", managed=True, where=A).commands == (("ansible-playbook", "site.yml"),)


@pytest.mark.parametrize(("per_consumer", "name"), [(False, "R"), (True, "own")])
def test_the_role_is_the_one_that_the_consumer_assumes(per_consumer: bool, name: str) -> None:
    given = owner()
    given["wishes"]["role_per_consumer"] = per_consumer
    (pair,) = pairs([given], [consumer()])
    assert pair.role()["name"] == name
    (unknown,) = pairs([given], [consumer("web")])
    assert unknown.role() is None if per_consumer else unknown.role()["name"] == "R"


def test_a_role_that_cannot_be_read_is_unknown_not_missing() -> None:
    given = owner()
    given["facts"]["roles"] = {"R": reading(problem="AccessDenied")}  # type: ignore[index]
    (pair,) = pairs([given], [consumer()])
    with pytest.raises(Unreadable, match="AccessDenied"):
        pair.role()


def test_a_side_that_was_not_read_says_why() -> None:
    (pair,) = pairs([owner(facts=None, problem="no credentials")], [consumer()])
    with pytest.raises(Unreadable, match="no credentials") as raised:
        pair.role()
    assert raised.value.where == A
    assert pair.endpoint() == build.cluster_document()["endpoint"], "its document knows it"
    (pair,) = pairs([], [consumer(facts=None, problem="no route")])
    with pytest.raises(Unreadable, match="no route") as raised:
        pair.consumer_role()
    assert raised.value.where == B


def test_a_consumer_of_which_there_is_only_a_document_is_a_pair_too() -> None:
    document = build.consumer(name="payments")
    other = {**document, "name": "web"}
    found = pairs([owner(consumers=[document, other, {"kind": "x"}])], [consumer(document["name"])])
    assert [pair.key.split("/")[1] for pair in found] == [document["name"], "web"]
    assert found[1].b is None and found[1].consumer_role_arn() == document["role_arn"]


def test_an_owner_without_any_consumer_is_judged_by_itself() -> None:
    (pair,) = pairs([owner()], [])
    assert (pair.b, pair.key) == (None, "unknown consumer")


@pytest.mark.parametrize(
    ("changes", "given", "expected"),
    [
        ({}, "", None),
        ({"external_id": "theirs"}, "", "theirs"),
        ({"external_id": "theirs"}, "mine", "mine"),
        ({"external_id_per_consumer": True}, "", "uuid"),
    ],
    ids=["none", "the document's", "the consumer's own", "one of its own"],
)
def test_the_external_id_that_the_consumer_gives(changes: dict[str, Any], given: str, expected: str | None) -> None:
    document = {**build.cluster_document(), **changes}
    wishes = {"cluster_document": document, "external_id": given}
    (pair,) = pairs([owner(document=document)], [consumer(wishes=wishes)])
    found = pair.wanted.external_id
    assert found == expected if expected != "uuid" else found and len(found) == 36
