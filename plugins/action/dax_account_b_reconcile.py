# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role ``dax_account_b``: reads account B, plans, shows the plan, refuses or carries it out."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
)
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import is_ours
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.block import block_request
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.services import wanted_services
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.sides import check_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Plan as PlanModel
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions
from ansible_collections.dax.cross_account.plugins.module_utils.plan.report import Summary, summarise
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import resource
from ansible_collections.dax.cross_account.plugins.module_utils.plan.stages import B
from ansible_collections.dax.cross_account.plugins.plugin_utils import account
from ansible_collections.dax.cross_account.plugins.plugin_utils.check import Check
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import (
    check_path,
    given_document,
    is_text,
)
from ansible_collections.dax.cross_account.plugins.plugin_utils.role import RoleError
from ansible_collections.dax.cross_account.plugins.plugin_utils.side import Plan, SideAction
from ansible_collections.dax.cross_account.plugins.plugin_utils.values import plain

# What the role registers the result of phase ``read`` under, so that the hosts of a play see each other's.
READ = "__dax_account_b_read"


class ActionModule(SideAction):
    """See the module of the same name for its documentation."""

    INFO_MODULE = "dax.cross_account.dax_account_b_info"
    CONNECTION = "dax_account_b_connection"
    DOCUMENT_PATH = "dax_account_b_document_path"
    NAME = "dax_account_b_name"

    def in_phase(self, phase: str) -> dict[str, Any]:
        if phase == "check":
            return self._check()
        options = self._options()
        check_path(self.DOCUMENT_PATH, options.document_path)
        if options.cluster is None:
            return self._without_document(phase)
        if phase == "read":
            facts = self._read(options)
            return {"changed": False, "facts": facts, "request": block_request(facts, options)}
        facts = plain(self._task.args.get("facts")) or self._read(options)
        shown = self._plan(facts, options)
        if phase == "plan":
            self.refuse_conflicts(shown)
            left = shown
        else:
            self.show(shown["lines"])
            self.refuse_conflicts(shown)
            left = shown
            if not options.check_mode:
                started = options.replace(ended_before=_ended(facts))
                left = self.apply(shown, lambda: self._plan(self._read(started), started), started)
        wrote = self.write_document(options, left)
        result = self.outcome(shown, left, self._summary(options, shown, left))
        return {**result, "changed": wrote or (phase != "plan" and result["changed"])}

    def _check(self) -> dict[str, Any]:
        """Return what the check before the first run finds."""
        check = Check(self, "b")
        options = check.attempt("variables", self._options)
        found = check.read(options.instance_type if options.instance else None) if options else None
        if options is None or found is None:
            return check.result()
        facts = plan = None
        cluster = options.cluster or {}
        if options.cluster is None:
            fix = "check account A in the same run, or give its document (dax_account_b_cluster)"
            check.findings.unknown("plan", "without the cluster document there is no plan to check", fix)
        else:
            facts = check.attempt("facts", lambda: self._read(options))
            plan = self._plan(facts, options) if facts else None
        found = check.with_rights(found, options, cluster.get("cluster_arn"), facts)
        regions = [cluster["region"]] if cluster else []
        check_b(check.findings, found, facts, plan, options, regions)
        return check.result()

    def _options(self) -> ConsumerOptions:
        self.connection = {}
        options = ConsumerOptions.from_variables(
            self.variables(ConsumerOptions),
            check_mode=bool(self._task.check_mode),
            earlier_requests=self._requests(before=True),
            later_requests=self._requests(before=False),
        )
        self.connection = account.checked(self.CONNECTION, options.connection)
        self._path = "" if isinstance(options.cluster, dict) or is_text(options.cluster) else str(options.cluster)
        document = given_document(options.cluster)
        if document is not None:
            try:
                document = check_cluster_document(document, options.state == "present")
            except DocumentError as error:
                raise RoleError(f"dax_account_b_cluster: {error}") from error
        return options.replace(cluster=document)

    def _requests(self, before: bool) -> list[Any]:
        """Return what the consumers before or after this one in the run have or want: new ones choose in this order."""
        hosts = list(self._vars.get("ansible_play_hosts_all") or [])
        place = hosts.index(self._vars["inventory_hostname"]) if self._vars["inventory_hostname"] in hosts else 0
        others = hosts[:place] if before else hosts[place + 1 :]
        known = [self._vars["hostvars"][host].get(READ) for host in others if host in self._vars["hostvars"]]
        return [plain(read["request"]) for read in known if read and "request" in read]

    def _read(self, options: ConsumerOptions) -> FactsB:
        facts: FactsB = self.facts(
            {
                "name": options.name,
                "cluster_arn": options.cluster["cluster_arn"],
                "cluster_vpc_id": options.cluster["vpc_id"],
                "vpc_id": options.vpc_id or None,
                "vpc_tags": options.vpc_tags,
                "role_name": options.role_name,
                "instance_profile_name": options.instance_profile_name,
                "subnet_count": options.subnet_count,
                "security_group_id": options.security_group_id or None,
                "security_group_name": options.security_group_name,
                "endpoint_services": wanted_services(options),
                "instance": options.instance,
                "instance_type": options.instance_type,
                "image_id": options.image_id or None,
                "key_name": options.key_name or None,
                "removal": options.state == "absent",
                "to_come": len(self._vars.get("ansible_play_hosts_all") or [1]),
                "wait_timeout": options.wait_timeout,
            }
        )
        return facts

    def _plan(self, facts: FactsB, options: ConsumerOptions) -> Plan:
        self._facts = facts
        return {**plan_b(facts, options), "account_id": facts["identity"]["account_id"]}

    def _without_document(self, phase: str) -> dict[str, Any]:
        """Return the result of a run that waits for the cluster document, which account A's run writes."""
        plan = PlanModel(B)
        plan.wait_for(
            "cluster", resource("cluster_document"), f"{self._path}; account A's run writes it (dax_account_b_cluster)"
        )
        shown = plan.result(document=None)
        if phase == "apply":
            self.show(shown["lines"])
        next_step = "run account A's side, and then this one again"
        summary = summarise(shown, bool(self._task.check_mode), next_step)
        return self.outcome(shown, shown, summary)

    def _summary(self, options: ConsumerOptions, shown: Plan, left: Plan) -> Summary:
        document = left["document"] or {}
        so_far = plain(self._task.args.get("so_far"))
        if options.state == "absent":
            return summarise(shown, options.check_mode, "", so_far)
        waiting = left["waiting_for"]
        if options.check_mode:
            next_step = "run it again without --check"
        elif waiting:
            where = f" {options.document_path}" if options.document_path else ""
            next_step = f"run account A's side with the consumer document{where}"
        else:
            next_step = "try it from the client: ansible-playbook dax.cross_account.verify"
        own = [item["instance_id"] for item in self._facts["instances"] if self._is_client(item, options)]
        return summarise(
            {**shown, "waiting_for": waiting, "warnings": left["warnings"]},
            options.check_mode,
            next_step,
            so_far,
            endpoint=options.cluster["endpoint"]["url"],
            role_arn=document.get("assumed_role_arn"),
            instance_id=next(iter(own), None),
        )

    def _is_client(self, instance: Any, options: ConsumerOptions) -> bool:
        owned = is_ours(instance["tags"], options.cluster["cluster_arn"], options.name, instance["instance_id"])
        return options.instance and owned and instance["state"] != "shutting-down"


def _ended(facts: FactsB) -> list[str]:
    """Return the instances of the consumer that had come to their end before the run began."""
    return [item["instance_id"] for item in facts["launch"]["ended_instances"]] if facts["launch"] else []
