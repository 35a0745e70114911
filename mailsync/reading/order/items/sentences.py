"""Items out of flowing sentences: «нужны два патрона 7100-0035 и масло И-20А 20 л»."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from dataclasses import dataclass

from mailsync.reading.order.contact.company import company_spans
from mailsync.reading.order.items.goods import GOODS, NOT_GOODS, goods_word, is_generic, noun_head
from mailsync.reading.order.items.intent import (
    asks,
    asks_for_service,
    mentions,
    only_asks_advice,
    refuses,
    without_replaced,
)
from mailsync.reading.order.items.phrase import Phrase, read_phrase, without_purpose
from mailsync.reading.order.items.quantity import Quantity, find_quantities, number_word
from mailsync.reading.order.lemmas import forms, has_part, lemmas

_ABBREVIATED = re.compile(
    r"(?:(?<![\wа-яё])(?:шт|компл|к-т|уп|упак|зав|сер|ном|г|гг|т|тел|моб|доб|ул|д|им|пр|просп|пер|обл|р|руб"
    r"|коп|кат|арт|черт|обозн|поз|п|пп|рис|см|мм|др|проч|инж|гл|зам|дир|нач|стр|оф|корп|мод|м|тип|исп|диам|кв"
    r"|эл|ст|изм|ед|кол|кл|в|с|е|т\.д|т\.п|в\.ч|и\.о|[А-ЯЁ]))\.$",
    re.IGNORECASE,
)
_UNIT_AT_END = re.compile(r"(?:шт|компл|к-т|уп|упак|руб|г\.в|м|кг|л)\.$", re.IGNORECASE)
_END = re.compile(r"[.!?](?=\s|$)|\n")
_GREETING = re.compile(
    r"^(?:[А-ЯЁ][а-яё]+(?:\s[А-ЯЁ][а-яё]+)?,\s{0,9})?(?i:добр\w{2,4}\s{1,9}(?:день|утро|вечер|времени\s{1,9}суток)"
    r"|здравствуйте|приветствую\w?|привет\w{0,4}|здрас\w{2,4}|день\s{1,9}добрый|доброго\s{1,9}времени(?:\s{1,9}суток)?"
    r"|уважаем\w{2,4}\s{1,9}[^!,.]{2,60})"
    r"(?:\s?,\s?(?:[А-ЯЁ][а-яё]+(?:\s[А-ЯЁ][а-яё]+)?|(?i:коллеги|уважаемые\s{1,9}\w+)))?\s{0,9}[!,.]*\s{0,9}"
)
_DOCUMENT = (
    r"(?:please|kindly|dear\s\w{3,10}|hello|hi|good\s(?:day|morning|afternoon)|we|i|need|require|want|would"
    r"|like|to|send|us|me|your|our|the|best|offer|price|prices|quote|quotation|provide|order|purchase|buy|for"
    r"|of|on|an?|following|items?|looking|invoice|also|and)(?=[\s,:])|сч[её]т\w{0,2}|кп|коммерческ\w{2,3}"
    r"|предложени\w{1,2}|цен[уаы]|стоимост\w|налич\w{1,3}|срок\w{0,2}|поставк\w|отгрузк\w|изготовлени\w"
    r"|расч[её]т\w{0,2}|просч[её]т\w{0,2}|возможност\w|услови\w|информаци\w|прайс\w{0,2}|договор|спецификаци\w"
    r"|заявк\w|заказ\w{0,2}|запрос\w{0,2}|потребност\w|приобретени\w|покупк\w|закупк\w|оплат\w"
)
_PREFIX = re.compile(
    r"^[\s,:;–-]*(?:(?:"
    rf"{_DOCUMENT}|про(?:шу|сим)(?:\s{{1,9}}вас)?|просьба|убедительн\w{{2,3}}|пожалуйста|плиз|пжл|нам|мне|нас|меня"
    rf"|у\s{{1,9}}вас|вас|вы|вам|так\s?же|также|ещ[её]|и|а|но|да|ну|хотел\w{{0,2}}(?:\s{{1,9}}бы)?|хотим|хочу"
    rf"|можете(?:\s{{1,9}}ли)?(?:\s{{1,9}}вы)?|можно(?:\s{{1,9}}ли)?|готовы|планируем|срочно|очень|сейчас|теперь|поэтому|тогда"
    rf"|итак|"
    r"дать|дайте|подготов\w{2,4}|выстав\w{2,4}|предостав\w{2,4}|пришл\w{2,4}|прислать|направ\w{2,4}"
    r"|выш?л\w{2,4}|выслать|скинь\w{0,2}|сдела\w{2,4}|рассмотр\w{2,4}|рассматрива\w{2,3}|рассчита\w{2,4}|(?:по"
    r"|про|об)?счита\w{2,4}|указать|укажите|сообщ\w{2,4}|сориентир\w{2,5}|подска\w{3,5}|напиш\w{2,4}"
    r"|уточн\w{2,4}|узнать|знать|"
    r"(?:на|за|по|о|об|для|из|в|от)(?=\s)|следующ\w{2,3}|нижеуказанн\w{2,3}|нижеследующ\w{2,3}|указанн\w{2,3}"
    r"|к\s{1,9}(?:понедельник|вторник|сред|четверг|пятниц|суббот|воскресен|концу|началу|выходным|\d)[а-яё]{0,4}|данн\w{2,3}|перечисленн\w{2,3}|(?:позици|запчаст|детал|комплектующ|запасн|част)\w{1,3}(?=\s{0,9}:)"
    r"|(?:запасн\w{2}\s{1,9}част\w{1,3}|запчаст\w{1,3})(?=\s{1,9}(?:на|для|к)\s)|оплату|наш\s{1,9}адрес|наш\w{0,3}|новую"
    r"|нов\w{2}|стоит|стоят|будет|будут|стоить|сколько|какая|какие|поч[её]м|бы|ли|есть"
    r")(?![\wа-яё]|-\d)[\s,:;–-]*){1,25}",
    re.IGNORECASE,
)
_ASKING = re.compile(
    r"(?<![\wа-яё])(?:про(?:шу|сим)(?:\s{1,9}вас)?|просьба|пожалуйста|необходим[аоы]?|нуж[еёыои]?н[аоы]?"
    r"|понадоб\w{2,6}|надо|требу[ею]тся|интересу[ею]т|заинтересован\w{0,2}|закаж\w{1,4}|заказать"
    r"|заказыва\w{2,4}|куп(?:ить|им|лю)|приобре(?:сти|т[её]м)|закуп(?:ить|аем|им)|бер[уё]м?|возьм[уе]м?|взять"
    r"|добав(?:ьте|ить|им|ляем)|"
    r"увелич(?:ьте|ить|им|иваем)(?:\s{1,9}до)?|уменьш(?:ите|ить|им|аем)(?:\s{1,9}до)?|измените|поменяйте|исправьте|прода[её]те|поставляете"
    r"|оплатить|оставьте(?:\s{1,9}за\s{1,9}\w{2,5})?|подтвержда\w{2,3}|согласн\w|включить\s{1,9}в\s{1,9}(?:сч[её]т|заказ|заявку)|вот\s{1,9}так\w{1,3}|так(?:ая|ой|ие"
    r"|ую)(?=\s)|одновременно|включи(?:те|ть)|(?:вы|по)ставьте|выставить|поставить|поставки?|поставку"
    r"|отгрузить|отгрузите|подбер\w{2,4}|подобрать|предлож\w{2,4}|отложите|зарезервируйте|оформ\w{2,4}"
    r"|докупить|продайте|ищем|ищу|имеется|имеются|есть(?:\s{1,9}ли)?|(?:у\s{1,9}вас\s{1,9})?в\s{1,9}наличии|у\s{1,9}вас|нам|мне|хотим|хочу"
    r"|всё|все\s{1,9}это|к\s{1,9}нему|к\s{1,9}ней|к\s{1,9}ним|туда\s{1,9}же|сразу|только|"
    r"(?:к|в)\s{1,9}(?:(?:эт|наш|тот|ваш)\w{0,3}\s{1,9})?(?:заказу?|сч[её]ту?|заявк[еу])|сч[её]т\s{1,9}на|кп\s{1,9}на"
    r"|цен[уа]\s{1,9}на|и\s{1,9}ещ[её]|ещ[её]|также|так\s{1,9}же|купите|хватит|будет\s{1,9}достаточно|планируем"
    r"|согласны\s{1,9}на)(?![\wа-яё])[,:]?",
    re.IGNORECASE,
)
_SPLIT = re.compile(
    r",(?!\d)|;|:(?=\s)|(?<=[\s\w.])\s?(?<![а-яё])(?:и\s{1,3})?ещ[её]\s{1,3}(?=[а-яё]{4})|\s(?:и|and|а\s{1,9}также|плюс|\+|а\s{1,9}ещ[её]|да\s{1,9}ещ[её])\s{1,9}(?!т\.|др\.|прочее)"
    r"|\s[–/]\s{1,9}(?=[а-яё]{4,20}\s)"
)
_ATTRIBUTE = re.compile(
    r"^(?:в\s{1,9}сборе|для|с|со|без|под|на|от|из|по|до|при|не|диаметр\w{0,3}|диам|длин\w{1,3}|ширин\w{1,3}"
    r"|высот\w{1,2}|толщин\w{1,2}|размер\w{0,3}|класс\w{0,3}|кл|точност\w{0,2}|модул\w{0,2}|число\s{1,9}зубьев"
    r"|гост|ту|ост|арт\w{0,6}|черт\w{0,4}|чертеж\w{0,2}|кат(?:\.|алож\w{2,5}|\s?№)|номер|обозначени\w|№|код"
    r"|тип\w{0,2}|марк\w|мод(?:\.|ел[ьи])|\d[\d.,]{0,6}\s?(?:квт|вт|в|а|об|гц|мм|см|нм|кгс|бар|атм|зуб\w{0,4})"
    r"|исполнени\w|"
    r"рмц|зав(?:\.|одск\w{2,4})|сер(?:\.|ийн\w{2,4})|s/n|ф\s?\d|d\s?=?\d|z\s?=|m\s?=|l\s?=|i\s?=|нов(?:ый|ая"
    r"|ое|ые)|оригинал\w{0,4}|производств\w|сталь|закалк\w|тв[её]рдост\w|напряжени\w|мощност\w|цвет\w?"
    r"|желательно|можно|если|котор\w{1,3}|либо|или|прав(?:ый|ая|ое|ые)|лев(?:ый|ая|ое|ые)|внутренн\w{2,3}"
    r"|наружн\w{2,3}|"
    r"кол(?:-?\s?в\w|ичеств\w{1,3}|\.)|в\s{1,9}количестве|после\s{1,9}капремонта|полн\w{2}\s{1,9}комплект|(?:бочк|канистр"
    r"|вед[её]рк?|упаковк|фасовк|банк|туб)\w{0,2}\s{1,9}(?:по\s{1,9})?\d|б/у|примерно|г\.в|год\w{0,2}"
    r"|\d{4}\s?г)(?![\wа-яё])",
    re.IGNORECASE,
)
_NEXT_ITEM = re.compile(r"[.\s]{1,3}(?P<words>[а-яё]{4,25}\s)", re.IGNORECASE)
_NAMELESS = re.compile(
    r"^[\s–-]{0,3}(?!\d{1,4}\s?(?:шт|компл|к-т|м|кг|л|уп|пар)?(?![\w.-]))(?=\S{0,20}\d)[\w./-]{2,30}(?=\s[–(-]"
    r"|,|\s\d|\s(?:одн|дв|тр[иё]|пят|шест|семь|восемь|девять|десят)[а-яё]{1,4}(?![а-яё])|$)(?![^–(-]{0,60}[а-яё]{5})",
    re.IGNORECASE,
)
_ADJECTIVE_FIRST = re.compile(r"(?<![А-Яа-яё-])([А-Яа-яё-]{2,30}?(?:ый|ая|ое|ые|ой|ий|ие|яя))\s")
_GOES_ON = re.compile(
    r"^(?:и|ещё|еще|также|так\s{1,9}же|плюс|а\s{1,9}также|и\s{1,9}ещ[её]|кроме\s{1,9}того|дополнительно)(?![\wа-яё])",
    re.IGNORECASE,
)
_LEADING_PARTS = frozenset({"VERB", "INFN", "ADVB", "GRND", "PRCL"})
_NOT_ORDERED = "\u0001"
_NEEDED = re.compile(
    r"(?<![а-яё])(нужно|надо|требуется|необходимо|бер[её]м|возьм[её]м|закажем"
    r"|нужны)\s{1,9}(\d{1,4}|од(?:ин|ну|на|но)|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять)(?=\s{0,9}(?:[.,;!](?!\d)|$))",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(
    r"(?:запчаст|запасн\w{2}\s{1,9}част|детал|комплектующ|инструмент"
    r"|позици)\w{0,4}[^():.]{0,60}\((?=[^()]{0,200}\d)([^()]{10,400},[^()]{3,200})\)",
    re.IGNORECASE,
)
_EACH_FIRST = re.compile(
    r"(?:^|[:.]\s{0,2})по\s{1,9}(?P<count>\d{1,4})\s?(?P<unit>шт|компл|м|кг"
    r"|л)?[а-яё]{0,4}\.?(?:\s{1,9}кажд\w{2,4})?[\s:,–-]{1,4}(?P<things>(?!кажд)[а-яё].{3,400})$",
    re.IGNORECASE,
)
_COUNT_ONLY = re.compile(
    r"^(?:один|одна|одно|одну|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять)(?:\s{1,9}штук\w?)?$",
    re.IGNORECASE,
)
_COUNT_FIRST = re.compile(
    r"^(?:один|одна|одно|одну|два|две|три|четыре|пять|шесть|семь|восемь|девять|десять|\d{1,4})\s{1,9}[а-яё]{3}",
    re.IGNORECASE,
)
_COUNT_IN_BRACKETS = re.compile(r"\(\d{1,3}\)$")
_COUNT_AT_END = re.compile(r"(?:[\s–-]|^)(?:один|одна|одно|одну|два|две|три|четыре|пять|шесть)$", re.IGNORECASE)
_EACH = re.compile(
    r"(?<![\wа-яё])(?P<name>[а-яё]{4,25}(?:\s[а-яё]{4,20}){0,2})\s(?P<values>(?:(?:[фM]?|[A-Z]{2,6}\s)(?!\d{1,5}\s?(?:шт|компл"
    r"|к-т|м|кг|л|мм|уп|пар)(?![а-яё]))\d[\w./х-]{1,14}(?:,\s|\sи\s)){1,12}(?:[фM]?|[A-Z]{2,6}\s)(?!\d{1,5}\s?(?:шт|компл|к-т|м"
    r"|кг|л|мм|уп|пар))\d[\w./х-]{1,14})"
    r"(?:[\s,–-]{1,4}по\s(?P<count>\d{1,4}|одн(?:ой|ому)|дв[ае]|три|четыре|пять|шесть|десять)(?![а-яё])(?:\s?(?P<unit>шт|компл|к-т|м|кг|л|уп"
    r"|пар)[а-яё]{0,4}\.?)?(?:\s{1,9}кажд\w{2,4})?|(?=\s{0,9}(?:$|[,.;])))",
    re.IGNORECASE,
)
_SIZES = re.compile(
    r"(?P<name>(?<![\wа-яё])[а-яё]{4,25}(?:\s[а-яё]{4,20}){0,2}(?:\s[A-ZА-Я]{1,4}-?\d{1,4})?)\s?:?\s{1,3}(?P<mark>d\s?=\s?|ф\s?|м(?=\d))?"
    r"(?P<values>\d{1,3}(?:[.,]\d(?!\d))?(?:(?:,\s|\sи\s|/)(?:d\s?=\s?|ф\s?|м(?=\d))?\d{1,3}(?:[.,]\d(?!\d))?){1,12})(?P<mm>\s?мм)?"
    r"[\s,–-]{1,4}(?:все\s)?по\s(?P<count>\d{1,4}|одн(?:ой|ому)|дв[ае]|три|четыре|пять|десять)(?![а-яё])"
    r"\s?(?P<unit>шт|компл|к-т|м|кг|л|уп|пар)?[а-яё]{0,4}\.?",
    re.IGNORECASE,
)
_TWO_COUNTED = re.compile(
    r"\s(?:и|плюс)\s(?=(?:один|одн[ау]|дв[ае]|три|четыре|пять|шесть|\d{1,3})\s[а-яё]{4})", re.IGNORECASE
)
_CONDITION = re.compile(
    r"^(?:если|возможн\w{1,2}\s{1,9}ли|можно\s{1,9}ли|при\s{1,9}наличии|желательно|можно|по\s{1,9}возможности|возможно|в\s{1,9}том\s{1,9}числе|и\s{1,9}т\.)(?![\wа-яё])",
    re.IGNORECASE,
)
_CODE_ONLY = re.compile(r"^[\s(]{0,2}[\w./-]{3,40}[\s)]{0,2}$")
_ENDS_ITEMS = re.compile(
    r"^(?:чтобы|(?:на\s{1,9})?склад\w|по\s{1,9}какой|если|когда|где|так\s{1,9}как|потому|поскольку|ввиду|что|как|уже|либо"
    r"|мы|он|она|они|это|эт[уо]т?|оплат\w|доставк\w|отправк\w|отправ\w{2,4}|самовывоз|забер\w{1,3}|адрес|тел"
    r"|инн|кпп|реквизит\w|спасибо|заранее|жд[уе]м?|с\s{1,9}уважением|цен\w|срок\w{0,2}|стоимост\w|сообщ\w{2,4}"
    r"|укаж\w{2,4}|плательщик\w?|грузополучател\w|организаци\w)(?![\wа-яё])",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r",\s{1,9}(?:а|но|зато|однако)\s{1,9}(?!также|еще|ещё)|;\s{1,9}|\s–\s{1,9}но\s{1,9}"
    r"|,\s{1,9}(?=(?:[а-яё]{1,30}\s{1,9}){1,3}?(?:пока\s{1,9})?не\s{1,9}(?:нуж|треб|надо|бер))|\s{1,9}(?=сколько\s{1,9}(?:будет|стоит|стоят"
    r"|выйдет)|когда\s{1,9}(?:сможете|будет)|можно\s{1,9}(?!аналог|замен|б/у)|с\s{1,9}доставкой\s{1,9}до|если\s{1,9}(?:есть|имеется|найд)|(?<!если\s)заберу|(?<!если\s)забер[её]м)|,\s{1,9}(?=(?:сейчас|теперь|поэтому|нуж[её]н"
    r"|нужн[аоы]|требуется|требуются|прошу|просим|прос[иь]м?|необходим)(?![а-яё]))",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"[,\s]{1,3}(?:(?:и|но)\s)?(?:что\s?бы?|желательно|если|лучше|срочно|пожалуйста|как\s(?:у|на|можно))(?![а-яё])",
    re.IGNORECASE,
)  # behind a figure: how the goods should be, not what they are
_WANTS = re.compile(
    r"(?<!не )(?<![а-яё])(?:нуж[еёыои]?н[аоы]?(?![а-яё])|надо(?![а-яё])|хочу(?=\s)"
    r"|треба(?=\s)|заказать|закажем|закажите|купить|выставить|выставьте|бер[её]м"
    r"|требуется|требуются|необходим|посчитайте|рассчитайте|добав)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that are an item, and what speaks for it."""

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
    """Sentences; a full stop behind an abbreviation, an initial or a number ends none."""
    sentences: list[str] = []
    start = 0
    for match in _END.finditer(paragraph):
        head = paragraph[max(start, match.start() - 14) : match.end()]
        following = paragraph[match.end() : match.end() + 3].strip()
        if match[0] == "." and following and _goes_on(head, following):
            continue
        sentences.append(paragraph[start : match.end()].strip())
        start = match.end()
    sentences.append(paragraph[start:].strip())
    return [sentence for sentence in sentences if sentence]


