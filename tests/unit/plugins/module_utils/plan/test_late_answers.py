# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whole runs in accounts that answer late, forget for seconds what they showed, and lose responses."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.common.patience import TABLE
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Call
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.drift import KINDS, world
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import Weather, World

LAG = 5.0
KEPT = ("a", "b", "inside", "peerings")


class Storm(Weather):
    """Readings may be up to ``LAG`` seconds old, one after the other in any order; responses may get lost.

    Every call may also be refused by something that passes, before anything was done.
    """

    calm = False

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.random = random.Random(seed)
        self.states: list[tuple[float, dict[str, Any]]] = []
        self.losses = 3

    def remember(self, world: World) -> None:
        self.now += 0.3
        self.states.append((self.now, copy.deepcopy({name: getattr(world, name) for name in KEPT})))

    def reading(self, world: World, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        old = [state for until, state in self.states if until > self.now - LAG]
        if not old or self.random.random() < 0.4:
            return look()
        present = {name: getattr(world, name) for name in KEPT}
        for name, value in copy.deepcopy(self.random.choice(old)).items():
            setattr(world, name, value)
        try:
            return look()
        finally:
            for name, value in present.items():
                setattr(world, name, value)

    def answer(self, carry_out: Callable[[], dict[str, Any]], call: Call) -> Mapping[str, Any]:
        chance = self.random.random()
        if chance < 0.2 and call["module"].startswith("amazon.aws."):
            row = self.random.choice([row for row in TABLE if row.operations[0].startswith(("Create", "Delete"))])
            quoted = f"An error occurred ({row.code}) when calling the {row.operations[0]} operation: {row.says}"
            return {"failed": True, "msg": quoted}
        if chance < 0.4 and self.losses:
            self.losses -= 1
            if chance < 0.3:
                carry_out()
            return {"failed": True, "msg": "Connection was closed before we received a valid response"}
        return carry_out()


def shape(made: World) -> Any:
    open_ones = [item["status"]["code"] for item in made.peerings if item["status"]["code"] != "deleted"]
    counts = [
        {name: len(value) for name, value in inside.items() if isinstance(value, list)}
        for inside in made.inside.values()
    ]
    return counts, open_ones, len(made.b["vpcs"]), sorted(made.b["roles"])


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(12))
def test_a_run_ends_well_and_makes_nothing_twice(kind: str, seed: int) -> None:
    calm, made = world(kind), world(kind)
    untouched = shape(made)
    calm.site()
    made.weather = Storm(seed)
    made.site()
    assert shape(made) == shape(calm)
    made.weather = Weather()
    assert made.site() == []
    made.weather = Storm(seed + 100)
    made.set_state("absent")
    made.site()
    made.weather = Weather()
    assert shape(made) == untouched
    assert made.site() == []
