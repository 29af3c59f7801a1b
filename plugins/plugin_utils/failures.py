# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module's failure means for the run: an error that passes, a lost response, or the end. Pure.

amazon.aws's modules hand over AWS's words only, so these are matched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple


class Verdict(Enum):
    """What follows from a module's result."""

    DONE = "done"
    # AWS will accept the same call a little later.
    RETRY = "retry"
    # The call may have been carried out: only reading the account again tells.
    LOST = "lost"
    FAILED = "failed"


class Transient(NamedTuple):
    """An error that passes by itself.

    :ivar module: whose.
    :ivar state: of the module's option; None for any.
    :ivar message: a pattern found in it.
    :ivar tries: how often it is tried again at most; None for as long as the run may wait.
    :ivar why: for those who read this table.
    """

    module: str
    state: str | None
    message: str
    tries: int | None
    why: str


TRANSIENT: tuple[Transient, ...] = (
    Transient(
        "amazon.aws.iam_role",
        None,
        "Invalid principal|EntityAlreadyExists",
        None,
        "a role that is seconds old is not known as a principal yet; a creation that was sent again finds the role",
    ),
    Transient(
        "amazon.aws.ec2_instance",
        None,
        "Invalid IAM Instance Profile",
        None,
        "an instance profile that is seconds old is not known to EC2 yet",
    ),
    Transient(
        "amazon.aws.ec2_security_group",
        "absent",
        "DependencyViolation",
        None,
        "the interface of a terminated instance holds its groups for a moment",
    ),
    Transient(
        "amazon.aws.ec2_security_group",
        "present",
        "",
        1,
        "the module keeps AWS's error to itself; a creation whose response was lost finds the group there",
    ),
    Transient(
        "amazon.aws.ec2_vpc_net",
        "absent",
        "DependencyViolation",
        None,
        "what was just removed from the VPC may still be on its way out",
    ),
)

# What botocore says when it got no response, and what AWS says to a call that was sent twice.
_LOST = re.compile(
    "Connection was closed|Could not connect|[Tt]imeout on endpoint|EntityAlreadyExists|InvalidSubnet.Conflict"
    "|Gateway.NotAttached|InstanceSessionsPerInstanceProfile"
)


def words(result: Mapping[str, Any]) -> str:
    """Return what a failed module says, on one line.

    Some of amazon.aws's modules let AWS's errors through: then there is no message, but an exception and its causes.
    """
    said = [str(result["msg"])] if result.get("msg") else []
    event = None if said else getattr(result.get("exception"), "event", None)
    while event is not None:
        said.append(str(event.msg))
        event = event.chain.event if event.chain else None
    return " ".join(": ".join(dict.fromkeys(said)).split()) or "failed without a word"


def judge(module: str, args: Mapping[str, Any], result: Mapping[str, Any], tries: int) -> Verdict:
    """Return what a module's result means.

    :param args: the options that it was given.
    :param result: what it returned.
    :param tries: how often it has been tried again already.
    """
    if not result.get("failed"):
        return Verdict.DONE
    message, state = words(result), args.get("state", "present")
    for error in TRANSIENT:
        fits = error.module == module and error.state in (None, state) and re.search(error.message, message)
        if fits and (error.tries is None or tries < error.tries):
            return Verdict.RETRY
    return Verdict.LOST if _LOST.search(message) else Verdict.FAILED
