# Copyright: dax.cross_account contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stub of the API of AWX, which keeps what is created there and answers as AWX does to the modules of awx.awx.

It refuses what AWX refuses and a pattern may get wrong: names that are taken, references to what is not there, unknown
paths, surveys with a default that is no choice, two credentials of one type, prompts that a template does not ask for.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

TOKEN = "a-token-of-the-stub"
SECRET = "$encrypted$"

# Kinds of objects, and which fields of theirs hold ids of others.
REFERENCES: dict[str, dict[str, str]] = {
    "organizations": {},
    "credential_types": {},
    "credentials": {"organization": "organizations", "credential_type": "credential_types"},
    "execution_environments": {},
    "projects": {"organization": "organizations", "default_environment": "execution_environments"},
    "inventories": {"organization": "organizations"},
    "hosts": {"inventory": "inventories"},
    "groups": {"inventory": "inventories"},
    "job_templates": {
        "organization": "organizations",
        "project": "projects",
        "inventory": "inventories",
        "execution_environment": "execution_environments",
    },
    "workflow_job_templates": {"organization": "organizations", "inventory": "inventories"},
    "workflow_job_template_nodes": {"workflow_job_template": "workflow_job_templates"},
    "workflow_approval_templates": {},
}
LISTS = {
    "job_templates": {"credentials": "credentials"},
    "groups": {"hosts": "hosts"},
    "workflow_job_template_nodes": {
        "success_nodes": "workflow_job_template_nodes",
        "credentials": "credentials",
    },
}
TEMPLATES = ("job_templates", "workflow_job_templates", "workflow_approval_templates")


class Refused(Exception):
    """An answer that is no success: the status and the body."""


