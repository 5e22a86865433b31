"""The chat before an audience: prepared questions, presentation mode, screenshots."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import events, on

from tui.actions import ACTIONS, parse_slash
from tui.screens.chat_layout import ChatLayout
from tui.talk import Prompter, Talk
from tui.widgets.banner import Banner
from tui.widgets.prompt import Prompt
from tui.widgets.script import ScriptLine, counted
from tui.widgets.status import StatusLine

if TYPE_CHECKING:
    from kotae.script import Step

PRESENTING = "-present"
"""The class that the screen has in presentation mode."""
_STYLE = str(Path(__file__).parents[1] / "styles" / "present.tcss")
_NEXT = next(action.shown for action in ACTIONS if action.name == "next_question")


class ChatTalk(ChatLayout):
    """What keys and messages do for a talk."""

    talk = Talk()
    prompter = Prompter(())

    def prepare(self, talk: Talk) -> None:
        """Takes what the talk needs, before the screen is shown."""
        self.talk = talk
        self.prompter = Prompter(talk.steps)
        self.set_class(talk.present, PRESENTING)

    @on(events.Mount)
    def _present_at_once(self) -> None:
        if self.presenting:
            self._show_banner()

    def complete(self) -> None:
        """Adds what the first frame does without: the line with the next question."""
        super().complete()
        if self.prompter.steps:
            self.mount(ScriptLine(self.prompter, self.text, _NEXT), before=self.prompt)

    # -- prepared questions -------------------------------------------------------------------------------------------

    def action_next_question(self) -> None:
        """Puts the next prepared question into the prompt; sends the one that stands there."""
        if not self.prompter.steps:
            self.say(self.text.talk.no_script)
        elif self.prompter.standing and self.prompt.value.strip():
            self.post_message(Prompt.Submitted(self.prompt.value))
        elif (step := self.prompter.put()) is not None:
            self._put(step)
        else:
            self.say(self.text.talk.script_over)

    def action_previous_question(self) -> None:
        """Puts the prepared question before into the prompt."""
        if not self.prompter.steps:
            self.say(self.text.talk.no_script)
            return
        stood = self.prompter.standing
        if (step := self.prompter.back()) is not None:
            self._put(step, stood=stood)
        else:
            self.say(self.text.talk.script_begins)

    def _put(self, step: Step, *, stood: bool = False) -> None:
        typed = self.prompt.value
        if typed.strip() and not stood:
            self.prompt.remember([typed])  # what was typed by hand is not lost: ↑ recalls it
        if step.backend:
            self.choose(step.backend)
        self.prompt.value = step.text
        self.prompt.focus()
        self._follow_script()

    @on(Prompt.Submitted)
    def _step_sent(self, event: Prompt.Submitted) -> None:
        # Called behind the screen's own handler, which empties the prompt when it takes the text.
        step = self.prompter.step
        if not self.prompter.standing or self.prompt.text or step is None:
            return
        if parse_slash(event.text) is None or event.text.strip() == step.text.strip():
            self.prompter.sent()
        else:
            self.prompter.standing = False  # a command was typed over it: it comes again
        self._follow_script()

    def _follow_script(self) -> None:
        for line in self.query(ScriptLine):
            line.follow()
        self._show_status()

    def choose(self, name: str) -> None:
        """Makes `name` the backend of the next question."""
        raise NotImplementedError

    # -- presentation -------------------------------------------------------------------------------------------------

    @property
    def presenting(self) -> bool:
        """Whether the screen is in presentation mode."""
        return self.has_class(PRESENTING)

    async def action_present(self) -> None:
        """Shows the conversation large and alone, or as usual again."""
        self.toggle_class(PRESENTING)
        if self.presenting:
            self._show_banner()
        else:
            await self.query(Banner).remove()
        self._show_status()

    def _show_banner(self) -> None:
        sheet = self.app.stylesheet
        if not sheet.has_source(_STYLE):  # the first frame of the others does without it
            sheet.read(_STYLE)
            sheet.reparse()
            sheet.update(self.app)
        self.mount(Banner(self.backend, self.accent, self._aside()), before=0)

    def _aside(self) -> str:
        return counted(self.prompter) if self.prompter.steps else ""

    def _show_status(self) -> None:
        super()._show_status()
        if self.presenting:
            line = self.query_one(StatusLine)
            line.hints = ()
            if not self._said[1]:
                line.state = ("", "", "")
            for banner in self.query(Banner):
                banner.backend, banner.aside = self.backend, self._aside()

    # -- screenshots --------------------------------------------------------------------------------------------------

    def action_save_screenshot(self) -> None:
        """Saves what is on the screen as a picture, and says where."""
        from kotae import paths
        from tui.screenshot import save

        folder = self.talk.screenshots or paths.screenshots_dir()
        said = self.text.talk
        try:
            path = save(self.app.export_screenshot(title="Kotae"), folder)
        except OSError as error:
            self.say(said.not_saved.format(folder=folder, reason=error.strerror or type(error).__name__))
        else:
            self.say(said.saved.format(path=path), "✓", "$success")
