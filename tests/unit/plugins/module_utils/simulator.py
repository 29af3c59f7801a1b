# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two accounts in memory: the facts that the plans read, and the writers that the roles run, in the roles' order.

It does what a plan's ``writes`` say and nothing else, so that a plan which forgets to write what it announces, or
which announces what is there, never comes to rest.
"""

from __future__ import annotations

import copy
from typing import Any

from ansible_collections.dax.cross_account.plugins.module_utils.write.peerings import DEAD
from ansible_collections.dax.cross_account.plugins.module_utils.facts.account_b import find_vpc, how_found
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build

# As in roles/dax_account_a/tasks/main.yml and roles/dax_account_b/vars/main.yml.
ORDER_A = {
    "present": ["role", "policy", "peering", "routes", "rules"],
    "absent": ["rules", "routes", "policy", "role", "peering"],
}
STAGES_B = {
    "present": [
        ["role", "policy", "instance_profile", "vpc"],
        ["subnets", "internet_gateway"],
        ["security_group", "peering"],
        ["endpoints", "routes", "instance"],
    ],
    "absent": [
        ["instance", "endpoints", "routes", "peering", "security_group", "internet_gateway", "subnets", "vpc"],
        ["instance_profile", "policy", "role"],
    ],
}
IN_VPC = ("subnets", "route_tables", "effective_route_tables", "security_groups", "internet_gateways", "vpc_endpoints")


class Killed(Exception):
    """The run ended in the middle."""


class World:
    """Both accounts. ``wanted_a`` and ``wanted_b`` are the variables of the two roles; ``budget`` is how many concerns
    a run may still write before it is killed."""

    def __init__(self, a: dict[str, Any] | None = None, b: dict[str, Any] | None = None, **inside: Any) -> None:
        self.a, self.b = a or build.facts_a(), b or build.facts_b()
        self.inside: dict[str, dict[str, Any]] = {key: dict(value) for key, value in inside.items()}
        self.peerings: list[dict[str, Any]] = []
        self.wanted_a, self.wanted_b = build.wanted_a(), build.wanted_b()
        self.budget = 10_000
        self.documents: dict[str, Any] = {}
        self.written: list[str] = []
        self._count = 0

    # What the facts modules return.

    def facts_a(self) -> dict[str, Any]:
        facts = copy.deepcopy({**self.a, "peerings": [self._view(item, build.A) for item in self.peerings]})
        self._settle(facts["route_tables"])
        return facts

    def facts_b(self) -> dict[str, Any]:
        wanted, vpcs = self.wanted_b, self.b["vpcs"]
        peerings = [self._view(item, build.B) for item in self.peerings]
        arn = wanted["cluster"]["cluster_arn"]
        found, how = find_vpc(vpcs, peerings, wanted["name"], arn, wanted.get("vpc_id"), wanted.get("vpc_tags") or {})
        inside = self.inside[found["vpc_id"]] if found else {}
        how = how_found(how, inside.get("subnets", []), wanted["name"], arn)
        facts = copy.deepcopy({**self.b, **inside, "vpc": found, "vpc_found_by": how, "peerings": peerings})
        main = [item["route_table_id"] for item in facts["route_tables"] if item["main"]]
        explicit = {name: item["route_table_id"] for item in facts["route_tables"] for name in item["subnet_ids"]}
        effective = {item["subnet_id"]: explicit.get(item["subnet_id"], *main) for item in facts["subnets"]}
        self._settle(facts["route_tables"])
        return {**facts, "effective_route_tables": effective}

    def _view(self, item: dict[str, Any], account: str) -> dict[str, Any]:
        return {**item, "tags": item["tags"].get(account, {})}

    def _settle(self, tables: list[dict[str, Any]]) -> None:
        active = {item["id"] for item in self.peerings if item["status"]["code"] == "active"}
        for route in (route for table in tables for route in table["routes"]):
            if route["target_type"] == "vpc_peering_connection":
                route["state"] = "active" if route["target_id"] in active else "blackhole"

    # What the roles do.

    def discover(self) -> None:
        """Account A's entry point ``discover``, whose document goes to account B."""
        self.wanted_b["cluster"] = plan_a(self.facts_a(), {**self.wanted_a, "consumers": []})["document"]

    def plan_a(self) -> dict[str, Any]:
        return plan_a(self.facts_a(), self.wanted_a)

    def plan_b(self) -> dict[str, Any]:
        return plan_b(self.facts_b(), self.wanted_b)

    def site(self) -> list[str]:
        """Run site.yml, or with ``state: absent`` teardown.yml; return the lines of what was planned at the start."""
        if self.wanted_a["state"] == "absent":
            return self._teardown()
        self.discover()
        lines = self.run_b()
        self.wanted_a["consumers"] = [self.plan_b()["document"]]
        return lines + self.run_a()

    def _teardown(self) -> list[str]:
        self.discover()
        self.wanted_a["consumers"] = [self.plan_b()["document"]]
        return self.run_a() + self.run_b()

    def run_a(self) -> list[str]:
        plan = self.plan_a()
        assert plan["conflicts"] == []
        for concern in ORDER_A[self.wanted_a["state"]]:
            if concern in plan["concerns"]:
                self._spend(f"a.{concern}")
                getattr(self, f"_a_{concern}")(plan["writes"])
        self.documents["a"] = plan["document"]
        return changes(plan)

    def run_b(self) -> list[str]:
        plan = self.plan_b()
        assert plan["conflicts"] == []
        lines, state = changes(plan), self.wanted_b["state"]
        for stage in STAGES_B[state]:
            for concern in stage:
                if concern in plan["concerns"]:
                    self._spend(f"b.{concern}")
                    getattr(self, f"_b_{concern}" if state == "present" else f"_end_{concern}")(plan)
            if state == "present":
                plan = self.plan_b()
                assert plan["conflicts"] == []
        self.documents["b"] = plan["document"]
        return lines

    def _spend(self, concern: str) -> None:
        if self.budget == 0:
            raise Killed
        self.budget -= 1
        self.written.append(concern)

    def _id(self, kind: str) -> str:
        self._count += 1
        return f"{kind}-{self._count:x}"

    # Account A's writers.

    def _a_role(self, writes: dict[str, Any]) -> None:
        for write in writes["roles"]:
            self.a["role"] = written_role(self.a["role"], write, build.A)

    def _a_policy(self, writes: dict[str, Any]) -> None:
        for write in writes["policies"]:
            write_policy(self.a["role"], write)

    def _a_peering(self, writes: dict[str, Any]) -> None:
        self._connections(build.A, writes["peering"]["accept"], "accepted")
        self._connections(build.A, writes["peering"]["end"], "absent")

    def _a_routes(self, writes: dict[str, Any]) -> None:
        write_routes(self.a["route_tables"], writes["routes"])

    def _a_rules(self, writes: dict[str, Any]) -> None:
        rules = writes["rules"]
        for item in self.a["security_groups"]:
            gone = [(rule["from_port"], rule.get("group_id")) for rule in rules["drop"].get(item["group_id"], [])]
            item["rules"] = [old for old in item["rules"] if (old["from_port"], old["source_group_id"]) not in gone]
            if item["group_id"] == rules["group_id"]:
                for new in rules["put"]:
                    active = [pcx for pcx in self.peerings if pcx["status"]["code"] == "active"]
                    assert active, "EC2 refuses a rule that names another account's group without an active peering"
                    shape = {"source_group_id": new["group_id"], "source_user_id": new["user_id"], "tags": new["tags"]}
                    made = build.rule(self._id("sgr"), new["from_port"], description=new["description"], **shape)
                    same = [old for old in item["rules"] if old["source_group_id"] == new["group_id"]]
                    others = [old for old in item["rules"] if old not in same]
                    item["rules"] = [*others, {**made, "rule_id": same[0]["rule_id"]} if same else made]

    def _peering(self, peering_id: str) -> dict[str, Any]:
        return next(item for item in self.peerings if item["id"] == peering_id)

    def _connections(self, account: str, connections: list[dict[str, Any]], state: str) -> None:
        """What the module ec2_vpc_peering_connections does."""
        for entry in connections:
            item = self._peering(entry["id"])
            assert item[entry["side"]]["owner_id"] == account
            if state == "absent":
                item["status"]["code"] = "deleted"
                continue
            assert item["status"]["code"] not in DEAD
            if state == "accepted":
                item["status"]["code"] = "active"
            item["tags"].setdefault(account, {}).update(entry.get("tags", {}))
            if "dns_resolution" in entry:
                assert item["status"]["code"] == "active"
                item[entry["side"]]["dns_resolution"] = entry["dns_resolution"]

    # Account B's writers.

    def _b_role(self, plan: dict[str, Any]) -> None:
        write = plan["writes"]["role"]
        self.b["role"] = written_role(self.b["role"], write, build.B)
        self.b["role"]["attached_policies"] = list(write["managed_policies"])

    def _b_policy(self, plan: dict[str, Any]) -> None:
        write_policy(self.b["role"], plan["writes"]["policy"])

    def _b_instance_profile(self, plan: dict[str, Any]) -> None:
        write = plan["writes"]["instance_profile"]
        arn = f"arn:aws:iam::{build.B}:instance-profile/{write['name']}"
        shape = {"instance_profile_name": write["name"], "arn": arn, "path": write["path"]}
        self.b["instance_profile"] = {**shape, "role_names": [write["role"]], "tags": dict(write["tags"])}

    def _b_vpc(self, plan: dict[str, Any]) -> None:
        write = plan["writes"]["vpc"]
        found = next((item for item in self.b["vpcs"] if item["vpc_id"] == write["vpc_id"]), None)
        if found is None:
            found = build.vpc(self._id("vpc"), write["cidr_block"])
            self.b["vpcs"].append(found)
            main = build.table(self._id("rtb"), build.route(write["cidr_block"], "local"), main=True)
            self.inside[found["vpc_id"]] = {
                **{key: [] for key in (*IN_VPC, "instances")},
                "route_tables": [main],
                "security_groups": [build.group(self._id("sg"), name="default")],
            }
        found.update(dns_support=True, dns_hostnames=True)
        found["tags"] = {**found["tags"], **write["tags"]}
        if write["ipv6"] and not found["ipv6_cidr_blocks"]:
            found["ipv6_cidr_blocks"] = ["2001:db8:b::/56"]

    def _here(self) -> dict[str, Any]:
        return self.inside[self.facts_b()["vpc"]["vpc_id"]]

    def _b_subnets(self, plan: dict[str, Any]) -> None:
        subnets = self._here()["subnets"]
        for write in plan["writes"]["subnets"]:
            found = next((item for item in subnets if item["cidr_block"] == write["cidr"]), None)
            if found is None:
                found = build.subnet(self._id("subnet"), write["cidr"], write["az"])
                subnets.append(found)
            found["map_public_ip"] = write["map_public"]
            found["tags"] = {**found["tags"], **write["tags"]}
            if write["ipv6_cidr"]:
                found["ipv6_cidr_blocks"] = [write["ipv6_cidr"]]

    def _b_internet_gateway(self, plan: dict[str, Any]) -> None:
        write, here = plan["writes"]["internet_gateway"], self._here()
        if not write["present"]:
            if not here["internet_gateways"]:
                here["internet_gateways"].append({"internet_gateway_id": self._id("igw"), "attached": True, "tags": {}})
            here["internet_gateways"][0]["tags"] |= write["tags"]
        gateway_id = here["internet_gateways"][0]["internet_gateway_id"]
        put = [{**item, "gateway_id": gateway_id} for item in self.plan_b()["writes"]["internet_gateway"]["routes"]]
        write_routes(here["route_tables"], {"put": put, "drop": []})

    def _b_security_group(self, plan: dict[str, Any]) -> None:
        write, groups = plan["writes"]["security_group"], self._here()["security_groups"]
        found = next((item for item in groups if item["group_id"] == write["group_id"]), None)
        if found is None:
            found = build.group(self._id("sg"), name=write["name"])
            groups.append(found)
        found["tags"] = {**found["tags"], **write["tags"]}

    def _b_peering(self, plan: dict[str, Any]) -> None:
        request, settle = plan["writes"]["peering"]["request"], plan["writes"]["peering"]["settle"]
        if plan["document"]["peering_connection_id"] is None:
            facts = self.facts_b()
            made = build.peering(self._id("pcx"), "pending-acceptance")
            made["requester"] = build.end(build.B, facts["vpc"]["vpc_id"], *facts["vpc"]["cidr_blocks"])
            self.peerings.append({**made, "tags": {build.B: dict(request["tags"])}})
        if settle:
            self._connections(build.B, settle["connections"], settle["state"])

    def _b_endpoints(self, plan: dict[str, Any]) -> None:
        here = self._here()
        for rule in plan["writes"]["endpoint_rules"]:
            own = next(item for item in here["security_groups"] if item["group_id"] == rule["group_id"])
            own["rules"].append(build.rule(self._id("sgr"), 443, source_group_id=own["group_id"]))
        for write in plan["writes"]["endpoints"]:
            shape = {"vpc_endpoint_id": self._id("vpce"), "service_name": write["service"], "state": "available"}
            here["vpc_endpoints"].append({**shape, "tags": dict(write["tags"])})

    def _b_routes(self, plan: dict[str, Any]) -> None:
        write_routes(self._here()["route_tables"], plan["writes"]["routes"])

    def _b_instance(self, plan: dict[str, Any]) -> None:
        write, here = plan["writes"]["instance"], self._here()
        profile = f"arn:aws:iam::{build.B}:instance-profile/{write['instance_profile_name']}"
        own = plan["document"]["security_group_id"]
        if not write["instance_ids"]:
            made = {"instance_id": self._id("i"), "state": "running", "subnet_id": write["subnet_id"], "tags": {}}
            here["instances"].append({**made, "security_group_ids": []})
        ids = write["instance_ids"] or [here["instances"][-1]["instance_id"]]
        for item in (item for item in here["instances"] if item["instance_id"] in ids):
            item["instance_profile_arn"] = profile
            item["security_group_ids"] = list(dict.fromkeys([*item["security_group_ids"], own]))
            item["tags"] = {**item["tags"], **write["tags"]}

    # Account B's teardown.

    def _drop(self, key: str, id_key: str, ids: list[str]) -> None:
        for here in self.inside.values():
            here[key] = [item for item in here[key] if item[id_key] not in ids]

    def _end_instance(self, plan: dict[str, Any]) -> None:
        self._drop("instances", "instance_id", plan["writes"]["instance"]["end"])

    def _end_endpoints(self, plan: dict[str, Any]) -> None:
        self._drop("vpc_endpoints", "vpc_endpoint_id", plan["writes"]["endpoints"])

    def _end_routes(self, plan: dict[str, Any]) -> None:
        write_routes(self._here()["route_tables"], plan["writes"]["routes"])

    def _end_peering(self, plan: dict[str, Any]) -> None:
        self._connections(build.B, plan["writes"]["peering"]["end"], "absent")

    def _end_security_group(self, plan: dict[str, Any]) -> None:
        self._drop("security_groups", "group_id", [plan["writes"]["security_group"]])

    def _end_internet_gateway(self, plan: dict[str, Any]) -> None:
        self._drop("internet_gateways", "internet_gateway_id", [plan["writes"]["internet_gateway"]])

    def _end_subnets(self, plan: dict[str, Any]) -> None:
        self._drop("subnets", "cidr_block", plan["writes"]["subnets"])

    def _end_vpc(self, plan: dict[str, Any]) -> None:
        vpc_id = plan["writes"]["vpc"]
        left = [
            key for key in ("subnets", "instances", "internet_gateways", "vpc_endpoints") if self.inside[vpc_id][key]
        ]
        assert left == [], "EC2 refuses to delete a VPC that holds anything"
        self.b["vpcs"] = [item for item in self.b["vpcs"] if item["vpc_id"] != vpc_id]
        del self.inside[vpc_id]

    def _end_instance_profile(self, _plan: dict[str, Any]) -> None:
        self.b["instance_profile"] = None

    def _end_policy(self, plan: dict[str, Any]) -> None:
        write_policy(self.b["role"], plan["writes"]["policy"])

    def _end_role(self, _plan: dict[str, Any]) -> None:
        self.b["role"] = None


