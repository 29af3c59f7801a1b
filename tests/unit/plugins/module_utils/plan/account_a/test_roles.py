# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    CLUSTER_ARN,
    CONSUMER,
    KEY,
    MARK,
    ROLE_B,
    STRANGER,
    TAGS_A,
    consumer,
    done,
    facts_a,
    group,
    our_rule,
    peering,
    policy,
    trust,
    wanted_a,
)

NAME = "DaxCrossAccountRole"
REGISTER = f"{CONSUMER}:{KEY}"
ROLE_C = f"arn:aws:iam::{build.C}:role/AssumeDaxRole"
OTHER = f"{build.C}/dax-client"
TRUST_CHANGE = ("change", f"trust policy of role {NAME}")


def role(*statements: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The role as a run for one consumer leaves it, unless told otherwise."""
    tags = {MARK: CLUSTER_ARN, REGISTER: ROLE_B}
    inline = {"DaxCrossAccountPolicy": dax_policy(CLUSTER_ARN, "read_write")}
    return build.role(
        NAME, policy(*(statements or (trust(ROLE_B),))), **{"tags": tags, "inline_policies": inline, **more}
    )


def plan(*consumers: Any, facts: dict[str, Any] | None = None, **wanted: Any) -> dict[str, Any]:
    """Plan on an account where the connection is active."""
    tagged = peering(tags={"Name": "dax-client", **TAGS_A})
    whole = {"peerings": [tagged], "security_groups": [group("sg-a", our_rule())], **(facts or {})}
    return plan_a(facts_a(**whole), wanted_a(consumers=list(consumers), **wanted))


def of(result: dict[str, Any], *concerns: str) -> list[tuple[str, str]]:
    wanted = [item for item in result["actions"] if item["concern"] in concerns and item["kind"] != "wait"]
    return [(item["kind"], item["resource"]) for item in wanted]


# The role.


def test_a_new_role() -> None:
    tags, boundary = {"Team": "a"}, "arn:aws:iam::aws:policy/B"
    result = plan(consumer(), tags=tags, role_path="/dax/", permissions_boundary=boundary, max_session_duration=7200)
    assert of(result, "role") == [("create", f"role {NAME}")]
    assert result["writes"]["roles"] == [
        {
            "state": "present",
            "name": NAME,
            "path": "/dax/",
            "trust": policy(trust(ROLE_B)),
            "tags": {"Team": "a", MARK: CLUSTER_ARN, REGISTER: ROLE_B},
            "max_session_duration": 7200,
            "boundary": boundary,
        }
    ]
    [write] = result["writes"]["policies"]
    assert (write["state"], write["role"], write["name"]) == ("present", NAME, "DaxCrossAccountPolicy")


def test_a_new_role_is_not_given_an_empty_boundary() -> None:
    assert "boundary" not in plan(consumer())["writes"]["roles"][0]


def test_a_role_as_wanted_is_not_written() -> None:
    result = plan(consumer(), facts={"role": role()})
    assert of(result, "role", "policy") == []
    assert (result["writes"]["roles"], result["writes"]["policies"]) == ([], [])


@pytest.mark.parametrize(
    ("statements", "consumers", "wanted", "expected"),
    [
        pytest.param([STRANGER, trust(ROLE_B)], [consumer()], {}, None, id="strangers beside us"),
        pytest.param([STRANGER], [consumer()], {}, [STRANGER, trust(ROLE_B)], id="ours removed"),
        pytest.param([trust(ROLE_B, ROLE_C)], [consumer()], {}, [trust(ROLE_B)], id="somebody slipped into ours"),
        pytest.param(
            [trust("AROAEXAMPLEID"), STRANGER],
            [consumer()],
            {},
            [STRANGER, trust(ROLE_B)],
            id="recreated consumer role",
        ),
        pytest.param(
            [trust(ROLE_B), {**STRANGER, "Principal": {"AWS": "AROASTRANGER"}}],
            [consumer()],
            {},
            None,
            id="a stranger's dead principal is theirs",
        ),
        pytest.param(
            [trust(ROLE_B)],
            [consumer(external_id="ex")],
            {},
            [trust(ROLE_B, condition={"StringEquals": {"sts:ExternalId": "ex"}})],
            id="external id of the consumer",
        ),
        pytest.param(
            [trust(ROLE_B)],
            [consumer()],
            {"external_id": "why"},
            [trust(ROLE_B, condition={"StringEquals": {"sts:ExternalId": "why"}})],
            id="external id that A asks for",
        ),
        pytest.param(
            [trust(ROLE_B)],
            [consumer(external_id="ex")],
            {"external_id": "why"},
            [trust(ROLE_B, condition={"StringEquals": {"sts:ExternalId": "ex"}})],
            id="the consumer's goes first",
        ),
        pytest.param(
            [trust(ROLE_B)],
            [consumer()],
            {"session_name_pattern": "dax-*"},
            [trust(ROLE_B, condition={"StringLike": {"sts:RoleSessionName": "dax-*"}})],
            id="session names",
        ),
        pytest.param(
            [trust(ROLE_B)],
            [consumer(role_arn=f"arn:aws:iam::{build.B}:role/New")],
            {},
            [trust(f"arn:aws:iam::{build.B}:role/New")],
            id="another role",
        ),
    ],
)
def test_trust(
    statements: list[dict[str, Any]], consumers: list[Any], wanted: dict[str, Any], expected: list[Any] | None
) -> None:
    result = plan(*consumers, facts={"role": role(*statements)}, **wanted)
    assert (TRUST_CHANGE in of(result, "role")) is (expected is not None)
    if expected:
        assert result["writes"]["roles"][0]["trust"] == policy(*expected)


def test_a_dead_principal_is_explained() -> None:
    result = plan(consumer(), facts={"role": role(trust("AROAEXAMPLEID"))})
    assert any("AROAEXAMPLEID: a principal that was deleted, and perhaps made anew" in line for line in result["lines"])


def test_a_kept_consumer_keeps_its_external_id_and_a_principal_that_nobody_registered_goes() -> None:
    stranger = f"arn:aws:iam::{build.C}:role/Slipped"
    condition = {"StringEquals": {"sts:ExternalId": "kept"}}
    current = role(trust(ROLE_B, stranger), trust(ROLE_C, sid="DaxCrossAccount1", condition=condition))
    current["tags"][f"{CONSUMER}:{OTHER}"] = ROLE_C
    result = plan(consumer(), facts={"role": current})
    expected = policy(trust(ROLE_B), trust(ROLE_C, sid="DaxCrossAccount1", condition=condition))
    assert result["writes"]["roles"][0]["trust"] == expected
    assert result["orphans"] == [OTHER]


@pytest.mark.parametrize(
    ("access", "actions"),
    [("read_only", [("change", f"policy DaxCrossAccountPolicy of role {NAME}")]), ("read_write", [])],
)
def test_access(access: str, actions: list[tuple[str, str]]) -> None:
    result = plan(consumer(), facts={"role": role()}, access=access)
    assert of(result, "role", "policy") == actions


def test_the_trust_policys_quota() -> None:
    crowd = [
        consumer(
            f"{number:012}", cidr_blocks=[f"10.1.{number}.0/24"], vpc_id=f"vpc-{number}", peering_connection_id=None
        )
        for number in range(45)
    ]
    result = plan(*crowd)
    assert len(result["conflicts"]) == 1
    told = ("2048", "dax_account_a_trust_policy_quota", "dax_account_a_role_per_consumer")
    assert [text for text in told if text not in result["conflicts"][0]] == []
    assert plan(*crowd, trust_policy_quota=4096)["conflicts"] == []
    apart = plan(*crowd, role_per_consumer=True)
    assert apart["conflicts"] == []
    assert len(apart["writes"]["roles"]) == 45


def test_the_quota_of_tags_on_a_role() -> None:
    crowd = [
        consumer(
            f"{number:012}", cidr_blocks=[f"10.1.{number}.0/24"], vpc_id=f"vpc-{number}", peering_connection_id=None
        )
        for number in range(50)
    ]
    result = plan(*crowd, trust_policy_quota=4096)
    assert result["conflicts"] == [
        f"role {NAME}: would have 51 tags, one for each consumer among them, and IAM takes 50; "
        "give each consumer a role of its own: dax_account_a_role_per_consumer"
    ]


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"max_session_duration": 3600}, ["max_session_duration"]),
        ({"permissions_boundary": ""}, ["permissions_boundary"]),
        ({"permissions_boundary": "arn:other"}, ["permissions_boundary"]),
        ({}, []),
    ],
)
def test_settings_of_a_role_of_ours(settings: dict[str, Any], changed: list[str]) -> None:
    current = role(max_session_duration=7200, permissions_boundary="arn:one")
    wanted = {"max_session_duration": 7200, "permissions_boundary": "arn:one", **settings}
    result = plan(consumer(), facts={"role": current}, **wanted)
    found = [item for item in result["actions"] if item["resource"] == f"role {NAME}"]
    assert [list(item["after"]) for item in found] == ([changed] if changed else [])
    if changed:
        assert result["writes"]["roles"][0]["boundary"] == wanted["permissions_boundary"]


def test_an_adopted_role_gets_our_statement_our_policy_and_the_register_and_keeps_the_rest() -> None:
    settings = {"max_session_duration": 43200, "permissions_boundary": "arn:theirs"}
    current = role(STRANGER, tags={"Owner": "x"}, inline_policies={"Theirs": {}}, path="/theirs/", **settings)
    result = plan(consumer(), facts={"role": current}, tags={"Team": "a"})
    assert of(result, "role", "policy") == [
        TRUST_CHANGE,
        ("change", f"tags of role {NAME}"),
        ("create", f"policy DaxCrossAccountPolicy of role {NAME}"),
    ]
    [write] = result["writes"]["roles"]
    assert write["trust"]["Statement"] == [STRANGER, trust(ROLE_B)]
    assert write["tags"] == {"Owner": "x", REGISTER: ROLE_B}
    assert (write["path"], write["max_session_duration"], write["boundary"]) == ("/theirs/", 43200, "arn:theirs")


def test_a_role_of_another_cluster_is_refused() -> None:
    result = plan(consumer(), facts={"role": role(tags={MARK: f"{CLUSTER_ARN}2"})})
    assert f"{CLUSTER_ARN}2" in result["conflicts"][0] and "dax_account_a_role_name" in result["conflicts"][0]


@pytest.mark.parametrize("wanted", [{}, {"prune": True}, {"state": "absent"}, {"state": "absent", "prune": True}])
def test_a_role_made_by_hand_stays_as_it_is_when_nobody_was_ever_let_in(wanted: dict[str, Any]) -> None:
    """The tutorial's own role has our names; its policy of our name is not ours."""
    by_hand = role(STRANGER, tags={})
    result = plan(facts={"role": by_hand, "peerings": [], "security_groups": [group("sg-a")]}, **wanted)
    assert (done(result), result["conflicts"]) == ([], [])


def test_a_run_without_documents_leaves_a_role_that_trusts_only_the_dead() -> None:
    result = plan(facts={"role": role(trust("AROAEXAMPLEID"))})
    assert done(result) == []
    assert result["orphans"] == [KEY]


@pytest.mark.parametrize(("state", "actions"), [("present", []), ("absent", [("remove", f"role {NAME}")])])
def test_a_role_of_ours_that_serves_nobody_goes_only_with_a_teardown(
    state: str, actions: list[tuple[str, str]]
) -> None:
    left = role(tags={MARK: CLUSTER_ARN})
    result = plan(facts={"role": left, "peerings": [], "security_groups": [group("sg-a")]}, state=state)
    assert done(result) == actions


# The end of the role.


@pytest.mark.parametrize(
    ("current", "actions", "conflict"),
    [
        pytest.param(None, [], "", id="missing"),
        pytest.param(role(), [("remove", f"role {NAME}")], "", id="ours"),
        pytest.param(role(trust("AROAEXAMPLEID")), [("remove", f"role {NAME}")], "", id="ours, principal dead"),
        pytest.param(role(inline_policies={}), [("remove", f"role {NAME}")], "", id="ours, without its policy"),
        pytest.param(
            role(STRANGER, trust(ROLE_B)),
            [TRUST_CHANGE, ("remove", f"policy DaxCrossAccountPolicy of role {NAME}")],
            "",
            id="ours, used by strangers",
        ),
        pytest.param(
            role(STRANGER, trust(ROLE_B), tags={REGISTER: ROLE_B}),
            [TRUST_CHANGE, ("remove", f"policy DaxCrossAccountPolicy of role {NAME}")],
            "",
            id="adopted",
        ),
        pytest.param(
            role(inline_policies={"DaxCrossAccountPolicy": {}, "Theirs": {}}), [], "Theirs", id="holds a foreign policy"
        ),
    ],
)
def test_the_end_of_the_role(current: dict[str, Any] | None, actions: list[tuple[str, str]], conflict: str) -> None:
    result = plan(consumer(), facts={"role": current}, state="absent")
    assert of(result, "role", "policy") == [*actions, *([("conflict", f"role {NAME}")] if conflict else [])]
    assert [line for line in result["conflicts"] if conflict not in line] == []
    for write in result["writes"]["roles"]:
        if write["state"] == "present":
            assert write["trust"]["Statement"] == [STRANGER]
            assert [key for key in write["tags"] if key.startswith("dax.cross_account")] == []


def test_managed_policies_that_go_with_the_role_are_told() -> None:
    result = plan(consumer(), facts={"role": role(attached_policies=["arn:aws:iam::aws:policy/X"])}, state="absent")
    assert any("detaches arn:aws:iam::aws:policy/X" in line for line in result["lines"])


# One role for each consumer.


def test_one_role_for_each_consumer() -> None:
    result = plan(consumer(), role_per_consumer=True)
    name = f"{NAME}-{build.B}-dax-client"
    assert of(result, "role", "policy") == [
        ("create", f"role {name}"),
        ("create", f"policy DaxCrossAccountPolicy of role {name}"),
    ]
    assert result["document"]["role_per_consumer"] is True
    again = plan(consumer(), role_per_consumer=True, facts={"consumer_roles": {name: {**role(), "role_name": name}}})
    assert of(again, "role", "policy") == []


def test_a_role_of_ones_own_takes_the_place_of_the_shared_one() -> None:
    result = plan(consumer(), role_per_consumer=True, facts={"role": role()})
    assert ("remove", f"role {NAME}") in of(result, "role")
    assert ("create", f"role {NAME}-{build.B}-dax-client") in of(result, "role")


def test_a_name_that_is_too_long_for_a_role_is_refused() -> None:
    result = plan(consumer(name="x" * 40), role_per_consumer=True)
    assert "dax_account_b_name" in result["conflicts"][0] and "64" in result["conflicts"][0]


def test_the_own_role_of_a_consumer_that_is_not_in_this_run_stays() -> None:
    own, other = f"{NAME}-{build.B}-dax-client", f"{NAME}-{build.C}-dax-client"
    theirs = role(trust(ROLE_C), role_name=other, tags={MARK: CLUSTER_ARN, f"{CONSUMER}:{OTHER}": ROLE_C})
    rules = [our_rule(), our_rule(source="sg-c", key=OTHER, rule_id="sgr-2")]
    facts = {
        "consumer_roles": {own: {**role(), "role_name": own}, other: theirs},
        "security_groups": [group("sg-a", *rules)],
    }
    result = plan(consumer(), facts=facts, role_per_consumer=True)
    assert (of(result, "role", "policy"), result["orphans"]) == ([], [OTHER])
    gone = plan(consumer(), facts=facts, role_per_consumer=True, prune=True)
    assert of(gone, "role", "policy") == [("remove", f"role {other}")]
