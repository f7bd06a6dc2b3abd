"""People at work at once: signed-in users with pauses, against a running server of our own.

`python -m benchmarks.load --users 200 --seconds 600 --size M` fills a database, starts the web
server as `make run` does and lets as many users as asked work with it: they look at lists, search,
open and change people, print, sign out and in again. It prints p50, p95 and p99 for each kind of
step, requests per second, answers of 500 and more, and how the memory of the server grows after
the first third. It exits with 1 if a limit is broken: p95 below 500 ms (searching 800 ms, signing
in 1.2 s), no 5xx, nothing in the server's log of a locked database.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from random import Random
from statistics import quantiles
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from sqlalchemy import select

from app import create_app
from benchmarks.figures import Figure, note
from benchmarks.measure import report
from benchmarks.province import on_each
from config import load
from extensions import db
from models import Administrator, AuthMethod, Institution, InstitutionKind
from services import demo
from services.scope import Reason, unscoped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from email.message import Message

PORT: Final = 5990
CAPTCHA: Final = "2345"
THINK: Final = 5.0
#: Seconds over which the users come in.
RAMP: Final = 30.0
LIMITS: Final = {"search": 0.8, "sign in": 1.2}
LIMIT: Final = 0.5
GROWTH: Final = 0.10
#: Seconds after which a run was long enough for memory to be flat in its last two thirds.
WARM_AFTER: Final = 300.0
_TOKEN: Final = re.compile(r'name="csrf_token" value="([^"]+)"')
_ROW: Final = re.compile(r'<tr data-key="(\d+)"')
_SELECT: Final = re.compile(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', re.DOTALL)
_TEXTAREA: Final = re.compile(r'<textarea[^>]*name="([^"]*)"[^>]*>(.*?)</textarea>', re.DOTALL)
_FAILED: Final = http.client.INTERNAL_SERVER_ERROR
#: Noted where the server gave no answer at all.
_NO_ANSWER: Final = 599
_KEYWORDS: Final = ("王芳", "李", "zhang", "hkyy", "刘伟", "zf", "卫生院")


@dataclass
class Figures:
    """What all users have seen, by kind of step."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[int, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, kind: str, seconds: float, status: int) -> None:
        """Add one answer."""
        with self.lock:
            self.seconds.setdefault(kind, []).append(seconds)
            self.statuses[status] = self.statuses.get(status, 0) + 1


