# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""VPC peering connections, by id: accept, reject, delete, and wait for what EC2 makes of it.

Source: https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list

from ..common.aws import attempts, aws_errors, error_code, patiently, poll, retried
from ..common.compare import compare_peering, is_terminal, surplus_tags, text_tags
from ..common.ec2 import TERMINAL, normalise_peering
from ..common.shapes import Peering, Tags

Side = Literal["requester", "accepter"]
State = Literal["accepted", "present", "rejected", "absent"]

# EC2 itself moves a connection on from these.
_MOVING = frozenset({"initiating-request", "provisioning"})
_CALLS = {
    "accept": "accept_vpc_peering_connection",
    "reject": "reject_vpc_peering_connection",
    "delete": "delete_vpc_peering_connection",
}
_OUTCOMES = {"accept": "active", "reject": "rejected", "delete": "deleted"}
_DENIED = frozenset({"UnauthorizedOperation", "AccessDenied"})
_OVERTAKEN = frozenset({"InvalidStateTransition", "InvalidVpcPeeringConnectionID.NotFound"})


class Settings(NamedTuple):
    """What of a connection's settings has to be written: empty parts need no call."""

    tags: Tags
    untag: list[str]
    dns_resolution: bool | None

    @property
    def any(self) -> bool:
        return bool(self.tags or self.untag) or self.dns_resolution is not None


@aws_errors("describe VPC peering connections")
@retried()
def describe_peerings(client: Any, ids: list[str]) -> dict[str, Peering]:
    """Read peering connections by id; those that EC2 no longer, or not yet, shows are left out."""
    if not ids:
        return {}
    # A filter, unlike the parameter for ids, does not refuse the whole list for one that is missing.
    pages = client.get_paginator("describe_vpc_peering_connections").paginate(
        Filters=[{"Name": "vpc-peering-connection-id", "Values": ids}]
    )
    found = pages.build_full_result().get("VpcPeeringConnections", [])
    return {raw["VpcPeeringConnectionId"]: normalise_peering(raw) for raw in found}


def settings_to_write(peering: Peering, params: dict[str, Any]) -> Settings:
    """Return what of the desired settings has to be written.

    :param params: ``dns_resolution``, ``side``, ``tags`` and ``purge_tags`` of the module.
    :returns: DNS resolution can be set on an active connection only, so it is None for any other.
    """
    tags = None if params["tags"] is None else text_tags(params["tags"])
    to_set, dns = compare_peering(peering, params["side"] or "accepter", tags, params["dns_resolution"])
    untag = surplus_tags(peering["tags"], tags) if tags is not None and params["purge_tags"] else []
    return Settings(to_set, untag, dns if peering["status"]["code"] == "active" else None)


def next_step(code: str, state: State, side: Side | None) -> str:
    """Decide what a connection with this status needs for the desired state.

    :returns: ``nothing``, ``wait`` (EC2 itself is about to move it on), ``accept``, ``reject``, ``delete``, or
        ``impossible``.
    """
    if state == "absent":
        if code in TERMINAL:
            return "wait" if code == "deleting" else "nothing"
        if code in _MOVING:
            return "wait"
        # Only its requester can withdraw a request; the accepter says no to it.
        return "reject" if code == "pending-acceptance" and side == "accepter" else "delete"
    if state == "rejected":
        if code in TERMINAL:
            return "nothing"
        if code == "initiating-request":
            return "wait"
        return "reject" if code == "pending-acceptance" else "impossible"
    if code in TERMINAL:
        return "impossible"
    if state == "present":
        return "wait" if code == "initiating-request" else "nothing"
    if code == "active":
        return "nothing"
    if code == "pending-acceptance":
        return "impossible" if side == "requester" else "accept"
    return "wait"


