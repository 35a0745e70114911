"""`/app` in Chromium, as Telegram opens it: machines, a request for service, forged data refused.

MAILSYNC_SCREENSHOTS=1 writes the pictures of docs/passport anew.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Literal
from urllib.parse import quote, urlencode

import httpx
import pytest
from playwright.async_api import Page, async_playwright, expect

from mailsync.web.server import serve
from tests.passport.test_api import OWNER, Platform, platform
from tests.passport.test_registration import deal as made_deal
from tests.passport.test_registration import filled, won
from tests.passport.visitors import init_data
from tests.paths import ROOT

CHROMIUM = shutil.which("chromium")
PICTURES = ROOT / "docs" / "passport" if os.environ.get("MAILSYNC_SCREENSHOTS") else None
LIGHT = {
    "bg_color": "#ffffff",
    "secondary_bg_color": "#efeff4",
    "text_color": "#000000",
    "hint_color": "#8e8e93",
    "link_color": "#0a6cc2",
    "button_color": "#1f75c4",
    "button_text_color": "#ffffff",
    "destructive_text_color": "#c5281c",
}
DARK = {
    "bg_color": "#18222d",
    "secondary_bg_color": "#131b23",
    "text_color": "#f5f5f5",
    "hint_color": "#708499",
    "link_color": "#73b9f5",
    "button_color": "#2b78b8",
    "button_text_color": "#ffffff",
    "destructive_text_color": "#ff8a80",
}
BROWSER = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
TODAY = datetime(2026, 11, 18, 12, tzinfo=UTC)


@dataclass
class Shown:
    """The page's address, what stands behind it, and the browser's page."""

    there: Platform
    url: str
    page: Page

    async def open(self, data: str | None = None, theme: dict[str, str] = LIGHT) -> None:
        """As Telegram opens it: everything behind the "#"."""
        given = init_data(OWNER, self.there.here.clock.now()) if data is None else data
        hash_ = urlencode(
            {"tgWebAppData": given, "tgWebAppVersion": "8.0", "tgWebAppThemeParams": json.dumps(theme)}, quote_via=quote
        )
        await self.page.goto("about:blank")
        await self.page.goto(f"{self.url}/app#{hash_}")
        await expect(self.page.get_by_role("main")).to_have_attribute("aria-busy", "false")

    async def picture(self, name: str) -> None:
        if PICTURES:
            PICTURES.mkdir(parents=True, exist_ok=True)
            await self.page.screenshot(path=PICTURES / f"{name}.png", animations="disabled")


@pytest.fixture
async def shown() -> AsyncIterator[Shown]:
    if CHROMIUM is None:
        message = "chromium is not installed: the Mini App's page is not tried"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    async with platform() as there, browser() as page:
        app = there.http._transport.app  # type: ignore[attr-defined]
        async with serve(app, "127.0.0.1", 0) as port:
            yield Shown(there, f"http://127.0.0.1:{port}", page)


@asynccontextmanager
async def browser() -> AsyncIterator[Page]:
    """A telephone in Moscow on the day of the tests; anything that the page logs as an error fails the test."""
    async with async_playwright() as driver:
        chromium = await driver.chromium.launch(executable_path=CHROMIUM, args=BROWSER)
        context = await chromium.new_context(
            viewport={"width": 390, "height": 844}, device_scale_factor=2, locale="ru-RU", timezone_id="Europe/Moscow"
        )
        page = await context.new_page()
        await page.clock.set_fixed_time(TODAY)
        problems: list[str] = []
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda line: problems.append(line.text) if "Content Security Policy" in line.text else None)
        yield page
        await chromium.close()
    assert problems == []


async def two_machines(there: Platform) -> None:
    here = there.here
    first = await made_deal(here)
    await won(here, first)
    await filled(here, first, status="Диагностика", date="2026-11-15")
    second = await made_deal(here, serial_number="ДМГ-2207/14")
    here.crm.leads[second].fields[712631] = "ИЖ250ИТВМ"
    await won(here, second)
    await filled(here, second, date="2026-12-10")


async def test_a_customer_sees_his_machines_and_calls_for_service(shown: Shown) -> None:
    await two_machines(shown.there)
    page = shown.page
    await shown.open()
    cards = page.get_by_role("article")
    await expect(cards).to_have_count(2)
    await expect(cards.nth(0)).to_contain_text("Заводской № 4455")
    await expect(cards.nth(0)).to_contain_text("Диагностика")
    await expect(cards.nth(0)).to_contain_text("просрочено на 3 дня")
    await expect(cards.nth(1)).to_contain_text("ИЖ250ИТВМ")
    await expect(cards.nth(1)).to_contain_text("10 декабря 2026через 22 дня")
    await shown.picture("machines-light")
    await cards.nth(0).get_by_text("История").click()
    await expect(cards.nth(0).get_by_role("listitem")).to_have_count(3)
    await shown.picture("history-light")
    await cards.nth(0).get_by_text("История").click()

    call = page.get_by_role("button", name="Вызвать сервис: 16К20, № 4455")
    await call.click()
    form = page.get_by_role("dialog", name="Вызов сервиса")
    await form.get_by_role("button", name="Отправить").click()
    await expect(form.get_by_role("alert")).to_have_text("Напишите несколько слов.")
    await form.get_by_label("Что случилось?").fill("Не включается шпиндель, ошибка E-21 на стойке.")
    await form.get_by_label("Телефон для связи").fill("+7 912 345-67-89")
    await shown.picture("call-service-light")
    await form.get_by_role("button", name="Отправить").click()
    await expect(page.get_by_role("status")).to_contain_text("принята. Мы свяжемся с вами.")
    await expect(call).to_be_focused()
    asked = page.get_by_role("region", name="Мои заявки").get_by_role("listitem")
    await expect(asked).to_contain_text("Принята, передаём менеджеру")

    await shown.there.work()
    made = shown.there.here.crm.leads[max(shown.there.here.crm.leads)].lead
    assert made.name.startswith("Сервис RS-")
    assert (made.serial_number, made.telegram_id) == ("4455", "777")
    await shown.open(theme=DARK)
    await expect(asked).to_contain_text("Передана менеджеру")
    await shown.picture("machines-dark")
    await asked.scroll_into_view_if_needed()
    await page.evaluate("scrollTo(0, document.body.scrollHeight)")
    await shown.picture("requests-dark")


async def test_parts_are_ordered_once_however_often_the_button_is_pressed(shown: Shown) -> None:
    await two_machines(shown.there)
    await shown.open(theme=DARK)
    page = shown.page
    await page.get_by_role("button", name="Заказать запчасти: 16К20, № 4455").click()
    form = page.get_by_role("dialog", name="Заказ запчастей")
    await form.get_by_label("Что нужно?").fill("Ремень клиновой А-1250 — 4 шт\nЩётки Г3 — 2 комплекта")
    await shown.picture("order-parts-dark")
    await form.get_by_role("button", name="Отправить").dblclick()
    await expect(page.get_by_role("status")).to_contain_text("принята")
    requests = await shown.there.here.journal.app_requests.of_telegram(str(OWNER))
    assert [(one.kind, one.serial_number) for one in requests] == [("parts", "4455")]


@pytest.mark.parametrize("theme", ["light", "dark"])
async def test_a_customer_without_machines_is_told_what_to_do(shown: Shown, theme: str) -> None:
    await shown.open(theme=LIGHT if theme == "light" else DARK)
    await expect(shown.page.get_by_role("region", name="Мои станки")).to_contain_text("Станков пока нет")
    await shown.picture(f"empty-{theme}")


async def test_forged_data_are_refused(shown: Shown) -> None:
    await two_machines(shown.there)
    await shown.open(init_data(OWNER, shown.there.here.clock.now(), token="1:another-bot"))
    region = shown.page.get_by_role("region", name="Мои станки")
    await expect(region).to_contain_text("Вход не подтверждён")
    await expect(shown.page.get_by_role("article")).to_have_count(0)
    await expect(region.get_by_role("button")).to_have_count(0)
    await shown.picture("refused-light")


async def test_the_page_fits_any_width(shown: Shown) -> None:
    await two_machines(shown.there)
    shown.there.here.crm.leads[max(shown.there.here.crm.leads)].fields[712631] = "СтанокСОченьДлиннымИменемМодели" * 3
    for width in (320, 390, 768, 1440):
        await shown.page.set_viewport_size({"width": width, "height": 720})
        await shown.open()
        await shown.page.get_by_role("button", name="Заказать запчасти").first.click()
        await expect(shown.page.get_by_role("button", name="Отправить")).to_be_in_viewport(ratio=1)
        assert await shown.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_the_keyboard_alone_is_enough(shown: Shown) -> None:
    await two_machines(shown.there)
    await shown.open()
    press = shown.page.keyboard.press
    await press("Tab")
    call = shown.page.get_by_role("button", name="Вызвать сервис: 16К20, № 4455")
    await expect(call).to_be_focused()
    await press("Enter")
    await expect(shown.page.get_by_label("Что случилось?")).to_be_focused()
    await press("Escape")
    await expect(call).to_be_focused()
    await press("Enter")
    await shown.page.keyboard.type("Не включается")
    for _ in range(2):  # past the telephone, to the button
        await press("Tab")
    await press("Enter")
    await expect(shown.page.get_by_role("status")).to_contain_text("принята")


CONTRAST = """() => {
  const luminance = (colour) => {
    const canvas = Object.assign(document.createElement("canvas"), {width: 1, height: 1});
    const pen = canvas.getContext("2d");
    pen.fillStyle = colour;
    pen.fillRect(0, 0, 1, 1);
    const parts = [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
    const [red, green, blue] = parts.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = (node) => {
    const colour = getComputedStyle(node).backgroundColor;
    return colour === "rgba(0, 0, 0, 0)" ? background(node.parentElement) : colour;
  };
  const hasText = (node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
  const shown = [...document.querySelectorAll("body *")].filter((node) => node.checkVisibility() && hasText(node));
  return shown.map((node) => {
    const [dark, light] = [getComputedStyle(node).color, background(node)].map(luminance).sort((a, b) => a - b);
    return [(light + 0.05) / (dark + 0.05), node.textContent.trim()];
  });
}"""


async def test_words_stand_out_from_what_is_behind_them(shown: Shown) -> None:
    """4.5 to 1 (WCAG 2.2, 1.4.3), in Telegram's colours and in the page's own, whatever the system's scheme."""
    await two_machines(shown.there)
    schemes: tuple[Literal["light", "dark"], ...] = ("light", "dark")
    for scheme, theme in product(schemes, (LIGHT, DARK, {})):
        await shown.page.emulate_media(color_scheme=scheme)
        await shown.open(theme=theme)
        told = await shown.page.evaluate(CONTRAST)
        assert len(told) > 20
        assert [(ratio, words) for ratio, words in told if ratio < 4.5] == []


async def test_outside_telegram_the_page_says_where_it_works(shown: Shown) -> None:
    await shown.page.goto(f"{shown.url}/app")
    await expect(shown.page.get_by_role("region", name="Мои станки")).to_contain_text("Откройте в Telegram")


async def test_a_lost_connection_can_be_tried_again(shown: Shown) -> None:
    await two_machines(shown.there)
    await shown.page.route("**/passport/**", lambda route: route.abort())
    await shown.open()
    await expect(shown.page.get_by_text("Нет связи с сервером")).to_be_visible()
    await shown.page.unroute("**/passport/**")
    await shown.page.get_by_role("button", name="Повторить").click()
    await expect(shown.page.get_by_role("article")).to_have_count(2)


async def test_the_page_is_small_and_lets_nothing_foreign_in() -> None:
    async with platform() as there:
        answers: list[httpx.Response] = [await there.http.get(path) for path in ("/app", "/app/app.css", "/app/app.js")]
        assert {answer.status_code for answer in answers} == {200}
        assert sum(len(answer.content) for answer in answers) < 30_000
        policy = answers[0].headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'")
        assert "unsafe" not in policy
        known = await there.http.get("/app", headers={"If-None-Match": answers[0].headers["ETag"]})
        assert known.status_code == 304
