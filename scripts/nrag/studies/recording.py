"""The resolved config, written where later studies of the same results folder find it."""

import os
from pathlib import Path

from nrag.studies.places import RESOLVED
from nrag.studies.study import Study, resolved

HEAD = "# What the config meant when this study was run last: defaults written out, controls as models.\n"


def as_yaml(study: Study) -> str:
    """The study as YAML that `load` takes to give the same study again."""
    import yaml

    return HEAD + yaml.safe_dump(resolved(study), sort_keys=False, allow_unicode=True, width=100)


def record(study: Study, results: Path) -> None:
    """Write results/studies/{study}/config.resolved.yaml, unless it already says the same."""
    file = results / "studies" / study.name / RESOLVED
    text = as_yaml(study)
    if file.is_file() and file.read_text(encoding="utf-8") == text:
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    temporary.write_text(text, encoding="utf-8")
    os.replace(temporary, file)
