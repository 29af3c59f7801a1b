# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An STS between a program and the emulator's, which hands out other credentials than were asked for.

The programs stay as they are; what they would present to DAX if something were wrong comes from here.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# What a case does to the parameters of AssumeRole, and to the XML of its answer.
Parameters = dict[str, str]
Request = Callable[[Parameters], Parameters]
Answer = Callable[[str], str]


_PASSED_ON = ("Authorization", "User-Agent", "X-Amz-Date", "X-Amz-Security-Token")


def _same(answer: str) -> str:
    return answer


def _replace(xml: str, tag: str, text: str) -> str:
    changed, count = re.subn(f"<{tag}>[^<]*</{tag}>", f"<{tag}>{text}</{tag}>", xml)
    if count != 1:
        raise ValueError(f"{count} elements {tag} in the answer of AssumeRole")
    return changed


def tampered_secret(xml: str) -> str:
    """Another secret key: what the program signs does not verify."""
    return _replace(xml, "SecretAccessKey", "x" * 40)


def other_token(xml: str) -> str:
    """A session token that was not issued."""
    return _replace(xml, "SessionToken", "none-that-was-issued")


def without_token(xml: str) -> str:
    """No session token."""
    return _replace(xml, "SessionToken", "")


def later(seconds: int) -> Answer:
    """An expiry that is told later than it is, by as much as the program renews before it."""

    def change(xml: str) -> str:
        found = re.search("<Expiration>([^<]*)</Expiration>", xml)
        if found is None:  # an error of AssumeRole
            return xml
        told = datetime.fromisoformat(found[1]).astimezone(UTC) + timedelta(seconds=seconds)
        return _replace(xml, "Expiration", f"{told:%Y-%m-%dT%H:%M:%SZ}")

    return change


def instance_credentials(metadata: str) -> Answer:
    """The instance's own credentials, as if the program presented them instead of assuming a role."""

    def change(xml: str) -> str:
        root = f"{metadata}/latest/meta-data/iam/security-credentials/"
        with urllib.request.urlopen(root) as found, urllib.request.urlopen(root + found.read().decode()) as response:
            own = json.load(response)
        for tag, name in (
            ("AccessKeyId", "AccessKeyId"),
            ("SecretAccessKey", "SecretAccessKey"),
            ("SessionToken", "Token"),
        ):
            xml = _replace(xml, tag, own[name])
        return xml

    return change


@contextmanager
def proxy(
    emulator: str, *, role: str | None = None, answer: Answer = _same, seen: list[str] | None = None
) -> Iterator[str]:
    """Serve on loopback and yield the URL.

    `role` is assumed instead of the one asked for; `seen` gets the Authorization header of each request.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = dict(urllib.parse.parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            if role is not None:
                form["RoleArn"] = role
            if seen is not None:
                seen.append(self.headers["Authorization"])
            headers = {name: self.headers[name] for name in _PASSED_ON}
            request = urllib.request.Request(emulator, urllib.parse.urlencode(form).encode(), headers)
            try:
                with urllib.request.urlopen(request) as response:
                    status, body = response.status, answer(response.read().decode())
            except urllib.error.HTTPError as error:
                status, body = error.code, error.read().decode()
            self.send_response(status)
            self.send_header("Content-Type", "text/xml")
            self.send_header("Content-Length", str(len(body.encode())))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *arguments: object) -> None:
            """Keep quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
