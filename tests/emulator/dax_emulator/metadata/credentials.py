# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Credentials of an instance's role, as the instance metadata service hands them out."""

from __future__ import annotations

import secrets
import string
from datetime import UTC, datetime, timedelta
from typing import Any

from localstack.http import Request
from localstack.services.edge import ROUTER
from moto.ec2 import ec2_backends
from moto.ec2.exceptions import InvalidInstanceIdError
from moto.iam import iam_backends

from dax_emulator.access import principals
from dax_emulator.base.settings import SETTINGS
from dax_emulator.front.control import answer

# What EC2 gives: about six hours.
DEFAULT_LIFETIME = 6 * 3600
_KEY_ALPHABET = string.ascii_uppercase + "234567"


def install() -> None:
    """Add the route that `python -m dax_emulator.metadata.imds` asks."""
    path = "/_emulator/instances/<account>/<region>/<instance_id>/metadata"
    ROUTER.add(path, answer(_metadata), methods=["GET"])


def _metadata(request: Request, account: str, region: str, instance_id: str) -> dict[str, Any]:
    """GET …/metadata[?lifetime=SECONDS]: the instance's facts and fresh credentials of its role.

    `credentials` is None for an instance without a profile, or whose profile has no role.
    """
    lifetime = request.args.get("lifetime", str(DEFAULT_LIFETIME))
    if not lifetime.isdigit() or int(lifetime) < 1:
        raise ValueError("lifetime must be a whole number of seconds, 1 or more")
    instance = _instance(account, region, instance_id)
    role = _role(account, region, instance)
    return {
        "account": account,
        "region": region,
        "instance_id": instance_id,
        "instance_type": instance.instance_type,
        "image_id": instance.image_id,
        "private_ip": instance.private_ip,
        "availability_zone": instance.placement,
        "credentials": None if role is None else issue(account, role, instance_id, _capped(int(lifetime))),
    }


def _capped(lifetime: int) -> float:
    limit = SETTINGS.credential_lifetime_seconds
    return min(lifetime, limit) if limit else lifetime


def issue(account: str, role: Any, instance_id: str, lifetime: float) -> dict[str, Any]:
    """Issue a session of a role (moto's object) to an instance, for `lifetime` seconds; STS then knows it."""
    now = datetime.now(UTC).replace(microsecond=0)
    session = principals.Session(
        access_key_id="ASIA" + "".join(secrets.choice(_KEY_ALPHABET) for _ in range(16)),
        secret=secrets.token_urlsafe(30),
        token=secrets.token_urlsafe(96),
        expiration=now + timedelta(seconds=lifetime),
        account=account,
        arn=f"{role.arn.split(':iam:')[0]}:sts::{account}:assumed-role/{role.name}/{instance_id}",
        user_id=f"{role.id}:{instance_id}",
        role_arn=role.arn,
    )
    principals.remember(session)
    return {
        "role": role.name,
        "access_key_id": session.access_key_id,
        "secret": session.secret,
        "token": session.token,
        "last_updated": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "expiration": f"{session.expiration:%Y-%m-%dT%H:%M:%SZ}",
    }


def _instance(account: str, region: str, instance_id: str) -> Any:
    try:
        return ec2_backends[account][region].get_instance(instance_id)
    except InvalidInstanceIdError:
        raise LookupError(f"account {account} has no instance {instance_id!r} in {region}") from None


def _role(account: str, region: str, instance: Any) -> Any | None:
    """moto's role of the instance's profile, None if it has none."""
    shown = instance.iam_instance_profile
    if not shown:
        return None
    profiles = iam_backends[account][principals.partition_of(region)].instance_profiles.values()
    found = next((profile for profile in profiles if profile.arn == shown["Arn"]), None)
    return found.roles[0] if found is not None and found.roles else None
