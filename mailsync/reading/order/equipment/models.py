"""Designations of machine tools: known makes and models, and the shapes of unknown ones.

Soviet and Russian models are Cyrillic: Latin look-alikes are folded. Foreign makes stay Latin.
Shape of the Soviet system (ЭНИМС): digit of the group, digit or letter of the type, size, letters of the modification.
"""

from __future__ import annotations

import re

from mailsync.reading.order.wording import comparable, to_cyrillic, to_latin

_KNOWN_SOVIET = frozenset(
    """
    16К20 16К20П 16К20М 16К20Г 16К20Т1 16К20Ф3 16К20Ф3С32 16К20Ф3С5 16К20ВФ1 16К25 16К25Г 16К30 16К30Ф3 16К40
    16К50 16А20Ф3 16Б16 16Б16П 16Б05П 16В20 16В20Г 16Д20 16Д25 16ГС25 16Р25П 16У04П 16Л20 16Е20 16Т02 16Т02П
    16М30Ф3 1К62 1К62Д 1К62Б 1К625 1К625Д 1М63 1М63М 1М63Б 1М63Н 1М63Ф101 1М63БФ101 1М65 1Н65 1Н63 1А62 1А616
    1А616К 1А64 1А660 1Д62 1Д63 1Д63А 1Е61М 1Е61 1И611П 1И611 1Л532 1512 1516 1525 1531 1531М 1541 1553 1580
    1Л512 1516Ф3 1512Ф3 163 165 1658 1616 1618 1620 1В61 1В62 1В62Г 1В625 1В625М 1В625Д 1Г340 1Г340П 1341 1336
    1П365 1П371 1П416 1П420 1П426 1П717 1П756 1П756ДФ3 1В340Ф30 1Б240 1Б240-6 1Б240-6К 1Б265 1Б265-6К 1Б290
    1Б290-6К 1Б225-6 1Б10 1Е140 1Е165 1И125 1Е116 1А240 1П752МФ3 1740РФ3 1723 1Н713 1Н732 1А730 1К282 1К341
    1В06А 1М10 11Ф40 1516Ф1 1К20 1М61 1М61П 1М95 1А95 ДИП-200 ДИП-300 ДИП-400 ДИП-500 ДИП200 ДИП300 ДИП400
    ДИП500 2Н106 2Н112 2Н118 2Н125 2Н125Л 2Н135 2Н135Б 2Н150 2Н175 2М112 2А112 2А125 2А135 2А150 2С132 2С125
    2С50 2С550А 2Т118 2Т125 2Т140 2Т150 2Р135Ф2 2Р135Ф2-1 2Р118Ф2 2К52 2К52-1 2К550В 2Л53У 2М55 2А55 2А554
    2А554Ф1 2А576 2Н55 2Н57 2М57 2М57-2 2532Л 2А53 2Е52 2С163 2620 2620В 2620Г 2620А 2620ГФ1 2А620 2А620Ф1 2А622
    2А622Ф4 2А622Ф2 2636 2637 2А637Ф1 2Л614 2М614 2М615 2614 2615 2657 2Н637 2А450 2Д450 2Д450АФ2 2Е450 2Е450А
    2Е450АФ1 2Е440 2Е440А 2421 2431 2В440А 2455 2459 2705 2706 2А78 2А78Н 2Е78 2Е78П 2Е78ПН 2733П 2776 2204
    2204ВМФ4 2254ВМФ4 2206ВМФ4 2623ПМФ4 2А932 3А110 3А110В 3У10В 3У10А 3У12 3У120А 3У131 3У131М 3У131ВМ 3У132
    3У133 3У142 3У142В 3У143 3У144 3Б12 3А12 3Б151 3Б161 3А150 3А151 3А161 3М131 3М132 3М150 3М151 3М151Ф2 3М152
    3М152В 3М161 3М161Е 3М162 3М163 3М163В 3М173 3М174 3М175 3М182 3М194 3А164 3А228 3К225А 3К225В 3К227 3К227В
    3К228 3К228В 3К229 3К229В 3А227 3А229 3А240 3Г71 3Г71М 3Е710 3Е710А 3Е711 3Е711В 3Б70 3Б71 3Б722 3Б724 3Б740
    3Л722 3Л722В 3Л722А 3Л725 3Д711ВФ11 3Д722 3Д723 3Д725 3Д740 3Д756 3П722 3П722ДВ 3П725 3П732 3Б756 3А423
    3В423 3Д423 3420 3А64 3А64Д 3В641 3В642 3Д642Е 3М642 3М642Е 3Е642 3Е642Е 3М634 3Б634 3Б633 3Т634 3Б632В
    3Л631 3К634 3Б853 3К833 3К833М 3А833 3Г833 3М83 3М82С 3В110 3711 3451 3451В 395М 395МФ10 3Б662 3Д692 3М667
    3А662 3Д180 3180 3М184 3М184А 3В182 3М185 3Е180В 3Ш182Д 3Г182 3Е184 ОШ-55 ОШ-400 ОШ-440 ОШ55 5122 5122В
    5А122 5140 5М14 5М150 5М161 5В12 5107 5К301 5К301П 5К310 5К32 5К32А 5К32П 5К324 5К324А 5К328 5А312 5310 5312
    5350 5350А 5350Б 5Б352 5Б352ПФ2 5Б63 5М63 5Б64 5К63 5Д32 53А08П 53А10 53А11 53А20 53А30П 53А33 53А50 53А80
    53А80Н 5В833 5В841 5М841 5843 5А841 5М82 5822М 5К822В 5П84 5702 5702В 5717С 5Б702 5А702Г 5236П 5230 5С280П
    5С286П 525 5А250 5993 5Д07 5А05 6М10 6М11 6М12П 6М13П 6М13К 6М76П 6М81 6М82 6М82Г 6М82Ш 6М83 6М83Ш 6М610Ф1
    6М616 6Н10 6Н11 6Н12 6Н12ПБ 6Н13 6Н13П 6Н13Ф3 6Н80 6Н81 6Н81Г 6Н81А 6Н82 6Н82Г 6Н83 6Р10 6Р11 6Р11Ф3-1
    6Р11МФ3-1 6Р12 6Р12Б 6Р12П 6Р13 6Р13Б 6Р13Ф3 6Р13Ф3-37 6Р13РФ3 6Р80 6Р80Г 6Р80Ш 6Р81 6Р81Г 6Р81Ш 6Р82 6Р82Г
    6Р82Ш 6Р83 6Р83Г 6Р83Ш 6Т10 6Т12 6Т12-1 6Т12Ф20 6Т13 6Т13Ф3 6Т13Ф20 6Т13-29 6Т80 6Т80Ш 6Т82 6Т82Г 6Т82Ш 6Т83
    6Т83Г 6Т83Ш 6Т83-1 6ДМ80 6ДМ82Ш 6ДМ83Ш 6К11 6К12 6К81Ш 6К82Г 6К82Ш 6К83Ш 6Д12Ф20 6Д81 6Д81Ш 6Д82 6Д91 6С12
    6Б75 6Б75В 6Б75ВФ1 6Б76ПФ2 6А76ПМФ4 6А59 6520Ф3 6520МФ3 6540 6550 6560 6560МФ3 6904ВМФ2 6305Ф4 6305Ф11
    6305МФ4 6А56 6605 6606 6608 6610 6У612 6М610 6Г608 6Г610 6464 6Л463 6725П 6А75ПФ1 6720 6720В 6720ВФ2
    67К25ПФ2-0 67К20 67К25ПР 675 675П 676 676П 679 692Р 692Д 692М 6П80Г 654 654Ф3 65А80 65А90 65А60Ф1 6Т104
    ФСС400 ФСС315 ФС250 ГФ2171 ГФ2171С3 ГФ2171С5 ГФ2171С6 ГФ3171 СФ15 СФ16 СФ35 СФ40 СФ55 СФ676 ФП-7 ФП-9 ФП-17
    ФП-27 МА655 МА655А МА655С5 ЛФ260МФ3 ДФ6725 ВМ127 ВМ127М ВМ130 ВМ133 ВМ501ПМФ4 СВМ1Ф4 НГФ-110 НГФ-110Ш4
    НГФ110 ФУ-251 ОФ-55 ОФ55 УФ0850 7А311 7Д36 7Д37 7Д430 7Б35 7305 7305Т 7307 7307ТД 7307Г 7М36 7М37 7А33 7А36
    7Е35 7Б55 7Б55У 7Б56 7Б56У 7Б57 7Б58 7А420 7А430 7Б420 7212 7212Г 7110 7210 7210-6 7216 7Б210 7228 7402 7410
    7М430 7А412 7534 7555 7633 7403 7Б520 8Г642 8Г662 8Г663 8Г681 8А66 8725 8Б72 8Б72К 872М 8542 8543 8545 8552
    8544 8Г240 8Б66 8А531 8А68 8531 8А240 8В66 8740 8305 8А725 ИЖ250 ИЖ250П ИЖ-250 ИЖ250ИТВМ ИЖ250ИТВМ.01
    ИЖ250ИТВМ.03 250ИТВМ 250ИТВМ.01 250ИТВМ.03 250ИТВМФ1 250ИТПМ 250ИТП ИТ-1М ИТ1М ИТ-42 ИТВ250 ИТ1ГМ ИР500ПМФ4
    ИР800ПМФ4 ИР500МФ4 ИР320ПМФ4 ИР200ПМФ4 ИР500 ИР800 ИС500 ИС800 ИС1250 ИР1400ПФ4 ТВ-4 ТВ4 ТВ-6 ТВ6 ТВ-7 ТВ7
    ТВ-7М ТВ-9 ТВ-11 ТВ-16 ТВ-01М ТВ-320 ТВ320 ТВ-320П ТС-75 ТШ-2 ТШ-3 ТШ3 ТШ-4 ТШ-1 ТН-1 ТП-1М СТД-120 СНВШ
    НС-12 НС-12А НС-16 НС12 НС16 МН-18Н 2М112Л НГФ-110Ш3 УТ16 УТ16П УТ16ПМ УТ16В СА500С10Ф3 СА535С10Ф3
    СА700С10Ф3 СА562С ГС526У ГС526 ГС526-01 ГС545 ГСТ.3001 СУ500 МК6056 МК6057 МК6046 МК6746 МК6748 МК6763
    МК6801Ф3 МК6804Ф3 МК7130 МК6523 КА-280 КА280 КЖ16213 КЖ16273 КЖ1832 КЖ9907 КТ141 КТ140 РТ117 РТ117Ф3 РТ735Ф3
    РТ755Ф3 РТ717 РТ301 РТ350 РТ503 РТ55007 РТ706 РТ817 РТ958 ДР200 ДР300 ЛТ10 ЛТ10М ЛТ11 ПАБ-130 ПАБ-160 ПАБ130
    ПАБ350 ТПК-125 ТПК-125ВМ ТПК125А1-2 ТПАРМ ТПАРМ-100 ТПАРМ100М ТПУ125 16Б16Т1 16К20Т1 17Э160 КХ-1 ВТ-25
    ВТП-200 СТХ310 ТМ-300 160НТ 160НТП 160НТ УТС-160 МАСТЕР 400V ГДВ400 ГДВ500 ГФ1400 ОЦ1И22 ОЦ-1 С500 С630
    С500К КД2122 КД2124 КД2126 КД2128 КД2328 КД2330 КД2132 КЕ2130 КЕ2330 К2130 К2232 КА2232 КВ2132 КБ2132 К116Г
    К117 К3540 К8340 КБ8342 К4537 КБ3537А К0134 КГ0134 КИ2128 ПЕ2130 ДА2238 ДГ2430 ДГ2432 ДБ2432 ДЕ2428 ДЕ2430
    ДЕ2432 ДВ2428 ДБ2424 П6320 П6320Б П6324 П6326 П6328 П6330 П6332 П6334 ПА6328 ПБ6330 П413 П474А П481А ПД476
    ПО443 П311 П125 П250 НА3121 НД3316 НД3316Г НД3317 НД3318 НД3314Г Н3118 Н3121 НА3118 НА3221 НБ3225 НГ13 НГ16
    НГ5222 НГ5223 НБ5221Б НВ5221 НВ5222 Н5222 Н5222А Н3218А Н3221А Н475 С229А НК3418 НК3418А НК3421 НК3416 Н407
    Н478 И1330 И1332 И1428 И1430 И1432 И1434 ИБ1424 ИБ1430 ИА1430 ИВ1330 ИВ2144 ИВ2142 ИБ2222 ИБ2220 ИБ2216
    ИБ2213 И2220 И2222 И2216Б И5526 И5222 МБ4129 М4129 М4129А М4132 МА4129 МА4132 МА4134 МА4136 М4134 М4136
    М1345 М212 МВ412 МА411 М132 8Г663-100 МП6-1920 МП6 ВР-35 ЛС80 ЦДК4 ЦА-2А ФСШ-1А СР6-9 СФ4-1 СФ6 СР3-6 С16-42
    Ц6-2 Ц6 ЦТ10-4 ЦМЭ-3Б ТТ-10 4531 4532Ф3 4531Ф3 4732Ф3 4732Ф3М 4Л721 4Г721 4Д722 4К721 4Е723 4Е724 4611 4720
    4Б611 4Л723Ф3 4Д772 ДК7725 9М15 9М14А 9А151 95ТС-1 95ТС 96ТС МС12-250 МС12-250М1 МС03 МС032.06 МС6Р10 16Ж20
    16С20 С1Е61ВМ 16ВТ20П-21 16ВТ20П СТ16К20 САМАТ400 400В САТ-400 STW95 1Н61
    """.split()
)
_KNOWN_KEYS = {comparable(model): model for model in _KNOWN_SOVIET}

