# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What account A's plan is made for: the options, the cluster, and what follows from the two. Pure, no AWS."""

from __future__ import annotations

from dataclasses import dataclass

from ...common.addresses import blocks_of_family
from ...common.documents import consumer_external_id
from ...common.ownership import TAG_ID, User, is_ours, ownership_tags
from ...common.shapes import Cluster, ConsumerDocument, Tags
from ..options import OwnerOptions


@dataclass(frozen=True)
class Desired:
    """What is known once, before anything is planned.

    :ivar cluster: the cluster that access is granted to; of one that was deleted, what follows from its name.
    """

    options: OwnerOptions
    cluster: Cluster

    @property
    def cluster_arn(self) -> str:
        return self.cluster["cluster_arn"]

    @property
    def port(self) -> int:
        return self.cluster["endpoint"]["port"]

    def is_owned(self, tags: Tags, resource_id: str | None = None) -> bool:
        """Tell whether tags are those of something that was made for this cluster.

        :param resource_id: its own id, where it is a resource of EC2.
        """
        return is_ours(tags, self.cluster_arn, resource_id=resource_id)

    def user(self, key: str) -> User:
        """Return a consumer of this cluster as a user of what several may share."""
        return User(self.cluster_arn, key)

    def external_id(self, key: str) -> str | None:
        """Return the external id that a consumer has to give."""
        options = self.options
        return consumer_external_id(options.external_id, options.external_id_per_consumer, self.cluster_arn, key)

    def tags(self, key: str | None = None) -> Tags:
        """Return the user's tags and the ownership tags, those of one consumer when its key is given."""
        return {**self.options.tags, **ownership_tags(self.cluster_arn, key)}

    def peering_tags(self, key: str, consumer: ConsumerDocument, peering_id: str | None) -> Tags:
        """Return the tags of the connection that is made for a consumer."""
        own_id = {TAG_ID: peering_id} if peering_id else {}
        return {**self.options.tags, "Name": consumer["name"], **ownership_tags(self.cluster_arn, key), **own_id}

    def blocks(self, consumer: ConsumerDocument) -> list[str]:
        """Return the consumer's CIDR blocks that the cluster's traffic uses."""
        return blocks_of_family(consumer["cidr_blocks"], consumer["ipv6_cidr_blocks"], self.cluster["network_type"])
