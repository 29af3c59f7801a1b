# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What runs modules in the account of a side: with its connection, and the session of the role that it assumes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from ansible import constants

from . import account, on_controller
from .failures import words
from .role import RoleAction, RoleError
from .sessions import Session, Sessions
from .values import plain
from .workers import Turn

# Calls that AWS would carry out twice are sent once. Throttled ones were not carried out; amazon.aws sends these again.
_ONCE = {"retries": {"total_max_attempts": 1}}

# What boto3 and amazon.aws say when they cannot reach an account with the options that they were given.
_OF_CONNECTION = re.compile(
    "locate credentials|specify a region|Partial credentials|Invalid endpoint|config profile|connect to"
    "|InvalidClientTokenId|ExpiredToken|RequestExpired|SignatureDoesNotMatch|AuthFailure|correct the region"
)
_EXPIRED = re.compile("ExpiredToken|RequestExpired")
_ASSUME = "amazon.aws.sts_assume_role"


class AccountAction(RoleAction):
    """An action that works in one account. A subclass names the variable of its connection, and its own options."""

    OWN_OPTIONS: frozenset[str] = frozenset()
    INFO_MODULE = ""
    CONNECTION = ""

    # The AWS options of the role's connection; a subclass sets them first of all.
    connection: dict[str, Any]
    # For how many seconds a module may wait.
    patience: float = 0
    # The options that the module which is running is given.
    _in_use: Mapping[str, Any] = {}
    # Those of all modules for a while, see `entered`.
    _held: Mapping[str, Any] | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.turn = Turn()

    def module(self, name: str, args: Mapping[str, Any], once: bool = False) -> dict[str, Any]:
        """Run a module in the side's account and return its result as plain data."""
        found = self.module_with(self._entered() if self._held is None else self._held, name, args, once)
        if self._session_ended(found):
            Sessions(_folder()).forget(self._about())
        return found

    def module_with(
        self, options: Mapping[str, Any], name: str, args: Mapping[str, Any], once: bool = False
    ) -> dict[str, Any]:
        """Run a module with other AWS options than the side's, and return its result as plain data."""
        given = account.module_arguments(options)
        if once:
            given["aws_config"] = {**(given.get("aws_config") or {}), **_ONCE}
        self._in_use = options
        with self._environment(options), self.turn:
            if self._is_here() and on_controller.can_run(name):
                with self.turn.left():
                    return on_controller.run(name, {**args, **given}, bool(self._task.check_mode))
            found = self._execute_module(
                module_name=name, module_args={**args, **given}, task_vars={**self._vars, **self._interpreter()}
            )
            return dict(plain(found))

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Keep the account's options and environment as they are for a while, for modules in several threads."""
        options = self._entered()
        with self._environment(options):
            self._held = options
            try:
                yield
            finally:
                self._held = None

    def _low_level_execute_command(self, *args: Any, **more: Any) -> dict[str, Any]:
        with self.turn.left():
            return dict(super()._low_level_execute_command(*args, **more))

    def account_options(self) -> dict[str, Any]:
        """Return the AWS options: the role's connection before the ``module_defaults`` of the action group."""
        given = {str(name): plain(value) for name, value in self._task.args.items() if name not in self.OWN_OPTIONS}
        return account.merged(given, self.connection)

    def facts(self, args: Mapping[str, Any], module: str = "") -> Any:
        """Read the account, and return its facts.

        :param module: what reads them, by default the side's own.
        :raises RoleError: with the module's one line.
        """
        found = self.module(module or self.INFO_MODULE, args)
        if self._session_ended(found):
            found = self.module(module or self.INFO_MODULE, args)
        if found.get("failed"):
            message = words(found)
            raise RoleError(f"{message} ({self.CONNECTION})" if _OF_CONNECTION.search(message) else message)
        return found["facts"]

    # The role that is assumed.

    def _session_ended(self, found: Mapping[str, Any]) -> bool:
        """Tell by a module's result whether the session of the role to assume, if there is one, is over."""
        return bool(found.get("failed") and self._about() and _EXPIRED.search(words(found)))

    def _about(self) -> dict[str, Any]:
        """Return what the session of the role to assume depends on; {} if there is none."""
        options = self.account_options()
        asked = account.assuming(options)
        return {"side": self.CONNECTION, "base": account.base(options), **asked} if asked else {}

    def _entered(self) -> dict[str, Any]:
        """Return the AWS options of the account's modules, with the session of the role to assume, if there is one.

        :raises RoleError: if it cannot be assumed.
        """
        options, about = self.account_options(), self._about()
        if not about:
            return options
        if not options.get("region"):
            raise RoleError(
                f"{self.CONNECTION} has assume_role_arn without region; give it, since the session of the role takes "
                "none of a profile or of the environment"
            )
        session = Sessions(_folder()).get(about, lambda: self._assume(options), self.patience)
        keys = {"access_key": session["access_key"], "secret_key": session["secret_key"]}
        return {**account.merged(account.base(options), keys), **keys, "session_token": session["session_token"]}

    def _assume(self, options: Mapping[str, Any]) -> Session:
        asked, since = account.assuming(options), datetime.now().timestamp()
        found = self.module_with(account.base(options), _ASSUME, asked)
        if found.get("failed"):
            why = _refusal(words(found), asked)
            raise RoleError(f"{self.CONNECTION}: {asked['role_arn']} cannot be assumed: {why}")
        made = found["sts_creds"]
        return {
            "access_key": made["access_key"],
            "secret_key": made["secret_key"],
            "session_token": made["session_token"],
            "since": since,
            "until": datetime.fromisoformat(made["expiration"]).timestamp(),
        }

    # How a module is run.

    def _update_module_args(self, module_name: str, module_args: dict[str, Any], task_vars: Any, **more: Any) -> None:
        """Have modules hand over the causes of an error: some of amazon.aws's say nothing of AWS's words otherwise."""
        super()._update_module_args(module_name, module_args, task_vars, **more)
        module_args["_ansible_tracebacks_for"] = ["error"]
        if module_name == _ASSUME:
            # It knows no check mode and would do nothing, and a session changes nothing.
            module_args["_ansible_check_mode"] = False

    def _interpreter(self) -> dict[str, Any]:
        default = self._vars.get("ansible_playbook_python") if self._is_local() else "auto_silent"
        return {"ansible_python_interpreter": self._vars.get("ansible_python_interpreter", default)}

    def _is_local(self) -> bool:
        return bool(self._connection.transport == "local")

    def _is_here(self) -> bool:
        """Tell whether a module would run on this machine, as this user and with this Python."""
        interpreter = self._templar.template(self._interpreter()["ansible_python_interpreter"])
        return self._is_local() and not self._connection.become and str(interpreter) == sys.executable

    @contextmanager
    def _environment(self, options: Mapping[str, Any]) -> Iterator[None]:
        """Give what runs on this machine the account's environment for a while; each task is a process of its own."""
        if self._held is not None:
            yield
            return
        inherited = dict(os.environ)
        own = account.environment(inherited, options) if self._is_local() else inherited
        os.environ.clear()
        os.environ.update(own)
        if self._is_here():
            # A process gets the keyword ``environment`` from its shell.
            given: dict[str, Any] = {}
            self._in_use = options
            self._compute_environment_string(given)
            os.environ.update(given)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(inherited)

    def _compute_environment_string(self, raw_environment_out: dict[str, Any] | None = None) -> str:
        """Return the keyword ``environment`` of the task as the shell takes it, without AWS settings of others too."""
        given: dict[str, Any] = {}
        text = str(super()._compute_environment_string(given))
        if given and self._is_local():
            given = account.environment(given, self._in_use)
            text = str(self._connection._shell.env_prefix(**given))
        if raw_environment_out is not None:
            raw_environment_out.update(given)
        return text


def _folder() -> Path:
    return Path(constants.DEFAULT_LOCAL_TMP)


def _refusal(message: str, asked: Mapping[str, Any]) -> str:
    """Return why a role could not be assumed, with what to do."""
    if "AccessDenied" not in message:
        return message
    external_id = "with this external_id" if "external_id" in asked else "and may ask for an external_id"
    return (
        f"{message}; its trust policy has to let in whoever assumes it, {external_id}, and their own policy has to "
        "allow sts:AssumeRole on it"
    )
