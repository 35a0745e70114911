"""The manager sees leads on a board, opens a card, moves a lead, without a line of JavaScript."""

from __future__ import annotations

from urllib.parse import urlencode

from tests.sandbox.caller import Caller


async def a_lead(caller: Caller) -> int:
    item = {
        "name": "RS-7K2M4P1 <Пила>",
        "price": 1500,
        "_embedded": {"contacts": [{"name": "Иван Петров"}], "companies": [{"name": "ООО Завод"}]},
    }
    _, made = await caller.call("POST", "/api/v4/leads/complex", [item])
    lead_id: int = made[0]["id"]
    note = {"note_type": "common", "params": {"text": "<script>alert(1)</script>"}}
    await caller.call("POST", f"/api/v4/leads/{lead_id}/notes", [note])
    return lead_id


async def page(caller: Caller, path: str) -> str:
    answer = await caller.http.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return answer.text


async def test_the_board_shows_stages_with_cards(caller: Caller) -> None:
    lead_id = await a_lead(caller)

    board = await page(caller, "/")

    for text in ("Клиенты", "Заявка", "Счёт выставлен", "RS-7K2M4P1 &lt;Пила&gt;", "Иван Петров", "1\u202f500\u00a0₽"):
        assert text in board
    assert f'href="/leads/detail/{lead_id}"' in board
    assert "RS-7K2M4P1" not in await page(caller, "/leads/pipeline/10226290")


async def test_a_card_shows_the_lead_and_escapes_what_strangers_wrote(caller: Caller) -> None:
    card = await page(caller, f"/leads/detail/{await a_lead(caller)}")

    for text in ("ООО Завод", "Анна Смирнова", "23 ноя 2026, 18:00", "&lt;script&gt;alert(1)&lt;/script&gt;"):
        assert text in card
    assert "<script" not in card


async def test_moving_a_lead_is_a_form(caller: Caller) -> None:
    lead_id = await a_lead(caller)

    moved = await caller.http.post(f"/leads/detail/{lead_id}/status", content=urlencode({"stage": "10226282:142"}))

    assert (moved.status_code, moved.headers["location"]) == (303, f"/leads/detail/{lead_id}")
    assert caller.sandbox.leads[lead_id].status_id == 142
    assert caller.sandbox.store.events[-1].type == "lead_status_changed"


async def test_a_click_on_the_board_moves_a_lead_on_and_comes_back_to_the_board(caller: Caller) -> None:
    lead_id = await a_lead(caller)
    clicks = 0
    while '"stage" value="' in (board := await page(caller, "/")):
        stage = board.partition('"stage" value="')[2].partition('"')[0]
        form = urlencode({"stage": stage, "back": "board"})
        moved = await caller.http.post(f"/leads/detail/{lead_id}/status", content=form)
        assert (moved.status_code, moved.headers["location"]) == (303, "/leads/pipeline/10226282")
        clicks += 1
    assert clicks == 5
    assert caller.sandbox.leads[lead_id].status_id == 142


async def test_fields_are_filled_and_cleared(caller: Caller) -> None:
    lead_id = await a_lead(caller)
    path = f"/leads/detail/{lead_id}/fields"

    await caller.http.post(path, content=urlencode({"712637": "В работе", "712639": "2026-12-01", "712629": "SN-1"}))
    lead = caller.sandbox.leads[lead_id]
    assert [lead.values(field_id) for field_id in (712637, 712639, 712629)] == [["В работе"], [1796072400], ["SN-1"]]
    assert 'value="2026-12-01"' in await page(caller, f"/leads/detail/{lead_id}")

    await caller.http.post(path, content=urlencode({"712629": ""}))
    assert caller.sandbox.leads[lead_id].values(712629) == []


async def test_what_is_refused_is_shown_on_the_card(caller: Caller) -> None:
    lead_id = await a_lead(caller)

    refused = await caller.http.post(f"/leads/detail/{lead_id}/fields", content=urlencode({"712637": "Никакое"}))

    assert "Не принято" in await page(caller, refused.headers["location"])


async def test_contacts_have_a_list_and_cards(caller: Caller) -> None:
    lead_id = await a_lead(caller)

    assert "Иван Петров" in await page(caller, "/contacts/list")
    assert f"/leads/detail/{lead_id}" in await page(caller, "/contacts/detail/40000001")


async def test_the_feed_shows_calls_and_places(caller: Caller) -> None:
    lead_id = await a_lead(caller)
    call = {"uniq": "u", "duration": 5, "source": "АТС", "phone": "+79001112233", "call_result": "перезвонит"}
    place = {"text": "Склад", "address": "Рязань, Станкозаводская, 7", "longitude": "39.7", "latitude": "54.6"}
    notes = [{"note_type": "call_in", "params": call}, {"note_type": "geolocation", "params": place}]
    await caller.call("POST", f"/api/v4/leads/{lead_id}/notes", notes)

    card = await page(caller, f"/leads/detail/{lead_id}")

    for text in ("входящий звонок", "+79001112233\nперезвонит", "Рязань, Станкозаводская, 7\nСклад"):
        assert text in card


async def test_a_file_is_downloaded_never_shown(caller: Caller) -> None:
    session = {"file_name": "стр.html", "file_size": 1, "content_type": "text/html"}
    _, opened = await caller.call("POST", "/drive/v1.0/sessions", session)
    file = (await caller.http.post(opened["upload_url"], content=b"x")).json()

    answer = await caller.http.get(f"/files/{file['uuid']}")

    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"] == "attachment; filename*=UTF-8''%D1%81%D1%82%D1%80.html"


async def test_what_is_not_there_is_404(caller: Caller) -> None:
    lead_id = await caller.add("leads", pipeline_id=10226290)
    await caller.call("DELETE", "/api/v4/leads/pipelines/10226290")
    assert (await caller.http.get(f"/leads/detail/{lead_id}")).status_code == 404
    for path in ("/leads/detail/1", "/leads/pipeline/1", "/contacts/detail/1", "/files/x"):
        assert (await caller.http.get(path)).status_code == 404
