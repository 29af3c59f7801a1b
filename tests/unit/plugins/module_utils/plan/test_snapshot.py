# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The actions of every plan of the tables, held to a snapshot: a change of code alone must not change a decision.

After a change of a decision: ``UPDATE_SNAPSHOT=1 make unit ARGS="-k snapshot"``, and read the difference.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.dax.cross_account.tests.unit.docs.cases import CASES
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.drift import DRIFT, KINDS, world
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import World

SNAPSHOT = Path(__file__).with_name("snapshot.yml")


def actions(plan: dict[str, Any]) -> list[str]:
    """Return the actions as the plan prints them; what is there now and what will be is in the lines too."""
    return [line.strip() for line in plan["lines"]]


def run(change: Callable[[World], None], kind: str = "plain", state: str = "present") -> list[str]:
    """Return the plans of both sides of a world that was built and then changed, as a run of site.yml meets them."""
    made = world(kind)
    made.site()
    change(made)
    made.set_state(state)
    made.discover()
    lines = actions(made.plan_b())
    made.variables_a |= {"consumers": [made.plan_b()["document"]]}
    return lines + actions(made.plan_a())


def first(kind: str) -> list[str]:
    made = world(kind)
    made.discover()
    lines = actions(made.plan_b())
    made.variables_a |= {"consumers": [made.plan_b()["document"]], "check_mode": True}
    return lines + actions(made.plan_a())


def test_no_decision_changed() -> None:
    now = {f"case: {name}": case() for name, case in CASES.items()}
    now |= {f"first run: {kind}": first(kind) for kind in KINDS}
    now |= {f"second run: {kind}": run(lambda _world: None, kind) for kind in KINDS}
    now |= {f"drift: {name}": run(change) for name, (change, _lines) in DRIFT.items()}
    now |= {f"teardown: {kind}": run(lambda _world: None, kind, "absent") for kind in KINDS}
    if os.environ.get("UPDATE_SNAPSHOT"):
        SNAPSHOT.write_text(yaml.safe_dump(now, sort_keys=False, width=10_000), encoding="utf-8")
    before = yaml.safe_load(SNAPSHOT.read_text(encoding="utf-8"))
    assert {name: lines for name, lines in now.items() if before.get(name) != lines} == {}
    assert before.keys() == now.keys()
