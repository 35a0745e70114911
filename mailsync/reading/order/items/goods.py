"""Words by which goods are told from the rest of a letter."""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache

from mailsync.reading.order.lemmas import forms, inflected, lemma, lemmas, likely_part, noun_lemmas

GOODS = frozenset(
    """
    автомат амортизатор бабка баллон барабан башмак бита блок бобышка болт борштанга брус бур вал вал-шестерня
    валик ванна венец вентилятор вилка винт винт-гайка вкладыш водило втулка выключатель вырубка гайка
    гидромотор гидронасос гидрораспределитель гидростанция гидроцилиндр гильза гитара глазок головка датчик
    двигатель держатель державка деталь диск диод дорн дроссель дюбель ерш жгут желоб заглушка задвижка зажим
    заклепка замок защелка звездочка звено зенкер зенковка зеркало зуб зубок изделие изолятор инверсор индикатор
    инструмент кабель калибр каландр камера каретка каркас картридж катушка катод клапан клемма клин клиновый
    ключ кнопка кожух колесо колодка колпачок колонка кольцо комплект комплектующее компрессор контакт контактор
    контроллер конус концевик корпус коробка коронка кран крепеж крестовина крепление кронштейн круг крышка
    кулачок кулачек лампа лента леска линейка линза литол лист лимб люнет люлька магнит манжета манометр
    маслонасос маслоуказатель масло матрица маховик маховичок мембрана метчик мембрана метиз микрометр
    микропереключатель микросхема модуль мост мотор мотор-редуктор муфта набор накладка наконечник направляющая
    насос нагреватель напильник насадка нож ножовка нониус нутромер обойма оправка опора ось отвертка отводка
    охладитель очки палец патрон патрубок паста педаль переходник перчатки передача пила пиноль плата планка
    планшайба пластина пластинка плашка пластик плашкодержатель плита плунжер подача подпятник подшипник поводок
    поддон подушка поковка полоса полумуфта полотно полукольцо помпа поршень пружина предохранитель
    преобразователь привод прижим призма прихват прокладка провод пробка проставка пуансон пускатель пульт
    пыльник пята развертка разъем рама распорка распределитель распылитель реверс регулятор редуктор резак резец
    резистор резьбомер резцедержатель резцедержка резцедержавка рейка реле ремень ремкомплект рессора решетка
    ролик ротор рубашка рукав рукоятка рукоять ручка рычаг сальник сальниковый сверло светильник сегмент седло
    сепаратор сервопривод серводвигатель серьга смазка собачка солидол соединение сож соленоид сопло стакан
    станина стойка стол стопор стружколом струна ступица суппорт сухарь сцепление счетчик тормоз тахогенератор
    тиристор тиски толкатель тормоз траверса транзистор трансформатор трос трубка труба тумблер тяга тяпка
    угольник угломер удлинитель узел уплотнение уплотнитель упор установка фартук фиксатор фильтр фильтроэлемент
    фланец форсунка фреза фрикцион фонарь хвостовик ходовой хомут цанга цанговый центр цепь цилиндр шайба шарик
    шарнир шатун шевер шестерня шестеренка шина шкив шкала шкурка шланг шлиц шлицевый шпилька шплинт шпиндель
    шпонка шпуля шток штифт штуцер штангенциркуль штревель шток щетка щит щуп щеткодержатель экран эксцентрик
    электродвигатель электромагнит электромотор электромуфта электрод электронасос электрошпиндель эмульсол
    эмульсия якорь станок пресс ножницы гильотина листогиб полуавтомат трубогиб вальцы запчасть зип расходник
    оснастка сменный пневмопатрон гидропатрон пневмоцилиндр пневмораспределитель маслостанция энкодер револьвер
    магазин экран аккумулятор батарея абразив брусок карандаш алмаз шарошка борфреза гребенка долбяк протяжка
    прошивка хон притир накатка накатник стеклоткань герметик литьевой отливка заготовка пруток шестигранник
    швеллер уголок проволока винтовой червяк червячный колесо-червяк сателлит храповик собачка тяга хомутик
    ниппель угольничек тройник фитинг переключатель резонатор усилитель дисплей монитор клавиатура материнский
    чпу уци блок-питание тэн термопара твердосплав сменка смп кмп кулиса гидроклапан гидрозамок ресивер
    фрикционный ролик-нож отрезной сож-насос ветошь перчатка респиратор щеточка пневмоцилиндр контргайка резьба
    ремешок виброопора опора башмак электромагнитный тормозной бесконтактный лампочка кнопочный пост кулачковый
    вибро сухарик винтик шайбочка подшипничек ремонтный-комплект эмаль лак клей фиксатор обечайка конвейер
    транспортер
    """.split()
)
_LONG_GOODS = sorted(word for word in GOODS if len(word) >= 6)
ENGLISH_GOODS = frozenset(
    """
    adapter arbor assembly ball bar battery bearing bellow belt block board bolt bracket brush bushing cable cam
    chain chuck clamp clutch coil collet contactor controller coolant coupling cover cutter cylinder disc disk
    display drill drive driver encoder endmill fan filter flange fuse gasket gear gearbox guide handle holder
    hose indicator insert jaw joint key keyboard kit knob lamp lathe lead lever linear lock lubricant magnet
    mill monitor motor mount nozzle nut oil pad panel pin pipe piston plate plug pulley pump rack rail reamer
    reducer regulator relay ring rod roller rotor saw scale screw seal sensor servo set shaft sleeve slide
    socket spindle spring starter stop switch tailstock tap tip tool toolholder transformer tube turret valve
    vise wheel wiper worm
    """.split()
)
NOT_GOODS = frozenset(
    """
    день утро вечер время час минута неделя месяц год срок дата число период квартал понедельник вторник среда
    четверг пятница суббота воскресенье январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь
    декабрь счет счет-фактура кп предложение цена стоимость сумма оплата предоплата отсрочка скидка ндс рубль
    доллар евро аванс платеж бюджет тендер котировка смета письмо заявка заказ запрос вопрос ответ документ
    документация договор акт накладная упд паспорт сертификат спецификация реквизит карточка приложение вложение
    файл таблица список перечень фото фотография эскиз чертеж схема инструкция каталог прайс прайс-лист ссылка
    сайт скан наличие доставка поставка отгрузка отправка самовывоз вывоз перевозка груз склад адрес город улица
    область пункт терминал компания тк сдэк грузополучатель получатель возможность необходимость потребность
    приобретение покупка закупка аналог замена вариант альтернатива производитель производство завод цех
    предприятие организация фирма отдел служба менеджер директор инженер механик коллега снабжение ремонт
    диагностика обслуживание то наладка монтаж пусконаладка выезд консультация осмотр дефектация техобслуживание
    гарантия рекламация капремонт модернизация обучение услуга работа уважение внимание помощь содействие
    сотрудничество связь звонок телефон почта номер мобильный факс контакт контактный информация данные
    подтверждение согласование решение результат неисправность поломка проблема ошибка авария дефект шум люфт
    нагрузка скорость напряжение мощность ток вес масса размер диаметр длина ширина высота толщина объем
    точность класс исполнение характеристика параметр модель марка тип вид цвет материал место позиция пункт
    строка количество штука единица экземпляр итог итого всего объект проект объем партия сторона человек случай
    раз часть сожаление дело тема конец начало счёт здравствуйте спасибо просьба прошу клиент покупатель
    поставщик заказчик исполнитель плательщик бухгалтерия руководство ряд пара десяток уведомление пожалуйста вы
    мы я он они это условие процент порядок режим нужда цель запас основание образ качество состояние причина
    пропуск визит встреча автомобиль водитель проезд
    исправление дополнение соответствие план проверка поверка калибровка ревизия пуск запуск регулировка юстировка
    настройка шабровка чистка перемещение монтаж демонтаж выверка начальник мастер технолог бухгалтер заместитель
    руководитель специалист снабженец кладовщик энергетик конструктор председатель оператор
    """.split()
)