def _goes_on(head: str, following: str) -> bool:
    if following[0].islower() or following[0].isdigit():
        return True
    return _ABBREVIATED.search(head) is not None and not (_UNIT_AT_END.search(head) and following[0].isupper())


def read_sentence(
    sentence: str, *, asked_before: bool = False, heading: bool = False, wanted: bool = False
) -> list[Candidate]:
    """The items that one sentence orders, in order; `heading`: a list follows, so that only exact words count."""
    text = without_purpose(_masked(without_replaced(_GREETING.sub("", sentence))))
    text = _IN_BRACKETS.sub(r": \1", text)
    text = _each_counted(_NEEDED.sub(r"\1 \2 шт", text))
    if only_asks_advice(text):
        return []
    asks_here = wanted or asks(text) or (asked_before and _GOES_ON.match(text) is not None)
    text = _from_asking_word(text)
    service = asks_for_service(text)
    exact = heading or service or not asks_here
    candidates: list[Candidate] = []
    last_noun = ""
    for clause in _ordering_clauses(text):
        if clause.startswith(_NOT_ORDERED):
            last_noun = goods_word(clause) or last_noun
            continue
        for words in _items_of(_distributed(clause)):
            candidate = _candidate(
                words,
                asked=asks_here or asked_before or bool(candidates),
                last_noun=last_noun,
                last_name=candidates[-1].phrase.name if candidates else "",
            )
            if candidate is None or (
                exact and not candidates and not _is_exact(candidate.phrase, heading=heading or service)
            ):
                continue
            last_noun = goods_word(candidate.phrase.name) or last_noun
            candidates.append(candidate)
    return candidates


