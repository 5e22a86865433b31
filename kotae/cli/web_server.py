"""The web server behind `kotae serve`: textual-serve's, with a page of our own and a look at who is asking.

A page of anyone's that is open in the same browser can send requests to this machine. It could drive the chat by a websocket,
which browsers open across origins, and with a name that it points here (DNS rebinding) it could read all else. So a request has
to name a host that is ours, and a websocket has to come from our own page.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import re
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp_jinja2
from aiohttp import web
from textual_serve.server import Server

from kotae.errors import KotaeError

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_PAGE = Path(__file__).parent / "page"
_ENDING = 5.0
"""Seconds that the sessions have to end when the server does."""
_PORTS = {"http": 80, "https": 443}
_SITE = re.compile(
    r"(?P<scheme>https?)://(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>\d{1,5}))?(?=/|$)"
)


class WebServer(Server):
    """A process of the chat for each page that is open."""

    def __init__(
        self, command: str, listening: socket.socket, *, host: str, public_url: str = "", lang: str = "en"
    ) -> None:
        """
        Args:
            command: the shell command that runs the chat.
            listening: the socket it is served on.
            host: the name or address that was asked for, which a request may name.
            public_url: where browsers find it, when that is not where it listens.
            lang: language of the page's own few words.
        """
        address, port = listening.getsockname()[:2]
        super().__init__(
            command,
            host=address,
            port=port,
            title="Kotae",
            public_url=public_url or None,
            templates_path=_PAGE,
        )
        self._listening = listening
        self._public = urlsplit(public_url.rstrip("/")) if public_url else None
        self._hosts = {"localhost", socket.gethostname().lower(), host.lower()}
        if self._public is not None:
            self._hosts.add(self._public.hostname or "")
        self._lang = lang
        self._ready: Callable[[], None] = lambda: None
        self._sessions: set[asyncio.Task[Any]] = set()

    def run(self, ready: Callable[[], None]) -> None:
        """Serves until Ctrl+C, or until the process is told to end. `ready` is called once that would end it."""
        self._ready = ready
        web.run_app(self._make_app(), sock=self._listening, print=None, shutdown_timeout=_ENDING)

    def initialize_logging(self) -> None:
        """The log is the program's own."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            return await self._guarded(request, handler)

        app.middlewares.append(guard)
        app.router.add_get("/focus.js", _focus)
        return app

    async def on_startup(self, app: web.Application) -> None:  # noqa: ARG002 - the base class's
        """Leaves to the command what is said of it."""
        self._ready()

    async def on_shutdown(self, app: web.Application) -> None:  # noqa: ARG002 - the base class's
        """Ends the sessions, which end their processes."""
        for task in self._sessions:
            task.cancel()
        if self._sessions:
            await asyncio.wait(self._sessions, timeout=_ENDING)

    @aiohttp_jinja2.template("app_index.html")
    async def handle_index(self, request: web.Request) -> dict[str, Any]:
        """The page, whose parts come from where it came from."""
        page = self._base(request)
        size = request.query.get("fontsize", "")
        ended = (
            ("Session ended.", "Start again") if self._lang == "en" else ("終了しました。", "もう一度開始")
        )
        return {
            "font_size": int(size) if size.isdecimal() and len(size) < 3 else 16,
            "app_websocket_url": f"ws{page.removeprefix('http')}/ws",
            "config": {"static": {"url": f"{page}/static/"}},
            "application": {"name": self.title, "url": f"{page}/", "ended": ended[0], "again": ended[1]},
        }

    def _base(self, request: web.Request) -> str:
        return self._public.geturl() if self._public is not None else f"http://{request.host}"

    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if not self._ours(request.host):
            raise web.HTTPForbidden(text="Kotae is not served under this name; see --public-url.")
        if request.path == "/ws":
            if not self._from_our_page(request):
                raise web.HTTPForbidden(text="Only Kotae's own page may talk to it.")
            return await self._session(request, handler)
        response = await handler(request)
        response.headers.update(_headers(self._base(request)))
        return response

    async def _session(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        task = asyncio.current_task()
        assert task is not None
        self._sessions.add(task)
        try:
            return await handler(request)
        finally:
            self._sessions.discard(task)

    def _ours(self, host: str) -> bool:
        """Whether a request names us: by address, which no other site can take for its name, or by a name of ours."""
        named = _SITE.fullmatch(f"http://{host.lower()}")
        if named is None:
            return False
        try:
            ipaddress.ip_address(named["name"].strip("[]"))
        except ValueError:
            return named["name"] in self._hosts
        return True

    def _from_our_page(self, request: web.Request) -> bool:
        ours = self._public.geturl() if self._public is not None else f"http://{request.host}"
        origin = _site(request.headers.get("Origin", ""))
        return origin is not None and origin == _site(ours)


async def _focus(request: web.Request) -> web.FileResponse:  # noqa: ARG001 - a handler
    return web.FileResponse(_PAGE / "focus.js")


def _site(url: str) -> tuple[str, str, int] | None:
    """What tells one site from another: scheme, name and port; None for what is no site."""
    found = _SITE.match(url.lower())
    return (found["scheme"], found["name"], int(found["port"] or _PORTS[found["scheme"]])) if found else None


def _headers(page: str) -> dict[str, str]:
    """Nothing comes from elsewhere, and no other page shows ours in a frame."""
    socket_at = f"ws{page.removeprefix('http')}"
    policy = (
        f"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; "
        f"img-src 'self' data:; connect-src 'self' {socket_at}/ws; "
        f"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return {
        "Content-Security-Policy": policy,
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }


def listen(host: str, port: int) -> socket.socket:
    """A socket on that address, which nobody else has.

    Raises:
        KotaeError: there is no such address, or it is taken.
    """
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        return socket.create_server(address[:2], family=family)
    except (OSError, OverflowError) as error:
        number = (
            error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
        )
        reason = os.strerror(number) if number else getattr(error, "strerror", None) or str(error)
        raise KotaeError(
            f"{host}, port {port} can't be listened on: {reason}.", "Name another with --port or --host."
        ) from None


def is_loopback(listening: socket.socket) -> bool:
    """Whether only this machine reaches it."""
    return ipaddress.ip_address(listening.getsockname()[0].partition("%")[0]).is_loopback


def url_of(listening: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    address, port = listening.getsockname()[:2]
    found = ipaddress.ip_address(address.partition("%")[0])
    name = "localhost" if found.is_unspecified else f"[{found}]" if found.version == 6 else address
    return f"http://{name}:{port}"
