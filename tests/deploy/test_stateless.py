"""Two web processes and a worker behind nginx, of which some are killed: nothing is lost.

The site, the roles of the database and the settings of the server are those of ``deploy/``.
"""

from __future__ import annotations

import http.cookiejar
import re
import shutil
import signal
import threading
import urllib.error
import urllib.parse
import urllib.request

import lxml.html
import pytest
from sqlalchemy import func, select, update

from extensions import db
from models import AuditEntry, Institution, Job, JobState, utc_now
from models.engine import writing
from services.scope import Reason, unscoped
from tests.databases import KEYS
from tests.deploy.processes import free_ports, installation, until, unverified
from tests.deploy.roles import as_role, make_roles, run_script
from tests.e2e import test_story as story
from tests.e2e.desk import ANSWER, PASSWORD, Desk
from tests.factories.administrators import make_administrator

MISSING = [name for name in ("nginx", "redis-server") if not shutil.which(name)]

pytestmark = [
    pytest.mark.deploy,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]

bureaux = story.bureaux

#: Sent along by everybody; nginx lets nothing of it through.
FORGED = {
    "Forwarded": "for=6.6.6.6;host=evil.example",
    "X-Forwarded-For": "6.6.6.6",
    "X-Forwarded-Host": "evil.example",
    "X-Forwarded-Prefix": "/evil",
    "X-Forwarded-Proto": "http",
}


@pytest.fixture
def database_backend():
    return "postgresql"


@pytest.fixture
def parts(bureaux, committed_app, tmp_path):
    """The programs: Redis, two web processes, a worker, and nginx before them."""
    url = committed_app.config["SQLALCHEMY_DATABASE_URI"]
    make_roles(url)
    run_script(url, "grants.sql")
    environ = {
        **KEYS,
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
        "APP_ENV": "test",
        "DATA_DIR": str(committed_app.config["DATA_DIR"]),
        "DATABASE_URL": as_role(url, "trial_app"),
        "CAPTCHA_ANSWER": ANSWER,
        "TRUSTED_PROXIES": "1",
    }
    # nginx's children read below it as somebody else.
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    with installation(tmp_path, environ) as made:
        made.redis()
        made.ports = free_ports(2)
        made.webs = [made.web(port) for port in made.ports]
        made.workers = [made.worker("worker-1")]
        made.address = made.nginx(made.ports)
        yield made


@pytest.fixture
def clerks_of_the_city(bureaux, committed_app):
    """The user names of three officers of one bureau."""
    names = [f"hb200021{number}" for number in range(3)]
    with committed_app.app_context(), writing():
        with unscoped(Reason.MAINTENANCE):
            city = db.session.scalars(
                select(Institution).where(Institution.name == story.BUREAU)
            ).one()
            for name in names:
                make_administrator(city, username=name, password=PASSWORD)
        db.session.commit()
    return names


class Person:
    """Somebody with a browser without scripts, who notes what the platform has acknowledged."""

    def __init__(self, address):
        self.address = address
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=unverified()),
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()),
        )

    def ask(self, path, fields=None):
        """Return status, address and page of an answer; redirects are followed."""
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        address = urllib.parse.urljoin(self.address, path)
        asked = urllib.request.Request(address, data, {"Referer": address, **FORGED})  # noqa: S310
        try:
            with self._opener.open(asked, timeout=60) as answer:
                return answer.status, answer.url, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.url, error.read()

    def form(self, path, number=-1):
        """Return the fields of a page's form with what stands in them."""
        _, _, page = self.ask(path)
        return dict(lxml.html.document_fromstring(page).forms[number].form_values())

    def sign_in(self, username, password):
        fields = self.form("/login", 0)
        fields |= {"username": username, "password": password, "captcha": ANSWER}
        status, url, _ = self.ask("/login", fields)
        assert (status, "/login" in url) == (200, False)


class Clerk(threading.Thread):
    """Makes institutions one after the other, and sends again what was not acknowledged."""

    def __init__(self, person, name):
        super().__init__(daemon=True)
        self._person, self._name = person, name
        self.over = threading.Event()
        self.acknowledged, self.interrupted, self.wrong = [], 0, []

    def run(self):
        number = 0
        while not self.over.is_set():
            number += 1
            name = f"{self._name}{number}号诊所"
            fields = self._form()
            if fields is None:
                return
            fields |= {"name": name, "category_code": "D1"}
            while not self._sent(name, fields):
                pass

    def _form(self):
        path = "/admin/institutions/new/"
        status, url, page = self._person.ask(path)
        while status in {502, 504}:
            self._pause()
            status, url, page = self._person.ask(path)
        if status != 200 or "/login" in url:
            self.wrong.append((status, url))
            return None
        return dict(lxml.html.document_fromstring(page).forms[-1].form_values())

    def _pause(self):
        """Do as the page of nginx says: try again a little later."""
        self.interrupted += 1
        self.over.wait(0.1)

    def _sent(self, name, fields):
        status, url, page = self._person.ask("/admin/institutions/new/", fields)
        if status in {502, 504}:
            assert "您不需要重新登录".encode() in page
            self._pause()
            return False
        if status == 200 and "/new/" not in url and "/login" not in url:
            self.acknowledged.append(name)
        else:
            self.wrong.append(
                (status, url, re.findall(r'class="error[^>]*>([^<]*)', page.decode()))
            )
            self.over.set()
        return True


def made_under(names):
    with unscoped(Reason.MAINTENANCE):
        found = select(Institution.name, func.count()).where(Institution.name.in_(names))
        return dict(db.session.execute(found.group_by(Institution.name)).all())


