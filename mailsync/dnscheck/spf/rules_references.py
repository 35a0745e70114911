"""Includes and redirects of an SPF record that cannot be used: each breaks the whole evaluation. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text, advice
from mailsync.dnscheck.lookup import Failure
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.mend import corrected
from mailsync.dnscheck.spf.published import Published
from mailsync.dnscheck.spf.survey import SurveyedRecord, SurveyedTerm


def reference_findings(published: Published) -> Iterator[Finding]:
    """Includes and redirects whose target cannot be used: each makes receivers answer permerror."""
    for record in published.root.reachable():
        for term in record.terms:
            if term.loop:
                yield _loop(published, record, term)
            elif term.below and term.reached and not isinstance(term.below.answer, Failure):
                yield from _unusable(published, record, term, term.below)


def _loop(published: Published, record: SurveyedRecord, term: SurveyedTerm) -> Finding:
    return published.finding(
        "spf.loop",
        Severity.CRITICAL,
        f"{record.domain}: {term.term}",
        Text(
            ru=f"`{term.term}` возвращается к записи, из которой пришёл: получатели ответят permerror.",
            en=f"`{term.term}` comes back to the record it started from: receivers answer permerror.",
        ),
        _remove(published, record),
        "4.6.4",
    )


def _unusable(
    published: Published, record: SurveyedRecord, term: SurveyedTerm, target: SurveyedRecord
) -> Iterator[Finding]:
    if target.error:
        identifier, seen = "spf.syntax", f"{target.domain}: {target.shown}"
        ru, en = (
            f"в записи {target.domain} ошибка: `{target.error.term}`",
            f"the record of {target.domain} has a fault: {target.error}",
        )
    elif len(target.texts) > 1:
        identifier, seen = "spf.multiple", f"{target.domain}: {target.shown}"
        ru, en = f"у {target.domain} несколько записей SPF", f"{target.domain} has several SPF records"
    elif not target.texts:
        identifier, seen = "spf.include-none", f"{term.term}: {target.answer}"
        ru, en = f"у {target.domain} нет записи SPF", f"{target.domain} has no SPF record"
    else:
        return
    yield published.finding(
        identifier,
        Severity.CRITICAL,
        seen,
        Text(
            ru=f"`{term.term}` ломает всю проверку (permerror): {ru}.",
            en=f"`{term.term}` breaks the whole evaluation (permerror): {en}.",
        ),
        _remove(published, record) if not target.texts else _tell_owner(target),
        "6.1" if isinstance(term.term, terms.Redirect) else "5.2",
    )


def _remove(published: Published, record: SurveyedRecord) -> Remedy:
    """Take the term away, where it is ours to take."""
    if record is not published.root:
        return _tell_owner(record)
    return corrected(published, "Исправьте имя или уберите ссылку.", "Correct the name or remove the reference.")


def _tell_owner(record: SurveyedRecord) -> Remedy:
    return advice(
        f"Ошибка в записи {record.domain}: сообщите владельцу или уберите ссылку на неё.",
        f"The fault is in the record of {record.domain}: tell its owner, or remove the reference to it.",
    )
