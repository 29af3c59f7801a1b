# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the collection knows what is its own among other people's things. Pure, no AWS.

Tags mark what can carry tags, descriptions mark security group rules and roles, a ``Sid`` marks a statement, and a
route is ours when it leads to a peering connection that is ours.

What several consumers use was made by one of them, whose ownership tags it carries. Each of the others leaves a mark
on it, a tag of its own. When its maker leaves, it is handed over to one of them; the last one removes it.
"""

from __future__ import annotations

import unicodedata
from hashlib import sha256
from typing import NamedTuple

# What the keys of all tags of this collection begin with.
PREFIX = "dax.cross_account:"
TAG_CLUSTER = f"{PREFIX}cluster"
TAG_CONSUMER = f"{PREFIX}consumer"
# Its own id, on everything of EC2 that was made: tags are copied easily ("launch more like this"), and what carries the
# id of another one is such a copy.
TAG_ID = f"{PREFIX}id"
# What is there until EC2 has told the id: of a launch, which is looked for by it.
NEW_ID = "new"
# On what somebody else of this collection made: one tag for each that uses it too. A digest of the user ends the key.
TAG_USER = f"{PREFIX}user:"
# On account A's role: one tag for each consumer, whose value is the role that the trust names for it. It tells a
# consumer that is not part of this run from a principal that somebody slipped into our statement.
TAG_REGISTER = f"{PREFIX}consumer:"
# On account A's rules: the peering connection that is managed for the consumer, which knows it when its own tags were
# removed by hand.
TAG_PEERING = f"{PREFIX}peering"

SID_PREFIX = "DaxCrossAccount"

# What a tag may be, and how many a resource takes. EC2 takes more characters than IAM; one set of tags is for both.
# https://docs.aws.amazon.com/IAM/latest/APIReference/API_Tag.html
TAG_KEY_LENGTH, TAG_VALUE_LENGTH, MOST_TAGS = 128, 256, 50
_TAG_PUNCTUATION = frozenset("_.:/=+-@")


def problem_of_tag_text(text: str) -> str:
    """Return the first character of a tag that IAM refuses, or "": it takes ``[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]``."""
    return next(
        (char for char in text if unicodedata.category(char)[0] not in "LZN" and char not in _TAG_PUNCTUATION), ""
    )


class User(NamedTuple):
    """Who uses something: a consumer, of a cluster.

    :ivar consumer: its name in account B; in account A its key, ``<account id>/<name>``.
    """

    cluster_arn: str
    consumer: str

    @property
    def words(self) -> str:
        return f"{self.cluster_arn.rpartition('/')[2]} for {self.consumer}"

    @property
    def mark(self) -> dict[str, str]:
        """The tag that the user leaves on what another one made."""
        return {f"{TAG_USER}{self._digest}": self._text}

    @property
    def sid(self) -> str:
        """The ``Sid`` of the statement that the user writes into a policy: policies carry no tags."""
        return f"{SID_PREFIX}{self._digest}"

    @property
    def _text(self) -> str:
        return f"{self.cluster_arn} {self.consumer}"

    @property
    def _digest(self) -> str:
        return sha256(self._text.encode()).hexdigest()[:12]


def ownership_tags(cluster_arn: str, consumer: str | None = None) -> dict[str, str]:
    """Return the tags that mark a resource as made for this cluster and, where it has one, for this consumer."""
    tags = {TAG_CLUSTER: cluster_arn}
    return {**tags, TAG_CONSUMER: consumer} if consumer else tags


def is_ours(
    tags: dict[str, str], cluster_arn: str, consumer: str | None = None, resource_id: str | None = None
) -> bool:
    """Tell by its tags whether a resource was made for this cluster and, where given, for this consumer.

    :param resource_id: its own id, where it is a resource of EC2. What carries the id of another one is a copy of it.
    """
    wanted = ownership_tags(cluster_arn, consumer)
    return all(tags.get(key) == value for key, value in wanted.items()) and not is_copy(tags, resource_id)


def is_copy(tags: dict[str, str], resource_id: str | None) -> bool:
    """Tell whether tags are those of another resource. Right after it was made, a resource has no id in its tags."""
    return bool(resource_id) and tags.get(TAG_ID, NEW_ID) not in (NEW_ID, resource_id)


def may_be_ours(tags: dict[str, str], cluster_arn: str, consumer: str, resource_id: str | None = None) -> bool:
    """Tell whether tags leave it open that a resource is ours: somebody may have taken ownership tags off by hand."""
    wanted = ownership_tags(cluster_arn, consumer)
    return all(tags.get(key, value) == value for key, value in wanted.items()) and not is_copy(tags, resource_id)


def is_partly_ours(tags: dict[str, str], cluster_arn: str, consumer: str) -> bool:
    """Tell whether a resource carries one of our two ownership tags at least, and no other's."""
    wanted = ownership_tags(cluster_arn, consumer)
    return may_be_ours(tags, cluster_arn, consumer) and bool(wanted.keys() & tags.keys())