def _ordering_clauses(text: str) -> Iterator[str]:
    """The clauses of a sentence; those that refuse or only mention begin with _NOT_ORDERED.

    Inside a refusing clause, parts with figures of their own that refuse nothing still order.
    """
    for clause in _clauses(text):
        if not refuses(clause) and (not mentions(clause) or _WANTS.search(clause) is not None):
            yield clause
            continue
        parts = re.split(r",\s{1,9}|;\s{1,9}", clause) if refuses(clause) else []
        kept = [part for part in parts if not refuses(part) and not mentions(part) and find_quantities(part)]
        yield from kept or [_NOT_ORDERED + clause]


def _each_counted(text: str) -> str:
    """«По 2 шт каждого: подшипники 6204, 6205; сальник 30х52» with the quantity written at each."""
    match = _EACH_FIRST.search(text)
    if match is None:
        return text
    things = [part for part in re.split(r",\s|;\s?|\sи\s", match["things"].rstrip(" .;")) if part.strip()]
    counted = ", ".join(f"{thing} - {match['count']} {match['unit'] or 'шт'}" for thing in things)
    return f"{text[: match.start()]} {counted}"


def without_asking(words: str) -> str:
    """A list line without «нужен», «прошу счёт на»: the rest names the goods."""
    return _without_lead(_ASKING.sub(" ", words)) if asks(words) else words


