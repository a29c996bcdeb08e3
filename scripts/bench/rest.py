"""How the rivals reach the platform."""

import base64
import json
import os
import time
import urllib.parse
import urllib.request

API = os.environ["GENESYS_CLOUD_API_URL"]
RETRY_AFTER = 0.1


def interval(date):
    return f"{date}T00:00:00.000Z/{date}T24:00:00.000Z".replace("T24:00:00.000Z", "T23:59:59.999Z")


def call(method, path, body=None, headers=None):
    data = None if body is None else body.encode()
    request = urllib.request.Request(f"{API}{path}", data=data, method=method, headers=headers or {})
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


def token():
    names = ("GENESYS_CLOUD_CLIENT_ID", "GENESYS_CLOUD_CLIENT_SECRET")
    basic = base64.b64encode(":".join(os.environ[name] for name in names).encode()).decode()
    headers = {"Authorization": f"Basic {basic}", "Content-Type": "application/x-www-form-urlencoded"}
    form = urllib.parse.urlencode({"grant_type": "client_credentials"})
    return call("POST", "/oauth/token", form, headers)["access_token"]


def job(date, bearer):
    """Submits the job for a day, waits for it, and returns its id."""
    headers = {"Authorization": f"Bearer {bearer}", "Content-Type": "application/json"}
    body = {"interval": interval(date), "startOfDayIntervalMatching": True, "order": "asc", "orderBy": "conversationStart"}
    jobs = "/api/v2/analytics/conversations/details/jobs"
    made = call("POST", jobs, json.dumps(body), headers)["jobId"]
    while call("GET", f"{jobs}/{made}", headers=headers)["state"] != "FULFILLED":
        time.sleep(RETRY_AFTER)
    return made
