"""Tables of the first release.

Revision 43d45416ed48, the first; made 2026-11-24 21:29:13.731691+00:00.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "43d45416ed48"
down_revision = None
branch_labels = None
depends_on = None

#: A place in the tree is compared byte by byte, so that a prefix is a range.
PATH = sa.String(40).with_variant(sa.VARCHAR(40, collation="C"), "postgresql")


def upgrade() -> None:
    """Create all tables, empty; the code tables are loaded by a command, not by a migration."""
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tag", sa.String(length=40), nullable=False),
        sa.Column(
            "result",
            sa.Enum(
                "done",
                "failed",
                "denied",
                name="audit_result",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("actor_name", sa.String(length=64), nullable=False),
        sa.Column("institution_name", sa.String(length=100), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("object_type", sa.String(length=40), nullable=False),
        sa.Column("object_id", sa.Integer(), nullable=True),
        sa.Column("object_label", sa.String(length=120), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("request_id", sa.String(length=36), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index(op.f("ix_audit_entries_actor_id_id"), "audit_entries", ["actor_id", "id"])
    op.create_index(
        op.f("ix_audit_entries_object_type_object_id"),
        "audit_entries",
        ["object_type", "object_id"],
    )
    op.create_index(op.f("ix_audit_entries_owner_path_id"), "audit_entries", ["owner_path", "id"])
    op.create_index(op.f("ix_audit_entries_tag"), "audit_entries", ["tag"])

    op.create_table(
        "business_ranks",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_business_ranks")),
    )
    op.create_table(
        "captchas",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("answer_hash", sa.String(length=64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_captchas")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_captchas_browser_hash")),
    )
    op.create_table(
        "counters",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_counters")),
    )
    op.create_table(
        "divisions",
        sa.Column("parent_code", sa.String(length=8), nullable=True),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"], ["divisions.code"], name=op.f("fk_divisions_parent_code_divisions")
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_divisions")),
    )
    op.create_table(
        "education_levels",
        sa.Column("parent_code", sa.String(length=8), nullable=True),
        sa.Column("exam_band", sa.String(length=20), nullable=True),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"],
            ["education_levels.code"],
            name=op.f("fk_education_levels_parent_code_education_levels"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_education_levels")),
    )
    op.create_table(
        "ethnic_groups",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_ethnic_groups")),
    )
    op.create_table(
        "exam_categories",
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("category_key", sa.String(length=20), nullable=False),
        sa.Column("certificate_category_code", sa.String(length=2), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_exam_categories")),
    )
    op.create_table(
        "exam_cycles",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_opens_on", sa.Date(), nullable=False),
        sa.Column("entry_closes_on", sa.Date(), nullable=False),
        sa.Column("roster_due_on", sa.Date(), nullable=False),
        sa.Column("trial_cutoff_on", sa.Date(), nullable=False),
        sa.CheckConstraint(
            "entry_closes_on >= entry_opens_on", name=op.f("ck_exam_cycles_entry_is_a_period")
        ),
        sa.PrimaryKeyConstraint("year", name=op.f("pk_exam_cycles")),
    )
    op.create_table(
        "genders",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_genders")),
    )
    op.create_table(
        "id_document_types",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_id_document_types")),
    )
    op.create_table(
        "institution_categories",
        sa.Column("parent_code", sa.String(length=8), nullable=True),
        sa.Column("trial_role", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"],
            ["institution_categories.code"],
            name=op.f("fk_institution_categories_parent_code_institution_categories"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institution_categories")),
    )
    op.create_table(
        "institution_grades",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institution_grades")),
    )
    op.create_table(
        "institution_levels",
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_institution_levels")),
    )
    op.create_table(
        "medical_departments",
        sa.Column("parent_code", sa.String(length=8), nullable=True),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["parent_code"],
            ["medical_departments.code"],
            name=op.f("fk_medical_departments_parent_code_medical_departments"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_medical_departments")),
    )
    op.create_table(
        "outbox_messages",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox_messages")),
    )
    op.create_index(op.f("ix_outbox_messages_sent_at"), "outbox_messages", ["sent_at"])

    op.create_table(
        "sign_in_throttles",
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("window_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key_hash", name=op.f("pk_sign_in_throttles")),
    )
    op.create_table(
        "institutions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("path", PATH, nullable=False),
        sa.Column("children_numbered", sa.Integer(), nullable=False),
        sa.Column("parent_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum(
                "bureau",
                "healthcare",
                name="institution_kind",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("unit_number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("category_code", sa.String(length=8), nullable=True),
        sa.Column("division_code", sa.String(length=8), nullable=True),
        sa.Column("organisation_code", sa.String(length=18), nullable=True),
        sa.Column("registration_number", sa.String(length=22), nullable=True),
        sa.Column("service_target", sa.String(length=200), nullable=True),
        sa.Column("address", sa.String(length=200), nullable=True),
        sa.Column("postcode", sa.String(length=6), nullable=True),
        sa.Column("level_code", sa.String(length=8), nullable=True),
        sa.Column("grade_code", sa.String(length=8), nullable=True),
        sa.Column("rank_code", sa.String(length=8), nullable=True),
        sa.Column("locked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(parent_id IS NULL) = (length(path) = 4)",
            name=op.f("ck_institutions_root_has_no_parent"),
        ),
        sa.CheckConstraint(
            "length(path) % 4 = 0 AND length(path) > 0", name=op.f("ck_institutions_path_is_whole")
        ),
        sa.ForeignKeyConstraint(
            ["category_code"],
            ["institution_categories.code"],
            name=op.f("fk_institutions_category_code_institution_categories"),
        ),
        sa.ForeignKeyConstraint(
            ["division_code"],
            ["divisions.code"],
            name=op.f("fk_institutions_division_code_divisions"),
        ),
        sa.ForeignKeyConstraint(
            ["grade_code"],
            ["institution_grades.code"],
            name=op.f("fk_institutions_grade_code_institution_grades"),
        ),
        sa.ForeignKeyConstraint(
            ["level_code"],
            ["institution_levels.code"],
            name=op.f("fk_institutions_level_code_institution_levels"),
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"],
            ["institutions.id"],
            name=op.f("fk_institutions_parent_id_institutions"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["rank_code"],
            ["business_ranks.code"],
            name=op.f("fk_institutions_rank_code_business_ranks"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_institutions")),
        sa.UniqueConstraint("id", "path", name=op.f("uq_institutions_id_path")),
        sa.UniqueConstraint("name", name=op.f("uq_institutions_name")),
        sa.UniqueConstraint("unit_number", name=op.f("uq_institutions_unit_number")),
    )
    op.create_index(op.f("ix_institutions_category_code"), "institutions", ["category_code"])
    op.create_index(op.f("ix_institutions_parent_id"), "institutions", ["parent_id"])
    op.create_index(op.f("ix_institutions_path"), "institutions", ["path"], unique=True)

    op.create_table(
        "administrators",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=32), nullable=False),
        sa.Column("username_folded", sa.String(length=32), nullable=False),
        sa.Column("full_name", sa.String(length=28), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("password_hash", sa.String(length=128), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("initial_password_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "auth_method",
            sa.Enum(
                "password",
                "password_sms",
                name="auth_method",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "role",
            sa.Enum(
                "operator",
                "auditor",
                name="account_role",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("is_enabled", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_signed_in_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_administrators_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_administrators")),
        sa.UniqueConstraint("username_folded", name=op.f("uq_administrators_username_folded")),
    )
    op.create_index(op.f("ix_administrators_institution_id"), "administrators", ["institution_id"])
    op.create_index(op.f("ix_administrators_owner_path_id"), "administrators", ["owner_path", "id"])
    op.create_index(op.f("ix_administrators_phone_index"), "administrators", ["phone_index"])

    op.create_table(
        "former_names",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("used_until", sa.Date(), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_former_names_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_former_names")),
    )
    op.create_index(op.f("ix_former_names_institution_id"), "former_names", ["institution_id"])
    op.create_index(op.f("ix_former_names_name"), "former_names", ["name"])
    op.create_index(op.f("ix_former_names_owner_path_id"), "former_names", ["owner_path", "id"])

    op.create_table(
        "licences",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("institution_name", sa.String(length=100), nullable=False),
        sa.Column("registration_number", sa.String(length=22), nullable=False),
        sa.Column("legal_representative", sa.String(length=28), nullable=False),
        sa.Column("person_in_charge", sa.String(length=28), nullable=False),
        sa.Column("issued_by", sa.String(length=100), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("is_in_use", sa.Boolean(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "valid_until > valid_from", name=op.f("ck_licences_validity_is_a_period")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_licences_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licences")),
    )
    op.create_index(op.f("ix_licences_institution_id"), "licences", ["institution_id"])
    op.create_index(op.f("ix_licences_owner_path_id"), "licences", ["owner_path", "id"])
    op.create_index(
        op.f("uq_licences_one_in_use"),
        "licences",
        ["institution_id"],
        unique=True,
        sqlite_where=sa.text("is_in_use"),
        postgresql_where=sa.text("is_in_use"),
    )

    op.create_table(
        "rosters",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_year", sa.Integer(), nullable=False),
        sa.Column("batch", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft",
                "printed",
                "submitted",
                "filed",
                "returned",
                "voided",
                name="roster_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("head", sa.JSON(), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("bureau_id", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("return_reason", sa.String(length=500), nullable=True),
        sa.Column("form_key", sa.String(length=36), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["bureau_id"],
            ["institutions.id"],
            name=op.f("fk_rosters_bureau_id_institutions"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["exam_year"], ["exam_cycles.year"], name=op.f("fk_rosters_exam_year_exam_cycles")
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_rosters_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rosters")),
        sa.UniqueConstraint("code", name=op.f("uq_rosters_code")),
        sa.UniqueConstraint("form_key", name=op.f("uq_rosters_form_key")),
        sa.UniqueConstraint(
            "institution_id",
            "exam_year",
            "batch",
            name=op.f("uq_rosters_institution_id_exam_year_batch"),
        ),
    )
    op.create_index(op.f("ix_rosters_bureau_id"), "rosters", ["bureau_id"])
    op.create_index(op.f("ix_rosters_exam_year"), "rosters", ["exam_year"])
    op.create_index(op.f("ix_rosters_institution_id"), "rosters", ["institution_id"])
    op.create_index(op.f("ix_rosters_owner_path_id"), "rosters", ["owner_path", "id"])
    op.create_index(op.f("ix_rosters_state"), "rosters", ["state"])

    op.create_table(
        "trial_certificates",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("exam_year", sa.Integer(), nullable=False),
        sa.Column(
            "certificate_type",
            sa.Enum(
                "trial",
                "practice",
                name="certificate_type",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "completed",
                "submitted",
                "filed",
                name="certificate_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=28), nullable=False),
        sa.Column("id_document_code", sa.String(length=8), nullable=False),
        sa.Column("id_number", sa.Text(), nullable=False),
        sa.Column("id_number_index", sa.String(length=64), nullable=False),
        sa.Column("gender_code", sa.String(length=8), nullable=False),
        sa.Column("born_on", sa.Date(), nullable=False),
        sa.Column("ethnic_group_code", sa.String(length=8), nullable=False),
        sa.Column("education_code", sa.String(length=8), nullable=False),
        sa.Column("school", sa.String(length=60), nullable=False),
        sa.Column("major", sa.String(length=60), nullable=False),
        sa.Column("graduated_on", sa.Date(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=False),
        sa.Column("exam_category_code", sa.String(length=8), nullable=False),
        sa.Column("qualification_certificate_number", sa.Text(), nullable=True),
        sa.Column("practice_certificate_number", sa.String(length=15), nullable=True),
        sa.Column(
            "conclusion",
            sa.Enum(
                "pending",
                "qualified",
                "unqualified",
                name="conclusion",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("submission_code", sa.String(length=32), nullable=False),
        sa.Column("form_key", sa.String(length=36), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "certificate_type = 'trial' OR (qualification_certificate_number IS NOT NULL AND practice_certificate_number IS NOT NULL)",
            name=op.f("ck_trial_certificates_practice_needs_numbers"),
        ),
        sa.ForeignKeyConstraint(
            ["education_code"],
            ["education_levels.code"],
            name=op.f("fk_trial_certificates_education_code_education_levels"),
        ),
        sa.ForeignKeyConstraint(
            ["ethnic_group_code"],
            ["ethnic_groups.code"],
            name=op.f("fk_trial_certificates_ethnic_group_code_ethnic_groups"),
        ),
        sa.ForeignKeyConstraint(
            ["exam_category_code"],
            ["exam_categories.code"],
            name=op.f("fk_trial_certificates_exam_category_code_exam_categories"),
        ),
        sa.ForeignKeyConstraint(
            ["exam_year"],
            ["exam_cycles.year"],
            name=op.f("fk_trial_certificates_exam_year_exam_cycles"),
        ),
        sa.ForeignKeyConstraint(
            ["gender_code"],
            ["genders.code"],
            name=op.f("fk_trial_certificates_gender_code_genders"),
        ),
        sa.ForeignKeyConstraint(
            ["id_document_code"],
            ["id_document_types.code"],
            name=op.f("fk_trial_certificates_id_document_code_id_document_types"),
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_trial_certificates_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_certificates")),
        sa.UniqueConstraint("form_key", name=op.f("uq_trial_certificates_form_key")),
        sa.UniqueConstraint("submission_code", name=op.f("uq_trial_certificates_submission_code")),
    )
    op.create_index(op.f("ix_trial_certificates_exam_year"), "trial_certificates", ["exam_year"])
    op.create_index(
        op.f("ix_trial_certificates_id_number_index"), "trial_certificates", ["id_number_index"]
    )
    op.create_index(
        op.f("ix_trial_certificates_institution_id"), "trial_certificates", ["institution_id"]
    )
    op.create_index(op.f("ix_trial_certificates_name"), "trial_certificates", ["name"])
    op.create_index(
        op.f("ix_trial_certificates_owner_path_id"), "trial_certificates", ["owner_path", "id"]
    )
    op.create_index(
        op.f("uq_trial_certificates_person_once"),
        "trial_certificates",
        ["institution_id", "exam_year", "certificate_type", "id_number_index"],
        unique=True,
        sqlite_where=sa.text("deleted_at IS NULL"),
        postgresql_where=sa.text("deleted_at IS NULL"),
    )

    op.create_table(
        "licence_departments",
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["medical_departments.code"],
            name=op.f("fk_licence_departments_department_code_medical_departments"),
        ),
        sa.ForeignKeyConstraint(
            ["licence_id"],
            ["licences.id"],
            name=op.f("fk_licence_departments_licence_id_licences"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint(
            "licence_id", "department_code", name=op.f("pk_licence_departments")
        ),
    )
    op.create_table(
        "one_time_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("browser_hash", sa.String(length=64), nullable=False),
        sa.Column("phone_index", sa.String(length=64), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_one_time_codes_administrator_id_administrators"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_one_time_codes")),
    )
    op.create_index(
        op.f("ix_one_time_codes_administrator_id_created_at"),
        "one_time_codes",
        ["administrator_id", "created_at"],
    )
    op.create_index(op.f("ix_one_time_codes_browser_hash"), "one_time_codes", ["browser_hash"])
    op.create_index(op.f("ix_one_time_codes_phone_index"), "one_time_codes", ["phone_index"])

    op.create_table(
        "roster_entries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("roster_id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("submission_code", sa.String(length=32), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("is_living", sa.Boolean(), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["trial_certificates.id"],
            name=op.f("fk_roster_entries_certificate_id_trial_certificates"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_roster_entries_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["roster_id"],
            ["rosters.id"],
            name=op.f("fk_roster_entries_roster_id_rosters"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_entries")),
        sa.UniqueConstraint(
            "roster_id", "position", name=op.f("uq_roster_entries_roster_id_position")
        ),
    )
    op.create_index(op.f("ix_roster_entries_certificate_id"), "roster_entries", ["certificate_id"])
    op.create_index(op.f("ix_roster_entries_institution_id"), "roster_entries", ["institution_id"])
    op.create_index(op.f("ix_roster_entries_owner_path_id"), "roster_entries", ["owner_path", "id"])
    op.create_index(
        op.f("uq_roster_entries_one_living_roster"),
        "roster_entries",
        ["certificate_id"],
        unique=True,
        sqlite_where=sa.text("is_living"),
        postgresql_where=sa.text("is_living"),
    )

    op.create_table(
        "sign_in_sessions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("administrator_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("address", sa.String(length=45), nullable=False),
        sa.Column("device", sa.String(length=200), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["administrator_id"],
            ["administrators.id"],
            name=op.f("fk_sign_in_sessions_administrator_id_administrators"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_sign_in_sessions_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_sessions")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_sessions_token_hash")),
    )
    op.create_index(
        op.f("ix_sign_in_sessions_administrator_id"), "sign_in_sessions", ["administrator_id"]
    )
    op.create_index(
        op.f("ix_sign_in_sessions_institution_id"), "sign_in_sessions", ["institution_id"]
    )
    op.create_index(
        op.f("ix_sign_in_sessions_owner_path_id"), "sign_in_sessions", ["owner_path", "id"]
    )

    op.create_table(
        "submission_codes",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=32), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "current",
                "superseded",
                "voided",
                name="code_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["trial_certificates.id"],
            name=op.f("fk_submission_codes_certificate_id_trial_certificates"),
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_submission_codes_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_submission_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_submission_codes_code")),
    )
    op.create_index(
        op.f("ix_submission_codes_certificate_id"), "submission_codes", ["certificate_id"]
    )
    op.create_index(
        op.f("ix_submission_codes_institution_id"), "submission_codes", ["institution_id"]
    )
    op.create_index(
        op.f("ix_submission_codes_owner_path_id"), "submission_codes", ["owner_path", "id"]
    )

    op.create_table(
        "trial_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("certificate_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("place_id", sa.Integer(), nullable=True),
        sa.Column("place_name", sa.String(length=100), nullable=False),
        sa.Column("department", sa.String(length=60), nullable=False),
        sa.Column("started_on", sa.Date(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=False),
        sa.Column("mentor_name", sa.String(length=28), nullable=False),
        sa.Column("mentor_practice_certificate_number", sa.String(length=15), nullable=False),
        sa.Column("content", sa.String(length=500), nullable=False),
        sa.Column("institution_id", sa.Integer(), nullable=False),
        sa.Column("owner_path", PATH, nullable=False),
        sa.CheckConstraint("ended_on > started_on", name=op.f("ck_trial_periods_end_after_start")),
        sa.ForeignKeyConstraint(
            ["certificate_id"],
            ["trial_certificates.id"],
            name=op.f("fk_trial_periods_certificate_id_trial_certificates"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["institution_id", "owner_path"],
            ["institutions.id", "institutions.path"],
            name=op.f("fk_trial_periods_institution_id_owner_path_institutions"),
            onupdate="CASCADE",
            ondelete="RESTRICT",
        ),
        sa.ForeignKeyConstraint(
            ["place_id"],
            ["institutions.id"],
            name=op.f("fk_trial_periods_place_id_institutions"),
            ondelete="RESTRICT",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial_periods")),
    )
    op.create_index(op.f("ix_trial_periods_certificate_id"), "trial_periods", ["certificate_id"])
    op.create_index(op.f("ix_trial_periods_institution_id"), "trial_periods", ["institution_id"])
    op.create_index(op.f("ix_trial_periods_owner_path_id"), "trial_periods", ["owner_path", "id"])
    op.create_index(op.f("ix_trial_periods_place_id"), "trial_periods", ["place_id"])


def downgrade() -> None:
    """Remove all tables; their indexes go with them."""
    op.drop_table("trial_periods")
    op.drop_table("submission_codes")
    op.drop_table("sign_in_sessions")
    op.drop_table("roster_entries")
    op.drop_table("one_time_codes")
    op.drop_table("licence_departments")
    op.drop_table("trial_certificates")
    op.drop_table("rosters")
    op.drop_table("licences")
    op.drop_table("former_names")
    op.drop_table("administrators")
    op.drop_table("institutions")
    op.drop_table("sign_in_throttles")
    op.drop_table("outbox_messages")
    op.drop_table("medical_departments")
    op.drop_table("institution_levels")
    op.drop_table("institution_grades")
    op.drop_table("institution_categories")
    op.drop_table("id_document_types")
    op.drop_table("genders")
    op.drop_table("exam_cycles")
    op.drop_table("exam_categories")
    op.drop_table("ethnic_groups")
    op.drop_table("education_levels")
    op.drop_table("divisions")
    op.drop_table("counters")
    op.drop_table("captchas")
    op.drop_table("business_ranks")
    op.drop_table("audit_entries")
