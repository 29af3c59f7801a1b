# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure decisions of the collection, for playbooks: to be tried on facts that were written down."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleFilterError
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
    key_or_nothing,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.block import block_request
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.option_types import Options, OptionsError
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions, OwnerOptions
from ansible_collections.dax.cross_account.plugins.plugin_utils.core import OldCore, require_core
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import read_document
from ansible_collections.dax.cross_account.plugins.plugin_utils.values import plain

ROLES = Path(__file__).resolve().parents[2] / "roles"


class FilterModule:
    """Filters of the collection dax.cross_account; each is documented in the YAML file of its name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        filters: dict[str, Callable[..., Any]] = {
            "plan_a": _decision(plan_a, OwnerOptions, "dax_account_a"),
            "plan_b": _decision(plan_b, ConsumerOptions, "dax_account_b"),
            "block_request": _decision(block_request, ConsumerOptions, "dax_account_b"),
            "consumer_key": _consumer_key,
            "read_document": read_document,
            "cluster_document_problem": cluster_document_problem,
            "aws_config_value": aws_config_value,
        }
        return {name: _on_new_core(call) for name, call in filters.items()}


def _on_new_core(call: Callable[..., Any]) -> Callable[..., Any]:
    def checked(*arguments: Any, **options: Any) -> Any:
        try:
            require_core()
            return call(*arguments, **options)
        except (OldCore, OptionsError) as error:
            raise AnsibleFilterError(str(error)) from error

    return checked


def _decision(decide: Callable[[Any, Any], Any], kind: type[Options], role: str) -> Callable[[Any, Any], Any]:
    """Return a decision that takes the role's variables without their prefix; those not given have their defaults."""

    def decided(facts: Any, wanted: Any) -> Any:
        given = plain(wanted)
        variables = yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text(encoding="utf-8"))
        run = {name: value for name, value in given.items() if name in kind.run_fields()}
        variables |= {f"{kind.PREFIX}{name}": value for name, value in given.items() if name not in run}
        return decide(plain(facts), kind.from_variables(variables, **run))

    return decided


def cluster_document_problem(value: Any, complete: bool = True) -> str:
    """Return one line that says why a value is no cluster document, or "" for one that is."""
    try:
        check_cluster_document(plain(value), complete)
    except DocumentError as error:
        return str(error)
    return ""


def _consumer_key(document: Any) -> str:
    return key_or_nothing(plain(document))


def aws_config_value(value: Any) -> str:
    """Return a value for one line of an AWS config file, in which a line break would begin a setting of its own."""
    text = str(value)
    if not text.isprintable() or text != text.strip():
        raise AnsibleFilterError(f"{text[:80]!r} cannot stand in an AWS config file: it is not one line of text")
    return text
