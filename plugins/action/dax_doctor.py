# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import Diagnosis, diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.document import (
    document,
    document_text,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.junit import junit
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.text import lines
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.output.words import fails, headline, worst
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pair import Pair
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pairs import Consumer, Owner, pairs_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import DoctorOptions
from ansible_collections.dax.cross_account.plugins.plugin_utils.doctor import live_of
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import check_path, write_text
from ansible_collections.dax.cross_account.plugins.plugin_utils.report.page import html, svg
from ansible_collections.dax.cross_account.plugins.plugin_utils.role import RoleAction, RoleError
from ansible_collections.dax.cross_account.plugins.plugin_utils.show import show
from ansible_collections.dax.cross_account.plugins.plugin_utils.values import plain

# What the hosts have returned: the readings of either side, and what was tried from the clients.
OWNER, CONSUMER = "dax_account_a_doctor", "dax_account_b_doctor"
TRIED, VERIFIED = "dax_doctor_tried", "dax_client_verified"
# What the report shows besides, of a run that made something.
PLANS = ("dax_account_a_plan", "dax_account_b_plan")
DOCUMENTS = ("dax_account_a_cluster_document", "dax_account_b_consumer_document")
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
            raise RoleError("nothing was read: run playbook dax.cross_account.doctor, or entry points doctor before")
        pairs = pairs_of(owners, consumers, options.playbook)
        diagnoses = [diagnose(pair) for pair in pairs]
        show(lines(diagnoses))
        wrote = self._task.check_mode or self._write(options, pairs, diagnoses)
        failed = fails(diagnoses, options.fail_on)
        result = {
            "verdict": worst(diagnoses),
            "failed": failed,
            "message": "; ".join(map(headline, _failing(diagnoses))) if failed else "",
            "diagnoses": diagnoses,
        }
        return {"changed": bool(wrote) and not self._task.check_mode, "result": result}

    def _write(self, options: DoctorOptions, pairs: list[Pair], diagnoses: list[Diagnosis]) -> bool:
        """Write the reports that are asked for, for their owner's eyes only; tell whether a file changed."""
        a = next((pair.a for pair in pairs if pair.a), None)
        b = [pair.b for pair in pairs if pair.b]
        plans = [value for name in PLANS for _host, value in self._found(name)]
        documents = [value for name in DOCUMENTS for _host, value in self._found(name)]
        shown = next((at for at, item in enumerate(diagnoses) if item["verdict"] != "ok"), 0)
        texts = {
            "json_path": lambda: document_text(document(diagnoses, a, b, options.fail_on)),
            "junit_path": lambda: junit(diagnoses, options.fail_on),
            "report_path": lambda: html(diagnoses, a, b, plans, documents),
            "svg_path": lambda: svg(diagnoses[shown], pairs[shown].a, pairs[shown].b),
        }
        asked = {name: getattr(options, name) for name in PATHS if getattr(options, name)}
        # All of them are written, whether one before changed or not.
        changed = {name: write_text(f"dax_doctor_{name}", path, texts[name](), 0o600) for name, path in asked.items()}
        return any(changed.values())

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


def _failing(diagnoses: list[Diagnosis]) -> list[Diagnosis]:
    """Return the worst ones, which the message names."""
    return [item for item in diagnoses if item["verdict"] == worst(diagnoses)]
