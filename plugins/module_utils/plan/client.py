# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the client programs and the AWS profile, made of the role's options and the cluster document. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypedDict, cast

from ..common.shapes import ClusterDocument, Endpoint
from .option_types import OptionsError
from .options import ClientOptions
from .tools import NEEDS, Found, judge

# Where the AWS SDKs look by themselves.
_AWS_CONFIG_PATH = "~/.aws/config"


class ClientConfig(TypedDict):
    """What the templates of role ``dax_client`` read."""

    account_id: str
    cluster_name: str
    scheme: str  # dax or daxs
    endpoint: str
    region: str
    sts_region: str
    ip_family: str
    role_arn: str
    external_id: str  # empty when the owner asks for none
    session_name: str
    session_duration: int
    profile_name: str
    profile_marker: str  # what the lines around the profile in the AWS config file say
    aws_config_path: str  # empty where the SDKs find the file by themselves
    needs: dict[str, str]  # in words, what each language needs
    python: str  # the Python that makes the Python program's environment
    packages: list[str]  # of the system, to install before anything is built
    root: bool  # whether the user in effect is root already, who alone may install them


def client_config(options: ClientOptions, document: ClusterDocument) -> ClientConfig:
    """Return what stands in the programs.

    :param options: with what the target said, if it was asked.
    :param document: a complete cluster document, checked.
    :raises OptionsError: naming every variable with which they would not work, or would change what is another's.
    """
    endpoint = cast(Endpoint, document["endpoint"])
    address = str(endpoint["address"])
    scheme = "daxs" if document["encryption_type"] == "TLS" else "dax"
    profile_name = options.profile_name or f"dax-{document['cluster_name']}"
    host = options.host
    tools = Found("", [], [])
    if host and options.builds:
        tools = judge(options.languages, options.python, host, options.install_packages)
    config: ClientConfig = {
        "account_id": document["account_id"],
        "cluster_name": document["cluster_name"],
        "scheme": scheme,
        "endpoint": f"{scheme}://{f'[{address}]' if ':' in address else address}:{endpoint['port']}",
        "region": document["region"],
        # A VPC endpoint leads to the STS of its own region only. So the consumer's is asked, whatever DAX's is.
        "sts_region": options.sts_region or (host["region"] if host else "") or document["region"],
        "ip_family": options.ip_family or ("ipv6" if document["network_type"] == "ipv6" else "ipv4"),
        "role_arn": options.role_arn or str(document["role_arn"]),
        "external_id": options.external_id or document["external_id"] or "",
        "session_name": options.session_name,
        "session_duration": options.session_duration,
        "profile_name": profile_name,
        "profile_marker": f"dax.cross_account: profile {profile_name}",
        "aws_config_path": "" if options.aws_config_path == _AWS_CONFIG_PATH else options.aws_config_path,
        "needs": NEEDS,
        "python": tools.python,
        "packages": tools.packages,
        "root": bool(host and host["root"]),
    }
    problems = [*_missing(options, document), *_foreign_profile(options, config), *tools.problems]
    if problems:
        raise OptionsError("\n".join(problems))
    return config


def _missing(options: ClientOptions, document: ClusterDocument) -> Iterator[str]:
    if document["role_per_consumer"] and not options.role_arn:
        yield (
            "dax_client_role_arn: needed, since every consumer of this cluster has a role of its own; give "
            "assumed_role_arn of the consumer document"
        )
    if document["external_id_per_consumer"] and not options.external_id:
        yield (
            "dax_client_external_id: needed, since every consumer of this cluster has an external id of its own; give "
            "external_id of the consumer document"
        )
    needing = "the entry point verify" if options.verify else "dax_client_run" if options.run else ""
    if needing and not (options.table and options.key):
        yield f'{needing}: needs dax_client_table and dax_client_key; give a key such as {{"pk": {{"S": "1"}}}}'
    if options.verify and not options.languages:
        yield "dax_client_languages: empty; give the language whose program tries the nodes"


def _foreign_profile(options: ClientOptions, config: ClientConfig) -> Iterator[str]:
    """Yield what is wrong when the AWS config file has a profile of this name that the role did not write."""
    marker, name = re.escape(config["profile_marker"]), re.escape(config["profile_name"])
    others = re.sub(rf"(?s)# BEGIN {marker}(?!\S).*?# END {marker}(?!\S)", "", options.aws_config)
    if re.search(rf"""(?m)^\s*\[\s*profile\s+(["']?){name}\1\s*\]""", others):
        yield (
            f"dax_client_profile_name: {options.aws_config_path} already has a profile {config['profile_name']} that "
            "this role did not write; choose another name, or remove that profile"
        )
