"""Checks the simulator with the platform's own Python client.

Usage: platform_client.py BASE_URL DATE

Gets a token, pages through the details query and through a job's results, and compares both with
what the simulator says it holds for DATE. The date has to lie before the watermark. Reads the ten
lists of entities, and compares them likewise. Then makes a notification channel, subscribes it to all
queues and listens. Exits with 1 and a message on any difference. Needs the packages `purecloudplatformclientv2` and `websocket-client`.
"""

import json
import os
import sys
import time
import urllib.parse
import urllib.request

import PureCloudPlatformClientV2 as genesys
import websocket

PAGE_SIZE = 100
JOB_PAGE_SIZE = 150
LIST_PAGE_SIZE = 25
# How long a frame that has to come may take, in seconds.
PATIENCE = 10
# What an event on a queue's topic is to the platform's client.
EVENT_MODEL = "QueueConversationEventTopicConversation"


def check(claim, holds):
    if not holds:
        sys.exit(f"error: {claim}: does not hold")
    print(f"ok: {claim}")


def truth(base_url, date):
    with urllib.request.urlopen(f"{base_url}/_sim/conversations?date={date}") as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def served_entities(base_url, name):
    with urllib.request.urlopen(f"{base_url}/_sim/entities?list={name}") as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def connect(base_url):
    genesys.configuration.host = base_url
    client = genesys.api_client.ApiClient()
    return client.get_client_credentials_token(
        os.environ["GENESYS_CLOUD_CLIENT_ID"], os.environ["GENESYS_CLOUD_CLIENT_SECRET"]
    )


def query_all(analytics, interval):
    """Returns the conversations of the query and its total."""
    found, number = [], 1
    while True:
        query = genesys.ConversationQuery()
        query.interval = interval
        query.order = "asc"
        query.order_by = "conversationStart"
        query.paging = genesys.PagingSpec()
        query.paging.page_size = PAGE_SIZE
        query.paging.page_number = number
        page = analytics.post_analytics_conversations_details_query(query)
        if number == 1:
            total = page.total_hits
        if not page.conversations:
            return found, total
        found += page.conversations
        number += 1


def job_all(analytics, interval):
    """Returns the conversations of a job's results, and frees the job."""
    query = genesys.AsyncConversationQuery()
    query.interval = interval
    query.start_of_day_interval_matching = True
    job_id = analytics.post_analytics_conversations_details_jobs(query).job_id
    while analytics.get_analytics_conversations_details_job(job_id).state != "FULFILLED":
        time.sleep(0.05)
    found, cursor = [], None
    while True:
        paging = {"page_size": JOB_PAGE_SIZE, **({"cursor": cursor} if cursor else {})}
        page = analytics.get_analytics_conversations_details_job_results(job_id, **paging)
        found += page.conversations or []
        cursor = page.cursor
        if not cursor:
            break
    analytics.delete_analytics_conversations_details_job(job_id)
    return found, page.data_availability_date


def check_conversations(client, base_url, date):
    analytics = genesys.AnalyticsApi(client)
    interval = f"{date}T00:00:00.000Z/{date}T23:59:59.999Z"
    expected = truth(base_url, date)
    ids = [one["conversationId"] for one in expected]
    queried, total = query_all(analytics, interval)
    check("the query's total is the day's count", total == len(ids))
    check("the query returns the day in order", [one.conversation_id for one in queried] == ids)
    exported, watermark = job_all(analytics, interval)
    check("the job returns the day in order", [one.conversation_id for one in exported] == ids)
    attributes = [[part.attributes or {} for part in one.participants] for one in exported]
    wanted = [[part.get("attributes", {}) for part in one["participants"]] for one in expected]
    check("the job returns the attributes", attributes == wanted)
    available = analytics.get_analytics_conversations_details_jobs_availability()
    check("results quote the watermark", available.data_availability_date == watermark)
    one = analytics.get_analytics_conversation_details(ids[0])
    check("a conversation is found by its id", one.conversation_id == ids[0])
    some = analytics.get_analytics_conversations_details(id=ids[:3])
    check("several are found by their ids", [c.conversation_id for c in some.conversations] == ids[:3])


def numbered(ask, **parameters):
    """Returns the entities of a list that is paged by number."""
    found, number = [], 1
    while True:
        page = ask(page_size=LIST_PAGE_SIZE, page_number=number, **parameters)
        found += page.entities
        if number >= page.page_count:
            check(f"the total is right with {parameters}", len(found) == page.total)
            return found
        number += 1


def by_cursor(ask):
    """Returns the entities of a list that is paged by cursor."""
    found, after = [], {}
    while True:
        page = ask(page_size=2, **after)
        found += page.entities
        if not page.next_uri:
            return found
        query = urllib.parse.parse_qs(urllib.parse.urlsplit(page.next_uri).query)
        after = {"after": query["after"][0]}


