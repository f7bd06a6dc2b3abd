"""Accounts (机构管理员): whoever manages a node hands them out there and below.

An account is managed by the accounts of its own node and of the nodes above. Nobody disables,
deletes, resets or unbinds themselves. User names are never given twice, not even after deletion.
"""

from services.administrators.accounts import create, delete, update
from services.administrators.handing_out import (
    ONE_TIME_PASSWORD_LASTS,
    collect_password,
    collected,
    password_waits,
    recover,
    reset_password,
    send_password,
    unbind,
)
from services.administrators.inputs import AdministratorInput, checked_values
from services.administrators.managing import needs_reset, search_condition
from services.administrators.usernames import (
    NAME_TWICE,
    USERNAME_TAKEN,
    propose_username,
    propose_usernames,
)

__all__ = [
    "NAME_TWICE",
    "ONE_TIME_PASSWORD_LASTS",
    "USERNAME_TAKEN",
    "AdministratorInput",
    "checked_values",
    "collect_password",
    "collected",
    "create",
    "delete",
    "needs_reset",
    "password_waits",
    "propose_username",
    "propose_usernames",
    "recover",
    "reset_password",
    "search_condition",
    "send_password",
    "unbind",
    "update",
]
