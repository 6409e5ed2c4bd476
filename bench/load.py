"""A crowd at the server: answers, their times and the server's memory; and a browser among them that explores.

Each visitor opens the page with its scripts and weights, then asks for one thing after another, with a second between:
photographs encoded and converted, z decoded, samples, morphs, now and then along a geodesic. Told of each kind: how
many were answered, refused with a sentence (the line was full) and lost (no answer, or one that makes no sense).

    python -m bench.load --visitors 10 50 100 100 --beside ../before
"""

import argparse
import asyncio
import itertools
import json
import multiprocessing
import random
import re
import statistics
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import httpx
from playwright.sync_api import sync_playwright

from bench.frames import MOVE
from tools.browser import BEEN_HERE, ROOT, launch, p95, started

WEIGHTS = re.compile(r"gradio_api/file[^\"\\]*model[^\"\\]*\.safetensors[^\"\\]*")
SCRIPT = re.compile(r"gradio_api/file[^\"\\]*/start/gradio\.js")
PHOTOS = ("3-ballpoint.jpg", "8-chalk.jpg", "5-marker.jpg", "2-pencil.jpg")
KINDS = {  # how often each is asked for
    "weights, by ranges": 3,
    "photo encoded": 4,
    "decoded": 6,
    "16 samples": 4,
    "morph": 2,
    "geodesic": 1,
    "photo converted": 2,
}
BUSY = ("in a moment", "busy", "Queue is full")


class Busy(Exception):
    """A line was full, and a sentence said so."""


class Visitor:
    """One of the crowd."""

    def __init__(self, http: httpx.AsyncClient, seed: int, results: dict[str, list]):
        self.http, self.chance, self.results = http, random.Random(seed), results
        self.weights, self.component = "", 0

    async def stay(self, until: float) -> None:
        """Open the page, and ask until it is time to go."""
        await asyncio.sleep(self.chance.random() * 2)
        await self.timed("page", self.open())
        while time.monotonic() < until:
            await asyncio.sleep(0.5 + self.chance.random())
            (kind,) = self.chance.choices(list(KINDS), list(KINDS.values()))
            await self.timed(kind, self.ask(kind))

    async def timed(self, kind: str, work) -> None:
        """Do something, and write down how it went."""
        start = time.monotonic()
        try:
            how = "answered" if await work else "refused"
        except Busy:
            how = "refused"
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
            how = f"lost: {type(error).__name__}"
        self.results[kind].append((how, time.monotonic() - start))

    async def open(self) -> bool:
        page = (await self.http.get("/")).raise_for_status().text
        self.weights = WEIGHTS.search(page)[0]
        config = (await self.http.get("/config")).raise_for_status().json()
        self.component = next(
            part["id"] for part in config["components"] if "ask_convert" in str(part["props"].get("server_fns"))
        )
        (await self.http.get(SCRIPT.search(page)[0])).raise_for_status()
        return True

    async def ask(self, kind: str) -> bool:
        if kind == "weights, by ranges":
            for start in (0, 700_000, 1_400_000, 2_100_000):
                part = await self.http.get(self.weights, headers={"range": f"bytes={start}-{start + 699_999}"})
                if part.raise_for_status().status_code != 206:
                    raise ValueError("not a part")
            return True
        z = [self.chance.gauss(0, 1) for _ in range(20)]
        if kind == "decoded":
            return await self.call("decode", z, None)
        if kind == "16 samples":
            return await self.call("sample", 16, "data", 1.0, None, None)
        if kind == "photo encoded":
            return await self.call("encode", await self.upload(), None, None)
        if kind == "photo converted":
            body = {"data": await self.upload(), "component_id": self.component, "session_hash": "s"}
            answer = await self.http.post("gradio_api/component_server", json=body | {"fn_name": "ask_convert"})
            return "image" in answer.raise_for_status().json() or not is_busy(answer.text)
        path = "geodesic" if kind == "geodesic" else "linear"
        return await self.call("morph", await self.upload(), await self.upload(), 16, path, None)

    async def upload(self) -> dict:
        content = (ROOT / "examples" / self.chance.choice(PHOTOS)).read_bytes()
        answer = await self.http.post("gradio_api/upload", files={"files": ("photo.jpg", content)})
        if answer.status_code == 503 and is_busy(answer.text):
            raise Busy
        return {"path": answer.raise_for_status().json()[0], "meta": {"_type": "gradio.FileData"}}

    async def call(self, endpoint: str, *data: object) -> bool:
        """Whether it was answered, or refused as there are too many."""
        asked = await self.http.post(f"gradio_api/call/{endpoint}", json={"data": data})
        if asked.status_code == 503 and is_busy(asked.text):
            return False
        event = asked.raise_for_status().json()["event_id"]
        text = (await self.http.get(f"gradio_api/call/{endpoint}/{event}")).raise_for_status().text
        if "event: complete" in text:
            json.loads(text.split("data: ")[-1])
            return True
        if is_busy(text):
            return False
        raise ValueError(text)


