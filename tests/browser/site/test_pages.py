"""The site in a browser, from a disk: what it looks like, search, keyboard, accessibility."""

from pathlib import Path
from urllib.parse import unquote

import pytest

PAGES = ("index", "glossary", "11_ct", "36_pairs")
WIDTHS = (360, 800, 1280)
#: All that a keyboard must come to.
CONTROLS = "a[href], button, input, summary, select, textarea, audio, [tabindex='0']"


def faults(page):
    """Return what axe finds in the whole page, slight faults included, a line each."""
    script = pytest.importorskip("axe_playwright_python", reason="axe is not installed")
    page.evaluate((Path(script.__file__).parent / "axe.min.js").read_text("utf-8"))
    return page.evaluate(
        """async () => {
          // A page from a disk may not read its own style sheet, which is what preloading would do.
          const {violations} = await axe.run(document, {preload: false});
          return violations.flatMap(v => v.nodes.map(n => `${v.id}: ${n.html.slice(0, 200)}`));
        }"""
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_fault_and_the_page_is_no_wider_than_the_screen(
    site, name, width, scheme, screenshot
):
    page = site.open(name, width=width, scheme=scheme)
    page.wait_for_load_state()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert faults(page) == []
    screenshot(f"site_{name}_{width}_{scheme}", page)


def test_axe_would_find_one(site):
    page = site.open("index")
    page.evaluate("document.querySelector('main').innerHTML += '<p style=\"color:#bbb\">faint</p>'")
    assert [fault.partition(":")[0] for fault in faults(page)] == ["color-contrast"]


@pytest.mark.parametrize("name", PAGES)
def test_the_first_view_takes_less_than_a_megabyte(site, name):
    page = site.open(name)
    page.wait_for_load_state("networkidle")
    files = {Path(unquote(url[7:].partition("#")[0])) for url in site.loaded if url[:5] == "file:"}
    assert 3 <= len(files) < 60
    assert sum(file.stat().st_size for file in files) < 1e6


def test_nothing_jumps_while_pictures_come(site):
    page = site.open("36_pairs", width=800)
    page.evaluate(
        """() => {
          window.moved = 0;
          new PerformanceObserver(seen => seen.getEntries().forEach(e => window.moved += e.value))
            .observe({type: 'layout-shift', buffered: true});
        }"""
    )
    for _ in range(30):
        page.mouse.wheel(0, 700)
        page.wait_for_timeout(30)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.moved") < 0.02


@pytest.mark.parametrize(
    ("words", "first", "target"),
    [
        ("smear but filter", "Build it: smear, but filter first", "11_ct.html#"),
        ("sinogram", "sinogram", "11_ct.html#"),
        ("正弦图", "sinogram", "11_ct.html#"),
        ("ten pairs", "36 · Ten pairs", "36_pairs.html"),
    ],
)
def test_search_finds_headings_and_terms_in_two_languages(site, words, first, target):
    page = site.open("index")
    page.keyboard.press("/")
    page.keyboard.type(words)
    found = page.locator("#found a")
    found.first.wait_for()
    assert found.first.evaluate("link => link.firstChild.textContent") == first
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/{target}**")
    if "#" in target:
        box = page.locator("h2:target, h3:target").bounding_box()
        assert page.locator(".bar").bounding_box()["height"] <= box["y"] < 300


def test_search_says_that_nothing_is_found_and_goes_with_escape(site):
    page = site.open("11_ct", width=360)
    page.fill("#find", "xyzzy")
    page.locator("#found", has_text="Nothing found").wait_for()
    page.keyboard.press("Escape")
    assert page.locator("#found").is_hidden()


@pytest.mark.parametrize("name", ["index", "36_pairs"])
def test_the_keyboard_reaches_everything(site, name):
    page = site.open(name)
    # Of radio buttons Tab comes to one, and arrows lead on.
    visible = f"""() => [...document.querySelectorAll("{CONTROLS}")].filter(e =>
      e.checkVisibility() && e.tabIndex >= 0 &&
      (e.type !== 'radio' || e === document.querySelector(`input[name="${{e.name}}"]`)))"""
    page.evaluate(f"window.left = new Set(({visible})())")
    count = page.evaluate("window.left.size")
    assert count > 20
    for _ in range(3 * count):
        page.keyboard.press("Tab")
        if not page.evaluate("window.left.delete(document.activeElement), window.left.size"):
            break
    # What moved when it came into view has replaced its still picture.
    missed = "[...window.left].filter(e => e.isConnected).map(e => e.outerHTML.slice(0, 200))"
    assert page.evaluate(missed) == []


def test_light_and_dark_can_be_switched_and_are_remembered(site):
    page = site.open("36_pairs", scheme="dark")
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.click("#theme")
    light = page.evaluate(ground)
    assert (dark, light) == ("rgb(20, 24, 29)", "rgb(255, 255, 255)")
    page.reload()
    assert page.evaluate(ground) == light


def test_code_can_be_folded_and_stays_so_on_the_next_page(site):
    page = site.open("36_pairs")
    shown = page.locator(".code[open]")
    assert shown.count() > 10
    page.click("text=Hide code")
    assert shown.count() == 0
    page.goto(f"{site.folder.as_uri()}/11_ct.html")
    page.locator("text=Show code").wait_for()
    assert shown.count() == 0
    page.click("text=Show code")
    assert shown.count() > 10


def test_contents_lead_to_their_heading(site):
    page = site.open("11_ct")
    page.click(".contents a:text-is('Two voltages')")
    box = page.locator("h2:target").bounding_box()
    assert page.locator(".bar").bounding_box()["height"] <= box["y"] < 200


def test_the_menu_opens_and_closes(site):
    page = site.open("11_ct", width=360)
    page.click("text=Notebooks")
    assert page.locator(".menu [aria-current]").inner_text() == "11 · Computed tomography"
    page.keyboard.press("Escape")
    assert page.locator(".menu nav").is_hidden()


def test_without_scripts_everything_can_be_read(site):
    page = site.open("36_pairs", java_script_enabled=False)
    assert page.locator(".code[open] .highlight").first.is_visible()
    assert page.locator("main img").first.is_visible()
