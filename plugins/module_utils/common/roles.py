# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which roles of an account serve a cluster, whatever they are called now. Pure, no AWS."""

from __future__ import annotations

from typing import Any

from .ownership import TAG_CLUSTER, role_description
from .policies import is_dax_policy, trusted_principals
from .shapes import Role


def may_serve(description: str, trust: dict[str, Any], cluster_arn: str) -> bool:
    """Tell by what the list of all roles shows whether a role may serve the cluster: its tags, it does not show."""
    if description.startswith(role_description("")):
        return described_for(description, cluster_arn)
    return bool(trusted_principals(trust))


def serves(role: Role, cluster_arn: str) -> bool:
    """Tell whether a role was made for the cluster, or trusts consumers of it.

    Its ownership tag says it. A role without one tells by its description, or by a policy for nothing but the cluster
    beside statements of ours.
    """
    if TAG_CLUSTER in role["tags"]:
        return role["tags"][TAG_CLUSTER] == cluster_arn
    granting = any(is_dax_policy(policy, cluster_arn) for policy in role["inline_policies"].values())
    return described_for(role["description"], cluster_arn) or (granting and bool(trusted_principals(role["trust"])))


def described_for(description: str, cluster_arn: str) -> bool:
    """Tell whether a role's description is ours, of this cluster, be it for one consumer or for all."""
    return f"{description} ".startswith(f"{role_description(cluster_arn)} ")