def lone_quantity(sentence: str) -> Quantity | None:
    """The figure of a sentence that says nothing else: «Нужна одна.», «Количество: 2 шт.»."""
    sentence = _WISH.split(sentence, maxsplit=1)[0]
    if len(sentence) > 60:
        return None
    words = _ASKING.sub(" ", sentence).strip(" .,:–-!?")
    found = find_quantities(words)
    if len(found) == 1 and not (words[: found[0].start] + words[found[0].end :]).strip(" .,:–-"):
        return found[0]
    word = number_word(words)
    return word if word is not None and word.start == 0 and word.end == len(words) else None


def _from_asking_word(text: str) -> str:
    """The text from its first asking word on, where nothing before it names goods: «дорый день нужен ...»."""
    match = _WANTS.search(text)
    if (
        match is None
        or match.start() > 200
        or goods_word(text[: match.start()])
        or any(c.isdigit() for c in text[: match.start()])
    ):
        return text
    return text[match.start() :]


def _is_exact(phrase: Phrase, *, heading: bool) -> bool:
    """True where figures leave no doubt: needed where a list follows or the sentence itself asks for nothing."""
    return phrase.explicit and (phrase.unit is not None or (phrase.part_number is not None and not heading))


def _masked(text: str) -> str:
    """Companies, addresses and links taken out: their words are no goods."""
    for start, end in reversed(company_spans(text)):
        text = text[:start] + " " + text[end:]
    text = re.sub(r"\S{1,64}@\S{1,190}|https?://\S{1,300}|www\.\S{1,200}", " ", text)
    return re.sub(r"(?i)(?:тел|моб|факс)[.:\s]{1,3}[+\d][\d\s()-]{6,20}", " ", text)