GENERIC = frozenset("запчасть часть комплектующее расходник товар оборудование позиция зип оснастка".split())
GENERIC_ALONE = frozenset("деталь инструмент изделие материал узел набор комплект".split())


_EACH_BEHIND = re.compile(r"[\s,–-]{0,4}(?:все\s)?по\s(?:\d|од|дв|тр|четыр|пят)[^:]{0,60}$", re.IGNORECASE)
_ASKED_BEHIND = frozenset(
    {"нужны", "нужен", "нужна", "нужно", "надо", "требуются", "требуется", "интересуют", "необходимы"}
)
_POSITION = re.compile(r"поз(?:иция|иции|\.)?\s?№?\s?\d", re.IGNORECASE)


def is_generic(lemma: str, name: str) -> bool:
    """True for a word that stands for goods without naming any: «запчасти», «инструмент», «комплект» alone."""
    if _POSITION.match(name):
        return True
    words = [word for word in name.split() if word.isalpha()]
    if len(words) == 2 and lemma in GENERIC_ALONE:
        return bool(lemmas(words[1]) & GENERIC)  # «комплект оснастки»
    return lemma in GENERIC or (lemma in GENERIC_ALONE and len(name.split()) == 1)


def goods_word(text: str) -> str:
    """The first word that is known goods, in the nominative ("" for none)."""
    for word in text.split()[:12]:
        bare = word.strip("«»\"'(),.;:–?!")
        if bare.isalpha() and lemmas(bare) & GOODS:
            return to_nominative_word(bare)
    return ""


