# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance metadata service for one instance of the emulator.

    python -m dax_emulator.metadata.imds --emulator http://127.0.0.1:4566 --account 222222222222 --region us-east-1 \\
        --instance-id i-0123456789abcdef0 --port 1338 [--lifetime 900]

serves on loopback what programs on the instance would find at 169.254.169.254; they are pointed at it by
AWS_EC2_METADATA_SERVICE_ENDPOINT=http://127.0.0.1:1338. Version 2 (with a token from PUT) and version 1.
"""

from __future__ import annotations

import argparse
import json
import secrets
import signal
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HOST = "127.0.0.1"
_TOKEN_PATH = "/latest/api/token"
_MAX_TOKEN_SECONDS = 21600
_TIMEOUT_SECONDS = 10


class Instance:
    """The instance, as the emulator knows it. Its credentials are renewed when half of their life is over."""

    def __init__(self, emulator: str, account: str, region: str, instance_id: str, lifetime: int | None) -> None:
        path = f"/_emulator/instances/{account}/{region}/{instance_id}/metadata"
        query = "" if lifetime is None else f"?lifetime={lifetime}"
        self._url = emulator.rstrip("/") + urllib.parse.quote(path) + query
        self._lock = threading.Lock()
        self._facts: dict[str, Any] = {}
        self._renew_at = datetime.min.replace(tzinfo=UTC)

    def facts(self) -> dict[str, Any]:
        """Return the instance's facts with valid credentials. Raises OSError if the emulator does not tell."""
        with self._lock:
            now = datetime.now(UTC)
            if now >= self._renew_at:
                with urllib.request.urlopen(self._url, timeout=_TIMEOUT_SECONDS) as response:
                    self._facts = json.load(response)
                credentials = self._facts["credentials"]
                life = timedelta()
                if credentials is not None:
                    life = datetime.fromisoformat(credentials["expiration"]) - now
                self._renew_at = now + life / 2
            return self._facts


class Tokens:
    """The tokens of version 2."""

    def __init__(self) -> None:
        self._valid_until: dict[str, float] = {}

    def issue(self, seconds: int) -> str:
        token = secrets.token_urlsafe(40)
        self._valid_until[token] = time.monotonic() + seconds
        return token

    def valid(self, token: str) -> bool:
        return self._valid_until.get(token, 0.0) > time.monotonic()


def document(facts: dict[str, Any], path: str) -> str | None:
    """Return what is at a path below /latest, None if there is nothing."""
    credentials = facts["credentials"]
    documents = {
        "meta-data/instance-id": facts["instance_id"],
        "meta-data/instance-type": facts["instance_type"],
        "meta-data/ami-id": facts["image_id"],
        "meta-data/local-ipv4": facts["private_ip"],
        "meta-data/placement/region": facts["region"],
        "meta-data/placement/availability-zone": facts["availability_zone"],
        "dynamic/instance-identity/document": _identity(facts),
    }
    if credentials is not None:
        root = "meta-data/iam/security-credentials"
        documents[root] = documents[f"{root}/"] = credentials["role"]
        documents[f"{root}/{credentials['role']}"] = _credentials(credentials)
    return documents.get(path)


def _identity(facts: dict[str, Any]) -> str:
    identity = {
        "accountId": facts["account"],
        "architecture": "x86_64",
        "availabilityZone": facts["availability_zone"],
        "imageId": facts["image_id"],
        "instanceId": facts["instance_id"],
        "instanceType": facts["instance_type"],
        "privateIp": facts["private_ip"],
        "region": facts["region"],
        "version": "2017-09-30",
    }
    return json.dumps(identity, indent=2)


def _credentials(credentials: dict[str, Any]) -> str:
    shown = {
        "Code": "Success",
        "LastUpdated": credentials["last_updated"],
        "Type": "AWS-HMAC",
        "AccessKeyId": credentials["access_key_id"],
        "SecretAccessKey": credentials["secret"],
        "Token": credentials["token"],
        "Expiration": credentials["expiration"],
    }
    return json.dumps(shown, indent=2)


class Handler(BaseHTTPRequestHandler):
    """Answers one program's requests."""

    server: Server
    protocol_version = "HTTP/1.1"

    def do_PUT(self) -> None:
        if self.path != _TOKEN_PATH:
            self._answer(HTTPStatus.NOT_FOUND)
            return
        wanted = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds", "")
        if not wanted.isdigit() or not 1 <= int(wanted) <= _MAX_TOKEN_SECONDS:
            self._answer(HTTPStatus.BAD_REQUEST)
            return
        self._answer(HTTPStatus.OK, self.server.tokens.issue(int(wanted)), ttl=wanted)

    def do_GET(self) -> None:
        token = self.headers.get("X-aws-ec2-metadata-token")
        if not self.server.tokens.valid(token) if token is not None else self.server.token_required:
            self._answer(HTTPStatus.UNAUTHORIZED)
            return
        try:
            facts = self.server.instance.facts()
        except OSError as error:
            print(f"the emulator does not answer: {error}", file=sys.stderr)
            self._answer(HTTPStatus.INTERNAL_SERVER_ERROR)
            return
        path = urllib.parse.unquote(self.path.split("?")[0]).removeprefix("/latest/")
        found = document(facts, path)
        self._answer(HTTPStatus.NOT_FOUND if found is None else HTTPStatus.OK, found or "")

    def _answer(self, status: HTTPStatus, text: str = "", ttl: str | None = None) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(body)))
        if ttl is not None:
            self.send_header("X-aws-ec2-metadata-token-ttl-seconds", ttl)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep quiet: the path of a request is of no interest here."""


class Server(ThreadingHTTPServer):
    """The metadata service of one instance."""

    daemon_threads = True

    def __init__(self, port: int, instance: Instance, *, token_required: bool = False) -> None:
        super().__init__((HOST, port), Handler)
        self.instance = instance
        self.tokens = Tokens()
        self.token_required = token_required


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m dax_emulator.metadata.imds", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--emulator", default="http://127.0.0.1:4566", metavar="URL")
    parser.add_argument("--account", required=True)
    parser.add_argument("--region", required=True)
    parser.add_argument("--instance-id", required=True)
    parser.add_argument("--port", type=int, required=True, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--lifetime", type=int, metavar="SECONDS", help="of the role's credentials (default six hours)")
    parser.add_argument("--token-required", action="store_true", help="refuse version 1, as instances of today do")
    options = parser.parse_args()
    instance = Instance(options.emulator, options.account, options.region, options.instance_id, options.lifetime)
    try:
        instance.facts()
    except urllib.error.HTTPError as error:
        print(json.load(error)["error"], file=sys.stderr)
        return 1
    except OSError as error:
        print(f"no emulator at {options.emulator}: {error}", file=sys.stderr)
        return 1
    try:
        server = Server(options.port, instance, token_required=options.token_required)
    except OSError as error:
        print(f"cannot listen on {HOST}:{options.port}: {error}", file=sys.stderr)
        return 1
    print(f"serving {options.instance_id} on http://{HOST}:{server.server_address[1]}", flush=True)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.server_close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
