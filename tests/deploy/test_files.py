"""What an operator copies from ``deploy/``: it fits the platform and the tools that read it."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest
import yaml

from admin_views.lifecycle import LARGEST_UPLOADS
from cli import register
from config import load
from config.mistakes import NAMES
from tests.architecture.sources import ROOT
from tests.config.right import PRODUCTION
from tests.deploy.processes import nginx_folder

DEPLOY = ROOT / "deploy"
UNITS = DEPLOY / "systemd"
EXAMPLE = (DEPLOY / "trial.env.example").read_text(encoding="utf-8")


class Commands:
    """Stands for an application, of which only the names of commands are wanted."""

    def __init__(self):
        self.cli, self.names = self, set()
        register(self)

    def add_command(self, command):
        self.names.add(command.name)


def settings(text):
    lines = (line for line in text.splitlines() if line and not line.startswith("#"))
    return dict(line.split("=", 1) for line in lines)


def test_production_starts_with_the_example_once_its_keys_are_filled_in(tmp_path):
    found = settings(EXAMPLE)
    keys = {name: PRODUCTION[name] for name, value in found.items() if not value}
    assert set(keys) == {"SECRET_KEY", "DATA_KEY", "CODE_KEY"}
    loaded = load({**found, **keys, "DATA_DIR": str(tmp_path)})
    assert loaded.is_production
    assert loaded.trusted_proxies == 1


def test_the_example_names_only_settings_that_there_are():
    offered = re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE)
    assert set(offered) <= set(NAMES)


@pytest.mark.parametrize("url", re.findall(r"^# DATABASE_URL=(\S+)", EXAMPLE, re.MULTILINE))
def test_production_takes_each_database_of_the_example(url, tmp_path):
    loaded = load({**PRODUCTION, "DATABASE_URL": url, "DATA_DIR": str(tmp_path)})
    assert loaded.database_url.startswith("postgresql+psycopg://")


def test_production_takes_the_settings_of_the_containers(tmp_path):
    services = yaml.safe_load((DEPLOY / "compose/compose.yaml").read_text())["services"]
    for name in ("web", "worker", "migrate"):
        given = services[name]["environment"]
        assert load({**PRODUCTION, **given, "DATA_DIR": str(tmp_path)}).is_production, name


def test_the_containers_mount_files_that_there_are():
    file = DEPLOY / "compose/compose.yaml"
    services = yaml.safe_load(file.read_text())["services"]
    mounts = [mount for one in services.values() for mount in one.get("volumes", ())]
    paths = [mount.split(":")[0] for mount in mounts if mount.startswith(".")]
    given = {"./tls"}
    assert paths
    assert [path for path in paths if not (file.parent / path).exists()] == sorted(given)


def test_each_timer_runs_a_command_of_the_platform():
    commands = Commands().names
    timers = {path.stem.removeprefix("trial-"): path for path in UNITS.glob("*.timer")}
    assert set(timers) <= commands
    for name, path in timers.items():
        assert f"Unit=trial-task@{name}.service" in path.read_text()


def test_nginx_lets_the_largest_upload_through_to_the_page_that_judges_it():
    (megabytes,) = re.findall(
        r"client_max_body_size (\d+)m;", (DEPLOY / "nginx/trial.conf").read_text()
    )
    assert int(megabytes) * 1024 * 1024 > max(LARGEST_UPLOADS.values())


@pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not installed")
def test_nginx_takes_the_site(tmp_path):
    folder = nginx_folder(tmp_path, port=8443, upstreams=[5001, 5002])
    done = subprocess.run(
        ["nginx", "-t", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "warn" not in done.stderr


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")
def test_systemd_takes_the_units(tmp_path):
    """With programs that there are on this machine: the paths are those of the operator's."""
    for path in UNITS.iterdir():
        text = re.sub(r"/opt/trial/\.venv/bin/\w+", "/bin/true", path.read_text())
        (tmp_path / path.name).write_text(text.replace("/opt/trial", "/tmp"))  # noqa: S108
    names = [path.name.replace("@.", "@1.") for path in tmp_path.iterdir()]
    for name in names:
        if "@1." in name:
            (tmp_path / name).symlink_to(tmp_path / name.replace("@1.", "@."))
    done = subprocess.run(
        ["systemd-analyze", "verify", *(f"./{name}" for name in names)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