def test_no_act_is_lost_and_nobody_signed_out(parts, clerks_of_the_city, committed_app):
    """Clerks save without a pause while one process is killed, and later the other one."""
    clerks = []
    for username in clerks_of_the_city:
        person = Person(parts.address)
        person.sign_in(username, PASSWORD)
        clerks.append(Clerk(person, username))
    for clerk in clerks:
        clerk.start()

    def each_has(count):
        return all(len(one.acknowledged) >= count or one.wrong for one in clerks)

    until(lambda: each_has(3))
    parts.webs[0].kill()
    so_far = max(len(one.acknowledged) for one in clerks)
    until(lambda: each_has(so_far + 4))
    returned = parts.web(parts.ports[0])
    parts.webs[1].kill()
    so_far = max(len(one.acknowledged) for one in clerks)
    until(lambda: each_has(so_far + 4))
    # New code: the only process that is left is renewed, and nobody notices.
    interrupted = [one.interrupted for one in clerks]
    so_far = max(len(one.acknowledged) for one in clerks)
    returned.send(signal.SIGHUP)
    until(lambda: "Booting worker" in returned.log.read_text().partition("Handling signal: hup")[2])
    until(lambda: each_has(so_far + 4))
    assert [one.interrupted for one in clerks] == interrupted
    for clerk in clerks:
        clerk.over.set()
    for clerk in clerks:
        clerk.join()
    assert [clerk.wrong for clerk in clerks] == [[], [], []]
    asked = (parts.folder / "nginx" / "trial.log").read_text()
    assert all(f" 127.0.0.1:{port} 302" in asked for port in parts.ports)
    names = [name for clerk in clerks for name in clerk.acknowledged]
    with committed_app.app_context():
        # Each once, though what was not acknowledged was sent again.
        assert made_under(names) == dict.fromkeys(names, 1)
        with unscoped(Reason.MAINTENANCE):
            addresses = select(AuditEntry.address).where(AuditEntry.actor_name.is_not(None))
            assert set(db.session.scalars(addresses.distinct())) == {"127.0.0.1"}
    done = committed_app.test_cli_runner().invoke(args=["verify-audit"])
    assert done.exit_code == 0, done.output


@pytest.fixture
def page(browser, parts):
    """A browser's page behind nginx; its cookie is the one by which people stay signed in."""
    context = browser.new_context(
        base_url=parts.address,
        ignore_https_errors=True,
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        viewport={"width": 1366, "height": 768},
    )
    context.set_default_timeout(30_000)
    yield context.new_page()
    context.close()


def test_the_story_goes_on_while_processes_are_killed(parts, page, committed_app, tmp_path):
    desk = Desk(page, committed_app, ["404"], tmp_path)
    story.clerk_takes_over(desk, story.city_makes_institution_and_account(desk))
    story.clerk_completes_the_record(desk)
    parts.webs[0].kill()
    story.clerk_enters_two_people(Patient(desk))
    story.clerk_marks_who_passed(desk)
    parts.web(parts.ports[0])
    parts.webs[1].kill()
    story.clerk_makes_the_roster(desk)
    story.clerk_prints_and_hands_in(desk, "第1批")
    desk.sign_out()
    desk.sign_in(story.COLLEAGUE)
    desk.go_to("医学考试", "花名册")
    desk.pick("已报送")
    desk.confirm("备案")
    desk.said("已备案 1 份花名册。")
    job_has_one_result(parts, desk, committed_app)
    assert "/login" not in page.url


class Patient:
    """A desk whose complaints of refused forms nobody notes."""

    def __init__(self, desk):
        self._desk = desk

    def __getattr__(self, name):
        return getattr(self._desk, name)

    def refused(self, status):
        """Pass over what the story's own test looks at."""


def job_has_one_result(parts, desk, app):
    """Ask for a job; kill the worker that is at it; the next one gives the result, once."""
    (first,) = parts.workers
    first.send(signal.SIGSTOP)
    page = desk.page
    page.goto("/admin/jobs/ask/?job=consolidated_roster&which=filed&shape=xlsx")
    page.get_by_role("button", name="提交后台任务").click()
    desk.said("任务已提交")
    with app.app_context():
        with db.engine.connect() as connection, connection.begin():
            # What the worker wants to read is held back until it is dead.
            connection.exec_driver_sql("LOCK TABLE roster_entries IN ACCESS EXCLUSIVE MODE")
            first.send(signal.SIGCONT)
            until(lambda: job_of(app).state is JobState.RUNNING)
            first.kill()
        with writing(), unscoped(Reason.MAINTENANCE):
            # The minute of its lease is over.
            db.session.execute(update(Job).values(leased_until=utc_now()))
            db.session.commit()
    second = parts.worker("worker-2")
    until(lambda: job_of(app).is_finished)
    job = job_of(app)
    assert (job.state, job.attempts) == (JobState.DONE, 2)
    answer = page.context.request.get(f"/admin/jobs/result/?id={job.id}")
    assert answer.body().startswith(b"PK")
    results = list((app.config["DATA_DIR"] / "files").rglob(f"{job.storage_name}*"))
    assert len(results) == 1
    # Told to end by systemd, a worker that has nothing to do ends at once and well.
    assert second.end(signal.SIGINT) == 0


def job_of(app):
    with app.app_context(), unscoped(Reason.MAINTENANCE):
        return db.session.scalars(select(Job)).one()
