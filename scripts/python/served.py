"""What the simulator served, and every view and report worked out from its JSON, without SQL."""

import collections
import datetime
import json
import re
import urllib.request
import zoneinfo

TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d*))?Z")
UTC = datetime.timezone.utc


def fetch(base_url, first, last):
    """Returns the conversations that started on the days from `first` to `last`."""
    records = []
    day, last = datetime.date.fromisoformat(first), datetime.date.fromisoformat(last)
    while day <= last:
        with urllib.request.urlopen(f"{base_url}/_sim/conversations?date={day}") as answer:
            records += [json.loads(line) for line in answer.read().splitlines()]
        day += datetime.timedelta(days=1)
    return records


LISTS = [
    "queues",
    "users",
    "wrapup_codes",
    "skills",
    "languages",
    "divisions",
    "teams",
    "groups",
    "flows",
    "campaigns",
]


def entities(base_url, name):
    """Returns all that a list can show, whatever its state."""
    with urllib.request.urlopen(f"{base_url}/_sim/entities?list={name}") as answer:
        return [json.loads(line) for line in answer.read().splitlines()]


def names(base_url):
    """Returns, by list, the name of each id."""
    return {name: {one["id"]: one["name"] for one in entities(base_url, name)} for name in LISTS}


def milliseconds(text):
    if text is None:
        return None
    whole, fraction = TIME.fullmatch(text).groups()
    moment = datetime.datetime.fromisoformat(whole).replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1000 + int(((fraction or "") + "000")[:3])


def parties(records):
    for record in records:
        for place, party in enumerate(record.get("participants") or []):
            key = {"conversationId": record["conversationId"], "participantOrdinal": place}
            yield key, record, party


def sessions(records):
    for key, record, party in parties(records):
        for place, session in enumerate(party.get("sessions") or []):
            segments = session.get("segments") or []
            queues = [one["queueId"] for one in segments if one.get("queueId") is not None]
            owner = {name: party.get(name) for name in ("participantId", "purpose", "userId")}
            whole = {**session, **owner, "queueId": queues[0] if queues else None}
            yield {**key, "sessionOrdinal": place}, record, whole


def items(records, name):
    """Yields the items of a list in each session: its segments or metrics."""
    for key, record, session in sessions(records):
        for place, item in enumerate(session.get(name) or []):
            yield {**key, f"{name[:-1]}Ordinal": place}, record, session, item


def view(records, name):
    """Returns some columns of each row of a view: keys, and one or two values."""
    def pick(key, row, names):
        return {**key, **{one: row.get(one) for one in names}}

    def places(plural):
        for record in records:
            for place, item in enumerate(record.get(plural) or []):
                yield {"conversationId": record["conversationId"], f"{plural[:-1]}Ordinal": place}, item

    if name == "participants":
        return [pick(key, party, ["participantId", "purpose", "teamId"]) for key, _, party in parties(records)]
    if name == "sessions":
        names = ["participantId", "userId", "queueId", "sessionId", "mediaType", "activeSkillIds"]
        return [pick(key, one, names) for key, _, one in sessions(records)]
    if name == "segments":
        return [
            {**pick(key, item, ["segmentType", "queueId", "wrapUpNote"]), **pick({}, one, ["sessionId", "mediaType"])}
            for key, _, one, item in items(records, "segments")
        ]
    if name == "metrics":
        return [
            {**pick(key, item, ["name", "value"]), **pick({}, one, ["sessionId", "mediaType", "queueId", "purpose"])}
            for key, _, one, item in items(records, "metrics")
        ]
    if name == "attributes":
        return [
            {**key, "key": attribute, "value": value}
            for key, _, party in parties(records)
            for attribute, value in (party.get("attributes") or {}).items()
        ]
    if name == "evaluations":
        return [pick(key, item, ["evaluationId", "oTotalScore"]) for key, item in places(name)]
    return [pick(key, item, ["surveyId", "surveyPromoterScore"]) for key, item in places(name)]


