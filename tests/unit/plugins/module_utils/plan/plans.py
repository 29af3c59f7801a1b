# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Plans with their headers, as the actions return them and as JSON has them, of accounts in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.published import header, published
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.drift import DRIFT, KINDS, world
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import World

Plan = dict[str, Any]


def plan_of_a(made: World, check_mode: bool = False) -> Plan:
    options, facts = build.wanted_a(**made.variables_a).replace(check_mode=check_mode), made.facts_a()
    plan = plan_a(cast(FactsA, facts), options)
    return {**plan, **header(facts, options, facts["cluster_arn"], documents=options.consumers)}


def plan_of_b(made: World) -> Plan:
    options = build.wanted_b(**made.variables_b)
    return {**made.plan_b(), **header(made.facts_b(), options, options.cluster["cluster_arn"], name=options.name)}


def kept(plan: Plan) -> Plan:
    """Return a plan as its file holds it."""
    found: Plan = json.loads(json.dumps(published(plan)))
    return found


def checked(made: World) -> tuple[Plan, Plan]:
    """Return the plans of account B and account A as a run of site.yml or teardown.yml with --check makes them."""
    made.discover()
    b = plan_of_b(made)
    made.variables_a["consumers"] = [made.plan_b()["document"]]
    return kept(b), kept(plan_of_a(made, check_mode=True))


def states() -> Iterator[tuple[str, Plan]]:
    """Yield the plans of both sides in many states, each with a name."""
    made = world()
    made.variables_b["dns_resolution"] = True
    yield from _named("first run, DNS from B's side", made)
    for kind in KINDS:
        made = world(kind)
        yield from _named(f"first run, {kind}", made)
        made.site()
        yield from _named(f"second run, {kind}", made)
        made.set_state("absent")
        yield from _named(f"teardown, {kind}", made)
    for name, (change, *_expected) in DRIFT.items():
        made = world()
        made.site()
        change(made)
        yield from _named(f"drift, {name}", made)


def _named(name: str, made: World) -> Iterator[tuple[str, Plan]]:
    b, a = checked(made)
    yield f"{name}, B", b
    yield f"{name}, A", a
