# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs this collection's own modules in the process of the action, for hosts that are this machine.

A module of amazon.aws's takes a process of its own, of which the start and the imports take most of a second, the call
to AWS a fraction of it. Ours are functions over boto3 clients, so their ``main`` takes what stands for the module.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NoReturn

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule, aws_argument_spec

OWN = "dax.cross_account."
_MODULES = "ansible_collections.dax.cross_account.plugins.modules"


class _Ended(Exception):
    """A module that is done.

    :ivar result: what it returns.
    """

    def __init__(self, result: dict[str, Any]) -> None:
        super().__init__("the module is done")
        self.result = result


class _Process:
    """What AnsibleModule is to amazon.aws's class: the options, and how a module ends."""

    def __init__(self, params: dict[str, Any], check_mode: bool) -> None:
        self.params = params
        self.check_mode = check_mode
        self.warnings: list[str] = []

    def exit_json(self, **result: Any) -> NoReturn:
        raise _Ended({"changed": False, **result})

    def fail_json(self, msg: str = "", **result: Any) -> NoReturn:
        # The traceback is for a process that nobody else sees into.
        result.pop("exception", None)
        raise _Ended({**result, "failed": True, "msg": msg})

    def warn(self, warning: str) -> None:
        self.warnings.append(warning)

    def debug(self, msg: str) -> None:
        """Nothing, as a module that is not being debugged."""


class ControllerModule(AnsibleAWSModule):  # type: ignore[misc]
    """amazon.aws's module with its clients and its errors, without a process."""

    def __init__(
        self, argument_spec: Mapping[str, Any], args: Mapping[str, Any], check_mode: bool, **checks: Any
    ) -> None:
        checks.pop("supports_check_mode", None)
        validator = ArgumentSpecValidator({**aws_argument_spec(), **argument_spec}, **checks)
        validated = validator.validate(dict(args))
        self._module = _Process(validated.validated_parameters, check_mode)
        self._warnings: list[str] = []
        self.check_mode = check_mode
        self.logger = None
        if validated.error_messages:
            self.fail_json(msg="; ".join(validated.error_messages))


def can_run(name: str) -> bool:
    """Tell whether a module is one of this collection's, and the AWS SDK is there for it on the controller."""
    return name.startswith(OWN) and find_spec("boto3") is not None


def run(name: str, args: Mapping[str, Any], check_mode: bool) -> dict[str, Any]:
    """Run a module of this collection's with its options, and return its result as a process would."""
    module = import_module(f"{_MODULES}.{name.removeprefix(OWN)}")
    try:
        module.main(partial(ControllerModule, args=args, check_mode=check_mode))
    except _Ended as end:
        # As it would come from a process: plain data that nobody else holds.
        return dict(json.loads(json.dumps(end.result)))
    raise AssertionError(f"{name} ended without a result")
