# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several runs write one role at once: in whatever order their calls come, nobody is lost, and nobody comes back."""

from __future__ import annotations

import copy
import json
import os
import random
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import registered_consumers
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import (
    trusted_principals,
)
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_consumers import RoleWriter
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_wishes import wish_of
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_iam import FakeIam
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.interleaving import (
    Client,
    Program,
    Turn,
    Turns,
    orders,
    run_in_order,
)
from botocore.exceptions import ClientError

NAME, POLICY = "DaxCrossAccountRole", "DaxCrossAccountPolicy"
SETTINGS = {"max_session_duration": 3600, "tags": {build.MARK: build.CLUSTER_ARN}}
DOCUMENT = build.policy({"Effect": "Allow", "Action": "dax:*", "Resource": build.CLUSTER_ARN})


def key(who: str) -> str:
    return f"{build.B}/{who}"


def arn(who: str) -> str:
    return f"arn:aws:iam::{build.B}:role/{who}"


def options(state: str, **more: Any) -> dict[str, Any]:
    return {"name": NAME, "cluster_arn": build.CLUSTER_ARN, "state": state, "retry_seconds": 120, **more}


def write(client: Client, turns: Turns, given: dict[str, Any]) -> None:
    RoleWriter(client, wish_of(given), given["retry_seconds"], turns.sleep, turns.clock).settle()


def adding(*who: str, settings: dict[str, Any] | None = SETTINGS) -> Program:
    """A run that lets consumers in, and then writes the policy where a reading does not show it, as the plans do."""

    def run(client: Client, turns: Turns) -> None:
        given = options(
            "present", consumers=[{"key": key(each), "role_arn": arn(each)} for each in who], settings=settings
        )
        while True:
            write(client, turns, given)
            # The role may be gone by now: then the next reading does not show it, and the plan is made anew.
            with suppress(ClientError):
                if client.list_role_policies(RoleName=NAME)["PolicyNames"]:
                    return
                client.put_role_policy(RoleName=NAME, PolicyName=POLICY, PolicyDocument=json.dumps(DOCUMENT))

    return run


def removing(*who: str) -> Program:
    return lambda client, turns: write(client, turns, options("present", removing=[key(each) for each in who]))


def last(*who: str) -> Program:
    """A run that takes access from consumers that were the last ones when it was planned."""
    given = options("absent", removing=[key(each) for each in who], policies=[POLICY], delete=True)
    return lambda client, turns: write(client, turns, given)


def role(*who: str, also: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    tags = {build.MARK: build.CLUSTER_ARN, **{f"{build.CONSUMER}:{key(each)}": arn(each) for each in who}}
    statements = [*also, *([build.trust(*(arn(each) for each in sorted(who)))] if who else [])]
    shape: dict[str, Any] = {"tags": tags, "inline_policies": {POLICY: DOCUMENT}, **more}
    return build.role(NAME, build.policy(*statements), **shape)


def has(iam: FakeIam, *who: str) -> None:
    """Exactly these consumers are in trust and register."""
    found = iam.roles[NAME]
    assert set(trusted_principals(found["trust"])) == {arn(each) for each in who}
    assert registered_consumers(found["tags"]) == {key(each): arn(each) for each in who}
    assert set(found["inline_policies"]) == {POLICY}


# The role before, the runs, and who has access in the end.
CASES: dict[str, tuple[dict[str, Any] | None, list[Program], tuple[str, ...]]] = {
    "two come": (role("old"), [adding("x"), adding("y")], ("old", "x", "y")),
    "two come to a role of others": (
        role("old", also=(build.STRANGER,)),
        [adding("x", settings=None), adding("y", settings=None)],
        ("old", "x", "y"),
    ),
    "two make the role": (None, [adding("x"), adding("y")], ("x", "y")),
    "one comes, one goes": (role("old", "z"), [adding("x"), removing("z")], ("old", "x")),
    "two go": (role("old", "y", "z"), [removing("y"), removing("z")], ("old",)),
    "one comes while the last one goes": (role("z"), [adding("x"), last("z")], ("x",)),
    "one comes while the last two go": (role("y", "z"), [adding("x"), last("y", "z")], ("x",)),
    "three come": (role("old"), [adding("x"), adding("y"), adding("w")], ("old", "w", "x", "y")),
    "three make the role": (None, [adding("x"), adding("y"), adding("w")], ("w", "x", "y")),
    "two come, one goes": (role("old", "z"), [adding("x"), adding("y"), removing("z")], ("old", "x", "y")),
    "two come while the last one goes": (role("z"), [adding("x"), adding("y"), last("z")], ("x", "y")),
}
# How many turns come in every order, by the number of runs; what follows them is one run after the other.
DEPTH = {2: int(os.environ.get("TURNS", "8")), 3: int(os.environ.get("TURNS", "8")) - 3}
BY_CHANCE = 40


class World:
    """A role that is made anew for each order."""

    def __init__(self, case: str) -> None:
        self.before, self.programs, self.expected = CASES[case]
        self.iam = FakeIam({})

    def run(self, order: list[int]) -> list[Turn]:
        self.iam = FakeIam({NAME: copy.deepcopy(self.before)} if self.before else {})
        return run_in_order(self.iam, self.programs, order)

    def check(self, order: list[int]) -> None:
        try:
            has(self.iam, *self.expected)
        except AssertionError as error:
            raise AssertionError(f"in the order {order}: {self.iam.log}") from error


@pytest.mark.parametrize("case", CASES)
def test_in_every_order(case: str) -> None:
    world = World(case)
    for order in orders(world.run, DEPTH[len(world.programs)]):
        world.check(order)


@pytest.mark.parametrize("case", CASES)
def test_in_orders_by_chance(case: str) -> None:
    world, chance = World(case), random.Random(case)
    for _ in range(BY_CHANCE):
        order = [chance.randrange(len(world.programs)) for _ in range(60)]
        world.run(order)
        world.check(order)
