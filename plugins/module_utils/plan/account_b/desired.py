# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What account B is to be brought to: the options, and what is known once of the cluster. Pure, no AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...common.addresses import blocks_of_family
from ...common.documents import assumed_role_arn
from ...common.ownership import (
    User,
    is_our_role,
    is_ours,
    is_partly_ours,
    may_be_ours,
    ownership_tags,
)
from ...common.policies import assume_role_policy
from ...common.shapes import ClusterDocument, InstanceProfile, Role, Tags
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
        return assume_role_policy(self.assumed_role_arn, self.options.allow_session_tags, self.user.sid)

    @property
    def user(self) -> User:
        """This consumer, as a user of what it shares with others."""
        return User(self.cluster["cluster_arn"], self.options.name)

    def is_owned(self, tags: Tags, resource_id: str) -> bool:
        """Tell by its tags whether a resource of EC2 was made for this cluster and this consumer."""
        return is_ours(tags, *self.user, resource_id)

    def may_be_owned(self, tags: Tags, resource_id: str) -> bool:
        """Tell whether its tags leave it open, since some of them may have been taken off by hand."""
        return may_be_ours(tags, *self.user, resource_id)

    def is_own_role(self, role: Role) -> bool:
        return is_our_role(role["tags"], role["description"], *self.user)

    def is_own_profile(self, profile: InstanceProfile, roles: list[Role]) -> bool:
        """Tell whether an instance profile is ours: by both tags, or by one of them and a role of ours that it holds.

        :param roles: the consumer's roles.
        """
        held = set(profile["role_names"]) & {role["role_name"] for role in roles}
        return is_ours(profile["tags"], *self.user) or (bool(held) and is_partly_ours(profile["tags"], *self.user))


def desired_state(options: ConsumerOptions, cluster: ClusterDocument, account_id: str) -> Desired:
    """Return the desired state of account B, whose id is ``account_id``."""
    return Desired(
        options=options,
        cluster=cluster,
        tags={**options.tags, **ownership_tags(cluster["cluster_arn"], options.name)},
        assumed_role_arn=assumed_role_arn(cluster, account_id, options.name),
    )
