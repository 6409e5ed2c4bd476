"""Bounds how long a connection may take to say what it wants: uvicorn waits for a request for ever."""

import asyncio
from typing import Any

PATIENCE = 30  # seconds


def impatient(protocol: type, seconds: float = PATIENCE) -> type:
    """A uvicorn protocol that hangs up where the headers of a request have not come whole within some seconds.

    They are counted from the opening of the connection, and from the first byte of each further request; between two
    requests a connection may be idle for as long as uvicorn's `timeout_keep_alive` says.
    """

    class Impatient(protocol):
        def __init__(self, *args: Any, **kwargs: Any):
            super().__init__(*args, **kwargs)
            self.hanging_up: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:
            super().connection_made(transport)
            self.hanging_up = self.loop.call_later(seconds, transport.close)

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            is_incomplete = self.cycle is None or self.cycle.response_complete  # no request is being answered
            if not is_incomplete:
                self.wait()
            elif self.hanging_up is None:
                self.hanging_up = self.loop.call_later(seconds, self.transport.close)

        def connection_lost(self, exc: Exception | None) -> None:
            self.wait()
            super().connection_lost(exc)

        def wait(self) -> None:
            if self.hanging_up is not None:
                self.hanging_up.cancel()
                self.hanging_up = None

    return Impatient
