# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The consumer document: what account A needs to know of account B. Pure, no AWS."""

from __future__ import annotations

from ...common.documents import CONSUMER_KIND, VERSION, consumer_external_id
from ...common.ownership import is_copy, maker_of
from ...common.shapes import ClusterDocument, ConsumerDocument, FactsB, Peering
from .desired import Desired
from .iam import iam_role_arn
from .owned import find_peering, is_own_peering, security_group, vpc_id_of


def consumer_document(facts: FactsB, desired: Desired, planned_block: str | None = None) -> ConsumerDocument:
    """Return the document; what is still to be made is None. The shape is in ``docs/documents.md``.

    :param planned_block: the block of a VPC that is to be made.
    """
    cluster, vpc = desired.cluster, facts["vpc"]
    peering = find_peering(facts, desired)
    group = security_group(facts, desired)
    planned = [planned_block] if planned_block else []
    key = f"{facts['identity']['account_id']}/{desired.options.name}"
    return {
        "kind": CONSUMER_KIND,
        "version": VERSION,
        "name": desired.options.name,
        "cluster_arn": cluster["cluster_arn"],
        "account_id": facts["identity"]["account_id"],
        "partition": facts["identity"]["partition"],
        "region": facts["region"],
        "role_arn": iam_role_arn(facts, desired),
        "assumed_role_arn": desired.assumed_role_arn,
        "vpc_id": vpc_id_of(facts),
        "cidr_blocks": vpc["cidr_blocks"] if vpc else planned,
        "ipv6_cidr_blocks": vpc["ipv6_cidr_blocks"] if vpc else [],
        "peering_connection_id": peering["id"] if peering else None,
        # Another consumer of this collection may have made it.
        "peering_managed": peering is None or is_own_peering(peering, facts, desired) or _is_shared(peering),
        "security_group_id": group["group_id"] if group else None,
        "external_id": desired.options.external_id or _external_id(cluster, key),
    }


def _is_shared(peering: Peering) -> bool:
    return maker_of(peering["tags"]) is not None and not is_copy(peering["tags"], peering["id"])


def _external_id(cluster: ClusterDocument, key: str) -> str | None:
    per_consumer = cluster["external_id_per_consumer"]
    return consumer_external_id(cluster["external_id"], per_consumer, cluster["cluster_arn"], key)
