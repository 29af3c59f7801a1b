# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The matrix of faults as a whole: no check without one, and all pairs of links.

Faults of facts are in ``faults_iam.py`` and ``network_faults.py``; faults in an emulated AWS in ``scenario.doctor``.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import CHECKS, LINKS
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.plan.doctor import (
    faults_iam,
    healthy,
    network_faults,
)
from scenario.doctor.faults import FAULTS as EMULATED
from scenario.doctor.faults import INFORMATION, NOT_HERE


class Fault(NamedTuple):
    """A fault of either table, in a plain pair."""

    check: str
    happen: Callable[[Pair], None]
    verdict: str

    @property
    def link(self) -> str:
        return self.check.partition(".")[0]


# Which tables have a fault for each check, for whatever kind of pair.
IN_FACTS = {fault.check for fault in faults_iam.FAULTS.values()}
IN_FACTS |= {fault.check for fault in network_faults.FAULTS.values()}
IN_AWS = {fault.check for fault in EMULATED.values()}
# What only a whole AWS tells.
ONLY_IN_AWS = {"cluster.blast_radius": "a warning without a fix; its table is in test_iam_faults.py"}

PLAIN = {
    **{
        name: Fault(fault.check, fault.happen, "broken")
        for name, fault in faults_iam.FAULTS.items()
        if fault.kind == "plain"
    },
    **{
        name: Fault(fault.check, fault.bend, fault.verdict)
        for name, fault in network_faults.FAULTS.items()
        if "plain" in fault.kinds
    },
}
# Of each link a fault that leaves the others to be looked at, and one that takes something away, where there is one.
CHOSEN = (
    *("stopped", "no instance", "no policy", "no consumer role", "no default route", "no egress to 443"),
    *("trusts another", "no role in A", "no dax policy", "rights denied", "node restarting", "no cluster"),
    *("connection pending", "no connection", "route of B gone", "route of A elsewhere", "rule gone", "no way out"),
    *("ACL of B denies the port", "ACL of A has no rule in", "no name servers", "private zone above"),
    *("document of an older cluster", "client with another port", "many tags", "many rules"),
)
GONE = "nothing is left of which it could be true"
# What cannot be known while something is broken: {fault: {link or check: why}}.
HIDES: dict[str, dict[str, str]] = {
    "no instance": {"compute": GONE},
    "no consumer role": {"assume": GONE, "trust.principal": "which role has to be trusted is not known"},
    "no role in A": {"rights": GONE, "limits.tags": GONE},
    "no cluster": {
        **dict.fromkeys(("peering", "routes", "groups", "acls", "dns.shadow", "tls", "limits"), "which VPC is meant"),
    },
    "no connection": {"routes": "there is no connection that they could lead to"},
    "no way out": {"sts.egress": "it does not get out at all"},
    "document of an older cluster": {"tls.client": "it was written by that document"},
}
# The other way round: the second one leaves nothing to say of the first. {pair: why}.
UNKNOWABLE = {
    **{(name, "no cluster"): "on which cluster is not known" for name in ("no dax policy", "rights denied")},
    ("no egress to 443", "no cluster"): "by which port the client gets out to the cluster is not known",
}
# Both set the same rules, so that one undoes the other.
CONTRARY = {("no egress to 443", "no way out")}
PAIRS = [
    pair
    for pair in itertools.combinations(sorted(CHOSEN, key=lambda name: LINKS[PLAIN[name].link][0]), 2)
    if PLAIN[pair[0]].link != PLAIN[pair[1]].link and pair not in CONTRARY
]


def test_every_check_has_a_fault_in_facts_and_in_aws_or_a_reason() -> None:
    able = set(CHECKS) - set(INFORMATION)
    assert able == IN_FACTS | ONLY_IN_AWS.keys()
    assert able == IN_AWS | NOT_HERE.keys()
    assert not IN_AWS & NOT_HERE.keys() and NOT_HERE.keys() <= IN_FACTS


def test_there_are_faults_enough() -> None:
    assert len(EMULATED) >= 70
    assert len(faults_iam.FAULTS) + len(network_faults.FAULTS) + len(EMULATED) >= 80


def test_every_link_but_the_live_one_is_in_the_pairs() -> None:
    assert {PLAIN[name].link for name in CHOSEN} == set(LINKS) - {"live"}
    links = {(PLAIN[one].link, PLAIN[other].link) for one, other in PAIRS}
    assert len(links) == 13 * 12 / 2


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_of_two_links_the_first_is_the_headline_and_the_other_is_told(one: str, other: str) -> None:
    first, second = PLAIN[one], PLAIN[other]
    made = healthy.pair()
    second.happen(made)  # the first may leave nothing to bend
    first.happen(made)
    said = diagnose(made)
    found: dict[str, Any] = {}
    for item in said["findings"]:
        found.setdefault(item["verdict"], set()).add(item["check"])
    if (one, other) in UNKNOWABLE:
        assert found["broken"] == {second.check} and first.check in found["unknown"]
        return
    hides = HIDES.get(one, {})
    hidden = second.check in hides or second.link in hides
    if second.verdict == "broken" and not hidden:
        assert found["broken"] == {first.check, second.check}
    elif hidden:
        assert found["broken"] == {first.check}
    else:
        assert second.check in found[second.verdict]
        assert found["broken"] == {first.check}
    assert said["headline"] is not None and said["headline"]["check"] == first.check
