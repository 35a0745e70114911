"""Why receivers see no SPF record at a domain, or see more than one."""

from __future__ import annotations

from mailsync.dnscheck.finding import Finding, Remedy, Severity, Text, advice
from mailsync.dnscheck.lookup import Records, Resolver, ask, readable
from mailsync.dnscheck.spf import terms
from mailsync.dnscheck.spf.correct import correct
from mailsync.dnscheck.spf.mend import mended
from mailsync.dnscheck.spf.parse import SpfSyntaxError, is_spf
from mailsync.dnscheck.spf.published import Published, as_include, enter_text, is_all, recommended
from mailsync.dnscheck.spf.survey import SurveyedRecord, survey_instead
from mailsync.dnscheck.subject import Subject


async def explain_absence(
    subject: Subject, root: SurveyedRecord, resolver: Resolver, provider: str | None
) -> list[Finding]:
    """Findings for an answered domain without one usable record: several, a broken one, a hidden one, or none."""
    if len(root.texts) > 1:
        return [_multiple(subject, root, await _sound(subject, root, _merged(root.texts), resolver, provider))]
    if root.error:
        better = correct(root.texts[0])
        record = await _sound(subject, root, better.record, resolver, provider) if better else None
        return [_syntax(subject, root, root.error, record, better.dropped if better else ())]
    hidden = [text for text in _texts(root) if is_spf(text.lstrip(b" \t\"'"))]
    if hidden:
        return [_leading_space(subject, text) for text in hidden]
    return [await _missing(subject, root, resolver, provider)]


def _texts(root: SurveyedRecord) -> tuple[bytes, ...]:
    return root.answer.texts if isinstance(root.answer, Records) else ()


async def _sound(
    subject: Subject, root: SurveyedRecord, record: terms.Record, resolver: Resolver, provider: str | None
) -> terms.Record:
    """The record less what would be found at fault as soon as it were published."""
    return mended(Published(subject, await survey_instead(root, record, resolver), provider))


def _multiple(subject: Subject, root: SurveyedRecord, merged: terms.Record) -> Finding:
    return _finding(
        subject,
        "spf.multiple",
        root.shown,
        Text(
            ru=f"Записей SPF {len(root.texts)}, допустима одна: получатели ответят permerror.",
            en=f"There are {len(root.texts)} SPF records, one is allowed: receivers answer permerror.",
        ),
        enter_text(
            subject,
            str(merged),
            "Объедините их в одну, остальные удалите.",
            "Merge them into one and delete the rest.",
        ),
        "4.5",
    )


def _merged(texts: tuple[bytes, ...]) -> terms.Record:
    """One record that allows all that each of them was meant to allow."""
    corrections = [correct(text) for text in texts]
    merged = [as_include(term) for each in corrections if each for term in each.record.terms if not is_all(term)]
    return terms.Record((*dict.fromkeys(merged), terms.Directive("~", terms.All())))


def _syntax(
    subject: Subject,
    root: SurveyedRecord,
    error: SpfSyntaxError,
    better: terms.Record | None,
    dropped: tuple[str, ...],
) -> Finding:
    return _finding(
        subject,
        "spf.syntax",
        root.shown,
        Text(
            ru=f"Ошибка в записи, позиция {error.position + 1}: `{error.term}`. Получатели ответят permerror.",
            en=f"A fault at position {error.position + 1}: `{error.term}`, {error.message}. The result is permerror.",
        ),
        _correction(subject, error, better, dropped),
        "4.6",
    )


def _correction(
    subject: Subject, error: SpfSyntaxError, better: terms.Record | None, dropped: tuple[str, ...]
) -> Remedy:
    if better is None:
        return advice(f"Исправьте или уберите `{error.term}`.", f"Correct or remove `{error.term}`.")
    if not dropped:
        return enter_text(subject, str(better), "Исправленная запись:", "The corrected record:")
    lost = " ".join(dropped)
    return enter_text(
        subject,
        str(better),
        f"Впишите то, что имелось в виду под `{lost}`, или уберите; без этого запись такая:",
        f"Enter what `{lost}` was meant to be, or remove it; without it the record is:",
    )


def _leading_space(subject: Subject, text: bytes) -> Finding:
    shown = readable(text)
    return _finding(
        subject,
        "spf.leading-space",
        f"[{shown}]",
        Text(
            ru="Текст начинается с пробела или кавычки: получатели не считают его записью SPF.",
            en="The text begins with a blank or a quote: receivers do not take it for an SPF record.",
        ),
        enter_text(subject, shown.strip(" \t\"'"), "Введите заново без кавычек.", "Type it again without quotes."),
        "4.5",
    )


async def _missing(subject: Subject, root: SurveyedRecord, resolver: Resolver, provider: str | None) -> Finding:
    elsewhere = await _elsewhere(subject.domain, resolver)
    why = Text(
        ru="Записи SPF нет: кто вправе отправлять от имени домена, никому не известно, Gmail и другие могут отвергать.",
        en="There is no SPF record: nobody knows who may send as the domain, Gmail and others may refuse its mail.",
    )
    if not elsewhere:
        remedy = enter_text(subject, recommended(provider), "Добавьте запись.", "Add the record.")
        return _finding(subject, "spf.missing", str(root.answer), why, remedy, "3")
    name, text = elsewhere
    shown = readable(text)
    remedy = enter_text(
        subject,
        shown,
        f"Запись стоит не на месте, на {name}: перенесите её на имя самого домена.",
        f"The record is in the wrong place, at {name}: move it to the domain's own name.",
    )
    return _finding(subject, "spf.missing", f"{root.answer}; {name}: {shown}", why, remedy, "3")


async def _elsewhere(domain: str, resolver: Resolver) -> tuple[str, bytes] | None:
    """An SPF record at `www`, or at the doubled name that panels make of a full one."""
    for name in (f"www.{domain}", f"{domain}.{domain}"):
        answer = await ask(resolver, name, "TXT")
        found = [text for text in answer.texts if is_spf(text)] if isinstance(answer, Records) else []
        if found:
            return name, found[0]
    return None


def _finding(subject: Subject, identifier: str, seen: str, why: Text, remedy: Remedy, section: str) -> Finding:
    return Finding(identifier, Severity.CRITICAL, subject.domain, seen, why, remedy, f"RFC 7208, {section}")
