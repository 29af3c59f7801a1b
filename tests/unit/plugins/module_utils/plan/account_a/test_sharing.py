# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Several users of one connection, one route and one rule, over whole runs of account A's side."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User, users_of
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import trusted_principals
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.owners import Owner
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import plan

NAMES = ("web", "batch", "cron")


def key(name: str) -> str:
    return f"{build.B}/{name}"


def users(owner: Owner, peering_id: str = "pcx-1") -> list[str]:
    return [user.consumer.split("/")[1] for user in users_of(owner.tags(peering_id))]


@pytest.mark.parametrize("group", [None, "sg-1"], ids=["a group each", "one group"])
@pytest.mark.parametrize("order", list(itertools.permutations(NAMES[:2])), ids=" ".join)
def test_two_consumers_of_one_vpc_share_all_that_leads_to_it(order: Sequence[str], group: str | None) -> None:
    owner = Owner()
    more = {"security_group_id": group} if group else {}
    documents = [owner.document(name, **more) for name in order]
    owner.run(*documents)
    assert len(owner.calls[0]["args"]["connections"]) == 1
    assert (users(owner)[0], set(users(owner))) == (order[0], set(order))
    assert owner.tags()[build.ID] == "pcx-1"
    assert owner.routes() == [(table, build.BLOCK_B, "pcx-1") for table in ("rtb-main", "rtb-1")]
    assert len(owner.rules()) == (1 if group else 2)
    assert len(trusted_principals(owner.a["role"]["trust"])) == 2
    # Whoever is in a later run, and in whatever order: nothing changes, tags least of all.
    for count in (0, 1, 2):
        for some in itertools.permutations(documents, count):
            assert owner.run(*some) == []


@pytest.mark.parametrize("group", [None, "sg-1"], ids=["a group each", "one group"])
@pytest.mark.parametrize("leaving", list(itertools.permutations(NAMES)), ids=" ".join)
def test_what_is_shared_goes_with_its_last_user(leaving: Sequence[str], group: str | None) -> None:
    owner = Owner()
    more = {"security_group_id": group} if group else {}
    documents = {name: owner.document(name, **more) for name in NAMES}
    for name in NAMES:  # each joins in a run of its own
        owner.run(documents[name])
    left = list(leaving)
    for name in leaving:
        lines = owner.lines(documents[name], state="absent")
        left.remove(name)
        owner.run(documents[name], state="absent")
        kept = [line for line in lines if line.startswith("= keep peering connection pcx-1")]
        assert len(kept) == (1 if left else 0)
        assert all(f"orders for {key(other)}" in line for line in kept for other in left)
        assert set(users(owner)) == (set(left) if left else {name})
        assert owner.statuses() == {"pcx-1": "active" if left else "deleted"}
        assert len(owner.routes()) == (2 if left else 0)
        assert len(owner.rules()) == (min(1, len(left)) if group else len(left))
        if left:
            named = {text.rsplit("/", 1)[1] for text in owner.rules().values()}
            assert named == ({owner.rules()["sg-1"].rsplit("/", 1)[1]} if group else set(left)) and named <= set(left)
            assert owner.tags()["Name"] in left
            # Those that stay find nothing to do.
            assert owner.run(*(documents[other] for other in left)) == []
    assert owner.a["role"] is None


def test_all_users_leave_at_once() -> None:
    owner = Owner()
    documents = [owner.document(name) for name in NAMES]
    owner.run(*documents)
    owner.run(*documents, state="absent")
    assert (owner.statuses(), owner.routes(), owner.rules(), owner.a["role"]) == ({"pcx-1": "deleted"}, [], {}, None)


def test_a_consumer_that_is_pruned_leaves_what_others_use() -> None:
    owner = Owner()
    web, batch = owner.document("web"), owner.document("batch")
    owner.run(web, batch)
    owner.run(batch, prune=True)
    assert (users(owner), owner.statuses(), len(owner.routes())) == (["batch"], {"pcx-1": "active"}, 2)
    assert owner.run(batch, prune=True) == []


