# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One fault is found by one check; of two the first in the order of travel is the headline, and both are told."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import CHECKS, LINKS
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.network_faults import (
    FAULTS,
    Fault,
)

FILES = ("cluster", "peering", "families", "routes", "groups", "acls", "dns", "tls", "limits", "live")

# What cannot be looked at, or is a consequence, while something else is broken: {check: links or checks behind it}.
HIDES = {
    "cluster.exists": (
        *(
            "peering",
            "routes",
            "groups.cluster",
            "groups.ingress",
            "groups.egress",
            "acls",
            "dns.shadow",
            "dns.resolves",
        ),
        "tls",
    ),
    "cluster.endpoint": ("dns.resolves", "tls"),
    "peering.overlap": ("peering.exists",),
    "peering.exists": ("routes",),
    "peering.vpcs": ("routes",),
    "dns.support": ("dns.resolves",),
    "dns.shadow": ("dns.resolves",),
}


def broken(kind: str, *faults: Fault) -> tuple[list[str], Any]:
    pair = healthy.pair(kind)
    for fault in reversed(faults):  # the first may leave nothing to bend
        fault.bend(pair)
    said = diagnose(pair)
    return list(dict.fromkeys(item["check"] for item in said["findings"] if item["verdict"] == "broken")), said


@pytest.mark.parametrize("name", FAULTS)
def test_one_fault_is_found_by_one_check(name: str) -> None:
    fault = FAULTS[name]
    for kind in fault.kinds:
        found, said = broken(kind, fault)
        assert found == ([fault.check] if fault.verdict == "broken" else []), kind
        worst = [item for item in said["findings"] if item["verdict"] == fault.verdict]
        assert {item["check"] for item in worst} == {fault.check}, kind
        assert fault.says in " ".join(item["found"] for item in worst)
        assert said["headline"] == (worst[0] if fault.verdict == "broken" else None)
        # What heals stands beside it, and all of it is plain data.
        assert all(item["fix"] and item["fix"]["text"] for item in worst)
        assert json.loads(json.dumps(said)) == said


def _hidden(first: Fault, second: Fault) -> bool:
    hides = HIDES.get(first.check, ())
    explained = second.check in ("live.connect", "live.items")  # by any link of the network
    if first.check == "peering.active" and second.says == "blackhole":
        return True  # the route may lead to the connection that was before this one
    return second.check.partition(".")[0] in hides or second.check in hides or explained


PLAIN = [name for name, fault in FAULTS.items() if "plain" in fault.kinds and fault.verdict == "broken"]


@pytest.mark.parametrize("first", PLAIN)
def test_of_two_faults_the_first_on_the_way_is_the_headline(first: str) -> None:
    one = FAULTS[first]
    for second in PLAIN[PLAIN.index(first) + 1 :]:
        two = FAULTS[second]
        if one.check.partition(".")[0] != two.check.partition(".")[0]:
            found, said = broken("plain", one, two)
            assert said["headline"]["check"] == one.check, second
            assert found == ([one.check] if _hidden(one, two) else [one.check, two.check]), second


def test_each_check_of_the_network_has_a_fault() -> None:
    information = {"peering.dns", "cluster.subnet_group"}
    ours = {name for name, item in CHECKS.items() if item.run.__module__.rpartition(".")[2] in FILES} - information
    assert {fault.check for fault in FAULTS.values()} == ours
    order = list(LINKS)
    assert list(FAULTS) == sorted(FAULTS, key=lambda name: order.index(FAULTS[name].check.partition(".")[0]))
