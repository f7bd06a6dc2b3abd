"""Checks of the numbers, codes and names that people type into the forms.

Every ``check_*`` function takes the text as typed and either returns a :class:`Checked` with the
normalised value and the doubts a person should look into, or raises
:class:`InvalidIdentifierError` with a Chinese sentence for the user.  The package is pure: no
request, no database, no clock; where the present day matters it is the parameter ``today``.
"""

from __future__ import annotations

from services.identifiers.certificates import (
    PracticeCertificate,
    QualificationCertificate,
    check_practice_certificate,
    check_qualification_certificate,
    parse_practice_certificate,
    parse_qualification_certificate,
)
from services.identifiers.contacts import check_mobile, check_postcode
from services.identifiers.core import Checked, InvalidIdentifierError, normalise
from services.identifiers.documents import IDENTITY_DOCUMENT_CODES, check_identity_document
from services.identifiers.names import check_person_name, check_text
from services.identifiers.organisations import (
    InstitutionRegistration,
    check_institution_code,
    check_institution_registration,
    check_org_code,
    check_uscc,
    format_org_code,
    org_code_with_check_character,
    parse_institution_registration,
    uscc_with_check_character,
)
from services.identifiers.reference import region_known
from services.identifiers.resident import (
    birth_date_of,
    check_foreigner_residence_card,
    check_hmt_residence_permit,
    check_resident_id,
    gender_code_of,
    id_numbers_match,
    resident_id_with_check_character,
)

__all__ = [
    "IDENTITY_DOCUMENT_CODES",
    "Checked",
    "InstitutionRegistration",
    "InvalidIdentifierError",
    "PracticeCertificate",
    "QualificationCertificate",
    "birth_date_of",
    "check_foreigner_residence_card",
    "check_hmt_residence_permit",
    "check_identity_document",
    "check_institution_code",
    "check_institution_registration",
    "check_mobile",
    "check_org_code",
    "check_person_name",
    "check_postcode",
    "check_practice_certificate",
    "check_qualification_certificate",
    "check_resident_id",
    "check_text",
    "check_uscc",
    "format_org_code",
    "gender_code_of",
    "id_numbers_match",
    "normalise",
    "org_code_with_check_character",
    "parse_institution_registration",
    "parse_practice_certificate",
    "parse_qualification_certificate",
    "region_known",
    "resident_id_with_check_character",
    "uscc_with_check_character",
]
