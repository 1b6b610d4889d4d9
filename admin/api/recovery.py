"""Forgotten passwords and changed addresses over REST: by links in mails."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from admin.api.me import MeView, show_me
from admin.api.sign_in import Email, Password, TokenOnly
from hub.accounts.people import PeopleDesk
from hub.accounts.recovery import Recovery
from hub.accounts.sessions import Sessions
from hub.http.access import OWN_PAGES, PERSON, Call
from hub.http.cookies import SessionCookie
from hub.http.model import Model, View
from hub.http.routes import Route


class Forgotten(Model):
    email: Email


class NewPassword(TokenOnly):
    password: Password


class EmailChange(Model):
    email: Email
    """The new address; the present one to have it proven."""
    password: Annotated[str, Field(max_length=256)] = ""
    """The present password, where there is one."""


class MailedView(View):
    """What happens next, in words."""

    text: str


class RecoveryApi:
    """The routes of links that come by mail."""

    def __init__(self, *, recovery: Recovery, people: PeopleDesk, sessions: Sessions, cookie: SessionCookie) -> None:
        self._recovery = recovery
        self._people = people
        self._sessions = sessions
        self._cookie = cookie

    async def forgot(self, call: Call, body: Forgotten) -> MailedView:
        await self._recovery.forgot(body.email, call.trace)
        return MailedView(text="If this address has an account here, a link is on its way to it.")

    async def reset(self, call: Call, body: NewPassword) -> MeView:
        signed = await self._recovery.reset(body.token, body.password, call.trace)
        call.headers["Set-Cookie"] = self._cookie.keep(signed.token, self._sessions.lifetime.whole.total_seconds())
        return show_me(await self._people.me(signed.person), self._sessions.csrf_token(signed.token))

    async def change_email(self, call: Call, body: EmailChange) -> MailedView:
        await self._recovery.change_email(call.person, body.email, body.password, call.trace)
        return MailedView(text=f"A link is on its way to {body.email}. The address counts once it was opened.")

    async def verify(self, call: Call, body: TokenOnly) -> None:
        await self._recovery.verify(body.token, call.trace)

    def routes(self) -> list[Route]:
        """The routes of this file."""
        auth, tags = "/api/v1/auth", ("people",)
        return [
            Route(method="POST", path=f"{auth}/password/forgot", handler=self.forgot, access=OWN_PAGES, status=202,
                  name="forgot_password", summary="Ask for a link to choose a new password", tags=tags, audit=False,
                  problems=(403, 409), description="The answer is the same whether or not there is such a person."),
            Route(method="POST", path=f"{auth}/password/reset", handler=self.reset, access=OWN_PAGES, audit=False,
                  name="reset_password", summary="Choose a new password by the mailed link", tags=tags,
                  problems=(403,), description="Uses the link up, ends every session and signs in."),
            Route(method="POST", path=f"{auth}/email/verify", handler=self.verify, access=OWN_PAGES, audit=False,
                  name="verify_email", summary="Prove an address by the mailed link", tags=tags, problems=(403, 409)),
            Route(method="POST", path="/api/v1/me/email", handler=self.change_email, access=PERSON, status=202,
                  audit=False, name="change_email", summary="Change or prove one's own address", tags=tags,
                  problems=(409,)),
        ]  # fmt: skip
