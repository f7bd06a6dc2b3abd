"""批量合格: several people whose trial is over pass at once."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from models import Conclusion
from services.certificates.doubts.turns import hold_certificates
from services.certificates.inputs import input_of
from services.certificates.use_cases import require_editable, require_own, update
from services.errors import DomainError, FieldErrors, StaleVersionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from models import TrialCertificate
    from services.actor import Actor

#: People at once: the longest page of the grid.
MOST_AT_ONCE: Final = 100


def qualify(
    actor: Actor, certificates: Sequence[TrialCertificate], versions: Mapping[int, int]
) -> None:
    """Set 考核结论 of people who are 考核中 to 合格: all of them or none; the caller commits.

    Each is saved as from its form, with a new code and an entry. ``versions`` are those that the
    actor has seen, by key. Raises ``DomainError`` naming whom it does not suit.
    """
    if len(certificates) > MOST_AT_ONCE:
        raise DomainError(f"一次最多选择{MOST_AT_ONCE}人，请分批操作。")
    for one in certificates:
        require_own(actor, one)
        require_editable(one)
        if one.conclusion is not Conclusion.PENDING:
            raise DomainError(
                f"“{one.name}”的考核结论是{one.conclusion.label}，"
                f"只有{Conclusion.PENDING.label}的人员可以批量设为合格。"
            )
    hold_certificates(certificates)
    for one in certificates:
        data = replace(input_of(one), conclusion=Conclusion.QUALIFIED)
        try:
            update(actor, one, data, versions.get(one.id, 0))
        except StaleVersionError:
            raise StaleVersionError(
                f"“{one.name}”的信息刚刚被他人修改，全部没有设为合格。请核对后重新选择。"
            ) from None
        except FieldErrors as error:
            wrong = "".join(error.errors.values())
            raise DomainError(
                f"“{one.name}”的信息有误，全部没有设为合格，请先打开修改：{wrong}"
            ) from None
