# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The doctor in this process: the readings, the variables and the checks of ``playbooks/doctor.yml``, in a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

import yaml
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor import DoctorQuery
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_a import gather_doctor_a
from ansible_collections.dax.cross_account.plugins.module_utils.facts.doctor_b import gather_doctor_b
from ansible_collections.dax.cross_account.plugins.module_utils.facts.iam import caller_identity
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.diagnose import Diagnosis, diagnose
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.documents import cluster_document_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.doctor.pairs import Consumer, Owner, pairs_of
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ConsumerOptions, OwnerOptions
from ansible_collections.dax.cross_account.plugins.plugin_utils.doctor import (
    read_consumer,
    read_owner,
    wishes_of_consumer,
    wishes_of_owner,
)

from ..accounts import Account
from ..playbook import ROOT

_PLAYBOOK = "dax.cross_account.site"


class _Clients(dict[str, Any]):
    """The clients of an account, made when first asked for."""

    def __init__(self, account: Account) -> None:
        super().__init__()
        self._account = account

    def __missing__(self, service: str) -> Any:
        return getattr(self._account, service)


class _Side:
    """Stands for an action of a role: what it asks of the module dax_doctor_info is read here."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def facts(self, query: dict[str, Any], _module: str) -> Any:
        clients = _Clients(self._account)
        asked = DoctorQuery(**{name: value for name, value in query.items() if name != "side"})
        gather: Any = gather_doctor_a if query["side"] == "a" else gather_doctor_b
        return gather(clients, caller_identity(clients["sts"]), self._account.region, asked)


def _options(kind: type[Any], role: str, given: Mapping[str, Any]) -> Any:
    defaults = yaml.safe_load((ROOT / f"roles/{role}/defaults/main.yml").read_text())
    own = {name: value for name, value in given.items() if name.startswith(kind.PREFIX)}
    return kind.from_variables({**defaults, **own})


def owner_of(account: Account, variables: Mapping[str, Any]) -> Owner:
    """Read account A with the variables of its host."""
    options: OwnerOptions = _options(OwnerOptions, "dax_account_a", variables)
    found = read_owner(cast(Any, _Side(account)), options)
    document = cluster_document_of(found["facts"], options)
    return Owner(
        facts=found["facts"],
        problem=found["problem"],
        wishes=wishes_of_owner(options),
        document=document,
        consumers=options.consumers,
    )


def consumer_of(account: Account, document: Any, variables: Mapping[str, Any], instance_id: str = "") -> Consumer:
    """Read account B with the variables of its host, and the cluster document of account A."""
    given = {**variables, "dax_account_b_cluster": document or variables.get("dax_account_b_cluster")}
    options: ConsumerOptions = _options(ConsumerOptions, "dax_account_b", given)
    found = read_consumer(cast(Any, _Side(account)), options, instance_id)
    client = {name.removeprefix("dax_client_"): value for name, value in variables.items() if "dax_client_" in name}
    wishes = wishes_of_consumer(options, client, instance_id, variables.get("saved"))
    return Consumer(facts=found["facts"], problem=found["problem"], wishes=wishes, live=None)


def examine(
    a: Account, variables_a: Mapping[str, Any], consumers: Mapping[Account, Mapping[str, Any]], instance_id: str = ""
) -> list[Diagnosis]:
    """Return what the doctor says of an owner and its consumers."""
    owner = owner_of(a, variables_a)
    found = [consumer_of(b, owner["document"], variables, instance_id) for b, variables in consumers.items()]
    return [diagnose(pair) for pair in pairs_of([owner], found, _PLAYBOOK)]


def worse(said: Diagnosis) -> list[tuple[str, str, str]]:
    """Return what is not ok: (verdict, check, what was found)."""
    return [(item["verdict"], item["check"], item["found"]) for item in said["findings"] if item["verdict"] != "ok"]


def broken(said: Diagnosis) -> list[str]:
    """Return the ids of the checks that found something broken, in order."""
    return list(dict.fromkeys(item["check"] for item in said["findings"] if item["verdict"] == "broken"))
