"""What a browser calls itself, in words: Windows 10 上的 Edge 126."""

from __future__ import annotations

from functools import lru_cache

UNKNOWN = "未知设备"


@lru_cache(maxsize=512)
def device_name(user_agent: str) -> str:
    """Return system and browser behind a ``User-Agent`` header, as far as they can be told."""
    # Its table of expressions takes most of a second: only whoever looks at devices waits for it.
    from ua_parser import parse  # noqa: PLC0415

    found = parse(user_agent)
    system = _name(found.os)
    browser = _name(found.user_agent)
    if system and browser:
        return f"{system} 上的 {browser}"
    return system or browser or UNKNOWN


def _name(part: object) -> str:
    family = getattr(part, "family", "") or ""
    major = getattr(part, "major", "") or ""
    return f"{family} {major}".strip()