class Controller:
    """The objects of a controller by their kind and id."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[int, dict[str, Any]]] = {kind: {} for kind in REFERENCES}
        self.lists: dict[tuple[str, int, str], list[int]] = {}
        self.surveys: dict[int, dict[str, Any]] = {}
        self.writes: list[str] = []
        self._lock = threading.Lock()
        self._next = 1
        self.create("organizations", {"name": "Default"})
        self.writes.clear()

    def named(self, kind: str, name: str) -> dict[str, Any]:
        """Return the one object of a kind with this name."""
        (found,) = [item for item in self.objects[kind].values() if item["name"] == name]
        return found

    def related(self, kind: str, item: dict[str, Any], name: str) -> list[dict[str, Any]]:
        """Return the objects of a list of an object."""
        return [self.objects[LISTS[kind][name]][number] for number in self.lists.get((kind, item["id"], name), [])]

    def create(self, kind: str, fields: dict[str, Any]) -> dict[str, Any]:
        self._check(kind, fields)
        number, self._next = self._next, self._next + 1
        name = fields.get("name", fields.get("identifier"))
        for item in self.objects[kind].values():
            same = all(item.get(field) == fields.get(field) for field in REFERENCES[kind])
            if item.get("name", item.get("identifier")) == name and same:
                raise Refused(400, {"__all__": [f"{kind} {name} exists"]})
        url = f"/api/v2/{kind}/{number}/"
        item = {"kind": "", "host_filter": None} if kind == "inventories" else {}
        item |= {**fields, "id": number, "url": url, "type": _type(kind), "summary_fields": {}, "scm_revision": ""}
        item["related"] = {name: f"{url}{name}/" for name in (*LISTS.get(kind, {}), "survey_spec")}
        self.objects[kind][number] = item
        self.writes.append(f"POST {kind} {name}")
        return self.shown(kind, item)

    def shown(self, kind: str, item: dict[str, Any]) -> dict[str, Any]:
        """Return an object as the API shows it: without secrets."""
        if kind == "credentials" and "inputs" in item:
            fields = self.objects["credential_types"][item["credential_type"]]["inputs"]["fields"]
            secret = {field["id"] for field in fields if field.get("secret")}
            inputs = {name: SECRET if name in secret else value for name, value in item["inputs"].items()}
            return {**item, "inputs": inputs}
        return item

    def _check(self, kind: str, fields: dict[str, Any]) -> None:
        for field, other in REFERENCES[kind].items():
            if fields.get(field) is not None and fields[field] not in self.objects[other]:
                raise Refused(400, {field: [f"Invalid pk {fields[field]} - object does not exist."]})
        if kind == "credentials":
            known = {
                field["id"] for field in self.objects["credential_types"][fields["credential_type"]]["inputs"]["fields"]
            }
            if unknown := set(fields.get("inputs") or {}) - known:
                raise Refused(400, {"inputs": [f"Additional properties are not allowed ({sorted(unknown)})"]})
        if kind == "workflow_job_template_nodes" and fields.get("extra_data"):
            template = self.objects["job_templates"][fields["unified_job_template"]]
            if not template.get("ask_variables_on_launch"):
                raise Refused(400, {"extra_data": ["Variables are not allowed on launch."]})

    def survey(self, number: int, spec: dict[str, Any]) -> None:
        for question in spec["spec"]:
            missing = {"question_name", "question_description", "variable", "type", "required", "default"} - set(
                question
            )
            if missing:
                raise Refused(400, {"error": f"{question} lacks {sorted(missing)}"})
            if "choices" in question and question["default"] not in question["choices"]:
                raise Refused(400, {"error": f"{question['variable']}: the default is no choice"})
            if not isinstance(question["default"], int if question["type"] == "integer" else str):
                raise Refused(400, {"error": f"{question['variable']}: the default is of another type"})
        self.surveys[number] = spec
        self.writes.append(f"POST survey {number}")

    def associate(self, kind: str, number: int, name: str, body: dict[str, Any]) -> None:
        other, now = LISTS[kind][name], self.lists.setdefault((kind, number, name), [])
        if body["id"] not in self.objects[other]:
            raise Refused(400, {"detail": f"{other} {body['id']} does not exist"})
        self.writes.append(f"POST {kind} {number} {name}")
        if body.get("disassociate"):
            now.remove(body["id"])
            return
        if name == "credentials":
            types = [self.objects[other][each]["credential_type"] for each in [*now, body["id"]]]
            if len(set(types)) < len(types):
                raise Refused(400, {"detail": "Cannot assign multiple credentials of one type."})
            template = self.objects["job_templates"].get(self.objects[kind][number].get("unified_job_template", 0))
            if template is not None and not template.get("ask_credential_on_launch"):
                raise Refused(400, {"detail": "Related template is not configured to accept credentials on launch."})
        now.append(body["id"])

    # The paths.

    def answer(self, method: str, path: str, query: dict[str, str], body: dict[str, Any]) -> tuple[int, Any]:
        with self._lock:
            parts = path.strip("/").split("/")
            if parts[:2] != ["api", "v2"] or len(parts) < 3:
                raise Refused(404, {"detail": "Not found."})
            kind, *rest = parts[2:]
            if kind == "unified_job_templates" and method == "GET" and not rest:
                found = [item for each in TEMPLATES for item in self.objects[each].values() if _matches(item, query)]
                return 200, _page(found)
            if kind not in self.objects:
                raise Refused(404, {"detail": "Not found."})
            if not rest:
                if method == "POST":
                    return 201, self.create(kind, body)
                return 200, _page(
                    [self.shown(kind, item) for item in self.objects[kind].values() if _matches(item, query)]
                )
            return self._one(method, kind, int(rest[0]), rest[1:], body)

    def _one(self, method: str, kind: str, number: int, rest: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        item = self.objects[kind].get(number)
        if item is None:
            raise Refused(404, {"detail": "Not found."})
        if not rest:
            if method == "PATCH":
                self._check(kind, {**item, **body})
                item |= {name: value for name, value in body.items() if name != "type"}
                self.writes.append(f"PATCH {kind} {number}")
            return 200, self.shown(kind, item)
        (name,) = rest
        if name == "survey_spec" and kind in TEMPLATES[:2]:
            if method == "POST":
                self.survey(number, body)
            return 200, self.surveys.get(number, {})
        if name == "create_approval_template" and kind == "workflow_job_template_nodes" and method == "POST":
            made = self.create("workflow_approval_templates", body)
            item["unified_job_template"] = made["id"]
            item["related"]["unified_job_template"] = made["url"]
            return 201, made
        if name not in LISTS.get(kind, {}):
            raise Refused(404, {"detail": "Not found."})
        if method == "POST":
            self.associate(kind, number, name, body)
            return 204, None
        return 200, _page(self.related(kind, item, name))


def _type(kind: str) -> str:
    return kind.removesuffix("ies") + "y" if kind.endswith("ies") else kind.removesuffix("s")


def _matches(item: dict[str, Any], query: dict[str, str]) -> bool:
    return all(str(item.get(name)) == value for name, value in query.items())


def _page(found: list[dict[str, Any]]) -> dict[str, Any]:
    return {"count": len(found), "next": None, "previous": None, "results": found}


@contextmanager
def serving(controller: Controller) -> Iterator[str]:
    """Serve a controller's API on loopback for a while; the value is its address."""

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            url = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or "{}") if length else {}
            try:
                if self.headers.get("Authorization") != f"Bearer {TOKEN}":
                    raise Refused(401, {"detail": "Authentication credentials were not provided."})
                status, answer = controller.answer(self.command, url.path, dict(parse_qsl(url.query)), body)
            except Refused as refused:
                status, answer = refused.args
            data = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("X-API-Product-Name", "AWX")
            self.send_header("X-API-Product-Version", "24.6.1")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = _handle

        def log_message(self, *_arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
