# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules that write, on accounts in memory.

A method is a module in one state: ``iam_role_present``. Its parameters are the options that the plans give it, and
Python refuses any other and any that is missing. Where AWS or the module would refuse a call, so does the method.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from ansible_collections.dax.cross_account.plugins.module_utils.common.compare import RuleKey, is_terminal, rule_key
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import Peering, Rule
from ansible_collections.dax.cross_account.plugins.module_utils.plan.model import Call
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_consumers import RoleWriter
from ansible_collections.dax.cross_account.plugins.module_utils.write.role_wishes import wish_of
from ansible_collections.dax.cross_account.plugins.modules import iam_role_consumers
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils import builders as build
from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.fake_iam import FakeIam

if TYPE_CHECKING:
    from ansible_collections.dax.cross_account.tests.unit.plugins.module_utils.simulator import World

Record = dict[str, Any]

# The modules by their full names, and the state that each has when none is given.
MODULES = {
    "amazon.aws.ec2_instance": "present",
    "amazon.aws.ec2_security_group": "present",
    "amazon.aws.ec2_vpc_endpoint": "present",
    "amazon.aws.ec2_vpc_igw": "present",
    "amazon.aws.ec2_vpc_net": "present",
    "amazon.aws.ec2_vpc_peering": "present",
    "amazon.aws.ec2_vpc_subnet": "present",
    "amazon.aws.iam_instance_profile": "present",
    "amazon.aws.iam_policy": "present",
    "amazon.aws.iam_role": "present",
    "dax.cross_account.ec2_instance_profile_association": "present",
    "dax.cross_account.ec2_resource_tags": "present",
    "dax.cross_account.ec2_security_group_rules": "present",
    "dax.cross_account.ec2_vpc_peering_connections": "accepted",
    "dax.cross_account.ec2_vpc_routes": "present",
    "dax.cross_account.iam_role_consumers": "present",
}
# What AWS would make twice if the call were sent twice, and the options that name one which is there.
ONCE = {
    "ec2_vpc_net_present": {"vpc_id"},
    "ec2_vpc_igw_present": {"internet_gateway_id"},
    "ec2_vpc_peering_present": set(),
    "ec2_vpc_endpoint_present": set(),
}
ENDS = {"requester_owner_id", "requester_vpc_id", "accepter_owner_id", "accepter_vpc_id"}
CONNECTION = {"id", "side", "tags", "dns_resolution"} | ENDS
RULE = {"protocol", "from_port", "to_port", "cidr_ip", "cidr_ipv6", "group_id", "user_id", "description", "tags"}


def is_transitional(peering: Record) -> bool:
    """Tell whether EC2 is about to end the status by itself."""
    return bool(peering["status"]["code"] == "initiating-request")


def is_over(peering: Record) -> bool:
    return is_terminal(cast(Peering, peering))


def key_of(rule: Record) -> RuleKey:
    return rule_key(cast(Rule, rule))


def of_id(items: list[Record], key: str, value: str) -> Record:
    """Return the one item of this id."""
    (found,) = [item for item in items if item[key] == value]
    return found


