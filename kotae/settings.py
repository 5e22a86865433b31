"""One tree of settings: defaults, then the TOML file, then the environment, then the command line.

The tree is made of frozen structs, so a wrong type or a misspelt key is found at once and named with its place.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from kotae import paths
from kotae.errors import SettingsError

EMBEDDED = "embedded"
"""A `base_url` that means the model in the box."""
OPENAI_URL = "https://api.openai.com/v1"
QUOTE = "quote"
"""The kind of backend that asks no model, whatever its table says of one."""


Positive = Annotated[float, msgspec.Meta(gt=0)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Price = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]
Position = Literal["cautious", "balanced", "strict"]
POSITIONS: dict[Position, float] = {"cautious": 0.7, "balanced": 0.5, "strict": 0.3}
"""The named thresholds of flags: from few flags that are sure to many that may be wrong."""
MODEL_FLAGGERS = ("judge", "nli", "lettucedetect")
"""The flaggers that ask a model; each runs where the key of its name in `[flags]` names one."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A table of the settings file; a key it does not know is an error."""


class ChatSettings(Section, frozen=True, kw_only=True):
    """`[chat]`: the screen."""

    backend: str = "base"
    """The backend that is selected at start."""
    lang: str = ""
    """Language of the screen, `en` or `ja`; empty: as the locale says."""
    theme: str = ""
    """A theme's name; empty: Kotae's own."""
    record: str = ""
    """Folder for transcripts; empty: the platform's data folder."""


class BackendSettings(Section, frozen=True, kw_only=True):
    """`[backends.NAME]`: one answer backend."""

    kind: str = "base"
    """`base`, `rag`, `finetuned`, `quote`, or a kind that a plugin adds."""
    model: str = ""
    """The model's name on the server; empty with the embedded model."""
    base_url: str = ""
    """An OpenAI-compatible server. Empty: `OPENAI_BASE_URL` where that is set, else the embedded model."""
    api_version: str = ""
    """Set for Azure OpenAI's dated API (`2024-10-21`): `base_url` is then the resource's endpoint, `model` the deployment."""
    api_key_env: str = "OPENAI_API_KEY"
    """Name of the environment variable that holds the key. Keys themselves are never settings."""
    system_prompt: str = ""
    """Empty: the kind's own."""
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] = 0.2
    """Randomness of the answer; 0 always takes the likeliest token."""
    top_p: Share | None = None
    """Only the likeliest tokens that make up this share are drawn from."""
    max_tokens: Count | None = None
    """Longest answer; not set: 256 with the embedded model, else as the server likes."""
    frequency_penalty: Annotated[float, msgspec.Meta(ge=-2, le=2)] | None = None
    """Holds the model back from repeating itself; not set: 0.4 with the embedded base model, which runs in circles without it."""
    seed: int | None = None
    """Makes answers repeatable, where the server can."""
    timeout: Positive = 60.0
    """Seconds the server may stay silent, before the first token or between two."""
    max_retries: Annotated[int, msgspec.Meta(ge=0)] = 2
    """How often a refused or failed request is sent again before any of the answer has come."""
    price_input: Price | None = None
    """Per million prompt tokens."""
    price_cached: Price | None = None
    """Per million cached prompt tokens; as `price_input` when not set."""
    price_output: Price | None = None
    """Per million answer tokens."""
    hosting_per_day: Price | None = None
    """Fixed price of having the model hosted."""
    adapter: str = ""
    """A LoRA adapter in GGUF that the embedded model wears; empty: none, and with `finetuned` the sample manual's."""
    retriever: str = ""
    """`rag` and `quote`: a retriever that a plugin registered; empty: the built-in one."""
    manual: str = ""
    """`rag` and `quote`: the manual to answer from; empty: that of `[retrieval]`."""
    index: str = ""
    """`rag` and `quote`: an index already built; empty: that of `[retrieval]`."""
    passages: Count = 4
    """`rag` and `quote`: how many passages the answer is made from."""
    options: dict[str, Any] = msgspec.field(default_factory=dict)
    """Whatever a plugin's kind wants to know."""


class RetrievalSettings(Section, frozen=True, kw_only=True):
    """`[retrieval]`: the manual and how it is searched."""

    manual: str = ""
    """A folder of pages, one page, or a JSONL corpus; empty: the sample manual in the screen's language."""
    index: str = ""
    """An index made with `kotae index`; empty: one in the cache, built on first use."""
    encoder: str = ""
    """A sentence-transformers model (folder or name); empty: the embedded all-MiniLM-L6-v2."""
    rewrite: bool = True
    """Whether questions are rewritten from the history before they are searched for."""
    rewriter: str = ""
    """The backend whose server and model word the query (`rag`, say): its table in `[backends]`. Empty: what a question leans on is
    carried over from the history, without a model. The embedded model is too small for it."""
    rewriter_model: str = ""
    """Another model on that server, such as a smaller one; empty: the table's."""
    rewrite_timeout: Positive = 5.0
    """Seconds the model may take to word a query; then it is carried over from the history."""


