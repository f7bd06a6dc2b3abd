"""The screens. ``register`` builds the admin panel inside the application that it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask_admin import Admin
from flask_admin.theme import Bootstrap4Theme

from admin_views import (
    guard,
    health,
    identity,
    navigation,
    own_account,
    second_step,
    sign_in,
    verification,
)
from admin_views.account_batches import AccountBatchView
from admin_views.administrators import AdministratorView
from admin_views.audit import AuditView
from admin_views.certificate_bin import CertificateBinView
from admin_views.certificate_import import CertificateImportView
from admin_views.certificates import CertificateView
from admin_views.entry_extensions import EntryExtensionView
from admin_views.exam_years import ExamYearView
from admin_views.home import HomeView
from admin_views.institution_bin import InstitutionBinView
from admin_views.institution_import import InstitutionImportView
from admin_views.institutions import InstitutionView
from admin_views.jobs import JobView
from admin_views.licences import LicenceView
from admin_views.my_institution import MyInstitutionView
from admin_views.online_users import OnlineUserView
from admin_views.permission_table import PermissionTableView
from admin_views.review import ReviewDeskView
from admin_views.reviews import ReviewView
from admin_views.rosters import RosterView
from admin_views.security_policy import SecurityPolicyView

if TYPE_CHECKING:
    from flask import Flask

#: Every screen of the panel, in the order of the function tree.
VIEWS = (
    InstitutionView,
    InstitutionImportView,
    AccountBatchView,
    InstitutionBinView,
    MyInstitutionView,
    AdministratorView,
    LicenceView,
    CertificateView,
    CertificateBinView,
    CertificateImportView,
    RosterView,
    ReviewDeskView,
    ReviewView,
    ExamYearView,
    EntryExtensionView,
    AuditView,
    OnlineUserView,
    SecurityPolicyView,
    PermissionTableView,
    JobView,
)


def register(app: Flask) -> None:
    """Add all screens, the pages around them, and the guard before them."""
    identity.register(app)
    app.register_blueprint(sign_in.blueprint)
    app.register_blueprint(second_step.blueprint)
    app.register_blueprint(own_account.blueprint)
    app.register_blueprint(verification.blueprint)
    app.register_blueprint(health.blueprint)
    admin = Admin(
        app,
        name="试用期考核证明",
        index_view=HomeView(),
        theme=Bootstrap4Theme(base_template="layouts/shell.html"),
    )
    for view in VIEWS:
        admin.add_view(view())
    navigation.register(app)
    guard.register(app, admin)
