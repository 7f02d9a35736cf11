"""Vectors of dingtalk.md section 8.1 against the callback envelope: the vendor's own and those of dingtalk-sdk."""

import pytest

from sandbox.core.envelope import CryptoError, decode_key, decrypt_message, encrypt_message, sign, verify

# (token, aesKey, owner, timestamp, nonce, signature, encrypt, plain): published by the vendor
OFFICIAL = [
    (
        "123456",
        "1234567890123456789012345678901234567890123",
        "dingsnotzck6pm5veliw",
        "1614767836",
        "A7Co0cJLMzIDtMMI",
        "9a95a004dd16f5c307e849b994173f76aa26e5eb",
        "YvkvaGe4hQxd3VxRmEty0dVlnCOAqwf56xwTRHDHoOURqhalbmBJQk5FNcRk42Gl5T0YQXZNwpwWSm1xAFJ5ZA==",
        "success",
    ),
    (
        "123456",
        "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij",
        "suite4xxxxxxxxxxxxxxx",
        "1445827045067",
        "nEXhMP4r",
        "5a65ceeef9aab2d149439f82dc191dd6c5cbe2c0",
        (
            "1a3NBxmCFwkCJvfoQ7WhJHB+iX3qHPsc9JbaDznE1i03peOk1LaOQoRz3+nlyGNhwmwJ3vDMG+OzrHMeiZI7gTRWVdUBmfxjZ8Ej"
            "23JVYa9VrYeJ5as7XM/ZpulX8NEQis44w53h1qAgnC3PRzM7Zc/D6Ibr0rgUathB6zRHP8PYrfgnNOS9PhSBdHlegK+AGGanfwjX"
            "uQ9+0pZcy0w9lQ=="
        ),
        '{"EventType":"check_create_suite_url","Random":"LPIdSnlF","TestSuiteKey":"suite4xxxxxxxxxxxxxxx"}',
    ),
    (
        "mryue",
        "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7",
        "ding6ccabc44d2c8d38b",
        "1608001896814",
        "WL4PK6yA",
        "03044561471240d4a14bb09372dfcfd4fd0e40cb",
        (
            "0vJiX6vliEpwG3U45CtXqi+m8PXbQRARJ8p8BbDuD1EMTDf0jKpQ79QS93qEk7XHpP6u+oTTrd15NRPvNvmBKyDCYxxOK+HZeKju"
            "4yhELOFchzNukR+t8SB/qk4ROMu3"
        ),
        '{"EventType":"check_url"}',
    ),
]
TOKEN, KEY, OWNER = "hubSandboxTok01", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "dingsandboxappkey001"
# (plain, timestamp, nonce, signature, encrypt): made by dingtalk-sdk 1.3.8 with 16 fixed leading bytes
MADE = [
    (
        "success",
        "1700000000000",
        "nonceAAAA0000001",
        "d62f3c2c9bcc2ae2a5a20d1854a9807c5bbf4ed4",
        "Q3stYC6hdFzMh9T8HCvyDDVB8nYie0nnKONkIDibUiS9GHm7l5CvEMfiDvgAgat1prPogGnxXIrelyu9pDDWSQ==",
    ),
    (
        '{"EventType":"check_url"}',
        "1700000000001",
        "nonceAAAA0000002",
        "927a79881a24d6bde1d333eba44a5d05cc56f414",
        (
            "Q3stYC6hdFzMh9T8HCvyDLV8JeomtQuxZLosYEI28mjzSD5UpK2hp0QUc4H6M/N5HESUimzf+VqY4Uv0y//Z21j0cEi0+LPCF8Ev"
            "GKsG+VDcXE4SlN5vmSGxJc9UvbCi"
        ),
    ),
    (
        ('{"EventType":"user_add_org","TimeStamp":"1700000000002","UserId":["user01"],"CorpId":"dingsandboxcorp"}'),
        "1700000000002",
        "nonceAAAA0000003",
        "796f3c13eb6efb5c3bd8db63335c7578e36b65ff",
        (
            "Q3stYC6hdFzMh9T8HCvyDOgcCC3eVNcoHG/iybQ3dn/im7SzeV94N6GHwgmxODqTyZOdpCz7bCzZEfXq0JStOyDUOvD2hEHwBXJS"
            "+lx3+PiSgEA/0VfMNjRai8ftIJ2V9CbHYz+PwbIQdTUtsXJGypp9E+ufTotcjPqLbpMieHkuNVlYC/Ken6a3TygA17MdpIHAYKT/"
            "z7j3/om7NYWeNA=="
        ),
    ),
    (
        '{"EventType":"bpms_instance_change","title":"张三的合同审批","type":"finish","result":"agree"}',
        "1700000000003",
        "nonceAAAA0000004",
        "bf26029e839494db302cd385b28b84ee71245988",
        (
            "Q3stYC6hdFzMh9T8HCvyDHXTl/Pojb68D81Lo9gMbWeLowuP0sZFNMiMX009AeJN0MowcU/TUZ8vPJCv789xd52qZdS/M4VoZwfm"
            "2tJLMJuNN7pDuR8OAwI0cytWEkDKzrZ0E99gJ6Pophkh6lvT86CzUh0GkeHsVvpedvvjODRmagfjhW4WkesrM9kQw7TsrRyVtseB"
            "tVujYzzwPmds/A=="
        ),
    ),
]


@pytest.mark.parametrize("vector", OFFICIAL, ids=["stream-push", "create-suite", "check-url"])
def test_the_vendors_vectors_open(vector: tuple[str, ...]) -> None:
    token, key, owner, timestamp, nonce, signature, encrypt, plain = vector
    verify(token, signature, timestamp=timestamp, nonce=nonce, encrypt=encrypt)
    assert decrypt_message(key, encrypt, owner).decode() == plain


@pytest.mark.parametrize("vector", MADE, ids=["success", "check-url", "user", "chinese"])
def test_what_is_made_here_is_what_the_sdk_makes(vector: tuple[str, ...]) -> None:
    plain, timestamp, nonce, signature, encrypt = vector
    assert encrypt_message(KEY, plain.encode(), OWNER, random16=b"0123456789abcdef") == encrypt
    assert sign(TOKEN, timestamp, nonce, encrypt) == signature


def test_the_key_and_the_wrong_owner() -> None:
    assert decode_key(KEY).hex() == "69b71d79f8218a39259a7a29aabb2dbafc31cb3d35db7e39ebbf3d0010831051"
    with pytest.raises(CryptoError) as caught:
        decrypt_message(KEY, MADE[0][4], "dingsandboxcorp")
    assert caught.value.code == -40005


def test_line_breaks_in_base64_only_where_allowed() -> None:
    wrapped = MADE[0][4][:30] + "\n" + MADE[0][4][30:]
    assert decrypt_message(KEY, wrapped, OWNER, wrapped=True) == b"success"
    with pytest.raises(CryptoError):
        decrypt_message(KEY, wrapped, OWNER)
