"""Encryption of personal data: what the database holds, and what does not decrypt."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.encryption import DecryptionError, Keyring

COLUMN = "trial_certificates.id_number"
ring = Keyring("k" * 40)


@given(st.text())
def test_what_is_encrypted_comes_back(text):
    envelope = ring.encrypt(text, COLUMN)

    assert ring.decrypt(envelope, COLUMN) == text


def test_equal_texts_have_unequal_envelopes_and_equal_indexes():
    first, second = (ring.encrypt("42222219900101123X", COLUMN) for _ in range(2))

    assert first != second
    assert "42222219900101123X" not in first
    assert ring.blind_index("a", COLUMN) == ring.blind_index("a", COLUMN)


def test_an_envelope_does_not_decrypt_in_another_column():
    envelope = ring.encrypt("13800138000", "administrators.phone")

    with pytest.raises(DecryptionError):
        ring.decrypt(envelope, COLUMN)


def test_another_key_neither_decrypts_nor_finds():
    other = Keyring("o" * 40)

    with pytest.raises(DecryptionError):
        other.decrypt(ring.encrypt("a", COLUMN), COLUMN)
    assert other.blind_index("a", COLUMN) != ring.blind_index("a", COLUMN)


@pytest.mark.parametrize("damage", ["", "v1", "v1.x", "v1.{kid}.!!!!", "v1.{kid}.AAAA"])
def test_a_damaged_envelope_is_an_error_that_does_not_quote_it(damage):
    envelope = damage.replace("{kid}", ring.key_id)

    with pytest.raises(DecryptionError) as error:
        ring.decrypt(envelope, COLUMN)

    assert COLUMN in str(error.value)


def test_every_flipped_character_of_the_ciphertext_is_noticed():
    envelope = ring.encrypt("42222219900101123X", COLUMN)
    body = envelope.rindex(".") + 1
    for at in range(body, len(envelope) - 1):
        flipped = "A" if envelope[at] != "A" else "B"
        with pytest.raises(DecryptionError):
            ring.decrypt(envelope[:at] + flipped + envelope[at + 1 :], COLUMN)


def test_indexes_of_two_columns_differ():
    assert ring.blind_index("a", COLUMN) != ring.blind_index("a", "administrators.phone")


@given(st.binary(max_size=200))
def test_sealed_bytes_come_back_for_their_own_name_only(data):
    sealed = ring.seal(data, "files/a/")

    assert ring.unseal(sealed, "files/a/") == data
    for name in ("files/b/", ""):
        with pytest.raises(DecryptionError):
            ring.unseal(sealed, name)
    with pytest.raises(DecryptionError):
        Keyring("o" * 40).unseal(sealed, "files/a/")


def test_every_changed_byte_of_a_sealed_file_is_noticed():
    sealed = ring.seal(b"scan", "files/a/")
    for at in range(len(sealed)):
        changed = sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :]
        with pytest.raises(DecryptionError):
            ring.unseal(changed, "files/a/")
        with pytest.raises(DecryptionError):
            ring.unseal(sealed[:at], "files/a/")
