"""One day by dlt: the job's pages through its REST source to Parquet on disk.

    dlt_export.py DATE FOLDER [NESTING]

NESTING is how many levels of tables dlt makes of what is nested; without it, all of them.
"""

import os
import sys

date, folder, *nesting = sys.argv[1:]
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"

import dlt  # noqa: E402
from dlt.sources.rest_api import rest_api_source  # noqa: E402

import rest  # noqa: E402

bearer = rest.token()
job = rest.job(date, bearer)
source = rest_api_source({
    "client": {
        "base_url": rest.API,
        "auth": {"type": "bearer", "token": bearer},
        "paginator": {"type": "cursor", "cursor_path": "cursor", "cursor_param": "cursor"},
    },
    "resources": [{
        "name": "conversations",
        **({"max_table_nesting": int(nesting[0])} if nesting else {}),
        "endpoint": {
            "path": f"api/v2/analytics/conversations/details/jobs/{job}/results",
            "params": {"pageSize": 1000},
            "data_selector": "conversations",
        },
    }],
})
pipeline = dlt.pipeline(
    "bench",
    pipelines_dir=os.path.join(folder, "state"),
    destination=dlt.destinations.filesystem(f"file://{folder}/lake"),
    dataset_name="lake",
)
pipeline.run(source, loader_file_format="parquet")
print(pipeline.last_trace.last_normalize_info.row_counts["conversations"])
