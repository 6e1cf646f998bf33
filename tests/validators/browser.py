"""Opens an HTML report in headless Chromium, and prints what the browser did as JSON.

    browser.py FILE FOLDER      screenshots go to FOLDER
"""

import json
import pathlib
import shutil
import sys

from playwright.sync_api import sync_playwright


def visible(page):
    return page.locator(".finding:visible").count()


def look(browser, address, folder, scheme, script):
    """What happens in a page with this colour scheme, with or without scripts."""
    context = browser.new_context(color_scheme=scheme, java_script_enabled=script, viewport={"width": 1280, "height": 900})
    page = context.new_page()
    seen = {"requests": [], "console": [], "errors": [], "dialogs": []}
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("console", lambda message: seen["console"].append(message.text))
    page.on("pageerror", lambda error: seen["errors"].append(str(error)))
    page.on("dialog", lambda dialog: (seen["dialogs"].append(dialog.message), dialog.dismiss()))
    page.goto(address)
    name = scheme if script else scheme + "-without-script"
    page.screenshot(path=str(folder / f"{name}.png"), caret="initial")
    seen["requests"] = [url for url in seen["requests"] if url != address]
    seen["all"] = visible(page)
    seen["filter"] = page.locator("#filter").is_visible()
    seen["pictures"] = page.locator("svg").count()
    seen["scripts"] = page.locator("script").count()
    seen["foreign"] = page.locator("img, iframe, object, embed, link, base, main script").count()
    seen["handlers"] = page.evaluate(
        "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames())"
        ".filter(name => name.startsWith('on') || name === 'style').length"
    )
    seen["links"] = page.locator("a:not([href^='#'])").count()
    seen["broken"] = []
    for link in page.locator("a[href^='#']").all():
        target = link.get_attribute("href")[1:]
        if page.locator(f"[id='{target}']").count() != 1:
            seen["broken"].append(target)
    # The last finding with a picture, opened by a click, as a reader without scripts would.
    with_picture = page.locator(".finding:has(svg)")
    if with_picture.count():
        finding = with_picture.last
        finding.locator("summary").first.click()
        seen["opened"] = finding.locator("svg").is_visible()
        finding.screenshot(path=str(folder / f"{name}-path.png"), caret="initial")
        finding.locator("summary").first.click()
    if page.locator("#models").count():
        page.locator("#models").screenshot(path=str(folder / f"{name}-models.png"), caret="initial")
    if script and seen["filter"]:
        page.locator(".filter-verdict[value=refuted]").click()
        seen["unrefuted"] = visible(page)
        page.locator(".filter-verdict[value=refuted]").click()
        page.fill("#filter-text", "no such principal")
        seen["none"] = visible(page)
        page.fill("#filter-text", "")
        seen["again"] = visible(page)
        arrow = page.locator(".finding svg a").first
        if arrow.count():
            address_of_step = arrow.get_attribute("href")
            page.evaluate("address => { location.hash = address; }", address_of_step)
            page.wait_for_timeout(100)
            seen["step"] = page.locator(address_of_step).is_visible()
    context.close()
    return seen


def main(file, folder):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    address = pathlib.Path(file).resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        looks = {
            "light": look(browser, address, folder, "light", True),
            "dark": look(browser, address, folder, "dark", True),
            "without": look(browser, address, folder, "light", False),
        }
        browser.close()
    json.dump(looks, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
