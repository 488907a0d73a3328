"""The site in a real browser: every internal link, no error, nothing from another host.

`make docs-test` builds the site into output/site and runs this file.
"""

import functools
import http.server
import threading
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import browser
import pytest

SITE = Path(__file__).parents[1] / "output" / "site"
pytestmark = [pytest.mark.slow, pytest.mark.site]
LINKS = "Array.from(document.querySelectorAll('a[href]'), a => a.href)"
IDS = "Array.from(document.querySelectorAll('[id], a[name]'), e => e.id || e.name)"
BROKEN = "Array.from(document.images).filter(i => i.complete && !i.naturalWidth).map(i => i.src)"
TOO_WIDE = "document.documentElement.scrollWidth - window.innerWidth"
PHONE, DESKTOP = (390, 844), (1280, 900)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def address():
    if not (SITE / "index.html").exists():
        pytest.skip("there is no site in output/site: `make docs` builds it")
    handler = functools.partial(Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def tab(address, tmp_path_factory):
    if browser.PROGRAM is None:
        pytest.skip("there is no Chromium on this machine")
    tab = browser.Browser(tmp_path_factory.mktemp("profile"))
    yield tab
    tab.close()


@pytest.fixture(scope="module")
def visited(address, tab):
    """Follow every internal link from the front page; return what each page holds."""
    pages, waiting = {}, [address + "index.html"]
    tab.appear(*PHONE)
    while waiting:
        url = waiting.pop()
        if url in pages:
            continue
        before = len(tab.problems)
        tab.open(url)
        pages[url] = page = {
            "links": tab.evaluate(LINKS),
            "ids": set(tab.evaluate(IDS)),
            "broken": tab.evaluate(BROKEN),
            "too wide": tab.evaluate(TOO_WIDE),
            "problems": tab.problems[before:],
            "title": tab.evaluate("document.title"),
        }
        inside = {urldefrag(urljoin(url, link)).url for link in page["links"]}
        waiting += [one for one in inside if one.startswith(address) and one.endswith(".html")]
    return pages


def test_the_whole_site_is_linked(visited):
    names = {url.split("/", 3)[3] for url in visited}
    built = {path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")}
    assert built - names <= {"search.html", "genindex.html", "py-modindex.html"}


def test_every_internal_link_leads_somewhere(address, visited):
    missing = []
    for url, page in visited.items():
        for link in page["links"]:
            target, fragment = urldefrag(link)
            if not target.startswith(address):
                continue
            if target.endswith(".html"):
                if fragment and fragment not in visited[target]["ids"]:
                    missing.append((url, link))
            elif not (SITE / target.removeprefix(address)).exists():
                missing.append((url, link))
    assert not missing


def test_no_page_reports_an_error_or_lacks_a_picture(visited):
    assert {url: page["problems"] for url, page in visited.items() if page["problems"]} == {}
    assert {url: page["broken"] for url, page in visited.items() if page["broken"]} == {}


def test_nothing_comes_from_another_host(address, tab, visited):
    ours = (address, "data:", "about:", "blob:")
    assert [url for url in tab.requests if not url.startswith(ours)] == []


def test_no_page_scrolls_sideways_on_a_phone(visited):
    assert {url: page["too wide"] for url, page in visited.items() if page["too wide"] > 0} == {}


def test_search_finds_a_name(address, tab, visited):
    before = len(tab.problems)
    tab.open(address + "search.html?q=from_function")
    for _ in range(100):
        found = tab.evaluate("document.querySelectorAll('#search-results li a').length")
        if found:
            break
        tab.evaluate("new Promise(done => setTimeout(done, 50))")
    assert found > 0
    assert tab.problems[before:] == []


def test_a_missing_page_would_be_noticed(address, tab, visited):
    before = len(tab.problems)
    tab.open(address + "no-such-page.html")
    assert any("404" in problem for problem in tab.problems[before:])


def test_formulas_are_drawn(address, tab, visited):
    tab.appear(*DESKTOP)
    tab.open(address + "math.html")
    heights = "Array.from(document.querySelectorAll('math'), m => m.getBoundingClientRect().height)"
    drawn = tab.evaluate(heights)
    assert len(drawn) > 10
    assert min(drawn) > 5
