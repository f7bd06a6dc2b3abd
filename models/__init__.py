"""The mapped classes. Importing this package registers all of them."""

from __future__ import annotations

from models.account_batch import AccountBatch
from models.administrator import AccountRole, Administrator, AuthMethod
from models.audit_entry import AuditEntry, AuditResult
from models.base import Base, LabelledEnum, Owned, label_of, utc_now
from models.certificate_doubt import CertificateDoubt, Doubt
from models.certificate_draft import CertificateDraft
from models.certificate_review import CertificateReview, ReviewResult, VerificationStatus
from models.challenge import (
    Captcha,
    KeyChallenge,
    OneTimeCode,
    PasswordHandover,
    PendingSignIn,
    SignInThrottle,
)
from models.exam_cycle import EntryExtension, ExamCycle, ExamLaw
from models.factor import FormerPassword, RecoveryCode, SecurityKey, TotpSecret
from models.grid_preference import GridPreference
from models.import_batch import ImportBatch, ImportState, ImportSubject
from models.institution import FormerName, Institution, InstitutionKind, InstitutionName
from models.job import Job, JobKind, JobState
from models.licence import Licence, LicenceDepartment, LicenceScan
from models.numbering import Counter
from models.outbox_message import OutboxMessage
from models.reference import (
    BusinessRank,
    Division,
    EducationLevel,
    EthnicGroup,
    ExamCategory,
    Gender,
    IdDocumentType,
    InstitutionCategory,
    InstitutionGrade,
    InstitutionLevel,
    MedicalDepartment,
)
from models.roster import Roster, RosterEntry, RosterState
from models.roster_scan import RosterScan
from models.scan import ScanType
from models.security_policy import PasswordProfile, SecurityPolicy
from models.sign_in_session import SignInSession
from models.trial_certificate import (
    CertificateState,
    CertificateType,
    CodePrint,
    CodeState,
    Conclusion,
    SubmissionCode,
    TrialCertificate,
    TrialPeriod,
)

__all__ = [
    "AccountBatch",
    "AccountRole",
    "Administrator",
    "AuditEntry",
    "AuditResult",
    "AuthMethod",
    "Base",
    "BusinessRank",
    "Captcha",
    "CertificateDoubt",
    "CertificateDraft",
    "CertificateReview",
    "CertificateState",
    "CertificateType",
    "CodePrint",
    "CodeState",
    "Conclusion",
    "Counter",
    "Division",
    "Doubt",
    "EducationLevel",
    "EntryExtension",
    "EthnicGroup",
    "ExamCategory",
    "ExamCycle",
    "ExamLaw",
    "FormerName",
    "FormerPassword",
    "Gender",
    "GridPreference",
    "IdDocumentType",
    "ImportBatch",
    "ImportState",
    "ImportSubject",
    "Institution",
    "InstitutionCategory",
    "InstitutionGrade",
    "InstitutionKind",
    "InstitutionLevel",
    "InstitutionName",
    "Job",
    "JobKind",
    "JobState",
    "KeyChallenge",
    "LabelledEnum",
    "Licence",
    "LicenceDepartment",
    "LicenceScan",
    "MedicalDepartment",
    "OneTimeCode",
    "OutboxMessage",
    "Owned",
    "PasswordHandover",
    "PasswordProfile",
    "PendingSignIn",
    "RecoveryCode",
    "ReviewResult",
    "Roster",
    "RosterEntry",
    "RosterScan",
    "RosterState",
    "ScanType",
    "SecurityKey",
    "SecurityPolicy",
    "SignInSession",
    "SignInThrottle",
    "SubmissionCode",
    "TotpSecret",
    "TrialCertificate",
    "TrialPeriod",
    "VerificationStatus",
    "label_of",
    "utc_now",
]