# Makes of foreign machines; the key is the Latin name in lower case, spelled as the maker does.
_MAKES = (
    "HAAS|DMG MORI SEIKI|DMG MORI|DMG|Deckel Maho|Gildemeister|Mori Seiki|Mazak|Yamazaki Mazak|Okuma|Doosan|"
    "DN Solutions|Daewoo|Hyundai WIA|Hyundai-WIA|WIA|Weiler|Index|Traub|Emco|Fanuc|Brother|Hermle|Makino|Hurco|"
    "Victor|Leadwell|Goodway|Takisawa|Nakamura-Tome|Nakamura|Citizen|Cincom|Miyano|Star|Tsugami|Trumpf|Amada|"
    "Bystronic|Optimum|Opti|JET|Proma|Metal Master|MetalMaster|Stalex|TOS Varnsdorf|TOS|Kovosvit MAS|Kovosvit|"
    "MAS|Skoda|Kitamura|Chiron|Heller|Starrag|Schaublin|Studer|Kellenberger|Knuth|SMTCL|DMTG|Spinner|Biglia|"
    "Colchester|Harrison|Bridgeport|Cincinnati|Hardinge|Toyoda|Matsuura|Mikron|GF|AgieCharmilles|Charmilles|Agie|"
    "Sodick|Mitsubishi|Feeler|Quaser|Awea|Litz|Kafo|YCM|Akira-Seiki|Akira Seiki|Wele|Hartford|Vision Wide|"
    "Pinnacle|Dahlih|Johnford|Hwacheon|Samsung|SMEC|Hision|Haitian|Durma|Ermaksan|Baykal|Safan|SafanDarley|LVD|"
    "Prima Power|Salvagnini|Finn-Power|Euromac|Boschert|Peddinghaus|Ficep|Kaltenbach|Behringer|Kasto|Bomar|"
    "Pilous|Pegas|Bianco|Everising|Cosen|Mubea|Geka|Sahinler|Akyapak|Haeusler|Davi|Faccin|Schuler|Aida|Komatsu|"
    "Wasino|Ikegai|Kia|Tongtai|Femco|Fermat|Juaristi|Union|Scharmann|Waldrich Coburg|Waldrich|Pama|Innse|Titan|"
    "Berthiez|Dorries|Froriep|Pietro Carnaghi|Honor Seiki|Blohm|Jung|Favretto|Rosa|Elb|Ziersch|Jones & Shipman|"
    "Okamoto|Proth|Chevalier|Kent|Equiptop|Jainnher|Tacchella|Danobat|Schaudt|Mikrosa|Lidkoping|Reishauer|Hofler|"
    "Liebherr|Gleason|Pfauter|Klingelnberg|Oerlikon|Lorenz|Pittler|EMAG|Boehringer|Heyligenstaedt|Niles|VDF|Heid|"
    "Monforts|Famar|Benzinger|Tornos|Bechler|Gildemeister|Schutte|Wickman|Mori-Say|Zayer|Correa|Anayak|Lagun|"
    "Kondia|Bost|Nicolas Correa|Sharnoa|Fadal|Mighty|Supermax|Enshu|Toshulin|Tajmac|ZPS|FGU|FNGJ|Heckert|"
    "Auerbach|Kolb|Csepel|Stanko|Jesco|ROMI|Ajax|Microcut|Buffalo|Accuway|CKE|Boxford|Denford|Wabeco|Holzmann|"
    "Bernardo|Twister|Warco|Vario|Robodrill|Robocut|Kami|Rojek|Felder|Homag|Weinig|Altendorf|SCM|Griggio|Biesse|"
    "Holz-Her|Zenitech|Visprom|Triod|Cormak|Belmash|Zitrek|Einhell|Makita|Mastercut|Sunrise|Pinacho|Graziano|"
    "Tovaglieri|Zubr|Encore|Cutex|Neway|Tengzhou|Baoji|Dalian|Shenyang|Jinan|Yunnan|Baoji|Taiyun|Yangli|Accurl|"
    "Nantong|Han's|Raytools|Wattsan|HSG|Bodor|LaserCut|Lasercut|CTX|NEF|VF|DMU|DMC|DMF|MAHO|Quantum"
).split("|")
_RUSSIAN_SPELLING = {
    "хаас": "HAAS",
    "хасс": "HAAS",
    "мазак": "Mazak",
    "окума": "Okuma",
    "дусан": "Doosan",
    "доосан": "Doosan",
    "вейлер": "Weiler",
    "вайлер": "Weiler",
    "эмко": "Emco",
    "фанук": "Fanuc",
    "хермле": "Hermle",
    "макино": "Makino",
    "хурко": "Hurco",
    "лидвелл": "Leadwell",
    "трумпф": "Trumpf",
    "амада": "Amada",
    "быстроник": "Bystronic",
    "оптимум": "Optimum",
    "кнут": "Knuth",
    "шаублин": "Schaublin",
    "индекс": "Index",
    "трауб": "Traub",
    "содик": "Sodick",
    "спиннер": "Spinner",
    "микрон": "Mikron",
    "дмг": "DMG",
    "дмг мори": "DMG MORI",
    "гильдемайстер": "Gildemeister",
    "хардинж": "Hardinge",
    "викт": "Victor",
    "хёндай виа": "Hyundai WIA",
}
_MAKE_KEYS = {make.lower(): make for make in _MAKES}
_LATIN_MODEL = r"[A-Z][A-Za-z]{0,9}[ -]?\d{1,5}[A-Za-z0-9./-]{0,14}|\d{1,5}[A-Za-z][A-Za-z0-9/-]{0,12}|\d{2,5}"
_MAKE = re.compile(
    r"(?<![\w-])(?P<make>"
    + "|".join(
        sorted((re.escape(m).replace(r"\ ", r"[ -]") for m in [*_MAKES, *_RUSSIAN_SPELLING]), key=len, reverse=True)
    )
    + r")(?![\w])",
    re.IGNORECASE,
)
_AFTER_MAKE = re.compile(
    rf"[ ]?[-«\"]?(?P<series>(?:(?:Quick Turn|Quick|Turn|Puma|Lynx|Multus|Integrex|Variaxis|Nexus|Vertical"
    rf"|Center|Smart|Super|Mini|Mill|Ecoline|Sprint|Robodrill|Speedio|Alpha|Opti|Linear|Genos|Space|Turcado"
    rf"|Concept|Mynx|Vario|[A-Z]{{2,5}})[ -]){{0,2}})"
    rf"(?P<model>{_LATIN_MODEL})(?P<suffix>(?:[ ](?:ecoline|evo|linear|smart|V\d"
    rf"|[ILX]{{1,3}})(?![\w]))?(?:[ ](?!SN|NC|CNC|OY)(?:[A-Z]{{2,3}}|[VUSLT])(?![\w/])){{0,2}})"
)
_BARE_LATIN = re.compile(
    r"(?<![\w./-])(?P<model>(?:CTX|NEF|DMU|DMC|DMF|VF|ST|QTN?|QT|NLX|NHX|NVX|NTX|CLX|CMX|LB|LU|PUMA|VTC|VMC"
    r"|HMC|SL|UMC|TL|TM|MV|GL|L)[ -]?\d{1,4}[A-Z]{0,4}(?:[ -](?:ecoline|evo|V\d|SY|EX"
    r"|\d{1,4})(?![\w.]))?)(?![\w./-])"
)
_SOVIET_TOKEN = re.compile(
    r"(?<![\w.№/])(?:[А-ЯЁA-Zа-яa-z]{0,3}-?\d{1,4}"
    r"|[А-ЯA-Zа-яa-z]{1,4}-?\d{1,5})[А-ЯA-Zа-яa-z0-9]{0,12}(?:[.-][А-ЯA-Z0-9]{1,5}(?![\w])){0,2}(?![\w/])"
)
_SPACED = re.compile(
    r"(?<![\w])(?P<series>дип|тв|ит|рт|кд|сн)[ -]{0,2}(?P<number>\d{1,4}[а-я]{0,2})(?![\w.])", re.IGNORECASE
)
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"[1-9]\d?[КМРНАБВДЕПТУГЛИФЭСЖЗ]{1,2}\d{1,4}[А-Я]{0,4}\d{0,3}(?:[А-Я]\d{1,3}){0,2}(?:-\d{1,2})?",
        r"[2-9]\d{2,3}[А-Я]{1,4}\d{0,2}(?:-\d{1,2})?",  # 2620В, 676П, 6520Ф3
    )
)
_STEEL_OR_MOTOR = re.compile(
    r"(?:\d{1,3}Х|\d{1,2}ХГ|[45]А[МИХ]?\d{2,3}[A-ZА-Я]\d?|[1-9]\d?[КМРНАБВДЕПТУГ]\d?$|\d{1,6}(?:М|КГ|ММ|СМ|ВТ|КВТ"
    r"|ГЦ|МПА|Л|Т|В|А|ШТ|КОМПЛ|Р|РУБ|ГОД|Г|Н|ДН)$|[РТВ]\d{1,2}К\d)"
)