def _clauses(text: str) -> Iterator[str]:
    """Parts of a sentence that are wanted or refused each for itself: «..., а люнет пока не нужен»."""
    yield from (part for part in _CLAUSE.split(text) if part.strip())


def _items_of(clause: str) -> Iterator[str]:
    """The words of each item in a clause, attributes and quantities put back to what they belong to."""
    current = ""
    for piece in _pieces(_without_lead(clause)):
        if _CONDITION.match(piece.strip()):
            continue
        attribute = bool(current) and _ATTRIBUTE.match(piece.strip()) is not None
        words = _ASKING.sub(" ", piece)
        words = (words if attribute else _without_lead(words)).strip(" ,:–-").removesuffix(".")
        if not words:
            continue
        if current and _is_no_goods(current):
            current = ""
        ends = _ENDS_ITEMS.match(words) is not None
        if current and not ends and _belongs_to(words, current):
            current = f"{current} {words}" if _COUNT_ONLY.match(words) else f"{current}, {words}"
            continue
        if current:
            yield current
        current = "" if ends else words
    if current:
        yield current


def _without_lead(text: str) -> str:
    """The text from its first word that may name goods: no requests, documents, verbs and adverbs in front."""
    for _ in range(8):
        stripped = _PREFIX.sub("", text).lstrip(" ,:;–-")
        first = re.match(r"[а-яё]{2,30}(?![\wа-яё-])", stripped, re.IGNORECASE)
        if first and _leads(first[0]):
            stripped = stripped[first.end() :].lstrip(" ,:;–-")
        if stripped == text:
            break
        text = stripped
    return text


