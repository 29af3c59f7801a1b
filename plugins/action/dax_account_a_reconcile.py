# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role ``dax_account_a``: reads account A, plans, shows the plan, refuses or carries it out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import key_or_nothing
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.quotas import to_come
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.sides import check_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.documents import cluster_document_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import OwnerOptions
from ansible_collections.dax.cross_account.plugins.module_utils.plan.report import Summary, summarise
from ansible_collections.dax.cross_account.plugins.plugin_utils import account, artifacts
from ansible_collections.dax.cross_account.plugins.plugin_utils.check import Check, expected_vpcs, hosts_of, regions_of
from ansible_collections.dax.cross_account.plugins.plugin_utils.doctor import endpoints_of, read_owner, wishes_of_owner
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import (
    check_path,
    given_document,
)
from ansible_collections.dax.cross_account.plugins.plugin_utils.side import Plan, SideAction


class ActionModule(SideAction):
    """See the module of the same name for its documentation."""

    INFO_MODULE = "dax.cross_account.dax_account_a_info"
    CONNECTION = "dax_account_a_connection"
    DOCUMENT_PATH = "dax_account_a_document_path"

    _facts: FactsA

    def in_phase(self, phase: str) -> dict[str, Any]:
        self._phase = phase
        if phase == "check":
            return self._check()
        if phase == "doctor":
            return self._doctor()
        options = self._options(phase)
        check_path(self.DOCUMENT_PATH, options.document_path)
        self.check_plan_path(options)
        shown = self.with_header(self._plan(options), options, self._facts["cluster_arn"], documents=options.consumers)
        if phase == "plan":
            self.refuse_conflicts(shown)
            # Account B's side builds for the cluster that was read.
            self.prove_account(shown)
            left = shown
        else:
            self.show(shown["lines"])
            self.review(shown, options)
            if shown["changes"]:
                self.prove_account(shown)
            left = shown if options.check_mode else self.apply(shown, lambda: self._plan(options), options)
        wrote = self.write_document(options, left)
        result = self.outcome(shown, left, self._summary(options, shown, left))
        return {**result, "changed": wrote or (phase != "plan" and result["changed"])}

    def _check(self) -> dict[str, Any]:
        """Return what the check before the first run finds, and the cluster document for that of account B."""
        check = Check(self, "a")
        options = check.attempt("variables", lambda: self._options("check"))
        found = check.read() if options else None
        if options is None or found is None:
            return check.result()
        plan = check.attempt("facts", lambda: self._plan(options))
        facts = self._facts if plan else None
        if plan:
            check.attempt("credentials", lambda: self.prove_account(plan))
        found = check.with_rights(found, options, facts["cluster_arn"] if facts else None, facts)
        regions = regions_of(self._vars, "dax_account_b", "dax_account_b_connection")
        check_a(check.findings, found, facts, plan, regions, len(hosts_of(self._vars, "dax_account_b")))
        return check.result(plan["document"] if plan else None)

    def _doctor(self) -> dict[str, Any]:
        """Return what the doctor reads of this side, and the cluster document for the reading of account B."""
        options = self._options("doctor")
        found = read_owner(self, options)
        document = cluster_document_of(found["facts"], options) if found["facts"] else None
        said = {
            **found,
            "wishes": wishes_of_owner(options),
            "document": document,
            "consumers": options.consumers,
            "endpoints": endpoints_of(found["facts"]),
        }
        return {"changed": False, "doctor": said, "document": document}

    def _options(self, phase: str) -> OwnerOptions:
        variables = self.variables(OwnerOptions)
        self.connection = {}
        expected = expected_vpcs(self._vars) if phase == "plan" else 0
        given = OwnerOptions.from_variables(variables, check_mode=bool(self._task.check_mode), expected=expected)
        self.connection = account.checked(self.CONNECTION, given.connection)
        self.patience = given.wait_timeout
        documents, missing = self._consumers(given.consumers) if phase != "plan" else ([], [])
        return given.replace(consumers=documents, missing_documents=missing)

    def _consumers(self, given: list[Any]) -> tuple[list[Any], list[str]]:
        """Return the consumer documents, and the paths of those that are not there yet.

        What earlier jobs of a workflow have left counts before files, and after the documents of this run.
        """
        own = {key_or_nothing(each) for each in given if isinstance(each, Mapping)} - {""}
        found = map(given_document, artifacts.consumers(self._vars).values())
        left = [each for each in found if each is not None and key_or_nothing(each) not in own]
        newer = {key_or_nothing(each) for each in left} - {""}
        documents, missing = [], []
        for each in given:
            document = given_document(each)
            if document is None:
                missing.append(str(each))
            elif isinstance(each, Mapping) or key_or_nothing(document) not in newer:
                documents.append(document)
        return documents + left, missing

    def _plan(self, options: OwnerOptions) -> Plan:
        self._facts = self.facts(
            {
                "cluster_name": options.cluster_name,
                "role_name": options.role_name,
                "role_per_consumer": options.role_per_consumer,
                "dns": bool(options.dns_resolution) or self._phase == "check",
                "to_come": to_come(options),
                "wait_timeout": options.wait_timeout,
                "consumers": [key for key in map(key_or_nothing, options.consumers) if key],
            }
        )
        return {**plan_a(self._facts, options), "account_id": self._facts["identity"]["account_id"]}

    def _summary(self, options: OwnerOptions, shown: Plan, left: Plan) -> Summary:
        document: Mapping[str, Any] = left["document"] or {}
        endpoint = (document.get("endpoint") or {}).get("url")
        if options.state == "absent":
            next_step = ""
        elif options.check_mode:
            next_step = "run it again without --check"
        elif shown["waiting_for"]:
            where = f" {options.document_path}" if options.document_path else ""
            next_step = f"run account B's side with the cluster document{where}, and then this one again"
        else:
            next_step = "try it from the client: ansible-playbook dax.cross_account.verify"
        cluster = self._facts["cluster"]
        nodes = [node["endpoint"] for node in cluster.get("nodes", [])] if cluster else []
        revoked = options.state == "absent"
        return summarise(
            shown,
            options.check_mode,
            next_step,
            endpoint=None if revoked else endpoint,
            role_arn=None if revoked else document.get("role_arn"),
            nodes=nodes,
            consumers=[key for key in map(key_or_nothing, options.consumers) if key],
        )
