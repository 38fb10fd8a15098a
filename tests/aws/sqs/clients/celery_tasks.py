"""An application of Celery's: what its tasks do is told to a queue."""

import os

import boto3
from celery import Celery

app = Celery("tasks", broker=os.environ["BROKER"])
app.conf.update(
    broker_transport_options={
        "region": "us-east-1",
        "is_secure": False,
        "wait_time_seconds": 1,
        "visibility_timeout": 60,
    },
    broker_connection_retry_on_startup=True,
    task_default_queue="tasks",
    worker_hijack_root_logger=False,
    worker_enable_remote_control=False,
)
_sqs = boto3.client("sqs", endpoint_url=os.environ["ENDPOINT"])


def tell(text: str) -> None:
    _sqs.send_message(QueueUrl=os.environ["RESULTS"], MessageBody=text)


@app.task
def add(x: int, y: int) -> None:
    tell(f"{x} + {y} = {x + y}")


@app.task(bind=True, max_retries=3, default_retry_delay=0)
def stubborn(self) -> None:  # type: ignore[no-untyped-def]
    if self.request.retries < 2:
        raise self.retry()
    tell(f"after {self.request.retries} retries")


@app.task(bind=True, acks_late=True)
def deadly(self) -> None:  # type: ignore[no-untyped-def]
    """Ends its worker the first time."""
    if not self.request.delivery_info.get("redelivered") and not os.path.exists("died"):  # noqa: PTH110
        open("died", "w").close()  # noqa: PTH123
        os._exit(1)
    tell("survived")
