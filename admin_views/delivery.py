"""Sending SMS after the commit of the act that queued them."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from extensions import db
from models.engine import writing
from services import outbox

logger = logging.getLogger(__name__)


def with_shown_code(sentence: str, phone: str) -> str:
    """Return what is said after a code was sent to ``phone``, or was not: the same sentence.

    Only a demonstration, which has no telephones, adds the code.
    """
    code = outbox.shown_code(phone)
    return f"{sentence}（演示环境不发短信，验证码为 {code}）" if code else sentence


def deliver_pending() -> int:
    """Send what waits in the outbox and return how many were sent; call it after the commit.

    Commits by itself. Neither a failing gateway nor a busy database breaks the request: what was
    not sent waits for the next call until it expires.
    """
    try:
        with writing():
            messages = outbox.claim()
            db.session.commit()
            if not messages:
                return 0
            sent = outbox.send(messages)
            outbox.settle(messages, sent)
            db.session.commit()
    except OperationalError as error:
        db.session.rollback()
        # The statement of the error holds the message.
        logger.error("the outbox was not delivered: %s", type(error.orig).__name__)  # noqa: TRY400
        return 0
    return sent
