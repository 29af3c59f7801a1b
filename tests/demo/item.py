# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of the demo: the Python client writes and reads an item across the two accounts.

It goes the way that it goes on an instance: credentials of the instance's role from the metadata service, account A's
role from STS, the cluster's endpoint from its document, and a node of the cluster.

    python tests/demo/item.py http://127.0.0.1:4566 .emulator/demo
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import boto3

ROOT = Path(__file__).resolve().parents[2]
INVENTORY = ROOT / "inventories/localstack"
OWNER, CONSUMER, REGION = "111111111111", "222222222222", "us-east-1"
TABLE = "orders"
KEY = {"pk": {"S": "order-1"}}
QUIET = {"ANSIBLE_DISPLAY_OK_HOSTS": "0", "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "0"}
ITEM = {"amount": {"N": "12.50"}, "paid": {"BOOL": True}}


def client(url: str, service: Any, account: str) -> Any:
    keys = {"aws_access_key_id": account, "aws_secret_access_key": "demo"}
    return boto3.client(service, region_name=REGION, endpoint_url=url, **keys)


def make_table(url: str) -> None:
    """Make the table behind the cluster, unless an earlier demo did."""
    dynamodb = client(url, "dynamodb", OWNER)
    if TABLE not in dynamodb.list_tables()["TableNames"]:
        dynamodb.create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


def instance_id(url: str) -> str:
    """Return the instance that site.yml launched."""
    filters = [
        {"Name": "tag:dax.cross_account:consumer", "Values": ["dax-client"]},
        {"Name": "instance-state-name", "Values": ["running"]},
    ]
    found = client(url, "ec2", CONSUMER).describe_instances(Filters=filters)["Reservations"]
    if not found:
        raise SystemExit("demo: there is no instance of the consumer; run playbooks/site.yml first")
    return str(found[0]["Instances"][0]["InstanceId"])


def metadata_service(url: str) -> tuple[subprocess.Popen[str], str]:
    """Start the instance's metadata service; return it and its address."""
    command = [str(ROOT / ".venv-emulator/bin/python"), "-m", "dax_emulator.metadata.imds"]
    command += ["--emulator", url, "--port", "0"]
    command += ["--account", CONSUMER, "--region", REGION, "--instance-id", instance_id(url)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    line = process.stdout.readline().split()
    if not line:
        raise SystemExit(f"demo: the instance metadata service did not start, exit code {process.wait()}")
    return process, line[-1]


def verify(home: Path, pointing: dict[str, str]) -> None:
    """Put, build and try the client with verify.yml, through every node of the cluster."""
    variables = {
        "dax_verify_table": TABLE,
        "dax_verify_key": {"pk": {"S": "verify"}},
        "dax_verify_environment": pointing,
        "dax_client_dest": str(home / "dax-client"),
        "dax_client_aws_config_path": str(home / "aws-config"),
        "dax_client_python": sys.executable,
    }
    play = ["ansible-playbook", "-i", str(INVENTORY), str(ROOT / "playbooks/verify.yml"), "-e", json.dumps(variables)]
    # Of its many tasks, those that change something are shown, and the table.
    subprocess.run(play, cwd=ROOT, env={**os.environ, **QUIET}, check=True)


def write_and_read(home: Path, environment: dict[str, str]) -> None:
    """Write an item and read it with the program that verify.yml put there, and show both."""
    program = [".venv/bin/python", "dax_client.py"]
    for command, more in (("put", ["--set", json.dumps(ITEM)]), ("get", [])):
        arguments = [command, "--table", TABLE, "--key", json.dumps(KEY), *more]
        print(f"\ndemo: dax_client.py {' '.join(arguments)}", flush=True)
        subprocess.run([*program, *arguments], cwd=home / "dax-client/python", env=environment, check=True)


def main() -> None:
    url, state = sys.argv[1], Path(sys.argv[2]).resolve()
    make_table(url)
    process, metadata = metadata_service(url)
    pointing = {"AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata, "AWS_ENDPOINT_URL_STS": url}
    try:
        verify(state / "client", pointing)
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        write_and_read(state / "client", {**kept, **pointing})
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
