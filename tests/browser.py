"""Pages in a headless Chromium."""

import html
import json
import re
import shutil
import subprocess

import pytest


def in_browser(path, folder):
    """The document that a browser makes of an address."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: install it to see the page's script run")
    quiet = ["disable-gpu", "disable-quic", "no-first-run", "disable-background-networking", "disable-sync"]
    options = ["headless", "no-sandbox", *quiet, "disable-component-update", f"user-data-dir={folder / 'profile'}"]
    command = [chromium, *(f"--{option}" for option in options), "--virtual-time-budget=5000", "--dump-dom", path]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout


def proof_of(page, script, folder):
    """What a script found that stands in the place of the end of a page, and writes JSON into #proof."""
    clicked = page.with_name("clicked.html")
    clicked.write_text(page.read_text(encoding="utf-8").replace("</body>", script), encoding="utf-8")
    dom = in_browser(clicked.as_uri(), folder)
    return json.loads(html.unescape(re.search(r'<pre id="proof">(.*?)</pre>', dom, re.DOTALL)[1]))
