# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Link 10: network ACLs. They are stateless: the answers need a way of their own. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from ...common.addresses import common, is_ipv6
from ...common.shapes import NetworkAcl
from ..network_acls import EPHEMERAL_PORTS, LAST_RULE, Denied, acl_of, denied, port_range
from .model import A, B, Finding, Fix, Verdict, Where, check
from .pair import Pair
from .path import Place, all_blocks, other, places, ports, region_of, touched
from .symptoms import SILENT

# The ports of a client's own connections. https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
_LINUX, _WINDOWS = (32768, 60999), (49152, 65535)


@check("acls.from_client", "The network ACLs of the client's subnets let its calls out", *SILENT)
def from_client(pair: Pair) -> Iterator[Finding]:
    yield from _look(pair, "acls.from_client", B, True)


@check("acls.to_cluster", "The network ACLs of the nodes' subnets let the client's calls in", *SILENT)
def to_cluster(pair: Pair) -> Iterator[Finding]:
    yield from _look(pair, "acls.to_cluster", A, False)


@check("acls.from_cluster", "The network ACLs of the nodes' subnets let the answers out", *SILENT)
def from_cluster(pair: Pair) -> Iterator[Finding]:
    yield from _look(pair, "acls.from_cluster", A, True)


@check("acls.to_client", "The network ACLs of the client's subnets let the answers in", *SILENT)
def to_client(pair: Pair) -> Iterator[Finding]:
    yield from _look(pair, "acls.to_client", B, False)


def _look(pair: Pair, check_id: str, where: Where, egress: bool) -> Iterator[Finding]:
    """Look at one way through the ACLs of one side: calls go to a port of the cluster, answers to the client's own."""
    acls: list[NetworkAcl] = pair.read_a("network_acls") if where == A else pair.read_b("network_acls")
    ends, calls = places(pair, other(where)), (where == B) is egress
    followed: dict[str, list[Place]] = {}
    for place in places(pair, where):
        acl = acl_of(acls, place.subnet_id)
        if acl is None:
            yield Finding(check_id, "unknown", where, f"network ACL of {place.subnet_id}", "it cannot be seen")
        else:
            followed.setdefault(acl["network_acl_id"], []).append(place)
    for acl in acls:
        here = followed.get(acl["network_acl_id"], [])
        families = {is_ipv6(block) for block in all_blocks(here)}
        blocks = [block for block in all_blocks(ends) if is_ipv6(block) in families]
        for span in [(port, port) for port in ports(pair)] if calls else [EPHEMERAL_PORTS] if here else []:
            if here:
                yield _judge(pair, check_id, where, acl, egress, here, ends, blocks, span)


def _judge(
    pair: Pair,
    check_id: str,
    where: Where,
    acl: NetworkAcl,
    egress: bool,
    here: list[Place],
    ends: list[Place],
    blocks: list[str],
    span: tuple[int, int],
) -> Finding:
    subnets, way = [place.subnet_id for place in here], "to" if egress else "from"
    subject = f"{acl['network_acl_id']} of {', '.join(subnets)}: TCP {port_range(span)} {way} {', '.join(blocks)}"
    evidence: dict[str, Any] = {"network_acl_id": acl["network_acl_id"], "subnet_ids": subnets, "ports": list(span)}
    stopped = denied(acl, egress, blocks, span)
    verdict: Verdict = "ok"
    if span == EPHEMERAL_PORTS:
        linux = [item for item in stopped if _overlap(item.ports, _LINUX)]
        if not linux:
            told = "all passes" if not stopped else f"{port_range(_LINUX)} pass, which Linux uses"
            return Finding(check_id, "ok", where, subject, told, evidence=evidence)
        stopped = denied(acl, egress, blocks, _LINUX)
        # Enough for a client on Windows.
        verdict = "broken" if denied(acl, egress, blocks, _WINDOWS) else "warning"
    elif stopped:
        verdict = "broken"
    if not stopped:
        return Finding(check_id, "ok", where, subject, "all passes", evidence=evidence)
    parts = [block for item in stopped for block in item.blocks]
    told = "; ".join(f"TCP {port_range(item.ports)} {way} {', '.join(item.blocks)}: {item.cause}" for item in stopped)
    if verdict == "broken" and not touched(ends, parts):
        verdict, told = "warning", f"{told}; no address that is in use now"
    fix = _fix(pair, where, acl, egress, stopped, blocks, span)
    return Finding(check_id, verdict, where, subject, told, "all passes", fix, evidence)


def _overlap(one: tuple[int, int], two: tuple[int, int]) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]


def _fix(
    pair: Pair,
    where: Where,
    acl: NetworkAcl,
    egress: bool,
    stopped: list[Denied],
    blocks: list[str],
    span: tuple[int, int],
) -> Fix:
    """Return entries that allow it, before the first that denies it; where no number is free there, that one goes."""
    table = ("--network-acl-id", acl["network_acl_id"], "--egress" if egress else "--ingress")
    region, entries = (
        ("--region", region_of(pair, where)),
        [item for item in acl["entries"] if item["egress"] == egress],
    )
    used, first = {item["rule_number"] for item in entries}, stopped[0].rule_number
    shut = [block for block in blocks if common([block], [part for item in stopped for part in item.blocks])]
    free = [number for number in range(min(first, LAST_RULE) - 1, 0, -1) if number not in used]
    if len(free) < len(shut):
        delete = ("aws", "ec2", "delete-network-acl-entry", *table, "--rule-number", str(first), *region)
        text = f"remove rule {first}, if nobody needs it: no number before it is free"
        return Fix("command", where, text, (delete,))
    ports_of = f"From={span[0]},To={span[1]}"
    commands = tuple(
        (
            *("aws", "ec2", "create-network-acl-entry", *table, "--rule-number", str(number)),
            *("--protocol", "6", "--port-range", ports_of, *_of(block), "--rule-action", "allow", *region),
        )
        for number, block in zip(free, shut, strict=False)
    )
    text = f"allow it by an entry before {'the default rule' if first >= LAST_RULE else f'rule {first}'}"
    return Fix("command", where, f"{text}: this collection reads ACLs only", commands)


def _of(block: str) -> tuple[Literal["--cidr-block", "--ipv6-cidr-block"], str]:
    return ("--ipv6-cidr-block" if is_ipv6(block) else "--cidr-block"), block
