# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks of one pair, in the order in which a call travels, and the headline: the first broken link. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypedDict

from . import (
    acls,
    assume,
    cluster,
    compute,
    dns,
    families,
    groups,
    limits,
    live,
    peering,
    rights,
    routes,
    service_role,
    sts,
    sts_endpoint,
    tls,
    trust,
    trust_conditions,
)
from .model import CHECKS, LINKS, VERDICTS, Check, Finding, Unreadable, Verdict
from .pair import Pair

# A file of checks registers them when it is imported.
FILES = (
    compute,
    assume,
    sts,
    sts_endpoint,
    trust,
    trust_conditions,
    rights,
    cluster,
    service_role,
    peering,
    families,
    routes,
    groups,
    acls,
    dns,
    tls,
    limits,
    live,
)


# The links that a client's subnet decides on.
_OF_SUBNETS = ("sts", "routes", "acls")


class LinkVerdict(TypedDict):
    id: str
    number: int
    title: str
    verdict: Verdict


class Diagnosis(TypedDict):
    """What is said of one pair; plain data."""

    consumer: str
    cluster: str | None
    verdict: Verdict
    headline: dict[str, Any] | None  # the first finding that is broken
    links: list[LinkVerdict]
    findings: list[dict[str, Any]]


def diagnose(pair: Pair) -> Diagnosis:
    """Run all checks of a pair and return what they say."""
    pair = _where_it_works(pair)
    order = list(LINKS)
    checks = sorted(CHECKS.values(), key=lambda item: order.index(item.link))  # stable: within a link as registered
    findings = [finding for item in checks for finding in _run(item, pair)]
    broken = next((item for item in findings if item.verdict == "broken"), None)
    try:
        cluster = pair.cluster_arn()
    except Unreadable:
        cluster = None
    links: list[LinkVerdict] = [
        {"id": link, "number": number, "title": title, "verdict": _worst(findings, link)}
        for link, (number, title) in LINKS.items()
    ]
    return {
        "consumer": pair.key,
        "cluster": cluster,
        "verdict": _worst(findings),
        "headline": broken.data() if broken else None,
        "links": links,
        "findings": [item.data() for item in findings],
    }


def _where_it_works(pair: Pair) -> Pair:
    """Return the pair with those subnets alone in which the least is broken, where nothing tells which is the client's.

    A VPC that others made may well have subnets that are meant to reach nothing.
    """
    b = pair.b
    if b is None or not b.get("any_subnet") or len(b["subnet_ids"]) < 2:
        return pair
    alone = {name: replace(pair, b={**b, "subnet_ids": [name]}) for name in b["subnet_ids"]}
    checks = [item for item in CHECKS.values() if item.link in _OF_SUBNETS]
    broken = {
        name: sum(any(found.verdict == "broken" for found in _run(item, one)) for item in checks)
        for name, one in alone.items()
    }
    return replace(pair, b={**b, "subnet_ids": [name for name in alone if broken[name] == min(broken.values())]})


def _run(item: Check, pair: Pair) -> list[Finding]:
    try:
        return list(item.run(pair))
    except Unreadable as error:
        return [Finding(item.id, "unknown", error.where, error.subject, error.problem, fix=error.fix)]


def _worst(findings: list[Finding], link: str | None = None) -> Verdict:
    """Return the worst verdict; a link without any finding has nothing to say, and is ok."""
    said = [VERDICTS.index(item.verdict) for item in findings if link in (None, item.link)]
    return VERDICTS[max(said, default=0)]