def _leads(word: str) -> bool:
    """True for a verb or an adverb of the dictionary that is no thing as well."""
    likeliest = forms(word.lower())[:1]
    return any(form.part in _LEADING_PARTS and form.known for form in likeliest) and not lemmas(word) & GOODS


def _pieces(body: str) -> Iterator[str]:
    """The body split at commas and «и», never inside brackets."""
    breaks = {match.start(): match.end() for match in _SPLIT.finditer(body)} | _after_quantities(body)
    start = index = depth = 0
    while index < len(body):
        depth = max(0, depth + (body[index] in "([«") - (body[index] in ")]»"))
        if depth == 0 and index in breaks:
            yield body[start:index]
            start = index = breaks[index]
            continue
        index += 1
    yield body[start:]


def _after_quantities(body: str) -> dict[int, int]:
    """Places where a new item begins without a comma: «манжета 85х110 3шт патрон 250 1шт»."""
    breaks: dict[int, int] = {}
    begin = 0
    for quantity in find_quantities(body):
        begin = max(begin, *(body.rfind(sign, 0, quantity.start) for sign in (",", ";", ":", " и ")))
        following = _NEXT_ITEM.match(body, quantity.end)
        own = _ASKING.sub(" ", body[begin : quantity.start])
        if following and re.search(r"[а-яё]{4}", own, re.IGNORECASE) and not _ATTRIBUTE.match(following["words"]):
            breaks[quantity.end] = following.start("words")
            begin = quantity.end
    return breaks