def check_directory(client, base_url):
    routing, users = genesys.RoutingApi(client), genesys.UsersApi(client)
    states = ["active", "inactive", "deleted"]
    lists = {
        "queues": numbered(routing.get_routing_queues),
        "users": [user for state in states for user in numbered(users.get_users, state=state)],
        "wrapup_codes": numbered(routing.get_routing_wrapupcodes),
        "skills": numbered(routing.get_routing_skills),
        "languages": numbered(routing.get_routing_languages),
        "divisions": numbered(genesys.AuthorizationApi(client).get_authorization_divisions),
        "teams": by_cursor(genesys.TeamsApi(client).get_teams),
        "groups": numbered(genesys.GroupsApi(client).get_groups),
        "flows": numbered(genesys.ArchitectApi(client).get_flows, deleted=True),
        "campaigns": numbered(genesys.OutboundApi(client).get_outbound_campaigns_all),
    }
    for name, entities in lists.items():
        wanted = [(one["id"], one["name"]) for one in served_entities(base_url, name)]
        check(f"all {name} are listed", [(one.id, one.name) for one in entities] == wanted != [])
    left = {user.state for user in lists["users"]} - {"active"}
    check("users who left are listed when asked for", left == {"inactive", "deleted"})


def control(base_url, path, **fields):
    """Tells the simulator something."""
    body = json.dumps(fields).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{base_url}/_sim/{path}", body, headers)
    with urllib.request.urlopen(request) as answer:
        return json.load(answer)


class Body:
    """The body of an event, as the platform's client wants an answer to look."""

    def __init__(self, data):
        self.data = data

    def getheader(self, name):
        return "application/json"


def subscribe_all(client, notifications, channel_id):
    """Subscribes a channel to all queues and one nonsense; returns the topics of the queues."""
    queues = genesys.RoutingApi(client).get_routing_queues(page_size=100).entities
    wanted = [f"v2.routing.queues.{queue.id}.conversations" for queue in queues]
    body = []
    for topic in [*wanted, "v2.no.such.topic"]:
        body.append(genesys.ChannelTopic())
        body[-1].id = topic
    answer = notifications.put_notifications_channel_subscriptions(
        channel_id, body, ignore_errors=True
    )
    states = [entity.state for entity in answer.entities]
    check("all queues are permitted", states[:-1] == ["Permitted"] * len(wanted))
    check("nonsense is rejected with a reason", states[-1] == "Rejected")
    check("the reason is told", bool(answer.entities[-1].rejection_reason))
    listed = notifications.get_notifications_channel_subscriptions(channel_id)
    check("the subscriptions are listed", {one.id for one in listed.entities} == set(wanted))
    return wanted


def check_socket(uri, base_url, topics):
    socket = websocket.create_connection(uri, timeout=PATIENCE)
    socket.send(json.dumps({"message": "ping"}))
    pong = json.loads(socket.recv())
    check("a ping is answered", pong["eventBody"]["message"] == "pong")
    told = control(base_url, "live/step", changes=5)
    event = json.loads(socket.recv())
    check("an event comes on a topic that was subscribed", event["topicName"] in topics)
    body = Body(json.dumps(event["eventBody"]))
    read = genesys.api_client.ApiClient().deserialize(body, EVENT_MODEL)
    check("the client can read its body", read.id == event["eventBody"]["id"] and read.participants)
    check("every event has a correlation id", bool(event["metadata"]["CorrelationId"]))
    rest = [json.loads(socket.recv()) for _ in range(told["events"] - 1)]
    check("all events come", all(one["topicName"] in topics for one in rest))
    socket.close()


def check_notifications(client, base_url):
    notifications = genesys.NotificationsApi(client)
    channel = notifications.post_notifications_channels()
    check("the channel expires", channel.expires is not None)
    listed = notifications.get_notifications_channels()
    check("the channel is listed", [one.id for one in listed.entities] == [channel.id])
    notifications.head_notifications_channel(channel.id)
    topics = subscribe_all(client, notifications, channel.id)
    check_socket(channel.connect_uri, base_url, topics)
    notifications.delete_notifications_channel_subscriptions(channel.id)
    left = notifications.get_notifications_channel_subscriptions(channel.id)
    check("no subscription is left", not left.entities)


def main():
    base_url, date = sys.argv[1:]
    client = connect(base_url)
    check("the client got a token", bool(client.access_token))
    check_conversations(client, base_url, date)
    check_directory(client, base_url)
    check_notifications(client, base_url)
    with urllib.request.urlopen(f"{base_url}/_sim/state") as answer:
        check("no job is left behind", json.load(answer)["liveJobs"] == [])


if __name__ == "__main__":
    main()
