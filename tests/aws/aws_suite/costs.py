# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run of the suite costs at the most, so that nobody is surprised. docs/first_run_on_aws.md shows the table."""

from __future__ import annotations

from typing import NamedTuple

# When and where the prices were looked up, in US East (N. Virginia). AWS changes them; its own pages count.
DATE = "June 2026"
SOURCES = (
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    "https://aws.amazon.com/ec2/pricing/on-demand/",
    "https://aws.amazon.com/ebs/pricing/",
    "https://aws.amazon.com/vpc/pricing/",
)
HOME = "us-east-1"
# No region that has DAX asks twice as much.
ELSEWHERE = 2.0
# Making and deleting a cluster takes up to 45 minutes each at the worst, and a begun hour of a node is a whole one.
HOURS = 3


class Price(NamedTuple):
    """A price in US dollars.

    :ivar amount: for one unit.
    :ivar units: that the suite uses at the most.
    """

    what: str
    unit: str
    amount: float
    units: float


PRICES = (
    Price("DAX node dax.t3.small", "hour", 0.04, HOURS),
    Price("instance t3.micro", "hour", 0.0104, HOURS),
    Price("its public IPv4 address", "hour", 0.005, HOURS),
    Price("its volume, gp3", "GB and month", 0.08, 8 * HOURS / 730),
    Price("traffic between two zones", "GB, both directions", 0.02, 0.1),
)


def estimate(region: str) -> float:
    """Return what a run costs at the most, in US dollars, rounded up to a cent."""
    total = sum(price.amount * price.units for price in PRICES) * (1.0 if region == HOME else ELSEWHERE)
    return (int(total * 100) + 1) / 100


class TooExpensive(Exception):
    """A run that may cost more than it may; the message says what to do."""


def check_budget(region: str, budget: float | None, answer: str | None) -> str:
    """Return the line that tells of the cost.

    :param budget: in US dollars; None if none was given.
    :param answer: what a person typed when asked; None if there is nobody to ask.
    :raises TooExpensive: when the cost is not agreed to.
    """
    cost = estimate(region)
    told = f"costs {cost:.2f} USD at the most (prices of {DATE}, {HOURS} hours)"
    if budget is not None:
        if cost > budget:
            raise TooExpensive(f"{told}, more than BUDGET={budget:g}: give a higher BUDGET")
        return told
    if answer is None:
        raise TooExpensive(f"{told}: say that it may, with BUDGET={cost:.2f}")
    if answer.strip().lower() not in ("y", "yes"):
        raise TooExpensive(f"{told}: not agreed to")
    return told
