# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who uses a peering connection or a rule of account A, who of them leaves it, and what then becomes of it. Pure.

Several consumers, of this cluster or of another one, may use one connection, one route and one rule. The last one to
leave it takes it with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ...common.compare import changed_tags, differing
from ...common.ownership import (
    TAG_CONSUMER,
    TAG_ID,
    TAG_PEERING,
    Leaving,
    User,
    consumer_of_rule,
    is_copy,
    leaving,
    maker_of,
    users_of,
)
from ...common.shapes import FactsA, Peering, Rule, SecurityGroup, Tags
from ..model import Plan
from ..resources import Resource
from .desired import Desired
from .verification import account_of, other_side

TAGS_MODULE = "dax.cross_account.ec2_resource_tags"


class Standing(NamedTuple):
    """How the users of something stand to it.

    :ivar leaving: those that this run takes off it.
    :ivar staying: those that go on using it, the next one to own it first.
    """

    leaving: list[User]
    staying: list[User]

    @property
    def is_over(self) -> bool:
        """Whether nobody uses it any more."""
        return bool(self.leaving) and not self.staying

    @property
    def used_by(self) -> str:
        return f"used by {', '.join(user.words for user in self.staying)}"


def standing(desired: Desired, users: Iterable[User], leaves: Callable[[str], bool]) -> Standing:
    """Sort the users of something.

    :param leaves: whether this run takes a consumer of this cluster, by its key, off it.
    """
    found = list(dict.fromkeys(users))
    going = [user for user in found if user.cluster_arn == desired.cluster_arn and leaves(user.consumer)]
    return Standing(going, [user for user in found if user not in going])


def rule_groups(facts: FactsA) -> list[SecurityGroup]:
    """Return all groups that may hold rules of ours, the cluster's own first."""
    return [*facts["security_groups"], *facts["other_security_groups"]]


def peering_users(facts: FactsA, peering: Peering) -> list[User]:
    """Return who uses a connection that this collection made, its maker first; nobody of one that it did not make.

    A rule that remembers a connection is that of a user too, if its consumer is at the other end and has no mark there.
    """
    if maker_of(peering["tags"]) is None or is_copy(peering["tags"], peering["id"]):
        return []
    account = other_side(facts, peering)["owner_id"]
    rules = [rule for group in rule_groups(facts) for rule in group["rules"]]
    makers = [maker_of(rule["tags"]) for rule in rules if rule["tags"].get(TAG_PEERING) == peering["id"]]
    beside = [maker for maker in makers if maker and account_of(maker) == account]
    return list(dict.fromkeys([*users_of(peering["tags"]), *beside]))


def maker_of_rule(desired: Desired, rule: Rule) -> User | None:
    """Return for whom a rule was made; None for one that is not ours.

    Its tags say it. Where these were removed or changed by hand, the description does.
    """
    tags = rule["tags"]
    if rule["egress"] or is_copy(tags, rule["rule_id"]):
        return None
    maker = maker_of(tags)
    if maker and maker.cluster_arn != desired.cluster_arn:
        return maker
    key = consumer_of_rule(rule["description"], desired.cluster["cluster_name"])
    key = key or (tags.get(TAG_CONSUMER) if desired.is_owned(tags) else None)
    return desired.user(key) if key else None


def rule_users(desired: Desired, rule: Rule) -> list[User]:
    """Return who uses a rule of ours, its maker first."""
    maker = maker_of_rule(desired, rule)
    marks = {key: text for key, text in rule["tags"].items() if key != TAG_CONSUMER}
    return list(dict.fromkeys([maker, *users_of(marks)])) if maker else []


def hand_over(tags: Tags, going: Iterable[User], staying: Iterable[User]) -> Leaving:
    """Return what of the tags changes when some users leave what others go on using.

    :param staying: each of them has its mark on it then, or owns it.
    """
    marks = [user.mark for user in staying if user != maker_of(tags)]
    now = {**tags, **{key: text for mark in marks for key, text in mark.items()}}
    for user in going:
        change = leaving(now, user)
        now = {key: text for key, text in now.items() if key not in change.removing} | change.setting
    return Leaving(changed_tags(tags, now), [key for key in tags if key not in now])


@dataclass
class Ownership:
    """The ids and marks in tags that a run writes at its end, all with one call."""

    changes: dict[str, tuple[Resource, Tags, Tags, list[str]]] = field(default_factory=dict)

    def change(self, about: Resource, resource_id: str, current: Tags, setting: Tags, removing: Iterable[str]) -> None:
        """Note tags to set and keys to remove, where they are not so already.

        :param about: as the plan names it.
        :param current: its tags as they are before this step.
        """
        about, known, setting_so_far, removing_so_far = self.changes.get(resource_id, (about, current, {}, []))
        absent = list(dict.fromkeys([*removing_so_far, *removing]))
        to_set = {key: text for key, text in {**setting_so_far, **setting}.items() if key not in absent}
        to_set, to_remove = changed_tags(known, to_set), [key for key in absent if key in known]
        if to_set or to_remove or resource_id in self.changes:
            self.changes[resource_id] = (about, known, to_set, to_remove)

    def identify(self, about: Resource, resource_id: str, current: Tags) -> None:
        """Note the own id of what we made, and that its maker needs no mark besides the ownership tags."""
        maker = maker_of(current)
        self.change(about, resource_id, current, {TAG_ID: resource_id}, maker.mark if maker else ())

    def write(self, plan: Plan, wait_timeout: int) -> None:
        """Add the lines and the call to the plan."""
        resources: list[dict[str, Any]] = []
        due = {name: change for name, change in self.changes.items() if change[2] or change[3]}
        for resource_id, (about, current, setting, removing) in due.items():
            after = {**setting, **dict.fromkeys(removing)}
            before = differing(current, after)
            plan.add("ownership", "change", about.of("tags"), before, after)
            resources.append({"id": resource_id, "tags": setting, "absent": removing})
        if resources:
            first = next(iter(due.values()))[0]
            args = {"resources": resources, "retry_not_found_seconds": wait_timeout}
            plan.write("ownership", TAGS_MODULE, first, args)
