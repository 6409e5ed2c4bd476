"""A stand-in for the Hugging Face Hub on this machine: as much of it as uploads and downloads of a repository need."""

import base64
import hashlib
import json

from fastapi import FastAPI, Request, Response

COMMIT = "0" * 40


class Hub:
    """Keeps repositories in memory: files[(kind, name)][path] = bytes; by_lfs tells which came as large files."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str], dict[str, bytes]] = {}
        self.by_lfs: set[str] = set()
        self.blobs: dict[str, bytes] = {}
        self.refused: list[str] = []
        self.app = FastAPI()
        self._add_routes()

    def _add_routes(self) -> None:
        app = self.app

        @app.post("/api/repos/create")
        async def create(request: Request) -> dict:
            told = await request.json()
            owner = told.get("organization") or "USER"
            kind, name = told.get("type", "model"), f"{owner}/{told['name'].split('/')[-1]}"
            self.files.setdefault((kind + "s", name), {})
            return {"url": f"{request.base_url}{kind}s/{name}", "id": name, "name": name}

        @app.get("/api/whoami-v2")
        async def whoami() -> dict:
            return {"name": "USER", "type": "user", "orgs": [], "auth": {"type": "access_token"}}

        @app.post("/api/validate-yaml")
        async def validate() -> dict:
            return {"errors": [], "warnings": []}

        @app.post("/api/{kind}/{owner}/{name}/preupload/{revision}")
        async def preupload(request: Request) -> dict:
            files = (await request.json())["files"]

            def mode(file: dict) -> str:
                sample = base64.b64decode(file.get("sample", ""))
                return "lfs" if file["size"] > 10e6 or b"\0" in sample else "regular"

            return {"files": [{"path": one["path"], "uploadMode": mode(one), "shouldIgnore": False} for one in files]}

        @app.post("/{path:path}.git/info/lfs/objects/batch")
        async def batch(request: Request) -> dict:
            told = await request.json()
            objects = [
                {
                    "oid": one["oid"],
                    "size": one["size"],
                    "actions": {"upload": {"href": f"{request.base_url}blobs/{one['oid']}", "header": {}}},
                }
                for one in told["objects"]
            ]
            return {"transfer": "basic", "objects": objects}

        @app.put("/blobs/{oid}")
        async def put(oid: str, request: Request) -> Response:
            self.blobs[oid] = await request.body()
            return Response()

        @app.post("/api/{kind}/{owner}/{name}/commit/{revision}")
        async def commit(kind: str, owner: str, name: str, request: Request) -> Response:
            files = self.files.setdefault((kind, f"{owner}/{name}"), {})
            for line in (await request.body()).splitlines():
                told = json.loads(line)
                value = told["value"]
                if told["key"] == "file":
                    content = base64.b64decode(value["content"])
                    if b"\0" in content:  # the Hub takes binary files as large ones alone
                        self.refused.append(value["path"])
                    files[value["path"]] = content
                elif told["key"] == "lfsFile":
                    files[value["path"]] = self.blobs[value["oid"]]
                    self.by_lfs.add(value["path"])
            place = f"{'' if kind == 'models' else kind + '/'}{owner}/{name}/commit/{COMMIT}"
            answer = {"success": True, "commitOid": COMMIT, "commitUrl": f"{request.base_url}{place}", "hookOutput": ""}
            return Response(json.dumps(answer), media_type="application/json")

        @app.api_route("/{owner}/{name}/resolve/{revision}/{path:path}", methods=["GET", "HEAD"])
        async def resolve(owner: str, name: str, path: str, request: Request) -> Response:
            content = self.files.get(("models", f"{owner}/{name}"), {}).get(path)
            if content is None:
                return Response(status_code=404, headers={"X-Error-Code": "EntryNotFound"})
            headers = {
                "X-Repo-Commit": COMMIT,
                "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
                "Content-Length": str(len(content)),
            }
            return Response(content if request.method == "GET" else None, headers=headers)

        @app.get("/api/{kind}/{owner}/{name}")
        @app.get("/api/{kind}/{owner}/{name}/revision/{revision}")
        async def info(kind: str, owner: str, name: str) -> dict:
            names = self.files.get((kind, f"{owner}/{name}"), {})
            siblings = [{"rfilename": path} for path in names]
            return {"id": f"{owner}/{name}", "sha": COMMIT, "siblings": siblings, "tags": [], "private": False}
