# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Following the commands of the fixes heals a pair that this collection did not make; of its own, a run does."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.healing import carry_out
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.network_faults import FAULTS

# What no command heals at once, and why.
BY_HAND = {
    "no cluster": "the variables name another one",
    "cluster creating": "waiting",
    "cluster deleting": "another cluster",
    "cluster modifying": "waiting",
    "no endpoint": "waiting",
    "node missing": "waiting",
    "no connection": "a new one has an id that nobody knows yet",
    **{f"connection {code}": "the same" for code in ("deleted", "rejected", "expired", "failed", "deleting")},
    "connection of another VPC": "the same",
    "connection provisioning": "waiting",
    "blocks overlap": "another block",
    "cluster without a group": "which one a person decides",
    "group deleted": "a run makes one, or a variable names one",
    "document of an older cluster": "a run writes it",
    **{f"client with {what}": "the client's own settings" for what in ("the other scheme", "another port")},
    **{f"client with {what}": "the same" for what in ("an address", "another name")},
    "client without TLS": "the same",
    "name resolves elsewhere": "the host",
    "name does not resolve": "the host",
    **{f"many {what}": "a quota" for what in ("rules", "routes", "connections", "tags")},
    **{name: "the host" for name, fault in FAULTS.items() if fault.check.startswith("live.")},
}


def unmanaged(kind: str) -> Pair:
    """A pair without any mark of this collection."""
    pair = healthy.pair(kind)
    facts: Any
    for facts in (pair.a, pair.b):
        for reading in facts["readings"].values():
            found = reading["value"]
            for item in found if isinstance(found, list) else [found]:
                if isinstance(item, dict) and "tags" in item:
                    item["tags"] = {}
    return pair


@pytest.mark.parametrize("name", [name for name in FAULTS if name not in BY_HAND])
def test_commands_heal(name: str) -> None:
    fault = FAULTS[name]
    for kind in fault.kinds:
        pair = unmanaged(kind)
        fault.bend(pair)
        for _again in range(4):  # a command for each table or group
            worst = [item for item in diagnose(pair)["findings"] if item["verdict"] in ("broken", "warning")]
            if not worst:
                break
            carry_out(pair, worst[0]["fix"])
        assert [item for item in diagnose(pair)["findings"] if item["verdict"] != "ok"] == [], (kind, worst)


def test_what_no_command_heals_is_said_in_words() -> None:
    for name in BY_HAND:
        pair = healthy.pair(FAULTS[name].kinds[0])
        FAULTS[name].bend(pair)
        fixes = [item["fix"] for item in diagnose(pair)["findings"] if item["verdict"] in ("broken", "warning")]
        assert fixes and all(fix["text"] for fix in fixes), name


@pytest.mark.parametrize(
    ("name", "kind", "command"),
    [
        ("no connection", "run", ["ansible-playbook", "dax.cross_account.site"]),
        ("connection pending", "run", ["ansible-playbook", "dax.cross_account.site"]),
        ("route of B gone", "run", ["ansible-playbook", "dax.cross_account.site"]),
        ("route of B to a dead connection", "run", ["ansible-playbook", "dax.cross_account.site"]),
        (
            "route of B to a NAT gateway",
            "variable",
            ["ansible-playbook", "dax.cross_account.site", "-e", "dax_account_b_force_routes=true"],
        ),
        (
            "route of A elsewhere",
            "variable",
            ["ansible-playbook", "dax.cross_account.site", "-e", "dax_account_a_force_routes=true"],
        ),
        ("rule gone", "run", ["ansible-playbook", "dax.cross_account.site"]),
        ("instance without the group", "run", ["ansible-playbook", "dax.cross_account.site"]),
        ("no name servers", "run", ["ansible-playbook", "dax.cross_account.site"]),
    ],
)
def test_of_our_own_a_run_heals(name: str, kind: str, command: list[str]) -> None:
    pair = healthy.pair()
    FAULTS[name].bend(pair)
    headline = diagnose(pair)["headline"]
    assert headline and (headline["fix"]["kind"], headline["fix"]["commands"]) == (kind, [command])
