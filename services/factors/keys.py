"""USBKEY: security keys by W3C Web Authentication, with py_webauthn.

A key signs what this server drew, for this address only, so that a forged page gets nothing. What
was drawn is kept here, one per browser and purpose; the first answer, right or wrong, uses it up.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import webauthn
from sqlalchemy import and_, delete, literal, or_, select, update
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from extensions import db
from models import KeyChallenge, SecurityKey, utc_now
from models.base import LabelledEnum
from services import identifiers
from services.errors import DomainError, NotFoundError, require
from services.housekeeping import clear_away
from services.saving import saving
from services.tokens import hash_token
from services.upsert import insert_for

if TYPE_CHECKING:
    from collections.abc import Sequence

LIFETIME: Final = dt.timedelta(minutes=5)
#: More keys than hands.
MOST_KEYS: Final = 5
LONGEST_NAME: Final = 40
#: What a browser sends for one key is far shorter.
LONGEST_ANSWER: Final = 20_000
REFUSED: Final = "安全密钥未通过验证，请重试。"
#: What py_webauthn raises for an answer that is malformed rather than wrong.
_MALFORMED: Final = (WebAuthnException, ValueError, KeyError, TypeError)
_PLATFORM: Final = "湖北卫生人力资源信息平台"
_UNSYNCHRONISED: Final = {"synchronize_session": False}


class KeyPurpose(LabelledEnum):
    """What a key is asked to sign for."""

    REGISTER = "register", "登记"
    SIGN_IN = "sign_in", "登录"


@dataclass(frozen=True)
class RelyingParty:
    """The address to which keys are bound: ``host`` its name, ``origin`` as browsers write it."""

    host: str
    origin: str


def list_of(administrator_id: int) -> Sequence[SecurityKey]:
    """Return the keys of an account in the order of their registration."""
    return db.session.scalars(
        select(SecurityKey)
        .where(SecurityKey.administrator_id == administrator_id)
        .order_by(SecurityKey.id)
    ).all()


def registration_options(
    party: RelyingParty, *, administrator_id: int, username: str, browser: str
) -> str:
    """Return what the browser hands to a new key, as JSON; the known keys are left out."""
    challenge = _draw(administrator_id, browser, KeyPurpose.REGISTER)
    options = webauthn.generate_registration_options(
        rp_id=party.host,
        rp_name=_PLATFORM,
        user_name=username,
        user_id=hashlib.sha256(f"administrator {administrator_id}".encode()).digest(),
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            # The password was asked for before: the key need not know whose finger touches it.
            resident_key=ResidentKeyRequirement.DISCOURAGED,
            user_verification=UserVerificationRequirement.DISCOURAGED,
        ),
        exclude_credentials=_descriptors(administrator_id),
    )
    return webauthn.options_to_json(options)


def register(
    party: RelyingParty, *, administrator_id: int, browser: str, name: str, answer: str
) -> SecurityKey:
    """Keep the key that gave ``answer`` (JSON of the browser) under ``name``.

    Raises ``DomainError`` in words for a key that is known already, or an answer to nothing.
    """
    label = identifiers.check_text(name, label="名称", max_length=LONGEST_NAME).value or "安全密钥"
    challenge = _use(administrator_id, browser, KeyPurpose.REGISTER)
    require(len(list_of(administrator_id)) < MOST_KEYS, f"最多登记{MOST_KEYS}个安全密钥。")
    try:
        verified = webauthn.verify_registration_response(
            credential=answer[:LONGEST_ANSWER],
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
        )
    except _MALFORMED:
        raise DomainError(REFUSED) from None
    known = DomainError("该安全密钥已登记过，请换一个。")
    with saving(("uq_security_keys_credential_id", "security_keys.credential_id"), known):
        key = SecurityKey(
            administrator_id=administrator_id,
            name=label,
            credential_id=bytes_to_base64url(verified.credential_id),
            public_key=_text(verified.credential_public_key),
            sign_count=verified.sign_count,
        )
        db.session.add(key)
    return key


def sign_in_options(party: RelyingParty, *, administrator_id: int, browser: str) -> str:
    """Return what the browser hands to one of the account's keys, as JSON."""
    options = webauthn.generate_authentication_options(
        rp_id=party.host,
        challenge=_draw(administrator_id, browser, KeyPurpose.SIGN_IN),
        allow_credentials=_descriptors(administrator_id),
        user_verification=UserVerificationRequirement.DISCOURAGED,
    )
    return webauthn.options_to_json(options)


