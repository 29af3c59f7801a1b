# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""LocalStack's entry points: where this package hooks in, and where its parts are put together.

LocalStack imports this module to look for entry points. The functions import the rest when LocalStack calls them: its
own patches come first, and a service is loaded only when it is used.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable

from localstack.runtime import hooks as localstack_hooks
from localstack.services.plugins import Service, aws_provider

LOG = logging.getLogger(__name__)
_closing: list[Callable[[], None]] = []  # what ends with the process


@localstack_hooks.on_infra_start()
def install() -> None:
    """Patch LocalStack before it serves. Providers load lazily: patching from them would come too late."""
    from dax_emulator import ec2, iam
    from dax_emulator.base import iam_state, overrides
    from dax_emulator.dataplane import integration
    from dax_emulator.dax import model
    from dax_emulator.front import control, gateway
    from dax_emulator.metadata import credentials

    model.install()
    ec2.install()
    assert iam  # imported for its overrides
    iam_state.install()
    overrides.install()
    gateway.install()
    control.install()
    credentials.install()
    _closing.append(integration.install().close)


@localstack_hooks.on_infra_shutdown(priority=-1000)
def shut_down() -> None:
    """End at once, after all other hooks: nothing is kept, yet LocalStack would wait for a thousand idle threads."""
    for close in _closing:
        try:
            close()
        except Exception:
            LOG.exception("a part of the emulator failed to close")
    os._exit(0)


@aws_provider(api="dax")
def dax() -> Service:
    """DAX, which LocalStack lacks."""
    from dax_emulator.dax.provider import service

    return service()


@aws_provider(api="service-quotas")
def service_quotas() -> Service:
    """Service Quotas, which LocalStack lacks."""
    from dax_emulator.ec2.service_quotas import service

    return service()


@aws_provider(api="dynamodb", name="moto")
def dynamodb_moto() -> Service:
    """DynamoDB in memory: LocalStack's own needs a Java program that it downloads."""
    from localstack.aws.api.dynamodb import DynamodbApi
    from localstack.services.moto import MotoFallbackDispatcher

    return Service.for_provider(DynamodbApi(), dispatch_table_factory=MotoFallbackDispatcher)
