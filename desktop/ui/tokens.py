"""Design tokens: every colour and measure of the interface, dark and light.  Pure, any thread.

The accent is celadon, the green of Korean ceramics.  Text tokens keep a contrast of at least
4.5:1 on every ground they are used on, and what shows where a control is 3:1; a test computes both.
"""

from __future__ import annotations

from dataclasses import dataclass

SPACE_PX = 8
RADIUS_PX = 10
RADIUS_SMALL_PX = 8
CONTROL_HEIGHT_PX = 34
MIN_WINDOW_PX = (960, 600)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One palette.  Colours are ``#RRGGBB``."""

    name: str
    window: str  # behind everything
    rail: str  # the pages at the left
    sidebar: str
    surface: str  # cards and the transcript
    raised: str  # controls on a surface, menus
    hover: str
    pressed: str
    border: str
    border_strong: str
    outline: str  # of fields and switches: seen by weak eyes, too
    text: str
    text_soft: str  # second line, labels
    text_faint: str  # timestamps, still readable
    partial: str  # text that may still change
    accent: str
    accent_hover: str
    accent_pressed: str
    on_accent: str
    accent_text: str  # accent as text on a surface
    accent_tint: str  # accent as a quiet ground
    selection: str
    lane_me: str
    lane_others: str
    lane_file: str
    danger: str
    danger_hover: str
    on_danger: str
    danger_text: str
    danger_tint: str
    warning_text: str
    warning_tint: str
    info_tint: str
    match: str  # ground of a search hit
    playing: str  # ground of the word being played
    kind_person: str  # keyword categories, and the curves of charts
    kind_place: str
    kind_company: str
    kind_technology: str
    kind_product: str
    kind_equipment: str
    kind_service: str
    kind_other: str
    meter_track: str
    meter_low: str
    meter_high: str
    meter_clip: str
    tooltip: str
    on_tooltip: str


LIGHT = Tokens(
    name="light",
    window="#F4F5F4",
    rail="#E4E9E6",
    sidebar="#ECEFED",
    surface="#FFFFFF",
    raised="#F4F6F5",
    hover="#E9EDEB",
    pressed="#DDE3E0",
    border="#E0E5E2",
    border_strong="#C6CECA",
    outline="#7F8B86",
    text="#17201D",
    text_soft="#4E5B56",
    text_faint="#5A6762",
    partial="#5C6964",
    accent="#14695C",
    accent_hover="#0F5A4F",
    accent_pressed="#0B4940",
    on_accent="#FFFFFF",
    accent_text="#0F6154",
    accent_tint="#DDEEE9",
    selection="#D5EAE4",
    lane_me="#14695C",
    lane_others="#6A4BB5",
    lane_file="#2F5F9E",
    danger="#B3362B",
    danger_hover="#9C2D23",
    on_danger="#FFFFFF",
    danger_text="#A32B21",
    danger_tint="#FBE6E3",
    warning_text="#7A4B00",
    warning_tint="#FCF0D9",
    info_tint="#E4EEF5",
    match="#FBE7A6",
    playing="#BFE3D9",
    kind_person="#A63A7C",
    kind_place="#2E7338",
    kind_company="#2A5FA5",
    kind_technology="#6A4BB5",
    kind_product="#AD4A1C",
    kind_equipment="#7D6200",
    kind_service="#0B6F80",
    kind_other="#5C6A64",
    meter_track="#DDE3E0",
    meter_low="#238272",
    meter_high="#C07D0E",
    meter_clip="#C43D31",
    tooltip="#1F2A26",
    on_tooltip="#F2F6F4",
)

DARK = Tokens(
    name="dark",
    window="#121615",
    rail="#0F1312",
    sidebar="#161B1A",
    surface="#1A201E",
    raised="#232A28",
    hover="#2A3330",
    pressed="#333D3A",
    border="#29312F",
    border_strong="#3E4946",
    outline="#6B7873",
    text="#E7ECEA",
    text_soft="#B2BDB8",
    text_faint="#9CAAA4",
    partial="#9CA9A4",
    accent="#5FC3B0",
    accent_hover="#74D0BE",
    accent_pressed="#4FB09E",
    on_accent="#06231D",
    accent_text="#6FCDBB",
    accent_tint="#1D3630",
    selection="#21413A",
    lane_me="#6FCDBB",
    lane_others="#B7A0F4",
    lane_file="#8BB8EC",
    danger="#E5766B",
    danger_hover="#EE887E",
    on_danger="#2A0805",
    danger_text="#F0938A",
    danger_tint="#3A211F",
    warning_text="#E9BC6B",
    warning_tint="#352B18",
    info_tint="#1B2C36",
    match="#4C3F10",
    playing="#2C5A50",
    kind_person="#E79AC9",
    kind_place="#8CCB94",
    kind_company="#8BB8EC",
    kind_technology="#B7A0F4",
    kind_product="#F0A07C",
    kind_equipment="#D9BE6A",
    kind_service="#6CC7D6",
    kind_other="#A0ACA7",
    meter_track="#2B3431",
    meter_low="#5FC3B0",
    meter_high="#E0A848",
    meter_clip="#E5766B",
    tooltip="#E7ECEA",
    on_tooltip="#17201D",
)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two ``#RRGGBB`` colours, 1 to 21 (WCAG 2.1, relative luminance)."""

    def luminance(colour: str) -> float:
        channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    bright, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)
