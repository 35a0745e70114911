"""Items out of flowing sentences: «нужны два патрона 7100-0035 и масло И-20А 20 л»."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.reading.order.contact.company import company_spans
from mailsync.reading.order.items.goods import is_goods, noun_head
from mailsync.reading.order.items.intent import asks, mentions, only_asks_advice, refuses, without_replaced
from mailsync.reading.order.items.nominative import to_nominative
from mailsync.reading.order.items.phrase import Phrase, read_phrase
from mailsync.reading.order.items.quantity import find_quantities

_ABBREVIATED = re.compile(
    r"(?:(?<![\wа-яё])(?:шт|компл|к-т|уп|упак|зав|сер|ном|г|гг|т|тел|моб|доб|ул|д|им|пр|просп|пер|обл|р|руб|коп|кат|арт|черт|обозн|поз|п|пп|рис|см|мм|др|проч|инж|гл|зам|дир|нач|стр|оф|корп|мод|м|тип|исп|диам|кв|эл|ст|изм|ед|кол|в|с|е|т\.д|т\.п|в\.ч|и\.о|[А-ЯЁ]))\.$",
    re.IGNORECASE,
)
_END = re.compile(r"[.!?](?=\s|$)|\n")
_GREETING = re.compile(
    r"^(?:[А-ЯЁ][а-яё]+(?:\s[А-ЯЁ][а-яё]+)?,\s*)?(?:добр\w{2,4}\s+(?:день|утро|вечер|времени\s+суток)|здравствуйте|приветствую\w?|привет|доброго\s+времени(?:\s+суток)?|уважаем\w{2,4}\s+[^!,.]{2,60})(?:\s?,\s?(?:[А-ЯЁ][а-яё]+(?:\s[А-ЯЁ][а-яё]+)?|коллеги))?\s*[!,.]*\s*",
    re.IGNORECASE,
)
_NOTHING = "сч[её]т\\w{0,2}|кп|коммерческ\\w{2,3}\\s+предложени\\w|предложени\\w|цен[уаы]|стоимост\\w|наличи\\w|срок\\w{0,2}|поставк\\w|отгрузк\\w|расч[её]т\\w{0,2}|возможност\\w|сро\\w{1,3}|условия|информаци\\w|прайс\\w{0,2}|договор|спецификаци\\w|заявк\\w|заказ\\w{0,2}|запрос\\w{0,2}|потребност\\w|просчет|просчёт"
_LEAD = re.compile(
    rf"^.{{0,160}}?(?<![\wа-яё])(?:{_NOTHING})(?:\s+(?:на\s+оплату|поставки|и|,|сроки|срок|наличия|наличие|стоимость|стоимости|цену|цены|оплаты|в\s+наш\s+адрес|изготовления|приобретения|покупки|продажи)){{0,6}}\s*(?:,\s*(?:пожалуйста|пжл|плиз|плз)\s*,?\s*)?\s*(?:на|за|для|по|из|:|—|–|-|,)?\s*(?:следующ\w{{2,3}}\s+(?:позици\w{{1,2}}|запчаст\w{{1,2}}|детал\w{{1,2}}|товар\w{{0,2}}|инструмент\w{{0,2}}|комплектующ\w{{2,3}})\s*:?\s*)?",
    re.IGNORECASE,
)
_ASKING_WORDS = re.compile(
    r"(?<![\wа-яё])(?:про(?:шу|сим)(?:\s+вас)?|просьба|пожалуйста|пожалуйста|плиз|пжл|нам|мне|нас|меня|у\s+вас|вас|вы|вам|так\s?же|также|ещ[её]|хотел\w{0,2}\s+бы|хотим|хочу|можете\s+ли(?:\s+вы)?|можно(?:\s+ли)?|готовы|планируем|срочно|очень|необходим[аоы]?|необходимо|нуж[её]н|нужн[аоы]|понадоб\w{2,6}|надо|"
    r"требу[ею]тся|интересу[ею]т|заинтересован\w{0,2}|закаж\w{1,4}|заказать|заказыва\w{2,4}|куп(?:ить|им|лю)|приобре(?:сти|т[её]м)|закуп(?:ить|аем|им)|бер[уё]м?|возьм[уе]м?|взять|добав(?:ьте|ить|им|ляем)|включите|(?:вы|по)ставьте|выставить|поставить|отгрузить|отгрузите|(?:по|рас|про)?считайте|"
    r"рассчита(?:йте|ть)|посчитать|просчитать|подготовить|подготовьте|пришлите|прислать|направ(?:ьте|ить)|вышлите|выслать|скиньте|дать|дайте|предложить|предложите|подберите|подобрать|отложите|зарезервируйте|сообщ(?:ите|ить)|указать|укажите|сориентируйте|подскажите|подсказать|напишите|уточните|уточнить|"
    r"сколько\s+(?:стоит|стоят|будет\s+стоить|будут\s+стоить)|почем|какая\s+цена|цен[уаы]\s+(?:на|за)|(?:есть|имеется|имеются)(?:\s+ли)?(?:\s+(?:у\s+вас|в\s+наличии))?|ли|в\s+наличии|ищем|ищу|рассмотреть|рассматриваем|приобретение|приобретения|покупку|покупки|поставку|оформ(?:ить|ите|ляем)|докупить|"
    r"ему|к\s+нему|к\s+ней|к\s+ним|туда\s+же|сразу|всё|все\s+это|тогда|в\s+таком\s+случае|значит|ок|хорошо|да|нет|и\s+ещё|согласны\s+на|бы)(?![\wа-яё])[,:]?",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r"(?:,(?!\d)|;|:(?=\s)|\s+(?:и|а\s+также|плюс|\+|а\s+ещ[её]|да\s+ещ[её]|,\s*и)\s+|(?<=шт)\.\s+|\.\s+(?=[А-ЯЁ])|\s+[–/]\s+(?=[а-яё]{4}))"
)
_ATTRIBUTE_START = re.compile(
    r"^(?:в\s+сборе|для|с|со|без|под|на|от|из|по|до|при|диаметр\w{0,3}|диам|длин\w{1,3}|ширин\w{1,3}|высот\w{1,2}|размер\w{0,3}|класс\w{0,3}|точност\w{0,2}|модул\w{0,2}|гост|ту|ост|арт\w{0,6}|черт\w{0,4}|кат\w{0,8}|номер|обозначени\w|№|код|тип\w{0,2}|марк\w|мод\w{0,3}|исполнени\w|"
    r"рмц|зав\w{0,6}|сер\w{0,6}|s/n|ф\d|d\s?=?\d|z\s?=|m\s?=|l\s?=|нов\w{2,3}|оригинал\w{0,4}|производств\w|желательно|можно|если|которы\w|котор\w{2,3}|который|либо|или|не\s+хуже|цена|прав\w{2,3}|лев\w{2,3}|внутренн\w{2,3}|наружн\w{2,3}|кол\w{0,9}|в\s+количестве|после\s+капремонта|б/у|~|примерно|г\.в|год\w{0,2}|\d{4}\s?г)(?![\wа-яё])",
    re.IGNORECASE,
)
_CODE_ONLY = re.compile(r"^[\s(]{0,2}[\w./-]{3,40}[\s)]{0,2}$")
_NOT_AN_ITEM_START = re.compile(
    r"^(?:чтобы|который|если|когда|где|так\s+как|потому|поскольку|ввиду|что|как|уже|либо|мы|вы|он|она|они|это|эт[уо]т?|наш\w{0,3}|ваш\w{0,3}|оплат\w|доставк\w|отправк\w|самовывоз|адрес|тел|инн|кпп|реквизит\w|спасибо|заранее|жд[уе]м?|с\s+уважением|цен\w|срок\w{0,2}|стоимост\w)(?![\wа-яё])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that may be an item, and what speaks for it."""

    phrase: Phrase
    asked: bool
    known_goods: bool

    @property
    def confidence(self) -> float:
        """0 to 1, from what stood in the text."""
        score = (
            0.35
            + 0.25 * self.asked
            + 0.2 * self.phrase.explicit
            + 0.15 * self.known_goods
            + 0.1 * (self.phrase.part_number is not None)
        )
        return round(min(score, 0.95), 2)


