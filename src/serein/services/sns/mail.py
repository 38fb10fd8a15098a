"""E-mail: into a mailbox file in the data folder, and to an SMTP server when the settings name one."""

import asyncio
from typing import Any

from serein.kernel.call import Call, Platform
from serein.kernel.database import Delivery, Policy, Target
from serein.kernel.scope import Scope
from serein.services.sns.endpoints import Members, text_of
from serein.services.sns.envelopes import notification
from serein.services.sns.errors import EndpointFailed
from serein.services.sns.store import outbox
from serein.services.sns.topics import Topic

SEND = "SendMail"
_FROM = "AWS Notifications <no-reply@sns.amazonaws.com>"
_PATIENCE_SECONDS = 15.0
_RETRIED = Policy(50, (10.0, 10.0, 30.0, 60.0, 120.0, 240.0, 440.0, 600.0), 6 * 3600.0)


def confirmation(topic: Topic, protocol: str, address: str, members: Members) -> Delivery:
    """The mail that asks whether somebody wants a subscription, with the link to follow."""
    text = text_of(members) if protocol == "email-json" else f"{members['Message']}\n\n{members['SubscribeURL']}\n"
    request = {"To": address, "Subject": "AWS Notification - Subscription Confirmation", "Text": text}
    return Delivery(Target("sns", SEND, topic.scope), request, _RETRIED)


async def send_notification(call: Call, packed: dict[str, Any], address: dict[str, Any]) -> None:
    """Raises EndpointFailed."""
    if address["Protocol"] == "email-json":
        text = notification(packed, "email-json", address["Arn"])
    else:
        url = f"{packed['Endpoint']}/?Action=Unsubscribe&SubscriptionArn={address['Arn']}"
        text = f"{packed['Texts']['email']}\n\n--\nTo stop receiving notifications from this topic:\n{url}\n"
    subject = packed["Subject"] or "AWS Notification Message"
    await send(call.platform, call.scope, address["Endpoint"], subject, text)


async def send(platform: Platform, scope: Scope, to: str, subject: str, text: str) -> None:
    """Send a mail, and keep it where tests can read it. Raises EndpointFailed."""
    await asyncio.to_thread(_send, platform, to, subject, text)
    content = {"subject": subject, "message": text}
    await platform.database.write(lambda tx: outbox.append(tx, scope, "email", to, content))


def _send(platform: Platform, to: str, subject: str, text: str) -> None:
    # Why here: start-up cost; few applications send mail.
    import mailbox
    import smtplib
    from email.message import EmailMessage
    from email.utils import formatdate

    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = _FROM, to, subject
    mail["Date"] = formatdate(platform.clock.now())
    mail.set_content(text)
    folder = platform.limits.data / "sns"
    try:
        if platform.limits.smtp:
            host, _, port = platform.limits.smtp.rpartition(":")
            with smtplib.SMTP(host, int(port), timeout=_PATIENCE_SECONDS) as server:
                server.send_message(mail)
        folder.mkdir(parents=True, exist_ok=True)
        box = mailbox.mbox(folder / "mailbox")
        box.lock()
        try:
            box.add(mail)
        finally:
            box.close()
    except (OSError, smtplib.SMTPException, mailbox.Error) as error:
        raise EndpointFailed(f"The mail to {to} can't be sent: {error}") from error
