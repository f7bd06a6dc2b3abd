"""What follows the commit of an act, after every request: SMS are sent, workers are woken up."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from sqlalchemy.exc import OperationalError

from extensions import db
from models.engine import writing
from services import jobs, outbox

if TYPE_CHECKING:
    from flask import Flask, Response

logger = logging.getLogger(__name__)


def register(app: Flask) -> None:
    """Deliver after each request that has queued a message or a job, whatever it was."""

    @app.after_request
    def _deliver(response: Response) -> Response:
        for key in jobs.take_asked():
            # Of a request that failed there is no such job, and no worker minds.
            jobs.queue().wake(key)
        if outbox.take_queued():
            # Of a request that failed nothing is left to send; nothing of it is committed either.
            db.session.rollback()
            deliver_pending()
        return response


def with_shown_code(sentence: str, phone: str) -> str:
    """Return what is said after a code was sent to ``phone``, or was not: the same sentence.

    Only a demonstration, which has no telephones, adds the code. Call it after the commit.
    """
    if outbox.take_queued():
        deliver_pending()
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
