# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import registered_consumers
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import dax_policy, trusted_principals
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    CLUSTER_ARN,
    CONSUMER,
    KEY,
    MARK,
    ROLE_B,
    STRANGER,
    consumer,
    done,
    facts_a,
    group,
    identity_of,
    our_rule,
    policy,
    trust,
    wanted_a,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_a.planning import (
    NAME,
    OTHER,
    POLICY,
    REGISTER,
    ROLE_C,
    actions,
    args,
    changed_role,
    plan_joined,
    role,
)

TRUST_CHANGED = ("change", f"role:{NAME}#trust_policy")


def test_a_new_role() -> None:
    tags, boundary = {"Team": "a"}, "arn:aws:iam::aws:policy/B"
    result = plan_joined(
        consumer(), tags=tags, role_path="/dax/", permissions_boundary=boundary, max_session_duration=7200
    )
    assert actions(result, "role") == [("create", f"role:{NAME}")]
    assert result["writes"]["role"] == [
        {
            "module": "dax.cross_account.iam_role_consumers",
            "args": {
                "state": "present",
                "name": NAME,
                "cluster_arn": CLUSTER_ARN,
                "consumers": [{"key": KEY, "role_arn": ROLE_B}],
                "settings": {
                    "path": "/dax/",
                    "description": f"dax.cross_account: {CLUSTER_ARN}",
                    "max_session_duration": 7200,
                    "boundary": boundary,
                    "tags": {"Team": "a", MARK: CLUSTER_ARN},
                },
                "retry_seconds": 0,
            },
            "resource": f"role {NAME}",
        }
    ]
    assert result["writes"]["policy"] == [
        {
            "module": "amazon.aws.iam_policy",
            "args": {
                "state": "present",
                "iam_type": "role",
                "iam_name": NAME,
                "policy_name": POLICY,
                "policy_json": dax_policy(CLUSTER_ARN, "read_write"),
            },
            "resource": f"policy {POLICY} of role {NAME}",
        }
    ]
    made = changed_role(result)
    assert (made["trust"], made["path"]) == (policy(trust(ROLE_B)), "/dax/")
    assert made["tags"] == {"Team": "a", MARK: CLUSTER_ARN, REGISTER: ROLE_B}
    assert result["incomplete"], "other runs may write it at the same time"


def test_a_new_role_is_not_given_an_empty_boundary() -> None:
    [write] = args(plan_joined(consumer()), "role")
    assert "boundary" not in write["settings"]


def test_a_role_as_desired_is_not_written() -> None:
    result = plan_joined(consumer(), facts={"role": role()})
    assert actions(result, "role", "policy") == []
    assert {"role", "policy"}.isdisjoint(result["writes"])
    assert not result["incomplete"], "a run that has nothing to do reads the account once"