class FakeModules:
    """The modules with one account's connection."""

    def __init__(self, world: World, account: str) -> None:
        self.world, self.account = world, account
        self.own = world.a if account == build.A else world.b

    def run(self, call: Call) -> Record:
        """Run one call and return its result."""
        module, args = call["module"], copy.deepcopy(call["args"])
        assert [part for part in _parts(args) if part is None] == [], "arguments are given or left out"
        state = args.pop("state", MODULES[module])
        name = f"{module.rsplit('.', 1)[1]}_{state}"
        makes = name in ONCE and not ONCE[name] & args.keys()
        assert call.get("once", False) is makes, name
        if args.get("wait") or "wait_timeout" in args:
            assert call["waits_for"] and call["timeout"] >= args.get("wait_timeout", 1)
        run: Callable[..., Record | None] = getattr(self, name)
        try:
            return run(**args) or {}
        except (ValueError, TypeError):
            # It is gone, because a response was lost. The modules do not mind.
            if state != "absent" or self.world.weather.calm:
                raise
            return {}

    def _inside(self, vpc_id: str) -> Record:
        return self.world.inside[vpc_id]

    def _everywhere(self, key: str) -> list[Record]:
        """Return the items of all VPCs of the account, such as its route tables."""
        if self.account == build.A:
            return [*self.own[key], *self.own.get(f"other_{key}", [])]
        return [item for here in self.world.inside.values() for item in here[key]]

    def _remove(self, key: str, id_key: str, value: str) -> None:
        of_id(self._everywhere(key), id_key, value)
        for here in self.world.inside.values():
            here[key] = [item for item in here[key] if item[id_key] != value]

    # IAM.

    def iam_role_present(
        self,
        *,
        name: str,
        path: str,
        assume_role_policy_document: Record,
        max_session_duration: int,
        tags: dict[str, str],
        purge_policies: bool,
        create_instance_profile: bool,
        delete_instance_profile: bool,
        boundary: str | None = None,
        managed_policies: tuple[str, ...] | list[str] = (),
        description: str | None = None,
    ) -> None:
        assert (purge_policies, create_instance_profile, delete_instance_profile) == (False, False, False)
        role = self._roles().get(name)
        if role is None:
            assert name.casefold() not in {other.casefold() for other in self._roles()}, "IAM ignores case in names"
            assert boundary != "", "IAM refuses an empty ARN for a new role"
            role = build.role(name, {}, self.account, path=path, arn=f"arn:aws:iam::{self.account}:role{path}{name}")
        assert (role["role_name"], role["path"]) == (name, path)
        attached = list(dict.fromkeys([*role["attached_policies"], *managed_policies]))
        boundary = role["permissions_boundary"] if boundary is None else boundary or None
        settings = {"max_session_duration": max_session_duration, "permissions_boundary": boundary}
        given = {"trust": assume_role_policy_document, "attached_policies": attached, "tags": tags}
        described = {"description": role["description"] if description is None else description}
        self._keep_role({**role, **settings, **given, **described})

    def iam_role_absent(
        self, *, name: str, purge_policies: bool, create_instance_profile: bool, delete_instance_profile: bool
    ) -> None:
        assert (purge_policies, create_instance_profile, delete_instance_profile) == (False, False, False)
        assert name in self._roles() or not self.world.weather.calm
        self._drop_role(name)

    def _drop_role(self, name: str) -> None:
        if self.own["role"] and self.own["role"]["role_name"] == name:
            self.own["role"] = None
        elif "other_roles" in self.own:
            self.own["other_roles"] = [role for role in self.own["other_roles"] if role["role_name"] != name]

    def iam_role_consumers_present(self, **options: Any) -> Record:
        return self._consumers("present", options)

    def iam_role_consumers_absent(self, **options: Any) -> Record:
        return self._consumers("absent", options)

    def _consumers(self, state: str, options: Record) -> Record:
        """Run the module itself on the account's roles."""
        given = iam_role_consumers.SPEC
        assert options.keys() <= given.keys()
        roles = self._roles()
        wish = wish_of({**options, "state": state})
        writer = RoleWriter(
            FakeIam(roles, self.account),
            wish,
            options["retry_seconds"],
            self.world.weather.sleep,
            self.world.weather.clock,
        )
        writer.settle()
        gone = self._roles().keys() - roles.keys()
        for name in gone:
            self._drop_role(name)
        for role in roles.values():
            self._keep_role(role)
        return {"changes": writer.changes}

    def iam_policy_present(self, *, iam_type: str, iam_name: str, policy_name: str, policy_json: Record) -> None:
        assert iam_type == "role"
        self._roles()[iam_name]["inline_policies"][policy_name] = policy_json

    def iam_policy_absent(self, *, iam_type: str, iam_name: str, policy_name: str) -> None:
        assert iam_type == "role"
        del self._roles()[iam_name]["inline_policies"][policy_name]

    def _roles(self) -> dict[str, Record]:
        """Return the roles of the account by their names: one is kept apart, for tests that look at one alone."""
        first = [self.own["role"]] if self.own["role"] else []
        return {role["role_name"]: role for role in [*first, *self.own.get("other_roles", [])]}

    def _keep_role(self, role: Record) -> None:
        names = [item["role_name"] for item in self.own.get("other_roles", [])]
        if role["role_name"] in names:
            self.own["other_roles"][names.index(role["role_name"])] = role
        elif self.own["role"] is None or self.own["role"]["role_name"] == role["role_name"]:
            self.own["role"] = role
        else:
            self.own["other_roles"].append(role)

    # Peering connections, which both accounts see.

    def _connections(self, connections: list[Record], wait_timeout: int) -> Iterator[tuple[Record, Record]]:
        assert connections and wait_timeout > 0
        for option in connections:
            assert set(option) <= CONNECTION
            peering = of_id(self.world.peerings, "id", option["id"])
            assert peering[option["side"]]["owner_id"] == self.account if "side" in option else len(option) == 1
            self._check_ends(option, peering)
            yield option, peering

    def _check_ends(self, option: Record, peering: Record) -> None:
        """As the module does before it changes anything."""
        for name in ENDS & set(option):
            side, key = name.split("_", 1)
            assert option[name] == peering[side][key], f"{peering['id']} has another {name}"

    def ec2_vpc_peering_connections_present(self, *, connections: list[Record], wait_timeout: int) -> None:
        for option, peering in self._connections(connections, wait_timeout):
            assert not is_over(peering)
            self.world.end_transitions()
            peering["tags"].setdefault(self.account, {}).update(option.get("tags", {}))
            if "dns_resolution" in option:
                assert peering["status"]["code"] == "active", "EC2 sets it on an active connection only"
                peering[option["side"]]["dns_resolution"] = option["dns_resolution"]

    def ec2_vpc_peering_connections_accepted(self, *, connections: list[Record], wait_timeout: int) -> None:
        for option, peering in self._connections(connections, wait_timeout):
            assert option["side"] == "accepter" or peering["status"]["code"] == "active"
            pending = peering["status"]["code"] != "active"
            assert not pending or {"requester_owner_id", "requester_vpc_id"} <= set(option), "accepted unchecked"
            assert not is_over(peering)
            peering["status"]["code"] = "active"
        self.ec2_vpc_peering_connections_present(connections=connections, wait_timeout=wait_timeout)

    def ec2_vpc_peering_connections_absent(self, *, connections: list[Record], wait_timeout: int) -> None:
        for _option, peering in self._connections(connections, wait_timeout):
            assert not is_over(peering) or not self.world.weather.calm
            peering["status"]["code"] = "deleted"

    # Tags of whatever there is in EC2.

    def ec2_resource_tags_present(self, *, resources: list[Record], retry_not_found_seconds: int) -> None:
        assert retry_not_found_seconds >= 0 and resources
        for option in resources:
            assert set(option) <= {"id", "tags", "absent"}
            tags = self._tags_of(option["id"])
            for key in option.get("absent", []):
                tags.pop(key, None)
            tags.update(option.get("tags", {}))

    def _tags_of(self, resource_id: str) -> dict[str, str]:
        """Return the tags of a resource, to be changed."""
        for peering in self.world.peerings:
            if peering["id"] == resource_id:
                return cast("dict[str, str]", peering["tags"].setdefault(self.account, {}))
        keys = {"i": "instance_id", "igw": "internet_gateway_id", "sg": "group_id", "sgr": "rule_id"}
        keys |= {"subnet": "subnet_id", "vpc": "vpc_id", "vpce": "vpc_endpoint_id"}
        key = keys[resource_id.rpartition("-")[0]]
        # Its own id is the first thing in a record; others may name it, as an instance its subnet.
        records = [item for item in _parts(self._taggable()) if isinstance(item, dict) and next(iter(item), "") == key]
        (found,) = [item for item in records if item[key] == resource_id]
        return cast("dict[str, str]", found["tags"])

    def _taggable(self) -> Any:
        return self.own if self.account == build.A else [self.own["vpcs"], list(self.world.inside.values())]

    # Routes and rules.

    def ec2_vpc_routes_present(
        self,
        *,
        routes: list[Record],
        replace: bool,
        retry_not_found_seconds: int,
        replace_connections: tuple[str, ...] | list[str] = (),
    ) -> None:
        assert retry_not_found_seconds >= 0
        terminal = {item["id"] for item in self.world.peerings if is_over(item)}
        for option in routes:
            table, destination, target = self._route(option)
            if not self.world.weather.calm:
                self.world.end_transitions()  # the module waits for it
            assert not any(item["id"] == target for item in self.world.peerings if is_transitional(item)), "not found"
            same = [item for item in table["routes"] if item["destination"] == destination]
            for found in same:
                assert found["target_type"] != "local"
                replaced = {target, *terminal, *replace_connections}
                assert replace or found["target_id"] in replaced, f"{found['target_id']} is in the way"
            table["routes"] = [item for item in table["routes"] if item not in same]
            table["routes"].append(build.route(destination, target))
            table["routes"].sort(key=lambda item: (item["target_type"] != "local", item["destination"]))

    def ec2_vpc_routes_absent(self, *, routes: list[Record]) -> None:
        for option in routes:
            table, destination, target = self._route(option)
            gone = [
                item for item in table["routes"] if (item["destination"], item["target_id"]) == (destination, target)
            ]
            assert len(gone) == 1 or not self.world.weather.calm
            table["routes"] = [item for item in table["routes"] if item not in gone]

    def _route(self, option: Record) -> tuple[Record, str, str]:
        (target_key,) = set(option) - {"route_table_id", "destination"}
        assert target_key in ("vpc_peering_connection_id", "gateway_id")
        table = of_id(self._everywhere("route_tables"), "route_table_id", option["route_table_id"])
        return table, option["destination"], option[target_key]

    def ec2_security_group_rules_present(
        self, *, group_id: str, rules: list[Record], update_description: bool = False, retry_not_found_seconds: int = 60
    ) -> None:
        group = of_id(self._everywhere("security_groups"), "group_id", group_id)
        assert retry_not_found_seconds >= 0
        for option in rules:
            rule = self._rule(option)
            if rule["source_user_id"] not in (None, self.account):
                active = [item for item in self.world.peerings if item["status"]["code"] == "active"]
                assert active, "EC2 refuses a rule that names another account's group without an active peering"
            found = next((item for item in group["rules"] if key_of(item) == key_of(rule)), None)
            if found is None:
                group["rules"].append(rule)
                continue
            found["tags"] = {**found["tags"], **rule["tags"]}
            if update_description:
                found["description"] = rule["description"]

    def ec2_security_group_rules_absent(self, *, group_id: str, rules: list[Record]) -> None:
        group = of_id(self._everywhere("security_groups"), "group_id", group_id)
        for rule in map(self._rule, rules):
            gone = [item for item in group["rules"] if key_of(item) == key_of(rule)]
            assert [item["description"] for item in gone] == [rule["description"]] or not self.world.weather.calm
            group["rules"] = [item for item in group["rules"] if item not in gone]

    def _rule(self, option: Record) -> Record:
        assert set(option) <= RULE
        source = {key: option.get(key) for key in ("cidr_ip", "cidr_ipv6", "description")}
        group = {"source_group_id": option.get("group_id"), "source_user_id": option.get("user_id")}
        ports = {"from_port": option["from_port"], "to_port": option.get("to_port", option["from_port"])}
        shape = {"protocol": option["protocol"], **ports, **source, **group, "tags": dict(option.get("tags", {}))}
        return build.rule(self.world.new_id("sgr"), **{"port": option["from_port"], **shape})


def _parts(value: Any) -> Iterator[Any]:
    """Yield a value and all that is in it."""
    yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _parts(item)
