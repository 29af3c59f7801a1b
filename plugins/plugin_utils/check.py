# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check before the first run, on the controller: what each side reads for it, one finding for each failure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

from ansible.errors import AnsibleError

from ..module_utils.common.prerequisites import Prerequisites
from ..module_utils.plan.check.findings import Findings
from ..module_utils.plan.check.places import judge_identity
from ..module_utils.plan.check.quotas import quota_queries
from ..module_utils.plan.check.rights import Side, known_ids, probes
from ..module_utils.plan.option_types import OptionsError
from ..module_utils.plan.options import ConsumerOptions, OwnerOptions
from .account import ConnectionError
from .document_files import DocumentFileError
from .role import RoleError
from .side import SideAction

MODULE = "dax.cross_account.dax_account_check_info"

T = TypeVar("T")


class Check:
    """One check of one side. What stops a run becomes a finding, and the rest is checked all the same."""

    def __init__(self, action: SideAction, side: Side) -> None:
        self._action, self._side = action, side
        self.findings = Findings(f"account {side.upper()}")
        self._about: dict[str, Any] = {"account_id": None, "region": None}

    def attempt(self, point: str, work: Callable[[], T], fix: str = "") -> T | None:
        """Return what a piece of work returns; None if it cannot be done, with a finding for each reason.

        :param fix: what to do, where the reasons do not say so.
        """
        try:
            return work()
        except (RoleError, OptionsError, DocumentFileError, ConnectionError) as error:
            for line in str(error).split("\n"):
                self.findings.missing(point, line, fix)
        return None

    def read(self, instance_type: str | None = None) -> Prerequisites | None:
        """Return what is read of the account at large; None if it cannot be reached."""
        query: dict[str, Any] = {
            "regions": True,
            "usage": self._side == "b",
            "quotas": quota_queries(self._side),
            "instance_type": instance_type,
        }
        fix = "correct the connection; a region that accounts opt in to refuses those that have not enabled it"
        found = self.attempt("credentials", lambda: self._ask(query), fix)
        if found is not None:
            identity = found["identity"]
            self._about = {"account_id": identity["account_id"], "region": found["region"]}
            judge_identity(self.findings, found)
        return found

    def with_rights(
        self,
        found: Prerequisites,
        options: OwnerOptions | ConsumerOptions,
        cluster_arn: str | None,
        facts: Mapping[str, Any] | None,
    ) -> Prerequisites:
        """Return what was read together with what the caller may do.

        :param facts: of the side, whose ids a narrowed policy may name; None if they could not be read.
        """
        identity, region = found["identity"], found["region"]
        arn = cluster_arn or f"arn:{identity['partition']}:dax:{region}:{identity['account_id']}:cache/unknown"
        adopted = self._side == "a" or bool(facts and facts.get("vpc_found_by") in ("id", "tags", "adopted"))
        asked = probes(self._side, options, identity, region, arn, known_ids(facts, adopted))
        answer = self._ask({"probes": asked})
        return cast(Prerequisites, {**found, "rights": answer["rights"], "principal": answer["principal"]})

    def _ask(self, query: Mapping[str, Any]) -> Prerequisites:
        given = {name: value for name, value in query.items() if value is not None}
        return cast(Prerequisites, self._action.facts(given, MODULE))

    def result(self, document: Any = None) -> dict[str, Any]:
        """Show the findings, and return them."""
        lines = self.findings.lines()
        self._action.show(lines)
        return {
            "changed": False,
            "check": self.findings.result(self._about),
            "document": document,
            "msg": "\n".join(lines),
        }


def regions_of(task_vars: Mapping[str, Any], group: str, connection: str) -> list[str]:
    """Return the regions that the connections of a group's hosts name.

    :param group: such as ``dax_account_b``.
    :param connection: the variable that holds a host's connection.
    """
    return [region for host in hosts_of(task_vars, group) if (region := _region(task_vars, host, connection))]


def hosts_of(task_vars: Mapping[str, Any], group: str) -> list[str]:
    """Return the hosts of a group of the inventory."""
    return list((task_vars.get("groups") or {}).get(group) or [])


def expected_vpcs(task_vars: Mapping[str, Any]) -> int:
    """Return how many VPCs the consumers of the inventory are in, as far as is known before their side begins.

    Consumers that name the same VPC share it. With a limit, nobody knows which of them take part: 0.
    """
    if task_vars.get("ansible_limit"):
        return 0
    return len({_vpc_of(task_vars, host) for host in hosts_of(task_vars, "dax_account_b")})


def _vpc_of(task_vars: Mapping[str, Any], host: str) -> str:
    try:
        given = task_vars["hostvars"][host]
        return str(given.get("dax_account_b_vpc_id") or given.get("dax_account_b_vpc_tags") or host)
    except AnsibleError:
        return host


def _region(task_vars: Mapping[str, Any], host: str, connection: str) -> str:
    try:
        given = task_vars["hostvars"][host].get(connection) or {}
        return str(given.get("region") or given.get("aws_region") or "")
    except AnsibleError:
        # A variable of another side that cannot be templated is that side's finding.
        return ""
