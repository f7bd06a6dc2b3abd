from __future__ import annotations

from services.own_account.telling import plain


def told(label, old, new):
    return plain([{"label": label, "old": old, "new": new}])


def test_events_are_told_in_plain_sentences():
    changes = [
        {"label": "密码", "old": "", "new": "已更改"},
        {"label": "密码修改时间", "old": "", "new": "2018-01-10 09:30"},
        {"label": "须修改密码", "old": "是", "new": "否"},
        {"label": "初始密码有效期", "old": "2018-01-17 09:30", "new": ""},
    ]
    assert plain(changes) == "密码已更改"
    assert told("须修改密码", "否", "是") == "下次登录须修改密码"
    assert told("初始密码有效期", "", "2018-01-17 09:30") == "一次性密码有效期至2018-01-17 09:30"
    assert told("手机号", "", "已解除") == "手机号已解除"
    assert told("启用状态", "是", "否") == "账号已停用"
    assert told("登录方式", "", "用户名密码") == "以“用户名密码”登录"
    assert told("姓名", "甲", "乙") == "姓名由“甲”改为“乙”"
    assert told("别的", "", "x") == "别的：x"
    assert told("别的", "x", "") == "别的已清除"