def changes(plan: dict[str, Any]) -> list[str]:
    return [f"{kind} {resource}" for kind, resource in build.done(plan)]


def written_role(role: dict[str, Any] | None, write: dict[str, Any], account: str) -> dict[str, Any] | None:
    if write["state"] == "absent":
        return None
    arn = f"arn:aws:iam::{account}:role{write['path']}{write['name']}"
    new = role or {**build.role(write["name"], {}, account), "path": write["path"], "arn": arn}
    settings = {"trust": write["trust"], "max_session_duration": write["max_session_duration"]}
    return {**new, **settings, "permissions_boundary": write.get("boundary") or None, "tags": dict(write["tags"])}


def write_policy(role: dict[str, Any], write: dict[str, Any]) -> None:
    if write["state"] == "absent":
        role["inline_policies"].pop(write["name"])
    else:
        role["inline_policies"][write["name"]] = write["document"]


def write_routes(tables: list[dict[str, Any]], writes: dict[str, Any]) -> None:
    for write in (*writes["drop"], *writes["put"]):
        table = next(item for item in tables if item["route_table_id"] == write["route_table_id"])
        table["routes"] = [item for item in table["routes"] if item["destination"] != write["destination"]]
    for write in writes["put"]:
        table = next(item for item in tables if item["route_table_id"] == write["route_table_id"])
        target = write.get("vpc_peering_connection_id") or write["gateway_id"]
        assert target, "a route needs a target"
        table["routes"].append(build.route(write["destination"], target))
        table["routes"].sort(key=lambda item: (item["target_type"] != "local", item["destination"]))
