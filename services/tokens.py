"""Random tokens in cookies, of which only hashes are stored."""

from __future__ import annotations

import hashlib


def hash_token(token: str) -> str:
    """Return what is stored of a random token (64 hex digits); being random, it needs no key."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
