# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Several runs write one role at once: in whatever order their calls come, nobody is lost, and nobody comes back."""

from __future__ import annotations

import copy
import json
import random
from contextlib import suppress
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.ec2 import tags_of
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import registered_consumers
from ansible_collections.dax.cross_account.plugins.module_utils.common.patience import LAG
from ansible_collections.dax.cross_account.plugins.module_utils.common.policies import (
    trusted_principals,
)
from ansible_collections.dax.cross_account.plugins.module_utils.common.role_consumers import known_principals
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
    """Read the role, as a plan does, and write it."""
    try:
        role = client.get_role(RoleName=NAME)["Role"]
    except ClientError:
        known = []
    else:
        known = known_principals(role["AssumeRolePolicyDocument"], tags_of(role))
    given = {**given, "known": known}
    RoleWriter(client, wish_of(given), given["retry_seconds"], turns.sleep, turns.clock).settle()


def granting(given: dict[str, Any]) -> Program:
    """A run that lets consumers in, and then writes the policy where a reading does not show it, as the plans do."""

    def run(client: Client, turns: Turns) -> None:
        while True:
            write(client, turns, given)
            # The role may be gone by now: then the next reading does not show it, and the plan is made anew.
            with suppress(ClientError):
                if client.list_role_policies(RoleName=NAME)["PolicyNames"]:
                    return
                client.put_role_policy(RoleName=NAME, PolicyName=POLICY, PolicyDocument=json.dumps(DOCUMENT))

    return run


def adding(*who: str, managed: bool = True, **more: Any) -> Program:
    settings = SETTINGS if managed else None
    consumers = [{"key": key(each), "role_arn": arn(each)} for each in who]
    return granting(options("present", consumers=consumers, settings=settings, **more))


def swapping(comes: str, goes: str) -> Program:
    """A run that lets one in and prunes another."""
    return adding(comes, removing=[key(goes)])


def leaving(*who: str) -> Program:
    """A run that takes access from consumers, and all that is left if they are the last."""
    given = options("absent", removing=[key(each) for each in who], policies=[POLICY], delete=True)
    return lambda client, turns: write(client, turns, given)


def role(*who: str, also: tuple[dict[str, Any], ...] = (), **more: Any) -> dict[str, Any]:
    tags = {build.MARK: build.CLUSTER_ARN, **{f"{build.CONSUMER}:{key(each)}": arn(each) for each in who}}
    statements = [*also, *([build.trust(*(arn(each) for each in sorted(who)))] if who else [])]
    shape: dict[str, Any] = {"tags": tags, "description": "", "inline_policies": {POLICY: DOCUMENT}, **more}
    return build.role(NAME, build.policy(*statements), **shape)


def has(iam: FakeIam, *who: str) -> None:
    """Exactly these consumers are in trust and register."""
    if not who:
        assert iam.roles == {}, "nobody is left"
        return
    found = iam.roles[NAME]
    assert set(trusted_principals(found["trust"])) == {arn(each) for each in who}
    assert registered_consumers(found["tags"]) == {key(each): arn(each) for each in who}
    assert set(found["inline_policies"]) == {POLICY}


# The role before, the runs, and who has access in the end; with nobody, the role is gone.
CASES: dict[str, tuple[dict[str, Any] | None, list[Program], tuple[str, ...]]] = {
    "two come": (role("old"), [adding("x"), adding("y")], ("old", "x", "y")),
    "two come to a role of others": (
        role("old", also=(build.STRANGER,)),
        [adding("x", managed=False), adding("y", managed=False)],
        ("old", "x", "y"),
    ),
    "two make the role": (None, [adding("x"), adding("y")], ("x", "y")),
    "one comes, one goes": (role("old", "z"), [adding("x"), leaving("z")], ("old", "x")),
    "two go": (role("old", "y", "z"), [leaving("y"), leaving("z")], ("old",)),
    "all go, in two runs": (role("y", "z"), [leaving("y"), leaving("z")], ()),
    "one takes the place of another, which another takes too": (
        role("old", "z"),
        [swapping("x", "z"), swapping("y", "z")],
        ("old", "x", "y"),
    ),
    "one takes the place of one, and another goes": (role("y", "z"), [swapping("x", "z"), leaving("y")], ("x",)),
    "one comes while the last one goes": (role("z"), [adding("x"), leaving("z")], ("x",)),
    "one comes while the last two go": (role("y", "z"), [adding("x"), leaving("y", "z")], ("x",)),
    "three come": (role("old"), [adding("x"), adding("y"), adding("w")], ("old", "w", "x", "y")),
    "three make the role": (None, [adding("x"), adding("y"), adding("w")], ("w", "x", "y")),
    "two come, one goes": (role("old", "z"), [adding("x"), adding("y"), leaving("z")], ("old", "x", "y")),
    "two come while the last one goes": (role("z"), [adding("x"), adding("y"), leaving("z")], ("x", "y")),
}
# How many turns come in every order, by the number of runs; what follows them is one run after the other.
DEPTH = {2: 8, 3: 5}
BY_CHANCE = 40


class World:
    """A role that is made anew for each order."""

    def __init__(self, case: str) -> None:
        self.before, self.programs, self.expected = CASES[case]
        self.iam = FakeIam({})
        self.waited: list[float] = []
        self.orders = self.slow = 0

    def run(self, order: list[int]) -> list[Turn]:
        self.iam = FakeIam({NAME: copy.deepcopy(self.before)} if self.before else {})
        self.waited = []
        return run_in_order(self.iam, [self._measured(program) for program in self.programs], order)

    def _measured(self, program: Program) -> Program:
        def run(client: Client, turns: Turns) -> None:
            program(client, turns)
            self.waited.append(turns.now)

        return run

    def check(self, order: list[int]) -> None:
        try:
            has(self.iam, *self.expected)
        except AssertionError as error:
            raise AssertionError(f"in the order {order}: {self.iam.log}") from error
        self.orders += 1
        self.slow += max(self.waited) >= LAG

    def check_pace(self) -> None:
        """What another run has written is rarely taken for an old answer: only if it is what this run has replaced.

        That is so when a plan was made just between the two writes of another run.
        """
        assert self.slow <= self.orders * 0.15, f"{self.slow} of {self.orders} orders took {LAG} seconds and more"


@pytest.mark.parametrize("case", CASES)
def test_in_every_order(case: str) -> None:
    world = World(case)
    for order in orders(world.run, DEPTH[len(world.programs)]):
        world.check(order)
    world.check_pace()


@pytest.mark.parametrize("case", CASES)
def test_in_orders_by_chance(case: str) -> None:
    world, chance = World(case), random.Random(case)
    for _number in range(BY_CHANCE):
        order = [chance.randrange(len(world.programs)) for _number in range(60)]
        world.run(order)
        world.check(order)
    world.check_pace()
