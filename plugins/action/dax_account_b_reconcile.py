# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Role ``dax_account_b``: reads account B, plans, shows the plan, refuses or carries it out."""

from __future__ import annotations

from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
    check_consumer_document,
    key_or_nothing,
)
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import is_ours
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.block import (
    block_request,
    settled_request,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.services import wanted_services
from ansible_collections.dax.cross_account.plugins.module_utils.plan.check.sides import check_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Plan as PlanModel
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions
from ansible_collections.dax.cross_account.plugins.module_utils.plan.report import Summary, summarise
from ansible_collections.dax.cross_account.plugins.module_utils.plan.resources import resource
from ansible_collections.dax.cross_account.plugins.module_utils.plan.stages import B
from ansible_collections.dax.cross_account.plugins.plugin_utils import account, artifacts
from ansible_collections.dax.cross_account.plugins.plugin_utils.check import Check, hosts_of
from ansible_collections.dax.cross_account.plugins.plugin_utils.doctor import (
    CLIENT_WISHES,
    read_consumer,
    wishes_of_consumer,
)
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import (
    check_path,
    given_document,
    is_text,
)
from ansible_collections.dax.cross_account.plugins.plugin_utils.role import RoleError
from ansible_collections.dax.cross_account.plugins.plugin_utils.side import Plan, SideAction
from ansible_collections.dax.cross_account.plugins.plugin_utils.values import plain

# What the role registers the results of all phases under, so that the hosts of a play see each other's requests; and
# the fact with what came of each consumer, by its key, so that the turns of a loop on one host do.
RESULT, CONSUMERS = "dax_account_b_result", "dax_account_b_consumers"


class ActionModule(SideAction):
    """See the module of the same name for its documentation."""

    INFO_MODULE = "dax.cross_account.dax_account_b_info"
    CONNECTION = "dax_account_b_connection"
    DOCUMENT_PATH = "dax_account_b_document_path"
    NAME = "dax_account_b_name"

    _facts: FactsB

    def in_phase(self, phase: str) -> dict[str, Any]:
        if phase == "check":
            return self._check()
        if phase == "doctor":
            return self._doctor()
        options = self._options()
        check_path(self.DOCUMENT_PATH, options.document_path)
        self.check_plan_path(options)
        if options.cluster is None:
            return self._without_document(phase)
        if phase == "read":
            facts = self._read(options)
            request = block_request(facts, options)
            return {"changed": False, "facts": facts, "key": _key(facts, options), "request": request}
        facts = plain(self._task.args.get("facts")) or self._read(options)
        options = self._beside_others(facts, options)
        shown = self._plan(facts, options)
        shown = self.with_header(shown, options, options.cluster["cluster_arn"], options.name)
        if phase == "plan":
            self.refuse_conflicts(shown)
            left = shown
        else:
            self.show(shown["lines"])
            self.review(shown, options)
            if shown["changes"]:
                self.prove_account(shown)
            left = shown
            if not options.check_mode:
                started = options.replace(ended_before=_ended(facts))
                left = self.apply(shown, lambda: self._plan(self._read(started), started), started)
        wrote = self.write_document(options, left)
        result = self.outcome(shown, left, self._summary(options, shown, left))
        changed = wrote or (phase != "plan" and result["changed"])
        return {**result, **self._by_key(options, result), "changed": changed}

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
            plan = self._plan(facts, self._beside_others(facts, options)) if facts else None
            if plan:
                check.attempt("credentials", lambda: self.prove_account(plan))
        found = check.with_rights(found, options, cluster.get("cluster_arn"), facts)
        regions = [cluster["region"]] if cluster else []
        check_b(check.findings, found, facts, plan, options, regions)
        return check.result()

    def _doctor(self) -> dict[str, Any]:
        """Return what the doctor reads of this side."""
        options = self._options()
        if options.cluster is None:
            fix = "read account A in the same run, or give its document (dax_account_b_cluster)"
            raise RoleError(f"{self._path}: there is no such document; {fix}")
        instance_id = str(self._variable("dax_doctor_instance_id") or "")
        client = {name: self._variable(f"dax_client_{name}") for name in CLIENT_WISHES}
        # What the inventory gives: with account A in the run, the reading has gone by what is there now.
        own = self._vars["hostvars"][self._vars["inventory_hostname"]].get("dax_account_b_cluster")
        saved = plain(given_document(own)) if own else None
        found = read_consumer(self, options, instance_id)
        wishes = wishes_of_consumer(options, client, instance_id, saved)
        return {"changed": False, "doctor": {**found, "wishes": wishes}}

    def _variable(self, name: str) -> Any:
        return plain(self._templar.template(self._vars.get(name)))

    def _options(self) -> ConsumerOptions:
        self.connection = {}
        options = ConsumerOptions.from_variables(
            self.variables(ConsumerOptions), check_mode=bool(self._task.check_mode)
        )
        self.connection = account.checked(self.CONNECTION, options.connection)
        self.patience = options.wait_timeout
        self._path = "" if isinstance(options.cluster, dict) or is_text(options.cluster) else str(options.cluster)
        document = given_document(options.cluster)
        if document is not None:
            try:
                document = check_cluster_document(document, options.state == "present")
            except DocumentError as error:
                raise RoleError(f"dax_account_b_cluster: {error}") from error
        return options.replace(cluster=document)

    def _beside_others(self, facts: FactsB, options: ConsumerOptions) -> ConsumerOptions:
        """Return the options with what the other consumers of the run have or want; new ones choose in this order.

        Those that have had their turn come first, on any host or in a job before this one, then those on the hosts
        before this one.
        """
        own, hostvars = _key(facts, options), self._vars["hostvars"]
        hosts = list(self._vars.get("ansible_play_hosts_all") or [])
        here = self._vars["inventory_hostname"]
        known = dict.fromkeys([*hosts, *hosts_of(self._vars, "dax_account_b"), here])
        past: dict[str, Any] = {}
        for host in known:
            past |= plain((hostvars[host].get(CONSUMERS) if host in hostvars else None) or {})
        earlier = [consumer["request"] for key, consumer in past.items() if key != own and consumer["request"]]
        for each in map(given_document, artifacts.consumers(self._vars).values()):
            if (key := key_or_nothing(each)) and key not in (own, *past):
                earlier.append(settled_request(check_consumer_document(each)["cidr_blocks"]))
        later: list[Any] = []
        place = hosts.index(here) if here in hosts else 0
        for number, host in enumerate(hosts):
            read = (hostvars[host].get(RESULT) if host in hostvars else None) or {}
            if number != place and read.get("request") and read["key"] not in (own, *past):
                (earlier if number < place else later).append(plain(read["request"]))
        return options.replace(earlier_requests=earlier, later_requests=later)

    def _by_key(self, options: ConsumerOptions, result: dict[str, Any]) -> dict[str, Any]:
        """Return what came of this consumer together with the others' that had their turn on this host."""
        key, document = _key(self._facts, options), result["document"]
        request = None if options.state == "absent" else block_request(self._facts, options)
        if request and document and not request["blocks"]:
            # That of a VPC which is still to be made, in check mode.
            request["blocks"] = document["cidr_blocks"]
        own = {"document": document, "plan": result["plan"], "summary": result["summary"], "request": request}
        earlier = plain(self._templar.template(self._vars.get(CONSUMERS)) or {})
        return {"key": key, "request": request, "consumers": {**earlier, key: own}}

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


def _key(facts: FactsB, options: ConsumerOptions) -> str:
    return f"{facts['identity']['account_id']}/{options.name}"


def _ended(facts: FactsB) -> list[str]:
    """Return the instances of the consumer that had come to their end before the run began."""
    return [item["instance_id"] for item in facts["launch"]["ended_instances"]] if facts["launch"] else []