class FlagSettings(Section, frozen=True, kw_only=True):
    """`[flags]`: suspected hallucinations."""

    enabled: bool = True
    """Whether answers are judged at all."""
    threshold: Position | Share = "balanced"
    """Flags with a lower score are not shown: `cautious` (0.7: few flags, and sure ones), `balanced` (0.5), `strict` (0.3: many),
    or a number from 0 to 1."""
    flaggers: tuple[str, ...] = ()
    """Names of the flaggers that run, such as `["grounding", "judge"]`. Empty: all there are, which is `grounding`, those of
    installed plugins, and those below that are given a model."""
    judge: str = ""
    """The backend whose server and model judge answers (`rag`, say): its table in `[backends]`. Empty: no model judges. The
    embedded model is too small for it."""
    judge_model: str = ""
    """Another model on that server; empty: the table's."""
    judge_timeout: Positive = 15.0
    """Seconds the model may take to judge an answer; then the answer goes without its flags. At most nine tenths of `[plugins]
    budget`."""
    nli: str = ""
    """A cross-encoder for natural language inference (folder, or name on the Hugging Face hub) that holds each claim against the
    nearest passages. Empty: none."""
    lettucedetect: str = ""
    """A LettuceDetect model (folder, or name on the Hugging Face hub) that marks the words without support. Empty: none."""

    @property
    def limit(self) -> float:
        """The threshold as a number."""
        return POSITIONS[self.threshold] if isinstance(self.threshold, str) else self.threshold


Keys = str | tuple[str, ...]
"""One key, or several; none takes the action its keys."""


class PluginSettings(Section, frozen=True, kw_only=True):
    """`[plugins]`."""

    disabled: tuple[str, ...] = ()
    """Names of plugins that are never imported."""
    budget: Positive = 20.0
    """Seconds a hook may take before its plugin is switched off for the session."""


def default_backends() -> dict[str, BackendSettings]:
    """The four that are there when the settings file declares none."""
    return {
        "base": BackendSettings(kind="base"),
        "rag": BackendSettings(kind="rag"),
        "finetuned": BackendSettings(kind="finetuned"),
        "quote": BackendSettings(kind=QUOTE),
    }


class Settings(Section, frozen=True, kw_only=True):
    """Everything that can be set."""

    chat: ChatSettings = ChatSettings()
    backends: dict[str, BackendSettings] = msgspec.field(default_factory=default_backends)
    """Tables in the file change the four defaults or add to them."""
    retrieval: RetrievalSettings = RetrievalSettings()
    flags: FlagSettings = FlagSettings()
    plugins: PluginSettings = PluginSettings()
    keys: dict[str, Keys] = msgspec.field(default_factory=dict)
    """`[keys]`: the screen's keys, by action. Which there are is the screen's to say, and it is there that they are checked."""


def load(
    overrides: Mapping[str, Any] | None = None,
    *,
    file: Path | None = None,
    environ: Mapping[str, str] | None = None,
) -> Settings:
    """Read the settings.

    Args:
        overrides: from the command line, nested like the file; values of None are not set.
        file: the TOML file; default the platform's, or what `KOTAE_SETTINGS` names. A default that is absent is empty.
        environ: default the process's. `KOTAE_CHAT__LANG=ja` sets `lang` in `[chat]`; two underscores go one table down.

    Raises:
        SettingsError: unreadable file, bad TOML, an unknown key, a wrong type.
    """
    environ = os.environ if environ is None else environ
    named = file or _named(environ)
    path = named or paths.settings_file()
    return settled(read(path, required=named is not None), path, from_environment(environ), overrides or {})


def file_of(file: Path | None = None, environ: Mapping[str, str] | None = None) -> Path:
    """The file that `load` reads, whether it is there or not."""
    return file or _named(os.environ if environ is None else environ) or paths.settings_file()


def _named(environ: Mapping[str, str]) -> Path | None:
    return Path(environ["KOTAE_SETTINGS"]) if environ.get("KOTAE_SETTINGS") else None


