# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What of EC2 carries the tags of this collection, wherever in the region it is: one call for all types of resources.

Source: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..common.ownership import User, ownership_tags
from ..common.shapes import Tags
from .ec2_query import Filters, query


def tagged_resources(client: Any, cluster_arn: str, consumer: str | None = None) -> list[str]:
    """Return the ids of what was made for a cluster, or for one consumer of it, or carries that consumer's mark."""
    made = ownership_tags(cluster_arn, consumer)
    mark = User(cluster_arn, consumer).mark if consumer else {}
    found = describe_tags(client, {**made, **mark})
    return sorted(item for item, tags in found.items() if made.items() <= tags.items() or mark.items() & tags.items())


def describe_tags(client: Any, wanted: Tags) -> dict[str, Tags]:
    """Return the resources that carry one of some tags, or several, with those of them: {resource id: tags}."""
    # EC2 takes keys and values apart, and so shows a key with the value of another one too.
    found = tags_of_resources(client, {"key": list(wanted), "value": list(wanted.values())})
    fitting = {item: dict(tags.items() & wanted.items()) for item, tags in found.items()}
    return {item: tags for item, tags in fitting.items() if tags}


def tags_of_resources(client: Any, filters: Filters) -> dict[str, Tags]:
    """Return the tags that fit, {resource id: tags}; a resource without any, or that does not exist, is left out."""
    found: dict[str, Tags] = {}
    for tag in query(client, "describe_tags", "Tags", filters):
        found.setdefault(tag["ResourceId"], {})[tag["Key"]] = tag["Value"]
    return found


def of_type(resource_ids: Iterable[str], prefix: str, known: Mapping[str, object] | Iterable[str] = ()) -> list[str]:
    """Return the ids of one type, such as ``pcx``, that are not known already."""
    there = set(known)
    return [item for item in resource_ids if item.startswith(f"{prefix}-") and item not in there]