class User:
    """One person at a browser that keeps its connection and its cookies."""

    def __init__(self, number: int, username: str, *, is_clerk: bool, figures: Figures) -> None:
        """Take an address of its own, as people behind a proxy have."""
        self._random = Random(number)
        self._username = username
        self._is_clerk = is_clerk
        self._figures = figures
        self._address = f"10.{number // 62500}.{number // 250 % 250}.{number % 250 + 1}"
        self._cookies: dict[str, str] = {}
        self._connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
        self._rows: list[str] = []

    def work(self, until: float) -> None:
        """Sign in and work until a moment of the monotonic clock, with pauses."""
        self._sign_in()
        while time.monotonic() < until:
            time.sleep(self._random.expovariate(1 / THINK))
            step = self._random.choices([act for act, _ in _STEPS], [n for _, n in _STEPS])[0]
            with suppress(http.client.HTTPException, OSError):
                step(self)
        self._connection.close()

    def ask(self, kind: str, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """Ask for a page, note how long it took, and return status and text; redirects count."""
        body = urlencode(form) if form is not None else None
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items()),
            "X-Forwarded-For": self._address,
            "X-Forwarded-Proto": "http",
            "X-Forwarded-Host": f"127.0.0.1:{PORT}",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        start = time.perf_counter()
        try:
            status, told, data = self._exchange(path, body, headers)
        except (http.client.HTTPException, OSError):
            self._figures.note(kind, time.perf_counter() - start, _NO_ANSWER)
            raise
        self._figures.note(kind, time.perf_counter() - start, status)
        for cookie in told.get_all("Set-Cookie") or ():
            name, _, value = cookie.split(";")[0].partition("=")
            self._cookies[name] = value
        return status, data.decode(errors="replace")

    def _exchange(
        self, path: str, body: str | None, headers: dict[str, str]
    ) -> tuple[int, Message, bytes]:
        """Ask once more by a new connection when the kept one was closed, as browsers do."""
        for is_last in (False, True):
            try:
                self._connection.request("GET" if body is None else "POST", path, body, headers)
                answer = self._connection.getresponse()
                return answer.status, answer.headers, answer.read()
            except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
                self._connection.close()
                if is_last:
                    raise
        raise AssertionError

    def _sign_in(self) -> None:
        _, page = self.ask("page", "/login")
        found = _TOKEN.search(page)
        form = {
            "login_type": "institution",
            "method": "password",
            "username": self._username,
            "password": demo.PASSWORD,
            "captcha": CAPTCHA,
            "csrf_token": found[1] if found else "",
        }
        self.ask("sign in", "/login", form)

    def home(self) -> None:
        """Look at the home page."""
        self.ask("page", "/admin/")

    def certificates(self) -> None:
        """Look at a page of certificates."""
        _, page = self.ask("list", f"/admin/certificates/?page={self._random.randrange(3)}&sort=")
        self._rows = _ROW.findall(page)

    def institutions(self) -> None:
        """Look at institutions."""
        self.ask("list", "/admin/institutions/?page_size=20")

    def rosters(self) -> None:
        """Look at rosters."""
        self.ask("list", "/admin/rosters/?page_size=20")

    def search(self) -> None:
        """Look for somebody."""
        word = urlencode({"search": self._random.choice(_KEYWORDS)})
        self.ask("search", f"/admin/certificates/?{word}")

    def open(self) -> None:
        """Open somebody; a clerk saves the form as it is now and then."""
        if not self._rows:
            self.certificates()
        if not self._rows:
            return
        path = f"/admin/certificates/edit/?id={self._random.choice(self._rows)}"
        _, page = self.ask("form", path)
        if self._is_clerk and "data-save" in page:
            fields = _fields_of(page)
            fields["major"] = f"{fields.get('major', '')[:20]}"
            self.ask("save", path, fields)

    def print(self) -> None:
        """Print somebody's form."""
        if self._rows:
            self.ask("paper", f"/admin/certificates/{self._random.choice(self._rows)}/print.pdf")

    def leave(self) -> None:
        """Sign out, and in again."""
        _, page = self.ask("page", "/admin/")
        found = _TOKEN.search(page)
        self.ask("page", "/logout", {"csrf_token": found[1] if found else ""})
        self._sign_in()


_STEPS: Final[list[tuple[Callable[[User], None], int]]] = [
    (User.home, 12),
    (User.certificates, 25),
    (User.institutions, 8),
    (User.rosters, 10),
    (User.search, 15),
    (User.open, 25),
    (User.print, 3),
    (User.leave, 2),
]


