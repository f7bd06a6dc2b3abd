"""Made-up people for the measurements: as varied as real ones, the same in each run.

The ID numbers begin with 422222, the code of a county that was dissolved before numbers were given.
"""

from __future__ import annotations

import datetime as dt
from random import Random
from typing import TYPE_CHECKING, Final

from exports.rosters import RosterPaper, RosterPerson

if TYPE_CHECKING:
    from collections.abc import Iterator

_FAMILY: Final = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾萧田董袁潘蔡蒋余于杜叶程"
)
_GIVEN: Final = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰红梅建国志文晓东海燕春雨婷欣怡梓涵宇轩浩然子"
    "墨诗琪雅思远航博嘉慧颖珊珺煜昊晨曦瑞泽楠柏松竹菊莲荷蓉薇莉茜萱蕊芷若云霄雷霆岚峰岭川江河湖洁清"
)
_RARE: Final = ("周𬭎", "陈㛃", "阿卜杜拉·买买提", "古丽巴哈尔·阿不都热合曼·吐尔逊买买提·依明江")
_EDUCATION: Final = ("大学本科", "大学专科", "硕士研究生", "中专")
_MAJORS: Final = ("临床医学", "中西医临床医学", "口腔医学", "预防医学", "针灸推拿学")
_CATEGORIES: Final = ("临床执业医师", "口腔执业医师", "中西医结合执业助理医师")
_DEPARTMENTS: Final = ("内科", "外科", "急诊医学科", "重症医学科", "传染科、呼吸与危重症医学科")
_PERIODS: Final = ("2017.09-2018.08", "2017.01-2017.06\n2017.08-2018.08")
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def people(count: int) -> Iterator[RosterPerson]:
    """Yield people in the order of their positions."""
    random = Random(20180104)
    for position in range(1, count + 1):
        name = random.choice(_FAMILY) + "".join(random.choices(_GIVEN, k=random.choice((1, 2, 2))))
        if position % 50 == 0:
            name = random.choice(_RARE)
        born = dt.date(1985, 1, 1) + dt.timedelta(days=random.randrange(5000))
        mentor = random.choice(_FAMILY) + "".join(random.choices(_GIVEN, k=2))
        code = "".join(random.choices(_ALPHABET, k=13))
        yield RosterPerson(
            position=position,
            name=name,
            gender=random.choice("男女"),
            id_number=f"422222{born:%Y%m%d}{random.randrange(10000):04}",
            education=random.choice(_EDUCATION),
            major=random.choice(_MAJORS),
            exam_category=random.choice(_CATEGORIES),
            department=random.choice(_DEPARTMENTS),
            period_text=random.choice(_PERIODS),
            months=f"{random.randint(12, 24)}个月",
            mentor=f"{mentor}（110{random.randrange(10**12):012}）",
            conclusion="合格",
            submission_code=f"18A-{code[:4]}-{code[4:8]}-{code[8:12]}-{code[12]}-01",
            remark=random.choice(("", "", "", "应届，需补交承诺书")),
        )


def roster(count: int) -> RosterPaper:
    """Return a roster of so many people."""
    return RosterPaper(
        institution_name="武汉市黄陂区人民医院",
        registration_number="42011643000142011611A1001",
        bureau_name="武汉市黄陂区卫生和计划生育局",
        exam_year=2018,
        batch="第一批",
        code="R18A-7K3F-9QXW-B2MD-C-03",
        version=3,
        certificate_kind="试用期考核",
        printed_on=dt.date(2018, 1, 4),
        people=tuple(people(count)),
        notes=("本名册由试用机构打印，加盖单位公章后报送同级考试管理机构备案。",),
    )
