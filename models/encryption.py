"""Encryption of personal data in the database and in files, and blind indexes to search it.

AES-256-GCM; the envelope ``v1.<key id>.<base64(nonce + ciphertext)>`` names its key, so that keys
can be changed. The column's own name is authenticated with the text: a ciphertext copied into
another column does not decrypt. Files carry the same head before raw bytes, bound to the file's own
name. Blind indexes are HMAC-SHA-256 under a separate key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from flask import current_app
from sqlalchemy import Text, TypeDecorator

if TYPE_CHECKING:
    from sqlalchemy.engine import Dialect

NONCE_LENGTH = 12


class DecryptionError(RuntimeError):
    """A stored value is damaged, was moved between columns, or its key is missing."""


class Keyring:
    """The keys of one running application, derived from ``DATA_KEY``."""

    def __init__(self, data_key: str) -> None:
        """Derive the keys of encryption, indexes and trail; none can be computed from another."""
        root = data_key.encode()
        self.key_id = hmac.digest(root, b"key id", "sha256").hex()[:8]
        self._cipher = AESGCM(hmac.digest(root, b"encryption", "sha256"))
        self._index_key = hmac.digest(root, b"blind index", "sha256")
        self._audit_key = hmac.digest(root, b"audit trail", "sha256")

    def encrypt(self, text: str, column: str) -> str:
        """Return the envelope of ``text`` for ``column`` (``table.column``)."""
        nonce = os.urandom(NONCE_LENGTH)
        sealed = self._cipher.encrypt(nonce, text.encode(), self._bound_to(column))
        return f"v1.{self.key_id}.{base64.b64encode(nonce + sealed).decode()}"

    def decrypt(self, envelope: str, column: str) -> str:
        """Return the text of an envelope; raises ``DecryptionError``, never a half-right text."""
        try:
            _, key_id, body = envelope.split(".", 2)
            raw = base64.b64decode(body, validate=True)
            # Spare bits of the last character would make two texts of one envelope.
            if base64.b64encode(raw).decode() != body:
                msg = f"{column}: the stored value is damaged"
                raise DecryptionError(msg)
            if key_id != self.key_id:
                msg = f"{column}: no key {key_id}"
                raise DecryptionError(msg)
            return self._cipher.decrypt(
                raw[:NONCE_LENGTH], raw[NONCE_LENGTH:], self._bound_to(column)
            ).decode()
        except (InvalidTag, ValueError) as error:
            msg = f"{column}: the stored value does not decrypt"
            raise DecryptionError(msg) from error

    def seal(self, data: bytes, name: str) -> bytes:
        """Return ``data`` encrypted for the file called ``name``."""
        nonce = os.urandom(NONCE_LENGTH)
        return self._file_head() + nonce + self._cipher.encrypt(nonce, data, self._bound_to(name))

    def unseal(self, sealed: bytes, name: str) -> bytes:
        """Return what was sealed for ``name``; raises ``DecryptionError``, never half of it."""
        head = self._file_head()
        if not sealed.startswith(head):
            msg = "the file is not sealed with this key"
            raise DecryptionError(msg)
        body = len(head) + NONCE_LENGTH
        try:
            return self._cipher.decrypt(
                sealed[len(head) : body], sealed[body:], self._bound_to(name)
            )
        except (InvalidTag, ValueError) as error:
            msg = "the file does not decrypt"
            raise DecryptionError(msg) from error

    def blind_index(self, text: str, column: str) -> str:
        """Return the value by which ``column`` is searched for exactly ``text`` (64 hex digits)."""
        return hmac.new(self._index_key, f"{column}\0{text}".encode(), hashlib.sha256).hexdigest()

    def mac_of_entry(self, sealed: bytes) -> str:
        """Return the MAC (64 hex digits) of an entry of the audit trail over its sealed text."""
        return hmac.digest(self._audit_key, sealed, "sha256").hex()

    def _file_head(self) -> bytes:
        return f"v1.{self.key_id}.".encode()

    def _bound_to(self, column: str) -> bytes:
        return f"{column}|{self.key_id}".encode()


def keyring() -> Keyring:
    """Return the keyring of the current application."""
    ring: Keyring = current_app.extensions["keyring"]
    return ring


def blind_index(text: str, column: str) -> str:
    """Return the blind index of ``text`` for ``column`` under the current application's key."""
    return keyring().blind_index(text, column)


class Encrypted(TypeDecorator[str]):
    """A text column that is ciphertext in the database and plain text in Python."""

    impl = Text
    cache_ok = True

    def __init__(self, column: str) -> None:
        """Take the column's full name, ``table.column``, to which the ciphertext is bound."""
        super().__init__()
        self.column = column

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """Encrypt on the way into the database."""
        return None if value is None else keyring().encrypt(value, self.column)

    def process_result_value(self, value: str | None, dialect: Dialect) -> str | None:
        """Decrypt on the way out of the database."""
        return None if value is None else keyring().decrypt(value, self.column)
