import stat

import pytest

from features.errors import InputError
from models.errors import LedgerError, PromotionError
from models.promotion.people import add_person, people, public_keys, sign, signed


def test_a_person_gets_a_key_that_only_its_owner_reads(tmp_path):
    person = add_person(tmp_path, "李 明")
    key = tmp_path / "people" / "李 明.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert stat.S_IMODE(key.parent.stat().st_mode) == 0o700
    assert people(tmp_path) == (person,)


def test_a_name_has_one_key(home):
    before = (home / "people" / "Ada.key").read_bytes()
    with pytest.raises(InputError, match="has a key"):
        add_person(home, "Ada")
    assert (home / "people" / "Ada.key").read_bytes() == before


@pytest.mark.parametrize("name", ["ada", "ADA", "Ａda"])
def test_a_name_that_reads_the_same_is_the_same_person(home, name):
    with pytest.raises(InputError, match="'Ada' has a key"):
        add_person(home, name)


@pytest.mark.parametrize("name", ["", "../Eve", "a/b", ".Eve", "Eve.", "-", "x" * 65, "a\nb", "a\0b"])
def test_a_name_is_not_a_path(tmp_path, name):
    with pytest.raises(InputError, match="cannot name"):
        add_person(tmp_path, name)


def test_a_signature_is_its_persons_and_its_messages(home):
    signature, keys = sign(home, "Ada", b"yes"), public_keys(home)
    assert signed(keys["Ada"], b"yes", signature)
    assert not signed(keys["Ada"], b"no", signature)
    assert not signed(keys["Ben"], b"yes", signature)
    assert not signed(keys["Ada"], b"yes", "not base64")


def test_a_key_that_others_can_read_signs_nothing(home):
    (home / "people" / "Ada.key").chmod(0o644)
    with pytest.raises(PromotionError, match="chmod 600"):
        sign(home, "Ada", b"yes")


def test_a_stranger_may_not_sign_and_reads_how_to(home):
    with pytest.raises(PromotionError, match="people add 'Eve'"):
        sign(home, "Eve", b"yes")


def test_a_private_key_under_anothers_name_is_refused(home):
    (home / "people" / "Ada.key").replace(home / "people" / "Ben.key")
    with pytest.raises(PromotionError, match="does not belong"):
        sign(home, "Ben", b"yes")


def test_a_public_key_under_anothers_name_is_refused(home):
    (home / "people" / "Ada.pub").rename(home / "people" / "Eve.pub")
    with pytest.raises(LedgerError, match="another person"):
        people(home)


def test_a_private_key_may_be_kept_on_another_medium(home, tmp_path):
    key = home / "people" / "Ada.key"
    key.symlink_to(key.rename(tmp_path / "medium"))
    assert signed(public_keys(home)["Ada"], b"yes", sign(home, "Ada", b"yes"))
    (tmp_path / "medium").unlink()
    with pytest.raises(PromotionError, match="Sign where it is kept"):
        sign(home, "Ada", b"yes")


def test_a_damaged_private_key_is_refused(home):
    (home / "people" / "Ada.key").write_text("not a key")
    with pytest.raises(PromotionError, match="is not a private key"):
        sign(home, "Ada", b"yes")
