# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What both facts modules share: clients, identity, and one clear line for an AWS error."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Lock
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.exceptions import AnsibleAWSError

from ..common.aws import attempts, error_code, refusal_of
from ..common.patience import PROPAGATION, Unsettled, passing
from ..common.shapes import Identity
from .iam import caller_identity
from .regions import RegionError, explain, stop_vain_retries

with suppress(ImportError):  # AnsibleAWSModule reports a missing SDK.
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

# botocore's standard mode retries throttling, 5xx answers and dropped connections with jittered backoff.
MAX_ATTEMPTS = 10

_DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "UnauthorizedException")
_SERVICES = {
    "DescribeClusters": "dax",
    "DescribeSubnetGroups": "dax",
    "GetCallerIdentity": "sts",
    "GetManagedPrefixListEntries": "ec2",
    "GetParameters": "ssm",
    "GetServiceQuota": "servicequotas",
    "ListHostedZonesByVPC": "route53",
    "ListTags": "dax",
    "SimulatePrincipalPolicy": "iam",
}


class Clients(dict[str, Any]):
    """The boto3 clients of one account, made when first asked for: a client costs 0.1 s or more, a call little."""

    def __init__(self, module: Any) -> None:
        super().__init__()
        self._module = module
        self._lock = Lock()

    def __missing__(self, service: str) -> Any:
        with self._lock:  # no two threads may make a client
            if service not in self:
                config = Config(retries={"mode": "standard", "max_attempts": MAX_ATTEMPTS})
                self[service] = stop_vain_retries(self._module.client(service, config=config))
        return self[service]


def run_facts(module: Any, gather: Callable[[Clients, Identity, str], Mapping[str, object]]) -> None:
    """Exit with the facts, or fail in one line that names the AWS error, the operation and the account."""
    clients = Clients(module)
    account = ""
    try:
        identity = caller_identity(clients["sts"])
        account = f" in account {identity['account_id']}"
        facts = settled(
            lambda: gather(clients, identity, clients["sts"].meta.region_name), module.params.get("wait_timeout") or 0
        )
    except Unsettled as error:
        module.fail_json(msg=f"Reading the facts{account} failed: {error}; run it again")
    except RegionError as error:
        module.fail_json(msg=f"Reading the facts{account} failed: {error}")
    except (ClientError, BotoCoreError, AnsibleAWSError) as error:
        cause = getattr(error, "exception", None) or error
        why = missing_action(cause)
        if region_why := explain(module, cause, clients["sts"].meta.region_name):
            why = f", {region_why}"
        module.fail_json_aws(cause, msg=f"Reading the facts{account} failed{why}")
    except ValueError as error:
        module.fail_json(msg=f"{error}")
    module.exit_json(changed=False, facts=facts)


def settled(read: Callable[[], Mapping[str, object]], wait_timeout: float) -> Mapping[str, object]:
    """Read until what was read fits together: what was made seconds ago is shown by one answer and not by the next.

    :param read: reads everything anew.
    :param wait_timeout: seconds that may be waited.
    :raises Unsettled: with how long it was waited; AWS's last refusal, of one that passes by itself.
    """
    limit = min(PROPAGATION, wait_timeout)
    last: Exception = AssertionError("attempts() yields at least once")
    for _attempt in attempts(limit, max_delay=5.0):
        try:
            return read()
        except Unsettled as error:
            last = Unsettled(f"waited {limit:g} seconds for {error}")
        except ClientError as error:
            if passing(refusal_of(error)) is None:
                raise
            last = error
    raise last


def missing_action(error: Exception) -> str:
    """Name the right that a refused call lacks, as a policy names it (``ec2:DescribeVpcs``); "" for another error."""
    if error_code(error) not in _DENIED:
        return ""
    operation = str(getattr(error, "operation_name", "an action"))
    default = "iam" if operation.startswith(("Get", "List")) else "ec2"
    return f", the credentials may not {_SERVICES.get(operation, default)}:{operation}"
