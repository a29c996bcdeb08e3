"""The tutorial's way, done well: websockets, json and pyarrow, a file at the end.

    python websockets_archive.py EVENTS FILE
"""

import asyncio
import base64
import json
import os
import sys
import time
import urllib.request

import pyarrow
import pyarrow.parquet
import websockets

BATCH = 10_000


def call(method, url, token, body=None):
    headers = {"Authorization": token, "Content-Type": "application/json"}
    data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
    if token.startswith("Basic"):
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    with urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)) as answer:
        return json.load(answer)


def subscribe():
    api = os.environ["GENESYS_CLOUD_API_URL"]
    pair = f"{os.environ['GENESYS_CLOUD_CLIENT_ID']}:{os.environ['GENESYS_CLOUD_CLIENT_SECRET']}"
    basic = "Basic " + base64.b64encode(pair.encode()).decode()
    login = os.environ["GENESYS_CLOUD_LOGIN_URL"]
    token = "Bearer " + call("POST", f"{login}/oauth/token", basic, b"grant_type=client_credentials")["access_token"]
    queues = call("GET", f"{api}/api/v2/routing/queues?pageSize=100", token)["entities"]
    channel = call("POST", f"{api}/api/v2/notifications/channels", token, b"")
    topics = [{"id": f"v2.routing.queues.{queue['id']}.conversations"} for queue in queues]
    call("PUT", f"{api}/api/v2/notifications/channels/{channel['id']}/subscriptions", token, topics)
    return channel["connectUri"]


async def archive(events, path):
    schema = pyarrow.schema([
        ("receivedAt", pyarrow.timestamp("ms", "UTC")), ("topic", pyarrow.string()), ("conversationId", pyarrow.string()),
        ("correlationId", pyarrow.string()), ("payload", pyarrow.string()),
    ])
    rows, seen = [], 0
    async with websockets.connect(subscribe(), max_size=None, compression=None) as socket:
        with pyarrow.parquet.ParquetWriter(path, schema, compression="zstd", compression_level=1) as writer:
            async for text in socket:
                frame = json.loads(text)
                if frame["topicName"].startswith(("channel.", "v2.system.")):
                    continue
                body = frame["eventBody"]
                rows.append((int(time.time() * 1000), frame["topicName"], body["id"],
                             frame["metadata"]["CorrelationId"], json.dumps(body)))
                seen += 1
                if len(rows) == BATCH or seen == events:
                    columns = [pyarrow.array(column, type=kind.type) for column, kind in zip(zip(*rows), schema)]
                    writer.write_table(pyarrow.table(columns, schema=schema))
                    rows.clear()
                if seen == events:
                    break
    return seen


print(asyncio.run(archive(int(sys.argv[1]), sys.argv[2])))
