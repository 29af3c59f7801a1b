# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 14: what was tried from the client's host. What another link explains is not broken here. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from ...common.doctor import LiveNode
from .model import CHECKS, HOST, LINKS, Finding, Fix, Unreadable, check
from .pair import Pair
from .symptoms import SILENT

# What has to be well for a connection, and what for a session of account A's role.
_NETWORK = ("cluster", "peering", "routes", "groups", "acls", "dns", "tls")
_SESSION = ("compute", "assume", "sts", "trust")


@check("live.connect", "The client's host reaches every node", *SILENT)
def connect(pair: Pair) -> Iterator[Finding]:
    if pair.live is None:
        return
    refused = "the host is reached, and nothing listens there: look whether the node is available and the port right"
    silent = (
        "all that AWS shows is right: look at the host's own firewall, at a proxy or VPN on it, and whether it is in "
        "the subnet that was looked at"
    )
    for node in pair.live["nodes"]:
        advice = refused if "refused" in node["error"].lower() else silent
        yield _tried(pair, "live.connect", f"TCP to {_name(node)}", node, _NETWORK, advice)


@check("live.identity", "The client's host has credentials")
def identity(pair: Pair) -> Iterator[Finding]:
    if pair.live is None:
        return
    advice = (
        "give the host the instance profile, or credentials of account B; without a way to STS it cannot say either"
    )
    yield from _said(
        pair, "live.identity", "credentials of the host", pair.live["identity"], ("compute", "sts"), advice
    )


@check("live.assume", "The client's host may assume account A's role")
def assume(pair: Pair) -> Iterator[Finding]:
    if pair.live is None:
        return
    links = (*_SESSION, "live.identity")
    advice = "look at the policies of account B's organization and at the host's clock; all that was read allows it"
    yield from _said(pair, "live.assume", "AssumeRole", pair.live["assumed"], links, advice)


@check("live.items", "GetItem works through every node")
def items(pair: Pair) -> Iterator[Finding]:
    if pair.live is None:
        return
    advice = "look whether the table and the key are right, and at the tables that the cluster's service role opens"
    for node in pair.live["items"]:
        links = (*_NETWORK, *_SESSION, "rights", "live.connect", "live.assume")
        yield _tried(pair, "live.items", f"GetItem through {_name(node)}", node, links, advice)


def _tried(pair: Pair, check_id: str, subject: str, node: LiveNode, links: tuple[str, ...], advice: str) -> Finding:
    evidence: dict[str, Any] = dict(node)
    if node["connected"]:
        took = f"{node['milliseconds']:.1f} ms" if node["milliseconds"] is not None else "done"
        return Finding(check_id, "ok", HOST, subject, took, evidence=evidence)
    return _failed(pair, check_id, subject, node["error"] or "failed", links, advice, evidence)


def _said(
    pair: Pair, check_id: str, subject: str, reading: Any, links: tuple[str, ...], advice: str
) -> Iterator[Finding]:
    if reading["problem"] is not None:
        yield _failed(pair, check_id, subject, reading["problem"], links, advice, {})
    elif reading["value"] is not None:
        yield Finding(check_id, "ok", HOST, subject, str(reading["value"]))


def _failed(
    pair: Pair,
    check_id: str,
    subject: str,
    why: str,
    links: tuple[str, ...],
    advice: str,
    evidence: dict[str, Any],
) -> Finding:
    cause = _cause(pair, links)
    if cause:
        told = f"{why}: {cause} explains it"
        return Finding(check_id, "unknown", HOST, subject, told, evidence=evidence)
    return Finding(check_id, "broken", HOST, subject, why, "an answer", Fix("manual", HOST, advice), evidence)


def _cause(pair: Pair, links: tuple[str, ...]) -> str | None:
    """Return the first check of these links, or of these ids, that finds something broken."""
    order = list(LINKS)
    for other in sorted(CHECKS.values(), key=lambda item: order.index(item.link)):
        if other.link not in links and other.id not in links:
            continue
        with suppress(Unreadable):
            if any(item.verdict == "broken" for item in other.run(pair)):
                return other.id
    return None


def _name(node: LiveNode) -> str:
    where = f"{node['address']}:{node['port']}"
    return f"{node['node_id']} ({where})" if node["node_id"] else where
