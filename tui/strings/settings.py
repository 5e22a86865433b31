"""What the settings screen says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping


class SettingsStrings(msgspec.Struct, frozen=True, kw_only=True):
    """Part of `tui.strings.Strings`; filled in the same ways."""

    title: str
    keys: str
    general: str
    backend: str
    labels: Mapping[str, str]
    """By the name of the setting."""
    empty: Mapping[str, str]
    """What an empty field means."""
    own_theme: str
    locale: str
    # where a value comes from, and what becomes of it
    from_environment: str
    from_option: str
    restart: str
    # what is wrong
    bad_temperature: str
    bad_count: str
    bad_threshold: str
    bad_variable: str
    bad_url: str
    too_long: str
    unreadable: str
    to_correct: str
    # what happened
    unsaved: str
    nothing_changed: str
    saved: str
    saved_restart: str
    save: str
    # the file read again
    reloaded: str
    nothing_new: str


EN = SettingsStrings(
    title="Settings",
    keys="Tab next · Ctrl+S saves · Esc closes",
    general="Program",
    backend="Backend {name} ({kind})",
    labels={
        "backend": "Backend at start",
        "theme": "Theme",
        "lang": "Language",
        "threshold": "Flag threshold",
        "model": "Model",
        "base_url": "Server",
        "api_key_env": "Key's variable",
        "system_prompt": "System prompt",
        "temperature": "Temperature",
        "max_tokens": "Max tokens",
        "passages": "Passages",
    },
    empty={
        "threshold": "balanced",
        "model": "the embedded model",
        "base_url": "the embedded model, or OPENAI_BASE_URL",
        "api_key_env": "OPENAI_API_KEY",
        "system_prompt": "the kind's own",
        "temperature": "0.2",
        "max_tokens": "256 embedded, else the server's",
        "passages": "4",
    },
    own_theme="Kotae's own",
    locale="as the locale says",
    from_environment="set by {variable} in the environment",
    from_option="set on the command line, not written here",
    restart="after a restart",
    bad_temperature="A number from 0 to 2.",
    bad_count="A whole number from 1.",
    bad_threshold="cautious, balanced, strict, or from 0 to 1.",
    bad_variable="The name of an environment variable, such as MY_KEY. Keys themselves are never stored.",
    bad_url="A URL that starts with http:// or https://, or the word embedded.",
    too_long="Too long: {count} characters at most.",
    unreadable="The settings file can't be used as it is: {reason}",
    to_correct="Not saved: {count} to correct.",
    unsaved="Not saved yet. Ctrl+S saves; Esc again closes without.",
    nothing_changed="Nothing has changed.",
    saved="Saved in {path}.",
    saved_restart="Saved in {path}. After a restart: {names}.",
    reloaded="New backends: {names}",
    nothing_new="The settings file was read again: no new backends",
    save="Save",
)

JA = SettingsStrings(
    title="設定",
    keys="Tab で次へ · Ctrl+S で保存 · Esc で閉じる",
    general="全般",
    backend="バックエンド {name}（{kind}）",
    labels={
        "backend": "起動時のバックエンド",
        "theme": "テーマ",
        "lang": "表示言語",
        "threshold": "指摘のしきい値",
        "model": "モデル",
        "base_url": "サーバー",
        "api_key_env": "キーの変数名",
        "system_prompt": "システムプロンプト",
        "temperature": "温度",
        "max_tokens": "最大トークン数",
        "passages": "該当箇所の数",
    },
    empty={
        "threshold": "balanced",
        "model": "内蔵モデル",
        "base_url": "内蔵モデルか OPENAI_BASE_URL",
        "api_key_env": "OPENAI_API_KEY",
        "system_prompt": "種類ごとの既定の文",
        "temperature": "0.2",
        "max_tokens": "内蔵は 256、ほかはサーバー任せ",
        "passages": "4",
    },
    own_theme="Kotae の標準",
    locale="ロケールに従う",
    from_environment="環境変数 {variable} で指定中",
    from_option="コマンドラインで指定中（ここでは変更不可）",
    restart="再起動後に反映",
    bad_temperature="0 から 2 までの数を入力してください。",
    bad_count="1 以上の整数を入力してください。",
    bad_threshold="cautious、balanced、strict か 0 〜 1 の数です。",
    bad_variable="MY_KEY のような環境変数の名前を入力してください。キー自体は保存しません。",
    bad_url="http:// か https:// で始まる URL、または embedded と入力してください。",
    too_long="長すぎます。上限は {count} 文字です。",
    unreadable="設定ファイルを使えません: {reason}",
    to_correct="保存していません。修正が必要な項目: {count} 件",
    unsaved="まだ保存していません。Ctrl+S で保存、もう一度 Esc で保存せずに閉じます。",
    nothing_changed="変更はありません。",
    saved="{path} に保存しました。",
    saved_restart="{path} に保存しました。再起動後に反映: {names}",
    reloaded="新しいバックエンド: {names}",
    nothing_new="設定ファイルを読み直しました。新しいバックエンドはありません",
    save="保存",
)