def settled(
    in_file: Mapping[str, Any], path: Path, environment: Mapping[str, Any], overrides: Mapping[str, Any]
) -> Settings:
    """The settings that come of what stands in the file `path`, the environment and the command line.

    Raises:
        SettingsError: an unknown key, a wrong type, a name that leads nowhere.
    """
    tree: dict[str, Any] = {"backends": {n: {"kind": s.kind} for n, s in default_backends().items()}}
    _check(in_file, f"in {path}")
    for layer in (in_file, environment, overrides):
        _merge(tree, layer)
    where = f"in {path}, the environment or an option"
    settings = _check(tree, where)
    for key, backend in (
        ("retrieval.rewriter", settings.retrieval.rewriter),
        ("flags.judge", settings.flags.judge),
    ):
        if backend and backend not in settings.backends:
            raise SettingsError(
                f"Settings: `{key}` is {backend!r}, and there is no [backends.{backend}] ({where}).",
                f"Choose one of: {', '.join(settings.backends)}; or leave it empty.",
            )
    for flagger in MODEL_FLAGGERS:
        if flagger in settings.flags.flaggers and not getattr(settings.flags, flagger):
            raise SettingsError(
                f"Settings: `flags.flaggers` has {flagger}, and no model is named for it ({where}).",
                f"Set `{flagger}` in [flags]; docs/settings.md says to what.",
            )
    return settings


def _check(tree: Mapping[str, Any], where: str) -> Settings:
    try:
        return msgspec.convert(tree, Settings, strict=False)
    except msgspec.ValidationError as error:
        problem = (
            str(error)
            .replace("Object contains", "there is an")
            .replace("- at `$.", "at `")
            .replace("`$", "`")
        )
        if problem.endswith("`flags.threshold`"):
            problem = f"`flags.threshold` has to be {', '.join(POSITIONS)}, or a number from 0 to 1"
        if "`backends[...]" in problem:
            problem = problem.replace("`backends[...]", f"`backends.{_at_fault(tree['backends'])}")
        raise SettingsError(
            f"Settings: {problem} ({where}).", "Correct or remove it; docs/settings.md lists every key."
        ) from None


def _at_fault(tables: Mapping[str, Any]) -> str:
    """The name of the backend's table that can't be used; the library names the key in it alone."""
    for name, table in tables.items():
        try:
            msgspec.convert(table, BackendSettings, strict=False)
        except msgspec.ValidationError:
            return str(name)
    return "NAME"


def read(path: Path, *, required: bool = False) -> dict[str, Any]:
    """What stands in a settings file; nothing where there is none, unless it is required.

    Raises:
        SettingsError: it can't be read, or is no TOML.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        if required:
            raise SettingsError(
                f"There is no settings file {path}.", "Check KOTAE_SETTINGS or --settings."
            ) from None
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"{path} can't be read: {error}.", "Check its permissions and that it is UTF-8."
        ) from None
    import tomllib  # nearly as slow to load as all settings together, and few have a file

    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}.", "Correct that line.") from None


_LISTS = (["plugins", "disabled"], ["flags", "flaggers"])


def from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """What the variables `KOTAE_TABLE__KEY` set, nested like the file."""
    sections = {field.name for field in msgspec.structs.fields(Settings)}
    tree: dict[str, Any] = {}
    for name, value in environ.items():
        parts = name.removeprefix("KOTAE_").lower().split("__")
        if not name.startswith("KOTAE_") or len(parts) < 2 or parts[0] not in sections:
            continue
        lists = parts in _LISTS or parts[0] == "keys"
        leaf: Any = [item.strip() for item in value.split(",") if item.strip()] if lists else value
        _merge(tree, _nest(parts, leaf))
    return tree


def _nest(parts: list[str], value: Any) -> dict[str, Any]:
    for part in reversed(parts):
        value = {part: value}
    return value  # type: ignore[no-any-return]


def _merge(into: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if isinstance(value, Mapping):
            below = into.get(key)
            if not isinstance(below, dict):
                below = into[key] = {}
            _merge(below, value)
        elif value is not None:
            into[key] = value


def server_of(table: BackendSettings, environ: Mapping[str, str] | None = None) -> str:
    """The base URL a backend talks to, or `EMBEDDED`.

    The table's own `base_url` wins, then `OPENAI_BASE_URL`; a table that names a model but no server means api.openai.com where
    its key is set. A key alone sends nothing anywhere.
    """
    environ = os.environ if environ is None else environ
    if table.base_url:
        return table.base_url
    if environ.get("OPENAI_BASE_URL"):
        return environ["OPENAI_BASE_URL"]
    if table.model and environ.get(table.api_key_env):
        return OPENAI_URL
    return EMBEDDED
