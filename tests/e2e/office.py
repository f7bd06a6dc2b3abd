"""A desk at which tables are filled in, uploaded and confirmed."""

from __future__ import annotations

import openpyxl

from tests.e2e.desk import Desk


class Office(Desk):
    """The screen of whoever imports, and the folder in which files are saved."""

    def download(self, link):
        with self.page.expect_download() as download:
            self.page.get_by_role("link", name=link, exact=True).click()
        path = self.folder / download.value.suggested_filename
        download.value.save_as(path)
        return path

    def upload(self, path):
        self.page.locator("#file").set_input_files(path)
        self.page.locator("[data-picked]", has_text=path.name).wait_for()
        self.page.get_by_role("button", name="上传并预览").click()
        self.page.get_by_role("heading", name="导入预览").wait_for()


def fill(path, *rows, sheet_name, below):
    """Type rows from the one ``below`` the examples on, as people do in a spreadsheet."""
    book = openpyxl.load_workbook(path)
    sheet = book[sheet_name]
    headers = [str(cell.value).strip("*") for cell in sheet[1]]
    for number, row in enumerate(rows, below):
        for label, value in row.items():
            sheet.cell(number, headers.index(label) + 1, value)
    book.save(path)