def split_sentences(paragraph: str) -> list[str]:
    """Sentences; a full stop behind an abbreviation, an initial or a number in a list ends none."""
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(paragraph):
        head = paragraph[max(start, match.start() - 14) : match.end()]
        following = paragraph[match.end() : match.end() + 3].strip()
        if (
            match[0] == "."
            and following
            and (
                following[0].islower()
                or following[0].isdigit()
                or (_ABBREVIATED.search(head) and not _unit_ends(head, following))
            )
        ):
            continue
        sentences.append(paragraph[start : match.end()].strip())
        start = match.end()
    sentences.append(paragraph[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _unit_ends(head: str, following: str) -> bool:
    """A capital letter after «шт.» begins a sentence."""
    return re.search(r"(?i)(?:шт|компл|к-т|уп|упак|руб|г\.в|м|кг|л)\.$", head) is not None and following[:1].isupper()


def read_sentence(sentence: str, *, asked_before: bool = False) -> list[Candidate]:
    """The items that one sentence orders, in order."""
    text = _GREETING.sub("", sentence)
    text = _masked(without_replaced(text))
    question = only_asks_advice(text)
    asked = asks(text) or asked_before
    candidates: list[Candidate] = []
    for clause in _clauses(text):
        if refuses(clause) or (mentions(clause) and not _orders_strongly(clause)) or question:
            continue
        for words in _items_of(clause):
            candidate = _candidate(words, asked=asked)
            if candidate is not None:
                candidates.append(candidate)
    return candidates


def _orders_strongly(clause: str) -> bool:
    return (
        re.search(
            r"(?i)(?<!не )(?<![а-яё])(?:нуж[её]н|нужн[аоы]|заказать|закажем|купить|выставить|выставьте|бер[её]м|требуется|необходим)",
            clause,
        )
        is not None
    )


def _masked(text: str) -> str:
    """Companies, addresses and links taken out: their words are no goods."""
    for start, end in reversed(company_spans(text)):
        text = text[:start] + " " + text[end:]
    text = re.sub(r"\S{1,64}@\S{1,190}|https?://\S{1,300}|www\.\S{1,200}", " ", text)
    return re.sub(r"(?i)(?:тел|моб|факс)[.:\s]{1,3}[+\d][\d\s()-]{6,20}", " ", text)


def _clauses(text: str) -> Iterator[str]:
    """Parts of a sentence that are wanted or refused each for itself: «..., а люнет пока не нужен»."""
    yield from (
        part
        for part in re.split(
            r"(?:,\s+(?:а|но|зато|только)\s+(?!также|еще|ещё)|;\s+|\s–\s+но\s+|(?<=[а-яё])\.\s+|,\s+(?=[а-яё]+\s+(?:пока\s+)?не\s+(?:нуж|треб|надо|бер)))",
            text,
        )
        if part.strip()
    )


def _items_of(clause: str) -> Iterator[str]:
    """The words of each item in a clause, attributes and quantities put back to what they belong to."""
    lead = _LEAD.match(clause)
    body = clause[lead.end() :] if lead and lead.end() < len(clause) else clause
    current = ""
    for piece in _pieces(body):
        words = _ASKING_WORDS.sub(" ", piece).strip(" ,:–-")
        words = re.sub(r"^(?:на|за|по)\s+", "", words)
        if not words:
            continue
        if current and _belongs_to_previous(words, current):
            current = f"{current}, {words}"
            continue
        if current:
            yield current
        current = "" if _NOT_AN_ITEM_START.match(words) else words
    if current:
        yield current


def _pieces(body: str) -> Iterator[str]:
    """The body split at commas and «и», never inside brackets."""
    start = depth = 0
    breaks = {match.start(): match.end() for match in _SPLIT.finditer(body)}
    index = 0
    while index < len(body):
        depth += (body[index] in "([«") - (body[index] in ")]»")
        if depth <= 0 and index in breaks:
            yield body[start:index]
            start = index = breaks[index]
            continue
        index += 1
    yield body[start:]


def _belongs_to_previous(words: str, current: str) -> bool:
    if _ATTRIBUTE_START.match(words):
        return True
    quantities = find_quantities(words)
    if (
        quantities
        and not words[: quantities[0].start].strip(" –-(")
        and not re.search(r"[а-яёА-ЯЁ]{4}", words[quantities[0].end :])
    ):
        return not find_quantities(current)
    if _CODE_ONLY.match(words) and any(c.isdigit() for c in words):
        return True
    return noun_head(words.split()) is None and not (
        quantities and any(c.isalpha() for c in words[: quantities[0].start])
    )


def _candidate(words: str, *, asked: bool) -> Candidate | None:
    head = noun_head(re.sub(r"^[\d\s.,]+", "", words).split())
    if head is None and not re.search(r"\d", words):
        return None
    phrase = read_phrase(to_nominative(words), listed=False)
    if phrase is None:
        return None
    lemma, known = head if head else ("", False)
    blocked = head is not None and _is_blocked(lemma, phrase)
    if blocked or len(phrase.name.split()) > 14:
        return None
    countable = phrase.explicit and (phrase.unit is not None or known or phrase.part_number is not None)
    wanted = asked and (known or (head is not None and phrase.part_number is not None))
    if not (countable and (head is not None or phrase.part_number)) and not wanted:
        return None
    return Candidate(phrase, asked=asked, known_goods=known)


def _is_blocked(lemma: str, phrase: Phrase) -> bool:
    from mailsync.reading.order.items.goods import NOT_GOODS  # noqa: PLC0415

    return lemma in NOT_GOODS and not is_goods(lemma)