def _belongs_to(words: str, current: str) -> bool:
    """True for what goes on about the item before: an attribute, a quantity, a code of its own."""
    counted = (
        bool(find_quantities(current))
        or _COUNT_AT_END.search(current) is not None
        or _COUNT_FIRST.match(current) is not None
        or _COUNT_IN_BRACKETS.search(current) is not None
    )
    if _ATTRIBUTE.match(words):
        return not (counted and (_starts_item(words) or _is_other_kind(words)))
    if _COUNT_ONLY.match(words):
        return not counted
    if counted and (_COUNT_IN_BRACKETS.search(words) or _NAMELESS.match(words)):
        return False
    quantities = find_quantities(words)
    if quantities and not re.search(r"[а-яёА-ЯЁa-zA-Z]{3}|\d{4}|\d-\d", words[: quantities[0].start]):
        behind = re.sub(r"\([^)]*\)", "", words[quantities[0].end :])
        return not re.search(r"[а-яёА-ЯЁ]{3}", re.sub(r"(?i)кажд\w{2,4}|всего|итого", "", behind)) and not counted
    if counted and (
        quantities
        or _COUNT_IN_BRACKETS.search(words)
        or (has_part(words.split(maxsplit=1)[0], "ADJF") and _COUNT_AT_END.search(words))
    ):
        return False
    if _CODE_ONLY.match(words) and any(c.isdigit() for c in words):
        return not counted
    return noun_head(words.split()) is None and not (
        quantities and any(c.isalpha() for c in words[: quantities[0].start])
    )


