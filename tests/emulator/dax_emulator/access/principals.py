# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who calls: access keys, sessions, users and roles, and their policies."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Any, TypedDict

from localstack.aws.api import RequestContext
from localstack.utils.aws.arns import get_partition
from moto.iam import iam_backends

from dax_emulator.base import iam_state
from dax_emulator.base.iam_state import find_role, find_user

_KEY = re.compile(r"Credential=([^/,\s]+)/")


@dataclass(frozen=True)
class Session:
    """Temporary credentials of an assumed role."""

    access_key_id: str
    secret: str
    token: str
    expiration: datetime
    account: str
    arn: str  # the assumed-role ARN
    user_id: str  # role id:session name
    role_arn: str
    policy: dict[str, Any] | None = None
    tags: dict[str, str] = field(default_factory=dict)
    transitive: frozenset[str] = frozenset()  # keys of the tags that sessions asked for by this one get too

    @property
    def expired(self) -> bool:
        return datetime.now(UTC) >= self.expiration


@dataclass(frozen=True)
class Principal:
    """The caller of a request."""

    kind: str  # root | user | session
    account: str
    arn: str
    user_id: str
    name: str | None = None  # of the user
    session: Session | None = None

    @property
    def trusted_as(self) -> set[str]:
        """The ARNs under which a trust policy may name this caller (its account's root apart)."""
        if self.session is None:
            return {self.arn}
        return {self.arn, self.session.role_arn}


class Credentials(TypedDict):
    """Credentials the emulator issued. `expiration` (aware, UTC) and `session_token` are None for long-lived keys."""

    access_key_id: str
    secret: str
    session_token: str | None
    expiration: datetime | None
    account: str
    principal_arn: str  # arn:aws:sts::111111111111:assumed-role/Name/session, or a user's ARN
    role_arn: str | None  # arn:aws:iam::111111111111:role/Name, None for users
    session_policy: dict[str, Any] | None  # the AssumeRole call's own Policy: limits what the role allows


_sessions: dict[str, Session] = {}
_lock = Lock()


def remember(session: Session) -> None:
    """Keep the credentials that AssumeRole handed out."""
    with _lock:
        _sessions[session.access_key_id] = session


def session_of(access_key_id: str) -> Session | None:
    return _sessions.get(access_key_id)


def access_key_of(context: RequestContext) -> str | None:
    """The access key id of a signed request, None if it is not signed."""
    found = _KEY.search(context.request.headers.get("Authorization", ""))
    return found[1] if found else context.request.args.get("X-Amz-Credential", "").split("/")[0] or None


def resolve(access_key_id: str, partition: str) -> Principal | None:
    """The principal behind a key: an account's administrator, a session or a user; None for an unknown key."""
    if re.fullmatch(r"\d{12}", access_key_id):
        return Principal("root", access_key_id, f"arn:{partition}:iam::{access_key_id}:root", access_key_id)
    if session := session_of(access_key_id):
        return Principal("session", session.account, session.arn, session.user_id, session=session)
    if found := _user_key(access_key_id):
        account, user, _ = found
        return Principal("user", account, user.arn, user.id, name=user.name)
    return None


def caller(context: RequestContext) -> Principal:
    """The principal that the gateway found for this request."""
    return context.emulator_principal  # type: ignore[attr-defined, no-any-return]


def _user_key(access_key_id: str) -> tuple[str, Any, Any] | None:
    for account, partitions in list(iam_backends.items()):
        for backend in list(partitions.values()):
            key = backend.access_keys.get(access_key_id)
            names = {user.name for user in backend.users.values()}
            if key is not None and key.user_name in names and key.status == "Active":
                return account, backend.get_user(key.user_name), key
    return None


def lookup_credentials(access_key_id: str) -> Credentials | None:
    """The credentials issued under this key by STS (AssumeRole) or IAM (CreateAccessKey); None if there are none.

    Expired ones are still returned: compare `expiration` to tell "expired" from "never heard of". A 12-digit key (the
    administrator of that account, any secret) was not issued and gives None.
    """
    if session := session_of(access_key_id):
        return Credentials(
            access_key_id=access_key_id,
            secret=session.secret,
            session_token=session.token,
            expiration=session.expiration,
            account=session.account,
            principal_arn=session.arn,
            role_arn=session.role_arn,
            session_policy=session.policy,
        )
    if found := _user_key(access_key_id):
        account, user, key = found
        return Credentials(
            access_key_id=access_key_id,
            secret=key.secret_access_key,
            session_token=None,
            expiration=None,
            account=account,
            principal_arn=user.arn,
            role_arn=None,
            session_policy=None,
        )
    return None


def role_policies(role_arn: str) -> list[dict[str, Any]]:
    """Every policy document (inline and attached) of a role, as they are now; [] for a role that is gone.

    A permissions boundary is not among them: see `role_boundary`.
    """
    role = find_role(role_arn)
    if role is None:
        return []
    inline = [_document(text) for text in role.policies.values()]
    return inline + [_document(_default_version(policy)) for policy in role.managed_policies.values()]


def role_boundary(role_arn: str) -> dict[str, Any] | None:
    """The permissions boundary's document of a role, None if it has none."""
    role = find_role(role_arn)
    if role is None or not role.permissions_boundary:
        return None
    return managed_policy(role.account_id, role_arn.split(":")[1], role.permissions_boundary)


def user_policies(user_arn: str) -> list[dict[str, Any]]:
    """Every policy document of a user, its groups' included."""
    user = find_user(user_arn)
    if user is None:
        return []
    account, partition = user_arn.split(":")[4], user_arn.split(":")[1]
    groups = [group for group in iam_state.backend(account, partition).groups.values() if user in group.users]
    documents = []
    for owner in (user, *groups):
        documents += [_document(text) for text in owner.policies.values()]
        documents += [_document(_default_version(policy)) for policy in owner.managed_policies.values()]
    return documents


def managed_policy(account: str, partition: str, policy_arn: str) -> dict[str, Any] | None:
    """The document of a managed policy's default version, None if there is no such policy."""
    policy = iam_state.backend(account, partition).managed_policies.get(policy_arn)
    return _document(_default_version(policy)) if policy else None


def _default_version(policy: Any) -> Any:
    return next(version.document for version in policy.versions if version.version_id == policy.default_version_id)


def _document(text: Any) -> dict[str, Any]:
    parsed = json.loads(text) if isinstance(text, str) else text
    return dict(parsed)


def path_of(account: str, partition: str, kind: str, name: str) -> str:
    """The path of a role, user or instance profile; "/" if there is none of this name."""
    backend = iam_state.backend(account, partition)
    entities = {"role": backend.roles, "user": backend.users, "instance-profile": backend.instance_profiles}[kind]
    return str(next((one.path for one in entities.values() if one.name == name), None) or "/")


def partition_of(region: str) -> str:
    return str(get_partition(region))