def is_our_role(tags: dict[str, str], description: str, cluster_arn: str, consumer: str) -> bool:
    """Tell whether a role was made for a consumer: by its tags or, where these were removed, by its description."""
    described = description == role_description(cluster_arn, consumer) and may_be_ours(tags, cluster_arn, consumer)
    return described or is_partly_ours(tags, cluster_arn, consumer)


def maker_of(tags: dict[str, str]) -> User | None:
    """Return for whom this collection made a resource; None when it made it for nobody, or not at all."""
    cluster_arn, consumer = tags.get(TAG_CLUSTER), tags.get(TAG_CONSUMER)
    return User(cluster_arn, consumer) if cluster_arn and consumer else None


def users_of(tags: dict[str, str]) -> list[User]:
    """Return who uses a resource, its maker first and then those that left a mark, in a fixed order."""
    marks = sorted(value for key, value in tags.items() if key.startswith(TAG_USER))
    users = [User(cluster_arn, consumer) for cluster_arn, _space, consumer in (text.partition(" ") for text in marks)]
    maker = maker_of(tags)
    # A mark that was changed by hand is nobody's.
    known = [user for user in users if user.mark.items() <= tags.items()]
    return list(dict.fromkeys([*([maker] if maker else []), *known]))


def other_users(tags: dict[str, str], user: User) -> list[User]:
    """Return who uses a resource besides one user."""
    return [other for other in users_of(tags) if other != user]


def missing_mark(tags: dict[str, str], user: User) -> dict[str, str]:
    """Return the mark that a user has to leave on a resource, {} for none: it has one, made it, or nobody of us did."""
    if maker_of(tags) in (None, user) or user.mark.items() <= tags.items():
        return {}
    return user.mark


class Leaving(NamedTuple):
    """What of a resource's tags changes when one of its users leaves and others stay."""

    setting: dict[str, str]
    removing: list[str]


def leaving(tags: dict[str, str], user: User) -> Leaving:
    """Return how a user leaves what others use: without its mark and, if it made it, handed over to one of them."""
    others = other_users(tags, user)
    removing = [key for key in user.mark if key in tags]
    if maker_of(tags) != user or not others:
        return Leaving({}, removing)
    heir = others[0]
    return Leaving(ownership_tags(heir.cluster_arn, heir.consumer), [*removing, *heir.mark])


def role_description(cluster_arn: str, consumer: str | None = None) -> str:
    """Return the description that marks a role: of all roles at once, IAM shows this, but no tags."""
    return f"dax.cross_account: {cluster_arn}" + (f" {consumer}" if consumer else "")


def rule_description(cluster_name: str, consumer_key: str) -> str:
    """Return the description that marks a security group rule; AWS allows neither quotes nor ``<>`` in it."""
    return f"dax.cross_account: {cluster_name} for {consumer_key}"


def consumer_of_rule(description: str | None, cluster_name: str) -> str | None:
    """Return the consumer key that a rule's description names, or None when the rule is not ours."""
    prefix = rule_description(cluster_name, "")
    return description[len(prefix) :] if description and description.startswith(prefix) else None


def registered_consumers(role_tags: dict[str, str]) -> dict[str, str]:
    """Return the consumers that account A's role knows: {consumer key: role ARN}."""
    return {key[len(TAG_REGISTER) :]: arn for key, arn in role_tags.items() if key.startswith(TAG_REGISTER)}
