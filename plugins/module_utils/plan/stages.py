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
