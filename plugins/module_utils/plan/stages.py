# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The steps of each side, and the order in which they are carried out. Pure."""

from __future__ import annotations

from typing import Literal

Side = Literal["account A", "account B"]
A: Side = "account A"
B: Side = "account B"

# A stage ends where the next one needs ids that it made: then the account is read again and the plan made anew.
#
# ``leftovers`` is what earlier runs made and this one no longer wants: it goes when what takes its place is there.
# ``ownership`` is the ids and the users' marks in tags, which only what is there can have.
STAGES: dict[Side, dict[str, tuple[tuple[str, ...], ...]]] = {
    A: {
        # A rule that names the consumer's group needs the peering connection active, and what EC2 shows of a connection
        # tells which blocks may be routed to it. It comes first, so that a request that is not what its document says
        # stops the run before anything else is written.
        "present": (("peering", "role", "policy"), ("routes", "rules"), ("leftovers", "ownership")),
        "absent": (("rules", "routes", "policy", "role", "peering", "ownership"),),
    },
    B: {
        "present": (
            ("role", "policy", "instance_profile", "vpc"),
            ("subnets", "internet_gateway"),
            ("security_group", "peering"),
            ("endpoints", "routes", "instance"),
            ("leftovers", "ownership"),
        ),
        # In the order in which AWS lets go of them.
        "absent": (
            (
                "instance",
                "endpoints",
                "routes",
                "peering",
                "security_group",
                "internet_gateway",
                "subnets",
                "vpc",
                "instance_profile",
                "policy",
                "role",
                "ownership",
            ),
        ),
    },
}

# Steps of a stage that follow from each other; the others of the stage are carried out at the same time. A removal is
# one chain, and so is the last stage.
_CHAINS: dict[Side, tuple[tuple[str, ...], ...]] = {
    # The peering connection comes before the role, see above.
    A: (("peering", "role", "policy"), ("routes", "rules"), ("leftovers", "ownership")),
    # An instance has its way out from its first moment on.
    B: (("role", "policy", "instance_profile"), ("routes", "instance"), ("leftovers", "ownership")),
}


def chains_of(side: Side, state: str, steps: list[str]) -> list[list[str]]:
    """Return the steps of a stage in the chains that they belong to; a step of its own is a chain of one.

    :param steps: of the stage, those that have something to write, in their order.
    """
    if state != "present":
        return [steps]
    chains: dict[tuple[str, ...], list[str]] = {}
    for step in steps:
        chain = next((found for found in _CHAINS[side] if step in found), (step,))
        chains.setdefault(chain, []).append(step)
    return list(chains.values())