@pytest.mark.parametrize("first", ["orders", "stock"])
def test_two_clusters_share_the_connection_and_the_rule_of_one_consumer(first: str) -> None:
    orders = Owner()
    clusters = {"orders": orders, "stock": Owner("stock", beside=orders)}
    documents = {name: owner.document("app") for name, owner in clusters.items()}
    for name, owner in clusters.items():
        owner.run(documents[name])
    for name, owner in clusters.items():
        assert owner.run(documents[name]) == []
    makers = [User(owner.a["cluster_arn"], key("app")) for owner in clusters.values()]
    assert users_of(orders.tags()) == makers
    assert list(orders.rules().values()) == [f"dax.cross_account: orders for {key('app')}"]
    second = "stock" if first == "orders" else "orders"
    lines = clusters[first].lines(documents[first], state="absent")
    assert f"= keep peering connection pcx-1 (used by {second} for {key('app')})" in lines
    clusters[first].run(documents[first], state="absent")
    assert users_of(orders.tags()) == [User(clusters[second].a["cluster_arn"], key("app"))]
    assert list(orders.rules().values()) == [f"dax.cross_account: {second} for {key('app')}"]
    assert (orders.statuses(), len(orders.routes())) == ({"pcx-1": "active"}, 2)
    assert clusters[second].run(documents[second]) == []
    assert clusters[first].run(documents[first], state="absent") == []
    clusters[second].run(documents[second], state="absent")
    assert (orders.statuses(), orders.routes(), orders.rules()) == ({"pcx-1": "deleted"}, [], {})


def test_a_user_is_known_by_its_rule_where_its_mark_is_missing() -> None:
    """As an older release left it, or somebody who took the mark off."""
    owner = Owner()
    web, batch = owner.document("web"), owner.document("batch")
    owner.run(web, batch)
    for mark in User(build.CLUSTER_ARN, key("batch")).mark:
        del owner.peerings[0]["tags"][build.A][mark]
    owner.run(web, state="absent")
    assert (users(owner), owner.statuses()) == (["batch"], {"pcx-1": "active"})
    assert owner.run(batch) == []


def test_the_users_own_connection_gets_no_tags_and_stays() -> None:
    owner = Owner()
    owner.peerings[0]["status"]["code"] = "active"
    documents = [owner.document(name, peering_managed=False) for name in NAMES]
    owner.run(*documents)
    assert (owner.tags(), len(owner.rules())) == ({}, 3)
    assert owner.run(*documents) == []
    owner.run(documents[0], state="absent")
    assert (owner.tags(), owner.statuses(), len(owner.rules())) == ({}, {"pcx-1": "active"}, 2)
    owner.run(*documents, state="absent")
    assert (owner.statuses(), len(owner.routes()), owner.rules()) == ({"pcx-1": "active"}, 2, {})


@pytest.mark.parametrize("state", ["present", "absent"])
def test_copied_tags_do_not_make_a_connection_ours(state: str) -> None:
    tags = {"Name": "dax-client", **build.TAGS_A, build.ID: "pcx-0"}
    result = plan(build.facts_a(peerings=[build.peering(tags=tags)]), build.consumer(), state=state)
    assert [call for step in ("peering", "ownership") for call in result["writes"].get(step, [])] == []
    said = [line for line in result["warnings"] if "pcx-1" in line and "copied" in line]
    assert len(said) == 1


@pytest.mark.parametrize(
    ("more", "marked"),
    [
        pytest.param({}, True, id="its own account and VPC"),
        pytest.param({"vpc_id": "vpc-c0de"}, False, id="another VPC"),
        pytest.param(
            {"account_id": build.C, "role_arn": f"arn:aws:iam::{build.C}:role/x"}, False, id="another account"
        ),
    ],
)
def test_a_document_gets_no_mark_onto_a_connection_that_is_not_its_own(more: dict[str, Any], marked: bool) -> None:
    tags = {"Name": "dax-client", **build.TAGS_A, build.ID: "pcx-1"}
    given = build.consumer(name="second", peering_connection_id=None, **{"vpc_id": build.VPC_B, **more})
    result = plan(build.facts_a(peerings=[build.peering(tags=tags)]), given)
    assert ("ownership" in result["writes"]) is marked
