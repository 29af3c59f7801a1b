# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts in memory: the facts that the plans read, and an executor that runs the plans' calls as the roles do.

It does what the calls say and nothing else, so that a plan which forgets to write what it announces, or which
announces what is there, never comes to rest.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any, Literal, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    consumer_key,
    consumer_role_name,
)
from ansible_collections.dax.cross_account.plugins.module_utils.common.ownership import registered_consumers
from ansible_collections.dax.cross_account.plugins.module_utils.common.roles import serves
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import FactsA, FactsB
from ansible_collections.dax.cross_account.plugins.module_utils.facts.consumer import ConsumerQuery
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Call
from ansible_collections.dax.cross_account.plugins.plugin_utils.executor import Executor
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import account_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_modules import (
    FakeModules,
    is_transitional,
)
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_vpc_modules import FakeVpcModules

Actions = list[tuple[str, str]]


class Killed(Exception):
    """The run ended in the middle."""


class Weather:
    """How AWS answers: at once, unless a subclass says otherwise. The time goes by in sleeps alone.

    :cvar calm: whether what a plan says of an account is so, since nothing changes between a reading and a call.
    """

    calm = True

    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def remember(self, world: World) -> None:
        """See both accounts just before a write."""

    def reading(self, _world: World, look: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Return a plan of what the account shows."""
        return look()

    def answer(self, carry_out: Callable[[], dict[str, Any]], _call: Call) -> Mapping[str, Any]:
        """Return a module's result."""
        return carry_out()


class World:
    """Both accounts.

    :ivar a: account A's facts; ``b`` account B's without those of its VPCs, which are in ``inside`` by their ids, and
        with its roles and instance profiles by their names.
    :ivar peerings: the peering connections, with the tags that each account has on them.
    :ivar variables_a: the variables of role ``dax_account_a`` that differ from its defaults; ``variables_b`` likewise.
    :ivar shows_requests: how EC2 shows account A a connection that is not active yet.
    :ivar weather: how AWS answers.
    :ivar budget: how many calls a run may still make before it is killed.
    :ivar ended: the instances that ended in the last hour; ``fate`` is the code and message with which new ones end.
    :ivar calls: the calls that were made, and ``written`` their steps.
    """

    def __init__(self, a: dict[str, Any] | None = None, b: dict[str, Any] | None = None, **inside: Any) -> None:
        self.a, self.b = a or build.facts_a(), b or build.facts_b()
        for kind, key in (("roles", "role"), ("profiles", "instance_profile")):
            found = self.b.pop(key)
            self.b[kind] = {found[f"{key}_name"]: found} if found else {}
        self.inside: dict[str, dict[str, Any]] = {key: dict(value) for key, value in inside.items()}
        self.peerings: list[dict[str, Any]] = []
        self.variables_a: dict[str, Any] = {}
        self.variables_b: dict[str, Any] = {"cluster": build.cluster_document()}
        self.shows_requests: Literal["with blocks", "without blocks", "not yet"] = "with blocks"
        self.budget = 10_000
        self.documents: dict[str, Any] = {}
        self.ended: list[dict[str, Any]] = []
        self.fate: dict[str, str] | None = None
        self.written: list[str] = []
        self.calls: list[Call] = []
        self.weather = Weather()
        self._count = 0
        self._ended_before: list[str] | None = None

    def set_state(self, state: str) -> None:
        self.variables_a["state"] = self.variables_b["state"] = state

    # What the facts modules return.

    def facts_a(self) -> dict[str, Any]:
        seen = [item for item in self.peerings if self._is_seen(item)]
        roles = self._roles_a()
        facts = copy.deepcopy({**self.a, **roles, "peerings": [self._view(item, build.A) for item in seen]})
        self._update_routes(facts["route_tables"])
        return facts

    def _roles_a(self) -> dict[str, Any]:
        """Sort the roles of account A by what their names are to its options."""
        options = build.wanted_a(**{**self.variables_a, "consumers": []})
        first = [self.a["role"]] if self.a["role"] else []
        roles = {role["role_name"]: role for role in [*first, *self.a["other_roles"]]}
        shared = roles.pop(options.role_name, None)
        keys = {key for role in roles.values() for key in registered_consumers(role["tags"])}
        keys |= {consumer_key(item) for item in self.variables_a.get("consumers", [])}
        names = {consumer_role_name(options.role_name, key) for key in keys} if options.role_per_consumer else set()
        own = {name: role for name, role in roles.items() if name in names}
        others = [role for name, role in roles.items() if name not in own and serves(role, self.a["cluster_arn"])]
        return {"role": shared, "consumer_roles": own, "other_roles": others}

    def facts_b(self) -> dict[str, Any]:
        options = build.wanted_b(**self.variables_b)
        peerings = [self._view(item, build.B) for item in self.peerings]
        query = ConsumerQuery(
            name=options.name,
            cluster_arn=options.cluster["cluster_arn"],
            role_name=options.role_name,
            instance_profile_name=options.instance_profile_name,
            vpc_id=options.vpc_id,
            vpc_tags=options.vpc_tags,
            removal=options.state == "absent",
        )
        places = account_b.places(self.b["vpcs"], self.inside, peerings, query)
        instances = [item for here in self.inside.values() for item in here["instances"]]
        iam = account_b.iam(self.b["roles"], self.b["profiles"], query)
        more = {"launch": self._launch(instances, query), "peerings": peerings, "elsewhere": places[1:]}
        facts = copy.deepcopy({**self.b, **places[0], **iam, **more})
        for place in [facts, *facts["elsewhere"]]:
            self._update_routes(place["route_tables"])
        return facts

    def _launch(self, instances: list[dict[str, Any]], query: ConsumerQuery) -> dict[str, Any] | None:
        """What decides on a new instance, where there is none of ours."""
        if any(query.owns(item["tags"], item["instance_id"]) for item in instances):
            return None
        return {**build.launch(), "ended_instances": self.ended}

    def _is_seen(self, item: dict[str, Any]) -> bool:
        """Whether account A's facts hold a connection: a request is new to the accepter for some moments."""
        open_request = item["status"]["code"] in ("initiating-request", "pending-acceptance")
        return not open_request or self.shows_requests != "not yet"

    def _view(self, item: dict[str, Any], account: str) -> dict[str, Any]:
        ends = {side: {**item[side], **self._blocks(item, item[side])} for side in ("requester", "accepter")}
        return {**item, **ends, "tags": item["tags"].get(account, {})}

    def _blocks(self, item: dict[str, Any], end: dict[str, Any]) -> dict[str, list[str]]:
        """The blocks of one end as EC2 shows them: those that the VPC has now, the accepter's once it is active."""
        shown = end is item["requester"] and self.shows_requests == "with blocks"
        if item["status"]["code"] != "active" and not shown:
            return {"cidr_blocks": [], "ipv6_cidr_blocks": []}
        vpcs = [self.a["vpc"]] if self.a["vpc"] else []
        found = next((vpc for vpc in vpcs + self.b["vpcs"] if vpc["vpc_id"] == end["vpc_id"]), end)
        return {key: found[key] for key in ("cidr_blocks", "ipv6_cidr_blocks")}

    def _update_routes(self, tables: list[dict[str, Any]]) -> None:
        active = {item["id"] for item in self.peerings if item["status"]["code"] == "active"}
        for route in (route for table in tables for route in table["routes"]):
            if route["target_type"] == "vpc_peering_connection":
                route["state"] = "active" if route["target_id"] in active else "blackhole"

    def cluster_blocks(self, vpc_id: str) -> list[str]:
        """The blocks of a VPC of a cluster; that of account A's facts or another one."""
        return ["10.8.0.0/16"] if vpc_id == "vpc-a2" else [build.BLOCK_A]

    def new_id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count:x}"

    def end_transitions(self) -> None:
        """What EC2 does by itself after a moment: a request can be accepted."""
        for peering in filter(is_transitional, self.peerings):
            peering["status"]["code"] = "pending-acceptance"

    # What the roles do.

    def discover(self) -> None:
        """Account A's entry point ``discover``, whose document goes to account B."""
        options = build.wanted_a(**{**self.variables_a, "consumers": []})
        self.variables_b["cluster"] = plan_a(cast(FactsA, self.facts_a()), options)["document"]

    def plan_a(self) -> dict[str, Any]:
        return self._checked(plan_a(cast(FactsA, self.facts_a()), build.wanted_a(**self.variables_a)))

    def plan_b(self) -> dict[str, Any]:
        options = build.wanted_b(**self.variables_b).replace(ended_before=self._ended_before)
        return self._checked(plan_b(cast(FactsB, self.facts_b()), options))

    def _checked(self, plan: dict[str, Any]) -> dict[str, Any]:
        assert plan["writes"].keys() <= set(plan["steps"]), "calls of a step that has nothing to write"
        return plan

    def site(self) -> Actions:
        """Run site.yml, or with ``state: absent`` teardown.yml; return what was planned at the start."""
        self.discover()
        teardown = self.variables_a.get("state") == "absent"
        actions = [] if teardown else self.run_b()
        self.variables_a["consumers"] = [self.plan_b()["document"]]
        actions += self.run_a()
        return actions + self.run_b() if teardown else actions

    def run_a(self) -> Actions:
        """Run role ``dax_account_a``; return what was planned at the start."""
        self.documents["a"], actions = self._run(FakeModules(self, build.A), self.plan_a)
        return actions

    def run_b(self) -> Actions:
        """Run role ``dax_account_b``; return what was planned at the start."""
        self.documents["b"], actions = self._run(FakeVpcModules(self, build.B), self.plan_b)
        return actions

    def _run(self, modules: FakeModules, look: Callable[[], dict[str, Any]]) -> tuple[Any, Actions]:
        self.end_transitions()
        plan = look()
        assert plan["conflicts"] == [], plan["conflicts"]
        actions, latest = build.done(plan), [plan]

        def replan() -> dict[str, Any]:
            latest.append(self.weather.reading(self, look))
            return latest[-1]

        def run_module(call: Call) -> Mapping[str, Any]:
            steps = [name for name, calls in latest[-1]["writes"].items() if any(map(_alike(call), calls))]
            return self.weather.answer(lambda: self._carry_out(modules, steps[0], call), call)

        executor = Executor(run_module, replan, lambda _line: None, 600, self.weather.sleep, self.weather.clock)
        self._ended_before = [item["instance_id"] for item in self.ended]
        try:
            return executor.apply(plan)["document"], actions
        finally:
            self._ended_before = None

    def _carry_out(self, modules: FakeModules, step: str, call: Call) -> dict[str, Any]:
        if self.budget == 0:
            raise Killed
        self.budget -= 1
        self.written.append(f"{'a' if modules.account == build.A else 'b'}.{step}")
        self.calls.append(call)
        self.weather.remember(self)
        return modules.run(call)


def _alike(call: Call) -> Callable[[Call], bool]:
    return lambda other: (other["module"], other["resource"]) == (call["module"], call["resource"])
