"""HTML to lines: what a person sees, rows in line, nothing that is hidden."""

from __future__ import annotations

import pytest

from mailsync.reading import html
from mailsync.reading.model import Table


def text(source: str) -> str:
    return "\n".join(line.text for line in html.render(source).lines)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<p>a</p><p>b</p>", "a\n\nb"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal>b</p>", "a\nb"),
        ("<p class=MsoNormal>a</p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>b</p>", "a\n\nb"),
        ("<p style='margin:0'>a</p><p style='margin:0'>b</p>", "a\nb"),
        ("a   b\n\n c", "a b c"),
        ("16&nbsp;К20 &laquo;ДИП&raquo; &#8212; 1&lt;2", "16 К20 «ДИП» — 1<2"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<ol><li>a</li><li>b</li></ol>", "a\nb"),
        ("<b>a</b><i>b</i> <span>c</span>", "ab c"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a<style>x{}</style><script>y</script><!-- z -->b", "ab"),
        ("<div style='display:none'>hidden</div>a<span hidden>b</span>", "a"),
        ("<p style='DISPLAY : none'>x</p>a", "a"),
        ("<head><title>t</title></head>a", "a"),
        ("a <!-- no end", "a -- no end"),
        ("1 < 2 и 3 > 2", "1 < 2 и 3 > 2"),
        ("a<", "a<"),
        ("", ""),
    ],
)
def test_markup_becomes_text(source: str, shown: str) -> None:
    assert text(source) == shown


TABLE = "<table><tr><th>Имя</th><th>Кол</th></tr><tr><td>Вал</td><td>2&nbsp;шт</td></tr></table>"


def test_a_table_of_data_is_rows_in_line() -> None:
    rendered = html.render(f"<p>a</p>{TABLE}<p>b</p>")
    assert [line.text for line in rendered.lines if line.text] == ["a", "Имя\tКол", "Вал\t2 шт", "b"]
    assert rendered.tables[0] == Table((("Имя", "Кол"), ("Вал", "2 шт")), "html")
    assert [line.table for line in rendered.lines if line.text] == [None, 0, 0, None]


def test_end_tags_that_may_be_left_out_may_be_left_out() -> None:
    assert text("<table><tr><td>a<td>b<tr><td>c<td>d</table>") == "a\tb\nc\td"


def test_a_table_in_frames_is_still_one_table() -> None:
    framed = "<table><tr><td>{}</td></tr></table>"
    cell = framed.format("<b>Вал</b>")
    rendered = html.render(framed.format(f"<table><tr><td>{cell}</td><td>{framed.format('2')}</td></tr></table>"))
    assert [line.text for line in rendered.lines] == ["Вал\t2"]


def test_a_table_that_lays_out_the_page_is_read_as_blocks() -> None:
    page = f"<table><tr><td><p>Здравствуйте!</p>{TABLE}</td><td>меню</td></tr></table>"
    assert text(page) == "Здравствуйте!\nИмя\tКол\nВал\t2 шт\nменю"


def test_a_signature_beside_a_logo_keeps_its_lines() -> None:
    card = "<table><tr><td><img src='cid:x'></td><td>Иванов Пётр<br>механик<br>тел. 1</td></tr></table>"
    assert text(card) == "Иванов Пётр\nмеханик\nтел. 1"


def test_merged_cells_are_repeated_in_the_table_and_shown_once() -> None:
    source = "<table><tr><td rowspan=2>1М63<td>Вал<td>1<tr><td>Винт<td>2<tr><td colspan=2>Итого<td>3</table>"
    rendered = html.render(source)
    assert rendered.tables[0].rows == (("1М63", "Вал", "1"), ("1М63", "Винт", "2"), ("Итого", "Итого", "3"))
    assert [line.text for line in rendered.lines] == ["1М63\tВал\t1", "Винт\t2", "Итого\t3"]


@pytest.mark.parametrize(
    ("source", "quoted"),
    [
        ("<blockquote>q</blockquote>", 1),
        ("<blockquote type=cite><blockquote>q</blockquote></blockquote>", 2),
        ("<blockquote style='margin:0 0 0 40px;border:none'>q</blockquote>", 0),
        ("<blockquote class=gmail_quote style='border:none'>q</blockquote>", 1),
    ],
)
def test_quotations_are_told_from_indented_text(source: str, quoted: int) -> None:
    assert [line.quoted for line in html.render(source).lines] == [quoted]


@pytest.mark.parametrize(
    "attributes",
    [
        "class='gmail_signature'",
        "class=moz-signature",
        "data-signature-widget=container",
        "id=Signature",
        "id=ms-outlook-mobile-signature",
    ],
)
def test_marked_signatures_are_known(attributes: str) -> None:
    lines = html.render(f"<div>a</div><div {attributes}>Иванов<br>тел.</div>").lines
    assert [(line.text, line.signature) for line in lines] == [("a", False), ("Иванов", True), ("тел.", True)]


def test_pictures_of_the_letter_itself_are_known_by_content_id() -> None:
    rendered = html.render("<img src='CID:<A@b>'><img src=https://x.example/pixel.gif>")
    assert rendered.content_ids == {"a@b"}
