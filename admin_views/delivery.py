"""Sending SMS after the commit of the act that queued them."""

from __future__ import annotations

import logging

from sqlalchemy.exc import OperationalError

from extensions import db
from models.engine import writing
from services import outbox

logger = logging.getLogger(__name__)


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
