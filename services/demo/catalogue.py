"""What kinds of institutions the demo has, and what they are called where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Sort:
    """One kind of place of practice: its codes, its size and what its licence allows.

    ``category`` is what the record shows (WS 218, second level), ``registered_as`` the four
    characters inside the registration number. ``people`` is about how many are on trial a year.
    """

    suffix: str
    category: str
    registered_as: str
    level: str
    grade: str
    rank: str
    people: int
    departments: tuple[str, ...]
    exam_classes: tuple[str, ...] = ("clinical",)
    is_private: bool = False
    #: Disease control has no 医疗机构执业许可证 of its own.
    is_medical: bool = True


_HOSPITAL: Final = ("03", "04", "05", "07", "10", "11", "12", "13", "20", "26", "30", "32", "50")
_SMALL_HOSPITAL: Final = ("01", "02", "03", "04", "05", "07", "20", "30", "32", "50")
_TCM: Final = ("03", "04", "05", "20", "30", "32", "50", "52")

CENTRAL: Final = Sort(
    "中心医院", "A1", "A100", "3", "2", "3", 22, _HOSPITAL, ("clinical", "clinical", "dental")
)
CITY_FIRST: Final = Sort("第一人民医院", "A1", "A100", "3", "3", "3", 14, _HOSPITAL)
PEOPLE: Final = Sort(
    "人民医院", "A1", "A100", "2", "2", "4", 7, _HOSPITAL, ("clinical", "clinical", "dental")
)
TCM: Final = Sort("中医医院", "A2", "A210", "2", "2", "4", 5, _TCM, ("tcm", "tcm", "integrated"))
CHILDREN: Final = Sort(
    "妇幼保健院", "G1", "G100", "2", "3", "4", 4, ("05", "06", "07", "09", "20", "26", "30", "32")
)
DISEASE_CONTROL: Final = Sort(
    "疾病预防控制中心",
    "J1",
    "J100",
    "0",
    "0",
    "4",
    3,
    ("01",),
    ("public_health",),
    is_medical=False,
)
COMMUNITY: Final = Sort(
    "社区卫生服务中心", "B1", "B100", "1", "2", "5", 3, ("01", "02", "03", "30", "50")
)
CENTRAL_TOWN: Final = Sort("中心卫生院", "C2", "C210", "1", "2", "5", 3, _SMALL_HOSPITAL)
TOWN: Final = Sort("卫生院", "C2", "C220", "1", "3", "5", 2, _SMALL_HOSPITAL)
STREET: Final = Sort("街道卫生院", "C1", "C100", "1", "3", "5", 2, _SMALL_HOSPITAL)
DENTAL_CLINIC: Final = Sort(
    "口腔诊所", "D2", "D215", "0", "0", "5", 1, ("12",), ("dental",), is_private=True
)
TCM_CLINIC: Final = Sort(
    "中医诊所", "D2", "D212", "0", "0", "5", 1, ("50",), ("tcm",), is_private=True
)
OUTPATIENTS: Final = Sort(
    "综合门诊部", "D1", "D110", "0", "0", "5", 2, ("03", "04", "05", "30", "32"), is_private=True
)
PRIVATE_HOSPITAL: Final = Sort(
    "仁济医院", "A1", "A100", "1", "0", "5", 3, _SMALL_HOSPITAL, is_private=True
)
VILLAGE: Final = Sort("村卫生室", "D6", "D600", "0", "0", "6", 1, ("02",))
PSYCHIATRIC: Final = Sort("精神卫生中心", "A5", "A520", "2", "2", "3", 5, ("03", "15", "30", "32"))
SCHISTOSOMIASIS: Final = Sort(
    "血吸虫病防治站", "H2", "H219", "0", "0", "5", 1, ("03", "18", "30"), ("public_health",)
)
EMERGENCY: Final = Sort("急救中心", "E1", "E100", "0", "0", "3", 2, ("20",))
CANCER: Final = Sort(
    "肿瘤医院", "A5", "A514", "3", "2", "2", 12, ("03", "04", "19", "26", "30", "32")
)

#: Institutions of the province: name → sort; they report to the province itself.
PROVINCIAL: Final = (
    ("湖北省人民医院", CENTRAL),
    ("湖北省中医院", TCM),
    ("湖北省妇幼保健院", CHILDREN),
    ("湖北省肿瘤医院", CANCER),
    ("湖北省疾病预防控制中心", DISEASE_CONTROL),
)
#: Institutions of the two cities of the named accounts, by division.
OF_CITIES: Final = {
    "420100": (
        ("武汉市汉口医院", CITY_FIRST),
        ("武汉市第一医院", CENTRAL),
        ("武汉市中心医院", CENTRAL),
        ("武汉市第三医院", CITY_FIRST),
        ("武汉市中医医院", TCM),
        ("武汉市妇幼保健院", CHILDREN),
        ("武汉市精神卫生中心", PSYCHIATRIC),
        ("武汉市疾病预防控制中心", DISEASE_CONTROL),
        ("武汉市急救中心", EMERGENCY),
    ),
    "420600": (
        ("襄阳市中心医院", CENTRAL),
        ("襄阳市第一人民医院", CITY_FIRST),
        ("襄阳市中医医院", TCM),
        ("襄阳市妇幼保健院", CHILDREN),
        ("襄阳市安定医院", PSYCHIATRIC),
        ("襄阳市疾病预防控制中心", DISEASE_CONTROL),
    ),
}
#: What every other city has.
OF_ANY_CITY: Final = (CENTRAL, TCM, CHILDREN, DISEASE_CONTROL)
#: 黄陂区, as the notice pictures it.
OF_HUANGPI: Final = (
    ("黄陂区前川街环城社区卫生服务中心", STREET),
    ("黄陂区鲁台社区卫生服务中心", COMMUNITY),
    ("黄陂区滠口街道血吸虫病防治站", SCHISTOSOMIASIS),
    ("黄陂区人民医院", PEOPLE),
    ("黄陂区中医医院", TCM),
    ("黄陂区祁家湾中心卫生院", CENTRAL_TOWN),
    ("黄陂区李家集街卫生院", TOWN),
    ("黄陂区康民口腔诊所", DENTAL_CLINIC),
)
#: What the remaining counties and districts have besides their chief institution, in turn.
COUNTY_TURNS: Final = (TCM, CENTRAL_TOWN, CHILDREN, TOWN, DISEASE_CONTROL, PRIVATE_HOSPITAL)
DISTRICT_TURNS: Final = (DENTAL_CLINIC, COMMUNITY, OUTPATIENTS, STREET, TCM_CLINIC)


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


TOWNS: Final = _words(
    "城关镇 双河镇 石桥镇 新店镇 马家店镇 白杨镇 杨家集镇 长岭镇 柳林镇 三里畈镇 高桥镇 龙泉镇 "
    "板桥镇 黄土镇 太平镇 清水镇 红石镇 罗家桥镇 青龙镇 枫树镇 石门镇 白果镇 大河镇 东岳镇"
)
STREETS: Final = _words(
    "中山街 胜利街 建设街 解放街 人民街 东风街 和平街 新华街 文昌街 滨江街 长虹街 花园街 "
    "南门街 北苑街 临江街 青年街 府前街 昌平街"
)
VILLAGES: Final = _words("李家湾 张家冲 陈家畈 大屋湾 杨树岗 石头咀 柳树塆 周家墩 松林岗 竹林湾")
CLINIC_NAMES: Final = _words("康民 仁爱 同济堂 益康 博雅 佳美 惠民 德康 安泰 杏林 福安 永康")
ROADS: Final = _words(
    "人民路 建设大道 解放路 中山路 文化路 健康路 新华路 东风大道 滨江路 长征路 交通路 园林路"
)
