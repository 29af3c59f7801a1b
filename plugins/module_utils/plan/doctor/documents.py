# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other side has to know of account A, from what the doctor read there. Pure, no AWS."""

from __future__ import annotations

from ...common.doctor import DoctorFactsA
from ...common.documents import CLUSTER_KIND, VERSION
from ...common.shapes import ClusterDocument
from ..options import OwnerOptions


def cluster_document_of(facts: DoctorFactsA, options: OwnerOptions) -> ClusterDocument | None:
    """Return the cluster document, None if there is no cluster, or not enough of it could be read."""
    readings, identity = facts["readings"], facts["identity"]
    cluster, vpc = readings["cluster"]["value"], readings["vpc"]["value"]
    if not cluster:
        return None
    role = (facts.get("roles", {}).get(options.role_name) or {"value": None})["value"]
    name = f"{options.role_path}{options.role_name}"
    named = f"arn:{identity['partition']}:iam::{identity['account_id']}:role{name}"
    return {
        "kind": CLUSTER_KIND,
        "version": VERSION,
        "account_id": identity["account_id"],
        "partition": identity["partition"],
        "region": facts["region"],
        "cluster_name": cluster["cluster_name"],
        "cluster_arn": cluster["cluster_arn"],
        "endpoint": cluster["endpoint"] if cluster["endpoint"]["address"] else None,
        "encryption_type": cluster["encryption_type"],
        "network_type": cluster["network_type"],
        "vpc_id": vpc["vpc_id"] if vpc else None,
        "cidr_blocks": vpc["cidr_blocks"] if vpc else [],
        "ipv6_cidr_blocks": vpc["ipv6_cidr_blocks"] if vpc else [],
        "routed_cidr_blocks": [],
        "role_arn": role["arn"] if role else named,
        "role_per_consumer": options.role_per_consumer,
        "external_id": options.external_id or None,
        "external_id_per_consumer": options.external_id_per_consumer,
    }
