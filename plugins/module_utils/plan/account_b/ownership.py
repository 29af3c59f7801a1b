# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tags that say whose things in account B are: ids, marks of users, and what is handed over. Pure, no AWS."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from ...common.ownership import TAG_CLUSTER, TAG_CONSUMER, TAG_ID, User, is_copy, is_ours, leaving, missing_mark
from ...common.shapes import FactsB, Tags
from ..model import Plan
from ..peerings import is_open
from .desired import Desired
from .owned import instance_claims, own_instances, places, vpc_claims
from .users import Tagged, tagged_in, tagged_peering, used_by_us

MODULE = "dax.cross_account.ec2_resource_tags"

# What is shown by the consumer's own name; see ``Desired.named_tags``.
_NAMED = frozenset({"internet_gateway", "peering_connection", "subnet", "vpc"})


@dataclass
class TagChanges:
    """Single tags to set and to remove, by resource."""

    setting: dict[str, Tags] = field(default_factory=dict)
    removing: dict[str, list[str]] = field(default_factory=dict)
    _about: dict[str, Tagged] = field(default_factory=dict)

    def add(self, item: Tagged, setting: Tags, removing: Iterable[str] = ()) -> None:
        keys = [key for key in removing if key in item.tags and key not in setting]
        if setting or keys:
            self._about[item.resource_id] = item
            self.setting.setdefault(item.resource_id, {}).update(setting)
            self.removing.setdefault(item.resource_id, []).extend(keys)

    def leave(self, item: Tagged, desired: Desired, others: Iterable[User] = ()) -> None:
        """Have this consumer leave what others use: without its mark, and handed over if it made it.

        :param others: who uses it without a mark on it.
        """
        marks = {key: text for user in others for key, text in user.mark.items()}
        setting, removing = leaving({**item.tags, **marks}, desired.user)
        self.add(item, {**setting, **_name_of(item, desired, setting.get(TAG_CONSUMER))}, removing)

    def plan(self, plan: Plan, wait_timeout: int) -> None:
        """Plan the changes, and add one call for all of them."""
        for key, item in self._about.items():
            keys = [*self.setting[key], *self.removing[key]]
            before = {name: item.tags[name] for name in keys if name in item.tags}
            plan.add("ownership", "change", item.about.of("tags"), before, self.setting[key])
        if self._about:
            resources = [{"id": key, "tags": self.setting[key], "absent": self.removing[key]} for key in self._about]
            about = next(iter(self._about.values())).about
            plan.write("ownership", MODULE, about, {"resources": resources, "retry_not_found_seconds": wait_timeout})


def _name_of(item: Tagged, desired: Desired, heir: str | None) -> Tags:
    """Return the name that follows the maker, of what is handed over and has the leaving one's."""
    name = item.tags.get("Name", "")
    own = desired.options.name
    if heir is None or not name:
        return {}
    if item.about.type == "vpc_endpoint" and name.startswith(f"{own}-"):
        return {"Name": heir + name.removeprefix(own)}
    return {"Name": heir} if item.about.type in _NAMED and name == own else {}


def plan_ownership(plan: Plan, facts: FactsB, desired: Desired, tags: TagChanges) -> None:
    """Plan the ids of what is ours, the marks on what others made, and that these go from what is not used any more.

    :param tags: what is to be changed already.
    """
    used = used_by_us(facts, desired)
    _add_ids(facts, desired, tags, used)
    names = {item.resource_id for item in used}
    for item in used:
        if not is_copy(item.tags, item.resource_id):
            tags.add(item, missing_mark(item.tags, desired.user))
    for item in marked(facts, desired):
        if item.resource_id not in names:
            tags.add(item, {}, desired.user.mark)
    tags.plan(plan, desired.options.wait_timeout)


def _add_ids(facts: FactsB, desired: Desired, tags: TagChanges, used: list[Tagged]) -> None:
    """Have what is ours carry its own id; where several may be, none gets it before a person has said which is."""
    instances = [] if instance_claims(facts, desired).ambiguous else own_instances(facts, desired)
    names = {item["instance_id"] for item in instances}
    for item in [*tagged_in(facts), *(item for item in used if item.about.type == "peering_connection")]:
        unsure = item.about.type == "instance" and item.resource_id not in names
        unsure |= item.about.type == "vpc" and vpc_claims(facts, desired).ambiguous
        if not unsure and desired.is_owned(item.tags, item.resource_id) and item.tags.get(TAG_ID) != item.resource_id:
            tags.add(item, {TAG_ID: item.resource_id})


def marked(facts: FactsB, desired: Desired) -> list[Tagged]:
    """Return what carries this consumer's mark, in any VPC."""
    found = [item for view in places(facts) for item in tagged_in(view)]
    found += map(tagged_peering, filter(is_open, facts["peerings"]))
    return [item for item in found if desired.user.mark.items() & item.tags.items()]


def report_copies(plan: Plan, facts: FactsB, desired: Desired) -> None:
    """Warn of what carries our tags, but names another resource in them."""
    found = [
        item
        for view in places(facts)
        for item in (*tagged_in(view), *map(tagged_peering, filter(is_open, view["peerings"])))
    ]
    for item in {item.resource_id: item for item in found}.values():
        if is_ours(item.tags, *desired.user) and is_copy(item.tags, item.resource_id):
            why = f"carries our tags, but was copied from {item.tags[TAG_ID]}; it is not ours, take {TAG_CLUSTER} off"
            plan.warn("ownership", item.about, why)
