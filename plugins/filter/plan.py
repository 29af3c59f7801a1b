# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure decisions of the collection, as the roles call them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from ansible.errors import AnsibleFilterError
from ansible.release import __version__ as core_version
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
    check_consumer_document,
    consumer_key,
)
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_a.plan import plan_a
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.plan import plan_b
from ansible_collections.dax.cross_account.plugins.module_utils.plan.account_b.block import block_request
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import typed

# Before this one, Ansible ran templates in whatever a filter returned: a document of the other team would have run code
# on the controller.
OLDEST_CORE = (2, 19)


class FilterModule:
    """Filters of the collection dax.cross_account; each is documented in the YAML file of its name."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        filters = {
            "plan_a": _plain_arguments(plan_a),
            "plan_b": _plain_arguments(plan_b),
            "block_request": _plain_arguments(block_request),
            "consumer_key": _consumer_key,
            "read_document": read_document,
            "cluster_document_problem": cluster_document_problem,
            "aws_config_value": aws_config_value,
        }
        if tuple(map(int, core_version.split(".")[:2])) < OLDEST_CORE:
            return dict.fromkeys(filters, _refuse)
        return filters


def _refuse(*_arguments: Any) -> None:
    oldest = ".".join(map(str, OLDEST_CORE))
    raise AnsibleFilterError(
        f"dax.cross_account needs ansible-core {oldest} or newer, this is {core_version}: older ones would run "
        "templates in the other team's documents; upgrade ansible-core"
    )


def aws_config_value(value: Any) -> str:
    """Return a value for one line of an AWS config file, in which a line break would begin a setting of its own."""
    text = str(value)
    if not text.isprintable() or text != text.strip():
        raise AnsibleFilterError(f"{text[:80]!r} cannot stand in an AWS config file: it is not one line of text")
    return text


def read_document(path: str) -> Any:
    """Return what a YAML or JSON file on the controller holds, or one line that says why it could not be read."""
    try:
        document = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        reason = " ".join(str(error).split())
        return f"{path} cannot be read as a document: {reason}"
    if isinstance(document, dict):
        return document
    found = "nothing" if document is None else type(document).__name__
    return f"{path} holds no document: expected a mapping with 'kind', got {found}"


def cluster_document_problem(value: Any, complete: bool = True) -> str:
    """Return one line that says why a value is no cluster document, or "" for one that is."""
    try:
        check_cluster_document(_plain(value), complete)
    except DocumentError as error:
        return str(error)
    return ""


def _plain_arguments(decide: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    def plan(facts: Any, wanted: Any) -> dict[str, Any]:
        return decide(_plain(facts), typed(_plain(wanted)))

    return plan


def _consumer_key(document: Any) -> str:
    """Return a consumer's identity, or "" for a document that the plan is going to refuse."""
    try:
        return consumer_key(check_consumer_document(_plain(document)))
    except DocumentError:
        return ""


def _plain(value: Any) -> Any:
    """Return Ansible's lazy containers as plain ones, which pure functions may copy and add up."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(item) for item in value]
    return value
