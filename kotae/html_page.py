"""Pages that Kotae writes: one HTML file that holds everything, asks nothing of the network, and is read light or dark."""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path
from typing import Any

from kotae import __version__


def render(folder: Path, **values: Any) -> str:
    """The page of the template `page.html.j2` in a folder, with `page.css` and `page.js` from beside it.

    The template is given `style`, `script`, `policy` and `version` besides the values, all of which are escaped.
    """
    import jinja2

    script = (folder / "page.js").read_text("utf-8")
    style = Path(__file__).with_suffix(".css").read_text("utf-8") + (folder / "page.css").read_text("utf-8")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html.j2").render(
        style=style, script=script, policy=_policy(script), version=__version__, **values
    )


def _policy(script: str) -> str:
    """Nothing may be loaded, and no script run but the page's own: text of models and manuals stands in it."""
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