class Reports:
    """The reports, each as the comments of its SQL say."""

    def __init__(self, records, names, timezone, first, last, minutes, threshold, repeat_days):
        self.records = records
        self.queues, self.users, self.codes = names["queues"], names["users"], names["wrapup_codes"]
        self.zone = zoneinfo.ZoneInfo(timezone)
        self.days = (first, last)
        self.minutes = minutes
        self.threshold = threshold
        self.repeat_days = repeat_days

    def local(self, moment_ms):
        moment = datetime.datetime.fromtimestamp(moment_ms // 1000, tz=UTC)
        return moment.astimezone(self.zone)

    def day(self, moment_ms):
        return self.local(moment_ms).date().isoformat()

    def asked_for(self, moment_ms):
        return self.days[0] <= self.day(moment_ms) <= self.days[1]

    def metrics(self):
        """Yields the metrics of the days that are asked for, with the time at which they count."""
        for key, record, session, metric in items(self.records, "metrics"):
            at = milliseconds(metric.get("emitDate") or record["conversationStart"])
            if self.asked_for(at):
                yield key, session, metric["name"], metric.get("value"), at

    def queue_intervals(self):
        groups = collections.defaultdict(lambda: collections.defaultdict(list))
        for _, session, name, value, at in self.metrics():
            if session["queueId"] is None or name not in COUNTED:
                continue
            local = self.local(at)
            minute = local.hour * 60 + local.minute
            minute -= minute % self.minutes
            # `fold` stays: the second of two equal hours is another one.
            start = local.replace(hour=minute // 60, minute=minute % 60, second=0, microsecond=0)
            groups[start.astimezone(UTC), session["queueId"], session["mediaType"]][name].append(value)
        return [self.interval(*key, values) for key, values in groups.items()]

    def interval(self, start, queue, medium, values):
        local = start.astimezone(self.zone)
        answered, abandoned = len(values["tAnswered"]), len(values["tAbandon"])
        in_time = sum(value <= self.threshold * 1000 for value in values["tAnswered"])
        offered, handled = sum(values["nOffered"]), len(values["tHandle"])
        return {
            "localDay": local.date().isoformat(),
            "localTime": local.strftime("%H:%M%z")[:8] + ":" + local.strftime("%z")[3:5],
            "intervalStart": int(start.timestamp()) * 1000,
            "queueId": queue,
            "queueName": self.queues.get(queue),
            "mediaType": medium,
            "offered": offered,
            "answered": answered,
            "abandoned": abandoned,
            "shortAbandoned": len(values["tShortAbandon"]),
            "abandonRate": share(abandoned, offered),
            "averageSpeedOfAnswer": share(sum(values["tAnswered"]) / 1000, answered),
            "handled": handled,
            "averageHandleTime": share(sum(values["tHandle"]) / 1000, handled),
            "talk": sum(values["tTalkComplete"]) / 1000,
            "hold": sum(values["tHeldComplete"]) / 1000,
            "afterCallWork": sum(values["tAcw"]) / 1000,
            "answeredInTime": in_time,
            "serviceLevel": share(in_time, answered + abandoned),
            "longestWait": max(values["tAcd"]) / 1000 if values["tAcd"] else None,
        }

    def agents(self):
        groups = collections.defaultdict(lambda: collections.defaultdict(list))
        for _, session, name, value, at in self.metrics():
            if session["userId"] is not None and name in OF_AGENTS:
                groups[self.day(at), session["userId"], session["mediaType"]][name].append(value)
        return [self.agent(*key, values) for key, values in groups.items()]

    def agent(self, day, user, medium, values):
        return {
            "localDay": day,
            "userId": user,
            "userName": self.users.get(user),
            "mediaType": medium,
            "alerted": len(values["tAlert"]),
            "notResponding": len(values["tNotResponding"]),
            "answered": len(values["tAnswered"]),
            "handled": len(values["tHandle"]),
            "outbound": sum(values["nOutbound"]),
            "transferred": sum(values["nTransferred"]),
            "talk": sum(values["tTalkComplete"]) / 1000,
            "hold": sum(values["tHeldComplete"]) / 1000,
            "afterCallWork": sum(values["tAcw"]) / 1000,
            "averageHandleTime": share(sum(values["tHandle"]) / 1000, len(values["tHandle"])),
        }

    def transfers(self):
        waits = collections.defaultdict(list)
        for key, _, session in sessions(self.records):
            if session["purpose"] == "acd" and session["queueId"] is not None:
                waits[key["conversationId"]].append((key["participantOrdinal"], session["queueId"]))
        handled = collections.Counter()
        groups = collections.defaultdict(collections.Counter)
        for key, session, name, value, _ in self.metrics():
            queue, medium = session["queueId"], session["mediaType"]
            if queue is None:
                continue
            handled[queue, medium] += name == "tHandle"
            if name in TRANSFERS:
                later = [to for place, to in waits[key["conversationId"]] if place > key["participantOrdinal"]]
                groups[queue, later[0] if later else None, medium][TRANSFERS[name]] += value
        return [
            {
                "fromQueueId": source,
                "fromQueueName": self.queues.get(source),
                "toQueueId": to,
                "toQueueName": self.queues.get(to),
                "mediaType": medium,
                **{name: counts[name] for name in TRANSFERS.values()},
                "handled": handled[source, medium],
                "transferRate": share(counts["transferred"], handled[source, medium]),
            }
            for (source, to, medium), counts in groups.items()
        ]

    def repeat_contacts(self):
        contacts = [one for one in map(self.contact, self.records) if one]
        last, groups = {}, collections.defaultdict(list)
        for start, _, queue, customer in sorted(contacts, key=lambda one: one[:2]):
            before = last.get(customer)
            last[customer] = start
            if self.asked_for(start):
                groups[queue].append(before is not None and start - before <= self.repeat_days * 86_400_000)
        return [
            {
                "queueId": queue,
                "queueName": self.queues.get(queue),
                "contacts": len(repeated),
                "repeated": sum(repeated),
                "repeatRate": sum(repeated) / len(repeated),
            }
            for queue, repeated in groups.items()
        ]

    @staticmethod
    def contact(record):
        if record.get("originatingDirection") != "inbound":
            return None
        queues = [one["queueId"] for *_, one in items([record], "segments") if one.get("queueId") is not None]
        party = next((one for _, _, one in parties([record]) if one.get("purpose") in ("customer", "external")), {})
        session = (party.get("sessions") or [{}])[0]
        names = (party.get("externalContactId"), session.get("ani"), session.get("addressFrom"))
        customer = next((name for name in names if name is not None), None)
        start = milliseconds(record["conversationStart"])
        found = (start, record["conversationId"], queues[0] if queues else None, customer)
        return found if customer is not None else None

    def wrap_up_codes(self):
        groups, totals = collections.defaultdict(list), collections.Counter()
        for _, record, session, segment in items(self.records, "segments"):
            start, end = (milliseconds(segment.get(name)) for name in ("segmentStart", "segmentEnd"))
            at = start if start is not None else milliseconds(record["conversationStart"])
            if segment.get("wrapUpCode") is None or not self.asked_for(at):
                continue
            key = (segment.get("queueId"), session.get("mediaType"))
            totals[key] += 1
            groups[*key, segment["wrapUpCode"]].append(None if None in (start, end) else end - start)
        return [self.wrap_up(*key, lengths, totals) for key, lengths in groups.items()]

    def wrap_up(self, queue, medium, code, lengths, totals):
        known = [length for length in lengths if length is not None]
        return {
            "queueId": queue,
            "queueName": self.queues.get(queue),
            "mediaType": medium,
            "wrapUpCode": code,
            "wrapUpName": self.codes.get(code),
            "wrapUps": len(lengths),
            "share": len(lengths) / totals[queue, medium],
            "afterCallWork": share(sum(known) / 1000, len(known)),
        }

    def open_conversations(self):
        opened = [record for record in self.records if record.get("conversationEnd") is None]
        return [
            {
                "conversationId": record["conversationId"],
                "conversationStart": milliseconds(record["conversationStart"]),
                "originatingDirection": record.get("originatingDirection"),
                "queueNames": called(self.queues, (one.get("queueId") for *_, one in items([record], "segments"))),
                "userNames": called(self.users, (party.get("userId") for _, _, party in parties([record]))),
            }
            for record in opened
        ]


COUNTED = {
    "nOffered",
    "tAnswered",
    "tAbandon",
    "tShortAbandon",
    "tHandle",
    "tTalkComplete",
    "tHeldComplete",
    "tAcw",
    "tAcd",
}
OF_AGENTS = {
    "tAlert",
    "tNotResponding",
    "tAnswered",
    "tHandle",
    "nOutbound",
    "nTransferred",
    "tTalkComplete",
    "tHeldComplete",
    "tAcw",
}
TRANSFERS = {"nTransferred": "transferred", "nBlindTransferred": "blind", "nConsultTransferred": "consult"}


def called(names, ids):
    """Returns the names of ids, each once, in alphabetical order; None when none is known."""
    known = {names[one] for one in ids if one in names}
    return sorted(known, key=str.encode) or None


def share(part, whole):
    return part / whole if whole else None