def heading_noun(heading: str) -> str:
    """The goods that a heading announces: «Подшипники качения:» above a list of numbers."""
    words = re.split(r"[.!?]\s{1,9}(?=[А-ЯЁ])", _EACH_BEHIND.sub("", heading.strip().rstrip(":")))[-1].split()
    if not heading.rstrip().endswith(":") and (len(words) > 4 or any(c.isdigit() for c in heading)):
        return ""
    words = [word for word in words if word.lower().strip(",.") not in _ASKED_BEHIND]
    start = next((i for i, word in enumerate(words) if lemmas(word) & GOODS), None)
    if start is None or len(words) - start > 5:
        return ""
    if start and likely_part(words[start - 1]) in {"ADJF", "PRTF"}:
        start -= 1
    head = noun_head(words[start:])
    phrase = " ".join([goods_word(words[start]) or words[start], *words[start + 1 :]])
    return phrase if head is not None and head[1] and not is_generic(head[0], phrase) else ""


def noun_head(words: list[str]) -> tuple[str, bool] | None:
    """The lemma of the phrase's head noun and whether it is known goods; None where no noun leads the phrase."""
    for index, word in enumerate(words[:7]):
        bare = word.strip("«»\"'(),.;:-–?!")
        if not bare or not bare[0].isalpha() or len(bare) < 2:
            continue
        if bare.isascii():
            singular = bare.lower().removesuffix("s")
            if {singular, bare.lower(), singular.removesuffix("e")} & ENGLISH_GOODS:
                return singular, True
            continue
        options = _lemmas_with_parts(bare)
        if options & GOODS:
            return next(iter(sorted(options & GOODS))), True
        if meant := misspelt(bare.lower()):
            return meant, True
        nouns = noun_lemmas(bare)
        if "пара" in nouns and index and is_attribute(words[index - 1].strip(",")):
            return "пара", True  # шарико-винтовая, червячная, коническая пара
        if nouns and _noun_likely(bare):
            blocked = nouns & NOT_GOODS
            if blocked:
                return next(iter(sorted(blocked))), False
            return next(iter(sorted(nouns))), False
        if not is_attribute(bare) and index > 0:
            break
    return None


@lru_cache(maxsize=4_096)
def misspelt(word: str) -> str:
    """The goods that an unknown word of six and more letters is a misspelling of («потшипник»); "" for none."""
    if len(word) < 6 or not word.isalpha() or any(form.known for form in forms(word)):
        return ""
    return next(iter(get_close_matches(lemma(word), _LONG_GOODS, n=1, cutoff=0.82)), "")


def _lemmas_with_parts(word: str) -> frozenset[str]:
    found = lemmas(word)
    if "-" in word:
        found |= lemmas(word.split("-", maxsplit=1)[0]) | {word.lower()}
    return found


def _noun_likely(word: str) -> bool:
    readings = forms(word.lower())
    return bool(readings) and any(r.part == "NOUN" for r in readings[:2])


def is_attribute(word: str) -> bool:
    return any(r.part in {"ADJF", "PRTF", "NUMR", "ADJS"} for r in forms(word.lower()))


def has_verb(text: str) -> bool:
    """True where a verb of the dictionary stands among the words: a sentence, not the name of a thing."""
    for word in re.sub(r"\([^()]{0,80}\)", " ", text).split()[:20]:
        bare = word.strip("«»\"'(),.;:–?!").lower()
        likeliest = forms(bare)[:1] if len(bare) > 3 and bare.isalpha() else ()
        if any(form.known and form.part in {"VERB", "INFN"} for form in likeliest) and not lemmas(bare) & GOODS:
            return True
    return False


def to_nominative_word(word: str) -> str:
    """One noun in the nominative, its number kept."""
    readings = [form for form in forms(word.lower()) if form.part == "NOUN" and form.lemma in GOODS]
    if not readings or any("nomn" in form.grammemes for form in readings):
        return word
    return inflected(word, "nomn", "sing" if "sing" in readings[0].grammemes else "plur") or word
