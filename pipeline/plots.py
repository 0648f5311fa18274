"""Write DVC's page of plots so that it can be read without a network: `dvc plots show`, offline.

DVC's own page takes the scripts that draw its charts from a server, each time it is opened. They
are fetched once, pinned by checksum, and put into a template, which DVC then uses for every page
(`plots.html_template`), also for those of `dvc plots diff`.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from crossmodal.data.fetch import pack_npm
from crossmodal.errors import DataError
from crossmodal.files import write_text
from pipeline.dvc import DVC, make_environment, run_dvc
from pipeline.failures import reported

# The versions that DVC's page asks for, with the SHA-256 of their npm packages.
SCRIPTS = {
    "vega@5.20.2": "d77deab01d6104b1239228720721f93003e60797d2faced7ffdd759fa70f989d",
    "vega-lite@5.2.0": "f64ca4745f043447ac86b67dc9e9592ec2b85ac8b8dafc35faf970f142463e4b",
    "vega-embed@6.18.2": "93aeee312e92077b0252ef026c0fe0ec8fa430c19825aeada6cd3a6804e68e1b",
}
SETTING = "plots.html_template"
# In DVC's folder, which Git ignores; new versions of the scripts give it another name.
TEMPLATE = Path("tmp") / f"plots-{'-'.join(name.partition('@')[2] for name in SCRIPTS)}.html"
OURS = "tmp/plots-"
# DVC fills in {refresh_tag} and {plot_divs}. Left out is {scripts}: the addresses.
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
{refresh_tag}
<title>Plots</title>
%s
<style>
body { font-family: system-ui, sans-serif; margin: 1rem; }
img { max-width: 100%%; height: auto; }
table { border-spacing: 15px; }
</style>
</head>
<body>
{plot_divs}
</body>
</html>
"""


def main() -> int:
    """Write the page, and have DVC say where it is; returns DVC's exit code."""
    prepare_template(Path.cwd())
    command = [*DVC, "plots", "show", *sys.argv[1:]]
    return subprocess.run(command, env=make_environment()).returncode


def prepare_template(project: Path) -> None:
    """Have DVC use the template, which is made where it is missing; a person's own one stays.

    Raises:
        DataError: the scripts cannot be had. DvcError: DVC refuses.
    """
    known = run_dvc(project, "config", SETTING).strip()
    if known and not known.startswith(OURS):
        return
    path = project / ".dvc" / TEMPLATE
    if not path.is_file():
        try:
            write_text(path, PAGE % fetch_scripts())
        except DataError as error:
            raise DataError(
                f"the scripts that draw the plots: {error}; where there is a network, "
                "`dvc plots show` writes a page that takes them from a server"
            ) from None
    if known != TEMPLATE.as_posix():
        run_dvc(project, "config", "--local", SETTING, TEMPLATE.as_posix())


def fetch_scripts() -> str:
    """The scripts as elements of a page.

    Raises:
        DataError: npm fails, a package is not the pinned one, or a script would end its element.
    """
    elements = []
    for package, checksum in SCRIPTS.items():
        name = package.partition("@")[0]
        with tempfile.TemporaryDirectory() as folder:
            member = f"package/build/{name}.min.js"
            pack_npm(package, checksum, {member: name}, Path(folder))
            script = (Path(folder) / name).read_text(encoding="utf-8")
        if re.search(r"</script|\{(?:scripts|plot_divs|refresh_tag)\}", script, re.IGNORECASE):
            raise DataError(f"{package} cannot stand inside a page")
        elements.append(f"<script>{script}</script>")
    return "\n".join(elements)


if __name__ == "__main__":
    with reported("plots"):
        sys.exit(main())
