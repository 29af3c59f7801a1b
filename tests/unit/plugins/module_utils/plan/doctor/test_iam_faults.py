# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each fault of the IAM links is told by one check; two faults by both, the first in travel order as the headline."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor import diagnose as doctor
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import CHECKS, LINKS
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import healthy
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor.faults_iam import FAULTS

LINKS_HERE = ("compute", "assume", "sts", "trust", "rights")
CHECKS_HERE = sorted(
    (name for name, item in CHECKS.items() if item.link in LINKS_HERE or name.startswith("cluster.service")),
    key=lambda name: list(LINKS).index(CHECKS[name].link),
)


def broken(said: Any) -> list[str]:
    return list(dict.fromkeys(item["check"] for item in said["findings"] if item["verdict"] == "broken"))


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_breaks_its_check_alone(name: str) -> None:
    fault = FAULTS[name]
    made = healthy.pair(fault.kind)
    fault.happen(made)
    said = doctor.diagnose(made)
    assert broken(said) == [fault.check]
    assert said["headline"]["check"] == fault.check
    assert fault.says in said["headline"]["found"]
    assert said["headline"]["fix"]["text"]


def test_every_check_has_a_fault() -> None:
    assert {fault.check for fault in FAULTS.values()} == set(CHECKS_HERE)


# One fault of each check, in travel order; those of other kinds of pairs meet their own kind.
FIRST = {name: next(fault for fault, item in FAULTS.items() if item.check == name) for name in CHECKS_HERE}
# A role that is gone has no trust policy and is in no profile, whatever else was wrong with it.
HIDING = {("compute.profile_role", "assume.role"), ("compute.role_trust", "assume.role")}
# What is gone, or leads nowhere, cannot be looked at; and whose tags nobody knows.
HIDES: dict[str, tuple[str, ...]] = {
    "compute.instance": ("compute.profile", "sts.address"),
    "compute.profile": ("compute.profile_role",),
    "assume.role": ("assume.", "trust."),
    "assume.permission": ("assume.session_tags",),
    "assume.session_tags": ("rights.conditions",),
    "sts.route": ("sts.address",),
    "sts.endpoint": ("sts.endpoint_",),
    "trust.role": ("trust.", "rights."),
    "trust.principal": ("trust.",),
    "trust.dead": ("trust.",),
    "trust.session_tags": ("rights.conditions",),
    "cluster.service_role": ("cluster.service_rights",),
}
# Each changes what the other one changes.
CONTRARY = {
    ("assume.permission", "assume.conditions"),
    ("assume.session_tags", "trust.session_tags"),
    ("trust.principal", "trust.dead"),
    ("rights.actions", "rights.conditions"),
}
REMOVALS = ("no instance", "profile gone", "no consumer role", "no role in A", "no service role")
PAIRS = [
    pair
    for pair in itertools.combinations(CHECKS_HERE, 2)
    if FAULTS[FIRST[pair[0]]].kind == FAULTS[FIRST[pair[1]]].kind and pair not in HIDING | CONTRARY
]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_two_faults_the_first_on_the_way_is_the_headline(one: str, other: str) -> None:
    made = healthy.pair(FAULTS[FIRST[one]].kind)
    for name in sorted((FIRST[one], FIRST[other]), key=lambda name: name in REMOVALS):
        FAULTS[name].happen(made)
    said = doctor.diagnose(made)
    assert said["headline"]["check"] == one
    assert broken(said) in ([one, other], [one] if other.startswith(HIDES.get(one, ())) else [])


@pytest.mark.parametrize("reading", ["instance", "instance_profile", "role", "route_tables", "vpc_endpoints"])
def test_what_cannot_be_read_is_unknown(reading: str) -> None:
    made = healthy.pair()
    healthy.refuse(made.b, reading)
    said = doctor.diagnose(made)
    assert broken(said) == []
    assert said["verdict"] == "unknown"


@pytest.mark.parametrize("kind", healthy.KINDS)
@pytest.mark.parametrize("side", ["a", "b"])
def test_one_side_alone_has_nothing_broken(kind: str, side: str) -> None:
    made = healthy.pair(kind)
    healthy.bend(made, **{side: None})
    assert broken(doctor.diagnose(made)) == []
