# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the collection knows what is its own among other people's things. Pure, no AWS.

Tags mark what can carry tags, descriptions mark security group rules, a ``Sid`` marks a statement, and a route is
ours when it leads to a peering connection that is ours.
"""

from __future__ import annotations

import unicodedata

# What the keys of all tags of this collection begin with.
PREFIX = "dax.cross_account:"
TAG_CLUSTER = f"{PREFIX}cluster"
TAG_CONSUMER = f"{PREFIX}consumer"
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


def ownership_tags(cluster_arn: str, consumer: str | None = None) -> dict[str, str]:
    """Return the tags that mark a resource as made for this cluster and, where it has one, for this consumer."""
    tags = {TAG_CLUSTER: cluster_arn}
    return {**tags, TAG_CONSUMER: consumer} if consumer else tags


def is_ours(tags: dict[str, str], cluster_arn: str, consumer: str | None = None) -> bool:
    wanted = ownership_tags(cluster_arn, consumer)
    return all(tags.get(key) == value for key, value in wanted.items())


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
