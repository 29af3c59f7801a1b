# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A role that several runs write at once: none of them loses what another one wrote.

IAM has no lock, and no write that is refused when something has changed. So a run reads the role before each single
write, and goes on until a reading shows what it wanted itself and what the others have registered. Of two runs that
overwrite each other at least one reads after both have written, and puts right what is missing.

amazon.aws.iam_role cannot be used for that: it writes the trust policy and the tags that it is given whole, also when
it finds a role that was made a moment ago.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

with suppress(ImportError):  # AnsibleAWSModule reports a missing SDK.
    from botocore.exceptions import ClientError

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import aws_errors, error_code, refusal_of, retried
from ..common.ec2 import tags_of
from ..common.ownership import registered_consumers
from ..common.patience import LAG, PROPAGATION, Passing, passing
from ..common.policies import same_policy
from ..common.shapes import Tags
from .role_wishes import Due, Farewell, RoleNow, WillNotFit, Wish, due, is_needed, wish_of

# Seconds between two readings; each pause is of a random length, so that two runs do not keep step.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 5.0

_GONE = "NoSuchEntity"

# What each kind of write does, as it completes "Failed to … role <name>".
_DOING = {
    "boundary": "write the permissions boundary of",
    "create": "create",
    "delete": "delete",
    "policies": "delete the inline policies of",
    "register": "register the consumers of",
    "settings": "update the settings of",
    "tags": "tag",
    "trust": "update the trust policy of",
    "unregister": "take tags off",
}


