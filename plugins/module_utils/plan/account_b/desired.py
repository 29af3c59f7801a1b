# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What account B is to be brought to: the options, and what is known once of the cluster. Pure, no AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...common.addresses import blocks_of_family
from ...common.documents import assumed_role_arn
from ...common.ownership import is_ours, ownership_tags
from ...common.policies import assume_role_policy
from ...common.shapes import ClusterDocument, Tags
from ..options import ConsumerOptions


@dataclass(frozen=True)
class Desired:
    """The desired state of account B.

    :ivar cluster: the checked cluster document.
    :ivar tags: all tags of what is made, those of ownership with them.
    :ivar assumed_role_arn: the role in account A that the consumer assumes; None when the cluster was deleted.
    """

    options: ConsumerOptions
    cluster: ClusterDocument
    tags: Tags
    assumed_role_arn: str | None

    @property
    def named_tags(self) -> Tags:
        """The tags of what is shown by its name in the console."""
        return {**self.tags, "Name": self.options.name}

    @property
    def cluster_blocks(self) -> list[str]:
        """The blocks that traffic to the cluster uses."""
        cluster = self.cluster
        return blocks_of_family(cluster["cidr_blocks"], cluster["ipv6_cidr_blocks"], cluster["network_type"])

    @property
    def needs_ipv6(self) -> bool:
        return self.cluster["network_type"] != "ipv4"

    @property
    def policy(self) -> dict[str, Any] | None:
        """The inline policy of the consumer's role; None when it is not known which role to assume."""
        if not self.assumed_role_arn:
            return None
        return assume_role_policy(self.assumed_role_arn, self.options.allow_session_tags)

    def is_owned(self, tags: Tags) -> bool:
        """Tell by its tags whether a resource was made for this cluster and this consumer."""
        return is_ours(tags, self.cluster["cluster_arn"], self.options.name)


def desired_state(options: ConsumerOptions, cluster: ClusterDocument, account_id: str) -> Desired:
    """Return the desired state of account B, whose id is ``account_id``."""
    return Desired(
        options=options,
        cluster=cluster,
        tags={**options.tags, **ownership_tags(cluster["cluster_arn"], options.name)},
        assumed_role_arn=assumed_role_arn(cluster, account_id, options.name),
    )
