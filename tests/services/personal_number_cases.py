"""Keywords with and without the number of a person, for the server and for the page's script."""

from __future__ import annotations

import csv
from pathlib import Path

_VECTORS = Path(__file__).parents[1] / "data/validation_vectors.csv"
_OF_PEOPLE = {"resident_id", "hmt_residence_permit", "foreigner_pr_2023", "mobile"}
_OF_OTHERS = {"institution_reg_no", "uscc", "org_code", "postcode"}
#: Shaped like a passport; whoever looks for it by the name of the unit loses nothing.
_LOOKS_LIKE_A_PASSPORT = {"D2143569-X"}

PEOPLE = [
    *("13800138000", "+86 138 0013 8000", "138-0013-8000", "１３８00138000"),
    *("420102199001011237", "42010219900101123x", "420102 19900101 1237", "420102900101123"),
    *("420102199001011237。", "张三 420102199001011237", "证件420102199001011237"),
    *("138.0013.8000", "420102/19900101/1237", "13800138000 汉口医院", "E12345678", "h1234567890"),
    # The number of a certificate holds that of the person.
    *("201742110420102199001011237", "201542210420102190101010010"),
    # Letters beside it.
    *("sfz420106199001011234", "ID420106199001011234", "420106199001011234abc"),
    *("WANG420106199001011234", "tel13800138000", "13800138000a", "HB13800138000"),
    # Digits beside it.
    *("008613800138000", "0086 138 0013 8000", "3 138 0013 8000", "1 420106199001011234"),
    *("1990 420106199001011234", "13800138000/13900139000"),
    # Unusual separators, seen and not seen.
    *("138·0013·8000", "138–0013–8000", "138,0013,8000", "(138)00138000", "138_0013_8000"),
    *("420106。19900101。1234", "138\u200b0013\u200b8000", "1\u00ad3800138000", "138、0013、8000"),
    # Documents of other kinds.
    *("EA1234567", "ea 1234567", "E1234567", "护照EA1234567", "张三，EA1234567"),
    *("A123456(7)", "A1234567", "AB123456(A)", "a123456（7）", "A123456789", "H12345678"),
    *("ABC123456789012", "12345678", "1/234567/8", "1234567890", "1234567890A", "1380013800"),
]
OTHERS = [
    *("", "周晓燕", "hb2000201", "HB1000001", "hb3017401", "430015", "12345678901", "30174"),
    *("18A-7K3F-9QXW-B2MD-C-03", "HMC-17A-1234-5678-90AB-C", "18A-1234-5678-9012-3-04"),
    *("D600", "2018年 第1批", "2017-09-01", "20170901", "2017年8月31日", "1234567", "100000001"),
    *("12420100441626842Y", "124201004416268420", "110420102000001", "11420000DM01000063"),
    *("44162684242010211A1001", "PDY01380013800017D2122", "登记号44162684242010211A1001"),
    *("4416268424201021101001", "1380013800420102110100", "441626842 420102 11A1001"),
]

with _VECTORS.open(encoding="utf-8", newline="") as _file:
    for _row in csv.DictReader(_file):
        if _row["kind"] in _OF_PEOPLE and _row["expected"] == "valid":
            PEOPLE.append(_row["value"])
        elif _row["kind"] in _OF_OTHERS and _row["value"] not in _LOOKS_LIKE_A_PASSPORT:
            OTHERS.append(_row["value"])
