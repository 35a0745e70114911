"""The words by which goods are asked for, taken off so that the goods remain: «прошу выставить счёт на ...»."""

from __future__ import annotations

import re

from mailsync.reading.order.items.goods import GOODS, goods_word
from mailsync.reading.order.items.intent import asks
from mailsync.reading.order.items.quantity import Quantity, find_quantities, number_word
from mailsync.reading.order.lemmas import forms, lemmas

GREETING = re.compile(
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
ASKING = re.compile(
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
_LEADING_PARTS = frozenset({"VERB", "INFN", "ADVB", "GRND", "PRCL"})
_WISH = re.compile(
    r"[,\s]{1,3}(?:(?:и|но)\s)?(?:что\s?бы?|желательно|если|лучше|срочно|пожалуйста|как\s(?:у|на|можно))(?![а-яё])",
    re.IGNORECASE,
)  # behind a figure: how the goods should be, not what they are
WANTS = re.compile(
    r"(?<!не )(?<![а-яё])(?:нуж[еёыои]?н[аоы]?(?![а-яё])|надо(?![а-яё])|хочу(?=\s)"
    r"|хотим\s{1,3}(?:взять|купить|заказать|приобрести)"
    r"|треба(?=\s)|заказать|закажем|закажите|купить|выставить|выставьте|бер[её]м"
    r"|требуется|требуются|необходим|посчитайте|рассчитайте|добав)",
    re.IGNORECASE,
)


def without_asking(words: str) -> str:
    """A list line without «нужен», «прошу счёт на»: the rest names the goods."""
    return without_lead(ASKING.sub(" ", words)) if asks(words) else words


def lone_quantity(sentence: str) -> Quantity | None:
    """The figure of a sentence that says nothing else: «Нужна одна.», «Количество: 2 шт.»."""
    sentence = _WISH.split(sentence, maxsplit=1)[0]
    if len(sentence) > 60:
        return None
    words = ASKING.sub(" ", sentence).strip(" .,:–-!?")
    found = find_quantities(words)
    if len(found) == 1 and not (words[: found[0].start] + words[found[0].end :]).strip(" .,:–-"):
        return found[0]
    word = number_word(words)
    return word if word is not None and word.start == 0 and word.end == len(words) else None


def from_asking_word(text: str) -> str:
    """The text from its first asking word on, where nothing before it names goods: «дорый день нужен ...»."""
    match = WANTS.search(text)
    if (
        match is None
        or match.start() > 200
        or goods_word(text[: match.start()])
        or any(c.isdigit() for c in text[: match.start()])
    ):
        return text
    return text[match.start() :]


def without_lead(text: str) -> str:
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
