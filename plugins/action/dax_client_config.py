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
from ansible_collections.dax.cross_account.plugins.plugin_utils.document_files import read_document
from ansible_collections.dax.cross_account.plugins.plugin_utils.role import RoleAction, RoleError


class ActionModule(RoleAction):
    """See the module of the same name for its documentation."""

    _VALID_ARGS = frozenset({"verify"})

    def work(self) -> dict[str, Any]:
        options = ClientOptions.from_variables(
            self.variables(ClientOptions), verify=boolean(self._task.args.get("verify", False))
        )
        document = _document(options.cluster)
        config = client_config(options.replace(aws_config=self._aws_config(options.aws_config_path)), document)
        return {"changed": False, "config": config, "options": _variables(options)}

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
            read_document(os.path.expanduser(given)) if isinstance(given, str) else given, complete=True
        )
    except DocumentError as error:
        raise RoleError(
            f"dax_client_cluster: {error}; give the document that role dax_account_a returns, or the path of the file "
            "that it wrote"
        ) from error


def _variables(options: ClientOptions) -> dict[str, Any]:
    """Return the options that the role's tasks read."""
    unread = ClientOptions.run_fields() | {"cluster"}
    return {name: value for name, value in asdict(options).items() if name not in unread}
