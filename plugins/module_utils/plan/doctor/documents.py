# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the other side has to know of account A, from what the doctor read there. Pure, no AWS."""

from __future__ import annotations

from ...common.doctor import DoctorFactsA
from ...common.shapes import ClusterDocument
from ..account_a.document import described
from ..options import OwnerOptions


def cluster_document_of(facts: DoctorFactsA, options: OwnerOptions) -> ClusterDocument | None:
    """Return the cluster document, None if there is no cluster, or not enough of it could be read."""
    readings, identity = facts["readings"], facts["identity"]
    cluster, vpc = readings["cluster"]["value"], readings["vpc"]["value"]
    if not cluster:
        return None
    role = (facts.get("roles", {}).get(options.role_name) or {"value": None})["value"]
    return {
        **described(options, identity, facts["region"], cluster, vpc, role["arn"] if role else None),
        "endpoint": cluster["endpoint"] if cluster["endpoint"]["address"] else None,
    }
