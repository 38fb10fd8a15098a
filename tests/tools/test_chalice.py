"""AWS Chalice, as PyPI has it: it makes everything by API calls of its own."""

import json
from collections.abc import Callable
from typing import Any

from client_programs import python_program
from serein.testing import Serein

CODE = """import os
from chalice import Chalice

app = Chalice(app_name="weather")

@app.route("/hello/{name}")
def hello(name):
    return {"hello": name, "stage": os.environ["STAGE"]}

@app.on_sns_message(topic="news")
def news(event):
    print("heard", event.message)

@app.schedule("rate(5 minutes)")
def tick(event):
    print("tick")
"""
SETTINGS = {"version": "2.0", "app_name": "weather", "stages": {"dev": {"environment_variables": {"STAGE": "dev"}}}}


def test_chalice_deploys_updates_and_deletes_an_application(
    program: Callable[..., Any], aws: Serein, get: Callable[[str], Any]
) -> None:
    start = "from chalice.cli import main; raise SystemExit(main())"
    chalice = program(python_program("chalice", "chalice>=1.31 pip setuptools<81", start))
    topic = aws.client("sns").create_topic(Name="news")["TopicArn"]
    chalice.write({"app.py": CODE, "requirements.txt": "", ".chalice/config.json": json.dumps(SETTINGS)})
    chalice("deploy")
    api = aws.client("apigateway").get_rest_apis()["items"][0]["id"]
    url = f"https://{api}.execute-api.{aws.region}.amazonaws.com/api/"
    assert get(f"{url}hello/rain") == {"hello": "rain", "stage": "dev"}
    aws.client("sns").publish(TopicArn=topic, Message="it rains")
    aws.wait_until_idle()
    events = aws.client("logs").filter_log_events(logGroupName="/aws/lambda/weather-dev-news")["events"]
    assert any("heard it rains" in event["message"] for event in events)
    chalice.write({"app.py": CODE.replace('"hello": name', '"hello": name.upper()')})
    chalice("deploy")
    assert get(f"{url}hello/rain") == {"hello": "RAIN", "stage": "dev"}
    chalice("delete")
    assert not aws.client("lambda").list_functions()["Functions"]
    assert not aws.client("apigateway").get_rest_apis()["items"]
    assert not aws.client("sns").list_subscriptions()["Subscriptions"]
