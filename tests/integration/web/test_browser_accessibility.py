"""A real Chromium: everything can be read and reached, by touch and by keyboard."""

from __future__ import annotations

from typing import Any

import pytest
from browser_page import holds, needs_chromium
from mirror_site import Site
from scripted_meeting import filled, keyword, line, notice, started

pytestmark = needs_chromium

# Every text that is seen, with its contrast to the ground it stands on.
CONTRASTS = """() => {
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const colour = getComputedStyle(at).backgroundColor;
      const found = numbers(colour);
      if (colour.startsWith('color(')) return found.slice(0, 3).map((c) => c * 255);
      if (found.length === 3 || found[3] > 0.99) return found;
    }
    return [255, 255, 255];
  };
  return [...document.querySelectorAll('body *')]
    .filter((node) => [...node.childNodes].some((c) => c.nodeType === 3 && c.data.trim()))
    .filter((node) => node.checkVisibility())
    .map((node) => {
      const [a, b] = [light(numbers(getComputedStyle(node).color)), light(ground(node))];
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      return [contrast, node.textContent.slice(0, 30), node.className];
    })
    .filter(([contrast]) => contrast < 4.5);
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_can_be_read_and_reached(site: Site, open_page: Any, scheme: str) -> None:
    filled(site)
    notice(site, "No microphone was found.")
    page = open_page(site, color_scheme=scheme)
    for tab in ("keywords", "answers", "sessions", "machine"):
        page.click(f"#tab-{tab}")
        page.wait_for_selector(f"#panel-{tab}:visible")
        assert page.evaluate(CONTRASTS) == []
    nameless = """() => [...document.querySelectorAll('button, input, textarea, [role=tabpanel]')]
      .filter((n) => !(n.ariaLabel || n.textContent.trim() || n.getAttribute('aria-labelledby')))
      .map((n) => n.outerHTML)"""
    assert page.evaluate(nameless) == []
    page.focus("#tab-machine")
    page.keyboard.press("ArrowRight")  # round to the first
    assert page.get_attribute("#tab-keywords", "aria-selected") == "true"
    assert page.evaluate("document.activeElement.id") == "tab-keywords"
    assert page.faults == []


def test_the_end_stays_in_sight_on_a_phone(site: Site, open_page: Any) -> None:
    filled(site)
    page = open_page(site, viewport={"width": 360, "height": 640}, has_touch=True)
    notice(site, "No microphone was found.")
    page.wait_for_selector("#notices .notice")
    left = "() => { const t = document.getElementById('transcript');"
    holds(page, left + " return t.scrollHeight - t.scrollTop - t.clientHeight < 3; }")
    assert page.is_hidden("#jump")
    wide = "() => document.documentElement.scrollWidth <= window.innerWidth"
    assert page.evaluate(wide)
    small = """() => [...document.querySelectorAll('button')].filter((n) => n.checkVisibility())
      .filter((n) => n.getBoundingClientRect().height < 36).map((n) => n.outerHTML)"""
    assert page.evaluate(small) == []
    page.evaluate("document.getElementById('transcript').scrollTop = 0")
    page.wait_for_selector("#jump:visible")
    line(site, 40, "somebody goes on")  # who reads above is left there
    page.wait_for_selector("#lines >> text=somebody goes on")
    assert page.evaluate("document.getElementById('transcript').scrollTop") < 5
    page.click("#jump")
    holds(page, left + " return t.scrollHeight - t.scrollTop - t.clientHeight < 3; }")
    page.click("#notices button")
    page.wait_for_selector("#notices .notice", state="detached")
    page.click("#clear")
    page.wait_for_selector("#lines .line", state="detached")


def test_who_walks_the_keywords_by_keyboard_stays_where_they_are(
    site: Site, open_page: Any
) -> None:
    page = open_page(site)
    started(site)
    line(site, 1, "the budget")
    keyword(site, "budget")
    page.focus("#keywords .chip")
    page.keyboard.press("Enter")
    page.wait_for_selector("#lines .found")
    keyword(site, "garden")
    page.wait_for_selector("#keywords .chip >> text=garden")
    assert "budget" in page.evaluate("document.activeElement.textContent")
    line(site, 2, "again the budget")  # what comes later is marked too
    page.wait_for_selector("#lines .found >> text=again the budget")
