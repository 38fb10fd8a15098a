"""Mail, as a mailbox file and an SMTP server get it."""

import mailbox
import socketserver
import threading

import pytest

from serein.testing import Serein, ServerProcess


class _Conversation(socketserver.StreamRequestHandler):
    """Just enough SMTP to take a mail."""

    def handle(self):
        self.wfile.write(b"220 ready\r\n")
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"DATA":
                self.wfile.write(b"354 go on\r\n")
                self.server.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
            self.wfile.write(b"221 bye\r\n" if command == b"QUIT" else b"250 ok\r\n")
            if command == b"QUIT":
                return


@pytest.fixture
def smtp():
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Conversation) as server:
        server.daemon_threads = True
        server.mails = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_mail_goes_to_the_mailbox_and_to_the_server_of_the_settings(tmp_path, smtp):
    server = ServerProcess(tmp_path, {"clock": "virtual", "smtp": f"127.0.0.1:{smtp.server_address[1]}"})
    try:
        session = Serein(server.endpoint)
        sns = session.client("sns")
        topic = sns.create_topic(Name="news")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="a@example.com")
        session.wait_until_idle()
        (mail,) = smtp.mails
        assert "To: a@example.com" in mail
        (kept,) = mailbox.mbox(tmp_path / "sns" / "mailbox")
        assert (kept["To"], kept["Subject"]) == ("a@example.com", "AWS Notification - Subscription Confirmation")
    finally:
        server.stop()


@pytest.mark.parametrize("address", ["nobody", "a@b\nBcc: c@d", "a b@c", "<a@b>"])
def test_an_address_that_is_none_is_refused(aws, address):
    sns = aws.client("sns")
    topic = sns.create_topic(Name="news")["TopicArn"]
    with pytest.raises(sns.exceptions.InvalidParameterException, match="Email address"):
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