def known_model(token: str) -> str | None:
    """The model in Cyrillic where the token is one of the known Soviet or Russian models."""
    if comparable(token) not in _KNOWN_KEYS:
        return None
    return folded(token)


def folded(token: str) -> str:
    """A Soviet designation in Cyrillic capitals, its punctuation kept."""
    return to_cyrillic(token.strip(".,;:()«»\"'")).upper()


def has_model_shape(token: str) -> bool:
    """True for what looks like a Soviet model by itself: 16К20, 6Р82Ш; no steel, motor or measure."""
    code = folded(token)
    if _STEEL_OR_MOTOR.match(code) and comparable(code) not in _KNOWN_KEYS:
        return False
    return any(shape.fullmatch(code) for shape in _SHAPES)


def soviet_tokens(text: str) -> list[re.Match[str]]:
    """Every token that could be a Soviet designation by its characters."""
    return list(_SOVIET_TOKEN.finditer(text))


def spaced_models(text: str) -> list[tuple[str, int, int]]:
    """Known models written with a blank for the hyphen: «дип 300»."""
    found = [(m, f"{folded(m['series'])}-{folded(m['number'])}") for m in _SPACED.finditer(text) if " " in m[0]]
    return [(model, m.start(), m.end()) for m, model in found if comparable(model) in _KNOWN_KEYS]