def is_busy(text: str) -> bool:
    return any(words in text for words in BUSY)


def crowd(address: str, visitors: int, seconds: float) -> dict[str, list]:
    """What happened to so many visitors in so many seconds: {kind: (how, seconds)}."""
    results: dict[str, list] = defaultdict(list)

    async def come() -> None:
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
        async with httpx.AsyncClient(base_url=address, timeout=120, limits=limits) as http:
            until = time.monotonic() + seconds
            await asyncio.gather(*(Visitor(http, seed, results).stay(until) for seed in range(visitors)))

    asyncio.run(come())
    return dict(results)


def memory(pid: int) -> float:
    """MB that a process holds."""
    return int(re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024


def measure(checkout: Path, rounds: list[int], seconds: float) -> None:
    """Print what a checkout does under rounds of so many visitors."""
    environment = {"PYTHONPATH": str(checkout)}
    with (
        started(checkout / "app.py", environment) as (address, process),
        ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool,  # a fork would hold the browser's pipes
        sync_playwright() as playwright,
        launch(playwright) as browser,
    ):
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.add_init_script(BEEN_HERE)
        page.goto(address)
        page.wait_for_selector("#map .plot[data-points]", timeout=120_000)
        for visitors in rounds:
            before, gaps = memory(process.pid), []
            coming = pool.submit(crowd, address, visitors, seconds)
            while not coming.done():
                times, _ = page.evaluate(MOVE, ["#z-0 [type=range]", 1000])
                gaps += [after - first for first, after in itertools.pairwise(times)]
            report(visitors, coming.result(), before, memory(process.pid), gaps)


def report(visitors: int, results: dict[str, list], before: float, after: float, gaps: list[float]) -> None:
    """Print one round as rows of a table."""
    every = [how for kind in results.values() for how, _ in kind]
    lost = [how for how in every if how.startswith("lost")]
    told = f"memory {before:.0f} → {after:.0f} MB; frames {statistics.median(gaps):.0f} ms, p95 {p95(gaps):.0f} ms"
    print(f"| **{visitors} visitors** | {len(every)} | {every.count('refused')} | {len(lost)} | | | {told} |")
    for kind, answers in results.items():
        times = [seconds for how, seconds in answers if how == "answered"]
        how = [how for how, _ in answers]
        slow = f"{p95(times):.2f} s" if len(times) > 1 else ""
        lost = [one for one in how if one.startswith("lost")]
        counts = f"{len(how)} | {how.count('refused')} | {len(lost)}"
        middle = f"{statistics.median(times):.2f} s" if times else ""
        print(f"| {kind} | {counts} | {middle} | {slow} | {', '.join(sorted(set(lost)))} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--visitors", type=int, nargs="+", default=[10, 50, 100, 100], help="in each round")
    parser.add_argument("--seconds", type=float, default=60, help="of each round (default: %(default)s)")
    parser.add_argument("--beside", type=Path, help="another checkout of the project, to compare with")
    args = parser.parse_args()
    for checkout in ([args.beside.resolve()] if args.beside else []) + [ROOT]:
        print(f"\n{'before' if checkout != ROOT else 'now'}\n")
        print("| | asked | refused | lost | median | p95 | |\n|---|---|---|---|---|---|---|", flush=True)
        measure(checkout, args.visitors, args.seconds)


if __name__ == "__main__":
    main()
