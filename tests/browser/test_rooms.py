"""The drawings of what is in the room: every word inside, readable, and on no other word."""

from pathlib import Path

import pytest

CHAPTERS = Path(__file__).resolve().parent.parent.parent / "medkit/chapters"
ROOMS = sorted(CHAPTERS.glob("*/room.svg"))

#: How far the boxes of two texts may reach into each other, px: letters do not fill them.
OVERLAP = 3

SIZE = """() => {
  const { width, height } = document.querySelector("svg").viewBox.baseVal;
  return [width, height];
}"""
BOXES = """() => [...document.querySelectorAll("svg text")].map(t => {
  const { left, top, right, bottom } = t.getBoundingClientRect();
  const size = parseFloat(getComputedStyle(t).fontSize);
  return { words: t.textContent.trim(), left, top, right, bottom, size };
}).filter(t => t.words)"""


@pytest.mark.parametrize("path", ROOMS, ids=lambda path: path.parent.name)
def test_words_lie_inside_and_apart(bare_page, path, screenshot):
    page = bare_page.page
    page.set_content(f"<body style='margin:0'>{path.read_text(encoding='utf-8')}</body>")
    screenshot(f"room_{path.parent.name}", page.locator("svg"))
    (width, height), boxes = page.evaluate(SIZE), page.evaluate(BOXES)
    assert boxes, "a drawing without words"
    for box in boxes:
        assert 0 <= box["left"] < box["right"] <= width, f"outside: {box}"
        assert -1 <= box["top"] < box["bottom"] <= height + 1, f"outside: {box}"
        assert box["size"] >= 11.5, f"too small to read: {box}"
    for k, one in enumerate(boxes):
        for other in boxes[:k]:
            across = min(one["right"], other["right"]) - max(one["left"], other["left"])
            down = min(one["bottom"], other["bottom"]) - max(one["top"], other["top"])
            assert min(across, down) <= OVERLAP, f"{one['words']!r} lies on {other['words']!r}"