@pytest.mark.parametrize(
    ("statements", "consumers", "options", "expected"),
    [
        pytest.param([STRANGER, trust(ROLE_B)], [consumer()], {}, None, id="other statements beside ours"),
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
            id="a deleted principal in another statement",
        ),
        pytest.param(
            [trust(ROLE_B)],
            [consumer(external_id="ex")],
            {},
            None,
            id="external id of the consumer, which is not its to set",
        ),
        pytest.param(
            [trust(ROLE_B, condition={"StringEquals": {"sts:ExternalId": "ex"}})],
            [consumer(external_id="ex")],
            {},
            [trust(ROLE_B)],
            id="external id that A no longer asks for",
        ),
        pytest.param(
            [trust(ROLE_B, condition={"StringEquals": {"sts:ExternalId": "why"}})],
            [consumer(), consumer(name="second", security_group_id="sg-e", external_id="ex")],
            {"external_id": "why"},
            None,
            id="a second consumer of the same role",
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
            [trust(ROLE_B, condition={"StringEquals": {"sts:ExternalId": "why"}})],
            id="A's before the consumer's",
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
    statements: list[dict[str, Any]], consumers: list[Any], options: dict[str, Any], expected: list[Any] | None
) -> None:
    current = role(*statements)
    result = plan_joined(*consumers, facts={"role": current}, **options)
    assert (TRUST_CHANGED in actions(result, "role")) is (expected is not None)
    if expected:
        assert changed_role(result, current)["trust"] == policy(*expected)


def test_a_deleted_principal_is_explained() -> None:
    result = plan_joined(consumer(), facts={"role": role(trust("AROAEXAMPLEID"))})
    assert any("AROAEXAMPLEID: a principal that was deleted, and perhaps made anew" in line for line in result["lines"])


def test_a_retained_consumer_keeps_its_external_id_and_a_principal_that_nobody_registered_goes() -> None:
    slipped = f"arn:aws:iam::{build.C}:role/Slipped"
    condition = {"StringEquals": {"sts:ExternalId": "kept"}}
    current = role(trust(ROLE_B, slipped), trust(ROLE_C, sid="DaxCrossAccount1", condition=condition))
    current["tags"][f"{CONSUMER}:{OTHER}"] = ROLE_C
    result = plan_joined(consumer(), facts={"role": current})
    expected = policy(trust(ROLE_B), trust(ROLE_C, sid="DaxCrossAccount1", condition=condition))
    assert changed_role(result, current)["trust"] == expected
    assert result["orphans"] == [OTHER]


@pytest.mark.parametrize(
    ("access", "expected"),
    [("read_only", [("change", f"policy:{NAME}/{POLICY}")]), ("read_write", [])],
)
def test_access(access: str, expected: list[tuple[str, str]]) -> None:
    result = plan_joined(consumer(), facts={"role": role()}, access=access)
    assert actions(result, "role", "policy") == expected


def crowd(number: int) -> list[dict[str, Any]]:
    return [
        consumer(f"{each:012}", cidr_blocks=[f"10.9.{each}.0/24"], vpc_id=f"vpc-{each}", peering_connection_id=None)
        for each in range(number)
    ]


def limits(result: dict[str, Any]) -> list[str]:
    return [line for line in result["conflicts"] if "which is room for" in line]


@pytest.mark.parametrize(
    ("number", "quota", "tags", "says"),
    [
        (40, 2048, {}, []),
        (41, 2048, {}, ["trust policy of role {name}: would have {size} characters, the quota is 2048 (L-C07B4B0D, "]),
        (49, 4096, {}, []),
        (50, 4096, {}, ["role {name}: would have 51 tags, one for each consumer among them, and IAM takes 50"]),
        (47, 4096, {"a": "1", "b": "2"}, []),
        (
            48,
            4096,
            {"a": "1", "b": "2"},
            ["role {name}: would have 51 tags, one for each consumer among them, and IAM"],
        ),
    ],
)
def test_where_the_end_of_the_shared_role_is(number: int, quota: int, tags: dict[str, str], says: list[str]) -> None:
    result = plan_joined(*crowd(number), trust_policy_quota=quota, tags=tags)
    found = limits(result)
    assert len(found) == len(says)
    for line, begins in zip(found, says, strict=True):
        names = {"name": NAME, "size": line.split("would have ")[1].split()[0]}
        assert line.startswith(begins.format(**names, variable="dax_account_a_trust_policy_quota"))
        assert f"which is room for {number - 1} of its {number} consumers; give each consumer a role of its own" in line
        assert line.endswith("(dax_account_a_role_per_consumer)")
    assert (result["writes"] == {}) is bool(says), "refused as a whole"


def test_sixty_consumers_are_all_granted_or_refused_as_a_whole() -> None:
    shared = plan_joined(*crowd(60), trust_policy_quota=4096)
    assert len(limits(shared)) == 1
    assert shared["writes"] == {}
    apart = plan_joined(*crowd(60), role_per_consumer=True)
    assert apart["conflicts"] == []
    roles = [call["args"] for call in apart["writes"]["role"]]
    assert len({given["name"] for given in roles}) == len(apart["writes"]["policy"]) == 60
    assert all(len(given["consumers"]) == 1 for given in roles)


def test_a_consumer_that_does_not_fit_beside_those_of_earlier_runs() -> None:
    arns = {f"{each:012}/x": f"arn:aws:iam::{each:012}:role/AssumeDaxRole" for each in range(40)}
    tags = {MARK: CLUSTER_ARN, **{f"{CONSUMER}:{key}": arn for key, arn in arns.items()}}
    result = plan_joined(consumer(), facts={"role": role(trust(*sorted(arns.values())), tags=tags)})
    (line,) = limits(result)
    assert "which is room for 40 of its 41 consumers" in line
    assert result["writes"] == {}


@pytest.mark.parametrize(
    ("settings", "changed"),
    [
        ({"max_session_duration": 3600}, ["max_session_duration"]),
        ({"permissions_boundary": ""}, ["permissions_boundary"]),
        ({"permissions_boundary": "arn:aws:iam::aws:policy/Other"}, ["permissions_boundary"]),
        ({}, []),
    ],
)
def test_settings_of_an_owned_role(settings: dict[str, Any], changed: list[str]) -> None:
    current = role(max_session_duration=7200, permissions_boundary="arn:aws:iam::aws:policy/One")
    desired = {"max_session_duration": 7200, "permissions_boundary": "arn:aws:iam::aws:policy/One", **settings}
    result = plan_joined(consumer(), facts={"role": current}, **desired)
    found = [item for item in result["actions"] if identity_of(item) == f"role:{NAME}"]
    assert [list(item["after"]) for item in found] == ([changed] if changed else [])
    if changed:
        after = changed_role(result, current)
        assert after["permissions_boundary"] == (desired["permissions_boundary"] or None)
        assert after["max_session_duration"] == desired["max_session_duration"]


def test_an_adopted_role_gets_our_statement_our_policy_and_the_register_and_keeps_the_rest() -> None:
    settings = {"max_session_duration": 43200, "permissions_boundary": "arn:theirs"}
    current = role(STRANGER, tags={"Owner": "x"}, inline_policies={"Theirs": {}}, path="/theirs/", **settings)
    result = plan_joined(consumer(), facts={"role": current}, tags={"Team": "a"})
    assert actions(result, "role", "policy") == [
        TRUST_CHANGED,
        ("change", f"role:{NAME}#tags"),
        ("create", f"policy:{NAME}/{POLICY}"),
    ]
    after = changed_role(result, current)
    register = {"Owner": "x", REGISTER: ROLE_B}
    assert after == {**current, "trust": policy(STRANGER, trust(ROLE_B)), "tags": register}


def second(**more: Any) -> dict[str, Any]:
    return consumer(name="second", security_group_id="sg-e", **more)


KEY_2, ROLE_2 = f"{build.B}/second", f"{ROLE_B}2"


@pytest.mark.parametrize(
    ("register", "leaves", "stays"),
    [
        pytest.param({KEY: ROLE_B, KEY_2: ROLE_2}, consumer(role_arn=ROLE_2), {KEY_2: ROLE_2}, id="names another's"),
        pytest.param({KEY: ROLE_B, KEY_2: ROLE_B}, second(), {KEY: ROLE_B}, id="two of one role"),
        pytest.param({KEY: ROLE_B}, second(), {KEY: ROLE_B}, id="was never let in, and names another's"),
        pytest.param({KEY: ROLE_B, OTHER: ROLE_C}, consumer(), {OTHER: ROLE_C}, id="its own"),
        pytest.param({KEY: ROLE_2, KEY_2: ROLE_2}, consumer(), {KEY_2: ROLE_2}, id="had another, which it shares"),
    ],
)
def test_who_leaves_takes_nobody_with_it(
    register: dict[str, str], leaves: dict[str, Any], stays: dict[str, str]
) -> None:
    """What the document of one that leaves says of its role is no reason to take access from another."""
    tags = {MARK: CLUSTER_ARN, **{f"{CONSUMER}:{key}": arn for key, arn in register.items()}}
    current = role(trust(*sorted(set(register.values()))), tags=tags)
    result = plan_joined(leaves, facts={"role": current}, state="absent")
    assert result["conflicts"] == []
    after = changed_role(result, current) if "role" in result["writes"] else current
    assert set(trusted_principals(after["trust"])) == set(stays.values())
    assert registered_consumers(after["tags"]) == stays


@pytest.mark.parametrize("arrives", [True, False], ids=["a consumer comes", "nobody comes"])
def test_who_was_taken_out_of_the_trust_by_hand_stays_out_and_is_named(arrives: bool) -> None:
    tags = {MARK: CLUSTER_ARN, **({} if arrives else {REGISTER: ROLE_B}), f"{CONSUMER}:{OTHER}": ROLE_C}
    current = role(STRANGER, *(() if arrives else (trust(ROLE_B),)), tags=tags)
    result = plan_joined(consumer(), facts={"role": current})
    assert result["warnings"] == [
        f"consumer {OTHER}: is registered, but the trust policy does not name its role; it stays out until a run has "
        "its document, or takes it away (dax_account_a_prune)"
    ]
    assert ("role" in result["writes"]) is arrives
    if arrives:
        assert set(trusted_principals(changed_role(result, current)["trust"])) == {ROLE_B}
    again = plan_joined(
        consumer(),
        consumer(build.C, role_arn=ROLE_C, peering_connection_id=None, vpc_id="vpc-c", cidr_blocks=["10.7.0.0/24"]),
        facts={"role": current},
    )
    assert again["warnings"] == []
    assert set(trusted_principals(changed_role(again, current)["trust"])) == {ROLE_B, ROLE_C}


@pytest.mark.parametrize("prune", [False, True])
def test_a_registered_consumer_with_the_same_role_and_an_external_id_of_its_own(prune: bool) -> None:
    tags = {MARK: CLUSTER_ARN, f"{CONSUMER}:{KEY_2}": ROLE_B}
    options = {"external_id_per_consumer": True, "prune": prune}
    result = plan_joined(consumer(), facts={"role": role(tags=tags)}, **options)
    assert [line for line in result["conflicts"] if f"has the role of consumer {KEY_2}" in line] == (
        [] if prune else result["conflicts"]
    )
    assert bool(result["conflicts"]) is not prune


def test_a_role_of_another_cluster_is_refused() -> None:
    result = plan_joined(consumer(), facts={"role": role(tags={MARK: f"{CLUSTER_ARN}2"})})
    assert f"{CLUSTER_ARN}2" in result["conflicts"][0] and "dax_account_a_role_name" in result["conflicts"][0]


@pytest.mark.parametrize("options", [{}, {"prune": True}, {"state": "absent"}, {"state": "absent", "prune": True}])
def test_a_role_made_by_hand_stays_as_it_is_when_nobody_was_ever_let_in(options: dict[str, Any]) -> None:
    """The tutorial's own role has our names; its policy of our name is not ours."""
    by_hand = role(STRANGER, tags={})
    result = plan_joined(facts={"role": by_hand, "peerings": [], "security_groups": [group("sg-a")]}, **options)
    assert (done(result), result["conflicts"]) == ([], [])


def test_a_run_without_documents_leaves_a_role_that_trusts_only_deleted_principals() -> None:
    result = plan_joined(facts={"role": role(trust("AROAEXAMPLEID"))})
    assert done(result) == []
    assert result["orphans"] == [KEY]


@pytest.mark.parametrize(("state", "expected"), [("present", []), ("absent", [("remove", f"role:{NAME}")])])
def test_an_owned_role_that_serves_nobody_is_removed_only_by_a_teardown(
    state: str, expected: list[tuple[str, str]]
) -> None:
    left = role(tags={MARK: CLUSTER_ARN})
    result = plan_joined(facts={"role": left, "peerings": [], "security_groups": [group("sg-a")]}, state=state)
    assert done(result) == expected


def test_one_role_for_each_consumer() -> None:
    result = plan_joined(consumer(), role_per_consumer=True)
    name = f"{NAME}-{build.B}-dax-client"
    assert actions(result, "role", "policy") == [
        ("create", f"role:{name}"),
        ("create", f"policy:{name}/{POLICY}"),
    ]
    assert result["document"]["role_per_consumer"] is True
    own = role(role_name=name, description=f"dax.cross_account: {CLUSTER_ARN} {KEY}")
    again = plan_joined(consumer(), role_per_consumer=True, facts={"consumer_roles": {name: own}})
    assert actions(again, "role", "policy") == []


def test_a_role_of_ones_own_takes_the_place_of_the_shared_one() -> None:
    result = plan_joined(consumer(), role_per_consumer=True, facts={"role": role()})
    assert actions(result, "leftovers") == [("remove", f"role:{NAME}")]
    assert ("create", f"role:{NAME}-{build.B}-dax-client") in actions(result, "role")


def test_a_name_that_is_too_long_for_a_role_is_refused() -> None:
    result = plan_joined(consumer(name="x" * 40), role_per_consumer=True)
    assert "dax_account_b_name" in result["conflicts"][0] and "64" in result["conflicts"][0]


def test_the_own_role_of_a_consumer_that_is_not_in_this_run_stays() -> None:
    own, other = f"{NAME}-{build.B}-dax-client", f"{NAME}-{build.C}-dax-client"
    theirs = role(trust(ROLE_C), role_name=other, tags={MARK: CLUSTER_ARN, f"{CONSUMER}:{OTHER}": ROLE_C})
    theirs["description"] = f"dax.cross_account: {CLUSTER_ARN} {OTHER}"
    mine = role(role_name=own, description=f"dax.cross_account: {CLUSTER_ARN} {KEY}")
    rules = [our_rule(), our_rule(source="sg-c", key=OTHER, rule_id="sgr-2")]
    facts = {
        "consumer_roles": {own: mine, other: theirs},
        "security_groups": [group("sg-a", *rules)],
    }
    result = plan_joined(consumer(), facts=facts, role_per_consumer=True)
    assert (actions(result, "role", "policy"), result["orphans"]) == ([], [OTHER])
    pruned = plan_joined(consumer(), facts=facts, role_per_consumer=True, prune=True)
    assert actions(pruned, "role", "policy") == [("remove", f"role:{other}")]


def test_an_external_id_for_each_consumer_is_the_one_that_account_b_gives() -> None:
    wanted = {"external_id_per_consumer": True, "external_id": "s3cret"}
    others = consumer(build.C, "shipping", security_group_id="sg-c", vpc_id="vpc-c", cidr_blocks=["10.3.0.0/24"])
    others["peering_connection_id"] = None
    made = plan_a(facts_a(), wanted_a(consumers=[consumer(peering_connection_id=None), others], **wanted))
    assert made["conflicts"] == []
    (call,) = made["writes"]["role"]
    asked = trusted_principals(changed_role(made)["trust"])
    assert call["args"]["external_id_per_consumer"] is True
    assert len(set(asked.values())) == 2
    for account, name, role_arn in ((build.B, "dax-client", ROLE_B), (build.C, "shipping", others["role_arn"])):
        given = plan_b(
            build.facts_b(identity=build.identity(account)), build.wanted_b(cluster=made["document"], name=name)
        )
        assert given["document"]["external_id"] == asked[role_arn]
        assert "s3cret" not in str(asked[role_arn])


def test_two_consumers_that_are_one_role_cannot_each_have_an_external_id() -> None:
    second = consumer(name="second", security_group_id="sg-e")
    made = plan_a(facts_a(), wanted_a(consumers=[consumer(), second], external_id_per_consumer=True))
    (line,) = [line for line in made["conflicts"] if "has the role of consumer" in line]
    assert line.endswith("set dax_account_a_role_per_consumer too")
    assert made["writes"] == {}
