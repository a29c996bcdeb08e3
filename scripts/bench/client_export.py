"""One day by the platform's own client: job, all pages, records as dictionaries, nothing written.

    client_export.py DATE FOLDER
"""

import os
import sys
import time

import PureCloudPlatformClientV2 as genesys

import rest

date, _ = sys.argv[1:]
genesys.configuration.host = rest.API
client = genesys.api_client.ApiClient()
client.get_client_credentials_token(
    os.environ["GENESYS_CLOUD_CLIENT_ID"], os.environ["GENESYS_CLOUD_CLIENT_SECRET"]
)
api = genesys.AnalyticsApi(client)
query = genesys.AsyncConversationQuery()
query.interval = rest.interval(date)
query.start_of_day_interval_matching = True
job = api.post_analytics_conversations_details_jobs(query).job_id
while api.get_analytics_conversations_details_job(job).state != "FULFILLED":
    time.sleep(rest.RETRY_AFTER)
rows, cursor = 0, {}
while True:
    page = api.get_analytics_conversations_details_job_results(job, page_size=1000, **cursor)
    rows += len([one.to_dict() for one in page.conversations or []])
    if not page.cursor:
        break
    cursor = {"cursor": page.cursor}
print(rows)
