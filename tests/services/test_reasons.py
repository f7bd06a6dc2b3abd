"""Reasons: what they may hold."""

from __future__ import annotations

import pytest

from services.errors import DomainError
from services.reasons import check_reason


@pytest.mark.parametrize(
    "reason",
    [
        "张三（110101199003074477）有误",
        "110101 19900307 447x",
        "请致电13800138000",
        "电话１３８ ００１３ ８０００",
        "资格证书201742110110101199003074477",
    ],
)
def test_numbers_of_people_are_refused(reason):
    with pytest.raises(DomainError, match="退回原因中不能写证件号码") as caught:
        check_reason(reason, "退回原因")
    assert caught.value.field == "reason"


@pytest.mark.parametrize(
    "reason",
    [
        "第1行2016.9.1-2017.8.31不满一年",
        "20160901至20170831与材料不符",
        "登记号44162684242010211A1001与许可证不符",
        "花名册HMC-18A-1EPF-FRRA-WQAK-W",
        "座机027-87654321",
    ],
)
def test_dates_and_other_numbers_are_not(reason):
    assert check_reason(f" {reason} ", "退回原因") == reason
