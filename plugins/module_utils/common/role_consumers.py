# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whom account A's role trusts, worked out from its register: by the plan, and by the module that writes it. Pure.

A run that adds a consumer writes the trust policy first and the register after it, since IAM may refuse the former. So
a consumer that is registered and not named was taken out of the trust by hand, and not by a run that is under way. One
that takes a consumer away takes it out of the register first, so that no other run names it again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .documents import consumer_external_id
from .ownership import TAG_REGISTER, registered_consumers
from .policies import dead_principals, merged_trust, trusted_principals
from .shapes import Tags


@dataclass(frozen=True)
class RoleConsumers:
    """What one run wants of the consumers of a role.

    :ivar cluster_arn: the cluster that the role gives access to.
    :ivar adding: who is to be let in, {consumer key: role ARN}.
    :ivar removing: the keys of those that lose access.
    :ivar left_out: the keys of registered ones that somebody took out of the trust by hand: they stay out.
    :ivar known: the principals that our statements named or the register held when this run was planned; what is named
        without them, and without being registered, is a consumer that another run is about to register.
    :ivar external_id, external_id_per_consumer: what the owner asks for, see :func:`consumer_external_id`.
    :ivar session_name_pattern, allow_session_tags: see :func:`merged_trust`.
    """

    cluster_arn: str
    adding: Mapping[str, str] = field(default_factory=dict)
    removing: Collection[str] = ()
    left_out: Collection[str] = ()
    known: Collection[str] = ()
    external_id: str = ""
    external_id_per_consumer: bool = False
    session_name_pattern: str = ""
    allow_session_tags: bool = False

    def principals(self, trust: dict[str, Any], tags: Tags, newcomers: Collection[str] = ()) -> dict[str, str | None]:
        """Return whom our statements have to name, {role ARN: external id or None}.

        :param trust, tags: of the role as it is now, {} for none.
        :param newcomers: whom another run has named and is about to register, see :meth:`newcomers`.

        The register decides, and never what the documents of those that leave say: a consumer that stays keeps its
        access if another one with the same role goes. One that nobody registers was slipped in by hand.
        """
        named = trusted_principals(trust)
        wanted = {arn: self._external_id(key) for key, arn in sorted(self.adding.items())}
        for key, arn in sorted(self.others(tags).items()):
            if arn in named:
                wanted.setdefault(arn, named[arn])
            elif key not in self.left_out:
                wanted.setdefault(arn, self._external_id(key))
        return {**{arn: named[arn] for arn in newcomers}, **wanted}

    def newcomers(self, trust: dict[str, Any], tags: Tags, registered: Collection[str]) -> set[str]:
        """Return whom another run has named since this one was planned, and is about to register.

        :param registered: the ARNs that this run has seen in the register: of one that is not there any more, another
            run has taken the access.
        """
        named = trusted_principals(trust)
        known = {*registered, *registered_consumers(tags).values(), *self.known, *dead_principals(named)}
        return set(named) - known

    def trust(self, trust: dict[str, Any], tags: Tags, newcomers: Collection[str] = ()) -> dict[str, Any] | None:
        """Return the role's trust policy as it has to be; None when nobody is left in it, which IAM does not allow."""
        principals = self.principals(trust, tags, newcomers)
        return merged_trust(trust, principals, self.session_name_pattern, self.allow_session_tags)

    def others(self, tags: Tags) -> dict[str, str]:
        """Return the registered consumers that this run neither adds nor takes away."""
        known = registered_consumers(tags).items()
        return {key: arn for key, arn in known if key not in self.adding and key not in self.removing}

    def staying(self, trust: dict[str, Any], tags: Tags) -> list[str]:
        """Return the keys of the other consumers that have access, or are about to get it."""
        named = trusted_principals(trust)
        return [key for key, arn in self.others(tags).items() if arn in named or key not in self.left_out]

    @property
    def register(self) -> Tags:
        """The tags that register those to be let in."""
        return {f"{TAG_REGISTER}{key}": arn for key, arn in self.adding.items()}

    def registered(self, tags: Tags) -> list[str]:
        """Return the keys of the tags that register those to be taken away."""
        return [key for key in (f"{TAG_REGISTER}{each}" for each in self.removing) if key in tags]

    def _external_id(self, key: str) -> str | None:
        return consumer_external_id(self.external_id, self.external_id_per_consumer, self.cluster_arn, key)


def taken_out(trust: dict[str, Any], tags: Tags) -> list[str]:
    """Return the keys of the consumers that are registered, and that the trust policy does not name."""
    named = trusted_principals(trust)
    return [key for key, arn in sorted(registered_consumers(tags).items()) if arn not in named]


def known_principals(trust: dict[str, Any], tags: Tags) -> list[str]:
    """Return the principals that our statements name or the register holds."""
    return sorted({*trusted_principals(trust), *registered_consumers(tags).values()})
