"""SMS: queued in the transaction of the act that causes them, sent after its commit.

Sending has three steps, between which the caller commits: ``claim`` marks the messages as sent, so
that no two processes send the same one; ``send`` hands them to the gateway; ``settle`` wipes what
was sent and frees what failed for the next time.
"""

from __future__ import annotations

import json
import logging
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from flask import current_app
from sqlalchemy import select, update

from extensions import db
from models import OutboxMessage, utc_now
from services.identifiers import normalise

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Sequence
    from pathlib import Path

logger = logging.getLogger(__name__)

FILE_NAME: Final = "sms-outbox.jsonl"
#: What tells the owner of the phone who writes.
SIGNATURE: Final = "【湖北卫生人力资源信息平台】"
#: Messages of one round; what is left waits for the next one.
_ROUND: Final = 20
_QUEUED: Final = "outbox.queued"
_UNSYNCHRONISED: Final = {"synchronize_session": False}


@dataclass(frozen=True)
class Message:
    """An SMS on its way out. Its number and text stay out of logs: the ``repr`` shows neither."""

    id: int
    phone: str = field(repr=False)
    text: str = field(repr=False)
    code: str | None = field(repr=False)
    purpose: str


class Gateway(Protocol):
    """Where SMS are handed over; raises whatever it likes when it cannot take one."""

    def send(self, message: Message) -> None:
        """Hand over one message, within seconds."""


class NullGateway:
    """Takes every message and sends none: an installation without SMS."""

    def send(self, message: Message) -> None:
        """Say in the log that the message went nowhere."""
        logger.warning("no SMS gateway is configured, message %d was dropped", message.id)


class FileGateway:
    """Appends each message to a file as one line of JSON, for demonstrations and tests."""

    def __init__(self, path: Path) -> None:
        """Write to ``path``, which only this user may read."""
        self._path = path

    def send(self, message: Message) -> None:
        """Append the line in one write, so that the lines of several processes do not mix."""
        line = json.dumps(
            {
                "phone": message.phone,
                "text": message.text,
                "code": message.code,
                "purpose": message.purpose,
                "at": utc_now().isoformat(),
            },
            ensure_ascii=False,
        )
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode() + b"\n")
        finally:
            os.close(descriptor)


def queue(
    *, phone: str, text: str, code: str | None, purpose: str, expires: dt.datetime
) -> OutboxMessage:
    """Add an SMS to the current transaction; it is not sent once ``expires`` has passed.

    The name of the platform is put before ``text``, as the carriers demand.
    """
    message = OutboxMessage(
        phone=phone, text=f"{SIGNATURE}{text}", code=code, purpose=purpose, expires_at=expires
    )
    db.session.add(message)
    db.session.info[_QUEUED] = True
    return message


def take_queued() -> bool:
    """Whether this session has put a message into the outbox since it was last asked."""
    return bool(db.session.info.pop(_QUEUED, False))


def claim() -> list[Message]:
    """Mark what is waiting as sent and return it, oldest first; commit before sending it."""
    now = utc_now()
    waiting = (
        select(OutboxMessage.id)
        .where(OutboxMessage.sent_at.is_(None), OutboxMessage.expires_at > now)
        .order_by(OutboxMessage.id)
        .limit(_ROUND)
    )
    claimed = []
    for key in db.session.scalars(waiting).all():
        row = db.session.execute(
            update(OutboxMessage)
            .where(OutboxMessage.id == key, OutboxMessage.sent_at.is_(None))
            .values(sent_at=now)
            .returning(
                OutboxMessage.id,
                OutboxMessage.phone,
                OutboxMessage.text,
                OutboxMessage.code,
                OutboxMessage.purpose,
            ),
            execution_options=_UNSYNCHRONISED,
        ).one_or_none()
        if row is not None:
            claimed.append(Message(*row))
    return claimed


def send(messages: Sequence[Message]) -> int:
    """Hand messages to the gateway in their order and return how many it took.

    Stops at the first that fails, since the gateway is then probably down and each further one
    would only keep the request waiting. Never raises.
    """
    through = gateway()
    for number, message in enumerate(messages):
        try:
            through.send(message)
        except Exception as error:  # noqa: BLE001 - whatever a gateway raises, the request goes on
            # The text of the error may quote the number.
            logger.error("the SMS gateway failed: %s", type(error).__name__)  # noqa: TRY400
            return number
    return len(messages)


def settle(messages: Sequence[Message], sent: int) -> None:
    """Wipe the text of the first ``sent`` messages, and let the others be claimed again."""
    for keys, values in (
        ([m.id for m in messages[:sent]], {"text": "", "code": None}),
        ([m.id for m in messages[sent:]], {"sent_at": None}),
    ):
        if keys:
            db.session.execute(
                update(OutboxMessage).where(OutboxMessage.id.in_(keys)).values(**values),
                execution_options=_UNSYNCHRONISED,
            )


def shown_code(phone: str) -> str:
    """Return the latest code sent to a phone, where a demonstration shows it; else empty."""
    path: Path = current_app.config["DATA_DIR"] / FILE_NAME
    if not current_app.config["SHOWS_SMS"] or not path.exists():
        return ""
    messages = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    codes = [one["code"] for one in messages if one["phone"] == normalise(phone) and one["code"]]
    return codes[-1] if codes else ""


def has_gateway() -> bool:
    """Whether SMS leave this installation at all."""
    return not isinstance(gateway(), NullGateway)


def gateway() -> Gateway:
    """Return the gateway of the current application.

    ``app.extensions["sms_gateway"]`` where somebody has put one, else as ``SMS_BACKEND`` says.
    """
    own: Gateway | None = current_app.extensions.get("sms_gateway")
    if own is not None:
        return own
    if current_app.config["SMS_BACKEND"] == "outbox":
        return FileGateway(current_app.config["DATA_DIR"] / FILE_NAME)
    return NullGateway()