def ensure_peerings(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module ec2_vpc_peering_connections is asked for, and return its result.

    A connection that cannot be brought to its state does not keep the others from theirs.

    :raises AnsibleAWSError: when one or more could not; it names each of them.
    """
    shared = {key: params[key] for key in ("state", "purge_tags", "wait_timeout")}
    results, errors = [], []
    for connection in params["connections"]:
        try:
            results.append(ensure_peering(client, {**shared, **connection}, check_mode))
        except AnsibleAWSError as error:
            errors.append(error)
    if len(errors) == 1:
        raise errors[0]
    if errors:
        raise AnsibleAWSError(message="; ".join(_in_full(error) for error in errors))
    found = [result["vpc_peering_connection"] for result in results]
    return {
        "changed": any(result["changed"] for result in results),
        "connections": [peering for peering in found if peering],
        "diff": {
            side: {
                peering["id"]: result["diff"][side] for peering, result in zip(found, results, strict=True) if peering
            }
            for side in ("before", "after")
        },
    }


def _in_full(error: AnsibleAWSError) -> str:
    return f"{error.message}: {error.exception}" if error.exception else str(error.message)


def ensure_peering(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Bring one connection to its state.

    :param params: ``id``, ``side``, ``dns_resolution``, ``tags``, ``state``, ``purge_tags``, ``wait_timeout``.
    :raises AnsibleAWSError: when the connection is not there, in a state from which no way leads to the desired one, or
        not through within ``wait_timeout``, and for a call that failed.
    """
    peering_id, state, timeout = params["id"], params["state"], params["wait_timeout"]
    if not re.fullmatch("pcx-[0-9a-f]+", peering_id):
        raise AnsibleAWSError(
            message=f"connections: {peering_id!r} is no id of a VPC peering connection, "
            "which looks like pcx-0123456789abcdef0"
        )
    before = _find(client, peering_id, 0 if state == "absent" else timeout)
    if before is None and state == "absent":
        return {"changed": False, "vpc_peering_connection": None, "diff": {"before": {}, "after": {}}}
    if before is None:
        raise AnsibleAWSError(
            message=f"No VPC peering connection {peering_id} in this account and region"
            + (f" after {timeout:g} seconds" if timeout else "")
        )
    return _Change(client, params, before).make(check_mode)


class _Change:
    """One run of the module on a connection that is there."""

    def __init__(self, client: Any, params: dict[str, Any], before: Peering) -> None:
        self.client = client
        self.params = params
        self.id: str = params["id"]
        self.before = before

    def make(self, check_mode: bool) -> dict[str, Any]:
        self._check_ends(self.before)
        settled = self._settle(self.before)
        step = self._step(settled)
        if step == "impossible":
            raise AnsibleAWSError(message=self._impossible(settled))
        acted = step in _CALLS
        now = settled
        if step == "accept" and not check_mode:
            self._tag_request(settled)
        if acted:
            now = self._predict(settled, step) if check_mode else self._act(step)
        changes = self._settings(now)
        predicted = self._predict_settings(now, changes)
        if changes.any:
            now = predicted if check_mode else self._set(changes)
            acted = True
        return {
            "changed": acted,
            "vpc_peering_connection": now,
            "diff": {"before": _visible(settled), "after": _visible(predicted)},
        }

    def _check_ends(self, peering: Peering) -> None:
        """Refuse a connection that is not between those whom it should be between: its id was another team's word."""
        for option in ("requester_owner_id", "requester_vpc_id", "accepter_owner_id", "accepter_vpc_id"):
            expected = self.params.get(option)
            side, key = option.split("_", 1)
            found = peering[side][key]  # type: ignore[literal-required]
            if expected is not None and found != expected:
                raise AnsibleAWSError(
                    message=f"VPC peering connection {self.id} has the {side}'s {key} {found}, "
                    f"expected {expected or 'nothing'}; it stays as it is"
                )

    def _step(self, peering: Peering) -> str:
        return next_step(peering["status"]["code"], self.params["state"], self.params["side"])

    def _settle(self, peering: Peering) -> Peering:
        """Wait while EC2 itself is about to move the connection on; that it does is no change of ours."""
        if self._step(peering) != "wait":
            return peering
        return self._wait(lambda seen: self._step(seen) != "wait", "to settle")

    def _act(self, step: str) -> Peering:
        try:
            # What one call shows, the next may not know yet; a connection that is gone does not come back.
            self._call(
                step, _CALLS[step], {"VpcPeeringConnectionId": self.id}, lambda: self._step(self._read()) == step
            )
        except AnsibleAWSError as error:
            if error_code(error) not in _OVERTAKEN:
                raise
            # An answer was lost and the call sent again, or somebody was quicker: what counts is the state now.
            now = self._read()
            if self._step(now) not in ("nothing", "wait"):
                raise
        return self._wait(lambda seen: self._step(seen) == "nothing", f"to be {_OUTCOMES[step]}")

    def _call(
        self, doing: str, operation: str, parameters: dict[str, Any], again: Callable[[], bool] = lambda: True
    ) -> None:
        """Make a call, and again while its refusal is one that passes and ``again`` holds."""
        call = aws_errors(f"{doing} VPC peering connection {self.id}")(retried()(getattr(self.client, operation)))
        patiently(lambda: call(**parameters), self.params["wait_timeout"], lambda _error: again())

    def _wait(self, done: Callable[[Peering], bool], become: str) -> Peering:
        def settled(peering: Peering) -> bool:
            if self._step(peering) == "impossible":
                raise AnsibleAWSError(message=self._impossible(peering))
            return done(peering)

        return poll(
            self._read,
            settled,
            self.params["wait_timeout"],
            f"VPC peering connection {self.id} {become}",
            describe=lambda peering: str(peering["status"]["code"]),
            max_delay=5.0,
        )

    def _read(self) -> Peering:
        seen = describe_peerings(self.client, [self.id]).get(self.id)
        return seen or {**self.before, "status": {"code": "deleted", "message": "EC2 no longer shows it"}}

    def _settings(self, peering: Peering) -> Settings:
        if self.params["state"] in ("absent", "rejected"):
            return Settings({}, [], None)
        return settings_to_write(peering, self.params)

    def _tag(self, changes: Settings) -> None:
        if changes.untag:
            tags = [{"Key": key} for key in changes.untag]
            self._call("untag", "delete_tags", {"Resources": [self.id], "Tags": tags})
        if changes.tags:
            tags = ansible_dict_to_boto3_tag_list(changes.tags)
            self._call("tag", "create_tags", {"Resources": [self.id], "Tags": tags})

    def _tag_request(self, peering: Peering) -> None:
        """Tag a request that is about to be accepted, so that a run which ends between the two leaves it owned.

        EC2's documentation does not say that the accepter may; if it is refused, the tags follow the acceptance.
        """
        try:
            self._tag(self._settings(peering))
        except AnsibleAWSError as error:
            if error_code(error) in _DENIED:
                raise

    def _set(self, changes: Settings) -> Peering:
        self._tag(changes)
        if changes.dns_resolution is not None:
            side = f"{self.params['side'].capitalize()}PeeringConnectionOptions"
            self._call(
                "set the DNS resolution of",
                "modify_vpc_peering_connection_options",
                {
                    "VpcPeeringConnectionId": self.id,
                    side: {"AllowDnsResolutionFromRemoteVpc": changes.dns_resolution},
                },
            )
        return self._read()

    def _predict(self, peering: Peering, step: str) -> Peering:
        return {**peering, "status": {"code": _OUTCOMES[step], "message": peering["status"]["message"]}}

    def _predict_settings(self, peering: Peering, changes: Settings) -> Peering:
        retained = {key: value for key, value in peering["tags"].items() if key not in changes.untag}
        predicted: Peering = {**peering, "tags": {**retained, **changes.tags}}
        if changes.dns_resolution is not None:
            side: Side = self.params["side"]
            predicted[side] = {**peering[side], "dns_resolution": changes.dns_resolution}
        return predicted

    def _impossible(self, peering: Peering) -> str:
        status = peering["status"]
        line = f"VPC peering connection {self.id} is {status['code']}"
        if status["message"]:
            line += f" ({status['message']})"
        if is_terminal(peering):
            return f"{line}: it will never be active, request a new one"
        if status["code"] == "pending-acceptance":
            return f"{line}: only its accepter's account can accept it, and side says that this is the requester's"
        return f"{line}: it can no longer be rejected, end it with state absent"


def _find(client: Any, peering_id: str, patience: float) -> Peering | None:
    """Read one connection; a request of another account takes moments to be seen by the accepter."""
    for _attempt in attempts(patience, max_delay=5.0):
        found = describe_peerings(client, [peering_id]).get(peering_id)
        if found:
            return found
    return None


def _visible(peering: Peering) -> dict[str, Any]:
    return {
        "status": peering["status"]["code"],
        "requester_dns_resolution": peering["requester"]["dns_resolution"],
        "accepter_dns_resolution": peering["accepter"]["dns_resolution"],
        "tags": peering["tags"],
    }
