"""A small hub on this machine: what `huggingface_hub` asks of the real one, over real HTTP."""

import hashlib
import json
import re
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote, urlsplit

LARGE = (".safetensors", ".bin", ".parquet")
"""Files that lie elsewhere, as those of Git LFS do, and are named after their SHA-256."""


@dataclass
class Repository:
    """A model or dataset: its commits, and what branches and tags point to."""

    commits: dict = field(default_factory=dict)
    """By commit: the content of each file, by path."""
    refs: dict = field(default_factory=dict)
    gate: int | None = None
    """The status with which a gated one refuses its files."""


class Hub:
    """A running hub; `requests` are all it was asked, as "METHOD /path" and the range of bytes if one was wanted."""

    def __init__(self):
        self.repositories = {}
        self.requests = []
        self.breaking = {}
        """By ending of a path: how often yet its download breaks off half way."""
        self.holding = {}
        """By ending of a path: an event that its download waits for half way."""
        self.lying = {}
        """By name of a file: the size that the hub pretends."""
        self.wall = None
        """What everything is answered with, as by the log-in page of a network; None where nothing is in between."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self):
        """Shut the server: whoever asks now gets no connection."""
        self._server.shutdown()
        self._server.server_close()

    def push(self, model_id, folder, *, ref="main", **further):
        """A new commit of a model with the files of a folder and further ones; `ref` points to it.

        The id of a dataset begins with datasets/, as its address does.
        """
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        files |= {name.replace("__", "."): content for name, content in further.items()}
        repository = self.repositories.setdefault(model_id, Repository())
        digest = hashlib.sha1(json.dumps(sorted((name, _sha256(content)) for name, content in files.items())).encode())
        commit = digest.hexdigest()
        repository.commits[commit] = files
        repository.refs[ref] = commit
        return commit

    def files(self):
        """Names of the files that were asked for."""
        found = [re.search("/resolve/[^/]+/(.+)", request) for request in self.requests]
        return {match[1] for match in found if match}

    def asked(self, *parts):
        """The requests that contain all the given parts."""
        return [request for request in self.requests if all(part in request for part in parts)]


def _sha256(content):
    return hashlib.sha256(content).hexdigest()


def _blob(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


def _entry(name, content, pretended):
    size = pretended or len(content)
    entry = {"type": "file", "path": name, "oid": _blob(content), "size": size}
    if name.endswith(LARGE):
        entry["lfs"] = {"oid": _sha256(content), "size": size, "pointerSize": 134}
    return entry


def _handler(hub):
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments):
            pass

        def do_HEAD(self):
            self.answer()

        def do_GET(self):
            self.answer()

        def answer(self):
            path = unquote(urlsplit(self.path).path)
            # Not of a model: the client asks once a day who its user may be.
            if path != "/api/agent-harnesses":
                hub.requests.append(" ".join([self.command, path, *self.headers.get_all("Range", [])]))
            if hub.wall is not None:
                self.reply(200, hub.wall)
            elif found := re.fullmatch(r"/api/(?:models/)?(.+?)(?:/(revision|tree)/([^/]+))?", path):
                self.describe(*found.groups())
            elif found := re.fullmatch(r"/(.+?)/resolve/([^/]+)/(.+)", path):
                self.resolve(*found.groups())
            elif found := re.fullmatch(r"/content/(.+?)/([0-9a-f]{40})/(.+)", path):
                model_id, commit, name = found.groups()
                self.give(hub.repositories[model_id].commits[commit][name], path)
            else:
                self.refuse(404, None)

        def commit(self, model_id, revision):
            """Repository and commit; the refusal is given if there are none."""
            repository = hub.repositories.get(model_id)
            if repository is None:
                # The real hub does not tell a stranger whether there is a private model.
                return self.refuse(401, "RepoNotFound")
            commit = repository.refs.get(revision or "main", revision)
            if commit not in repository.commits:
                return self.refuse(404, "RevisionNotFound")
            return repository, commit

        def describe(self, model_id, kind, revision):
            if there := self.commit(model_id, revision):
                repository, commit = there
                files = repository.commits[commit]
                tree = [_entry(name, content, hub.lying.get(name)) for name, content in files.items()]
                siblings = [{"rfilename": name} for name in files]
                about = {"_id": "0", "id": model_id, "modelId": model_id, "sha": commit, "siblings": siblings}
                self.reply(200, json.dumps(tree if kind == "tree" else about).encode())

        def resolve(self, model_id, revision, name):
            there = self.commit(model_id, revision)
            if not there:
                return
            repository, commit = there
            content = repository.commits[commit].get(name)
            if repository.gate:
                self.refuse(repository.gate, "GatedRepo")
            elif content is None:
                self.refuse(404, "EntryNotFound")
            elif name.endswith(LARGE):
                linked = {"X-Linked-Etag": f'"{_sha256(content)}"', "X-Linked-Size": str(len(content))}
                # Another host: the client follows those of the hub when it asks for the head alone.
                elsewhere = hub.url.replace("127.0.0.1", "localhost")
                location = {"Location": f"{elsewhere}/content/{model_id}/{commit}/{name}"}
                self.reply(302, b"", {"X-Repo-Commit": commit, **linked, **location})
            else:
                self.give(content, name, {"X-Repo-Commit": commit, "ETag": f'"{_blob(content)}"'})

        def give(self, content, path, headers=()):
            start = int((re.match(r"bytes=(\d+)-", self.headers.get("Range", "")) or [0, 0])[1])
            self.reply(206 if start else 200, content[start:], dict(headers), path=path)

        def refuse(self, status, code):
            self.reply(status, b"", {"X-Error-Code": code} if code else {})

        def reply(self, status, body, headers=None, path=""):
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(body[: len(body) // 2])
                if not self.stopped(path):
                    self.wfile.write(body[len(body) // 2 :])

        def stopped(self, path):
            """Whether a download breaks off here; one that is held waits first."""
            for ending, event in hub.holding.items():
                if path.endswith(ending):
                    self.wfile.flush()
                    event.wait()
            for ending, times in hub.breaking.items():
                if path.endswith(ending) and times:
                    hub.breaking[ending] -= 1
                    return True
            return False

    return Handler