@dataclass
class RoleWriter:
    """One run that writes a role.

    :ivar retry_seconds: for how many seconds a refusal that passes by itself is waited for.
    """

    client: Any
    wish: Wish | Farewell
    retry_seconds: float
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    changes: list[str] = field(default_factory=list)
    # The last write of each kind, and when it was made.
    _written: dict[str, tuple[Due, float]] = field(default_factory=dict)
    # The ARNs that this run has seen in the register, and the trust policies that it has replaced.
    _registered: set[str] = field(default_factory=set)
    _replaced: list[dict[str, Any]] = field(default_factory=list)
    # When a refusal that passes was met first.
    _refused: dict[Passing, float] = field(default_factory=dict)

    def settle(self) -> bool:
        """Write until nothing is due, and return whether the role is there.

        :raises AnsibleAWSError: for a refusal of AWS that does not pass, and when others keep overwriting it.
        """
        start, pause = self.clock(), FIRST_PAUSE
        previous: Due | None = None
        while True:
            try:
                role = self._read()
                step = self._due(role)
                if step is None or (step.kind == "wait" and self._is_gone(start, previous)):
                    return role is not None
                if self._is_sure(step, role, previous):
                    self._write(step, role)
                    previous, pause = None, FIRST_PAUSE
                    continue
                previous = step
            except AnsibleAWSError as error:
                self._check_passes(error)
                step, previous = None, None
            if step and self.clock() - start >= PROPAGATION:
                raise AnsibleAWSError(message=self._over(step))
            nap = random.uniform(pause / 2, pause)
            self.sleep(nap)
            start += 0 if step else nap
            pause = min(pause * 1.5, LONGEST_PAUSE)

    def foresee(self) -> list[str]:
        """Return the kind of the write that comes first, as a list."""
        step = self._due(self._read())
        return [step.kind] if step and step.kind != "wait" else []

    def _due(self, role: RoleNow | None) -> Due | None:
        policies = frozenset(self._policies() if isinstance(self.wish, Farewell) and role else ())
        try:
            return due(self.wish, role, self._newcomers(role), policies)
        except WillNotFit as error:
            raise AnsibleAWSError(message=f"role {self.wish.name} {error}") from error

    def _newcomers(self, role: RoleNow | None) -> frozenset[str]:
        if role is None:
            return frozenset()
        self._registered.update(registered_consumers(role["tags"]).values())
        return frozenset(self.wish.consumers.newcomers(role["trust"], role["tags"], self._registered))

    def _is_sure(self, step: Due, role: RoleNow | None, previous: Due | None) -> bool:
        """Tell whether a write is due in AWS, and not only in a reading that lags behind this run's own writes.

        What this run has replaced may be shown for a while. Anything else means that another run has written too,
        which a second reading has to confirm.
        """
        if step.kind == "wait":
            return False
        last = self._written.get(step.kind)
        if last is None:
            return True
        old = last[0] == step
        if step.kind == "trust" and role is not None:
            old = any(same_policy(role["trust"], each) for each in self._replaced)
        return self.clock() - last[1] >= LAG if old else previous == step

    def _is_gone(self, start: float, previous: Due | None) -> bool:
        """Tell whether a role that is not shown, and that this run would not make, is not there.

        :raises AnsibleAWSError: when somebody was to be let in by it.
        """
        if isinstance(self.wish, Farewell):
            return "delete" in self._written or previous == Due("wait")
        if self.clock() - start < LAG:
            return False
        if self.wish.consumers.adding:
            raise AnsibleAWSError(message=f"there is no role {self.wish.name} any more; run it again")
        return True

    def _check_passes(self, error: AnsibleAWSError) -> None:
        """Let a refusal of the patience table pass, as long as the table says."""
        row, now = passing(refusal_of(error)), self.clock()
        if row is None or not self.retry_seconds:
            raise error
        waited = now - self._refused.setdefault(row, now)
        if waited >= row.limit(self.retry_seconds):
            message = f"{error.message} (waited {waited:.0f} seconds for {row.waits_for})"
            raise AnsibleAWSError(message=message, exception=error.exception) from error

    def _over(self, step: Due) -> str:
        return (
            f"role {self.wish.name}: {PROPAGATION} seconds later its {step.kind} is not as this run wrote it; other "
            "runs, or a person, write it at the same time; run it again"
        )

    # Reading and writing.

    def _write(self, step: Due, role: RoleNow | None) -> None:
        write: Callable[[Any], None] = getattr(self, f"_write_{step.kind}")
        self._written[step.kind] = (step, self.clock())
        try:
            with aws_errors(f"{_DOING[step.kind]} role {self.wish.name}"):
                write(step.what)
        except AnsibleAWSError:
            del self._written[step.kind]
            raise
        if step.kind == "trust" and role is not None:
            self._replaced.append(role["trust"])
        self.changes.append(step.kind)
        self._refused.clear()

    def _call(self, operation: str, **params: Any) -> Any:
        return retried()(getattr(self.client, operation))(RoleName=self.wish.name, **params)

    def _read(self) -> RoleNow | None:
        with aws_errors(f"read role {self.wish.name}"):
            try:
                role = self._call("get_role")["Role"]
            except ClientError as error:
                if error_code(error) == _GONE:
                    return None
                raise
        return {
            "trust": role.get("AssumeRolePolicyDocument") or {},
            "description": role.get("Description") or "",
            "max_session_duration": role.get("MaxSessionDuration", 3600),
            "permissions_boundary": (role.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn"),
            "tags": tags_of(role),
        }

    def _write_create(self, params: dict[str, Any]) -> None:
        document, tags = json.dumps(params["AssumeRolePolicyDocument"]), _listed(params["Tags"])
        try:
            self._call("create_role", **{**params, "AssumeRolePolicyDocument": document, "Tags": tags})
        except ClientError as error:
            # Another run made it, or this one whose answer was lost: the next reading shows which consumers it has.
            if error_code(error) != "EntityAlreadyExists":
                raise

    def _write_trust(self, document: dict[str, Any]) -> None:
        self._call("update_assume_role_policy", PolicyDocument=json.dumps(document))

    def _write_register(self, tags: Tags) -> None:
        self._call("tag_role", Tags=_listed(tags))

    _write_tags = _write_register

    def _write_unregister(self, keys: list[str]) -> None:
        self._call("untag_role", TagKeys=keys)

    def _write_settings(self, params: dict[str, Any]) -> None:
        self._call("update_role", **params)

    def _write_boundary(self, arn: str | None) -> None:
        if arn is None:
            self._call("delete_role_permissions_boundary")
        else:
            self._call("put_role_permissions_boundary", PermissionsBoundary=arn)

    # Taking leave.

    def _if_there(self, operation: str, **params: Any) -> dict[str, Any]:
        """Make a call and return its answer; {} where what it is about is gone already."""
        try:
            return dict(self._call(operation, **params) or {})
        except ClientError as error:
            if error_code(error) != _GONE:
                raise
        return {}

    @property
    def _farewell(self) -> Farewell:
        if not isinstance(self.wish, Farewell):
            raise AssertionError("only who takes leave removes policies")
        return self.wish

    def _policies(self) -> list[str]:
        with aws_errors(f"list the policies of role {self.wish.name}"):
            there = self._if_there("list_role_policies").get("PolicyNames", [])
        return [name for name in self._farewell.policies if name in there]

    def _write_policies(self, _what: None) -> bool:
        """Delete the inline policies of ours, and return whether nobody needs them.

        Another run may have let somebody in meanwhile, and may have read them as being there: then they come back.
        """
        taken: dict[str, dict[str, Any]] = {}
        for name in self._policies():
            if found := self._if_there("get_role_policy", PolicyName=name):
                taken[name] = found["PolicyDocument"]
                self._if_there("delete_role_policy", PolicyName=name)
        role = self._read()
        if role is None or not is_needed(self._farewell, role, self._newcomers(role)):
            return True
        for name, document in taken.items():
            self._if_there("put_role_policy", PolicyName=name, PolicyDocument=json.dumps(document))
        return False

    def _write_delete(self, _what: None) -> None:
        """Delete the role, unless somebody has come meanwhile.

        A run that lets somebody in writes the inline policy, which is gone now, once more: IAM deletes no role that has
        one, so that this run is refused where it would come too late.
        """
        attached = self._if_there("list_attached_role_policies").get("AttachedPolicies", [])
        profiles = self._if_there("list_instance_profiles_for_role").get("InstanceProfiles", [])
        if not self._write_policies(None):
            return
        for profile in profiles:
            name = profile["InstanceProfileName"]
            self._if_there("remove_role_from_instance_profile", InstanceProfileName=name)
        for policy in attached:
            self._if_there("detach_role_policy", PolicyArn=policy["PolicyArn"])
        self._if_there("delete_role")


def ensure_consumers(client: Any, params: dict[str, Any], check_mode: bool) -> dict[str, Any]:
    """Do what the module iam_role_consumers is asked for, and return its result.

    :raises AnsibleAWSError: for AWS's refusal, and when others keep writing the role.
    """
    writer = RoleWriter(client, wish_of(params), params["retry_seconds"])
    if check_mode:
        changes = writer.foresee()
        return {"changed": bool(changes), "changes": changes}
    there = writer.settle()
    return {"changed": bool(writer.changes), "changes": writer.changes, "exists": there}


def _listed(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in sorted(tags.items())]
