# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The VPC peering connection as account B plans it: requested, accepted where it can be, corrected. Pure, no AWS."""

from __future__ import annotations

from typing import Literal

from ...common.addresses import inside
from ...common.compare import compare_peering
from ...common.shapes import FactsB, Peering, PeeringSide
from ..model import Plan
from ..peerings import MODULE, connection
from ..resources import resource
from .desired import Desired
from .owned import find_peering, is_adopted, is_own_peering, vpc_id_of

REQUEST_MODULE = "amazon.aws.ec2_vpc_peering"


def plan_peering(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Plan the connection to the cluster's VPC."""
    _check_dns(plan, facts, desired)
    peering = find_peering(facts, desired)
    if peering is None:
        _plan_request(plan, facts, desired)
    else:
        _plan_settings(plan, facts, desired, peering)


def _check_dns(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Refuse DNS resolution over an adopted VPC that names no hosts: AWS does, and the VPC is not ours to change."""
    vpc = facts["vpc"]
    if vpc is None or not is_adopted(facts) or not desired.options.dns_resolution:
        return
    attributes = {"DNS support": vpc.get("dns_support", True), "DNS hostnames": vpc.get("dns_hostnames", True)}
    off = " and ".join(name for name, enabled in attributes.items() if not enabled)
    if off:
        why = f"has {off} disabled, which the DNS resolution of a peering connection needs; enable what is disabled, "
        why += "or unset dax_account_b_dns_resolution"
        plan.conflict("peering", resource("vpc", vpc_id=vpc["vpc_id"]), why)


def _plan_request(plan: Plan, facts: FactsB, desired: Desired) -> None:
    cluster, options, vpc_id = desired.cluster, desired.options, vpc_id_of(facts)
    about = resource("peering_connection", peer_vpc_id=cluster["vpc_id"], peer_owner_id=cluster["account_id"])
    plan.add("peering", "create", about)
    if options.dns_resolution is not None:
        _wait_for_acceptance(plan, None)
    if vpc_id:
        # This module passes over connections in a terminal state and takes an open one for the right one; there is no
        # other open one, or this would not be a request.
        request = {
            "state": "present",
            "vpc_id": vpc_id,
            "peer_vpc_id": cluster["vpc_id"],
            "peer_owner_id": cluster["account_id"],
            "peer_region": cluster["region"],
            "tags": desired.named_tags,
            "purge_tags": False,
        }
        plan.write("peering", REQUEST_MODULE, about, request, once=True)
        opened = {"connections": [{}], "state": "present", "wait_timeout": options.wait_timeout}
        waits_for = f"{about} to be pending or active"
        plan.write(
            "peering", MODULE, about, opened, id_from="peering_id", waits_for=waits_for, timeout=options.wait_timeout
        )


def _check_blocks(plan: Plan, desired: Desired, cluster_side: PeeringSide, peering: Peering) -> None:
    """Refuse blocks of the cluster document that EC2 does not show at the other end of an active connection."""
    if peering["status"]["code"] != "active":
        return
    there = cluster_side["cidr_blocks"] + cluster_side["ipv6_cidr_blocks"]
    strange = [block for block in desired.cluster_blocks if not any(inside(block, whole) for whole in there)]
    if strange:
        why = f"has {', '.join(strange)}, and the VPC at the end of {peering['id']} has {', '.join(there) or 'none'}"
        plan.conflict("cluster", resource("cluster_document"), f"{why}; get a new one (dax_account_b_cluster)")


def _plan_settings(plan: Plan, facts: FactsB, desired: Desired, peering: Peering) -> None:
    side: Literal["requester", "accepter"] = (
        "requester" if vpc_id_of(facts) == peering["requester"]["vpc_id"] else "accepter"
    )
    _check_blocks(plan, desired, peering["accepter" if side == "requester" else "requester"], peering)
    status, about = peering["status"]["code"], resource("peering_connection", id=peering["id"])
    accept = status != "active" and side == "accepter"
    if accept:
        plan.add("peering", "create", about, before=status, after="accepted")
    elif status != "active":
        plan.wait_for("peering", about, f"{status}; account A accepts it in its own step")
    tags = desired.named_tags if is_own_peering(peering, facts, desired) else {}
    retagged = plan.change_tags("peering", about, peering["tags"], tags)
    current = bool(peering[side]["dns_resolution"])
    dns = compare_peering(peering, side, None, desired.options.dns_resolution).dns_resolution
    if dns is not None and status != "active" and not accept:
        _wait_for_acceptance(plan, peering["id"])
        dns = None
    if dns is not None:
        plan.add("peering", "change", about.of("dns_resolution"), current, dns)
    if retagged or accept or dns is not None:
        entry = connection(peering["id"], side, tags if retagged else None, dns)
        if accept:
            cluster = desired.cluster
            entry |= {"requester_owner_id": cluster["account_id"], "requester_vpc_id": cluster["vpc_id"]}
        _write_settings(plan, desired, entry, accept)


def _wait_for_acceptance(plan: Plan, peering_id: str | None) -> None:
    about = resource("peering_connection", id=peering_id) if peering_id else resource("peering_connection")
    plan.wait_for("peering", about.of("dns_resolution"), "set once account A has accepted it")


def _write_settings(plan: Plan, desired: Desired, entry: dict[str, object], accept: bool) -> None:
    about, timeout = resource("peering_connection", id=entry["id"]), desired.options.wait_timeout
    args = {"connections": [entry], "state": "accepted" if accept else "present", "wait_timeout": timeout}
    waits_for = f"{about} to be {'active' if accept else 'pending or active'}"
    plan.write("peering", MODULE, about, args, waits_for=waits_for, timeout=timeout)


def plan_peering_removal(
    plan: Plan, facts: FactsB, desired: Desired, peering: Peering, step: str = "peering", why: str = ""
) -> None:
    about, timeout = resource("peering_connection", id=peering["id"]), desired.options.wait_timeout
    plan.add(step, "remove", about, why=why)
    side = "accepter" if peering["accepter"]["owner_id"] == facts["identity"]["account_id"] else "requester"
    args = {"connections": [connection(peering["id"], side)], "state": "absent", "wait_timeout": timeout}
    plan.write(step, MODULE, about, args, waits_for=f"{about} to be deleted", timeout=timeout)