def foreign_models(text: str) -> list[tuple[str, int, int]]:
    """Foreign makes with their models as (written form, start, end): "HAAS VF-2", "DMG CTX 310"."""
    found: list[tuple[str, int, int]] = []
    for match in _MAKE.finditer(text):
        if found and match.start() < found[-1][2]:
            continue
        after = _AFTER_MAKE.match(text, match.end())
        if after is None:
            continue
        written = match["make"]
        key = written.lower().replace("-", " ")
        make = _RUSSIAN_SPELLING.get(key) or (
            _MAKE_KEYS.get(key) if not written.isupper() and key in _MAKE_KEYS else written
        )
        if not re.search(r"[A-ZА-ЯЁ]", written[:1]) and key not in _RUSSIAN_SPELLING:
            continue
        model = re.sub(r"^[«\" -]+", "", text[match.end() : after.end()]).rstrip(" .,-/")
        glue = text[match.end() : match.end() + 1] if text[match.end() : match.end() + 1] == "-" else " "
        found.append(
            (
                f"{make or written}{glue}{to_latin(model)}",
                match.start(),
                match.end() + len(text[match.end() : after.end()].rstrip(" .,-/")),
            )
        )
    taken = [(start, end) for _, start, end in found]
    bare = [match for match in _BARE_LATIN.finditer(text) if not any(s <= match.start() < e for s, e in taken)]
    found += [(match["model"], match.start(), match.end()) for match in bare]
    return sorted(found, key=lambda entry: entry[1])
