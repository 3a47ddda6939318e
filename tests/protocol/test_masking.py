"""What nobody may read is masked before it is stored."""

import json

from voltaro.protocol.masking import mask


def test_a_key_code_never_reaches_the_journal():
    frame = '[2,"1","Authorize",{"idToken":{"idToken":"1234","type":"KeyCode"}}]'

    masked = mask(frame)

    assert "1234" not in masked
    assert json.loads(masked)[3]["idToken"] == {"idToken": "***", "type": "KeyCode"}


def test_an_escape_does_not_hide_a_key_code():
    frame = r'[2,"1","Authorize",{"idToken":{"idToken":"1234","type":"Key\u0043ode"}}]'

    assert "1234" not in mask(frame)


def test_a_broken_frame_with_a_key_code_is_masked_whole():
    assert mask('[2,"1","Authorize",{"idToken":"1234","type":"KeyCode"') == "***"


def test_a_frame_without_secrets_stays_as_it_came():
    frame = '[2, "1", "Heartbeat", {} ]'

    assert mask(frame) is frame
