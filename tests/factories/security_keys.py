"""A security key made of software: it signs as one from a shop would."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import struct
from typing import Any, Final

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from services.factors.keys import RelyingParty

PARTY: Final = RelyingParty(host="platform.example", origin="https://platform.example")
_USER_PRESENT, _HAS_CREDENTIAL = 0x01, 0x40


class SoftKey:
    """One key; ``counter`` grows by one with each signature, as the hardware's does."""

    def __init__(self, *, counter: int = 0, counts: bool = True) -> None:
        """Make a key; ``counts`` tells whether it has a counter at all."""
        self._private = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.counter = counter
        self._counts = counts

    def register(self, options: str, party: RelyingParty = PARTY) -> str:
        """Return the browser's answer to the options of a registration."""
        numbers = self._private.public_key().public_numbers()
        public = cbor2.dumps(
            {
                1: 2,
                3: -7,
                -1: 1,
                -2: numbers.x.to_bytes(32, "big"),
                -3: numbers.y.to_bytes(32, "big"),
            }
        )
        credential = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data = self._data(party, _USER_PRESENT | _HAS_CREDENTIAL) + credential + public
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        client = self._client("webauthn.create", options, party)
        return self._answer(clientDataJSON=client, attestationObject=attestation)

    def sign(self, options: str, party: RelyingParty = PARTY) -> str:
        """Return the browser's answer to the options of a sign-in."""
        self.counter += self._counts
        data = self._data(party, _USER_PRESENT)
        client = self._client("webauthn.get", options, party)
        signed = data + hashlib.sha256(client).digest()
        signature = self._private.sign(signed, ec.ECDSA(hashes.SHA256()))
        return self._answer(clientDataJSON=client, authenticatorData=data, signature=signature)

    def _data(self, party: RelyingParty, flags: int) -> bytes:
        digest = hashlib.sha256(party.host.encode()).digest()
        return digest + bytes([flags]) + struct.pack(">I", self.counter)

    def _client(self, kind: str, options: str, party: RelyingParty) -> bytes:
        challenge = json.loads(options)["challenge"]
        found = {"type": kind, "challenge": challenge, "origin": party.origin}
        return json.dumps(found).encode()

    def _answer(self, **response: bytes) -> str:
        key = _text(self.credential_id)
        answer: dict[str, Any] = {
            "id": key,
            "rawId": key,
            "type": "public-key",
            "response": {name: _text(value) for name, value in response.items()},
            "clientExtensionResults": {},
        }
        return json.dumps(answer)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
