"""The words of the pages that need no script, in English and German."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Words:
    """What the pages say, in one language."""

    language: str
    sign_in: str
    sign_out: str
    not_ours: str
    name: str
    password: str
    new_password: str
    again: str
    rule: str
    save: str
    nobody_yet: str
    in_the_clear: str
    welcome: str
    welcome_more: str
    reset: str
    reset_more: str
    link_over: str
    link_over_more: str
    wrong: str
    form_expired: str
    bad_name: str
    bad_password: str
    not_the_same: str
    too_many: str
    too_many_more: str
    unavailable: str
    unavailable_more: str


ENGLISH = Words(
    language="en",
    sign_in="Sign in",
    sign_out="Sign out",
    not_ours="You are still signed in: this did not come from a page of Voltaro.",
    name="Name",
    password="Password",  # noqa: S106  a label
    new_password="New password",  # noqa: S106  a label
    again="The same again",
    rule="At least 10 characters",
    save="Save and sign in",
    nobody_yet="Nobody has an account yet. Open the link that voltaro serve printed when it started.",
    in_the_clear="This connection is not encrypted: others in the network can read the password.",
    welcome="Welcome",
    welcome_more="Choose a name and a password. You will be the first administrator.",
    reset="Choose a password",
    reset_more="With it you sign in from now on; where you are signed in now, that ends.",
    link_over="This link no longer works",
    link_over_more="It was used, replaced or has expired. A new one comes from an administrator; the one"
    " for the first administrator is printed when the server starts.",
    wrong="Name or password is wrong.",
    form_expired="Please try again: this form was open for too long.",
    bad_name="This name cannot be used: it is taken, or has other characters than letters, digits,"
    " blanks and .@+-_",
    bad_password="A password has at least 10 characters and is not the name.",  # noqa: S106
    not_the_same="The two passwords are not the same.",
    too_many="Too many attempts",
    too_many_more="Please wait for {seconds} seconds and try again.",
    unavailable="Not possible right now",
    unavailable_more="The database does not answer. Please try again in a moment.",
)
GERMAN = Words(
    language="de",
    sign_in="Anmelden",
    sign_out="Abmelden",
    not_ours="Sie sind noch angemeldet: Das kam nicht von einer Seite von Voltaro.",
    name="Name",
    password="Passwort",  # noqa: S106  a label
    new_password="Neues Passwort",  # noqa: S106  a label
    again="Noch einmal dasselbe",
    rule="Mindestens 10 Zeichen",
    save="Speichern und anmelden",
    nobody_yet="Es gibt noch kein Konto. Öffnen Sie den Link, den voltaro serve beim Start ausgegeben hat.",
    in_the_clear="Diese Verbindung ist nicht verschlüsselt: Andere im Netz können das Passwort lesen.",
    welcome="Willkommen",
    welcome_more="Wählen Sie einen Namen und ein Passwort. Sie werden der erste Administrator.",
    reset="Passwort wählen",
    reset_more="Damit melden Sie sich künftig an; bestehende Anmeldungen enden.",
    link_over="Dieser Link gilt nicht mehr",
    link_over_more="Er wurde benutzt, ersetzt oder ist abgelaufen. Einen neuen gibt es beim Administrator;"
    " den für den ersten Administrator gibt der Server beim Start aus.",
    wrong="Name oder Passwort ist falsch.",
    form_expired="Bitte noch einmal: Dieses Formular war zu lange offen.",
    bad_name="Dieser Name geht nicht: Er ist vergeben oder hat andere Zeichen als Buchstaben, Ziffern,"
    " Leerzeichen und .@+-_",
    bad_password="Ein Passwort hat mindestens 10 Zeichen und ist nicht der Name.",  # noqa: S106
    not_the_same="Die beiden Passwörter sind nicht gleich.",
    too_many="Zu viele Versuche",
    too_many_more="Bitte {seconds} Sekunden warten und dann noch einmal versuchen.",
    unavailable="Gerade nicht möglich",
    unavailable_more="Die Datenbank antwortet nicht. Bitte gleich noch einmal versuchen.",
)

_LANGUAGES = {words.language: words for words in (ENGLISH, GERMAN)}


def words_for(accept_language: str) -> Words:
    """The language that is liked better, English where none of ours is (RFC 9110 §12.5.4)."""
    liked: dict[str, float] = {}
    for each in accept_language.split(","):
        tag, _, weight = each.partition(";")
        language = tag.strip().lower().partition("-")[0]
        if language in _LANGUAGES:
            liked.setdefault(language, _weight(weight))
    # Of equals max() takes the one that was named first.
    best = max(liked, key=liked.__getitem__, default="en")
    return _LANGUAGES[best if liked.get(best) else "en"]


def _weight(text: str) -> float:
    found = re.fullmatch(r"\s*q=(\d(?:\.\d{0,3})?)\s*", text)
    return float(found[1]) if found else 1.0
