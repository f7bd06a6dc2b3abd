"""Processes of a whole installation on this machine: nginx, Redis, web processes and workers."""

from __future__ import annotations

import contextlib
import datetime as dt
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.architecture.sources import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_DEPLOY = ROOT / "deploy"
_NGINX = """
daemon off;
pid {folder}/nginx.pid;
worker_processes 1;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/trial-upstream.conf;
    include {folder}/trial.conf;
}}
"""


def free_ports(count: int) -> list[int]:
    """Return ports on which nobody listens just now."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def nginx_folder(folder: Path, *, port: int, upstreams: Sequence[int]) -> Path:
    """Lay out ``deploy/nginx`` for this machine: other ports, paths and name, all else as it is."""
    certificate(folder)
    (folder / "snippets").mkdir()
    for name in ("trial.conf", "trial-upstream.conf", "trial-proxy.conf"):
        text = (_DEPLOY / "nginx" / name).read_text(encoding="utf-8")
        servers = "".join(
            f"server 127.0.0.1:{one} max_fails=1 fail_timeout=5s;\n" for one in upstreams
        )
        text = re.sub(r"server 127\.0\.0\.1:5000 max_fails=1 fail_timeout=5s;", servers, text)
        for ours, theirs in (
            ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
            ("listen 80", f"listen 127.0.0.1:{free_ports(1)[0]}"),
            ("shiyong.example.gov.cn", "localhost"),
            ("/etc/trial/tls", str(folder)),
            ("/var/log/nginx", str(folder)),
            ("/opt/trial", str(ROOT)),
        ):
            text = text.replace(ours, theirs)
        where = folder / "snippets" if name == "trial-proxy.conf" else folder
        (where / name).write_text(text, encoding="utf-8")
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder), encoding="utf-8")
    return folder


def certificate(folder: Path) -> None:
    """Make a key and a certificate for this machine."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))


def unverified() -> ssl.SSLContext:
    """Return TLS that takes the certificate above."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class Process:
    """A process with all that it starts, as a group of its own."""

    def __init__(self, arguments: Sequence[object], log: Path, environ: dict[str, str]) -> None:
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                [str(one) for one in arguments],
                cwd=ROOT,
                env=environ,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )

    def kill(self) -> None:
        """Kill parent and children at once, as a machine that loses its power."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._popen.pid, signal.SIGKILL)
        self._popen.wait()

    def end(self, number: signal.Signals) -> int:
        """Tell the parent to end, and return how it did."""
        self._popen.send_signal(number)
        return self._popen.wait(timeout=60)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the parent."""
        self._popen.send_signal(number)

    def lives(self) -> bool:
        """Whether the parent is there."""
        return self._popen.poll() is None


class Installation:
    """Programs of one installation; all of them are gone at its end."""

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder, self._environ = folder, environ
        self._all: list[Process] = []

    def start(self, name: str, *arguments: object, **environ: str) -> Process:
        """Start a program with the installation's settings."""
        made = Process(arguments, self.folder / f"{name}.log", {**self._environ, **environ})
        self._all.append(made)
        return made

    def web(self, port: int) -> Process:
        """Start a web process."""
        gunicorn = (sys.executable, "-m", "gunicorn", "--config", "config/gunicorn.py")
        made = self.start(
            f"web-{port}", *gunicorn, "app:create_app()", PORT=str(port), WEB_CONCURRENCY="1"
        )
        until(lambda: answers(f"http://127.0.0.1:{port}/readyz"), made)
        return made

    def worker(self, name: str) -> Process:
        """Start a worker."""
        return self.start(name, sys.executable, "-m", "flask", "--app", "app", "run-worker")

    def redis(self) -> str:
        """Start Redis, and return its address."""
        path = self.folder / "redis.sock"
        made = self.start(
            "redis",
            *("redis-server", "--port", "0", "--unixsocket", path, "--save", ""),
            *("--dir", self.folder),
        )
        until(path.exists, made)
        self._environ["REDIS_URL"] = f"unix://{path}"
        return self._environ["REDIS_URL"]

    def nginx(self, upstreams: Sequence[int]) -> str:
        """Start nginx before web processes, and return the address of the platform."""
        (port,) = free_ports(1)
        (self.folder / "nginx").mkdir()
        folder = nginx_folder(self.folder / "nginx", port=port, upstreams=upstreams)
        # Started by root, its children are nobody; they may read the folder's parents.
        made = self.start(
            "nginx",
            *("nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"),
        )
        # By name: whoever asks for an address is not answered.
        address = f"https://localhost:{port}"
        until(lambda: answers(f"{address}/healthz"), made)
        return address

    def end(self) -> None:
        """Kill what still lives."""
        for one in self._all:
            one.kill()


@contextlib.contextmanager
def installation(folder: Path, environ: dict[str, str]) -> Iterator[Installation]:
    """Give an installation whose programs write below ``folder``."""
    made = Installation(folder, environ)
    try:
        yield made
    finally:
        made.end()


def answers(address: str) -> bool:
    """Whether a page is there."""
    try:
        with urllib.request.urlopen(address, timeout=5, context=unverified()):  # noqa: S310
            return True
    except OSError:
        return False


def until(happened, process: Process | None = None, *, seconds: float = 60) -> None:
    """Wait for what another process does, of which it can tell nobody."""
    last = time.monotonic() + seconds
    while not happened():
        if process is not None and not process.lives():
            raise RuntimeError(process.log.read_text(encoding="utf-8", errors="replace"))
        if time.monotonic() > last:
            raise TimeoutError
        time.sleep(0.05)