def _fields_of(page: str) -> dict[str, str]:
    """Return what a browser would send of the record's form."""
    form = page.split('class="record"', 1)[1].split("</form>", 1)[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and 'type="checkbox"' not in tag:
            fields[name[1]] = unescape(value[1]) if value else ""
    for name, options in _SELECT.findall(form):
        chosen = re.search(r"<option[^>]* selected[^>]*>", options)
        value = re.search(r'value="([^"]*)"', chosen[0]) if chosen else None
        fields[name] = value[1] if value else ""
    fields |= {name: unescape(text).strip("\r\n") for name, text in _TEXTAREA.findall(form)}
    return fields


@contextmanager
def _server(environ: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py"),
        "app:create_app()",
    ]
    with (
        log.open("wb") as output,
        subprocess.Popen(  # noqa: S603 - our own
            command, env=environ, stdout=output, stderr=output
        ) as process,
    ):
        try:
            _wait_for(process)
            yield process
        finally:
            process.terminate()
            process.wait()


def _wait_for(process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == http.client.OK:
                return
        time.sleep(0.2)
    raise RuntimeError("the server did not start")


def _resident(pid: int) -> int:
    """Return the memory of a process and its children in pages, as Linux counts it."""
    found = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            values = stat.read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
            if pid in {int(stat.parent.name), int(values[1])}:
                found += int(values[21])
    return found


def _accounts(environ: Mapping[str, str], users: int) -> list[tuple[str, bool]]:
    """Return user names of those who sign in by password alone, and who is a clerk."""
    app = create_app(load(environ))
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        rows = db.session.execute(
            select(Administrator.username, Institution.kind)
            .join(Institution, Administrator.institution_id == Institution.id)
            .where(
                Administrator.auth_method == AuthMethod.PASSWORD,
                Administrator.is_enabled,
                Administrator.deleted_at.is_(None),
                Administrator.must_change_password.is_(False),
                Administrator.role == "operator",
            )
            .order_by(Administrator.id)
            .limit(20 * users)
        ).all()
        db.engine.dispose()
    chosen = Random(7).sample(rows, min(users, len(rows)))
    return [(row.username, row.kind is InstitutionKind.HEALTHCARE) for row in chosen]


def run(environ: dict[str, str], options: argparse.Namespace, log: Path) -> int:
    """Let the users work, and report."""
    figures, memory = Figures(), []
    accounts = _accounts(environ, options.users)
    with _server(environ, log) as process:
        start = time.monotonic()
        until = start + RAMP + options.seconds
        threads = []
        for number, (username, is_clerk) in enumerate(accounts):
            user = User(number, username, is_clerk=is_clerk, figures=figures)
            threads.append(threading.Timer(RAMP * number / len(accounts), user.work, (until,)))
            threads[-1].start()
        while time.monotonic() < until:
            time.sleep(5)
            memory.append(_resident(process.pid))
        for thread in threads:
            thread.join()
    took = time.monotonic() - start
    _note(figures, took, f"{options.backend}, {len(accounts)} users")
    return _tell(figures, memory, took, log.read_text(encoding="utf-8"), len(accounts))


def _note(figures: Figures, took: float, place: str) -> None:
    """Keep the figures for the report."""
    count = sum(map(len, figures.seconds.values()))
    note(Figure("load", "requests a second", "", {"all": count / took}, place))
    for kind, seconds in sorted(figures.seconds.items()):
        p50, p95, p99 = percentiles(seconds)
        ways = {"p50": p50 * 1000, "p95": p95 * 1000, "p99": p99 * 1000}
        note(Figure("load", f"{kind}, {len(seconds)} times", "ms", ways, place))


def percentiles(seconds: list[float]) -> tuple[float, float, float]:
    """Return what half, 95 and 99 of a hundred answers did not take longer than."""
    hundredths = quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
    return hundredths[49], hundredths[94], hundredths[98]


def _tell(figures: Figures, memory: list[int], took: float, log: str, users: int) -> int:
    rows: list[Any] = []
    count = sum(map(len, figures.seconds.values()))
    for kind, seconds in sorted(figures.seconds.items()):
        p50, p95, p99 = percentiles(seconds)
        limit = LIMITS.get(kind, LIMIT)
        told = f"{p50 * 1000:5.0f} {p95 * 1000:5.0f} {p99 * 1000:5.0f} ms  of {len(seconds)}"
        rows.append((kind, told, f"p95 <= {limit * 1000:.0f} ms", p95 <= limit))
    worst = max(figures.statuses, default=0)
    warm = memory[len(memory) // 3 :] or [0]
    growth = warm[-1] / warm[0] - 1 if warm[0] else 0.0
    flat = growth <= GROWTH or took < WARM_AFTER
    rows += [
        ("requests per second", f"{count / took:.1f}", "", True),
        ("answers", str(dict(sorted(figures.statuses.items()))), "no 5xx", worst < _FAILED),
        ("locked database", str(log.count("database is locked")), "0", "is locked" not in log),
        ("memory after warm-up", f"{growth:+.1%}", f"<= {GROWTH:+.0%}", flat),
    ]
    return report(f"{users} users, p50 p95 p99, {took:.0f} s", rows)


def on_one(backend: str, url: str, options: argparse.Namespace) -> int:
    """Fill a database, serve it and load it; return the exit status."""
    with tempfile.TemporaryDirectory(prefix="load-") as folder:
        environ = {
            **os.environ,
            "APP_ENV": "demo",
            "DATA_DIR": folder,
            "CAPTCHA_ANSWER": CAPTCHA,
            "PORT": str(PORT),
            "TRUSTED_PROXIES": "1",
            "DATABASE_URL": url,
        }
        seed = ["seed-demo"] if options.size == "demo" else ["seed-scale", "--size", options.size]
        for command in (["db", "upgrade"], seed):
            subprocess.run(  # noqa: S603 - our own
                [sys.executable, "-m", "flask", "--app", "app", *command],
                env=environ,
                check=True,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        sys.stdout.write(f"{backend}, {options.size}\n")
        options.backend = backend
        return run(environ, options, Path(folder) / "server.log")


def main() -> int:
    """Measure on both databases, print, and say by the exit status what holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--size", choices=("demo", "S", "M", "L"), default="M")
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    options = parser.parse_args()
    return on_each(partial(on_one, options=options), options.only)


if __name__ == "__main__":
    sys.exit(main())
