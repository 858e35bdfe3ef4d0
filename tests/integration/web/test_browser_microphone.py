"""A real Chromium: speaking into the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser_page import needs_chromium
from mirror_site import Site, serving

from tests.speech import SpeechMaker, error_rate, write_wav

pytestmark = needs_chromium


def test_why_nobody_can_speak_is_said(site: Site, open_page: Any, tmp_path: Path) -> None:
    page = open_page(site)
    absent = "() => Promise.reject(new DOMException('', 'NotFoundError'))"
    page.evaluate(f"() => {{ navigator.mediaDevices.getUserMedia = {absent}; }}")
    page.click("#mic")
    page.wait_for_selector("#note >> text=No usable microphone was found.")
    sound = tmp_path / "quiet.wav"
    write_wav(sound, np.zeros(16_000, dtype=np.float32))
    page = open_page(site, sound, permissions=["microphone"])
    site.application.settings.web.allow_microphone = False
    page.click("#mic")
    page.wait_for_selector("#note >> text=switched off in the settings")
    page.click("#language")
    page.wait_for_selector("#note >> text=브라우저에서 말하는 기능이 설정에서 꺼져 있습니다.")


RESAMPLED = """async ([rate, hertz]) => {
  const { Resampler } = await import('/web/resampler.js');
  const made = new Resampler(rate), out = [];
  for (let at = 0; at < rate * 2; at += 128) {
    const tone = (_, n) => Math.sin(2 * Math.PI * hertz * (at + n) / rate);
    out.push(...made.push(Float32Array.from({ length: 128 }, tone)));
  }
  const middle = out.slice(4000, 28000);
  const loudness = Math.sqrt(2 * middle.reduce((sum, x) => sum + x * x, 0) / middle.length);
  let turns = 0;
  for (let n = 1; n < middle.length; n++) turns += middle[n - 1] < 0 && middle[n] >= 0;
  return [out.length, loudness, turns / middle.length * 16000];
}"""


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000, 8_000])
def test_a_microphone_of_another_rate_comes_at_16_khz(
    site: Site, open_page: Any, rate: int
) -> None:
    page = open_page(site)
    length, loudness, hertz = page.evaluate(RESAMPLED, [rate, 1_000])
    assert abs(length - 32_000) < 200
    assert abs(loudness - 1) < 0.02
    assert abs(hertz - 1_000) < 3
    if rate > 16_000:  # what 16 kHz cannot carry is gone, not folded into the speech
        assert page.evaluate(RESAMPLED, [rate, 10_000])[1] < 0.02


def test_speaking_into_the_browser(tmp_path: Path, speech: SpeechMaker, open_page: Any) -> None:
    said = speech.stream("en", 8.0, seed=1)
    sound = tmp_path / "said.wav"
    write_wav(sound, said.samples)
    with serving(tmp_path / "hearing", recognising=True) as site:
        page = open_page(site, sound, permissions=["microphone"])
        page.click("#mic")
        page.wait_for_selector("#lines .browser")
        page.wait_for_timeout(9_000)
        page.click("#mic")
        page.wait_for_selector("#mic:text-is('Speak')")
        shown = page.eval_on_selector_all(
            "#lines .browser .text", "nodes => nodes.map(n => n.textContent)"
        )
        stored = site.application.segments(site.application.sessions()[0].session_id)
        assert [s.text.strip() for s in stored] == shown
        assert error_rate(said.text, " ".join(shown), "en") < 0.6  # what came before the first word
        assert page.faults == []
        page.context.close()
