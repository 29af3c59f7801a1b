# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stands in the programs of role ``dax_client``: its variables and the cluster document, checked."""

from __future__ import annotations

import base64
import os
from dataclasses import asdict
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean
from ansible_collections.dax.cross_account.plugins.module_utils.common.documents import (
    DocumentError,
    check_cluster_document,
)
from ansible_collections.dax.cross_account.plugins.module_utils.common.shapes import ClusterDocument
from ansible_collections.dax.cross_account.plugins.module_utils.plan.client import client_config
from ansible_collections.dax.cross_account.plugins.module_utils.plan.options import ClientOptions
from ansible_collections.dax.cross_account.plugins.module_utils.plan.tools import Host, commands
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import (
    given_document,
    is_text,
    read_document,
)
from ansible_collections.dax.cross_account.plugins.plugin_utils.role import RoleAction, RoleError


class ActionModule(RoleAction):
    """See the module of the same name for its documentation."""

    _VALID_ARGS = frozenset({"verify", "packages", "pip_package"})

    def work(self) -> dict[str, Any]:
        options = ClientOptions.from_variables(
            self.variables(ClientOptions), verify=boolean(self._task.args.get("verify", False))
        )
        if not boolean(self._task.args.get("packages", True)):
            options = options.replace(install_packages=False)
        document = _document(options.cluster)
        asked = options.replace(aws_config=self._aws_config(options.aws_config_path), host=self._host(options))
        config = client_config(asked, document)
        if config["python"] and not config["packages"]:
            self._check_index(options, config["python"])
        return {"changed": False, "config": config, "options": _variables(options)}

    def _host(self, options: ClientOptions) -> Host | None:
        """Return what the target says of its tools and its region, None if none of it matters."""
        args = {
            "commands": commands(options.languages, options.python) if options.builds else [],
            "region": not options.sts_region,
        }
        return self._ask(args) if args["commands"] or args["region"] else None

    def _check_index(self, options: ClientOptions, python: str) -> None:
        """Refuse to build the Python program where pip reaches no package index.

        :raises RoleError: before anything is written; without it, pip would try for minutes and name no cure.
        """
        package = self._task.args.get("pip_package")
        if not package:
            return
        built = f"{options.dest}/python/.built"
        problem = self._ask({"pip_python": python, "pip_package": package, "pip_unless": built})["index_problem"]
        if problem:
            raise RoleError(
                f"dax_client_install: pip on this host reaches no package index ({problem}); name one that it reaches "
                "(PIP_INDEX_URL in the environment of the task, or pip.conf), give the host a way to the internet "
                "(dax_account_b_sts_access: internet_gateway), or leave python out of dax_client_languages"
            )

    def _ask(self, args: dict[str, Any]) -> Host:
        found = self._execute_module(
            module_name="dax.cross_account.dax_client_host_info", module_args=args, task_vars=self._vars
        )
        if found.get("failed") or "host" not in found:
            raise RoleError(f"the host cannot be asked for its tools: {' '.join(str(found.get('msg')).split())}")
        host: Host = found["host"]
        return host

    def _aws_config(self, path: str) -> str:
        """Return the text of the AWS config file on the target; a file that is not there has none."""
        if not path:
            return ""
        found = self._execute_module(
            module_name="ansible.builtin.slurp", module_args={"src": path}, task_vars=self._vars
        )
        if found.get("failed"):
            reason = " ".join(str(found.get("msg")).split())
            if "file not found" in reason.lower():
                return ""
            raise RoleError(
                f"dax_client_aws_config_path: {reason.rstrip('.')}; give the path of a file that the user in effect "
                "may read, or an empty one for no profile"
            )
        return base64.b64decode(str(found["content"])).decode(errors="replace")


def _document(given: Any) -> ClusterDocument:
    try:
        return check_cluster_document(
            read_document(os.path.expanduser(given))
            if isinstance(given, str) and not is_text(given)
            else given_document(given),
            complete=True,
        )
    except DocumentError as error:
        raise RoleError(
            f"dax_client_cluster: {error}; give the document that role dax_account_a returns, or the path of the file "
            "that it wrote"
        ) from error


def _variables(options: ClientOptions) -> dict[str, Any]:
    """Return the options that the role's tasks read."""
    unread = ClientOptions.run_fields() | {"cluster", "python"}
    return {name: value for name, value in asdict(options).items() if name not in unread}
