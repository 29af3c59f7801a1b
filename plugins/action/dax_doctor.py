# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import Diagnosis, diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.model import VERDICTS
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pairs import Consumer, Owner, pairs_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import DoctorOptions
from ansible_collections.dax.cross_account.plugins.plugin_utils.doctor import live_of
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import check_path
from ansible_collections.dax.cross_account.plugins.plugin_utils.role import RoleAction, RoleError
from ansible_collections.dax.cross_account.plugins.plugin_utils.values import plain

OWNER, CONSUMER, TRIED, VERIFIED = (
    "dax_account_a_doctor",
    "dax_account_b_doctor",
    "dax_doctor_tried",
    "dax_client_verified",
)
PATHS = ("json_path", "junit_path", "report_path", "svg_path")


class ActionModule(RoleAction):
    """See the module of the same name for its documentation."""

    _requires_connection = False
    _VALID_ARGS = frozenset[str]()

    def work(self) -> dict[str, Any]:
        options = DoctorOptions.from_variables(self.variables(DoctorOptions))
        for name in PATHS:
            check_path(f"dax_doctor_{name}", getattr(options, name))
        owners, consumers = self._owners(), self._consumers()
        if not (owners or consumers):
            raise RoleError(
                "nothing was read: run playbook dax.cross_account.doctor, or the roles' entry points doctor"
            )
        diagnoses = [diagnose(pair) for pair in pairs_of(owners, consumers, options.playbook)]
        return {"changed": False, "result": _result(diagnoses, options.fail_on)}

    def _found(self, name: str) -> Iterator[tuple[str, Any]]:
        """Yield what the hosts have returned under a name, with the host."""
        for host in self._vars["hostvars"]:
            value = self._vars["hostvars"][host].get(name)
            if value:
                yield host, plain(value)

    def _owners(self) -> list[Owner]:
        return [value for _host, value in self._found(OWNER)]

    def _consumers(self) -> list[Consumer]:
        tried, verified = dict(self._found(TRIED)), dict(self._found(VERIFIED))
        found = [(value, live_of(host, tried, verified)) for host, value in self._found(CONSUMER)]
        return [
            Consumer(facts=value["facts"], problem=value["problem"], wishes=value["wishes"], live=live)
            for value, live in found
        ]


def _result(diagnoses: list[Diagnosis], fail_on: str) -> dict[str, Any]:
    """Return what the role returns, and whether the run fails."""
    verdict = VERDICTS[max((VERDICTS.index(item["verdict"]) for item in diagnoses), default=0)]
    failing = [] if fail_on == "never" else [item for item in diagnoses if _reaches(item["verdict"], fail_on)]
    return {
        "verdict": verdict,
        "failed": bool(failing),
        "message": "; ".join(_words(item) for item in failing),
        "diagnoses": diagnoses,
    }


def _reaches(verdict: str, least: str) -> bool:
    order: list[str] = list(VERDICTS)
    return order.index(verdict) >= order.index(least)


def _words(diagnosis: Diagnosis) -> str:
    found = diagnosis["headline"]
    if found is None:
        return f"{diagnosis['consumer']}: {diagnosis['verdict']}"
    return f"{diagnosis['consumer']}: {found['link']} is broken: {found['subject']}: {found['found']}"
