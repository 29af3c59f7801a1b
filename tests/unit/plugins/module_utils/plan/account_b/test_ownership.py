# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose things are: ids in tags, copies, several of a kind, names of earlier runs, policies of others."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import User
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.builders import (
    adopted_b,
    built_b,
    done,
    endpoint,
    peering,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.account_b.planning import (
    NAMED,
    POLICY,
    ROLE,
    actions,
    args,
    plan,
)

SID = User(build.CLUSTER_ARN, "dax-client").sid
OTHER_SID = User(build.CLUSTER_ARN, "other").sid
BATCH = User(build.CLUSTER_ARN, "batch")


def whole() -> dict[str, Any]:
    return built_b(vpc_endpoints=[endpoint("sts", tags=NAMED)])


TAGGED: dict[str, Any] = {
    "vpc:vpc-b": lambda facts: facts["vpc"],
    "subnet:subnet-1": lambda facts: facts["subnets"][0],
    "internet_gateway:igw-1": lambda facts: facts["internet_gateways"][0],
    "security_group:sg-b": lambda facts: facts["security_groups"][1],
    "vpc_endpoint:vpce-sts": lambda facts: facts["vpc_endpoints"][0],
    "instance:i-1": lambda facts: facts["instances"][0],
    "peering_connection:pcx-1": lambda facts: facts["peerings"][0],
}


@pytest.mark.parametrize("there", ["nothing", "new"])
def test_all_that_is_ours_gets_its_own_id_by_one_call(there: str) -> None:
    facts = whole()
    for find in TAGGED.values():
        tags = find(facts)["tags"]
        tags.pop(build.ID)
        tags.update({} if there == "nothing" else {build.ID: "new"})
    result = plan(facts, sts_access="vpc_endpoint", instance=True)
    assert set(actions(result, "ownership")) == {("change", f"{identity}#tags") for identity in TAGGED}
    (given,) = args(result, "ownership")
    ids = {identity.partition(":")[2] for identity in TAGGED}
    assert {item["id"]: item["tags"] for item in given["resources"]} == {one: {build.ID: one} for one in ids}


@pytest.mark.parametrize("identity", TAGGED)
def test_a_copy_is_named_and_never_removed(identity: str) -> None:
    facts = adopted_b(**{key: whole()[key] for key in ("instances", "peerings", "vpc_endpoints", "security_groups")})
    facts["internet_gateways"], facts["subnets"] = whole()["internet_gateways"], whole()["subnets"]
    facts["vpc"]["tags"] = dict(build.TAGS_B)
    facts["launch"] = build.launch()
    for find in TAGGED.values():
        found = find(facts)
        found["tags"] = {**NAMED, build.ID: "x-original"}
    for state in ("present", "absent"):
        result = plan(facts, state=state, vpc_id="vpc-b")
        kind, _colon, name = identity.partition(":")
        warned = [item for item in result["actions"] if item["kind"] == "warning" and item["resource_id"] == name]
        assert any("was copied from x-original" in item["why"] for item in warned), (kind, result["lines"])
        assert not any(build.identity_of(item).startswith(identity) for item in result["actions"] if item["kind"] in
                       ("change", "remove"))  # fmt: skip


def several(*with_id: bool) -> dict[str, Any]:
    facts = built_b()
    first = facts["instances"][0]
    facts["instances"] = [
        {**first, "instance_id": f"i-{number}", "tags": {**NAMED, **({build.ID: f"i-{number}"} if known else {})}}
        for number, known in enumerate(with_id, 1)
    ]
    return facts


@pytest.mark.parametrize(
    ("with_id", "removed", "warns", "refused"),
    [
        ((True,), ["i-1"], [], False),
        ((False,), ["i-1"], [], False),
        ((True, False), ["i-1"], ["i-2: carries our tags, but not its own id, beside i-1"], False),
        ((False, True), ["i-2"], ["i-1: carries our tags, but not its own id, beside i-2"], False),
        ((True, True), ["i-1", "i-2"], [], False),
        ((False, False), [], [], True),
        ((False, False, False), [], [], True),
    ],
)
def test_several_instances(with_id: tuple[bool, ...], removed: list[str], warns: list[str], refused: bool) -> None:
    facts = {**several(*with_id), "vpc_found_by": "id"}
    result = plan(facts, state="absent", vpc_id="vpc-b")
    assert [name for kind, name in done(result) if name.startswith("instance:")] == [f"instance:{i}" for i in removed]
    assert all(any(word in line for line in result["warnings"]) for word in warns)
    assert [f"i-{len(with_id)}" in line for line in result["conflicts"]] == [True] * refused
    present = plan(several(*with_id))
    ids = [item["id"] for given in args(present, "ownership") for item in given["resources"]]
    assert ids == (["i-1"] if with_id == (False,) else []), "none gets an id while nobody knows which is ours"


@pytest.mark.parametrize(
    ("ids", "refused"), [(("vpc-b", "vpc-2"), False), ((None, None), True), (("vpc-b", None), False)]
)
def test_several_vpcs(ids: tuple[str | None, str | None], refused: bool) -> None:
    second = build.elsewhere("vpc-2", "ours" if ids[1] or refused else "adopted")
    facts = built_b(elsewhere=[second])
    second["vpc"]["tags"] = dict(build.TAGS_B)
    for vpc, known in zip((facts["vpc"], second["vpc"]), ids, strict=True):
        vpc["tags"] = {**NAMED, **({build.ID: known} if known else {})}
    facts["vpcs"].append(second["vpc"])
    result = plan(facts, state="absent")
    assert ["vpc-2" in line for line in result["conflicts"]] == [True] * refused
    gone = {name for kind, name in done(result) if name.startswith("vpc:")}
    assert refused or gone == {"vpc:vpc-b", *(["vpc:vpc-2"] if ids[1] else [])}
    assert plan(facts)["conflicts"] == []


def adopted_role(**policies: Any) -> dict[str, Any]:
    return build.role("AssumeDaxRole", build.policy(), build.B, inline_policies=policies)


def grant(resource: str = build.ROLE_A, sid: str | None = None, **more: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": resource, **more}
    return build.policy({"Sid": sid, **statement} if sid else statement)


STOCK = f"arn:aws:iam::{build.A}:role/DaxStockRole"


@pytest.mark.parametrize(
    ("policies", "expected", "removed"),
    [
        pytest.param({}, [("create", POLICY)], [], id="none"),
        pytest.param({"AssumeDaxRolePolicy": grant(sid=SID)}, [], [POLICY], id="ours"),
        pytest.param({"AssumeDaxRolePolicy": grant()}, [("change", f"{POLICY}#marks")], [POLICY], id="of an older run"),
        pytest.param({"AssumeDaxRolePolicy": grant(STOCK, SID)}, [("change", POLICY)], [POLICY], id="role renamed"),
        pytest.param({"AssumeDaxRolePolicy": grant(STOCK)}, [("conflict", POLICY)], [], id="another grant"),
        pytest.param(
            {"AssumeDaxRolePolicy": grant(sid=OTHER_SID)}, [("conflict", POLICY)], [], id="another consumer's"
        ),
        pytest.param({"AssumeDaxRolePolicy": grant(STOCK, OTHER_SID)}, [("conflict", POLICY)], [], id="another's"),
        pytest.param(
            {"AssumeDaxRolePolicy": grant("*", SID, Action="*")}, [("change", POLICY)], [], id="ours, widened"
        ),
        pytest.param(
            {"Old": grant(STOCK, SID), "AssumeDaxRolePolicy": grant(sid=SID), "Theirs": grant(STOCK)},
            [("remove", "policy:AssumeDaxRole/Old")],
            [POLICY, "policy:AssumeDaxRole/Old"],
            id="ours under another name",
        ),
    ],
)
def test_the_policies_of_an_adopted_role(
    policies: dict[str, Any], expected: list[tuple[str, str]], removed: list[str]
) -> None:
    result = plan(built_b(role=adopted_role(**policies)))
    assert actions(result, "policy", "leftovers") == expected
    assert all("dax_account_b_policy_name" in line for line in result["conflicts"])
    gone = plan(built_b(role=adopted_role(**policies)), state="absent")
    assert actions(gone, "policy", "role") == [("remove", name) for name in removed]


@pytest.mark.parametrize(
    ("document", "ours"),
    [
        (grant(STOCK), True),
        (grant(STOCK, Action=["sts:AssumeRole", "sts:TagSession"]), True),
        (grant([STOCK, build.ROLE_A]), True),  # type: ignore[arg-type]
        (grant(f"arn:aws:iam::{build.C}:role/X"), False),
        (grant("*"), False),
        (grant(STOCK, Action="*"), False),
        (grant(STOCK, Effect="Deny"), False),
    ],
)
def test_an_old_policy_on_a_role_of_ours(document: dict[str, Any], ours: bool) -> None:
    facts = built_b()
    facts["role"]["inline_policies"]["Old"] = document
    assert (("remove", "policy:AssumeDaxRole/Old") in done(plan(facts))) is ours
    gone = plan(copy.deepcopy(facts), state="absent")
    assert (gone["conflicts"] == [], ("remove", ROLE) in done(gone)) == (ours, ours)


@pytest.mark.parametrize(
    ("tags", "description", "ours"),
    [
        ({build.MARK: build.CLUSTER_ARN}, "", True),
        ({build.CONSUMER: "dax-client"}, "", True),
        ({}, f"dax.cross_account: {build.CLUSTER_ARN} dax-client", True),
        ({}, "", False),
        ({build.CONSUMER: "other"}, f"dax.cross_account: {build.CLUSTER_ARN} dax-client", False),
    ],
)
def test_a_role_that_lost_tags(tags: dict[str, str], description: str, ours: bool) -> None:
    facts = built_b()
    facts["role"].update(tags=tags, description=description)
    assert (("remove", ROLE) in done(plan(facts, state="absent"))) is ours
    assert (("change", f"{ROLE}#tags") in done(plan(facts))) is ours


@pytest.mark.parametrize(
    ("tags", "holds", "ours"),
    [
        ({build.MARK: build.CLUSTER_ARN}, "AssumeDaxRole", True),
        ({build.CONSUMER: "dax-client"}, "AssumeDaxRole", True),
        ({build.CONSUMER: "dax-client"}, "Other", False),
        ({build.MARK: build.CLUSTER_ARN, build.CONSUMER: "other"}, "AssumeDaxRole", False),
        ({}, "AssumeDaxRole", False),
    ],
)
def test_an_instance_profile_that_lost_a_tag(tags: dict[str, str], holds: str, ours: bool) -> None:
    facts = built_b()
    facts["instance_profile"].update(tags=tags, role_names=[holds])
    gone = done(plan(facts, state="absent"))
    assert (("remove", "instance_profile:AssumeDaxInstanceProfile") in gone) is ours


@pytest.mark.parametrize(("kind", "variable"), [("role", "role_name"), ("instance_profile", "instance_profile_name")])
def test_names_that_differ_in_case_only_are_one_line(kind: str, variable: str) -> None:
    found = {**built_b()[kind], f"{kind}_name": built_b()[kind][f"{kind}_name"].upper(), "tags": {}, "description": ""}
    result = plan(built_b(**{kind: None, f"other_{kind}s": [found]}))
    (line,) = result["conflicts"]
    assert "in case only" in line and f"dax_account_b_{variable}" in line


def test_a_profile_that_another_instance_has_stays() -> None:
    facts = built_b()
    theirs = {**facts["instances"][0], "instance_id": "i-9", "tags": {}}
    facts["instances"].append(theirs)
    facts |= {"other_roles": [facts["role"]], "other_instance_profiles": [facts["instance_profile"]]}
    facts |= {"role": None, "instance_profile": None}
    result = plan(facts, role_name="New", instance_profile_name="New")
    assert actions(result, "leftovers") == [("warning", "instance_profile:AssumeDaxInstanceProfile")]
    assert "i-9" in result["warnings"][0]


def test_the_mark_goes_from_what_is_no_longer_used() -> None:
    other = {**NAMED, build.CONSUMER: "batch", **User(build.CLUSTER_ARN, "dax-client").mark}
    group = build.group("sg-9", name="other", tags={**other, build.ID: "sg-9"})
    facts = adopted_b(security_groups=[build.group("sg-b", name="dax-client", tags=NAMED), group])
    (given,) = args(plan(facts, instance=False), "ownership")
    assert given["resources"] == [
        {"id": "sg-9", "tags": {}, "absent": list(User(build.CLUSTER_ARN, "dax-client").mark)}
    ]


def test_an_old_connection_that_another_uses_is_handed_over() -> None:
    old = peering("pcx-0", tags={**NAMED, **BATCH.mark}, accepter=build.end(build.A, "vpc-old", "10.8.0.0/16"))
    facts = built_b()
    facts["peerings"].append(old)
    result = plan(facts)
    assert actions(result, "leftovers") == [("keep", "peering_connection:pcx-0")]
    (given,) = args(result, "ownership")
    handed = {build.MARK: build.CLUSTER_ARN, build.CONSUMER: "batch", "Name": "batch"}
    assert given["resources"][0]["tags"] == handed


def test_a_route_over_anothers_connection_is_refused_by_its_users_name() -> None:
    theirs = peering("pcx-0", accepter=build.end(build.A, "vpc-old", build.BLOCK_A))
    theirs["tags"] = {**NAMED, build.CONSUMER: "batch", build.ID: "pcx-0"}
    facts = built_b()
    facts["peerings"].append(theirs)
    facts["route_tables"][0]["routes"][-1]["target_id"] = "pcx-0"
    (line,) = plan(facts)["conflicts"]
    assert f"leads to pcx-0, used by orders for {build.B}/batch;" in line