def accept(party: RelyingParty, *, administrator_id: int, browser: str, answer: str) -> bool:
    """Whether ``answer`` (JSON of the browser) is that of one of the account's keys.

    A counter that does not grow betrays a copy of the key and is refused; keys without a counter
    always say 0.
    """
    try:
        challenge = _use(administrator_id, browser, KeyPurpose.SIGN_IN)
        sent = webauthn.helpers.parse_authentication_credential_json(answer[:LONGEST_ANSWER])
        key = db.session.scalar(
            select(SecurityKey).where(
                SecurityKey.administrator_id == administrator_id,
                SecurityKey.credential_id == bytes_to_base64url(sent.raw_id),
            )
        )
        if key is None:
            return False
        verified = webauthn.verify_authentication_response(
            credential=sent,
            expected_challenge=challenge,
            expected_rp_id=party.host,
            expected_origin=party.origin,
            credential_public_key=_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
        )
    except (*_MALFORMED, DomainError):
        return False
    count = verified.new_sign_count
    statement = (
        update(SecurityKey)
        .where(
            SecurityKey.id == key.id,
            or_(
                SecurityKey.sign_count < count,
                and_(SecurityKey.sign_count == 0, literal(count == 0)),
            ),
        )
        .values(sign_count=count, last_used_at=utc_now())
        .returning(SecurityKey.id)
    )
    return db.session.scalar(statement, execution_options=_UNSYNCHRONISED) is not None


def remove(administrator_id: int, key_id: int) -> str:
    """Take a key from an account and return its name; raises ``NotFoundError``."""
    name: str | None = db.session.scalar(
        delete(SecurityKey)
        .where(SecurityKey.administrator_id == administrator_id, SecurityKey.id == key_id)
        .returning(SecurityKey.name),
        execution_options=_UNSYNCHRONISED,
    )
    if name is None:
        raise NotFoundError
    return name


def _draw(administrator_id: int, browser: str, purpose: KeyPurpose) -> bytes:
    """Return a new challenge; the one that this browser had for the purpose no longer counts."""
    now, challenge = utc_now(), secrets.token_bytes(32)
    clear_away(KeyChallenge.browser_hash, KeyChallenge.expires_at <= now)
    values: dict[str, Any] = {
        "administrator_id": administrator_id,
        "challenge": _text(challenge),
        "expires_at": now + LIFETIME,
    }
    db.session.execute(
        insert_for(KeyChallenge)
        .values(browser_hash=hash_token(browser), purpose=purpose.value, **values)
        .on_conflict_do_update(
            index_elements=[KeyChallenge.browser_hash, KeyChallenge.purpose], set_=values
        )
    )
    return challenge


def _use(administrator_id: int, browser: str, purpose: KeyPurpose) -> bytes:
    found = db.session.execute(
        delete(KeyChallenge)
        .where(
            KeyChallenge.browser_hash == hash_token(browser),
            KeyChallenge.purpose == purpose.value,
            KeyChallenge.administrator_id == administrator_id,
        )
        .returning(KeyChallenge.challenge, KeyChallenge.expires_at),
        execution_options=_UNSYNCHRONISED,
    ).one_or_none()
    if found is None or found.expires_at <= utc_now():
        raise DomainError("验证已超时，请重新开始。")
    return _bytes(found.challenge)


def _descriptors(administrator_id: int) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(key.credential_id))
        for key in list_of(administrator_id)
    ]


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
