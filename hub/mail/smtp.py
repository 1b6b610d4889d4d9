"""Sending mail over SMTP."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import formatdate, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

from hub.core.errors import HubError, Unavailable

_SECONDS = 30.0
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class MailRefused(HubError):
    """The mail server will not take this mail, today or tomorrow."""

    code = "mail_refused"


class SmtpMailer:
    """A ``Mailer``. ``url`` is ``smtp://user:secret@host:587`` (STARTTLS) or ``smtps://...:465`` (TLS from the start).

    With a password, or to another machine, the connection must be encrypted. ``sender`` is the From address.
    """

    def __init__(self, url: str, *, sender: str) -> None:
        parts = urlsplit(url)
        self._host = parts.hostname or "127.0.0.1"
        self._tls = parts.scheme == "smtps"
        self._port = parts.port or (465 if self._tls else 587)
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._sender = sender

    async def send(self, to: str, subject: str, text: str, *, html: str | None = None) -> None:
        """Hand one mail to the server. Raises ``MailRefused``, or ``Unavailable`` where trying again may help."""
        import aiosmtplib  # late: only who sends mail needs it

        local = self._host in _LOCAL and self._password is None
        try:
            await aiosmtplib.send(
                self._message(to, subject, text, html),
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
                start_tls=None if local or self._tls else True,
                timeout=_SECONDS,
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            lasting = all(500 <= refused.code < 600 for refused in error.recipients)
            raise self._failed(lasting, "does not take mail for this address") from error
        except aiosmtplib.SMTPResponseException as error:
            raise self._failed(500 <= error.code < 600, f"answered {error.code}") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(f"The mail server could not be reached ({type(error).__name__}).") from error

    def _failed(self, lasting: bool, what: str) -> HubError:
        return MailRefused(f"The mail server {what}.") if lasting else Unavailable(f"The mail server {what}.")

    def _message(self, to: str, subject: str, text: str, html: str | None) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = formatdate(usegmt=True)
        message["Message-ID"] = make_msgid(domain=parseaddr(self._sender)[1].rpartition("@")[2] or "localhost")
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(text)
        if html is not None:
            message.add_alternative(html, subtype="html")
        return message