def _is_no_goods(words: str) -> bool:
    """True for a word like «исправление» to which nothing can belong."""
    head = noun_head(words.split())
    return head is not None and head[0] in NOT_GOODS and not any(c.isdigit() for c in words)


def _starts_item(words: str) -> bool:
    """True for «на сухарь кулисы 7307.02.031 - 2 шт» behind an item that is complete."""
    bare = re.sub(r"^(?:на|за|для)\s{1,9}", "", words)
    head = noun_head(bare.split()) if bare != words else None
    return head is not None and head[1]


def _is_other_kind(words: str) -> bool:
    """True for «внутренние 1К62.02.121 - 28 шт» behind «диски наружные ... - 30 шт»: the same thing of another kind."""
    return has_part(words.split(maxsplit=1)[0], "ADJF") and bool(find_quantities(words)) and words[:4].lower() != "полн"


def _of_other_kind(name: str, adjective: str) -> str:
    """The name of the thing before with its last adjective replaced."""
    words = [word for word in name.split() if not any(c.isdigit() for c in word)]
    at = next((i for i in range(len(words) - 1, -1, -1) if has_part(words[i], "ADJF")), None)
    return (
        " ".join([*words[:at], adjective, *words[at + 1 :]])
        if at is not None
        else f"{adjective} {' '.join(words).lower()}"
    )


def each_thing(words: str) -> list[str]:
    """The things of a line that is one name and several numbers: «державки MWLNR 2525 и PDJNR 2525 - по одной»."""
    match = _EACH.match(words.strip(" .,;"))
    whole = match is not None and match.end() == len(match.string)
    if whole:
        return _distributed(words).split(", ")
    if (sized := _sized(words)) != words:
        return sized.split("; ")
    return _TWO_COUNTED.split(words) if _COUNT_FIRST.match(words) else [words]


def _distributed(clause: str) -> str:
    """«подшипники 204, 206 и 8107 по 4 штуки» with the name and the quantity written at each number or size."""

    def each(match: re.Match[str]) -> str:
        codes = [value for value in re.split(r",\s|\sи\s", match["values"]) if value]
        figure = f" - {match['count']} {match['unit'] or 'шт'}" if match["count"] else ""
        return ", ".join(f"{match['name']} {code}{figure}" for code in codes)

    return _sized(_EACH.sub(each, clause))


def _sized(clause: str) -> str:
    """«цанги ER32: 6, 8 и 10 мм по 2 шт» with the name and the quantity written at each size."""

    def each(match: re.Match[str]) -> str:
        sizes = re.findall(r"\d{1,3}(?:[.,]\d)?", match["values"])
        mark, unit = (match["mark"] or "").strip(), match["mm"] or ""
        figure = f"{match['count']} {match['unit'] or 'шт'}"
        return "; ".join(f"{match['name']} {mark}{size}{unit} - {figure}" for size in sizes)

    return _SIZES.sub(each, clause)


def _candidate(words: str, *, asked: bool, last_noun: str, last_name: str = "") -> Candidate | None:
    if last_noun and _NAMELESS.match(words):
        words = f"{last_noun} {words}"
    phrase = read_phrase(words, listed=False)
    if phrase is None or len(phrase.name.split()) > 14:
        return None
    head = noun_head(phrase.name.split())
    if head is None and last_noun and phrase.explicit and (match := _ADJECTIVE_FIRST.match(phrase.name + " ")):
        named = f"{_of_other_kind(last_name or last_noun, match[1].lower())} {phrase.name[match.end() :]}".strip()
        phrase = dataclasses.replace(phrase, name=named[:1].upper() + named[1:])
        head = noun_head([last_noun])
    lemma, known = head or ("", False)
    if (lemma in NOT_GOODS and not known) or is_generic(lemma, phrase.name):
        return None
    is_counted = (
        phrase.explicit
        and phrase.unit is not None
        and (head is not None or phrase.part_number is not None or re.match(r"[А-ЯЁA-Z]{2}", phrase.name) is not None)
    )
    is_named = (
        phrase.explicit
        and head is not None
        and (known or phrase.part_number is not None)
        and (asked or phrase.part_number is not None)
    )
    wanted = asked and head is not None and (known or phrase.part_number is not None)
    return Candidate(phrase, asked=asked, known_goods=known) if is_counted or is_named or wanted else None
