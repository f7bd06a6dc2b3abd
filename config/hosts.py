"""Names under which the platform may be asked: the ``Host`` of a request, without its port."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The machine itself, as a demonstration or a test names it.
LOOPBACK: Final = ("localhost", "127.0.0.1", "[::1]")
#: Addresses to listen on that stand for all addresses of the machine and name none of them.
EVERY_ADDRESS: Final = frozenset({"0.0.0.0", "::", "[::]", "*"})  # noqa: S104 - refused as a name

_HOST: Final = re.compile(r"([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]{1,5})?", re.ASCII)


def bare_host(host: str) -> str:
    """Return a host in small letters without port and final dot; empty when it is not one."""
    found = _HOST.fullmatch(host.strip().lower())
    return found[1].rstrip(".") if found else ""


def host_of(url: str) -> str:
    """Return the host of an address; empty when it has none or cannot be read."""
    try:
        return bare_host(urlsplit(url).netloc)
    except ValueError:
        return ""


def listed(text: str) -> tuple[str, ...]:
    """Return the parts of a list whose parts stand behind commas or blanks."""
    return tuple(part for part in re.split(r"[,\s]+", text) if part)


def known_hosts(names: Iterable[str]) -> frozenset[str]:
    """Return the hosts among ``names``; what is none, or stands for all, is left out."""
    bracketed = (f"[{name}]" if name.count(":") > 1 and name[0] != "[" else name for name in names)
    return frozenset(
        host for name in bracketed if name not in EVERY_ADDRESS and (host := bare_host(name))
    )
